/* scenario_write: a scenario as the YAML file that reads back as the same scenario. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/scenario_yaml.h>

#include "scenario_write.h"

#include <slicefit/error.h>
#include <slicefit/mig_parted.h>
#include <slicefit/str.h>
#include <slicefit/yaml.h>

#include <string.h>

static void write_cpu(struct sf_yaml_writer *yaml, int64_t milli)
{
	if (milli > 0 && milli % 1000 == 0) {
		sf_yaml_write_int(yaml, "cpu", milli / 1000);
	} else if (milli > 0) {
		sf_scenario_write_amount(yaml, "cpu", milli, "m");
	}
}

/* Where the run of GPUs of one product that starts at `g` ends. */
static uint8_t run_of_gpus(const struct sf_node_spec *node, uint8_t g)
{
	uint8_t end = g;
	while (end < node->n_gpus && node->gpu[end].product == node->gpu[g].product) {
		end++;
	}
	return end;
}

/* Is it known by what it says is allocatable, not by instances that it has? */
static bool is_counted(const struct sf_node_spec *node)
{
	bool instances = false;
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		instances = instances || node->gpu[g].layout.n > 0;
	}
	return node->by_counts && node->n_counts > 0 && !instances;
}

static void write_counts(struct sf_yaml_writer *yaml, const struct sf_node_spec *node)
{
	sf_yaml_write_mapping(yaml, "allocatable");
	for (uint8_t i = 0; i < node->n_counts; i++) {
		sf_yaml_write_int(yaml, node->count[i].name, node->count[i].total);
	}
	sf_yaml_write_end(yaml);
}

static void write_gpus(struct sf_yaml_writer *yaml, const struct sf_node_spec *node)
{
	uint8_t end = run_of_gpus(node, 0);
	if (end == node->n_gpus) {
		if (end > 0) {
			sf_yaml_write_str(yaml, "product", node->gpu[0].product->name);
		}
		sf_yaml_write_int(yaml, "gpus", end);
		return;
	}
	sf_yaml_write_sequence(yaml, "gpus");
	for (uint8_t g = 0; g < node->n_gpus;) {
		end = run_of_gpus(node, g);
		sf_yaml_write_mapping(yaml, NULL);
		sf_yaml_write_str(yaml, "product", node->gpu[g].product->name);
		sf_yaml_write_int(yaml, "count", end - g);
		sf_yaml_write_end(yaml);
		g = end;
	}
	sf_yaml_write_end(yaml);
}

/* A node without GPUs has no MIG, whatever its labels say of a strategy. */
static void write_mig(struct sf_yaml_writer *yaml, const struct sf_node_spec *node)
{
	bool gpus = node->n_gpus > 0 || is_counted(node);
	bool any = gpus && (node->dynamic || node->strategy != SF_STRATEGY_NONE);
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		any = any || node->gpu[g].mig;
	}
	if (!any) {
		return;
	}
	sf_yaml_write_mapping(yaml, "mig");
	sf_yaml_write_str(yaml, "strategy", sf_strategy_name(node->strategy));
	sf_yaml_write_str(yaml, "mode", node->dynamic ? "dynamic" : "static");
	if (!is_counted(node)) {
		sf_mig_config_write(yaml, "config", node->gpu, node->n_gpus, SF_MIG_ALL_GPUS);
	}
	sf_yaml_write_end(yaml);
}

static void write_sharing(struct sf_yaml_writer *yaml, const struct sf_sharing *sharing)
{
	if (sharing->mode == SF_SHARING_NONE) {
		return;
	}
	sf_yaml_write_mapping(yaml, "sharing");
	if (sharing->mode == SF_SHARING_FRACTION) {
		sf_yaml_write_bool(yaml, "fraction", true);
		sf_yaml_write_end(yaml);
		return;
	}
	sf_yaml_write_mapping(yaml, sharing->mode == SF_SHARING_MPS ? "mps" : "timeSlicing");
	sf_yaml_write_bool(yaml, "renameByDefault", sharing->rename);
	sf_yaml_write_bool(yaml, "failRequestsGreaterThanOne", sharing->fail_above_1);
	sf_yaml_write_sequence(yaml, "resources");
	for (uint8_t i = 0; i < sharing->n; i++) {
		sf_yaml_write_mapping(yaml, NULL);
		sf_yaml_write_str(yaml, "name", sharing->resource[i].name);
		sf_yaml_write_int(yaml, "replicas", sharing->resource[i].replicas);
		sf_yaml_write_end(yaml);
	}
	sf_yaml_write_end(yaml);
	sf_yaml_write_end(yaml);
	sf_yaml_write_end(yaml);
}

static void write_labels(struct sf_yaml_writer *yaml, const struct sf_node_spec *node)
{
	if (node->n_labels == 0) {
		return;
	}
	sf_yaml_write_mapping(yaml, "labels");
	for (uint16_t i = 0; i < node->n_labels; i++) {
		sf_yaml_write_str(yaml, node->label[i].key, node->label[i].value);
	}
	sf_yaml_write_end(yaml);
}

static void write_pool(struct sf_yaml_writer *yaml, const struct sf_pool *pool)
{
	sf_yaml_write_mapping(yaml, NULL);
	sf_yaml_write_str(yaml, "name", pool->name);
	sf_scenario_write_nodes(yaml, pool);
	write_gpus(yaml, &pool->node);
	if (is_counted(&pool->node)) {
		write_counts(yaml, &pool->node);
	}
	write_cpu(yaml, pool->node.cpu_milli);
	sf_scenario_write_mib(yaml, "memory", pool->node.memory_mib);
	if (pool->node.pods_max > 0) {
		sf_yaml_write_int(yaml, "pods", pool->node.pods_max);
	}
	write_labels(yaml, &pool->node);
	if (pool->cost_per_gpu_hour >= 0) {
		sf_yaml_write_real(yaml, "cost_per_gpu_hour", pool->cost_per_gpu_hour);
	}
	write_mig(yaml, &pool->node);
	write_sharing(yaml, &pool->node.sharing);
	if (pool->no_mig || pool->no_sharing) {
		sf_yaml_write_mapping(yaml, "allow");
		sf_yaml_write_bool(yaml, "mig", !pool->no_mig);
		sf_yaml_write_bool(yaml, "sharing", !pool->no_sharing);
		sf_yaml_write_end(yaml);
	}
	sf_scenario_write_pool_plan(yaml, pool);
	sf_yaml_write_end(yaml);
}

static void write_request(struct sf_yaml_writer *yaml, const struct sf_request_spec *request)
{
	sf_yaml_write_mapping(yaml, "request");
	if (request->gpu > 0) {
		sf_yaml_write_int(yaml, "gpu", request->gpu);
	}
	if (request->gpu_milli > 0) {
		sf_yaml_write_int(yaml, "gpu_milli", request->gpu_milli);
	}
	if (request->shared > 0) {
		sf_yaml_write_int(yaml, "shared", request->shared);
	}
	if (request->n_mig > 0) {
		sf_yaml_write_mapping(yaml, "mig");
		for (uint8_t i = 0; i < request->n_mig; i++) {
			sf_yaml_write_int(yaml, request->mig[i].profile, request->mig[i].count);
		}
		sf_yaml_write_end(yaml);
	}
	if (request->n_resources > 0) {
		sf_yaml_write_mapping(yaml, "resources");
		for (uint8_t i = 0; i < request->n_resources; i++) {
			sf_yaml_write_int(yaml, request->resource[i].name,
			                  request->resource[i].count);
		}
		sf_yaml_write_end(yaml);
	}
	if (request->n_products > 0) {
		sf_yaml_write_flow(yaml, "product");
		for (uint8_t i = 0; i < request->n_products; i++) {
			sf_yaml_write_str(yaml, NULL, request->product[i]);
		}
		sf_yaml_write_end(yaml);
	}
	sf_scenario_write_mib(yaml, "gpu_memory", request->gpu_memory_mib);
	write_cpu(yaml, request->cpu_milli);
	sf_scenario_write_mib(yaml, "memory", request->memory_mib);
	sf_yaml_write_end(yaml);
}

static void write_gang(struct sf_yaml_writer *yaml, const struct sf_workload *workload)
{
	if (workload->gang == 0) {
		return;
	}
	sf_yaml_write_mapping(yaml, "gang");
	sf_yaml_write_int(yaml, "size", workload->gang);
	if (workload->gang_timeout_s >= 0) {
		sf_scenario_write_time(yaml, "timeout", workload->gang_timeout_s);
	}
	sf_yaml_write_end(yaml);
}

static void write_disruption(struct sf_yaml_writer *yaml, const struct sf_workload *workload)
{
	if (workload->preempts) {
		sf_yaml_write_str(yaml, "preemption", "lower-priority");
	}
	if (workload->saves) {
		sf_scenario_write_time(yaml, "checkpoint", workload->save_s);
	}
	if (workload->has_budget) {
		sf_yaml_write_mapping(yaml, "disruption");
		sf_yaml_write_int(yaml, "max_unavailable", workload->max_unavailable);
		sf_yaml_write_end(yaml);
	}
}

static void write_duty(struct sf_yaml_writer *yaml, const struct sf_workload *workload)
{
	if (workload->n_duty_samples > 0) {
		sf_yaml_write_flow(yaml, "gpu_duty");
		for (size_t i = 0; i < workload->n_duty_samples; i++) {
			sf_yaml_write_real(yaml, NULL, workload->duty_sample[i] / 1000.0);
		}
		sf_yaml_write_end(yaml);
	} else if (workload->gpu_duty > 0) {
		sf_yaml_write_real(yaml, "gpu_duty", workload->gpu_duty);
	}
}

static void write_workload(struct sf_yaml_writer *yaml, const struct sf_scenario *scenario,
                           const struct sf_workload *workload)
{
	sf_yaml_write_mapping(yaml, NULL);
	sf_yaml_write_str(yaml, "name", workload->name);
	sf_yaml_write_int(yaml, "count", workload->count);
	sf_yaml_write_str(yaml, "class", sf_class_name(workload->class));
	sf_yaml_write_int(yaml, "priority", workload->priority);
	write_request(yaml, &workload->request);
	write_duty(yaml, workload);
	if (workload->gpu_duty_sd > 0) {
		sf_yaml_write_real(yaml, "gpu_duty_sd", workload->gpu_duty_sd);
	}
	if (workload->max_replicas > 0) {
		sf_yaml_write_int(yaml, "max_replicas", workload->max_replicas);
	}
	if (workload->timed) {
		sf_scenario_write_arrival(yaml, &workload->arrival);
		sf_scenario_write_stay(yaml, &workload->duration);
	}
	if (workload->deadline_s >= 0) {
		sf_scenario_write_time(yaml, "deadline", workload->deadline_s);
	}
	if (workload->namespace > 0) {
		sf_yaml_write_str(yaml, "namespace",
		                  scenario->namespace[workload->namespace - 1].name);
	}
	write_gang(yaml, workload);
	write_disruption(yaml, workload);
	if (workload->drain_cost != 1) {
		sf_yaml_write_real(yaml, "drain_cost", workload->drain_cost);
	}
	sf_scenario_write_rule(yaml, scenario, workload);
	sf_scenario_write_running(yaml, scenario, workload);
	sf_yaml_write_end(yaml);
}

static void write_limit(struct sf_yaml_writer *yaml, const struct sf_quota_limit *limit)
{
	if (strcmp(limit->resource, "requests.cpu") == 0) {
		sf_scenario_write_amount(yaml, limit->resource, limit->hard, "m");
	} else if (strcmp(limit->resource, "requests.memory") == 0) {
		sf_scenario_write_amount(yaml, limit->resource, limit->hard, "Mi");
	} else {
		sf_yaml_write_int(yaml, limit->resource, limit->hard);
	}
}

static void write_namespaces(struct sf_yaml_writer *yaml, const struct sf_scenario *scenario)
{
	if (scenario->n_namespaces == 0) {
		return;
	}
	sf_yaml_write_sequence(yaml, "namespaces");
	for (size_t i = 0; i < scenario->n_namespaces; i++) {
		const struct sf_namespace *namespace = &scenario->namespace[i];
		sf_yaml_write_mapping(yaml, NULL);
		sf_yaml_write_str(yaml, "name", namespace->name);
		if (namespace->n_limits > 0) {
			sf_yaml_write_mapping(yaml, "quota");
			for (size_t k = 0; k < namespace->n_limits; k++) {
				write_limit(yaml, &namespace->limit[k]);
			}
			sf_yaml_write_end(yaml);
		}
		sf_yaml_write_end(yaml);
	}
	sf_yaml_write_end(yaml);
}

static void write_expects(struct sf_yaml_writer *yaml, const struct sf_scenario *scenario)
{
	sf_yaml_write_sequence(yaml, "expect");
	for (size_t i = 0; i < scenario->n_expects; i++) {
		const struct sf_expect *expect = &scenario->expect[i];
		sf_yaml_write_mapping(yaml, NULL);
		if (expect->policy != NULL) {
			sf_yaml_write_str(yaml, "policy", expect->policy);
		}
		sf_yaml_write_str(yaml, "metric", expect->metric);
		sf_yaml_write_real(yaml, expect->op == SF_EXPECT_MIN ? "min" : "max",
		                   expect->value);
		sf_yaml_write_end(yaml);
	}
	sf_yaml_write_end(yaml);
}

static void write_tolerances(struct sf_yaml_writer *yaml, const struct sf_scenario *scenario)
{
	sf_yaml_write_mapping(yaml, "tolerance");
	for (size_t i = 0; i < scenario->n_tolerances; i++) {
		struct sf_str text = {0};
		sf_tolerance_format(&scenario->tolerance[i], &text);
		sf_yaml_write_str(yaml, scenario->tolerance[i].metric, sf_str_get(&text));
		sf_str_finish(&text);
	}
	sf_yaml_write_end(yaml);
}

static void write_queue(struct sf_yaml_writer *yaml, const struct sf_scenario *scenario)
{
	if (!scenario->backs_off) {
		return;
	}
	sf_yaml_write_mapping(yaml, "queue");
	sf_yaml_write_str(yaml, "backoff", "kube");
	sf_scenario_write_time(yaml, "initial", scenario->backoff_initial_s);
	sf_scenario_write_time(yaml, "max", scenario->backoff_max_s);
	sf_yaml_write_end(yaml);
}

static void write_head(struct sf_yaml_writer *yaml, const struct sf_scenario *scenario)
{
	sf_yaml_write_str(yaml, "schema", "slicefit.scenario/1");
	sf_yaml_write_str(yaml, "name", scenario->name);
	sf_yaml_write_int(yaml, "seed", (int64_t)scenario->seed);
	if (scenario->horizon_s >= 0) {
		sf_scenario_write_time(yaml, "horizon", scenario->horizon_s);
	}
	if (scenario->n_policies > 0) {
		sf_yaml_write_flow(yaml, "policies");
		for (size_t i = 0; i < scenario->n_policies; i++) {
			sf_yaml_write_str(yaml, NULL, scenario->policy[i]);
		}
		sf_yaml_write_end(yaml);
	}
}

/* Those of the trace are in its file. */
static void write_workloads(struct sf_yaml_writer *yaml, const struct sf_scenario *scenario)
{
	const struct sf_trace *trace = &scenario->trace;
	size_t n = trace->path != NULL ? trace->first_workload : scenario->n_workloads;
	if (n > 0) {
		write_queue(yaml, scenario);
		write_namespaces(yaml, scenario);
		sf_yaml_write_sequence(yaml, "workloads");
		for (size_t i = 0; i < n; i++) {
			write_workload(yaml, scenario, &scenario->workload[i]);
		}
		sf_yaml_write_end(yaml);
	}
	sf_scenario_write_trace(yaml, trace);
}

int sf_scenario_write(const struct sf_scenario *scenario, bool expect, struct sf_str *out,
                      struct sf_error *err)
{
	struct sf_yaml_writer *yaml = sf_yaml_writer_create();
	sf_yaml_write_mapping(yaml, NULL);
	write_head(yaml, scenario);
	sf_yaml_write_sequence(yaml, "pools");
	for (size_t i = 0; i < scenario->n_pools; i++) {
		write_pool(yaml, &scenario->pool[i]);
	}
	sf_yaml_write_end(yaml);
	write_workloads(yaml, scenario);
	sf_scenario_write_events(yaml, scenario);
	sf_scenario_write_contention(yaml, scenario);
	sf_scenario_write_plan(yaml, scenario);
	if (expect && scenario->n_expects > 0) {
		write_expects(yaml, scenario);
	}
	if (expect && scenario->n_tolerances > 0) {
		write_tolerances(yaml, scenario);
	}
	sf_yaml_write_end(yaml);
	int rc = sf_yaml_writer_text(yaml, out, err);
	sf_yaml_writer_destroy(yaml);
	return rc;
}
