/* metrics: what the service counts, one table of families; gauges of the cluster are in gauges.h. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_METRICS_H
#define SF_METRICS_H

#include "routes.h"

#include <slicefit/filter.h>

#include <stdatomic.h>
#include <stddef.h>

struct sf_str;

enum {
	SF_REASON_UNKNOWN = SF_FIT_REASONS, /* a name that the cluster does not have */
	SF_REASON_NARROW,   /* it fits, but others are better and only those are named */
	SF_REASON_PROMISED, /* the pod has devices on another node */
	SF_REASONS,
};

/* What became of the victims that the scheduler proposed on a node. */
enum sf_preempt_outcome {
	SF_PREEMPT_KEPT,    /* they make room */
	SF_PREEMPT_CHANGED, /* others do */
	SF_PREEMPT_REFUSED, /* nobody's going would help, or nobody has to go */
	SF_PREEMPT_OUTCOMES,
};

/*
 * One row of the table in metrics.c each. A family has at most two labels, whose values are numbers
 * of fixed lists (0 for a label that it does not have): what grows with the cluster never becomes a
 * label here. Durations are given in nanoseconds.
 */
enum sf_metric {
	SF_METRIC_REQUESTS,          /* enum sf_verb, sf_metrics_code */
	SF_METRIC_REQUEST_ERRORS,    /* enum sf_verb; answered with 200, but not understood */
	SF_METRIC_REQUEST_DURATION,  /* enum sf_verb */
	SF_METRIC_REQUEST_BODY,      /* enum sf_verb; bytes */
	SF_METRIC_DECISION_DURATION, /* enum sf_verb */
	SF_METRIC_DENIALS,           /* enum sf_fit (not SF_FITS) or SF_REASON_UNKNOWN */
	SF_METRIC_PREEMPT_NODES,     /* enum sf_preempt_outcome */
	SF_METRIC_SHADOW,            /* 1: the shadow policy would have chosen the same, 0: not */
	SF_METRIC_STALE,             /* enum sf_stale_answer */
	SF_METRICS,
};

struct sf_metrics {
	atomic_ullong *cell;
	size_t offset[SF_METRICS]; /* of the family's first cell */
};

void sf_metrics_init(struct sf_metrics *metrics);
void sf_metrics_finish(struct sf_metrics *metrics);

/* Counts `n` more. */
void sf_metrics_add(struct sf_metrics *metrics, enum sf_metric metric, unsigned first,
                    unsigned second, uint64_t n);

/* One more value of a histogram. */
void sf_metrics_observe(struct sf_metrics *metrics, enum sf_metric metric, unsigned first,
                        uint64_t value);

/* Number of an HTTP status among the values of the label `code`. */
unsigned sf_metrics_code(int status);

/* Text of a refusal: sf_fit_reason, or that of a reason from here. */
const char *sf_metrics_reason(int reason);

/* One answered request. */
struct sf_metrics_request {
	enum sf_verb verb;
	int status;
	uint64_t ns; /* from its head until the answer is ready */
	size_t bytes;
};
void sf_metrics_request(struct sf_metrics *metrics, const struct sf_metrics_request *request);

/* Appends all families. */
void sf_metrics_write(const struct sf_metrics *metrics, struct sf_str *out);

#endif
