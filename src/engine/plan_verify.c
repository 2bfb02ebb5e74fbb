/* plan_verify: a plan under replay: what a scheduler makes of the planned nodes. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/rollout.h>

#include <slicefit/alloc.h>
#include <slicefit/error.h>
#include <slicefit/replay.h>
#include <slicefit/running.h>

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

/* Who of it runs already. Nobody when more of its pods get larger instances than do not run. */
static void keep_running(const struct sf_workload *running, struct sf_workload *to)
{
	bool fits = running && running->n_running_pods <= to->count;

	to->n_running = fits ? running->n_running : 0;
	to->running = fits ? running->running : NULL;
	to->n_running_pods = fits ? running->n_running_pods : 0;
}

/* The workload as one that comes at once and stays, each pod for itself: a plan knows neither gangs nor
 * quotas, and who would be preempted is in the demand, too. */
static void simplify(const struct sf_workload *from, uint32_t count, uint32_t index,
                     struct sf_workload *to)
{
	*to = *from;
	to->count = count;
	memset(&to->arrival, 0, sizeof to->arrival);
	memset(&to->duration, 0, sizeof to->duration);
	to->duration.kind = SF_DURATION_FOREVER;
	to->deadline_s = -1;
	to->gang = 0;
	to->namespace = 0;
	to->preempts = false;
	to->n_running = 0;
	to->n_running_pods = 0;
	to->line = index;
}

/* A side of the comparison. */
struct side {
	const struct sf_scenario *nodes; /* and who runs there */
	bool planned;                    /* pods ask for what the plan gives them */
	size_t n;
	struct sf_workload *workload;
	uint32_t running, placed;
};

static void read_side(const struct sf_plan *plan, bool running, struct side *side)
{
	size_t all = side->nodes->n_workloads;

	side->n = side->running = 0;
	side->workload = sf_xcalloc(all + plan->n_ways + 1, sizeof *side->workload);
	for (size_t i = 0; i < all; i++) {
		const struct sf_workload *from = &side->nodes->workload[i];
		struct sf_workload *to = &side->workload[side->n];

		if (plan->served[i].wanted) {
			simplify(from, plan->served[i].wanted, (uint32_t)i, to);
			side->n += side->planned ? split_ways(plan, (uint32_t)i, to) : 1;
			keep_running(running ? from : NULL, to);
			side->running += to->n_running_pods;
		}
	}
	qsort(side->workload, side->n, sizeof *side->workload, compare_workloads);
}

static struct sf_scenario scenario_of(const struct side *side)
{
	struct sf_scenario run = *side->nodes;

	run.workload = side->workload;
	run.n_workloads = side->n;
	memset(&run.trace, 0, sizeof run.trace);
	run.n_expects = 0;
	run.n_events = 0;
	run.backs_off = false;
	memset(&run.contention, 0, sizeof run.contention);
	run.horizon_s = -1;
	return run;
}

/* Can all that run be where they run, as far as the model knows their devices? */
static bool can_run(const struct side *side)
{
	struct sf_scenario run = scenario_of(side);
	struct sf_cluster *cluster = sf_scenario_cluster(&run, NULL);
	bool can = cluster && sf_running_fill(&run, cluster, NULL) == 0;

	sf_cluster_destroy(cluster);
	return can;
}

static int replay(struct side *side, struct sf_error *err)
{
	struct sf_scenario run = scenario_of(side);
	struct sf_replay_result result;

	if (sf_replay_run(&run, sf_policy_find(POLICY), run.seed, NULL, &result, err)) {
		return -1;
	}
	side->placed = result.placed;
	sf_replay_finish(&result);
	return 0;
}

int sf_plan_verify(const struct sf_scenario *scenario, const struct sf_plan *plan,
                   const struct sf_rollout *rollout, struct sf_plan_verify *out,
                   struct sf_error *err)
{
	struct side before = {.nodes = scenario},
		    after = {.nodes = rollout->after, .planned = true};
	int rc;

	read_side(plan, true, &before);
	read_side(plan, true, &after);
	if (!can_run(&before) || !can_run(&after)) {
		free(before.workload);
		free(after.workload);
		read_side(plan, false, &before);
		read_side(plan, false, &after);
	}
	rc = replay(&before, err) || replay(&after, err) ? -1 : 0;
	*out = (struct sf_plan_verify){.policy = POLICY,
	                               .running = before.running,
	                               .before = before.placed,
	                               .served = after.placed};
	for (size_t i = 0; i < plan->n_served; i++) {
		out->wanted += plan->served[i].wanted;
		out->planned_before += plan->served[i].before;
		out->planned += plan->served[i].served;
	}
	free(before.workload);
	free(after.workload);
	return rc;
}
