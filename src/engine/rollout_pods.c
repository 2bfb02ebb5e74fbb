/* rollout_pods: the pods that run, on nodes that a plan keeps and on those that it changes. */
// SPDX-License-Identifier: Apache-2.0
#include "rollout_state.h"

#include <slicefit/alloc.h>
#include <slicefit/running.h>

#include <stdlib.h>

/* A pod with what it is sorted by. */
struct ranked {
	struct rollout_pod pod;
	int32_t priority;
	uint16_t gpus;
	uint32_t index; /* among the pods of its workload on the node */
};

/* By node; there the higher priority first, then who wants more whole GPUs. */
static int compare(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->pod.home != y->pod.home) {
		return x->pod.home < y->pod.home ? -1 : 1;
	}
	if (x->priority != y->priority) {
		return x->priority > y->priority ? -1 : 1;
	}
	if (x->gpus != y->gpus) {
		return x->gpus > y->gpus ? -1 : 1;
	}
	if (x->pod.workload != y->pod.workload) {
		return x->pod.workload < y->pod.workload ? -1 : 1;
	}
	return x->index < y->index ? -1 : x->index > y->index;
}

static size_t list(const struct sf_scenario *scenario, const struct sf_plan *plan,
                   struct ranked *out)
{
	size_t n = 0;

	for (uint32_t w = 0; w < scenario->n_workloads; w++) {
		const struct sf_workload *workload = &scenario->workload[w];

		for (size_t r = 0; r < workload->n_running; r++) {
			const struct sf_running *running = &workload->running[r];

			for (uint32_t i = 0;
			     sf_rollout_takes(&plan->node[running->node]) && i < running->pods;
			     i++, n++) {
				out[n] = (struct ranked){
					.pod = {.workload = w,
				                .name = running->name ? running->name[i] : NULL,
				                .home = running->node,
				                .to = SF_NODE_NONE},
					.priority = workload->priority,
					.gpus = workload->request.gpu,
					.index = i,
				};
			}
		}
	}
	return n;
}

static size_t count(const struct sf_scenario *scenario)
{
	size_t n = 0;

	for (size_t w = 0; w < scenario->n_workloads; w++) {
		n += scenario->workload[w].n_running_pods;
	}
	return n;
}

void rollout_pods_init(struct rollout_pods *pods, const struct sf_scenario *scenario,
                       const struct sf_plan *plan)
{
	struct ranked *ranked = sf_xcalloc(count(scenario) + 1, sizeof *ranked);
	size_t at = 0;

	pods->n = list(scenario, plan, ranked);
	qsort(ranked, pods->n, sizeof *ranked, compare);
	pods->pod = sf_xcalloc(pods->n + 1, sizeof *pods->pod);
	pods->first = sf_xcalloc(plan->n_nodes + 1, sizeof *pods->first);
	for (size_t i = 0; i < pods->n; i++) {
		pods->pod[i] = ranked[i].pod;
	}
	for (uint32_t node = 0; node < plan->n_nodes; node++) {
		pods->first[node] = at;
		while (at < pods->n && pods->pod[at].home == node) {
			at++;
		}
	}
	pods->first[plan->n_nodes] = at;
	free(ranked);
}

void rollout_pods_finish(struct rollout_pods *pods)
{
	free(pods->pod);
	free(pods->first);
}

uint32_t rollout_place_running(struct sf_cluster *cluster, const struct sf_request *request,
                               const struct sf_workload *workload, uint32_t index, uint32_t node)
{
	const struct sf_running running = {.node = node, .pods = 1};
	uint32_t pod = sf_cluster_add_pod(cluster, request, workload->priority, index);
	struct sf_grant grant;

	sf_running_place(cluster, &running, 0, pod, &grant, NULL);
	return pod;
}

void rollout_place_kept(struct sf_cluster *cluster, const struct sf_scenario *scenario,
                        const struct sf_plan *plan, const struct sf_request *request,
                        struct rollout_rules *rules)
{
	for (uint32_t w = 0; w < scenario->n_workloads; w++) {
		const struct sf_workload *workload = &scenario->workload[w];

		for (size_t r = 0; r < workload->n_running; r++) {
			const struct sf_running *running = &workload->running[r];

			for (uint32_t i = 0;
			     !sf_rollout_takes(&plan->node[running->node]) && i < running->pods;
			     i++) {
				rollout_place_running(cluster, &request[w], workload, w,
				                      running->node);
				rollout_rules_count(rules, w, running->node, 1);
			}
		}
	}
}

void rollout_cordon_pools(struct sf_cluster *cluster, const struct sf_scenario *scenario)
{
	uint32_t node = 0;

	for (size_t p = 0; p < scenario->n_pools; p++) {
		for (uint32_t i = 0; i < scenario->pool[p].count; i++, node++) {
			const struct sf_change change = {SF_CHANGE_CORDON_NODE, .node = node};

			if (scenario->pool[p].cordoned) {
				sf_cluster_apply(cluster, &change, NULL, NULL);
			}
		}
	}
}
