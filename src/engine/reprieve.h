/*
 * reprieve: which pods must leave a node so that a request fits there, by kube-scheduler's rules
 * (pkg/scheduler/framework/plugins/defaultpreemption/default_preemption.go, SelectVictimsOnNode).
 *
 * All pods of a list leave the node. If the request fits then, they come back one by one where it
 * still fits with them, from the first of the list to the last, those marked `violates` before the
 * others. Who did not come back has to go: no set of pods that makes room spares an earlier pod.
 *
 * There is one rule beyond kube-scheduler's. Where the kubelet chooses among the free devices, one
 * without the GPU memory that is wished for may be free only if it is never to be handed out: so pods
 * that keep such a device busy stay on it together, as if they were its owners (sf_filter_obstacles).
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REPRIEVE_H
#define SF_REPRIEVE_H

#include <slicefit/change.h>
#include <slicefit/filter.h>

/* A pod that holds devices of the node. */
struct sf_reprieve_pod {
	uint32_t pod;  /* in the cluster */
	uint32_t unit; /* pods of a unit leave and come back together; neighbours on the list */
	bool violates; /* comes back before those that do not; the first of a unit speaks for it */
	bool stays;    /* the result */
	bool open;     /* not yet decided */
	uint8_t state; /* enum sf_pod_state, on the node */
	bool arrived;  /* as in sf_pod */
	struct sf_grant grant;
};

/* A trial on one node after another: fill in the first part, zero-initialise the rest once. */
struct sf_reprieve {
	struct sf_cluster *cluster;
	const struct sf_request *request;
	uint32_t node;
	enum sf_view view;
	size_t n, cap;
	size_t n_off; /* of them those that have left */
	struct sf_reprieve_pod *pod;
	size_t n_undo, cap_undo;
	struct sf_undo *undo;
};

void sf_reprieve_finish(struct sf_reprieve *trial);

/* Appends a pod of the node to the list. */
struct sf_reprieve_pod *sf_reprieve_add(struct sf_reprieve *trial, uint32_t pod);

/* All leave: is there room then? From here to sf_reprieve_end the cluster is another, and nobody is
 * told of it. */
bool sf_reprieve_begin(struct sf_reprieve *trial);

/* Those leave as well that were added since: is there room now? */
bool sf_reprieve_more(struct sf_reprieve *trial);

/* Who may come back, when there was room. False if that cannot be told, which happens only for
 * several replicas with a wish for memory. */
bool sf_reprieve_run(struct sf_reprieve *trial);

/* The cluster is as it was before the beginning. */
void sf_reprieve_end(struct sf_reprieve *trial);

/* The end of the unit that starts at `i`. */
size_t sf_reprieve_unit_end(const struct sf_reprieve *trial, size_t i);

#endif
