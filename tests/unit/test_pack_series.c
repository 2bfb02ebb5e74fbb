/* test_pack_series: pods whose duty is a series of samples: a GPU is as busy as a percentile of their sum. */
// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "pack_fixture.h"

#include <slicefit/error.h>
#include <slicefit/rng.h>

#include <stdlib.h>
#include <string.h>

enum { TYPES = 4, PODS = 7, STEPS = 8, MEMORY = 4000, CAP = 900, MOST = 4 };

TestSuite(pack_series, .init = begin, .fini = end, .timeout = 120);

struct drawn {
	struct pack_series series[24];
	struct pack_type type[24];
	struct pack_class class;
	struct pack_problem problem;
};

static int compare(const void *a, const void *b)
{
	return *(const int32_t *)a - *(const int32_t *)b;
}

/* The sum of what the pods take in each step: sorted, the one of that rank. */
static bool is_right(const struct pack_problem *problem, const uint16_t *pods)
{
	int32_t load[PACK_SAMPLES_MAX] = {0}, memory = 0, n = 0, over = 0;
	uint32_t all = 0;

	for (size_t t = 0; t < problem->n_types; t++) {
		const struct pack_type *type = &problem->type[t];

		n = type->series ? type->series->n : n;
		over = type->series ? type->series->over : over;
	}
	for (size_t t = 0; t < problem->n_types; t++) {
		const struct pack_type *type = &problem->type[t];

		all += pods[t];
		memory += pods[t] * type->memory_mib;
		for (int32_t i = 0; i < (n ? n : 1); i++) {
			load[i] += pods[t] *
			           (type->series ? type->series->milli[i] : type->duty_milli);
		}
	}
	qsort(load, n ? (size_t)n : 1, sizeof *load, compare);
	return memory <= problem->class[0].memory_mib && all <= problem->class[0].pods &&
	       load[n ? n - over - 1 : 0] <= problem->class[0].duty_milli;
}

struct oracle {
	const struct pack_problem *problem;
	uint32_t of[PODS], pods, best;
	uint16_t on[PODS][TYPES];
};

/* Every pod on every GPU that has some, or on a new one. */
static void place(struct oracle *o, uint32_t pod, uint32_t gpus)
{
	if (gpus >= o->best) {
		return;
	}
	if (pod == o->pods) {
		o->best = gpus;
		return;
	}
	for (uint32_t g = 0; g <= gpus; g++) {
		o->on[g][o->of[pod]]++;
		if (is_right(o->problem, o->on[g])) {
			place(o, pod + 1, g == gpus ? gpus + 1 : gpus);
		}
		o->on[g][o->of[pod]]--;
	}
}

/* Some pods with series, some without. */
static void draw(struct sf_rng *rng, struct drawn *d, size_t types, uint16_t over)
{
	memset(d, 0, sizeof *d);
	d->class = (struct pack_class){MEMORY, CAP, MOST, 1000, false};
	d->problem = (struct pack_problem){types, d->type, 1, &d->class};
	for (size_t t = 0; t < types; t++) {
		struct pack_series *series = &d->series[t];

		d->type[t].memory_mib = (int32_t)sf_rng_below(rng, 4) * 500;
		*series = (struct pack_series){.number = (uint32_t)t + 1, .n = STEPS, .over = over};
		for (int i = 0; i < STEPS; i++) {
			uint64_t most = sf_rng_below(rng, 3) ? 200 : 850;

			series->milli[i] = (uint16_t)sf_rng_below(rng, most);
			if (series->milli[i] > d->type[t].duty_milli) {
				d->type[t].duty_milli = series->milli[i];
			}
		}
		d->type[t].series = sf_rng_below(rng, 4) ? series : NULL;
	}
}

Test(pack_series, small_problems_match_enumeration)
{
	struct sf_rng rng;
	int fewer = 0;

	sf_rng_seed(&rng, 4, 1);
	for (int round = 0; round < 400; round++) {
		struct drawn d;
		struct oracle o = {.pods = 1 + (uint32_t)sf_rng_below(&rng, PODS),
		                   .best = PODS + 1};
		struct pack_result result, peak;
		struct sf_error err = {0};

		draw(&rng, &d, 1 + sf_rng_below(&rng, TYPES), (uint16_t)sf_rng_below(&rng, 4));
		o.problem = &d.problem;
		for (uint32_t p = 0; p < o.pods; p++) {
			o.of[p] = (uint32_t)sf_rng_below(&rng, d.problem.n_types);
			d.type[o.of[p]].count++;
		}
		place(&o, 0, 0);
		cr_assert(eq(int, pack_solve(&d.problem, NULL, &limits, &result, &err), 0), "%s",
		          err.text);
		cr_expect(zero(u32, result.unpacked), "round %d", round);
		cr_expect(eq(u32, result.gpus, o.best), "round %d", round);
		cr_expect(eq(u32, result.gpus_bound, o.best), "round %d", round);
		for (size_t b = 0; b < result.bins.n; b++) {
			cr_expect(is_right(&d.problem, result.bins.bin[b].pods), "round %d", round);
		}
		for (size_t t = 0; t < d.problem.n_types; t++) {
			d.type[t].series = NULL; /* its peak in every step */
		}
		cr_assert(eq(int, pack_solve(&d.problem, NULL, &limits, &peak, &err), 0));
		cr_expect(le(u32, result.gpus, peak.gpus), "round %d", round);
		fewer += result.gpus < peak.gpus;
		pack_result_finish(&result);
		pack_result_finish(&peak);
	}
	cr_expect(gt(int, fewer, 50)); /* series are worth having */
}

/* Too many patterns to list: they are generated, with series as they are. */
Test(pack_series, large_problems_come_close_to_the_bound)
{
	struct sf_rng rng;

	sf_rng_seed(&rng, 4, 2);
	for (int round = 0; round < 8; round++) {
		struct drawn d;
		struct pack_result result;
		struct sf_error err = {0};

		draw(&rng, &d, 20, 1);
		d.class.pods = 12;
		for (size_t t = 0; t < d.problem.n_types; t++) {
			d.type[t].memory_mib += 150;
			d.type[t].count = 5 + (uint32_t)sf_rng_below(&rng, 30);
		}
		cr_assert(eq(int, pack_solve(&d.problem, NULL, &limits, &result, &err), 0), "%s",
		          err.text);
		cr_expect(zero(u32, result.unpacked), "round %d", round);
		cr_expect(le(u32, result.gpus, result.gpus_bound + 1), "round %d: %u of %u", round,
		          result.gpus, result.gpus_bound);
		cr_expect(le(u32, result.gpus, result.greedy), "round %d", round);
		for (size_t b = 0; b < result.bins.n; b++) {
			cr_expect(is_right(&d.problem, result.bins.bin[b].pods), "round %d", round);
		}
		pack_result_finish(&result);
	}
}

/* Merged with anything else a series is its peak; by itself it stays. */
Test(pack_series, merging_never_makes_it_smaller)
{
	const struct pack_series a = {.number = 1, .n = 2, .milli = {100, 500}};
	const struct pack_series b = {.number = 2, .n = 2, .milli = {500, 100}};
	const struct pack_type type[] = {
		{5, 500, 2, &a}, {5, 500, 1, &b}, {5, 500, 3, NULL}, {5, 500, 4, &a}};
	struct pack_type out[4];
	uint32_t of[4];

	cr_assert(eq(sz, pack_merge(type, 4, 3, out, of), 3));
	cr_expect(eq(u32, of[0], of[3]));
	cr_expect(eq(ptr, (void *)out[of[0]].series, (void *)&a));
	cr_expect(eq(ptr, (void *)out[of[1]].series, (void *)&b));
	cr_expect(eq(ptr, (void *)out[of[2]].series, NULL));
	cr_assert(eq(sz, pack_merge(type, 4, 1, out, of), 1));
	cr_expect(eq(ptr, (void *)out[0].series, NULL));
	cr_expect(eq(i32, out[0].duty_milli, 500));
	cr_expect(eq(u32, out[0].count, 10));
}
