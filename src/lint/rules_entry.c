/* rules_entry: one entry of a mig-parted configuration: its form, and what it asks of a GPU. */
// SPDX-License-Identifier: Apache-2.0
#include "rules.h"

#include "entry.h"
#include "scope.h"

#include <slicefit/mig_parted.h>
#include <slicefit/nearest.h>

#include <ctype.h>
#include <stdio.h>

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

const struct sf_yaml *entry_field(const struct sf_yaml *entry, const char *key)
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
	const struct sf_yaml *devices = entry_field(entry, "devices");
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
	const struct sf_yaml *enabled = entry_field(entry, "mig-enabled");
	const struct sf_yaml *devices = entry_field(entry, "mig-devices");
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
	const struct sf_yaml *devices = entry_field(entry, "mig-devices");
	const struct sf_yaml *filter = entry_field(entry, "device-filter");
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
	if (filter != NULL && !scope_filter(lint, filter, &scope) &&
	    rules_filter_can_match(filter)) {
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

void rules_entry(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *config,
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
	rules_filter(lint, doc, entry_field(entry, "device-filter"));
	check_enabled(lint, doc, entry);
	judge_entry(lint, doc, config, entry);
}
