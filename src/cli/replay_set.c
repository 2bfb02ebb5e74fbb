/* replay_set: a scenario, what is to be replayed on it, and what came of it. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_set.h"

#include <slicefit/alloc.h>
#include <slicefit/error.h>
#include <slicefit/gate.h>
#include <slicefit/nearest.h>
#include <slicefit/replicate.h>
#include <slicefit/scenario_yaml.h>
#include <slicefit/str.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "unknown policy 'X', did you mean 'Y'? (known: ...)"; returns -1. */
static int fail_policy(const char *name, struct sf_error *err)
{
	const char *known[SF_POLICIES_MAX + 1] = {NULL};
	struct sf_str text = {0};
	for (size_t i = 0; i < SF_POLICIES_MAX && sf_policies[i]; i++) {
		known[i] = sf_policies[i]->name;
		sf_str_printf(&text, "%s%s", i ? ", " : "", known[i]);
	}
	const char *near = sf_nearest_find(name, known);
	sf_fail(err, SF_EINVAL, "unknown policy '%.40s'%s%s%s (known: %s)", name,
	        near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "",
	        sf_str_get(&text));
	sf_str_finish(&text);
	return -1;
}

/* Returns the new number of policies. */
static int add_policy(const struct sf_policy **policy, int n, const char *name,
                      struct sf_error *err)
{
	const struct sf_policy *found = sf_policy_find(name);
	if (!found) {
		return fail_policy(name, err);
	}
	for (int i = 0; i < n; i++) {
		if (policy[i] == found) {
			return sf_fail(err, SF_EINVAL, "policy '%s' is named twice", name);
		}
	}
	policy[n] = found;
	return n + 1;
}

int sf_replay_policies(const char *list, const struct sf_policy **policy, struct sf_error *err)
{
	int n = 0;
	if (strcmp(list, "all") == 0) {
		for (size_t i = 0; n < SF_POLICIES_MAX && sf_policies[i]; i++) {
			if (!sf_policies[i]->study) {
				policy[n++] = sf_policies[i];
			}
		}
		return n;
	}
	char *names = sf_xstrdup(list);
	char *rest = names;
	for (char *name; n >= 0 && (name = strsep(&rest, ",")) != NULL;) {
		n = add_policy(policy, n, name, err);
	}
	free(names);
	return n;
}

/* Those of the scenario: as many, or -1 and err. */
static int scenario_policies(const struct sf_scenario *scenario, const struct sf_policy **policy,
                             struct sf_error *err)
{
	int n = 0;
	for (size_t i = 0; i < scenario->n_policies; i++) {
		n = add_policy(policy, n, scenario->policy[i], err);
		if (n < 0) {
			return sf_wrap(err, "%s:%u:%u", scenario->path, scenario->policy_line[i],
			               scenario->policy_column[i]);
		}
	}
	return n;
}

static int choose_policies(struct sf_replay_set *set, const char *list, struct sf_error *err)
{
	bool own = !list && set->scenario->n_policies > 0;
	int n = own ? scenario_policies(set->scenario, set->policy, err)
	            : sf_replay_policies(list ? list : "all", set->policy, err);
	if (n < 0) {
		return -1;
	}
	set->n_policies = (size_t)n;
	return 0;
}

static int check_tolerances(const struct sf_scenario *scenario, struct sf_error *err)
{
	size_t bad = 0;
	if (sf_gate_validate(scenario->tolerance, scenario->n_tolerances, &bad, err) != 0) {
		return sf_wrap(err, "%s:%u:%u", scenario->path, scenario->tolerance[bad].line,
		               scenario->tolerance[bad].column);
	}
	return 0;
}

static void choose_seeds(struct sf_replay_set *set, const struct sf_seeds *seeds)
{
	const uint64_t *seed = seeds->n > 0 ? seeds->seed : &set->scenario->seed;
	set->n_seeds = seeds->n > 0 ? seeds->n : 1;
	set->seed = sf_xcalloc(set->n_seeds, sizeof(*set->seed));
	memcpy(set->seed, seed, set->n_seeds * sizeof(*seed));
}

int sf_replay_set_load(struct sf_replay_set *set, const char *path,
                       const struct sf_catalog *catalog, const struct sf_replay_options *options,
                       struct sf_error *err)
{
	set->scenario = options->pods ? sf_scenario_load_pods(path, options->pods, catalog, err)
	                              : sf_scenario_load(path, catalog, err);
	if (!set->scenario || choose_policies(set, options->policies, err) != 0 ||
	    sf_expect_validate(set->scenario, err) != 0 ||
	    check_tolerances(set->scenario, err) != 0) {
		return -1;
	}
	choose_seeds(set, &options->seeds);
	return 0;
}

void sf_replay_set_finish(struct sf_replay_set *set)
{
	for (size_t i = 0; i < set->n_results; i++) {
		sf_replay_finish(&set->result[i]);
	}
	free(set->result);
	free(set->outcome);
	free(set->seed);
	sf_scenario_destroy(set->scenario);
	*set = (struct sf_replay_set){0};
}

struct bar {
	char what[32];
	int percent;
};

static void show_progress(void *ctx, uint64_t done, uint64_t total)
{
	enum { WIDTH = 30 };
	struct bar *bar = ctx;
	int percent = total ? (int)(100 * done / total) : 100;
	if (percent == bar->percent) {
		return;
	}
	bar->percent = percent;
	int filled = percent * WIDTH / 100;
	fprintf(stderr, "\r%-12s [%.*s%*s] %3d %%", bar->what, filled,
	        "##############################", WIDTH - filled, "", percent);
	fflush(stderr);
}

/* Events per second of one thread, by policy over all seeds. */
static void say_speed(const struct sf_replay_set *set)
{
	for (size_t p = 0; p < set->n_policies; p++) {
		uint64_t decisions = 0;
		uint64_t events = 0;
		double s = 0;
		for (size_t i = 0; i < set->n_seeds; i++) {
			const struct sf_replay_result *result = &set->result[p * set->n_seeds + i];
			decisions += result->decisions;
			events += result->events;
			s += (double)result->run_ns / 1e9;
		}
		fprintf(stderr, "%s: %llu decisions, %llu events, %.0f events per second\n",
		        set->policy[p]->name, (unsigned long long)decisions,
		        (unsigned long long)events, s > 0 ? (double)events / s : 0.0);
	}
}

/* Expectations of policies that do not run are not checked; says so. */
static void say_unchecked(const struct sf_replay_set *set)
{
	for (size_t i = 0; i < set->scenario->n_expects; i++) {
		const struct sf_expect *expect = &set->scenario->expect[i];
		bool runs = expect->policy == NULL;
		for (size_t k = 0; k < set->n_policies && !runs; k++) {
			runs = strcmp(set->policy[k]->name, expect->policy) == 0;
		}
		if (!runs) {
			fprintf(stderr, "%s:%u: not checked: policy %s was not replayed\n",
			        set->scenario->path, expect->line, expect->policy);
		}
	}
}

/* How often a row of the series is wanted, in microseconds. */
static int64_t series_step_us(const struct sf_replay_options *options)
{
	if (!options->series) {
		return 0;
	}
	return options->series_step_s > 0 ? llround(options->series_step_s * 1e6) : SF_SERIES_EACH;
}

static size_t list_runs(const struct sf_replay_set *set, int64_t step_us, struct sf_run *run)
{
	size_t n = 0;
	for (size_t p = 0; p < set->n_policies; p++) {
		for (size_t i = 0; i < set->n_seeds; i++) {
			run[n++] = (struct sf_run){set->scenario, set->policy[p], set->seed[i],
			                           step_us};
		}
	}
	return n;
}

static int run_all(const struct sf_run *run, size_t n, size_t jobs, struct sf_replay_result *result,
                   struct sf_error *err)
{
	struct bar bar = {.percent = -1};
	snprintf(bar.what, sizeof(bar.what), "%zu replay%s", n, n == 1 ? "" : "s");
	const struct sf_replay_watch watch = {.tell = show_progress, .ctx = &bar};
	bool progress = sf_cli_progress();
	int rc = sf_replicate(run, n, jobs, progress ? &watch : NULL, result, err);
	if (progress) {
		fputs("\r\033[K", stderr);
	}
	return rc;
}

struct sf_trial sf_replay_set_trial(const struct sf_replay_set *set)
{
	return (struct sf_trial){set->scenario, set->n_policies, set->n_seeds, set->result};
}

/* Each set gets its part of the results. */
static void deal_out(struct sf_replay_set *set, const struct sf_replay_result *result)
{
	set->n_results = set->n_policies * set->n_seeds;
	set->result = sf_xcalloc(set->n_results + 1, sizeof(*set->result));
	memcpy(set->result, result, set->n_results * sizeof(*result));
	if (sf_cli_verbosity >= 0) {
		say_speed(set);
		say_unchecked(set);
	}
	const struct sf_trial trial = sf_replay_set_trial(set);
	set->outcome = sf_expect_check(&trial, &set->n_outcomes);
}

int sf_replay_set_run(struct sf_replay_set *sets, size_t n, const struct sf_replay_options *options,
                      struct sf_error *err)
{
	size_t runs = 0;
	for (size_t i = 0; i < n; i++) {
		runs += sets[i].n_policies * sets[i].n_seeds;
	}
	struct sf_run *run = sf_xcalloc(runs + 1, sizeof(*run));
	struct sf_replay_result *result = sf_xcalloc(runs + 1, sizeof(*result));
	size_t at = 0;
	for (size_t i = 0; i < n; i++) {
		at += list_runs(&sets[i], series_step_us(options), &run[at]);
	}
	int rc = run_all(run, runs, options->jobs, result, err);
	at = 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		deal_out(&sets[i], &result[at]);
		at += sets[i].n_results;
	}
	free(result);
	free(run);
	return rc;
}
