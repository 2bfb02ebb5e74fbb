/* event: what the Kubernetes API sends, decoded: pages of a list, lines of a watch, a Status. */
// SPDX-License-Identifier: Apache-2.0
#include "event.h"

#include <slicefit/error.h>
#include <slicefit/kube_http.h>

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char *const kinds[] = {
	[SF_WATCH_ADDED] = "ADDED",     [SF_WATCH_MODIFIED] = "MODIFIED",
	[SF_WATCH_DELETED] = "DELETED", [SF_WATCH_BOOKMARK] = "BOOKMARK",
	[SF_WATCH_ERROR] = "ERROR",
};

static const char *get_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text != NULL ? text : "";
}

static json_t *load(const char *text, size_t len, struct sf_error *err)
{
	json_error_t where;
	json_t *root = json_loadb(text, len, JSON_ALLOW_NUL, &where);
	if (root == NULL) {
		sf_fail(err, SF_EINVAL, "no JSON: %s", where.text);
	} else if (!json_is_object(root)) {
		sf_fail(err, SF_EINVAL, "not a JSON object");
		json_decref(root);
		root = NULL;
	}
	return root;
}

static int copy_version(const json_t *object, char *out, struct sf_error *err)
{
	const char *version = get_text(json_object_get(object, "metadata"), "resourceVersion");
	size_t len = strlen(version);
	if (len == 0 || len >= SF_KUBE_VERSION_MAX) {
		return sf_fail(err, SF_EINVAL, "no metadata.resourceVersion of at most %d bytes",
		               SF_KUBE_VERSION_MAX - 1);
	}
	memcpy(out, version, len + 1);
	return 0;
}

static int read_line(struct sf_watch_line *line, struct sf_error *err)
{
	const char *type = get_text(line->root, "type");
	size_t kind = 0;
	while (kind < sizeof(kinds) / sizeof(*kinds) && strcmp(kinds[kind], type) != 0) {
		kind++;
	}
	if (kind == sizeof(kinds) / sizeof(*kinds)) {
		return sf_fail(err, SF_EINVAL, "unknown type '%.32s'", type);
	}
	line->kind = (enum sf_watch_kind)kind;
	line->object = json_object_get(line->root, "object");
	if (line->kind == SF_WATCH_ERROR) {
		line->status = (int)json_integer_value(json_object_get(line->object, "code"));
		return 0;
	}
	return copy_version(line->object, line->version, err);
}

int sf_watch_line_parse(const char *text, size_t len, struct sf_watch_line *out,
                        struct sf_error *err)
{
	struct sf_watch_line line = {.root = load(text, len, err)};
	if (line.root == NULL) {
		return -1;
	}
	if (read_line(&line, err) < 0) {
		json_decref(line.root);
		return -1;
	}
	*out = line;
	return 0;
}

void sf_watch_line_finish(struct sf_watch_line *line)
{
	json_decref(line->root);
	*line = (struct sf_watch_line){0};
}

static int read_page(struct sf_list_page *page, struct sf_error *err)
{
	const json_t *items = json_object_get(page->root, "items");
	const char *next = get_text(json_object_get(page->root, "metadata"), "continue");
	if (items != NULL && !json_is_null(items) && !json_is_array(items)) {
		return sf_fail(err, SF_EINVAL, "items is no list");
	}
	page->items = json_is_array(items) ? items : NULL;
	page->next = *next != '\0' ? next : NULL;
	return copy_version(page->root, page->version, err);
}

int sf_list_page_parse(const char *text, size_t len, struct sf_list_page *out, struct sf_error *err)
{
	struct sf_list_page page = {.root = load(text, len, err)};
	if (page.root == NULL) {
		return -1;
	}
	if (read_page(&page, err) < 0) {
		json_decref(page.root);
		return -1;
	}
	*out = page;
	return 0;
}

void sf_list_page_finish(struct sf_list_page *page)
{
	json_decref(page->root);
	*page = (struct sf_list_page){0};
}

int sf_kube_meta_read(const json_t *object, struct sf_kube_meta *out, struct sf_error *err)
{
	const json_t *meta = json_object_get(object, "metadata");
	struct sf_kube_meta read = {
		.space = get_text(meta, "namespace"),
		.name = get_text(meta, "name"),
		.uid = get_text(meta, "uid"),
		.version = get_text(meta, "resourceVersion"),
	};
	if (*read.name == '\0' || *read.version == '\0') {
		return sf_fail(err, SF_EINVAL, "an object without a name or resourceVersion");
	}
	*out = read;
	return 0;
}

/* One line of a log, cut at a character. */
static void copy_line(char *out, size_t cap, const char *text, size_t len)
{
	size_t n = len < cap ? len : cap - 1;
	while (n < len && n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80) {
		n--;
	}
	for (size_t i = 0; i < n; i++) {
		out[i] = (char)((unsigned char)text[i] < ' ' ? ' ' : text[i]);
	}
	out[n] = '\0';
}

void sf_kube_status_read(const char *text, size_t len, struct sf_kube_reply *reply)
{
	json_t *status = load(text, len, NULL);
	const char *reason = get_text(status, "reason");
	const char *message = get_text(status, "message");
	copy_line(reply->reason, sizeof(reply->reason), reason, strlen(reason));
	if (*reason != '\0' || *message != '\0') {
		text = message;
		len = strlen(message);
	}
	copy_line(reply->problem, sizeof(reply->problem), text, len);
	json_decref(status);
}
