/* scenario_plan: `plan` of a scenario: what the planner aims at, and its limits. */
// SPDX-License-Identifier: Apache-2.0
#include "scenario_read.h"

#include <slicefit/mig_parted.h>
#include <slicefit/nearest.h>

#include <string.h>

enum { REPLICAS_LIMIT = 1000, HEADROOM_MAX = 1000000, RESERVE_MAX_MIB = 1 << 20 };

/* A pod that is busy twice its usual spread above the mean, on a GPU that is to have a tenth of its
 * time left: choices, not facts. */
static const double duty_sigmas_default = 2;
static const double duty_percentile_default = 95;
static const double duty_cap_default = 0.9;

/* The most pods of a class that may share a GPU, unless the scenario says otherwise. These are
 * choices, not facts: a training step wants the whole GPU; interactive sessions are idle most of
 * the time; the others lie between. */
static const uint16_t replicas_default[SF_CLASSES] = {
	[SF_CLASS_TRAINING] = 1,
	[SF_CLASS_INFERENCE] = 4,
	[SF_CLASS_INTERACTIVE] = 8,
	[SF_CLASS_BATCH] = 4,
};

static int read_max_replicas(struct sf_reader *reader, const struct sf_yaml *node)
{
	static const char *const known[] = {"training", "inference", "interactive",
	                                    "notebook", "batch",     NULL};
	if (node == NULL) {
		return 0;
	}
	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0) {
		return -1;
	}
	const struct sf_yaml *notebook = sf_yaml_get(node, "notebook");
	if (notebook != NULL && sf_yaml_get(node, "interactive") != NULL) {
		return sf_yaml_fail_key(notebook, reader->file, reader->err,
		                        "notebook is another word for interactive: keep one");
	}
	for (size_t i = 0; i < node->n; i++) {
		int class = sf_class_parse(node->child[i]->key);
		uint32_t value = 0;
		if (sf_reader_uint(reader, node->child[i], 0, REPLICAS_LIMIT, &value) != 0) {
			return -1;
		}
		reader->scenario->max_replicas[class] = (uint16_t)value;
	}
	return 0;
}

enum { WEIGHT_MAX = 1000000 };

/* A word of the order; it may be there once. */
static int read_kind(struct sf_reader *reader, const struct sf_yaml *node, const char *text,
                     struct sf_plan_spec *plan, enum sf_plan_tier_kind *out)
{
	int kind = 0;
	while (kind < SF_PLAN_TIERS && strcmp(text, sf_plan_tier_names[kind]) != 0) {
		kind++;
	}
	if (kind == SF_PLAN_TIERS) {
		const char *near = sf_nearest_find(text, sf_plan_tier_names);
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "unknown tier '%.40s'%s%s%s (unmet, drain, rebuilt, waste, "
		                    "gpus, nodes, cost, balance)",
		                    text, near ? ", did you mean '" : "", near ? near : "",
		                    near ? "'?" : "");
	}
	for (size_t t = 0; t <= plan->n_tiers && t < SF_PLAN_TIERS; t++) {
		for (size_t i = 0; i < plan->tier[t].n; i++) {
			if (plan->tier[t].kind[i] == (enum sf_plan_tier_kind)kind) {
				return sf_yaml_fail(node, reader->file, reader->err,
				                    "tier %s is listed twice", text);
			}
		}
	}
	*out = (enum sf_plan_tier_kind)kind;
	return 0;
}

/* {drain: 1, rebuilt: 0.2}: a sum of kinds. */
static int read_sum(struct sf_reader *reader, const struct sf_yaml *map, struct sf_plan_spec *plan)
{
	struct sf_plan_tier_spec *tier = &plan->tier[plan->n_tiers];
	for (size_t i = 0; i < map->n; i++) {
		const struct sf_yaml *node = map->child[i];
		enum sf_plan_tier_kind kind = SF_PLAN_UNMET;
		double weight = 0;
		if (read_kind(reader, node, node->key, plan, &kind) != 0) {
			return -1;
		}
		if (kind == SF_PLAN_UNMET || kind == SF_PLAN_COST) {
			return sf_yaml_fail(node, reader->file, reader->err,
			                    "tier %s has no weight: it stands alone", node->key);
		}
		if (sf_reader_real(reader, node, 0, WEIGHT_MAX, &weight) != 0) {
			return -1;
		}
		if (weight < 1e-6) {
			return sf_yaml_fail(node, reader->file, reader->err,
			                    "a weight is at least 0.000001, leave %s out instead",
			                    node->key);
		}
		tier->kind[tier->n] = kind;
		tier->weight[tier->n++] = weight;
	}
	return 0;
}

static int read_tier(struct sf_reader *reader, const struct sf_yaml *node,
                     struct sf_plan_spec *plan)
{
	struct sf_plan_tier_spec *tier = &plan->tier[plan->n_tiers];
	const char *text = NULL;
	int rc = 0;
	if (plan->n_tiers == SF_PLAN_TIERS || (node->kind == SF_YAML_MAPPING && node->n == 0)) {
		return sf_yaml_fail(
			node, reader->file, reader->err,
			"expected a tier, or some with weights: {drain: 1, rebuilt: 0.2}");
	}
	if (node->kind == SF_YAML_MAPPING) {
		rc = read_sum(reader, node, plan);
	} else {
		rc = sf_yaml_str(node, reader->file, &text, reader->err);
		rc = rc == 0 ? read_kind(reader, node, text, plan, &tier->kind[0]) : rc;
		tier->weight[0] = 1;
		tier->n = 1;
	}
	plan->n_tiers++;
	return rc;
}

static int read_tiers(struct sf_reader *reader, const struct sf_yaml *list,
                      struct sf_plan_spec *plan)
{
	if (list == NULL) {
		return 0;
	}
	if (list->kind != SF_YAML_SEQUENCE || list->n == 0) {
		return sf_yaml_fail(list, reader->file, reader->err,
		                    "expected a list such as [unmet, drain, rebuilt, waste]");
	}
	for (size_t i = 0; i < list->n; i++) {
		if (read_tier(reader, list->child[i], plan) != 0) {
			return -1;
		}
	}
	return 0;
}

static int read_headroom(struct sf_reader *reader, const struct sf_yaml *node,
                         struct sf_plan_spec *plan)
{
	if (node == NULL) {
		return 0;
	}
	if (node->kind != SF_YAML_MAPPING || node->n > SF_SCENARIO_LIST_MAX) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "expected what stays free: {gpu: 4, 1g.10gb: 7}");
	}
	plan->headroom = sf_reader_array(reader, node->n, sizeof(*plan->headroom));
	for (size_t i = 0; plan->headroom != NULL && i < node->n; i++) {
		const struct sf_yaml *child = node->child[i];
		struct sf_headroom *out = &plan->headroom[i];
		out->kind = child->key;
		if (strcmp(child->key, "gpu") != 0 &&
		    sf_reader_profile(reader, child, child->key) != 0) {
			return -1;
		}
		if (sf_reader_uint(reader, child, 0, HEADROOM_MAX, &out->count) != 0) {
			return -1;
		}
	}
	plan->n_headroom = node->n;
	return plan->headroom != NULL ? 0 : -1;
}

static int read_rule(struct sf_reader *reader, const struct sf_yaml *node, bool *packed)
{
	static const char *const words[] = {"worst-case", "packed", NULL};
	const char *text = words[0];
	if (node != NULL && sf_yaml_str(node, reader->file, &text, reader->err) != 0) {
		return -1;
	}
	*packed = strcmp(text, words[1]) == 0;
	if (!*packed && strcmp(text, words[0]) != 0) {
		const char *near = sf_nearest_find(text, words);
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "unknown sharing '%.40s'%s%s%s (worst-case, packed)", text,
		                    near ? ", did you mean '" : "", near ? near : "",
		                    near ? "'?" : "");
	}
	return 0;
}

static int read_sharing(struct sf_reader *reader, const struct sf_yaml *node,
                        struct sf_plan_spec *plan)
{
	const struct sf_yaml *reserve = sf_yaml_get(node, "process_reserve");
	int64_t mib = 0;
	if (read_rule(reader, sf_yaml_get(node, "sharing"), &plan->packed) != 0) {
		return -1;
	}
	if (sf_reader_real(reader, sf_yaml_get(node, "duty_sigmas"), 0, 10, &plan->duty_sigmas) !=
	            0 ||
	    sf_reader_real(reader, sf_yaml_get(node, "duty_percentile"), 1, 100,
	                   &plan->duty_percentile) != 0 ||
	    sf_reader_real(reader, sf_yaml_get(node, "duty_cap"), 0.01, 1, &plan->duty_cap) != 0 ||
	    sf_reader_memory(reader, reserve, false, &mib) != 0) {
		return -1;
	}
	if (mib > RESERVE_MAX_MIB) {
		return sf_yaml_fail(reserve, reader->file, reader->err,
		                    "more than one Ti for each process");
	}
	plan->process_reserve_mib = (int32_t)mib;
	return 0;
}

int sf_reader_plan(struct sf_reader *reader, const struct sf_yaml *node)
{
	static const char *const known[] = {"max_replicas",
	                                    "gpu_memory_reserve",
	                                    "tiers",
	                                    "substitute",
	                                    "headroom",
	                                    "duty_sigmas",
	                                    "duty_percentile",
	                                    "duty_cap",
	                                    "process_reserve",
	                                    "sharing",
	                                    NULL};
	struct sf_scenario *scenario = reader->scenario;
	struct sf_plan_spec *plan = &scenario->plan;
	int64_t reserve = 0;
	memcpy(scenario->max_replicas, replicas_default, sizeof(replicas_default));
	plan->duty_sigmas = duty_sigmas_default;
	plan->duty_percentile = duty_percentile_default;
	plan->duty_cap = duty_cap_default;
	if (node == NULL) {
		return 0;
	}
	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0 ||
	    read_max_replicas(reader, sf_yaml_get(node, "max_replicas")) != 0 ||
	    sf_reader_memory(reader, sf_yaml_get(node, "gpu_memory_reserve"), false, &reserve) !=
	            0 ||
	    read_tiers(reader, sf_yaml_get(node, "tiers"), plan) != 0 ||
	    sf_reader_bool(reader, sf_yaml_get(node, "substitute"), &plan->substitute) != 0 ||
	    read_headroom(reader, sf_yaml_get(node, "headroom"), plan) != 0) {
		return -1;
	}
	scenario->gpu_reserve_mib = (int32_t)reserve;
	return read_sharing(reader, node, plan);
}
