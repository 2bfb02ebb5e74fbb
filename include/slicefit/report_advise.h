/* report_advise: advice for workloads as a table and as JSON. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REPORT_ADVISE_H
#define SF_REPORT_ADVISE_H

#include <slicefit/advise.h>
#include <slicefit/table.h>

struct sf_str;

/* "1g.10gb has 9728 MiB and 1 of 7 slices; ...": the rule and its numbers. */
void sf_report_advice_why(const struct sf_scenario *scenario, const struct sf_advice *advice,
                          struct sf_str *out);

void sf_report_advise_table(const struct sf_scenario *scenario, const struct sf_advices *advices,
                            enum sf_table_format format, struct sf_str *out);
void sf_report_advise_json(const struct sf_scenario *scenario, const struct sf_advices *advices,
                           struct sf_str *out);

#endif
