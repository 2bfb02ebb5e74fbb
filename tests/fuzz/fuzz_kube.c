/* fuzz_kube: kubeconfig files, and what an API server sends: lines of a watch, pages of a list. */
// SPDX-License-Identifier: Apache-2.0
#include "kube/event.h"
#include "kube/lines.h"

#include <slicefit/arena.h>
#include <slicefit/kube_config.h>
#include <slicefit/kube_http.h>

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As assert, in optimised builds, too. */
static void expect(bool holds)
{
	if (!holds) {
		abort();
	}
}

/* A text of an object's metadata as jansson reads it, "" when it is none or does not fit. */
static const char *text_of(const json_t *object, const char *key, size_t cap)
{
	const json_t *value = json_object_get(json_object_get(object, "metadata"), key);
	return json_is_string(value) && json_string_length(value) < cap ? json_string_value(value)
	                                                                : "";
}

static void expect_meta(const json_t *object, const struct sf_kube_meta *meta)
{
	expect(strcmp(meta->space, text_of(object, "namespace", sizeof(meta->space))) == 0);
	expect(strcmp(meta->name, text_of(object, "name", sizeof(meta->name))) == 0);
	expect(strcmp(meta->uid, text_of(object, "uid", sizeof(meta->uid))) == 0);
	expect(strcmp(meta->version, text_of(object, "resourceVersion", sizeof(meta->version))) ==
	       0);
}

/* jansson's tree, NULL where it may see something else: texts with escapes are cut by their length
 * in the text, NUL bytes end its texts, and of keys that come twice it keeps the last. */
static json_t *load(const char *text, size_t len)
{
	bool odd = memchr(text, '\\', len) != NULL || memchr(text, '\0', len) != NULL;
	return odd ? NULL : json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
}

static int read_line(void *ctx, const char *text, size_t len, struct sf_error *err)
{
	struct sf_watch_line line;
	json_t *tree = load(text, len);
	(void)ctx;
	if (sf_watch_line_parse(text, len, &line, err) == 0) {
		expect(line.kind == SF_WATCH_ERROR || line.meta.version[0] != '\0');
		expect(line.object == NULL || (line.object > text && line.len < len));
		if (tree != NULL) {
			expect_meta(json_object_get(tree, "object"), &line.meta);
		}
	}
	json_decref(tree);
	return 0;
}

static void read_page(const char *text, size_t len)
{
	struct sf_list_page page;
	struct sf_list_items items;
	json_t *tree = load(text, len);
	if (sf_list_page_parse(text, len, &page, NULL) == 0) {
		expect(page.version[0] != '\0');
		expect(page.next == NULL || *page.next != '\0');
		const json_t *list = json_object_get(tree, "items");
		size_t n = 0;
		for (sf_list_items_begin(&items, &page); sf_list_items_next(&items); n++) {
			if (tree != NULL) {
				expect_meta(json_array_get(list, n), &items.meta);
			}
		}
		expect(tree == NULL || n == json_array_size(list));
		sf_list_page_finish(&page);
	}
	json_decref(tree);
}

static void read_status(const char *text, size_t len)
{
	struct sf_kube_reply reply = {.status = 500};
	sf_kube_status_read(text, len, &reply);
	expect(memchr(reply.reason, '\0', sizeof(reply.reason)) != NULL);
	expect(memchr(reply.problem, '\0', sizeof(reply.problem)) != NULL);
	expect(strpbrk(reply.problem, "\r\n") == NULL);
}

static void read_config(const char *text, size_t len)
{
	struct sf_arena *arena = sf_arena_create(16 << 20);
	struct sf_kube_config config;
	char *copy = sf_arena_strndup(arena, text, len);
	if (copy != NULL &&
	    sf_kube_config_parse(copy, "dir/config", NULL, arena, &config, NULL) == 0) {
		expect(strncmp(config.server, "http", 4) == 0);
	}
	sf_arena_destroy(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct sf_lines lines = {.limit = 4096, .line = read_line};
	size_t half = size / 2;
	if (sf_lines_add(&lines, text, half, NULL) == 0) {
		sf_lines_add(&lines, text + half, size - half, NULL);
	}
	sf_lines_finish(&lines);
	read_page(text, size);
	read_status(text, size);
	read_config(text, size);
	return 0;
}
