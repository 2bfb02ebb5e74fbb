/* emit: a plan as the files that the GPU Operator reads. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/emit.h>

#include "emit_config.h"

#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/mig_parted.h>
#include <slicefit/scenario_yaml.h>
#include <slicefit/str.h>
#include <slicefit/yaml.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Opens a ConfigMap up to and including `data:`; the caller adds keys and ends two containers. */
static struct sf_yaml_writer *open_config_map(const char *name)
{
	struct sf_yaml_writer *yaml = sf_yaml_writer_create();
	sf_yaml_write_mapping(yaml, NULL);
	sf_yaml_write_str(yaml, "apiVersion", "v1");
	sf_yaml_write_str(yaml, "kind", "ConfigMap");
	sf_yaml_write_mapping(yaml, "metadata");
	sf_yaml_write_str(yaml, "name", name);
	sf_yaml_write_str(yaml, "namespace", SF_EMIT_NAMESPACE);
	sf_yaml_write_end(yaml);
	sf_yaml_write_mapping(yaml, "data");
	return yaml;
}

/* Takes the text of a finished document and destroys the writer. */
static int take_text(struct sf_yaml_writer *yaml, struct sf_str *out, struct sf_error *err)
{
	int rc = sf_yaml_writer_text(yaml, out, err);
	sf_yaml_writer_destroy(yaml);
	return rc;
}

/* `version: v1` and nothing but mig-configs beside it: mig-parted's reader is strict (api/spec/v1).
 */
static int mig_parted_text(const struct sf_emit_configs *configs, struct sf_str *out,
                           struct sf_error *err)
{
	struct sf_yaml_writer *yaml = sf_yaml_writer_create();
	sf_yaml_write_mapping(yaml, NULL);
	sf_yaml_write_str(yaml, "version", "v1");
	sf_yaml_write_mapping(yaml, "mig-configs");
	bool has_default = false;
	for (size_t i = 0; i < configs->n_mig; i++) {
		const struct sf_emit_mig *config = &configs->mig[i];
		sf_mig_config_write(yaml, config->name, config->gpu, config->n_gpus,
		                    SF_MIG_ALL_GPUS);
		has_default = has_default || strcmp(config->name, SF_EMIT_MIG_DEFAULT) == 0;
	}
	if (!has_default) {
		const struct sf_gpu_spec whole = {0};
		sf_mig_config_write(yaml, SF_EMIT_MIG_DEFAULT, &whole, 1, SF_MIG_ALL_GPUS);
	}
	sf_yaml_write_end(yaml);
	sf_yaml_write_end(yaml);
	return take_text(yaml, out, err);
}

int sf_emit_mig_parted(const struct sf_plan *plan, struct sf_str *out, struct sf_error *err)
{
	struct sf_emit_configs configs;
	struct sf_str text = {0};
	int rc = -1;
	sf_emit_configs_init(&configs, plan, NULL);
	if (configs.n_mig == 0) {
		rc = 0;
		goto out;
	}
	if (mig_parted_text(&configs, &text, err) != 0) {
		goto out;
	}
	struct sf_yaml_writer *yaml = open_config_map(SF_EMIT_MIG_MAP);
	sf_yaml_write_block(yaml, "config.yaml", sf_str_get(&text));
	sf_yaml_write_end(yaml);
	sf_yaml_write_end(yaml);
	rc = take_text(yaml, out, err);
out:
	sf_str_finish(&text);
	sf_emit_configs_finish(&configs);
	return rc;
}

static void write_sharing(struct sf_yaml_writer *yaml, const struct sf_sharing *sharing)
{
	bool mps = sharing->mode == SF_SHARING_MPS;
	sf_yaml_write_mapping(yaml, "sharing");
	sf_yaml_write_mapping(yaml, mps ? "mps" : "timeSlicing");
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

/* One complete device-plugin configuration (k8s-device-plugin api/config/v1). */
static int share_text(const struct sf_emit_share *share, struct sf_str *out, struct sf_error *err)
{
	struct sf_yaml_writer *yaml = sf_yaml_writer_create();
	sf_yaml_write_mapping(yaml, NULL);
	sf_yaml_write_str(yaml, "version", "v1");
	sf_yaml_write_mapping(yaml, "flags");
	sf_yaml_write_str(yaml, "migStrategy", sf_strategy_name(share->strategy));
	sf_yaml_write_end(yaml);
	if (share->sharing.n > 0) {
		write_sharing(yaml, &share->sharing);
	}
	sf_yaml_write_end(yaml);
	return take_text(yaml, out, err);
}

int sf_emit_device_plugin(const struct sf_plan *plan, const struct sf_cluster *before,
                          struct sf_str *out, struct sf_error *err)
{
	struct sf_emit_configs configs;
	struct sf_str text = {0};
	int rc = 0;
	sf_emit_configs_init(&configs, plan, before);
	struct sf_yaml_writer *yaml = open_config_map(SF_EMIT_SHARE_MAP);
	for (size_t i = 0; i < configs.n_share && rc == 0; i++) {
		text.len = 0;
		rc = share_text(&configs.share[i], &text, err);
		sf_yaml_write_block(yaml, configs.share[i].name, sf_str_get(&text));
	}
	sf_yaml_write_end(yaml);
	sf_yaml_write_end(yaml);
	if (rc == 0) {
		rc = take_text(yaml, out, err);
	} else {
		sf_yaml_writer_destroy(yaml);
	}
	sf_str_finish(&text);
	sf_emit_configs_finish(&configs);
	return rc;
}

static int node_text(const struct sf_emit_configs *configs, size_t i, const char *name,
                     struct sf_str *out, struct sf_error *err)
{
	struct sf_yaml_writer *yaml = sf_yaml_writer_create();
	sf_yaml_write_mapping(yaml, NULL);
	sf_yaml_write_str(yaml, "apiVersion", "v1");
	sf_yaml_write_str(yaml, "kind", "Node");
	sf_yaml_write_mapping(yaml, "metadata");
	sf_yaml_write_str(yaml, "name", name);
	sf_yaml_write_mapping(yaml, "labels");
	sf_yaml_write_str(yaml, "nvidia.com/device-plugin.config",
	                  configs->share[configs->node_share[i]].name);
	if (configs->node_mig[i] != SIZE_MAX) {
		sf_yaml_write_str(yaml, "nvidia.com/mig.config",
		                  configs->mig[configs->node_mig[i]].name);
	}
	sf_yaml_write_end(yaml);
	sf_yaml_write_end(yaml);
	sf_yaml_write_end(yaml);
	return take_text(yaml, out, err);
}

int sf_emit_labels(const struct sf_plan *plan, const struct sf_cluster *before, struct sf_str *out,
                   struct sf_error *err)
{
	struct sf_emit_configs configs;
	int rc = 0;
	sf_emit_configs_init(&configs, plan, before);
	for (size_t i = 0; i < plan->n_nodes && rc == 0; i++) {
		if (sf_emit_skips(&plan->node[i])) {
			continue;
		}
		if (out->len > 0) {
			sf_str_append(out, "---\n");
		}
		rc = node_text(&configs, i, sf_cluster_node(before, plan->node[i].node)->name, out,
		               err);
	}
	sf_emit_configs_finish(&configs);
	return rc;
}

static int write_file(const char *dir, const char *name, const struct sf_str *text,
                      struct sf_error *err)
{
	struct sf_str path = {0};
	sf_str_printf(&path, "%s/%s", dir, name);
	int rc = sf_file_write(sf_str_get(&path), sf_str_get(text), text->len, err);
	sf_str_finish(&path);
	return rc;
}

static int remove_file(const char *dir, const char *name, struct sf_error *err)
{
	struct sf_str path = {0};
	int rc = 0;
	sf_str_printf(&path, "%s/%s", dir, name);
	if (remove(sf_str_get(&path)) != 0 && errno != ENOENT) {
		rc = sf_fail(err, SF_EIO, "%s: cannot remove an earlier plan's file: %s",
		             sf_str_get(&path), strerror(errno));
	}
	sf_str_finish(&path);
	return rc;
}

/* Adapters of the writers that cannot fail, or need less. */
static int mig_parted_file(const struct sf_emit *emit, struct sf_str *out, struct sf_error *err)
{
	return sf_emit_mig_parted(emit->plan, out, err);
}

static int device_plugin_file(const struct sf_emit *emit, struct sf_str *out, struct sf_error *err)
{
	return sf_emit_device_plugin(emit->plan, emit->before, out, err);
}

static int labels_file(const struct sf_emit *emit, struct sf_str *out, struct sf_error *err)
{
	return sf_emit_labels(emit->plan, emit->before, out, err);
}

static int labels_script_file(const struct sf_emit *emit, struct sf_str *out, struct sf_error *err)
{
	struct sf_emit_configs configs;
	(void)err;
	sf_emit_configs_init(&configs, emit->plan, emit->before);
	sf_str_append(out, "#!/bin/sh\n# The labels of node-labels.yaml, one node at a time: drain "
	                   "a node before it is cut anew.\nset -eu\n");
	for (size_t i = 0; i < emit->plan->n_nodes; i++) {
		const struct sf_node_plan *node = &emit->plan->node[i];
		if (sf_emit_skips(node)) {
			continue;
		}
		sf_str_printf(out, "kubectl label node %s --overwrite",
		              sf_cluster_node(emit->before, node->node)->name);
		sf_emit_label_arguments(&configs, configs.node_mig[i], configs.node_share[i], out);
		sf_str_append(out, node->bought    ? " # new\n"
		                   : node->changed ? "\n"
		                                   : " # unchanged\n");
	}
	sf_emit_configs_finish(&configs);
	return 0;
}

/* Thresholds were chosen for the nodes as they were. */
static int scenario_file(const struct sf_emit *emit, struct sf_str *out, struct sf_error *err)
{
	const struct sf_scenario *after = emit->rollout ? emit->rollout->after : emit->plan->after;
	return after ? sf_scenario_write(after, false, out, err) : 0;
}

static int rollout_file(const struct sf_emit *emit, struct sf_str *out, struct sf_error *err)
{
	return emit->rollout ? sf_emit_rollout(emit, out, err) : 0;
}

static const struct {
	const char *name;
	int (*write)(const struct sf_emit *emit, struct sf_str *out, struct sf_error *err);
} files[] = {
	{SF_EMIT_MIG_FILE, mig_parted_file},
	{SF_EMIT_SHARE_FILE, device_plugin_file},
	{SF_EMIT_POLICY_FILE, sf_emit_cluster_policy},
	{"helm-values.yaml", sf_emit_helm_values},
	{"node-labels.yaml", labels_file},
	{"labels.sh", labels_script_file},
	{"rollout.json", rollout_file},
	{"scenario.yaml", scenario_file},
	{"nvidia-smi.sh", sf_emit_smi},
	{"RUNBOOK.md", sf_emit_runbook},
	{"README.md", sf_emit_readme},
};

/* Nothing to say: no file, not an empty one or an earlier plan's. */
int sf_emit_plan(const struct sf_emit *emit, const char *dir, struct sf_error *err)
{
	int rc = sf_file_mkdir(dir, err);
	for (size_t i = 0; rc == 0 && i < sizeof(files) / sizeof(files[0]); i++) {
		struct sf_str text = {0};
		rc = files[i].write(emit, &text, err);
		if (rc == 0) {
			rc = text.len > 0 ? write_file(dir, files[i].name, &text, err)
			                  : remove_file(dir, files[i].name, err);
		}
		sf_str_finish(&text);
	}
	return rc;
}
