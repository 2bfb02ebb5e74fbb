/* Tests of roll-outs: written cases, random plans watched change by change, and a brute-force search for
 * an order without interruption. */
// SPDX-License-Identifier: Apache-2.0
#include "rollout_fixture.h"

#include <slicefit/rng.h>

TestSuite(rollout, .timeout = 120);

static struct sf_rollout *roll(struct rollout_fixture *f, struct sf_share_of max)
{
	const struct sf_rollout_options options = {.max_unavailable = max};
	struct sf_error err = {0};
	struct sf_rollout *rollout = sf_rollout_create(f->before, &f->plan, &options, &err);

	cr_assert(rollout != NULL, "%s", err.text);
	return rollout;
}

static const struct sf_share_of ONE = {1, false};

Test(rollout, shares_are_rounded_down_but_never_to_nothing)
{
	static const struct {
		struct sf_share_of share;
		uint32_t all, nodes;
	} rows[] = {
		{{3, false}, 10, 3}, {{25, true}, 10, 2},   {{25, true}, 3, 1},
		{{1, true}, 10, 1},  {{100, true}, 10, 10}, {{20, false}, 10, 20},
	};
	static const char *const wrong[] = {"",    "0", "0%",  "101%",  "-1",
	                                    "1.5", "x", "5 %", "100001"};
	struct sf_share_of share;
	struct sf_error err = {0};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_expect(eq(u32, sf_share_nodes(rows[i].share, rows[i].all), rows[i].nodes),
		          "row %zu", i);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		cr_expect(eq(int, sf_share_parse(wrong[i], &share, &err), -1), "'%s'", wrong[i]);
	}
	cr_assert(eq(int, sf_share_parse("30%", &share, &err), 0));
	cr_expect(share.percent && share.value == 30);
	cr_assert(eq(int, sf_share_parse("7", &share, &err), 0));
	cr_expect(share.percent == false && share.value == 7);
}

#define WHOLE(name, gpus) "- {name: " name ", product: A30, gpus: " #gpus "}\n"
#define CUT(name, gpus, profile, n)                                                                \
	"- {name: " name ", product: A30, gpus: " #gpus                                            \
	", mig: {config: [{devices: all, mig-enabled: true, mig-devices: {" profile ": " #n        \
	"}}]}}\n"

/* Six idle nodes are cut: so many at once as the pools allow, and as all of them do together. */
Test(rollout, pools_have_limits_of_their_own)
{
	static const struct sf_pool_share limits[] = {
		{"a", {1, false}}, {"a", {3, false}}, {"b", {50, true}}, {"c", {1, false}}};
	static const struct {
		struct sf_share_of all;
		size_t first, n;
		uint32_t a, b, waves; /* of most nodes at once; all waves */
	} rows[] = {
		{{100, true}, 0, 0, 4, 2, 1}, {{100, true}, 0, 1, 1, 2, 4},
		{{100, true}, 0, 2, 3, 2, 2}, /* the last word counts */
		{{100, true}, 1, 2, 3, 1, 2}, {{2, false}, 1, 1, 3, 2, 3},
		{{0, false}, 1, 1, 3, 1, 6},
	};
	struct rollout_fixture f;
	struct sf_rollout_options options = {0};
	struct sf_error err = {0};

	rollout_fixture_init(
		&f, "- {name: a, nodes: 4, product: A30}\n- {name: b, nodes: 2, product: A30}\n",
		CUT("a, nodes: 4", 1, "1g.6gb", 4) CUT("b, nodes: 2", 1, "1g.6gb", 4),
		"workloads:\n- {count: 1, request: {gpu: 1}}\n");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		options.max_unavailable = rows[i].all;
		options.pool = &limits[rows[i].first];
		options.n_pools = rows[i].n;
		struct sf_rollout *rollout = sf_rollout_create(f.before, &f.plan, &options, &err);

		cr_assert(rollout != NULL, "%s", err.text);
		cr_expect(eq(u32, rollout->pool_max[0], rows[i].a), "row %zu", i);
		cr_expect(eq(u32, rollout->pool_max[1], rows[i].b), "row %zu", i);
		cr_expect(eq(u32, rollout->n_waves, rows[i].waves), "row %zu", i);
		sf_rollout_destroy(rollout);
	}
	options.pool = &limits[3];
	cr_expect(sf_rollout_create(f.before, &f.plan, &options, &err) == NULL);
	cr_expect(eq(str, err.text, "roll-out: max unavailable of 'c': there is no such pool"));
	rollout_fixture_finish(&f);
}

/* b is free: a moves there once b is cut, and then a is cut. */
Test(rollout, a_node_waits_for_the_one_that_its_pods_need)
{
	struct rollout_fixture f;

	rollout_fixture_init(&f, CUT("a", 1, "1g.6gb", 4) WHOLE("b", 1),
	                     WHOLE("a", 1) CUT("b", 1, "1g.6gb", 4),
	                     "workloads:\n- {name: w, count: 3, request: {mig: {1g.6gb: 1}}, "
	                     "running: {a-0: [x/p0, x/p1, x/p2]}}\n");
	struct sf_rollout *rollout = roll(&f, (struct sf_share_of){100, true});

	cr_assert(eq(sz, rollout->n_nodes, 2));
	cr_expect(eq(u32, rollout->node[0].node, 1));
	cr_expect(eq(u32, rollout->node[0].wave, 1));
	cr_expect(eq(u32, rollout->node[1].node, 0));
	cr_expect(eq(u32, rollout->node[1].wave, 2));
	cr_expect(eq(u32, rollout->n_evicted, 3));
	cr_expect(eq(u32, rollout->n_waiting, 0));
	cr_expect(eq(str, (char *)rollout->node[1].move[0].pod, "x/p0"));
	cr_expect(eq(u32, rollout->node[1].move[0].to, 1));
	sf_rollout_destroy(rollout);
	rollout_fixture_finish(&f);
}

/* Two nodes that change places: three pods on the one, two on the other with what else is said. */
static struct sf_rollout *swap(struct rollout_fixture *f, const char *two)
{
	char workloads[512];
	snprintf(workloads, sizeof(workloads),
	         "workloads:\n"
	         "- {name: s, count: 3, request: {mig: {1g.6gb: 1}}, running: {a-0: 3}}\n"
	         "- {name: m, count: 2, request: {mig: {2g.12gb: 1}}, %s}\n",
	         two);
	rollout_fixture_init(f, CUT("a", 1, "1g.6gb", 4) CUT("b", 1, "2g.12gb", 2),
	                     CUT("a", 1, "2g.12gb", 2) CUT("b", 1, "1g.6gb", 4), workloads);
	return roll(f, ONE);
}

/* Each needs the other's new layout: one of them is interrupted, the one with fewer pods. */
Test(rollout, the_fewest_pods_are_interrupted_and_named)
{
	struct rollout_fixture f;
	struct sf_rollout *rollout = swap(&f, "running: {b-0: [x/m0, x/m1]}");

	cr_assert(eq(sz, rollout->n_nodes, 2));
	cr_expect(eq(u32, rollout->node[0].node, 1));
	cr_expect(eq(u32, rollout->node[0].n_waiting, 2));
	cr_expect(eq(u32, rollout->node[0].move[0].back, 2));
	cr_expect(eq(str, (char *)rollout->node[0].move[1].pod, "x/m1"));
	cr_expect(eq(u32, rollout->node[1].n_waiting, 0));
	cr_expect(eq(u32, rollout->n_lost, 0));
	sf_rollout_destroy(rollout);
	rollout_fixture_finish(&f);
}

/* ... unless a budget protects those. */
Test(rollout, budgets_come_before_numbers)
{
	struct rollout_fixture f;
	struct sf_rollout *rollout =
		swap(&f, "disruption: {max_unavailable: 1}, running: {b-0: 2}");

	cr_assert(eq(sz, rollout->n_nodes, 2));
	cr_expect(eq(u32, rollout->node[0].node, 0));
	cr_expect(eq(u32, rollout->node[0].n_waiting, 3));
	cr_expect(eq(u32, rollout->node[1].n_waiting, 0));
	sf_rollout_destroy(rollout);
	rollout_fixture_finish(&f);
}

Test(rollout, least_free_capacity_and_lost_pods_are_told)
{
	struct rollout_fixture f;

	rollout_fixture_init(&f, WHOLE("a", 2) WHOLE("b", 2),
	                     CUT("a", 2, "1g.6gb", 4) CUT("b", 2, "1g.6gb", 4),
	                     "workloads:\n- {name: w, count: 3, request: {gpu: 1}, "
	                     "running: {a-0: 1, b-0: 2}}\n");
	struct sf_rollout *rollout = roll(&f, ONE);

	cr_expect(eq(u32, rollout->n_lost, 3));
	cr_assert(eq(sz, rollout->n_free, 2));
	cr_expect(eq(str, (char *)rollout->free[0].resource, "nvidia.com/gpu"));
	cr_expect(eq(i64, rollout->free[0].before, 1));
	cr_expect(eq(i64, rollout->free[0].least, 0));
	cr_expect(eq(u32, rollout->free[0].least_wave, 1));
	cr_expect(eq(str, (char *)rollout->free[1].resource, "nvidia.com/mig-1g.6gb"));
	cr_expect(eq(i64, rollout->free[1].after, 16));
	sf_rollout_destroy(rollout);
	rollout_fixture_finish(&f);
}

/* Random clusters. Every GPU is an A30, cut in one of these ways; the counts are devices by kind. */
enum { KINDS = 4, WAYS = 6, NODES_MAX = 7, GPUS_MAX = 2, TYPES = 5 };

static const struct {
	const char *config;
	uint8_t have[KINDS]; /* whole, 1g, 2g, 4g */
} ways[WAYS] = {
	{"mig-enabled: false", {1, 0, 0, 0}},
	{"mig-enabled: true, mig-devices: {1g.6gb: 4}", {0, 4, 0, 0}},
	{"mig-enabled: true, mig-devices: {2g.12gb: 2}", {0, 0, 2, 0}},
	{"mig-enabled: true, mig-devices: {1g.6gb: 2, 2g.12gb: 1}", {0, 2, 1, 0}},
	{"mig-enabled: true, mig-devices: {4g.24gb: 1}", {0, 0, 0, 1}},
	{"mig-enabled: true, mig-devices: {1g.6gb: 1}", {0, 1, 0, 0}},
};

static const struct {
	const char *request;
	uint8_t needs[KINDS];
} types[TYPES] = {
	{"{gpu: 1}", {1, 0, 0, 0}},
	{"{gpu: 2}", {2, 0, 0, 0}},
	{"{mig: {1g.6gb: 1}}", {0, 1, 0, 0}},
	{"{mig: {2g.12gb: 1}}", {0, 0, 1, 0}},
	{"{mig: {1g.6gb: 2, 2g.12gb: 1}}", {0, 2, 1, 0}},
};

struct world {
	uint32_t nodes, gpus;
	uint8_t before[NODES_MAX][GPUS_MAX], after[NODES_MAX][GPUS_MAX]; /* ways */
	uint8_t running[NODES_MAX][TYPES];
};

static void have(const struct world *world, bool after, uint32_t node, int *out)
{
	memset(out, 0, KINDS * sizeof *out);
	for (uint32_t g = 0; g < world->gpus; g++) {
		uint8_t way = after ? world->after[node][g] : world->before[node][g];

		for (int k = 0; k < KINDS; k++) {
			out[k] += ways[way].have[k];
		}
	}
}

static bool take(int *room, int type)
{
	for (int k = 0; k < KINDS; k++) {
		if (room[k] < types[type].needs[k]) {
			return false;
		}
	}
	for (int k = 0; k < KINDS; k++) {
		room[k] -= types[type].needs[k];
	}
	return true;
}

static bool changes(const struct world *world, uint32_t node)
{
	return memcmp(world->before[node], world->after[node], world->gpus) != 0;
}

static void draw_world(struct world *world, struct sf_rng *rng, uint32_t nodes)
{
	memset(world, 0, sizeof *world);
	world->nodes = nodes;
	world->gpus = 1 + (uint32_t)sf_rng_below(rng, GPUS_MAX);
	for (uint32_t n = 0; n < nodes; n++) {
		int room[KINDS];
		uint64_t pods = sf_rng_below(rng, 4);

		for (uint32_t g = 0; g < world->gpus; g++) {
			world->before[n][g] = (uint8_t)sf_rng_below(rng, WAYS);
			world->after[n][g] = sf_rng_below(rng, 3) ? (uint8_t)sf_rng_below(rng, WAYS)
			                                          : world->before[n][g];
		}
		have(world, false, n, room);
		while (pods-- > 0) {
			int type = (int)sf_rng_below(rng, TYPES);

			world->running[n][type] += take(room, type);
		}
	}
}

static size_t write_pools(const struct world *world, bool after, char *out, size_t cap)
{
	size_t len = 0;

	for (uint32_t n = 0; n < world->nodes; n++) {
		len += (size_t)snprintf(out + len, cap - len,
		                        "- {name: n%u, product: A30, gpus: %u, mig: {config: [", n,
		                        world->gpus);
		for (uint32_t g = 0; g < world->gpus; g++) {
			uint8_t way = after ? world->after[n][g] : world->before[n][g];

			len += (size_t)snprintf(out + len, cap - len, "%s{devices: [%u], %s}",
			                        g ? ", " : "", g, ways[way].config);
		}
		len += (size_t)snprintf(out + len, cap - len, "]}}\n");
	}
	return len;
}

static void write_workloads(const struct world *world, char *out, size_t cap)
{
	size_t len = (size_t)snprintf(out, cap, "workloads:\n");

	for (int t = 0; t < TYPES; t++) {
		len += (size_t)snprintf(out + len, cap - len,
		                        "- {count: 100, priority: %d, request: %s", t % 3,
		                        types[t].request);
		uint32_t k = 0;
		for (uint32_t n = 0; n < world->nodes; n++) {
			if (world->running[n][t] > 0) {
				len += (size_t)snprintf(out + len, cap - len, "%sn%u-0: %d",
				                        k++ ? ", " : ", running: {", n,
				                        world->running[n][t]);
			}
		}
		len += (size_t)snprintf(out + len, cap - len, "%s}\n", k ? "}" : "");
	}
}

static void build(struct rollout_fixture *f, const struct world *world)
{
	char before[4096], after[4096], workloads[4096];

	write_pools(world, false, before, sizeof before);
	write_pools(world, true, after, sizeof after);
	write_workloads(world, workloads, sizeof workloads);
	rollout_fixture_init(f, before, after, workloads);
}

/* The brute force: every order of the changed nodes, every way to place their pods on kept and rebuilt
 * ones. */
struct brute {
	const struct world *world;
	bool done[NODES_MAX];
	int room[NODES_MAX][KINDS]; /* of done nodes */
	uint32_t left;
};

static bool any_order(struct brute *b);

static bool any_place(struct brute *b, uint32_t node, int type, int pods)
{
	while (type < TYPES && pods == b->world->running[node][type]) {
		type++;
		pods = 0;
	}
	if (type == TYPES) {
		b->done[node] = true;
		have(b->world, true, node, b->room[node]);
		b->left--;
		bool found = any_order(b);
		b->done[node] = false;
		b->left++;
		return found;
	}
	for (uint32_t n = 0; n < b->world->nodes; n++) {
		int saved[KINDS];

		memcpy(saved, b->room[n], sizeof saved);
		if (b->done[n] && take(b->room[n], type)) {
			bool found = any_place(b, node, type, pods + 1);

			memcpy(b->room[n], saved, sizeof saved);
			if (found) {
				return true;
			}
		}
	}
	return false;
}

static bool any_order(struct brute *b)
{
	if (b->left == 0) {
		return true;
	}
	for (uint32_t n = 0; n < b->world->nodes; n++) {
		if (!b->done[n] && any_place(b, n, 0, 0)) {
			return true;
		}
	}
	return false;
}

static bool exists_without_interruption(const struct world *world)
{
	struct brute b = {.world = world};

	for (uint32_t n = 0; n < world->nodes; n++) {
		if (changes(world, n)) {
			b.left++;
			continue;
		}
		b.done[n] = true;
		have(world, false, n, b.room[n]);
		for (int t = 0; t < TYPES; t++) {
			for (int i = 0; i < world->running[n][t]; i++) {
				bool fits = take(b.room[n], t);
				cr_assert(fits == true);
			}
		}
	}
	return any_order(&b);
}

enum { TINY_ROUNDS = 1500 };

Test(rollout, an_order_without_interruption_is_found_if_there_is_one)
{
	struct sf_rng rng;
	uint32_t possible = 0, impossible = 0;

	sf_rng_seed(&rng, 11, 0);
	for (int i = 0; i < TINY_ROUNDS; i++) {
		struct world world;
		struct rollout_fixture f;

		draw_world(&world, &rng, 2 + (uint32_t)sf_rng_below(&rng, 4));
		build(&f, &world);
		struct sf_rollout *rollout = roll(&f, ONE);
		bool exists = exists_without_interruption(&world);

		cr_assert(eq(int, rollout->n_waiting == 0, exists), "round %d: %u wait", i,
		          rollout->n_waiting);
		possible += exists && rollout->n_evicted > 0;
		impossible += !exists;
		sf_rollout_destroy(rollout);
		rollout_fixture_finish(&f);
	}
	cr_expect(gt(u32, possible, TINY_ROUNDS / 10));
	cr_expect(gt(u32, impossible, TINY_ROUNDS / 10));
}

/* What is seen change by change. */
struct watching {
	const struct sf_rollout *rollout;
	uint32_t changes, most_cordoned;
};

static void watch(void *ctx, const struct sf_cluster *cluster, uint32_t wave)
{
	struct watching *w = ctx;
	struct sf_error err = {0};
	uint32_t cordoned = 0;

	cr_assert(eq(int, sf_cluster_check(cluster, &err), 0), "wave %u: %s", wave, err.text);
	for (uint32_t n = 0; n < sf_cluster_nodes(cluster); n++) {
		cordoned += sf_cluster_node(cluster, n)->state == SF_NODE_CORDONED;
	}
	w->most_cordoned = cordoned > w->most_cordoned ? cordoned : w->most_cordoned;
	w->changes++;
}

static void expect_sound(struct rollout_fixture *f, const struct world *world,
                         struct sf_rollout *rollout)
{
	struct watching watching = {.rollout = rollout};
	struct sf_error err = {0};
	uint32_t wave_of[NODES_MAX] = {0}, in_wave[NODES_MAX + 1] = {0};
	uint32_t waiting = rollout->n_waiting, running = 0;

	cr_assert(eq(int, sf_rollout_play(rollout, f->before, &f->plan, watch, &watching, &err), 0),
	          "%s", err.text);
	cr_expect(eq(u32, rollout->n_waiting, waiting));
	cr_expect(le(u32, watching.most_cordoned, rollout->max_unavailable));
	for (size_t i = 0; i < rollout->n_nodes; i++) {
		const struct sf_rollout_node *node = &rollout->node[i];

		cr_assert(node->wave >= 1 && node->wave <= rollout->n_waves);
		cr_expect(eq(u32, wave_of[node->node], 0), "node %u twice", node->node);
		wave_of[node->node] = node->wave;
		in_wave[node->wave]++;
	}
	for (uint32_t n = 0; n < world->nodes; n++) {
		cr_expect(eq(int, wave_of[n] > 0, changes(world, n)), "node %u", n);
		for (int t = 0; changes(world, n) && t < TYPES; t++) {
			running += world->running[n][t];
		}
	}
	cr_expect(eq(u32, rollout->n_evicted, running));
	for (uint32_t w = 1; w <= rollout->n_waves; w++) {
		cr_expect(in_wave[w] >= 1 && in_wave[w] <= rollout->max_unavailable, "wave %u", w);
	}
	for (size_t i = 0; i < rollout->n_nodes; i++) {
		const struct sf_rollout_node *node = &rollout->node[i];

		for (size_t m = 0; m < node->n_moves; m++) {
			const struct sf_rollout_move *move = &node->move[m];

			if (!move->waits) {
				cr_assert(move->to < world->nodes);
				cr_expect(lt(u32, wave_of[move->to], node->wave));
			}
		}
	}
}

enum { RANDOM_ROUNDS = 400 };

Test(rollout, random_plans_are_never_over_committed_and_keep_their_limits)
{
	struct sf_rng rng;

	sf_rng_seed(&rng, 12, 0);
	for (int i = 0; i < RANDOM_ROUNDS; i++) {
		struct world world;
		struct rollout_fixture f;
		struct sf_share_of max = {1 + (uint32_t)sf_rng_below(&rng, 4), false};

		draw_world(&world, &rng, 2 + (uint32_t)sf_rng_below(&rng, NODES_MAX - 1));
		build(&f, &world);
		struct sf_rollout *rollout = roll(&f, max);

		cr_expect(eq(u32, rollout->max_unavailable, max.value));
		expect_sound(&f, &world, rollout);
		sf_rollout_destroy(rollout);
		rollout_fixture_finish(&f);
	}
}

/* a has a pod to move; b has room but a taint, c has room but a pod that keeps apart, d is cordoned, so
 * only e is left: it is the last that best-fit would choose. */
Test(rollout, rules_taints_and_cordons_are_kept)
{
	struct rollout_fixture f;

	rollout_fixture_init(
		&f,
		WHOLE("a", 1) "- {name: b, product: A30, taints: [{key: k, effect: NoSchedule}]}\n"
			      "- {name: c, product: A30, gpus: 2}\n"
			      "- {name: d, product: A30, cordoned: true}\n"
			      "- {name: e, product: A30, gpus: 4}\n",
		CUT("a", 1, "1g.6gb", 4) "- {name: b, product: A30, taints: [{key: k, effect: "
					 "NoSchedule}]}\n"
					 "- {name: c, product: A30, gpus: 2}\n"
					 "- {name: d, product: A30, cordoned: true}\n"
					 "- {name: e, product: A30, gpus: 4}\n",
		"workloads:\n- {name: w, count: 2, request: {gpu: 1}, nodes: {one_per_node: true}, "
		"running: {a-0: [x/p], c-0: [x/q]}}\n");
	struct sf_rollout *rollout = roll(&f, ONE);

	cr_assert(eq(sz, rollout->n_nodes, 1));
	cr_expect(eq(u32, rollout->node[0].move[0].to, 4));
	cr_expect(eq(u32, rollout->n_waiting, 0));
	sf_rollout_destroy(rollout);
	rollout_fixture_finish(&f);
}

Test(rollout, the_scenario_afterwards_has_the_pods_where_they_went)
{
	struct rollout_fixture f;

	rollout_fixture_init(&f, WHOLE("a", 2) WHOLE("b", 2),
	                     CUT("a", 2, "1g.6gb", 4) WHOLE("b", 2),
	                     "workloads:\n- {name: w, count: 9, request: {gpu: 1}, "
	                     "running: {a-0: [x/p, x/q], b-0: [x/r]}}\n");
	struct sf_rollout *rollout = roll(&f, ONE);
	const struct sf_workload *w = &rollout->after->workload[0];

	cr_expect(eq(u32, rollout->n_lost, 1));
	cr_assert(eq(sz, w->n_running, 1));
	cr_expect(eq(u32, w->n_running_pods, 2));
	cr_expect(eq(u32, w->running[0].node, 1));
	cr_expect(eq(u32, w->running[0].pods, 2));
	cr_expect(eq(str, (char *)w->running[0].name[0], "x/r"));
	cr_expect(eq(str, (char *)w->running[0].name[1], "x/p"));
	sf_rollout_destroy(rollout);
	rollout_fixture_finish(&f);
}

/* The plan leaves a as it is, but a pod there is in the way of a larger one. */
Test(rollout, a_node_that_is_only_drained_has_its_turn)
{
	struct rollout_fixture f;

	rollout_fixture_init(&f, WHOLE("a", 2) WHOLE("b", 3), WHOLE("a", 2) WHOLE("b", 3),
	                     "workloads:\n- {name: w, count: 2, request: {gpu: 1}, "
	                     "running: {a-0: [x/p], b-0: [x/q]}}\n");
	f.plan.node[0].drained = true;
	struct sf_rollout *rollout = roll(&f, ONE);

	cr_assert(eq(sz, rollout->n_nodes, 1));
	cr_expect(eq(u32, rollout->node[0].node, 0));
	cr_assert(eq(sz, rollout->node[0].n_moves, 1));
	cr_expect(eq(u32, rollout->node[0].move[0].to, 1));
	cr_expect(eq(u32, rollout->after->workload[0].running[0].node, 1));
	cr_expect(eq(u32, rollout->after->workload[0].running[0].pods, 2));
	sf_rollout_destroy(rollout);
	rollout_fixture_finish(&f);
}

/* The plan cuts a-1 of four: what the scenario says of a's nodes is said of its parts. */
Test(rollout, events_follow_the_nodes_into_their_new_pools)
{
	static const char workloads[] = "workloads:\n- {count: 1, request: {gpu: 1}}\n"
					"events:\n"
					"- {at: 1s, fail: [a-0, a-1, a-3, b-0]}\n"
					"- {at: 2s, drain: {pool: a}}\n"
					"- {at: 3s, cordon: {pool: a, count: 3}}\n"
					"- {at: 4s, add: {pool: a, count: 2}}\n";
	static const struct {
		size_t event;
		enum sf_node_pick_kind kind;
		uint32_t pool, n;
	} rows[] = {
		{0, SF_PICK_NODE, 0, 0}, {0, SF_PICK_NODE, 1, 0}, {0, SF_PICK_NODE, 2, 1},
		{0, SF_PICK_NODE, 3, 0}, {1, SF_PICK_POOL, 0, 0}, {1, SF_PICK_POOL, 1, 0},
		{1, SF_PICK_POOL, 2, 0}, {2, SF_PICK_LOT, 0, 1},  {2, SF_PICK_LOT, 1, 1},
		{2, SF_PICK_LOT, 2, 1},  {3, SF_PICK_LOT, 2, 2},
	};
	struct rollout_fixture f;
	size_t n = 0;

	rollout_fixture_init(
		&f, "- {name: a, nodes: 4, product: A30}\n- {name: b, product: A30}\n",
		"- {name: a, nodes: 1, product: A30}\n" CUT(
			"a.1", 1, "1g.6gb",
			4) "- {name: a.2, nodes: 2, product: A30}\n- {name: b, product: A30}\n",
		workloads);
	struct sf_rollout *rollout = roll(&f, ONE);

	cr_assert(eq(sz, rollout->after->n_events, 4));
	for (size_t e = 0; e < 4; e++) {
		const struct sf_node_event *event = &rollout->after->event[e];

		for (size_t i = 0; i < event->n_picks; i++, n++) {
			cr_assert(lt(sz, n, sizeof rows / sizeof rows[0]));
			cr_expect(eq(sz, e, rows[n].event), "pick %zu", n);
			cr_expect(eq(int, (int)event->pick[i].kind, (int)rows[n].kind), "pick %zu",
			          n);
			cr_expect(eq(u32, event->pick[i].pool, rows[n].pool), "pick %zu", n);
			if (rows[n].kind != SF_PICK_POOL) {
				cr_expect(eq(u32, event->pick[i].n, rows[n].n), "pick %zu", n);
			}
		}
	}
	cr_expect(eq(sz, n, sizeof rows / sizeof rows[0]));
	sf_rollout_destroy(rollout);
	rollout_fixture_finish(&f);
}
