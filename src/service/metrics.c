/* metrics: what the service counts, one table of families. */
// SPDX-License-Identifier: Apache-2.0
#include "metrics.h"

#include "prom.h"

#include <slicefit/alloc.h>
#include <slicefit/serve_config.h>
#include <slicefit/str.h>

#include <stdlib.h>

/* The last one stands for every other. */
static const struct {
	int status;
	const char *text;
} codes[] = {
	{200, "200"}, {400, "400"}, {403, "403"}, {404, "404"}, {405, "405"}, {409, "409"},
	{411, "411"}, {413, "413"}, {500, "500"}, {503, "503"}, {0, "other"},
};

enum { CODES = sizeof(codes) / sizeof(codes[0]) };

unsigned sf_metrics_code(int status)
{
	unsigned i = 0;
	while (i < CODES - 1 && codes[i].status != status) {
		i++;
	}
	return i;
}

const char *sf_metrics_reason(int reason)
{
	static const char *const own[] = {
		[SF_REASON_UNKNOWN - SF_FIT_REASONS] = "unknown node",
		[SF_REASON_NARROW - SF_FIT_REASONS] = "not among the best nodes",
		[SF_REASON_PROMISED - SF_FIT_REASONS] = "pod is being bound to another node",
	};
	return reason >= SF_FIT_REASONS ? own[reason - SF_FIT_REASONS]
	                                : sf_fit_reason((enum sf_fit)reason);
}

static const char *verb_text(unsigned i)
{
	return sf_verb_name((enum sf_verb)i);
}

static const char *code_text(unsigned i)
{
	return codes[i].text;
}

static const char *reason_text(unsigned i)
{
	return sf_metrics_reason((int)i);
}

static const char *outcome_text(unsigned i)
{
	static const char *const text[SF_PREEMPT_OUTCOMES] = {
		[SF_PREEMPT_KEPT] = "kept",
		[SF_PREEMPT_CHANGED] = "changed",
		[SF_PREEMPT_REFUSED] = "refused",
	};
	return text[i];
}

static const char *choice_text(unsigned i)
{
	return i == 0 ? "other" : "same";
}

static const char *answer_text(unsigned i)
{
	return sf_stale_answer_names[i];
}

/* A label and its values. */
struct dimension {
	const char *name;
	unsigned first; /* values below are never used */
	unsigned n;
	const char *(*text)(unsigned i);
};

static const struct dimension none = {NULL, 0, 1, NULL};
static const struct dimension verbs = {"verb", 0, SF_VERBS, verb_text};
static const struct dimension status = {"code", 0, CODES, code_text};
static const struct dimension outcomes = {"outcome", 0, SF_PREEMPT_OUTCOMES, outcome_text};
static const struct dimension reasons = {"reason", SF_FITS + 1, SF_REASONS, reason_text};

static const struct dimension choices = {"choice", 0, 2, choice_text};
static const struct dimension answers = {"answer", 0, SF_STALE_ERROR + 1, answer_text};

/* Go's histograms of this kind start at 1 ms and double; kube-scheduler waits 5 s for an answer. */
static const struct sf_prom_scale request_scale = {1000000, 2, 14};
/* Most decisions take less than that: from 16 us to half a second. */
static const struct sf_prom_scale decision_scale = {16000, 2, 16};
/* 1 KiB to 256 MiB. */
static const struct sf_prom_scale body_scale = {1024, 4, 10};

static const struct family {
	struct sf_prom_family prom;
	const struct dimension *label[2];
	const struct sf_prom_scale *scale; /* of histograms, which have one label */
	/* So many values of each label are there from the start, so that rates over them see the
	 * first event; others appear with it. */
	unsigned shown[2];
} families[SF_METRICS] = {
	[SF_METRIC_REQUESTS] =
		{
			{"slicefit_requests_total", SF_PROM_COUNTER, "Requests answered.", 0},
			{&verbs, &status},
			NULL,
			{SF_VERB_HEALTHZ, 1},
		},
	[SF_METRIC_REQUEST_ERRORS] =
		{
			{"slicefit_request_errors_total", SF_PROM_COUNTER,
                         "Extender requests answered with 200 that were not understood.", 0},
			{&verbs, &none},
			NULL,
			{SF_VERB_BIND, 1},
		},
	[SF_METRIC_REQUEST_DURATION] =
		{
			{"slicefit_request_duration_seconds", SF_PROM_HISTOGRAM,
                         "From the head of a request until its answer is ready.", 9},
			{&verbs, &none},
			&request_scale,
			{SF_VERB_HEALTHZ, 1},
		},
	[SF_METRIC_REQUEST_BODY] =
		{
			{"slicefit_request_body_bytes", SF_PROM_HISTOGRAM,
                         "Bodies of requests that have one.", 0},
			{&verbs, &none},
			&body_scale,
			{SF_VERB_BIND, 1},
		},
	[SF_METRIC_DECISION_DURATION] =
		{
			{"slicefit_decision_duration_seconds", SF_PROM_HISTOGRAM,
                         "Judging the nodes of one request, without reading it and writing the "
                         "answer.",
                         9},
			{&verbs, &none},
			&decision_scale,
			{SF_VERB_BIND, 1},
		},
	[SF_METRIC_DENIALS] =
		{
			{"slicefit_denials_total", SF_PROM_COUNTER,
                         "Nodes that filter refused, over all requests.", 0},
			{&reasons, &none},
			NULL,
			{SF_REASONS, 1},
		},
	[SF_METRIC_SHADOW] =
		{
			{"slicefit_shadow_decisions_total", SF_PROM_COUNTER,
                         "Pods for which the shadow policy liked the same node best, or another.",
                         0},
			{&choices, &none},
			NULL,
			{0, 0},
		},
	[SF_METRIC_STALE] =
		{
			{"slicefit_stale_requests_total", SF_PROM_COUNTER,
                         "Requests answered while the API server was not heard of for too long.",
                         0},
			{&answers, &none},
			NULL,
			{0, 0},
		},
	[SF_METRIC_PREEMPT_NODES] =
		{
			{"slicefit_preempt_nodes_total", SF_PROM_COUNTER,
                         "Nodes proposed for preemption, by what became of their victims.", 0},
			{&outcomes, &none},
			NULL,
			{SF_PREEMPT_OUTCOMES, 1},
		},
};

/* Cells of one combination of labels: a counter, or the buckets and the sum of a histogram. */
static size_t cells_of(const struct family *family)
{
	return family->scale != NULL ? (size_t)family->scale->n + 2 : 1;
}

void sf_metrics_init(struct sf_metrics *metrics)
{
	size_t n = 0;
	for (size_t i = 0; i < SF_METRICS; i++) {
		const struct family *family = &families[i];
		metrics->offset[i] = n;
		n += (size_t)family->label[0]->n * family->label[1]->n * cells_of(family);
	}
	metrics->cell = sf_xcalloc(n, sizeof(*metrics->cell));
}

void sf_metrics_finish(struct sf_metrics *metrics)
{
	free(metrics->cell);
	metrics->cell = NULL;
}

static atomic_ullong *cell_of(const struct sf_metrics *metrics, enum sf_metric metric,
                              unsigned first, unsigned second)
{
	const struct family *family = &families[metric];
	size_t at = (size_t)first * family->label[1]->n + second;
	return metrics->cell + metrics->offset[metric] + at * cells_of(family);
}

void sf_metrics_add(struct sf_metrics *metrics, enum sf_metric metric, unsigned first,
                    unsigned second, uint64_t n)
{
	atomic_fetch_add_explicit(cell_of(metrics, metric, first, second), n, memory_order_relaxed);
}

void sf_metrics_observe(struct sf_metrics *metrics, enum sf_metric metric, unsigned first,
                        uint64_t value)
{
	const struct sf_prom_scale *scale = families[metric].scale;
	atomic_ullong *cell = cell_of(metrics, metric, first, 0);
	atomic_fetch_add_explicit(&cell[sf_prom_bucket(scale, value)], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&cell[scale->n + 1], value, memory_order_relaxed);
}

void sf_metrics_request(struct sf_metrics *metrics, const struct sf_metrics_request *request)
{
	unsigned verb = request->verb;
	sf_metrics_add(metrics, SF_METRIC_REQUESTS, verb, sf_metrics_code(request->status), 1);
	sf_metrics_observe(metrics, SF_METRIC_REQUEST_DURATION, verb, request->ns);
	if (request->bytes > 0) {
		sf_metrics_observe(metrics, SF_METRIC_REQUEST_BODY, verb, request->bytes);
	}
}

static void write_counter(const struct family *family, const struct sf_prom_labels *labels,
                          const atomic_ullong *cell, bool shown, struct sf_str *out)
{
	uint64_t value = atomic_load_explicit(cell, memory_order_relaxed);
	if (shown || value > 0) {
		sf_prom_sample(&family->prom, labels, (int64_t)value, out);
	}
}

static void write_histogram(const struct family *family, const struct sf_prom_labels *labels,
                            const atomic_ullong *cell, bool shown, struct sf_str *out)
{
	uint64_t count[SF_PROM_BOUNDS_MAX + 1], total = 0;
	for (unsigned i = 0; i <= family->scale->n; i++) {
		count[i] = atomic_load_explicit(&cell[i], memory_order_relaxed);
		total += count[i];
	}
	if (shown || total > 0) {
		uint64_t sum =
			atomic_load_explicit(&cell[family->scale->n + 1], memory_order_relaxed);
		sf_prom_histogram(&family->prom, labels, family->scale, count, sum, out);
	}
}

static void write_family(const struct sf_metrics *metrics, enum sf_metric metric,
                         struct sf_str *out)
{
	const struct family *family = &families[metric];
	const struct dimension *first = family->label[0], *second = family->label[1];
	sf_prom_head(&family->prom, out);
	for (unsigned i = first->first; i < first->n; i++) {
		for (unsigned k = second->first; k < second->n; k++) {
			struct sf_prom_labels labels = {{
				{first->name, first->name != NULL ? first->text(i) : NULL},
				{second->name, second->name != NULL ? second->text(k) : NULL},
			}};
			const atomic_ullong *cell = cell_of(metrics, metric, i, k);
			bool shown = i < family->shown[0] && k < family->shown[1];
			(family->scale != NULL ? write_histogram : write_counter)(family, &labels,
			                                                          cell, shown, out);
		}
	}
}

void sf_metrics_write(const struct sf_metrics *metrics, struct sf_str *out)
{
	for (int i = 0; i < SF_METRICS; i++) {
		write_family(metrics, (enum sf_metric)i, out);
	}
}
