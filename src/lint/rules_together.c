/* rules_together: what two places say of each other, in one file or in several. */
// SPDX-License-Identifier: Apache-2.0
#include "rules.h"

#include "facts.h"
#include "names.h"
#include "scope.h"

#include <slicefit/catalog.h>
#include <slicefit/mig_parted.h>
#include <slicefit/nearest.h>

static const struct parted_fact *find_parted(const struct sf_lint *lint, const char *name)
{
	for (size_t i = 0; i < lint->facts->n_parted; i++) {
		if (same(lint->facts->parted[i].config->key, name)) {
			return &lint->facts->parted[i];
		}
	}
	return NULL;
}

/* The nearest of `n` names, or NULL. */
struct nearest {
	const char *word, *best;
};

static void consider(struct nearest *nearest, const char *name)
{
	if (name != NULL && sf_nearest_close(nearest->word, name) &&
	    (nearest->best == NULL || sf_nearest_distance(nearest->word, name) <
	                                      sf_nearest_distance(nearest->word, nearest->best))) {
		nearest->best = name;
	}
}

/* Is the configuration in a ConfigMap that mig-manager is given? Then it has no other. */
static bool is_given(const struct sf_lint *lint, const struct reference *reference)
{
	const struct facts *facts = lint->facts;
	for (size_t i = 0; i < facts->n_references; i++) {
		const struct reference *map = &facts->reference[i];
		bool later =
			map->source == reference->source && reference->place.line > map->place.line;
		for (size_t k = 0; map->to == REFERS_PARTED_MAP && k < facts->n_parted; k++) {
			if (same(facts->parted[k].doc->map, map->value) &&
			    (later || !reference->source->document)) {
				return true;
			}
		}
	}
	return false;
}

/* A configuration of mig-parted that is named, but not there. NVIDIA's own are there as long as
 * mig-manager is given no other ConfigMap. */
static void check_parted_name(struct sf_lint *lint, const struct reference *reference)
{
	const struct facts *facts = lint->facts;
	struct nearest nearest = {.word = reference->value};
	bool told = strchr(reference->value, '+') != NULL || sf_mig_profile_valid(reference->value);
	bool given = is_given(lint, reference);
	if (facts->n_parted == 0 || find_parted(lint, reference->value) != NULL || told ||
	    (!given && names_default_config(lint, reference->value))) {
		return;
	}
	for (size_t i = 0; i < facts->n_parted; i++) {
		consider(&nearest, facts->parted[i].config->key);
	}
	if (facts->partial && nearest.best == NULL && !given) {
		return;
	}
	struct sf_lint_finding *finding = lint_at(lint, reference->source, reference->place, 603);
	lint_say(lint, finding, "no configuration %s under mig-configs%s", reference->value,
	         given ? " of the ConfigMap that mig-manager is given" : "");
	lint_mend(lint, finding, "%s",
	          nearest.best != NULL ? nearest.best : facts->parted[0].config->key);
}

/* Is the ConfigMap one of the device plugin's? */
static bool is_plugin_map(const struct sf_lint *lint, const struct map_fact *map)
{
	const struct facts *facts = lint->facts;
	for (size_t i = 0; i < facts->n_references; i++) {
		if (facts->reference[i].to == REFERS_PLUGIN_MAP &&
		    same(facts->reference[i].value, map->name)) {
			return true;
		}
	}
	for (size_t i = 0; i < facts->n_plugins; i++) {
		if (facts->plugin[i].doc->map != NULL &&
		    same(facts->plugin[i].doc->map, map->name)) {
			return true;
		}
	}
	return false;
}

/* A key of the device plugin's ConfigMap that is named, but not there. */
static void check_plugin_key(struct sf_lint *lint, const struct reference *reference)
{
	struct nearest nearest = {.word = reference->value};
	const char *any = NULL;
	for (size_t i = 0; i < lint->facts->n_maps; i++) {
		const struct map_fact *map = &lint->facts->map[i];
		if (!is_plugin_map(lint, map)) {
			continue;
		}
		if (map->data == NULL || sf_yaml_get(map->data, reference->value) != NULL) {
			return;
		}
		for (size_t k = 0; map->data->kind == SF_YAML_MAPPING && k < map->data->n; k++) {
			any = any == NULL ? map->data->child[k]->key : any;
			consider(&nearest, map->data->child[k]->key);
		}
	}
	if (any == NULL || find_parted(lint, reference->value) != NULL ||
	    (lint->facts->partial && nearest.best == NULL)) {
		return;
	}
	struct sf_lint_finding *finding = lint_at(lint, reference->source, reference->place, 604);
	lint_say(lint, finding, "specified config %s does not exist: it is no key of the ConfigMap",
	         reference->value);
	lint_mend(lint, finding, "%s", nearest.best != NULL ? nearest.best : any);
}

/* The only ConfigMap of mig-parted that is there, when nothing names it; else NULL. */
static const char *unnamed_parted(const struct sf_lint *lint)
{
	const struct facts *facts = lint->facts;
	const char *only = NULL;
	for (size_t i = 0; i < facts->n_parted; i++) {
		const char *map = facts->parted[i].doc->map;
		if (map == NULL || (only != NULL && !same(only, map))) {
			return NULL;
		}
		only = map;
	}
	for (size_t i = 0; only != NULL && i < facts->n_references; i++) {
		if (same(facts->reference[i].value, only)) {
			return NULL;
		}
	}
	return same(only, "default-mig-parted-config") ? NULL : only;
}

/* A ConfigMap that is named, but not there. Silent where no ConfigMap is there at all. */
static void check_map_name(struct sf_lint *lint, const struct reference *reference)
{
	const struct facts *facts = lint->facts;
	struct nearest nearest = {.word = reference->value};
	if (facts->n_maps == 0 || same(reference->value, "default-mig-parted-config")) {
		return;
	}
	for (size_t i = 0; i < facts->n_maps; i++) {
		if (same(facts->map[i].name, reference->value)) {
			return;
		}
		consider(&nearest, facts->map[i].name);
	}
	if (nearest.best == NULL && reference->to == REFERS_PARTED_MAP) {
		nearest.best = unnamed_parted(lint);
	}
	if (facts->partial && nearest.best == NULL) {
		return;
	}
	struct sf_lint_finding *finding = lint_at(lint, reference->source, reference->place, 602);
	lint_say(lint, finding, "no ConfigMap %s in these files", reference->value);
	if (nearest.best != NULL) {
		lint_mend(lint, finding, "%s is there", nearest.best);
	} else {
		lint_mend(lint, finding, "create it, or name one that is there");
	}
}

/* More than one kind of MIG device, or some GPUs without MIG: what `single` refuses. */
static int uniformity(const struct sf_yaml *config, const struct sf_product *product)
{
	const char *kind = NULL;
	bool on = false;
	bool off = false;
	for (size_t i = 0; config->kind == SF_YAML_SEQUENCE && i < config->n; i++) {
		const struct sf_yaml *entry = config->child[i];
		const struct sf_yaml *filter = sf_yaml_get(entry, "device-filter");
		const struct sf_yaml *devices = sf_yaml_get(entry, "mig-devices");
		bool enabled = same(lint_text_at(entry, "mig-enabled"), "true");
		if (filter != NULL && product == NULL && devices != NULL && devices->n > 1) {
			return 312;
		}
		if (filter != NULL) {
			continue;
		}
		on = on || enabled;
		off = off || !enabled;
		for (size_t k = 0; devices != NULL && k < devices->n; k++) {
			const char *name = devices->child[k]->key;
			if (kind != NULL && !same(kind, name)) {
				return 312;
			}
			kind = name;
		}
	}
	return on && off ? 313 : 0;
}

static void check_single(struct sf_lint *lint, const struct reference *reference)
{
	const struct parted_fact *parted = find_parted(lint, reference->value);
	int code = parted != NULL ? uniformity(parted->config, reference->product) : 0;
	if (parted == NULL && same(reference->value, "all-balanced")) {
		code = 312;
	}
	if (code == 0 || !same(facts_strategy(lint, false), "single")) {
		return;
	}
	struct sf_lint_finding *finding = lint_at(lint, reference->source, reference->place, code);
	lint_say(lint, finding,
	         code == 312 ? "%s has several MIG profiles, which the strategy single refuses"
	                     : "%s leaves some GPUs without MIG, which the strategy single refuses",
	         reference->value);
	lint_mend(lint, finding,
	          code == 312 ? "set mig.strategy=mixed, or choose a configuration of one profile"
	                      : "set mig.strategy=mixed, or enable MIG on all GPUs");
}

/* GPUs of the family that NVIDIA's default configuration leaves out of a configuration with filters:
 * labels, as printed (github.com/NVIDIA/gpu-operator assets/state-mig-manager/0400_configmap.yaml). */
static const struct {
	const char *config, *label;
} gaps[] = {
	{"all-balanced", "NVIDIA-RTX-PRO-6000-Blackwell-Workstation-Edition"},
	{"all-balanced", "NVIDIA-RTX-PRO-6000-Blackwell-Max-Q-Workstation-Edition"},
	{"all-balanced", "NVIDIA-H100"},
	{"all-balanced", "NVIDIA-H20-3e"},
	{"all-balanced", "NVIDIA-A800-SXM4-40GB"},
	{"all-1g.10gb", "NVIDIA-A800-SXM4-40GB"},
	{"all-1g.35gb", "NVIDIA-H200-NVL"},
};

static void check_gap(struct sf_lint *lint, const struct node_fact *node)
{
	const struct sf_yaml *labels = lint_get(node->doc->root, "metadata.labels");
	const char *product = lint_text(sf_yaml_get(labels, "nvidia.com/gpu.product"));
	const struct sf_yaml *config = sf_yaml_get(labels, "nvidia.com/mig.config");
	const char *name = lint_text(config);
	for (size_t i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++) {
		size_t n = strlen(gaps[i].label);
		if (product == NULL || !same(gaps[i].config, name) ||
		    find_parted(lint, name) != NULL || strncmp(product, gaps[i].label, n) != 0 ||
		    (product[n] != '\0' && strncmp(product + n, "-MIG", 4) != 0)) {
			continue;
		}
		struct sf_lint_finding *finding = lint_node(lint, node->doc, config, 314);
		lint_say(lint, finding, "the default %s has no entry for %s: nothing changes", name,
		         gaps[i].label);
		lint_mend(lint, finding,
		          "give migManager.config a ConfigMap with an entry for its device id");
	}
}

/* Does an entry apply to a product? */
static bool applies(const struct sf_lint *lint, const struct sf_yaml *entry,
                    const struct sf_product *product)
{
	struct scope scope = {0};
	const struct sf_yaml *filter = sf_yaml_get(entry, "device-filter");
	return filter == NULL ||
	       (scope_filter(lint, filter, &scope) && gpus_holds(&scope.gpus, product));
}

/* The configuration a node's label names, on that node's GPUs. */
static void check_node_config(struct sf_lint *lint, const struct reference *reference)
{
	const struct parted_fact *parted = find_parted(lint, reference->value);
	struct scope scope = {.certainty = CERTAIN_SURE};
	if (reference->product == NULL) {
		return;
	}
	gpus_add(&scope.gpus, reference->product);
	const char *profile = names_all_of(lint, reference->value);
	if (parted == NULL && profile != NULL && sf_mig_profile_valid(profile)) {
		scope_judge_name(lint, &scope, reference->source, reference->place, profile);
		return;
	}
	bool any = false;
	for (size_t i = 0; parted != NULL && i < parted->config->n; i++) {
		const struct sf_yaml *entry = parted->config->child[i];
		const struct sf_yaml *devices = sf_yaml_get(entry, "mig-devices");
		struct want want[WANTS_MAX];
		size_t n = 0;
		if (!applies(lint, entry, reference->product)) {
			continue;
		}
		any = true;
		for (size_t k = 0; devices != NULL && k < devices->n && n < WANTS_MAX; k++) {
			long count;
			if (lint_number(devices->child[k], &count) &&
			    devices->child[k]->key != NULL) {
				want[n++] = (struct want){devices->child[k]->key, count, NULL};
			}
		}
		struct asked asked = {reference->source, reference->place, want, n};
		if (n > 0 && scope_judge(lint, &scope, &asked)) {
			return;
		}
	}
	if (parted != NULL && !any) {
		struct sf_lint_finding *finding =
			lint_at(lint, reference->source, reference->place, 314);
		lint_say(lint, finding, "no entry of %s is for %s: nothing changes",
		         reference->value, reference->product->name);
		lint_mend(lint, finding, "add an entry with device-filter \"%s\"",
		          reference->product->device_ids[0] != NULL
		                  ? reference->product->device_ids[0]
		                  : "0xDDDD10DE");
	}
}

/* A ConfigMap with one component's configuration, given to the other, or under a wrong key. */
static void check_inner(struct sf_lint *lint, const struct doc *doc)
{
	const struct facts *facts = lint->facts;
	bool plugin = false;
	bool manager = false;
	if (doc->map == NULL || doc->outer == NULL || doc->outer->about != ABOUT_OBJECT ||
	    !same(lint_text_at(doc->outer->root, "kind"), "ConfigMap")) {
		return;
	}
	for (size_t i = 0; i < facts->n_references; i++) {
		bool named = same(facts->reference[i].value, doc->map);
		plugin = plugin || (named && facts->reference[i].to == REFERS_PLUGIN_MAP);
		manager = manager || (named && facts->reference[i].to == REFERS_PARTED_MAP);
	}
	const struct sf_yaml *key = sf_yaml_get(sf_yaml_get(doc->outer->root, "data"), doc->key);
	if (doc->about == ABOUT_PARTED && plugin && !manager) {
		struct sf_lint_finding *finding = lint_key(lint, doc, key, 301);
		lint_say(lint, finding,
		         "%s is given to the device plugin, which ignores mig-configs: nothing is "
		         "partitioned",
		         doc->map);
		lint_mend(lint, finding, "name it in migManager.config.name instead");
	} else if (doc->about == ABOUT_PARTED && !same(doc->key, "config.yaml")) {
		struct sf_lint_finding *finding = lint_key(lint, doc, key, 302);
		lint_say(lint, finding, "mig-manager reads the key config.yaml, not %s", doc->key);
		lint_mend(lint, finding, "call the key config.yaml");
	} else if (doc->about == ABOUT_PLUGIN && manager && !plugin) {
		struct sf_lint_finding *finding = lint_key(lint, doc, key, 301);
		lint_say(lint, finding, "%s is given to mig-manager, which refuses it", doc->map);
		lint_mend(lint, finding, "name it in devicePlugin.config.name instead");
	}
}

/* Without a default, nodes without the label get the empty configuration (the GPU Operator sets
 * FALLBACK_STRATEGIES=empty; the device plugin's own chart has others). */
static void check_default(struct sf_lint *lint, const struct reference *map)
{
	const struct facts *facts = lint->facts;
	for (size_t i = 0; i < facts->n_references; i++) {
		if (!map->is_default || facts->reference[i].to == REFERS_PLUGIN_CONFIG) {
			return;
		}
	}
	struct sf_lint_finding *finding = lint_at(lint, map->source, map->place, 516);
	lint_say(lint, finding,
	         "no default: nodes without the label nvidia.com/device-plugin.config get an empty "
	         "configuration, no sharing");
	lint_mend(lint, finding, "set devicePlugin.config.default, or label the nodes");
}

static void check_reference(struct sf_lint *lint, const struct reference *reference)
{
	switch (reference->to) {
	case REFERS_PARTED_CONFIG:
		check_parted_name(lint, reference);
		check_single(lint, reference);
		check_node_config(lint, reference);
		break;
	case REFERS_PLUGIN_CONFIG:
		check_plugin_key(lint, reference);
		break;
	case REFERS_PARTED_MAP:
		check_map_name(lint, reference);
		break;
	case REFERS_PLUGIN_MAP:
		check_map_name(lint, reference);
		check_default(lint, reference);
		break;
	case REFERS_STRATEGY:
	case REFERS_PRODUCT:
		break;
	}
}

void rules_together(struct sf_lint *lint)
{
	const struct facts *facts = lint->facts;
	for (size_t i = 0; i < facts->n_references; i++) {
		check_reference(lint, &facts->reference[i]);
	}
	for (size_t i = 0; i < facts->n_nodes; i++) {
		check_gap(lint, &facts->node[i]);
	}
	for (size_t i = 0; i < lint->n_docs; i++) {
		check_inner(lint, lint->doc[i]);
	}
	rules_demand(lint);
}
