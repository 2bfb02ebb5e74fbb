/* expect: the thresholds of a scenario, checked against the results of its replay. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/expect.h>

#include <slicefit/alloc.h>
#include <slicefit/error.h>
#include <slicefit/nearest.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ", did you mean 'X'?", or where the right ones are listed. */
static const char *hint(char *out, size_t cap, const char *name, const char *const *known,
                        const char *listed)
{
	const char *near = sf_nearest_find(name, known);
	if (near) {
		snprintf(out, cap, ", did you mean '%s'?", near);
	} else {
		snprintf(out, cap, ", %s", listed);
	}
	return out;
}

/* The metric that `name` is the end of: "placed" for "pods.placed", or nearly so. */
static const char *without_group(const char *name, const char *const *known)
{
	const char *end[SF_METRICS_MAX] = {NULL};
	for (size_t i = 0; known[i]; i++) {
		const char *dot = strchr(known[i], '.');
		end[i] = dot ? dot + 1 : known[i];
	}
	const char *near = strchr(name, '.') ? NULL : sf_nearest_find(name, end);
	for (size_t i = 0; near && known[i]; i++) {
		if (end[i] == near) {
			return known[i];
		}
	}
	return name;
}

static int fail_metric(const struct sf_scenario *scenario, const struct sf_expect *expect,
                       struct sf_error *err)
{
	const char *known[SF_METRICS_MAX] = {NULL};
	char text[96];
	for (size_t i = 0; sf_replay_metric_path(i, NULL); i++) {
		known[i] = sf_replay_metric_path(i, NULL);
	}
	return sf_fail(err, SF_EINVAL, "%s:%u:%u: expect: unknown metric '%s'%s", scenario->path,
	               expect->line, expect->column, expect->metric,
	               hint(text, sizeof(text), without_group(expect->metric, known), known,
	                    "docs/scenario-format.md lists them under Metrics"));
}

static int fail_policy(const struct sf_scenario *scenario, const struct sf_expect *expect,
                       struct sf_error *err)
{
	const char *known[SF_POLICIES_MAX + 1] = {NULL};
	char text[96];
	for (size_t i = 0; i < SF_POLICIES_MAX && sf_policies[i]; i++) {
		known[i] = sf_policies[i]->name;
	}
	return sf_fail(err, SF_EINVAL, "%s:%u:%u: expect: unknown policy '%s'%s", scenario->path,
	               expect->line, expect->column, expect->policy,
	               hint(text, sizeof(text), expect->policy, known,
	                    "'slicefit replay --help' lists them"));
}

int sf_expect_validate(const struct sf_scenario *scenario, struct sf_error *err)
{
	const struct sf_replay_result none = {0};
	for (size_t i = 0; i < scenario->n_expects; i++) {
		const struct sf_expect *expect = &scenario->expect[i];
		double value;
		if (!sf_replay_metric(&none, expect->metric, &value)) {
			return fail_metric(scenario, expect, err);
		}
		if (expect->policy && !sf_policy_find(expect->policy)) {
			return fail_policy(scenario, expect, err);
		}
	}
	return 0;
}

static bool is_met(const struct sf_expect *expect, double got)
{
	double slack = 1e-9 * fmax(1, fabs(expect->value));
	return expect->op == SF_EXPECT_MIN ? got >= expect->value - slack
	                                   : got <= expect->value + slack;
}

static double mean_of(const struct sf_trial *trial, size_t policy, const char *metric)
{
	size_t i = 0;
	while (strcmp(sf_replay_metric_path(i, NULL), metric) != 0) {
		i++;
	}
	return sf_trial_metric(trial, policy, i).mean;
}

struct sf_expect_outcome *sf_expect_check(const struct sf_trial *trial, size_t *n)
{
	const struct sf_scenario *scenario = trial->scenario;
	struct sf_expect_outcome *out =
		sf_xcalloc(scenario->n_expects * trial->n_policies + 1, sizeof(*out));
	*n = 0;
	for (size_t i = 0; i < scenario->n_expects; i++) {
		const struct sf_expect *expect = &scenario->expect[i];
		for (size_t j = 0; j < trial->n_policies; j++) {
			const char *policy = sf_trial_policy(trial, j);
			if (expect->policy && strcmp(expect->policy, policy) != 0) {
				continue;
			}
			double got = mean_of(trial, j, expect->metric);
			out[(*n)++] = (struct sf_expect_outcome){expect, policy, got,
			                                         is_met(expect, got)};
		}
	}
	return out;
}
