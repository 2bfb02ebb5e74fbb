/* Tests of the study on the public trace: against the results that its authors published. */
// SPDX-License-Identifier: Apache-2.0
#include "openb_fixture.h"

#include <slicefit/study.h>

#include <string.h>

TestSuite(study_openb, .timeout = 250);

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
