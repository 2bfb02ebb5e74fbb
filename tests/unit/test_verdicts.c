/* test_verdicts: modes that rules deny or like, on nodes of every kind. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/verdicts.h>

#include "cluster_fixture.h"

#include <slicefit/arena.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define BIT(mode) SF_SERVING_BIT(SF_SERVING_##mode)

static const char *const shapes_here[] = {"plain", "single", "sliced", "mps", "mixed"};
enum { N = sizeof(shapes_here) / sizeof(shapes_here[0]) };

/* A wish for GPUs, modes denied, and what each node says: the level, or -1 - its reason. */
static const struct {
	uint16_t count;
	uint8_t deny;
	uint8_t level[SF_SERVINGS];
	int want[N];
} rows[] = {
#define NO(reason) (-1 - SF_FIT_##reason)
	{1, 0, {0}, {0, 0, 0, 0, NO(NO_RESOURCE)}},
	{1, 0, {[SF_SERVING_WHOLE] = 3, [SF_SERVING_MPS] = 2}, {3, 0, 0, 2, NO(NO_RESOURCE)}},
	{1, BIT(WHOLE), {0}, {NO(MODE), 0, 0, 0, NO(NO_RESOURCE)}},
	{1, BIT(MPS) | BIT(TIME_SLICING), {0}, {0, 0, NO(MODE), NO(MODE), NO(NO_RESOURCE)}},
	{1, SF_SERVING_ALL, {0}, {NO(MODE), NO(MODE), NO(MODE), NO(MODE), NO(NO_RESOURCE)}},
	/* What can never be is said before what is not allowed, and that before what is busy. */
	{4, BIT(WHOLE), {0}, {NO(TOO_MANY), 0, 0, NO(SHARED_LIMIT), NO(NO_RESOURCE)}},
	{6,
         BIT(TIME_SLICING),
         {0},
         {NO(TOO_MANY), NO(TOO_MANY), NO(MODE), NO(SHARED_LIMIT), NO(NO_RESOURCE)}},
#undef NO
};

Test(verdicts, rules_of_serving)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_cluster *cluster = sf_cluster_create(catalog);
	for (int i = 0; i < N; i++) {
		fixture_add(cluster, shapes_here[i]);
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sf_question question = {
			.policy = sf_policy_find("best-fit"),
			.request = {.n = 1, .want = {{SF_RES_GPU, rows[i].count}}},
			.serving = {.deny = rows[i].deny},
		};
		memcpy(question.serving.level, rows[i].level, sizeof(rows[i].level));
		struct sf_arena *arena = sf_arena_create(0);
		struct sf_verdicts verdicts;
		cr_assert(eq(int, sf_verdicts_fill(cluster, &question, true, arena, &verdicts), 0));
		for (int node = 0; node < N; node++) {
			const struct sf_verdict *verdict = &verdicts.node[node];
			int got = verdict->fit == SF_FITS ? verdict->level : -1 - verdict->fit;
			cr_expect(eq(int, got, rows[i].want[node]), "row %zu, %s", i,
			          shapes_here[node]);
			cr_expect(eq(int, sf_verdict_unresolvable(verdict, INT32_MAX),
			             verdict->fit != SF_FITS),
			          "row %zu, %s", i, shapes_here[node]);
		}
		sf_arena_destroy(arena);
	}
	sf_cluster_destroy(cluster);
	sf_catalog_destroy(catalog);
}

/* Where all is in use, eviction helps one and not the other; a cache keeps their answers apart. */
Test(verdicts, busy_and_denied)
{
	struct sf_error err;
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_cluster *cluster = sf_cluster_create(catalog);
	uint32_t node = fixture_add(cluster, "sliced");
	struct sf_verdict_cache *cache = sf_verdict_cache_create(cluster);
	struct sf_question open = {
		.policy = sf_policy_find("best-fit"),
		.request = {.n = 1, .want = {{SF_RES_GPU, 8}}},
	};
	struct sf_question strict = open, fond = open;
	struct sf_grant grant;
	strict.serving.deny = BIT(TIME_SLICING);
	fond.serving.level[SF_SERVING_TIME_SLICING] = 4;
	cr_expect(eq(int, sf_verdict_cache_get(cache, &open, false).node[node].level, 0));
	cr_expect(eq(int, sf_verdict_cache_get(cache, &fond, false).node[node].level, 4));
	cr_expect(eq(int, sf_verdict_cache_get(cache, &strict, false).node[node].fit, SF_FIT_MODE));
	cr_assert(eq(int, sf_filter(cluster, node, &open.request, SF_VIEW_AWARE, &grant), SF_FITS));
	uint32_t pod = sf_cluster_add_pod(cluster, &open.request, 0, 0);
	cr_assert(eq(int, sf_cluster_place(cluster, pod, node, &grant, &err), 0), "%s", err.text);
	struct sf_verdict busy = sf_verdict_cache_get(cache, &open, false).node[node];
	struct sf_verdict denied = sf_verdict_cache_get(cache, &strict, false).node[node];
	cr_expect(eq(int, busy.fit, SF_FIT_BUSY));
	cr_expect(not(sf_verdict_unresolvable(&busy, 0)));
	cr_expect(eq(int, denied.fit, SF_FIT_MODE));
	cr_expect(sf_verdict_unresolvable(&denied, INT32_MAX));
	sf_verdict_cache_destroy(cache);
	sf_cluster_destroy(cluster);
	sf_catalog_destroy(catalog);
}
