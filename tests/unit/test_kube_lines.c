/* test_kube_lines: streams cut anywhere. */
// SPDX-License-Identifier: Apache-2.0
#include "kube/lines.h"

#include <slicefit/error.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static int join(void *ctx, const char *text, size_t len, struct sf_error *err)
{
	if (len == 4 && memcmp(text, "stop", 4) == 0) {
		return sf_fail(err, SF_EINVAL, "stop");
	}
	sf_str_append(ctx, "<");
	sf_str_append_n(ctx, text, len);
	sf_str_append(ctx, ">");
	return 0;
}

static const struct streamed {
	const char *text;
	const char *joined;
	int rc;
} streamed[] = {
	{"a\nbc\n\nd\r\n\r\nrest", "<a><bc><d>", 0},
	{"12345678\n", "<12345678>", 0},
	{"a\n123456789\n", "<a>", -1},
	{"123456789", "", -1},
	{"a\nstop\nb\n", "<a>", -1},
};

/* However the stream is cut, the lines are the same. */
Test(kube_lines, cut_anywhere)
{
	for (size_t i = 0; i < sizeof(streamed) / sizeof(*streamed); i++) {
		size_t len = strlen(streamed[i].text);
		for (size_t piece = 1; piece <= len; piece++) {
			struct sf_str out = {0};
			struct sf_lines lines = {.limit = 8, .line = join, .ctx = &out};
			struct sf_error err = {0};
			int rc = 0;
			for (size_t at = 0; at < len && rc == 0; at += piece) {
				size_t n = len - at < piece ? len - at : piece;
				rc = sf_lines_add(&lines, streamed[i].text + at, n, &err);
			}
			cr_assert(eq(int, rc, streamed[i].rc), "row %zu, pieces of %zu", i, piece);
			cr_assert(eq(str, (char *)sf_str_get(&out), (char *)streamed[i].joined));
			sf_lines_finish(&lines);
			sf_str_finish(&out);
		}
	}
}
