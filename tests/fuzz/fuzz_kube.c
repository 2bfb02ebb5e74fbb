/* fuzz_kube: kubeconfig files, and what an API server sends: lines of a watch, pages of a list. */
// SPDX-License-Identifier: Apache-2.0
#include "kube/event.h"
#include "kube/lines.h"

#include <slicefit/arena.h>
#include <slicefit/kube_config.h>
#include <slicefit/kube_http.h>

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_line(void *ctx, const char *text, size_t len, struct sf_error *err)
{
	struct sf_watch_line line;
	struct sf_kube_meta meta;
	(void)ctx;
	if (sf_watch_line_parse(text, len, &line, err) == 0) {
		assert(line.kind == SF_WATCH_ERROR || line.version[0] != '\0');
		sf_kube_meta_read(line.object, &meta, NULL);
		sf_watch_line_finish(&line);
	}
	return 0;
}

static void read_page(const char *text, size_t len)
{
	struct sf_list_page page;
	if (sf_list_page_parse(text, len, &page, NULL) == 0) {
		assert(page.version[0] != '\0');
		assert(page.next == NULL || *page.next != '\0');
		sf_list_page_finish(&page);
	}
}

static void read_status(const char *text, size_t len)
{
	struct sf_kube_reply reply = {.status = 500};
	sf_kube_status_read(text, len, &reply);
	assert(memchr(reply.reason, '\0', sizeof(reply.reason)) != NULL);
	assert(memchr(reply.problem, '\0', sizeof(reply.problem)) != NULL);
	assert(strpbrk(reply.problem, "\r\n") == NULL);
}

static void read_config(const char *text, size_t len)
{
	struct sf_arena *arena = sf_arena_create(16 << 20);
	struct sf_kube_config config;
	char *copy = sf_arena_strndup(arena, text, len);
	if (copy != NULL &&
	    sf_kube_config_parse(copy, "dir/config", NULL, arena, &config, NULL) == 0) {
		assert(strncmp(config.server, "http", 4) == 0);
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
