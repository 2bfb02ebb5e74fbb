/* Tests that a plan is replayed for what it plans: pods and nodes, not what else befalls them. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_fixture.h"

#include <slicefit/rollout.h>

#include <stdio.h>

TestSuite(plan_verify, .timeout = 60, .init = open_catalog, .fini = close_catalog);

static const char text[] = "preemption: lower-priority\n"
			   "queue: {backoff: kube}\n"
			   "pools: [{name: p, product: A100-80GB, nodes: 2, gpus: 4}]\n"
			   "events: [{at: 1m, fail: p}]\n"
			   "namespaces: [{name: red, quota: {pods: 2}}]\n"
			   "workloads:\n"
			   "- {namespace: red, count: 6, request: {gpu: 1}, duration: 1h,\n"
			   "   gang: {size: 3, timeout: 1s}, arrival: {every: 10m}}\n"
			   "- {count: 3, priority: 5, request: {gpu: 1}, duration: 1h}\n";

struct verified {
	struct sf_scenario *scenario;
	struct sf_plan *plan;
	struct sf_rollout *rollout;
	struct sf_plan_verify verify;
};

static void verify(const char *yaml, struct verified *out)
{
	struct sf_error err = {0};
	const struct sf_plan_options options = {0};
	const struct sf_rollout_options rolling = {0};

	out->scenario = scenario_of(yaml);
	out->plan = sf_plan_create(out->scenario, &options, &err);
	cr_assert(out->plan != NULL, "%s", err.text);
	out->rollout = sf_rollout_create(out->scenario, out->plan, &rolling, &err);
	cr_assert(out->rollout != NULL, "%s", err.text);
	cr_assert(eq(int,
	             sf_plan_verify(out->scenario, out->plan, out->rollout, &out->verify, &err), 0),
	          "%s", err.text);
}

static void finish(struct verified *v)
{
	sf_rollout_destroy(v->rollout);
	sf_plan_destroy(v->plan);
	sf_scenario_destroy(v->scenario);
}

Test(plan_verify, leaves_out_what_a_plan_does_not_know)
{
	struct verified v;

	verify(text, &v);
	cr_expect(eq(u32, v.verify.wanted, 9));
	cr_expect(eq(u32, v.verify.planned, 8));
	cr_expect(eq(u32, v.verify.served, 8));
	cr_expect(eq(u32, v.verify.before, 8));
	cr_expect(zero(u32, v.verify.running));
	finish(&v);
}

/* Two pods on two nodes leave no node to one that wants four GPUs of one: not before, and with the plan,
 * which may drain no node, neither. A replay from nothing would find room for all. */
Test(plan_verify, pods_that_run_are_where_they_run)
{
	static const char pools[] =
		"pools: [{name: p, product: A100-80GB, nodes: 2, gpus: 4, plan: {max_drained: "
		"%d}}]\n"
		"workloads:\n"
		"- {name: run, count: 2, running: {p-0: 1, p-1: 1}, request: {gpu: 1}}\n"
		"- {name: big, count: 1, priority: 9, request: {gpu: 4}}\n";
	static const struct {
		int max_drained;
		uint32_t before, served;
	} rows[] = {{0, 2, 2}, {1, 2, 3}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char yaml[512];
		struct verified v;

		snprintf(yaml, sizeof yaml, pools, rows[i].max_drained);
		verify(yaml, &v);
		cr_expect(eq(u32, v.verify.wanted, 3));
		cr_expect(eq(u32, v.verify.running, 2));
		cr_expect(eq(u32, v.verify.before, rows[i].before), "row %zu", i);
		cr_expect(eq(u32, v.verify.served, rows[i].served), "row %zu", i);
		cr_expect(eq(u32, v.verify.planned, v.verify.served), "row %zu", i);
		finish(&v);
	}
}
