/* test_framing: heads that announce a body, well or badly. */
// SPDX-License-Identifier: Apache-2.0
#include "service/framing.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

enum { LIMIT = 1000, HEADERS = 3 };

static const struct {
	const char *name;
	const char *method;
	const char *header[HEADERS][2];
	int status;
	bool early;
} rows[] = {
	{"a length", "POST", {{"Content-Length", "10"}}, 0, false},
	{"of any case", "POST", {{"content-LENGTH", "10"}, {"Host", "x"}}, 0, false},
	{"chunks", "POST", {{"Transfer-Encoding", "chunked"}}, 0, false},
	{"Chunks", "POST", {{"transfer-encoding", "Chunked"}}, 0, false},
	{"nothing", "POST", {{"Host", "x"}}, 411, true},
	{"a GET needs none", "GET", {{"Host", "x"}}, 0, false},
	{"the limit", "POST", {{"Content-Length", "1000"}}, 0, false},
	{"beyond", "POST", {{"Content-Length", "1001"}}, 413, false},
	{"beyond, and it waits",
         "POST",
         {{"Content-Length", "1001"}, {"Expect", "100-continue"}},
         413,
         true},
	{"beyond all reading", "POST", {{"Content-Length", "1073741825"}}, 413, true},
	{"beyond 64 bits", "POST", {{"Content-Length", "99999999999999999999"}}, 413, true},
	{"two lengths", "POST", {{"Content-Length", "10"}, {"Content-Length", "10"}}, 400, true},
	{"length and chunks",
         "POST",
         {{"Content-Length", "10"}, {"Transfer-Encoding", "chunked"}},
         400,
         true},
	{"two encodings",
         "POST",
         {{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}},
         400,
         true},
	{"another encoding", "POST", {{"Transfer-Encoding", "gzip"}}, 400, true},
	{"a list of them", "POST", {{"Transfer-Encoding", "gzip, chunked"}}, 400, true},
	{"an empty one", "POST", {{"Transfer-Encoding", ""}}, 400, true},
	{"an empty length", "POST", {{"Content-Length", ""}}, 0, false},
	{"a blank in a name", "POST", {{"Content-Length ", "10"}}, 400, true},
	{"a tab in a name", "POST", {{"Transfer-Encoding\t", "chunked"}}, 400, true},
	{"a line's end",
         "POST",
         {{"Content-Length", "0"}, {"X", "a\rContent-Length: 10"}},
         400,
         true},
	{"blanks in a value",
         "POST",
         {{"Content-Length", "10"}, {"User-Agent", "a b\tc"}},
         0,
         false},
	{"two hosts", "POST", {{"Content-Length", "10"}, {"Host", "x"}, {"Host", "x"}}, 400, true},
};

Test(framing, heads)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sf_framing framing = {0};
		for (size_t k = 0; k < HEADERS && rows[i].header[k][0] != NULL; k++) {
			const char *name = rows[i].header[k][0], *value = rows[i].header[k][1];
			sf_framing_add(&framing, name, strlen(name), value, strlen(value));
		}
		struct sf_framing_fault fault = sf_framing_check(&framing, rows[i].method, LIMIT);
		cr_expect(eq(int, fault.status, rows[i].status), "%s", rows[i].name);
		cr_expect(eq(int, fault.early, rows[i].early), "%s", rows[i].name);
		cr_expect(eq(int, fault.text != NULL, rows[i].status != 0), "%s", rows[i].name);
	}
}

Test(framing, nul_in_a_value)
{
	struct sf_framing framing = {0};
	sf_framing_add(&framing, "Content-Length", 14, "1\0", 3);
	cr_expect(eq(int, sf_framing_check(&framing, "POST", LIMIT).status, 400));
}

Test(framing, chunks_came_with_http_1_1)
{
	struct sf_framing framing = {.old = true};
	sf_framing_add(&framing, "Transfer-Encoding", 17, "chunked", 7);
	cr_expect(eq(int, sf_framing_check(&framing, "POST", LIMIT).status, 400));
}
