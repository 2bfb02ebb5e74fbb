/* gang: pods that are placed together or not at all. */
// SPDX-License-Identifier: Apache-2.0
#include "gang.h"

#include "preempt.h"

#include <slicefit/alloc.h>
#include <slicefit/change.h>

#include <stdlib.h>

/* A trial so far. */
struct sf_gang_trial {
	size_t n_undo, cap_undo;
	struct sf_undo *undo; /* of all changes, in their order */
	size_t n_members, cap_members;
	struct member {
		uint32_t pod;
		struct sf_candidate place;
	} * member; /* placed */
	size_t n_losses, cap_losses;
	struct sf_replay_loss *loss; /* victims */
	uint32_t preemptions;
	uint32_t violations;
};

static void find_leaders(struct sf_replay *r)
{
	uint32_t *seen = sf_xcalloc(r->scenario->n_workloads + 1, sizeof(*seen));
	r->leader = sf_xcalloc((size_t)r->n_pods + 1, sizeof(*r->leader));
	for (uint32_t pod = 0; pod < r->n_pods; pod++) {
		uint32_t size = sf_replay_workload(r, pod)->gang;
		uint32_t nth = seen[r->arrival[pod].workload]++;
		r->leader[pod] = size > 0 ? pod - nth % size : pod;
	}
	free(seen);
}

void sf_gang_open(struct sf_replay *r)
{
	bool any = false;
	for (size_t i = 0; i < r->scenario->n_workloads; i++) {
		any = any || r->scenario->workload[i].gang > 0;
	}
	if (any) {
		r->out.features |= SF_FEATURE_GANG;
		r->trial = sf_xcalloc(1, sizeof(*r->trial));
		r->displaced = sf_xcalloc(r->scenario->n_workloads, sizeof(*r->displaced));
		find_leaders(r);
	}
}

void sf_gang_close(struct sf_replay *r)
{
	if (r->trial) {
		free(r->trial->undo);
		free(r->trial->member);
		free(r->trial->loss);
	}
	free(r->trial);
	free(r->displaced);
	free(r->leader);
}

/* A copy of the cluster with all nodes ready and no pods on them. */
static struct sf_cluster *empty_cluster(const struct sf_replay *r)
{
	struct sf_cluster *empty = sf_cluster_clone(r->cluster);
	for (uint32_t i = 0; i < sf_cluster_pods(empty); i++) {
		if (sf_cluster_pod(empty, i)->state != SF_POD_PENDING) {
			sf_cluster_release(empty, i, NULL);
		}
	}
	for (uint32_t i = 0; i < sf_cluster_nodes(empty); i++) {
		if ((sf_cluster_node(empty, i)->state & SF_NODE_REMOVED) == 0) {
			struct sf_change ready = {.kind = SF_CHANGE_READY_NODE, .node = i};
			sf_cluster_apply(empty, &ready, NULL, NULL);
		}
	}
	return empty;
}

/* Fills the nodes one after the other; how many of `most` pods found room. */
static uint32_t fill_nodes(const struct sf_replay *r, const struct sf_request *request,
                           struct sf_cluster *cluster, uint32_t most)
{
	uint32_t placed = 0;
	for (uint32_t node = 0; node < sf_cluster_nodes(cluster) && placed < most;) {
		struct sf_grant grant;
		if (sf_filter(cluster, node, request, r->policy->view, &grant) != SF_FITS) {
			node++;
			continue;
		}
		uint32_t pod = sf_cluster_add_pod(cluster, request, 0, 0);
		if (sf_cluster_place(cluster, pod, node, &grant, NULL) != 0) {
			break;
		}
		placed++;
	}
	return placed;
}

bool sf_gang_fits_ever(const struct sf_replay *r, uint32_t workload)
{
	struct sf_cluster *empty = empty_cluster(r);
	const struct sf_request *request = &r->request[workload];
	uint32_t left = r->scenario->workload[workload].gang;
	uint32_t placed;
	do { /* who spreads may go back to a node once others are as full */
		placed = fill_nodes(r, request, empty, left);
		left -= placed;
	} while (placed > 0 && left > 0 && request->rule != 0);
	sf_cluster_destroy(empty);
	return left == 0;
}

static int apply(struct sf_replay *r, const struct sf_change *change, struct sf_error *err)
{
	struct sf_gang_trial *trial = r->trial;
	trial->undo =
		sf_xgrow(trial->undo, &trial->cap_undo, trial->n_undo + 1, sizeof(*trial->undo));
	if (sf_cluster_apply(r->cluster, change, &trial->undo[trial->n_undo], err) != 0) {
		return -1;
	}
	trial->n_undo++;
	return 0;
}

static int take_off(struct sf_replay *r, uint32_t pod, struct sf_error *err)
{
	struct sf_gang_trial *trial = r->trial;
	const struct sf_pod *victim = sf_cluster_pod(r->cluster, r->pod[pod].cluster_pod);
	struct sf_change change = {.kind = SF_CHANGE_RELEASE, .pod = r->pod[pod].cluster_pod};
	struct sf_replay_loss loss = {pod, victim->node, 0};
	const struct sf_node *node = sf_cluster_node(r->cluster, loss.node);
	loss.milli = sf_node_used_milli(node);
	if (apply(r, &change, err) != 0) {
		return -1;
	}
	loss.milli -= sf_node_used_milli(node);
	trial->loss = sf_xgrow(trial->loss, &trial->cap_losses, trial->n_losses + 1,
	                       sizeof(*trial->loss));
	trial->loss[trial->n_losses++] = loss;
	r->displaced[r->arrival[pod].workload]++;
	return 0;
}

/* Takes the victims and their gangs off. */
static int take_victims(struct sf_replay *r, const struct sf_victims *victims, struct sf_error *err)
{
	r->trial->preemptions++;
	r->trial->violations += victims->violations;
	for (size_t i = 0; i < victims->n; i++) {
		struct sf_replay_gang gang = sf_replay_gang(r, victims->pod[i]);
		for (uint32_t pod = gang.first; pod < gang.end; pod++) {
			if (r->pod[pod].state == SF_REPLAY_PLACED &&
			    sf_cluster_pod(r->cluster, r->pod[pod].cluster_pod)->state ==
			            SF_POD_PLACED &&
			    take_off(r, pod, err) != 0) {
				return -1;
			}
		}
	}
	return 0;
}

/* A place for one more member: 1, 0 or -1 as for the gang. */
static int find_place(struct sf_replay *r, uint32_t workload, struct sf_candidate *place,
                      struct sf_error *err)
{
	const struct sf_request *request = &r->request[workload];
	const struct sf_victims *victims;
	if (sf_replay_choose(r, workload, place)) {
		return 1;
	}
	if (!r->scenario->workload[workload].preempts ||
	    !sf_preempt_choose(r->preempt, workload, &place->node, &victims)) {
		return 0;
	}
	if (take_victims(r, victims, err) != 0) {
		return -1;
	}
	return sf_placer_choose_on(r->placer, place->node, request, place) ? 1 : 0;
}

static int place_member(struct sf_replay *r, uint32_t pod, struct sf_error *err)
{
	struct sf_gang_trial *trial = r->trial;
	struct member member = {.pod = pod};
	int rc = find_place(r, r->arrival[pod].workload, &member.place, err);
	if (rc != 1) {
		return rc;
	}
	struct sf_change change = {
		.kind = SF_CHANGE_PLACE,
		.pod = r->pod[pod].cluster_pod,
		.node = member.place.node,
		.grant = &member.place.grant,
	};
	if (apply(r, &change, err) != 0) {
		return -1;
	}
	trial->member =
		sf_xgrow(trial->member, &trial->cap_members, trial->n_members + 1, sizeof(member));
	trial->member[trial->n_members++] = member;
	return 1;
}

/* All waiting members, as far as the cluster goes. */
static int place_members(struct sf_replay *r, uint32_t first, struct sf_error *err)
{
	uint32_t end = sf_replay_gang(r, first).end;
	int rc = 1;
	for (uint32_t pod = first; pod < end && rc == 1; pod++) {
		if (r->pod[pod].state == SF_REPLAY_WAITING) {
			rc = place_member(r, pod, err);
		}
	}
	return rc;
}

/* The trial becomes true: the books of victims and members. */
static void commit(struct sf_replay *r, uint32_t first)
{
	const struct sf_gang_trial *trial = r->trial;
	struct sf_replay_gang previous = {0, 0};
	sf_queue_remove(r->queue, r->arrival[first].workload, first);
	for (size_t i = 0; i < trial->n_losses; i++) {
		sf_replay_lose(r, &trial->loss[i], SF_EVICT_PREEMPTED);
	}
	for (size_t i = 0; i < trial->n_losses; i++) {
		uint32_t pod = trial->loss[i].pod;
		if (pod >= previous.first && pod < previous.end) {
			continue; /* the losses of one gang follow each other */
		}
		previous = sf_replay_gang(r, pod);
		sf_replay_wait(r, pod);
		r->out.gangs_placed -= sf_replay_workload(r, pod)->gang > 0;
	}
	for (size_t i = 0; i < trial->n_members; i++) {
		sf_replay_settle(r, trial->member[i].pod, &trial->member[i].place);
	}
	r->out.gangs_placed++;
	r->out.preemptions += trial->preemptions;
	r->out.budget_violations += trial->violations;
}

static void roll_back(struct sf_replay *r)
{
	struct sf_gang_trial *trial = r->trial;
	while (trial->n_undo > 0) {
		sf_cluster_undo(r->cluster, &trial->undo[--trial->n_undo]);
	}
}

int sf_gang_try(struct sf_replay *r, uint32_t pod, struct sf_error *err)
{
	struct sf_gang_trial *trial = r->trial;
	int rc = place_members(r, pod, err);
	for (size_t i = 0; i < trial->n_losses; i++) {
		r->displaced[r->arrival[trial->loss[i].pod].workload]--;
	}
	if (rc == 1) {
		commit(r, pod);
	} else {
		roll_back(r);
	}
	trial->n_undo = 0;
	trial->n_members = 0;
	trial->n_losses = 0;
	trial->preemptions = 0;
	trial->violations = 0;
	return rc;
}
