/* Tests of the study on the public trace: against the results that its authors published. */
// SPDX-License-Identifier: Apache-2.0
#include "openb_fixture.h"

#include <slicefit/jobs.h>
#include <slicefit/policy.h>
#include <slicefit/stats.h>
#include <slicefit/study.h>

#include <math.h>
#include <string.h>

TestSuite(study_openb, .timeout = 600);

static struct sf_go_rand_table table;

/* The hash of the test vectors: names in order, each followed by a line end (FNV-1a). */
static uint64_t hash_name(uint64_t hash, const char *name)
{
	for (; *name; name++) {
		hash = (hash ^ (unsigned char)*name) * 1099511628211;
	}
	return (hash ^ 10) * 1099511628211;
}

enum {
	V_TRACE,
	V_SEED,
	V_PODS,
	V_MILLI,
	V_FIRST,
	V_SECOND,
	V_LAST,
	V_PODS_HASH,
	V_NODES_HASH = 10
};

static void check_vector(const char *folder, const struct sf_csv *csv,
                         const struct sf_study_nodes *all)
{
	const struct sf_csv_field *field = csv->field;
	struct sf_study_pods trace = {0};
	struct sf_study_order order = {0};
	struct sf_error err = {0};
	uint64_t hash = 1469598103934665603;
	openb_pods(folder, field[V_TRACE].text, &trace);
	struct sf_study_case study = {all, &trace, 1.3};
	uint64_t seed = strtoull(field[V_SEED].text, NULL, 10);
	cr_assert(sf_study_order_draw(&study, &table, seed, &order, &err) == 0);
	cr_expect(eq(u32, order.n, (uint32_t)atoi(field[V_PODS].text)));
	cr_expect(eq(i64, order.gpu_milli, atoll(field[V_MILLI].text)));
	cr_expect(eq(str, (char *)trace.pod[order.arrival[0]].name, field[V_FIRST].text));
	for (uint32_t i = 0; i < order.n; i++) {
		hash = hash_name(hash, trace.pod[order.arrival[i]].name);
	}
	cr_expect(eq(u64, hash, strtoull(field[V_PODS_HASH].text, NULL, 16)), "%s seed %s",
	          field[V_TRACE].text, field[V_SEED].text);
	hash = 1469598103934665603;
	for (uint32_t i = 0; i < all->n; i++) {
		hash = hash_name(hash, all->node[order.node[i]].name);
	}
	cr_expect(eq(u64, hash, strtoull(field[V_NODES_HASH].text, NULL, 16)));
	sf_study_order_finish(&order);
	sf_study_pods_finish(&trace);
}

Test(study_openb, arrivals_and_nodes_are_those_of_the_published_runs)
{
	const char *folder = openb_folder();
	struct sf_study_nodes all = {0};
	struct sf_str text = {0};
	struct sf_error err = {0};
	struct sf_csv csv;
	int rows = 0;
	sf_go_rand_table_init(&table);
	openb_nodes(folder, &all);
	openb_read(folder, "testvectors.csv", &text);
	sf_csv_init(&csv, "testvectors.csv", text.text, text.len);
	cr_assert(sf_csv_next(&csv, &err) == 1);
	while (sf_csv_next(&csv, &err) > 0) {
		check_vector(folder, &csv, &all);
		rows++;
	}
	cr_expect(eq(int, rows, 50));
	sf_str_finish(&text);
	sf_study_nodes_finish(&all);
}

/* Published values are compared as they are printed: two decimals, the ratio with four. */
enum { P_TRACE, P_POLICY, P_SEED, P_ALLOC, SEEDS = 10, POINTS = 8, SERIES = 3 };
static const int points[POINTS] = {50, 80, 90, 95, 100, 110, 120, 130};

static const char *const names[][2] = {
	{"FGD", "fgd"},
	{"BestFit", "fgd-bestfit"},
	{"DotProd", "fgd-dotprod"},
	{"GpuPacking", "fgd-packing"},
	{"GpuClustering", "fgd-clustering"},
	{"Random", "fgd-random"},
};
enum { POLICIES = sizeof(names) / sizeof(names[0]), RANDOM = POLICIES - 1 };

struct published {
	const struct sf_study *study;
	struct sf_study_result result[POLICIES][SEEDS];
	double want[POLICIES][SEEDS][SERIES][POINTS];
	int rows;
};

static int run_one(void *ctx, size_t task, struct sf_error *err)
{
	struct published *all = ctx;
	size_t policy = task / SEEDS;
	size_t seed = task % SEEDS;
	return sf_study_run(all->study, sf_policy_find(names[policy][1]), 42 + seed,
	                    &all->result[policy][seed], err);
}

static void read_published(const char *folder, const char *trace, struct published *all)
{
	struct sf_str text = {0};
	struct sf_error err = {0};
	struct sf_csv csv;
	openb_read(folder, "published_seed.csv", &text);
	sf_csv_init(&csv, "published_seed.csv", text.text, text.len);
	while (sf_csv_next(&csv, &err) > 0) {
		int policy = 0;
		int seed = atoi(csv.field[P_SEED].text) - 42;
		while (policy < POLICIES &&
		       strcmp(names[policy][0], csv.field[P_POLICY].text) != 0) {
			policy++;
		}
		if (strcmp(csv.field[P_TRACE].text, trace) != 0) {
			continue;
		}
		cr_assert(policy < POLICIES && seed >= 0 && seed < SEEDS);
		for (int i = 0; i < SERIES * POINTS; i++) {
			all->want[policy][seed][i / POINTS][i % POINTS] =
				strtod(csv.field[P_ALLOC + i].text, NULL);
		}
		all->rows++;
	}
	sf_str_finish(&text);
}

static double got(const struct published *all, int policy, int seed, int series, int point)
{
	const struct sf_study_series *s = &all->result[policy][seed].series;
	const double *const curve[SERIES] = {s->alloc_pct, s->frag_pct, s->frag_ratio_pct};
	return curve[series][points[point]];
}

/* To the printed digit. */
static void check_value(const struct published *all, const int at[4])
{
	int digits = at[2] == SERIES - 1 ? 4 : 2;
	char have[32];
	char want[32];
	snprintf(have, sizeof(have), "%.*f", digits, got(all, at[0], at[1], at[2], at[3]));
	snprintf(want, sizeof(want), "%.*f", digits, all->want[at[0]][at[1]][at[2]][at[3]]);
	cr_expect(eq(str, have, want), "%s seed %d series %d at %d", names[at[0]][0], 42 + at[1],
	          at[2], points[at[3]]);
}

/* The mean is within two standard deviations of the published seeds around theirs. */
static void check_random(const struct published *all, int series, int point)
{
	double want[SEEDS];
	double have[SEEDS];
	for (int s = 0; s < SEEDS; s++) {
		want[s] = all->want[RANDOM][s][series][point];
		have[s] = got(all, RANDOM, s, series, point);
	}
	struct sf_stats published = sf_stats_of(want, SEEDS);
	struct sf_stats own = sf_stats_of(have, SEEDS);
	cr_expect(fabs(own.mean - published.mean) <= 2 * published.sd,
	          "series %d at %d: %g is not near %g +- %g", series, points[point], own.mean,
	          published.mean, published.sd);
}

static void check_trace(const char *trace)
{
	const char *folder = openb_folder();
	static struct published all;
	struct sf_study_nodes nodes = {0};
	struct sf_study_pods pods = {0};
	struct sf_error err = {0};
	openb_nodes(folder, &nodes);
	openb_pods(folder, trace, &pods);
	struct sf_study_case given = {&nodes, &pods, 1.3};
	struct sf_study *study = sf_study_create(&given, &err);
	const struct sf_jobs jobs = {.n = POLICIES * SEEDS, .run = run_one, .ctx = &all};
	all.study = study;
	cr_assert(sf_jobs_run(&jobs, &err) == 0, "%s", err.text);
	read_published(folder, trace, &all);
	cr_assert(eq(int, all.rows, POLICIES *SEEDS));
	int at[4];
	for (at[2] = 0; at[2] < SERIES; at[2]++) {
		for (at[3] = 0; at[3] < POINTS; at[3]++) {
			for (at[0] = 0; at[0] < RANDOM; at[0]++) {
				for (at[1] = 0; at[1] < SEEDS; at[1]++) {
					check_value(&all, at);
				}
			}
			check_random(&all, at[2], at[3]);
		}
	}
	sf_study_destroy(study);
	sf_study_pods_finish(&pods);
	sf_study_nodes_finish(&nodes);
}

Test(study_openb, default_as_published)
{
	check_trace("default");
}

Test(study_openb, cpu100_as_published)
{
	check_trace("cpu100");
}

Test(study_openb, gpushare40_as_published)
{
	check_trace("gpushare40");
}

Test(study_openb, gpuspec10_as_published)
{
	check_trace("gpuspec10");
}

Test(study_openb, multigpu20_as_published)
{
	check_trace("multigpu20");
}
