/* apply_step: what to do next to a wave of nodes; no I/O, no clock. */
// SPDX-License-Identifier: Apache-2.0
#include "apply_step.h"

/* Of all that the nodes of a wave ask for, the first in this order is done. */
enum rank { RANK_FAIL, RANK_ACT, RANK_WAIT, RANK_STUCK, RANK_NONE };

struct wish {
	enum rank rank;
	struct sf_apply_do what;
};

/* How long it has waited already. */
struct now {
	uint64_t now_ns;
	const struct sf_apply_limits *limits;
	const struct sf_apply_memory *memory;
};

typedef struct wish stage_fn(const struct sf_apply_seen *seen, const struct now *now);

static struct wish act(enum sf_apply_verb verb)
{
	return (struct wish){RANK_ACT, {.verb = verb}};
}

static struct wish nothing(void)
{
	return (struct wish){.rank = RANK_NONE};
}

static struct wish fail(const char *why)
{
	return (struct wish){RANK_FAIL, {.verb = SF_APPLY_FAIL, .why = why}};
}

static struct wish stuck(const char *why)
{
	return (struct wish){RANK_STUCK, {.verb = SF_APPLY_STUCK, .why = why}};
}

static struct wish wait_for(enum sf_apply_stage stage, const char *why)
{
	return (struct wish){RANK_WAIT, {.verb = SF_APPLY_WAIT, .stage = stage, .why = why}};
}

static struct wish wait_for_pods(const char *why)
{
	struct wish wait = wait_for(SF_APPLY_EMPTYING, why);
	wait.what.about = SF_APPLY_ABOUT_PODS;
	return wait;
}

static struct wish wait_for_counts(enum sf_apply_stage stage, const char *why)
{
	struct wish wait = wait_for(stage, why);
	wait.what.about = SF_APPLY_ABOUT_COUNTS;
	return wait;
}

static uint64_t since_ns(const struct now *now, enum sf_apply_stage stage)
{
	return now->memory->stage == stage ? now->memory->since_ns : now->now_ns;
}

static bool is_late(const struct now *now, enum sf_apply_stage stage)
{
	return now->now_ns - since_ns(now, stage) >= now->limits->stage_ns[stage];
}

static struct wish take(const struct sf_apply_seen *seen, const struct now *now)
{
	(void)now;
	if (seen->gone) {
		return fail("is gone");
	}
	if (seen->claim == SF_APPLY_OTHERS) {
		return fail("is being changed by another roll-out");
	}
	if (seen->at == SF_APPLY_ELSEWHERE) {
		return fail("somebody else has changed its labels");
	}
	if (seen->claim == SF_APPLY_FREE) {
		bool done = seen->stays && seen->at == SF_APPLY_AT_BOTH;
		return done ? nothing() : act(SF_APPLY_TAKE);
	}
	return seen->cordoned || seen->stays ? nothing() : act(SF_APPLY_CORDON);
}

/* The first pod that may be asked to go now; else wait for those that are going, or for the moment
 * at which one may be asked again. */
static struct wish empty(const struct sf_apply_seen *seen, const struct now *now)
{
	struct wish wait = wait_for_pods("its pods are still ending");
	bool late = is_late(now, SF_APPLY_EMPTYING);
	size_t n = seen->stays ? 0 : seen->n_holders;
	for (size_t i = 0; i < n; i++) {
		const struct sf_apply_holder *holder = &seen->holder[i];
		if (holder->deleting) {
			continue;
		}
		if (holder->due_ns <= now->now_ns && !late) {
			wait = act(SF_APPLY_EVICT);
			wait.what.holder = i;
			return wait;
		}
		wait.what.why = "a pod may not be evicted";
		if (wait.what.until_ns == 0 || holder->due_ns < wait.what.until_ns) {
			wait.what.until_ns = holder->due_ns;
		}
	}
	return n > 0 ? wait : nothing();
}

/* New labels by `verb`, once nothing is left of what mig-manager said of the old ones. */
static struct wish relabel(const struct sf_apply_seen *seen, enum sf_apply_verb verb)
{
	bool stale = seen->mig && seen->state != SF_APPLY_SILENT;
	return act(stale ? SF_APPLY_FORGET : verb);
}

static struct wish label(const struct sf_apply_seen *seen, const struct now *now)
{
	(void)now;
	return seen->at == SF_APPLY_AT_BEFORE ? relabel(seen, SF_APPLY_LABEL) : nothing();
}

static struct wish settle(const struct sf_apply_seen *seen, const struct now *now)
{
	(void)now;
	if (seen->mig && seen->state == SF_APPLY_FAILED) {
		return fail("mig-manager says failed");
	}
	if (seen->mig && seen->state != SF_APPLY_SUCCESS) {
		bool working = seen->state == SF_APPLY_WORKING;
		return wait_for(SF_APPLY_CHANGING,
		                working ? "mig-manager is at work" : "mig-manager has not begun");
	}
	if (!seen->counts) {
		return wait_for_counts(SF_APPLY_CHANGING,
		                       "allocatable is not what the plan expects");
	}
	return nothing();
}

static struct wish give(const struct sf_apply_seen *seen, const struct now *now)
{
	(void)now;
	return !seen->gone && seen->claim == SF_APPLY_OURS ? act(SF_APPLY_GIVE) : nothing();
}

/* Nobody has said anything about the labels as they were. Who had begun will; who has not begun
 * after a while never saw the change, or sees the labels of before. */
static struct wish await_answer(const struct sf_apply_seen *seen, const struct now *now)
{
	struct wish wait = wait_for(SF_APPLY_RETURNING, "mig-manager has not begun");
	uint64_t settled_ns = since_ns(now, SF_APPLY_RETURNING) + now->limits->settle_ns;
	if (seen->answers) {
		return wait;
	}
	wait.what.until_ns = settled_ns;
	return now->now_ns >= settled_ns ? act(SF_APPLY_RESTORE) : wait;
}

/* The node is free when it advertises what it did before. */
static struct wish give_back(const struct sf_apply_seen *seen)
{
	return seen->counts_0 ? act(SF_APPLY_GIVE)
	                      : wait_for_counts(SF_APPLY_RETURNING, "allocatable is not as before");
}

/* The labels are as they were, and mig-manager is to follow them. */
static struct wish settle_back(const struct sf_apply_seen *seen, const struct now *now)
{
	if (seen->state == SF_APPLY_SILENT) {
		return await_answer(seen, now);
	}
	if (seen->state == SF_APPLY_WORKING) {
		return wait_for(SF_APPLY_RETURNING, "mig-manager is at work");
	}
	bool failed = seen->state == SF_APPLY_FAILED && seen->state_0 != SF_APPLY_FAILED;
	return failed ? stuck("mig-manager says failed") : give_back(seen);
}

static struct wish take_back(const struct sf_apply_seen *seen, const struct now *now)
{
	if (seen->gone || seen->claim != SF_APPLY_OURS) {
		return nothing();
	}
	if (seen->stays) {
		return act(SF_APPLY_GIVE); /* the names of before may not exist any more */
	}
	if (seen->at == SF_APPLY_ELSEWHERE) {
		return stuck("somebody else has changed its labels");
	}
	if (seen->at == SF_APPLY_AT_AFTER) {
		return relabel(seen, SF_APPLY_UNLABEL);
	}
	bool mute = !seen->mig || seen->state_0 == SF_APPLY_SILENT;
	return mute ? give_back(seen) : settle_back(seen, now);
}

/* Stages that all nodes go through together: nothing is cut before everything is empty, because an
 * eviction that does not succeed is cheap to take back only as long as no layout has changed. */
static stage_fn *const forward[] = {take, empty, label, settle, NULL};
static stage_fn *const committed[] = {give, NULL};
static stage_fn *const back[] = {take_back, NULL};

static const struct {
	stage_fn *const *stages;
	enum sf_apply_verb end;
} modes[] = {
	[SF_APPLY_FORWARD] = {forward, SF_APPLY_COMMIT},
	[SF_APPLY_COMMITTED] = {committed, SF_APPLY_FINISH},
	[SF_APPLY_BACK] = {back, SF_APPLY_FINISH},
};

static struct wish ask(stage_fn *stage, const struct sf_apply_seen *seen, size_t n,
                       const struct now *now)
{
	struct wish best = nothing();
	uint64_t until_ns = 0;
	for (size_t i = 0; i < n; i++) {
		struct wish wish = stage(&seen[i], now);
		uint64_t own_ns = wish.rank == RANK_WAIT ? wish.what.until_ns : 0;
		wish.what.node = i;
		best = wish.rank < best.rank ? wish : best;
		until_ns = own_ns != 0 && (until_ns == 0 || own_ns < until_ns) ? own_ns : until_ns;
	}
	if (best.rank == RANK_WAIT) {
		best.what.until_ns = until_ns;
	}
	return best;
}

/* Notes what it waits for, and ends a wait that has been long enough. */
static struct sf_apply_do time_out(struct sf_apply_do what, const struct now *now,
                                   struct sf_apply_memory *memory)
{
	bool waits = what.verb == SF_APPLY_WAIT;
	if (!waits && what.verb != SF_APPLY_EVICT) {
		return what;
	}
	if (waits && is_late(now, what.stage)) {
		what.verb = what.stage == SF_APPLY_RETURNING ? SF_APPLY_STUCK : SF_APPLY_FAIL;
		what.late = true;
	}
	memory->since_ns = since_ns(now, what.stage);
	memory->stage = what.stage;
	return what;
}

struct sf_apply_do sf_apply_next(enum sf_apply_mode mode, const struct sf_apply_seen *seen,
                                 size_t n, const struct sf_apply_limits *limits,
                                 struct sf_apply_memory *memory, uint64_t now_ns)
{
	const struct now now = {now_ns, limits, memory};
	for (stage_fn *const *stage = modes[mode].stages; *stage != NULL; stage++) {
		struct wish wish = ask(*stage, seen, n, &now);
		if (wish.rank != RANK_NONE) {
			return time_out(wish.what, &now, memory);
		}
	}
	return (struct sf_apply_do){.verb = modes[mode].end};
}
