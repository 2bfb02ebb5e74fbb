/* Tests of replacing values in a tree, and of trees on one line. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/yaml.h>

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/str.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

TestSuite(yaml_with, .timeout = 20);

static const char base[] = "horizon: 1h\n"
			   "pools:\n"
			   "- {name: t4, nodes: 2}\n"
			   "- {nodes: 3, mig: {1g.10gb: 1, 1g: 2}}\n"
			   "- {name: t4.big, nodes: 5}\n";

static const struct sf_yaml *parse(struct sf_arena *arena, const char *text)
{
	struct sf_error err = {0};
	const struct sf_yaml *root = sf_yaml_parse(text, strlen(text), "f.yaml", arena, &err);
	cr_assert(root != NULL, "%s", err.text);
	return root;
}

static const struct {
	const char *path, *value, *shown;
} replaced[] = {
	{"horizon", "2h",
         "{horizon: 2h, pools: [{name: t4, nodes: 2}, {nodes: 3, mig: {1g.10gb: 1, 1g: 2}}, "
         "{name: t4.big, nodes: 5}]}"},
	{"pools.t4.nodes", "[4, \"5\"]",
         "{horizon: 1h, pools: [{name: t4, nodes: [4, \"5\"]}, {nodes: 3, mig: {1g.10gb: 1, "
         "1g: 2}}, {name: t4.big, nodes: 5}]}"},
	{"pools.t4.big.nodes", "6",
         "{horizon: 1h, pools: [{name: t4, nodes: 2}, {nodes: 3, mig: {1g.10gb: 1, 1g: 2}}, "
         "{name: t4.big, nodes: 6}]}"},
	{"pools.pool-2.mig.1g.10gb", "7",
         "{horizon: 1h, pools: [{name: t4, nodes: 2}, {nodes: 3, mig: {1g.10gb: 7, 1g: 2}}, "
         "{name: t4.big, nodes: 5}]}"},
	{"pools.t4.cpu", "8",
         "{horizon: 1h, pools: [{name: t4, nodes: 2, cpu: 8}, {nodes: 3, mig: {1g.10gb: 1, "
         "1g: 2}}, {name: t4.big, nodes: 5}]}"},
	{"pools.*.nodes", "1",
         "{horizon: 1h, pools: [{name: t4, nodes: 1}, {nodes: 1, mig: {1g.10gb: 1, 1g: 2}}, "
         "{name: t4.big, nodes: 1}]}"},
	{"seed", "{a: {b: [x]}}",
         "{horizon: 1h, pools: [{name: t4, nodes: 2}, {nodes: 3, mig: {1g.10gb: 1, 1g: 2}}, "
         "{name: t4.big, nodes: 5}], seed: {a: {b: [x]}}}"},
};

/* The new tree has the value, and the old one is as it was. */
Test(yaml_with, replaces_one_value)
{
	struct sf_arena *arena = sf_arena_create(0);
	const struct sf_yaml *root = parse(arena, base);
	struct sf_str before = {0};
	sf_yaml_show(root, &before);
	for (size_t i = 0; i < sizeof(replaced) / sizeof(replaced[0]); i++) {
		struct sf_error err = {0};
		struct sf_str shown = {0};
		struct sf_str after = {0};
		const struct sf_yaml *value = parse(arena, replaced[i].value);
		const struct sf_yaml *tree =
			sf_yaml_with(root, replaced[i].path, value, arena, &err);
		cr_assert(tree != NULL, "%s", err.text);
		sf_yaml_show(tree, &shown);
		sf_yaml_show(root, &after);
		cr_expect(eq(str, shown.text, (char *)replaced[i].shown));
		cr_expect(eq(str, after.text, before.text));
		sf_str_finish(&shown);
		sf_str_finish(&after);
	}
	sf_str_finish(&before);
	sf_arena_destroy(arena);
}

Test(yaml_with, keeps_the_place)
{
	struct sf_arena *arena = sf_arena_create(0);
	const struct sf_yaml *value = parse(arena, "\n\n\n\n\n\n{x: [1]}");
	struct sf_error err = {0};
	const struct sf_yaml *tree =
		sf_yaml_with(parse(arena, base), "pools.t4.nodes", value, arena, &err);
	const struct sf_yaml *nodes = sf_yaml_get(sf_yaml_get(tree, "pools")->child[0], "nodes");
	const struct sf_yaml *x = sf_yaml_get(nodes, "x");
	cr_expect(eq(u32, nodes->line, 3));
	cr_expect(eq(u32, nodes->column, 21));
	cr_expect(eq(u32, nodes->key_column, 14));
	cr_expect(eq(u32, x->child[0]->line, 3));
	sf_arena_destroy(arena);
}

/* The first entry has no name, but the name it would get by default was given to the second. */
Test(yaml_with, names_entries_as_readers_do)
{
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_error err = {0};
	const struct sf_yaml *root = parse(arena, "pools: [{nodes: 1}, {name: pool-1, nodes: 2}]");
	const struct sf_yaml *value = parse(arena, "9");
	static const struct {
		const char *path, *shown;
	} rows[] = {
		{"pools.pool-1.nodes", "{pools: [{nodes: 1}, {name: pool-1, nodes: 9}]}"},
		{"pools.pool-3.nodes", "{pools: [{nodes: 9}, {name: pool-1, nodes: 2}]}"},
	};
	for (size_t i = 0; i < 2; i++) {
		struct sf_str shown = {0};
		const struct sf_yaml *tree = sf_yaml_with(root, rows[i].path, value, arena, &err);
		cr_assert(tree != NULL, "%s", err.text);
		sf_yaml_show(tree, &shown);
		cr_expect(eq(str, shown.text, (char *)rows[i].shown));
		sf_str_finish(&shown);
	}
	sf_arena_destroy(arena);
}

static const struct {
	const char *path, *message;
} refused[] = {
	{"pools.t5.nodes", "pools has no 't5', did you mean 't4'?"},
	{"pools.frontend.nodes", "pools has no 'frontend' (known: t4, pool-2, t4.big)"},
	{"pool.t4.nodes", "the file has no 'pool', did you mean 'pools'?"},
	{"zzz.t4.nodes", "the file has no 'zzz' (known: horizon, pools)"},
	{"pools.t4.mig.strategy", "pools.t4 has no 'mig' (known: name, nodes)"},
	{"horizon.x", "horizon is a single value without 'x'"},
	{"pools.*", "pools has no '*' (known: t4, pool-2, t4.big)"},
	{"", "'' is no path; write it like pools.t4.nodes"},
	{"pools..nodes", "'pools..nodes' is no path; write it like pools.t4.nodes"},
	{"pools.", "'pools.' is no path; write it like pools.t4.nodes"},
	{".pools", "'.pools' is no path; write it like pools.t4.nodes"},
};

Test(yaml_with, refuses_paths_that_lead_nowhere)
{
	struct sf_arena *arena = sf_arena_create(0);
	const struct sf_yaml *root = parse(arena, base);
	const struct sf_yaml *value = parse(arena, "1");
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct sf_error err = {0};
		cr_expect(sf_yaml_with(root, refused[i].path, value, arena, &err) == NULL);
		cr_expect(eq(str, err.text, (char *)refused[i].message));
	}
	sf_arena_destroy(arena);
}

/* Wherever memory ends, that is said. */
Test(yaml_with, minds_the_limit_of_memory)
{
	struct sf_arena *arena = sf_arena_create(0);
	const struct sf_yaml *root = parse(arena, base);
	const struct sf_yaml *value = parse(arena, "[1, {a: b}]");
	bool fitted = false;
	for (size_t limit = 16; limit < 1 << 14 && !fitted; limit += 16) {
		struct sf_error err = {0};
		struct sf_arena *small = sf_arena_create(limit);
		if (small == NULL) {
			continue;
		}
		fitted = sf_yaml_with(root, "pools.pool-2.cpu", value, small, &err) != NULL;
		cr_expect(fitted || err.code == SF_ENOMEM, "%zu: %s", limit, err.text);
		sf_arena_destroy(small);
	}
	cr_expect(fitted);
	sf_arena_destroy(arena);
}
