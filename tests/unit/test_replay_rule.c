/* Tests of rules about nodes in the replay: worked examples, and random clusters against rules that
 * are worked out anew for every pod and node. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_books.h"
#include "replay_fixture.h"

#include <slicefit/cluster_rule.h>
#include <slicefit/str.h>

#include <stdlib.h>

TestSuite(replay_rule, .timeout = 60, .init = open_catalog, .fini = close_catalog);

#define POOLS                                                                                      \
	"pools:\n"                                                                                 \
	"- {name: a, nodes: 2, product: T4, gpus: 4, labels: {zone: x}}\n"                         \
	"- {name: b, nodes: 2, product: T4, gpus: 4, labels: {zone: y},\n"                         \
	"   taints: [{key: gpu, value: only, effect: NoSchedule}]}\n"                              \
	"workloads:\n"

static const struct {
	const char *name;
	const char *text;
	struct figure want[6];
} worked[] = {
	{"a taint keeps pods away, whether they have rules or not",
         POOLS "- {count: 12, request: {gpu: 1}}\n",
         {{"pods.placed", 8}, {"pods.waiting", 4}}},
	{"that tolerate it or not",
         POOLS "- {count: 12, request: {gpu: 1}, nodes: {tolerations: [{key: gpu, operator: "
               "Exists}]}}\n",
         {{"pods.placed", 12}}},
	{"a selector",
         POOLS "- {count: 10, request: {gpu: 1}, nodes: {selector: {zone: x}}}\n",
         {{"pods.placed", 8}, {"pods.waiting", 2}}},
	{"that no node can meet",
         POOLS "- {count: 3, request: {gpu: 1}, nodes: {selector: {zone: y}}}\n",
         {{"pods.placed", 0}, {"pods.rejected", 3}}},
	{"a node by its name",
         POOLS "- {count: 6, request: {gpu: 1}, nodes: {affinity: [{matchFields: [{key: "
               "metadata.name, operator: In, values: [a-1]}]}]}}\n",
         {{"pods.placed", 4}, {"pods.waiting", 2}}},
	{"one per node",
         POOLS "- {count: 5, request: {gpu: 1}, nodes: {one_per_node: true, tolerations: "
               "[{operator: Exists}]}, duration: 10}\n",
         {{"pods.placed", 5}, {"wait_s.max", 10}}},
	{"groups that keep apart, both ways",
         POOLS "- {count: 1, groups: [g], request: {gpu: 1}}\n"
               "- {count: 4, request: {gpu: 1}, nodes: {apart: g}}\n"
               "- {count: 4, groups: g, request: {gpu: 1}}\n",
         /* One on a-0, four on a-1, the rest beside the first and not beside the others. */
         {{"pods.placed", 8}, {"pods.waiting", 1}}},
	{"a spread of one",
         POOLS "- {count: 7, request: {gpu: 1}, nodes: {selector: {zone: x}, spread: {}}}\n"
               "- {count: 2, request: {gpu: 3}, priority: 1}\n",
         /* The first two take three GPUs of each node; of the spread ones each has room for one. */
         {{"pods.placed", 4}, {"pods.waiting", 5}}},
	{"nodes that are full keep the others from filling",
         POOLS "- {count: 8, request: {gpu: 1}, nodes: {selector: {zone: x}, spread: {max_skew: "
               "2}}}\n"
               "- {count: 1, request: {gpu: 4}, priority: 1}\n",
         {{"pods.placed", 3}, {"pods.waiting", 6}}},
	{"tainted nodes count as empty",
         POOLS "- {count: 8, request: {gpu: 1}, nodes: {spread: {max_skew: 2}}}\n",
         {{"pods.placed", 4}}},
	{"unless taints are honoured",
         POOLS "- {count: 8, request: {gpu: 1}, nodes: {spread: {max_skew: 1, "
               "node_taints_policy: Honor}}}\n",
         {{"pods.placed", 8}}},
	{"nodes that are not selected do not count",
         POOLS "- {count: 8, request: {gpu: 1}, nodes: {selector: {zone: x}, spread: {}}}\n",
         {{"pods.placed", 8}}},
	{"unless the policy is to ignore that",
         POOLS "- {count: 8, request: {gpu: 1}, nodes: {selector: {zone: x}, spread: "
               "{node_affinity_policy: Ignore}}}\n",
         {{"pods.placed", 2}}},
	{"too few nodes",
         POOLS "- {count: 8, request: {gpu: 1}, nodes: {selector: {zone: x}, spread: {min_nodes: "
               "3}}}\n",
         {{"pods.placed", 2}}},
	{"others of the group make room",
         POOLS "- {name: w, count: 3, groups: g, request: {gpu: 1}, nodes: {selector: {zone: x}, "
               "spread: {group: g}, affinity: [{matchFields: [{key: metadata.name, operator: In, "
               "values: [a-0]}]}]}}\n"
               "- {count: 1, groups: g, request: {gpu: 1}, arrival: 60}\n",
         /* a-0 is the only node that counts. */
         {{"pods.placed", 4}, {"wait_s.max", 0}}},
	{"a pod that comes lets others in elsewhere",
         POOLS "- {count: 2, groups: g, request: {gpu: 2}, nodes: {selector: {zone: x}, spread: "
               "{group: g}}, running: {a-0: 1}}\n"
               "- {request: {gpu: 4}, running: {a-1: 1}}\n"
               "- {groups: g, request: {cpu: 1}, arrival: 60, nodes: {affinity: [{matchFields: "
               "[{key: metadata.name, operator: In, values: [a-1]}]}]}}\n",
         {{"pods.placed", 4}, {"wait_s.max", 60}}},
	{"so does a node that goes",
         POOLS "- {count: 2, request: {gpu: 2}, nodes: {selector: {zone: x}, spread: {}}, "
               "running: {a-0: 1}}\n"
               "- {request: {gpu: 4}, running: {a-1: 1}}\n"
               "events: [{at: 60, remove: a-1}]\nhorizon: 100\n",
         {{"pods.placed", 2}, {"pods.waiting", 1}, {"wait_s.max", 60}}},
	{"a gang goes round the nodes",
         POOLS "- {count: 6, gang: {size: 6}, request: {gpu: 1}, nodes: {selector: {zone: x}, "
               "spread: {}}}\n",
         {{"pods.placed", 6}}},
	{"a gang that has too few nodes is rejected",
         POOLS "- {count: 3, gang: {size: 3}, request: {gpu: 1}, nodes: {one_per_node: true}}\n",
         {{"pods.rejected", 3}}},
	{"so it is where nodes come and go",
         POOLS "- {count: 3, gang: {size: 3}, request: {gpu: 1}, nodes: {one_per_node: true}}\n"
               "events: [{at: 1, fail: a-0}]\nhorizon: 10\n",
         {{"pods.rejected", 3}}},
	{"a node that is added",
         POOLS "- {count: 3, gang: {size: 3}, request: {gpu: 1}, nodes: {one_per_node: true}}\n"
               "events: [{at: 1, add: {pool: a, count: 1}}]\nhorizon: 10\n",
         {{"pods.placed", 3}, {"wait_s.max", 1}}},
	{"preemption where pods keep apart",
         POOLS "- {count: 2, groups: g, request: {gpu: 1}}\n"
               "- {count: 1, request: {gpu: 1}, priority: 1, preemption: lower-priority, nodes: "
               "{apart: g, affinity: [{matchFields: [{key: metadata.name, operator: In, values: "
               "[a-0]}]}]}, arrival: 60}\n",
         {{"preemption.victims", 2}, {"pods.placed", 3}}},
};

Test(replay_rule, worked_examples)
{
	for (size_t i = 0; i < sizeof(worked) / sizeof(worked[0]); i++) {
		expect_replay(worked[i].name, worked[i].text, worked[i].want,
		              sizeof(worked[i].want) / sizeof(worked[i].want[0]));
	}
}

Test(replay_rule, names_what_is_in_the_way)
{
	static const char text[] = POOLS
		"- {request: {gpu: 1}, nodes: {selector: {zone: y}}}\n"
		"- {request: {gpu: 1}, nodes: {selector: {zone: z, a: b}, tolerations: [{operator: "
		"Exists}]}}\n"
		"- {request: {gpu: 1}, nodes: {affinity: [{matchExpressions: [{key: zone, "
		"operator: "
		"DoesNotExist}]}], tolerations: [{operator: Exists}]}}\n";
	static const char *const why[] = {"node selector zone=y", "node selector a=b,zone=z",
	                                  "node affinity"};
	struct sf_error err = {0};
	struct sf_replay_result result = {0};
	struct sf_scenario *s = scenario_of(text);
	struct sf_cluster *cluster = sf_scenario_cluster(s, &err);
	struct sf_request request[3];
	struct sf_str out = {0};
	cr_assert(sf_replay_run(s, sf_policy_find("fgd"), 1, NULL, &result, &err) == 0);
	for (size_t i = 0; i < 3; i++) {
		cr_expect(eq(str, result.workload[i].never_why, (char *)why[i]));
	}
	sf_scenario_requests(s, cluster, request);
	sf_cluster_rule_why(cluster, request[0].rule, 2, &out);
	cr_expect(eq(str, (char *)sf_str_get(&out), "untolerated taint gpu=only:NoSchedule"));
	cr_expect(sf_filter(cluster, 2, &request[0], SF_VIEW_AWARE, NULL) == SF_FIT_TAINT);
	cr_expect(sf_filter(cluster, 0, &request[0], SF_VIEW_AWARE, NULL) == SF_FIT_SELECTOR);
	sf_str_finish(&out);
	sf_cluster_destroy(cluster);
	sf_replay_finish(&result);
	sf_scenario_destroy(s);
}

/* A node without GPUs is further away than one with a taint; nodes that come and go change nothing. */
Test(replay_rule, names_what_alone_is_in_the_way)
{
	static const char pools[] =
		"pools:\n"
		"- {name: a, product: T4, taints: [{key: k, value: v, effect: NoExecute}]}\n"
		"- {name: b, gpus: 0}\n"
		"workloads: [{request: {gpu: 1}}, {request: {gpu: 2}}]\n";
	static const char *const events[] = {"", "events: [{at: 1, fail: b}]\n"};
	for (size_t i = 0; i < 2; i++) {
		struct sf_error err = {0};
		struct sf_replay_result result = {0};
		struct sf_str text = {0};
		sf_str_printf(&text, "%s%s", pools, events[i]);
		struct sf_scenario *s = scenario_of(sf_str_get(&text));
		cr_assert(sf_replay_run(s, sf_policy_find("binpack"), 1, NULL, &result, &err) == 0);
		cr_expect(result.workload[0].never == SF_FIT_TAINT);
		cr_expect(eq(str, result.workload[0].never_why, "untolerated taint k=v:NoExecute"));
		cr_expect(result.workload[1].never == SF_FIT_NO_RESOURCE);
		cr_expect(eq(str, result.workload[1].never_why, ""));
		sf_replay_finish(&result);
		sf_scenario_destroy(s);
		sf_str_finish(&text);
	}
}

Test(replay_rule, what_any_node_meets_costs_nothing)
{
	struct sf_scenario *s = scenario_of(
		"pools: [{name: a, nodes: 3, product: T4, labels: {zone: x}}]\nworkloads:\n"
		"- {request: {gpu: 1}, nodes: {selector: {zone: x}, tolerations: [{operator: "
		"Exists}]}}\n"
		"- {request: {gpu: 1}, groups: [g]}\n"
		"- {request: {gpu: 1}, nodes: {selector: {zone: z}}}\n"
		"- {request: {gpu: 1}, nodes: {selector: {zone: z}, preferred: []}}\n"
		"- {request: {gpu: 1}, nodes: {one_per_node: true}}\n");
	struct sf_cluster *cluster = sf_scenario_cluster(s, NULL);
	struct sf_request request[5];
	sf_scenario_requests(s, cluster, request);
	cr_expect(request[0].rule == 0 && request[1].rule == 0);
	cr_expect(request[2].rule > 0 && request[2].rule == request[3].rule);
	cr_expect(request[4].rule > 0 && request[4].rule != request[2].rule);
	sf_cluster_destroy(cluster);
	sf_scenario_destroy(s);
}

/* Random scenarios, and what rules say of them by looking at every pod. */

static uint64_t state;

static uint32_t draw(uint32_t below)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(state >> 33) % below;
}

static void draw_pools(struct sf_str *out)
{
	static const char *const effect[] = {"NoSchedule", "NoExecute", "PreferNoSchedule"};
	const uint32_t pools = 1 + draw(3);
	sf_str_append(out, "pools:\n");
	for (uint32_t p = 0; p < pools; p++) {
		sf_str_printf(out, "- {name: p%u, nodes: %u, product: T4, gpus: %u, cpu: %u", p,
		              1 + draw(4), 1 + draw(4), 4 + draw(8));
		sf_str_printf(out, ", labels: {zone: %c}", 'x' + (char)draw(2));
		if (draw(3) == 0) {
			sf_str_printf(out, ", taints: [{key: t%u, effect: %s}]", draw(2),
			              effect[draw(3)]);
		}
		sf_str_append(out, "}\n");
	}
}

static void draw_rule(struct sf_str *out, bool gang)
{
	sf_str_append(out, ", nodes: {");
	if (draw(3) == 0) {
		sf_str_printf(out, "selector: {zone: %c}, ", 'x' + (char)draw(2));
	}
	if (draw(4) == 0) {
		sf_str_append(out,
		              "affinity: [{matchFields: [{key: metadata.name, operator: NotIn, "
		              "values: [p0-0]}]}], ");
	}
	if (draw(2) == 0) {
		sf_str_printf(out, "tolerations: [{key: t%u, operator: Exists}], ", draw(2));
	}
	if (draw(4) == 0 && !gang) {
		sf_str_append(out, "one_per_node: true, ");
	}
	if (draw(3) == 0) {
		sf_str_printf(out, "apart: g%u, ", draw(2));
	}
	if (draw(3) == 0) {
		sf_str_printf(out, "spread: {max_skew: %u%s, min_nodes: %u, %s%s}, ", 1 + draw(2),
		              draw(2) ? ", group: g1" : "", 1 + draw(3),
		              draw(2) ? "node_affinity_policy: Ignore, " : "",
		              draw(2) ? "node_taints_policy: Honor" : "");
	}
	sf_str_append(out, "}");
}

static void draw_workloads(struct sf_str *out)
{
	const uint32_t n = 2 + draw(5);
	sf_str_append(out, "workloads:\n"
	                   "- {groups: [g0, g1], request: {cpu: 1}, duration: 500}\n");
	for (uint32_t i = 0; i < n; i++) {
		const bool gang = draw(6) == 0;
		sf_str_printf(out, "- {count: %u, priority: %u, request: {gpu: %u, cpu: 1}",
		              gang ? 4 : 1 + draw(10), draw(3), draw(3));
		sf_str_printf(out, ", arrival: {every: %u, at: %u}, duration: %u", draw(50),
		              draw(200), 50 + draw(400));
		if (gang) {
			sf_str_append(out, ", gang: {size: 2}");
		}
		if (draw(2)) {
			sf_str_printf(out, ", groups: g%u", draw(2));
		}
		if (draw(4) == 0) {
			sf_str_append(out, ", preemption: lower-priority");
		}
		if (draw(5) > 0) {
			draw_rule(out, gang);
		}
		sf_str_append(out, "}\n");
	}
}

static void draw_events(struct sf_str *out)
{
	if (draw(2)) {
		return;
	}
	sf_str_append(out, "events:\n");
	sf_str_printf(out, "- {at: %u, fail: p0-0, back: 100}\n", draw(300));
	sf_str_printf(out, "- {at: %u, cordon: p0, back: 60}\n", draw(300));
	sf_str_printf(out, "- {at: %u, add: {pool: p0, count: 1}}\n", draw(300));
	sf_str_printf(out, "- {at: %u, remove: p0-0, grace: 50}\n", 300 + draw(200));
}

static bool tolerates_all(const struct sf_workload *w, const struct sf_node *node)
{
	for (uint16_t i = 0; i < node->n_taints; i++) {
		const struct sf_taint *taint = &node->taint[i];
		bool covered = taint->effect == SF_TAINT_PREFER_NO_SCHEDULE;
		for (size_t k = 0; w->rule && k < w->rule->n_tolerations; k++) {
			covered |= strcmp(w->rule->toleration[k].key, taint->key) == 0;
		}
		if (!covered) {
			return false;
		}
	}
	return true;
}

/* Only what draw_rule writes. */
static bool is_selected(const struct sf_workload *w, const struct sf_node *node)
{
	if (!w->rule) {
		return true;
	}
	bool zone = w->rule->n_selector == 0 ||
	            strcmp(sf_node_label(node, "zone"), w->rule->selector[0].value) == 0;
	bool name = w->rule->n_terms == 0 || strcmp(node->name, "p0-0") != 0;
	return zone && name;
}

static bool is_in(const struct sf_workload *w, uint32_t group)
{
	for (size_t i = 0; i < w->n_groups; i++) {
		if (w->group[i] == group) {
			return true;
		}
	}
	return false;
}

static bool shuns(const struct sf_workload *w, const struct sf_workload *other)
{
	bool any = w->rule && w->rule->one_per_node && w == other;
	for (size_t i = 0; w->rule && i < w->rule->n_apart; i++) {
		any |= is_in(other, w->rule->apart[i]);
	}
	return any;
}

/* Pods on the node that a spread of the workload is about, by looking at all pods. */
static uint32_t count_spread(const struct sf_replay *r, const struct sf_workload *w, uint32_t node)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < sf_cluster_pods(r->cluster); i++) {
		const struct sf_pod *pod = sf_cluster_pod(r->cluster, i);
		const struct sf_workload *of = &r->scenario->workload[pod->tag];
		if (pod->state == SF_POD_PLACED && pod->node == node) {
			n += w->rule->spread > 0 ? is_in(of, w->rule->spread - 1) : of == w;
		}
	}
	return n;
}

static bool is_skewed(const struct sf_replay *r, const struct sf_workload *w, uint32_t node)
{
	const struct sf_node_rule *rule = w->rule;
	uint32_t nodes = 0;
	uint32_t least = UINT32_MAX;
	if (!rule || rule->max_skew == 0) {
		return false;
	}
	for (uint32_t i = 0; i < sf_cluster_nodes(r->cluster); i++) {
		const struct sf_node *other = sf_cluster_node(r->cluster, i);
		bool counts = !(other->state & SF_NODE_REMOVED) &&
		              (rule->spread_everywhere || is_selected(w, other)) &&
		              (!rule->spread_untainted ||
		               (tolerates_all(w, other) && other->state == SF_NODE_READY));
		uint32_t n = counts ? count_spread(r, w, i) : UINT32_MAX;
		nodes += counts;
		least = n < least ? n : least;
	}
	if (nodes == 0 || nodes < rule->min_nodes) {
		least = 0;
	}
	bool own = rule->spread == 0 || is_in(w, rule->spread - 1);
	return count_spread(r, w, node) + own > least + rule->max_skew;
}

static bool is_apart(const struct sf_replay *r, const struct sf_workload *w, uint32_t node)
{
	for (uint32_t i = 0; i < sf_cluster_pods(r->cluster); i++) {
		const struct sf_pod *pod = sf_cluster_pod(r->cluster, i);
		const struct sf_workload *other = &r->scenario->workload[pod->tag];
		if (pod->state == SF_POD_PLACED && pod->node == node &&
		    (shuns(w, other) || shuns(other, w))) {
			return true;
		}
	}
	return false;
}

static enum sf_fit judge(const struct sf_replay *r, uint32_t workload, uint32_t node)
{
	const struct sf_workload *w = &r->scenario->workload[workload];
	const struct sf_node *of = sf_cluster_node(r->cluster, node);
	struct sf_request plain = r->request[workload];
	plain.rule = 0;
	if (of->state != SF_NODE_READY) {
		return SF_FIT_NOT_READY;
	}
	if (!tolerates_all(w, of)) {
		return SF_FIT_TAINT;
	}
	if (!is_selected(w, of)) {
		return SF_FIT_SELECTOR;
	}
	enum sf_fit fit = sf_filter(r->cluster, node, &plain, SF_VIEW_AWARE, NULL);
	if (fit != SF_FITS) {
		return fit;
	}
	if (is_skewed(r, w, node)) {
		return SF_FIT_SPREAD;
	}
	return is_apart(r, w, node) ? SF_FIT_APART : SF_FITS;
}

static uint32_t told[SF_FIT_REASONS];

/* All verdicts, the placer's memory, and that nobody waits in vain. */
static void check_step(struct sf_replay *r, const char *text)
{
	check_books(r);
	for (uint32_t w = 0; w < r->scenario->n_workloads; w++) {
		struct sf_candidate best = {.node = SF_NODE_NONE};
		struct sf_candidate slow = {.node = SF_NODE_NONE};
		const bool found = sf_placer_choose(r->placer, &r->request[w], &best);
		bool any = false;
		for (uint32_t i = 0; i < sf_cluster_nodes(r->cluster); i++) {
			const enum sf_fit want = judge(r, w, i);
			const enum sf_fit got =
				sf_filter(r->cluster, i, &r->request[w], SF_VIEW_AWARE, NULL);
			cr_assert(got == want, "workload %u, node %u: %s, not %s\n%s", w, i,
			          sf_fit_reason(got), sf_fit_reason(want), text);
			told[got]++;
			any |= got == SF_FITS;
		}
		cr_assert(found == any, "workload %u\n%s", w, text);
		cr_assert(found == sf_placer_choose_slowly(r->placer, &r->request[w], &slow));
		cr_assert(best.node == slow.node, "workload %u: %u, not %u\n%s", w, best.node,
		          slow.node, text);
		const bool alone = r->scenario->workload[w].gang == 0;
		cr_assert(r->out.workload[w].waiting == 0 || !any || !alone,
		          "a pod of workload %u waits at %lld in vain\n%s", w, (long long)r->now_us,
		          text);
	}
}

Test(replay_rule, random_clusters)
{
	static const char *const policy[] = {"first-fit", "best-fit", "worst-fit", "fgd"};
	for (uint32_t round = 0; round < 400; round++) {
		struct sf_error err = {0};
		struct sf_str text = {0};
		struct sf_replay r;
		int rc;
		state = round;
		draw_pools(&text);
		draw_workloads(&text);
		draw_events(&text);
		struct sf_scenario *s = scenario_of(sf_str_get(&text));
		cr_assert(sf_replay_open(&r, s, sf_policy_find(policy[round % 4]), 1, &err) == 0,
		          "%s", err.text);
		while ((rc = sf_replay_step(&r, &err)) > 0) {
			check_step(&r, sf_str_get(&text));
		}
		cr_assert(rc == 0, "round %u: %s", round, err.text);
		sf_replay_close(&r);
		sf_scenario_destroy(s);
		sf_str_finish(&text);
	}
	for (int fit = SF_FIT_TAINT; fit <= SF_FIT_APART; fit++) {
		const bool rule = fit == SF_FIT_TAINT || fit == SF_FIT_SELECTOR ||
		                  fit == SF_FIT_SPREAD || fit == SF_FIT_APART;
		cr_expect(told[fit] > 1000 || !rule, "%s: %u", sf_fit_reason((enum sf_fit)fit),
		          told[fit]);
	}
}
