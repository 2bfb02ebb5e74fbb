/* metrics: how a cluster was used over time, kept up to date by its changes. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_METRICS_H
#define SF_METRICS_H

#include "profiles.h"

#include <slicefit/replay.h>

struct sf_metrics;

/* Figures of a cluster at one moment; whole numbers, so that adding and taking away in any order
 * gives the same. Capacities are milli-GPUs. */
enum sf_figure {
	SF_FIGURE_TOTAL,
	SF_FIGURE_USED,     /* held by pods */
	SF_FIGURE_BUSY,     /* devices in use, times the duty of their pods */
	SF_FIGURE_DOWN,     /* not held, on nodes that take no pods */
	SF_FIGURE_FRAGMENT, /* times pods of the mix */
	SF_FIGURE_STRANDED,
	SF_FIGURE_ACTIVE, /* GPUs with pods */
	SF_FIGURE_PODS,
	SF_FIGURE_USED_MIG, /* of USED; the rest is whole GPUs, as below */
	SF_FIGURE_USED_SHARED,
	SF_FIGURE_STRANDED_MIG,
	SF_FIGURE_STRANDED_SHARED,
	SF_FIGURES
};

/* Of a node's devices in use, what the duty of their pods makes of it, in milli-GPUs. */
typedef int64_t sf_metrics_busy(void *ctx, uint32_t node);

/* Watches the cluster from time 0 on; destroy before the cluster. NULL when the cluster takes no
 * more observers. */
struct sf_metrics *sf_metrics_create(const struct sf_scenario *scenario,
                                     struct sf_cluster *cluster);
void sf_metrics_destroy(struct sf_metrics *metrics);

/* Asks `busy` from now on; until then devices with pods count as fully busy. */
void sf_metrics_ask_busy(struct sf_metrics *metrics, sf_metrics_busy *busy, void *ctx);

/* Time goes on to `time_us`; the cluster was as it is now since the previous call. */
void sf_metrics_advance(struct sf_metrics *metrics, int64_t time_us);

/* SF_FIGURES figures of this moment. */
const int64_t *sf_metrics_now(struct sf_metrics *metrics);

/* Of this moment, the milli-GPUs that are a fragment. */
double sf_metrics_fragment_now(struct sf_metrics *metrics);

/* The profiles of the scenario's fixed layouts; and the milli-GPUs of each that are stranded at this
 * moment. */
const struct sf_profiles *sf_metrics_profiles(const struct sf_metrics *metrics);
const int64_t *sf_metrics_now_stranded(struct sf_metrics *metrics);

/* Writes the GPU figures and the horizon, the time of the last call: means over [0, horizon], or
 * the end values when the horizon is 0. */
void sf_metrics_report(struct sf_metrics *metrics, struct sf_replay_result *out);

#endif
