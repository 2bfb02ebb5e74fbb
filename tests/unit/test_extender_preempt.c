/* test_extender_preempt: what kube-scheduler asks before it evicts pods, and the answer. */
// SPDX-License-Identifier: Apache-2.0
#include "preempt_reference.h"

#include <slicefit/file.h>
#include <slicefit/str.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#define POD "\"Pod\":{\"metadata\":{\"name\":\"p\"}}"

static const struct {
	const char *text;
	const char
		*nodes; /* "NODE=UID:PRIORITY UID/VIOLATIONS ...", or "!" and the error's begin */
} rows[] = {
	{"{" POD ",\"NodeNameToVictims\":null,\"NodeNameToMetaVictims\":{\"a\":{\"Pods\":[{\"UID\":"
         "\"1\"},{\"UID\":\"2\"}],\"NumPDBViolations\":0},\"b\":{\"Pods\":[{\"UID\":\"3\"}],"
         "\"NumPDBViolations\":2}}}",
         "a=1,2/0 b=3/2"},
	{"{" POD ",\"NodeNameToVictims\":{\"a\":{\"Pods\":[{\"metadata\":{\"uid\":\"1\",\"name\":"
         "\"x\"},\"spec\":{\"priority\":-7}},{\"metadata\":{\"uid\":\"2\"}}],"
         "\"NumPDBViolations\":1}},\"NodeNameToMetaVictims\":null}",
         "a=1:-7,2/1"},
	/* As Go matches names; both maps; escapes. */
	{"{\"pod\":{},\"nodenametometavictims\":{\"a\":{\"pods\":[{\"uid\":\"1\"}],"
         "\"numpdbviolations\":3}}}",
         "a=1/3"},
	{"{" POD ",\"NodeNameToVictims\":{\"a\":{}},\"NodeNameToMetaVictims\":{\"b\":{}}}", "b=/0"},
	{"{" POD ",\"nodeNameToMetaVictims\":{\"a\":{}},\"NodeNameToMetaVictims\":{\"b\":{}}}",
         "b=/0"},
	{"{" POD ",\"NodeNameToMetaVictims\":{\"\\u0061\":{\"Pods\":[{\"UID\":\"\\u0031\"}]}}}",
         "a=1/0"},
	{"{" POD ",\"NodeNameToMetaVictims\":{\"a\":{\"Pods\":[{\"UID\":\"1\"}]},\"b\":{},"
         "\"a\":{\"NumPDBViolations\":4}}}",
         "a=/4 b=/0"},
	/* Nothing where something may be. */
	{"{" POD "}", ""},
	{"{" POD ",\"NodeNameToVictims\":null,\"NodeNameToMetaVictims\":null}", ""},
	{"{" POD ",\"NodeNameToMetaVictims\":{}}", ""},
	{"{" POD ",\"NodeNameToMetaVictims\":{\"a\":null,\"b\":{},\"c\":{\"Pods\":null,"
         "\"NumPDBViolations\":null},\"d\":{\"Pods\":[null,{},{\"UID\":null},{\"UID\":\"\"}]}}}",
         "a=/0 b=/0 c=/0 d=/0"},
	{"{" POD
         ",\"NodeNameToVictims\":{\"a\":{\"Pods\":[null,{},{\"metadata\":null,\"spec\":null},"
         "{\"metadata\":{\"uid\":\"1\"},\"spec\":{\"priority\":null}}]}}}",
         "a=1:0/0"},
	{"{" POD ",\"NodeNameToVictims\":{\"a\":{\"Pods\":[{\"metadata\":{\"uid\":\"1\"},\"spec\":"
         "{\"priority\":9000000000}}]}}}",
         "a=1:2147483647/0"},
	{"", "!the body is no JSON: byte 0"},
	{"{" POD ",", "!the body is no JSON"},
	{"{" POD "} x", "!the body is no JSON"},
	{"[]", "!the body is no ExtenderPreemptionArgs object"},
	{"null", "!the body is no ExtenderPreemptionArgs object"},
	{"{\"NodeNameToMetaVictims\":{}}", "!Pod is missing"},
	{"{\"Pod\":7}", "!Pod is missing"},
	{"{" POD ",\"NodeNameToMetaVictims\":[]}", "!NodeNameToMetaVictims: no object"},
	{"{" POD ",\"NodeNameToVictims\":7}", "!NodeNameToVictims: no object"},
	{"{" POD ",\"NodeNameToMetaVictims\":{\"a\":[]}}",
         "!NodeNameToMetaVictims: node a: its entry is no object"},
	{"{" POD ",\"NodeNameToMetaVictims\":{\"a\":{\"Pods\":{}}}}",
         "!NodeNameToMetaVictims: node a: Pods is no array"},
	{"{" POD ",\"NodeNameToMetaVictims\":{\"a\":{\"Pods\":[{},\"1\"]}}}",
         "!NodeNameToMetaVictims: node a: Pods[1]: a victim is no object"},
	{"{" POD ",\"NodeNameToMetaVictims\":{\"a\":{\"Pods\":[{\"UID\":1}]}}}",
         "!NodeNameToMetaVictims: node a: Pods[0]: UID is no text"},
	{"{" POD ",\"NodeNameToMetaVictims\":{\"a\":{\"Pods\":[{\"UID\":\"\\u0000\"}]}}}",
         "!NodeNameToMetaVictims: node a: Pods[0]: UID is no text"},
	{"{" POD ",\"NodeNameToMetaVictims\":{\"a\\u0000b\":{}}}", "!the body is no JSON: byte 59"},
	{"{" POD ",\"NodeNameToMetaVictims\":{\"a\":{\"NumPDBViolations\":1.5}}}",
         "!NodeNameToMetaVictims: node a: NumPDBViolations is no integer"},
	{"{" POD ",\"NodeNameToMetaVictims\":{\"a\":{\"NumPDBViolations\":"
         "0.00000000000000000000000}}}",
         "!NodeNameToMetaVictims: node a: NumPDBViolations is no integer"},
	{"{" POD ",\"NodeNameToMetaVictims\":{\"a\":{\"NumPDBViolations\":true}}}",
         "!NodeNameToMetaVictims: node a: NumPDBViolations is no integer"},
	{"{" POD ",\"NodeNameToVictims\":{\"a\":{\"Pods\":[{\"metadata\":7}]}}}",
         "!NodeNameToVictims: node a: Pods[0]: metadata is no object"},
	{"{" POD ",\"NodeNameToVictims\":{\"a\":{\"Pods\":[{\"spec\":[]}]}}}",
         "!NodeNameToVictims: node a: Pods[0]: spec is no object"},
	{"{" POD ",\"NodeNameToVictims\":{\"a\":{\"Pods\":[{\"spec\":{\"priority\":\"1\"}}]}}}",
         "!NodeNameToVictims: node a: Pods[0]: spec.priority is no integer"},
};

static void describe(const struct sf_extender_preempt *args, struct sf_str *out)
{
	for (size_t i = 0; i < args->n; i++) {
		const struct sf_extender_candidate *node = &args->node[i];
		sf_str_printf(out, "%s%s=", i > 0 ? " " : "", node->name);
		for (size_t k = 0; k < node->n; k++) {
			sf_str_printf(out, "%s%s", k > 0 ? "," : "", node->victim[k].uid);
			if (node->victim[k].has_priority) {
				sf_str_printf(out, ":%d", node->victim[k].priority);
			}
		}
		sf_str_printf(out, "/%lld", (long long)node->violations);
	}
}

Test(extender_preempt, reads_requests)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sf_arena *arena = sf_arena_create(0);
		struct sf_extender_preempt args = {0};
		struct sf_error err = {0};
		struct sf_str got = {0};
		/* An exact-size copy: reading past the end shows under ASan. */
		size_t len = strlen(rows[i].text);
		char *text = malloc(len + (len == 0));
		memcpy(text, rows[i].text, len);
		if (sf_extender_preempt_parse(text, len, arena, &args, &err) == 0) {
			describe(&args, &got);
			cr_expect(eq(str, (char *)sf_str_get(&got), (char *)rows[i].nodes),
			          "row %zu", i);
			cr_expect(reference_same_args(text, len, &args), "row %zu", i);
		} else {
			cr_expect(rows[i].nodes[0] == '!' &&
			                  strncmp(err.text, rows[i].nodes + 1,
			                          strlen(rows[i].nodes + 1)) == 0,
			          "row %zu: %s", i, err.text);
		}
		sf_str_finish(&got);
		free(text);
		sf_arena_destroy(arena);
	}
}

/* More than may be, and more than the memory budget has room for. */
Test(extender_preempt, keeps_limits)
{
	static const struct {
		size_t victims, budget;
		const char *error;
	} limits[] = {
		{SF_EXTENDER_VICTIMS_MAX, 0, ""},
		{SF_EXTENDER_VICTIMS_MAX + 1, 0, "more than 200000 victims"},
		{SF_EXTENDER_VICTIMS_MAX, 1 << 20, "memory budget"},
	};
	for (size_t i = 0; i < 3; i++) {
		struct sf_arena *arena = sf_arena_create(limits[i].budget);
		struct sf_extender_preempt args;
		struct sf_error err = {0};
		struct sf_str text = {0};
		sf_str_append(&text, "{" POD ",\"NodeNameToMetaVictims\":{\"a\":{\"Pods\":[");
		for (size_t k = 0; k < limits[i].victims; k++) {
			sf_str_append(&text, k > 0 ? ",{\"UID\":\"1\"}" : "{\"UID\":\"1\"}");
		}
		sf_str_append(&text, "]}}}");
		int rc = sf_extender_preempt_parse(text.text, text.len, arena, &args, &err);
		cr_expect(eq(int, rc, limits[i].error[0] == '\0' ? 0 : -1));
		cr_expect(strstr(err.text, limits[i].error) != NULL, "%s", err.text);
		sf_str_finish(&text);
		sf_arena_destroy(arena);
	}
}

Test(extender_preempt, reads_both_recorded_forms)
{
	static const char *const files[] = {"names", "pods"};
	char *got[2];
	for (size_t i = 0; i < 2; i++) {
		char path[512];
		struct sf_arena *arena = sf_arena_create(0);
		struct sf_extender_preempt args;
		struct sf_error err = {0};
		struct sf_str text = {0}, out = {0};
		snprintf(path, sizeof(path), "%s/tests/data/extender/preempt-%s.json",
		         SF_SOURCE_DIR, files[i]);
		cr_assert(sf_file_read(path, (size_t)1 << 20, &text, &err) == 0, "%s", err.text);
		cr_assert(sf_extender_preempt_parse(text.text, text.len, arena, &args, &err) == 0,
		          "%s", err.text);
		cr_expect(reference_same_args(text.text, text.len, &args));
		cr_expect(eq(int, args.pod.priority, 1000));
		for (size_t k = 0; k < args.n; k++) {
			for (size_t v = 0; v < args.node[k].n; v++) {
				cr_expect(eq(int, args.node[k].victim[v].has_priority, i == 1));
			}
			args.node[k].violations = 0; /* 1.20 sends it with whole Pods only */
		}
		sf_extender_write_preempt(args.node, args.n, &out);
		got[i] = out.text;
		sf_str_finish(&text);
		sf_arena_destroy(arena);
	}
	cr_expect(eq(str, got[0], got[1]));
	free(got[0]);
	free(got[1]);
}

/* Only nodes with victims, in their order, with UIDs as they are. */
Test(extender_preempt, writes_answers)
{
	struct sf_extender_victim two[] = {{.uid = "1"}, {.uid = "q\"\\\n"}};
	struct sf_extender_candidate node[] = {
		{.name = "b", .n = 2, .victim = two, .violations = 3},
		{.name = "empty", .violations = 1},
		{.name = "a", .n = 1, .victim = two},
	};
	static const char *const want[] = {
		"{\"NodeNameToMetaVictims\":{}}",
		"{\"NodeNameToMetaVictims\":{\"b\":{\"Pods\":[{\"UID\":\"1\"},{\"UID\":\"q\\\"\\\\"
		"\\n\"}],\"NumPDBViolations\":3}}}",
		"{\"NodeNameToMetaVictims\":{\"b\":{\"Pods\":[{\"UID\":\"1\"},{\"UID\":\"q\\\"\\\\"
		"\\n\"}],\"NumPDBViolations\":3}}}",
		"{\"NodeNameToMetaVictims\":{\"b\":{\"Pods\":[{\"UID\":\"1\"},{\"UID\":\"q\\\"\\\\"
		"\\n\"}],\"NumPDBViolations\":3},\"a\":{\"Pods\":[{\"UID\":\"1\"}],"
		"\"NumPDBViolations\":0}}}",
	};
	for (size_t n = 0; n < 4; n++) {
		struct sf_str out = {0};
		sf_extender_write_preempt(node, n, &out);
		cr_expect(eq(str, out.text, (char *)want[n]));
		sf_str_finish(&out);
	}
}
