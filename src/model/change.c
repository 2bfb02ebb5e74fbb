/* change: the one mutation path of a cluster, with undo. */
// SPDX-License-Identifier: Apache-2.0
#include "cluster_impl.h"

#include <slicefit/error.h>

static bool is_about_pod(enum sf_change_kind kind)
{
	return kind == SF_CHANGE_PLACE || kind == SF_CHANGE_RELEASE || kind == SF_CHANGE_RESERVE ||
	       kind == SF_CHANGE_EXPIRE || kind == SF_CHANGE_ARRIVE;
}

/* Do the node and the pod that the change is about exist? */
static int check_subject(const struct sf_cluster *cluster, const struct sf_change *change,
                         struct sf_error *err)
{
	if (is_about_pod(change->kind) &&
	    (change->pod >= cluster->n_pods || cluster->pod[change->pod].state == SF_POD_REMOVED)) {
		return sf_fail(err, SF_ENOENT, "pod %u: no such pod", change->pod);
	}
	if (change->kind == SF_CHANGE_ADD_NODE || change->kind == SF_CHANGE_RELEASE ||
	    change->kind == SF_CHANGE_EXPIRE || change->kind == SF_CHANGE_ARRIVE) {
		return 0;
	}
	if (change->node >= cluster->n_nodes) {
		return sf_fail(err, SF_ENOENT, "node number %u: no such node", change->node);
	}
	return (cluster->node[change->node].state & SF_NODE_REMOVED) == 0
	               ? 0
	               : sf_fail(err, SF_EINVAL, "node %.64s: was removed",
	                         cluster->node[change->node].name);
}

static int dispatch(struct sf_cluster *cluster, const struct sf_change *change,
                    struct sf_undo *undo, struct sf_error *err)
{
	switch (change->kind) {
	case SF_CHANGE_PLACE:
	case SF_CHANGE_RESERVE:
		return sf_change_place(cluster, change, undo, err);
	case SF_CHANGE_RELEASE:
	case SF_CHANGE_EXPIRE:
		return sf_change_release(cluster, change, undo, err);
	case SF_CHANGE_ARRIVE:
		return sf_change_arrive(cluster, change, undo, err);
	case SF_CHANGE_REPARTITION:
		return sf_change_repartition(cluster, change, undo, err);
	case SF_CHANGE_RESHARE:
		return sf_change_reshare(cluster, change, undo, err);
	case SF_CHANGE_ADD_NODE:
		return sf_change_add_node(cluster, change, undo, err);
	case SF_CHANGE_REMOVE_NODE:
	case SF_CHANGE_FAIL_NODE:
	case SF_CHANGE_CORDON_NODE:
	case SF_CHANGE_READY_NODE:
		return sf_change_node_state(cluster, change, undo, err);
	}
	return sf_fail(err, SF_EINVAL, "change of unknown kind %d", (int)change->kind);
}

/* How many of this node count in n_renaming; pods never change that. */
static uint32_t renaming(const struct sf_cluster *cluster, enum sf_change_kind kind, uint32_t node)
{
	if (is_about_pod(kind) || node >= cluster->n_nodes) {
		return 0;
	}
	return sf_node_renames(&cluster->node[node]);
}

static void tell(struct sf_cluster *cluster, uint32_t node)
{
	for (size_t i = 0; i < cluster->n_observers && !cluster->quiet; i++) {
		cluster->observer[i].tell(cluster->observer[i].ctx, cluster, node);
	}
}

int sf_cluster_apply(struct sf_cluster *cluster, const struct sf_change *change,
                     struct sf_undo *undo, struct sf_error *err)
{
	struct sf_undo own;
	struct sf_undo *record = undo != NULL ? undo : &own;
	const uint32_t node = change->kind == SF_CHANGE_ADD_NODE ? cluster->n_nodes : change->node;
	uint32_t before;

	if (check_subject(cluster, change, err) != 0) {
		return -1;
	}
	record->kind = change->kind;
	record->node = change->node;
	record->pod = change->pod;
	before = renaming(cluster, change->kind, node);
	if (dispatch(cluster, change, record, err) != 0) {
		return -1;
	}
	cluster->n_renaming += renaming(cluster, change->kind, node) - before;
	tell(cluster, record->node);
	return 0;
}

void sf_cluster_undo(struct sf_cluster *cluster, const struct sf_undo *undo)
{
	const uint32_t before = renaming(cluster, undo->kind, undo->node);

	switch (undo->kind) {
	case SF_CHANGE_PLACE:
	case SF_CHANGE_RESERVE:
		sf_undo_place(cluster, undo);
		break;
	case SF_CHANGE_RELEASE:
	case SF_CHANGE_EXPIRE:
		sf_undo_release(cluster, undo);
		break;
	case SF_CHANGE_ARRIVE:
		cluster->pod[undo->pod].arrived = false;
		break;
	case SF_CHANGE_REPARTITION:
		sf_undo_repartition(cluster, undo);
		break;
	case SF_CHANGE_RESHARE:
		sf_undo_reshare(cluster, undo);
		break;
	case SF_CHANGE_ADD_NODE:
		sf_undo_add_node(cluster);
		break;
	case SF_CHANGE_REMOVE_NODE:
	case SF_CHANGE_FAIL_NODE:
	case SF_CHANGE_CORDON_NODE:
	case SF_CHANGE_READY_NODE:
		sf_undo_node_state(cluster, undo);
		break;
	}
	cluster->n_renaming += renaming(cluster, undo->kind, undo->node) - before;
	tell(cluster, undo->node);
}

int sf_cluster_add_node(struct sf_cluster *cluster, const struct sf_node_spec *spec,
                        struct sf_error *err)
{
	const struct sf_change change = {.kind = SF_CHANGE_ADD_NODE, .spec = spec};

	return sf_cluster_apply(cluster, &change, NULL, err);
}

int sf_cluster_place(struct sf_cluster *cluster, uint32_t pod, uint32_t node,
                     const struct sf_grant *grant, struct sf_error *err)
{
	const struct sf_change change = {
		.kind = SF_CHANGE_PLACE,
		.pod = pod,
		.node = node,
		.grant = grant,
	};

	return sf_cluster_apply(cluster, &change, NULL, err);
}

int sf_cluster_release(struct sf_cluster *cluster, uint32_t pod, struct sf_error *err)
{
	const struct sf_change change = {.kind = SF_CHANGE_RELEASE, .pod = pod};

	return sf_cluster_apply(cluster, &change, NULL, err);
}
