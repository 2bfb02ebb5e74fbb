/* node_kinds: all nodes that a scenario will ever have, as one example of each kind. */
// SPDX-License-Identifier: Apache-2.0
#include "node_kinds.h"

#include <slicefit/alloc.h>
#include <slicefit/change.h>
#include <slicefit/error.h>

#include <stdio.h>
#include <stdlib.h>

struct sf_node_kinds {
	const struct sf_scenario *scenario;
	struct sf_cluster *cluster; /* one node per kind; its `pool` is the scenario's */
	struct sf_request *request; /* per workload, in the numbers of this cluster */
	uint64_t *nodes;            /* per pool: how many it will ever have */
};

static int add_kind(struct sf_node_kinds *kinds, uint32_t pool, const struct sf_node_event *event,
                    struct sf_error *err)
{
	struct sf_node_spec spec = kinds->scenario->pool[pool].node;
	char name[32];
	for (uint8_t g = 0; event && g < spec.n_gpus; g++) {
		spec.gpu[g] = (event->gpus >> g & 1) != 0 ? event->gpu[g] : spec.gpu[g];
	}
	snprintf(name, sizeof(name), "kind-%u", sf_cluster_nodes(kinds->cluster));
	spec.name = name;
	spec.pool = pool;
	return sf_cluster_add_node(kinds->cluster, &spec, err);
}

static int add_kinds(struct sf_node_kinds *kinds, struct sf_error *err)
{
	const struct sf_scenario *scenario = kinds->scenario;
	for (uint32_t i = 0; i < scenario->n_pools; i++) {
		kinds->nodes[i] = scenario->pool[i].count;
		if (add_kind(kinds, i, NULL, err) != 0) {
			return -1;
		}
	}
	for (size_t i = 0; i < scenario->n_events; i++) {
		const struct sf_node_event *event = &scenario->event[i];
		const struct sf_node_pick *pick = event->pick;
		if (event->kind == SF_NODE_EVENT_ADD) {
			kinds->nodes[pick->pool] += pick->n;
		} else if (event->kind == SF_NODE_EVENT_REPARTITION &&
		           add_kind(kinds, pick->pool, event, err) != 0) {
			return sf_wrap(err, "event in line %u", event->line);
		}
	}
	return 0;
}

struct sf_node_kinds *sf_node_kinds_create(const struct sf_scenario *scenario, struct sf_error *err)
{
	struct sf_node_kinds *kinds = sf_xcalloc(1, sizeof(*kinds));
	kinds->scenario = scenario;
	kinds->cluster = sf_cluster_create(scenario->catalog);
	kinds->nodes = sf_xcalloc(scenario->n_pools + 1, sizeof(*kinds->nodes));
	kinds->request = sf_xcalloc(scenario->n_workloads + 1, sizeof(*kinds->request));
	if (add_kinds(kinds, err) != 0) {
		sf_node_kinds_destroy(kinds);
		return NULL;
	}
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		sf_request_resolve(&scenario->workload[i].request, kinds->cluster,
		                   &kinds->request[i]);
	}
	return kinds;
}

void sf_node_kinds_destroy(struct sf_node_kinds *kinds)
{
	if (!kinds) {
		return;
	}
	sf_cluster_destroy(kinds->cluster);
	free(kinds->request);
	free(kinds->nodes);
	free(kinds);
}

/* Pods of the request that an empty node of the kind takes, at most `most`. */
static uint32_t room(struct sf_cluster *cluster, uint32_t node, const struct sf_request *request,
                     enum sf_view view, uint32_t most)
{
	uint32_t n = 0;
	struct sf_grant grant;
	while (n < most && sf_filter(cluster, node, request, view, &grant) == SF_FITS) {
		uint32_t pod = sf_cluster_add_pod(cluster, request, 0, 0);
		if (sf_cluster_place(cluster, pod, node, &grant, NULL) != 0) {
			break;
		}
		n++;
	}
	return n;
}

/* How many nodes of the pool the workload's pods may use at all. */
static uint64_t usable(const struct sf_node_kinds *kinds, uint32_t index,
                       const struct sf_workload *workload)
{
	const struct sf_pool *pool = &kinds->scenario->pool[index];
	const uint64_t all = kinds->nodes[index];
	uint64_t n = 0;
	if (!sf_node_rule_by_name(workload->rule)) {
		return sf_workload_may_use(workload, pool, 0) ? all : 0;
	}
	for (uint32_t i = 0; i < all; i++) {
		n += sf_workload_may_use(workload, pool, i);
	}
	return n;
}

bool sf_node_kinds_fit(const struct sf_node_kinds *kinds, uint32_t workload, enum sf_view view)
{
	const struct sf_workload *of = &kinds->scenario->workload[workload];
	const uint32_t wanted = of->gang > 0 ? of->gang : 1;
	const uint32_t most = of->rule != NULL && of->rule->one_per_node ? 1 : wanted;
	struct sf_cluster *cluster = sf_cluster_clone(kinds->cluster);
	uint64_t *best = sf_xcalloc(kinds->scenario->n_pools + 1, sizeof(*best));
	uint64_t all = 0;
	for (uint32_t i = 0; i < sf_cluster_nodes(cluster); i++) {
		const uint32_t pool = sf_cluster_node(cluster, i)->pool;
		uint32_t n = room(cluster, i, &kinds->request[workload], view, most);
		best[pool] = n > best[pool] ? n : best[pool];
	}
	for (uint32_t i = 0; i < kinds->scenario->n_pools; i++) {
		all += best[i] > 0 ? best[i] * usable(kinds, i, of) : 0;
	}
	free(best);
	sf_cluster_destroy(cluster);
	return all >= wanted;
}
