/* test_record: what a decision record keeps of an object, and its lines. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/record.h>
#include <slicefit/str.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static const struct {
	enum sf_trim what;
	const char *text, *kept; /* NULL: refused */
} trims[] = {
	{SF_TRIM_POD, "{}", "{}"},
	{SF_TRIM_POD,
         " { \"status\" : { \"phase\" : \"Running\" , \"podIP\":\"1\"} , \"x\":[{}]}\n",
         "{\"status\":{\"phase\":\"Running\"}}"},
	{SF_TRIM_POD,
         "{\"spec\":{\"containers\":[{\"name\":\"a\",\"env\":[1],\"resources\":{\"limits\":{}}},{}]"
         "}}",
         "{\"spec\":{\"containers\":[{\"name\":\"a\",\"resources\":{\"limits\":{}}},{}]}}"},
	{SF_TRIM_POD,
         "{\"metadata\":{\"annotations\":{\"a.b/c\":\"d\","
         "\"kubectl.kubernetes.io/last-applied-configuration\":\"s\"},\"managedFields\":[]}}",
         "{\"metadata\":{\"annotations\":{\"a.b/c\":\"d\"}}}"},
	{SF_TRIM_POD, "{\"metadata\":null,\"spec\":7}", "{\"metadata\":null,\"spec\":7}"},
	{SF_TRIM_NODE,
         "{\"metadata\":{\"name\":\"n\",\"annotations\":{}},\"status\":{\"images\":[{}],"
         "\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\",\"message\":\"m\"}]}}",
         "{\"metadata\":{\"name\":\"n\"},\"status\":{"
         "\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}"},
	{SF_TRIM_ARGS, "{\"Pod\":{\"spec\":{\"volumes\":[1]}},\"NodeNames\":[\"a\",\n\"b\"]}",
         "{\"Pod\":{\"spec\":{}},\"NodeNames\":[\"a\",\"b\"]}"},
	{SF_TRIM_ARGS, "{\"NodeNameToVictims\":{\"a.b\":{\"Pods\":[{\"spec\":{\"volumes\":[]}}]}}}",
         "{\"NodeNameToVictims\":{\"a.b\":{\"Pods\":[{\"spec\":{}}]}}}"},
	{SF_TRIM_BUDGET,
         "{\"metadata\":{\"name\":\"n\",\"namespace\":\"s\",\"uid\":\"u\",\"labels\":{}},\"spec\":{"
         "\"minAvailable\":1,\"selector\":{\"matchLabels\":{\"a\":\"b\"}}},\"status\":{"
         "\"currentHealthy\":2,\"disruptionsAllowed\":1,\"disruptedPods\":{\"p\":\"t\"}}}",
         "{\"metadata\":{\"name\":\"n\",\"namespace\":\"s\",\"uid\":\"u\"},\"spec\":{"
         "\"selector\":{\"matchLabels\":{\"a\":\"b\"}}},\"status\":{"
         "\"disruptionsAllowed\":1,\"disruptedPods\":{\"p\":\"t\"}}}"},
	{SF_TRIM_NOTHING, "[1,\r\n 2]", "[1, 2]"},
	{SF_TRIM_ARGS, "7", NULL},
	{SF_TRIM_ARGS, "{\"Pod\":", NULL},
	{SF_TRIM_NOTHING, "[1] 2", NULL},
	{SF_TRIM_NOTHING, "", NULL},
};

Test(record, keeps_what_decides)
{
	for (size_t i = 0; i < sizeof(trims) / sizeof(trims[0]); i++) {
		struct sf_str out = {0};
		sf_str_append(&out, "before ");
		int rc = sf_record_trim(trims[i].what, trims[i].text, strlen(trims[i].text), &out);
		cr_assert(eq(int, rc, trims[i].kept != NULL ? 0 : -1), "row %zu", i);
		cr_assert(eq(str, out.text + strlen("before "),
		             (char *)(trims[i].kept != NULL ? trims[i].kept : "")),
		          "row %zu", i);
		sf_str_finish(&out);
	}
}

/* In parentheses, as clang takes texts that follow each other in a list for a slip. */
static const char *const lines[] = {
	("{\"slicefit_record\":1,\"version\":\"0.1.0\",\"policy\":\"fgd\",\"config\":null,"
         "\"catalog\":null,\"cluster\":\"a: \\\"b\\\"\\n\",\"wishes\":\"none\"}\n"),
	"{\"config\":\"policy: fgd\\n\"}\n",
	"{\"node\":{\"metadata\":{\"name\":\"n\"}}}\n",
	"{\"node_gone\":\"n\"}\n",
	"{\"pod\":{}}\n",
	"{\"pod_gone\":\"u\"}\n",
	"{\"budget\":{\"metadata\":{}}}\n",
	"{\"budget_gone\":\"u\"}\n",
	"{\"expire\":9223372036854775807}\n",
	"{\"filter\":{\"Pod\":{}},\"answer\":{\"Error\":\"}\"}}\n",
	"{\"prioritize\":{},\"answer\":[]}\n",
	"{\"preempt\":{},\"answer\":{}}\n",
	"{\"bind\":{\"PodName\":\"p\"},\"answer\":null,\"until\":7}\n",
	"{\"bound\":\"u\",\"until\":9,\"keeps\":false}\n",
	"{\"end\":\"more came than could be written\"}\n",
};

Test(record, lines_come_back_as_they_were)
{
	struct sf_arena *arena = sf_arena_create(0);
	cr_assert(eq(sz, sizeof(lines) / sizeof(lines[0]), SF_RECORD_KINDS));
	for (size_t i = 0; i < SF_RECORD_KINDS; i++) {
		struct sf_record_line line;
		struct sf_error err = {0};
		struct sf_str out = {0};
		int rc = sf_record_read(lines[i], strlen(lines[i]), arena, &line, &err);
		cr_assert(eq(int, rc, 0), "%s", err.text);
		cr_assert(eq(int, line.kind, i));
		sf_record_write(&line, &out);
		cr_assert(eq(str, out.text, (char *)lines[i]));
		sf_str_finish(&out);
	}
	sf_arena_destroy(arena);
}
