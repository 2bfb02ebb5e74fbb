/* plan_results: what `slicefit plan` works out beside the plan itself. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_CLI_PLAN_RESULTS_H
#define SF_CLI_PLAN_RESULTS_H

#include <slicefit/plan_replay.h>
#include <slicefit/report_plan.h>
#include <slicefit/what_if.h>

/* What is asked for. */
struct sf_plan_wishes {
	bool no_verify; /* not even all pods at once */
	bool verify;    /* the scenario before and after, with its times */
	bool what_if;
	const char *emit; /* folder, or NULL */
	struct sf_plan_options plan;
	struct sf_rollout_options rollout;
};

struct sf_plan_results {
	struct sf_plan_reason *reason;
	struct sf_arena *arena;
	struct sf_plan_joined joined; /* in the arena */
	struct sf_plan_verify verify;
	struct sf_rollout *rollout;
	struct sf_plan_replay replay;
	struct sf_what_if *what_if;
};

/* Works everything out, writes the files, and points the report at it. */
int sf_plan_results_init(struct sf_plan_results *results, const struct sf_plan_wishes *wishes,
                         struct sf_plan_report *report, struct sf_error *err);
void sf_plan_results_finish(struct sf_plan_results *results);

#endif
