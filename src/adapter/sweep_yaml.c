/* sweep_yaml: a sweep file from top to bottom. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/sweep_yaml.h>

#include "sweep_digest.h"

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/map.h>
#include <slicefit/seeds.h>
#include <slicefit/str.h>
#include <slicefit/yaml.h>

#include <string.h>

#define SCHEMA "slicefit.sweep/1"

/* The sweep and the trees of its scenarios. */
#define ARENA_LIMIT ((size_t)4 << 30)

enum { SEED_DEFAULT = 1 };

static const double factor_min = 0.001;
static const double factor_max = 1000;

struct reader {
	const char *file;
	struct sf_arena *arena;
	struct sf_sweep *sweep;
	struct sf_error *err;
};

static int fail_memory(const struct reader *reader)
{
	return sf_fail(reader->err, SF_ENOMEM, "%s: needs more memory than it may use",
	               reader->file);
}

static void *take(const struct reader *reader, size_t n, size_t size)
{
	void *p = sf_arena_array(reader->arena, n > 0 ? n : 1, size);
	if (p == NULL) {
		fail_memory(reader);
	}
	return p;
}

/* A text without control characters; an absent key leaves *out alone. */
static int read_text(const struct reader *reader, const struct sf_yaml *node, const char **out)
{
	if (node == NULL) {
		return 0;
	}
	if (sf_yaml_str(node, reader->file, out, reader->err) != 0) {
		return -1;
	}
	for (const char *c = *out; *c != '\0'; c++) {
		if ((unsigned char)*c < 0x20) {
			return sf_yaml_fail(node, reader->file, reader->err,
			                    "expected one line of text");
		}
	}
	return **out != '\0' ? 0 : sf_yaml_fail(node, reader->file, reader->err, "expected text");
}

/* One value, or a list of them: as an array of *n nodes; NULL when it is neither. */
static const struct sf_yaml **read_items(const struct reader *reader, const struct sf_yaml *node,
                                         size_t max, size_t *n)
{
	bool list = node->kind == SF_YAML_SEQUENCE;
	*n = list ? node->n : 1;
	if (*n == 0 || *n > max) {
		sf_yaml_fail(node, reader->file, reader->err, "expected a list of 1 to %zu values",
		             max);
		return NULL;
	}
	const struct sf_yaml **item = take(reader, *n, sizeof(*item));
	for (size_t i = 0; item != NULL && i < *n; i++) {
		item[i] = list ? node->child[i] : node;
	}
	return item;
}

/* A path as the sweep's folder sees it. */
static const char *beside(const struct reader *reader, const char *path)
{
	const char *slash = strrchr(reader->file, '/');
	if (path[0] == '/' || slash == NULL) {
		return path;
	}
	return sf_arena_printf(reader->arena, "%.*s/%s", (int)(slash - reader->file), reader->file,
	                       path);
}

/* The last part of a path without its ending. */
static const char *base_name(const struct reader *reader, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash != NULL ? slash + 1 : path;
	const char *dot = strrchr(base, '.');
	size_t len = dot != NULL && dot > base ? (size_t)(dot - base) : strlen(base);
	return sf_arena_strndup(reader->arena, base, len);
}

static const struct sf_yaml *parse_file(const struct reader *reader, const char *path)
{
	struct sf_str text = {0};
	const struct sf_yaml *root = NULL;
	if (sf_file_read(path, SF_YAML_BYTES_MAX, &text, reader->err) == 0) {
		root = sf_yaml_parse(sf_str_get(&text), text.len, path, reader->arena, reader->err);
	}
	sf_str_finish(&text);
	return root;
}

/* What the sweep needs to know of a scenario before it is read with its values: name, seed and
 * policies. What is wrong with them is told when it is read. */
static void read_scenario_head(struct sf_sweep_scenario *out)
{
	struct sf_error ignored;
	int64_t seed = SEED_DEFAULT;
	const struct sf_yaml *name = sf_yaml_get(out->root, "name");
	const struct sf_yaml *own_seed = sf_yaml_get(out->root, "seed");
	const struct sf_yaml *policies = sf_yaml_get(out->root, "policies");
	if (name != NULL && name->kind == SF_YAML_SCALAR) {
		out->name = name->text;
	}
	if (own_seed != NULL) {
		(void)sf_yaml_int(own_seed, out->path, 0, INT64_MAX, &seed, &ignored);
	}
	out->seed = (uint64_t)seed;
	if (policies != NULL && policies->kind == SF_YAML_SCALAR) {
		out->policy[out->n_policies++] = policies->text;
	}
	for (size_t i = 0; policies != NULL && i < policies->n; i++) {
		const struct sf_yaml *policy = policies->child[i];
		if (policy->kind == SF_YAML_SCALAR && out->n_policies < SF_SWEEP_POLICIES_MAX) {
			out->policy[out->n_policies++] = policy->text;
		}
	}
}

static int read_scenario(const struct reader *reader, const struct sf_yaml *node,
                         struct sf_sweep_scenario *out)
{
	const char *path;
	if (read_text(reader, node, &path) != 0) {
		return -1;
	}
	out->path = beside(reader, path);
	out->name = base_name(reader, path);
	if (out->path == NULL || out->name == NULL) {
		return fail_memory(reader);
	}
	out->root = parse_file(reader, out->path);
	if (out->root == NULL) {
		return -1;
	}
	read_scenario_head(out);
	return 0;
}

static int read_scenarios(const struct reader *reader, const struct sf_yaml *root)
{
	struct sf_sweep *sweep = reader->sweep;
	const struct sf_yaml *node = sf_yaml_get(root, "scenarios");
	if (node == NULL) {
		return sf_yaml_fail(root, reader->file, reader->err,
		                    "no scenarios: name files, scenarios: [a.yaml, b.yaml]");
	}
	const struct sf_yaml **item =
		read_items(reader, node, SF_SWEEP_LIST_MAX, &sweep->n_scenarios);
	if (item == NULL) {
		return -1;
	}
	sweep->scenario = take(reader, sweep->n_scenarios, sizeof(*sweep->scenario));
	struct sf_map names = {0};
	int rc = sweep->scenario != NULL ? 0 : -1;
	for (size_t i = 0; rc == 0 && i < sweep->n_scenarios; i++) {
		struct sf_sweep_scenario *scenario = &sweep->scenario[i];
		uint32_t first;
		rc = read_scenario(reader, item[i], scenario);
		if (rc == 0 && sf_map_get(&names, scenario->name, &first)) {
			rc = sf_yaml_fail(item[i], reader->file, reader->err,
			                  "two scenarios are called '%.40s'; give one another name",
			                  scenario->name);
		} else if (rc == 0) {
			sf_map_set(&names, scenario->name, (uint32_t)i);
		}
	}
	sf_map_finish(&names);
	return rc;
}

/* Whether policies exist is known to those who run them only. */
static int read_policies(const struct reader *reader, const struct sf_yaml *node)
{
	struct sf_sweep *sweep = reader->sweep;
	if (node == NULL) {
		return 0;
	}
	const struct sf_yaml **item =
		read_items(reader, node, SF_SWEEP_POLICIES_MAX, &sweep->n_policies);
	if (item == NULL) {
		return -1;
	}
	sweep->policy_line = node->line;
	sweep->policy_column = node->column;
	for (size_t i = 0; i < sweep->n_policies; i++) {
		if (read_text(reader, item[i], &sweep->policy[i]) != 0) {
			return -1;
		}
		for (size_t k = 0; k < i; k++) {
			if (strcmp(sweep->policy[k], sweep->policy[i]) == 0) {
				return sf_yaml_fail(item[i], reader->file, reader->err,
				                    "policy '%.40s' is listed twice",
				                    sweep->policy[i]);
			}
		}
	}
	return 0;
}

/* 42, 42..51, "1..3,9", or a list of these. */
static int read_seeds(const struct reader *reader, const struct sf_yaml *node)
{
	struct sf_sweep *sweep = reader->sweep;
	size_t n;
	if (node == NULL) {
		return 0;
	}
	const struct sf_yaml **item = read_items(reader, node, SF_SEEDS_MAX, &n);
	if (item == NULL) {
		return -1;
	}
	struct sf_str text = {0};
	struct sf_seeds seeds = {0};
	struct sf_error why;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		const char *one;
		rc = sf_yaml_str(item[i], reader->file, &one, reader->err);
		sf_str_append(&text, i > 0 ? "," : "");
		sf_str_append(&text, rc == 0 ? one : "");
	}
	if (rc == 0 && sf_seeds_parse(sf_str_get(&text), &seeds, &why) != 0) {
		rc = sf_yaml_fail(node, reader->file, reader->err, "%s", why.text);
	}
	sweep->seed = rc == 0 ? take(reader, seeds.n, sizeof(*sweep->seed)) : NULL;
	if (sweep->seed != NULL) {
		memcpy(sweep->seed, seeds.seed, seeds.n * sizeof(*sweep->seed));
		sweep->n_seeds = seeds.n;
	}
	sf_str_finish(&text);
	sf_seeds_finish(&seeds);
	return sweep->seed != NULL ? 0 : -1;
}

static const struct sf_factor *find_factor(const char *name)
{
	for (const struct sf_factor *factor = sf_factors; factor->name != NULL; factor++) {
		if (strcmp(factor->name, name) == 0) {
			return factor;
		}
	}
	return NULL;
}

static int read_value(const struct reader *reader, const struct sf_sweep_parameter *parameter,
                      const struct sf_yaml *node, struct sf_sweep_value *out)
{
	struct sf_str text = {0};
	sf_yaml_show(node, &text);
	out->node = node;
	out->quoted = node->quoted;
	out->text = node->kind == SF_YAML_SCALAR
	                    ? node->text
	                    : sf_arena_strdup(reader->arena, sf_str_get(&text));
	sf_str_finish(&text);
	if (out->text == NULL) {
		return fail_memory(reader);
	}
	return parameter->factor == NULL ? 0
	                                 : sf_yaml_real(node, reader->file, factor_min, factor_max,
	                                                &out->factor, reader->err);
}

/* What a sweep has keys of its own for. */
static int check_path(const struct reader *reader, const struct sf_yaml *node)
{
	static const struct {
		const char *path, *mend;
	} own[] = {
		{"seed", "list them under seeds"},
		{"policies", "list them under policies, beside parameters"},
		{"name", "the sweep tells scenarios apart by it"},
		{"schema", "it is that of the scenario"},
	};
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (strcmp(node->key, own[i].path) == 0) {
			return sf_yaml_fail_key(node, reader->file, reader->err,
			                        "%s is no parameter: %s", own[i].path, own[i].mend);
		}
	}
	return 0;
}

static int read_parameter(const struct reader *reader, const struct sf_yaml *node,
                          struct sf_sweep_parameter *out)
{
	if (check_path(reader, node) != 0) {
		return -1;
	}
	const struct sf_yaml **item = read_items(reader, node, SF_SWEEP_LIST_MAX, &out->n);
	if (item == NULL) {
		return -1;
	}
	out->path = node->key;
	out->factor = find_factor(node->key);
	out->line = node->key_line;
	out->column = node->key_column;
	out->value = take(reader, out->n, sizeof(*out->value));
	if (out->value == NULL) {
		return -1;
	}
	for (size_t i = 0; i < out->n; i++) {
		if (read_value(reader, out, item[i], &out->value[i]) != 0) {
			return -1;
		}
		for (size_t k = 0; k < i; k++) {
			if (strcmp(out->value[k].text, out->value[i].text) == 0) {
				return sf_yaml_fail(item[i], reader->file, reader->err,
				                    "value %.40s is listed twice",
				                    out->value[i].text);
			}
		}
	}
	return 0;
}

static int read_parameters(const struct reader *reader, const struct sf_yaml *node)
{
	struct sf_sweep *sweep = reader->sweep;
	if (node == NULL) {
		return 0;
	}
	if (node->kind != SF_YAML_MAPPING || node->n > SF_SWEEP_PARAMETERS_MAX) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "expected at most %d lines 'path: [value, value]'",
		                    SF_SWEEP_PARAMETERS_MAX);
	}
	sweep->n_parameters = node->n;
	sweep->parameter = take(reader, node->n, sizeof(*sweep->parameter));
	for (size_t i = 0; sweep->parameter != NULL && i < node->n; i++) {
		if (read_parameter(reader, node->child[i], &sweep->parameter[i]) != 0) {
			return -1;
		}
	}
	return sweep->parameter != NULL ? 0 : -1;
}

static int read_document(const struct reader *reader, const struct sf_yaml *root)
{
	static const char *const known[] = {"schema",    "name",       "description",
	                                    "catalog",   "policies",   "seeds",
	                                    "scenarios", "parameters", NULL};
	struct sf_sweep *sweep = reader->sweep;
	const char *schema = SCHEMA;
	if (sf_yaml_check_keys(root, reader->file, known, reader->err) != 0 ||
	    read_text(reader, sf_yaml_get(root, "schema"), &schema) != 0 ||
	    read_text(reader, sf_yaml_get(root, "name"), &sweep->name) != 0 ||
	    read_text(reader, sf_yaml_get(root, "catalog"), &sweep->catalog) != 0) {
		return -1;
	}
	if (strcmp(schema, SCHEMA) != 0) {
		return sf_yaml_fail(sf_yaml_get(root, "schema"), reader->file, reader->err,
		                    "unknown schema, this version reads " SCHEMA);
	}
	if (sweep->catalog != NULL) {
		sweep->catalog = beside(reader, sweep->catalog);
		if (sweep->catalog == NULL) {
			return fail_memory(reader);
		}
	}
	if (read_policies(reader, sf_yaml_get(root, "policies")) != 0 ||
	    read_seeds(reader, sf_yaml_get(root, "seeds")) != 0 ||
	    read_parameters(reader, sf_yaml_get(root, "parameters")) != 0) {
		return -1;
	}
	return read_scenarios(reader, root);
}

struct sf_sweep *sf_sweep_load(const char *path, struct sf_error *err)
{
	struct sf_arena *arena = sf_arena_create(ARENA_LIMIT);
	struct sf_sweep *sweep = sf_arena_alloc(arena, sizeof(*sweep));
	if (sweep == NULL) {
		sf_arena_destroy(arena);
		sf_fail(err, SF_ENOMEM, "%s: out of memory", path);
		return NULL;
	}
	struct reader reader = {.file = path, .arena = arena, .sweep = sweep, .err = err};
	sweep->arena = arena;
	sweep->path = reader.file = sf_arena_strdup(arena, path);
	sweep->name = base_name(&reader, path);
	const struct sf_yaml *root = parse_file(&reader, path);
	if (root == NULL || read_document(&reader, root) != 0 ||
	    sf_sweep_digest(sweep, root, err) != 0) {
		sf_sweep_destroy(sweep);
		return NULL;
	}
	return sweep;
}
