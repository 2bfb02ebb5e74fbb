/* study_json: the results of a placement study as JSON (docs/fgd-study.md). */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/study_report.h>

#include "study_report_impl.h"

#include <slicefit/json.h>
#include <slicefit/str.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char schema[] = "slicefit.study/1";

/* Names of the formulas in docs/fgd-study.md: a changed formula gets a new name. */
static const char *const formulas[][2] = {
	{"alloc_pct", "milli-gpus-used/1"},
	{"frag_pct", "fgd-fragment-of-all-gpus/1"},
	{"frag_ratio_pct", "fgd-fragment-of-free-gpus/1"},
	{"at", "mean-by-rounded-arrived-percent/1"},
};

/* Six decimals: more than is meaningful, and the same text on every machine. */
static double rounded(double value)
{
	return round(value * 1e6) / 1e6;
}

/* A value of one run, to the four decimals that the published results are given with. printf rounds
 * the exact binary value; multiplying first would round twice. */
static double published(double value)
{
	char text[32];
	snprintf(text, sizeof(text), "%.4f", value);
	return isnan(value) ? value : strtod(text, NULL);
}

static const char *point_key(int at, char out[8])
{
	snprintf(out, 8, "%d", at);
	return out;
}

static void write_curve(struct sf_json *json, const struct sf_study_result *result,
                        enum sf_study_curve curve)
{
	char key[32];
	snprintf(key, sizeof(key), "%s_at", sf_study_curve_names[curve]);
	sf_json_object(json, key);
	for (size_t i = 0; i < SF_STUDY_AT_N; i++) {
		double value = sf_study_curve_of(result, curve)[sf_study_at[i]];
		sf_json_real(json, point_key(sf_study_at[i], key), published(value));
	}
	sf_json_end(json);
}

static void write_counts(struct sf_json *json, const struct sf_study_result *result)
{
	sf_json_object(json, "pods");
	sf_json_int(json, "arrived", result->arrived);
	sf_json_int(json, "placed", result->placed);
	sf_json_int(json, "rejected", result->arrived - result->placed);
	sf_json_int(json, "arrived_gpu", result->arrived_gpu);
	sf_json_int(json, "placed_gpu", result->placed_gpu);
	sf_json_end(json);
	sf_json_object(json, "gpu_milli");
	sf_json_int(json, "capacity", result->capacity_milli);
	sf_json_int(json, "arrived", result->arrived_milli);
	sf_json_int(json, "placed", result->placed_milli);
	sf_json_end(json);
	sf_json_int(json, "typical_pods", result->typical);
}

static void write_result(struct sf_json *json, const struct sf_study_report *report, size_t trace,
                         size_t policy, size_t seed)
{
	const struct sf_study_result *result = sf_study_result_at(report, trace, policy, seed);
	sf_json_object(json, NULL);
	sf_json_str(json, "trace", report->trace[trace]);
	sf_json_str(json, "policy", report->policy[policy]);
	sf_json_str(json, "algorithm", result->policy);
	sf_json_int(json, "seed", (int64_t)result->seed);
	write_counts(json, result);
	for (int c = 0; c < SF_STUDY_CURVES; c++) {
		write_curve(json, result, (enum sf_study_curve)c);
	}
	sf_json_end(json);
}

static void write_stats(struct sf_json *json, const char *key, const struct sf_stats *stats)
{
	sf_json_object(json, key);
	sf_json_real(json, "mean", rounded(stats->mean));
	sf_json_real(json, "half_95", rounded(stats->half_95));
	sf_json_end(json);
}

static void write_summary(struct sf_json *json, const struct sf_study_report *report, size_t trace,
                          size_t policy)
{
	char key[32];
	sf_json_object(json, NULL);
	sf_json_str(json, "trace", report->trace[trace]);
	sf_json_str(json, "policy", report->policy[policy]);
	for (int c = 0; c < SF_STUDY_CURVES; c++) {
		snprintf(key, sizeof(key), "%s_at", sf_study_curve_names[c]);
		sf_json_object(json, key);
		for (size_t i = 0; i < SF_STUDY_AT_N; i++) {
			struct sf_stats stats = sf_study_stats(
				report, trace, policy, (enum sf_study_curve)c, sf_study_at[i]);
			write_stats(json, point_key(sf_study_at[i], key), &stats);
		}
		sf_json_end(json);
	}
	sf_json_end(json);
}

/* The best policy of a trace against each other one. */
static void write_comparisons(struct sf_json *json, const struct sf_study_report *report,
                              size_t trace)
{
	int at = sf_study_headline(report, trace);
	if (at < 0) {
		return;
	}
	size_t best = sf_study_report_best(report, trace, at);
	for (size_t p = 0; p < report->n_policies; p++) {
		if (p == best) {
			continue;
		}
		struct sf_stats lead = sf_study_lead(report, trace, best, p, at);
		sf_json_object(json, NULL);
		sf_json_str(json, "trace", report->trace[trace]);
		sf_json_int(json, "arrived_pct", at);
		sf_json_str(json, "best", report->policy[best]);
		sf_json_str(json, "policy", report->policy[p]);
		write_stats(json, "alloc_pct_more", &lead);
		sf_json_bool(json, "beyond_noise", sf_stats_beyond_noise(&lead));
		sf_json_end(json);
	}
}

static void write_head(struct sf_json *json, const struct sf_study_report *report)
{
	sf_json_str(json, "schema", schema);
	sf_json_str(json, "study", report->title);
	sf_json_int(json, "nodes", report->nodes);
	sf_json_int(json, "gpus", report->gpus);
	sf_json_real(json, "tune", report->tune);
	sf_json_object(json, "formulas");
	for (size_t i = 0; i < sizeof(formulas) / sizeof(formulas[0]); i++) {
		sf_json_str(json, formulas[i][0], formulas[i][1]);
	}
	sf_json_end(json);
}

void sf_study_report_json(const struct sf_study_report *report, struct sf_str *out)
{
	struct sf_json *json = sf_json_create_object();
	write_head(json, report);
	sf_json_array(json, "results");
	for (size_t t = 0; t < report->n_traces; t++) {
		for (size_t p = 0; p < report->n_policies; p++) {
			for (size_t s = 0; s < report->n_seeds; s++) {
				write_result(json, report, t, p, s);
			}
		}
	}
	sf_json_end(json);
	sf_json_array(json, "summary");
	for (size_t t = 0; t < report->n_traces; t++) {
		for (size_t p = 0; p < report->n_policies; p++) {
			write_summary(json, report, t, p);
		}
	}
	sf_json_end(json);
	sf_json_array(json, "comparisons");
	for (size_t t = 0; t < report->n_traces; t++) {
		write_comparisons(json, report, t);
	}
	sf_json_end(json);
	sf_json_write(json, true, out);
	sf_json_destroy(json);
}
