/* study_report_impl: what the reports of a study share. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_STUDY_REPORT_IMPL_H
#define SF_STUDY_REPORT_IMPL_H

#include <slicefit/stats.h>
#include <slicefit/study_report.h>

/* "alloc_pct", ... */
extern const char *const sf_study_curve_names[SF_STUDY_CURVES];

const double *sf_study_curve_of(const struct sf_study_result *result, enum sf_study_curve curve);

const struct sf_study_result *sf_study_result_at(const struct sf_study_report *report, size_t trace,
                                                 size_t policy, size_t seed);

/* Over the seeds; NaN where a seed has no value. */
struct sf_stats sf_study_stats(const struct sf_study_report *report, size_t trace, size_t policy,
                               enum sf_study_curve curve, int at);

/* How much more a policy allocates than another, seed by seed. */
struct sf_stats sf_study_lead(const struct sf_study_report *report, size_t trace, size_t policy,
                              size_t other, int at);

/* The arrived % at which policies are compared: 100, or the highest of sf_study_at below it that
 * every run has; -1 when there is none. */
int sf_study_headline(const struct sf_study_report *report, size_t trace);

#endif
