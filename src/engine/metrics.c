/* metrics: how a cluster was used over time, kept up to date by its changes. */
// SPDX-License-Identifier: Apache-2.0
#include "metrics.h"

#include "mix.h"

#include <slicefit/alloc.h>

#include <stdlib.h>

/* Figures of one node, and their sums over all nodes; all integers, so that adding and taking away
 * in any order gives the same. */
struct figures {
	int64_t used;     /* milli-GPUs */
	int64_t fragment; /* milli-GPUs times pods of the mix */
	int64_t stranded; /* milli-GPUs */
	int64_t active;   /* GPUs */
};

/* Their integrals over time in microseconds. These outgrow 64 bits, and a double's 53 bits are
 * plenty for a mean. */
struct integrals {
	double used, fragment, stranded, active;
};

struct sf_metrics {
	struct sf_cluster *cluster;
	struct sf_mix mix;
	uint32_t nodes;
	struct figures *node;
	struct figures now;
	struct integrals sum;
	int64_t peak_used;
	int64_t time_us;
	bool *is_dirty;
	uint32_t *dirty; /* nodes that changed since `now` */
	uint32_t n_dirty;
};

static int64_t active_gpus(const struct sf_node *node)
{
	if (node->by_counts) {
		return (sf_node_used_milli(node) + 999) / 1000;
	}
	int64_t active = 0;
	for (uint8_t i = 0; i < node->n_gpus; i++) {
		bool used = false;
		for (uint8_t unit = 0; unit < SF_UNITS_MAX && !used; unit++) {
			used = node->gpu[i].device[unit].used > 0;
		}
		active += used;
	}
	return active;
}

static void touch(void *ctx, const struct sf_cluster *cluster, uint32_t node)
{
	(void)cluster;
	struct sf_metrics *metrics = ctx;
	if (node < metrics->nodes && !metrics->is_dirty[node]) {
		metrics->is_dirty[node] = true;
		metrics->dirty[metrics->n_dirty++] = node;
	}
}

static void recompute(struct sf_metrics *metrics, uint32_t index)
{
	const struct sf_node *node = sf_cluster_node(metrics->cluster, index);
	struct figures *old = &metrics->node[index];
	int64_t used = sf_node_used_milli(node);
	int64_t free = sf_node_total_milli(node) - used;
	struct figures new = {
		.used = used,
		.fragment = sf_mix_fragment(&metrics->mix, metrics->cluster, index, free),
		.stranded = sf_mix_stranded(&metrics->mix, node, free),
		.active = active_gpus(node),
	};
	metrics->now.used += new.used - old->used;
	metrics->now.fragment += new.fragment - old->fragment;
	metrics->now.stranded += new.stranded - old->stranded;
	metrics->now.active += new.active - old->active;
	*old = new;
}

static void catch_up(struct sf_metrics *metrics)
{
	for (uint32_t i = 0; i < metrics->n_dirty; i++) {
		metrics->is_dirty[metrics->dirty[i]] = false;
		recompute(metrics, metrics->dirty[i]);
	}
	metrics->n_dirty = 0;
	if (metrics->now.used > metrics->peak_used) {
		metrics->peak_used = metrics->now.used;
	}
}

struct sf_metrics *sf_metrics_create(const struct sf_scenario *scenario, struct sf_cluster *cluster)
{
	struct sf_metrics *metrics = sf_xcalloc(1, sizeof(*metrics));
	metrics->cluster = cluster;
	metrics->nodes = sf_cluster_nodes(cluster);
	metrics->node = sf_xcalloc((size_t)metrics->nodes + 1, sizeof(*metrics->node));
	metrics->is_dirty = sf_xcalloc((size_t)metrics->nodes + 1, sizeof(*metrics->is_dirty));
	metrics->dirty = sf_xcalloc((size_t)metrics->nodes + 1, sizeof(*metrics->dirty));
	sf_mix_init(&metrics->mix, scenario, cluster);
	if (sf_cluster_observe(cluster, touch, metrics) != 0) {
		sf_metrics_destroy(metrics);
		return NULL;
	}
	for (uint32_t i = 0; i < metrics->nodes; i++) {
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
	free(metrics->node);
	free(metrics->is_dirty);
	free(metrics->dirty);
	free(metrics);
}

void sf_metrics_advance(struct sf_metrics *metrics, int64_t time_us)
{
	/* What came and went within one moment was never there. */
	if (time_us <= metrics->time_us) {
		return;
	}
	catch_up(metrics);
	double dt = (double)(time_us - metrics->time_us);
	metrics->sum.used += (double)metrics->now.used * dt;
	metrics->sum.fragment += (double)metrics->now.fragment * dt;
	metrics->sum.stranded += (double)metrics->now.stranded * dt;
	metrics->sum.active += (double)metrics->now.active * dt;
	metrics->time_us = time_us;
}

static double percent(double milli, int64_t total_milli)
{
	return total_milli > 0 ? 100 * milli / (double)total_milli : 0;
}

void sf_metrics_report(struct sf_metrics *metrics, struct sf_replay_result *out)
{
	catch_up(metrics);
	int64_t total = 0;
	for (uint32_t i = 0; i < metrics->nodes; i++) {
		total += sf_node_total_milli(sf_cluster_node(metrics->cluster, i));
	}
	const struct figures *end = &metrics->now;
	struct integrals mean = {(double)end->used, (double)end->fragment, (double)end->stranded,
	                         (double)end->active};
	if (metrics->time_us > 0) {
		double span = (double)metrics->time_us;
		mean.used = metrics->sum.used / span;
		mean.fragment = metrics->sum.fragment / span;
		mean.stranded = metrics->sum.stranded / span;
		mean.active = metrics->sum.active / span;
	}
	double weights = metrics->mix.weights > 0 ? (double)metrics->mix.weights : 1;
	out->gpus = total / 1000;
	out->allocated_pct = percent(mean.used, total);
	out->allocated_end_pct = percent((double)end->used, total);
	out->allocated_peak_pct = percent((double)metrics->peak_used, total);
	out->fragmentation_pct = percent(mean.fragment / weights, total);
	out->fragmentation_end_pct = percent((double)end->fragment / weights, total);
	out->stranded_pct = percent(mean.stranded, total);
	out->stranded_end_pct = percent((double)end->stranded, total);
	out->gpus_active_mean = mean.active;
	out->horizon_s = (double)metrics->time_us / 1e6;
}
