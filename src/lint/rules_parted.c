/* rules_parted: files of mig-parted, judged as its own strict reader does, then entry by entry. */
// SPDX-License-Identifier: Apache-2.0
#include "rules.h"

#include "scope.h"

#include <slicefit/mig_parted.h>
#include <slicefit/nearest.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const root_keys[] = {"version", "mig-configs", NULL};
static const char *const entry_keys[] = {"devices", "device-filter", "mig-enabled", "mig-devices",
                                         NULL};

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

static void check_entry_key(struct sf_lint *lint, const struct doc *doc,
                            const struct sf_yaml *child)
{
	if (is_known(child->key, entry_keys)) {
		return;
	}
	struct sf_lint_finding *finding = lint_key(lint, doc, child, 307);
	const char *near = sf_nearest_find(child->key, entry_keys);
	lint_say(lint, finding, "unexpected field: %s", child->key);
	if (sf_mig_profile_valid(child->key)) {
		lint_mend(lint, finding,
		          "indent \"%s\" deeper than mig-devices, which it belongs to", child->key);
	} else if (near != NULL) {
		lint_mend(lint, finding, "write %s", near);
	} else {
		lint_mend(lint, finding,
		          "an entry has devices, device-filter, mig-enabled and "
		          "mig-devices only");
	}
}

/* A field of an entry, also by a key that is mistyped: that is told of already. */
static const struct sf_yaml *field(const struct sf_yaml *entry, const char *key)
{
	const struct sf_yaml *found = sf_yaml_get(entry, key);
	for (size_t i = 0; found == NULL && entry->kind == SF_YAML_MAPPING && i < entry->n; i++) {
		const char *near = sf_nearest_find(entry->child[i]->key, entry_keys);
		found = !is_known(entry->child[i]->key, entry_keys) && same(near, key)
		                ? entry->child[i]
		                : NULL;
	}
	return found;
}

static void check_devices(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *entry)
{
	const struct sf_yaml *devices = field(entry, "devices");
	if (devices == NULL) {
		struct sf_lint_finding *finding = lint_node(lint, doc, entry, 309);
		lint_say(lint, finding, "missing required field: devices");
		lint_mend(lint, finding, "add devices: all, or a list such as [0, 1]");
		return;
	}
	bool good = same(lint_text(devices), "all") || devices->kind == SF_YAML_SEQUENCE;
	for (size_t i = 0; devices->kind == SF_YAML_SEQUENCE && i < devices->n; i++) {
		long index;
		good = good && !devices->child[i]->quoted &&
		       lint_number(devices->child[i], &index) && index >= 0;
	}
	if (!good) {
		const char *text = lint_text(devices);
		struct sf_lint_finding *finding = lint_node(lint, doc, devices, 309);
		lint_say(lint, finding, "devices is neither all nor a list of GPU numbers");
		lint_mend(lint, finding, "write devices: [%s]",
		          text != NULL && strspn(text, "0123456789, ") == strlen(text) ? text
		                                                                       : "0");
	}
}

/* The GPUs that the comment on a line names. */
static void comment_gpus(const struct sf_lint *lint, const struct doc *doc, uint32_t line,
                         struct gpus *out)
{
	const char *text;
	size_t len = source_line(doc->source, line, &text);
	const char *mark = memchr(text, '#', len);
	if (mark != NULL) {
		gpus_in_text(lint, mark, len - (size_t)(mark - text), out);
	}
}

static bool shares_one(const struct gpus *a, const struct gpus *b)
{
	for (size_t i = 0; i < a->n; i++) {
		if (gpus_holds(b, a->at[i])) {
			return true;
		}
	}
	return false;
}

/* mig-parted takes 0xDDDDVVVV (device and vendor), optionally with :0xSSSSVVVV; anything else is
 * accepted and matches no GPU. The number that is there, and whether it is one. */
static bool filter_number(const struct sf_yaml *node, unsigned long *id)
{
	const char *text = lint_text(node);
	char *end = NULL;
	*id = text != NULL ? strtoul(text, &end, 16) : 0;
	return text != NULL && end != text && (*end == '\0' || *end == ':');
}

/* Can it match a GPU at all, be it one that the catalog does not know? */
static bool filter_can_match(const struct sf_yaml *node)
{
	unsigned long id;
	for (size_t i = 0; node->kind == SF_YAML_SEQUENCE && i < node->n; i++) {
		if (filter_can_match(node->child[i])) {
			return true;
		}
	}
	return filter_number(node, &id) && (id & 0xffff) == 0x10de && id > 0xffff;
}

static void check_filter(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *node)
{
	const char *text = lint_text(node);
	unsigned long id;
	bool number = filter_number(node, &id);
	if (filter_can_match(node)) {
		return;
	}
	struct sf_lint_finding *finding = lint_node(lint, doc, node, 305);
	if (!number || id > 0xffff) {
		lint_say(lint, finding, "device-filter %s matches no GPU",
		         text != NULL ? text : "without text");
		lint_mend(lint, finding, "write device and vendor, such as \"0x233510DE\" (H200)");
		return;
	}
	char full[16];
	struct gpus found = {0};
	snprintf(full, sizeof(full), "0x%04lX10DE", id);
	gpus_in_filter(lint, full, &found);
	lint_say(lint, finding, "device-filter %s has no vendor, so it matches no GPU", text);
	struct gpus said = {0};
	comment_gpus(lint, doc, node->line, &said);
	const char *is =
		found.n > 0 ? gpus_names(lint, &found) : "a GPU that is not in the catalog";
	if (said.n > 0 && !shares_one(&said, &found) && said.at[0]->device_ids[0] != NULL) {
		lint_mend(lint, finding, "write \"%s\" for %s; \"%s\" is %s",
		          said.at[0]->device_ids[0], said.at[0]->name, full, is);
	} else {
		lint_mend(lint, finding, "write \"%s\": that is %s", full, is);
	}
}

/* The comment says one GPU, the filter another. */
static void check_filter_comment(struct sf_lint *lint, const struct doc *doc,
                                 const struct sf_yaml *filter)
{
	struct gpus said = {0};
	struct scope scope = {0};
	comment_gpus(lint, doc, filter->line, &said);
	if (!scope_filter(lint, filter, &scope) || shares_one(&said, &scope.gpus)) {
		return;
	}
	if (said.n > 0) {
		struct sf_lint_finding *finding = lint_node(lint, doc, filter, 305);
		lint_say(lint, finding, "this device-filter is %s, not %s",
		         gpus_names(lint, &scope.gpus), gpus_names(lint, &said));
		lint_mend(lint, finding, "write \"%s\"",
		          said.at[0]->device_ids[0] != NULL ? said.at[0]->device_ids[0] : "");
	}
}

static void check_filters(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *entry)
{
	const struct sf_yaml *filter = field(entry, "device-filter");
	if (filter == NULL) {
		return;
	}
	if (filter->kind == SF_YAML_SCALAR) {
		check_filter(lint, doc, filter);
	}
	for (size_t i = 0; filter->kind == SF_YAML_SEQUENCE && i < filter->n; i++) {
		check_filter(lint, doc, filter->child[i]);
	}
	check_filter_comment(lint, doc, filter);
}

static bool is_bool(const struct sf_yaml *node, bool *value)
{
	const char *text = lint_text(node);
	*value = same(text, "true") || same(text, "True");
	return text != NULL && !node->quoted &&
	       (*value || same(text, "false") || same(text, "False"));
}

/* Has the entry profiles that slipped out of mig-devices? */
static bool has_stray(const struct sf_yaml *entry)
{
	for (size_t i = 0; i < entry->n; i++) {
		if (sf_mig_profile_valid(entry->child[i]->key)) {
			return true;
		}
	}
	return false;
}

static void check_enabled(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *entry)
{
	const struct sf_yaml *enabled = field(entry, "mig-enabled");
	const struct sf_yaml *devices = field(entry, "mig-devices");
	bool on = false;
	if (enabled == NULL) {
		struct sf_lint_finding *finding = lint_node(lint, doc, entry, 309);
		lint_say(lint, finding, "missing required field: mig-enabled");
		lint_mend(lint, finding, "add mig-enabled: %s", devices != NULL ? "true" : "false");
		return;
	}
	if (!is_bool(enabled, &on)) {
		struct sf_lint_finding *finding = lint_node(lint, doc, enabled, 309);
		lint_say(lint, finding, "mig-enabled is neither true nor false");
		lint_mend(lint, finding, "write mig-enabled: true, without quotes");
		return;
	}
	bool given =
		devices != NULL && (devices->kind == SF_YAML_MAPPING || !sf_yaml_is_null(devices));
	if (on && !given && !has_stray(entry)) {
		struct sf_lint_finding *finding = lint_key(lint, doc, enabled, 310);
		lint_say(lint, finding,
		         "missing required field 'mig-devices' when 'mig-enabled' is "
		         "true");
		lint_mend(lint, finding,
		          "add mig-devices with profiles and counts, or {} for none");
	}
	if (given && devices->kind != SF_YAML_MAPPING) {
		struct sf_lint_finding *finding = lint_key(lint, doc, devices, 309);
		lint_say(lint, finding, "mig-devices is no mapping of profiles to counts");
		lint_mend(lint, finding, "write \"1g.10gb\": 7 under it, a line for each profile");
		return;
	}
	if (!on && devices != NULL && devices->n > 0) {
		struct sf_lint_finding *finding = lint_key(lint, doc, devices, 310);
		lint_say(lint, finding, "MIG devices included when 'mig-enabled' is false");
		lint_mend(lint, finding, "write mig-enabled: true, or remove mig-devices");
	}
}

/* The spelling of resource names, or a dot forgotten. */
static void check_profile(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *node)
{
	if (sf_mig_profile_valid(node->key)) {
		return;
	}
	char mended[64];
	struct sf_lint_finding *finding = lint_key(lint, doc, node, 104);
	const char *name = strncmp(node->key, "mig-", 4) == 0 ? node->key + 4 : node->key;
	snprintf(mended, sizeof(mended), "%s", name);
	char *dot = strstr(mended, "gb.");
	size_t g = strspn(mended, "0123456789");
	if (dot != NULL) {
		dot[2] = '+';
	}
	if (g > 0 && mended[g] == 'g' && isdigit((unsigned char)mended[g + 1])) {
		snprintf(mended, sizeof(mended), "%.*sg.%s", (int)g, name, name + g + 1);
	}
	for (char *p = mended; *p != '\0'; p++) {
		*p = (char)tolower((unsigned char)*p);
	}
	lint_say(lint, finding, "%s is no name of a MIG profile", node->key);
	if (sf_mig_profile_valid(mended)) {
		lint_mend(lint, finding, "write \"%s\"", mended);
	} else {
		lint_mend(lint, finding, "write it as in 1g.10gb or 1g.10gb+me");
	}
}

/* Fills the profiles that can be judged; false when counts are no counts. */
static size_t read_wants(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *devices,
                         struct want *want)
{
	size_t n = 0;
	long sum = 0;
	for (size_t i = 0; i < devices->n; i++) {
		const struct sf_yaml *node = devices->child[i];
		long count;
		check_profile(lint, doc, node);
		if (node->quoted || !lint_number(node, &count) || count < 0) {
			struct sf_lint_finding *finding = lint_node(lint, doc, node, 309);
			lint_say(lint, finding, "the count of %s is no whole number", node->key);
			lint_mend(lint, finding, "write \"%s\": 1, without quotes around the 1",
			          node->key);
			sum++;
			continue;
		}
		sum += count;
		if (n < WANTS_MAX && sf_mig_profile_valid(node->key)) {
			want[n++] = (struct want){node->key, count, node};
		}
	}
	if (devices->n > 0 && sum == 0) {
		struct sf_lint_finding *finding = lint_key(lint, doc, devices, 311);
		lint_say(lint, finding, "all counts are 0");
		lint_mend(lint, finding, "write mig-devices: {} for none");
	}
	return n;
}

static uint32_t last_line(const struct sf_yaml *node)
{
	uint32_t last = node->line;
	for (size_t i = 0; i < node->n; i++) {
		uint32_t line = last_line(node->child[i]);
		last = line > last ? line : last;
	}
	return last;
}

static void judge_entry(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *config,
                        const struct sf_yaml *entry)
{
	const struct sf_yaml *devices = field(entry, "mig-devices");
	const struct sf_yaml *filter = field(entry, "device-filter");
	struct want want[WANTS_MAX];
	struct scope scope;
	if (devices == NULL || devices->kind != SF_YAML_MAPPING || devices->n == 0) {
		return;
	}
	size_t n = read_wants(lint, doc, devices, want);
	scope_find(lint, doc->source, entry->line, last_line(entry), config->key, &scope);
	if (scope.certainty < CERTAIN_NEAR && config != entry && config->child[0] == entry) {
		/* The comment on the configuration counts for its only entry. */
		struct scope wider;
		uint32_t end = config->n == 1 ? entry->line : config->key_line;
		scope_find(lint, doc->source, config->key_line, end, NULL, &wider);
		scope = wider.certainty == CERTAIN_NEAR && config->n == 1 ? wider : scope;
	}
	/* A filter for an unknown GPU: nothing can be said. One that matches none says nothing. */
	if (filter != NULL && !scope_filter(lint, filter, &scope) && filter_can_match(filter)) {
		return;
	}
	struct asked asked = {
		.source = doc->source,
		.place = {devices->key_line, devices->key_column},
		.want = want,
		.n = n,
	};
	if (n > 0) {
		scope_judge(lint, &scope, &asked);
	}
}

static void check_entry(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *config,
                        const struct sf_yaml *entry)
{
	if (entry->kind != SF_YAML_MAPPING) {
		struct sf_lint_finding *finding = lint_node(lint, doc, entry, 309);
		lint_say(lint, finding, "an entry of %s is no mapping", config->key);
		lint_mend(lint, finding, "write - devices: all, mig-enabled: true and mig-devices");
		return;
	}
	for (size_t i = 0; i < entry->n; i++) {
		check_entry_key(lint, doc, entry->child[i]);
	}
	check_devices(lint, doc, entry);
	check_filters(lint, doc, entry);
	check_enabled(lint, doc, entry);
	judge_entry(lint, doc, config, entry);
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

static void check_config(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *config)
{
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
		check_entry(lint, doc, config, config->child[i]);
	}
	check_balanced(lint, doc, config);
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
		check_entry(lint, doc, doc->root, doc->root);
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
			check_entry(lint, doc, configs, configs->child[i]);
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
