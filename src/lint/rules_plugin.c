/* rules_plugin: the device plugin's configuration: what it refuses, and what it silently ignores. */
// SPDX-License-Identifier: Apache-2.0
#include "rules.h"

#include "facts.h"

#include <slicefit/nearest.h>
#include <slicefit/sharing.h>

#include <strings.h>

static const char *const root_keys[] = {"version", "flags",  "resources", "sharing",
                                        "imex",    "health", NULL};
static const char *const flag_keys[] = {"migStrategy",
                                        "failOnInitError",
                                        "nvidiaDriverRoot",
                                        "nvidiaDevRoot",
                                        "mpsRoot",
                                        "gdrcopyEnabled",
                                        "gdsEnabled",
                                        "mofedEnabled",
                                        "useNodeFeatureAPI",
                                        "deviceDiscoveryStrategy",
                                        "plugin",
                                        "gfd",
                                        NULL};
static const char *const method_keys[] = {"renameByDefault", "failRequestsGreaterThanOne",
                                          "resources", NULL};
static const char *const resource_keys[] = {"name", "rename", "devices", "replicas", NULL};

static bool is_among(const char *key, const char *const *known)
{
	for (; *known != NULL; known++) {
		if (same(key, *known)) {
			return true;
		}
	}
	return false;
}

/* Fields of structures are found in any case of letters; below timeSlicing and mps the plugin's own
 * reader looks for exact keys. */
static bool is_field(const char *key, const char *const *known)
{
	for (; *known != NULL; known++) {
		if (strcasecmp(key, *known) == 0) {
			return true;
		}
	}
	return false;
}

/* Keys that people write, and what they want with them. */
static const struct {
	const char *word;
	int code;
	const char *truth, *mend;
} wishes[] = {
	{"mig-configs", 301, "the device plugin ignores mig-configs: nothing is partitioned",
         "give it to mig-manager: migManager.config with the key config.yaml, chosen by the label "
         "nvidia.com/mig.config"},
	{"mig", 506, "the device plugin ignores mig here", "set flags.migStrategy"},
	{"migStrategy", 506, "the device plugin ignores migStrategy here", "set flags.migStrategy"},
	{"strategy", 506, "the device plugin ignores strategy here", "set flags.migStrategy"},
	{"memoryLimit", 502, "there is no memoryLimit: each replica has memory / replicas",
         "leave it out, and choose replicas by the memory each may have"},
	{"memoryGB", 502, "there is no memoryGB: each replica has memory / replicas",
         "leave it out, and choose replicas by the memory each may have"},
	{"memory", 502, "there is no memory here: each replica of MPS has memory / replicas",
         "leave it out, and choose replicas by the memory each may have"},
	{"activeThreadPercentage", 502,
         "there is no activeThreadPercentage: each replica has 100 / replicas percent",
         "leave it out; the DRA driver has defaultActiveThreadPercentage"},
	{"defaultActiveThreadPercentage", 502,
         "defaultActiveThreadPercentage is of the DRA driver; the device plugin ignores it",
         "leave it out: each replica has 100 / replicas percent"},
	{"defaultPinnedDeviceMemoryLimit", 502,
         "defaultPinnedDeviceMemoryLimit is of the DRA driver; the device plugin ignores it",
         "leave it out: each replica has memory / replicas"},
};

/* An unknown key changes nothing, and nothing says so. */
static void report_ignored(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *child,
                           const char *const *known)
{
	for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
		if (same(child->key, wishes[i].word)) {
			struct sf_lint_finding *finding =
				lint_key(lint, doc, child, wishes[i].code);
			lint_say(lint, finding, "%s", wishes[i].truth);
			lint_mend(lint, finding, "%s", wishes[i].mend);
			return;
		}
	}
	const char *near = sf_nearest_find(child->key, known);
	struct sf_lint_finding *finding = lint_key(lint, doc, child, 503);
	lint_say(lint, finding, "the device plugin does not know %s %sand ignores it", child->key,
	         known == resource_keys ? "in an entry of resources " : "");
	if (known == resource_keys && is_among(child->key, method_keys)) {
		lint_mend(lint, finding, "put it beside resources, not below");
	} else if (known == method_keys && is_among(child->key, resource_keys)) {
		lint_mend(lint, finding, "put it into the entries of resources");
	} else if (near != NULL) {
		lint_mend(lint, finding, "write %s", near);
	} else {
		lint_mend(lint, finding, "remove it");
	}
}

static void check_keys(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *node,
                       const char *const *known)
{
	for (size_t i = 0; node != NULL && node->kind == SF_YAML_MAPPING && i < node->n; i++) {
		if (!is_field(node->child[i]->key, known)) {
			report_ignored(lint, doc, node->child[i], known);
		}
	}
}

/* `alone`: there is no other entry. */
static void check_replicas(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *entry,
                           bool mps, bool alone)
{
	const struct sf_yaml *replicas = sf_yaml_get(entry, "replicas");
	long n = 0;
	if (replicas == NULL || sf_yaml_is_null(replicas)) {
		struct sf_lint_finding *finding = lint_node(lint, doc, entry, 501);
		lint_say(lint, finding, "no replicas specified: the plugin does not start");
		lint_mend(lint, finding, "add replicas, at least 2, beside name");
		return;
	}
	if (lint_text(replicas) != NULL && lint_is_placeholder(replicas->text)) {
		return;
	}
	if (replicas->quoted || !lint_number(replicas, &n)) {
		struct sf_lint_finding *finding = lint_node(lint, doc, replicas, 504);
		lint_say(lint, finding, "replicas is no whole number: the plugin does not start");
		lint_mend(lint, finding, "write the number without quotes");
		return;
	}
	if (n < SF_REPLICAS_MIN) {
		struct sf_lint_finding *finding = lint_node(lint, doc, replicas, 504);
		lint_say(lint, finding,
		         "number of replicas must be >= 2: the plugin does not start");
		lint_mend(lint, finding,
		          alone ? "to turn sharing off, remove the sharing section"
		                : "leave this entry out, or write at least 2");
	}
	if (mps && n > SF_MPS_REPLICAS_MAX) {
		struct sf_lint_finding *finding = lint_node(lint, doc, replicas, 508);
		lint_say(lint, finding, "%ld replicas: MPS has at most %d clients per GPU", n,
		         SF_MPS_REPLICAS_MAX);
		lint_mend(lint, finding, "at most %d (16 before compute capability 7.5)",
		          SF_MPS_REPLICAS_MAX);
	}
}

/* "3", 3, "0:1", a UUID: what a list of devices may hold. */
static bool is_device(const struct sf_yaml *node)
{
	const char *text = lint_text(node);
	return text != NULL && (strncmp(text, "GPU-", 4) == 0 || strncmp(text, "MIG-", 4) == 0 ||
	                        strspn(text, "0123456789:") == strlen(text));
}

/* What the reader takes: all, a count, a list of devices. */
static bool is_readable(const struct sf_yaml *devices)
{
	long n;
	if (devices->kind == SF_YAML_SCALAR) {
		return same(lint_text(devices), "all") || (lint_number(devices, &n) && n > 0);
	}
	for (size_t i = 0; i < devices->n; i++) {
		if (!is_device(devices->child[i])) {
			return false;
		}
	}
	return devices->kind == SF_YAML_SEQUENCE;
}

static void check_devices(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *entry)
{
	const struct sf_yaml *devices = sf_yaml_get(entry, "devices");
	const struct sf_yaml *rename = sf_yaml_get(entry, "rename");
	if (devices != NULL && !is_readable(devices)) {
		const char *text = lint_text(devices);
		struct sf_lint_finding *finding = lint_node(lint, doc, devices, 522);
		lint_say(lint, finding, "devices set as %s: the plugin does not start",
		         text != NULL ? text : "what is no list of devices");
		lint_mend(lint, finding,
		          "remove it: sharing is for all GPUs of that name on the "
		          "node");
	} else if (devices != NULL && !same(lint_text(devices), "all")) {
		struct sf_lint_finding *finding = lint_key(lint, doc, devices, 514);
		lint_say(lint, finding,
		         "devices is ignored: sharing is for all GPUs of that name on the node");
		lint_mend(lint, finding,
		          "remove it; give nodes different configurations with the label "
		          "nvidia.com/device-plugin.config");
	}
	const char *name = lint_text_at(entry, "name");
	const char *new_name = lint_text(rename);
	size_t len = name != NULL ? strlen(name) : 0;
	bool usual = new_name != NULL && name != NULL && strncmp(new_name, name, len) == 0 &&
	             same(new_name + len, ".shared");
	if (rename != NULL && !usual) {
		struct sf_lint_finding *finding = lint_key(lint, doc, rename, 514);
		lint_say(lint, finding, "rename is ignored: the plugin has no names but its own");
		lint_mend(lint, finding, "use renameByDefault: true, which makes %s.shared",
		          name != NULL ? name : "nvidia.com/gpu");
	}
}

static void check_name(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *entry,
                       bool mps)
{
	const struct sf_yaml *name = sf_yaml_get(entry, "name");
	const char *text = lint_text(name);
	if (text == NULL) {
		struct sf_lint_finding *finding = lint_node(lint, doc, entry, 501);
		lint_say(lint, finding, "no resource name specified: the plugin does not start");
		lint_mend(lint, finding, "add name: nvidia.com/gpu");
		return;
	}
	bool mig = strstr(text, "mig-") != NULL;
	if (strchr(text, '+') != NULL) {
		struct sf_lint_finding *finding = lint_node(lint, doc, name, 402);
		lint_say(lint, finding, "a resource name has no +");
		lint_mend(lint, finding, "write . for it: %.*s.%s", (int)strcspn(text, "+"), text,
		          strchr(text, '+') + 1);
	}
	const char *own = lint_text_at(doc->root, "flags.migStrategy");
	const char *strategy = own != NULL ? own : facts_strategy(lint, true);
	if (mps && mig) {
		struct sf_lint_finding *finding = lint_node(lint, doc, name, 507);
		lint_say(lint, finding,
		         "MPS does not work on MIG devices: the plugin does not start");
		lint_mend(lint, finding, "use timeSlicing for %s", text);
	} else if (mig && same(strategy, "single")) {
		struct sf_lint_finding *finding = lint_node(lint, doc, name, 515);
		lint_say(lint, finding,
		         "with the strategy single there is no %s; the entry is passed over", text);
		lint_mend(lint, finding, "write nvidia.com/gpu, or use the strategy mixed");
	}
}

static void check_resources(struct sf_lint *lint, const struct doc *doc,
                            const struct sf_yaml *method, bool mps)
{
	const struct sf_yaml *list = sf_yaml_get(method, "resources");
	const struct sf_yaml *replicas = sf_yaml_get(method, "replicas");
	if (list == NULL || list->kind != SF_YAML_SEQUENCE || list->n == 0) {
		struct sf_lint_finding *finding = lint_key(lint, doc, method, 501);
		lint_say(lint, finding, "no resources specified: the plugin does not start");
		lint_mend(lint, finding,
		          "write resources: [{name: nvidia.com/gpu, replicas: %s}] under %s",
		          lint_text(replicas) != NULL ? replicas->text : "4", method->key);
		return;
	}
	for (size_t i = 0; i < list->n; i++) {
		const struct sf_yaml *entry = list->child[i];
		if (entry->kind != SF_YAML_MAPPING) {
			struct sf_lint_finding *finding = lint_node(lint, doc, entry, 501);
			lint_say(lint, finding, "an entry of resources has no name and replicas");
			lint_mend(lint, finding, "write - name: nvidia.com/gpu and replicas: 4");
			continue;
		}
		for (size_t k = 0; k < entry->n; k++) {
			if (!is_among(entry->child[k]->key, resource_keys)) {
				report_ignored(lint, doc, entry->child[k], resource_keys);
			}
		}
		check_name(lint, doc, entry, mps);
		check_replicas(lint, doc, entry, mps, list->n == 1);
		check_devices(lint, doc, entry);
	}
}

static void check_method(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *method)
{
	bool mps = strcasecmp(method->key, "mps") == 0;
	for (size_t i = 0; method->kind == SF_YAML_MAPPING && i < method->n; i++) {
		const struct sf_yaml *child = method->child[i];
		bool stray =
			same(child->key, "replicas") && sf_yaml_get(method, "resources") == NULL;
		if (!is_among(child->key, method_keys) && !stray) {
			report_ignored(lint, doc, child, method_keys);
		}
	}
	check_resources(lint, doc, method, mps);
}

/* `value` is one of the words, else a finding. */
static void check_word(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *node,
                       const char *const *words)
{
	const char *text = lint_text(node);
	bool told = text != NULL && doc->source->document && strchr(text, ' ') != NULL;
	if (node == NULL || told || is_among(text != NULL ? text : "", words) ||
	    (text != NULL && lint_is_placeholder(text))) {
		return;
	}
	const char *near = text != NULL ? sf_nearest_find(text, words) : NULL;
	struct sf_lint_finding *finding = lint_node(lint, doc, node, 522);
	lint_say(lint, finding, "%s: unknown value %s", node->key, text != NULL ? text : "");
	lint_mend(lint, finding, "write %s", near != NULL ? near : words[0]);
}

static void check_flags(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *flags)
{
	static const char *const strategies[] = {"none", "single", "mixed", NULL};
	static const char *const policies[] = {"distributed", "packed", NULL};
	check_keys(lint, doc, flags, flag_keys);
	check_word(lint, doc, sf_yaml_get(flags, "migStrategy"), strategies);
	check_word(lint, doc, lint_get(flags, "plugin.sharedDevicesAllocationPolicy"), policies);
}

static void check_both(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *sharing)
{
	const struct sf_yaml *mps = lint_get_loose(sharing, "mps");
	const struct sf_yaml *slicing = lint_get_loose(sharing, "timeSlicing");
	const char *strategy = lint_text_at(doc->root, "flags.migStrategy");
	bool on = mps != NULL && !sf_yaml_is_null(mps);
	if (on && slicing != NULL && !sf_yaml_is_null(slicing)) {
		struct sf_lint_finding *finding = lint_key(lint, doc, slicing, 505);
		lint_say(lint, finding, "beside mps, timeSlicing is ignored");
		lint_mend(lint, finding, "keep one of them");
	}
	strategy = strategy != NULL ? strategy : facts_strategy(lint, true);
	if (on && same(strategy, "mixed")) {
		struct sf_lint_finding *finding = lint_key(lint, doc, mps, 507);
		lint_say(lint, finding,
		         "MPS is not supported with the MIG strategy mixed: the plugin does not "
		         "start");
		lint_mend(lint, finding, "use timeSlicing, or the strategy none where MPS is on");
	}
}

static void check_version(struct sf_lint *lint, const struct doc *doc)
{
	const struct sf_yaml *version = sf_yaml_get(doc->root, "version");
	const char *text = lint_text(version);
	if (text != NULL && *text != '\0' && !same(text, "v1")) {
		struct sf_lint_finding *finding = lint_node(lint, doc, version, 521);
		lint_say(lint, finding, "unknown version: %s; the plugin does not start", text);
		lint_mend(lint, finding, "write version: v1");
	}
}

void rules_plugin(struct sf_lint *lint, const struct doc *doc)
{
	const struct sf_yaml *sharing = lint_get_loose(doc->root, "sharing");
	static const char *const methods[] = {"timeSlicing", "mps", NULL};
	check_version(lint, doc);
	check_flags(lint, doc, sf_yaml_get(doc->root, "flags"));
	for (size_t i = 0; i < doc->root->n; i++) {
		const struct sf_yaml *child = doc->root->child[i];
		if (is_field(child->key, methods)) {
			struct sf_lint_finding *finding = lint_key(lint, doc, child, 503);
			lint_say(lint, finding, "at this level the plugin ignores %s", child->key);
			lint_mend(lint, finding, "put it under sharing:");
			check_method(lint, doc, child);
		} else if (same(child->key, "resources") && child->kind == SF_YAML_SEQUENCE) {
			struct sf_lint_finding *finding = lint_key(lint, doc, child, 501);
			lint_say(lint, finding, "at this level resources shares nothing");
			bool mps = lint_get_loose(doc->root, "mps") != NULL;
			lint_mend(lint, finding,
			          "put it under sharing: %s:", mps ? "mps" : "timeSlicing");
		} else if (!is_field(child->key, root_keys)) {
			report_ignored(lint, doc, child, root_keys);
		}
		if (same(child->key, "mig-configs")) {
			rules_parted_configs(lint, doc, child);
		}
	}
	if (sharing == NULL || sharing->kind != SF_YAML_MAPPING) {
		return;
	}
	for (size_t i = 0; i < sharing->n; i++) {
		const struct sf_yaml *method = sharing->child[i];
		if (!is_field(method->key, methods)) {
			report_ignored(lint, doc, method, methods);
		} else if (!sf_yaml_is_null(method)) {
			check_method(lint, doc, method);
		}
	}
	check_both(lint, doc, sharing);
}
