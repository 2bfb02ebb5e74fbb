/* replay_running: a replay begins with the pods that run already. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_impl.h"

#include "quota.h"

#include <slicefit/error.h>
#include <slicefit/running.h>

/* The pod has come, passed its quota and found its place before the replay begins. */
static int begin_pod(struct sf_replay *r, uint32_t pod, const struct sf_running *running,
                     uint32_t which, struct sf_error *err)
{
	const uint32_t workload = r->arrival[pod].workload;
	const uint32_t gang = r->scenario->workload[workload].gang;
	const bool leads = gang > 0 && sf_replay_gang(r, pod).first == pod;
	struct sf_replay_pod *state = &r->pod[pod];
	struct sf_candidate place = {.node = running->node};
	r->out.arrived++;
	r->out.workload[workload].arrived++;
	r->out.gangs_arrived += leads;
	r->out.gangs_placed += leads;
	state->cluster_pod = sf_cluster_add_pod(r->cluster, &r->request[workload],
	                                        r->scenario->workload[workload].priority, workload);
	if (sf_running_place(r->cluster, running, which, state->cluster_pod, &place.grant, err) !=
	    0) {
		return sf_wrap(err, "%s: workload %.60s", r->scenario->path,
		               r->scenario->workload[workload].name);
	}
	state->was_placed = true; /* nobody knows how long it had waited */
	sf_quota_grant(r, pod);
	sf_replay_start(r, pod, &place);
	return 0;
}

/* Those of one workload, which are pods `pod`, ... of the replay; returns the next one. */
static int begin_workload(struct sf_replay *r, const struct sf_workload *workload, uint32_t *pod,
                          struct sf_error *err)
{
	for (size_t i = 0; i < workload->n_running; i++) {
		for (uint32_t k = 0; k < workload->running[i].pods; k++) {
			if (begin_pod(r, (*pod)++, &workload->running[i], k, err) != 0) {
				return -1;
			}
		}
	}
	return 0;
}

static int cordon(struct sf_replay *r, struct sf_error *err)
{
	for (uint32_t i = 0; i < sf_cluster_nodes(r->cluster); i++) {
		const uint32_t pool = sf_cluster_node(r->cluster, i)->pool;
		if (r->scenario->pool[pool].cordoned && sf_timeline_cordon(r, i, err) != 0) {
			return -1;
		}
	}
	return 0;
}

int sf_replay_begin_running(struct sf_replay *r, struct sf_error *err)
{
	uint32_t pod = 0;
	for (size_t i = 0; i < r->scenario->n_workloads; i++) {
		if (begin_workload(r, &r->scenario->workload[i], &pod, err) != 0) {
			return -1;
		}
	}
	r->n_arrived = pod;
	return cordon(r, err);
}
