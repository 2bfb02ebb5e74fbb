/* test_apply_plan: a roll-out read back: what is taken, what is refused, and where. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/apply_plan.h>

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/file.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD "{\"schema\": \"slicefit.rollout/1\", \"id\": \"0123456789abcdef\""

static char dir[] = "/tmp/slicefit-apply-XXXXXX";
static struct sf_arena *arena;

static void write_file(const char *name, const char *text)
{
	char path[64];
	struct sf_error err = {0};
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	cr_assert(zero(int, sf_file_write(path, text, strlen(text), &err)), "%s", err.text);
}

static void setup(void)
{
	arena = sf_arena_create(1 << 20);
	cr_assert(mkdtemp(dir) != NULL);
	write_file("map.yaml",
	           "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: m\n  namespace: s\n"
	           "data:\n  config.yaml: |\n    version: v1\n");
	write_file("list.yaml", "- a\n");
	write_file("patch.yaml", "spec:\n  mig: {strategy: mixed}\n");
}

static void teardown(void)
{
	static const char *const names[] = {"map.yaml", "list.yaml", "patch.yaml"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[64];
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
	sf_arena_destroy(arena);
}

TestSuite(apply_plan, .init = setup, .fini = teardown);

static const char good[] =
	HEAD ", \"new\": 1, \"taint\": {\"key\": \"k\", \"effect\": \"PreferNoSchedule\"},"
	     "\"files\": [{\"path\": \"map.yaml\", \"kind\": \"ConfigMap\", \"namespace\": \"s\","
	     "\"name\": \"m\"}],"
	     "\"operator\": {\"api_version\": \"nvidia.com/v1\", \"kind\": \"ClusterPolicy\","
	     "\"name\": \"p\", \"patch_file\": \"patch.yaml\"},"
	     "\"relabel\": [{\"name\": \"r0\", \"labels\": {\"a\": \"x\"}}, {\"name\": \"r1\","
	     "\"labels\": {\"a\": \"x\"}}, {\"name\": \"r2\", \"labels\": {\"a\": \"x\"}}],"
	     "\"waves\": [{\"wave\": 1, \"nodes\": [{\"name\": \"n0\","
	     "\"labels\": {\"before\": {\"a\": \"b\", \"c\": null}, \"after\": {\"a\": \"d\", "
	     "\"c\": \"e\"}},"
	     "\"evict\": [{\"namespace\": \"ns\", \"pod\": \"p0\"}, {\"namespace\": null, \"pod\": "
	     "null}],"
	     "\"allocatable\": {\"before\": {\"g\": 8}, \"after\": {\"g\": 6, \"h\": 14}}}]},"
	     "{\"wave\": 2, \"nodes\": [{\"name\": \"n1\", \"labels\": {\"after\": {\"a\": \"d\"}},"
	     "\"allocatable\": null}]}]}";

/* Nodes that get labels only come in groups of 1, 2, 4, ...: three of relabel, and the two of the
 * waves with what they are called before. */
Test(apply_plan, all_of_it)
{
	struct sf_error err = {0};
	struct sf_apply_plan plan;
	cr_assert(zero(int, sf_apply_plan_parse(good, strlen(good), dir, arena, &plan, &err)), "%s",
	          err.text);
	static const struct {
		const char *name;
		size_t n_nodes;
		const char *first;
		size_t n_labels;
		bool stays;
	} waves[] = {
		{"relabel-1", 1, "r0", 1, true}, {"relabel-2", 2, "r1", 1, true},
		{"relabel-3", 2, "n0", 1, true}, {"wave-1", 1, "n0", 2, false},
		{"wave-2", 1, "n1", 1, false},
	};
	cr_assert(eq(sz, plan.n_waves, sizeof(waves) / sizeof(waves[0])));
	for (size_t i = 0; i < plan.n_waves; i++) {
		cr_assert(eq(str, (char *)plan.wave[i].name, (char *)waves[i].name));
		cr_assert(eq(sz, plan.wave[i].n_nodes, waves[i].n_nodes));
		cr_assert(eq(str, (char *)plan.wave[i].node[0].name, (char *)waves[i].first));
		cr_assert(eq(sz, plan.wave[i].node[0].n_labels, waves[i].n_labels));
		cr_assert(eq(int, plan.wave[i].node[0].stays, waves[i].stays));
	}
	const struct sf_apply_node *n0 = &plan.wave[3].node[0];
	cr_assert(eq(str, (char *)plan.wave[2].node[0].label[0].after, "b"));
	cr_assert(eq(str, (char *)n0->label[1].after, "e"));
	cr_assert(eq(ptr, (void *)n0->label[1].before, NULL));
	cr_assert(eq(sz, n0->n_evict, 1));
	cr_assert(eq(u32, n0->n_unnamed, 1));
	cr_assert(eq(str, (char *)n0->evict[0].name, "p0"));
	cr_assert(eq(i64, n0->count[0].before, 8));
	cr_assert(eq(i64, n0->count[1].after, 14));
	cr_assert(eq(int, plan.wave[4].node[0].counted, 0));
	cr_assert(eq(str, (char *)plan.policy->json,
	             "{\"spec\":{\"mig\":{\"strategy\":\"mixed\"}}}"));
	cr_assert(eq(sz, plan.n_objects, 1));
	cr_assert(eq(str, (char *)plan.object[0].json,
	             "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"m\","
	             "\"namespace\":\"s\"},\"data\":{\"config.yaml\":\"version: v1\\n\"}}"));
}

/* A node that joins has no present layout to be labelled with. */
Test(apply_plan, nodes_that_join)
{
	static const char text[] =
		HEAD ", \"waves\": [{\"wave\": 1, \"nodes\": [{\"name\": \"new\", \"joins\": true,"
		     "\"labels\": {\"before\": {\"a\": null}, \"after\": {\"a\": \"d\"}}}]},"
		     "{\"wave\": 2, \"nodes\": [{\"name\": \"old\", \"joins\": false,"
		     "\"labels\": {\"before\": {\"a\": \"b\"}, \"after\": {\"a\": \"d\"}}}]}]}";
	struct sf_error err = {0};
	struct sf_apply_plan plan;
	cr_assert(zero(int, sf_apply_plan_parse(text, strlen(text), dir, arena, &plan, &err)), "%s",
	          err.text);
	cr_assert(eq(sz, plan.n_waves, 3));
	cr_assert(eq(sz, plan.wave[0].n_nodes, 1));
	cr_expect(eq(str, (char *)plan.wave[0].node[0].name, "old"));
	cr_expect(plan.wave[1].node[0].joins && !plan.wave[1].node[0].stays);
	cr_expect(eq(ptr, (void *)plan.wave[1].node[0].label[0].before, NULL));
	cr_expect(not(plan.wave[2].node[0].joins));
}

#define FILES(path, kind, name)                                                                    \
	HEAD ", \"files\": [{\"path\": \"" path "\", \"kind\": \"" kind                            \
	     "\", \"namespace\": \"s\", \"name\": \"" name "\"}]}"
#define NODE(more) HEAD ", \"waves\": [{\"wave\": 1, \"nodes\": [{\"name\": \"n\"" more "}]}]}"

/* A file, and the end of what is said about it. */
static const struct {
	const char *text;
	const char *error;
} errors[] = {
	{NODE(", \"joins\": 1"), "rollout.json:1:115: expected true or false, found '1'"},
	{"[]", "rollout.json:1:1: no object"},
	{"{}", "rollout.json:1:1: no 'schema' here"},
	{"{\"schema\": \"slicefit.rollout/2\", \"id\": \"0123456789abcdef\"}",
         "rollout.json:1:12: schema 'slicefit.rollout/2' is not slicefit.rollout/1"},
	{"{\"schema\": \"slicefit.rollout/1\", \"id\": \"0123\"}",
         "rollout.json:1:40: id '0123': expected 16 hexadecimal digits"},
	{HEAD ", \"files\": {}}", "rollout.json:1:69: 'files' is no list"},
	{HEAD ", \"files\": [1]}", "rollout.json:1:70: an entry of 'files' is no object"},
	{FILES("../map.yaml", "ConfigMap", "m"),
         "'../map.yaml': expected the name of a file in this folder"},
	{FILES("none.yaml", "ConfigMap", "m"), "/none.yaml: No such file or directory"},
	{FILES("list.yaml", "ConfigMap", "m"), "/list.yaml:1:1: no object"},
	{FILES("map.yaml", "Secret", "m"), "kind 'Secret' is not ConfigMap"},
	{FILES("patch.yaml", "ConfigMap", "m"), "/rollout.json"},
	{FILES("map.yaml", "ConfigMap", "other"), "/rollout.json"},
	{HEAD ", \"operator\": {\"api_version\": \"v1\", \"kind\": \"Node\", \"name\": \"p\","
              "\"patch_file\": \"patch.yaml\"}}",
         "Node of v1 is not ClusterPolicy of nvidia.com/v1"},
	{HEAD ", \"taint\": {\"key\": \"k\"}}", "no 'effect' here"},
	{HEAD ", \"waves\": [{\"nodes\": []}]}", "no 'wave' here"},
	{HEAD ", \"waves\": [{\"wave\": 0}]}", "'0' is not in 1..4294967295"},
	{HEAD ", \"waves\": [{\"wave\": 1, \"nodes\": [{}]}]}", "no 'name' here"},
	{NODE(", \"labels\": {\"before\": {}}"), "no 'after' here"},
	{NODE(", \"labels\": {\"after\": {\"a\": {}}}"), "expected text, found a mapping"},
	{NODE(", \"allocatable\": {\"after\": {\"a\": -1}}"), "'-1' is not in 0..4294967295"},
	{NODE("}, {\"name\": \"n\""), "node n is there twice"},
	{HEAD ", \"relabel\": [{\"name\": \"n\"}, {\"name\": \"n\"}]}", "node n is there twice"},
};

Test(apply_plan, refused)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct sf_error err = {0};
		struct sf_apply_plan plan;
		const char *text = errors[i].text;
		cr_assert(eq(int, sf_apply_plan_parse(text, strlen(text), dir, arena, &plan, &err),
		             -1),
		          "%s", text);
		size_t len = strlen(err.text), want = strlen(errors[i].error);
		cr_assert(ge(sz, len, want), "%s: %s", text, err.text);
		cr_assert(eq(str, err.text + len - want, (char *)errors[i].error), "%s: %s", text,
		          err.text);
		cr_assert(eq(int, err.code == SF_EINVAL, 1));
	}
}
