/* emit_runbook_wave: one wave of RUNBOOK.md: cordon, drain, labels, wait, verify, uncordon, roll back. */
// SPDX-License-Identifier: Apache-2.0
#include "emit_runbook.h"

#include <slicefit/str.h>

#include <string.h>

/* How long is waited for pods to go, for mig-manager, and for the device plugin. */
#define DRAIN_TIMEOUT "30m"
#define MIG_TIMEOUT   "20m"
#define SHARE_TIMEOUT "10m"

static const struct sf_workload *workload_of(const struct sf_emit_view *view,
                                             const struct sf_rollout_move *move)
{
	return &view->emit->scenario->workload[move->workload];
}

/* What a disruption budget means for the drain. */
static void write_budget(const struct sf_workload *workload, struct sf_str *out)
{
	if (!workload->has_budget) {
		return;
	}
	if (workload->max_unavailable == 0) {
		sf_str_append(out, "**its budget allows no eviction: the drain will not end; the "
		                   "owner has to raise it, or delete the pod**");
	} else {
		sf_str_printf(out, "budget: %u at a time, the drain waits in between",
		              workload->max_unavailable);
	}
}

static void write_pod(const struct sf_emit_view *view, const struct sf_rollout_node *node,
                      const struct sf_rollout_move *move, uint32_t pods, struct sf_str *out)
{
	const struct sf_workload *workload = workload_of(view, move);
	sf_str_printf(out, "| %s | ", sf_emit_node_name(view, node->node));
	if (move->pod != NULL) {
		sf_str_append(out, move->pod);
	} else {
		sf_str_printf(out, "%u pod%s", pods, pods == 1 ? "" : "s");
	}
	sf_str_printf(out, " | %s | %d | ", workload->name, workload->priority);
	if (move->to == SF_NODE_NONE) {
		sf_str_append(out, "**nowhere**");
	} else {
		sf_str_append(out, sf_emit_node_name(view, move->to));
	}
	if (move->waits && move->back > 0) {
		sf_str_printf(out, ", **after wave %u**", move->back);
	}
	sf_str_append(out, " | ");
	write_budget(workload, out);
	sf_str_append(out, " |\n");
}

/* Do unnamed pods say the same in one line? */
static bool same_line(const struct sf_rollout_move *a, const struct sf_rollout_move *b)
{
	return a->pod == NULL && b->pod == NULL && a->workload == b->workload && a->to == b->to &&
	       a->waits == b->waits && a->back == b->back;
}

static void write_pods(const struct sf_emit_view *view, const struct sf_rollout_node *node,
                       size_t n, struct sf_str *out)
{
	size_t pods = 0;
	for (size_t i = 0; i < n; i++) {
		pods += node[i].n_moves;
	}
	if (pods == 0) {
		sf_str_append(out, "No pod with GPUs runs there.\n\n");
		return;
	}
	sf_str_append(out, "Pods with GPUs that will go, the most important first, and a node that "
	                   "has room for each:\n\n"
	                   "| node | pod | workload | priority | room on | note "
	                   "|\n|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < n; i++) {
		for (size_t m = 0; m < node[i].n_moves;) {
			size_t first = m++;
			while (m < node[i].n_moves &&
			       same_line(&node[i].move[first], &node[i].move[m])) {
				m++;
			}
			write_pod(view, &node[i], &node[i].move[first], (uint32_t)(m - first), out);
		}
	}
	sf_str_append(out, "\n");
}

static void write_drain(const struct sf_emit_view *view, const struct sf_rollout_node *node,
                        size_t n, struct sf_str *out)
{
	sf_str_append(out, "```sh\nkubectl cordon");
	sf_runbook_names(view, node, n, out);
	sf_str_append(out, "\n```\n\n");
	write_pods(view, node, n, out);
	sf_str_append(out, "```sh\nkubectl drain");
	sf_runbook_names(view, node, n, out);
	sf_str_append(out,
	              " --ignore-daemonsets --delete-emptydir-data --timeout=" DRAIN_TIMEOUT
	              "\n```\n\n"
	              "`cannot evict pod as it would violate the pod's disruption budget` is no "
	              "failure: drain tries again. `declare no controller`: nobody makes such a "
	              "pod again; ask its owner, then add `--force`. Go on when it has ended "
	              "with `drained` for every node.\n\n");
}

static bool changes(const struct sf_emit_view *view, const struct sf_rollout_node *node)
{
	return sf_emit_changes(&view->emit->plan->node[node->node]);
}

static bool joins(const struct sf_emit_view *view, const struct sf_rollout_node *node)
{
	return view->emit->plan->node[node->node].bought;
}

static bool wave_changes(const struct sf_emit_view *view, const struct sf_rollout_node *node,
                         size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (changes(view, &node[i])) {
			return true;
		}
	}
	return false;
}

static bool wave_cuts(const struct sf_emit_view *view, const struct sf_rollout_node *node, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (sf_emit_mig_changes(&view->configs, node[i].node)) {
			return true;
		}
	}
	return false;
}

/* A node that has joined had none of the labels. */
static void write_no_labels(const struct sf_emit_view *view, uint32_t node, struct sf_str *out)
{
	sf_str_printf(out, "kubectl label node %s " SF_EMIT_SHARE_LABEL "-",
	              sf_emit_node_name(view, node));
	if (view->configs.node_mig[node] != SIZE_MAX) {
		sf_str_append(out, " " SF_EMIT_MIG_LABEL "-");
	}
	sf_str_append(out, "\n");
}

/* Does mig-manager surely have work? The operator labels a new node with its default by itself. */
static bool resets_state(const struct sf_emit_view *view, uint32_t node)
{
	const struct sf_emit_configs *configs = &view->configs;
	size_t mig = configs->node_mig[node];
	return sf_emit_mig_changes(configs, node) &&
	       !(view->emit->plan->node[node].bought &&
	         strcmp(configs->mig[mig].name, SF_EMIT_MIG_DEFAULT) == 0);
}

/* The labels of one node, those of `before` or those of the plan. */
static void write_label(const struct sf_emit_view *view, uint32_t node, bool before,
                        struct sf_str *out)
{
	const struct sf_emit_configs *configs = &view->configs;
	size_t mig = before ? configs->node_mig_before[node] : configs->node_mig[node];
	size_t share = before ? configs->node_share_before[node] : configs->node_share[node];
	sf_str_printf(out, "kubectl label --overwrite node %s", sf_emit_node_name(view, node));
	if (resets_state(view, node)) {
		sf_str_append(out, " " SF_EMIT_MIG_LABEL ".state=pending");
	}
	sf_emit_label_arguments(configs, mig, share, out);
	sf_str_append(out, "\n");
}

static void write_mig_wait(const struct sf_emit_view *view, uint32_t node, struct sf_str *out)
{
	sf_str_printf(out,
	              "kubectl wait node/%s --timeout=" MIG_TIMEOUT
	              " --for=jsonpath='{.metadata.labels.nvidia\\.com/mig\\.config\\.state}'="
	              "success\n",
	              sf_emit_node_name(view, node));
}

static void write_labels(const struct sf_emit_view *view, const struct sf_rollout_node *node,
                         size_t n, struct sf_str *out)
{
	sf_str_append(out, "The new layout:\n\n```sh\n");
	for (size_t i = 0; i < n; i++) {
		if (changes(view, &node[i])) {
			write_label(view, node[i].node, false, out);
		}
	}
	sf_str_append(out, "```\n\n");
	if (!wave_cuts(view, node, n)) {
		return;
	}
	sf_str_append(out, "```sh\n");
	for (size_t i = 0; i < n; i++) {
		if (sf_emit_mig_changes(&view->configs, node[i].node)) {
			write_mig_wait(view, node[i].node, out);
		}
	}
	sf_str_append(out, "```\n\nIf it times out, see why, and roll that node back:\n\n```sh\n");
	for (size_t i = 0; i < n; i++) {
		if (!sf_emit_mig_changes(&view->configs, node[i].node)) {
			continue;
		}
		sf_str_printf(out,
		              "kubectl -n " SF_EMIT_NAMESPACE " logs --tail=50 \"$(kubectl -n "
		              "" SF_EMIT_NAMESPACE " get pods -l app=nvidia-mig-manager "
		              "--field-selector spec.nodeName=%s -o name)\"\n",
		              sf_emit_node_name(view, node[i].node));
	}
	sf_str_append(out, "```\n\n");
}

/* A name of a resource within a JSONPath: its dots are no steps. */
static void write_path(const char *name, struct sf_str *out)
{
	for (; *name != '\0'; name++) {
		sf_str_printf(out, "%s%c", *name == '.' ? "\\" : "", *name);
	}
}

static void write_verify(const struct sf_emit_view *view, const struct sf_rollout_node *node,
                         size_t n, struct sf_str *out)
{
	sf_str_append(out, "What the nodes now offer:\n\n```sh\n");
	for (size_t i = 0; i < n; i++) {
		struct sf_emit_count count[SF_EMIT_COUNTS_MAX];
		size_t counts = sf_emit_counts(view, node[i].node, count);
		for (size_t c = 0; c < counts; c++) {
			if (count[c].after == 0 || count[c].after == count[c].before) {
				continue; /* absent or 0; or nothing to wait for */
			}
			sf_str_printf(out,
			              "kubectl wait node/%s --timeout=" SHARE_TIMEOUT
			              " --for=jsonpath='{.status.allocatable.",
			              sf_emit_node_name(view, node[i].node));
			write_path(count[c].name, out);
			sf_str_printf(out, "}'=%u\n", count[c].after);
		}
		sf_str_printf(out,
		              "kubectl get node %s -o jsonpath='{.status.allocatable}{\"\\n\"}'\n",
		              sf_emit_node_name(view, node[i].node));
	}
	sf_str_append(out, "```\n\n| node | nvidia.com resources |\n|---|---|\n");
	for (size_t i = 0; i < n; i++) {
		struct sf_emit_count count[SF_EMIT_COUNTS_MAX];
		size_t counts = sf_emit_counts(view, node[i].node, count);
		sf_str_printf(out, "| %s | ", sf_emit_node_name(view, node[i].node));
		for (size_t c = 0; c < counts; c++) {
			sf_str_printf(out, "%s%s: %u%s", c > 0 ? ", " : "", count[c].name,
			              count[c].after, count[c].after == 0 ? " or absent" : "");
		}
		sf_str_append(out, counts > 0 ? " |\n" : "made as pods ask for them |\n");
	}
	sf_str_append(out, "\n");
}

static void write_open(const struct sf_emit_view *view, const struct sf_rollout_node *node,
                       size_t n, struct sf_str *out)
{
	sf_str_append(out, "```sh\n");
	if (!joins(view, &node[0])) {
		sf_str_append(out, "kubectl taint nodes");
		sf_runbook_names(view, node, n, out);
		sf_str_append(out, " " SF_EMIT_TAINT "-\n");
	}
	for (size_t i = 0; i < n; i++) {
		bool stays = sf_emit_pool(view, node[i].node)->cordoned;
		sf_str_printf(out, "%s %s%s\n", stays ? "# kubectl uncordon" : "kubectl uncordon",
		              sf_emit_node_name(view, node[i].node),
		              stays ? "   was cordoned before, and stays so" : "");
	}
	sf_str_append(out, "kubectl get pods -A --field-selector status.phase=Pending\n```\n");
	if (!joins(view, &node[0])) {
		sf_str_append(out, "\nWait until the pods that were evicted run again before the "
		                   "next wave.\n");
	}
}

static void write_back(const struct sf_emit_view *view, const struct sf_rollout_node *node,
                       size_t n, struct sf_str *out)
{
	sf_str_append(out,
	              "\n<details><summary>Roll back</summary>\n\nOf the nodes that failed; they "
	              "are cordoned. If pods run there already, drain them first, as "
	              "above.\n\n```sh\n");
	for (size_t i = 0; i < n; i++) {
		if (!changes(view, &node[i])) {
			continue;
		}
		if (joins(view, &node[i])) {
			write_no_labels(view, node[i].node, out);
			continue; /* it stays cordoned: nobody has counted on it before */
		}
		write_label(view, node[i].node, true, out);
		if (sf_emit_mig_changes(&view->configs, node[i].node)) {
			write_mig_wait(view, node[i].node, out);
		}
		if (!sf_emit_pool(view, node[i].node)->cordoned) {
			sf_str_printf(out, "kubectl uncordon %s\n",
			              sf_emit_node_name(view, node[i].node));
		}
	}
	sf_str_append(out, "```\n\n</details>\n");
}

/* What to buy, and under which names it has to come. */
static void write_join(const struct sf_emit_view *view, const struct sf_rollout_node *node,
                       size_t n, struct sf_str *out)
{
	sf_str_append(out,
	              "New nodes. Nothing below works before they are there: join them to the "
	              "cluster under these names, with the labels and taints of their pool, and "
	              "do not go on until all are `Ready`.\n\n"
	              "| node | as those of pool | GPUs |\n|---|---|---|\n");
	for (size_t i = 0; i < n; i++) {
		const struct sf_pool *pool = sf_emit_pool(view, node[i].node);
		sf_str_printf(out, "| %s | %.*s | %u %s |\n", sf_emit_node_name(view, node[i].node),
		              (int)(strlen(pool->name) - strlen("-new")), pool->name,
		              pool->node.n_gpus, pool->node.gpu[0].product->name);
	}
	sf_str_append(out, "\n```sh\nkubectl wait --for=condition=Ready --timeout=" SHARE_TIMEOUT
	                   " node");
	sf_runbook_names(view, node, n, out);
	sf_str_append(out, "\nkubectl cordon");
	sf_runbook_names(view, node, n, out);
	sf_str_append(out, "\n```\n\n");
}

void sf_runbook_wave(const struct sf_emit_view *view, const struct sf_rollout_node *node, size_t n,
                     struct sf_str *out)
{
	const struct sf_rollout *rollout = view->emit->rollout;
	uint32_t waiting = 0;
	for (size_t i = 0; i < n; i++) {
		waiting += node[i].n_waiting;
	}
	sf_str_printf(out, "\n## Wave %u of %u\n\n", node[0].wave, rollout->n_waves);
	if (waiting > 0) {
		sf_str_printf(
			out, "**Needs interruption: %u pod%s wait%s, see `after wave` below.**\n\n",
			waiting, waiting == 1 ? "" : "s", waiting == 1 ? "s" : "");
	}
	if (joins(view, &node[0])) {
		write_join(view, node, n, out);
	} else {
		write_drain(view, node, n, out);
	}
	if (wave_changes(view, node, n)) {
		write_labels(view, node, n, out);
		write_verify(view, node, n, out);
	} else {
		sf_str_append(out, "Nothing is changed here: room is made for other pods.\n\n");
	}
	write_open(view, node, n, out);
	if (wave_changes(view, node, n)) {
		write_back(view, node, n, out);
	}
}
