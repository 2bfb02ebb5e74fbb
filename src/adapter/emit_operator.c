/*
 * emit_operator: the GPU Operator's own settings for a plan, as a patch of its ClusterPolicy and as
 * values of its Helm chart (github.com/NVIDIA/gpu-operator, api/nvidia/v1/clusterpolicy_types.go and
 * deployments/gpu-operator/values.yaml).
 */
// SPDX-License-Identifier: Apache-2.0
#include "emit_config.h"

#include <slicefit/str.h>
#include <slicefit/yaml.h>

static void write_config(struct sf_yaml_writer *yaml, const char *key, const char *map,
                         const char *fallback, bool chart)
{
	sf_yaml_write_mapping(yaml, key);
	sf_yaml_write_mapping(yaml, "config");
	if (chart) {
		sf_yaml_write_bool(yaml, "create", false);
	}
	sf_yaml_write_str(yaml, "name", map);
	sf_yaml_write_str(yaml, "default", fallback);
	sf_yaml_write_end(yaml);
	sf_yaml_write_end(yaml);
}

/* The same keys are below `spec` of a ClusterPolicy and at the top of the chart's values. */
static void write_settings(struct sf_yaml_writer *yaml, const struct sf_emit *emit, bool chart)
{
	struct sf_emit_configs configs;
	enum sf_strategy strategy = sf_emit_cluster_strategy(emit->plan);
	sf_emit_configs_init(&configs, emit->plan, emit->before);
	if (configs.n_mig > 0) {
		sf_yaml_write_mapping(yaml, "mig");
		sf_yaml_write_str(yaml, "strategy", sf_strategy_name(strategy));
		sf_yaml_write_end(yaml);
		write_config(yaml, "migManager", SF_EMIT_MIG_MAP, SF_EMIT_MIG_DEFAULT, chart);
	}
	write_config(yaml, "devicePlugin", SF_EMIT_SHARE_MAP,
	             configs.share[configs.default_share].name, chart);
	sf_emit_configs_finish(&configs);
}

static int finish(struct sf_yaml_writer *yaml, struct sf_str *out, struct sf_error *err)
{
	sf_yaml_write_end(yaml);
	int rc = sf_yaml_writer_text(yaml, out, err);
	sf_yaml_writer_destroy(yaml);
	return rc;
}

int sf_emit_cluster_policy(const struct sf_emit *emit, struct sf_str *out, struct sf_error *err)
{
	struct sf_yaml_writer *yaml = sf_yaml_writer_create();
	sf_yaml_write_mapping(yaml, NULL);
	sf_yaml_write_mapping(yaml, "spec");
	write_settings(yaml, emit, false);
	sf_yaml_write_end(yaml);
	return finish(yaml, out, err);
}

int sf_emit_helm_values(const struct sf_emit *emit, struct sf_str *out, struct sf_error *err)
{
	struct sf_yaml_writer *yaml = sf_yaml_writer_create();
	sf_yaml_write_mapping(yaml, NULL);
	write_settings(yaml, emit, true);
	return finish(yaml, out, err);
}
