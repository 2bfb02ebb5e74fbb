/* report_lint: what `slicefit lint` found, for people, programs and CI. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REPORT_LINT_H
#define SF_REPORT_LINT_H

#include <stdbool.h>

struct sf_lint;
struct sf_lint_rule;
struct sf_str;

/* FILE:LINE:COLUMN: error SF101: message, the line with a caret, the mend; then a summary line. */
void sf_lint_report_text(const struct sf_lint *lint, bool colour, struct sf_str *out);

/* {"findings": [...], "summary": {...}} */
void sf_lint_report_json(const struct sf_lint *lint, struct sf_str *out);

/* SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0), the rules with their help. */
void sf_lint_report_sarif(const struct sf_lint *lint, const char *version, struct sf_str *out);

/* Workflow commands of GitHub Actions, one line per finding. */
void sf_lint_report_github(const struct sf_lint *lint, struct sf_str *out);

/* One rule at length; all rules as a Markdown table. */
void sf_lint_report_rule(const struct sf_lint_rule *rule, struct sf_str *out);
void sf_lint_report_rules(struct sf_str *out);

#endif
