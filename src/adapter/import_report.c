/* import_report: what was read and what was left out, and why. */
// SPDX-License-Identifier: Apache-2.0
#include "import_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/str.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int sf_import_full(struct sf_importer *imp)
{
	return sf_fail(imp->err, SF_ENOMEM, "the scenario needs more memory than it may use");
}

/* Kinds and outcomes are few, so they are looked for one by one. */
void sf_import_count(struct sf_importer *imp, const char *kind, const char *what)
{
	struct sf_import *out = imp->out;
	for (size_t i = 0; i < out->n_counts; i++) {
		struct sf_import_count *count = &out->count[i];
		if (strcmp(count->kind, kind) == 0 && strcmp(count->what, what) == 0) {
			count->n++;
			return;
		}
	}
	out->count = sf_xgrow(out->count, &out->counts_cap, out->n_counts + 1, sizeof(*out->count));
	out->count[out->n_counts++] = (struct sf_import_count){.kind = kind, .what = what, .n = 1};
}

/* `object` lives in the arena. */
static void add_note(struct sf_importer *imp, const char *object, const char *text)
{
	struct sf_import *out = imp->out;
	for (size_t i = 0; i < out->n_notes; i++) {
		if (strcmp(out->note[i].text, text) == 0) {
			out->note[i].n++;
			return;
		}
	}
	const char *kept = sf_arena_strdup(imp->arena, object);
	const char *copy = sf_arena_strdup(imp->arena, text);
	if (kept == NULL || copy == NULL) {
		return; /* what follows fails for want of memory, too */
	}
	out->note = sf_xgrow(out->note, &out->notes_cap, out->n_notes + 1, sizeof(*out->note));
	out->note[out->n_notes++] = (struct sf_import_note){.object = kept, .text = copy, .n = 1};
}

void sf_import_note_named(struct sf_importer *imp, const char *object, const char *text)
{
	add_note(imp, object, text);
}

void sf_import_note(struct sf_importer *imp, const struct sf_manifest *object, const char *text)
{
	struct sf_str name = {0};
	sf_str_printf(&name, "%s %s%s%s", object->kind, object->space,
	              *object->space != '\0' ? "/" : "", object->name);
	add_note(imp, sf_str_get(&name), text);
	sf_str_finish(&name);
}

void sf_import_note_error(struct sf_importer *imp, const struct sf_manifest *object,
                          const char *text)
{
	const char *behind = strstr(text, ": ");
	bool named = strncmp(text, "pod ", 4) == 0 || strncmp(text, "node ", 5) == 0;
	sf_import_note(imp, object, named && behind != NULL ? behind + 2 : text);
}

static int by_kind(const void *a, const void *b)
{
	const struct sf_import_count *x = a, *y = b;
	int order = strcmp(x->kind, y->kind);
	bool first = strncmp(x->what, "read", 4) == 0, other = strncmp(y->what, "read", 4) == 0;
	if (order == 0 && first != other) {
		return first ? -1 : 1;
	}
	return order != 0 ? order : strcmp(x->what, y->what);
}

static int by_object(const void *a, const void *b)
{
	const struct sf_import_note *x = a, *y = b;
	int order = strcmp(x->object, y->object);
	return order != 0 ? order : strcmp(x->text, y->text);
}

static void write_counts(const struct sf_import *import, struct sf_str *out)
{
	if (import->n_counts > 0) {
		qsort(import->count, import->n_counts, sizeof(*import->count), by_kind);
	}
	for (size_t i = 0; i < import->n_counts; i++) {
		const struct sf_import_count *count = &import->count[i];
		bool first = i == 0 || strcmp(import->count[i - 1].kind, count->kind) != 0;
		bool last = i + 1 == import->n_counts ||
		            strcmp(import->count[i + 1].kind, count->kind) != 0;
		sf_str_printf(out, "%s%s%" PRIu32 " %s%s", first ? count->kind : "",
		              first ? ": " : ", ", count->n, count->what, last ? "\n" : "");
	}
}

void sf_import_notes(const struct sf_import *import, struct sf_str *out)
{
	if (import->n_notes > 0) {
		qsort(import->note, import->n_notes, sizeof(*import->note), by_object);
	}
	for (size_t i = 0; i < import->n_notes; i++) {
		const struct sf_import_note *note = &import->note[i];
		sf_str_printf(out, "%s", note->object);
		if (note->n > 1) {
			sf_str_printf(out, " and %" PRIu32 " more", note->n - 1);
		}
		sf_str_printf(out, ": %s\n", note->text);
	}
}

void sf_import_summary(const struct sf_import *import, struct sf_str *out)
{
	write_counts(import, out);
	sf_import_notes(import, out);
}
