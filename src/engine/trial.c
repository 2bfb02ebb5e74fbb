/* trial: one scenario under several policies and seeds, and which policy is better. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/trial.h>

#include <slicefit/alloc.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct sf_replay_result *result_of(const struct sf_trial *trial, size_t policy,
                                                size_t seed)
{
	return &trial->result[policy * trial->n_seeds + seed];
}

const char *sf_trial_policy(const struct sf_trial *trial, size_t policy)
{
	return result_of(trial, policy, 0)->policy;
}

/* A figure of one result: a metric or a criterion. */
struct figure {
	const struct sf_scenario *scenario;
	size_t metric;
	struct sf_criterion criterion;
	double (*read)(const struct figure *figure, const struct sf_replay_result *result);
};

static double read_metric(const struct figure *figure, const struct sf_replay_result *result)
{
	return sf_replay_metric_at(result, figure->metric);
}

/* Pods of one priority placed as they asked. */
static double placed_well(const struct sf_scenario *scenario, const struct sf_replay_result *result,
                          int64_t priority)
{
	int64_t placed = 0;
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		if (scenario->workload[i].priority == priority) {
			placed += result->workload[i].placed;
			placed -= result->workload[i].misplaced;
		}
	}
	return (double)placed;
}

static double read_criterion(const struct figure *figure, const struct sf_replay_result *result)
{
	switch (figure->criterion.kind) {
	case SF_CRITERION_PLACED:
		return placed_well(figure->scenario, result, figure->criterion.priority);
	case SF_CRITERION_ALLOCATED:
		return result->allocated_pct;
	case SF_CRITERION_WAIT:
		break;
	}
	return result->wait_mean_s;
}

static double *values(const struct sf_trial *trial, size_t policy, const struct figure *figure)
{
	double *value = sf_xcalloc(trial->n_seeds + 1, sizeof(*value));
	for (size_t i = 0; i < trial->n_seeds; i++) {
		value[i] = figure->read(figure, result_of(trial, policy, i));
	}
	return value;
}

static struct sf_stats stats_of(const struct sf_trial *trial, size_t policy,
                                const struct figure *figure)
{
	double *value = values(trial, policy, figure);
	struct sf_stats out = sf_stats_of(value, trial->n_seeds);
	free(value);
	return out;
}

static struct sf_stats difference_of(const struct sf_trial *trial, size_t policy, size_t than,
                                     const struct figure *figure)
{
	double *a = values(trial, policy, figure);
	double *b = values(trial, than, figure);
	struct sf_stats out = sf_stats_paired(a, b, trial->n_seeds);
	free(a);
	free(b);
	return out;
}

struct sf_stats sf_trial_metric(const struct sf_trial *trial, size_t policy, size_t metric)
{
	return stats_of(trial, policy, &(struct figure){.metric = metric, .read = read_metric});
}

struct sf_stats sf_trial_difference(const struct sf_trial *trial, size_t policy, size_t than,
                                    size_t metric)
{
	return difference_of(trial, policy, than,
	                     &(struct figure){.metric = metric, .read = read_metric});
}

/* The highest priority below `below` that a workload has; false when there is none. */
static bool next_priority(const struct sf_scenario *scenario, int64_t below, int64_t *out)
{
	bool found = false;
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		int64_t priority = scenario->workload[i].priority;
		if (priority < below && (!found || priority > *out)) {
			*out = priority;
			found = true;
		}
	}
	return found;
}

static bool next_criterion(const struct sf_scenario *scenario, struct sf_criterion *criterion)
{
	switch (criterion->kind) {
	case SF_CRITERION_PLACED:
		if (!next_priority(scenario, criterion->priority, &criterion->priority)) {
			criterion->kind = SF_CRITERION_ALLOCATED;
		}
		return true;
	case SF_CRITERION_ALLOCATED:
		criterion->kind = SF_CRITERION_WAIT;
		return true;
	case SF_CRITERION_WAIT:
		break;
	}
	return false;
}

static long long tenths(double value)
{
	return (long long)floor(value * 10 + 0.5);
}

/* Who is ahead on one criterion, and is that more than chance and rounding? */
static struct sf_verdict judge(const struct sf_trial *trial, size_t a, size_t b,
                               struct sf_criterion criterion)
{
	const struct figure figure = {
		.scenario = trial->scenario, .criterion = criterion, .read = read_criterion};
	struct sf_verdict out = {
		.better = a,
		.worse = b,
		.criterion = criterion,
		.of_better = stats_of(trial, a, &figure),
		.of_worse = stats_of(trial, b, &figure),
	};
	bool less = criterion.kind == SF_CRITERION_WAIT;
	double lead = out.of_better.mean - out.of_worse.mean;
	if (less ? lead > 0 : lead < 0) {
		struct sf_stats of_worse = out.of_better;
		out.of_better = out.of_worse;
		out.of_worse = of_worse;
		out.better = b;
		out.worse = a;
	}
	out.lead = difference_of(trial, less ? out.worse : out.better,
	                         less ? out.better : out.worse, &figure);
	out.equal = !(out.lead.min < 0) && !(out.lead.max > 0);
	out.decided = tenths(out.of_better.mean) != tenths(out.of_worse.mean) &&
	              (trial->n_seeds < 2 || sf_stats_beyond_noise(&out.lead));
	return out;
}

struct sf_verdict sf_trial_verdict(const struct sf_trial *trial, size_t a, size_t b)
{
	struct sf_criterion criterion = {SF_CRITERION_PLACED, INT64_MAX};
	struct sf_verdict first = {.equal = true};
	while (next_criterion(trial->scenario, &criterion)) {
		struct sf_verdict verdict = judge(trial, a, b, criterion);
		if (verdict.decided) {
			return verdict;
		}
		if (first.equal) {
			first = verdict;
		}
	}
	return first;
}

static bool is_kube(const struct sf_trial *trial, size_t policy)
{
	return strcmp(sf_trial_policy(trial, policy), "kube-default") == 0;
}

static bool overlooked(const struct sf_trial *trial, size_t policy)
{
	for (size_t i = 0; i < trial->n_seeds; i++) {
		if (result_of(trial, policy, i)->gpu_memory_unchecked > 0) {
			return true;
		}
	}
	return false;
}

/* Among equals: kube-default, so that nothing is claimed over it, unless it overlooked something. */
static bool goes_first(const struct sf_trial *trial, size_t a, size_t b)
{
	return (is_kube(trial, a) && !overlooked(trial, a)) ||
	       (is_kube(trial, b) && overlooked(trial, b));
}

static bool beats(const struct sf_trial *trial, size_t a, size_t b)
{
	struct sf_verdict verdict = sf_trial_verdict(trial, a, b);
	return verdict.decided ? verdict.better == a : goes_first(trial, a, b);
}

/* The best of all but `without`. */
static size_t best_without(const struct sf_trial *trial, size_t without)
{
	size_t best = without == 0 ? 1 : 0;
	for (size_t i = best + 1; i < trial->n_policies; i++) {
		if (i != without && beats(trial, i, best)) {
			best = i;
		}
	}
	return best;
}

size_t sf_trial_best(const struct sf_trial *trial)
{
	return best_without(trial, trial->n_policies);
}

size_t sf_trial_rival(const struct sf_trial *trial, size_t best)
{
	size_t base = sf_trial_base(trial);
	if (trial->n_policies < 2) {
		return best;
	}
	return is_kube(trial, base) && base != best ? base : best_without(trial, best);
}

size_t sf_trial_base(const struct sf_trial *trial)
{
	for (size_t i = 0; i < trial->n_policies; i++) {
		if (is_kube(trial, i)) {
			return i;
		}
	}
	return 0;
}

bool sf_trial_by_priority(const struct sf_scenario *scenario)
{
	for (size_t i = 1; i < scenario->n_workloads; i++) {
		if (scenario->workload[i].priority != scenario->workload[0].priority) {
			return true;
		}
	}
	return false;
}
