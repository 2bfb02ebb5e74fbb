/* test_extender: requests and answers of kube-scheduler, byte for byte. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/extender.h>

#include "extender_reference.h"

#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/change.h>
#include <slicefit/cluster.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/rng.h>
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
	{"null", "!the body is no JSON: byte 0: no object", false, false},
	{"{}", "!Pod is missing", false, false},
	{"{\"Pod\":null}", "!Pod is missing", false, false},
	{"{\"Pod\":[]}", "!Pod is missing", false, false},
	{"{" POD ",\"Nodes\":[]}", "!Nodes is no NodeList", false, false},
	{"{" POD ",\"Nodes\":{\"items\":{}}}", "!Nodes: items is no array", false, false},
	{"{" POD ",\"Nodes\":{\"items\":[null]}}", "!Nodes: items[0]: no object", false, false},
	{"{" POD ",\"Nodes\":{\"items\":[{}]}}", "!Nodes: items[0]: metadata.name is missing",
         false, false},
	{"{" POD ",\"NodeNames\":{}}", "!NodeNames is no array", false, false},
	{"{" POD ",\"NodeNames\":[\"a\",7]}", "!NodeNames[1] is no name", false, false},
	{"{" POD ",\"NodeNames\":[\"a\\u0000b\"]}", "!NodeNames[0] is no name", false, false},
};

static void expect_args(const struct sf_extender_args *args, size_t row)
{
	struct sf_str names = {0};
	for (size_t i = 0; i < args->n; i++) {
		sf_str_append(&names, i > 0 ? " " : "");
		sf_str_append_n(&names, args->node[i].name, args->node[i].name_len);
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

/* a passes, b does not (and may become free), c never, d is left out. */
static const struct sf_extender_verdict verdicts[] = {
	{.reason = NULL},
	{.reason = "GPU devices in use"},
	{.reason = "unknown node", .unresolvable = true},
	{.reason = "not among the best nodes", .unnamed = true},
};

static const struct {
	const char *text;
	const char *answer;
} answers[] = {
	{"{" POD ",\"NodeNames\":[\"a\",\"b\",\"c\"]}",
         "{\"Nodes\":null,\"NodeNames\":[\"a\"],\"FailedNodes\":{\"b\":\"GPU devices in use\","
         "\"c\":\"unknown node\"},\"FailedAndUnresolvableNodes\":{\"c\":\"unknown node\"},"
         "\"Error\":\"\"}"},
	{"{" POD ",\"NodeNames\":[\"a\",\"b\",\"c\",\"d\"]}",
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
         "{\"name\":\"a\",\"x\":[1,true,null,\"\\u2028<&\"]},\"spec\":{}}]},\"NodeNames\":null,"
         "\"FailedNodes\":{\"b\":\"GPU devices in use\"},\"FailedAndUnresolvableNodes\":{},"
         "\"Error\":\"\"}"},
	{"{" POD ",\"Nodes\":{\"items\":[" NODE_A "," NODE_B "]},\"NodeNames\":[]}",
         "{\"Nodes\":{\"metadata\":{},\"items\":[{\"metadata\":"
         "{\"name\":\"a\",\"x\":[1,true,null,\"\\u2028<&\"]},\"spec\":{}}]},"
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
		sf_arena_destroy(arena);
	}
}

static const struct {
	int score[3];
	const char *answer;
} score_lists[] = {
	{{10, 7, 0}, "[{\"Host\":\"a\",\"Score\":10},{\"Host\":\"b\\t\",\"Score\":7}]"},
	{{0, 1300, 0}, "[{\"Host\":\"b\\t\",\"Score\":1300}]"},
	{{10, 10, 0}, "[{\"Host\":\"a\",\"Score\":10},{\"Host\":\"b\\t\",\"Score\":10}]"},
	{{10, 10, 10}, "[]"},
	{{0, 0, 0}, "[]"},
};

Test(extender, writes_scores_that_say_something)
{
	static const char text[] = "{" POD ",\"NodeNames\":[\"a\",\"b\\t\",\"c\"]}";
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_extender_args args;
	cr_assert(sf_extender_args_parse(text, strlen(text), arena, &args, NULL) == 0);
	for (size_t i = 0; i < sizeof(score_lists) / sizeof(score_lists[0]); i++) {
		struct sf_str out = {0};
		sf_extender_write_scores(&args, score_lists[i].score, &out);
		cr_expect(eq(str, (char *)sf_str_get(&out), (char *)score_lists[i].answer),
		          "row %zu", i);
		sf_str_finish(&out);
	}
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

#define LABELED(name, product)                                                                     \
	"{\"metadata\":{\"name\":\"" name "\",\"labels\":{\"nvidia.com/gfd.timestamp\":\"" name    \
	"\",\"nvidia.com/gpu.product\":\"" product "\"}},\"status\":{\"allocatable\":"             \
	"{\"nvidia.com/gpu\":\"4\"}}}"

#define T4_A       LABELED("a", "Tesla-T4")
#define L4_B       LABELED("b", "NVIDIA-L4")
#define T4_C       LABELED("c", "Tesla-T4")
#define CORDONED_D "{\"metadata\":{\"name\":\"d\"},\"spec\":{\"unschedulable\":true}}"

Test(extender, finds_the_classes_of_nodes)
{
	static const char text[] =
		"{" POD ",\"Nodes\":{\"items\":[" T4_A "," L4_B "," T4_C "," CORDONED_D "]}}";
	static const uint32_t class[] = {0, 1, 0, 2};
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_cluster *cluster = sf_cluster_create(catalog);
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_extender_args args;
	struct sf_error err = {0};
	cr_assert(sf_extender_args_parse(text, strlen(text), arena, &args, &err) == 0);
	cr_assert(sf_extender_args_add_classes(&args, cluster, arena, &err) == 0, "%s", err.text);
	cr_assert(eq(u32, sf_cluster_nodes(cluster), 3));
	for (size_t i = 0; i < 4; i++) {
		cr_expect(eq(u32, args.node[i].class, class[i]));
	}
	const struct sf_node *node = sf_cluster_node(cluster, 0);
	cr_assert(eq(int, node->n_gpus, 4));
	cr_assert(eq(str, (char *)node->gpu[0].product->name, (char *)"T4"));
	cr_assert(eq(int, sf_cluster_node(cluster, 2)->state, SF_NODE_CORDONED));
	sf_cluster_destroy(cluster);
	sf_arena_destroy(arena);
	sf_catalog_destroy(catalog);
}

/* Both decoders refuse a request, or read the same out of it. True when they read it. */
static bool compare_decoders(const char *text, size_t len, const struct sf_catalog *catalog)
{
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_cluster *cluster = sf_cluster_create(catalog);
	struct sf_extender_args args;
	struct reference ref;
	struct sf_error err = {0};
	int rc = sf_extender_args_parse(text, len, arena, &args, &err);
	rc = rc == 0 ? sf_extender_args_add_classes(&args, cluster, arena, &err) : rc;
	int right = reference_parse(text, len, catalog, &ref);
	cr_assert(rc == right || (rc < 0 && reference_has_twice(text, len)),
	          "%.*s\nreference: %d, decoder: %s", (int)len, text, right, err.text);
	cr_assert(rc < 0 || reference_agrees(&ref, &args, cluster), "%.*s", (int)len, text);
	reference_finish(&ref);
	sf_cluster_destroy(cluster);
	sf_arena_destroy(arena);
	return rc == 0;
}

Test(extender, agrees_with_the_reference_on_recorded_requests)
{
	static const char *const files[] = {"filter-names", "filter-names-mig", "filter-nodes",
	                                    "filter-nodes-mig", "filter-names-multi"};
	struct sf_catalog *catalog = sf_catalog_create();
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[512];
		struct sf_str text = {0};
		struct sf_error err = {0};
		snprintf(path, sizeof(path), "%s/tests/data/extender/%s.json", SF_SOURCE_DIR,
		         files[i]);
		cr_assert(sf_file_read(path, 1 << 20, &text, &err) == 0, "%s", err.text);
		cr_expect(compare_decoders(text.text, text.len, catalog), "%s", files[i]);
		sf_str_finish(&text);
	}
	sf_catalog_destroy(catalog);
}

/* Pieces that requests with Nodes are made of; $ is replaced by more pieces. */
static const char *const pieces[] = {
	"\"nvidia.com/gpu.product\":\"NVIDIA-A100-SXM4-80GB\"",
	"\"nvidia.com/gpu.product\":\"NVIDIA-A100-SXM4-80GB-MIG-1g.10gb\"",
	"\"nvidia.com\\/gpu.product\":\"Tesla\\u002dT4\"",
	"\"nvidia.com/gpu.count\":\"8\"",
	"\"nvidia.com/gpu.count\":7",
	"\"nvidia.com/gpu.replicas\":\"4\"",
	"\"nvidia.com/gpu.sharing-strategy\":\"mps\"",
	"\"nvidia.com/mig.strategy\":\"mixed\"",
	"\"nvidia.com/mig.strategy\":\"single\"",
	"\"nvidia.com/mig.config.state\":\"pending\"",
	"\"nvidia.com/mig.config.state\":null",
	"\"nvidia.com/gfd.timestamp\":\"1\"",
	"\"nvidia.com/gpu\":\"8\"",
	"\"nvidia.com/gpu\":8",
	"\"nvidia.com/gpu\":8.0",
	"\"nvidia.com/gpu\":\"32\"",
	"\"nvidia.com/gpu\":\"+8\"",
	"\"nvidia.com/gpu\":\"8\\u0000\"",
	"\"nvidia.com/gpu.shared\":\"32\"",
	"\"nvidia.com/mig-1g.10gb\":\"7\"",
	"\"nvidia.com/mig-3g.40gb\":\"2\"",
	"\"nvidia.com/mig-3g.40gb\":\"0\"",
	"\"cpu\":\"96\"",
	"\"pods\":110",
};

static void put_object(struct sf_rng *rng, const char *key, struct sf_str *out)
{
	static const char *const odd[] = {"null", "{}", "[]", "7", "\"x\""};
	sf_str_printf(out, "\"%s\":", key);
	if (sf_rng_below(rng, 40) == 0) {
		sf_str_append(out, odd[sf_rng_below(rng, 5)]);
		return;
	}
	sf_str_append(out, "{");
	for (uint64_t n = sf_rng_below(rng, 7); n > 0; n--) {
		sf_str_append(out, pieces[sf_rng_below(rng, sizeof(pieces) / sizeof(pieces[0]))]);
		sf_str_append(out, n > 1 ? "," : "");
	}
	sf_str_append(out, "}");
}

static void put_node(struct sf_rng *rng, struct sf_str *out)
{
	static const char *const names[] = {"a", "b", "\\u0061", "c\\n", "d", "\xc3\xa9"};
	sf_str_append(out, "{\"metadata\":{");
	if (sf_rng_below(rng, 2) == 0) {
		put_object(rng, "labels", out);
		sf_str_append(out, ",");
	}
	sf_str_printf(out, "\"name\":\"%s\",", names[sf_rng_below(rng, 6)]);
	put_object(rng, sf_rng_below(rng, 2) == 0 ? "labels" : "annotations", out);
	sf_str_printf(out, "},\"spec\":{\"unschedulable\":%s},\"status\":{",
	              sf_rng_below(rng, 8) == 0 ? "true" : "false");
	put_object(rng, sf_rng_below(rng, 8) == 0 ? "capacity" : "allocatable", out);
	sf_str_append(out, "}}");
}

Test(extender, agrees_with_the_reference_on_random_requests)
{
	static const char *const fields[] = {"Nodes", "nodes", "Nodes", "NODES"};
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_rng rng;
	size_t read = 0;
	sf_rng_seed(&rng, 5, 0);
	for (int i = 0; i < 5000; i++) {
		struct sf_str text = {0};
		sf_str_append(&text, "{" POD);
		for (uint64_t lists = 1 + (sf_rng_below(&rng, 8) == 0); lists > 0; lists--) {
			sf_str_printf(&text, ",\"%s\":{\"items\":[", fields[sf_rng_below(&rng, 4)]);
			for (uint64_t n = sf_rng_below(&rng, 6); n > 0; n--) {
				put_node(&rng, &text);
				sf_str_append(&text, n > 1 ? "," : "");
			}
			sf_str_append(&text, "]}");
		}
		sf_str_append(&text, ",\"NodeNames\":null}");
		read += compare_decoders(text.text, text.len, catalog);
		sf_str_finish(&text);
	}
	cr_assert(read > 1000 && read < 5000, "%zu", read);
	sf_catalog_destroy(catalog);
}

/* Reads a request, and compares the pieces of its answer with the answer in one. */
static void check_pieces(char *text, const struct sf_extender_verdict *verdict, size_t count)
{
	static struct sf_piece piece[SF_EXTENDER_PIECES_MAX];
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_extender_args args;
	struct sf_str whole = {0}, own = {0}, joined = {0};
	cr_assert(sf_extender_args_parse(text, strlen(text), arena, &args, NULL) == 0);
	sf_extender_write_filter(&args, verdict, &whole);
	size_t n = sf_extender_write_filter_pieces(&args, verdict, text, &own, piece);
	for (size_t i = 0; i < n; i++) {
		sf_str_append_n(&joined, piece[i].text, piece[i].len);
	}
	cr_expect(eq(sz, n, count));
	cr_expect(eq(str, joined.text, whole.text));
	sf_str_finish(&whole);
	sf_str_finish(&own);
	sf_str_finish(&joined);
	sf_arena_destroy(arena);
}

#define PASS                                                                                       \
	{                                                                                          \
		.reason = NULL                                                                     \
	}
#define NO                                                                                         \
	{                                                                                          \
		.reason = "no"                                                                     \
	}
#define NEVER                                                                                      \
	{                                                                                          \
		.reason = "no", .unresolvable = true                                               \
	}

Test(extender, answers_in_pieces_of_the_request)
{
	static const struct {
		struct sf_extender_verdict verdict[3];
		size_t spaced, compact;
	} answered[] = {
		{{PASS, PASS, PASS}, 5, 3}, {{PASS, NO, PASS}, 4, 4},     {{NO, PASS, PASS}, 4, 3},
		{{NO, NEVER, NO}, 2, 2},    {{NEVER, NEVER, PASS}, 3, 3},
	};
	for (size_t i = 0; i < sizeof(answered) / sizeof(answered[0]); i++) {
		char text[] = "{" POD ",\"Nodes\":{\"metadata\":{\"a\":1},\"items\":[" T4_A
			      " , " L4_B ",\n" T4_C "]}}";
		char compact[] = "{" POD ",\"Nodes\":{\"items\":[" T4_A "," L4_B "," T4_C "]}}";
		check_pieces(text, answered[i].verdict, answered[i].spaced);
		check_pieces(compact, answered[i].verdict, answered[i].compact);
	}
}

/* With more runs than pieces some are moved together. */
Test(extender, answers_in_a_limited_number_of_pieces)
{
	enum { NODES = 5000 };
	static struct sf_extender_verdict verdict[NODES];
	struct sf_str text = {0};
	sf_str_append(&text, "{" POD ",\"Nodes\":{\"items\":[");
	for (int i = 0; i < NODES; i++) {
		sf_str_printf(&text, "%s{\"metadata\":{\"name\":\"n%d\"}}", i > 0 ? "," : "", i);
		verdict[i].reason = i % 3 == 1 ? "no" : NULL;
	}
	sf_str_append(&text, "]}}");
	check_pieces(text.text, verdict, 836); /* 1667 runs, two to a piece, and two more pieces */
	sf_str_finish(&text);
}

Test(extender, has_a_limit_of_nodes)
{
	struct sf_str text = {0};
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_extender_args args;
	struct sf_error err = {0};
	sf_str_append(&text, "{" POD ",\"NodeNames\":[\"x\"");
	for (int i = 1; i < SF_EXTENDER_NODES_MAX; i++) {
		sf_str_printf(&text, ",\"n%d\"", i);
	}
	size_t len = text.len;
	sf_str_append(&text, "]}");
	cr_assert(sf_extender_args_parse(text.text, text.len, arena, &args, &err) == 0);
	cr_assert(eq(sz, args.n, SF_EXTENDER_NODES_MAX));
	text.len = len;
	sf_str_append(&text, ",\"more\"]}");
	cr_assert(sf_extender_args_parse(text.text, text.len, arena, &args, &err) == -1);
	cr_assert(strstr(err.text, "more than 200000 nodes") != NULL, "%s", err.text);
	sf_str_finish(&text);
	sf_arena_destroy(arena);
}
