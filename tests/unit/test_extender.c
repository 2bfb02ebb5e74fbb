/* test_extender: requests and answers of kube-scheduler, byte for byte. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/extender.h>

#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/cluster.h>
#include <slicefit/error.h>
#include <slicefit/str.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define POD "\"Pod\":{\"metadata\":{\"name\":\"p\"}}"

static const struct {
	const char *text;
	const char *names; /* joined with blanks, or the error */
	bool has_nodes, has_names;
} rows[] = {
	{"{" POD ",\"Nodes\":null,\"NodeNames\":[\"a\",\"b\"]}", "a b", false, true},
	{"{" POD ",\"NodeNames\":[\"a\",\"b\",\"a\",null]}", "a b", false, true},
	{"{" POD ",\"NodeNames\":[]}", "", false, true},
	{"{" POD "}", "", false, false},
	{"{" POD ",\"Nodes\":null,\"NodeNames\":null}", "", false, false},
	{"{\"pod\":{},\"nodenames\":[\"a\"]}", "a", false, true},
	{"{" POD ",\"Nodes\":{\"items\":[{\"metadata\":{\"name\":\"a\"}},"
         "{\"metadata\":{\"name\":\"a\"}},{\"metadata\":{\"name\":\"b\"}}]},\"NodeNames\":null}",
         "a b", true, false},
	{"{" POD ",\"Nodes\":{\"items\":null}}", "", true, false},
	{"{" POD ",\"Nodes\":{},\"NodeNames\":[\"x\"]}", "", true, true},
	{"{" POD ",\"NodeNames\":[\"\\u0061\\u00e9\\ud83d\\ude00\"],\"More\":[{}]}",
         "a\u00e9\U0001F600", false, true},
	{"", "!the body is no JSON: byte 0", false, false},
	{"{" POD ",", "!the body is no JSON", false, false},
	{"{" POD "} x", "!the body is no JSON", false, false},
	{"[]", "!the body is no ExtenderArgs object", false, false},
	{"null", "!the body is no JSON", false, false},
	{"{}", "!Pod is missing", false, false},
	{"{\"Pod\":null}", "!Pod is missing", false, false},
	{"{\"Pod\":[]}", "!Pod is missing", false, false},
	{"{" POD ",\"Nodes\":[]}", "!Nodes is no NodeList", false, false},
	{"{" POD ",\"Nodes\":{\"items\":{}}}", "!Nodes: items is no array", false, false},
	{"{" POD ",\"Nodes\":{\"items\":[null]}}", "!Nodes.items[0] is no object", false, false},
	{"{" POD ",\"Nodes\":{\"items\":[{}]}}", "!Nodes.items[0] has no metadata.name", false,
         false},
	{"{" POD ",\"NodeNames\":{}}", "!NodeNames is no array", false, false},
	{"{" POD ",\"NodeNames\":[\"a\",7]}", "!NodeNames[1] is no name", false, false},
	{"{" POD ",\"NodeNames\":[\"a\\u0000b\"]}", "!NodeNames[0] is no name", false, false},
};

static void expect_args(const struct sf_extender_args *args, size_t row)
{
	struct sf_str names = {0};
	for (size_t i = 0; i < args->n; i++) {
		sf_str_printf(&names, "%s%s", i > 0 ? " " : "", args->name[i]);
	}
	cr_expect(strcmp(sf_str_get(&names), rows[row].names) == 0, "row %zu: '%s'", row,
	          sf_str_get(&names));
	cr_expect(args->has_nodes == rows[row].has_nodes, "row %zu", row);
	cr_expect(args->has_names == rows[row].has_names, "row %zu", row);
	sf_str_finish(&names);
}

Test(extender, reads_requests)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sf_arena *arena = sf_arena_create(0);
		struct sf_extender_args args;
		struct sf_error err = {0};
		/* An exact-size copy: reading past the end shows under ASan. */
		size_t len = strlen(rows[i].text);
		char *text = malloc(len + (len == 0));
		memcpy(text, rows[i].text, len);
		if (sf_extender_args_parse(text, len, arena, &args, &err) == 0) {
			expect_args(&args, i);
			sf_extender_args_finish(&args);
		} else {
			cr_expect(rows[i].names[0] == '!' &&
			                  strncmp(err.text, rows[i].names + 1,
			                          strlen(rows[i].names + 1)) == 0,
			          "row %zu: %s", i, err.text);
		}
		free(text);
		sf_arena_destroy(arena);
	}
}

#define NODE_A "{\"metadata\":{\"name\":\"a\",\"x\":[1,true,null,\"\\u2028<&\"]},\"spec\":{}}"
#define NODE_B "{\"metadata\":{\"name\":\"b\"}}"

/* a passes, b does not (and may become free), c never. */
static const struct sf_extender_verdict verdicts[] = {
	{NULL, false},
	{"GPU devices in use", false},
	{"unknown node", true},
};

static const struct {
	const char *text;
	const char *answer;
} answers[] = {
	{"{" POD ",\"NodeNames\":[\"a\",\"b\",\"c\"]}",
         "{\"Nodes\":null,\"NodeNames\":[\"a\"],\"FailedNodes\":{\"b\":\"GPU devices in use\","
         "\"c\":\"unknown node\"},\"FailedAndUnresolvableNodes\":{\"c\":\"unknown node\"},"
         "\"Error\":\"\"}"},
	{"{" POD ",\"NodeNames\":[\"q\\\"\\\\\\n\"]}",
         "{\"Nodes\":null,\"NodeNames\":[\"q\\\"\\\\\\n\"],\"FailedNodes\":{},"
         "\"FailedAndUnresolvableNodes\":{},\"Error\":\"\"}"},
	{"{" POD "}", "{\"Nodes\":null,\"NodeNames\":[],\"FailedNodes\":{},"
                      "\"FailedAndUnresolvableNodes\":{},\"Error\":\"\"}"},
	{"{" POD ",\"Nodes\":{\"metadata\":{\"resourceVersion\":\"7\"},\"items\":[" NODE_A
         "," NODE_B "]}}",
         "{\"Nodes\":{\"metadata\":{\"resourceVersion\":\"7\"},\"items\":[{\"metadata\":"
         "{\"name\":\"a\",\"x\":[1,true,null,\"\u2028<&\"]},\"spec\":{}}]},\"NodeNames\":null,"
         "\"FailedNodes\":{\"b\":\"GPU devices in use\"},\"FailedAndUnresolvableNodes\":{},"
         "\"Error\":\"\"}"},
	{"{" POD ",\"Nodes\":{\"items\":[" NODE_A "," NODE_B "]},\"NodeNames\":[]}",
         "{\"Nodes\":{\"metadata\":{},\"items\":[{\"metadata\":"
         "{\"name\":\"a\",\"x\":[1,true,null,\"\u2028<&\"]},\"spec\":{}}]},"
         "\"NodeNames\":[\"a\"],"
         "\"FailedNodes\":{\"b\":\"GPU devices in use\"},\"FailedAndUnresolvableNodes\":{},"
         "\"Error\":\"\"}"},
};

Test(extender, writes_filter_results)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct sf_arena *arena = sf_arena_create(0);
		struct sf_extender_args args;
		struct sf_str out = {0};
		cr_assert(sf_extender_args_parse(answers[i].text, strlen(answers[i].text), arena,
		                                 &args, NULL) == 0);
		sf_extender_write_filter(&args, verdicts, &out);
		cr_expect(strcmp(sf_str_get(&out), answers[i].answer) == 0, "row %zu: %s", i,
		          sf_str_get(&out));
		sf_str_finish(&out);
		sf_extender_args_finish(&args);
		sf_arena_destroy(arena);
	}
}

Test(extender, writes_scores)
{
	static const char text[] = "{" POD ",\"NodeNames\":[\"a\",\"b\\t\"]}";
	static const int score[] = {10, 0};
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_extender_args args;
	struct sf_str out = {0};
	cr_assert(sf_extender_args_parse(text, strlen(text), arena, &args, NULL) == 0);
	sf_extender_write_scores(&args, score, &out);
	cr_assert(eq(str, out.text,
	             (char *)"[{\"Host\":\"a\",\"Score\":10},{\"Host\":\"b\\t\",\"Score\":0}]"));
	sf_str_finish(&out);
	sf_extender_args_finish(&args);
	sf_arena_destroy(arena);
}

static const struct {
	const char *text, *error;
} errors[] = {
	{"plain", "plain"},
	{"90% full", "90? full"},
	{"quote \" and \\ and \n", "quote \" and \\ and \n"},
	{"cut in a character \xc3", "cut in a character ?"},
};

Test(extender, writes_errors_without_percent_signs)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct sf_str out = {0};
		sf_extender_write_error(errors[i].text, &out);
		json_t *json = json_loads(sf_str_get(&out), 0, NULL);
		const char *error = json_string_value(json_object_get(json, "Error"));
		cr_expect(error != NULL && strcmp(error, errors[i].error) == 0, "row %zu: %s", i,
		          sf_str_get(&out));
		bool no_names = json_is_null(json_object_get(json, "NodeNames"));
		cr_expect(no_names, "row %zu", i);
		json_decref(json);
		sf_str_finish(&out);
	}
}

Test(extender, adds_the_nodes_of_a_request)
{
	static const char text[] =
		"{" POD ",\"Nodes\":{\"items\":["
		"{\"metadata\":{\"name\":\"a\"},\"status\":{\"allocatable\":"
		"{\"nvidia.com/gpu\":\"4\",\"nvidia.com/mig-1g.5gb\":\"7\"}}},"
		"{\"metadata\":{\"name\":\"b\"},\"spec\":{\"unschedulable\":true}}]}}";
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_cluster *cluster = sf_cluster_create(catalog);
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_extender_args args;
	struct sf_error err = {0};
	cr_assert(sf_extender_args_parse(text, strlen(text), arena, &args, &err) == 0);
	cr_assert(sf_extender_args_add_nodes(&args, cluster, &err) == 0, "%s", err.text);
	cr_assert(eq(u32, sf_cluster_nodes(cluster), 2));
	cr_assert(eq(u32, sf_cluster_find_node(cluster, "b"), 1));
	cr_assert(eq(int, sf_cluster_node(cluster, 1)->state, SF_NODE_CORDONED));
	const struct sf_count *gpus = sf_node_count(sf_cluster_node(cluster, 0), SF_RES_GPU);
	cr_assert(gpus != NULL && gpus->total == 4);
	sf_extender_args_finish(&args);
	sf_cluster_destroy(cluster);
	sf_arena_destroy(arena);
	sf_catalog_destroy(catalog);
}
