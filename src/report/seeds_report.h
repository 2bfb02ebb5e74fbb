/* seeds_report: what several seeds say: intervals, differences between policies, a verdict. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SEEDS_REPORT_H
#define SF_SEEDS_REPORT_H

#include <slicefit/table.h>
#include <slicefit/trial.h>

struct sf_json;
struct sf_str;

/* A table of mean ± half the 95 % interval, one of differences, with `details` one row per workload
 * and policy, and the verdict. */
void sf_seeds_report_text(const struct sf_trial *trial, enum sf_table_format format, bool details,
                          struct sf_str *out);

/* The members `seeds`, `summary`, `differences` and `verdict` of the current object. */
void sf_seeds_report_json(const struct sf_trial *trial, struct sf_json *json);

/* "best-fit is better than kube-default: 19.4 pods placed as asked against 17.1, 2.3 ± 0.8 more
 * (95 % confidence, 10 seeds), beyond noise." Several policies and seeds. */
void sf_seeds_report_verdict(const struct sf_trial *trial, const struct sf_verdict *verdict,
                             struct sf_str *out);

#endif
