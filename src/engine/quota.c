/* quota: the most that the pods of a namespace may ask for together. */
// SPDX-License-Identifier: Apache-2.0
#include "quota.h"

#include <slicefit/alloc.h>

#include <stdlib.h>
#include <string.h>

struct limit {
	int64_t hard;
	int64_t used;
	int64_t peak;
	uint32_t held; /* pods that it held */
};

struct sf_quota {
	struct sf_queue *gate; /* those who are held, and who just came */
	struct limit *limit;   /* of all namespaces */
	struct share {
		size_t first, n; /* of `limit`: those of the workload's namespace */
		int64_t *need;   /* of one pod, for each of them */
		size_t held_by;  /* the one that stopped it last */
	} * share;               /* per workload */
	struct sf_waits waits;   /* of those who were held */
};

/* The name under which a manifest would ask for it: whole GPUs and instances have their own,
 * replicas that of the shared resource. */
static uint16_t manifest_name(const struct sf_replay *r, const struct sf_request *request,
                              uint16_t resource)
{
	if (request->sharing != SF_WISH_SHARED || !sf_resource_is_gpu(resource)) {
		return resource;
	}
	return sf_cluster_has_renamed(r->cluster) ? SF_RES_GPU_SHARED : SF_RES_GPU;
}

/* What one pod takes of a limit. */
static int64_t need_of(const struct sf_replay *r, uint32_t workload, const char *resource)
{
	const struct sf_request *request = &r->request[workload];
	int64_t sum = 0;
	if (strcmp(resource, "pods") == 0) {
		return 1;
	}
	if (strcmp(resource, "requests.cpu") == 0) {
		return request->cpu_milli;
	}
	if (strcmp(resource, "requests.memory") == 0) {
		return request->memory_mib;
	}
	uint16_t number =
		sf_resource_find(sf_cluster_resources(r->cluster), resource + strlen("requests."));
	for (uint8_t i = 0; i < request->n && number != SF_RES_NONE; i++) {
		if (manifest_name(r, request, request->want[i].resource) == number) {
			sum += request->want[i].count;
		}
	}
	return sum;
}

static void fill_share(struct sf_replay *r, uint32_t workload, const size_t *first)
{
	struct share *share = &r->quota->share[workload];
	uint32_t number = r->scenario->workload[workload].namespace;
	if (number == 0) {
		return;
	}
	const struct sf_namespace *namespace = &r->scenario->namespace[number - 1];
	share->first = first[number - 1];
	share->n = namespace->n_limits;
	share->need = sf_xcalloc(share->n + 1, sizeof(*share->need));
	for (size_t i = 0; i < share->n; i++) {
		share->need[i] = need_of(r, workload, namespace->limit[i].resource);
	}
}

static bool any_limited(const struct sf_scenario *scenario)
{
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		uint32_t number = scenario->workload[i].namespace;
		if (number > 0 && scenario->namespace[number - 1].n_limits > 0) {
			return true;
		}
	}
	return false;
}

void sf_quota_open(struct sf_replay *r)
{
	const struct sf_scenario *scenario = r->scenario;
	if (!any_limited(scenario)) {
		return;
	}
	struct sf_quota *quota = sf_xcalloc(1, sizeof(*quota));
	size_t *first = sf_xcalloc(scenario->n_namespaces + 1, sizeof(*first));
	r->quota = quota;
	r->out.features |= SF_FEATURE_QUOTA;
	for (size_t i = 0; i < scenario->n_namespaces; i++) {
		first[i + 1] = first[i] + scenario->namespace[i].n_limits;
	}
	quota->limit = sf_xcalloc(first[scenario->n_namespaces] + 1, sizeof(*quota->limit));
	for (size_t i = 0; i < scenario->n_namespaces; i++) {
		for (size_t k = 0; k < scenario->namespace[i].n_limits; k++) {
			quota->limit[first[i] + k].hard = scenario->namespace[i].limit[k].hard;
		}
	}
	quota->share = sf_xcalloc(scenario->n_workloads, sizeof(*quota->share));
	for (uint32_t i = 0; i < scenario->n_workloads; i++) {
		fill_share(r, i, first);
	}
	quota->gate = sf_queue_create(scenario, NULL);
	free(first);
}

void sf_quota_close(struct sf_replay *r)
{
	if (!r->quota) {
		return;
	}
	for (size_t i = 0; i < r->scenario->n_workloads; i++) {
		free(r->quota->share[i].need);
	}
	sf_queue_destroy(r->quota->gate);
	sf_waits_finish(&r->quota->waits);
	free(r->quota->share);
	free(r->quota->limit);
	free(r->quota);
}

bool sf_quota_limits(const struct sf_replay *r, uint32_t workload)
{
	return r->quota && r->quota->share[workload].n > 0;
}

static int64_t pods_at_once(const struct sf_replay *r, uint32_t workload)
{
	uint32_t gang = r->scenario->workload[workload].gang;
	return gang > 0 ? gang : 1;
}

bool sf_quota_never(struct sf_replay *r, uint32_t workload)
{
	const struct share *share = &r->quota->share[workload];
	const uint32_t number = r->scenario->workload[workload].namespace;
	for (size_t i = 0; i < share->n; i++) {
		if (pods_at_once(r, workload) * share->need[i] >
		    r->quota->limit[share->first + i].hard) {
			r->out.workload[workload].beyond =
				r->scenario->namespace[number - 1].limit[i].resource;
			return true;
		}
	}
	return false;
}

void sf_quota_come(struct sf_replay *r, uint32_t pod)
{
	struct sf_replay_gang gang = sf_replay_gang(r, pod);
	for (uint32_t i = gang.first; i < gang.end; i++) {
		r->pod[i].state = SF_REPLAY_HELD;
	}
	sf_queue_add(r->quota->gate, r->arrival[pod].workload, pod);
}

/* Is there room under all limits? If not, notes which one stands in the way. */
static bool passes(struct sf_replay *r, uint32_t workload)
{
	struct share *share = &r->quota->share[workload];
	for (size_t i = 0; i < share->n; i++) {
		const struct limit *limit = &r->quota->limit[share->first + i];
		if (pods_at_once(r, workload) * share->need[i] > limit->hard - limit->used) {
			share->held_by = i;
			return false;
		}
	}
	return true;
}

/* The pod is held no more: it passes, gives up, or the replay ends. */
static void count_held(struct sf_replay *r, uint32_t pod)
{
	uint32_t workload = r->arrival[pod].workload;
	const struct share *share = &r->quota->share[workload];
	int64_t held_us = r->now_us - r->arrival[pod].time_us;
	if (held_us > 0 || r->pod[pod].state == SF_REPLAY_HELD) {
		sf_waits_add(&r->quota->waits, held_us);
		r->out.quota_held++;
		r->out.workload[workload].held++;
		r->quota->limit[share->first + share->held_by].held++;
	}
}

static void use(struct sf_replay *r, uint32_t workload, int64_t pods)
{
	const struct share *share = &r->quota->share[workload];
	for (size_t i = 0; i < share->n; i++) {
		struct limit *limit = &r->quota->limit[share->first + i];
		limit->used += pods * share->need[i];
		limit->peak = limit->used > limit->peak ? limit->used : limit->peak;
	}
}

void sf_quota_grant(struct sf_replay *r, uint32_t pod)
{
	if (r->quota) {
		use(r, r->arrival[pod].workload, 1);
	}
}

static void pass(struct sf_replay *r, uint32_t pod)
{
	uint32_t workload = r->arrival[pod].workload;
	struct sf_replay_gang gang = sf_replay_gang(r, pod);
	use(r, workload, pods_at_once(r, workload));
	for (uint32_t i = gang.first; i < gang.end; i++) {
		r->pod[i].state = SF_REPLAY_WAITING;
		count_held(r, i);
	}
	sf_queue_remove(r->quota->gate, workload, pod);
	sf_queue_add(r->queue, workload, pod);
}

void sf_quota_admit(struct sf_replay *r)
{
	uint32_t pod;
	while ((pod = sf_queue_next(r->quota->gate)) != UINT32_MAX) {
		if (passes(r, r->arrival[pod].workload)) {
			pass(r, pod);
		} else {
			sf_queue_fail(r->quota->gate, r->arrival[pod].workload);
		}
	}
}

void sf_quota_give_up(struct sf_replay *r, uint32_t pod)
{
	struct sf_replay_gang gang = sf_replay_gang(r, pod);
	for (uint32_t i = gang.first; i < gang.end; i++) {
		count_held(r, i);
	}
	sf_queue_remove(r->quota->gate, r->arrival[pod].workload, pod);
}

void sf_quota_return(struct sf_replay *r, uint32_t pod)
{
	const struct share *share = &r->quota->share[r->arrival[pod].workload];
	for (size_t i = 0; i < share->n; i++) {
		r->quota->limit[share->first + i].used -= share->need[i];
	}
	sf_queue_release(r->quota->gate);
}

/* In the unit of people: CPUs, else as it is. */
static double amount(const char *resource, int64_t value)
{
	return strcmp(resource, "requests.cpu") == 0 ? (double)value / 1e3 : (double)value;
}

static void report_limits(struct sf_replay *r)
{
	const struct sf_scenario *scenario = r->scenario;
	size_t n = 0;
	for (size_t i = 0; i < scenario->n_namespaces; i++) {
		n += scenario->namespace[i].n_limits;
	}
	r->out.limit = sf_xcalloc(n + 1, sizeof(*r->out.limit));
	for (size_t i = 0; i < scenario->n_namespaces; i++) {
		const struct sf_namespace *namespace = &scenario->namespace[i];
		for (size_t k = 0; k < namespace->n_limits; k++) {
			const struct limit *limit = &r->quota->limit[r->out.n_limits];
			const char *resource = namespace->limit[k].resource;
			r->out.limit[r->out.n_limits++] = (struct sf_replay_limit){
				.namespace = namespace->name,
				.resource = resource,
				.hard = amount(resource, limit->hard),
				.used = amount(resource, limit->used),
				.peak = amount(resource, limit->peak),
				.held = limit->held,
			};
		}
	}
}

void sf_quota_report(struct sf_replay *r)
{
	for (uint32_t i = 0; i < r->n_pods; i++) {
		if (r->pod[i].state == SF_REPLAY_HELD) {
			count_held(r, i);
			r->out.quota_held_end++;
			r->out.workload[r->arrival[i].workload].held_end++;
		}
	}
	for (uint32_t i = 0; i < r->scenario->n_workloads; i++) {
		const struct share *share = &r->quota->share[i];
		uint32_t number = r->scenario->workload[i].namespace;
		if (r->out.workload[i].held > 0) {
			r->out.workload[i].held_by =
				r->scenario->namespace[number - 1].limit[share->held_by].resource;
		}
	}
	struct sf_wait_figures waits = sf_waits_figures(&r->quota->waits);
	r->out.quota_wait_mean_s = waits.mean_s;
	r->out.quota_wait_max_s = waits.max_s;
	report_limits(r);
}
