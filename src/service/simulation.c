/* simulation: a copy of the live cluster on which pods are placed that do not exist. */
// SPDX-License-Identifier: Apache-2.0
#include "simulation.h"

#include <slicefit/alloc.h>
#include <slicefit/change.h>
#include <slicefit/error.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* Nodes copied under one lock: a fraction of a millisecond. */
enum { NODES_AT_ONCE = 64, NODE_NAME_MAX = 256 };

/* The model counts pods with GPUs only; here nobody else looks at CPU, memory and the kubelet's limit,
 * so what all pods request counts. */
static void adjust(void *ctx, struct sf_node *copy)
{
	const struct sf_live *live = ctx;
	const struct sf_live_node *known = sf_live_find_node(live, copy->name);
	if ((copy->state & SF_NODE_REMOVED) != 0 || known == NULL) {
		return;
	}
	copy->cpu_used_milli = known->cpu_used_milli;
	copy->memory_used_mib = known->memory_used_mib;
	copy->pods = 0;
	for (uint32_t i = known->first; i != SF_LIVE_NONE; i = sf_live_pod_at(live, i)->behind) {
		copy->pods++;
	}
}

/* False when another cluster took its place meanwhile. */
static bool copy_nodes(struct sf_state *state, struct sf_cluster *to)
{
	const struct sf_live *first = NULL;
	uint64_t gathered = 0;
	bool more = true;
	while (more) {
		sf_state_lock(state);
		uint64_t now = sf_live_count(state->live).gathered;
		gathered = first != NULL ? gathered : now;
		first = first != NULL ? first : state->live;
		bool same = state->live == first && now == gathered;
		more = same && sf_cluster_copy_nodes(to, sf_live_cluster(state->live),
		                                     NODES_AT_ONCE, adjust, state->live);
		sf_state_unlock(state);
		if (!same) {
			return false;
		}
	}
	return true;
}

struct sf_simulation *sf_simulation_create(struct sf_state *state, const struct sf_catalog *catalog)
{
	struct sf_simulation *simulation = sf_xcalloc(1, sizeof(*simulation));
	simulation->cluster = sf_cluster_create(catalog);
	while (!copy_nodes(state, simulation->cluster)) {
		sf_cluster_destroy(simulation->cluster);
		simulation->cluster = sf_cluster_create(catalog);
	}
	simulation->known = sf_cluster_nodes(simulation->cluster);
	simulation->cache = sf_verdict_cache_create(simulation->cluster);
	assert(simulation->cache != NULL);
	return simulation;
}

void sf_simulation_destroy(struct sf_simulation *simulation)
{
	if (simulation != NULL) {
		sf_verdict_cache_destroy(simulation->cache);
		sf_cluster_destroy(simulation->cluster);
		free(simulation);
	}
}

/* What the entry describes, ready and without a name. */
static int describe(const struct sf_simulation *simulation, const struct sf_simulate_nodes *nodes,
                    struct sf_kube_node *out, struct sf_error *err)
{
	const struct sf_cluster *cluster = simulation->cluster;
	*out = (struct sf_kube_node){0};
	if (nodes->node != NULL) {
		*out = *nodes->node;
		out->state = SF_NODE_READY; /* nobody waits for it to become so */
		return 0;
	}
	if (nodes->like != NULL) {
		uint32_t like = sf_cluster_find_node(cluster, nodes->like);
		if (like == SF_NODE_NONE) {
			return sf_fail(err, SF_EINVAL, "like: there is no node %.100s",
			               nodes->like);
		}
		sf_node_like(cluster, sf_cluster_node(cluster, like), &out->spec);
		return 0;
	}
	out->spec.n_gpus = nodes->gpus;
	for (uint8_t i = 0; i < nodes->gpus; i++) {
		out->spec.gpu[i].product = nodes->product;
	}
	return 0;
}

/* The name that was given, else that of the object, else one that says what it is; with a number when
 * there are several. */
static void name_node(const struct sf_simulation *simulation, const struct sf_simulate_nodes *nodes,
                      uint32_t number, char out[NODE_NAME_MAX])
{
	const char *name = nodes->name;
	char own[32];
	if (name == NULL && nodes->node != NULL) {
		name = nodes->node->spec.name;
	} else if (name == NULL) {
		snprintf(own, sizeof(own), "simulated-%u",
		         sf_cluster_nodes(simulation->cluster) - simulation->known);
		name = own;
	}
	if (nodes->count == 1 || name == own) {
		snprintf(out, NODE_NAME_MAX, "%.200s", name);
	} else {
		snprintf(out, NODE_NAME_MAX, "%.200s-%u", name, number);
	}
}

int sf_simulation_add_nodes(struct sf_simulation *simulation, const struct sf_simulate_nodes *nodes,
                            struct sf_error *err)
{
	for (uint32_t i = 0; i < nodes->count; i++) {
		struct sf_kube_node node;
		char name[NODE_NAME_MAX];
		if (describe(simulation, nodes, &node, err) < 0) {
			return -1;
		}
		name_node(simulation, nodes, i, name);
		if (sf_cluster_find_node(simulation->cluster, name) != SF_NODE_NONE) {
			return sf_fail(err, SF_EINVAL, "node %.100s: there is one of that name",
			               name);
		}
		node.spec.name = name;
		if (sf_kube_node_add(simulation->cluster, &node, err) < 0) {
			return -1;
		}
	}
	return 0;
}

void sf_simulation_place(struct sf_simulation *simulation, const struct sf_simulation_pod *pod,
                         struct sf_simulated *out)
{
	const struct sf_resources *names = sf_cluster_resources(simulation->cluster);
	struct sf_question question = {
		.policy = pod->rules->policy,
		.request = pod->request,
		.serving = pod->rules->serving,
	};
	for (uint8_t i = 0; i < pod->subject->n; i++) {
		question.request.want[i].resource =
			sf_resource_find(names, pod->subject->want[i].name);
	}
	sf_simulate(simulation->cluster, simulation->cache, &question, out);
	simulation->of++;
	simulation->fits += out->node != SF_NODE_NONE;
}
