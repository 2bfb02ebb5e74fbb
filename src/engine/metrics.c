/* metrics: how a cluster was used over time, kept up to date by its changes. */
// SPDX-License-Identifier: Apache-2.0
#include "metrics.h"

#include "mix.h"

#include <slicefit/alloc.h>

#include <stdlib.h>
#include <string.h>

/* What a pool with a price cost up to `since_us`, in milli-GPUs times microseconds: kept per pool
 * and brought up to date when a node of it changes. */
struct meter {
	double price; /* per GPU-hour */
	int64_t total, used;
	int64_t since_us;
	double sum_total, sum_used;
};

struct node {
	int64_t figure[SF_FIGURES];
};

/* Integrals are doubles: they outgrow 64 bits, and 53 bits are plenty for a mean. */
struct sf_metrics {
	struct sf_cluster *cluster;
	struct sf_mix mix;
	struct sf_profiles profiles;
	uint32_t n_nodes;
	size_t cap_nodes, cap_dirty, cap_flags, cap_stranded;
	struct node *node;
	int64_t now[SF_FIGURES];
	double sum[SF_FIGURES];
	int64_t *stranded; /* per node and profile */
	int64_t *now_stranded;
	double *sum_stranded; /* per profile, as the previous */
	size_t n_meters;
	struct meter *meter; /* per pool; NULL when none has a price */
	int64_t peak_used, peak_total;
	bool resized; /* the total has changed */
	int64_t time_us;
	bool *is_dirty;
	uint32_t *dirty; /* nodes that changed since `now` */
	uint32_t n_dirty;
	sf_metrics_busy *busy; /* NULL: devices with pods are fully busy */
	void *busy_ctx;
};

/* Room for nodes that were added; they have been nothing so far. */
static void grow(struct sf_metrics *metrics, uint32_t nodes)
{
	metrics->node = sf_xgrow(metrics->node, &metrics->cap_nodes, (size_t)nodes + 1,
	                         sizeof(*metrics->node));
	metrics->is_dirty = sf_xgrow(metrics->is_dirty, &metrics->cap_flags, (size_t)nodes + 1,
	                             sizeof(*metrics->is_dirty));
	metrics->dirty = sf_xgrow(metrics->dirty, &metrics->cap_dirty, (size_t)nodes + 1,
	                          sizeof(*metrics->dirty));
	metrics->stranded = sf_xgrow(metrics->stranded, &metrics->cap_stranded,
	                             nodes * metrics->profiles.n + 1, sizeof(*metrics->stranded));
	metrics->n_nodes = nodes;
}

static void touch(void *ctx, const struct sf_cluster *cluster, uint32_t node)
{
	struct sf_metrics *metrics = ctx;
	if (node >= metrics->n_nodes && node < sf_cluster_nodes(cluster)) {
		grow(metrics, node + 1);
	}
	if (node < metrics->n_nodes && !metrics->is_dirty[node]) {
		metrics->is_dirty[node] = true;
		metrics->dirty[metrics->n_dirty++] = node;
	}
}

static int64_t sum_of(const int64_t mode[SF_MODES])
{
	return mode[SF_MODE_WHOLE] + mode[SF_MODE_MIG] + mode[SF_MODE_SHARED];
}

/* All but what needs the node to take pods. */
static struct node measure(const struct sf_metrics *metrics, uint32_t index,
                           const struct sf_node_split *split)
{
	const struct sf_node *node = sf_cluster_node(metrics->cluster, index);
	const bool removed = (node->state & SF_NODE_REMOVED) != 0;
	struct node out = {.figure = {
				   [SF_FIGURE_TOTAL] = removed ? 0 : sf_node_total_milli(node),
				   [SF_FIGURE_USED] = sum_of(split->used),
				   [SF_FIGURE_BUSY] = split->busy,
				   [SF_FIGURE_USED_MIG] = split->used[SF_MODE_MIG],
				   [SF_FIGURE_USED_SHARED] = split->used[SF_MODE_SHARED],
				   [SF_FIGURE_ACTIVE] = split->active,
				   [SF_FIGURE_PODS] = node->pods,
			   }};
	if (metrics->busy && node->pods > 0) {
		out.figure[SF_FIGURE_BUSY] = metrics->busy(metrics->busy_ctx, index);
	}
	return out;
}

/* What is free: down, or a fragment, or stranded, or of use. */
static void measure_free(const struct sf_metrics *metrics, uint32_t index,
                         const struct sf_node_split *split, struct node *out)
{
	const struct sf_node *node = sf_cluster_node(metrics->cluster, index);
	const int64_t free = out->figure[SF_FIGURE_TOTAL] - out->figure[SF_FIGURE_USED];
	if (node->state != SF_NODE_READY) {
		out->figure[SF_FIGURE_DOWN] = free;
		return;
	}
	out->figure[SF_FIGURE_FRAGMENT] =
		sf_mix_fragment(&metrics->mix, metrics->cluster, index, free);
	out->figure[SF_FIGURE_STRANDED] = sf_mix_stranded(&metrics->mix, node, free);
	if (out->figure[SF_FIGURE_STRANDED] > 0) {
		out->figure[SF_FIGURE_STRANDED_MIG] = split->free[SF_MODE_MIG];
		out->figure[SF_FIGURE_STRANDED_SHARED] = split->free[SF_MODE_SHARED];
	}
}

static void recompute_profiles(struct sf_metrics *metrics, uint32_t index, bool stranded)
{
	const size_t n = metrics->profiles.n;
	int64_t *node = &metrics->stranded[index * n];
	for (size_t p = 0; p < n; p++) {
		metrics->now_stranded[p] -= node[p];
		node[p] = 0;
	}
	if (stranded) {
		sf_profiles_add_free(&metrics->profiles, sf_cluster_node(metrics->cluster, index),
		                     node);
	}
	for (size_t p = 0; p < n; p++) {
		metrics->now_stranded[p] += node[p];
	}
}

static void read_meter(struct meter *meter, int64_t time_us)
{
	double dt = (double)(time_us - meter->since_us);
	meter->sum_total += (double)meter->total * dt;
	meter->sum_used += (double)meter->used * dt;
	meter->since_us = time_us;
}

static void recompute(struct sf_metrics *metrics, uint32_t index)
{
	const struct sf_node *node = sf_cluster_node(metrics->cluster, index);
	const struct sf_node_split split = sf_node_split(node);
	struct node *old = &metrics->node[index];
	struct node new = measure(metrics, index, &split);
	measure_free(metrics, index, &split, &new);
	const bool stranded = new.figure[SF_FIGURE_STRANDED] > 0;
	if (metrics->profiles.n > 0 && (stranded || old->figure[SF_FIGURE_STRANDED] > 0)) {
		recompute_profiles(metrics, index, stranded);
	}
	if (metrics->meter) {
		struct meter *meter = &metrics->meter[node->pool];
		read_meter(meter, metrics->time_us);
		meter->total += new.figure[SF_FIGURE_TOTAL] - old->figure[SF_FIGURE_TOTAL];
		meter->used += new.figure[SF_FIGURE_USED] - old->figure[SF_FIGURE_USED];
	}
	for (int f = 0; f < SF_FIGURES; f++) {
		metrics->now[f] += new.figure[f] - old->figure[f];
	}
	*old = new;
}

/* The largest share of the capacity of its time. */
static void note_peak(struct sf_metrics *metrics)
{
	const int64_t used = metrics->now[SF_FIGURE_USED];
	const int64_t total = metrics->now[SF_FIGURE_TOTAL];
	if (metrics->peak_total == 0 || used * metrics->peak_total > metrics->peak_used * total) {
		metrics->peak_used = used;
		metrics->peak_total = total;
	}
}

static void catch_up(struct sf_metrics *metrics)
{
	const int64_t total = metrics->now[SF_FIGURE_TOTAL];
	for (uint32_t i = 0; i < metrics->n_dirty; i++) {
		metrics->is_dirty[metrics->dirty[i]] = false;
		recompute(metrics, metrics->dirty[i]);
	}
	metrics->n_dirty = 0;
	metrics->resized |= metrics->time_us > 0 && metrics->now[SF_FIGURE_TOTAL] != total;
	note_peak(metrics);
}

static void create_meters(struct sf_metrics *metrics, const struct sf_scenario *scenario)
{
	bool any = false;
	for (size_t i = 0; i < scenario->n_pools; i++) {
		any = any || scenario->pool[i].cost_per_gpu_hour >= 0;
	}
	if (!any) {
		return;
	}
	metrics->n_meters = scenario->n_pools;
	metrics->meter = sf_xcalloc(scenario->n_pools, sizeof(*metrics->meter));
	for (size_t i = 0; i < scenario->n_pools; i++) {
		double price = scenario->pool[i].cost_per_gpu_hour;
		metrics->meter[i].price = price > 0 ? price : 0;
	}
}

struct sf_metrics *sf_metrics_create(const struct sf_scenario *scenario, struct sf_cluster *cluster)
{
	struct sf_metrics *metrics = sf_xcalloc(1, sizeof(*metrics));
	metrics->cluster = cluster;
	sf_profiles_init(&metrics->profiles, scenario);
	metrics->now_stranded = sf_xcalloc(metrics->profiles.n + 1, sizeof(*metrics->now_stranded));
	metrics->sum_stranded = sf_xcalloc(metrics->profiles.n + 1, sizeof(*metrics->sum_stranded));
	grow(metrics, sf_cluster_nodes(cluster));
	create_meters(metrics, scenario);
	sf_mix_init(&metrics->mix, scenario, cluster);
	if (sf_cluster_observe(cluster, touch, metrics) != 0) {
		sf_metrics_destroy(metrics);
		return NULL;
	}
	for (uint32_t i = 0; i < metrics->n_nodes; i++) {
		touch(metrics, cluster, i);
	}
	return metrics;
}

void sf_metrics_destroy(struct sf_metrics *metrics)
{
	if (!metrics) {
		return;
	}
	sf_cluster_unobserve(metrics->cluster, touch, metrics);
	sf_mix_finish(&metrics->mix);
	sf_profiles_finish(&metrics->profiles);
	free(metrics->node);
	free(metrics->is_dirty);
	free(metrics->dirty);
	free(metrics->stranded);
	free(metrics->now_stranded);
	free(metrics->sum_stranded);
	free(metrics->meter);
	free(metrics);
}

void sf_metrics_ask_busy(struct sf_metrics *metrics, sf_metrics_busy *busy, void *ctx)
{
	metrics->busy = busy;
	metrics->busy_ctx = ctx;
}

void sf_metrics_advance(struct sf_metrics *metrics, int64_t time_us)
{
	/* What came and went within one moment was never there. */
	if (time_us <= metrics->time_us) {
		return;
	}
	catch_up(metrics);
	double dt = (double)(time_us - metrics->time_us);
	for (int f = 0; f < SF_FIGURES; f++) {
		metrics->sum[f] += (double)metrics->now[f] * dt;
	}
	for (size_t p = 0; p < metrics->profiles.n; p++) {
		metrics->sum_stranded[p] += (double)metrics->now_stranded[p] * dt;
	}
	metrics->time_us = time_us;
}

const int64_t *sf_metrics_now(struct sf_metrics *metrics)
{
	catch_up(metrics);
	return metrics->now;
}

static double mix_weights(const struct sf_metrics *metrics)
{
	return metrics->mix.weights > 0 ? (double)metrics->mix.weights : 1;
}

double sf_metrics_fragment_now(struct sf_metrics *metrics)
{
	catch_up(metrics);
	return (double)metrics->now[SF_FIGURE_FRAGMENT] / mix_weights(metrics);
}

const struct sf_profiles *sf_metrics_profiles(const struct sf_metrics *metrics)
{
	return &metrics->profiles;
}

const int64_t *sf_metrics_now_stranded(struct sf_metrics *metrics)
{
	catch_up(metrics);
	return metrics->now_stranded;
}

static double percent(double milli, double total_milli)
{
	return total_milli > 0 ? 100 * milli / total_milli : 0;
}

/* Means over time, or what is now when there was no time. */
static void find_means(const struct sf_metrics *metrics, double mean[SF_FIGURES])
{
	for (int f = 0; f < SF_FIGURES; f++) {
		mean[f] = metrics->time_us > 0 ? metrics->sum[f] / (double)metrics->time_us
		                               : (double)metrics->now[f];
	}
	/* A sum of equal parts is not exactly their multiple. */
	if (!metrics->resized) {
		mean[SF_FIGURE_TOTAL] = (double)metrics->now[SF_FIGURE_TOTAL];
	}
}

static void report_gpus(const struct sf_metrics *metrics, const double mean[SF_FIGURES],
                        struct sf_replay_result *out)
{
	const double total = mean[SF_FIGURE_TOTAL];
	const double end_total = (double)metrics->now[SF_FIGURE_TOTAL];
	const double weights = mix_weights(metrics);
	out->gpus = metrics->now[SF_FIGURE_TOTAL] / 1000;
	out->allocated_pct = percent(mean[SF_FIGURE_USED], total);
	out->allocated_end_pct = percent((double)metrics->now[SF_FIGURE_USED], end_total);
	out->allocated_peak_pct = percent((double)metrics->peak_used, (double)metrics->peak_total);
	out->fragmentation_pct = percent(mean[SF_FIGURE_FRAGMENT] / weights, total);
	out->fragmentation_end_pct =
		percent((double)metrics->now[SF_FIGURE_FRAGMENT] / weights, end_total);
	out->stranded_pct = percent(mean[SF_FIGURE_STRANDED], total);
	out->stranded_end_pct = percent((double)metrics->now[SF_FIGURE_STRANDED], end_total);
	out->gpus_active_mean = mean[SF_FIGURE_ACTIVE];
	out->busy_pct = percent(mean[SF_FIGURE_BUSY], total);
	out->down_pct = percent(mean[SF_FIGURE_DOWN], total);
}

static void report_modes(const struct sf_metrics *metrics, const double mean[SF_FIGURES],
                         struct sf_replay_result *out)
{
	const double hours = (double)metrics->time_us / 3600e6;
	const double stranded[SF_MODES] = {
		mean[SF_FIGURE_STRANDED] - mean[SF_FIGURE_STRANDED_MIG] -
			mean[SF_FIGURE_STRANDED_SHARED],
		mean[SF_FIGURE_STRANDED_MIG],
		mean[SF_FIGURE_STRANDED_SHARED],
	};
	const double used[SF_MODES] = {
		mean[SF_FIGURE_USED] - mean[SF_FIGURE_USED_MIG] - mean[SF_FIGURE_USED_SHARED],
		mean[SF_FIGURE_USED_MIG],
		mean[SF_FIGURE_USED_SHARED],
	};
	for (int m = 0; m < SF_MODES; m++) {
		out->mode[m].gpu_hours = used[m] / 1000 * hours;
		out->mode[m].stranded_pct = percent(stranded[m], mean[SF_FIGURE_TOTAL]);
	}
}

static void report_profiles(const struct sf_metrics *metrics, double total,
                            struct sf_replay_result *out)
{
	out->n_profiles = metrics->profiles.n;
	out->profile = sf_xcalloc(out->n_profiles + 1, sizeof(*out->profile));
	for (size_t p = 0; p < out->n_profiles; p++) {
		double mean = metrics->time_us > 0
		                      ? metrics->sum_stranded[p] / (double)metrics->time_us
		                      : (double)metrics->now_stranded[p];
		out->profile[p].name = metrics->profiles.name[p];
		out->profile[p].stranded_pct = percent(mean, total);
	}
}

static void report_cost(struct sf_metrics *metrics, double pod_hours, struct sf_replay_result *out)
{
	const double gpu_hour = 1000 * 3600e6; /* milli-GPUs times microseconds */
	for (size_t i = 0; i < metrics->n_meters; i++) {
		struct meter *meter = &metrics->meter[i];
		read_meter(meter, metrics->time_us);
		out->cost_total += meter->price * meter->sum_total / gpu_hour;
		out->cost_allocated += meter->price * meter->sum_used / gpu_hour;
	}
	out->cost_idle = out->cost_total - out->cost_allocated;
	out->cost_per_pod_hour = pod_hours > 0 ? out->cost_total / pod_hours : 0;
}

void sf_metrics_report(struct sf_metrics *metrics, struct sf_replay_result *out)
{
	double mean[SF_FIGURES];
	catch_up(metrics);
	find_means(metrics, mean);
	out->horizon_s = (double)metrics->time_us / 1e6;
	report_gpus(metrics, mean, out);
	report_modes(metrics, mean, out);
	report_profiles(metrics, mean[SF_FIGURE_TOTAL], out);
	report_cost(metrics, mean[SF_FIGURE_PODS] * (double)metrics->time_us / 3600e6, out);
}
