/* scenario_yaml: a scenario file from top to bottom; pools and workloads have files of their own.
 */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/scenario_yaml.h>

#include "scenario_read.h"

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/str.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCHEMA "slicefit.scenario/1"

enum { NAME_MAX_BYTES = 128, SEED_DEFAULT = 1 };

/* Text, trees and structures of the largest legal file together. */
#define ARENA_LIMIT ((size_t)2 << 30)

/* The file's name without folders and ending. */
static const char *base_name(struct sf_reader *reader)
{
	const char *slash = strrchr(reader->file, '/');
	const char *base = slash != NULL ? slash + 1 : reader->file;
	const char *dot = strrchr(base, '.');
	size_t len = dot != NULL && dot > base ? (size_t)(dot - base) : strlen(base);
	return sf_arena_strndup(reader->arena, base, len);
}

static int read_head(struct sf_reader *reader, const struct sf_yaml *root)
{
	struct sf_scenario *scenario = reader->scenario;
	const struct sf_yaml *schema = sf_yaml_get(root, "schema");
	const struct sf_yaml *seed = sf_yaml_get(root, "seed");
	const struct sf_yaml *horizon = sf_yaml_get(root, "horizon");
	int64_t number = SEED_DEFAULT;

	if (schema != NULL &&
	    (schema->kind != SF_YAML_SCALAR || strcmp(schema->text, SCHEMA) != 0)) {
		return sf_yaml_fail(schema, reader->file, reader->err,
		                    "unknown schema, this version reads " SCHEMA);
	}
	scenario->name = base_name(reader);
	if (sf_reader_text(reader, sf_yaml_get(root, "name"), NAME_MAX_BYTES, &scenario->name) !=
	    0) {
		return -1;
	}
	if (sf_reader_int(reader, seed, 0, INT64_MAX, &number) != 0) {
		return -1;
	}
	scenario->seed = (uint64_t)number;
	if (sf_reader_duration(reader, horizon, &scenario->horizon_s) != 0) {
		return -1;
	}
	if (horizon != NULL && scenario->horizon_s <= 0) {
		return sf_yaml_fail(horizon, reader->file, reader->err,
		                    "the horizon must be later than 0");
	}
	return 0;
}

static int read_policy(struct sf_reader *reader, const struct sf_yaml *node, size_t i)
{
	struct sf_scenario *scenario = reader->scenario;
	scenario->policy_line[i] = node->line;
	scenario->policy_column[i] = node->column;
	return sf_reader_text(reader, node, NAME_MAX_BYTES, &scenario->policy[i]);
}

/* `all`, one name, or a list of names. Whether they exist is known to the engines only. */
static int read_policies(struct sf_reader *reader, const struct sf_yaml *node)
{
	struct sf_scenario *scenario = reader->scenario;
	if (node == NULL) {
		return 0;
	}
	if (node->kind == SF_YAML_SCALAR && strcmp(node->text, "all") == 0) {
		return 0;
	}
	if (node->kind == SF_YAML_SCALAR) {
		scenario->n_policies = 1;
		return read_policy(reader, node, 0);
	}
	if (node->kind != SF_YAML_SEQUENCE || node->n == 0 || node->n > SF_POLICIES_MAX) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "expected a list of 1 to %d policies", SF_POLICIES_MAX);
	}
	for (size_t i = 0; i < node->n; i++) {
		if (read_policy(reader, node->child[i], i) != 0) {
			return -1;
		}
		for (size_t k = 0; k < i; k++) {
			if (strcmp(scenario->policy[k], scenario->policy[i]) == 0) {
				return sf_yaml_fail(node->child[i], reader->file, reader->err,
				                    "policy '%.40s' is listed twice",
				                    scenario->policy[i]);
			}
		}
	}
	scenario->n_policies = node->n;
	return 0;
}

static int add_threshold(struct sf_reader *reader, const struct sf_expect *expect,
                         const struct sf_yaml *node, enum sf_expect_op op)
{
	struct sf_scenario *scenario = reader->scenario;
	struct sf_expect *out = &scenario->expect[scenario->n_expects];
	if (node == NULL) {
		return 0;
	}
	*out = *expect;
	out->op = op;
	scenario->n_expects++;
	return sf_reader_real(reader, node, -1e18, 1e18, &out->value);
}

/* min and max in one entry make two thresholds. */
static int read_expect(struct sf_reader *reader, const struct sf_yaml *node)
{
	static const char *const known[] = {"policy", "metric", "min", "max", NULL};
	struct sf_expect expect = {.line = node->line, .column = node->column};
	const struct sf_yaml *min = sf_yaml_get(node, "min");
	const struct sf_yaml *max = sf_yaml_get(node, "max");

	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0 ||
	    sf_reader_text(reader, sf_yaml_get(node, "policy"), NAME_MAX_BYTES, &expect.policy) !=
	            0 ||
	    sf_reader_text(reader, sf_yaml_get(node, "metric"), NAME_MAX_BYTES, &expect.metric) !=
	            0) {
		return -1;
	}
	if (expect.metric == NULL || (min == NULL && max == NULL)) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "an expectation needs a metric and min or max: {metric: "
		                    "pods.placed, min: 20}");
	}
	const struct sf_expect *first = &reader->scenario->expect[reader->scenario->n_expects];
	if (add_threshold(reader, &expect, min, SF_EXPECT_MIN) != 0 ||
	    add_threshold(reader, &expect, max, SF_EXPECT_MAX) != 0) {
		return -1;
	}
	if (min != NULL && max != NULL && first[0].value > first[1].value) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "min is above max, so no value can be right; swap them");
	}
	return 0;
}

static int read_expects(struct sf_reader *reader, const struct sf_yaml *node)
{
	struct sf_scenario *scenario = reader->scenario;
	if (node == NULL) {
		return 0;
	}
	if (node->kind != SF_YAML_SEQUENCE || node->n > SF_SCENARIO_LIST_MAX) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "expected a list of at most %d expectations",
		                    SF_SCENARIO_LIST_MAX);
	}
	scenario->expect = sf_reader_array(reader, 2 * node->n, sizeof(*scenario->expect));
	if (scenario->expect == NULL) {
		return -1;
	}
	for (size_t i = 0; i < node->n; i++) {
		if (read_expect(reader, node->child[i]) != 0) {
			return -1;
		}
	}
	return 0;
}

/* Are there pools, and workloads where they are needed? */
static int check_lists(struct sf_reader *reader, const struct sf_yaml *root)
{
	bool needed = !reader->nodes_only && sf_yaml_get(root, "trace") == NULL;
	const struct sf_yaml *list;
	if (sf_reader_list(reader, root, "pools", SF_SCENARIO_LIST_MAX, &list) != 0) {
		return -1;
	}
	return !needed && sf_yaml_get(root, "workloads") == NULL
	               ? 0
	               : sf_reader_list(reader, root, "workloads", SF_SCENARIO_LIST_MAX, &list);
}

static int read_preemption(struct sf_reader *reader, const struct sf_yaml *node)
{
	return sf_reader_preemption(reader, node, &reader->scenario->preempts);
}

static int read_pools(struct sf_reader *reader, const struct sf_yaml *list)
{
	return sf_reader_pools(reader, list) != 0 ? -1 : sf_reader_learn_nodes(reader, list);
}

static int read_workloads(struct sf_reader *reader, const struct sf_yaml *list)
{
	return list != NULL ? sf_reader_workloads(reader, list) : 0;
}

static int read_trace(struct sf_reader *reader, const struct sf_yaml *node)
{
	return reader->nodes_only ? 0 : sf_reader_trace(reader, node);
}

/* In the order in which they need each other; without a key they read the document itself. A key that
 * is not there is NULL for them. */
static const struct {
	const char *key;
	int (*read)(struct sf_reader *reader, const struct sf_yaml *node);
} parts[] = {
	{NULL, read_head},
	{"policies", read_policies},
	{NULL, check_lists},
	{NULL, sf_reader_namespaces},
	{"queue", sf_reader_queue},
	{"preemption", read_preemption},
	{"pools", read_pools},
	{"workloads", read_workloads},
	{"trace", read_trace},
	{"events", sf_reader_events},
	{"contention", sf_reader_contention},
	{"plan", sf_reader_plan},
	{"tolerance", sf_reader_tolerances},
	{"expect", read_expects},
};

static int read_document(struct sf_reader *reader, const struct sf_yaml *root)
{
	static const char *const known[] = {
		"schema",    "name",      "description", "seed",       "horizon", "policies",
		"pools",     "workloads", "trace",       "plan",       "expect",  "preemption",
		"tolerance", "events",    "contention",  "namespaces", "queue",   NULL,
	};
	static const struct sf_reader_slip slips[] = {
		{"nodes", "did you mean 'pools'?"},
		{"pods", "did you mean 'workloads'?"},
		{"jobs", "did you mean 'workloads'?"},
		{NULL, NULL},
	};
	int rc = sf_reader_check_keys(reader, root, known, slips);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && rc == 0; i++) {
		const char *key = parts[i].key;
		rc = parts[i].read(reader, key != NULL ? sf_yaml_get(root, key) : root);
	}
	return rc;
}

/* What is being read: text, or a tree (when `root` is given), with settings to apply to it. */
struct source {
	const char *name;
	const char *text;
	size_t len;
	const struct sf_yaml *root;
	size_t n_settings;
	const struct sf_setting *setting;
	bool nodes_only;
};

static const struct sf_yaml *find_root(const struct source *source, struct sf_arena *arena,
                                       struct sf_error *err)
{
	const struct sf_yaml *root = source->root;
	if (root == NULL) {
		root = sf_yaml_parse(source->text, source->len, source->name, arena, err);
		if (root == NULL) {
			return NULL;
		}
	}
	for (size_t i = 0; root != NULL && i < source->n_settings; i++) {
		root = sf_yaml_with(root, source->setting[i].path, source->setting[i].value, arena,
		                    err);
	}
	if (root == NULL) {
		sf_wrap(err, "%s", source->name);
	}
	return root;
}

static struct sf_scenario *read_source(const struct source *source,
                                       const struct sf_catalog *catalog, struct sf_error *err)
{
	struct sf_scenario *scenario = sf_scenario_create(catalog, ARENA_LIMIT);
	if (scenario == NULL) {
		sf_fail(err, SF_ENOMEM, "%s: out of memory", source->name);
		return NULL;
	}
	struct sf_reader_names names = {0};
	struct sf_reader reader = {
		.names = &names,
		.catalog = catalog,
		.arena = scenario->arena,
		.scenario = scenario,
		.err = err,
		.nodes_only = source->nodes_only,
	};
	reader.file = sf_arena_strdup(scenario->arena, source->name);
	scenario->path = reader.file;
	const struct sf_yaml *root = find_root(source, scenario->arena, err);
	int rc = root != NULL ? read_document(&reader, root) : -1;
	sf_reader_names_finish(&names);
	if (rc != 0) {
		sf_scenario_destroy(scenario);
		return NULL;
	}
	return scenario;
}

struct sf_scenario *sf_scenario_parse(const char *text, size_t len, const char *name,
                                      const struct sf_catalog *catalog, struct sf_error *err)
{
	struct source source = {.name = name, .text = text, .len = len};
	return read_source(&source, catalog, err);
}

struct sf_scenario *sf_scenario_parse_nodes(const char *text, size_t len, const char *name,
                                            const struct sf_catalog *catalog, struct sf_error *err)
{
	struct source source = {.name = name, .text = text, .len = len, .nodes_only = true};
	return read_source(&source, catalog, err);
}

struct sf_scenario *sf_scenario_parse_tree(const struct sf_yaml *root, const char *name,
                                           const struct sf_setting *setting, size_t n,
                                           const struct sf_catalog *catalog, struct sf_error *err)
{
	struct source source = {.name = name, .root = root, .n_settings = n, .setting = setting};
	return read_source(&source, catalog, err);
}

static struct sf_scenario *load(const char *path, struct source source,
                                const struct sf_catalog *catalog, struct sf_error *err)
{
	struct sf_str text = {0};
	struct sf_scenario *scenario = NULL;
	source.name = strcmp(path, "-") == 0 ? "standard input" : path;
	if (sf_file_read(path, SF_YAML_BYTES_MAX, &text, err) == 0) {
		source.text = sf_str_get(&text);
		source.len = text.len;
		scenario = read_source(&source, catalog, err);
	}
	sf_str_finish(&text);
	return scenario;
}

struct sf_scenario *sf_scenario_load(const char *path, const struct sf_catalog *catalog,
                                     struct sf_error *err)
{
	return load(path, (struct source){0}, catalog, err);
}

struct sf_scenario *sf_scenario_load_nodes(const char *path, const struct sf_catalog *catalog,
                                           struct sf_error *err)
{
	return load(path, (struct source){.nodes_only = true}, catalog, err);
}

struct sf_scenario *sf_scenario_load_pods(const char *path, const char *pods,
                                          const struct sf_catalog *catalog, struct sf_error *err)
{
	/* As seen from the root, as a relative one is looked for in the folder of the scenario. */
	struct sf_str from_root = {0};
	bool same = pods[0] == '/' || strchr(path, '/') == NULL;
	char *here = same ? NULL : getcwd(NULL, 0);
	sf_str_printf(&from_root, "%s%s%s", here != NULL ? here : "", here != NULL ? "/" : "",
	              pods);
	free(here);
	struct sf_yaml file = {.kind = SF_YAML_SCALAR, .key = "file", .quoted = true};
	struct sf_yaml *child = &file;
	const struct sf_yaml trace = {
		.kind = SF_YAML_MAPPING, .key = "trace", .n = 1, .child = &child};
	const struct sf_setting setting = {"trace", &trace};
	file.text = from_root.text;
	struct sf_scenario *scenario =
		load(path, (struct source){.setting = &setting, .n_settings = 1}, catalog, err);
	sf_str_finish(&from_root);
	return scenario;
}
