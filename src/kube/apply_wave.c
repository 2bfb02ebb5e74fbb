/* apply_wave: one wave of a roll-out, step by step, to its end or back. */
// SPDX-License-Identifier: Apache-2.0
#include "apply_edit.h"
#include "apply_run.h"

#include <slicefit/alloc.h>
#include <slicefit/clock.h>
#include <slicefit/kube_http.h>
#include <slicefit/str.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As `kubectl drain` does, which asks again after 5 s (k8s.io/kubectl/pkg/drain), but sooner at first
 * and never at the same time as others. */
enum { EVICT_FIRST_MS = 1000, EVICT_MOST_MS = 5000 };

#define NS_PER_S UINT64_C(1000000000)

struct run {
	struct sf_apply *apply;
	size_t wave;
	const struct sf_apply_wave *plan;
	struct sf_apply_seen_node *seen; /* of each node */
	struct sf_apply_memory memory;
	const char *waits_why; /* what was said last about waiting */
	size_t waits_node;
	bool failed;
	struct sf_error reason; /* why it went back */
};

/* What each step is called in the log. */
static const char *const words[] = {
	[SF_APPLY_TAKE] = "cordon",        [SF_APPLY_CORDON] = "cordon-again",
	[SF_APPLY_EVICT] = "evict",        [SF_APPLY_FORGET] = "reset-state",
	[SF_APPLY_LABEL] = "label",        [SF_APPLY_UNLABEL] = "label-back",
	[SF_APPLY_RESTORE] = "state-back", [SF_APPLY_GIVE] = "uncordon",
};

static enum sf_apply_mode *mode_of(const struct run *run)
{
	return &run->apply->past.mode[run->wave];
}

static int tell(const struct run *run, enum sf_apply_news news, const char *event, const char *node,
                const char *text, struct sf_error *err)
{
	const struct sf_apply_line line = {
		.event = event,
		.wave = run->plan->name,
		.node = node,
		.text = text,
	};
	return sf_apply_tell(run->apply, news, &line, err);
}

static int set_mode(struct run *run, enum sf_apply_mode mode, const char *text,
                    struct sf_error *err)
{
	if (tell(run, SF_APPLY_DOING, sf_apply_mode_event(mode), NULL, text, err) < 0) {
		return -1;
	}
	*mode_of(run) = mode;
	run->memory = (struct sf_apply_memory){.stage = SF_APPLY_STAGES};
	sf_apply_calm(run->apply);
	return 0;
}

static struct sf_apply_try *find_try(struct sf_apply *apply, const char *uid)
{
	for (size_t i = 0; i < apply->n_tries; i++) {
		if (strcmp(apply->try[i].uid, uid) == 0) {
			return &apply->try[i];
		}
	}
	return NULL;
}

static void put_off(struct sf_apply *apply, const char *uid, uint32_t asked_ms)
{
	struct sf_apply_try *try = find_try(apply, uid);
	uint64_t now_ns = sf_clock_ns();
	if (try == NULL) {
		apply->try = sf_xgrow(apply->try, &apply->cap_tries, apply->n_tries + 1,
		                      sizeof(*apply->try));
		try = &apply->try[apply->n_tries++];
		*try = (struct sf_apply_try){.retry = {.first_ms = EVICT_FIRST_MS,
		                                       .most_ms = EVICT_MOST_MS,
		                                       .calm_ms = UINT32_MAX}};
		snprintf(try->uid, sizeof(try->uid), "%s", uid);
		sf_rng_seed(&try->retry.rng, apply->options.seed, apply->n_tries);
	}
	uint32_t ms = sf_retry_wait_ms(&try->retry, now_ns);
	try->due_ns = now_ns + (ms > asked_ms ? ms : asked_ms) * UINT64_C(1000000);
}

static int look(struct run *run, size_t node, struct sf_error *err)
{
	struct sf_apply_seen_node *seen = &run->seen[node];
	const struct sf_apply_node *plan = &run->plan->node[node];
	bool pods = *mode_of(run) == SF_APPLY_FORWARD && !plan->stays;
	if (sf_apply_look(run->apply, plan, pods, seen, err) < 0) {
		return -1;
	}
	for (size_t i = 0; i < seen->seen.n_holders; i++) {
		struct sf_apply_try *try = find_try(run->apply, seen->pod[i].uid);
		seen->holder[i].due_ns = try != NULL ? try->due_ns : 0;
	}
	return 0;
}

static int look_at_all(struct run *run, struct sf_error *err)
{
	for (size_t i = 0; i < run->plan->n_nodes; i++) {
		if (look(run, i, err) < 0) {
			return -1;
		}
	}
	return 0;
}

static struct sf_apply_do decide(struct run *run)
{
	const struct sf_apply_options *options = &run->apply->options;
	const struct sf_apply_limits limits = {
		.stage_ns = {[SF_APPLY_EMPTYING] = options->evict_s * NS_PER_S,
	                     [SF_APPLY_CHANGING] = options->change_s * NS_PER_S,
	                     [SF_APPLY_RETURNING] = options->change_s * NS_PER_S},
		.settle_ns = options->settle_s * NS_PER_S,
	};
	struct sf_apply_seen *all = sf_xcalloc(run->plan->n_nodes + 1, sizeof(*all));
	for (size_t i = 0; i < run->plan->n_nodes; i++) {
		all[i] = run->seen[i].seen;
	}
	struct sf_apply_do what = sf_apply_next(*mode_of(run), all, run->plan->n_nodes, &limits,
	                                        &run->memory, sf_clock_ns());
	free(all);
	return what;
}

/* What is odd about the allocatable resources of a node, in words; "": nothing. */
static void describe_counts(const struct run *run, size_t node, struct sf_str *out)
{
	int64_t want;
	bool back = *mode_of(run) == SF_APPLY_BACK;
	const struct sf_apply_seen_node *seen = &run->seen[node];
	const char *odd = back || seen->doc == NULL
	                          ? NULL
	                          : sf_apply_seen_odd(seen, &run->plan->node[node], true, &want);
	if (odd != NULL) {
		sf_str_printf(out, " (%s is %lld, expected %lld)", odd,
		              (long long)sf_apply_seen_count(seen, odd), (long long)want);
	}
}

static const char *holder_name(const struct sf_apply_seen_node *seen, struct sf_str *out)
{
	for (size_t i = 0; i < seen->seen.n_holders; i++) {
		const struct sf_apply_seen_pod *pod = &seen->pod[i];
		sf_str_printf(out, "%s%s/%s", i > 0 ? ", " : "", pod->space, pod->name);
		if (out->len > 120 && i + 1 < seen->seen.n_holders) {
			sf_str_append(out, ", ...");
			break;
		}
	}
	return sf_str_get(out);
}

/* Why a step was chosen, with the particulars of its node. */
static void describe(const struct run *run, const struct sf_apply_do *what, struct sf_str *out)
{
	const struct sf_apply_seen_node *seen = &run->seen[what->node];
	struct sf_str names = {0};
	sf_str_append(out, what->why);
	if (what->about == SF_APPLY_ABOUT_PODS) {
		sf_str_printf(out, ": %s", holder_name(seen, &names));
	} else if (what->about == SF_APPLY_ABOUT_COUNTS) {
		describe_counts(run, what->node, out);
	}
	if (what->late) {
		bool pods = what->stage == SF_APPLY_EMPTYING;
		const struct sf_apply_options *options = &run->apply->options;
		sf_str_printf(out, ", after %u s", pods ? options->evict_s : options->change_s);
	}
	sf_str_finish(&names);
}

static int wait_on(struct run *run, const struct sf_apply_do *what, struct sf_error *err)
{
	struct sf_str text = {0};
	if (run->waits_why != what->why || run->waits_node != what->node) {
		describe(run, what, &text);
		tell(run, SF_APPLY_WAITING, "wait", run->plan->node[what->node].name,
		     sf_str_get(&text), err);
		run->waits_why = what->why;
		run->waits_node = what->node;
	}
	sf_str_finish(&text);
	return sf_apply_pause(run->apply, what->until_ns, err) < 0 ? -1 : look_at_all(run, err);
}

/* The wave goes back from here on. */
static int turn_back(struct run *run, const char *node, const char *why, struct sf_error *err)
{
	run->failed = true;
	sf_fail(&run->reason, SF_EIO, "%s: node %s: %s", run->plan->name, node, why);
	if (set_mode(run, SF_APPLY_BACK, run->reason.text, err) < 0) {
		return -1;
	}
	return look_at_all(run, err);
}

static int give_up(struct run *run, const char *node, const char *why, struct sf_error *err)
{
	struct sf_error said;
	sf_fail(&said, SF_EIO, "%s cannot be taken back: node %s: %s", run->plan->name, node, why);
	tell(run, SF_APPLY_DOING, "stuck", node, why, err);
	if (run->failed) {
		tell(run, SF_APPLY_NOTICE, "reason", NULL, run->reason.text, err);
	}
	*err = said;
	return -1;
}

/* The API server will not have it. */
static int refused(struct run *run, const struct sf_apply_do *what,
                   const struct sf_apply_answer *answer, struct sf_error *err)
{
	const char *node = run->plan->node[what->node].name;
	switch (*mode_of(run)) {
	case SF_APPLY_FORWARD:
		return turn_back(run, node, answer->err.text, err);
	case SF_APPLY_BACK:
		return give_up(run, node, answer->err.text, err);
	default:
		*err = answer->err;
		return sf_wrap(err, "%s: node %s", run->plan->name, node);
	}
}

static int tell_step(struct run *run, const struct sf_apply_do *what, struct sf_error *err)
{
	struct sf_str pod = {0}, labels = {0};
	bool labels_back = what->verb == SF_APPLY_UNLABEL;
	struct sf_apply_line line = {
		.event = words[what->verb],
		.wave = run->plan->name,
		.node = run->plan->node[what->node].name,
	};
	if (what->verb == SF_APPLY_EVICT) {
		const struct sf_apply_seen_pod *seen = &run->seen[what->node].pod[what->holder];
		sf_str_printf(&pod, "%s/%s", seen->space, seen->name);
		line.pod = pod.text;
		line.text = seen->planned ? NULL : "not in the plan: it came meanwhile";
	}
	if (what->verb == SF_APPLY_LABEL || labels_back) {
		sf_apply_edit_words(&run->plan->node[what->node], labels_back, &labels);
		line.text = labels.text;
	}
	if (run->plan->node[what->node].stays) {
		line.event = what->verb == SF_APPLY_TAKE   ? "mark"
		             : what->verb == SF_APPLY_GIVE ? "unmark"
		                                           : line.event;
	} else if (what->verb == SF_APPLY_GIVE && run->seen[what->node].note != NULL &&
	           json_is_true(json_object_get(run->seen[what->node].note, "cordoned"))) {
		line.event = "leave-cordoned";
		line.text = "it was cordoned before";
	}
	int rc = sf_apply_tell(run->apply, SF_APPLY_DOING, &line, err);
	sf_str_finish(&pod);
	sf_str_finish(&labels);
	return rc;
}

/* A pod that came meanwhile and that nobody will make again stops the wave. */
static bool may_evict(const struct run *run, const struct sf_apply_do *what)
{
	const struct sf_apply_seen_pod *pod = &run->seen[what->node].pod[what->holder];
	return pod->returns || run->apply->options.evict_bare;
}

static int step(struct run *run, const struct sf_apply_do *what, struct sf_error *err)
{
	struct sf_apply *apply = run->apply;
	const struct sf_apply_seen_node *seen = &run->seen[what->node];
	const char *node = run->plan->node[what->node].name;
	if (what->verb == SF_APPLY_EVICT && !may_evict(run, what)) {
		struct sf_str why = {0};
		sf_str_printf(&why, "pod %s/%s has no controller that would make it again",
		              seen->pod[what->holder].space, seen->pod[what->holder].name);
		int rc = turn_back(run, node, why.text, err);
		sf_str_finish(&why);
		return rc;
	}
	if (tell_step(run, what, err) < 0) {
		return -1;
	}
	struct sf_apply_answer answer = sf_apply_act(apply, run->wave, what, seen);
	if (answer.word == SF_APPLY_REFUSED) {
		return refused(run, what, &answer, err);
	}
	if (answer.word == SF_APPLY_BLOCKED) {
		tell(run, SF_APPLY_NOTICE, "evict-later", node, answer.err.text, err);
		put_off(apply, seen->pod[what->holder].uid, answer.retry_after_ms);
		apply->heard_ns = sf_clock_ns();
		return look(run, what->node, err);
	}
	int again = sf_apply_heard(apply, &answer, err);
	return again < 0 ? -1 : look(run, what->node, err);
}

/* 1: the wave has ended. */
static int go(struct run *run, const struct sf_apply_do *what, struct sf_error *err)
{
	const char *node = run->plan->n_nodes > 0 ? run->plan->node[what->node].name : "";
	struct sf_str why = {0};
	int rc;
	switch (what->verb) {
	case SF_APPLY_WAIT:
		return wait_on(run, what, err);
	case SF_APPLY_COMMIT:
		return set_mode(run, SF_APPLY_COMMITTED, NULL, err);
	case SF_APPLY_FINISH: {
		bool back = *mode_of(run) == SF_APPLY_BACK;
		return set_mode(run, back ? SF_APPLY_UNDONE : SF_APPLY_DONE, NULL, err) < 0 ? -1
		                                                                            : 1;
	}
	case SF_APPLY_FAIL:
	case SF_APPLY_STUCK:
		describe(run, what, &why);
		rc = what->verb == SF_APPLY_FAIL ? turn_back(run, node, why.text, err)
		                                 : give_up(run, node, why.text, err);
		sf_str_finish(&why);
		return rc;
	default:
		return step(run, what, err);
	}
}

/* Where the wave begins, or goes on. */
static int begin(struct run *run, struct sf_error *err)
{
	enum sf_apply_mode mode = *mode_of(run);
	bool fresh = mode == SF_APPLY_UNTOUCHED || mode == SF_APPLY_UNDONE;
	run->memory.stage = SF_APPLY_STAGES;
	if (fresh && set_mode(run, SF_APPLY_FORWARD, NULL, err) < 0) {
		return -1;
	}
	if (mode == SF_APPLY_FORWARD && run->apply->options.roll_back) {
		return set_mode(run, SF_APPLY_BACK, "asked for", err) < 0 ? -1
		                                                          : look_at_all(run, err);
	}
	return look_at_all(run, err);
}

int sf_apply_wave(struct sf_apply *apply, size_t wave, struct sf_error *err)
{
	struct run run = {.apply = apply, .wave = wave, .plan = &apply->plan->wave[wave]};
	run.seen = sf_xcalloc(run.plan->n_nodes + 1, sizeof(*run.seen));
	int rc = begin(&run, err);
	while (rc == 0) {
		struct sf_apply_do what = decide(&run);
		rc = sf_apply_may_go(apply, err);
		rc = rc == 0 ? go(&run, &what, err) : rc;
	}
	if (rc == 1 && *mode_of(&run) == SF_APPLY_UNDONE && !apply->options.roll_back) {
		if (run.failed) {
			*err = run.reason;
		} else {
			sf_fail(err, SF_EIO, "%s has been taken back", run.plan->name);
		}
		rc = -1;
	}
	for (size_t i = 0; i < run.plan->n_nodes; i++) {
		sf_apply_seen_finish(&run.seen[i]);
	}
	free(run.seen);
	return rc < 0 ? -1 : 0;
}
