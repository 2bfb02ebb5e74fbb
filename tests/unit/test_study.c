/* Tests of study: the same decisions as a reference that recomputes everything. */
// SPDX-License-Identifier: Apache-2.0
#include "openb_fixture.h"
#include "study_reference.h"

#include <slicefit/policy.h>
#include <slicefit/study.h>

TestSuite(study, .timeout = 120);

#define DATA SF_SOURCE_DIR "/tests/data/study/"

static struct sf_go_rand_table table;
static struct sf_study_nodes nodes;
static struct sf_study_pods pods;

static void load(const char *name)
{
	struct sf_error err = {0};
	char path[512];
	sf_go_rand_table_init(&table);
	snprintf(path, sizeof(path), DATA "%s", name);
	cr_assert(sf_openb_load_nodes(DATA "nodes.csv", &nodes, &err) == 0, "%s", err.text);
	cr_assert(sf_openb_load_pods(path, &pods, &err) == 0, "%s", err.text);
}

static void unload(void)
{
	sf_study_nodes_finish(&nodes);
	sf_study_pods_finish(&pods);
}

static void compare_series(const struct sf_study_series *got, const struct sf_study_series *want,
                           const char *what)
{
	for (int a = 0; a < SF_STUDY_POINTS; a++) {
		cr_assert(eq(u32, got->records[a], want->records[a]), "%s at %d", what, a);
		if (want->records[a] > 0) {
			cr_assert(eq(dbl, got->alloc_pct[a], want->alloc_pct[a]), "%s at %d", what,
			          a);
			cr_assert(eq(dbl, got->frag_pct[a], want->frag_pct[a]), "%s at %d", what,
			          a);
			cr_assert(eq(dbl, got->frag_ratio_pct[a], want->frag_ratio_pct[a]),
			          "%s at %d", what, a);
		}
	}
}

/* All deterministic policies of the study with some seeds. */
static void compare(double tune)
{
	struct sf_study_case given = {&nodes, &pods, tune};
	struct sf_error err = {0};
	struct sf_study *study = sf_study_create(&given, &err);
	cr_assert(study != NULL, "%s", err.text);
	for (int p = 0; p < REF_POLICIES; p++) {
		for (uint64_t seed = 42; seed < 44; seed++) {
			struct sf_study_order order = {0};
			struct sf_study_series want;
			struct sf_study_result got;
			const struct sf_policy *policy = sf_policy_find(ref_names[p]);
			cr_assert(sf_study_order_draw(&given, &table, seed, &order, &err) == 0);
			uint32_t placed = ref_run(&given, &order, (enum ref_policy)p, &want);
			cr_assert(sf_study_run(study, policy, seed, &got, &err) == 0, "%s",
			          err.text);
			cr_assert(eq(u32, got.placed, placed), "%s seed %d", ref_names[p],
			          (int)seed);
			compare_series(&got.series, &want, ref_names[p]);
			cr_expect(eq(u32, got.arrived, order.n));
			cr_expect(eq(i64, got.arrived_milli, order.gpu_milli));
			sf_study_order_finish(&order);
		}
	}
	sf_study_destroy(study);
}

Test(study, decides_as_the_reference_with_wishes_for_models)
{
	load("pods.csv");
	compare(1.3);
	unload();
}

Test(study, decides_as_the_reference_with_shares_of_several_gpus)
{
	load("shares.csv");
	compare(1.3);
	unload();
}

Test(study, decides_as_the_reference_when_pods_are_dropped_or_left_alone)
{
	load("pods.csv");
	compare(0.7);
	compare(0);
	unload();
}

Test(study, random_stays_within_capacity_and_repeats)
{
	struct sf_error err = {0};
	load("pods.csv");
	struct sf_study_case given = {&nodes, &pods, 1.3};
	struct sf_study *study = sf_study_create(&given, &err);
	const struct sf_policy *policy = sf_policy_find("fgd-random");
	struct sf_study_result a, b, c;
	cr_assert(sf_study_run(study, policy, 42, &a, &err) == 0);
	cr_assert(sf_study_run(study, policy, 42, &b, &err) == 0);
	cr_assert(sf_study_run(study, policy, 43, &c, &err) == 0);
	cr_expect(a.placed == b.placed && a.placed_milli == b.placed_milli);
	compare_series(&a.series, &b.series, "the same seed");
	cr_expect(a.placed_milli <= a.capacity_milli && a.placed < a.arrived);
	cr_expect(memcmp(a.series.frag_pct, c.series.frag_pct, sizeof(a.series.frag_pct)) != 0);
	sf_study_destroy(study);
	unload();
}

Test(study, nodes_without_gpus_and_models_that_differ_by_case_are_refused)
{
	static const struct {
		const char *nodes;
		const char *error;
	} bad[] = {
		{"n,1,1,0,\n", "no node has GPUs"},
		{"n,1,1,1,T4\nm,1,1,1,t4\n", "models T4 and t4: differ by case only"},
	};
	load("pods.csv");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sf_study_nodes few = {0};
		struct sf_str text = {0};
		struct sf_error err = {0};
		sf_str_printf(&text, "sn,cpu_milli,memory_mib,gpu,model\n%s", bad[i].nodes);
		cr_assert(sf_openb_parse_nodes(text.text, text.len, "n", &few, &err) == 0);
		struct sf_study_case given = {&few, &pods, 1.3};
		cr_expect(sf_study_create(&given, &err) == NULL);
		cr_expect(eq(str, err.text, (char *)bad[i].error));
		sf_study_nodes_finish(&few);
		sf_str_finish(&text);
	}
	unload();
}
