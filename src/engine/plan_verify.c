/* plan_verify: a plan under replay: what a scheduler makes of the planned nodes. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/plan.h>

#include <slicefit/alloc.h>
#include <slicefit/error.h>
#include <slicefit/replay.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLICY "best-fit"

/* Higher priority first; within it, who wants more of a node comes first. */
static int compare_workloads(const void *a, const void *b)
{
	const struct sf_workload *x = a, *y = b;
	const struct sf_request_spec *p = &x->request, *q = &y->request;
	int32_t by_gpu = (int32_t)q->gpu - p->gpu;

	if (x->priority != y->priority) {
		return x->priority > y->priority ? -1 : 1;
	}
	if (by_gpu) {
		return by_gpu;
	}
	if (p->cpu_milli != q->cpu_milli) {
		return p->cpu_milli > q->cpu_milli ? -1 : 1;
	}
	return x->line < y->line ? -1 : x->line > y->line;
}

/* Pods of the workload `at` that get larger instances ask for them: workloads of their own. Returns
 * how many there are with it. */
static size_t split_ways(const struct sf_plan *plan, uint32_t workload, struct sf_workload *at)
{
	size_t n = 1;

	for (size_t i = 0; i < plan->n_ways; i++) {
		const struct sf_plan_way *way = &plan->way[i];
		struct sf_workload *to = &at[n];

		if (way->workload != workload) {
			continue;
		}
		*to = at[0];
		to->count = way->pods;
		snprintf(to->request.mig[0].profile, sizeof to->request.mig[0].profile, "%s",
		         way->profile);
		at[0].count -= way->pods;
		n++;
	}
	return n;
}

/* The demand as workloads that all come at once and stay, each pod for itself, also those that run
 * already: a plan knows neither gangs nor quotas, and who would be preempted is in the demand, too. */
static struct sf_workload *at_once(const struct sf_scenario *scenario, const struct sf_plan *plan,
                                   bool planned, size_t *n)
{
	const struct sf_demand *demand = &plan->demand;
	struct sf_workload *out = sf_xcalloc(scenario->n_workloads + plan->n_ways + 1, sizeof *out);

	*n = 0;
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		struct sf_workload *to = &out[*n];

		if (!demand->pods[i]) {
			continue;
		}
		*to = scenario->workload[i];
		to->count = demand->pods[i];
		memset(&to->arrival, 0, sizeof to->arrival);
		memset(&to->duration, 0, sizeof to->duration);
		to->duration.kind = SF_DURATION_FOREVER;
		to->deadline_s = -1;
		to->gang = 0;
		to->namespace = 0;
		to->preempts = false;
		to->n_running = 0;
		to->n_running_pods = 0;
		to->line = (uint32_t)i;
		*n += planned ? split_ways(plan, (uint32_t)i, to) : 1;
	}
	qsort(out, *n, sizeof *out, compare_workloads);
	return out;
}

static int placed_on(const struct sf_scenario *nodes, struct sf_workload *workload, size_t n,
                     uint32_t *placed, struct sf_error *err)
{
	struct sf_scenario run = *nodes;
	struct sf_replay_result result;

	run.workload = workload;
	run.n_workloads = n;
	memset(&run.trace, 0, sizeof run.trace);
	run.n_expects = 0;
	run.n_events = 0;
	run.backs_off = false;
	memset(&run.contention, 0, sizeof run.contention);
	run.horizon_s = -1;
	if (sf_replay_run(&run, sf_policy_find(POLICY), nodes->seed, NULL, &result, err)) {
		return -1;
	}
	*placed = result.placed;
	sf_replay_finish(&result);
	return 0;
}

int sf_plan_verify(const struct sf_scenario *scenario, const struct sf_plan *plan,
                   struct sf_plan_verify *out, struct sf_error *err)
{
	struct sf_workload *workload;
	size_t n;
	int rc;

	memset(out, 0, sizeof *out);
	out->policy = POLICY;
	for (size_t i = 0; i < plan->n_served; i++) {
		out->wanted += plan->served[i].wanted;
		out->planned_before += plan->served[i].before;
		out->planned += plan->served[i].served;
	}
	workload = at_once(scenario, plan, false, &n);
	rc = placed_on(scenario, workload, n, &out->before, err);
	free(workload);
	if (!rc) {
		workload = at_once(scenario, plan, true, &n);
		rc = placed_on(plan->after, workload, n, &out->served, err);
		free(workload);
	}
	return rc;
}
