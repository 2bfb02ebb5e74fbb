/*
 * replay: a discrete-event simulation of a scenario under one policy.
 *
 * At each moment: first what departs, then what arrives, then the queue is tried in its order
 * (queue.h), then those give up whose deadline is now. A request that would fit on no node even if
 * it were empty is rejected on arrival. Only the policy's decisions differ between policies: pods
 * come at the same times and stay equally long under each.
 */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/replay.h>

#include "arrivals.h"
#include "events.h"
#include "metrics.h"
#include "queue.h"
#include "waits.h"

#include <slicefit/alloc.h>
#include <slicefit/change.h>
#include <slicefit/clock.h>
#include <slicefit/error.h>

#include <stdlib.h>
#include <string.h>

enum { PROGRESS_EVERY = 1024 };

enum pod_state { POD_COMING, POD_WAITING, POD_PLACED, POD_GONE, POD_REJECTED };

struct pod {
	enum pod_state state;
	uint32_t cluster_pod;
};

/* Does a workload's request fit on some empty node? */
enum ever { EVER_UNKNOWN, EVER_YES, EVER_NO };

struct replay {
	const struct sf_scenario *scenario;
	const struct sf_policy *policy;
	struct sf_cluster *cluster;
	struct sf_placer *placer;
	struct sf_metrics *metrics;
	struct sf_queue *queue;
	struct sf_events events;
	uint32_t n_pods;
	struct sf_arrival *arrival; /* per pod */
	struct pod *pod;
	struct sf_request *request; /* per workload, as the next two */
	enum ever *ever;
	struct sf_waits *waits;
	struct sf_waits all_waits;
	int64_t now_us;
	int64_t horizon_us;                  /* SF_TIME_MAX: none */
	const struct sf_replay_watch *watch; /* may be NULL */
	struct sf_replay_result out;
};

static bool fits_ever(struct replay *r, uint32_t workload)
{
	enum ever *ever = &r->ever[workload];
	uint32_t nodes = sf_cluster_nodes(r->cluster);
	for (uint32_t i = 0; i < nodes && *ever == EVER_UNKNOWN; i++) {
		if (sf_filter_ever(r->cluster, i, &r->request[workload], r->policy->view) ==
		    SF_FITS) {
			*ever = EVER_YES;
		}
	}
	if (*ever == EVER_UNKNOWN) {
		*ever = EVER_NO;
	}
	return *ever == EVER_YES;
}

static void reject(struct replay *r, uint32_t pod)
{
	r->pod[pod].state = POD_REJECTED;
	r->out.rejected++;
	r->out.workload[r->arrival[pod].workload].rejected++;
}

static void arrive(struct replay *r, uint32_t pod)
{
	uint32_t index = r->arrival[pod].workload;
	const struct sf_workload *workload = &r->scenario->workload[index];
	r->out.arrived++;
	r->out.workload[index].arrived++;
	if (!fits_ever(r, index)) {
		reject(r, pod);
		return;
	}
	r->pod[pod].state = POD_WAITING;
	r->pod[pod].cluster_pod =
		sf_cluster_add_pod(r->cluster, &r->request[index], workload->priority, index);
	sf_queue_add(r->queue, index, pod);
	if (workload->deadline_s >= 0) {
		int64_t end = sf_time_add(r->now_us, sf_time_from_s(workload->deadline_s));
		sf_events_push(&r->events, (struct sf_event){end, SF_EVENT_EXPIRE, pod});
	}
}

static int depart(struct replay *r, uint32_t pod, struct sf_error *err)
{
	r->pod[pod].state = POD_GONE;
	r->out.completed++;
	sf_queue_release(r->queue);
	return sf_cluster_release(r->cluster, r->pod[pod].cluster_pod, err);
}

static void expire(struct replay *r, uint32_t pod)
{
	sf_queue_remove(r->queue, r->arrival[pod].workload, pod);
	reject(r, pod);
}

/* Is the device of this held entry shared, and is it a whole GPU? */
static void describe_held(const struct sf_node *node, const struct sf_held *held, bool *shared,
                          bool *whole)
{
	if (held->gpu == SF_GPU_NONE) {
		*shared = held->resource == SF_RES_GPU_SHARED ||
		          sf_node_shared(node, held->resource) != NULL;
		*whole = sf_resource_is_gpu(held->resource);
		return;
	}
	const struct sf_gpu *gpu = &node->gpu[held->gpu];
	*whole = !held->create && sf_node_gpu_is_whole(node, gpu);
	*shared = !held->create && gpu->device[held->device].replicas > 1;
}

/* Did a pod that wanted exclusive devices get a replica, or the reverse, or an instance for a whole
 * GPU? Only a policy that sees nothing but names does that. */
static bool is_misplaced(const struct sf_node *node, const struct sf_request *request,
                         const struct sf_grant *grant)
{
	if (request->sharing == SF_WISH_BY_NAME) {
		return false;
	}
	bool wants_instance = false;
	for (uint8_t i = 0; i < request->n; i++) {
		wants_instance |= !sf_resource_is_gpu(request->want[i].resource);
	}
	for (uint8_t i = 0; i < grant->n; i++) {
		bool shared;
		bool whole;
		describe_held(node, &grant->held[i], &shared, &whole);
		if (shared != (request->sharing == SF_WISH_SHARED) || (!whole && !wants_instance)) {
			return true;
		}
	}
	return false;
}

static int place(struct replay *r, uint32_t pod, const struct sf_candidate *best,
                 struct sf_error *err)
{
	const struct sf_arrival *arrival = &r->arrival[pod];
	const struct sf_request *request = &r->request[arrival->workload];
	const struct sf_node *node = sf_cluster_node(r->cluster, best->node);
	if (is_misplaced(node, request, &best->grant)) {
		r->out.misplaced++;
		r->out.workload[arrival->workload].misplaced++;
	}
	r->out.gpu_memory_unchecked +=
		r->policy->view == SF_VIEW_COUNTS && request->gpu_memory_mib > 0;
	if (sf_cluster_place(r->cluster, r->pod[pod].cluster_pod, best->node, &best->grant, err) !=
	    0) {
		return sf_wrap(err, "policy %s", r->policy->name);
	}
	sf_queue_remove(r->queue, arrival->workload, pod);
	r->pod[pod].state = POD_PLACED;
	r->out.placed++;
	r->out.workload[arrival->workload].placed++;
	sf_waits_add(&r->waits[arrival->workload], r->now_us - arrival->time_us);
	sf_waits_add(&r->all_waits, r->now_us - arrival->time_us);
	if (arrival->duration_us != SF_DURATION_NONE) {
		int64_t end = sf_time_add(r->now_us, arrival->duration_us);
		sf_events_push(&r->events, (struct sf_event){end, SF_EVENT_DEPART, pod});
	}
	return 0;
}

/* Tries the waiting pods in the queue's order. */
static int try_queue(struct replay *r, struct sf_error *err)
{
	uint32_t pod;
	while ((pod = sf_queue_next(r->queue)) != UINT32_MAX) {
		uint32_t workload = r->arrival[pod].workload;
		struct sf_candidate best;
		uint64_t start_ns = sf_clock_ns();
		bool found = sf_placer_choose(r->placer, &r->request[workload], &best);
		r->out.decision_ns += sf_clock_ns() - start_ns;
		r->out.decisions++;
		if (!found) {
			sf_queue_fail(r->queue, workload);
		} else if (place(r, pod, &best, err) != 0) {
			return -1;
		}
	}
	return 0;
}

static void tell_progress(struct replay *r)
{
	uint32_t done = r->out.completed + r->out.rejected;
	if (r->watch && (r->out.arrived + done) % PROGRESS_EVERY == 0) {
		r->watch->tell(r->watch->ctx, r->out.arrived + done, 2 * (uint64_t)r->n_pods);
	}
}

/* One departure or arrival. */
static int handle(struct replay *r, const struct sf_event *event, struct sf_error *err)
{
	if (event->kind == SF_EVENT_DEPART) {
		if (depart(r, event->pod, err) != 0) {
			return -1;
		}
	} else {
		arrive(r, event->pod);
	}
	tell_progress(r);
	return 0;
}

/* Everything up to the horizon. A deadline of a pod that no longer waits is no event. */
static int run(struct replay *r, struct sf_error *err)
{
	struct sf_event event;
	while (sf_events_pop(&r->events, &event)) {
		bool expires = event.kind == SF_EVENT_EXPIRE;
		if (expires && r->pod[event.pod].state != POD_WAITING) {
			continue;
		}
		if (event.time_us > r->horizon_us) {
			break;
		}
		r->now_us = event.time_us;
		sf_metrics_advance(r->metrics, r->now_us);
		if (expires) {
			expire(r, event.pod);
			continue;
		}
		if (handle(r, &event, err) != 0) {
			return -1;
		}
		struct sf_event next;
		while (sf_events_peek(&r->events, &next) && next.time_us == r->now_us &&
		       next.kind != SF_EVENT_EXPIRE) {
			sf_events_pop(&r->events, &next);
			if (handle(r, &next, err) != 0) {
				return -1;
			}
		}
		if (try_queue(r, err) != 0) {
			return -1;
		}
	}
	if (r->horizon_us < SF_TIME_MAX) {
		sf_metrics_advance(r->metrics, r->horizon_us);
	}
	return 0;
}

static void report(struct replay *r)
{
	sf_metrics_report(r->metrics, &r->out);
	for (uint32_t i = 0; i < r->n_pods; i++) {
		if (r->pod[i].state == POD_WAITING) {
			r->out.waiting++;
			r->out.workload[r->arrival[i].workload].waiting++;
		}
	}
	struct sf_wait_figures all = sf_waits_figures(&r->all_waits);
	r->out.wait_p50_s = all.p50_s;
	r->out.wait_p95_s = all.p95_s;
	r->out.wait_max_s = all.max_s;
	r->out.wait_mean_s = all.mean_s;
	for (size_t i = 0; i < r->scenario->n_workloads; i++) {
		struct sf_wait_figures wait = sf_waits_figures(&r->waits[i]);
		r->out.workload[i].wait_p50_s = wait.p50_s;
		r->out.workload[i].wait_p95_s = wait.p95_s;
		r->out.workload[i].wait_max_s = wait.max_s;
	}
}

static int init(struct replay *r, uint64_t seed, struct sf_error *err)
{
	size_t workloads = r->scenario->n_workloads;
	r->cluster = sf_scenario_cluster(r->scenario, err);
	if (!r->cluster) {
		return -1;
	}
	r->arrival = sf_arrivals_create(r->scenario, seed, &r->n_pods, err);
	if (!r->arrival) {
		return -1;
	}
	r->pod = sf_xcalloc((size_t)r->n_pods + 1, sizeof(*r->pod));
	for (uint32_t i = 0; i < r->n_pods; i++) {
		struct sf_event event = {r->arrival[i].time_us, SF_EVENT_ARRIVE, i};
		sf_events_push(&r->events, event);
	}
	r->request = sf_xcalloc(workloads + 1, sizeof(*r->request));
	for (size_t i = 0; i < workloads; i++) {
		sf_request_resolve(&r->scenario->workload[i].request, r->cluster, &r->request[i]);
	}
	r->ever = sf_xcalloc(workloads + 1, sizeof(*r->ever));
	r->waits = sf_xcalloc(workloads + 1, sizeof(*r->waits));
	r->out.workload = sf_xcalloc(workloads + 1, sizeof(*r->out.workload));
	r->out.n_workloads = workloads;
	r->queue = sf_queue_create(r->scenario, r->request);
	r->placer = sf_placer_create(r->policy, r->cluster, seed);
	r->metrics = sf_metrics_create(r->scenario, r->cluster);
	r->horizon_us =
		r->scenario->horizon_s < 0 ? SF_TIME_MAX : sf_time_from_s(r->scenario->horizon_s);
	return 0;
}

static void finish(struct replay *r)
{
	sf_metrics_destroy(r->metrics);
	sf_placer_destroy(r->placer);
	sf_queue_destroy(r->queue);
	sf_cluster_destroy(r->cluster);
	sf_events_finish(&r->events);
	sf_waits_finish(&r->all_waits);
	for (size_t i = 0; r->waits && i < r->scenario->n_workloads; i++) {
		sf_waits_finish(&r->waits[i]);
	}
	free(r->waits);
	free(r->ever);
	free(r->request);
	free(r->pod);
	free(r->arrival);
	sf_replay_finish(&r->out);
}

int sf_replay_run(const struct sf_scenario *scenario, const struct sf_policy *policy, uint64_t seed,
                  const struct sf_replay_watch *watch, struct sf_replay_result *out,
                  struct sf_error *err)
{
	struct replay r = {
		.scenario = scenario,
		.policy = policy,
		.watch = watch,
		.out = {.policy = policy->name, .seed = seed},
	};
	int rc = init(&r, seed, err);
	if (rc == 0) {
		rc = run(&r, err);
	}
	if (rc == 0) {
		report(&r);
		*out = r.out;
		r.out = (struct sf_replay_result){0};
	}
	finish(&r);
	return rc;
}

void sf_replay_finish(struct sf_replay_result *result)
{
	if (!result) {
		return;
	}
	free(result->workload);
	*result = (struct sf_replay_result){0};
}
