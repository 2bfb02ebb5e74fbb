/* plan_check: what every plan must keep, by the rules of the real model. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_CHECK_H
#define SF_PLAN_CHECK_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <slicefit/change.h>
#include <slicefit/error.h>
#include <slicefit/filter.h>
#include <slicefit/mig.h>
#include <slicefit/plan.h>

#include <stdio.h>

/* Every pod where the plan puts it, by the rules of the real model. */
static inline void check_places(const struct sf_scenario *scenario, const struct sf_plan *plan,
                                int round)
{
	struct sf_error err = {0};
	struct sf_cluster *cluster = sf_scenario_cluster(plan->after, &err);

	cr_assert(not(zero(ptr, cluster)), "round %d: %s", round, err.text);
	for (size_t i = 0; i < plan->n_nodes; i++) {
		for (size_t d = 0; d < scenario->n_workloads; d++) {
			struct sf_request request;

			sf_request_resolve(&scenario->workload[d].request, cluster, &request);
			for (uint32_t k = 0; k < plan->node[i].pods[d]; k++) {
				struct sf_grant grant;
				uint32_t pod = sf_cluster_add_pod(cluster, &request, 0, 0);
				enum sf_fit fit = sf_filter(cluster, plan->node[i].node, &request,
				                            SF_VIEW_AWARE, &grant);

				cr_assert(eq(int, (int)fit, SF_FITS), "round %d node %zu w%zu: %s",
				          round, i, d, sf_fit_reason(fit));
				cr_assert(eq(int,
				             sf_cluster_place(cluster, pod, plan->node[i].node,
				                              &grant, &err),
				             0),
				          "round %d: %s", round, err.text);
			}
		}
	}
	sf_cluster_destroy(cluster);
}

static inline void check_layouts(const struct sf_plan *plan, int round)
{
	for (size_t i = 0; i < plan->n_nodes; i++) {
		const struct sf_node_plan *node = &plan->node[i];

		for (uint8_t g = 0; g < node->n_gpus; g++) {
			const struct sf_gpu_spec *gpu = &node->after[g];

			bool legal = gpu->mig ? sf_mig_legal(gpu->product, &gpu->layout)
			                      : gpu->layout.n == 0;

			cr_assert(legal, "round %d node %zu gpu %d", round, i, g);
		}
	}
}

/* The tiers as text, for messages. */
static inline const char *tiers_text(const struct sf_plan *plan)
{
	static char text[1024];
	size_t len = 0;

	for (size_t t = 0; t < plan->n_tiers && len < sizeof text - 100; t++) {
		len += (size_t)snprintf(text + len, sizeof text - len, "%s: %lld of %lld; ",
		                        plan->tier[t].name, (long long)plan->tier[t].value,
		                        (long long)plan->tier[t].bound);
	}
	return text;
}

static inline void check_counts(const struct sf_scenario *scenario, const struct sf_plan *plan,
                                int round)
{
	for (size_t d = 0; d < scenario->n_workloads; d++) {
		uint32_t sum = 0;

		for (size_t i = 0; i < plan->n_nodes + plan->n_bought; i++) {
			sum += plan->node[i].pods[d];
		}
		cr_expect(eq(u32, plan->served[d].served, sum), "round %d w%zu", round, d);
		cr_expect(le(u32, sum, plan->served[d].wanted), "round %d w%zu", round, d);
	}
}

#endif
