/* report_plan: a plan as text, Markdown and JSON (docs/plan.md). */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REPORT_PLAN_H
#define SF_REPORT_PLAN_H

#include <slicefit/plan_reason.h>

struct sf_plan_replay;
struct sf_rollout;
struct sf_str;
struct sf_what_if;

/* Everything is borrowed; what follows `plan` may be NULL. */
struct sf_plan_report {
	const struct sf_scenario *scenario;
	const struct sf_plan *plan;
	const struct sf_plan_reason *reason; /* of each of plan->node */
	const struct sf_plan_verify *verify;
	const struct sf_rollout *rollout;
	const struct sf_plan_replay *replay;
	const struct sf_what_if *what_if;
};

void sf_plan_report_text(const struct sf_plan_report *report, struct sf_str *out);
void sf_plan_report_markdown(const struct sf_plan_report *report, struct sf_str *out);

/* schema "slicefit.plan/1" */
void sf_plan_report_json(const struct sf_plan_report *report, struct sf_str *out);

/* "drained: 3g.40gb for train (priority 10) fits nowhere else" */
void sf_plan_reason_text(const struct sf_scenario *scenario, const struct sf_node_plan *node,
                         const struct sf_plan_reason *reason, struct sf_str *out);

/* Pods that are wanted and not served. */
uint32_t sf_plan_report_unserved(const struct sf_plan *plan);

#endif
