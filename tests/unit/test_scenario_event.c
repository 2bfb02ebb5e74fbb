/* Tests of events and contention in scenarios: what is read, what is refused, what is written. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_fixture.h"

#include <slicefit/str.h>

#include <stdio.h>

TestSuite(scenario_event, .timeout = 20, .init = open_catalog, .fini = close_catalog);

#define POOLS                                                                                      \
	"pools:\n"                                                                                 \
	"- {name: a, nodes: 3, product: A100-80GB, gpus: 2, mig: {strategy: mixed}}\n"             \
	"- {name: a-1, nodes: 2, product: T4, gpus: 4}\n"                                          \
	"- {name: d, product: A100-80GB, gpus: 1, mig: {mode: dynamic}}\n"                         \
	"workloads: [{request: {gpu: 1}}]\n"

static const char whole[] =
	POOLS "contention: {mps: false, efficiency: 0.8}\n"
	      "events:\n"
	      "- {at: 2h, fail: a-0, back: 30m}\n"
	      "- {at: 90, drain: [a-1-1, a-2], grace: 10m, back: 1h}\n"
	      "- {at: 1h, cordon: {pool: a-1}, back: never}\n"
	      "- {at: 4h, ready: {pool: a, count: 2}}\n"
	      "- {at: 5h, add: {pool: a, count: 2}}\n"
	      "- {at: 6h, remove: a-4, grace: forever}\n"
	      "- at: 7h\n"
	      "  repartition:\n"
	      "    nodes: a\n"
	      "    takes: 7m\n"
	      "    grace: 10m\n"
	      "    config: [{devices: [1], mig-enabled: true, mig-devices: {3g.40gb: 2}}]\n";

static const struct sf_node_event want[] = {
	{.kind = SF_NODE_EVENT_FAIL, .at_s = 7200, .back_s = 1800, .n_picks = 1},
	{.kind = SF_NODE_EVENT_DRAIN, .at_s = 90, .back_s = 3600, .grace_s = 600, .n_picks = 2},
	{.kind = SF_NODE_EVENT_CORDON, .at_s = 3600, .back_s = -1, .n_picks = 1},
	{.kind = SF_NODE_EVENT_READY, .at_s = 14400, .back_s = -1, .n_picks = 1},
	{.kind = SF_NODE_EVENT_ADD, .at_s = 18000, .back_s = -1, .n_picks = 1},
	{.kind = SF_NODE_EVENT_REMOVE, .at_s = 21600, .back_s = -1, .grace_s = -1, .n_picks = 1},
	{.kind = SF_NODE_EVENT_REPARTITION,
         .at_s = 25200,
         .back_s = -1,
         .grace_s = 600,
         .takes_s = 420,
         .gpus = 2,
         .n_picks = 1},
};

enum { WANT = sizeof(want) / sizeof(want[0]) };

static const struct sf_node_pick want_pick[WANT] = {
	{SF_PICK_NODE, 0, 0}, {SF_PICK_NODE, 1, 1}, {SF_PICK_POOL, 1, 0}, {SF_PICK_LOT, 0, 2},
	{SF_PICK_LOT, 0, 2},  {SF_PICK_NODE, 0, 4}, {SF_PICK_POOL, 0, 0},
};

static void expect_whole(const struct sf_scenario *scenario)
{
	cr_assert(eq(sz, scenario->n_events, WANT));
	for (size_t i = 0; i < WANT; i++) {
		const struct sf_node_event *got = &scenario->event[i];
		const struct sf_node_pick *pick = &got->pick[0];
		cr_expect(got->kind == want[i].kind && got->n_picks == want[i].n_picks &&
		                  got->gpus == want[i].gpus,
		          "event %zu", i);
		cr_expect(eq(dbl, got->at_s, want[i].at_s));
		cr_expect(eq(dbl, got->back_s, want[i].back_s));
		cr_expect(eq(dbl, got->grace_s, want[i].grace_s));
		cr_expect(eq(dbl, got->takes_s, want[i].takes_s));
		cr_expect(pick->kind == want_pick[i].kind && pick->pool == want_pick[i].pool &&
		                  pick->n == want_pick[i].n,
		          "event %zu picks other nodes", i);
	}
	cr_expect(scenario->event[6].gpu[1].mig && scenario->event[6].gpu[1].layout.n == 2);
	cr_expect(scenario->contention.time_slicing && !scenario->contention.mps);
	cr_expect(eq(dbl, scenario->contention.efficiency, 0.8));
}

Test(scenario_event, reads_and_writes_every_key)
{
	struct sf_scenario *first = scenario_of(whole);
	struct sf_str text = {0};
	expect_whole(first);
	cr_assert(eq(int, sf_scenario_write(first, true, &text, NULL), 0));
	struct sf_scenario *second = scenario_of(sf_str_get(&text));
	expect_whole(second);
	sf_str_finish(&text);
	sf_scenario_destroy(first);
	sf_scenario_destroy(second);
}

Test(scenario_event, without_the_keys_nothing_is_written)
{
	struct sf_scenario *scenario = scenario_of(POOLS);
	struct sf_str text = {0};
	cr_assert(eq(int, sf_scenario_write(scenario, true, &text, NULL), 0));
	cr_expect(zero(sz, scenario->n_events));
	cr_expect(eq(dbl, scenario->contention.efficiency, 0));
	cr_expect(strstr(sf_str_get(&text), "events") == NULL);
	cr_expect(strstr(sf_str_get(&text), "contention") == NULL);
	cr_expect(strstr(sf_str_get(&text), "gpu_duty") == NULL);
	sf_str_finish(&text);
	sf_scenario_destroy(scenario);
}

/* One event in line 7 of the file. */
static const struct {
	const char *event;
	const char *says;
} refused[] = {
	{"{at: 1h, fails: a-0}", "unknown key 'fails', did you mean 'fail'?"},
	{"{at: 1h}", "what happens: fail, drain"},
	{"{fail: a-0}", "when: an event needs a time"},
	{"{at: 1h, fail: a-0, drain: a-0}", "are two events"},
	{"{at: 1h, fail: a-3}", "pool a has no node a-3 then: it has a-0 to a-2"},
	{"{at: 1h, fail: a-00}", "'a-00' is no pool, and no node of one"},
	{"{at: 1h, fail: b-0}", "'b-0' is no pool, and no node of one"},
	{"{at: 1h, fail: a-1}", "'a-1' is a pool and a node, write {pool: a-1}"},
	{"{at: 1h, fail: {pool: b}}", "no pool is called 'b'"},
	{"{at: 1h, fail: {count: 2}}", "which pool"},
	{"{at: 1h, fail: {pool: a, count: 4}}", "4 nodes of pool a, but it has 3 then"},
	{"{at: 1h, fail: []}", "which nodes"},
	{"{at: 1h, fail: a-0, grace: 1m}", "not with fail"},
	{"{at: 1h, ready: a-0, back: 1m}", "not with ready"},
	{"{at: 1h, drain: a-0, grace: 10m, back: 5m}", "back before the grace is over"},
	{"{at: 1h, drain: a-0, grace: forever, back: 5m}", "back before the grace is over"},
	{"{at: 1h, add: a}", "add takes {pool: NAME, count: 2}"},
	{"{at: 1h, add: {pool: a, count: 99998}}", "more than 100000 nodes"},
	{"{at: 1h, repartition: a}", "expected 'key: value' lines"},
	{"{at: 1h, repartition: {nodes: a}}", "repartition needs nodes and config"},
	{"{at: 1h, repartition: {nodes: d, config: [{devices: all, mig-enabled: false}]}}",
         "pool d is dynamic"},
	{"{at: 1h, repartition: {nodes: [a-0, d], config: [{devices: all, mig-enabled: false}]}}",
         "several pools"},
	{"{at: 1h, repartition: {nodes: a, config: [{devices: [2], mig-enabled: false}]}}",
         "pool a: device 2, but its nodes have 2 GPUs"},
	{"{at: 1h, repartition: {nodes: {pool: a-1}, config: [{devices: all, mig-enabled: true, "
         "mig-devices: {}}]}}",
         "no GPU matches"},
	{"{at: 1h, repartition: {nodes: a, config: [{devices: all, mig-enabled: true, mig-devices: "
         "{3g.40gb: 3}}]}}",
         "does not fit"},
};

Test(scenario_event, refuses_with_the_place_and_the_mend)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		char text[1024];
		struct sf_error err = {0};
		int len =
			snprintf(text, sizeof(text), "%sevents:\n- %s\n", POOLS, refused[i].event);
		struct sf_scenario *scenario =
			sf_scenario_parse(text, (size_t)len, "s.yaml", catalog, &err);
		cr_expect(scenario == NULL, "%s", refused[i].event);
		cr_expect(strncmp(err.text, "s.yaml:7:", 9) == 0, "%s: %s", refused[i].event,
		          err.text);
		cr_expect(strstr(err.text, refused[i].says) != NULL, "%s: %s", refused[i].event,
		          err.text);
		sf_scenario_destroy(scenario);
	}
}

static const char none[] = "pools: [{name: n, product: A100-80GB}]\n"
			   "workloads: [{request: {gpu: 1}}]\n"
			   "events: [{at: 1, repartition: {nodes: n, config: [{devices: all, "
			   "mig-enabled: true, mig-devices: {1g.10gb: 7}}]}}]\n";

Test(scenario_event, instances_need_a_strategy_that_sees_them)
{
	struct sf_error err = {0};
	struct sf_scenario *scenario =
		sf_scenario_parse(none, strlen(none), "s.yaml", catalog, &err);
	cr_expect(zero(ptr, scenario));
	cr_expect(strstr(err.text, "give the pool mig: {strategy: mixed}") != NULL, "%s", err.text);
}
