/* study_report: the results of a placement study as text, Markdown, CSV and JSON
 * (docs/fgd-study.md). */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_STUDY_REPORT_H
#define SF_STUDY_REPORT_H

#include <slicefit/study.h>

#include <stddef.h>

struct sf_str;

/* Some traces under some policies with some seeds. Everything is borrowed. */
struct sf_study_report {
	const char *title;
	uint32_t nodes;
	int64_t gpus;
	double tune;
	size_t n_traces, n_policies, n_seeds;
	const char *const *trace;
	const char *const *policy; /* as they were called */
	const uint64_t *seed;
	/* By trace, then policy, then seed. */
	const struct sf_study_result *result;
};

/* A title, one row per trace and policy with mean and 95 % confidence interval over the seeds, and
 * one sentence per trace: which policy is best, and whether that is beyond noise. */
void sf_study_report_text(const struct sf_study_report *report, struct sf_str *out);
void sf_study_report_markdown(const struct sf_study_report *report, struct sf_str *out);

/* One row per trace, policy and seed. */
void sf_study_report_csv(const struct sf_study_report *report, struct sf_str *out);

void sf_study_report_json(const struct sf_study_report *report, struct sf_str *out);

/* CSV with one row per trace, policy, seed and arrived % (0 to 130); nothing where no pod came. */
void sf_study_report_series(const struct sf_study_report *report, struct sf_str *out);

/* The arrived % of the tables and of JSON; SF_STUDY_AT_N of them. */
enum { SF_STUDY_AT_N = 8 };
extern const uint8_t sf_study_at[SF_STUDY_AT_N];

/* Values of one curve at an arrived %, one per seed; the curves are numbered as here. */
enum sf_study_curve { SF_STUDY_ALLOC, SF_STUDY_FRAG, SF_STUDY_FRAG_RATIO, SF_STUDY_CURVES };
void sf_study_report_values(const struct sf_study_report *report, size_t trace, size_t policy,
                            enum sf_study_curve curve, int at, double *out);

/* The policy with the highest mean allocation of a trace at an arrived % (the first of equals). */
size_t sf_study_report_best(const struct sf_study_report *report, size_t trace, int at);

#endif
