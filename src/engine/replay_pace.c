/*
 * replay_pace: how fast the pods of a replay run, and when they are done, where they contend.
 *
 * Work is the time that a pod takes alone. When the pods on a device change, what is left of the
 * work of each is settled, and its departure is set anew; the event of the old one is out of date.
 */
// SPDX-License-Identifier: Apache-2.0
#include "replay_pace.h"

#include "contention.h"
#include "replay_impl.h"

#include <slicefit/alloc.h>

#include <math.h>
#include <stdlib.h>

/* Who is on one device. */
struct load {
	uint32_t pods;
	int64_t duty;
};

struct loads {
	struct load device[SF_GPUS_MAX][SF_UNITS_MAX];
};

void sf_pace_init(struct sf_replay *r)
{
	r->pace = sf_xcalloc((size_t)r->n_pods + 1, sizeof(*r->pace));
}

void sf_pace_finish(struct sf_replay *r)
{
	free(r->pace);
	r->pace = NULL;
}

static void set_departure(struct sf_replay *r, uint32_t pod)
{
	const struct sf_pace *pace = &r->pace[pod];
	int64_t end = sf_time_add(pace->since_us, sf_time_from_us(pace->left_us * pace->slowdown));
	if (r->pod[pod].until_us != end) {
		r->pod[pod].until_us = end;
		sf_events_push(&r->events, (struct sf_event){end, SF_EVENT_DEPART, pod});
	}
}

void sf_pace_start(struct sf_replay *r, uint32_t pod, int64_t work_us)
{
	r->pace[pod] = (struct sf_pace){(double)work_us, r->now_us, 1};
	set_departure(r, pod);
}

static double left_now(const struct sf_replay *r, uint32_t pod)
{
	const struct sf_pace *pace = &r->pace[pod];
	double done = (double)(r->now_us - pace->since_us) / pace->slowdown;
	return fmax(0, pace->left_us - done);
}

int64_t sf_pace_left(const struct sf_replay *r, uint32_t pod)
{
	return sf_time_from_us(left_now(r, pod));
}

void sf_pace_note_end(struct sf_replay *r, uint32_t pod)
{
	double run_us = (double)(r->now_us - r->pod[pod].start_us);
	double work_us = (double)(r->arrival[pod].duration_us - r->pod[pod].done_us);
	r->stretch.run_us += run_us;
	r->stretch.work_us += work_us;
	if (work_us > 0) {
		r->stretch.max = fmax(r->stretch.max, run_us / work_us);
	}
}

/* The device of this entry, or NULL when it is unknown or an earlier entry has it. */
static struct load *load_of(struct loads *loads, const struct sf_grant *grant, uint8_t entry)
{
	const struct sf_held *held = &grant->held[entry];
	if (held->gpu == SF_GPU_NONE) {
		return NULL;
	}
	for (uint8_t i = 0; i < entry; i++) {
		if (grant->held[i].gpu == held->gpu && grant->held[i].device == held->device) {
			return NULL;
		}
	}
	return &loads->device[held->gpu][held->device];
}

static const struct sf_grant *grant_of(const struct sf_replay *r, uint32_t pod)
{
	return &sf_cluster_pod(r->cluster, r->pod[pod].cluster_pod)->grant;
}

/* By the most contended of its devices. */
static double slowdown_of(const struct sf_replay *r, struct loads *loads,
                          const struct sf_node *node, uint32_t pod)
{
	const struct sf_grant *grant = grant_of(r, pod);
	int64_t own = sf_contention_duty(sf_replay_workload(r, pod));
	double worst = 1;
	for (uint8_t i = 0; i < grant->n; i++) {
		const struct load *load = load_of(loads, grant, i);
		if (load && load->pods > 1) {
			worst = fmax(worst, sf_contention_slowdown(
						    &r->scenario->contention,
						    (enum sf_sharing_mode)node->sharing_mode,
						    load->pods, own, load->duty - own));
		}
	}
	return worst;
}

/* All pods of the node on their devices. */
static void add_loads(const struct sf_replay *r, uint32_t node, struct loads *loads)
{
	const bool fractional = sf_node_is_fractional(sf_cluster_node(r->cluster, node));
	uint32_t pod = sf_residents_first(&r->residents, node);
	for (; pod != SF_RESIDENT_NONE; pod = sf_residents_next(&r->residents, pod)) {
		const struct sf_grant *grant = grant_of(r, pod);
		const int64_t duty = sf_contention_duty(sf_replay_workload(r, pod));
		for (uint8_t i = 0; i < grant->n; i++) {
			struct load *load = load_of(loads, grant, i);
			if (load) {
				load->pods++;
				load->duty +=
					fractional ? duty * grant->held[i].replicas / 1000 : duty;
			}
		}
	}
}

static void change_pace(struct sf_replay *r, uint32_t pod, double slowdown)
{
	struct sf_pace *pace = &r->pace[pod];
	if (pace->slowdown != slowdown) {
		*pace = (struct sf_pace){left_now(r, pod), r->now_us, slowdown};
		set_departure(r, pod);
	}
}

void sf_pace_touch(struct sf_replay *r, uint32_t index)
{
	const struct sf_node *node = sf_cluster_node(r->cluster, index);
	struct loads loads = {0};
	if (!sf_contention_applies(&r->scenario->contention,
	                           (enum sf_sharing_mode)node->sharing_mode)) {
		return;
	}
	add_loads(r, index, &loads);
	uint32_t pod = sf_residents_first(&r->residents, index);
	for (; pod != SF_RESIDENT_NONE; pod = sf_residents_next(&r->residents, pod)) {
		if (r->arrival[pod].duration_us != SF_DURATION_NONE) {
			change_pace(r, pod, slowdown_of(r, &loads, node, pod));
		}
	}
}

/* The milli-GPUs that a device makes up. */
static int64_t size_of(const struct sf_node *node, uint8_t g, int device)
{
	const struct sf_gpu *gpu = &node->gpu[g];
	if (sf_node_gpu_is_whole(node, gpu)) {
		return 1000;
	}
	return 1000 * (int64_t)gpu->product->profile[gpu->device[device].profile].size /
	       gpu->product->units;
}

int64_t sf_pace_busy(void *ctx, uint32_t index)
{
	const struct sf_replay *r = ctx;
	const struct sf_node *node = sf_cluster_node(r->cluster, index);
	struct loads loads = {0};
	int64_t busy = 0;
	add_loads(r, index, &loads);
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		for (int d = 0; d < SF_UNITS_MAX; d++) {
			int64_t duty = loads.device[g][d].duty;
			duty = duty < SF_DUTY_FULL ? duty : SF_DUTY_FULL;
			busy += duty > 0 ? size_of(node, g, d) * duty / SF_DUTY_FULL : 0;
		}
	}
	return busy;
}
