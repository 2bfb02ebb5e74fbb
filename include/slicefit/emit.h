/* emit: a plan as the files that the GPU Operator reads. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_EMIT_H
#define SF_EMIT_H

struct sf_cluster;
struct sf_error;
struct sf_plan;
struct sf_str;

/*
 * Writes into `dir` (created if needed):
 *   mig-parted-config.yaml     ConfigMap, key config.yaml: one mig-parted config per distinct layout
 *   device-plugin-config.yaml  ConfigMap, one key per sharing configuration
 *   node-labels.yaml           Node objects with the two labels, for `kubectl apply --server-side`
 *   labels.sh                  the same as kubectl commands
 *   scenario.yaml              the scenario on the planned nodes, for `slicefit replay`
 *   README.md                  what to apply in which order
 * `before` is the cluster that the plan was made for (names of the nodes, how they share now).
 */
int sf_emit_plan(const struct sf_plan *plan, const struct sf_cluster *before, const char *dir,
                 struct sf_error *err);

/* The texts of the single files, appended to `out`. */
int sf_emit_mig_parted(const struct sf_plan *plan, struct sf_str *out, struct sf_error *err);
int sf_emit_device_plugin(const struct sf_plan *plan, const struct sf_cluster *before,
                          struct sf_str *out, struct sf_error *err);
int sf_emit_labels(const struct sf_plan *plan, const struct sf_cluster *before, struct sf_str *out,
                   struct sf_error *err);

#endif
