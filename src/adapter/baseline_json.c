/* baseline_json: reads stored results of `slicefit replay -o json` as baselines. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/baseline.h>

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/map.h>
#include <slicefit/str.h>

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SCHEMA "slicefit.replay/1"

/* Room for the largest legal file: a value takes more in memory than in the file. */
#define ARENA_LIMIT ((size_t)512 << 20)

/* A place in the document, linked to those around it for the JSON pointer (RFC 6901). */
struct place {
	const struct place *parent;
	const char *key; /* NULL: an index */
	size_t index;
};

struct reader {
	const char *name;
	struct sf_arena *arena;
	struct sf_error *err;
};

/* Appends one key with ~ and / escaped, and what would not print as '?'. */
static void write_key(const char *key, struct sf_str *out)
{
	enum { SHOWN = 40 };
	for (size_t i = 0; key[i] != '\0' && i < SHOWN; i++) {
		char c = (unsigned char)key[i] < ' ' || key[i] == 127 ? '?' : key[i];
		if (c == '~' || c == '/') {
			sf_str_append(out, c == '~' ? "~0" : "~1");
		} else {
			sf_str_append_n(out, &c, 1);
		}
	}
}

static void write_pointer(const struct place *place, struct sf_str *out)
{
	if (!place) {
		return;
	}
	write_pointer(place->parent, out);
	sf_str_append(out, "/");
	if (place->key) {
		write_key(place->key, out);
	} else {
		sf_str_printf(out, "%zu", place->index);
	}
}

static int fail(const struct reader *reader, const struct place *place, const char *what)
{
	struct sf_str pointer = {0};
	write_pointer(place, &pointer);
	sf_fail(reader->err, SF_EINVAL, "%s: %s: %s", reader->name,
	        pointer.len > 0 ? sf_str_get(&pointer) : "/", what);
	sf_str_finish(&pointer);
	return -1;
}

static int fail_memory(const struct reader *reader)
{
	return sf_fail(reader->err, SF_ENOMEM, "%s: too large to read", reader->name);
}

static bool is_printable(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 127) {
			return false;
		}
	}
	return true;
}

/* The text of a member, in the arena. */
static int read_text(const struct reader *reader, const struct place *parent, const json_t *object,
                     const char *key, const char **out)
{
	const struct place place = {parent, key, 0};
	const json_t *value = json_object_get(object, key);
	size_t len = json_string_length(value);
	if (!json_is_string(value) || len == 0 || len > SF_BASELINE_NAME_MAX ||
	    !is_printable(json_string_value(value))) {
		return fail(reader, &place, "expected a text");
	}
	*out = sf_arena_strdup(reader->arena, json_string_value(value));
	return *out ? 0 : fail_memory(reader);
}

static int read_seed(const struct reader *reader, const struct place *parent, const json_t *object,
                     uint64_t *out)
{
	const struct place place = {parent, "seed", 0};
	const json_t *value = json_object_get(object, "seed");
	if (!json_is_integer(value) || json_integer_value(value) < 0) {
		return fail(reader, &place, "expected an integer from 0");
	}
	*out = (uint64_t)json_integer_value(value);
	return 0;
}

/* Adds PREFIX.KEY or KEY. */
static int add_value(const struct reader *reader, struct sf_baseline_run *run, const char *prefix,
                     const char *key, const json_t *value)
{
	struct sf_baseline_value *out = &run->value[run->n_values++];
	out->metric = prefix ? sf_arena_printf(reader->arena, "%s.%s", prefix, key)
	                     : sf_arena_strdup(reader->arena, key);
	out->value = json_number_value(value);
	return out->metric ? 0 : fail_memory(reader);
}

/* Numbers of the object `name`; what is neither number nor text may be added by later versions. */
static int read_group(const struct reader *reader, const struct place *parent, const char *name,
                      json_t *group, struct sf_baseline_run *run)
{
	const struct place place = {parent, name, 0};
	const char *key;
	json_t *value;
	json_object_foreach(group, key, value) {
		const struct place at = {&place, key, 0};
		if (json_is_string(value) || json_is_boolean(value)) {
			return fail(reader, &at, "expected a number");
		}
		if (json_is_number(value) && add_value(reader, run, name, key, value) != 0) {
			return -1;
		}
	}
	return 0;
}

/* How many numbers an object of a replay has at most. */
static size_t count_values(json_t *object)
{
	size_t n = json_object_size(object);
	const char *key;
	json_t *value;
	json_object_foreach(object, key, value) {
		n += json_object_size(value);
	}
	return n;
}

static int read_run(const struct reader *reader, const struct place *place, json_t *object,
                    struct sf_baseline_run *run)
{
	if (!json_is_object(object)) {
		return fail(reader, place, "expected an object");
	}
	if (read_text(reader, place, object, "policy", &run->policy) != 0 ||
	    read_seed(reader, place, object, &run->seed) != 0) {
		return -1;
	}
	size_t most = count_values(object);
	if (most > SF_BASELINE_VALUES_MAX) {
		return fail(reader, place, "too many members");
	}
	run->value = sf_arena_array(reader->arena, most, sizeof(*run->value));
	if (!run->value) {
		return fail_memory(reader);
	}
	const char *key;
	json_t *value;
	json_object_foreach(object, key, value) {
		int rc = 0;
		if (json_is_object(value)) {
			rc = read_group(reader, place, key, value, run);
		} else if (json_is_number(value) && strcmp(key, "seed") != 0) {
			rc = add_value(reader, run, NULL, key, value);
		}
		if (rc != 0) {
			return -1;
		}
	}
	return 0;
}

/* Refuses a second replay of the same policy and seed. */
static int check_twice(const struct reader *reader, const struct place *place, struct sf_map *seen,
                       const struct sf_baseline_run *run)
{
	char seed[24];
	snprintf(seed, sizeof(seed), "%llu", (unsigned long long)run->seed);
	char *key = sf_arena_printf(reader->arena, "%s %s", seed, run->policy);
	uint32_t other;
	if (!key) {
		return fail_memory(reader);
	}
	if (sf_map_get(seen, key, &other)) {
		return fail(reader, place, "the same policy and seed again");
	}
	sf_map_set(seen, key, 0);
	return 0;
}

static int read_runs(const struct reader *reader, const struct place *parent, json_t *object,
                     struct sf_baseline_scenario *scenario)
{
	const struct place place = {parent, "policies", 0};
	json_t *list = json_object_get(object, "policies");
	if (!json_is_array(list) || json_array_size(list) > SF_BASELINE_LIST_MAX) {
		return fail(reader, &place, "expected a list of replays");
	}
	scenario->n_runs = json_array_size(list);
	scenario->run = sf_arena_array(reader->arena, scenario->n_runs + 1, sizeof(*scenario->run));
	if (!scenario->run) {
		return fail_memory(reader);
	}
	struct sf_map seen = {0};
	int rc = 0;
	for (size_t i = 0; i < scenario->n_runs && rc == 0; i++) {
		const struct place at = {&place, NULL, i};
		rc = read_run(reader, &at, json_array_get(list, i), &scenario->run[i]);
		if (rc == 0) {
			rc = check_twice(reader, &at, &seen, &scenario->run[i]);
		}
	}
	sf_map_finish(&seen);
	return rc;
}

/* Missing formulas are none: the figures then cannot be told apart, and are taken as they are. */
static int read_formulas(const struct reader *reader, const struct place *parent, json_t *object,
                         struct sf_baseline_scenario *scenario)
{
	const struct place place = {parent, "formulas", 0};
	json_t *formulas = json_object_get(object, "formulas");
	if (formulas &&
	    (!json_is_object(formulas) || json_object_size(formulas) > SF_BASELINE_VALUES_MAX)) {
		return fail(reader, &place, "expected an object");
	}
	scenario->formula = sf_arena_array(reader->arena, json_object_size(formulas) + 1,
	                                   sizeof(*scenario->formula));
	if (!scenario->formula) {
		return fail_memory(reader);
	}
	const char *key;
	json_t *value;
	json_object_foreach(formulas, key, value) {
		struct sf_baseline_formula *out = &scenario->formula[scenario->n_formulas++];
		out->name = sf_arena_strdup(reader->arena, key);
		if (!out->name || read_text(reader, &place, formulas, key, &out->version) != 0) {
			return out->name ? -1 : fail_memory(reader);
		}
	}
	return 0;
}

static int read_scenario(const struct reader *reader, const struct place *place, json_t *object,
                         struct sf_baseline_scenario *out)
{
	if (!json_is_object(object)) {
		return fail(reader, place, "expected an object");
	}
	if (read_text(reader, place, object, "scenario", &out->name) != 0 ||
	    read_formulas(reader, place, object, out) != 0) {
		return -1;
	}
	return read_runs(reader, place, object, out);
}

static int read_list(const struct reader *reader, json_t *list, struct sf_baseline *out)
{
	const struct place place = {NULL, "scenarios", 0};
	if (!json_is_array(list) || json_array_size(list) > SF_BASELINE_LIST_MAX) {
		return fail(reader, &place, "expected a list of scenarios");
	}
	out->n_scenarios = json_array_size(list);
	out->scenario = sf_arena_array(reader->arena, out->n_scenarios + 1, sizeof(*out->scenario));
	if (!out->scenario) {
		return fail_memory(reader);
	}
	struct sf_map seen = {0};
	int rc = 0;
	for (size_t i = 0; i < out->n_scenarios && rc == 0; i++) {
		const struct place at = {&place, NULL, i};
		uint32_t other;
		rc = read_scenario(reader, &at, json_array_get(list, i), &out->scenario[i]);
		if (rc == 0 && sf_map_get(&seen, out->scenario[i].name, &other)) {
			rc = fail(reader, &at, "the same scenario again");
		} else if (rc == 0) {
			sf_map_set(&seen, out->scenario[i].name, 0);
		}
	}
	sf_map_finish(&seen);
	return rc;
}

static int read_root(const struct reader *reader, json_t *root, struct sf_baseline *out)
{
	const struct place place = {NULL, "schema", 0};
	const char *schema = json_string_value(json_object_get(root, "schema"));
	if (!json_is_object(root)) {
		return fail(reader, NULL, "expected an object, as slicefit replay -o json writes");
	}
	if (!schema || strcmp(schema, SCHEMA) != 0) {
		return fail(reader, &place, "expected " SCHEMA);
	}
	json_t *list = json_object_get(root, "scenarios");
	if (list) {
		return read_list(reader, list, out);
	}
	out->n_scenarios = 1;
	out->scenario = sf_arena_array(reader->arena, 1, sizeof(*out->scenario));
	if (!out->scenario) {
		return fail_memory(reader);
	}
	return read_scenario(reader, NULL, root, out->scenario);
}

int sf_baseline_parse(const char *text, size_t len, const char *name, struct sf_baseline *out,
                      struct sf_error *err)
{
	json_error_t error;
	struct sf_baseline baseline = {.arena = sf_arena_create(ARENA_LIMIT)};
	const struct reader reader = {name, baseline.arena, err};
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	int rc = -1;
	if (root) {
		rc = read_root(&reader, root, &baseline);
	} else {
		sf_fail(err, SF_EINVAL, "%s:%d:%d: not JSON: %s", name, error.line, error.column,
		        error.text);
	}
	json_decref(root);
	if (rc == 0) {
		*out = baseline;
	} else {
		sf_baseline_finish(&baseline);
	}
	return rc;
}

int sf_baseline_load(const char *path, struct sf_baseline *out, struct sf_error *err)
{
	struct sf_str text = {0};
	int rc = sf_file_read(path, SF_BASELINE_BYTES_MAX, &text, err);
	if (rc == 0) {
		rc = sf_baseline_parse(sf_str_get(&text), text.len, path, out, err);
	}
	sf_str_finish(&text);
	return rc;
}
