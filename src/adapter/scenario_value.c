/* scenario_value: the single values of a scenario: durations, quantities, names. */
// SPDX-License-Identifier: Apache-2.0
#include "scenario_read.h"

#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/duration.h>
#include <slicefit/error.h>
#include <slicefit/map.h>
#include <slicefit/quantity.h>

#include <stdlib.h>
#include <string.h>

enum { MIB_SHIFT = 20, PRODUCT_NAME_MAX = 200 };

void *sf_reader_array(struct sf_reader *reader, size_t n, size_t size)
{
	void *p = sf_arena_array(reader->arena, n, size);
	if (p == NULL) {
		sf_fail(reader->err, SF_ENOMEM, "%s: needs more memory than it may use",
		        reader->file);
	}
	return p;
}

int sf_reader_duration(struct sf_reader *reader, const struct sf_yaml *node, double *out)
{
	struct sf_error why = {0};
	if (node == NULL) {
		return 0;
	}
	return sf_duration_parse(node->kind == SF_YAML_SCALAR ? node->text : "", out, &why) == 0
	               ? 0
	               : sf_yaml_fail(node, reader->file, reader->err, "%s", why.text);
}

int sf_reader_rate(struct sf_reader *reader, const struct sf_yaml *node, double *out)
{
	struct sf_error why = {0};
	return sf_rate_parse(node->kind == SF_YAML_SCALAR ? node->text : "", out, &why) == 0
	               ? 0
	               : sf_yaml_fail(node, reader->file, reader->err, "%s", why.text);
}

static int parse_quantity(struct sf_reader *reader, const struct sf_yaml *node, int scale,
                          const char *example, int64_t *out)
{
	const char *text = node->kind == SF_YAML_SCALAR ? node->text : "";
	/* The original takes "+", "-" and "." for zero; here they can only be slips. */
	bool digits = strpbrk(text, "0123456789") != NULL;
	if (!digits || sf_quantity_parse(text, strlen(text), scale, out) != 0) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "expected a Kubernetes quantity such as %s", example);
	}
	if (*out < 0) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "a quantity cannot be negative");
	}
	return 0;
}

int sf_reader_cpu(struct sf_reader *reader, const struct sf_yaml *node, int64_t *milli)
{
	int64_t value = 0;
	if (node == NULL) {
		return 0;
	}
	if (parse_quantity(reader, node, 3, "8, 0.5 or 500m", &value) != 0) {
		return -1;
	}
	if (value > 1000000000) {
		return sf_yaml_fail(node, reader->file, reader->err, "more than a million CPUs");
	}
	*milli = value;
	return 0;
}

int sf_reader_memory(struct sf_reader *reader, const struct sf_yaml *node, bool down, int64_t *mib)
{
	int64_t bytes = 0;
	if (node == NULL) {
		return 0;
	}
	if (parse_quantity(reader, node, 0, "16Gi, 512Mi or 1.5Ti", &bytes) != 0) {
		return -1;
	}
	if (bytes > 0 && bytes < 1 << MIB_SHIFT) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "'%.30s' is less than one MiB; quantities are bytes, write "
		                    "%.30sGi",
		                    node->text, node->text);
	}
	int64_t whole = bytes >> MIB_SHIFT;
	bool rest = (whole << MIB_SHIFT) != bytes;
	if (whole > 1 << 30) {
		return sf_yaml_fail(node, reader->file, reader->err, "more than one Pi of memory");
	}
	*mib = whole + (rest && !down ? 1 : 0);
	return 0;
}

/* Numbers may be quoted, as people do who come from manifests. */
static struct sf_yaml unquoted(const struct sf_yaml *node)
{
	struct sf_yaml plain = *node;
	plain.quoted = false;
	return plain;
}

int sf_reader_int(struct sf_reader *reader, const struct sf_yaml *node, int64_t min, int64_t max,
                  int64_t *out)
{
	if (node == NULL) {
		return 0;
	}
	struct sf_yaml plain = unquoted(node);
	return sf_yaml_int(&plain, reader->file, min, max, out, reader->err);
}

int sf_reader_real(struct sf_reader *reader, const struct sf_yaml *node, double min, double max,
                   double *out)
{
	if (node == NULL) {
		return 0;
	}
	struct sf_yaml plain = unquoted(node);
	return sf_yaml_real(&plain, reader->file, min, max, out, reader->err);
}

int sf_reader_uint(struct sf_reader *reader, const struct sf_yaml *node, uint32_t min, uint32_t max,
                   uint32_t *out)
{
	int64_t value = *out;
	if (sf_reader_int(reader, node, min, max, &value) != 0) {
		return -1;
	}
	*out = (uint32_t)value;
	return 0;
}

int sf_reader_bool(struct sf_reader *reader, const struct sf_yaml *node, bool *out)
{
	return node == NULL ? 0 : sf_yaml_bool(node, reader->file, out, reader->err);
}

int sf_reader_text(struct sf_reader *reader, const struct sf_yaml *node, size_t max,
                   const char **out)
{
	const char *text;
	if (node == NULL) {
		return 0;
	}
	if (sf_yaml_str(node, reader->file, &text, reader->err) != 0) {
		return -1;
	}
	if (text[0] == '\0' || strlen(text) > max) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "expected text of 1 to %zu bytes", max);
	}
	for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
		if (*c < 0x20 || *c == 0x7f) {
			return sf_yaml_fail(node, reader->file, reader->err,
			                    "control characters in a name");
		}
	}
	*out = text;
	return 0;
}

void sf_reader_given_names(const struct sf_yaml *list, struct sf_map *out)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct sf_yaml *name = sf_yaml_get(list->child[i], "name");
		uint32_t first;
		if (name != NULL && name->kind == SF_YAML_SCALAR &&
		    !sf_map_get(out, name->text, &first)) {
			sf_map_set(out, name->text, (uint32_t)i);
		}
	}
}

const char *sf_reader_default_name(struct sf_reader *reader, const struct sf_yaml *list,
                                   const struct sf_map *given, size_t index, const char *what)
{
	const char *name;
	uint32_t entry;
	/* Steps of the list's length keep the names of unnamed entries apart. */
	do {
		name = sf_arena_printf(reader->arena, "%s-%zu", what, index + 1);
		index += list->n;
	} while (name != NULL && sf_map_get(given, name, &entry));
	return name;
}

int sf_reader_class(struct sf_reader *reader, const struct sf_yaml *node, enum sf_class *out)
{
	const char *text = NULL;
	if (node == NULL) {
		return 0;
	}
	if (sf_yaml_str(node, reader->file, &text, reader->err) != 0) {
		return -1;
	}
	int class = sf_class_parse(text);
	if (class < 0) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "unknown class '%.40s' (training, inference, interactive, "
		                    "batch)",
		                    text);
	}
	*out = (enum sf_class) class;
	return 0;
}

int sf_reader_product(struct sf_reader *reader, const struct sf_yaml *node,
                      const struct sf_product **out)
{
	const char *name = NULL;
	if (sf_reader_text(reader, node, PRODUCT_NAME_MAX, &name) != 0) {
		return -1;
	}
	*out = sf_catalog_find(reader->catalog, name);
	if (*out != NULL) {
		return 0;
	}
	const char *nearest = sf_catalog_nearest(reader->catalog, name);
	return sf_yaml_fail(node, reader->file, reader->err,
	                    "unknown product '%.60s'%s%s%s; 'slicefit catalog' lists them", name,
	                    nearest != NULL ? ", did you mean '" : "",
	                    nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
}

int sf_reader_fail_limit(struct sf_reader *reader, const struct sf_yaml *node, const char *what,
                         int max)
{
	sf_yaml_fail(node, reader->file, reader->err, "more than %d %s with this entry, use fewer",
	             max, what);
	if (reader->err != NULL) {
		reader->err->code = SF_ELIMIT;
	}
	return -1;
}

int sf_reader_list(struct sf_reader *reader, const struct sf_yaml *parent, const char *key,
                   size_t max, const struct sf_yaml **out)
{
	const struct sf_yaml *list = sf_yaml_get(parent, key);
	if (list == NULL) {
		return sf_yaml_fail(parent, reader->file, reader->err,
		                    "no %s: at least one is needed under '%s:'", key, key);
	}
	if (list->kind != SF_YAML_SEQUENCE || list->n == 0) {
		return sf_yaml_fail(list, reader->file, reader->err,
		                    "no %s: expected a list with at least one entry ('- ...')",
		                    key);
	}
	if (list->n > max) {
		sf_yaml_fail(list, reader->file, reader->err, "%zu %s, at most %zu", list->n, key,
		             max);
		if (reader->err != NULL) {
			reader->err->code = SF_ELIMIT;
		}
		return -1;
	}
	*out = list;
	return 0;
}

int sf_reader_some(struct sf_reader *reader, const struct sf_yaml *node, size_t max,
                   const char *what)
{
	return node == NULL || (node->kind == SF_YAML_SEQUENCE && node->n <= max)
	               ? 0
	               : sf_yaml_fail(node, reader->file, reader->err,
	                              "expected a list of at most %zu %s", max, what);
}
