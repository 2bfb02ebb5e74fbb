/* emit: a plan as the files that the GPU Operator reads, and its roll-out. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_EMIT_H
#define SF_EMIT_H

struct sf_cluster;
struct sf_error;
struct sf_plan;
struct sf_rollout;
struct sf_scenario;
struct sf_str;

/* What is written out; everything is borrowed. */
struct sf_emit {
	const struct sf_scenario *scenario; /* that the plan was made for, and */
	const struct sf_cluster *before;    /* its nodes: their names, how they share now */
	const struct sf_plan *plan;
	const struct sf_rollout *rollout; /* NULL: no roll-out is written */
};

/*
 * Writes into `dir` (created if needed):
 *   mig-parted-config.yaml     ConfigMap, key config.yaml: one mig-parted config per distinct layout
 *   device-plugin-config.yaml  ConfigMap, one key per sharing configuration
 *   cluster-policy-patch.yaml  points the GPU Operator's ClusterPolicy at both
 *   helm-values.yaml           the same for the operator's Helm chart
 *   node-labels.yaml           Node objects with the two labels, for `kubectl apply --server-side`
 *   labels.sh                  the same as kubectl commands
 *   RUNBOOK.md                 the waves, with all commands
 *   rollout.json               the same for programs (docs/rollout.md)
 *   nvidia-smi.sh              the layouts as nvidia-smi commands, without mig-manager
 *   scenario.yaml              the scenario on the planned nodes, for `slicefit replay`
 *   README.md                  what these files are
 */
int sf_emit_plan(const struct sf_emit *emit, const char *dir, struct sf_error *err);

/* The texts of the single files, appended to `out`. */
int sf_emit_mig_parted(const struct sf_plan *plan, struct sf_str *out, struct sf_error *err);
int sf_emit_device_plugin(const struct sf_plan *plan, const struct sf_cluster *before,
                          struct sf_str *out, struct sf_error *err);
int sf_emit_labels(const struct sf_plan *plan, const struct sf_cluster *before, struct sf_str *out,
                   struct sf_error *err);
int sf_emit_rollout(const struct sf_emit *emit, struct sf_str *out, struct sf_error *err);
int sf_emit_runbook(const struct sf_emit *emit, struct sf_str *out, struct sf_error *err);
int sf_emit_smi(const struct sf_emit *emit, struct sf_str *out, struct sf_error *err);
int sf_emit_cluster_policy(const struct sf_emit *emit, struct sf_str *out, struct sf_error *err);
int sf_emit_helm_values(const struct sf_emit *emit, struct sf_str *out, struct sf_error *err);

#endif
