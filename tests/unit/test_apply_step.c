/* test_apply_step: what to do next to a wave, alone and on a cluster of its own that is killed at every step. */
// SPDX-License-Identifier: Apache-2.0
#include "kube/apply_step.h"

#include <slicefit/rng.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#define S UINT64_C(1000000000)

static const struct sf_apply_limits limits = {
	.stage_ns = {600 * S, 900 * S, 900 * S},
	.settle_ns = 10 * S,
};
static const struct sf_apply_holder due = {.due_ns = 5 * S};
static const struct sf_apply_holder late = {.due_ns = 50 * S};
static const struct sf_apply_holder blocked = {.due_ns = 5000 * S};
static const struct sf_apply_holder ending = {.deleting = true};

/* One node at time 20 s, after waiting in `stage` since 0. */
static const struct row {
	enum sf_apply_mode mode;
	struct sf_apply_seen seen;
	enum sf_apply_verb verb;
	const char *why;
} rows[] = {
#define OURS .cordoned = true, .claim = SF_APPLY_OURS
#define MIG  .mig = true, .state_0 = SF_APPLY_SUCCESS
	/* Forward. */
	{SF_APPLY_FORWARD, {.gone = true}, SF_APPLY_FAIL, "is gone"},
	{SF_APPLY_FORWARD, {.claim = SF_APPLY_OTHERS}, SF_APPLY_FAIL, "another roll-out"},
	{SF_APPLY_FORWARD, {.at = SF_APPLY_ELSEWHERE, OURS}, SF_APPLY_FAIL, "somebody else"},
	{SF_APPLY_FORWARD, {.claim = SF_APPLY_FREE}, SF_APPLY_TAKE, NULL},
	{SF_APPLY_FORWARD, {.stays = true}, SF_APPLY_TAKE, NULL},
	{SF_APPLY_FORWARD,
         {.stays = true, .at = SF_APPLY_AT_BOTH, .counts = true},
         SF_APPLY_COMMIT,
         NULL},
	{SF_APPLY_FORWARD, {.claim = SF_APPLY_OURS}, SF_APPLY_CORDON, NULL},
	{SF_APPLY_FORWARD, {.claim = SF_APPLY_OURS, .stays = true}, SF_APPLY_LABEL, NULL},
	{SF_APPLY_FORWARD, {OURS, .n_holders = 1, .holder = &due}, SF_APPLY_EVICT, NULL},
	{SF_APPLY_FORWARD, {OURS, .n_holders = 1, .holder = &late}, SF_APPLY_WAIT, "evicted"},
	{SF_APPLY_FORWARD, {OURS, .n_holders = 1, .holder = &ending}, SF_APPLY_WAIT, "ending"},
	{SF_APPLY_FORWARD, {OURS, MIG, .state = SF_APPLY_FAILED}, SF_APPLY_FORGET, NULL},
	{SF_APPLY_FORWARD, {OURS, MIG}, SF_APPLY_LABEL, NULL},
	{SF_APPLY_FORWARD, {OURS, .state = SF_APPLY_SUCCESS}, SF_APPLY_LABEL, NULL},
	{SF_APPLY_FORWARD, {OURS, MIG, .at = SF_APPLY_AT_AFTER}, SF_APPLY_WAIT, "not begun"},
	{SF_APPLY_FORWARD,
         {OURS, MIG, .at = SF_APPLY_AT_AFTER, .state = SF_APPLY_WORKING, .counts = true},
         SF_APPLY_WAIT,
         "at work"},
	{SF_APPLY_FORWARD,
         {OURS, MIG, .at = SF_APPLY_AT_AFTER, .state = SF_APPLY_FAILED, .counts = true},
         SF_APPLY_FAIL,
         "says failed"},
	{SF_APPLY_FORWARD,
         {OURS, MIG, .at = SF_APPLY_AT_AFTER, .state = SF_APPLY_SUCCESS},
         SF_APPLY_WAIT,
         "allocatable"},
	{SF_APPLY_FORWARD,
         {OURS, MIG, .at = SF_APPLY_AT_AFTER, .state = SF_APPLY_SUCCESS, .counts = true},
         SF_APPLY_COMMIT,
         NULL},
	/* Only the device plugin changes: mig-manager's word does not count. */
	{SF_APPLY_FORWARD,
         {OURS, .at = SF_APPLY_AT_AFTER, .state = SF_APPLY_FAILED, .counts = true},
         SF_APPLY_COMMIT,
         NULL},
	/* Committed. */
	{SF_APPLY_COMMITTED, {OURS}, SF_APPLY_GIVE, NULL},
	{SF_APPLY_COMMITTED, {.gone = true}, SF_APPLY_FINISH, NULL},
	{SF_APPLY_COMMITTED, {.cordoned = true}, SF_APPLY_FINISH, NULL},
	/* Back. */
	{SF_APPLY_BACK, {.gone = true}, SF_APPLY_FINISH, NULL},
	{SF_APPLY_BACK, {.claim = SF_APPLY_FREE}, SF_APPLY_FINISH, NULL},
	{SF_APPLY_BACK,
         {.claim = SF_APPLY_OURS, .stays = true, .at = SF_APPLY_AT_AFTER},
         SF_APPLY_GIVE,
         NULL},
	{SF_APPLY_BACK, {OURS, .at = SF_APPLY_ELSEWHERE}, SF_APPLY_STUCK, "somebody else"},
	{SF_APPLY_BACK,
         {OURS, MIG, .at = SF_APPLY_AT_AFTER, .state = SF_APPLY_FAILED},
         SF_APPLY_FORGET,
         NULL},
	{SF_APPLY_BACK, {OURS, MIG, .at = SF_APPLY_AT_AFTER}, SF_APPLY_UNLABEL, NULL},
	{SF_APPLY_BACK, {OURS, MIG}, SF_APPLY_RESTORE, NULL},
	{SF_APPLY_BACK, {OURS, MIG, .answers = true}, SF_APPLY_WAIT, "not begun"},
	{SF_APPLY_BACK, {OURS, MIG, .state = SF_APPLY_WORKING}, SF_APPLY_WAIT, "at work"},
	{SF_APPLY_BACK, {OURS, MIG, .state = SF_APPLY_FAILED}, SF_APPLY_STUCK, "says failed"},
	{SF_APPLY_BACK,
         {OURS, .mig = true, .state = SF_APPLY_FAILED, .state_0 = SF_APPLY_FAILED,
          .counts_0 = true},
         SF_APPLY_GIVE,
         NULL},
	{SF_APPLY_BACK, {OURS, MIG, .state = SF_APPLY_SUCCESS}, SF_APPLY_WAIT, "as before"},
	{SF_APPLY_BACK,
         {OURS, MIG, .state = SF_APPLY_SUCCESS, .counts_0 = true},
         SF_APPLY_GIVE,
         NULL},
	{SF_APPLY_BACK, {OURS, .counts_0 = true}, SF_APPLY_GIVE, NULL},
	{SF_APPLY_BACK, {OURS}, SF_APPLY_WAIT, "as before"},
};

Test(apply_step, one_node)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct sf_apply_memory memory = {
			row->mode == SF_APPLY_BACK ? SF_APPLY_RETURNING : SF_APPLY_STAGES, 0};
		struct sf_apply_do got =
			sf_apply_next(row->mode, &row->seen, 1, &limits, &memory, 20 * S);
		cr_assert(eq(int, (int)got.verb, (int)row->verb), "row %zu", i);
		cr_assert(eq(int, got.why == NULL, row->why == NULL), "row %zu", i);
		cr_assert(eq(int, row->why == NULL || strstr(got.why, row->why) != NULL, 1),
		          "row %zu: %s", i, got.why);
	}
}

/* Every stage that waits ends, and what it waited for is said, with its particulars. */
Test(apply_step, limits)
{
	static const struct {
		enum sf_apply_mode mode;
		struct sf_apply_seen seen;
		uint64_t limit_s;
		enum sf_apply_verb end;
		enum sf_apply_about about;
	} waits[] = {
#define HOLDER(what) .n_holders = 1, .holder = (what)
#define PODS_END     600, SF_APPLY_FAIL, SF_APPLY_ABOUT_PODS
		{SF_APPLY_FORWARD, {OURS, HOLDER(&ending)}, PODS_END},
		{SF_APPLY_FORWARD, {OURS, HOLDER(&due)}, PODS_END},
		{SF_APPLY_FORWARD, {OURS, HOLDER(&blocked)}, PODS_END},
		{SF_APPLY_FORWARD,
	         {OURS, MIG, .at = SF_APPLY_AT_AFTER},
	         900,
	         SF_APPLY_FAIL,
	         SF_APPLY_ABOUT_NODE},
		{SF_APPLY_FORWARD,
	         {OURS, .at = SF_APPLY_AT_AFTER},
	         900,
	         SF_APPLY_FAIL,
	         SF_APPLY_ABOUT_COUNTS},
		{SF_APPLY_BACK,
	         {OURS, MIG, .answers = true},
	         900,
	         SF_APPLY_STUCK,
	         SF_APPLY_ABOUT_NODE},
		{SF_APPLY_BACK, {OURS}, 900, SF_APPLY_STUCK, SF_APPLY_ABOUT_COUNTS},
		{SF_APPLY_BACK,
	         {OURS, MIG, .state = SF_APPLY_SUCCESS},
	         900,
	         SF_APPLY_STUCK,
	         SF_APPLY_ABOUT_COUNTS},
	};
#undef HOLDER
#undef PODS_END
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		struct sf_apply_memory memory = {SF_APPLY_STAGES, 0};
		for (uint64_t s = 100; s <= 100 + waits[i].limit_s; s += 50) {
			struct sf_apply_do got = sf_apply_next(waits[i].mode, &waits[i].seen, 1,
			                                       &limits, &memory, s * S);
			bool over = s == 100 + waits[i].limit_s;
			cr_assert(eq(int, got.late, over), "row %zu at %d s", i, (int)s);
			cr_assert(eq(int, got.verb == waits[i].end, over), "row %zu", i);
			enum sf_apply_about about =
				got.why != NULL ? waits[i].about : SF_APPLY_ABOUT_NODE;
			cr_assert(eq(int, (int)got.about, (int)about), "row %zu", i);
		}
	}
}

/* All nodes go through a stage together, and a failure of one comes before the work on another. */
Test(apply_step, together)
{
	struct sf_apply_memory memory = {SF_APPLY_STAGES, 0};
	struct sf_apply_seen two[] = {{OURS}, {OURS, .n_holders = 1, .holder = &late}};
	struct sf_apply_do got = sf_apply_next(SF_APPLY_FORWARD, two, 2, &limits, &memory, S);
	cr_assert(eq(int, (int)got.verb, (int)SF_APPLY_WAIT));
	cr_assert(eq(sz, got.node, 1));
	cr_assert(eq(u64, got.until_ns, 50 * S));
	two[0] = (struct sf_apply_seen){.claim = SF_APPLY_FREE};
	two[1] = (struct sf_apply_seen){.gone = true};
	got = sf_apply_next(SF_APPLY_FORWARD, two, 2, &limits, &memory, S);
	cr_assert(eq(int, (int)got.verb, (int)SF_APPLY_FAIL));
}

/*
 * A small cluster: nodes with pods, a mig-manager that follows labels after a while and fails now and
 * then, pods that take a while to end. What is remembered on a node is in its note.
 */
enum { NODES = 3, PODS = 2, BEFORE = 1, AFTER = 2 };

struct world_node {
	bool cordoned, note, was_cordoned, answers;
	int label, layout, doing; /* doing: the label that mig-manager works on; 0: none */
	enum sf_apply_state state, state_0;
	int left_s;     /* until mig-manager takes its next step */
	int pods[PODS]; /* 0 gone, 1 runs, > 1: ends in so many steps */
};

struct world {
	struct world_node node[NODES];
	struct sf_rng rng;
	int fails; /* so many of mig-manager's next changes to AFTER fail */
	bool harmed;
};

static void world_init(struct world *world, uint64_t seed)
{
	*world = (struct world){0};
	sf_rng_seed(&world->rng, seed, 1);
	for (size_t i = 0; i < NODES; i++) {
		struct world_node *node = &world->node[i];
		*node = (struct world_node){.cordoned = sf_rng_below(&world->rng, 4) == 0,
		                            .label = BEFORE,
		                            .layout = BEFORE,
		                            .state = SF_APPLY_SUCCESS};
		for (size_t p = 0; p < PODS; p++) {
			node->pods[p] = (int)sf_rng_below(&world->rng, 2);
		}
	}
	world->fails = (int)sf_rng_below(&world->rng, 3) - 1;
}

static void work(struct world *world, struct world_node *node, int *seen_label)
{
	if (node->doing == 0 && *seen_label != node->label) {
		*seen_label = node->doing = node->label;
		node->state = SF_APPLY_WORKING;
		return;
	}
	if (node->doing == 0) {
		return;
	}
	bool busy = false;
	for (size_t p = 0; p < PODS; p++) {
		busy = busy || node->pods[p] != 0;
	}
	world->harmed = world->harmed || (node->layout != node->doing && (busy || !node->cordoned));
	if (node->doing == AFTER && world->fails > 0) {
		world->fails--;
		node->state = SF_APPLY_FAILED;
	} else {
		node->layout = node->doing;
		node->state = SF_APPLY_SUCCESS;
	}
	node->doing = 0;
}

/* Some time goes by. */
static void pass(struct world *world, int seen_label[NODES])
{
	for (size_t i = 0; i < NODES; i++) {
		for (size_t p = 0; p < PODS; p++) {
			int *pod = &world->node[i].pods[p];
			*pod -= *pod > 1;
			*pod = *pod == 2 ? 0 : *pod;
		}
		if (sf_rng_below(&world->rng, 2) == 0) {
			work(world, &world->node[i], &seen_label[i]);
		}
	}
}

static void see(const struct world *world, struct sf_apply_seen seen[NODES],
                struct sf_apply_holder holder[NODES][PODS])
{
	for (size_t i = 0; i < NODES; i++) {
		const struct world_node *node = &world->node[i];
		size_t n = 0;
		for (size_t p = 0; p < PODS; p++) {
			if (node->pods[p] != 0) {
				holder[i][n++] =
					(struct sf_apply_holder){.deleting = node->pods[p] > 1};
			}
		}
		seen[i] = (struct sf_apply_seen){
			.cordoned = node->cordoned,
			.claim = node->note ? SF_APPLY_OURS : SF_APPLY_FREE,
			.at = node->label == AFTER ? SF_APPLY_AT_AFTER : SF_APPLY_AT_BEFORE,
			.mig = true,
			.state = node->state,
			.state_0 = node->note ? node->state_0 : node->state,
			.answers = node->answers,
			.counts = node->layout == AFTER,
			.counts_0 = node->layout == BEFORE,
			.n_holders = n,
			.holder = holder[i],
		};
	}
}

static void evict(struct world_node *node, size_t holder)
{
	for (size_t p = 0, n = 0; p < PODS; p++) {
		if (node->pods[p] != 0 && n++ == holder) {
			node->pods[p] = 5;
		}
	}
}

static void take(struct world_node *node)
{
	node->note = true;
	node->was_cordoned = node->cordoned;
	node->state_0 = node->state;
	node->answers = false;
	node->cordoned = true;
}

static void act(struct world *world, enum sf_apply_mode mode, const struct sf_apply_do *what)
{
	struct world_node *node = &world->node[what->node];
	switch (what->verb) {
	case SF_APPLY_TAKE:
		take(node);
		break;
	case SF_APPLY_EVICT:
		evict(node, what->holder);
		break;
	case SF_APPLY_FORGET:
		node->state = SF_APPLY_SILENT;
		node->answers = mode == SF_APPLY_BACK;
		break;
	case SF_APPLY_LABEL:
		node->label = AFTER;
		break;
	case SF_APPLY_UNLABEL:
		node->label = BEFORE;
		break;
	case SF_APPLY_RESTORE:
		node->state = node->state_0;
		break;
	case SF_APPLY_GIVE:
		node->note = false;
		node->cordoned = node->was_cordoned;
		break;
	default:
		break;
	}
}

/* The modes that a step leads to: what the log remembers. */
static enum sf_apply_mode follow(enum sf_apply_mode mode, enum sf_apply_verb verb)
{
	switch (verb) {
	case SF_APPLY_COMMIT:
		return SF_APPLY_COMMITTED;
	case SF_APPLY_FAIL:
		return SF_APPLY_BACK;
	case SF_APPLY_FINISH:
		return mode == SF_APPLY_BACK ? SF_APPLY_UNDONE : SF_APPLY_DONE;
	default:
		return mode;
	}
}

/* Runs a wave to its end; after `kill_at` steps (and again after as many) everything but the cluster and the mode is
 * forgotten. */
static enum sf_apply_mode run(struct world *world, int kill_at)
{
	enum sf_apply_mode mode = SF_APPLY_FORWARD;
	struct sf_apply_memory memory = {SF_APPLY_STAGES, 0};
	struct sf_apply_seen seen[NODES];
	struct sf_apply_holder holder[NODES][PODS];
	int seen_label[NODES] = {BEFORE, BEFORE, BEFORE};
	for (int step = 0; mode != SF_APPLY_DONE && mode != SF_APPLY_UNDONE; step++) {
		see(world, seen, holder);
		struct sf_apply_do what =
			sf_apply_next(mode, seen, NODES, &limits, &memory, (uint64_t)step * S);
		cr_assert(ne(int, (int)what.verb, (int)SF_APPLY_STUCK));
		cr_assert(lt(int, step, 400));
		bool killed = kill_at > 0 && step % kill_at == kill_at - 1;
		bool acted = !killed || sf_rng_below(&world->rng, 2) == 0;
		if (killed) {
			memory = (struct sf_apply_memory){SF_APPLY_STAGES, 0};
		}
		if (acted) {
			act(world, mode, &what);
			mode = follow(mode, what.verb);
		}
		pass(world, seen_label);
	}
	return mode;
}

/* Killed at whatever step: all nodes end as planned, or all as before; open, unless they were
 * cordoned; without a note; and no layout ever changes under a pod. */
Test(apply_step, killed_anywhere)
{
	int ends[SF_APPLY_UNDONE + 1] = {0};
	for (uint64_t seed = 0; seed < 400; seed++) {
		struct world world, begin;
		world_init(&world, seed);
		begin = world;
		enum sf_apply_mode end = run(&world, (int)(seed % 40));
		ends[end]++;
		cr_assert(eq(int, world.harmed, 0), "seed %d", (int)seed);
		for (size_t i = 0; i < NODES; i++) {
			const struct world_node *node = &world.node[i];
			int want = end == SF_APPLY_DONE ? AFTER : BEFORE;
			cr_assert(eq(int, node->label, want), "seed %d", (int)seed);
			cr_assert(eq(int, node->layout, want), "seed %d", (int)seed);
			cr_assert(eq(int, (int)node->state, (int)SF_APPLY_SUCCESS));
			cr_assert(eq(int, node->note, 0));
			cr_assert(eq(int, node->cordoned, begin.node[i].cordoned));
		}
	}
	cr_assert(gt(int, ends[SF_APPLY_DONE], 50));
	cr_assert(gt(int, ends[SF_APPLY_UNDONE], 50));
}
