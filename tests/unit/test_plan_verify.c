/* Tests that a plan is replayed for what it plans: pods and nodes, not what else befalls them. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_fixture.h"

#include <slicefit/plan.h>

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

Test(plan_verify, leaves_out_what_a_plan_does_not_know)
{
	if (!sf_plan_available()) {
		cr_skip("built without the planner");
	}
	struct sf_error err = {0};
	struct sf_plan_options options = {0};
	struct sf_plan_verify verify;
	struct sf_scenario *scenario = scenario_of(text);
	struct sf_plan *plan = sf_plan_create(scenario, &options, &err);
	cr_assert(plan != NULL, "%s", err.text);
	cr_assert(eq(int, sf_plan_verify(scenario, plan, &verify, &err), 0), "%s", err.text);
	cr_expect(eq(u32, verify.wanted, 9));
	cr_expect(eq(u32, verify.planned, 8));
	cr_expect(eq(u32, verify.served, 8));
	cr_expect(eq(u32, verify.before, 8));
	sf_plan_destroy(plan);
	sf_scenario_destroy(scenario);
}
