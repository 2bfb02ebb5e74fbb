/* test_plan_share: plans with GPUs that pods of different sizes share: against enumeration. */
// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "engine/pack.h"
#include "engine/solver.h"

#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/plan.h>
#include <slicefit/rng.h>
#include <slicefit/scenario_yaml.h>
#include <slicefit/str.h>

#include <string.h>

enum { WORKLOADS = 3, PODS = 6, GPUS = 4 };

/* GPUs of 16 GiB (T4), of which one is kept free; 90 % of their time. */
enum { ROOM_MIB = 15360 - 1024, CAP_MILLI = 900, RESERVE_MIB = 256 };

struct size {
	int count, mib, milli, most;
};

struct oracle {
	struct size size[WORKLOADS];
	int nodes, gpus_each;
	int of[PODS], n;         /* workload of each pod */
	int on[GPUS][WORKLOADS]; /* pods on each GPU */
	int best;
};

/* Memory and time of each GPU; on each node no more on a GPU than any pod of the node allows, and
 * the plugin has at least two replicas. */
static bool is_right(const struct oracle *o)
{
	for (int node = 0; node < o->nodes; node++) {
		int fullest = 2, allowed = 1000;
		bool any = false;

		for (int g = node * o->gpus_each; g < (node + 1) * o->gpus_each; g++) {
			int mib = 0, milli = 0, pods = 0;

			for (int w = 0; w < WORKLOADS; w++) {
				int n = o->on[g][w];

				mib += n * (o->size[w].mib + RESERVE_MIB);
				milli += n * o->size[w].milli;
				pods += n;
				allowed =
					n && o->size[w].most < allowed ? o->size[w].most : allowed;
				any |= n > 0;
			}
			if (mib > ROOM_MIB || milli > CAP_MILLI) {
				return false;
			}
			fullest = pods > fullest ? pods : fullest;
		}
		if (any && fullest > allowed) {
			return false;
		}
	}
	return true;
}

static void place(struct oracle *o, int pod, int placed)
{
	if (placed + o->n - pod <= o->best) {
		return;
	}
	if (pod == o->n) {
		o->best = is_right(o) ? placed : o->best;
		return;
	}
	for (int g = 0; g < o->nodes * o->gpus_each; g++) {
		o->on[g][o->of[pod]]++;
		place(o, pod + 1, placed + 1);
		o->on[g][o->of[pod]]--;
	}
	place(o, pod + 1, placed);
}

static void draw(struct sf_rng *rng, struct oracle *o)
{
	memset(o, 0, sizeof *o);
	o->best = -1;
	o->nodes = 1 + (int)sf_rng_below(rng, 2);
	o->gpus_each = 1 + (int)sf_rng_below(rng, 2);
	for (int w = 0; w < WORKLOADS; w++) {
		o->size[w] = (struct size){
			1 + (int)sf_rng_below(rng, 2), 1024 * (1 + (int)sf_rng_below(rng, 12)),
			50 * (1 + (int)sf_rng_below(rng, 12)), 2 + (int)sf_rng_below(rng, 4)};
		for (int i = 0; i < o->size[w].count; i++) {
			o->of[o->n++] = w;
		}
	}
}

static void write_scenario(const struct oracle *o, struct sf_str *out)
{
	sf_str_printf(out,
	              "pools: [{name: p, nodes: %d, gpus: %d, product: T4}]\n"
	              "plan: {sharing: packed, gpu_memory_reserve: 1Gi, process_reserve: %dMi}\n"
	              "workloads:\n",
	              o->nodes, o->gpus_each, RESERVE_MIB);
	for (int w = 0; w < WORKLOADS; w++) {
		sf_str_printf(out,
		              "- {name: w%d, count: %d, max_replicas: %d, gpu_duty: %.3f, "
		              "request: {shared: 1, gpu_memory: %dMi}}\n",
		              w, o->size[w].count, o->size[w].most, o->size[w].milli / 1000.0,
		              o->size[w].mib);
	}
}

static struct sf_plan *plan_for(struct sf_catalog *catalog, const char *text,
                                struct sf_scenario **scenario)
{
	const struct sf_plan_options options = {0};
	struct sf_error err = {0};
	struct sf_plan *plan;

	*scenario = sf_scenario_parse(text, strlen(text), "test", catalog, &err);
	cr_assert(not(zero(ptr, *scenario)), "%s", err.text);
	plan = sf_plan_create(*scenario, &options, &err);
	cr_assert(not(zero(ptr, plan)), "%s", err.text);
	return plan;
}

static uint32_t served(const struct sf_plan *plan)
{
	uint32_t sum = 0;

	for (size_t w = 0; w < plan->n_served; w++) {
		sum += plan->served[w].served;
	}
	return sum;
}

Test(plan_share, small_clusters_match_enumeration)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_rng rng;

	sf_rng_seed(&rng, 5, 1);
	for (int i = 0; i < 150; i++) {
		struct sf_str text = {0};
		struct sf_scenario *scenario;
		struct sf_plan *plan;
		struct oracle o;

		draw(&rng, &o);
		place(&o, 0, 0);
		write_scenario(&o, &text);
		plan = plan_for(catalog, sf_str_get(&text), &scenario);
		cr_expect(eq(u32, served(plan), (uint32_t)o.best), "round %d\n%s", i,
		          sf_str_get(&text));
		cr_expect(eq(int, plan->tier[0].proven, true), "round %d", i);
		for (size_t n = 0; n < plan->n_nodes; n++) {
			for (int w = 0; w < WORKLOADS; w++) {
				int most = plan->node[n].pods[w] ? o.size[w].most : 1000;

				cr_expect(le(int, plan->node[n].replicas, most), "round %d", i);
			}
		}
		sf_plan_destroy(plan);
		sf_scenario_destroy(scenario);
		sf_str_finish(&text);
	}
	sf_catalog_destroy(catalog);
}

/* Pods of one size of two fit beside those of the other; what each row serves is worked out by hand. */
Test(plan_share, rules)
{
	static const struct {
		const char *what, *pools, *plan, *request;
		uint32_t served, replicas;
	} rows[] = {
		{"8 + 4 + 2 GiB on each of two GPUs", "gpus: 2", "sharing: packed", "shared: 1", 6,
	         3},
		{"three of 4 GiB fit, so one of 8 is out", "gpus: 2", "sharing: worst-case",
	         "shared: 1", 4, 3},
		{"MPS gives all the same",
	         "gpus: 2, sharing: {mps: {resources: [{name: gpu, replicas: 2}]}}",
	         "sharing: packed", "shared: 1", 4, 2},
		{"by name: the name of shared GPUs", "gpus: 2", "sharing: packed",
	         "resources: {nvidia.com/gpu.shared: 1}", 6, 3},
		{"by a name that says nothing: the largest counts",
	         "gpus: 2, allow: {mig: false}, sharing: {timeSlicing: {resources: [{name: gpu, "
	         "replicas: 3}]}}",
	         "sharing: packed", "resources: {nvidia.com/gpu: 1}", 4, 3},
		{"by a name that the node does not have",
	         "gpus: 2, sharing: {timeSlicing: {resources: [{name: gpu, replicas: 3}]}}",
	         "sharing: packed", "resources: {nvidia.com/gpu.shared: 1}", 0, 3},
		{"by name, by the worst case", "gpus: 2", "sharing: worst-case",
	         "resources: {nvidia.com/gpu.shared: 1}", 4, 3},
		{"today's replicas stay where they may not be changed",
	         "gpus: 2, plan: {pinned: true}, sharing: {timeSlicing: {renameByDefault: true, "
	         "resources: [{name: gpu, replicas: 3}]}}",
	         "sharing: packed", "shared: 1", 6, 3},
	};
	struct sf_catalog *catalog = sf_catalog_create();

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct sf_str text = {0};
		struct sf_scenario *scenario;
		struct sf_plan *plan;

		sf_str_printf(&text,
		              "pools: [{name: p, nodes: 1, product: T4, %s}]\n"
		              "plan: {%s, gpu_memory_reserve: 1Gi}\nworkloads:\n",
		              rows[i].pools, rows[i].plan);
		for (int w = 0; w < 3; w++) {
			sf_str_printf(&text,
			              "- {count: 2, max_replicas: 9, request: {%s, "
			              "gpu_memory: %dGi}}\n",
			              rows[i].request, 8 >> w);
		}
		plan = plan_for(catalog, sf_str_get(&text), &scenario);
		cr_expect(eq(u32, served(plan), rows[i].served), "%s", rows[i].what);
		cr_expect(eq(int, plan->node[0].replicas, (int)rows[i].replicas), "%s",
		          rows[i].what);
		sf_plan_destroy(plan);
		sf_scenario_destroy(scenario);
		sf_str_finish(&text);
	}
	sf_catalog_destroy(catalog);
}

/* Many pods on nodes of eight GPUs: as few GPUs as if each were a node of its own, within one. */
Test(plan_share, large_clusters_take_as_few_gpus_as_packing_says)
{
	enum { TYPES = 9 };
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_rng rng;

	sf_rng_seed(&rng, 6, 1);
	for (int i = 0; i < 4; i++) {
		const struct pack_class class = {81920 - 1024, 900, 16, 10000, false};
		struct sf_solver *solver = sf_solver_create(NULL);
		const struct pack_limits limits = {.solver = solver, .nodes = 2000};
		struct pack_type type[TYPES];
		const struct pack_problem problem = {TYPES, type, 1, &class};
		struct pack_result packed;
		struct sf_str text = {0};
		struct sf_error err = {0};
		struct sf_scenario *scenario;
		struct sf_plan *plan;

		sf_str_append(&text, "pools: [{nodes: 40, gpus: 8, product: A100-80GB}]\n"
		                     "plan: {sharing: packed, gpu_memory_reserve: 1Gi, tiers: "
		                     "[unmet, gpus]}\nworkloads:\n");
		for (int t = 0; t < TYPES; t++) {
			type[t] = (struct pack_type){(6 + (int32_t)sf_rng_below(&rng, 30)) * 1024,
			                             (1 + (int32_t)sf_rng_below(&rng, 8)) * 50,
			                             30 + (uint32_t)sf_rng_below(&rng, 40), NULL};
			sf_str_printf(&text,
			              "- {count: %u, max_replicas: 16, gpu_duty: %.3f, request: "
			              "{shared: 1, gpu_memory: %dMi}}\n",
			              type[t].count, type[t].duty_milli / 1000.0,
			              type[t].memory_mib);
		}
		cr_assert(eq(int, pack_solve(&problem, NULL, &limits, &packed, &err), 0));
		plan = plan_for(catalog, sf_str_get(&text), &scenario);
		cr_expect(eq(u32, plan->served[0].served, plan->served[0].wanted), "round %d", i);
		cr_expect(le(u32, plan->gpus_used, packed.gpus_bound + 1), "round %d", i);
		cr_expect(ge(u32, plan->gpus_used, packed.gpus_bound), "round %d", i);
		sf_solver_destroy(solver);
		pack_result_finish(&packed);
		sf_plan_destroy(plan);
		sf_scenario_destroy(scenario);
		sf_str_finish(&text);
	}
	sf_catalog_destroy(catalog);
}

/* Of ten busy pods as many share a GPU as its time allows: with 2 sigmas, with none, with less time. */
Test(plan_share, time_counts_in_both_ways_of_sharing)
{
	static const struct {
		const char *plan;
		uint32_t served;
	} rows[] = {
		{"sharing: packed", 3},
		{"sharing: worst-case", 3},
		{"sharing: packed, duty_sigmas: 0", 4},
		{"sharing: worst-case, duty_sigmas: 0", 4},
		{"sharing: packed, duty_cap: 0.65", 2},
		{"sharing: worst-case, duty_cap: 0.65", 2},
		{"sharing: packed, process_reserve: 7Gi", 2},
		{"sharing: worst-case, process_reserve: 7Gi", 2},
	};
	struct sf_catalog *catalog = sf_catalog_create();

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct sf_str text = {0};
		struct sf_scenario *scenario;
		struct sf_plan *plan;

		sf_str_printf(&text,
		              "pools: [{name: p, nodes: 1, gpus: 1, product: T4}]\nplan: {%s}\n"
		              "workloads: [{count: 10, max_replicas: 9, gpu_duty: 0.2, "
		              "gpu_duty_sd: 0.05, request: {shared: 1}}]\n",
		              rows[i].plan);
		plan = plan_for(catalog, sf_str_get(&text), &scenario);
		cr_expect(eq(u32, served(plan), rows[i].served), "%s", rows[i].plan);
		sf_plan_destroy(plan);
		sf_scenario_destroy(scenario);
		sf_str_finish(&text);
	}
	sf_catalog_destroy(catalog);
}

/* Busy by day and busy by night, for a quarter of the time: one of each shares a GPU, and where a quarter does not
 * count several of a kind. Under worst-case peaks count. */
Test(plan_share, samples_count_over_time)
{
	static const struct {
		const char *plan;
		uint32_t served, gpus;
	} rows[] = {
		{"sharing: packed, duty_percentile: 100, duty_cap: 0.9", 8, 4},
		{"sharing: packed, duty_percentile: 100, duty_cap: 0.85", 8, 8},
		{"sharing: packed, duty_percentile: 75, duty_cap: 0.85", 8, 2}, /* four of a kind */
		{"sharing: packed, duty_percentile: 75, duty_cap: 0.35", 8,
	         4}, /* three of a kind */
		{"sharing: worst-case, duty_percentile: 75, duty_cap: 1", 0, 0}, /* two peaks */
	};
	struct sf_catalog *catalog = sf_catalog_create();

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct sf_scenario *scenario;
		struct sf_plan *plan;
		struct sf_str text = {0};

		sf_str_printf(
			&text,
			"pools: [{name: p, nodes: 3, gpus: 4, product: T4}]\n"
			"plan: {%s}\n"
			"workloads:\n"
			"- {name: day, count: 4, max_replicas: 4, gpu_duty: [0.1, 0.1, 0.8, 0.1],\n"
			"   request: {shared: 1}}\n"
			"- {name: night, count: 4, max_replicas: 4, gpu_duty: [0.8, 0.1, 0.1, "
			"0.1],\n"
			"   request: {shared: 1}}\n",
			rows[i].plan);
		plan = plan_for(catalog, sf_str_get(&text), &scenario);
		cr_expect(eq(u32, served(plan), rows[i].served), "row %zu", i);
		cr_expect(eq(u32, plan->gpus_used, rows[i].gpus), "row %zu: %u", i,
		          plan->gpus_used);
		cr_expect(plan->optimal, "row %zu", i);
		sf_plan_destroy(plan);
		sf_scenario_destroy(scenario);
		sf_str_finish(&text);
	}
	sf_catalog_destroy(catalog);
}
