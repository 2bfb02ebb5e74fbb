/* mig_parted: reads configurations of NVIDIA's mig-parted, by the rules of its own reader. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/mig_parted.h>

#include <slicefit/arena.h>
#include <slicefit/error.h>

#include <stdio.h>
#include <string.h>

enum { DEVICE_MAX = 255, COUNT_MAX = 1000 };

static int fail_memory(const char *file, struct sf_error *err)
{
	return sf_fail(err, SF_ENOMEM, "%s: needs more memory than it may use", file);
}

static size_t skip_digits(const char *text)
{
	return strspn(text, "0123456789");
}

/* "<digits>UNIT"; moves *text behind it. */
static bool take_number(const char **text, const char *unit)
{
	size_t digits = skip_digits(*text);
	size_t len = strlen(unit);
	if (digits == 0 || strncmp(*text + digits, unit, len) != 0) {
		return false;
	}
	*text += digits + len;
	return true;
}

bool sf_mig_profile_valid(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789.";
	const char *rest = name;
	take_number(&rest, "c.");
	if (!take_number(&rest, "g.") || !take_number(&rest, "gb")) {
		return false;
	}
	if (*rest == '-') {
		rest++;
		return *rest != '\0' && strspn(rest, letters) == strlen(rest);
	}
	if (*rest != '+') {
		return *rest == '\0';
	}
	do {
		size_t len = strspn(rest + 1, letters);
		if (len == 0) {
			return false;
		}
		rest += 1 + len;
	} while (*rest == ',');
	return *rest == '\0';
}

int sf_mig_profile_check(const char *name, struct sf_error *err)
{
	char mended[SF_NAME_MAX];
	if (sf_mig_profile_valid(name)) {
		return 0;
	}
	snprintf(mended, sizeof(mended), "%s", name);
	char *dot = strstr(mended, "gb.");
	if (dot != NULL) {
		dot[2] = '+';
	}
	if (sf_mig_profile_valid(mended)) {
		return sf_fail(err, SF_EINVAL,
		               "'%s' is spelled as in the resource's name; the MIG profile is '%s'",
		               name, mended);
	}
	return sf_fail(err, SF_EINVAL,
	               "'%.40s' is no MIG profile name (such as 1g.10gb, 1g.10gb+me)", name);
}

/* "all" (a string) or a list of indices; a bare number is a type error in mig-parted, too. */
static int read_devices(const struct sf_yaml *node, const char *file, struct sf_arena *arena,
                        struct sf_mig_entry *out, struct sf_error *err)
{
	if (node->kind == SF_YAML_SCALAR && strcmp(node->text, "all") == 0) {
		out->all = true;
		return 0;
	}
	if (node->kind != SF_YAML_SEQUENCE) {
		return sf_yaml_fail(node, file, err,
		                    "invalid 'devices': write all or a list such as [0, 1]");
	}
	out->device = sf_arena_array(arena, node->n, sizeof(*out->device));
	if (out->device == NULL) {
		return fail_memory(file, err);
	}
	for (size_t i = 0; i < node->n; i++) {
		if (sf_yaml_int(node->child[i], file, 0, DEVICE_MAX, &out->device[i], err) != 0) {
			return -1;
		}
	}
	out->n_devices = node->n;
	return 0;
}

static int read_filters(const struct sf_yaml *node, const char *file, struct sf_arena *arena,
                        struct sf_mig_entry *out, struct sf_error *err)
{
	if (node->kind == SF_YAML_MAPPING) {
		return sf_yaml_fail(node, file, err, "device-filter must be a string or a list");
	}
	bool list = node->kind == SF_YAML_SEQUENCE;
	out->n_filters = list ? node->n : 1;
	out->filter = sf_arena_array(arena, out->n_filters, sizeof(*out->filter));
	if (out->filter == NULL) {
		return fail_memory(file, err);
	}
	for (size_t i = 0; i < out->n_filters; i++) {
		const struct sf_yaml *item = list ? node->child[i] : node;
		if (sf_yaml_str(item, file, &out->filter[i], err) != 0) {
			return -1;
		}
	}
	return 0;
}

static int read_want(const struct sf_yaml *node, const char *file, struct sf_mig_want *out,
                     struct sf_error *err)
{
	int64_t count;
	struct sf_error why;
	if (sf_mig_profile_check(node->key, &why) != 0) {
		return sf_yaml_fail_key(node, file, err, "%s", why.text);
	}
	if (sf_yaml_int(node, file, 0, COUNT_MAX, &count, err) != 0) {
		return -1;
	}
	*out = (struct sf_mig_want){.profile = node->key, .count = (uint32_t)count};
	return 0;
}

/* An empty mapping is an enabled GPU without instances; only zero counts are refused. */
static int read_wants(const struct sf_yaml *node, const char *file, struct sf_arena *arena,
                      struct sf_mig_entry *out, struct sf_error *err)
{
	uint32_t sum = 0;
	if (node->kind != SF_YAML_MAPPING) {
		return sf_yaml_fail(node, file, err,
		                    "mig-devices must map profiles to counts: {\"1g.10gb\": 7}");
	}
	if (node->n > SF_MIG_WANTS_MAX) {
		return sf_yaml_fail(node, file, err, "more than %d profiles", SF_MIG_WANTS_MAX);
	}
	out->want = sf_arena_array(arena, node->n, sizeof(*out->want));
	if (out->want == NULL) {
		return fail_memory(file, err);
	}
	for (size_t i = 0; i < node->n; i++) {
		if (read_want(node->child[i], file, &out->want[i], err) != 0) {
			return -1;
		}
		sum += out->want[i].count;
	}
	if (node->n > 0 && sum == 0) {
		return sf_yaml_fail(node, file, err, "mig-devices: all counts are 0");
	}
	out->n_wants = node->n;
	return 0;
}

static int require(const struct sf_yaml *node, const char *key, const char *file,
                   const struct sf_yaml **out, struct sf_error *err)
{
	*out = sf_yaml_get(node, key);
	if (*out == NULL) {
		return sf_yaml_fail(node, file, err, "missing required field: %s", key);
	}
	return 0;
}

static int read_entry(const struct sf_yaml *node, const char *file, struct sf_arena *arena,
                      struct sf_mig_entry *out, struct sf_error *err)
{
	static const char *const known[] = {"devices", "device-filter", "mig-enabled",
	                                    "mig-devices", NULL};
	const struct sf_yaml *devices;
	const struct sf_yaml *enabled;
	const struct sf_yaml *filter = sf_yaml_get(node, "device-filter");
	const struct sf_yaml *wants = sf_yaml_get(node, "mig-devices");

	out->yaml = node;
	if (sf_yaml_check_keys(node, file, known, err) != 0 ||
	    require(node, "devices", file, &devices, err) != 0 ||
	    require(node, "mig-enabled", file, &enabled, err) != 0 ||
	    read_devices(devices, file, arena, out, err) != 0 ||
	    sf_yaml_bool(enabled, file, &out->enabled, err) != 0) {
		return -1;
	}
	if (filter != NULL && read_filters(filter, file, arena, out, err) != 0) {
		return -1;
	}
	if (wants != NULL && read_wants(wants, file, arena, out, err) != 0) {
		return -1;
	}
	if (out->enabled && wants == NULL) {
		return sf_yaml_fail(node, file, err,
		                    "missing required field 'mig-devices' when 'mig-enabled' is "
		                    "true");
	}
	if (!out->enabled && out->n_wants > 0) {
		return sf_yaml_fail_key(wants, file, err,
		                        "MIG devices included when 'mig-enabled' is false");
	}
	return 0;
}

int sf_mig_config_read(const struct sf_yaml *list, const char *name, const char *file,
                       struct sf_arena *arena, struct sf_mig_config *out, struct sf_error *err)
{
	*out = (struct sf_mig_config){.name = name, .yaml = list};
	if (list->kind != SF_YAML_SEQUENCE || list->n == 0) {
		return sf_yaml_fail(list, file, err,
		                    "at least one entry in '%.60s' is required: a list of "
		                    "devices, mig-enabled, mig-devices",
		                    name);
	}
	out->entry = sf_arena_array(arena, list->n, sizeof(*out->entry));
	if (out->entry == NULL) {
		return fail_memory(file, err);
	}
	for (size_t i = 0; i < list->n; i++) {
		if (read_entry(list->child[i], file, arena, &out->entry[i], err) != 0) {
			return -1;
		}
	}
	out->n = list->n;
	return 0;
}

static int read_configs(const struct sf_yaml *configs, const char *file, struct sf_arena *arena,
                        struct sf_mig_parted *out, struct sf_error *err)
{
	if (configs->kind != SF_YAML_MAPPING || configs->n == 0) {
		return sf_yaml_fail(configs, file, err,
		                    "at least one entry in 'mig-configs' is required");
	}
	out->config = sf_arena_array(arena, configs->n, sizeof(*out->config));
	if (out->config == NULL) {
		return fail_memory(file, err);
	}
	for (size_t i = 0; i < configs->n; i++) {
		const struct sf_yaml *list = configs->child[i];
		if (sf_mig_config_read(list, list->key, file, arena, &out->config[i], err) != 0) {
			return -1;
		}
	}
	out->n = configs->n;
	return 0;
}

int sf_mig_parted_parse(const char *text, size_t len, const char *file, struct sf_arena *arena,
                        struct sf_mig_parted *out, struct sf_error *err)
{
	static const char *const known[] = {"version", "mig-configs", NULL};
	const struct sf_yaml *root = sf_yaml_parse(text, len, file, arena, err);
	const struct sf_yaml *configs;

	*out = (struct sf_mig_parted){0};
	if (root == NULL || sf_yaml_check_keys(root, file, known, err) != 0) {
		return -1;
	}
	const struct sf_yaml *version = sf_yaml_get(root, "version");
	if (version == NULL) {
		return sf_yaml_fail(root, file, err,
		                    "unable to parse with missing 'version' field, add version: "
		                    "v1");
	}
	if (version->kind != SF_YAML_SCALAR || strcmp(version->text, "v1") != 0) {
		return sf_yaml_fail(version, file, err, "unknown version, expected v1");
	}
	if (require(root, "mig-configs", file, &configs, err) != 0) {
		return -1;
	}
	return read_configs(configs, file, arena, out, err);
}

const struct sf_mig_config *sf_mig_parted_find(const struct sf_mig_parted *parted, const char *name)
{
	for (size_t i = 0; i < parted->n; i++) {
		if (strcmp(parted->config[i].name, name) == 0) {
			return &parted->config[i];
		}
	}
	return NULL;
}
