/* plan_results: see plan_results.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_results.h"

#include "cli.h"

#include <slicefit/arena.h>
#include <slicefit/emit.h>
#include <slicefit/error.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int emit(const struct sf_plan_results *results, const char *dir, struct sf_error *err)
{
	const struct sf_scenario *scenario = &results->joined.scenario;
	struct sf_cluster *before = sf_scenario_cluster(scenario, err);
	const struct sf_emit what = {scenario, before, &results->joined.plan, results->rollout};
	int rc = before ? sf_emit_plan(&what, dir, err) : -1;

	if (rc == 0 && sf_cli_verbosity >= 0) {
		fprintf(stderr, "wrote the plan's files to %s; %s/README.md says what they are\n",
		        dir, dir);
	}
	sf_cluster_destroy(before);
	return rc;
}

/* What every report has. */
static int work_out_plan(struct sf_plan_results *results, const struct sf_plan_wishes *wishes,
                         struct sf_plan_report *report, struct sf_error *err)
{
	struct sf_plan_joined *joined = &results->joined;

	results->arena = sf_arena_create(0);
	if (sf_plan_join(report->scenario, report->plan, results->arena, joined, err)) {
		return -1;
	}
	results->rollout =
		sf_rollout_create(&joined->scenario, &joined->plan, &wishes->rollout, err);
	results->reason =
		results->rollout ? sf_plan_reasons(report->scenario, report->plan, err) : NULL;
	report->rollout = results->rollout;
	report->reason = results->reason;
	return results->reason ? 0 : -1;
}

/* What is asked for. */
static int work_out_more(struct sf_plan_results *results, const struct sf_plan_wishes *wishes,
                         struct sf_plan_report *report, struct sf_error *err)
{
	if (!wishes->no_verify) {
		if (sf_plan_verify(report->scenario, report->plan, results->rollout,
		                   &results->verify, err)) {
			return -1;
		}
		report->verify = &results->verify;
	}
	if (wishes->verify) {
		if (sf_plan_replay(report->scenario, results->rollout, &results->replay, err)) {
			return -1;
		}
		report->replay = &results->replay;
	}
	if (wishes->what_if) {
		results->what_if =
			sf_what_if_create(report->scenario, report->plan, &wishes->plan, err);
		report->what_if = results->what_if;
	}
	return wishes->what_if && !results->what_if ? -1 : 0;
}

int sf_plan_results_init(struct sf_plan_results *results, const struct sf_plan_wishes *wishes,
                         struct sf_plan_report *report, struct sf_error *err)
{
	memset(results, 0, sizeof *results);
	if (work_out_plan(results, wishes, report, err) ||
	    work_out_more(results, wishes, report, err)) {
		return -1;
	}
	return wishes->emit ? emit(results, wishes->emit, err) : 0;
}

void sf_plan_results_finish(struct sf_plan_results *results)
{
	free(results->reason);
	sf_rollout_destroy(results->rollout);
	sf_plan_replay_finish(&results->replay);
	sf_what_if_destroy(results->what_if);
	sf_arena_destroy(results->arena);
}
