/* emit_runbook: RUNBOOK.md, the roll-out for whoever does it by hand, at any hour: every command is there
 * to be copied. What is done per node is in emit_runbook_node.c. */
// SPDX-License-Identifier: Apache-2.0
#include "emit_runbook.h"

#include <slicefit/str.h>

#include <string.h>

void sf_runbook_names(const struct sf_emit_view *view, const struct sf_rollout_node *node, size_t n,
                      struct sf_str *out)
{
	for (size_t i = 0; i < n; i++) {
		sf_str_printf(out, " %s", sf_emit_node_name(view, node[i].node));
	}
}

static void write_summary(const struct sf_emit_view *view, struct sf_str *out)
{
	const struct sf_rollout *rollout = view->emit->rollout;
	sf_str_printf(out, "# Runbook: %s\n\n", view->emit->scenario->name);
	size_t changed = 0, turns = rollout->n_nodes - rollout->n_joining;
	for (size_t i = rollout->n_joining; i < rollout->n_nodes; i++) {
		changed += view->emit->plan->node[rollout->node[i].node].changed;
	}
	sf_str_printf(out, "%zu of %zu nodes change", changed,
	              view->emit->plan->n_nodes - rollout->n_joining);
	if (changed < turns) {
		sf_str_printf(out, ", and %zu more are emptied to make room", turns - changed);
	}
	if (rollout->n_joining > 0) {
		sf_str_printf(out, ", after %zu new one%s joined", rollout->n_joining,
		              rollout->n_joining == 1 ? " has" : "s have");
	}
	sf_str_printf(out, ": %u wave%s, at most %u node%s at once. %u pods with GPUs are evicted",
	              rollout->n_waves, rollout->n_waves == 1 ? "" : "s", rollout->max_unavailable,
	              rollout->max_unavailable == 1 ? "" : "s", rollout->n_evicted);
	if (rollout->n_waiting == 0) {
		sf_str_append(out, "; each has a place elsewhere before it goes.\n");
	} else {
		sf_str_printf(out,
		              "; **%u of them are interrupted**: no node has room for them when "
		              "they have to go. Tell their owners before you begin.\n",
		              rollout->n_waiting);
	}
	if (rollout->n_lost > 0) {
		sf_str_printf(out,
		              "\n**%u of these have no place at the end, either:** the plan does "
		              "not serve them.\n",
		              rollout->n_lost);
	}
}

/* Pods that wait, with wave and node. */
static void write_interruptions(const struct sf_emit_view *view, struct sf_str *out)
{
	const struct sf_rollout *rollout = view->emit->rollout;
	if (rollout->n_waiting == 0) {
		return;
	}
	sf_str_append(out, "\n| interrupted | workload | priority | node | from wave | until after "
	                   "wave |\n|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < rollout->n_nodes; i++) {
		const struct sf_rollout_node *node = &rollout->node[i];
		for (size_t m = 0; m < node->n_moves; m++) {
			const struct sf_rollout_move *move = &node->move[m];
			const struct sf_workload *workload =
				&view->emit->scenario->workload[move->workload];
			if (!move->waits) {
				continue;
			}
			sf_str_printf(out, "| %s | %s | %d | %s | %u | ",
			              move->pod != NULL ? move->pod : "one pod", workload->name,
			              workload->priority, sf_emit_node_name(view, node->node),
			              node->wave);
			if (move->back > 0) {
				sf_str_printf(out, "%u |\n", move->back);
			} else {
				sf_str_append(out, "never |\n");
			}
		}
	}
}

static void write_free(const struct sf_rollout *rollout, struct sf_str *out)
{
	if (rollout->n_free == 0) {
		return;
	}
	sf_str_append(out, "\n| free in the nodes in service | before | least | in wave | after "
	                   "|\n|---|---|---|---|---|\n");
	for (size_t i = 0; i < rollout->n_free; i++) {
		const struct sf_rollout_free *of = &rollout->free[i];
		sf_str_printf(out, "| %s | %lld | %lld | ", of->resource, (long long)of->before,
		              (long long)of->least);
		if (of->least_wave > 0) {
			sf_str_printf(out, "%u", of->least_wave);
		} else {
			sf_str_append(out, "-");
		}
		sf_str_printf(out, " | %lld |\n", (long long)of->after);
	}
}

static void write_rules(struct sf_str *out)
{
	sf_str_append(
		out,
		"\n## How to use this\n\n"
		"- Go from top to bottom, one wave after the other. Paste one block at a time, and "
		"read the line below it.\n"
		"- You may stop after any wave: the cluster is whole then. Do not stop inside "
		"one.\n"
		"- If a check fails, do that node's **roll back** and stop. Nothing later depends "
		"on "
		"haste.\n"
		"- You need kubectl 1.25 or later (its `wait` takes fields that are not there "
		"yet), "
		"with the rights to change nodes, evict pods, and edit the ClusterPolicy.\n"
		"- `slicefit apply` does all of this, too, and says first what it would do.\n");
}

/* The labels that a node has until its turn has come: all of one kind in one command. */
static void write_labels_now(const struct sf_emit_view *view, struct sf_str *out)
{
	const struct sf_emit_configs *configs = &view->configs;
	const struct sf_plan *plan = view->emit->plan;
	for (size_t share = 0; share < configs->n_share; share++) {
		for (size_t m = 0; m <= configs->n_mig; m++) {
			size_t mig = m < configs->n_mig ? m : SIZE_MAX;
			bool any = false;
			for (uint32_t i = 0; i < plan->n_nodes; i++) {
				if (sf_emit_skips(&plan->node[i]) ||
				    configs->node_share_before[i] != share ||
				    configs->node_mig_before[i] != mig) {
					continue;
				}
				sf_str_printf(out, "%s %s",
				              any ? "" : "kubectl label --overwrite nodes",
				              sf_emit_node_name(view, i));
				any = true;
			}
			if (any) {
				sf_emit_label_arguments(configs, mig, share, out);
				sf_str_append(out, "\n");
			}
		}
	}
}

static void write_preparation(const struct sf_emit_view *view, struct sf_str *out)
{
	const struct sf_rollout *rollout = view->emit->rollout;
	bool mig = view->configs.n_mig > 0;
	sf_str_append(out,
	              "\n## Before the first wave\n\nKeep what is there now, for the roll back "
	              "of everything:\n\n```sh\n"
	              "kubectl get clusterpolicies.nvidia.com " SF_EMIT_POLICY
	              " -o yaml | sed '/^  resourceVersion:/d' > cluster-policy.before.yaml\n"
	              "kubectl get nodes -o json > nodes.before.json\n"
	              "kubectl get nodes -L " SF_EMIT_MIG_LABEL " -L " SF_EMIT_MIG_LABEL
	              ".state -L " SF_EMIT_SHARE_LABEL "\n```\n\n"
	              "No node may be in the state `pending` or `failed`. Nodes that are not in "
	              "the commands below and use a configuration of their own need it in the new "
	              "ConfigMaps: add it there first.\n\n"
	              "The new configurations, and the operator's settings:\n\n```sh\n");
	sf_str_printf(out, "kubectl apply --server-side %s-f " SF_EMIT_SHARE_FILE "\n",
	              mig ? "-f " SF_EMIT_MIG_FILE " " : "");
	sf_str_append(out, "kubectl patch clusterpolicies.nvidia.com " SF_EMIT_POLICY
	                   " --type merge --patch-file " SF_EMIT_POLICY_FILE "\n```\n\n"
	                   "With Helm, put `helm-values.yaml` into your values, too, or the next "
	                   "upgrade takes the patch back.\n\n"
	                   "Labels that say in terms of the new configurations what the nodes are "
	                   "today. Nothing is cut: mig-manager finds the layouts there "
	                   "already.\n\n```sh\n");
	write_labels_now(view, out);
	sf_str_append(out, "```\n\n");
	if (rollout->n_nodes == 0) {
		sf_str_append(out, "No node changes: that is all.\n");
		return;
	}
	if (rollout->n_nodes == rollout->n_joining) {
		return;
	}
	sf_str_append(out, "New pods and evicted ones shall not go where they would be evicted "
	                   "again:\n\n```sh\nkubectl taint nodes");
	sf_runbook_names(view, rollout->node + rollout->n_joining,
	                 rollout->n_nodes - rollout->n_joining, out);
	sf_str_append(out, " " SF_EMIT_TAINT "=:PreferNoSchedule\n```\n");
}

static void write_end(const struct sf_emit_view *view, struct sf_str *out)
{
	const struct sf_rollout *rollout = view->emit->rollout;
	if (rollout->n_nodes > 0) {
		sf_str_append(out,
		              "\n## After the last wave\n\n```sh\n"
		              "kubectl get nodes -L " SF_EMIT_MIG_LABEL " -L " SF_EMIT_MIG_LABEL
		              ".state -L " SF_EMIT_SHARE_LABEL "\n"
		              "kubectl get pods -A --field-selector "
		              "status.phase=Pending\n```\n\n"
		              "All nodes are `Ready` without `SchedulingDisabled`, every state is "
		              "`success`, and no pod is pending that was not before.\n");
	}
	sf_str_append(out,
	              "\n## Roll back of everything\n\nRoll back the waves that were done, the "
	              "last one first; then the operator's settings and the labels that were "
	              "kept:\n\n```sh\n"
	              "kubectl replace -f cluster-policy.before.yaml\n```\n\nand the labels "
	              "`" SF_EMIT_MIG_LABEL "` and `" SF_EMIT_SHARE_LABEL
	              "` of `nodes.before.json`, node by node. Only now, because their "
	              "values are names of the old ConfigMaps.\n");
}

int sf_emit_runbook(const struct sf_emit *emit, struct sf_str *out, struct sf_error *err)
{
	struct sf_emit_view view;
	size_t first = 0;
	if (emit->rollout == NULL) {
		return 0;
	}
	if (sf_emit_view_init(&view, emit, err) != 0) {
		return -1;
	}
	write_summary(&view, out);
	write_interruptions(&view, out);
	write_free(emit->rollout, out);
	sf_emit_cautions(emit->plan, &view.configs, out);
	write_rules(out);
	write_preparation(&view, out);
	for (uint32_t wave = 1; wave <= emit->rollout->n_waves; wave++) {
		size_t end = first;
		while (end < emit->rollout->n_nodes && emit->rollout->node[end].wave == wave) {
			end++;
		}
		sf_runbook_wave(&view, &emit->rollout->node[first], end - first, out);
		first = end;
	}
	write_end(&view, out);
	sf_emit_view_finish(&view);
	return 0;
}
