/* prometheus: questions to a Prometheus server. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PROMETHEUS_H
#define SF_PROMETHEUS_H

#include <stdint.h>

struct sf_error;
struct sf_str;

struct sf_prometheus {
	const char *url;        /* "http://prometheus:9090", maybe with a path */
	const char *token_file; /* bearer token; NULL: none */
	const char *ca_file;    /* PEM; NULL: the roots of the system */
};

struct sf_prometheus_range {
	const char *query;
	int64_t start_s, end_s; /* since 1970 */
	uint32_t step_s;
};

/* The server gives no more points of a series (web/api/v1/api.go). */
enum { SF_PROMETHEUS_POINTS_MAX = 11000, SF_PROMETHEUS_BYTES_MAX = 1 << 30 };

/* Appends the answer of /api/v1/query_range. -1 and err when there is none, or not 2xx. */
int sf_prometheus_range(const struct sf_prometheus *server, const struct sf_prometheus_range *range,
                        struct sf_str *out, struct sf_error *err);

#endif
