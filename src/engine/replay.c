/*
 * replay: a discrete-event simulation of a scenario under one policy.
 *
 * At each moment: first what departs, then what happens to nodes, then what arrives, then the queue
 * is tried in its order (queue.h), then those give up whose deadline is now. A request that would
 * fit on no node even if it were empty is rejected on arrival. Only the policy's decisions differ
 * between policies: pods come at the same times and stay equally long under each.
 */
// SPDX-License-Identifier: Apache-2.0
#include "replay_impl.h"

#include "feature.h"
#include "gang.h"
#include "preempt.h"
#include "quota.h"

#include <slicefit/alloc.h>
#include <slicefit/clock.h>
#include <slicefit/error.h>

#include <stdlib.h>
#include <string.h>

enum { PROGRESS_EVERY = 1024 };

/* What comes next: arrivals are a sorted list of their own, which keeps the heap small. */
static bool peek(const struct sf_replay *r, struct sf_event *next)
{
	bool any = sf_events_peek(&r->events, next);
	if (r->n_arrived < r->n_pods) {
		uint32_t pod = r->n_arrived;
		struct sf_event arrival = {r->arrival[pod].time_us, SF_EVENT_ARRIVE, pod};
		if (!any || sf_event_before(&arrival, next)) {
			*next = arrival;
			any = true;
		}
	}
	return any;
}

static void drop(struct sf_replay *r, const struct sf_event *next)
{
	struct sf_event same;
	if (next->kind == SF_EVENT_ARRIVE) {
		r->n_arrived++;
	} else {
		sf_events_pop(&r->events, &same);
	}
}

/* The next event up to a time that is one; it stays in its place. Later ones are not judged: what
 * happens until then may make one of them. */
static bool peek_due(struct sf_replay *r, int64_t until_us, struct sf_event *next)
{
	while (peek(r, next) && next->time_us <= until_us) {
		if (sf_replay_is_due(r, next)) {
			return true;
		}
		drop(r, next);
	}
	return false;
}

static void tell_progress(struct sf_replay *r)
{
	uint32_t done = r->out.completed + r->out.rejected;
	if (r->watch && r->watch->tell && (r->out.arrived + done) % PROGRESS_EVERY == 0) {
		r->watch->tell(r->watch->ctx, r->out.arrived + done, 2 * (uint64_t)r->n_pods);
	}
}

static int handle(struct sf_replay *r, const struct sf_event *event, struct sf_error *err)
{
	r->out.events++;
	switch ((enum sf_event_kind)event->kind) {
	case SF_EVENT_DEPART:
		if (sf_replay_depart(r, event->pod, err) != 0) {
			return -1;
		}
		break;
	case SF_EVENT_NODE:
		return sf_timeline_step(r, event->pod, err);
	case SF_EVENT_ARRIVE:
		sf_replay_arrive(r, event->pod);
		break;
	case SF_EVENT_RETRY: /* when the queue is tried */
		return 0;
	case SF_EVENT_EXPIRE:
		sf_replay_expire(r, event->pod);
		return 0;
	}
	tell_progress(r);
	return 0;
}

/* All that happens at this moment before the queue is tried, or all who give up after it. */
static int handle_moment(struct sf_replay *r, struct sf_event event, struct sf_error *err)
{
	const bool late = event.kind == SF_EVENT_EXPIRE;
	do {
		drop(r, &event);
		if (handle(r, &event, err) != 0) {
			return -1;
		}
	} while (peek_due(r, r->now_us, &event) && (event.kind == SF_EVENT_EXPIRE) == late);
	/* Who gives up lets others in only where there are quotas. */
	return late && !r->quota ? 0 : sf_replay_try(r, err);
}

int sf_replay_step(struct sf_replay *r, struct sf_error *err)
{
	struct sf_event event;
	if (!peek_due(r, r->horizon_us, &event)) {
		return 0;
	}
	if (sf_series_until(r, event.time_us, err) != 0) {
		return -1;
	}
	r->now_us = event.time_us;
	sf_metrics_advance(r->metrics, r->now_us);
	return handle_moment(r, event, err) == 0 ? 1 : -1;
}

/* Everything up to the horizon. */
static int run(struct sf_replay *r, struct sf_error *err)
{
	int rc;
	do {
		rc = sf_replay_step(r, err);
	} while (rc > 0);
	if (rc == 0 && r->horizon_us < SF_TIME_MAX) {
		rc = sf_series_until(r, r->horizon_us, err);
		r->now_us = r->horizon_us;
		sf_metrics_advance(r->metrics, r->horizon_us);
	}
	return rc == 0 ? sf_series_until(r, SF_TIME_MAX, err) : rc;
}

static void report(struct sf_replay *r)
{
	if (r->quota) {
		sf_quota_report(r);
	}
	r->out.gangs_waiting = r->out.gangs_arrived - r->out.gangs_placed - r->out.gangs_rejected;
	sf_metrics_report(r->metrics, &r->out);
	struct sf_wait_figures all = sf_waits_figures(&r->all_waits);
	r->out.wait_p50_s = all.p50_s;
	r->out.wait_p95_s = all.p95_s;
	r->out.wait_max_s = all.max_s;
	r->out.wait_mean_s = all.mean_s;
	r->out.stretch_max = r->stretch.max;
	r->out.stretch_mean = r->stretch.work_us > 0 ? r->stretch.run_us / r->stretch.work_us : 0;
	for (size_t i = 0; i < r->scenario->n_workloads; i++) {
		struct sf_wait_figures wait = sf_waits_figures(&r->waits[i]);
		r->out.workload[i].wait_p50_s = wait.p50_s;
		r->out.workload[i].wait_p95_s = wait.p95_s;
		r->out.workload[i].wait_max_s = wait.max_s;
	}
}

/* What only some scenarios need. */
static int init_features(struct sf_replay *r, struct sf_error *err)
{
	const unsigned features = sf_feature_find(r->scenario);
	r->out.features = features;
	sf_gang_open(r);
	sf_quota_open(r);
	if (r->scenario->backs_off) {
		sf_queue_back_off(r->queue, r->n_pods, r->scenario, &r->events);
	}
	if (features & (SF_FEATURE_EVICTION | SF_FEATURE_CONTENTION | SF_FEATURE_DUTY)) {
		r->has_residents = true;
		sf_residents_init(&r->residents, r->n_pods);
	}
	if (features & SF_FEATURE_CONTENTION) {
		sf_pace_init(r);
	}
	if (features & SF_FEATURE_DUTY) {
		sf_metrics_ask_busy(r->metrics, sf_pace_busy, r);
	}
	if (features & SF_FEATURE_PREEMPTION) {
		r->preempt = sf_preempt_create(r);
		if (!r->preempt) {
			return sf_fail(err, SF_ELIMIT, "too many observers of one cluster");
		}
	}
	return sf_timeline_init(r, err) != 0 ? -1 : sf_replay_begin_running(r, err);
}

static int init(struct sf_replay *r, uint64_t seed, struct sf_error *err)
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
	r->request = sf_xcalloc(workloads + 1, sizeof(*r->request));
	sf_scenario_requests(r->scenario, r->cluster, r->request);
	for (size_t i = 0; i < workloads; i++) {
		sf_target_add(&r->target, &r->request[i], r->scenario->workload[i].count, NULL);
	}
	sf_target_close(&r->target);
	r->ever = sf_xcalloc(workloads + 1, sizeof(*r->ever));
	r->waits = sf_xcalloc(workloads + 1, sizeof(*r->waits));
	r->out.workload = sf_xcalloc(workloads + 1, sizeof(*r->out.workload));
	r->out.n_workloads = workloads;
	r->queue = sf_queue_create(r->scenario, r->request);
	r->placer = sf_placer_create(r->policy, r->cluster, &r->target, seed);
	r->metrics = sf_metrics_create(r->scenario, r->cluster);
	r->horizon_us =
		r->scenario->horizon_s < 0 ? SF_TIME_MAX : sf_time_from_s(r->scenario->horizon_s);
	return init_features(r, err);
}

void sf_replay_close(struct sf_replay *r)
{
	sf_preempt_destroy(r->preempt);
	sf_gang_close(r);
	sf_quota_close(r);
	sf_metrics_destroy(r->metrics);
	sf_placer_destroy(r->placer);
	sf_target_finish(&r->target);
	sf_queue_destroy(r->queue);
	sf_cluster_destroy(r->cluster);
	sf_events_finish(&r->events);
	sf_timeline_finish(r);
	sf_pace_finish(r);
	sf_residents_finish(&r->residents);
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

int sf_replay_open(struct sf_replay *r, const struct sf_scenario *scenario,
                   const struct sf_policy *policy, uint64_t seed, struct sf_error *err)
{
	*r = (struct sf_replay){
		.scenario = scenario,
		.policy = policy,
		.out = {.policy = policy->name, .seed = seed},
	};
	return init(r, seed, err);
}

int sf_replay_run(const struct sf_scenario *scenario, const struct sf_policy *policy, uint64_t seed,
                  const struct sf_replay_watch *watch, struct sf_replay_result *out,
                  struct sf_error *err)
{
	struct sf_replay r;
	int rc = sf_replay_open(&r, scenario, policy, seed, err);
	r.watch = watch;
	if (rc == 0) {
		sf_series_open(&r);
		uint64_t start_ns = sf_clock_cpu_ns();
		rc = run(&r, err);
		r.out.run_ns = sf_clock_cpu_ns() - start_ns;
	}
	if (rc == 0) {
		report(&r);
		*out = r.out;
		r.out = (struct sf_replay_result){0};
	}
	sf_replay_close(&r);
	return rc;
}

void sf_replay_finish(struct sf_replay_result *result)
{
	if (!result) {
		return;
	}
	free(result->workload);
	free(result->profile);
	free(result->limit);
	sf_series_destroy(result->series);
	*result = (struct sf_replay_result){0};
}
