/* live_seat: which devices are counted for a pod on its node. */
// SPDX-License-Identifier: Apache-2.0
#include "live_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/change.h>
#include <slicefit/error.h>
#include <slicefit/filter.h>
#include <slicefit/kube_pod.h>

#include <assert.h>
#include <stdlib.h>

static bool is_resolved(const struct sf_request *request)
{
	for (uint8_t i = 0; i < request->n; i++) {
		if (request->want[i].resource == SF_RES_NONE) {
			return false;
		}
	}
	return true;
}

void sf_live_set_request(const struct sf_live *live, struct sf_live_pod *pod,
                         const struct sf_kube_pod *seen)
{
	sf_kube_pod_request(seen, live->cluster, &pod->request);
	if (is_resolved(&pod->request)) {
		free(pod->unresolved);
		pod->unresolved = NULL;
	} else if (pod->unresolved == NULL) {
		pod->unresolved = sf_xcalloc(1, sizeof(*pod->unresolved));
		*pod->unresolved = *seen;
	} else if (pod->unresolved != seen) {
		*pod->unresolved = *seen;
	}
}

/* Devices by the counts: what runs is not asked whether it should. */
static int seat_bound(struct sf_live *live, struct sf_live_pod *pod, uint32_t node,
                      struct sf_error *err)
{
	struct sf_grant grant;
	bool bound = pod->state == SF_LIVE_BOUND;
	enum sf_fit fit = sf_filter(live->cluster, node, &pod->request,
	                            bound ? SF_VIEW_COUNTS : SF_VIEW_AWARE, &grant);
	if (fit != SF_FITS) {
		return sf_fail(err, SF_EUNMET, "node %s: %s",
		               sf_cluster_node(live->cluster, node)->name, sf_fit_reason(fit));
	}
	uint32_t tag = (uint32_t)(pod - live->pod);
	struct sf_change change = {
		.kind = bound ? SF_CHANGE_PLACE : SF_CHANGE_RESERVE,
		.pod = sf_cluster_add_pod(live->cluster, &pod->request, pod->priority, tag),
		.node = node,
		.grant = &grant,
	};
	if (sf_cluster_apply(live->cluster, &change, NULL, err) < 0) {
		sf_cluster_remove_pod(live->cluster, change.pod);
		return -1;
	}
	pod->pod = change.pod;
	return 0;
}

/* A node that takes no new pods keeps those it has. */
static int seat_anyway(struct sf_live *live, struct sf_live_pod *pod, uint32_t node,
                       struct sf_error *err)
{
	uint8_t state = sf_cluster_node(live->cluster, node)->state;
	if (state == SF_NODE_READY || pod->state != SF_LIVE_BOUND) {
		return seat_bound(live, pod, node, err);
	}
	sf_live_set_state(live, node, SF_NODE_READY);
	int rc = seat_bound(live, pod, node, err);
	sf_live_set_state(live, node, state);
	return rc;
}

/* To the model a pod is on its way until the kubelet has given it its devices: which, and beside
 * whom, is open till then. */
static void settle(struct sf_live *live, uint32_t number)
{
	const struct sf_live_pod *pod = &live->pod[number];
	if (pod->start_us == INT64_MAX || pod->state != SF_LIVE_BOUND || pod->pod == SF_LIVE_NONE ||
	    sf_cluster_pod(live->cluster, pod->pod)->arrived) {
		return;
	}
	struct sf_change arrive = {.kind = SF_CHANGE_ARRIVE, .pod = pod->pod};
	int rc = sf_cluster_apply(live->cluster, &arrive, NULL, NULL);
	assert(rc == 0);
	(void)rc;
	live->version++;
}

int sf_live_seat(struct sf_live *live, uint32_t number, struct sf_error *err)
{
	struct sf_live_pod *pod = &live->pod[number];
	struct sf_live_node *node = &live->node[pod->node];
	if (!pod->gpus || pod->pod != SF_LIVE_NONE) {
		settle(live, number);
		return 0;
	}
	if (node->node == SF_LIVE_NONE) {
		return sf_fail(err, SF_ENOENT, "node %s: not seen yet", node->name);
	}
	if (pod->unresolved != NULL) {
		sf_live_set_request(live, pod, pod->unresolved);
	}
	if (seat_anyway(live, pod, node->node, err) < 0) {
		return -1;
	}
	node->waiting--;
	live->counts.waiting--;
	live->version++;
	settle(live, number);
	return 0;
}

void sf_live_unseat(struct sf_live *live, uint32_t number)
{
	struct sf_live_pod *pod = &live->pod[number];
	if (pod->pod == SF_LIVE_NONE) {
		return;
	}
	struct sf_change change = {
		.kind = pod->state == SF_LIVE_BOUND ? SF_CHANGE_RELEASE : SF_CHANGE_EXPIRE,
		.pod = pod->pod,
	};
	int rc = sf_cluster_apply(live->cluster, &change, NULL, NULL);
	assert(rc == 0);
	(void)rc;
	sf_cluster_remove_pod(live->cluster, pod->pod);
	pod->pod = SF_LIVE_NONE;
	live->node[pod->node].waiting++;
	live->counts.waiting++;
	live->version++;
}

void sf_live_seat_waiting(struct sf_live *live, uint32_t number)
{
	const struct sf_live_node *node = &live->node[number];
	for (uint32_t i = node->first; i != SF_LIVE_NONE && node->waiting > 0;
	     i = live->pod[i].behind) {
		sf_live_seat(live, i, NULL);
	}
}
