/* metrics: what the service counts, in the text format of Prometheus. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_METRICS_H
#define SF_METRICS_H

#include "routes.h"

#include <slicefit/filter.h>

#include <stdatomic.h>

struct sf_str;

enum {
	SF_METRICS_BUCKETS = 15,
	SF_METRICS_CODES = 8,
	SF_REASON_UNKNOWN = SF_FIT_REASONS, /* a name that the cluster does not have */
	SF_REASONS,
};

struct sf_metrics {
	atomic_ullong requests[SF_VERBS][SF_METRICS_CODES];
	atomic_ullong bucket[SF_VERBS][SF_METRICS_BUCKETS + 1]; /* not cumulative */
	atomic_ullong duration_us[SF_VERBS];
	atomic_ullong refused[SF_REASONS];
	atomic_ullong errors[SF_VERBS]; /* answered 200, but the request was not understood */
};

/* Text of a refusal: sf_fit_reason, or "unknown node". */
const char *sf_metrics_reason(int reason);

void sf_metrics_request(struct sf_metrics *metrics, enum sf_verb verb, int status, uint64_t ns);

/* Appends everything but what the snapshot says. */
void sf_metrics_write(const struct sf_metrics *metrics, struct sf_str *out);

/* Appends the nodes and the GPUs of each product of a cluster. */
void sf_metrics_write_cluster(const struct sf_cluster *cluster, struct sf_str *out);

#endif
