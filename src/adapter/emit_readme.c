/* emit_readme: what the files of a plan are, and what they cannot say. */
// SPDX-License-Identifier: Apache-2.0
#include "emit_config.h"

#include <slicefit/str.h>

#include <stdlib.h>

/* What the files cannot say. */
void sf_emit_cautions(const struct sf_plan *plan, const struct sf_emit_configs *configs,
                      struct sf_str *out)
{
	enum sf_strategy strategy = sf_emit_cluster_strategy(plan);
	size_t other = 0;
	for (size_t i = 0; i < configs->n_share; i++) {
		other += configs->n_mig > 0 && configs->share[i].strategy != strategy &&
		         (configs->share[i].strategy != SF_STRATEGY_MIXED ||
		          configs->share[i].sharing.mode == SF_SHARING_MPS);
	}
	if (other > 0) {
		sf_str_printf(
			out,
			"\n**Caution:** some configurations need another MIG strategy than the "
			"`%s` of the operator's settings, and the operator hands its own to every "
			"node. Run "
			"those nodes with a device plugin of their own, or keep them out of "
			"the operator's hands.\n",
			sf_strategy_name(strategy));
	}
	for (size_t i = 0; i < configs->n_mig; i++) {
		if (configs->mig[i].planned && !sf_emit_reachable(&configs->mig[i])) {
			sf_str_printf(
				out,
				"\n**Caution:** `%s` is legal, but the driver's usual choice of "
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

/* What each file is; those that were not written are left out. */
static const struct {
	const char *name, *what;
	bool mig, rollout, scenario; /* only written with these */
} files[] = {
	{"RUNBOOK.md", "the roll-out, step by step, with the commands", false, true, false},
	{"rollout.json", "the same for programs: `slicefit apply` executes it", false, true, false},
	{SF_EMIT_MIG_FILE, "ConfigMap for mig-manager: a configuration per layout, of now and then",
         true, false, false},
	{SF_EMIT_SHARE_FILE, "ConfigMap for the device plugin: a key per way of sharing", false,
         false, false},
	{SF_EMIT_POLICY_FILE, "points the GPU Operator's ClusterPolicy at the ConfigMaps", false,
         false, false},
	{"helm-values.yaml", "the same as values of the operator's Helm chart", false, false,
         false},
	{"node-labels.yaml", "the labels that choose the planned configurations, as Node objects",
         false, false, false},
	{"labels.sh", "the same as kubectl commands", false, false, false},
	{"nvidia-smi.sh", "the layouts as `nvidia-smi mig` commands, for nodes without mig-manager",
         true, false, false},
	{"scenario.yaml", "the scenario on the planned nodes, for `slicefit replay`", false, false,
         true},
};

int sf_emit_readme(const struct sf_emit *emit, struct sf_str *out, struct sf_error *err)
{
	struct sf_emit_configs configs;
	const struct sf_plan *plan = emit->plan;
	size_t changed = 0, joining = 0;
	(void)err;
	sf_emit_configs_init(&configs, plan, emit->before);
	for (size_t i = 0; i < plan->n_nodes; i++) {
		changed += plan->node[i].changed && !plan->node[i].bought;
		joining += plan->node[i].bought;
	}
	sf_str_printf(out, "# A plan and its roll-out\n\n%zu of %zu nodes change.", changed,
	              plan->n_nodes - joining);
	if (joining > 0) {
		sf_str_printf(out, " %zu new one%s first.", joining,
		              joining == 1 ? " joins" : "s join");
	}
	sf_str_append(out, "\n\n");
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if ((!files[i].mig || configs.n_mig > 0) && (!files[i].rollout || emit->rollout) &&
		    (!files[i].scenario || plan->after)) {
			sf_str_printf(out, "- `%s`: %s\n", files[i].name, files[i].what);
		}
	}
	sf_emit_cautions(plan, &configs, out);
	sf_emit_configs_finish(&configs);
	return 0;
}
