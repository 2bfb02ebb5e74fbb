/* Tests of trial: which policy is better, decided by hand; and intervals that match stats. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/trial.h>

#include <slicefit/expect.h>
#include <slicefit/report_replay.h>
#include <slicefit/str.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

TestSuite(trial, .timeout = 20);

enum { SEEDS = 4, POLICIES = 2 };

/* One workload of priority 5 and one of 0; what each of two policies makes of four seeds. */
struct field {
	uint32_t high[SEEDS], low[SEEDS];
	double allocated[SEEDS], wait[SEEDS];
};

static struct sf_workload workloads[] = {{.name = "high", .priority = 5}, {.name = "low"}};
static struct sf_scenario scenario = {
	.name = "s", .path = "s.yaml", .n_workloads = 2, .workload = workloads};
static struct sf_replay_workload pods[POLICIES * SEEDS][2];
static struct sf_replay_result results[POLICIES * SEEDS];

static struct sf_trial trial_of(const struct field *field, const char *a, const char *b)
{
	for (size_t p = 0; p < POLICIES; p++) {
		for (size_t s = 0; s < SEEDS; s++) {
			size_t i = p * SEEDS + s;
			pods[i][0] = (struct sf_replay_workload){.placed = field[p].high[s]};
			pods[i][1] = (struct sf_replay_workload){.placed = field[p].low[s]};
			results[i] = (struct sf_replay_result){
				.policy = p == 0 ? a : b,
				.seed = 42 + s,
				.arrived = 100,
				.placed = field[p].high[s] + field[p].low[s],
				.allocated_pct = field[p].allocated[s],
				.wait_mean_s = field[p].wait[s],
				.n_workloads = 2,
				.workload = pods[i],
			};
		}
	}
	return (struct sf_trial){&scenario, POLICIES, SEEDS, results};
}

#define FOUR(a, b, c, d)                                                                           \
	{                                                                                          \
		a, b, c, d                                                                         \
	}
#define SAME(a) FOUR(a, a, a, a)

static const struct {
	const char *name;
	struct field field[POLICIES];
	size_t best; /* of first-fit, best-fit */
	bool decided;
	enum sf_criterion_kind kind;
	const char *says;
} rows[] = {
	{"the same",
         {{SAME(3), SAME(9), SAME(50), SAME(1)}, {SAME(3), SAME(9), SAME(50), SAME(1)}},
         0,
         false,
         SF_CRITERION_WAIT,
         "first-fit and best-fit do equally well on each of the 4 seeds."},
	{"a higher priority outweighs everything",
         {{SAME(3), SAME(99), SAME(90), SAME(1)}, {SAME(4), SAME(1), SAME(10), SAME(9)}},
         1,
         true,
         SF_CRITERION_PLACED,
         "best-fit is better than first-fit: 4.0 pods of priority 5 placed as asked against 3.0, "
         "1.0 ± 0.0 more (95 % confidence, 4 seeds), beyond noise."},
	{"noise on top, then allocated",
         {{FOUR(3, 4, 3, 4), SAME(9), FOUR(50, 60, 40, 55), SAME(1)},
          {FOUR(4, 3, 4, 4), SAME(9), FOUR(55, 64, 46, 60), SAME(1)}},
         1,
         true,
         SF_CRITERION_ALLOCATED,
         "best-fit is better than first-fit: 56.2 % of GPU capacity allocated against 51.2 %, "
         "5.0 ± 1.3 points more (95 % confidence, 4 seeds), beyond noise."},
	{"waiting less is better",
         {{SAME(3), SAME(9), SAME(50), FOUR(100, 200, 300, 400)},
          {SAME(3), SAME(9), SAME(50), FOUR(131, 229, 330, 430)}},
         0,
         true,
         SF_CRITERION_WAIT,
         "first-fit is better than best-fit: mean wait 4m10s against 4m40s, 30 s ± 1.3 s less (95 "
         "% "
         "confidence, 4 seeds), beyond noise."},
	{"only noise",
         {{SAME(3), FOUR(9, 10, 11, 12), SAME(50), SAME(1)},
          {SAME(3), FOUR(12, 9, 12, 10), SAME(50), SAME(1)}},
         0,
         false,
         SF_CRITERION_PLACED,
         "best-fit and first-fit do not differ beyond noise: 10.8 pods of priority 0 placed as "
         "asked against 10.5, 0.2 ± 3.5 more (95 % confidence, 4 seeds)."},
};

Test(trial, the_better_policy_and_the_sentence)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sf_trial trial = trial_of(rows[i].field, "first-fit", "best-fit");
		struct sf_replay_report report = {
			.scenario = &scenario, .n = 8, .result = results, .n_seeds = SEEDS};
		size_t best = sf_trial_best(&trial);
		struct sf_verdict v = sf_trial_verdict(&trial, best, sf_trial_rival(&trial, best));
		struct sf_str text = {0};
		cr_expect(eq(sz, best, rows[i].best), "%s", rows[i].name);
		cr_expect(eq(int, v.decided, rows[i].decided), "%s", rows[i].name);
		cr_expect(eq(int, v.criterion.kind, rows[i].kind), "%s", rows[i].name);
		sf_replay_report_text(&report, true, &text);
		cr_expect(strstr(text.text, rows[i].says) != NULL, "%s: %s", rows[i].name,
		          text.text);
		cr_expect(strstr(text.text, "seeds 42..45") != NULL);
		struct sf_verdict other = sf_trial_verdict(&trial, v.worse, v.better);
		cr_expect(eq(int, other.decided, v.decided), "%s", rows[i].name);
		cr_expect(other.equal || other.better == v.better, "%s", rows[i].name);
		cr_expect(eq(dbl, other.lead.mean, v.lead.mean), "%s", rows[i].name);
		sf_str_finish(&text);
	}
}

Test(trial, kube_default_is_the_base_and_goes_first_among_equals)
{
	struct sf_trial trial = trial_of(rows[0].field, "first-fit", "kube-default");
	cr_expect(eq(sz, sf_trial_base(&trial), 1));
	cr_expect(eq(sz, sf_trial_best(&trial), 1));
	cr_expect(eq(sz, sf_trial_rival(&trial, 1), 0));
	cr_expect(eq(sz, sf_trial_rival(&trial, 0), 1));
	results[SEEDS + 3].gpu_memory_unchecked = 1;
	cr_expect(eq(sz, sf_trial_best(&trial), 0));
	trial.n_policies = 1;
	cr_expect(eq(sz, sf_trial_rival(&trial, 0), 0));
	cr_expect(eq(sz, sf_trial_base(&trial), 0));
}

Test(trial, metrics_over_seeds_and_their_differences)
{
	struct sf_trial trial = trial_of(rows[2].field, "first-fit", "best-fit");
	bool found = false;
	for (size_t i = 0; sf_replay_metric_path(i, NULL); i++) {
		if (strcmp(sf_replay_metric_path(i, NULL), "gpu.allocated_pct") != 0) {
			continue;
		}
		const double *a = rows[2].field[0].allocated;
		const double *b = rows[2].field[1].allocated;
		found = true;
		struct sf_stats want = sf_stats_of(b, SEEDS);
		struct sf_stats got = sf_trial_metric(&trial, 1, i);
		cr_expect(eq(dbl, got.mean, want.mean));
		cr_expect(eq(dbl, got.half_95, want.half_95));
		want = sf_stats_paired(b, a, SEEDS);
		got = sf_trial_difference(&trial, 1, 0, i);
		cr_expect(eq(dbl, got.mean, want.mean));
		cr_expect(eq(dbl, got.half_95, want.half_95));
	}
	cr_expect(found);
}

/* 51.25 % on the mean of the seeds, although one seed has 40 %. */
Test(trial, expectations_are_judged_on_the_mean)
{
	struct sf_expect expect[] = {
		{.metric = "gpu.allocated_pct", .op = SF_EXPECT_MIN, .value = 51.25, .line = 3},
		{.metric = "gpu.allocated_pct", .op = SF_EXPECT_MAX, .value = 51.24, .line = 4},
	};
	struct sf_trial trial = trial_of(rows[2].field, "first-fit", "best-fit");
	struct sf_scenario with = scenario;
	with.n_expects = 2;
	with.expect = expect;
	trial.scenario = &with;
	trial.n_policies = 1;
	size_t n = 0;
	struct sf_expect_outcome *outcome = sf_expect_check(&trial, &n);
	cr_assert(eq(sz, n, 2));
	cr_expect(eq(int, outcome[0].met, 1));
	cr_expect(eq(int, outcome[1].met, 0));
	struct sf_replay_report report = {&with, 4, results, n, outcome, SEEDS};
	struct sf_str text = {0};
	sf_replay_report_unmet(&report, &outcome[1], &text);
	cr_expect(eq(str, text.text,
	             "s.yaml:4: expected gpu.allocated_pct <= 51.24 for policy first-fit, got "
	             "51.25 (mean of 4 seeds)\n"));
	sf_str_finish(&text);
	free(outcome);
}
