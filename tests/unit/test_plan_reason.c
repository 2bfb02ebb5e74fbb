/* test_plan_reason: what a plan says of each node, against counts of devices. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_fixture.h"

#include <slicefit/report_plan.h>
#include <slicefit/rng.h>
#include <slicefit/str.h>

#include <stdlib.h>

TestSuite(plan_reason, .timeout = 120, .init = open_catalog, .fini = close_catalog);

static struct sf_plan *plan_of(const struct sf_scenario *scenario)
{
	const struct sf_plan_options options = {0};
	struct sf_error err = {0};
	struct sf_plan *plan = sf_plan_create(scenario, &options, &err);

	cr_assert(plan != NULL, "%s", err.text);
	return plan;
}

static struct sf_plan_reason *reasons_of(const struct sf_scenario *scenario,
                                         const struct sf_plan *plan)
{
	struct sf_error err = {0};
	struct sf_plan_reason *reason = sf_plan_reasons(scenario, plan, &err);

	cr_assert(reason != NULL, "%s", err.text);
	return reason;
}

Test(plan_reason, words)
{
	static const struct {
		const char *text;
		const char *want; /* of each node, then of each that is bought */
	} rows[] = {
		{"pools: [{name: p, product: A30, nodes: 3, gpus: 1}]\n"
	         "workloads:\n"
	         "- {name: a, count: 1, running: {p-0: 1}, request: {gpu: 1}}\n"
	         "- {name: b, count: 1, request: {gpu: 1}}\n",
	         "kept: its pods run; kept: suits its pods; kept: not needed; "},
		{"pools: [{name: p, product: A30, nodes: 1, gpus: 2, plan: {pinned: true}}]\n"
	         "workloads: [{name: a, count: 9, request: {mig: {1g.6gb: 1}}}]\n",
	         "kept: pinned; "},
		{"pools: [{name: p, product: A30, nodes: 2, gpus: 1}]\n"
	         "workloads: [{name: a, count: 4, request: {mig: {1g.6gb: 1}}}]\n",
	         "rebuilt: 1g.6gb for a (priority 0) fits nowhere else; kept: not needed; "},
		{"pools: [{name: p, product: A30, nodes: 2, gpus: 1}]\n"
	         "workloads: [{name: a, count: 5, request: {mig: {1g.6gb: 1}}}]\n",
	         "rebuilt: 1g.6gb for a (priority 0) fits nowhere else; rebuilt: 1g.6gb for a "
	         "(priority 0); "},
		{"pools: [{name: p, product: A30, nodes: 2, gpus: 2}]\n"
	         "workloads:\n"
	         "- {name: big, count: 1, priority: 9, request: {gpu: 2}}\n"
	         "- {name: run, count: 2, running: {p-0: 1, p-1: 1}, request: {gpu: 1}}\n",
	         "kept: its pods run; drained: 2 GPUs for big (priority 9) fits nowhere else; "},
		{"pools: [{name: p, product: A30, nodes: 1, gpus: 2,\n"
	         "         plan: {buy: {max: 2, price: 3}}}]\n"
	         "workloads: [{name: a, count: 3, priority: 1, request: {gpu: 1}}]\n",
	         "kept: suits its pods; bought: 1 GPU for a (priority 1) fits nowhere else; "},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct sf_scenario *scenario = scenario_of(rows[i].text);
		struct sf_plan *plan = plan_of(scenario);
		struct sf_plan_reason *reason = reasons_of(scenario, plan);
		struct sf_str text = {0};

		for (size_t n = 0; n < plan->n_nodes + plan->n_bought; n++) {
			if (n < plan->n_nodes || plan->node[n].bought) {
				sf_plan_reason_text(scenario, &plan->node[n], &reason[n], &text);
				sf_str_append(&text, "; ");
			}
		}
		cr_expect(eq(str, text.text, (char *)rows[i].want), "row %zu", i);
		sf_str_finish(&text);
		free(reason);
		sf_plan_destroy(plan);
		sf_scenario_destroy(scenario);
	}
}

/* What the random scenarios know: GPUs of A100-40GB nodes, whole or cut, and pods that want one device. */
enum { WHOLE, SMALL, LARGE, KINDS, NODES_MAX = 6 };
static const char *const kinds[KINDS] = {"gpu: 1", "mig: {1g.5gb: 1}", "mig: {3g.20gb: 1}"};

static void draw(struct sf_rng *rng, struct sf_str *out)
{
	static const char *const layouts[] = {"",
	                                      ", mig: {config: [{devices: all, mig-enabled: true, "
	                                      "mig-devices: {1g.5gb: 7}}]}",
	                                      ", mig: {config: [{devices: all, mig-enabled: true, "
	                                      "mig-devices: {3g.20gb: 2}}]}"};
	/* The kind that a node of each layout has, and how many. */
	static const uint64_t per_node[] = {2, 14, 4};
	uint32_t of[NODES_MAX], n = 2 + (uint32_t)sf_rng_below(rng, NODES_MAX - 1);

	sf_str_append(out, "pools:\n");
	for (uint32_t i = 0; i < n; i++) {
		of[i] = (uint32_t)sf_rng_below(rng, KINDS);
		sf_str_printf(out, "- {name: n%u, product: A100-40GB, nodes: 1, gpus: 2%s}\n", i,
		              layouts[of[i]]);
	}
	sf_str_append(out, "workloads:\n");
	for (uint32_t k = 0; k < KINDS; k++) {
		sf_str_printf(out, "- {name: w%u, priority: %u, count: %u, request: {%s}", k,
		              (unsigned)sf_rng_below(rng, 3), 60, kinds[k]);
		const char *lead = ", running: {", *end = "";

		for (uint32_t i = 0; i < n; i++) {
			uint64_t run = of[i] == k ? sf_rng_below(rng, per_node[k] / 2 + 1) : 0;

			if (run) {
				sf_str_printf(out, "%sn%u-0: %u", lead, i, (unsigned)run);
				lead = ", ";
				end = "}";
			}
		}
		sf_str_printf(out, "%s}\n", end);
	}
}

/* Devices of the node that pods of workload k can have. */
static uint32_t devices(const struct sf_gpu_spec *gpu, uint8_t n, int k)
{
	uint32_t sum = 0;

	for (uint8_t g = 0; g < n; g++) {
		sum += k == WHOLE && !gpu[g].mig;
		for (uint8_t i = 0; i < gpu[g].layout.n; i++) {
			const char *name =
				gpu[g].product->profile[gpu[g].layout.instance[i].profile].name;

			sum += strcmp(name, k == SMALL ? "1g.5gb" : "3g.20gb") == 0 && k != WHOLE;
		}
	}
	return sum;
}

static uint32_t running_on(const struct sf_scenario *scenario, int k, uint32_t node)
{
	const struct sf_workload *workload = &scenario->workload[k];

	for (size_t i = 0; i < workload->n_running; i++) {
		if (workload->running[i].node == node) {
			return workload->running[i].pods;
		}
	}
	return 0;
}

static bool has_room(const struct sf_node_plan *node, uint32_t k)
{
	return devices(node->after, node->n_gpus, (int)k) > node->pods[k];
}

static void check_node(const struct sf_scenario *scenario, const struct sf_plan *plan, size_t n,
                       const struct sf_plan_reason *reason, int round)
{
	const struct sf_node_plan *node = &plan->node[n];
	uint32_t running = 0, pods = 0;

	for (int k = 0; k < KINDS; k++) {
		running += running_on(scenario, k, (uint32_t)n);
		pods += node->pods[k];
	}
	if (reason->kind <= SF_REASON_IDLE) {
		bool right = running ? reason->kind == SF_REASON_RUNNING
		                     : reason->kind == (pods ? SF_REASON_SUITS : SF_REASON_IDLE);

		cr_expect(right && !node->changed && !node->drained, "round %d node %zu", round, n);
		return;
	}
	cr_expect(node->changed || node->drained, "round %d node %zu", round, n);
	if (reason->kind == SF_REASON_NEEDED) {
		uint32_t k = reason->workload, elsewhere = 0;
		uint32_t had = devices(node->before, node->n_gpus, (int)k);

		cr_expect(node->pods[k] > had, "round %d node %zu: w%u has %u devices as it is",
		          round, n, k, had);
		for (size_t other = 0; other < plan->n_nodes; other++) {
			elsewhere += other != n && has_room(&plan->node[other], k);
		}
		cr_expect(reason->nowhere_else == (elsewhere == 0), "round %d node %zu w%u", round,
		          n, k);
	}
}

Test(plan_reason, claims_are_true_of_the_nodes)
{
	struct sf_rng rng;
	int needed = 0, elsewhere = 0;

	sf_rng_seed(&rng, 2026, 5);
	for (int round = 0; round < 400; round++) {
		struct sf_str text = {0};
		struct sf_scenario *scenario;
		struct sf_plan *plan;
		struct sf_plan_reason *reason;

		draw(&rng, &text);
		scenario = scenario_of(sf_str_get(&text));
		for (int k = 0; k < KINDS; k++) {
			scenario->workload[k].count = scenario->workload[k].n_running_pods +
			                              (uint32_t)sf_rng_below(&rng, 9);
		}
		plan = plan_of(scenario);
		reason = reasons_of(scenario, plan);
		for (size_t n = 0; n < plan->n_nodes; n++) {
			check_node(scenario, plan, n, &reason[n], round);
			needed += reason[n].kind == SF_REASON_NEEDED;
			elsewhere += reason[n].kind == SF_REASON_NEEDED && !reason[n].nowhere_else;
		}
		free(reason);
		sf_plan_destroy(plan);
		sf_scenario_destroy(scenario);
		sf_str_finish(&text);
	}
	cr_expect(gt(int, elsewhere, 10)); /* both were seen */
	cr_expect(gt(int, needed - elsewhere, 10));
}
