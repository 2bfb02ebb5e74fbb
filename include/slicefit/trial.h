/* trial: one scenario under several policies and seeds, and which policy is better. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_TRIAL_H
#define SF_TRIAL_H

#include <slicefit/replay.h>
#include <slicefit/stats.h>

/* Everything is borrowed. */
struct sf_trial {
	const struct sf_scenario *scenario;
	size_t n_policies, n_seeds;
	const struct sf_replay_result *result; /* policy by policy, in each seed by seed */
};

/* Name of a policy. */
const char *sf_trial_policy(const struct sf_trial *trial, size_t policy);

/* A metric (by its index) of a policy over the seeds. */
struct sf_stats sf_trial_metric(const struct sf_trial *trial, size_t policy, size_t metric);

/* By how much the metric of `policy` exceeds that of `than`, seed by seed. */
struct sf_stats sf_trial_difference(const struct sf_trial *trial, size_t policy, size_t than,
                                    size_t metric);

/* What makes a policy better: first pods placed as asked (placed - misplaced), strictly by
 * priority; then GPU capacity allocated; then the mean wait. */
enum sf_criterion_kind { SF_CRITERION_PLACED, SF_CRITERION_ALLOCATED, SF_CRITERION_WAIT };

struct sf_criterion {
	enum sf_criterion_kind kind;
	int64_t priority; /* PLACED: of the pods counted */
};

/* Two policies side by side on the criterion that tells most of them. */
struct sf_verdict {
	size_t better, worse; /* policies; `better` is ahead on the criterion, if anybody is */
	struct sf_criterion criterion;
	struct sf_stats of_better, of_worse;
	struct sf_stats lead; /* of `better`, seed by seed; positive is good */
	bool decided; /* the lead shows at one decimal and, with several seeds, is beyond noise */
	bool equal;   /* no lead on any criterion, on no seed */
};

/* The first criterion on which one of the two has a decided lead; if there is none, the first on
 * which their means differ. */
struct sf_verdict sf_trial_verdict(const struct sf_trial *trial, size_t a, size_t b);

/* The policy that no later one beats in the order of the trial, and that beats those before it.
 * Among equals kube-default, unless it left GPU memory unchecked; else the first. */
size_t sf_trial_best(const struct sf_trial *trial);

/* The policy that the best one is held against: kube-default if it ran, else the best of the
 * others; `best` itself when there are none. */
size_t sf_trial_rival(const struct sf_trial *trial, size_t best);

/* Do the scenario's workloads have different priorities? */
bool sf_trial_by_priority(const struct sf_scenario *scenario);

/* The policy that differences are taken to: kube-default if it ran, else the first. */
size_t sf_trial_base(const struct sf_trial *trial);

#endif
