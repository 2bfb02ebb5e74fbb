/* rules_demand: what pods ask for, against what nodes and configurations offer. */
// SPDX-License-Identifier: Apache-2.0
#include "rules.h"

#include "facts.h"
#include "names.h"
#include "walk.h"

#include <stdio.h>

static const char *const shared_suffix = ".shared";

static bool is_shared_name(const char *name)
{
	size_t len = strlen(name);
	size_t n = strlen(shared_suffix);
	return len > n && same(name + len - n, shared_suffix);
}

/* The strategy that is in force: what is set, or the chart's own. */
static const char *strategy_of(const struct sf_lint *lint, bool *by_chart)
{
	const struct facts *facts = lint->facts;
	const char *strategy = facts_strategy(lint, false);
	*by_chart = false;
	for (size_t i = 0; i < facts->n_references; i++) {
		if (facts->reference[i].to == REFERS_STRATEGY) {
			return strategy;
		}
	}
	*by_chart = facts->chart && !facts->partial_values;
	return *by_chart ? "single" : NULL;
}

/* Under the strategy single, MIG devices are called nvidia.com/gpu. */
static void check_single(struct sf_lint *lint, const struct request_fact *request)
{
	bool by_chart;
	if (names_profile(lint, request->name) == NULL || lint->facts->n_nodes > 0 ||
	    !same(strategy_of(lint, &by_chart), "single")) {
		return;
	}
	struct sf_lint_finding *finding = lint_key(lint, request->doc, request->node, 401);
	lint_say(lint, finding, "with the strategy single%s there is no %s: the pod stays Pending",
	         by_chart ? ", the chart's default," : "", request->name);
	lint_mend(lint, finding, "ask for nvidia.com/gpu, or set mig.strategy=mixed");
}

/* Does an entry of sharing.*.resources stand for a resource? "gpu" is taken for nvidia.com/gpu. */
static bool shares(const struct plugin_fact *plugin, const char *name, size_t len)
{
	for (size_t i = 0; plugin->resources != NULL && i < plugin->resources->n; i++) {
		const char *entry = lint_text_at(plugin->resources->child[i], "name");
		size_t skip = strlen("nvidia.com/");
		if (entry != NULL && ((strlen(entry) == len && strncmp(entry, name, len) == 0) ||
		                      (len > skip && strlen(entry) == len - skip &&
		                       strncmp(entry, name + skip, len - skip) == 0))) {
			return true;
		}
	}
	return false;
}

static void report_rename(struct sf_lint *lint, const struct request_fact *request)
{
	struct sf_lint_finding *finding = lint_key(lint, request->doc, request->node, 512);
	lint_say(lint, finding, "renameByDefault is on: nodes have 0 of %s", request->name);
	lint_mend(lint, finding, "ask for %s.shared", request->name);
}

static void report_no_rename(struct sf_lint *lint, const struct request_fact *request)
{
	struct sf_lint_finding *finding = lint_key(lint, request->doc, request->node, 512);
	size_t len = strlen(request->name) - strlen(shared_suffix);
	lint_say(lint, finding, "nothing here makes %s: that takes renameByDefault: true",
	         request->name);
	lint_mend(lint, finding, "ask for %.*s, or set renameByDefault", (int)len, request->name);
}

/* Every configuration renames what is asked for, or none makes the renamed name. */
static void check_rename(struct sf_lint *lint, const struct request_fact *request)
{
	const struct facts *facts = lint->facts;
	bool shared = is_shared_name(request->name);
	size_t len = strlen(request->name) - (shared ? strlen(shared_suffix) : 0);
	size_t renaming = 0;
	size_t sharing = 0;
	if (facts->n_plugins == 0 || facts->n_nodes > 0) {
		return;
	}
	for (size_t i = 0; i < facts->n_plugins; i++) {
		bool here = facts->plugin[i].shares != SHARES_NOT &&
		            shares(&facts->plugin[i], request->name, len);
		sharing += facts->plugin[i].shares != SHARES_NOT;
		renaming += here && facts->plugin[i].rename;
	}
	if (!shared && renaming == facts->n_plugins) {
		report_rename(lint, request);
	} else if (shared && renaming == 0 && sharing > 0) {
		report_no_rename(lint, request);
	}
}

/* Two replicas may be of one GPU, and are no more than one. */
static void check_replicas(struct sf_lint *lint, const struct request_fact *request)
{
	const struct facts *facts = lint->facts;
	bool one_only = false;
	bool all = facts->n_plugins > 0;
	if (request->count < 2) {
		return;
	}
	for (size_t i = 0; i < facts->n_plugins; i++) {
		const struct plugin_fact *plugin = &facts->plugin[i];
		all = all && plugin->shares != SHARES_NOT && !plugin->rename &&
		      shares(plugin, request->name, strlen(request->name));
		one_only = one_only || plugin->one_only;
	}
	if (!all && !is_shared_name(request->name)) {
		return;
	}
	struct sf_lint_finding *finding = lint_node(lint, request->doc, request->node, 511);
	lint_say(lint, finding,
	         one_only ? "%ld replicas: with failRequestsGreaterThanOne the pod ends in "
	                    "UnexpectedAdmissionError"
	                  : "%ld replicas may be of one GPU, and give no more of it than one",
	         request->count);
	lint_mend(lint, finding, "ask for 1");
}

/* Does an entry leave a GPU as it was, or without MIG? */
static bool leaves_whole(const struct sf_yaml *entry)
{
	return !same(lint_text_at(entry, "mig-enabled"), "true") ||
	       sf_yaml_get(entry, "device-filter") != NULL ||
	       !same(lint_text_at(entry, "devices"), "all");
}

/* Does a configuration put every GPU in MIG mode? Those of NVIDIA go by their names. */
static bool is_all_mig(const struct sf_lint *lint, const char *name)
{
	const struct parted_fact *parted = facts_parted(lint, name);
	if (parted != NULL) {
		const struct sf_yaml *config = parted->config;
		return config->kind == SF_YAML_SEQUENCE && config->n == 1 &&
		       !leaves_whole(config->child[0]);
	}
	return names_default_config(lint, name) && !same(name, "all-disabled");
}

/* Every configuration that nodes are given, by a label or by default; NULL when one of them leaves
 * whole GPUs, or none is named. Documents show one after the other what is not meant together. */
static const struct reference *all_mig(const struct sf_lint *lint)
{
	const struct facts *facts = lint->facts;
	const struct reference *found = NULL;
	for (size_t i = 0; i < facts->n_references; i++) {
		const struct reference *reference = &facts->reference[i];
		if (reference->to != REFERS_PARTED_CONFIG) {
			continue;
		}
		if (reference->source->document || !is_all_mig(lint, reference->value)) {
			return NULL;
		}
		found = found == NULL || reference->is_default ? reference : found;
	}
	return found;
}

static void chooses_node(void *ctx, const struct sf_yaml *node)
{
	bool *chooses = ctx;
	bool selector = same(node->key, "nodeSelector") || same(node->key, "nodeName") ||
	                same(node->key, "nodeAffinity");
	*chooses = *chooses || selector;
}

/* Under the strategy mixed, GPUs in MIG mode are no nvidia.com/gpu. A pod that chooses its node may
 * know another. */
static void check_whole(struct sf_lint *lint, const struct request_fact *request)
{
	bool by_chart;
	bool chooses = false;
	const struct reference *config = all_mig(lint);
	if (!same(request->name, "nvidia.com/gpu") || lint->facts->n_nodes > 0 || config == NULL ||
	    request->doc->source->document || !same(strategy_of(lint, &by_chart), "mixed")) {
		return;
	}
	walk(request->doc->root, chooses_node, &chooses);
	if (chooses) {
		return;
	}
	struct sf_lint_finding *finding = lint_key(lint, request->doc, request->node, 606);
	lint_say(lint, finding,
	         "with the strategy mixed and %s on the nodes no whole GPU is left: the pod stays "
	         "Pending",
	         config->value);
	const char *profile = names_all_of(lint, config->value);
	lint_mend(lint, finding,
	          "ask for nvidia.com/mig-%s, or leave a node without MIG (all-disabled)",
	          profile != NULL ? config->value + strlen("all-") : "PROFILE");
}

/* How many of a resource the nodes have; *nodes: those that list any of NVIDIA's. */
static long offered(const struct sf_lint *lint, const char *name, size_t *nodes)
{
	long sum = 0;
	*nodes = 0;
	for (size_t i = 0; i < lint->facts->n_nodes; i++) {
		const struct sf_yaml *root = lint->facts->node[i].doc->root;
		const struct sf_yaml *amounts = lint_get(root, "status.allocatable");
		amounts = amounts != NULL ? amounts : lint_get(root, "status.capacity");
		long n;
		*nodes += amounts != NULL;
		if (lint_number(sf_yaml_get(amounts, name), &n) && n > 0) {
			sum += n;
		}
	}
	return sum;
}

/* The resources of NVIDIA's that nodes have. */
static const char *exposed(struct sf_lint *lint)
{
	char text[256];
	size_t len = 0;
	text[0] = '\0';
	for (size_t i = 0; i < lint->facts->n_nodes; i++) {
		const struct sf_yaml *amounts =
			lint_get(lint->facts->node[i].doc->root, "status.allocatable");
		for (size_t k = 0; amounts != NULL && k < amounts->n; k++) {
			const char *key = amounts->child[k]->key;
			long n;
			if (key == NULL || strncmp(key, "nvidia.com/", 11) != 0 ||
			    !lint_number(amounts->child[k], &n) || n <= 0 ||
			    strstr(text, key) != NULL || len + strlen(key) + 3 > sizeof(text)) {
				continue;
			}
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
			                        len > 0 ? ", " : "", key);
		}
	}
	return lint_copy(lint, text, len);
}

/* Pods that one object makes at a time. */
static long pods_of(const struct sf_yaml *root)
{
	static const char *const paths[] = {"spec.replicas", "spec.parallelism"};
	long n = 1;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (lint_number(lint_get(root, paths[i]), &n) && n > 0) {
			return n;
		}
	}
	return 1;
}

/* More than all nodes have together: the rest waits. */
static void check_amount(struct sf_lint *lint, const struct request_fact *request)
{
	size_t nodes;
	enum { PODS_MAX = 1000000 };
	if (lint_text_at(request->doc->root, "spec.nodeName") != NULL) {
		return;
	}
	long pods = pods_of(request->doc->root);
	long have = offered(lint, request->name, &nodes);
	bool counted = pods <= PODS_MAX && request->count <= PODS_MAX;
	if (have == 0 || !counted || pods * request->count <= have) {
		return;
	}
	struct sf_lint_finding *finding = lint_node(lint, request->doc, request->node, 605);
	lint_say(lint, finding,
	         "%ld pods ask for %ld x %s, the nodes have %ld: the rest stays Pending", pods,
	         pods * request->count, request->name, have);
	lint_mend(lint, finding, "at most %ld pods, or more GPUs or replicas",
	          have / request->count);
}

static void check_offer(struct sf_lint *lint, const struct request_fact *request)
{
	size_t nodes;
	const char *kind = lint_text_at(request->doc->root, "kind");
	bool placed = lint_text_at(request->doc->root, "spec.nodeName") != NULL;
	if (placed || offered(lint, request->name, &nodes) > 0 || nodes == 0 ||
	    same(kind, "Node") || request->doc->about != ABOUT_OBJECT ||
	    strchr(request->name, '+') != NULL) {
		return;
	}
	const char *there = exposed(lint);
	struct sf_lint_finding *finding = lint_key(lint, request->doc, request->node, 601);
	lint_say(lint, finding, "no node here has %s: the pod stays Pending", request->name);
	if (*there != '\0') {
		lint_mend(lint, finding, "the nodes have %s", there);
	} else {
		lint_mend(lint, finding, "no node has any resource of NVIDIA's device plugin");
	}
}

void rules_demand(struct sf_lint *lint)
{
	for (size_t i = 0; i < lint->facts->n_requests; i++) {
		const struct request_fact *request = &lint->facts->request[i];
		check_single(lint, request);
		check_rename(lint, request);
		check_replicas(lint, request);
		check_whole(lint, request);
		check_offer(lint, request);
		check_amount(lint, request);
	}
}
