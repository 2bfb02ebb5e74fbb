/* replay_try: the waiting pods of a replay are tried, in the queue's order. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_impl.h"

#include "gang.h"
#include "preempt.h"
#include "quota.h"

#include <slicefit/cluster_rule.h>
#include <slicefit/error.h>

bool sf_replay_choose(struct sf_replay *r, uint32_t workload, struct sf_candidate *best)
{
	r->out.decisions++;
	return sf_placer_choose(r->placer, &r->request[workload], best);
}

/* Makes room for a pod that fits nowhere, at the cost of less important ones. 1: it has its place,
 * 0: there is no way, -1: error. */
static int preempt(struct sf_replay *r, uint32_t pod, struct sf_error *err)
{
	const uint32_t workload = r->arrival[pod].workload;
	const struct sf_victims *victims;
	struct sf_candidate place;
	if (!sf_preempt_choose(r->preempt, workload, &place.node, &victims)) {
		return 0;
	}
	r->out.preemptions++;
	r->out.budget_violations += victims->violations;
	for (size_t i = 0; i < victims->n; i++) {
		uint32_t victim = victims->pod[i];
		if (r->pod[victim].state == SF_REPLAY_PLACED && /* did not go with its gang */
		    sf_replay_evict(r, victim, SF_EVICT_PREEMPTED, err) != 0) {
			return -1;
		}
	}
	if (!sf_placer_choose_on(r->placer, place.node, &r->request[workload], &place)) {
		return sf_fail(err, SF_EINVAL, "policy %s: no place after preemption on node %s",
		               r->policy->name, sf_cluster_node(r->cluster, place.node)->name);
	}
	return sf_replay_place(r, pod, &place, err) == 0 ? 1 : -1;
}

/* Places the pod if it can be: 1, 0 or -1 as above. */
static int try_pod(struct sf_replay *r, uint32_t pod, struct sf_error *err)
{
	const uint32_t workload = r->arrival[pod].workload;
	struct sf_candidate best;
	if (sf_replay_workload(r, pod)->gang > 0) {
		return sf_gang_try(r, pod, err);
	}
	if (sf_replay_choose(r, workload, &best)) {
		return sf_replay_place(r, pod, &best, err) == 0 ? 1 : -1;
	}
	return r->scenario->workload[workload].preempts ? preempt(r, pod, err) : 0;
}

/* A pod that came, or a node that went, may have made room elsewhere for those that spread. */
static void release_if_eased(struct sf_replay *r, uint64_t before)
{
	if (sf_cluster_rules_eased(r->cluster) != before) {
		sf_queue_release(r->queue);
	}
}

int sf_replay_try(struct sf_replay *r, struct sf_error *err)
{
	uint32_t pod;
	sf_queue_set_time(r->queue, r->now_us);
	if (r->quota) {
		sf_quota_admit(r);
	}
	release_if_eased(r, r->eased);
	while ((pod = sf_queue_next(r->queue)) != UINT32_MAX) {
		const uint64_t eased = sf_cluster_rules_eased(r->cluster);
		int rc = try_pod(r, pod, err);
		if (rc < 0) {
			return -1;
		}
		if (rc == 0) {
			sf_queue_fail(r->queue, r->arrival[pod].workload);
		} else {
			release_if_eased(r, eased);
		}
	}
	r->eased = sf_cluster_rules_eased(r->cluster);
	return 0;
}
