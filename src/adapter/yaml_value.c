/* yaml_value: typed values out of a YAML tree, with the place in every message. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/yaml.h>

#include <slicefit/error.h>
#include <slicefit/nearest.h>
#include <slicefit/str.h>

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SHOWN_MAX = 48 };

/* A value as it may stand in a message: short, and without control characters. */
static const char *show(const struct sf_yaml *node, char *out)
{
	if (node->kind != SF_YAML_SCALAR) {
		return node->kind == SF_YAML_MAPPING ? "a mapping" : "a list";
	}
	if (sf_yaml_is_null(node)) {
		return "nothing";
	}
	char text[SHOWN_MAX];
	size_t len = strnlen(node->text, SHOWN_MAX - 1);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)node->text[i];
		text[i] = c < 0x20 || c >= 0x7f ? '?' : node->text[i];
	}
	text[len] = '\0';
	const char *more = strlen(node->text) > len ? "..." : "";
	snprintf(out, SHOWN_MAX + 8, "'%s%s'", text, more);
	return out;
}

static int fail_at(const char *name, uint32_t line, uint32_t column, struct sf_error *err,
                   const char *text)
{
	return sf_fail(err, SF_EINVAL, "%s:%" PRIu32 ":%" PRIu32 ": %s", name, line, column, text);
}

int sf_yaml_fail(const struct sf_yaml *node, const char *name, struct sf_error *err,
                 const char *fmt, ...)
{
	char text[256];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return fail_at(name, node->line, node->column, err, text);
}

int sf_yaml_fail_key(const struct sf_yaml *node, const char *name, struct sf_error *err,
                     const char *fmt, ...)
{
	char text[256];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	bool keyed = node->key_line > 0;
	return fail_at(name, keyed ? node->key_line : node->line,
	               keyed ? node->key_column : node->column, err, text);
}

const struct sf_yaml *sf_yaml_get(const struct sf_yaml *node, const char *key)
{
	if (node == NULL || node->kind != SF_YAML_MAPPING) {
		return NULL;
	}
	for (size_t i = 0; i < node->n; i++) {
		if (strcmp(node->child[i]->key, key) == 0) {
			return node->child[i];
		}
	}
	return NULL;
}

static int fail_unknown(const struct sf_yaml *child, const char *name, const char *const *known,
                        struct sf_error *err)
{
	const struct sf_yaml word = {.kind = SF_YAML_SCALAR, .text = child->key, .quoted = true};
	char shown[SHOWN_MAX + 8];
	const char *key = show(&word, shown);
	const char *nearest = sf_nearest_find(child->key, known);
	if (nearest != NULL) {
		return sf_yaml_fail_key(child, name, err, "unknown key %s, did you mean '%s'?", key,
		                        nearest);
	}
	struct sf_str list = {0};
	for (size_t i = 0; known[i] != NULL; i++) {
		sf_str_append(&list, i > 0 ? ", " : "");
		sf_str_append(&list, known[i]);
	}
	sf_yaml_fail_key(child, name, err, "unknown key %s (known: %s)", key, sf_str_get(&list));
	sf_str_finish(&list);
	return -1;
}

int sf_yaml_check_keys(const struct sf_yaml *node, const char *name, const char *const *known,
                       struct sf_error *err)
{
	char shown[SHOWN_MAX + 8];
	if (node->kind != SF_YAML_MAPPING) {
		return sf_yaml_fail(node, name, err, "expected 'key: value' lines, found %s",
		                    show(node, shown));
	}
	for (size_t i = 0; i < node->n; i++) {
		size_t k = 0;
		while (known[k] != NULL && strcmp(known[k], node->child[i]->key) != 0) {
			k++;
		}
		if (known[k] == NULL) {
			return fail_unknown(node->child[i], name, known, err);
		}
	}
	return 0;
}

bool sf_yaml_is_null(const struct sf_yaml *node)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
	if (node->kind != SF_YAML_SCALAR || node->quoted) {
		return false;
	}
	for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++) {
		if (strcmp(node->text, nulls[i]) == 0) {
			return true;
		}
	}
	return false;
}

/* Plain scalars only: a quoted "4" is a string for every component that reads these files. */
static int check_plain(const struct sf_yaml *node, const char *name, const char *what,
                       struct sf_error *err)
{
	char shown[SHOWN_MAX + 8];
	if (node->kind == SF_YAML_SCALAR && node->quoted) {
		return sf_yaml_fail(node, name, err, "expected %s, found the string %s", what,
		                    show(node, shown));
	}
	if (node->kind != SF_YAML_SCALAR || sf_yaml_is_null(node)) {
		return sf_yaml_fail(node, name, err, "expected %s, found %s", what,
		                    show(node, shown));
	}
	return 0;
}

int sf_yaml_int(const struct sf_yaml *node, const char *name, int64_t min, int64_t max,
                int64_t *out, struct sf_error *err)
{
	char shown[SHOWN_MAX + 8];
	if (check_plain(node, name, "a whole number", err) != 0) {
		return -1;
	}
	const char *digits = node->text + strspn(node->text, "+-");
	bool number = digits - node->text <= 1 && *digits != '\0' &&
	              strspn(digits, "0123456789") == strlen(digits);
	if (!number) {
		return sf_yaml_fail(node, name, err, "expected a whole number, found %s",
		                    show(node, shown));
	}
	if (digits[0] == '0' && digits[1] != '\0') {
		return sf_yaml_fail(node, name, err, "%s: leading zeros are ambiguous in YAML",
		                    show(node, shown));
	}
	errno = 0;
	long long value = strtoll(node->text, NULL, 10);
	if (errno != 0 || value < min || value > max) {
		return sf_yaml_fail(node, name, err, "%s is not in %" PRId64 "..%" PRId64,
		                    show(node, shown), min, max);
	}
	*out = value;
	return 0;
}

int sf_yaml_real(const struct sf_yaml *node, const char *name, double min, double max, double *out,
                 struct sf_error *err)
{
	char shown[SHOWN_MAX + 8];
	if (check_plain(node, name, "a number", err) != 0) {
		return -1;
	}
	char *end = NULL;
	bool decimal = strspn(node->text, "+-.0123456789eE") == strlen(node->text);
	double value = decimal ? strtod(node->text, &end) : 0;
	if (!decimal || end == node->text || *end != '\0' || !isfinite(value)) {
		return sf_yaml_fail(node, name, err, "expected a number, found %s",
		                    show(node, shown));
	}
	if (value < min || value > max) {
		return sf_yaml_fail(node, name, err, "%s is not in %g..%g", show(node, shown), min,
		                    max);
	}
	*out = value;
	return 0;
}

int sf_yaml_bool(const struct sf_yaml *node, const char *name, bool *out, struct sf_error *err)
{
	/* The words of YAML 1.1, as the Go readers of these files know them. */
	static const char *const words[2][3] = {{"false", "no", "off"}, {"true", "yes", "on"}};
	char shown[SHOWN_MAX + 8];
	if (check_plain(node, name, "true or false", err) != 0) {
		return -1;
	}
	for (size_t i = 0; i < 6; i++) {
		if (strcasecmp(node->text, words[i / 3][i % 3]) == 0) {
			*out = i >= 3;
			return 0;
		}
	}
	return sf_yaml_fail(node, name, err, "expected true or false, found %s", show(node, shown));
}

int sf_yaml_str(const struct sf_yaml *node, const char *name, const char **out,
                struct sf_error *err)
{
	char shown[SHOWN_MAX + 8];
	if (node->kind != SF_YAML_SCALAR || sf_yaml_is_null(node)) {
		return sf_yaml_fail(node, name, err, "expected text, found %s", show(node, shown));
	}
	*out = node->text;
	return 0;
}
