/* manifests: Kubernetes objects out of files; those of lists and of other tools' files one by one. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/manifests.h>

#include "manifests_bundle.h"
#include "manifests_intake.h"
#include "zip.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/str.h>

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_MAX_GIB = 8, FAULTS_MAX = 10000 };

void sf_manifests_init(struct sf_manifests *all)
{
	*all = (struct sf_manifests){.arena = sf_arena_create((size_t)ARENA_MAX_GIB << 30)};
}

void sf_manifests_finish(struct sf_manifests *all)
{
	sf_arena_destroy(all->arena);
	free(all->item);
	free(all->fault);
	free(all->note);
	*all = (struct sf_manifests){0};
}

const struct sf_yaml *sf_manifest_at(const struct sf_yaml *tree, const char *path)
{
	char key[128];
	while (tree != NULL && *path != '\0') {
		size_t len = strcspn(path, ".");
		if (len >= sizeof(key)) {
			return NULL;
		}
		memcpy(key, path, len);
		key[len] = '\0';
		tree = sf_yaml_get(tree, key);
		path += len + (path[len] == '.');
	}
	return tree;
}

const char *sf_manifest_text(const struct sf_yaml *tree, const char *path)
{
	const struct sf_yaml *node = sf_manifest_at(tree, path);
	bool text = node != NULL && node->kind == SF_YAML_SCALAR && !sf_yaml_is_null(node);
	return text ? node->text : "";
}

static int fail_memory(const struct sf_intake *in)
{
	return sf_fail(in->err, SF_ENOMEM, "%s: needs more memory than it may use", in->file);
}

int sf_intake_fault(struct sf_intake *in, uint32_t line, uint32_t column, const char *text)
{
	struct sf_manifests *all = in->all;
	if (all->n_faults == FAULTS_MAX) {
		return sf_fail(in->err, SF_ELIMIT, "%s: more than %d broken documents", in->file,
		               FAULTS_MAX);
	}
	const char *copy = sf_arena_strdup(all->arena, text);
	if (copy == NULL) {
		return fail_memory(in);
	}
	all->fault = sf_xgrow(all->fault, &all->faults_cap, all->n_faults + 1, sizeof(*all->fault));
	all->fault[all->n_faults++] = (struct sf_manifest_fault){
		.file = in->file, .line = line, .column = column, .text = copy};
	return 0;
}

/* An error that begins with its place. */
int sf_intake_error(struct sf_intake *in, const struct sf_error *why)
{
	char place[64];
	const char *text = why->text;
	size_t len = strlen(in->file);
	int n = snprintf(place, sizeof(place), ":%" PRIu32 ":%" PRIu32 ": ", in->loose.line,
	                 in->loose.column);
	if (why->code == SF_ENOMEM) {
		return fail_memory(in);
	}
	if (strncmp(text, in->file, len) == 0) {
		text += len;
		text += strncmp(text, place, (size_t)n) == 0 ? n
		        : strncmp(text, ": ", 2) == 0        ? 2
		                                             : 0;
	}
	return sf_intake_fault(in, in->loose.line, in->loose.column, text);
}

/* What was noted while the last document was read. */
void sf_intake_notes(struct sf_intake *in)
{
	struct sf_manifests *all = in->all;
	for (size_t i = 0; i < in->loose.n_notes && all->n_notes < FAULTS_MAX; i++) {
		const struct sf_yaml_note *note = &in->loose.note[i];
		all->note =
			sf_xgrow(all->note, &all->notes_cap, all->n_notes + 1, sizeof(*all->note));
		all->note[all->n_notes++] = (struct sf_manifest_fault){
			.file = in->file,
			.line = note->line,
			.column = note->column,
			.text = note->text,
		};
	}
	in->loose.n_notes = 0;
}

/* What a typed list says of its items, which kubectl then leaves out of them. */
struct given {
	const char *api_version;
	const char *kind; /* "" for a List */
};

static int add_object(struct sf_intake *in, const struct sf_yaml *tree, const struct given *given)
{
	struct sf_manifests *all = in->all;
	const char *version = sf_manifest_text(tree, "apiVersion");
	const char *kind = sf_manifest_text(tree, "kind");
	const char *name = sf_manifest_text(tree, "metadata.name");
	if (all->n == SF_MANIFESTS_MAX) {
		return sf_fail(in->err, SF_ELIMIT, "%s: more than %d objects", in->file,
		               SF_MANIFESTS_MAX);
	}
	all->item = sf_xgrow(all->item, &all->cap, all->n + 1, sizeof(*all->item));
	all->item[all->n++] = (struct sf_manifest){
		.file = in->file,
		.api_version = *version != '\0' ? version : given->api_version,
		.kind = *kind != '\0' ? kind : given->kind,
		.space = sf_manifest_text(tree, "metadata.namespace"),
		.name = *name != '\0' ? name : sf_manifest_text(tree, "metadata.generateName"),
		.tree = tree,
	};
	return 0;
}

static int add_tree(struct sf_intake *in, const struct sf_yaml *tree, const struct given *given);

/* The lists in a document of another tool, and the document itself as an object of no use. */
static int add_bundle(struct sf_intake *in, const struct sf_yaml *bundle, const char *tool)
{
	const struct given itself = {.api_version = "", .kind = tool};
	for (size_t i = 0; i < bundle->n; i++) {
		const struct sf_bundle_member *member = sf_manifests_member(bundle->child[i]->key);
		const struct sf_yaml *list = bundle->child[i];
		for (size_t k = 0; member != NULL && list->kind == SF_YAML_SEQUENCE && k < list->n;
		     k++) {
			struct given of = {.api_version = member->api_version,
			                   .kind = member->kind};
			if (add_tree(in, list->child[k], &of) != 0) {
				return -1;
			}
		}
	}
	return add_object(in, bundle, &itself);
}

/* Lists in lists are as deep as the text, which is limited. */
static int add_tree(struct sf_intake *in, const struct sf_yaml *tree, const struct given *given)
{
	const char *kind = sf_manifest_text(tree, "kind");
	const struct sf_yaml *items = sf_yaml_get(tree, "items");
	size_t len = strlen(kind);
	bool list = len >= 4 && strcmp(kind + len - 4, "List") == 0 && items != NULL;
	struct given of = {.api_version = "", .kind = ""};
	const char *tool;
	const struct sf_yaml *bundle = sf_manifests_bundle(tree, &tool);
	if (bundle != NULL && *kind == '\0') {
		return add_bundle(in, bundle, tool);
	}
	if (tree->kind == SF_YAML_SEQUENCE) {
		items = tree;
	} else if (!list) {
		return add_object(in, tree, given);
	} else if (len > 4) {
		of.api_version = sf_manifest_text(tree, "apiVersion");
		of.kind = sf_arena_strndup(in->all->arena, kind, len - 4);
	}
	if (of.kind == NULL) {
		return fail_memory(in);
	}
	for (size_t i = 0; i < items->n; i++) {
		if (add_tree(in, items->child[i], &of) != 0) {
			return -1;
		}
	}
	return 0;
}

int sf_intake_tree(struct sf_intake *in, const struct sf_yaml *tree)
{
	static const struct given nothing = {.api_version = "", .kind = ""};
	return add_tree(in, tree, &nothing);
}

int sf_manifests_add(struct sf_manifests *all, const struct sf_manifests_text *text,
                     struct sf_error *err)
{
	static const char mark[] = "\xef\xbb\xbf"; /* of UTF-8, as some editors write it */
	struct sf_intake in = {
		.all = all,
		.file = sf_arena_strdup(all->arena, text->file),
		.loose = {.skipped = text->skipped, .depth_max = SF_MANIFESTS_DEPTH_MAX},
		.err = err,
	};
	in.loose.name = in.file;
	if (in.file == NULL) {
		return sf_fail(err, SF_ENOMEM, "needs more memory than it may use");
	}
	if (text->len > SF_MANIFESTS_BYTES_MAX) {
		return sf_fail(err, SF_ELIMIT, "%s: larger than the limit of %d MiB", in.file,
		               SF_MANIFESTS_BYTES_MAX >> 20);
	}
	const char *at = text->text != NULL ? text->text : "", *end = at + text->len;
	bool marked = text->len >= 3 && memcmp(at, mark, 3) == 0;
	int rc = sf_intake_documents(&in, marked ? at + 3 : at, end);
	sf_yaml_loose_finish(&in.loose);
	return rc;
}

/* Where the files of an archive go. */
struct unpacking {
	struct sf_manifests *all;
	const char *path;
};

/* "snapshot.zip/snapshot.json"; folders are empty. */
static int add_entry(void *ctx, const struct sf_zip_entry *entry, struct sf_error *err)
{
	const struct unpacking *to = ctx;
	struct sf_str name = {0};
	sf_str_printf(&name, "%s/%s", to->path, entry->name);
	struct sf_manifests_text whole = {
		.file = sf_str_get(&name),
		.text = sf_str_get(entry->text),
		.len = entry->text->len,
	};
	int rc = sf_manifests_add(to->all, &whole, err);
	sf_str_finish(&name);
	return rc;
}

int sf_manifests_take(struct sf_manifests *all, const char *path, const struct sf_str *text,
                      struct sf_error *err)
{
	static const char gzip[] = "\x1f\x8b";
	if (text->len > 2 && memcmp(text->text, gzip, 2) == 0) {
		return sf_fail(err, SF_EINVAL, "%s: compressed with gzip: unpack it first (gunzip)",
		               path);
	}
	if (sf_zip_detect(sf_str_get(text), text->len)) {
		struct unpacking to = {.all = all, .path = path};
		int rc = sf_zip_read(text->text, text->len, SF_MANIFESTS_BYTES_MAX, add_entry, &to,
		                     err);
		return rc != 0 ? sf_wrap(err, "%s", path) : 0;
	}
	struct sf_manifests_text whole = {
		.file = strcmp(path, "-") == 0 ? "standard input" : path,
		.text = sf_str_get(text),
		.len = text->len,
	};
	return sf_manifests_add(all, &whole, err);
}

int sf_manifests_read(struct sf_manifests *all, const char *path, struct sf_error *err)
{
	struct sf_str text = {0};
	int rc = sf_file_read(path, SF_MANIFESTS_BYTES_MAX, &text, err);
	rc = rc == 0 ? sf_manifests_take(all, path, &text, err) : rc;
	sf_str_finish(&text);
	return rc;
}

bool sf_manifests_are_kubernetes(const struct sf_manifests *all, const struct sf_str *text)
{
	static const char sign[] = "apiVersion";
	for (size_t i = 0; i < all->n; i++) {
		if (isalpha((unsigned char)all->item[i].kind[0])) {
			return true;
		}
	}
	return all->n_faults > 0 &&
	       memmem(sf_str_get(text), text->len, sign, sizeof(sign) - 1) != NULL;
}

int sf_manifests_refuse(const struct sf_manifests *all, struct sf_error *err)
{
	if (all->n_faults == 0) {
		return 0;
	}
	const struct sf_manifest_fault *fault = &all->fault[0];
	return sf_fail(err, SF_EINVAL, "%s:%" PRIu32 ":%" PRIu32 ": %s", fault->file, fault->line,
	               fault->column, fault->text);
}
