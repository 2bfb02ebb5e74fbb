/* lint: a run: files in, rules over them, findings sorted by place. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/lint.h>

#include "facts.h"
#include "rules.h"
#include "stream.h"

#include <slicefit/alloc.h>
#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/manifests.h>

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

void *lint_alloc(struct sf_lint *lint, size_t n, size_t size)
{
	void *block = sf_arena_array(lint->arena, n > 0 ? n : 1, size);
	if (block == NULL) {
		fputs("slicefit: out of memory\n", stderr);
		abort();
	}
	return block;
}

char *lint_copy(struct sf_lint *lint, const char *text, size_t len)
{
	char *copy = lint_alloc(lint, len + 1, 1);
	if (len > 0) {
		memcpy(copy, text, len);
	}
	return copy;
}

struct sf_lint *sf_lint_create(const struct sf_catalog *catalog)
{
	struct sf_lint *lint = sf_xcalloc(1, sizeof(*lint));
	lint->catalog = catalog;
	lint->arena = sf_arena_create(0);
	lint->manifests = sf_xcalloc(1, sizeof(*lint->manifests));
	sf_manifests_init(lint->manifests);
	return lint;
}

void sf_lint_destroy(struct sf_lint *lint)
{
	if (lint == NULL) {
		return;
	}
	for (size_t i = 0; i < lint->n_sources; i++) {
		free(lint->source[i]->segment);
	}
	facts_finish(lint);
	sf_manifests_finish(lint->manifests);
	free(lint->manifests);
	sf_arena_destroy(lint->arena);
	free(lint->source);
	free(lint->doc);
	free(lint->command);
	free(lint->found);
	free(lint);
}

void sf_lint_product(struct sf_lint *lint, const struct sf_product *product)
{
	if (lint->n_products < sizeof(lint->product) / sizeof(lint->product[0])) {
		lint->product[lint->n_products++] = product;
	}
}

size_t sf_lint_product_named(struct sf_lint *lint, const char *name)
{
	struct gpus gpus = {0};
	gpus_add(&gpus, sf_catalog_find(lint->catalog, name));
	if (gpus.n == 0) {
		gpus_of_family(lint, name, &gpus);
	}
	for (size_t i = 0; i < gpus.n; i++) {
		sf_lint_product(lint, gpus.at[i]);
	}
	return gpus.n;
}

void sf_lint_disable(struct sf_lint *lint, const struct sf_lint_rule *rule)
{
	lint->disabled[rule->code] = true;
}

const struct sf_lint_rule *sf_lint_rule_find(const char *name)
{
	if (strncasecmp(name, "SF", 2) != 0 || !isdigit((unsigned char)name[2])) {
		return NULL;
	}
	char *end = NULL;
	long code = strtol(name + 2, &end, 10);
	for (const struct sf_lint_rule *rule = sf_lint_rules; rule->code != 0; rule++) {
		if (*end == '\0' && rule->code == code) {
			return rule;
		}
	}
	return NULL;
}

const char *sf_lint_severity_name(enum sf_lint_severity severity)
{
	static const char *const names[] = {
		[SF_LINT_NOTE] = "note",
		[SF_LINT_WARNING] = "warning",
		[SF_LINT_ERROR] = "error",
	};
	return names[severity];
}

static const struct sf_lint_rule *rule_of(int code)
{
	const struct sf_lint_rule *rule = sf_lint_rules;
	while (rule->code != 0 && rule->code != code) {
		rule++;
	}
	return rule;
}

static const char *excerpt(struct sf_lint *lint, const struct source *source, uint32_t line)
{
	enum { EXCERPT_MAX = 240 };
	const char *text;
	size_t len = source_line(source, line, &text);
	return line == 0 ? NULL : lint_copy(lint, text, len < EXCERPT_MAX ? len : EXCERPT_MAX);
}

/* The same rule says the same thing only once about a place. */
static bool is_known(const struct sf_lint *lint, const struct source *source, struct place place,
                     int code)
{
	enum { LOOKED_AT = 2 * SF_LINT_PER_FILE_MAX };
	size_t last = lint->n_found > LOOKED_AT ? lint->n_found - LOOKED_AT : 0;
	for (size_t i = lint->n_found; i > last; i--) {
		const struct found *found = &lint->found[i - 1];
		if (found->file == source->number && found->finding.line == place.line &&
		    found->finding.column == place.column && found->finding.rule->code == code) {
			return true;
		}
	}
	return false;
}

struct sf_lint_finding *lint_at(struct sf_lint *lint, struct source *source, struct place place,
                                int code)
{
	/* Readers say where a text ends as the line behind the last one. */
	uint32_t last = (uint32_t)source->n_lines;
	place.line = place.line == 0 ? 1 : place.line > last ? last : place.line;
	place.column = place.column == 0 ? 1 : place.column;
	if (lint->disabled[code] || is_known(lint, source, place, code)) {
		return lint_alloc(lint, 1, sizeof(struct sf_lint_finding));
	}
	if (source->findings == SF_LINT_PER_FILE_MAX) {
		lint->more++;
		return lint_alloc(lint, 1, sizeof(struct sf_lint_finding));
	}
	source->findings++;
	lint->found =
		sf_xgrow(lint->found, &lint->found_cap, lint->n_found + 1, sizeof(*lint->found));
	struct found *found = &lint->found[lint->n_found];
	*found = (struct found){
		.finding = {.rule = rule_of(code),
	                    .file = source->name,
	                    .line = place.line,
	                    .column = place.column,
	                    .message = "",
	                    .mend = "",
	                    .excerpt = excerpt(lint, source, place.line)},
		.file = source->number,
		.order = lint->n_found,
	};
	lint->n_found++;
	return &found->finding;
}

struct sf_lint_finding *lint_node(struct sf_lint *lint, const struct doc *doc,
                                  const struct sf_yaml *node, int code)
{
	return lint_at(lint, doc->source, (struct place){node->line, node->column}, code);
}

struct sf_lint_finding *lint_key(struct sf_lint *lint, const struct doc *doc,
                                 const struct sf_yaml *node, int code)
{
	bool keyed = node->key_line > 0;
	struct place place = {keyed ? node->key_line : node->line,
	                      keyed ? node->key_column : node->column};
	return lint_at(lint, doc->source, place, code);
}

/* One line, and nothing in it that a terminal would obey. */
__attribute__((format(printf, 2, 0))) static char *format(struct sf_lint *lint, const char *fmt,
                                                          va_list args)
{
	char text[600];
	vsnprintf(text, sizeof(text), fmt, args);
	for (char *p = text; *p != '\0'; p++) {
		if (iscntrl((unsigned char)*p)) {
			*p = ' ';
		}
	}
	return lint_copy(lint, text, strlen(text));
}

void lint_say(struct sf_lint *lint, struct sf_lint_finding *finding, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	finding->message = format(lint, fmt, args);
	va_end(args);
}

void lint_mend(struct sf_lint *lint, struct sf_lint_finding *finding, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	finding->mend = format(lint, fmt, args);
	va_end(args);
}

const struct sf_yaml *lint_get(const struct sf_yaml *node, const char *path)
{
	while (node != NULL && *path != '\0') {
		char key[64];
		size_t len = strcspn(path, ".");
		if (len >= sizeof(key)) {
			return NULL;
		}
		memcpy(key, path, len);
		key[len] = '\0';
		node = sf_yaml_get(node, key);
		path += len + (path[len] == '.');
	}
	return node;
}

const struct sf_yaml *lint_get_loose(const struct sf_yaml *node, const char *key)
{
	const struct sf_yaml *found = sf_yaml_get(node, key);
	for (size_t i = 0;
	     found == NULL && node != NULL && node->kind == SF_YAML_MAPPING && i < node->n; i++) {
		found = strcasecmp(node->child[i]->key, key) == 0 ? node->child[i] : NULL;
	}
	return found;
}

const char *lint_text(const struct sf_yaml *node)
{
	bool scalar = node != NULL && node->kind == SF_YAML_SCALAR && !sf_yaml_is_null(node);
	return scalar ? node->text : NULL;
}

const char *lint_text_at(const struct sf_yaml *node, const char *path)
{
	return lint_text(lint_get(node, path));
}

bool lint_is_placeholder(const char *text)
{
	return strpbrk(text, "$<") != NULL || strstr(text, "{{") != NULL ||
	       strstr(text, "...") != NULL;
}

bool lint_number(const struct sf_yaml *node, long *out)
{
	const char *text = lint_text(node);
	if (text == NULL || *text == '\0') {
		return false;
	}
	char *end = NULL;
	errno = 0;
	long value = strtol(text, &end, 10);
	if (*end != '\0' || errno != 0) {
		return false;
	}
	*out = value;
	return true;
}

int sf_lint_add(struct sf_lint *lint, const char *name, const char *text, size_t len,
                struct sf_error *err)
{
	if (lint->n_sources == SF_LINT_FILES_MAX) {
		return sf_fail(err, SF_ELIMIT, "more than %d files", SF_LINT_FILES_MAX);
	}
	if (len > SF_LINT_BYTES_MAX) {
		return sf_fail(err, SF_ELIMIT, "%s: larger than the limit of %d MiB", name,
		               SF_LINT_BYTES_MAX >> 20);
	}
	lint->bytes += len;
	if (lint->bytes > SF_LINT_TOTAL_MAX) {
		return sf_fail(err, SF_ELIMIT, "%s: more than %d MiB in all; lint fewer at once",
		               name, SF_LINT_TOTAL_MAX >> 20);
	}
	struct source *source = source_create(lint, name, text, len);
	lint->source = sf_xgrow(lint->source, &lint->sources_cap, lint->n_sources + 1,
	                        sizeof(struct source *));
	lint->source[lint->n_sources++] = source;
	stream_read(lint, source);
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct found *one = a;
	const struct found *two = b;
	const size_t x[] = {one->file, one->finding.line, one->finding.column,
	                    (size_t)one->finding.rule->code, one->order};
	const size_t y[] = {two->file, two->finding.line, two->finding.column,
	                    (size_t)two->finding.rule->code, two->order};
	for (size_t i = 0; i < sizeof(x) / sizeof(x[0]); i++) {
		if (x[i] != y[i]) {
			return x[i] < y[i] ? -1 : 1;
		}
	}
	return 0;
}

void sf_lint_run(struct sf_lint *lint)
{
	facts_gather(lint);
	for (size_t i = 0; i < lint->n_docs; i++) {
		rules_document(lint, lint->doc[i]);
	}
	rules_commands(lint);
	rules_text(lint);
	rules_claims(lint);
	rules_together(lint);
	if (lint->n_found > 0) {
		qsort(lint->found, lint->n_found, sizeof(*lint->found), compare);
	}
}

size_t sf_lint_count(const struct sf_lint *lint)
{
	return lint->n_found;
}

const struct sf_lint_finding *sf_lint_at(const struct sf_lint *lint, size_t index)
{
	return &lint->found[index].finding;
}

size_t sf_lint_count_of(const struct sf_lint *lint, enum sf_lint_severity severity)
{
	size_t n = 0;
	for (size_t i = 0; i < lint->n_found; i++) {
		n += lint->found[i].finding.rule->severity == severity;
	}
	return n;
}

size_t sf_lint_more(const struct sf_lint *lint)
{
	return lint->more;
}

size_t sf_lint_files(const struct sf_lint *lint)
{
	return lint->n_sources;
}
