/* replay_pod: the steps in the life of a pod in a replay, and what is counted at each. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_impl.h"

#include "gang.h"
#include "misplaced.h"
#include "quota.h"

#include <slicefit/change.h>
#include <slicefit/cluster_rule.h>
#include <slicefit/error.h>
#include <slicefit/str.h>

#include <stdio.h>

static bool is_due(const struct sf_replay_pod *pod, const struct sf_event *event,
                   enum sf_replay_state state)
{
	return pod->state == state && pod->until_us == event->time_us;
}

bool sf_replay_is_due(const struct sf_replay *r, const struct sf_event *event)
{
	switch ((enum sf_event_kind)event->kind) {
	case SF_EVENT_DEPART:
		return is_due(&r->pod[event->pod], event, SF_REPLAY_PLACED);
	case SF_EVENT_EXPIRE:
		return is_due(&r->pod[event->pod], event, SF_REPLAY_WAITING) ||
		       is_due(&r->pod[event->pod], event, SF_REPLAY_HELD);
	case SF_EVENT_NODE:
		return sf_timeline_is_due(r, event->pod);
	case SF_EVENT_RETRY:
		return sf_queue_is_due(r->queue, event->pod, event->time_us);
	case SF_EVENT_ARRIVE:
		break;
	}
	return true;
}

/* Which taint, or which part of the selector. */
static void note_rule(struct sf_replay *r, uint32_t workload, uint32_t node)
{
	struct sf_replay_workload *out = &r->out.workload[workload];
	struct sf_str why = {0};
	out->never_why[0] = '\0';
	if (out->never == SF_FIT_TAINT || out->never == SF_FIT_SELECTOR) {
		sf_cluster_rule_why(r->cluster, r->request[workload].rule, node, &why);
		snprintf(out->never_why, sizeof(out->never_why), "%s", sf_str_get(&why));
		sf_str_finish(&why);
	}
}

/* How close a node comes that does not fit. The filter checks the resource names first and the devices
 * last, so the reason furthest down its list is the closest; but a node on which only the rule is in the
 * way comes closer still. */
static int closeness(const struct sf_replay *r, uint32_t workload, uint32_t node, enum sf_fit fit)
{
	struct sf_request plain = r->request[workload];
	plain.rule = 0;
	const bool rule = fit == SF_FIT_TAINT || fit == SF_FIT_SELECTOR;
	const bool only =
		rule && sf_filter_ever(r->cluster, node, &plain, r->policy->view) == SF_FITS;
	return (int)fit + (only ? SF_FIT_REASONS : 0);
}

/* Does it fit on some node as they are now, were it empty? If not, notes why. */
static bool fits_somewhere(struct sf_replay *r, uint32_t workload)
{
	enum sf_fit *never = &r->out.workload[workload].never;
	int closest = SF_FITS;
	for (uint32_t i = 0; i < sf_cluster_nodes(r->cluster); i++) {
		enum sf_fit fit =
			sf_filter_ever(r->cluster, i, &r->request[workload], r->policy->view);
		if (fit == SF_FITS) {
			*never = SF_FITS;
			return true;
		}
		const int close = closeness(r, workload, i, fit);
		if (close > closest) {
			closest = close;
			*never = fit;
			note_rule(r, workload, i);
		}
	}
	return false;
}

static bool fits_ever(struct sf_replay *r, uint32_t workload)
{
	enum sf_replay_ever *ever = &r->ever[workload];
	if (*ever != SF_EVER_UNKNOWN) {
		return *ever == SF_EVER_YES;
	}
	const bool now = fits_somewhere(r, workload);
	const bool fits = r->timeline ? sf_timeline_fits_ever(r, workload)
	                              : now && (r->scenario->workload[workload].gang <= 1 ||
	                                        sf_gang_fits_ever(r, workload));
	if (fits) { /* on a node that is to come, at least */
		r->out.workload[workload].never = SF_FITS;
	}
	*ever = fits ? SF_EVER_YES : SF_EVER_NO;
	return fits;
}

static void reject(struct sf_replay *r, uint32_t pod)
{
	r->pod[pod].state = SF_REPLAY_REJECTED;
	r->out.rejected++;
	r->out.workload[r->arrival[pod].workload].rejected++;
}

/* One more pod waits (step 1), or one less (-1). */
static void count_waiting(struct sf_replay *r, uint32_t pod, uint32_t step)
{
	r->out.waiting += step;
	r->out.workload[r->arrival[pod].workload].waiting += step;
}

static bool leads_gang(const struct sf_replay *r, uint32_t pod)
{
	return sf_replay_workload(r, pod)->gang > 0 && sf_replay_gang(r, pod).first == pod;
}

/* When the pod will give up if it has no place by then. */
static void set_deadline(struct sf_replay *r, uint32_t pod)
{
	const struct sf_workload *workload = sf_replay_workload(r, pod);
	double patience_s = workload->gang > 0 ? workload->gang_timeout_s : workload->deadline_s;
	r->pod[pod].until_us = SF_TIME_MAX;
	if (patience_s >= 0) {
		int64_t end = sf_time_add(r->now_us, sf_time_from_s(patience_s));
		r->pod[pod].until_us = end;
		sf_events_push(&r->events, (struct sf_event){end, SF_EVENT_EXPIRE, pod});
	}
}

void sf_replay_wait(struct sf_replay *r, uint32_t pod)
{
	set_deadline(r, pod);
	sf_queue_add(r->queue, r->arrival[pod].workload, pod);
}

/* Can it ever be placed? */
static bool has_a_chance(struct sf_replay *r, uint32_t workload)
{
	if (!fits_ever(r, workload)) {
		return false;
	}
	if (r->quota && sf_quota_never(r, workload)) {
		r->out.quota_rejected++;
		return false;
	}
	return true;
}

void sf_replay_arrive(struct sf_replay *r, uint32_t pod)
{
	uint32_t workload = r->arrival[pod].workload;
	struct sf_replay_gang gang = sf_replay_gang(r, pod);
	r->out.arrived++;
	r->out.workload[workload].arrived++;
	r->out.gangs_arrived += leads_gang(r, pod);
	if (!has_a_chance(r, workload)) {
		r->out.gangs_rejected += leads_gang(r, pod);
		reject(r, pod);
		return;
	}
	r->pod[pod].cluster_pod =
		sf_cluster_add_pod(r->cluster, &r->request[workload],
	                           r->scenario->workload[workload].priority, workload);
	r->pod[pod].state = SF_REPLAY_WAITING;
	r->pod[pod].until_us = SF_TIME_MAX;
	count_waiting(r, pod, 1);
	if (pod + 1 < gang.end) {
		return;
	}
	if (sf_quota_limits(r, workload)) {
		set_deadline(r, gang.first);
		sf_quota_come(r, gang.first);
	} else {
		sf_replay_wait(r, gang.first);
	}
}

/* One pod of those that give up. */
static void give_up(struct sf_replay *r, uint32_t pod)
{
	if (r->quota && r->pod[pod].state == SF_REPLAY_WAITING) {
		sf_quota_return(r, pod);
	}
	sf_cluster_remove_pod(r->cluster, r->pod[pod].cluster_pod);
	count_waiting(r, pod, (uint32_t)-1);
	reject(r, pod);
}

void sf_replay_expire(struct sf_replay *r, uint32_t pod)
{
	const uint8_t state = r->pod[pod].state;
	struct sf_replay_gang gang = sf_replay_gang(r, pod);
	if (state == SF_REPLAY_HELD) {
		sf_quota_give_up(r, pod);
	} else {
		sf_queue_remove(r->queue, r->arrival[pod].workload, pod);
	}
	for (uint32_t i = pod; i < gang.end; i++) {
		if (r->pod[i].state == state) {
			give_up(r, i);
		}
	}
	if (sf_replay_workload(r, pod)->gang > 0) {
		r->out.gangs_rejected++;
		r->out.gangs_timed_out++;
	}
}

/* Adds (step 1) or takes back (-1) the counts of a pod that has a place. */
static void count_placed(struct sf_replay *r, uint32_t pod, uint32_t step)
{
	const struct sf_replay_pod *state = &r->pod[pod];
	struct sf_replay_workload *workload = &r->out.workload[r->arrival[pod].workload];
	r->out.placed += step;
	workload->placed += step;
	if (state->misplaced) {
		r->out.misplaced += step;
		workload->misplaced += step;
	}
	if (state->unchecked) {
		r->out.gpu_memory_unchecked += step;
	}
}

static void start(struct sf_replay *r, uint32_t pod)
{
	const struct sf_arrival *arrival = &r->arrival[pod];
	struct sf_replay_pod *state = &r->pod[pod];
	state->state = SF_REPLAY_PLACED;
	state->start_us = r->now_us;
	state->until_us = SF_TIME_MAX;
	if (!state->was_placed) {
		state->was_placed = true;
		sf_waits_add(&r->waits[arrival->workload], r->now_us - arrival->time_us);
		sf_waits_add(&r->all_waits, r->now_us - arrival->time_us);
	}
	if (arrival->duration_us == SF_DURATION_NONE) {
		return;
	}
	const int64_t left_us = arrival->duration_us - state->done_us;
	r->n_ending++;
	if (r->pace) {
		sf_pace_start(r, pod, left_us);
		return;
	}
	state->until_us = sf_time_add(r->now_us, left_us);
	sf_events_push(&r->events, (struct sf_event){state->until_us, SF_EVENT_DEPART, pod});
}

void sf_replay_start(struct sf_replay *r, uint32_t pod, const struct sf_candidate *place)
{
	const struct sf_request *request = &r->request[r->arrival[pod].workload];
	const struct sf_node *node = sf_cluster_node(r->cluster, place->node);
	struct sf_replay_pod *state = &r->pod[pod];
	state->misplaced = sf_misplaced(node, request, &place->grant);
	state->unchecked = r->policy->view == SF_VIEW_COUNTS && request->gpu_memory_mib > 0;
	if (r->has_residents) {
		sf_residents_add(&r->residents, place->node, pod);
	}
	count_placed(r, pod, 1);
	start(r, pod);
	if (r->pace) {
		sf_pace_touch(r, place->node);
	}
}

void sf_replay_settle(struct sf_replay *r, uint32_t pod, const struct sf_candidate *place)
{
	count_waiting(r, pod, (uint32_t)-1);
	sf_replay_start(r, pod, place);
}

/* The books of a node that a pod has left. */
static void leave(struct sf_replay *r, uint32_t pod, uint32_t node)
{
	r->n_ending -= r->arrival[pod].duration_us != SF_DURATION_NONE;
	if (r->has_residents) {
		sf_residents_remove(&r->residents, node, pod);
	}
	if (r->pace) {
		sf_pace_touch(r, node);
	}
	if (r->timeline) {
		sf_timeline_left(r, node);
	}
	sf_queue_release(r->queue);
}

int sf_replay_place(struct sf_replay *r, uint32_t pod, const struct sf_candidate *place,
                    struct sf_error *err)
{
	if (sf_cluster_place(r->cluster, r->pod[pod].cluster_pod, place->node, &place->grant,
	                     err) != 0) {
		return sf_wrap(err, "policy %s", r->policy->name);
	}
	sf_queue_remove(r->queue, r->arrival[pod].workload, pod);
	sf_replay_settle(r, pod, place);
	return 0;
}

int sf_replay_depart(struct sf_replay *r, uint32_t pod, struct sf_error *err)
{
	uint32_t cluster_pod = r->pod[pod].cluster_pod;
	uint32_t node = sf_cluster_pod(r->cluster, cluster_pod)->node;
	r->pod[pod].state = SF_REPLAY_GONE;
	r->out.completed++;
	if (r->pace) {
		sf_pace_note_end(r, pod);
	}
	if (sf_cluster_release(r->cluster, cluster_pod, err) != 0) {
		return -1;
	}
	sf_cluster_remove_pod(r->cluster, cluster_pod);
	leave(r, pod, node);
	if (r->quota) {
		sf_quota_return(r, pod);
	}
	return 0;
}

/* Of what the pod has run since its start, the time that is to be run again; the rest is kept. A
 * pod that stays forever has nothing to repeat. */
static int64_t lose_work(struct sf_replay *r, uint32_t pod)
{
	const struct sf_workload *workload = sf_replay_workload(r, pod);
	int64_t run_us = r->now_us - r->pod[pod].start_us;
	if (r->arrival[pod].duration_us == SF_DURATION_NONE) {
		return 0;
	}
	if (r->pace) {
		int64_t left_us = sf_pace_left(r, pod);
		run_us = r->arrival[pod].duration_us - r->pod[pod].done_us - left_us;
	}
	int64_t lost_us = run_us;
	if (workload->saves) {
		int64_t save_us = sf_time_from_s(workload->save_s);
		lost_us = save_us > 0 ? run_us % save_us : 0;
	}
	r->pod[pod].done_us += run_us - lost_us;
	return lost_us;
}

void sf_replay_lose(struct sf_replay *r, const struct sf_replay_loss *loss,
                    enum sf_evict_cause cause)
{
	const uint32_t pod = loss->pod;
	double lost_gpu_s = (double)loss->milli / 1e3 * ((double)lose_work(r, pod) / 1e6);
	struct sf_replay_workload *workload = &r->out.workload[r->arrival[pod].workload];
	workload->evicted++;
	workload->lost_gpu_s += lost_gpu_s;
	r->out.evicted[cause].pods++;
	r->out.evicted[cause].lost_gpu_s += lost_gpu_s;
	r->out.evicted_all.pods++;
	r->out.evicted_all.lost_gpu_s += lost_gpu_s;
	count_placed(r, pod, (uint32_t)-1);
	r->pod[pod].state = SF_REPLAY_WAITING;
	r->pod[pod].until_us = SF_TIME_MAX;
	count_waiting(r, pod, 1);
	leave(r, pod, loss->node);
}

static int evict_one(struct sf_replay *r, uint32_t pod, enum sf_evict_cause cause,
                     struct sf_error *err)
{
	const uint32_t cluster_pod = r->pod[pod].cluster_pod;
	struct sf_replay_loss loss = {pod, sf_cluster_pod(r->cluster, cluster_pod)->node, 0};
	const struct sf_node *node = sf_cluster_node(r->cluster, loss.node);
	loss.milli = sf_node_used_milli(node);
	if (sf_cluster_release(r->cluster, cluster_pod, err) != 0) {
		return -1;
	}
	loss.milli -= sf_node_used_milli(node);
	sf_replay_lose(r, &loss, cause);
	return 0;
}

int sf_replay_evict(struct sf_replay *r, uint32_t pod, enum sf_evict_cause cause,
                    struct sf_error *err)
{
	struct sf_replay_gang gang = sf_replay_gang(r, pod);
	uint32_t first = gang.end;
	for (uint32_t i = gang.end; i > gang.first; i--) {
		if (r->pod[i - 1].state != SF_REPLAY_PLACED) {
			continue;
		}
		first = i - 1;
		if (evict_one(r, first, cause, err) != 0) {
			return -1;
		}
	}
	r->out.gangs_placed -= sf_replay_workload(r, pod)->gang > 0;
	sf_replay_wait(r, first);
	return 0;
}
