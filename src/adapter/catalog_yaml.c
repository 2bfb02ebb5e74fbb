/* catalog_yaml: reads catalog files. Strict: unknown keys and values out of range are errors. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/catalog_yaml.h>

#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/product.h>
#include <slicefit/str.h>
#include <slicefit/yaml.h>

#include <stdio.h>
#include <string.h>

/* A catalog file describes tens of products, not millions. */
enum { BYTES_MAX = 4 << 20 };

struct reader {
	const char *name; /* of the file */
	struct sf_arena *arena;
	struct sf_error *err;
};

static const char *const engine_keys[SF_ENGINES + 1] = {
	[SF_ENGINE_CE] = "ce",     [SF_ENGINE_DEC] = "dec", [SF_ENGINE_ENC] = "enc",
	[SF_ENGINE_JPEG] = "jpeg", [SF_ENGINE_OFA] = "ofa", NULL,
};

/* The child, or NULL when it is absent or null (unknown). */
static const struct sf_yaml *known_child(const struct sf_yaml *node, const char *key)
{
	const struct sf_yaml *child = sf_yaml_get(node, key);
	return child != NULL && !sf_yaml_is_null(child) ? child : NULL;
}

/* `fallback` when the key is absent or null. */
static int read_int(const struct reader *reader, const struct sf_yaml *node, const char *key,
                    int max, int fallback, int *out)
{
	const struct sf_yaml *child = known_child(node, key);
	int64_t value = fallback;
	if (child != NULL && sf_yaml_int(child, reader->name, 0, max, &value, reader->err) < 0) {
		return -1;
	}
	*out = (int)value;
	return 0;
}

/* As read_int, but the key must be there. */
static int read_count(const struct reader *reader, const struct sf_yaml *node, const char *key,
                      int max, uint8_t *out)
{
	int value = 0;
	if (known_child(node, key) == NULL) {
		return sf_yaml_fail(node, reader->name, reader->err, "%s is missing", key);
	}
	if (read_int(reader, node, key, max, 0, &value) < 0) {
		return -1;
	}
	*out = (uint8_t)value;
	return 0;
}

static int read_text(const struct reader *reader, const struct sf_yaml *node, const char *key,
                     const char *fallback, const char **out)
{
	const struct sf_yaml *child = known_child(node, key);
	*out = fallback;
	return child != NULL ? sf_yaml_str(child, reader->name, out, reader->err) : 0;
}

static int check_sequence(const struct reader *reader, const struct sf_yaml *node, const char *key)
{
	if (node->kind != SF_YAML_SEQUENCE) {
		return sf_yaml_fail(node, reader->name, reader->err, "%s must be a list", key);
	}
	return 0;
}

/* NULL-terminated; absent is empty. */
static int read_list(const struct reader *reader, const struct sf_yaml *node, const char *key,
                     const char *const **out)
{
	const struct sf_yaml *child = known_child(node, key);
	if (child != NULL && check_sequence(reader, child, key) < 0) {
		return -1;
	}
	size_t n = child != NULL ? child->n : 0;
	const char **list = sf_arena_array(reader->arena, n + 1, sizeof(*list));
	for (size_t i = 0; i < n; i++) {
		if (sf_yaml_str(child->child[i], reader->name, &list[i], reader->err) < 0) {
			return -1;
		}
	}
	*out = list;
	return 0;
}

/* Unknown is -1; so is "no limit". */
static int read_engines(const struct reader *reader, const struct sf_yaml *node, const char *key,
                        int8_t *out)
{
	memset(out, -1, SF_ENGINES);
	const struct sf_yaml *child = known_child(node, key);
	if (child == NULL) {
		return 0;
	}
	if (sf_yaml_check_keys(child, reader->name, engine_keys, reader->err) < 0) {
		return -1;
	}
	for (int e = 0; e < SF_ENGINES; e++) {
		int value = 0;
		if (read_int(reader, child, engine_keys[e], INT8_MAX, -1, &value) < 0) {
			return -1;
		}
		out[e] = (int8_t)value;
	}
	return 0;
}

static int read_starts(const struct reader *reader, const struct sf_yaml *node,
                       struct sf_profile *profile)
{
	const struct sf_yaml *starts = known_child(node, "starts");
	if (starts == NULL) {
		return 0;
	}
	if (check_sequence(reader, starts, "starts") < 0) {
		return -1;
	}
	if (starts->n > sizeof(profile->start)) {
		return sf_yaml_fail(starts, reader->name, reader->err,
		                    "%zu starts, the most is %zu", starts->n,
		                    sizeof(profile->start));
	}
	for (size_t i = 0; i < starts->n; i++) {
		int64_t start = 0;
		if (sf_yaml_int(starts->child[i], reader->name, 0, SF_UNITS_MAX - 1, &start,
		                reader->err) < 0) {
			return -1;
		}
		profile->start[i] = (uint8_t)start;
	}
	profile->n_starts = (uint8_t)starts->n;
	return 0;
}

static int read_profile_name(const struct reader *reader, const struct sf_yaml *node,
                             struct sf_profile *profile)
{
	const char *name = NULL;
	int g = 0;
	if (read_text(reader, node, "name", NULL, &name) < 0) {
		return -1;
	}
	if (name == NULL || !sf_profile_parse_name(name, profile)) {
		return sf_yaml_fail(node, reader->name, reader->err,
		                    "a profile needs a name as in 1g.5gb, 1g.5gb+me, 2g.48gb-me");
	}
	if (read_int(reader, node, "g", UINT8_MAX, profile->g, &g) < 0) {
		return -1;
	}
	if (g != profile->g) {
		return sf_yaml_fail(node, reader->name, reader->err,
		                    "profile %s: g is %d, the name says %d", name, g, profile->g);
	}
	return 0;
}

static int read_profile(const struct reader *reader, const struct sf_yaml *node,
                        struct sf_profile *profile)
{
	static const char *const known[] = {"name",    "id",         "g",          "size",
	                                    "max",     "starts",     "memory_mib", "sm",
	                                    "engines", "placements", "resource",   NULL};
	int id = -1;
	int size = 0;
	int sm = -1;
	if (sf_yaml_check_keys(node, reader->name, known, reader->err) < 0 ||
	    read_profile_name(reader, node, profile) < 0 ||
	    read_int(reader, node, "id", INT16_MAX, -1, &id) < 0 ||
	    read_int(reader, node, "size", SF_UNITS_MAX, 0, &size) < 0 ||
	    read_count(reader, node, "max", SF_INSTANCES_MAX, &profile->max) < 0 ||
	    read_starts(reader, node, profile) < 0 ||
	    read_int(reader, node, "memory_mib", INT32_MAX, -1, &profile->memory_mib) < 0 ||
	    read_int(reader, node, "sm", INT16_MAX, -1, &sm) < 0) {
		return -1;
	}
	profile->id = (int16_t)id;
	profile->size = (uint8_t)size;
	profile->sm = (int16_t)sm;
	return read_engines(reader, node, "engines", profile->engine);
}

static int read_mig(const struct reader *reader, const struct sf_yaml *node,
                    struct sf_product *product)
{
	static const char *const known[] = {
		"units", "compute_slices", "max_instances", "engine_limit", "profiles", "placeable",
		NULL};
	int units = 0;
	product->mig_capable = true;
	if (sf_yaml_check_keys(node, reader->name, known, reader->err) < 0 ||
	    read_int(reader, node, "units", SF_UNITS_MAX, 0, &units) < 0 ||
	    read_count(reader, node, "compute_slices", SF_UNITS_MAX, &product->compute_slices) <
	            0 ||
	    read_count(reader, node, "max_instances", SF_INSTANCES_MAX, &product->max_instances) <
	            0 ||
	    read_engines(reader, node, "engine_limit", product->engine_limit) < 0) {
		return -1;
	}
	product->units = (uint8_t)units;
	const struct sf_yaml *profiles = known_child(node, "profiles");
	if (profiles == NULL) {
		return 0;
	}
	if (check_sequence(reader, profiles, "profiles") < 0) {
		return -1;
	}
	if (profiles->n > SF_PROFILES_MAX) {
		return sf_yaml_fail(profiles, reader->name, reader->err,
		                    "%zu profiles, the most is %d", profiles->n, SF_PROFILES_MAX);
	}
	for (size_t i = 0; i < profiles->n; i++) {
		if (read_profile(reader, profiles->child[i], &product->profile[i]) < 0) {
			return -1;
		}
	}
	product->n_profiles = (uint8_t)profiles->n;
	return 0;
}

static int read_product(const struct reader *reader, const struct sf_yaml *node,
                        struct sf_product *product)
{
	static const char *const known[] = {"name",   "title",      "arch", "labels", "device_ids",
	                                    "source", "memory_mib", "mig",  NULL};
	memset(product->engine_limit, -1, sizeof(product->engine_limit));
	if (sf_yaml_check_keys(node, reader->name, known, reader->err) < 0 ||
	    read_text(reader, node, "name", NULL, &product->name) < 0) {
		return -1;
	}
	if (product->name == NULL) {
		return sf_yaml_fail(node, reader->name, reader->err, "a product needs a name");
	}
	if (read_text(reader, node, "title", product->name, &product->title) < 0 ||
	    read_text(reader, node, "arch", "unknown", &product->arch) < 0 ||
	    read_text(reader, node, "source", reader->name, &product->source) < 0 ||
	    read_list(reader, node, "labels", &product->labels) < 0 ||
	    read_list(reader, node, "device_ids", &product->device_ids) < 0 ||
	    read_int(reader, node, "memory_mib", INT32_MAX, -1, &product->memory_mib) < 0) {
		return -1;
	}
	const struct sf_yaml *mig = known_child(node, "mig");
	return mig != NULL ? read_mig(reader, mig, product) : 0;
}

static int read_products(const struct reader *reader, const struct sf_yaml *root,
                         struct sf_catalog *catalog)
{
	/* "layouts" is in what `slicefit catalog PRODUCT -o json` prints; it follows from the
	 * rest. */
	static const char *const known[] = {"schema", "products", "layouts", NULL};
	static const char schema[] = "slicefit.catalog/1";
	const char *given = NULL;
	if (sf_yaml_check_keys(root, reader->name, known, reader->err) < 0 ||
	    read_text(reader, root, "schema", schema, &given) < 0) {
		return -1;
	}
	if (strcmp(given, schema) != 0) {
		return sf_yaml_fail(sf_yaml_get(root, "schema"), reader->name, reader->err,
		                    "schema '%s': this slicefit reads %s", given, schema);
	}
	const struct sf_yaml *products = known_child(root, "products");
	if (products == NULL) {
		return sf_yaml_fail(root, reader->name, reader->err, "products is missing");
	}
	if (check_sequence(reader, products, "products") < 0) {
		return -1;
	}
	for (size_t i = 0; i < products->n; i++) {
		struct sf_product product = {0};
		struct sf_error reason;
		if (read_product(reader, products->child[i], &product) < 0) {
			return -1;
		}
		if (sf_catalog_add(catalog, &product, &reason) < 0) {
			return sf_yaml_fail(products->child[i], reader->name, reader->err, "%s",
			                    reason.text);
		}
	}
	return 0;
}

int sf_catalog_yaml_read(struct sf_catalog *catalog, const char *text, size_t len, const char *name,
                         struct sf_error *err)
{
	struct reader reader = {.name = name, .arena = sf_arena_create(0), .err = err};
	const struct sf_yaml *root = sf_yaml_parse(text, len, name, reader.arena, err);
	int rc = root != NULL ? read_products(&reader, root, catalog) : -1;
	sf_arena_destroy(reader.arena);
	return rc;
}

int sf_catalog_yaml_load(struct sf_catalog *catalog, const char *path, struct sf_error *err)
{
	struct sf_str text = {0};
	const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
	int rc = sf_file_read(path, BYTES_MAX, &text, err);
	if (rc == 0) {
		rc = sf_catalog_yaml_read(catalog, sf_str_get(&text), text.len, name, err);
	}
	sf_str_finish(&text);
	return rc;
}
