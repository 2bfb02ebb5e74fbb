/* test_kube_event: lines of a watch, pages of a list. */
// SPDX-License-Identifier: Apache-2.0
#include "kube/event.h"

#include <slicefit/error.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static const struct sent {
	const char *text;
	int kind; /* -1: garbage */
	const char *version;
	int status;
} sent[] = {
	{"{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"resourceVersion\":\"7\"}}}",
         SF_WATCH_ADDED, "7", 0},
	{"{\"object\":{\"metadata\":{\"resourceVersion\":\"x\"}},\"type\":\"MODIFIED\"}",
         SF_WATCH_MODIFIED, "x", 0},
	{"{\"type\":\"DELETED\",\"object\":{\"metadata\":{\"resourceVersion\":\"8\"}}}",
         SF_WATCH_DELETED, "8", 0},
	{"{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Pod\",\"metadata\":{\"resourceVersion\":"
         "\"12746\",\"creationTimestamp\":null},\"spec\":{\"containers\":null},\"status\":{}}}",
         SF_WATCH_BOOKMARK, "12746", 0},
	{"{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\"}"
         "}",
         SF_WATCH_ERROR, "", 410},
	{"{\"type\":\"ERROR\",\"object\":null}", SF_WATCH_ERROR, "", 0},
	{"{\"type\":\"RENAMED\",\"object\":{\"metadata\":{\"resourceVersion\":\"7\"}}}", -1, "", 0},
	{"{\"type\":\"ADDED\",\"object\":{\"metadata\":{}}}", -1, "", 0},
	{"{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"resourceVersion\":\"\"}}}", -1, "", 0},
	{"{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"resourceVersion\":7}}}", -1, "", 0},
	{"{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":"
         "\"1234567890123456789"
         "012345678901234567890123456789012345678901234\"}}}",
         -1, "", 0},
	{"{\"type\":\"ADDED\"}", -1, "", 0},
	{"{\"type\":\"ADDED\"", -1, "", 0},
	{"[]", -1, "", 0},
	{"<html>", -1, "", 0},
};

Test(kube_event, watch_lines)
{
	for (size_t i = 0; i < sizeof(sent) / sizeof(*sent); i++) {
		struct sf_watch_line line;
		struct sf_error err = {0};
		int rc = sf_watch_line_parse(sent[i].text, strlen(sent[i].text), &line, &err);
		cr_assert(eq(int, rc, sent[i].kind < 0 ? -1 : 0), "row %zu: %s", i, err.text);
		if (rc < 0) {
			cr_assert(eq(int, (int)err.code, SF_EINVAL), "row %zu", i);
			continue;
		}
		cr_assert(eq(int, (int)line.kind, sent[i].kind), "row %zu", i);
		cr_assert(eq(str, line.meta.version, (char *)sent[i].version), "row %zu", i);
		cr_assert(line.kind == SF_WATCH_ERROR || *line.object == '{', "row %zu", i);
		cr_assert(line.kind == SF_WATCH_ERROR || line.object[line.len - 1] == '}');
		cr_assert(eq(int, line.status, sent[i].status), "row %zu", i);
	}
}

static const struct paged {
	const char *text;
	int rc;
	const char *next;
} paged[] = {
	{"{\"metadata\":{\"resourceVersion\":\"9\",\"continue\":\"ey\"},\"items\":[]}", 0, "ey"},
	{"{\"metadata\":{\"resourceVersion\":\"9\",\"continue\":\"\"},\"items\":null}", 0, NULL},
	{"{\"metadata\":{\"resourceVersion\":\"9\"}}", 0, NULL},
	{"{\"metadata\":{},\"items\":[]}", -1, NULL},
	{"{\"metadata\":{\"resourceVersion\":\"9\"},\"items\":{}}", -1, NULL},
	{"{\"metadata\":{\"resourceVersion\":\"9\"},\"items\":[", -1, NULL},
};

Test(kube_event, pages)
{
	for (size_t i = 0; i < sizeof(paged) / sizeof(*paged); i++) {
		struct sf_list_page page;
		struct sf_error err = {0};
		int rc = sf_list_page_parse(paged[i].text, strlen(paged[i].text), &page, &err);
		cr_assert(eq(int, rc, paged[i].rc), "row %zu: %s", i, err.text);
		if (rc < 0) {
			continue;
		}
		cr_assert(eq(int, page.next != NULL, paged[i].next != NULL), "row %zu", i);
		cr_assert(page.next == NULL || strcmp(page.next, paged[i].next) == 0);
		cr_assert(eq(str, page.version, "9"));
		sf_list_page_finish(&page);
	}
}

Test(kube_event, items)
{
	static const char text[] =
		"{\"items\":[{\"metadata\":{\"namespace\":\"ns\",\"name\":\"a\",\"uid\":\"u\","
		"\"resourceVersion\":\"3\"},\"spec\":{}} , {\"spec\":1,\"metadata\":{\"name\":"
		"\"\\u0062\",\"resourceVersion\":\"4\"}},7,{\"metadata\":null},null],"
		"\"metadata\":{\"resourceVersion\":\"9\",\"continue\":\"a\\/b\"}}";
	struct sf_list_page page;
	struct sf_list_items items;
	struct sf_error err = {0};
	cr_assert(sf_list_page_parse(text, strlen(text), &page, &err) == 0, "%s", err.text);
	cr_assert(eq(str, page.next, "a/b"));
	sf_list_items_begin(&items, &page);
	cr_assert(sf_list_items_next(&items));
	cr_assert(eq(str, items.meta.space, "ns"));
	cr_assert(eq(str, items.meta.name, "a"));
	cr_assert(eq(str, items.meta.uid, "u"));
	cr_assert(eq(str, items.meta.version, "3"));
	cr_assert(strncmp(items.object, "{\"metadata\"", 11) == 0);
	cr_assert(strncmp(items.object + items.len - 12, "},\"spec\":{}}", 12) == 0);
	cr_assert(sf_kube_meta_check(&items.meta, &err) == 0);
	cr_assert(sf_list_items_next(&items));
	cr_assert(eq(str, items.meta.name, "b"));
	cr_assert(eq(str, items.meta.space, ""));
	for (int i = 0; i < 3; i++) {
		cr_assert(sf_list_items_next(&items));
		cr_assert(sf_kube_meta_check(&items.meta, &err) == -1, "item %d", i);
	}
	cr_assert(not(sf_list_items_next(&items)));
	sf_list_page_finish(&page);
}
