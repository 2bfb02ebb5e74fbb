/* facts: what the files say that other places depend on, gathered before the rules run. */
// SPDX-License-Identifier: Apache-2.0
#include "facts.h"

#include "command.h"
#include "kubectl.h"
#include "walk.h"

#include <slicefit/alloc.h>
#include <slicefit/catalog.h>

#include <stdlib.h>

#define GROW(array, n, cap)                                                                        \
	((array) = sf_xgrow((array), &(cap), (n) + 1, sizeof(*(array))), &(array)[(n)++])

void facts_refer(struct sf_lint *lint, struct reference reference)
{
	struct facts *facts = lint->facts;
	*GROW(facts->reference, facts->n_references, facts->references_cap) = reference;
}

void facts_gpus(const struct sf_lint *lint, struct gpus *out)
{
	const struct facts *facts = lint->facts;
	for (size_t i = 0; facts != NULL && i < facts->n_nodes; i++) {
		gpus_add(out, facts->node[i].product);
	}
}

const char *facts_strategy(const struct sf_lint *lint, bool for_all)
{
	const char *found = NULL;
	for (size_t i = 0; i < lint->facts->n_references; i++) {
		const struct reference *reference = &lint->facts->reference[i];
		if (reference->to != REFERS_STRATEGY || (for_all && !reference->is_default)) {
			continue;
		}
		if (found != NULL && !same(found, reference->value)) {
			return NULL;
		}
		found = reference->value;
	}
	return found;
}

static void refer(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *node,
                  enum refers to, bool is_default)
{
	const char *text = lint_text(node);
	if (text != NULL && *text != '\0' && !lint_is_placeholder(text)) {
		facts_refer(lint, (struct reference){
					  .to = to,
					  .value = text,
					  .source = doc->source,
					  .place = {node->line, node->column},
					  .is_default = is_default,
				  });
	}
}

static bool is_true(const struct sf_yaml *node)
{
	return same(lint_text(node), "true");
}

void facts_read_sharing(const struct sf_yaml *root, struct plugin_fact *out)
{
	const struct sf_yaml *sharing = lint_get_loose(root, "sharing");
	const struct sf_yaml *mps = lint_get_loose(sharing, "mps");
	const struct sf_yaml *slicing = lint_get_loose(sharing, "timeSlicing");
	const struct sf_yaml *how = mps != NULL && mps->n > 0 ? mps : slicing;
	out->strategy = lint_text_at(root, "flags.migStrategy");
	out->shares = how == NULL ? SHARES_NOT : how == mps ? SHARES_MPS : SHARES_TIME;
	out->resources = sf_yaml_get(how, "resources");
	out->rename = is_true(sf_yaml_get(how, "renameByDefault"));
	const struct sf_yaml *one = sf_yaml_get(how, "failRequestsGreaterThanOne");
	out->one_only = one != NULL ? is_true(one) : out->shares == SHARES_MPS;
}

const struct parted_fact *facts_parted(const struct sf_lint *lint, const char *name)
{
	for (size_t i = 0; i < lint->facts->n_parted; i++) {
		if (same(lint->facts->parted[i].config->key, name)) {
			return &lint->facts->parted[i];
		}
	}
	return NULL;
}

static void gather_parted(struct sf_lint *lint, const struct doc *doc)
{
	struct facts *facts = lint->facts;
	const struct sf_yaml *configs = sf_yaml_get(doc->root, "mig-configs");
	for (size_t i = 0; configs != NULL && configs->kind == SF_YAML_MAPPING && i < configs->n;
	     i++) {
		*GROW(facts->parted, facts->n_parted, facts->parted_cap) =
			(struct parted_fact){doc, configs->child[i]};
	}
}

static void gather_plugin(struct sf_lint *lint, const struct doc *doc)
{
	struct facts *facts = lint->facts;
	struct plugin_fact *fact = GROW(facts->plugin, facts->n_plugins, facts->plugins_cap);
	*fact = (struct plugin_fact){.doc = doc};
	facts_read_sharing(doc->root, fact);
	refer(lint, doc, lint_get(doc->root, "flags.migStrategy"), REFERS_STRATEGY, false);
}

static void add_map(struct sf_lint *lint, const struct doc *doc, const char *name,
                    const struct sf_yaml *data)
{
	struct facts *facts = lint->facts;
	if (name != NULL) {
		*GROW(facts->map, facts->n_maps, facts->maps_cap) =
			(struct map_fact){name, doc, data};
	}
}

/* gpu-operator's values and the specification of a ClusterPolicy are alike. */
static void gather_operator(struct sf_lint *lint, const struct doc *doc,
                            const struct sf_yaml *values)
{
	const struct sf_yaml *parted = lint_get(values, "migManager.config");
	const struct sf_yaml *plugin = lint_get(values, "devicePlugin.config");
	refer(lint, doc, lint_get(values, "mig.strategy"), REFERS_STRATEGY, true);
	refer(lint, doc, sf_yaml_get(parted, "name"), REFERS_PARTED_MAP, false);
	refer(lint, doc, sf_yaml_get(parted, "default"), REFERS_PARTED_CONFIG, true);
	refer(lint, doc, sf_yaml_get(plugin, "name"), REFERS_PLUGIN_MAP, true);
	refer(lint, doc, sf_yaml_get(plugin, "default"), REFERS_PLUGIN_CONFIG, true);
	const struct sf_yaml *both[] = {parted, plugin};
	for (size_t i = 0; i < 2; i++) {
		const struct sf_yaml *data = sf_yaml_get(both[i], "data");
		if (is_true(sf_yaml_get(both[i], "create")) || (data != NULL && data->n > 0)) {
			const char *name = lint_text_at(both[i], "name");
			add_map(lint, doc, name != NULL ? name : "", data);
		}
	}
}

static void gather_values(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *values)
{
	gather_operator(lint, doc, values);
	refer(lint, doc, sf_yaml_get(values, "migStrategy"), REFERS_STRATEGY, true);
	refer(lint, doc, lint_get(values, "config.name"), REFERS_PLUGIN_MAP, false);
	const struct sf_yaml *map = lint_get(values, "config.map");
	if (map != NULL && map->n > 0) {
		refer(lint, doc, lint_get(values, "config.default"), REFERS_PLUGIN_CONFIG, true);
		const char *name = lint_text_at(values, "config.name");
		add_map(lint, doc, name != NULL ? name : "", map);
	}
}

/* {"op": "replace", "path": "/spec/mig/strategy", "value": "mixed"} */
static void gather_patch(struct sf_lint *lint, const struct doc *doc)
{
	static const struct {
		const char *path;
		enum refers to;
		bool is_default;
	} known[] = {
		{"/spec/mig/strategy", REFERS_STRATEGY, true},
		{"/spec/migManager/config/name", REFERS_PARTED_MAP, false},
		{"/spec/migManager/config/default", REFERS_PARTED_CONFIG, true},
		{"/spec/devicePlugin/config/name", REFERS_PLUGIN_MAP, true},
		{"/spec/devicePlugin/config/default", REFERS_PLUGIN_CONFIG, true},
	};
	const char *path = lint_text_at(doc->root, "path");
	for (size_t i = 0; path != NULL && i < sizeof(known) / sizeof(known[0]); i++) {
		if (same(path, known[i].path)) {
			refer(lint, doc, sf_yaml_get(doc->root, "value"), known[i].to,
			      known[i].is_default);
		}
	}
}

static void gather_node(struct sf_lint *lint, const struct doc *doc)
{
	struct facts *facts = lint->facts;
	const struct sf_yaml *labels = lint_get(doc->root, "metadata.labels");
	const char *product = lint_text(sf_yaml_get(labels, "nvidia.com/gpu.product"));
	struct node_fact *node = GROW(facts->node, facts->n_nodes, facts->nodes_cap);
	*node = (struct node_fact){
		.name = lint_text_at(doc->root, "metadata.name"),
		.doc = doc,
		.product = product != NULL ? sf_catalog_find(lint->catalog, product) : NULL,
	};
	static const struct {
		const char *label;
		enum refers to;
	} labelled[] = {
		{"nvidia.com/mig.config", REFERS_PARTED_CONFIG},
		{"nvidia.com/device-plugin.config", REFERS_PLUGIN_CONFIG},
	};
	for (size_t i = 0; i < 2; i++) {
		const struct sf_yaml *label = sf_yaml_get(labels, labelled[i].label);
		const char *text = lint_text(label);
		if (text != NULL && *text != '\0') {
			facts_refer(lint, (struct reference){
						  .to = labelled[i].to,
						  .value = text,
						  .source = doc->source,
						  .place = {label->line, label->column},
						  .product = node->product,
					  });
		}
	}
}

/* Amounts below a container's resources. */
static void gather_request(void *ctx, const struct doc *doc, const struct sf_yaml *amounts)
{
	struct sf_lint *lint = ctx;
	struct facts *facts = lint->facts;
	for (size_t i = 0; i < amounts->n; i++) {
		const struct sf_yaml *amount = amounts->child[i];
		long count;
		if (strncmp(amount->key, "nvidia.com/", 11) != 0 || !lint_number(amount, &count) ||
		    count <= 0) {
			continue;
		}
		*GROW(facts->request, facts->n_requests, facts->requests_cap) =
			(struct request_fact){amount->key, count, doc, amount};
	}
}

/* Other sharing systems have resources under the same prefix. */
static bool names_other_plugin(const char *text)
{
	static const char *const words[] = {"hami",          "HAMi",   "volcano",
	                                    "gpushare",      "4pd",    "vgpu-scheduler",
	                                    "kai-scheduler", "run.ai", "aliyun.com"};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strstr(text, words[i]) != NULL) {
			return true;
		}
	}
	return false;
}

void facts_gather(struct sf_lint *lint)
{
	lint->facts = sf_xcalloc(1, sizeof(*lint->facts));
	for (size_t i = 0; i < lint->n_sources; i++) {
		lint->facts->other_plugin =
			lint->facts->other_plugin || names_other_plugin(lint->source[i]->text);
	}
	for (size_t i = 0; i < lint->n_docs; i++) {
		const struct doc *doc = lint->doc[i];
		const char *kind = lint_text_at(doc->root, "kind");
		if (doc->about == ABOUT_PARTED) {
			gather_parted(lint, doc);
		} else if (doc->about == ABOUT_PLUGIN) {
			gather_plugin(lint, doc);
		} else if (doc->about == ABOUT_OBJECT && same(kind, "Node") &&
		           !doc->source->document) {
			gather_node(lint, doc);
		} else if (doc->about == ABOUT_OBJECT && same(kind, "ConfigMap")) {
			add_map(lint, doc, lint_text_at(doc->root, "metadata.name"),
			        sf_yaml_get(doc->root, "data"));
		}
		gather_patch(lint, doc);
		kubectl_gather_parameters(lint, doc);
		walk_values(doc, gather_values, lint);
		walk_amounts(doc, gather_request, lint);
	}
	for (size_t i = 0; i < lint->n_commands; i++) {
		kubectl_gather(lint, &lint->command[i]);
	}
}

void facts_finish(struct sf_lint *lint)
{
	struct facts *facts = lint->facts;
	if (facts != NULL) {
		free(facts->reference);
		free(facts->parted);
		free(facts->plugin);
		free(facts->map);
		free(facts->request);
		free(facts->node);
		free(facts);
		lint->facts = NULL;
	}
}
