/* test_pack: packing of shared GPUs: against enumeration, the bound, and the greedy packings. */
// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "pack_fixture.h"

#include <slicefit/error.h>
#include <slicefit/rng.h>

#include <stdlib.h>
#include <string.h>

enum { TYPES = 4, CLASSES = 3, GPUS = 12 };

TestSuite(pack, .init = begin, .fini = end);

/* A problem with room for its own types and classes. */
struct drawn {
	struct pack_type type[64];
	struct pack_class class[CLASSES];
	struct pack_problem problem;
};

/* Every pod in turn on every GPU, or nowhere: fewest pods left out, then fewest new GPUs. */
struct oracle {
	const struct pack_problem *problem;
	int32_t memory[GPUS], duty[GPUS];
	uint32_t pods[GPUS], class[GPUS], n;
	uint32_t left[CLASSES];
	uint32_t best_out, best_gpus;
};

static void place_rest(struct oracle *o, size_t t, uint32_t of_type, uint32_t out, uint32_t gpus);

static void place_on(struct oracle *o, uint32_t g, size_t t, uint32_t of_type, uint32_t out,
                     uint32_t gpus)
{
	const struct pack_type *type = &o->problem->type[t];

	if (!o->pods[g] || o->memory[g] < type->memory_mib || o->duty[g] < type->duty_milli) {
		return;
	}
	o->pods[g]--;
	o->memory[g] -= type->memory_mib;
	o->duty[g] -= type->duty_milli;
	place_rest(o, t, of_type + 1, out, gpus);
	o->pods[g]++;
	o->memory[g] += type->memory_mib;
	o->duty[g] += type->duty_milli;
}

static void place_rest(struct oracle *o, size_t t, uint32_t of_type, uint32_t out, uint32_t gpus)
{
	while (t < o->problem->n_types && of_type == o->problem->type[t].count) {
		t++;
		of_type = 0;
	}
	if (out > o->best_out || (out == o->best_out && gpus >= o->best_gpus)) {
		return;
	}
	if (t == o->problem->n_types) {
		o->best_out = out;
		o->best_gpus = gpus;
		return;
	}
	for (uint32_t g = 0; g < o->n; g++) {
		place_on(o, g, t, of_type, out, gpus);
	}
	for (uint32_t c = 0; c < o->problem->n_classes; c++) {
		const struct pack_class *class = &o->problem->class[c];

		if (o->left[c] && o->n < GPUS) {
			uint32_t g = o->n++;

			o->left[c]--;
			o->class[g] = c;
			o->memory[g] = class->memory_mib;
			o->duty[g] = class->duty_milli;
			o->pods[g] = class->pods;
			place_on(o, g, t, of_type, out, gpus + (class->in_use ? 0 : 1));
			o->left[c]++;
			o->n--;
		}
	}
	place_rest(o, t, of_type + 1, out + 1, gpus);
}

static void solve_by_hand(const struct pack_problem *problem, struct oracle *o)
{
	memset(o, 0, sizeof *o);
	o->problem = problem;
	o->best_out = o->best_gpus = UINT32_MAX;
	for (size_t c = 0; c < problem->n_classes; c++) {
		o->left[c] = problem->class[c].gpus;
	}
	place_rest(o, 0, 0, 0, 0);
}

static int32_t between(struct sf_rng *rng, int32_t lo, int32_t hi)
{
	return lo + (int32_t)sf_rng_below(rng, (uint64_t)(hi - lo + 1));
}

static void draw_small(struct sf_rng *rng, struct drawn *d)
{
	uint32_t pods = (uint32_t)between(rng, 1, 7);

	memset(d, 0, sizeof *d);
	d->problem = (struct pack_problem){(size_t)between(rng, 1, TYPES), d->type,
	                                   (size_t)between(rng, 1, CLASSES), d->class};
	for (size_t t = 0; t < d->problem.n_types; t++) {
		d->type[t].memory_mib = between(rng, 0, 9) * 700;
		d->type[t].duty_milli = between(rng, 0, 6) * 90;
	}
	for (uint32_t i = 0; i < pods; i++) {
		d->type[sf_rng_below(rng, d->problem.n_types)].count++;
	}
	for (size_t c = 0; c < d->problem.n_classes; c++) {
		d->class[c].memory_mib = between(rng, 3, 16) * 600;
		d->class[c].duty_milli = between(rng, 2, 10) * 100;
		d->class[c].pods = (uint32_t)between(rng, 1, 5);
		d->class[c].gpus = (uint32_t)between(rng, 0, 3);
		d->class[c].in_use = between(rng, 0, 3) == 0;
	}
}

/* No GPU holds too much, no class has too few, and exactly the pods that are not left out are there. */
static void check_bins(const struct pack_problem *problem, const struct pack_result *result, int i)
{
	uint32_t used[CLASSES] = {0}, packed[64] = {0}, left_out = 0;

	for (size_t b = 0; b < result->bins.n; b++) {
		const struct pack_bin *bin = &result->bins.bin[b];
		const struct pack_class *class = &problem->class[bin->class];
		int64_t memory = 0, duty = 0, pods = 0;

		for (size_t t = 0; t < problem->n_types; t++) {
			memory += (int64_t)bin->pods[t] * problem->type[t].memory_mib;
			duty += (int64_t)bin->pods[t] * problem->type[t].duty_milli;
			pods += bin->pods[t];
			packed[t] += bin->pods[t] * bin->gpus;
		}
		cr_expect(memory <= class->memory_mib && duty <= class->duty_milli, "round %d", i);
		cr_expect(pods >= 1 && pods <= class->pods, "round %d", i);
		used[bin->class] += bin->gpus;
	}
	for (size_t c = 0; c < problem->n_classes; c++) {
		cr_expect(le(u32, used[c], problem->class[c].gpus), "round %d", i);
	}
	for (size_t t = 0; t < problem->n_types; t++) {
		cr_assert(le(u32, packed[t], problem->type[t].count), "round %d", i);
		left_out += problem->type[t].count - packed[t];
	}
	cr_expect(eq(u32, left_out, result->unpacked), "round %d", i);
	cr_expect(eq(u32, pack_bins_gpus(problem, &result->bins), result->gpus), "round %d", i);
}

Test(pack, small_problems_match_enumeration)
{
	struct sf_rng rng;

	sf_rng_seed(&rng, 7, 1);
	for (int i = 0; i < 1500; i++) {
		struct drawn d;
		struct pack_result result;
		struct sf_error err = {0};
		struct oracle o;

		draw_small(&rng, &d);
		solve_by_hand(&d.problem, &o);
		cr_assert(eq(int, pack_solve(&d.problem, NULL, &limits, &result, &err), 0));
		check_bins(&d.problem, &result, i);
		cr_expect(eq(u32, result.unpacked, o.best_out), "round %d", i);
		cr_expect(eq(u32, result.gpus, o.best_gpus), "round %d", i);
		cr_expect(le(u32, result.unpacked_bound, result.unpacked), "round %d", i);
		cr_expect(le(u32, result.gpus_bound, result.gpus), "round %d", i);
		pack_result_finish(&result);
	}
}

/* GPUs of 80 GiB less 1, nine tenths of their time, and 16 pods. */
static void draw_large(struct sf_rng *rng, struct drawn *d, int32_t step, uint32_t pods)
{
	memset(d, 0, sizeof *d);
	d->problem = (struct pack_problem){(size_t)between(rng, 6, 24), d->type, 1, d->class};
	for (size_t t = 0; t < d->problem.n_types; t++) {
		d->type[t].memory_mib = between(rng, 2048 / step, 36000 / step) * step;
		d->type[t].duty_milli = step > 1 ? between(rng, 1, 8) * 50 : between(rng, 9, 400);
	}
	for (uint32_t i = 0; i < pods; i++) {
		d->type[sf_rng_below(rng, d->problem.n_types)].count++;
	}
	d->class[0] = (struct pack_class){79 * 1024, 900, 16, UINT32_MAX, false};
}

Test(pack, large_problems_come_within_one_gpu_of_the_bound)
{
	static const uint32_t pods[] = {50, 500, 5000};
	struct sf_rng rng;

	sf_rng_seed(&rng, 8, 1);
	for (int i = 0; i < 60; i++) {
		struct drawn d;
		struct pack_result result;
		struct sf_error err = {0};

		draw_large(&rng, &d, i % 4 ? 1024 : 1, pods[i % 3]);
		cr_assert(eq(int, pack_solve(&d.problem, NULL, &limits, &result, &err), 0));
		check_bins(&d.problem, &result, i);
		cr_expect(eq(u32, result.unpacked, 0), "round %d", i);
		cr_expect(le(u32, result.gpus, result.gpus_bound + 1), "round %d", i);
		cr_expect(le(u32, result.gpus, result.greedy), "round %d", i);
		pack_result_finish(&result);
	}
}

Test(pack, same_problem_same_bins)
{
	struct sf_rng rng;
	struct drawn d;
	struct pack_result a, b;
	struct sf_error err = {0};

	sf_rng_seed(&rng, 9, 1);
	draw_large(&rng, &d, 1, 500);
	cr_assert(eq(int, pack_solve(&d.problem, NULL, &limits, &a, &err), 0));
	cr_assert(eq(int, pack_solve(&d.problem, NULL, &limits, &b, &err), 0));
	cr_assert(eq(sz, a.bins.n, b.bins.n));
	for (size_t i = 0; i < a.bins.n; i++) {
		cr_expect(eq(u32, a.bins.bin[i].gpus, b.bins.bin[i].gpus));
		cr_expect(eq(int,
		             memcmp(a.bins.bin[i].pods, b.bins.bin[i].pods,
		                    d.problem.n_types * sizeof(uint16_t)),
		             0));
	}
	pack_result_finish(&a);
	pack_result_finish(&b);
}

/* Counts worked out by hand: capacity 10, sizes 7, 5, 4, 3 in the order that each rule takes them. */
Test(pack, greedy_rules)
{
	static const struct pack_type type[] = {
		{4, 0, 2, NULL}, {7, 0, 1, NULL}, {5, 0, 1, NULL}, {3, 0, 2, NULL}};
	static const struct pack_class class = {10, 1000, 9, 9, false};
	static const struct pack_problem problem = {4, type, 1, &class};
	static const uint16_t first[3][4] = {{0, 1, 0, 1}, {1, 0, 1, 0}, {1, 0, 0, 1}};

	for (int best = 0; best < 2; best++) {
		struct pack_bins bins = {0};

		cr_assert(eq(u32, pack_greedy(&problem, PACK_BY_MEMORY, best, &bins), 0));
		cr_assert(eq(sz, bins.n, 3));
		for (size_t i = 0; i < 3; i++) {
			cr_expect(eq(int, memcmp(bins.bin[i].pods, first[i], sizeof first[i]), 0),
			          "best %d, bin %zu", best, i);
		}
		pack_bins_finish(&bins);
	}
}

/* Both GPUs have room for the last pod: it goes to the first, or to the one with less room left. */
Test(pack, best_fit_takes_the_tightest)
{
	static const struct pack_type type[] = {
		{7, 600, 1, NULL}, {6, 800, 1, NULL}, {2, 200, 1, NULL}};
	static const struct pack_class class = {10, 1000, 9, 9, false};
	static const struct pack_problem problem = {3, type, 1, &class};
	static const uint16_t expected[2][3] = {{1, 0, 1}, {0, 1, 1}};

	for (int best = 0; best < 2; best++) {
		struct pack_bins bins = {0};
		bool found = false;

		pack_greedy(&problem, PACK_BY_MEMORY, best, &bins);
		for (size_t i = 0; i < bins.n; i++) {
			found |= memcmp(bins.bin[i].pods, expected[best], sizeof expected[0]) == 0;
		}
		cr_expect(eq(int, found, true), "best %d", best);
		pack_bins_finish(&bins);
	}
}

Test(pack, maximal_patterns_are_listed_or_none)
{
	static const struct pack_type type[] = {{4, 100, 9, NULL}, {3, 300, 2, NULL}};
	static const struct pack_class class = {10, 1000, 9, 9, false};
	static const struct pack_problem problem = {2, type, 1, &class};
	static const uint16_t expected[3][2] = {{2, 0}, {1, 2}};
	struct pack_bins bins = {0};

	cr_expect(eq(int, pack_list_maximal(&problem, 0, 1, &bins), false));
	cr_expect(eq(sz, bins.n, 0));
	cr_expect(eq(int, pack_list_maximal(&problem, 0, 2, &bins), true));
	cr_assert(eq(sz, bins.n, 2));
	for (size_t i = 0; i < 2; i++) {
		cr_expect(eq(int, memcmp(bins.bin[i].pods, expected[i], sizeof expected[i]), 0));
	}
	pack_bins_finish(&bins);
}

/* With two of three sizes on each GPU the greedy packings need 3, but what runs now needs 2. */
Test(pack, seeds_are_considered)
{
	static const struct pack_type type[] = {{6, 0, 2, NULL}, {4, 0, 2, NULL}};
	static const struct pack_class class = {10, 0, 2, 2, false};
	static const struct pack_problem problem = {2, type, 1, &class};
	uint16_t now[2] = {1, 1}, too_much[2] = {2, 0};
	struct pack_bin bin[] = {{0, 2, now}, {0, 1, too_much}, {7, 1, now}};
	const struct pack_bins seed = {3, 3, bin};
	struct pack_result result;
	struct sf_error err = {0};

	cr_assert(eq(int, pack_solve(&problem, &seed, &limits, &result, &err), 0));
	cr_expect(eq(u32, result.gpus, 2));
	cr_expect(eq(u32, result.gpus_bound, 2));
	cr_expect(eq(u32, result.unpacked, 0));
	pack_result_finish(&result);
}

Test(pack, too_many_types_are_refused)
{
	static struct pack_type type[PACK_TYPES_MAX + 1];
	static const struct pack_class class = {10, 0, 2, 2, false};
	const struct pack_problem problem = {PACK_TYPES_MAX + 1, type, 1, &class};
	struct pack_result result;
	struct sf_error err = {0};

	cr_assert(eq(int, pack_solve(&problem, NULL, &limits, &result, &err), -1));
	cr_expect(eq(int, (int)err.code, SF_ELIMIT));
}

/* Merged types cover what went into them, keep all pods, and are exact as long as they can be. */
Test(pack, merged_types_are_never_too_small)
{
	struct sf_rng rng;

	sf_rng_seed(&rng, 10, 1);
	for (int i = 0; i < 40; i++) {
		struct pack_type type[600], out[600];
		uint32_t of[600], counted[600] = {0};
		size_t n = (size_t)between(&rng, 1, 600), limit = (size_t)between(&rng, 1, 64);
		int32_t spread = i % 2 ? 40000 : 20;
		size_t groups;

		for (size_t t = 0; t < n; t++) {
			type[t] = (struct pack_type){between(&rng, 0, spread), between(&rng, 0, 3),
			                             (uint32_t)between(&rng, 1, 9), NULL};
		}
		groups = pack_merge(type, n, limit, out, of);
		cr_assert(le(sz, groups, limit), "round %d", i);
		for (size_t t = 0; t < n; t++) {
			cr_assert(lt(u32, of[t], (uint32_t)groups), "round %d", i);
			cr_expect(le(i32, type[t].memory_mib, out[of[t]].memory_mib), "round %d",
			          i);
			cr_expect(le(i32, type[t].duty_milli, out[of[t]].duty_milli), "round %d",
			          i);
			counted[of[t]] += type[t].count;
		}
		for (size_t g = 0; g < groups; g++) {
			cr_expect(eq(u32, counted[g], out[g].count), "round %d", i);
		}
	}
}

Test(pack, few_types_stay_exact)
{
	static const struct pack_type type[] = {
		{5, 1, 2, NULL}, {9, 4, 1, NULL}, {5, 1, 3, NULL}, {5, 2, 1, NULL}};
	struct pack_type out[4];
	uint32_t of[4];

	cr_assert(eq(sz, pack_merge(type, 4, 3, out, of), 3));
	cr_expect(eq(u32, of[0], of[2]));
	for (size_t t = 0; t < 4; t++) {
		cr_expect(eq(i32, out[of[t]].memory_mib, type[t].memory_mib), "type %zu", t);
		cr_expect(eq(i32, out[of[t]].duty_milli, type[t].duty_milli), "type %zu", t);
	}
	cr_expect(eq(u32, out[of[0]].count, 5));
}
