/* manifests_read: a text into documents: YAML, JSON one behind the other, JSON Lines. */
// SPDX-License-Identifier: Apache-2.0
#include "json_tree.h"
#include "manifests_intake.h"

#include <slicefit/error.h>

#include <inttypes.h>
#include <string.h>

static void begin_document(struct sf_intake *in)
{
	in->loose.nodes_max = SF_MANIFESTS_NODES_MAX - in->all->nodes;
	in->loose.line = 0;
	in->loose.column = 0;
	in->loose.n_anchors = 0;
}

/* A part of the text, and the number of its first line. */
struct chunk {
	const char *at, *end;
	uint32_t line;
};

/* 1: read; 0: broken, as *why says; -1: a limit. */
static int read_yaml(struct sf_intake *in, const struct chunk *chunk, struct sf_error *why)
{
	size_t n;
	begin_document(in);
	in->loose.skipped = chunk->line - 1;
	const struct sf_yaml **tree = sf_yaml_parse_loose(
		chunk->at, (size_t)(chunk->end - chunk->at), &in->loose, &n, in->all->arena, why);
	sf_intake_notes(in);
	for (size_t i = 0; tree != NULL && i < n; i++) {
		size_t height;
		in->all->nodes += sf_yaml_loose_measure(tree[i], in->loose.nodes_max, &height);
		if (sf_intake_tree(in, tree[i]) != 0) {
			return -1;
		}
	}
	return tree != NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static const char *skip_blank(const char *at, const char *end)
{
	while (at < end && is_blank(*at)) {
		at++;
	}
	return at;
}

static uint32_t count_lines(const char *at, const char *end)
{
	uint32_t n = 0;
	while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		at++;
		n++;
	}
	return n;
}

/* Behind the next line end, where a line begins with a brace: the next object of JSON Lines. */
static const char *next_object(const char *at, const char *end)
{
	while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		at++;
		if (at < end && *at == '{') {
			return at;
		}
	}
	return end;
}

/* {a: b} is YAML in one line, {"a": ... is meant to be JSON. */
static bool meant_as_json(const char *at, const char *end)
{
	const char *next = at < end ? skip_blank(at + 1, end) : end;
	return next < end && *next != '\0' && strchr("\"}{[]", *next) != NULL;
}

/* What was no JSON: 1 if it is YAML in one line, 0 and a fault if not, -1 for a limit. */
static int read_other(struct sf_intake *in, const struct chunk *rest, const char *fault)
{
	uint32_t line = in->loose.line, column = in->loose.column;
	struct sf_error why;
	int rc = meant_as_json(rest->at, rest->end) ? 0 : read_yaml(in, rest, &why);
	return rc != 0 ? rc : sf_intake_fault(in, line, column, fault);
}

/* Values of JSON, one behind the other. */
static int read_json(struct sf_intake *in, const struct chunk *chunk)
{
	struct sf_json_tree json = {
		.at = chunk->at,
		.end = chunk->end,
		.line_start = chunk->at,
		.line = chunk->line,
		.loose = &in->loose,
		.arena = in->all->arena,
	};
	const char *at = skip_blank(json.at, json.end);
	while (at < json.end) {
		const char *fault;
		struct chunk rest = {.at = at, .end = json.end, .line = json.line};
		rest.line += count_lines(json.at, at);
		begin_document(in);
		const struct sf_yaml *tree = sf_json_tree_next(&json, &fault);
		in->all->nodes += json.nodes;
		sf_intake_notes(in);
		if (tree != NULL && sf_intake_tree(in, tree) != 0) {
			return -1;
		}
		if (json.full) {
			return sf_fail(in->err, SF_ELIMIT, "%s:%" PRIu32 ": %s", in->file,
			               in->loose.line, fault);
		}
		if (tree == NULL) {
			int rc = read_other(in, &rest, fault);
			if (rc != 0) {
				return rc < 0 ? -1 : 0;
			}
			const char *next = next_object(json.at, json.end);
			json.line += count_lines(json.at, next);
			json.at = json.line_start = next;
		}
		at = skip_blank(json.at, json.end);
	}
	return 0;
}

/* First byte of the document that is neither blank nor a comment; NULL without one. */
static const char *first_sign(const char *at, const char *end)
{
	while ((at = skip_blank(at, end)) < end) {
		bool marker = end - at >= 3 && memcmp(at, "---", 3) == 0;
		if (*at != '#' && *at != '%' && !marker) {
			return at;
		}
		if (marker) {
			at += 3;
			continue;
		}
		at = memchr(at, '\n', (size_t)(end - at));
		if (at == NULL) {
			break;
		}
	}
	return NULL;
}

static int read_chunk(struct sf_intake *in, const struct chunk *chunk)
{
	const char *sign = first_sign(chunk->at, chunk->end);
	if (sign == NULL) {
		return 0;
	}
	if (*sign == '{' || *sign == '[') {
		struct chunk json = {
			.at = sign,
			.end = chunk->end,
			.line = chunk->line + count_lines(chunk->at, sign),
		};
		return read_json(in, &json);
	}
	struct sf_error why = {0};
	int rc = read_yaml(in, chunk, &why);
	return rc != 0 ? (rc < 0 ? -1 : 0) : sf_intake_error(in, &why);
}

/* Is it a line that begins ("---") or ends ("...") a document? It is nothing else anywhere in YAML. */
static bool is_marker(const char *at, const char *end, const char *marker)
{
	return end - at >= 3 && memcmp(at, marker, 3) == 0 && (end - at == 3 || is_blank(at[3]));
}

int sf_intake_documents(struct sf_intake *in, const char *at, const char *end)
{
	struct chunk chunk = {.at = at, .end = end, .line = in->loose.skipped + 1};
	uint32_t line = chunk.line;
	for (const char *next = at; next < end;) {
		next = memchr(next, '\n', (size_t)(end - next));
		next = next != NULL ? next + 1 : end;
		line++;
		bool over = is_marker(next, end, "...");
		if (next < end && !over && !is_marker(next, end, "---")) {
			continue;
		}
		chunk.end = next;
		if (read_chunk(in, &chunk) != 0) {
			return -1;
		}
		chunk.at = over ? next + 3 : next;
		chunk.line = line;
	}
	return 0;
}
