/* rules_together: what two places say of each other, in one file or in several. */
// SPDX-License-Identifier: Apache-2.0
#include "rules.h"

#include "facts.h"
#include "names.h"

#include <slicefit/mig_parted.h>
#include <slicefit/nearest.h>

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

/* Is mig-manager given a ConfigMap that is here, in the same file? Then it has no other. (Another file
 * may be of another cluster; what a document says before that is of another step.) */
static bool is_given(const struct sf_lint *lint, const struct reference *reference)
{
	const struct facts *facts = lint->facts;
	for (size_t i = 0; i < facts->n_references; i++) {
		const struct reference *map = &facts->reference[i];
		bool before = map->place.line < reference->place.line;
		if (map->to != REFERS_PARTED_MAP || map->source != reference->source ||
		    (reference->source->document && !before)) {
			continue;
		}
		for (size_t k = 0; k < facts->n_parted; k++) {
			if (same(facts->parted[k].doc->map, map->value)) {
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
	if (facts->n_parted == 0 || facts_parted(lint, reference->value) != NULL || told ||
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
	if (any == NULL || facts_parted(lint, reference->value) != NULL ||
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

/* Components that a ConfigMap is given to: bits. */
enum { GIVEN_PLUGIN = 1, GIVEN_MANAGER = 2 };

static unsigned given_to(const struct facts *facts, const char *map)
{
	unsigned given = 0;
	for (size_t i = 0; i < facts->n_references; i++) {
		const struct reference *reference = &facts->reference[i];
		if (same(reference->value, map)) {
			given |= reference->to == REFERS_PLUGIN_MAP ? GIVEN_PLUGIN : 0U;
			given |= reference->to == REFERS_PARTED_MAP ? GIVEN_MANAGER : 0U;
		}
	}
	return given;
}

/* The key of the ConfigMap that a document is the value of, or NULL. */
static const struct sf_yaml *map_key(const struct doc *doc)
{
	const struct sf_yaml *outer =
		doc->map != NULL && doc->outer != NULL ? doc->outer->root : NULL;
	bool map = outer != NULL && doc->outer->about == ABOUT_OBJECT &&
	           same(lint_text_at(outer, "kind"), "ConfigMap");
	return map ? sf_yaml_get(sf_yaml_get(outer, "data"), doc->key) : NULL;
}

/* A ConfigMap with one component's configuration, given to the other, or under a wrong key. */
static void check_inner(struct sf_lint *lint, const struct doc *doc)
{
	const struct sf_yaml *key = map_key(doc);
	bool parted = doc->about == ABOUT_PARTED;
	unsigned given = key != NULL ? given_to(lint->facts, doc->map) : 0;
	if (key == NULL) {
		return;
	}
	if (parted && given == GIVEN_PLUGIN) {
		struct sf_lint_finding *finding = lint_key(lint, doc, key, 301);
		lint_say(lint, finding,
		         "%s is given to the device plugin, which ignores mig-configs: nothing is "
		         "partitioned",
		         doc->map);
		lint_mend(lint, finding, "name it in migManager.config.name instead");
	} else if (parted && !same(doc->key, "config.yaml")) {
		struct sf_lint_finding *finding = lint_key(lint, doc, key, 302);
		lint_say(lint, finding, "mig-manager reads the key config.yaml, not %s", doc->key);
		lint_mend(lint, finding, "call the key config.yaml");
	} else if (doc->about == ABOUT_PLUGIN && given == GIVEN_MANAGER) {
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
		rules_nodes_config(lint, reference);
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
	rules_nodes(lint);
	for (size_t i = 0; i < lint->n_docs; i++) {
		check_inner(lint, lint->doc[i]);
	}
	rules_demand(lint);
}
