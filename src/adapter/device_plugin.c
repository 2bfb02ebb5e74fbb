/* device_plugin: reads configurations of the NVIDIA device plugin, by the rules of its reader. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/device_plugin.h>

#include <slicefit/error.h>

#include <stdio.h>
#include <string.h>

#define PREFIX "nvidia.com/"

int sf_strategy_parse(const char *name)
{
	for (int i = SF_STRATEGY_NONE; i <= SF_STRATEGY_MIXED; i++) {
		if (strcmp(name, sf_strategy_name((enum sf_strategy)i)) == 0) {
			return i;
		}
	}
	return -1;
}

/* "gpu" is accepted, the prefix is added (resources.go). */
static int read_name(const struct sf_yaml *node, const char *file, char *out, struct sf_error *err)
{
	const char *name;
	if (sf_yaml_str(node, file, &name, err) != 0) {
		return -1;
	}
	const char *prefix = strncmp(name, PREFIX, strlen(PREFIX)) == 0 ? "" : PREFIX;
	if (snprintf(out, SF_NAME_MAX, "%s%s", prefix, name) >= SF_NAME_MAX) {
		return sf_yaml_fail(node, file, err,
		                    "fully-qualified resource name must be 63 characters or less");
	}
	if (strspn(out + strlen(PREFIX), "abcdefghijklmnopqrstuvwxyz0123456789-.") !=
	    strlen(out + strlen(PREFIX))) {
		return sf_yaml_fail(node, file, err, "incorrect format for resource name '%s'",
		                    out);
	}
	return 0;
}

/* Only `all` has an effect in the plugin; the other legal forms are read and ignored. */
static int check_devices(const struct sf_yaml *node, const char *file, struct sf_error *err)
{
	int64_t count;
	if (node == NULL || node->kind == SF_YAML_SEQUENCE) {
		return 0;
	}
	if (node->kind == SF_YAML_SCALAR && strcmp(node->text, "all") == 0) {
		return 0;
	}
	if (node->kind == SF_YAML_SCALAR && strspn(node->text, "-0123456789") == 0) {
		return sf_yaml_fail(node, file, err,
		                    "devices set as '%.40s' but the only valid string input is "
		                    "'all'",
		                    node->text);
	}
	return sf_yaml_int(node, file, 1, INT32_MAX, &count, err);
}

static int read_resource(const struct sf_yaml *node, const char *file, enum sf_dialect dialect,
                         struct sf_shared_resource *out, struct sf_error *err)
{
	static const char *const known[] = {"name", "replicas", "rename", "devices", NULL};
	const struct sf_yaml *name = sf_yaml_get(node, "name");
	const struct sf_yaml *replicas = sf_yaml_get(node, "replicas");
	int64_t count;

	if ((dialect == SF_DIALECT_SCENARIO || node->kind != SF_YAML_MAPPING) &&
	    sf_yaml_check_keys(node, file, known, err) != 0) {
		return -1;
	}
	if (name == NULL) {
		return sf_yaml_fail(node, file, err, "no resource name specified, add name: %s",
		                    PREFIX "gpu");
	}
	if (replicas == NULL) {
		return sf_yaml_fail(node, file, err, "no replicas specified, add replicas: 2");
	}
	if (read_name(name, file, out->name, err) != 0 ||
	    check_devices(sf_yaml_get(node, "devices"), file, err) != 0 ||
	    sf_yaml_int(replicas, file, INT32_MIN, INT32_MAX, &count, err) != 0) {
		return -1;
	}
	if (count < SF_REPLICAS_MIN) {
		return sf_yaml_fail(replicas, file, err, "number of replicas must be >= %d",
		                    SF_REPLICAS_MIN);
	}
	if (count > SF_REPLICAS_MAX) {
		return sf_yaml_fail(replicas, file, err, "at most %d replicas", SF_REPLICAS_MAX);
	}
	out->replicas = (uint16_t)count;
	return 0;
}

static int read_resources(const struct sf_yaml *node, const char *file, enum sf_dialect dialect,
                          struct sf_sharing *out, struct sf_error *err)
{
	const struct sf_yaml *list = sf_yaml_get(node, "resources");
	if (list == NULL || list->kind != SF_YAML_SEQUENCE || list->n == 0) {
		return sf_yaml_fail(list != NULL ? list : node, file, err,
		                    "no resources specified, add resources: [{name: "
		                    "nvidia.com/gpu, replicas: 2}]");
	}
	if (list->n > SF_SHARED_MAX) {
		return sf_yaml_fail(list, file, err, "more than %d resources", SF_SHARED_MAX);
	}
	for (size_t i = 0; i < list->n; i++) {
		if (read_resource(list->child[i], file, dialect, &out->resource[i], err) != 0) {
			return -1;
		}
	}
	out->n = (uint8_t)list->n;
	return 0;
}

static int read_flag(const struct sf_yaml *node, const char *key, const char *file, bool *out,
                     struct sf_error *err)
{
	const struct sf_yaml *flag = sf_yaml_get(node, key);
	return flag == NULL ? 0 : sf_yaml_bool(flag, file, out, err);
}

/* The block under timeSlicing or mps: same fields, another default (config.go). */
static int read_method(const struct sf_yaml *node, const char *file, enum sf_dialect dialect,
                       struct sf_sharing *out, struct sf_error *err)
{
	static const char *const known[] = {"renameByDefault", "failRequestsGreaterThanOne",
	                                    "resources", NULL};
	if (dialect == SF_DIALECT_SCENARIO && sf_yaml_check_keys(node, file, known, err) != 0) {
		return -1;
	}
	out->fail_above_1 = out->mode == SF_SHARING_MPS;
	if (read_flag(node, "renameByDefault", file, &out->rename, err) != 0 ||
	    read_flag(node, "failRequestsGreaterThanOne", file, &out->fail_above_1, err) != 0) {
		return -1;
	}
	return read_resources(node, file, dialect, out, err);
}

/* fraction: true, ours and not the plugin's. */
static int read_fraction(const struct sf_yaml *node, const char *file, struct sf_sharing *out,
                         struct sf_error *err)
{
	bool on = false;
	if (sf_yaml_bool(node, file, &on, err) != 0) {
		return -1;
	}
	if (!on) {
		return sf_yaml_fail(node, file, err, "leave sharing out for whole GPUs");
	}
	out->mode = SF_SHARING_FRACTION;
	return 0;
}

/* Exactly one of the ways to share. */
static int check_one(const struct sf_yaml *node, const char *file, struct sf_error *err)
{
	static const char *const known[] = {"timeSlicing", "mps", "fraction", NULL};
	if (sf_yaml_check_keys(node, file, known, err) != 0) {
		return -1;
	}
	if (node->n > 1) {
		return sf_yaml_fail_key(node->child[1], file, err,
		                        "timeSlicing, mps and fraction exclude each other (of the "
		                        "first two the plugin would use mps), keep one");
	}
	return node->n == 1
	               ? 0
	               : sf_yaml_fail(node, file, err, "expected timeSlicing, mps or fraction");
}

int sf_sharing_read(const struct sf_yaml *node, const char *file, enum sf_dialect dialect,
                    struct sf_sharing *out, struct sf_error *err)
{
	const struct sf_yaml *slicing = sf_yaml_get(node, "timeSlicing");
	const struct sf_yaml *mps = sf_yaml_get(node, "mps");

	*out = (struct sf_sharing){0};
	if (dialect == SF_DIALECT_SCENARIO) {
		const struct sf_yaml *fraction = sf_yaml_get(node, "fraction");
		if (check_one(node, file, err) != 0) {
			return -1;
		}
		if (fraction != NULL) {
			return read_fraction(fraction, file, out, err);
		}
	}
	if (mps != NULL && !sf_yaml_is_null(mps)) {
		out->mode = SF_SHARING_MPS;
		return read_method(mps, file, dialect, out, err);
	}
	if (slicing != NULL && !sf_yaml_is_null(slicing)) {
		out->mode = SF_SHARING_TIME_SLICING;
		return read_method(slicing, file, dialect, out, err);
	}
	return 0;
}

static int read_flags(const struct sf_yaml *flags, const char *file, struct sf_device_plugin *out,
                      struct sf_error *err)
{
	const struct sf_yaml *strategy = sf_yaml_get(flags, "migStrategy");
	const struct sf_yaml *policy =
		sf_yaml_get(sf_yaml_get(flags, "plugin"), "sharedDevicesAllocationPolicy");
	const char *text;

	if (strategy != NULL) {
		if (sf_yaml_str(strategy, file, &text, err) != 0) {
			return -1;
		}
		int value = sf_strategy_parse(text);
		if (value < 0) {
			return sf_yaml_fail(strategy, file, err,
			                    "unknown MIG strategy: %.40s (none, single, mixed)",
			                    text);
		}
		out->strategy = (enum sf_strategy)value;
		out->strategy_given = true;
	}
	if (policy != NULL) {
		if (sf_yaml_str(policy, file, &text, err) != 0) {
			return -1;
		}
		out->packed = strcmp(text, "packed") == 0;
		if (!out->packed && strcmp(text, "distributed") != 0) {
			return sf_yaml_fail(policy, file, err,
			                    "unknown policy '%.40s' (distributed, packed)", text);
		}
	}
	return 0;
}

int sf_device_plugin_parse(const char *text, size_t len, const char *file, struct sf_arena *arena,
                           struct sf_device_plugin *out, struct sf_error *err)
{
	const struct sf_yaml *root = sf_yaml_parse(text, len, file, arena, err);
	*out = (struct sf_device_plugin){0};
	if (root == NULL) {
		return -1;
	}
	if (root->kind != SF_YAML_MAPPING) {
		return sf_yaml_fail(root, file, err, "expected 'key: value' lines");
	}
	const struct sf_yaml *version = sf_yaml_get(root, "version");
	const struct sf_yaml *sharing = sf_yaml_get(root, "sharing");
	if (version != NULL && !sf_yaml_is_null(version) &&
	    (version->kind != SF_YAML_SCALAR ||
	     (version->text[0] != '\0' && strcmp(version->text, "v1") != 0))) {
		return sf_yaml_fail(version, file, err, "unknown version, expected v1");
	}
	if (read_flags(sf_yaml_get(root, "flags"), file, out, err) != 0) {
		return -1;
	}
	if (sharing != NULL && !sf_yaml_is_null(sharing) &&
	    sf_sharing_read(sharing, file, SF_DIALECT_PLUGIN, &out->sharing, err) != 0) {
		return -1;
	}
	bool mps = out->sharing.mode == SF_SHARING_MPS;
	if (mps && out->strategy == SF_STRATEGY_MIXED) {
		return sf_yaml_fail(sharing, file, err,
		                    "using --mig-strategy=mixed is not supported with MPS");
	}
	return 0;
}
