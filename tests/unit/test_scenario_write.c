/* Tests that a written scenario reads back as the same scenario. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/scenario_yaml.h>
#include <slicefit/str.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

TestSuite(scenario_write, .timeout = 20);

static const char *const files[] = {
	"heterogeneous-fleet",  "inference-on-mig",      "mixed-cluster",
	"small-team-notebooks", "training-vs-notebooks",
};

static uint64_t digest(const struct sf_scenario *scenario)
{
	struct sf_error err = {0};
	struct sf_cluster *cluster = sf_scenario_cluster(scenario, &err);
	cr_assert(cluster != NULL, "%s", err.text);
	uint64_t value = sf_cluster_digest(cluster);
	sf_cluster_destroy(cluster);
	return value;
}

static void expect_same_workload(const struct sf_workload *a, const struct sf_workload *b)
{
	cr_expect(eq(str, (char *)a->name, (char *)b->name));
	cr_expect(a->count == b->count && a->priority == b->priority && a->class == b->class, "%s",
	          a->name);
	cr_expect(memcmp(&a->request, &b->request, sizeof(a->request)) == 0, "%s", a->name);
	cr_expect(a->arrival.kind == b->arrival.kind && a->duration.kind == b->duration.kind, "%s",
	          a->name);
	cr_expect(epsilon_eq(dbl, a->arrival.at_s, b->arrival.at_s, 1e-6));
	cr_expect(epsilon_eq(dbl, a->arrival.every_s, b->arrival.every_s, 1e-6));
	cr_expect(epsilon_eq(dbl, a->duration.s, b->duration.s, 1e-6));
	cr_expect(epsilon_eq(dbl, a->duration.sigma, b->duration.sigma, 1e-6));
	cr_expect(epsilon_eq(dbl, a->deadline_s, b->deadline_s, 1e-6));
	cr_expect(a->timed == b->timed && a->max_replicas == b->max_replicas, "%s", a->name);
}

Test(scenario_write, every_example_reads_back_as_itself)
{
	struct sf_catalog *catalog = sf_catalog_create();
	for (size_t f = 0; f < sizeof(files) / sizeof(files[0]); f++) {
		struct sf_error err = {0};
		struct sf_str first = {0}, second = {0};
		char path[512];
		snprintf(path, sizeof(path), "%s/scenarios/%s.yaml", SF_SOURCE_DIR, files[f]);
		struct sf_scenario *a = sf_scenario_load(path, catalog, &err);
		cr_assert(a != NULL, "%s", err.text);
		cr_assert(eq(int, sf_scenario_write(a, true, &first, &err), 0), "%s", err.text);
		struct sf_scenario *b =
			sf_scenario_parse(first.text, first.len, files[f], catalog, &err);
		cr_assert(b != NULL, "%s\n%s", err.text, first.text);
		cr_assert(eq(int, sf_scenario_write(b, true, &second, &err), 0), "%s", err.text);
		cr_expect(eq(str, first.text, second.text));
		cr_expect(digest(a) == digest(b), "%s", files[f]);
		cr_assert(eq(sz, a->n_workloads, b->n_workloads));
		for (size_t w = 0; w < a->n_workloads; w++) {
			expect_same_workload(&a->workload[w], &b->workload[w]);
		}
		cr_expect(eq(sz, a->n_expects, b->n_expects));
		cr_expect(eq(dbl, a->horizon_s, b->horizon_s));
		cr_expect(memcmp(a->max_replicas, b->max_replicas, sizeof(a->max_replicas)) == 0);
		sf_str_finish(&first);
		sf_str_finish(&second);
		sf_scenario_destroy(a);
		sf_scenario_destroy(b);
	}
	sf_catalog_destroy(catalog);
}
