/* rules_parted: files of mig-parted, judged as its own strict reader does, then entry by entry. */
// SPDX-License-Identifier: Apache-2.0
#include "rules.h"

#include "entry.h"
#include "names.h"

#include <slicefit/mig_parted.h>
#include <slicefit/nearest.h>

static const char *const root_keys[] = {"version", "mig-configs", NULL};
static bool is_known(const char *key, const char *const *known)
{
	for (; *known != NULL; known++) {
		if (same(key, *known)) {
			return true;
		}
	}
	return false;
}

/* A reader that is strict about keys refuses the whole file because of one. */
static void check_root_keys(struct sf_lint *lint, const struct doc *doc)
{
	for (size_t i = 0; i < doc->root->n; i++) {
		const struct sf_yaml *child = doc->root->child[i];
		if (is_known(child->key, root_keys)) {
			continue;
		}
		const char *near = sf_nearest_find(child->key, root_keys);
		struct sf_lint_finding *finding = lint_key(lint, doc, child, 307);
		lint_say(lint, finding, "unexpected field: %s", child->key);
		if (near != NULL) {
			lint_mend(lint, finding, "write %s", near);
		} else if (child->kind == SF_YAML_SEQUENCE) {
			lint_mend(lint, finding,
			          "indent it: configurations stand under mig-configs");
		} else {
			lint_mend(lint, finding,
			          "remove it: a file has version and mig-configs only");
		}
	}
}

static void check_version(struct sf_lint *lint, const struct doc *doc)
{
	const struct sf_yaml *version = sf_yaml_get(doc->root, "version");
	if (version == NULL) {
		struct sf_lint_finding *finding = lint_node(lint, doc, doc->root, 308);
		lint_say(lint, finding, "no version: mig-parted does not read the file");
		lint_mend(lint, finding, "begin with version: v1");
	} else if (!same(lint_text(version), "v1")) {
		struct sf_lint_finding *finding = lint_node(lint, doc, version, 308);
		lint_say(lint, finding, "unknown version: %s",
		         lint_text(version) != NULL ? version->text : "nothing");
		lint_mend(lint, finding, "write version: v1");
	}
}

/* The operator's all-balanced is 1g, 1g, 2g and 3g (or 1g, 1g, 2g); seven alike go by their name. */
static void check_balanced(struct sf_lint *lint, const struct doc *doc,
                           const struct sf_yaml *config)
{
	if (!same(config->key, "all-balanced")) {
		return;
	}
	for (size_t i = 0; i < config->n; i++) {
		const struct sf_yaml *devices = sf_yaml_get(config->child[i], "mig-devices");
		if (devices == NULL || devices->kind != SF_YAML_MAPPING || devices->n != 1) {
			continue;
		}
		struct sf_lint_finding *finding = lint_key(lint, doc, config, 306);
		lint_say(lint, finding, "all-balanced of one profile only (%s)",
		         devices->child[0]->key);
		lint_mend(lint, finding,
		          "call it all-%s: all-balanced is a mixture in the GPU Operator's own "
		          "configuration",
		          devices->child[0]->key);
		return;
	}
}

static bool makes(const struct sf_yaml *entry, const char *profile)
{
	const struct sf_yaml *devices = entry_field(entry, "mig-devices");
	for (size_t i = 0; devices != NULL && i < devices->n; i++) {
		if (same(devices->child[i]->key, profile)) {
			return true;
		}
	}
	return false;
}

/* all-1g.10gb that makes no 1g.10gb. */
static void check_called(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *config)
{
	const char *profile = names_all_of(lint, config->key);
	const struct sf_yaml *devices = NULL;
	if (profile == NULL || !sf_mig_profile_valid(profile)) {
		return;
	}
	for (size_t i = 0; i < config->n; i++) {
		if (makes(config->child[i], profile)) {
			return;
		}
		devices = entry_field(config->child[i], "mig-devices");
	}
	if (devices == NULL || devices->kind != SF_YAML_MAPPING || devices->n == 0) {
		return;
	}
	struct sf_lint_finding *finding = lint_key(lint, doc, config, 306);
	lint_say(lint, finding, "%s makes no %s, but %s", config->key, profile,
	         devices->child[0]->key);
	lint_mend(lint, finding, "make %s, or give it another name", profile);
}

/* A number that is in both lists, or NULL. */
static const struct sf_yaml *in_both(const struct sf_yaml *earlier, const struct sf_yaml *later)
{
	for (size_t i = 0; i < later->n; i++) {
		for (size_t k = 0; k < earlier->n; k++) {
			if (same(lint_text(later->child[i]), lint_text(earlier->child[k]))) {
				return later->child[i];
			}
		}
	}
	return NULL;
}

static bool is_list(const struct sf_yaml *devices)
{
	return devices != NULL && devices->kind == SF_YAML_SEQUENCE;
}

/* An entry for GPUs that an earlier one is for. One for all that others correct is meant so. */
static bool check_overlap(struct sf_lint *lint, const struct doc *doc,
                          const struct sf_yaml *earlier, const struct sf_yaml *later)
{
	const struct sf_yaml *before = entry_field(earlier, "devices");
	const struct sf_yaml *devices = entry_field(later, "devices");
	const struct sf_yaml *twice = NULL;
	if (before == NULL || devices == NULL || entry_field(earlier, "device-filter") != NULL ||
	    entry_field(later, "device-filter") != NULL) {
		return false;
	}
	if (is_list(before) && is_list(devices)) {
		twice = in_both(before, devices);
	} else if (same(lint_text(devices), "all")) {
		twice = devices;
	}
	if (twice == NULL) {
		return false;
	}
	struct sf_lint_finding *finding = lint_node(lint, doc, twice, 315);
	if (twice == devices) {
		lint_say(lint, finding, "the GPUs of the entry in line %u again: this one wins",
		         earlier->line);
	} else {
		lint_say(lint, finding, "GPU %s is in the entry of line %u already: this one wins",
		         lint_text(twice), earlier->line);
	}
	lint_mend(lint, finding, "name each GPU in one entry only");
	return true;
}

static void check_overlaps(struct sf_lint *lint, const struct doc *doc,
                           const struct sf_yaml *config)
{
	for (size_t i = 1; i < config->n; i++) {
		for (size_t k = 0; k < i; k++) {
			if (check_overlap(lint, doc, config->child[k], config->child[i])) {
				return;
			}
		}
	}
}

static void check_config(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *config)
{
	size_t before = doc->source->findings;
	if (strchr(config->key, '+') != NULL) {
		struct sf_lint_finding *finding = lint_key(lint, doc, config, 304);
		lint_say(lint, finding, "%s cannot be the value of a label because of the +",
		         config->key);
		lint_mend(lint, finding, "write . for it, as in all-1g.10gb.me");
	}
	if (config->kind != SF_YAML_SEQUENCE || config->n == 0) {
		struct sf_lint_finding *finding = lint_key(lint, doc, config, 311);
		lint_say(lint, finding, "at least one entry in '%s' is required, as a list",
		         config->key);
		lint_mend(lint, finding, "write - devices: all under it");
		return;
	}
	for (size_t i = 0; i < config->n; i++) {
		rules_entry(lint, doc, config, config->child[i]);
	}
	check_overlaps(lint, doc, config);
	check_balanced(lint, doc, config);
	if (doc->source->findings == before) {
		check_called(lint, doc, config);
	}
}

/* Part of a file: one entry, or configurations without what stands around them. In a document that is
 * an example; where a component reads it, it is too little. */
static bool check_fragment(struct sf_lint *lint, const struct doc *doc)
{
	bool entry = sf_yaml_get(doc->root, "mig-enabled") != NULL;
	bool whole = sf_yaml_get(doc->root, "version") != NULL;
	for (size_t i = 0; !entry && i < doc->root->n; i++) {
		whole = whole || sf_nearest_close(doc->root->child[i]->key, "mig-configs");
	}
	if (whole) {
		return false;
	}
	if (doc->outer != NULL || !doc->source->document) {
		struct sf_lint_finding *finding = lint_node(lint, doc, doc->root, 308);
		lint_say(lint, finding, "%s alone: mig-parted does not read it",
		         entry ? "entries" : "configurations");
		lint_mend(lint, finding, "begin with version: v1 and mig-configs:%s",
		          entry ? ", and give the list a name under it" : "");
	}
	if (entry) {
		rules_entry(lint, doc, doc->root, doc->root);
	}
	for (size_t i = 0; !entry && i < doc->root->n; i++) {
		check_config(lint, doc, doc->root->child[i]);
	}
	return true;
}

void rules_parted_configs(struct sf_lint *lint, const struct doc *doc,
                          const struct sf_yaml *configs)
{
	if (configs->kind == SF_YAML_SEQUENCE && configs->n > 0) {
		struct sf_lint_finding *finding = lint_key(lint, doc, configs, 309);
		lint_say(lint, finding, "mig-configs is a list; it holds configurations by name");
		lint_mend(lint, finding,
		          "give the list a name: a line NAME: under mig-configs, and the list "
		          "indented under it");
		for (size_t i = 0; i < configs->n; i++) {
			rules_entry(lint, doc, configs, configs->child[i]);
		}
		return;
	}
	if (configs->kind != SF_YAML_MAPPING || configs->n == 0) {
		struct sf_lint_finding *finding = lint_key(lint, doc, configs, 311);
		lint_say(lint, finding, "at least one entry in 'mig-configs' is required");
		lint_mend(lint, finding, "add a configuration, such as all-disabled");
		return;
	}
	for (size_t i = 0; i < configs->n; i++) {
		check_config(lint, doc, configs->child[i]);
	}
}

/* Configurations under a key that is mistyped are judged, too. */
void rules_parted(struct sf_lint *lint, const struct doc *doc)
{
	if (check_fragment(lint, doc)) {
		return;
	}
	check_version(lint, doc);
	check_root_keys(lint, doc);
	for (size_t i = 0; i < doc->root->n; i++) {
		const struct sf_yaml *child = doc->root->child[i];
		if (sf_nearest_close(child->key, "mig-configs")) {
			rules_parted_configs(lint, doc, child);
		}
	}
}
