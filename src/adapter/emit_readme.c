/* emit_readme: how to roll a plan out, in words and as a script. */
// SPDX-License-Identifier: Apache-2.0
#include "emit_config.h"

#include <slicefit/str.h>

#include <stdlib.h>

void sf_emit_labels_script(const struct sf_plan *plan, const struct sf_cluster *before,
                           struct sf_str *out)
{
	struct sf_emit_configs configs;
	sf_emit_configs_init(&configs, plan, before);
	sf_str_append(out, "#!/bin/sh\n# The labels of node-labels.yaml, one node at a time: drain "
	                   "a node before it is cut anew.\nset -eu\n");
	for (size_t i = 0; i < plan->n_nodes; i++) {
		const char *name = sf_cluster_node(before, plan->node[i].node)->name;
		sf_str_printf(
			out, "kubectl label node %s --overwrite nvidia.com/device-plugin.config=%s",
			name, configs.share[configs.node_share[i]].name);
		if (configs.node_mig[i] != SIZE_MAX) {
			sf_str_printf(out, " nvidia.com/mig.config=%s",
			              configs.mig[configs.node_mig[i]].name);
		}
		sf_str_append(out, plan->node[i].changed ? "\n" : " # unchanged\n");
	}
	sf_emit_configs_finish(&configs);
}

static void write_steps(const struct sf_emit_configs *configs, struct sf_str *out)
{
	bool mig = configs->n_mig > 0;
	sf_str_printf(out, "1. `kubectl apply %s-f device-plugin-config.yaml`\n",
	              mig ? "-f mig-parted-config.yaml " : "");
	sf_str_append(out, "2. Point the GPU Operator at the ConfigMaps:\n   `kubectl patch "
	                   "clusterpolicies.nvidia.com/" SF_EMIT_POLICY " --type merge "
	                   "--patch-file " SF_EMIT_POLICY_FILE "`,\n   or with Helm: `helm upgrade "
	                   "... --reuse-values -f helm-values.yaml`\n");
	sf_str_append(
		out, "3. For each changed node: `kubectl cordon`, `kubectl drain "
		     "--ignore-daemonsets --delete-emptydir-data`, its line of `labels.sh`, wait "
		     "until the label `nvidia.com/mig.config.state` is `success`, `kubectl "
		     "uncordon`.\n   `failed` means the layout did not fit: the mig-manager pod's "
		     "log says why.\n4. Label the unchanged nodes as well: their configuration "
		     "comes from the new ConfigMaps from now on.\n5. Pods that may share a GPU ask "
		     "for the resource their node advertises: `nvidia.com/gpu.shared` where the "
		     "config's name has `-renamed`, else `nvidia.com/gpu`.\n");
}

/* What the files cannot say. */
static void write_cautions(const struct sf_plan *plan, const struct sf_emit_configs *configs,
                           enum sf_strategy strategy, struct sf_str *out)
{
	size_t other = 0;
	for (size_t i = 0; i < configs->n_share; i++) {
		other += configs->n_mig > 0 && configs->share[i].strategy != strategy &&
		         (configs->share[i].strategy != SF_STRATEGY_MIXED ||
		          configs->share[i].sharing.mode == SF_SHARING_MPS);
	}
	if (other > 0) {
		sf_str_printf(out,
		              "\nCaution: some configurations need another MIG strategy than the "
		              "`%s` of step 2, and the operator hands its own to every node. Run "
		              "those nodes with a device plugin of their own, or keep them out of "
		              "the operator's hands.\n",
		              sf_strategy_name(strategy));
	}
	for (size_t i = 0; i < configs->n_mig; i++) {
		if (configs->mig[i].planned && !sf_emit_reachable(&configs->mig[i])) {
			sf_str_printf(out,
			              "\nCaution: `%s` is legal, but the driver's usual choice of "
			              "placements may not reach it in any order. If mig-manager "
			              "reports `failed`, create its instances with explicit "
			              "placements.\n",
			              configs->mig[i].name);
		}
	}
	for (size_t i = 0; i < plan->n_nodes; i++) {
		if (configs->node_mig[i] == SIZE_MAX && sf_emit_in_mig_mode(&plan->node[i])) {
			sf_str_append(out,
			              "\nNodes whose instances come and go with their pods get "
			              "no label for mig-manager.\n");
			break;
		}
	}
}

void sf_emit_readme(const struct sf_plan *plan, const struct sf_cluster *before, struct sf_str *out)
{
	struct sf_emit_configs configs;
	enum sf_strategy strategy = sf_emit_cluster_strategy(plan);
	size_t changed = 0;
	sf_emit_configs_init(&configs, plan, before);
	for (size_t i = 0; i < plan->n_nodes; i++) {
		changed += plan->node[i].changed;
	}
	sf_str_printf(out, "# Roll-out of the plan\n\n%zu of %zu nodes change.\n\n", changed,
	              plan->n_nodes);
	write_steps(&configs, out);
	write_cautions(plan, &configs, strategy, out);
	if (plan->after != NULL) {
		sf_str_append(out,
		              "\n`scenario.yaml` is the scenario on the planned nodes; compare "
		              "both with `slicefit replay`.\n");
	}
	sf_emit_configs_finish(&configs);
}
