/* event: what the Kubernetes API sends, decoded: pages of a list, lines of a watch, a Status. */
// SPDX-License-Identifier: Apache-2.0
#include "event.h"

#include <slicefit/alloc.h>
#include <slicefit/error.h>
#include <slicefit/kube_http.h>

#include <jansson.h>
#include <stdlib.h>
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

static int fail_json(const struct sf_scan *scan, struct sf_error *err)
{
	return sf_fail(err, SF_EINVAL, "no JSON: byte %zu: %s", (size_t)(scan->at - scan->begin),
	               scan->fault);
}

/* At the brace of the object that a text has to be. */
static int begin(struct sf_scan *scan, struct sf_error *err)
{
	if (sf_scan_peek(scan) == '{') {
		sf_scan_enter(scan, '{');
		return 0;
	}
	sf_scan_skip(scan);
	return sf_scan_end(scan) ? sf_fail(err, SF_EINVAL, "not a JSON object")
	                         : fail_json(scan, err);
}

/* The text that comes next; "" for other values, and for what does not fit. */
static void read_text(struct sf_scan *scan, char *out, size_t cap)
{
	struct sf_scan_text text;
	out[0] = '\0';
	if (sf_scan_peek(scan) != '"') {
		sf_scan_skip(scan);
	} else if (sf_scan_string(scan, &text) && text.len < cap) {
		sf_scan_put(&text, out, cap);
	}
}

/* The integer that comes next, 0 for other values. */
static int read_int(struct sf_scan *scan)
{
	char first = sf_scan_peek(scan);
	const char *at = scan->at;
	return sf_scan_skip(scan) && first >= '1' && first <= '9' ? (int)strtol(at, NULL, 10) : 0;
}

/* The metadata that come next. */
static void read_meta(struct sf_scan *scan, struct sf_kube_meta *meta)
{
	const struct {
		const char *key;
		char *text;
		size_t cap;
	} fields[] = {
		{"namespace", meta->space, sizeof(meta->space)},
		{"name", meta->name, sizeof(meta->name)},
		{"uid", meta->uid, sizeof(meta->uid)},
		{"resourceVersion", meta->version, sizeof(meta->version)},
	};
	enum { FIELDS = sizeof(fields) / sizeof(fields[0]) };
	struct sf_scan_text key;
	if (sf_scan_peek(scan) != '{') {
		sf_scan_skip(scan);
		return;
	}
	for (sf_scan_enter(scan, '{'); sf_scan_member(scan, &key);) {
		size_t i = 0;
		while (i < FIELDS && !sf_scan_is(&key, fields[i].key, false)) {
			i++;
		}
		if (i < FIELDS) {
			read_text(scan, fields[i].text, fields[i].cap);
		} else {
			sf_scan_skip(scan);
		}
	}
}

/* The object that comes next: its metadata and, of a Status, the code. */
static void read_object(struct sf_scan *scan, struct sf_kube_meta *meta, int *code)
{
	struct sf_scan_text key;
	*meta = (struct sf_kube_meta){0};
	*code = 0;
	if (sf_scan_peek(scan) != '{') {
		sf_scan_skip(scan);
		return;
	}
	for (sf_scan_enter(scan, '{'); sf_scan_member(scan, &key);) {
		if (sf_scan_is(&key, "metadata", false)) {
			read_meta(scan, meta);
		} else if (sf_scan_is(&key, "code", false)) {
			*code = read_int(scan);
		} else {
			sf_scan_skip(scan);
		}
	}
}

static int check_version(const char *version, struct sf_error *err)
{
	return *version != '\0'
	               ? 0
	               : sf_fail(err, SF_EINVAL, "no metadata.resourceVersion of at most %d bytes",
	                         SF_KUBE_VERSION_MAX - 1);
}

int sf_kube_meta_check(const struct sf_kube_meta *meta, struct sf_error *err)
{
	return meta->name[0] != '\0' && meta->version[0] != '\0'
	               ? 0
	               : sf_fail(err, SF_EINVAL, "an object without a name or resourceVersion");
}

static int set_kind(struct sf_watch_line *line, const char *type, struct sf_error *err)
{
	size_t kind = 0;
	while (kind < sizeof(kinds) / sizeof(*kinds) && strcmp(kinds[kind], type) != 0) {
		kind++;
	}
	if (kind == sizeof(kinds) / sizeof(*kinds)) {
		return sf_fail(err, SF_EINVAL, "unknown type '%.32s'", type);
	}
	line->kind = (enum sf_watch_kind)kind;
	return 0;
}

int sf_watch_line_parse(const char *text, size_t len, struct sf_watch_line *out,
                        struct sf_error *err)
{
	struct sf_scan scan = sf_scan_of(text, len);
	struct sf_watch_line line = {0};
	struct sf_scan_text key;
	char type[64] = "";
	if (begin(&scan, err) < 0) {
		return -1;
	}
	while (sf_scan_member(&scan, &key)) {
		if (sf_scan_is(&key, "type", false)) {
			read_text(&scan, type, sizeof(type));
		} else if (sf_scan_is(&key, "object", false)) {
			sf_scan_peek(&scan);
			line.object = scan.at;
			read_object(&scan, &line.meta, &line.status);
			line.len = (size_t)(scan.at - line.object);
		} else {
			sf_scan_skip(&scan);
		}
	}
	if (!sf_scan_end(&scan)) {
		return fail_json(&scan, err);
	}
	if (set_kind(&line, type, err) < 0 ||
	    (line.kind != SF_WATCH_ERROR && check_version(line.meta.version, err) < 0)) {
		return -1;
	}
	*out = line;
	return 0;
}

/* The metadata of a list. */
static void read_list_meta(struct sf_scan *scan, struct sf_list_page *page)
{
	struct sf_scan_text key, text;
	sf_list_page_finish(page);
	if (sf_scan_peek(scan) != '{') {
		sf_scan_skip(scan);
		return;
	}
	for (sf_scan_enter(scan, '{'); sf_scan_member(scan, &key);) {
		if (sf_scan_is(&key, "resourceVersion", false)) {
			read_text(scan, page->version, sizeof(page->version));
		} else if (sf_scan_is(&key, "continue", false) && sf_scan_peek(scan) == '"') {
			free(page->next);
			page->next = NULL;
			if (sf_scan_string(scan, &text) && text.len > 0) {
				page->next = sf_xcalloc(1, text.len + 1);
				sf_scan_put(&text, page->next, text.len + 1);
			}
		} else {
			sf_scan_skip(scan);
		}
	}
}

static int read_items(struct sf_scan *scan, struct sf_list_page *page, struct sf_error *err)
{
	char first = sf_scan_peek(scan);
	const char *at = scan->at;
	if (first != '[' && first != 'n' && first != '\0') {
		return sf_fail(err, SF_EINVAL, "items is no list");
	}
	sf_scan_skip(scan);
	page->items = first == '[' ? at : NULL;
	page->len = (size_t)(scan->at - at);
	return 0;
}

static int read_page(struct sf_scan *scan, struct sf_list_page *page, struct sf_error *err)
{
	struct sf_scan_text key;
	if (begin(scan, err) < 0) {
		return -1;
	}
	while (sf_scan_member(scan, &key)) {
		if (sf_scan_is(&key, "metadata", false)) {
			read_list_meta(scan, page);
		} else if (!sf_scan_is(&key, "items", false)) {
			sf_scan_skip(scan);
		} else if (read_items(scan, page, err) < 0) {
			return -1;
		}
	}
	return sf_scan_end(scan) ? check_version(page->version, err) : fail_json(scan, err);
}

int sf_list_page_parse(const char *text, size_t len, struct sf_list_page *out, struct sf_error *err)
{
	struct sf_scan scan = sf_scan_of(text, len);
	struct sf_list_page page = {0};
	if (read_page(&scan, &page, err) < 0) {
		sf_list_page_finish(&page);
		return -1;
	}
	*out = page;
	return 0;
}

void sf_list_page_finish(struct sf_list_page *page)
{
	free(page->next);
	page->next = NULL;
	page->version[0] = '\0';
}

void sf_list_items_begin(struct sf_list_items *items, const struct sf_list_page *page)
{
	*items = (struct sf_list_items){.scan = sf_scan_of(page->items, page->len)};
	if (page->items != NULL) {
		sf_scan_enter(&items->scan, '[');
	}
}

bool sf_list_items_next(struct sf_list_items *items)
{
	int code;
	if (items->scan.begin == NULL || !sf_scan_element(&items->scan)) {
		return false;
	}
	sf_scan_peek(&items->scan);
	items->object = items->scan.at;
	read_object(&items->scan, &items->meta, &code);
	items->len = (size_t)(items->scan.at - items->object);
	return true;
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
