/* plan_more: parts of a plan's report: the roll-out in short, the replay before and after, what if. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_MORE_H
#define SF_PLAN_MORE_H

#include <slicefit/report_plan.h>
#include <slicefit/table.h>

struct sf_json;

/* Each writes nothing when the report does not have the part; in JSON it is null then. */
void plan_rollout_text(const struct sf_rollout *rollout, struct sf_str *out);
void plan_rollout_json(const struct sf_rollout *rollout, struct sf_json *json);

/* GPUs in use and free, by product, and what they cost: always there. */
void plan_usage_text(const struct sf_plan *plan, struct sf_str *out);
void plan_usage_json(const struct sf_plan *plan, struct sf_json *json);

void plan_replay_table(const struct sf_plan_report *report, enum sf_table_format format,
                       struct sf_str *out);
void plan_replay_json(const struct sf_plan_report *report, struct sf_json *json);

void plan_what_if_table(const struct sf_what_if *what_if, enum sf_table_format format,
                        struct sf_str *out);
void plan_what_if_json(const struct sf_what_if *what_if, struct sf_json *json);

#endif
