/* metrics: how a cluster was used over time, kept up to date by its changes. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_METRICS_H
#define SF_METRICS_H

#include <slicefit/replay.h>

struct sf_metrics;

/* Watches the cluster from time 0 on; destroy before the cluster. NULL when the cluster takes no
 * more observers. */
struct sf_metrics *sf_metrics_create(const struct sf_scenario *scenario,
                                     struct sf_cluster *cluster);
void sf_metrics_destroy(struct sf_metrics *metrics);

/* Time goes on to `time_us`; the cluster was as it is now since the previous call. */
void sf_metrics_advance(struct sf_metrics *metrics, int64_t time_us);

/* Writes the GPU figures and the horizon, the time of the last call: means over [0, horizon], or
 * the end values when the horizon is 0. */
void sf_metrics_report(struct sf_metrics *metrics, struct sf_replay_result *out);

#endif
