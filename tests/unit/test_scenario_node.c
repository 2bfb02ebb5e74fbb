/* Tests of reading and writing what nodes are called, who may use them and who runs there. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_fixture.h"

#include <slicefit/str.h>

TestSuite(scenario_node, .timeout = 20, .init = open_catalog, .fini = close_catalog);

#define POOL  "pools: [{name: a, names: [x, y], product: A100-80GB"
#define NODES POOL "}]\nworkloads:\n- {request: {gpu: 1}, count: 3, "

static const struct {
	const char *text;
	const char *message;
} refused[] = {
	{"pools: [{names: [], product: T4}]\nworkloads: [{request: {gpu: 1}}]\n",
         "s.yaml:1:17: expected a list of 1 to 100000 names of nodes"},
	{"pools: [{names: [a b], product: T4}]\nworkloads: [{request: {gpu: 1}}]\n",
         "s.yaml:1:18: a node's name has letters, digits, '-', '.' and '_'"},
	{"pools: [{names: [a], nodes: 2, product: T4}]\nworkloads: [{request: {gpu: 1}}]\n",
         "s.yaml:1:17: 1 names for 2 nodes: leave nodes out"},
	{"pools: [{names: [a, a], product: T4}]\nworkloads: [{request: {gpu: 1}}]\n",
         "s.yaml:1:21: there is already a node a"},
	{"pools: [{names: [b-1], product: T4}, {name: b, nodes: 2, product: T4}]\nworkloads: "
         "[{request: {gpu: 1}}]\n",
         "s.yaml:1:18: there is already a node b-1"},
	{POOL ", taints: [{key: k}]}]\nworkloads: [{request: {gpu: 1}}]\n",
         "s.yaml:1:63: a taint has a key and an effect: {key: nvidia.com/gpu, effect: NoSchedule}"},
	{POOL ", taints: [{key: k, effect: NoScedule}]}]\nworkloads: [{request: {gpu: 1}}]\n",
         "s.yaml:1:80: 'NoScedule' is no effect of a taint, did you mean 'NoSchedule'? "
         "(NoSchedule, NoExecute, PreferNoSchedule)"},
	{POOL ", plan: {layouts: {only: [\"3g.40gb*3\"]}}}]\nworkloads: [{request: {gpu: 1}}]\n",
         "s.yaml:1:78: pool a: '3g.40gb*3' is no layout of its GPUs; write profiles of one GPU, "
         "3g.40gb 1g.10gb*4"},
	{POOL ", plan: {strategies: [migg]}}]\nworkloads: [{request: {gpu: 1}}]\n",
         "s.yaml:1:74: unknown strategy 'migg', did you mean 'mig'? (whole, mig, shared)"},
	{POOL ", plan: {buy: {max: 3}}}]\nworkloads: [{request: {gpu: 1}}]\n",
         "s.yaml:1:66: buy needs how many at most and the price of one: {max: 10, price: 3.5}"},
	{POOL ", plan: {buy: {max: 2, price: 1, names: [a]}}}]\nworkloads: [{request: {gpu: 1}}]\n",
         "s.yaml:1:92: expected a list of 2 names, one for each node of max"},
	{POOL
         ", plan: {buy: {max: 1, price: 1, names: [a b]}}}]\nworkloads: [{request: {gpu: 1}}]\n",
         "s.yaml:1:93: a node's name has letters, digits, '-', '.' and '_'"},
	{NODES "running: {z: 1}}\n", "s.yaml:3:43: no node is called 'z'"},
	{NODES "running: {a-0: 1}}\n", "s.yaml:3:43: no node is called 'a-0'"},
	{NODES "running: {x: 2, y: 2}}\n",
         "s.yaml:3:42: 4 running pods, but the workload has 3: count is all of them"},
	{NODES "running: {x: [p]}}\n", "s.yaml:3:47: expected a pod as namespace/name"},
	{NODES "running: {x: {a: 1}}}\n",
         "s.yaml:3:46: expected a number of pods, or a list of namespace/name"},
	{NODES "gang: {size: 3}, running: {x: 2}}\n",
         "s.yaml:3:59: 2 running pods are no whole gangs of 3"},
	{NODES "nodes: {nodeSelector: {a: b}}}\n",
         "s.yaml:3:41: unknown key 'nodeSelector', did you mean 'selector'?"},
	{NODES "nodes: {affinity: [{matchExpressions: [{key: k, operator: Is}]}]}}\n",
         "s.yaml:3:91: unknown operator 'Is', did you mean 'In'? (In, NotIn, Exists, DoesNotExist, "
         "Gt, Lt)"},
	{NODES "nodes: {affinity: [{matchExpressions: [{key: k, operator: In}]}]}}\n",
         "s.yaml:3:72: In takes values: [...]"},
	{NODES
         "nodes: {affinity: [{matchExpressions: [{key: k, operator: Exists, values: [a]}]}]}}\n",
         "s.yaml:3:72: Exists takes no values"},
	{NODES "nodes: {affinity: [{matchExpressions: [{key: k, operator: Gt, values: [a]}]}]}}\n",
         "s.yaml:3:104: expected a whole number, found 'a'"},
	{NODES "nodes: {affinity: [{matchFields: [{key: k, operator: In, values: [a]}]}]}}\n",
         "s.yaml:3:73: metadata.name is the only field of a node"},
	{NODES "nodes: {tolerations: [{value: a}]}}\n",
         "s.yaml:3:55: a toleration without a key needs operator: Exists"},
	{NODES "nodes: {tolerations: [{key: k, operator: Exists, value: a}]}}\n",
         "s.yaml:3:55: Exists takes no value"},
	{NODES "groups: [web], nodes: {apart: [wep]}}\n",
         "s.yaml:3:64: no workload has 'wep' under 'groups:', did you mean 'web'?"},
	{NODES "nodes: {spread: {max_skew: 0}}}\n", "s.yaml:3:60: '0' is not in 1..1000000"},
	{NODES "}\nplan: {tiers: [unmet, wast]}\n",
         "s.yaml:4:23: unknown tier 'wast', did you mean 'waste'? (unmet, drain, rebuilt, waste, "
         "gpus, nodes, cost, balance)"},
	{NODES "}\nplan: {tiers: [unmet, {drain: 1, rebuild: 2}]}\n",
         "s.yaml:4:43: unknown tier 'rebuild', did you mean 'rebuilt'? (unmet, drain, rebuilt, "
         "waste, gpus, nodes, cost, balance)"},
	{NODES "}\nplan: {tiers: [drain, {waste: 1, drain: 2}]}\n",
         "s.yaml:4:41: tier drain is listed twice"},
	{NODES "}\nplan: {tiers: [{unmet: 1, drain: 2}]}\n",
         "s.yaml:4:24: tier unmet has no weight: it stands alone"},
	{NODES "}\nplan: {tiers: [{waste: 1, drain: 0}]}\n",
         "s.yaml:4:34: a weight is at least 0.000001, leave drain out instead"},
	{NODES "}\nplan: {tiers: [{}]}\n",
         "s.yaml:4:16: expected a tier, or some with weights: {drain: 1, rebuilt: 0.2}"},
	{NODES "}\nplan: {tiers: [unmet, unmet]}\n", "s.yaml:4:23: tier unmet is listed twice"},
	{NODES "}\nplan: {headroom: {1g.1gb: 2}}\n",
         "s.yaml:4:27: no product of the catalog has a MIG profile '1g.1gb'"},
};

Test(scenario_node, says_what_is_wrong)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct sf_error err = {0};
		struct sf_scenario *scenario = sf_scenario_parse(
			refused[i].text, strlen(refused[i].text), "s.yaml", catalog, &err);
		cr_expect(scenario == NULL, "row %zu", i);
		cr_expect(eq(str, err.text, (char *)refused[i].message), "row %zu", i);
		sf_scenario_destroy(scenario);
	}
}

static const char whole[] =
	"pools:\n"
	"- name: a\n"
	"  names: [gpu-a1, gpu-a2]\n"
	"  product: A100-80GB\n"
	"  gpus: 2\n"
	"  labels: {zone: x}\n"
	"  taints: [{key: nvidia.com/gpu, value: present, effect: NoSchedule},\n"
	"           {key: maint, effect: PreferNoSchedule}]\n"
	"  plan: {max_drained: 1, buy: {max: 3, price: 2.5, names: [n7, n8, n9]}, strategies: "
	"[mig, whole],\n"
	"         layouts: {only: [\"1g.10gb*7\", \"3g.40gb*2\"], never: [7g.80gb]}}\n"
	"- {name: b, nodes: 2, product: T4, cordoned: true, plan: {pinned: true}}\n"
	"workloads:\n"
	"- name: w\n"
	"  count: 5\n"
	"  groups: [web, all]\n"
	"  gpu_duty: 0.3\n"
	"  gpu_duty_sd: 0.1\n"
	"  drain_cost: 2.5\n"
	"  request: {gpu: 1}\n"
	"  nodes:\n"
	"    selector: {zone: x, a: ''}\n"
	"    affinity:\n"
	"    - matchExpressions: [{key: zone, operator: In, values: [x, y]},\n"
	"                         {key: n, operator: Gt, values: ['1']}]\n"
	"      matchFields: [{key: metadata.name, operator: NotIn, values: [gpu-a9]}]\n"
	"    - matchExpressions: [{key: q, operator: DoesNotExist}]\n"
	"    preferred: [{weight: 7, preference: {matchExpressions: [{key: z, operator: "
	"Exists}]}}]\n"
	"    tolerations: [{key: nvidia.com/gpu, operator: Exists, effect: NoSchedule},\n"
	"                  {operator: Exists}, {key: z, value: '1', tolerationSeconds: 30}]\n"
	"    one_per_node: true\n"
	"    apart: all\n"
	"    spread: {max_skew: 2, group: web, min_nodes: 3, node_affinity_policy: Ignore,\n"
	"             node_taints_policy: Honor}\n"
	"  running: {b-1: 1, gpu-a2: [team/p-0, team/p-1]}\n"
	"- {request: {gpu: 1}, nodes: {spread: {}}}\n"
	"plan: {tiers: [unmet, cost, drain, {rebuilt: 1.0, balance: 0.25}], substitute: true, "
	"headroom: {gpu: 2, 1g.10gb: 7},\n"
	"       duty_sigmas: 1.5, duty_cap: 0.8, process_reserve: 300Mi}\n";

static void expect_pools(const struct sf_scenario *s)
{
	const struct sf_pool *a = &s->pool[0];
	const struct sf_pool *b = &s->pool[1];
	char name[SF_NODE_NAME_MAX + 1];
	cr_assert(a->count == 2 && a->node_name != NULL && b->node_name == NULL);
	cr_expect(eq(str, (char *)sf_pool_node_name(a, 1, name), "gpu-a2"));
	cr_expect(eq(str, (char *)sf_pool_node_name(a, 2, name), "a-2"));
	cr_expect(eq(str, (char *)sf_pool_node_name(b, 1, name), "b-1"));
	cr_assert(eq(sz, a->n_taints, 2));
	cr_expect(eq(str, (char *)a->taint[0].value, "present"));
	cr_expect(a->taint[1].effect == SF_TAINT_PREFER_NO_SCHEDULE && a->taint[1].value[0] == 0);
	cr_assert(a->buy_name != NULL);
	cr_expect(eq(str, (char *)a->buy_name[2], "n9"));
	cr_expect(a->max_drained == 1 && a->buy_max == 3 && a->price == 2.5 && !a->pinned);
	cr_expect(a->strategies == (1U << SF_MODE_WHOLE | 1U << SF_MODE_MIG));
	cr_assert(a->n_only == 2 && a->n_never == 1);
	cr_expect(eq(str, (char *)a->layout_only[1], "3g.40gb*2"));
	cr_expect(b->pinned && b->cordoned && b->max_drained == UINT32_MAX && b->n_taints == 0);
}

static void expect_rule(const struct sf_scenario *s)
{
	const struct sf_node_rule *rule = s->workload[0].rule;
	cr_assert(rule != NULL && rule->n_selector == 2 && rule->n_terms == 2);
	cr_expect(eq(str, (char *)rule->selector[0].key, "a"));
	cr_assert(rule->term[0].n == 3 && rule->term[1].n == 1);
	cr_expect(rule->term[0].expr[0].n == 2 && rule->term[0].expr[1].op == SF_NODE_OP_GT);
	cr_expect(rule->term[0].expr[2].key == NULL && rule->term[0].expr[2].n == 1);
	cr_expect(rule->n_preferred == 1 && rule->preferred[0].weight == 7);
	cr_assert(eq(sz, rule->n_tolerations, 3));
	cr_expect(rule->toleration[1].key == NULL && rule->toleration[1].effect == -1);
	cr_expect(rule->toleration[0].value == NULL && rule->toleration[0].effect == 0);
	cr_expect(eq(str, (char *)rule->toleration[2].value, "1"));
	cr_expect(rule->one_per_node && rule->n_apart == 1 && rule->max_skew == 2);
	cr_expect(eq(str, (char *)s->group[rule->apart[0]], "all"));
	cr_assert(rule->spread > 0);
	cr_expect(eq(str, (char *)s->group[rule->spread - 1], "web"));
	cr_expect(rule->min_nodes == 3 && rule->spread_everywhere && rule->spread_untainted);
	cr_expect(s->workload[1].rule->max_skew == 1 && s->workload[1].rule->spread == 0);
}

static void expect_whole(const struct sf_scenario *s)
{
	const struct sf_workload *w = &s->workload[0];
	expect_pools(s);
	expect_rule(s);
	cr_expect(w->gpu_duty_sd == 0.1 && w->drain_cost == 2.5 && s->workload[1].drain_cost == 1);
	cr_assert(w->n_running == 2 && w->n_running_pods == 3 && w->n_groups == 2);
	cr_expect(w->running[0].node == 1 && w->running[0].pods == 2);
	cr_expect(eq(str, (char *)w->running[0].name[1], "team/p-1"));
	cr_expect(w->running[1].node == 3 && w->running[1].pods == 1 && !w->running[1].name);
	cr_assert(s->plan.n_tiers == 4 && s->plan.n_headroom == 2);
	cr_expect(s->plan.tier[1].kind[0] == SF_PLAN_COST && s->plan.substitute);
	cr_expect(s->plan.tier[3].kind[1] == SF_PLAN_BALANCE && s->plan.tier[3].weight[1] == 0.25);
	cr_expect(eq(str, (char *)s->plan.headroom[1].kind, "1g.10gb"));
	cr_expect(s->plan.headroom[1].count == 7 && s->plan.process_reserve_mib == 300);
	cr_expect(s->plan.duty_sigmas == 1.5 && s->plan.duty_cap == 0.8);
}

Test(scenario_node, is_read_and_written)
{
	struct sf_error err = {0};
	struct sf_str text = {0}, again = {0};
	struct sf_scenario *a = scenario_of(whole);
	expect_whole(a);
	cr_assert(eq(int, sf_scenario_write(a, true, &text, &err), 0), "%s", err.text);
	struct sf_scenario *b = scenario_of(text.text);
	expect_whole(b);
	cr_assert(eq(int, sf_scenario_write(b, true, &again, &err), 0), "%s", err.text);
	cr_expect(eq(str, text.text, again.text));
	sf_str_finish(&text);
	sf_str_finish(&again);
	sf_scenario_destroy(a);
	sf_scenario_destroy(b);
}

Test(scenario_node, events_name_nodes)
{
	struct sf_scenario *s = scenario_of("pools: [{name: a, names: [gpu-1, g], product: T4}]\n"
	                                    "workloads: [{request: {gpu: 1}}]\n"
	                                    "events: [{at: 1, fail: g}, {at: 2, add: {pool: a, "
	                                    "count: 1}}, {at: 3, fail: a-2}]\n");
	cr_expect(s->event[0].pick[0].kind == SF_PICK_NODE && s->event[0].pick[0].n == 1);
	cr_expect(s->event[2].pick[0].kind == SF_PICK_NODE && s->event[2].pick[0].n == 2);
	sf_scenario_destroy(s);
}

Test(scenario_node, plan_has_defaults)
{
	struct sf_scenario *s =
		scenario_of("pools: [{product: T4}]\nworkloads: [{request: {gpu: 1}}]\n");
	cr_expect(s->plan.n_tiers == 0 && !s->plan.substitute && s->plan.n_headroom == 0);
	cr_expect(s->plan.duty_sigmas == 2 && s->plan.duty_cap == 0.9);
	cr_expect(s->pool[0].max_drained == UINT32_MAX && s->workload[0].drain_cost == 1);
	cr_expect(s->workload[0].rule == NULL && s->n_groups == 0);
	sf_scenario_destroy(s);
}
