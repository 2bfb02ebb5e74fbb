/*
 * pack: how few shared GPUs pods need: bench-pack [SEEDS [plan]]
 *
 * For each kind of pods and each number of them: medians (least-most) over SEEDS seeds (default 3)
 * of the GPUs that the better of first-fit and best-fit decreasing takes (pods ordered by the larger
 * of their shares of memory and time), that the best of both in three orders takes, that pack takes,
 * what that saves over the first of them, how far it is above the rounded-up bound, and the
 * processor time. GPUs have 80 GiB, of which 1 is kept free, 90 % of their time, and at most 16 pods. With `plan` the
 * planner takes the place of pack: the GPUs are in nodes of eight, a third more than are needed.
 */
// SPDX-License-Identifier: Apache-2.0
#include "engine/pack.h"
#include "engine/solver.h"

#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/plan.h>
#include <slicefit/rng.h>
#include <slicefit/scenario_yaml.h>
#include <slicefit/stats.h>
#include <slicefit/str.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { TYPES_MAX = 24, SEEDS_MAX = 25 };

/* Types of pods are drawn uniformly from these, memory in steps of `step_mib`. */
static const struct kind {
	const char *name;
	size_t types;
	int32_t step_mib, memory_lo, memory_hi; /* in steps */
	int32_t duty_step, duty_lo, duty_hi;    /* thousandths; in steps */
} kinds[] = {
	{"medium, 6 types", 6, 1024, 6, 40, 50, 1, 8},
	{"medium, 12 types", 12, 1024, 6, 40, 50, 1, 8},
	{"large, 12 types", 12, 1024, 12, 48, 50, 1, 10},
	{"large, 24 types", 24, 1024, 12, 48, 50, 1, 10},
	{"small, 12 types", 12, 1024, 2, 16, 50, 1, 4},
	{"small, 24 types", 24, 1024, 2, 16, 50, 1, 4},
	{"off the grid, 24 types", 24, 1, 4000, 36000, 1, 30, 400},
};

static const uint32_t sizes[] = {50, 200, 500, 2000, 5000};

static void draw(const struct kind *kind, uint32_t pods, uint64_t seed, struct pack_type *type)
{
	struct sf_rng rng;

	sf_rng_seed(&rng, seed, (uint64_t)(kind - kinds));
	for (size_t t = 0; t < kind->types; t++) {
		uint64_t memory = (uint64_t)(kind->memory_hi - kind->memory_lo + 1);
		uint64_t duty = (uint64_t)(kind->duty_hi - kind->duty_lo + 1);

		int32_t steps = kind->memory_lo + (int32_t)sf_rng_below(&rng, memory);

		type[t] = (struct pack_type){.memory_mib = steps * kind->step_mib};
		type[t].duty_milli =
			(kind->duty_lo + (int32_t)sf_rng_below(&rng, duty)) * kind->duty_step;
	}
	for (uint32_t i = 0; i < pods; i++) {
		type[sf_rng_below(&rng, kind->types)].count++;
	}
}

static double cpu_s(void)
{
	static const int who[] = {RUSAGE_SELF, RUSAGE_CHILDREN}; /* the solver is one */
	double sum = 0;

	for (int i = 0; i < 2; i++) {
		struct rusage usage;

		getrusage(who[i], &usage);
		sum += (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
		       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
	}
	return sum;
}

struct row {
	double usual[SEEDS_MAX], greedy[SEEDS_MAX], gpus[SEEDS_MAX], saved[SEEDS_MAX],
		above[SEEDS_MAX], cpu[SEEDS_MAX];
};

/* GPUs of the better of first-fit and best-fit decreasing. */
static double usual(const struct pack_problem *problem)
{
	uint32_t least = UINT32_MAX;

	for (int best = 0; best < 2; best++) {
		struct pack_bins bins = {0};
		uint32_t gpus;

		pack_greedy(problem, PACK_BY_LARGER, best, &bins);
		gpus = pack_bins_gpus(problem, &bins);
		least = gpus < least ? gpus : least;
		pack_bins_finish(&bins);
	}
	return least;
}

static void fail(const struct sf_error *err)
{
	fprintf(stderr, "bench-pack: %s\n", err->text);
	exit(1);
}

/* A fleet of nodes of eight, and the pods. */
static void write_scenario(const struct pack_problem *problem, uint32_t gpus, struct sf_str *out)
{
	sf_str_printf(out,
	              "pools: [{nodes: %u, gpus: 8, product: A100-80GB}]\n"
	              "plan: {sharing: packed, gpu_memory_reserve: 1Gi, tiers: [unmet, gpus]}\n"
	              "workloads:\n",
	              gpus / 6 + 1);
	for (size_t t = 0; t < problem->n_types; t++) {
		const struct pack_type *type = &problem->type[t];

		if (type->count) {
			sf_str_printf(out,
			              "- {count: %u, max_replicas: 16, gpu_duty: %.3f, request: "
			              "{shared: 1, gpu_memory: %dMi}}\n",
			              type->count, type->duty_milli / 1000.0, type->memory_mib);
		}
	}
}

/* GPUs that the planner takes. */
static double plan_gpus(const struct pack_problem *problem, uint32_t gpus, uint32_t pods)
{
	const struct sf_plan_options options = {.time_limit_s = 600};
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_error err = {0};
	struct sf_str text = {0};
	struct sf_scenario *scenario;
	struct sf_plan *plan;
	uint32_t served = 0, used;

	write_scenario(problem, gpus, &text);
	scenario = sf_scenario_parse(text.text, text.len, "fleet", catalog, &err);
	plan = scenario ? sf_plan_create(scenario, &options, &err) : NULL;
	if (!plan) {
		fail(&err);
	}
	for (size_t w = 0; w < plan->n_served; w++) {
		served += plan->served[w].served;
	}
	if (served != pods) {
		printf("%u of %u pods served: ", served, pods);
	}
	used = plan->gpus_used;
	sf_plan_destroy(plan);
	sf_scenario_destroy(scenario);
	sf_catalog_destroy(catalog);
	sf_str_finish(&text);
	return used;
}

static void measure(const struct kind *kind, uint32_t pods, size_t seed, bool planned,
                    struct row *row)
{
	struct pack_type type[TYPES_MAX];
	const struct pack_class class = {79 * 1024, 900, 16, UINT32_MAX, false};
	const struct pack_problem problem = {kind->types, type, 1, &class};
	struct sf_solver *solver = sf_solver_create(NULL);
	const struct pack_limits limits = {.solver = solver, .nodes = 2000};
	struct pack_result result;
	struct sf_error err = {0};
	double begun;

	draw(kind, pods, seed + 1, type);
	begun = cpu_s();
	if (pack_solve(&problem, NULL, &limits, &result, &err)) {
		fail(&err);
	}
	sf_solver_destroy(solver);
	row->cpu[seed] = cpu_s() - begun;
	row->usual[seed] = usual(&problem);
	row->greedy[seed] = result.greedy;
	row->gpus[seed] = result.gpus;
	if (planned) {
		begun = cpu_s();
		row->gpus[seed] = plan_gpus(&problem, result.gpus, pods);
		row->cpu[seed] = cpu_s() - begun;
	}
	row->saved[seed] = 100 * (1 - row->gpus[seed] / row->usual[seed]);
	row->above[seed] = row->gpus[seed] - result.gpus_bound;
	pack_result_finish(&result);
}

static void print(int digits, double *value, size_t n)
{
	sf_stats_sort(value, n);
	printf("  %7.*f (%.*f-%.*f)", digits, sf_stats_percentile(value, n, 50), digits, value[0],
	       digits, value[n - 1]);
}

int main(int argc, char **argv)
{
	size_t seeds = argc > 1 ? strtoul(argv[1], NULL, 10) : 3;
	bool planned = argc > 2 && strcmp(argv[2], "plan") == 0;

	seeds = seeds < 1 ? 1 : seeds > SEEDS_MAX ? SEEDS_MAX : seeds;
	printf("pods; FFD or BFD; best of six; %s; saved %%; above the bound; CPU s\n",
	       planned ? "plan" : "pack");
	for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
		printf("\n%s\n", kinds[k].name);
		for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
			struct row row;

			for (size_t seed = 0; seed < seeds; seed++) {
				measure(&kinds[k], sizes[i], seed, planned, &row);
			}
			printf("%5u", sizes[i]);
			print(0, row.usual, seeds);
			print(0, row.greedy, seeds);
			print(0, row.gpus, seeds);
			print(1, row.saved, seeds);
			print(0, row.above, seeds);
			print(3, row.cpu, seeds);
			printf("\n");
		}
	}
	return 0;
}
