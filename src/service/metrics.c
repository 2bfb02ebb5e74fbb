/* metrics: what the service counts, in the text format of Prometheus. */
// SPDX-License-Identifier: Apache-2.0
#include "metrics.h"

#include <slicefit/alloc.h>
#include <slicefit/catalog.h>
#include <slicefit/str.h>

#include <stdlib.h>

static const int codes[SF_METRICS_CODES] = {200, 400, 404, 405, 411, 413, 503, 500};

static const struct {
	const char *le;
	uint64_t us;
} buckets[SF_METRICS_BUCKETS] = {
	{"0.0001", 100},  {"0.00025", 250}, {"0.0005", 500},  {"0.001", 1000},  {"0.0025", 2500},
	{"0.005", 5000},  {"0.01", 10000},  {"0.025", 25000}, {"0.05", 50000},  {"0.1", 100000},
	{"0.25", 250000}, {"0.5", 500000},  {"1", 1000000},   {"2.5", 2500000}, {"5", 5000000},
};

const char *sf_metrics_reason(int reason)
{
	return reason == SF_REASON_UNKNOWN ? "unknown node" : sf_fit_reason((enum sf_fit)reason);
}

static size_t code_index(int status)
{
	for (size_t i = 0; i < SF_METRICS_CODES; i++) {
		if (codes[i] == status) {
			return i;
		}
	}
	return SF_METRICS_CODES - 1;
}

void sf_metrics_request(struct sf_metrics *metrics, enum sf_verb verb, int status, uint64_t ns)
{
	uint64_t us = ns / 1000;
	size_t slot = 0;
	while (slot < SF_METRICS_BUCKETS && us > buckets[slot].us) {
		slot++;
	}
	atomic_fetch_add(&metrics->requests[verb][code_index(status)], 1);
	atomic_fetch_add(&metrics->bucket[verb][slot], 1);
	atomic_fetch_add(&metrics->duration_us[verb], us);
}

static void head(const char *name, const char *type, const char *help, struct sf_str *out)
{
	sf_str_printf(out, "# HELP slicefit_%s %s\n# TYPE slicefit_%s %s\n", name, help, name,
	              type);
}

static void write_requests(const struct sf_metrics *metrics, struct sf_str *out)
{
	head("requests_total", "counter", "Requests answered.", out);
	for (int verb = 0; verb < SF_VERBS; verb++) {
		for (size_t i = 0; i < SF_METRICS_CODES; i++) {
			unsigned long long n = atomic_load(&metrics->requests[verb][i]);
			if (n == 0 && (verb > SF_VERB_PRIORITIZE || codes[i] != 200)) {
				continue;
			}
			sf_str_printf(out,
			              "slicefit_requests_total{verb=\"%s\",code=\"%d\"} %llu\n",
			              sf_verb_name((enum sf_verb)verb), codes[i], n);
		}
	}
	head("request_errors_total", "counter",
	     "Extender requests answered with 200 that were not understood.", out);
	for (int verb = 0; verb <= SF_VERB_PRIORITIZE; verb++) {
		sf_str_printf(out, "slicefit_request_errors_total{verb=\"%s\"} %llu\n",
		              sf_verb_name((enum sf_verb)verb),
		              atomic_load(&metrics->errors[verb]));
	}
}

static void write_durations(const struct sf_metrics *metrics, struct sf_str *out)
{
	head("request_duration_seconds", "histogram",
	     "From the head of a request until its answer is ready.", out);
	for (int verb = 0; verb < SF_VERBS; verb++) {
		const char *name = sf_verb_name((enum sf_verb)verb);
		unsigned long long sum = 0, us = atomic_load(&metrics->duration_us[verb]);
		for (size_t i = 0; i < SF_METRICS_BUCKETS; i++) {
			sum += atomic_load(&metrics->bucket[verb][i]);
			sf_str_printf(out,
			              "slicefit_request_duration_seconds_bucket{verb=\"%s\","
			              "le=\"%s\"} %llu\n",
			              name, buckets[i].le, sum);
		}
		sum += atomic_load(&metrics->bucket[verb][SF_METRICS_BUCKETS]);
		sf_str_printf(out,
		              "slicefit_request_duration_seconds_bucket{verb=\"%s\",le=\"+Inf\"} "
		              "%llu\n"
		              "slicefit_request_duration_seconds_sum{verb=\"%s\"} %llu.%06llu\n"
		              "slicefit_request_duration_seconds_count{verb=\"%s\"} %llu\n",
		              name, sum, name, us / 1000000, us % 1000000, name, sum);
	}
}

void sf_metrics_write(const struct sf_metrics *metrics, struct sf_str *out)
{
	write_requests(metrics, out);
	write_durations(metrics, out);
	head("filtered_nodes_total", "counter", "Nodes that filter refused.", out);
	for (int i = SF_FITS + 1; i < SF_REASONS; i++) {
		sf_str_printf(out, "slicefit_filtered_nodes_total{reason=\"%s\"} %llu\n",
		              sf_metrics_reason(i), atomic_load(&metrics->refused[i]));
	}
}

void sf_metrics_write_cluster(const struct sf_cluster *cluster, struct sf_str *out)
{
	const struct sf_catalog *catalog = sf_cluster_catalog(cluster);
	size_t n = sf_catalog_count(catalog);
	uint64_t *gpus = sf_xcalloc(n + 1, sizeof(*gpus)); /* the last one: unknown products */
	uint32_t nodes = sf_cluster_nodes(cluster);
	for (uint32_t i = 0; i < nodes; i++) {
		const struct sf_node *node = sf_cluster_node(cluster, i);
		for (uint8_t k = 0; k < node->n_gpus; k++) {
			const struct sf_product *product = node->gpu[k].product;
			gpus[product != NULL ? product->index : n]++;
		}
	}
	head("nodes", "gauge", "Nodes of the cluster that names refer to.", out);
	sf_str_printf(out, "slicefit_nodes %u\n", nodes);
	head("gpus", "gauge", "GPUs of that cluster.", out);
	for (size_t i = 0; i <= n; i++) {
		if (gpus[i] > 0) {
			sf_str_printf(out, "slicefit_gpus{product=\"%s\"} %llu\n",
			              i < n ? sf_catalog_at(catalog, i)->name : "unknown",
			              (unsigned long long)gpus[i]);
		}
	}
	free(gpus);
}
