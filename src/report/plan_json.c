/* plan_json: a plan as JSON (docs/plan.md). */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/report_plan.h>

#include "plan_demand.h"
#include "plan_layout_text.h"
#include "plan_more.h"

#include <slicefit/json.h>
#include <slicefit/str.h>

#include <math.h>

static double rounded(double value)
{
	return round(value * 1e6) / 1e6;
}

static void write_gpu(struct sf_json *json, const struct sf_gpu_spec *gpu)
{
	sf_json_object(json, NULL);
	sf_json_str(json, "product", gpu->product->name);
	sf_json_bool(json, "mig", gpu->mig);
	sf_json_array(json, "instances");
	for (uint8_t i = 0; i < gpu->layout.n; i++) {
		const struct sf_mig_instance *instance = &gpu->layout.instance[i];

		sf_json_object(json, NULL);
		sf_json_str(json, "profile", gpu->product->profile[instance->profile].name);
		if (gpu->product->placeable) {
			sf_json_int(json, "start", instance->start);
		}
		sf_json_end(json);
	}
	sf_json_end(json);
	sf_json_end(json);
}

static void write_side(struct sf_json *json, const char *key, const struct sf_gpu_spec *gpu,
                       uint8_t n, uint16_t replicas, bool dynamic)
{
	struct sf_str text = {0};

	sf_plan_layout_text(gpu, n, replicas, dynamic, &text);
	sf_json_object(json, key);
	sf_json_str(json, "layout", sf_str_get(&text));
	sf_json_int(json, "replicas", replicas);
	sf_json_array(json, "gpus");
	for (uint8_t g = 0; g < n; g++) {
		write_gpu(json, &gpu[g]);
	}
	sf_json_end(json);
	sf_json_end(json);
	sf_str_finish(&text);
}

static void write_pods(struct sf_json *json, const char *key, const struct sf_plan_report *report,
                       const uint32_t *pods)
{
	sf_json_object(json, key);
	for (size_t d = 0; d < report->plan->n_served; d++) {
		if (pods[d]) {
			sf_json_int(json, report->scenario->workload[d].name, pods[d]);
		}
	}
	sf_json_end(json);
}

/* "needed", and the same in words; null when nobody has asked why. */
static void write_why(struct sf_json *json, const struct sf_plan_report *report,
                      const struct sf_node_plan *node)
{
	const struct sf_plan_reason *reason =
		report->reason ? &report->reason[node - report->plan->node] : NULL;
	struct sf_str text = {0};

	if (reason) {
		sf_plan_reason_text(report->scenario, node, reason, &text);
	}
	sf_json_str(json, "reason", reason ? sf_plan_reason_names[reason->kind] : NULL);
	sf_json_str(json, "why", reason ? sf_str_get(&text) : NULL);
	sf_str_finish(&text);
}

static void write_node(struct sf_json *json, const struct sf_plan_report *report,
                       const struct sf_pool *pool, uint32_t i, const struct sf_node_plan *node)
{
	char name[SF_NODE_NAME_MAX + 1];

	sf_json_object(json, NULL);
	sf_json_str(json, "name", sf_pool_node_name(pool, i, name));
	sf_json_str(json, "pool", pool->name);
	sf_json_bool(json, "changed", node->changed);
	sf_json_bool(json, "drained", node->drained);
	sf_json_str(json, "strategy", sf_strategy_name(node->strategy));
	write_side(json, "before", node->before, node->n_gpus, node->replicas_before,
	           pool->node.dynamic);
	write_side(json, "after", node->after, node->n_gpus, node->replicas, pool->node.dynamic);
	write_pods(json, "pods", report, node->pods);
	write_pods(json, "evicted", report, node->evicted);
	sf_json_int(json, "gpus_used", node->gpus_used);
	write_why(json, report, node);
	sf_json_end(json);
}

static void write_nodes(struct sf_json *json, const struct sf_plan_report *report)
{
	const struct sf_scenario *scenario = report->scenario;
	uint32_t node = 0;

	sf_json_array(json, "nodes");
	for (size_t p = 0; p < scenario->n_pools; p++) {
		for (uint32_t i = 0; i < scenario->pool[p].count; i++) {
			write_node(json, report, &scenario->pool[p], i,
			           &report->plan->node[node++]);
		}
	}
	sf_json_end(json);
}

/* Nodes to buy: in the plan they come behind those of the scenario, pool by pool. */
static void write_buys(struct sf_json *json, const struct sf_plan_report *report)
{
	const struct sf_scenario *scenario = report->scenario;
	const struct sf_node_plan *node = report->plan->node + report->plan->n_nodes;
	char name[SF_NODE_NAME_MAX + 1];

	sf_json_array(json, "buys");
	for (size_t p = 0; p < scenario->n_pools; p++) {
		const struct sf_pool *pool = &scenario->pool[p];

		for (uint32_t i = 0; i < pool->buy_max; i++, node++) {
			if (!node->bought) {
				continue;
			}
			sf_json_object(json, NULL);
			sf_json_str(json, "name", sf_pool_new_name(pool, i, name));
			sf_json_str(json, "pool", pool->name);
			sf_json_real(json, "price", rounded(pool->price));
			sf_json_str(json, "strategy", sf_strategy_name(node->strategy));
			write_side(json, "after", node->after, node->n_gpus, node->replicas,
			           pool->node.dynamic);
			write_pods(json, "pods", report, node->pods);
			sf_json_int(json, "gpus_used", node->gpus_used);
			write_why(json, report, node);
			sf_json_end(json);
		}
	}
	sf_json_end(json);
}

static void write_pools(struct sf_json *json, const struct sf_plan_report *report)
{
	const struct sf_scenario *scenario = report->scenario;
	uint32_t node = 0;

	sf_json_array(json, "pools");
	for (size_t p = 0; p < scenario->n_pools; p++) {
		const struct sf_pool *pool = &scenario->pool[p];
		uint32_t changed = 0;

		for (uint32_t i = 0; i < pool->count; i++) {
			changed += report->plan->node[node++].changed;
		}
		sf_json_object(json, NULL);
		sf_json_str(json, "name", pool->name);
		sf_json_int(json, "nodes", pool->count);
		sf_json_int(json, "gpus", (int64_t)pool->count * pool->node.n_gpus);
		sf_json_int(json, "nodes_changed", changed);
		sf_json_end(json);
	}
	sf_json_end(json);
}

static void write_served(struct sf_json *json, const struct sf_plan_report *report)
{
	sf_json_array(json, "served");
	for (size_t d = 0; d < report->plan->n_served; d++) {
		const struct sf_plan_served *served = &report->plan->served[d];

		sf_json_object(json, NULL);
		sf_json_str(json, "workload", report->scenario->workload[d].name);
		sf_json_int(json, "priority", report->scenario->workload[d].priority);
		sf_json_int(json, "wanted", served->wanted);
		sf_json_int(json, "before", served->before);
		sf_json_int(json, "served", served->served);
		sf_json_int(json, "unserved", served->wanted - served->served);
		sf_json_int(json, "bound", served->bound);
		sf_json_str(json, "why", served->why);
		sf_json_end(json);
	}
	sf_json_end(json);
}

static void write_ways(struct sf_json *json, const struct sf_plan_report *report)
{
	sf_json_array(json, "substituted");
	for (size_t i = 0; i < report->plan->n_ways; i++) {
		const struct sf_plan_way *way = &report->plan->way[i];

		sf_json_object(json, NULL);
		sf_json_str(json, "workload", report->scenario->workload[way->workload].name);
		sf_json_str(json, "profile", way->profile);
		sf_json_int(json, "pods", way->pods);
		sf_json_end(json);
	}
	sf_json_end(json);
}

/* Whole numbers unless the tier counts in parts. */
static void write_amount(struct sf_json *json, const char *key, const struct sf_plan_tier *tier,
                         int64_t amount)
{
	if (tier->unit < 1) {
		sf_json_real(json, key, rounded((double)amount * tier->unit));
	} else {
		sf_json_int(json, key, amount);
	}
}

static void write_tiers(struct sf_json *json, const struct sf_plan *plan)
{
	sf_json_array(json, "tiers");
	for (size_t t = 0; t < plan->n_tiers; t++) {
		const struct sf_plan_tier *tier = &plan->tier[t];
		int64_t base = tier->value > tier->bound ? tier->value : tier->bound;
		int64_t gap = base - (tier->value > tier->bound ? tier->bound : tier->value);

		sf_json_object(json, NULL);
		sf_json_str(json, "name", tier->name);
		sf_json_str(json, "sense", tier->maximised ? "max" : "min");
		write_amount(json, "value", tier, tier->value);
		write_amount(json, "bound", tier, tier->bound);
		sf_json_real(json, "gap_pct",
		             base ? rounded(100.0 * (double)gap / (double)base) : 0);
		sf_json_bool(json, "proven", tier->proven);
		sf_json_end(json);
	}
	sf_json_end(json);
}

static void write_verify(struct sf_json *json, const struct sf_plan_verify *verify)
{
	if (!verify) {
		sf_json_null(json, "verify");
		return;
	}
	sf_json_object(json, "verify");
	sf_json_str(json, "policy", verify->policy);
	sf_json_int(json, "wanted", verify->wanted);
	sf_json_int(json, "running", verify->running);
	sf_json_int(json, "before", verify->before);
	sf_json_int(json, "served", verify->served);
	sf_json_int(json, "planned", verify->planned);
	sf_json_bool(json, "agrees", verify->served == verify->planned);
	sf_json_end(json);
}

void sf_plan_report_json(const struct sf_plan_report *report, struct sf_str *out)
{
	const struct sf_plan *plan = report->plan;
	struct sf_json *json = sf_json_create_object();

	sf_json_str(json, "schema", "slicefit.plan/1");
	sf_json_str(json, "scenario", report->scenario->name);
	plan_demand_json(&plan->demand, json);
	sf_json_bool(json, "changed", plan->nodes_changed > 0);
	sf_json_int(json, "nodes_drained", plan->nodes_drained);
	sf_json_int(json, "pods_evicted", plan->pods_evicted);
	sf_json_bool(json, "optimal", plan->optimal);
	sf_json_bool(json, "limited", plan->limited);
	sf_json_bool(json, "reproducible", plan->reproducible);
	sf_json_str(json, "solver_trouble", plan->trouble);
	plan_usage_json(plan, json);
	write_tiers(json, plan);
	write_served(json, report);
	write_ways(json, report);
	write_pools(json, report);
	write_nodes(json, report);
	write_buys(json, report);
	write_verify(json, report->verify);
	plan_rollout_json(report->rollout, json);
	plan_replay_json(report, json);
	plan_what_if_json(report->what_if, json);
	sf_json_write(json, true, out);
	sf_json_destroy(json);
}
