/* gate: results against a baseline: what got worse than it may. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/gate.h>

#include <slicefit/alloc.h>
#include <slicefit/error.h>
#include <slicefit/nearest.h>
#include <slicefit/seeds.h>
#include <slicefit/str.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct check {
	const struct sf_trial *trial;
	const struct sf_baseline_scenario *was;
	const struct sf_tolerance *extra;
	size_t n_extra;
	struct sf_gate *out;
};

void sf_gate_finish(struct sf_gate *gate)
{
	for (size_t i = 0; i < gate->n_gaps; i++) {
		free(gate->gap[i].text);
		free(gate->gap[i].mend);
	}
	free(gate->item);
	free(gate->gap);
	*gate = (struct sf_gate){0};
}

__attribute__((format(printf, 1, 0))) static char *format_text(const char *fmt, va_list args)
{
	char *text = NULL;
	if (vasprintf(&text, fmt, args) < 0) {
		abort();
	}
	return text;
}

__attribute__((format(printf, 4, 5))) static struct sf_gate_gap *
add_gap(struct sf_gate *gate, const struct sf_scenario *scenario, enum sf_gap_kind kind,
        const char *fmt, ...)
{
	gate->gap = sf_xgrow(gate->gap, &gate->gaps_cap, gate->n_gaps + 1, sizeof(*gate->gap));
	struct sf_gate_gap *gap = &gate->gap[gate->n_gaps++];
	va_list args;
	va_start(args, fmt);
	*gap = (struct sf_gate_gap){
		.scenario = scenario, .kind = kind, .text = format_text(fmt, args)};
	va_end(args);
	return gap;
}

/* A gap that leaves something unchecked, and what to do. */
__attribute__((format(printf, 3, 4))) static void
fail_gap(struct sf_gate *gate, struct sf_gate_gap *gap, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	gap->mend = format_text(fmt, args);
	va_end(args);
	gap->fails = true;
	gate->n_failing_gaps++;
}

/* How much worse a metric may be: the last tolerance that matches. */
static double allowance(const struct check *check, const char *metric, double was)
{
	const struct sf_scenario *scenario = check->trial->scenario;
	for (size_t i = check->n_extra; i > 0; i--) {
		if (sf_tolerance_matches(&check->extra[i - 1], metric)) {
			return sf_tolerance_allows(&check->extra[i - 1], was);
		}
	}
	for (size_t i = scenario->n_tolerances; i > 0; i--) {
		if (sf_tolerance_matches(&scenario->tolerance[i - 1], metric)) {
			return sf_tolerance_allows(&scenario->tolerance[i - 1], was);
		}
	}
	return 0;
}

/* Baselines have six decimals, and decimals are not exact. */
static double slack(double was)
{
	return 1e-6 + 1e-9 * fabs(was);
}

static enum sf_gate_state judge(enum sf_better better, const struct sf_gate_item *item)
{
	double worse = better == SF_BETTER_MORE ? item->was - item->is : item->is - item->was;
	if (fabs(worse) <= slack(item->was)) {
		return SF_GATE_SAME;
	}
	if (better == SF_BETTER_NEITHER) {
		return SF_GATE_CHANGED;
	}
	if (worse < 0) {
		return SF_GATE_BETTER;
	}
	return worse <= item->allowed + slack(item->was) ? SF_GATE_ALLOWED : SF_GATE_WORSE;
}

static void add_item(struct sf_gate *gate, const struct sf_gate_item *item)
{
	gate->item = sf_xgrow(gate->item, &gate->items_cap, gate->n_items + 1, sizeof(*gate->item));
	gate->item[gate->n_items++] = *item;
	gate->n_judged += item->judged;
	gate->n_worse += item->state == SF_GATE_WORSE;
}

/* The baseline's values of a metric, seed by seed; false when one has none. */
static bool read_was(const struct sf_baseline_run *const *run, size_t n, const char *metric,
                     double *was)
{
	for (size_t i = 0; i < n; i++) {
		if (!sf_baseline_value_of(run[i], metric, &was[i])) {
			return false;
		}
	}
	return true;
}

/* One metric of one policy; false when the baseline does not have it. */
static bool check_metric(const struct check *check, size_t policy, size_t metric,
                         const struct sf_baseline_run *const *run)
{
	const struct sf_trial *trial = check->trial;
	size_t n = trial->n_seeds;
	double *was = sf_xcalloc(2 * n, sizeof(*was));
	double *is = &was[n];
	struct sf_gate_item item = {
		.scenario = trial->scenario,
		.policy = sf_trial_policy(trial, policy),
	};
	item.metric = sf_replay_metric_path(metric, &item.integer);
	bool found = read_was(run, n, item.metric, was);
	if (found) {
		for (size_t i = 0; i < n; i++) {
			is[i] = sf_replay_metric_at(&trial->result[policy * n + i], metric);
		}
		item.was = sf_stats_of(was, n).mean;
		item.is = sf_stats_of(is, n).mean;
		item.half_95 = sf_stats_paired(is, was, n).half_95;
		item.allowed = allowance(check, item.metric, item.was);
		enum sf_better better = sf_replay_metric_better(metric);
		item.judged = better != SF_BETTER_NEITHER && isfinite(item.allowed);
		item.state = judge(better, &item);
		add_item(check->out, &item);
	}
	free(was);
	return found;
}

static void check_metrics(const struct check *check, size_t policy,
                          const struct sf_baseline_run *const *run)
{
	const struct sf_trial *trial = check->trial;
	struct sf_str missing = {0};
	const char *path;
	for (size_t i = 0; (path = sf_replay_metric_path(i, NULL)); i++) {
		if (sf_replay_metric_shown(trial->result, i) &&
		    !check_metric(check, policy, i, run)) {
			sf_str_printf(&missing, "%s%s", missing.len > 0 ? ", " : "", path);
		}
	}
	if (missing.len > 0) {
		add_gap(check->out, trial->scenario, SF_GAP_NEW,
		        "%s: policy %s: not in the baseline: %s", trial->scenario->name,
		        sf_trial_policy(trial, policy), sf_str_get(&missing));
	}
	sf_str_finish(&missing);
}

/* The baseline's seeds of a policy. */
static void list_seeds(const struct sf_baseline_scenario *scenario, const char *policy,
                       struct sf_seeds *out)
{
	for (size_t i = 0; i < scenario->n_runs; i++) {
		if (strcmp(scenario->run[i].policy, policy) == 0) {
			sf_seeds_add(out, scenario->run[i].seed);
		}
	}
}

/* Finds the baseline's replays with the trial's seeds; false when the two do not have the same. */
static bool match_seeds(const struct check *check, size_t policy, const struct sf_seeds *seeds,
                        const struct sf_baseline_run **run)
{
	const struct sf_trial *trial = check->trial;
	size_t cursor = 0;
	for (size_t i = 0; i < trial->n_seeds; i++) {
		run[i] = sf_baseline_run_of(check->was, sf_trial_policy(trial, policy),
		                            trial->result[i].seed, &cursor);
		if (!run[i]) {
			return false;
		}
	}
	return seeds->n == trial->n_seeds;
}

static void check_policy(const struct check *check, size_t policy)
{
	const struct sf_trial *trial = check->trial;
	const char *name = sf_trial_policy(trial, policy);
	const struct sf_baseline_run **run = sf_xcalloc(trial->n_seeds, sizeof(*run));
	struct sf_seeds seeds = {0};
	list_seeds(check->was, name, &seeds);
	if (seeds.n == 0) {
		struct sf_gate_gap *gap = add_gap(check->out, trial->scenario, SF_GAP_NEW,
		                                  "%s: policy %s is not in the baseline",
		                                  trial->scenario->name, name);
		fail_gap(check->out, gap, "add it with --update-baseline");
	} else if (!match_seeds(check, policy, &seeds, run)) {
		struct sf_str text = {0};
		sf_seeds_format(&seeds, &text);
		struct sf_gate_gap *gap = add_gap(check->out, trial->scenario, SF_GAP_OTHER,
		                                  "%s: policy %s: the baseline has other seeds",
		                                  trial->scenario->name, name);
		fail_gap(check->out, gap, "replay with --seeds %s", sf_str_get(&text));
		sf_str_finish(&text);
	} else {
		check_metrics(check, policy, run);
	}
	sf_seeds_finish(&seeds);
	free(run);
}

static bool fail_formula(const struct check *check, const struct sf_baseline_formula *was,
                         const char *version)
{
	const struct sf_scenario *scenario = check->trial->scenario;
	struct sf_gate_gap *gap = add_gap(check->out, scenario, SF_GAP_OTHER,
	                                  "%s: formula of %s: %s in the baseline, %s here",
	                                  scenario->name, was->name, was->version, version);
	fail_gap(check->out, gap, "replace it with --update-baseline");
	return false;
}

/* Figures of different formulas are not compared; false after saying so. */
static bool check_formulas(const struct check *check)
{
	for (size_t i = 0; i < check->was->n_formulas; i++) {
		const struct sf_baseline_formula *was = &check->was->formula[i];
		for (size_t k = 0; sf_replay_formulas[k].name; k++) {
			if (strcmp(sf_replay_formulas[k].name, was->name) == 0 &&
			    strcmp(sf_replay_formulas[k].version, was->version) != 0) {
				return fail_formula(check, was, sf_replay_formulas[k].version);
			}
		}
	}
	return true;
}

static bool has_policy(const struct sf_trial *trial, const char *policy)
{
	for (size_t i = 0; i < trial->n_policies; i++) {
		if (strcmp(sf_trial_policy(trial, i), policy) == 0) {
			return true;
		}
	}
	return false;
}

/* A word on policies that only the baseline has. */
static void note_policies(const struct check *check)
{
	const char *last = "";
	for (size_t i = 0; i < check->was->n_runs; i++) {
		const char *policy = check->was->run[i].policy;
		if (strcmp(policy, last) != 0 && !has_policy(check->trial, policy)) {
			add_gap(check->out, check->trial->scenario, SF_GAP_GONE,
			        "%s: policy %s of the baseline was not replayed",
			        check->trial->scenario->name, policy);
		}
		last = policy;
	}
}

static void check_trial(const struct check *check)
{
	if (!check_formulas(check)) {
		return;
	}
	for (size_t i = 0; i < check->trial->n_policies; i++) {
		check_policy(check, i);
	}
	note_policies(check);
}

/* A word on scenarios that only the baseline has. */
static void note_scenarios(const struct sf_baseline *baseline, const struct sf_trial *trial,
                           size_t n, struct sf_gate *out)
{
	for (size_t i = 0; i < baseline->n_scenarios; i++) {
		const char *name = baseline->scenario[i].name;
		bool runs = false;
		for (size_t k = 0; k < n && !runs; k++) {
			runs = strcmp(trial[k].scenario->name, name) == 0;
		}
		if (!runs) {
			add_gap(out, NULL, SF_GAP_GONE, "%s of the baseline was not replayed",
			        name);
		}
	}
}

void sf_gate_check(const struct sf_baseline *baseline, const struct sf_trial *trial, size_t n,
                   const struct sf_tolerance *extra, size_t n_extra, struct sf_gate *out)
{
	for (size_t i = 0; i < n; i++) {
		const char *name = trial[i].scenario->name;
		const struct check check = {
			.trial = &trial[i],
			.was = sf_baseline_find(baseline, name),
			.extra = extra,
			.n_extra = n_extra,
			.out = out,
		};
		if (check.was) {
			check_trial(&check);
		} else {
			fail_gap(out,
			         add_gap(out, trial[i].scenario, SF_GAP_NEW,
			                 "%s is not in the baseline", name),
			         "add it with --update-baseline");
		}
	}
	note_scenarios(baseline, trial, n, out);
}

static bool matches_any(const struct sf_tolerance *tolerance)
{
	const char *path;
	for (size_t i = 0; (path = sf_replay_metric_path(i, NULL)); i++) {
		if (sf_tolerance_matches(tolerance, path)) {
			return true;
		}
	}
	return false;
}

int sf_gate_validate(const struct sf_tolerance *tolerance, size_t n, size_t *bad,
                     struct sf_error *err)
{
	for (size_t i = 0; i < n; i++) {
		if (matches_any(&tolerance[i])) {
			continue;
		}
		const char *known[SF_METRICS_MAX] = {NULL};
		for (size_t k = 0; sf_replay_metric_path(k, NULL); k++) {
			known[k] = sf_replay_metric_path(k, NULL);
		}
		const char *near = sf_nearest_find(tolerance[i].metric, known);
		if (bad) {
			*bad = i;
		}
		return sf_fail(err, SF_EINVAL, "tolerance: unknown metric '%.40s'%s%s%s",
		               tolerance[i].metric, near ? ", did you mean '" : "",
		               near ? near : "", near ? "'?" : "");
	}
	return 0;
}
