/* expect: the thresholds of a scenario, checked against the results of its replay. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_EXPECT_H
#define SF_EXPECT_H

#include <slicefit/trial.h>

/* One expectation under one policy. */
struct sf_expect_outcome {
	const struct sf_expect *expect;
	const char *policy;
	double got; /* mean over the seeds */
	bool met;   /* with a slack of one part in 10^9 for rounding */
};

/* Do all expectations name metrics and policies that exist? -1 and "FILE:LINE: ..." if not. */
int sf_expect_validate(const struct sf_scenario *scenario, struct sf_error *err);

/*
 * Outcomes in the order of the scenario, then of the policies (malloc'ed; *n of them). An expectation
 * without a policy is checked under each; one of a policy that did not run is left out. The
 * expectations are valid.
 */
struct sf_expect_outcome *sf_expect_check(const struct sf_trial *trial, size_t *n);

#endif
