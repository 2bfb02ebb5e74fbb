/* victims: which pods one node would have to lose so that a request fits. */
// SPDX-License-Identifier: Apache-2.0
#include "victims.h"

#include "replay_impl.h"

#include <slicefit/alloc.h>

#include <stdlib.h>

/* A pod that may have to go. */
struct sf_victim {
	uint32_t pod;
	uint32_t leader; /* of its gang; itself outside of gangs */
	uint32_t workload;
	int32_t priority;
	int64_t start_us;
};

void sf_victims_finish(struct sf_victims *victims)
{
	free(victims->pod);
	free(victims->lower);
	sf_reprieve_finish(&victims->trial);
	*victims = (struct sf_victims){0};
}

int sf_victim_compare(const struct sf_victim_cost *a, const struct sf_victim_cost *b)
{
	if (!a->possible || !b->possible) {
		return (int)b->possible - (int)a->possible;
	}
	if (a->violations != b->violations) {
		return a->violations < b->violations ? -1 : 1;
	}
	if (a->highest != b->highest) {
		return a->highest < b->highest ? -1 : 1;
	}
	if (a->priorities != b->priorities) {
		return a->priorities < b->priorities ? -1 : 1;
	}
	if (a->pods != b->pods) {
		return a->pods < b->pods ? -1 : 1;
	}
	return (a->start_us < b->start_us) - (a->start_us > b->start_us);
}

/* The more important first (MoreImportantPod of kube-scheduler's util/utils.go); then by number, with
 * the members of a gang side by side. */
static int by_importance(const void *a, const void *b)
{
	const struct sf_victim *x = a;
	const struct sf_victim *y = b;
	if (x->priority != y->priority) {
		return x->priority > y->priority ? -1 : 1;
	}
	if (x->start_us != y->start_us) {
		return x->start_us < y->start_us ? -1 : 1;
	}
	if (x->leader != y->leader) {
		return x->leader < y->leader ? -1 : 1;
	}
	return (x->pod > y->pod) - (x->pod < y->pod);
}

/* All pods on the node with a lower priority, in order of importance. Those that a trial has taken
 * off already are not there. */
static void list_lower(struct sf_victims *victims, const struct sf_replay *r, uint32_t node,
                       int32_t priority)
{
	victims->n_lower = 0;
	for (uint32_t pod = sf_residents_first(&r->residents, node); pod != SF_RESIDENT_NONE;
	     pod = sf_residents_next(&r->residents, pod)) {
		const struct sf_pod *placed = sf_cluster_pod(r->cluster, r->pod[pod].cluster_pod);
		if (placed->priority >= priority || placed->state != SF_POD_PLACED) {
			continue;
		}
		victims->lower = sf_xgrow(victims->lower, &victims->cap_lower, victims->n_lower + 1,
		                          sizeof(*victims->lower));
		victims->lower[victims->n_lower++] = (struct sf_victim){
			.pod = pod,
			.leader = sf_replay_gang(r, pod).first,
			.workload = r->arrival[pod].workload,
			.priority = placed->priority,
			.start_us = r->pod[pod].start_us,
		};
	}
	if (victims->n_lower > 1) {
		qsort(victims->lower, victims->n_lower, sizeof(*victims->lower), by_importance);
	}
	victims->trial.n = 0;
	for (size_t i = 0; i < victims->n_lower; i++) {
		const struct sf_victim *lower = &victims->lower[i];
		sf_reprieve_add(&victims->trial, r->pod[lower->pod].cluster_pod)->unit =
			lower->leader;
	}
}

/* Pods that are lost with this one, on all nodes. */
static uint32_t gang_size(const struct sf_replay *r, uint32_t pod)
{
	struct sf_replay_gang gang = sf_replay_gang(r, pod);
	return gang.end - gang.first;
}

int64_t sf_victims_allowed(const struct sf_replay *r, uint32_t workload)
{
	const struct sf_replay_workload *count = &r->out.workload[workload];
	int64_t unavailable = (int64_t)count->arrived - count->rejected - count->placed;
	unavailable += r->displaced ? r->displaced[workload] : 0;
	int64_t allowed = (int64_t)r->scenario->workload[workload].max_unavailable - unavailable;
	return allowed > 0 ? allowed : 0;
}

/* Whose loss goes beyond the budget of its workload, when those before are lost, too
 * (filterPodsWithPDBViolation); returns whether there is any budget. */
static bool mark_violations(struct sf_victims *victims, const struct sf_replay *r)
{
	bool budgeted = false;
	for (size_t i = 0; i < victims->n_lower; i = sf_reprieve_unit_end(&victims->trial, i)) {
		const struct sf_victim *unit = &victims->lower[i];
		if (!r->scenario->workload[unit->workload].has_budget) {
			continue;
		}
		int64_t lost = gang_size(r, unit->pod);
		for (size_t k = 0; k < i; k = sf_reprieve_unit_end(&victims->trial, k)) {
			if (victims->lower[k].workload == unit->workload) {
				lost += gang_size(r, victims->lower[k].pod);
			}
		}
		budgeted = true;
		victims->trial.pod[i].violates = lost > sf_victims_allowed(r, unit->workload);
	}
	return budgeted;
}

/* Who did not come back, and what their loss costs. */
static void add_up(struct sf_victims *victims, const struct sf_replay *r,
                   struct sf_victim_cost *cost)
{
	for (size_t i = 0, end; i < victims->n_lower; i = end) {
		const struct sf_victim *unit = &victims->lower[i];
		end = sf_reprieve_unit_end(&victims->trial, i);
		if (victims->trial.pod[i].stays) {
			continue;
		}
		if (cost->pods == 0) { /* the most important comes first */
			cost->highest = unit->priority;
			cost->start_us = unit->start_us;
		}
		uint32_t pods = gang_size(r, unit->pod);
		cost->pods += pods;
		cost->violations += victims->trial.pod[i].violates ? pods : 0;
		cost->priorities += pods * ((int64_t)unit->priority - INT32_MIN);
		for (size_t k = i; k < end; k++) {
			victims->pod = sf_xgrow(victims->pod, &victims->cap, victims->n + 1,
			                        sizeof(*victims->pod));
			victims->pod[victims->n++] = victims->lower[k].pod;
		}
	}
}

struct sf_victim_cost sf_victims_find(struct sf_victims *victims, struct sf_replay *r,
                                      uint32_t node, uint32_t workload)
{
	struct sf_victim_cost cost = {0};
	struct sf_reprieve *trial = &victims->trial;
	trial->cluster = r->cluster;
	trial->request = &r->request[workload];
	trial->node = node;
	trial->view = r->policy->view;
	victims->n = 0;
	list_lower(victims, r, node, r->scenario->workload[workload].priority);
	if (victims->n_lower == 0) {
		return cost;
	}
	cost.possible = sf_reprieve_begin(trial);
	if (cost.possible) {
		cost.budgeted = mark_violations(victims, r);
		cost.possible = sf_reprieve_run(trial);
	}
	sf_reprieve_end(trial);
	if (cost.possible) {
		add_up(victims, r, &cost);
	}
	victims->violations = cost.violations;
	return cost;
}
