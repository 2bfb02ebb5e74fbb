/* Tests of replicate: on any number of threads what one replay after the other gives. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_fixture.h"

#include <slicefit/replicate.h>
#include <slicefit/report_replay.h>
#include <slicefit/str.h>

TestSuite(replicate, .timeout = 60, .init = open_catalog, .fini = close_catalog);

enum { SEEDS = 3, RUNS_MAX = 2 * SF_POLICIES_MAX * SEEDS };

static const char busy[] =
	"name: busy\n"
	"pools: [{product: A100-80GB, nodes: 3, gpus: 4, cpu: 32, memory: 256Gi}]\n"
	"workloads:\n"
	"- {count: 60, request: {gpu: 1, cpu: 4}, arrival: {poisson: 30/h}, duration: "
	"{exponential: 30m}, deadline: 2h}\n"
	"- {count: 20, request: {gpu: 4, cpu: 8}, arrival: {poisson: 10/h}, duration: "
	"{exponential: 40m}}\n";

static const char tight[] =
	"name: tight\n"
	"pools: [{product: T4, nodes: 2, gpus: 2}]\n"
	"workloads: [{count: 30, request: {gpu: 1}, arrival: {poisson: 20/h}, duration: "
	"{exponential: 20m}}]\n";

static size_t list_runs(const struct sf_scenario *const scenario[2], struct sf_run *run)
{
	size_t n = 0;
	for (size_t s = 0; s < 2; s++) {
		for (size_t p = 0; sf_policies[p]; p++) {
			for (uint64_t seed = 1; seed <= SEEDS; seed++) {
				run[n++] = (struct sf_run){scenario[s], sf_policies[p], seed, 0};
			}
		}
	}
	return n;
}

static void print(const struct sf_run *run, const struct sf_replay_result *result, size_t n,
                  struct sf_str *out)
{
	for (size_t i = 0; i < n; i++) {
		struct sf_replay_report report = {
			.scenario = run[i].scenario, .n = 1, .result = &result[i]};
		sf_replay_report_json(&report, 1, out);
	}
}

struct ear {
	uint64_t calls, done, total;
};

static void hear(void *ctx, uint64_t done, uint64_t total)
{
	struct ear *ear = ctx;
	cr_expect(gt(u64, done, ear->done));
	*ear = (struct ear){ear->calls + 1, done, total};
}

Test(replicate, threads_change_nothing)
{
	static const size_t threads[] = {1, 2, 7};
	struct sf_scenario *scenario[] = {scenario_of(busy), scenario_of(tight)};
	const struct sf_scenario *const both[] = {scenario[0], scenario[1]};
	struct sf_run run[RUNS_MAX];
	struct sf_replay_result result[RUNS_MAX] = {{0}};
	struct sf_str want = {0};
	size_t n = list_runs(both, run);
	for (size_t i = 0; i < n; i++) {
		cr_assert(eq(int,
		             sf_replay_run(run[i].scenario, run[i].policy, run[i].seed, NULL,
		                           &result[i], NULL),
		             0));
	}
	print(run, result, n, &want);
	for (size_t k = 0; k < sizeof(threads) / sizeof(threads[0]); k++) {
		struct ear ear = {0};
		const struct sf_replay_watch watch = {.tell = hear, .ctx = &ear};
		struct sf_str got = {0};
		for (size_t i = 0; i < n; i++) {
			sf_replay_finish(&result[i]);
		}
		cr_assert(eq(int, sf_replicate(run, n, threads[k], &watch, result, NULL), 0));
		print(run, result, n, &got);
		cr_expect(eq(str, got.text, want.text));
		cr_expect(eq(u64, ear.done, ear.total));
		cr_expect(ge(u64, ear.calls, n));
		sf_str_finish(&got);
	}
	for (size_t i = 0; i < n; i++) {
		sf_replay_finish(&result[i]);
	}
	sf_str_finish(&want);
	sf_scenario_destroy(scenario[0]);
	sf_scenario_destroy(scenario[1]);
}

/* A pool whose node cannot exist: the first run that meets it speaks, and nothing leaks. */
Test(replicate, the_first_failing_run_speaks)
{
	struct sf_scenario *good = scenario_of(tight);
	struct sf_scenario *bad = scenario_of(busy);
	bad->path = "bad.yaml";
	bad->pool[0].node.n_gpus = 200;
	const struct sf_scenario *const both[] = {good, bad};
	struct sf_run run[RUNS_MAX];
	struct sf_replay_result result[RUNS_MAX];
	size_t n = list_runs(both, run);
	struct sf_error err = {0};
	cr_assert(eq(int, sf_replicate(run, n, 4, NULL, result, &err), -1));
	cr_expect(eq(int, strncmp(err.text, "bad.yaml: ", 10), 0), "%s", err.text);
	for (size_t i = 0; i < n; i++) {
		cr_expect(result[i].workload == NULL);
	}
	sf_scenario_destroy(good);
	sf_scenario_destroy(bad);
}
