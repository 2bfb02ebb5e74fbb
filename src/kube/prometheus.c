/* prometheus: questions to a Prometheus server. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/prometheus.h>

#include <slicefit/error.h>
#include <slicefit/kube_config.h>
#include <slicefit/kube_http.h>
#include <slicefit/str.h>

#include <inttypes.h>
#include <string.h>

/* RFC 3986: all but what needs no mark is marked. */
static void append_escaped(const char *text, struct sf_str *out)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~";
	for (; *text != '\0'; text++) {
		if (strchr(plain, *text) != NULL) {
			sf_str_append_n(out, text, 1);
		} else {
			sf_str_printf(out, "%%%02X", (unsigned char)*text);
		}
	}
}

static int take(void *ctx, const char *bytes, size_t len, struct sf_error *err)
{
	struct sf_str *out = ctx;
	if (len > SF_PROMETHEUS_BYTES_MAX - out->len) {
		return sf_fail(err, SF_ELIMIT, "the answer is too large: ask for a longer step");
	}
	sf_str_append_n(out, bytes, len);
	return 0;
}

static int send(const struct sf_kube_config *config, const char *path, struct sf_str *out,
                struct sf_error *err)
{
	enum { CONNECT_MS = 10000, HEADER_MS = 120000, TOTAL_MS = 300000 };
	const struct sf_kube_request request = {
		.method = SF_KUBE_GET,
		.path = path,
		.gzip = true,
		.limits = {CONNECT_MS, HEADER_MS, TOTAL_MS},
		.body = take,
		.ctx = out,
	};
	struct sf_kube_reply reply;
	struct sf_kube_http *http = sf_kube_http_create(config, err);
	int rc = http != NULL ? sf_kube_http_send(http, &request, &reply, err) : -1;
	sf_kube_http_destroy(http);
	if (rc == 0 && reply.status / 100 != 2) {
		rc = sf_fail(err, SF_EIO, "it answers %d: %s", reply.status, reply.problem);
	}
	return rc;
}

int sf_prometheus_range(const struct sf_prometheus *server, const struct sf_prometheus_range *range,
                        struct sf_str *out, struct sf_error *err)
{
	struct sf_str path = {0}, url = {0};
	size_t len = strlen(server->url);
	if (range->step_s == 0 ||
	    (range->end_s - range->start_s) / range->step_s > SF_PROMETHEUS_POINTS_MAX) {
		return sf_fail(err, SF_EINVAL, "more than %d points of time: ask for a longer step",
		               SF_PROMETHEUS_POINTS_MAX);
	}
	while (len > 0 && server->url[len - 1] == '/') {
		len--;
	}
	sf_str_append_n(&url, server->url, len);
	sf_str_append(&path, "/api/v1/query_range?query=");
	append_escaped(range->query, &path);
	sf_str_printf(&path, "&start=%" PRId64 "&end=%" PRId64 "&step=%" PRIu32, range->start_s,
	              range->end_s, range->step_s);
	const struct sf_kube_config config = {
		.server = sf_str_get(&url),
		.token_file = server->token_file,
		.ca = {.file = server->ca_file},
	};
	int rc = send(&config, sf_str_get(&path), out, err);
	sf_str_finish(&path);
	sf_str_finish(&url);
	return rc < 0 ? sf_wrap(err, "Prometheus at %.80s", server->url) : 0;
}
