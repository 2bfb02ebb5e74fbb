/* remedy_layout: a node whose GPUs are cut in another way, after its pods with GPUs have left. */
// SPDX-License-Identifier: Apache-2.0
#include "remedy_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/cluster_rule.h>

#include <stdlib.h>
#include <string.h>

/* Nodes in the order in which they are tried: those with the fewest pods first. */
struct order {
	uint32_t node, pods;
};

static int by_pods(const void *a, const void *b)
{
	const struct order *x = a, *y = b;
	if (x->pods != y->pods) {
		return x->pods < y->pods ? -1 : 1;
	}
	return (x->node > y->node) - (x->node < y->node);
}

/* Can mig-manager do anything here, and is it known what? Under strategy none instances are not told of.
 */
static bool can_be_cut(const struct sf_node *node)
{
	if (node->state != SF_NODE_READY || node->strategy == SF_STRATEGY_NONE || node->by_counts ||
	    node->dynamic || sf_node_is_fractional(node)) {
		return false;
	}
	for (uint8_t i = 0; i < node->n_gpus; i++) {
		if (node->gpu[i].product->mig_capable && node->gpu[i].product->placeable) {
			return true;
		}
	}
	return false;
}

static void copy_gpus(const struct sf_node *node, struct sf_gpu_spec out[SF_GPUS_MAX])
{
	for (uint8_t i = 0; i < node->n_gpus; i++) {
		out[i] = (struct sf_gpu_spec){
			.product = node->gpu[i].product,
			.mig = node->gpu[i].mig,
			.layout = node->gpu[i].layout,
		};
	}
}

/* Same mode and instances; where they are does not matter. */
static bool is_cut_alike(const struct sf_gpu *now, const struct sf_gpu_spec *then)
{
	struct sf_mig_geometry a = {{0}}, b = {{0}};
	sf_mig_geometry_of(&now->layout, &a);
	sf_mig_geometry_of(&then->layout, &b);
	return now->mig == then->mig && memcmp(&a, &b, sizeof(a)) == 0;
}

/* All pods that hold devices of the node leave: on which GPU each is, the cluster may only guess. */
static size_t release_all(struct sf_remedy_search *search, uint32_t node, struct sf_remedy_pod *out)
{
	size_t n = 0;
	for (uint32_t i = search->first[node]; i < search->first[node + 1]; i++) {
		uint32_t pod = search->pod[i];
		if (sf_cluster_pod(search->cluster, pod)->grant.n > 0) {
			sf_attempt_release(&search->attempt, pod);
			out[n++] = (struct sf_remedy_pod){.pod = pod};
		}
	}
	return n;
}

/* The GPUs that differ are cut anew while the node takes no pods. 0: nothing differs, or it cannot be
 * done. */
static uint32_t cut(struct sf_remedy_search *search, uint32_t number, const struct sf_gpu_spec *gpu)
{
	const struct sf_node *node = sf_cluster_node(search->cluster, number);
	struct sf_change cordon = {.kind = SF_CHANGE_CORDON_NODE, .node = number};
	struct sf_change ready = {.kind = SF_CHANGE_READY_NODE, .node = number};
	uint32_t n = 0;
	sf_attempt_apply(&search->attempt, &cordon);
	for (uint8_t i = 0; i < node->n_gpus; i++) {
		struct sf_change change = {
			.kind = SF_CHANGE_REPARTITION,
			.node = number,
			.gpu = i,
			.mig = gpu[i].mig,
			.layout = gpu[i].layout,
		};
		if (is_cut_alike(&node->gpu[i], &gpu[i])) {
			continue;
		}
		if (!sf_attempt_apply(&search->attempt, &change)) {
			return 0;
		}
		n++;
	}
	return n > 0 && sf_attempt_apply(&search->attempt, &ready) ? n : 0;
}

/* One configuration on one node; false when the pod does not fit then. */
static bool try_layout(struct sf_remedy_search *search, uint32_t number, size_t layout,
                       struct sf_remedy *remedy)
{
	const struct sf_remedy_layouts *layouts = &search->question->layouts;
	const struct sf_node *node = sf_cluster_node(search->cluster, number);
	struct sf_gpu_spec gpu[SF_GPUS_MAX];
	bool fits = false;
	copy_gpus(node, gpu);
	if (layouts->apply(layouts->ctx, layout, gpu, node->n_gpus)) {
		remedy->n_pods = release_all(search, number, remedy->pod);
		remedy->disturbs.gpus = cut(search, number, gpu);
		fits = remedy->disturbs.gpus > 0 && sf_remedy_settle(search, number, true, remedy);
	}
	sf_attempt_rewind(&search->attempt, 0);
	return fits;
}

/* A pod that stays on the node whatever happens holds on to its devices. */
static bool is_held(const struct sf_remedy_search *search, uint32_t node)
{
	for (uint32_t i = search->first[node]; i < search->first[node + 1]; i++) {
		uint32_t pod = search->pod[i];
		if (sf_remedy_stays(search, pod) &&
		    sf_cluster_pod(search->cluster, pod)->grant.n > 0) {
			return true;
		}
	}
	return false;
}

/* The best of the configurations for the node is offered, if one does. */
static bool try_node(struct sf_remedy_search *search, uint32_t number)
{
	const struct sf_remedy_layouts *layouts = &search->question->layouts;
	size_t most = search->first[number + 1] - search->first[number] + 1;
	struct sf_remedy_pod *pods = sf_xcalloc(2 * most, sizeof(*pods));
	struct sf_remedy best = {.pod = pods};
	for (size_t i = 0; i < layouts->n; i++) {
		struct sf_remedy remedy = {
			.kind = SF_REMEDY_LAYOUT, .layout = layouts->name[i], .pod = pods + most};
		if (try_layout(search, number, i, &remedy) &&
		    (best.node == NULL ||
		     sf_disturbance_compare(&remedy.disturbs, &best.disturbs) < 0)) {
			memcpy(pods, pods + most, remedy.n_pods * sizeof(*pods));
			best = remedy;
			best.pod = pods;
		}
	}
	if (best.node != NULL) {
		sf_remedy_offer(search, &best, 0);
	}
	free(pods);
	return best.node != NULL;
}

void sf_remedy_find_layout(struct sf_remedy_search *search)
{
	uint32_t n = sf_cluster_nodes(search->cluster), tried = 0, at = 0;
	struct order *order = sf_xcalloc((size_t)n + 1, sizeof(*order));
	for (uint32_t i = 0; i < n; i++) {
		if (can_be_cut(sf_cluster_node(search->cluster, i)) && !is_held(search, i) &&
		    sf_cluster_rule_static(search->cluster, search->request->rule, i) ==
		            SF_RULE_FITS) {
			order[at++] = (struct order){i, search->first[i + 1] - search->first[i]};
		}
	}
	qsort(order, at, sizeof(*order), by_pods);
	for (uint32_t i = 0; i < at && tried < SF_REMEDY_NODES; i++) {
		tried += try_node(search, order[i].node);
	}
	free(order);
}
