/* milp_solve: has programs solved. See milp.h. */
// SPDX-License-Identifier: Apache-2.0
#include "solver_impl.h"

#include <slicefit/clock.h>

/* Is the answer known without a solver? */
static bool is_settled(const struct milp_job *job, const struct sf_milp_result *out)
{
	return out->status == SF_MILP_OPTIMAL && !job->limits.relax;
}

static void run(const struct milp_job *job, struct sf_milp_result *out)
{
	milp_begin_result(job, out);
	if (is_settled(job, out)) {
		return;
	}
	if (job->limits.deadline_ns && sf_clock_ns() >= job->limits.deadline_ns) {
		out->time_limited = true;
	} else {
		solver_ask(job->limits.solver, job, out);
	}
}

void sf_milp_solve(const struct sf_milp *milp, const struct sf_milp_limits *limits,
                   const double *start, struct sf_milp_result *out)
{
	struct milp_job job = {.milp = milp, .limits = *limits};

	job.start = start && sf_milp_feasible(milp, start) ? start : NULL;
	run(&job, out);
}

void sf_milp_dive(const struct sf_milp *milp, const struct sf_milp_limits *limits, const int *col,
                  size_t n, struct sf_milp_result *out)
{
	const struct milp_job job = {
		.milp = milp, .limits = *limits, .dive = true, .col = col, .n = n};

	run(&job, out);
}
