/* scenario_workload: workloads: what their pods ask for, when they come, how long they stay. */
// SPDX-License-Identifier: Apache-2.0
#include "scenario_read.h"

#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/map.h>
#include <slicefit/mig_parted.h>
#include <slicefit/resource.h>

#include <stdio.h>
#include <string.h>

enum { NAME_MAX_BYTES = 128, DEVICES_MAX = 1000 };

static int fail(struct sf_reader *reader, const struct sf_yaml *node, const char *text)
{
	return sf_yaml_fail(node, reader->file, reader->err, "%s", text);
}

static int read_devices(struct sf_reader *reader, const struct sf_yaml *node, uint16_t *out)
{
	uint32_t count = *out;
	if (sf_reader_uint(reader, node, 0, DEVICES_MAX, &count) != 0) {
		return -1;
	}
	*out = (uint16_t)count;
	return 0;
}

static bool any_product_has(const struct sf_catalog *catalog, const char *profile)
{
	for (size_t i = 0; i < sf_catalog_count(catalog); i++) {
		if (sf_product_profile(sf_catalog_at(catalog, i), profile) >= 0) {
			return true;
		}
	}
	return false;
}

int sf_reader_profile(struct sf_reader *reader, const struct sf_yaml *node, const char *profile)
{
	/* {1g.10gb: 2} names it in the key, plain 1g.10gb is the value. */
	bool keyed = profile == node->key;
	struct sf_error why;
	if (sf_mig_profile_check(profile, &why) != 0) {
		return keyed ? sf_yaml_fail_key(node, reader->file, reader->err, "%s", why.text)
		             : sf_yaml_fail(node, reader->file, reader->err, "%s", why.text);
	}
	if (!any_product_has(reader->catalog, profile)) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "no product of the catalog has a MIG profile '%.40s'", profile);
	}
	return 0;
}

static int add_profile(struct sf_reader *reader, const struct sf_yaml *node, const char *profile,
                       uint16_t count, struct sf_request_spec *out)
{
	if (sf_reader_profile(reader, node, profile) != 0) {
		return -1;
	}
	if (out->n_mig == sizeof(out->mig) / sizeof(out->mig[0])) {
		return fail(reader, node, "too many different MIG profiles in one request");
	}
	if (count > 0) {
		snprintf(out->mig[out->n_mig].profile, sizeof(out->mig[0].profile), "%s", profile);
		out->mig[out->n_mig++].count = count;
	}
	return 0;
}

/* "1g.10gb", or {1g.10gb: 2, ...} */
static int read_mig(struct sf_reader *reader, const struct sf_yaml *node,
                    struct sf_request_spec *out)
{
	const char *profile = NULL;
	if (node == NULL) {
		return 0;
	}
	if (node->kind == SF_YAML_SCALAR) {
		if (sf_yaml_str(node, reader->file, &profile, reader->err) != 0) {
			return -1;
		}
		return add_profile(reader, node, profile, 1, out);
	}
	if (node->kind != SF_YAML_MAPPING) {
		return fail(reader, node, "expected a profile (1g.10gb) or {1g.10gb: 2}");
	}
	for (size_t i = 0; i < node->n; i++) {
		const struct sf_yaml *child = node->child[i];
		uint16_t count = 0;
		if (read_devices(reader, child, &count) != 0 ||
		    add_profile(reader, child, child->key, count, out) != 0) {
			return -1;
		}
	}
	return 0;
}

static int add_resource(struct sf_reader *reader, const struct sf_yaml *node,
                        struct sf_request_spec *out)
{
	uint16_t count = 0;
	struct sf_resources *known = sf_resources_create();
	int number = sf_resource_intern(known, node->key, NULL);
	sf_resources_destroy(known);
	if (number < 0) {
		return sf_yaml_fail_key(node, reader->file, reader->err,
		                        "'%.60s' is none of cpu, memory, nvidia.com/gpu, "
		                        "nvidia.com/mig-... (with or without .shared)",
		                        node->key);
	}
	if (out->n_resources == sizeof(out->resource) / sizeof(out->resource[0])) {
		return fail(reader, node, "too many different resources in one request");
	}
	if (read_devices(reader, node, &count) != 0) {
		return -1;
	}
	if (count > 0) {
		snprintf(out->resource[out->n_resources].name, SF_NAME_MAX, "%s", node->key);
		out->resource[out->n_resources++].count = count;
	}
	return 0;
}

/* As a pod's resources.limits has them; cpu and memory may stand here as well. */
static int read_resources(struct sf_reader *reader, const struct sf_yaml *node,
                          struct sf_request_spec *out)
{
	int rc = 0;
	if (node == NULL) {
		return 0;
	}
	if (node->kind != SF_YAML_MAPPING) {
		return fail(reader, node, "expected resource names: {nvidia.com/gpu: 1}");
	}
	for (size_t i = 0; i < node->n && rc == 0; i++) {
		const struct sf_yaml *child = node->child[i];
		bool cpu = strcmp(child->key, "cpu") == 0;
		bool memory = strcmp(child->key, "memory") == 0;
		if ((cpu && out->cpu_milli > 0) || (memory && out->memory_mib > 0)) {
			rc = sf_yaml_fail_key(child, reader->file, reader->err,
			                      "%s is given twice in this request", child->key);
		} else if (cpu) {
			rc = sf_reader_cpu(reader, child, &out->cpu_milli);
		} else if (memory) {
			rc = sf_reader_memory(reader, child, false, &out->memory_mib);
		} else {
			rc = add_resource(reader, child, out);
		}
	}
	return rc;
}

static int add_product(struct sf_reader *reader, const struct sf_yaml *node,
                       struct sf_request_spec *out)
{
	const struct sf_product *product = NULL;
	if (out->n_products == SF_REQUEST_PRODUCTS_MAX) {
		return sf_reader_fail_limit(reader, node, "products", SF_REQUEST_PRODUCTS_MAX);
	}
	if (sf_reader_product(reader, node, &product) != 0) {
		return -1;
	}
	out->product[out->n_products++] = product->name;
	return 0;
}

/* A100-80GB, or [A100-80GB, H100-80GB-SXM] */
static int read_products(struct sf_reader *reader, const struct sf_yaml *node,
                         struct sf_request_spec *out)
{
	if (node == NULL || node->kind != SF_YAML_SEQUENCE) {
		return node == NULL ? 0 : add_product(reader, node, out);
	}
	for (size_t i = 0; i < node->n; i++) {
		if (add_product(reader, node->child[i], out) != 0) {
			return -1;
		}
	}
	return node->n > 0 ? 0 : fail(reader, node, "no product: leave it out for any");
}

/* gpu_milli: of each GPU; one GPU when their number is not given. */
static int read_fraction(struct sf_reader *reader, const struct sf_yaml *node,
                         struct sf_request_spec *out)
{
	const struct sf_yaml *milli = sf_yaml_get(node, "gpu_milli");
	uint32_t value = 0;
	if (milli == NULL) {
		return 0;
	}
	if (sf_reader_uint(reader, milli, 1, SF_FRACTION_REPLICAS, &value) != 0) {
		return -1;
	}
	out->gpu_milli = (uint16_t)value;
	if (sf_yaml_get(node, "gpu") == NULL) {
		out->gpu = 1;
	}
	return out->gpu > 0 ? 0 : fail(reader, milli, "gpu_milli needs a GPU: leave gpu: 0 out");
}

/* One way to ask for GPUs, and something to ask for. */
static int check_ways(struct sf_reader *reader, const struct sf_yaml *node,
                      const struct sf_request_spec *out)
{
	int ways = (out->gpu > 0) + (out->shared > 0) + (out->n_mig > 0) + (out->n_resources > 0);
	if (ways > 1) {
		return fail(reader, node,
		            "gpu, shared, mig and resources are four ways to ask; use one (several "
		            "names go under resources)");
	}
	if (ways == 0 && out->gpu_memory_mib > 0) {
		return fail(reader, node, "gpu_memory needs a GPU: add gpu: 1 or shared: 1");
	}
	if (ways == 0 && out->cpu_milli == 0 && out->memory_mib == 0) {
		return fail(reader, node,
		            "the request asks for nothing: add gpu: 1, shared: 1, mig: "
		            "PROFILE, cpu or memory");
	}
	return 0;
}

static int read_request(struct sf_reader *reader, const struct sf_yaml *node,
                        struct sf_request_spec *out)
{
	static const char *const known[] = {"gpu",       "gpu_milli",  "shared",  "mig",
	                                    "resources", "gpu_memory", "product", "cpu",
	                                    "memory",    NULL};
	static const struct sf_reader_slip slips[] = {
		{"nvidia.com/", "it belongs under 'resources'"},
		{"limits", "did you mean 'resources'?"},
		{NULL, NULL},
	};
	const struct sf_yaml *gpu = sf_yaml_get(node, "gpu");
	int64_t gpu_memory = 0;
	if (gpu != NULL && gpu->kind == SF_YAML_SCALAR && strchr(gpu->text, '.') != NULL) {
		return fail(reader, gpu,
		            "gpu counts whole GPUs; a part of one is shared: 1, a MIG profile, or "
		            "gpu_milli: 500");
	}
	if (sf_reader_check_keys(reader, node, known, slips) != 0 ||
	    read_devices(reader, gpu, &out->gpu) != 0 || read_fraction(reader, node, out) != 0 ||
	    read_devices(reader, sf_yaml_get(node, "shared"), &out->shared) != 0 ||
	    read_mig(reader, sf_yaml_get(node, "mig"), out) != 0 ||
	    sf_reader_memory(reader, sf_yaml_get(node, "gpu_memory"), false, &gpu_memory) != 0 ||
	    read_products(reader, sf_yaml_get(node, "product"), out) != 0 ||
	    sf_reader_cpu(reader, sf_yaml_get(node, "cpu"), &out->cpu_milli) != 0 ||
	    sf_reader_memory(reader, sf_yaml_get(node, "memory"), false, &out->memory_mib) != 0 ||
	    read_resources(reader, sf_yaml_get(node, "resources"), out) != 0) {
		return -1;
	}
	out->gpu_memory_mib = (int32_t)gpu_memory;
	return check_ways(reader, node, out);
}

static int read_limits(struct sf_reader *reader, const struct sf_yaml *node,
                       struct sf_workload *out)
{
	const struct sf_yaml *priority = sf_yaml_get(node, "priority");
	const struct sf_yaml *deadline = sf_yaml_get(node, "deadline");
	int64_t value = 0;
	uint32_t replicas = 0;

	out->count = 1;
	out->deadline_s = -1;
	out->drain_cost = 1;
	if (sf_reader_duty(reader, node, out) != 0 ||
	    sf_reader_real(reader, sf_yaml_get(node, "drain_cost"), 0, 1e6, &out->drain_cost) !=
	            0) {
		return -1;
	}
	if (sf_reader_uint(reader, sf_yaml_get(node, "count"), 1, SF_SCENARIO_PODS_MAX,
	                   &out->count) != 0 ||
	    sf_reader_uint(reader, sf_yaml_get(node, "max_replicas"), 1, SF_REPLICAS_MAX,
	                   &replicas) != 0) {
		return -1;
	}
	out->max_replicas = (uint16_t)replicas;
	if (sf_reader_int(reader, priority, INT32_MIN, INT32_MAX, &value) != 0) {
		return -1;
	}
	out->priority = (int32_t)value;
	if (deadline != NULL && deadline->kind == SF_YAML_SCALAR &&
	    (strcmp(deadline->text, "never") == 0 || strcmp(deadline->text, "none") == 0)) {
		return 0;
	}
	return sf_reader_duration(reader, deadline, &out->deadline_s);
}

int sf_reader_workload(struct sf_reader *reader, const struct sf_yaml *node,
                       struct sf_workload *out)
{
	static const char *const known[] = {
		"name",    "count",    "class",     "priority",    "request",    "max_replicas",
		"arrival", "duration", "deadline",  "preemption",  "checkpoint", "disruption",
		"gang",    "gpu_duty", "namespace", "gpu_duty_sd", "running",    "drain_cost",
		"nodes",   "groups",   NULL};
	static const char under_request[] = "it belongs under 'request'";
	static const struct sf_reader_slip slips[] = {
		{"replicas", "did you mean 'count'?"},
		{"pods", "did you mean 'count'?"},
		{"gpu", under_request},
		{"gpus", under_request},
		{"gpu_milli", under_request},
		{"shared", under_request},
		{"mig", under_request},
		{"resources", under_request},
		{"gpu_memory", under_request},
		{"product", under_request},
		{"cpu", under_request},
		{"memory", under_request},
		{NULL, NULL},
	};
	const struct sf_yaml *request = sf_yaml_get(node, "request");
	const struct sf_yaml *arrival = sf_yaml_get(node, "arrival");
	const struct sf_yaml *duration = sf_yaml_get(node, "duration");

	out->line = node->line;
	out->class = SF_CLASS_BATCH;
	out->timed = arrival != NULL || duration != NULL;
	if (sf_reader_check_keys(reader, node, known, slips) != 0 ||
	    sf_reader_text(reader, sf_yaml_get(node, "name"), NAME_MAX_BYTES, &out->name) != 0 ||
	    sf_reader_class(reader, sf_yaml_get(node, "class"), &out->class) != 0 ||
	    read_limits(reader, node, out) != 0 || sf_reader_disruption(reader, node, out) != 0 ||
	    sf_reader_gang(reader, node, out) != 0 ||
	    sf_reader_namespace(reader, sf_yaml_get(node, "namespace"), &out->namespace) != 0) {
		return -1;
	}
	if (request == NULL) {
		return fail(reader, node, "a workload needs a request: {gpu: 1}");
	}
	if (read_request(reader, request, &out->request) != 0 ||
	    sf_reader_arrival(reader, arrival, &out->arrival) != 0) {
		return -1;
	}
	if (sf_reader_rule(reader, node, out) != 0 ||
	    sf_reader_running(reader, sf_yaml_get(node, "running"), out) != 0) {
		return -1;
	}
	return sf_reader_stay(reader, duration, &out->duration);
}

int sf_reader_workloads(struct sf_reader *reader, const struct sf_yaml *list)
{
	struct sf_scenario *scenario = reader->scenario;
	struct sf_map given = {0};
	uint64_t pods = 0;
	uint32_t first;
	int rc = 0;

	scenario->workload = sf_reader_array(reader, list->n, sizeof(*scenario->workload));
	if (scenario->workload == NULL) {
		return -1;
	}
	sf_reader_given_names(list, &given);
	for (size_t i = 0; i < list->n && rc == 0; i++) {
		struct sf_workload *workload = &scenario->workload[i];
		workload->name = sf_reader_default_name(reader, list, &given, i, "workload");
		rc = sf_reader_workload(reader, list->child[i], workload);
		pods += rc == 0 ? workload->count : 0;
		if (rc == 0 && pods > SF_SCENARIO_PODS_MAX) {
			rc = sf_reader_fail_limit(reader, list->child[i], "pods",
			                          SF_SCENARIO_PODS_MAX);
		} else if (rc == 0 && sf_map_get(&given, workload->name, &first) && first < i) {
			rc = sf_yaml_fail(list->child[i], reader->file, reader->err,
			                  "workload %.40s is already given in line %u",
			                  workload->name, scenario->workload[first].line);
		}
	}
	sf_map_finish(&given);
	scenario->n_workloads = list->n;
	return rc == 0 ? sf_reader_check_groups(reader, list) : -1;
}
