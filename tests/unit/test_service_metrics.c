/* test_service_metrics: what the service counts. */
// SPDX-License-Identifier: Apache-2.0
#include "service/metrics.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <slicefit/str.h>
#include <string.h>

/* How often the text has this line. */
static unsigned count_of(const struct sf_str *text, const char *line)
{
	unsigned n = 0;
	size_t len = strlen(line);
	for (const char *at = text->text; (at = strstr(at, line)) != NULL; at += len) {
		n += (at == text->text || at[-1] == '\n') && at[len] == '\n';
	}
	return n;
}

Test(service_metrics, each_event_has_its_own_cell)
{
	static const struct {
		enum sf_metric metric;
		unsigned first, second;
		const char *line;
	} rows[] = {
		{SF_METRIC_REQUESTS, SF_VERB_FILTER, 0,
	         "slicefit_requests_total{verb=\"filter\",code=\"200\"} "},
		{SF_METRIC_REQUESTS, SF_VERB_FILTER, 1,
	         "slicefit_requests_total{verb=\"filter\",code=\"400\"} "},
		{SF_METRIC_REQUESTS, SF_VERB_OTHER, 0,
	         "slicefit_requests_total{verb=\"other\",code=\"200\"} "},
		{SF_METRIC_REQUEST_ERRORS, SF_VERB_PRIORITIZE, 0,
	         "slicefit_request_errors_total{verb=\"prioritize\"} "},
		{SF_METRIC_DENIALS, SF_FIT_NOT_READY, 0,
	         "slicefit_denials_total{reason=\"node takes no pods\"} "},
		{SF_METRIC_DENIALS, SF_REASON_UNKNOWN, 0,
	         "slicefit_denials_total{reason=\"unknown node\"} "},
	};
	enum { N = sizeof(rows) / sizeof(rows[0]) };
	struct sf_metrics metrics;
	struct sf_str text = {0};
	sf_metrics_init(&metrics);
	for (unsigned i = 0; i < N; i++) {
		sf_metrics_add(&metrics, rows[i].metric, rows[i].first, rows[i].second, i + 100);
	}
	sf_metrics_write(&metrics, &text);
	for (unsigned i = 0; i < N; i++) {
		struct sf_str line = {0};
		sf_str_printf(&line, "%s%u", rows[i].line, i + 100);
		cr_expect(eq(u32, count_of(&text, line.text), 1), "row %u: %s", i, line.text);
		sf_str_finish(&line);
	}
	sf_str_finish(&text);
	sf_metrics_finish(&metrics);
}

Test(service_metrics, requests_go_to_four_families)
{
	static const char *const lines[] = {
		"slicefit_requests_total{verb=\"filter\",code=\"413\"} 2",
		"slicefit_request_duration_seconds_bucket{verb=\"filter\",le=\"0.001\"} 1",
		"slicefit_request_duration_seconds_bucket{verb=\"filter\",le=\"0.002\"} 2",
		"slicefit_request_duration_seconds_sum{verb=\"filter\"} 0.003",
		"slicefit_request_body_bytes_bucket{verb=\"filter\",le=\"1024\"} 0",
		"slicefit_request_body_bytes_bucket{verb=\"filter\",le=\"4096\"} 1",
		"slicefit_request_body_bytes_count{verb=\"filter\"} 1",
		/* From the start, before anything happened. */
		"slicefit_requests_total{verb=\"prioritize\",code=\"200\"} 0",
		"slicefit_request_duration_seconds_count{verb=\"prioritize\"} 0",
		"slicefit_denials_total{reason=\"GPU devices in use\"} 0",
	};
	struct sf_metrics metrics;
	struct sf_str text = {0};
	sf_metrics_init(&metrics);
	sf_metrics_request(&metrics,
	                   &(struct sf_metrics_request){SF_VERB_FILTER, 413, 1000000, 2000});
	sf_metrics_request(&metrics, &(struct sf_metrics_request){SF_VERB_FILTER, 413, 2000000, 0});
	sf_metrics_write(&metrics, &text);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		cr_expect(eq(u32, count_of(&text, lines[i]), 1), "%s", lines[i]);
	}
	/* What nobody asked for is not there yet. */
	cr_expect(zero(ptr, strstr(text.text, "verb=\"version\"")));
	cr_expect(zero(ptr, strstr(text.text, "code=\"500\"")));
	sf_str_finish(&text);
	sf_metrics_finish(&metrics);
}

Test(service_metrics, unknown_codes_are_other)
{
	cr_assert(eq(u32, sf_metrics_code(200), 0));
	cr_assert(eq(u32, sf_metrics_code(418), sf_metrics_code(599)));
	cr_assert(ne(u32, sf_metrics_code(418), sf_metrics_code(503)));
}
