/* serve_config_yaml: the configuration of `slicefit serve`, from top to bottom. */
// SPDX-License-Identifier: Apache-2.0
#include "serve_config_read.h"

#include <slicefit/arena.h>
#include <slicefit/duration.h>
#include <slicefit/error.h>
#include <slicefit/nearest.h>
#include <slicefit/str.h>

#include <math.h>
#include <string.h>

#define SCHEMA "slicefit.serve/1"

/* The tree of a file of SF_SERVE_BYTES_MAX. */
enum { TREE_MAX = 256 << 20, KEY_MAX = 317 }; /* of labels: prefix 253, slash, name 63 */

/* Seconds. A reservation has to outlive a bind, and must not outlive an operator's patience. */
static const double stale_min_s = 1;
static const double expire_min_s = 5;
static const double longest_s = 86400;

void *sf_config_array(const struct sf_config_reader *reader, size_t n, size_t size)
{
	void *array = sf_arena_array(reader->config->arena, n > 0 ? n : 1, size);
	if (array == NULL) {
		sf_fail(reader->err, SF_ENOMEM, "%s: needs more memory than it may use",
		        reader->file);
	}
	return array;
}

static int fail_word(const struct sf_config_reader *reader, const struct sf_yaml *node,
                     const char *what, const char *const *words)
{
	struct sf_str known = {0};
	const char *nearest = sf_nearest_find(node->text, words);
	if (nearest != NULL) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "unknown %s '%.40s', did you mean '%s'?", what, node->text,
		                    nearest);
	}
	for (size_t i = 0; words[i] != NULL; i++) {
		sf_str_printf(&known, "%s%s", i > 0 ? ", " : "", words[i]);
	}
	sf_yaml_fail(node, reader->file, reader->err, "unknown %s '%.40s' (known: %s)", what,
	             node->text, sf_str_get(&known));
	sf_str_finish(&known);
	return -1;
}

/* One line of ASCII without quotes, so that messages can show it. */
static bool is_plain(const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		if (*c <= 0x20 || *c >= 0x7f || *c == '\'') {
			return false;
		}
	}
	return *text != '\0';
}

static int check_text(const struct sf_config_reader *reader, const struct sf_yaml *node, size_t max)
{
	const char *text;
	if (sf_yaml_str(node, reader->file, &text, reader->err) != 0) {
		return -1;
	}
	if (!is_plain(text) || strlen(text) > max) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "expected 1 to %zu ASCII characters without blanks and quotes",
		                    max);
	}
	return 0;
}

int sf_config_text(const struct sf_config_reader *reader, const struct sf_yaml *node, size_t max,
                   const char **out)
{
	if (node == NULL) {
		return 0;
	}
	if (check_text(reader, node, max) != 0) {
		return -1;
	}
	const char *copy = sf_arena_strdup(reader->config->arena, node->text);
	if (copy == NULL) {
		return sf_fail(reader->err, SF_ENOMEM, "%s: out of memory", reader->file);
	}
	*out = copy;
	return 0;
}

int sf_config_word(const struct sf_config_reader *reader, const struct sf_yaml *node,
                   const char *what, const char *const *words, size_t *out)
{
	if (check_text(reader, node, SF_SERVE_VALUE_MAX) != 0) {
		return -1;
	}
	for (size_t i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], node->text) == 0) {
			*out = i;
			return 0;
		}
	}
	return fail_word(reader, node, what, words);
}

int sf_config_policy(const struct sf_config_reader *reader, const struct sf_yaml *node,
                     const char **out)
{
	size_t i = 0;
	if (node == NULL) {
		return 0;
	}
	if (sf_config_word(reader, node, "policy", reader->policies, &i) != 0) {
		return -1;
	}
	*out = reader->policies[i];
	return 0;
}

/* score, decisive, or {narrow: K}. */
static int read_selection(const struct sf_config_reader *reader, const struct sf_yaml *node)
{
	static const char *const known[] = {"narrow", NULL};
	static const char *const words[] = {"score", "decisive", NULL};
	struct sf_serve_config *config = reader->config;
	const struct sf_yaml *narrow = sf_yaml_get(node, "narrow");
	size_t selection = SF_SELECTION_NARROW;
	int64_t k = 0;
	if (node == NULL) {
		return 0;
	}
	if (node->kind != SF_YAML_MAPPING) {
		if (sf_config_word(reader, node, "selection", words, &selection) != 0) {
			return -1;
		}
		config->selection = (enum sf_selection)selection;
		return 0;
	}
	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0) {
		return -1;
	}
	if (narrow == NULL) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "expected score, decisive or {narrow: K}");
	}
	if (sf_yaml_int(narrow, reader->file, 1, SF_SERVE_NARROW_MAX, &k, reader->err) != 0) {
		return -1;
	}
	config->selection = SF_SELECTION_NARROW;
	config->narrow = (uint32_t)k;
	return 0;
}

/* An absent node leaves *out alone. */
static int read_duration(const struct sf_config_reader *reader, const struct sf_yaml *node,
                         double min_s, int64_t *out_us)
{
	struct sf_error why;
	const char *text;
	double seconds;
	if (node == NULL) {
		return 0;
	}
	if (sf_yaml_str(node, reader->file, &text, reader->err) != 0) {
		return -1;
	}
	if (sf_duration_parse(text, &seconds, &why) != 0) {
		return sf_yaml_fail(node, reader->file, reader->err, "%s", why.text);
	}
	if (seconds < min_s || seconds > longest_s) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "'%.40s' is not between %gs and %gs", text, min_s, longest_s);
	}
	*out_us = llround(seconds * 1e6);
	return 0;
}

static int read_stale(const struct sf_config_reader *reader, const struct sf_yaml *node)
{
	static const char *const known[] = {"after", "answer", NULL};
	const struct sf_yaml *answer = sf_yaml_get(node, "answer");
	size_t word = SF_STALE_SERVE;
	if (node == NULL) {
		return 0;
	}
	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0 ||
	    read_duration(reader, sf_yaml_get(node, "after"), stale_min_s,
	                  &reader->config->stale_after_us) != 0) {
		return -1;
	}
	if (answer != NULL &&
	    sf_config_word(reader, answer, "answer", sf_stale_answer_names, &word) != 0) {
		return -1;
	}
	reader->config->stale_answer = (enum sf_stale_answer)word;
	return 0;
}

static int read_reservations(const struct sf_config_reader *reader, const struct sf_yaml *node)
{
	static const char *const known[] = {"expire", NULL};
	if (node == NULL) {
		return 0;
	}
	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0) {
		return -1;
	}
	return read_duration(reader, sf_yaml_get(node, "expire"), expire_min_s,
	                     &reader->config->reservation_expire_us);
}

static int read_shadow(const struct sf_config_reader *reader, const struct sf_yaml *node)
{
	static const char *const known[] = {"policy", NULL};
	const struct sf_yaml *policy = sf_yaml_get(node, "policy");
	if (node == NULL) {
		return 0;
	}
	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0) {
		return -1;
	}
	if (policy == NULL) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "expected {policy: NAME}, the policy to compare with");
	}
	return sf_config_policy(reader, policy, &reader->config->shadow);
}

static int read_head(const struct sf_config_reader *reader, const struct sf_yaml *root)
{
	struct sf_serve_config *config = reader->config;
	const struct sf_yaml *schema = sf_yaml_get(root, "schema");
	const struct sf_yaml *derive = sf_yaml_get(root, "derive");
	if (schema != NULL &&
	    (schema->kind != SF_YAML_SCALAR || strcmp(schema->text, SCHEMA) != 0)) {
		return sf_yaml_fail(schema, reader->file, reader->err,
		                    "unknown schema, this version reads " SCHEMA);
	}
	if (derive != NULL &&
	    sf_yaml_bool(derive, reader->file, &config->derive, reader->err) != 0) {
		return -1;
	}
	if (sf_config_text(reader, sf_yaml_get(root, "class_key"), KEY_MAX, &config->class_key) !=
	    0) {
		return -1;
	}
	return sf_config_policy(reader, sf_yaml_get(root, "policy"), &config->policy);
}

static int read_document(const struct sf_config_reader *reader, const struct sf_yaml *root)
{
	static const char *const known[] = {"schema",       "policy", "class_key",  "derive",
	                                    "classes",      "match",  "namespaces", "selection",
	                                    "reservations", "shadow", "stale",      NULL};
	if (sf_yaml_check_keys(root, reader->file, known, reader->err) != 0 ||
	    read_head(reader, root) != 0 ||
	    sf_config_classes(reader, sf_yaml_get(root, "classes")) != 0 ||
	    sf_config_matches(reader, sf_yaml_get(root, "match")) != 0 ||
	    sf_config_namespaces(reader, sf_yaml_get(root, "namespaces")) != 0 ||
	    read_selection(reader, sf_yaml_get(root, "selection")) != 0 ||
	    read_stale(reader, sf_yaml_get(root, "stale")) != 0 ||
	    read_reservations(reader, sf_yaml_get(root, "reservations")) != 0) {
		return -1;
	}
	return read_shadow(reader, sf_yaml_get(root, "shadow"));
}

struct sf_serve_config *sf_serve_config_parse(const char *text, size_t len, const char *name,
                                              const char *const *policies, struct sf_error *err)
{
	if (len > SF_SERVE_BYTES_MAX) {
		sf_fail(err, SF_ELIMIT, "%s: larger than %d bytes", name, SF_SERVE_BYTES_MAX);
		return NULL;
	}
	struct sf_arena *tree = sf_arena_create(TREE_MAX);
	struct sf_config_reader reader = {
		.file = name,
		.policies = policies,
		.config = sf_serve_config_create(),
		.err = err,
	};
	const struct sf_yaml *root = sf_yaml_parse(text, len, name, tree, err);
	int rc = root != NULL ? read_document(&reader, root) : -1;
	sf_arena_destroy(tree);
	if (rc != 0) {
		sf_serve_config_release(reader.config);
		return NULL;
	}
	return reader.config;
}
