/* Tests of study_order. */
// SPDX-License-Identifier: Apache-2.0
#include "openb_fixture.h"

#include <slicefit/study.h>

#include <string.h>

TestSuite(study_order, .timeout = 60);

static const char nodes_csv[] = "sn,cpu_milli,memory_mib,gpu,model\n"
				"n1,8000,16384,2,T4\n"
				"n0,8000,16384,8,G2\n"
				"n2,8000,16384,0,\n";
static const char pods_csv[] = "name,cpu_milli,memory_mib,num_gpu,gpu_milli\n"
			       "p0,1000,1024,1,500\n"
			       "p1,1000,1024,2,1000\n"
			       "p2,1000,1024,0,0\n";

static struct sf_go_rand_table table;
static struct sf_study_nodes nodes;
static struct sf_study_pods pods;

static void setup(void)
{
	struct sf_error err = {0};
	sf_go_rand_table_init(&table);
	cr_assert(sf_openb_parse_nodes(nodes_csv, strlen(nodes_csv), "n", &nodes, &err) == 0);
	cr_assert(sf_openb_parse_pods(pods_csv, strlen(pods_csv), "p", &pods, &err) == 0);
}

static void teardown(void)
{
	sf_study_nodes_finish(&nodes);
	sf_study_pods_finish(&pods);
}

Test(study_order, every_load_is_met_from_below, .init = setup, .fini = teardown)
{
	static const double tunes[] = {0.01, 0.1, 0.2, 0.3, 1, 1.3, 7, 1000};
	for (size_t t = 0; t < sizeof(tunes) / sizeof(tunes[0]); t++) {
		for (uint64_t seed = 1; seed < 20; seed++) {
			struct sf_study_case study = {&nodes, &pods, tunes[t]};
			struct sf_study_order order = {0};
			struct sf_error err = {0};
			int64_t sum = 0;
			cr_assert(sf_study_order_draw(&study, &table, seed, &order, &err) == 0);
			for (uint32_t i = 0; i < order.n; i++) {
				sum += sf_study_pod_milli(&pods.pod[order.arrival[i]]);
			}
			cr_expect(sum == order.gpu_milli);
			/* The last clone may overshoot by the GPUs beyond its first. */
			cr_expect(sum <= (int64_t)(tunes[t] * 10000) + 1000, "tune %g", tunes[t]);
			cr_expect(tunes[t] < 0.3 || (double)sum > tunes[t] * 10000 - 1000);
			cr_expect(order.node[0] + order.node[1] + order.node[2] == 3);
			sf_study_order_finish(&order);
		}
	}
}

Test(study_order, without_tuning_everything_arrives_once, .init = setup, .fini = teardown)
{
	struct sf_study_case study = {&nodes, &pods, 0};
	struct sf_study_order order = {0};
	struct sf_error err = {0};
	bool seen[3] = {false};
	cr_assert(sf_study_order_draw(&study, &table, 42, &order, &err) == 0);
	cr_assert(eq(u32, order.n, 3));
	for (uint32_t i = 0; i < order.n; i++) {
		cr_expect(seen[order.arrival[i]] == false);
		seen[order.arrival[i]] = true;
	}
	cr_expect(eq(i64, order.gpu_milli, 2500));
	sf_study_order_finish(&order);
}

Test(study_order, a_trace_without_gpus_cannot_be_tuned, .init = setup, .fini = teardown)
{
	static const char text[] = "name,cpu_milli,memory_mib,num_gpu,gpu_milli\nc,1,1,0,0\n";
	struct sf_study_pods none = {0};
	struct sf_study_order order = {0};
	struct sf_error err = {0};
	cr_assert(sf_openb_parse_pods(text, strlen(text), "dir/none.csv", &none, &err) == 0);
	struct sf_study_case study = {&nodes, &none, 1.3};
	cr_assert(sf_study_order_draw(&study, &table, 42, &order, &err) == -1);
	cr_expect(eq(str, err.text,
	             "trace none: no pod has GPUs, so no number of pods reaches the load"));
	sf_study_pods_finish(&none);
}
