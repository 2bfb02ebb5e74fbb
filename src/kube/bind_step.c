/* bind_step: what to do next to bind a pod, from the answers so far; no I/O, no clock. */
// SPDX-License-Identifier: Apache-2.0
#include "bind_step.h"

#include <slicefit/error.h>
#include <slicefit/kube_call.h>

#include <stdio.h>
#include <string.h>

enum { RETRY_FIRST_MS = 50, RETRY_MOST_MS = 500, NS_PER_MS = 1000000 };

static const char *const names[] = {
	[SF_BIND_DONE] = "done",     [SF_BIND_ELSEWHERE] = "elsewhere", [SF_BIND_GONE] = "gone",
	[SF_BIND_FAILED] = "failed", [SF_BIND_UNKNOWN] = "unknown",
};

const char *sf_bind_result_name(enum sf_bind_result result)
{
	return names[result];
}

void sf_bind_begin(struct sf_bind_step *step, const struct sf_kube_bind *bind, uint64_t deadline_ns,
                   uint64_t seed)
{
	*step = (struct sf_bind_step){
		.bind = bind,
		.deadline_ns = deadline_ns,
		.retry = {.first_ms = RETRY_FIRST_MS,
	                  .most_ms = RETRY_MOST_MS,
	                  .calm_ms = UINT32_MAX},
	};
	sf_rng_seed(&step->retry.rng, seed, 0);
}

static void end(struct sf_bind_step *step, enum sf_bind_result result, const struct sf_error *err)
{
	struct sf_kube_bound *bound = &step->bound;
	bound->result = result;
	snprintf(bound->text, sizeof(bound->text), "%s", err->text);
	for (char *c = bound->text; *c != '\0'; c++) {
		*c = *c == '%' ? '?' : *c;
	}
	step->next = SF_BIND_END;
}

static void end_done(struct sf_bind_step *step)
{
	struct sf_error none = {0};
	end(step, SF_BIND_DONE, &none);
}

/* Not done: for certain only when no binding is on its way. */
static void end_undone(struct sf_bind_step *step, const struct sf_error *err)
{
	struct sf_error said = *err;
	bool unknown = step->unclear || step->next == SF_BIND_ASK;
	if (unknown) {
		sf_wrap(&said, "outcome unknown");
	}
	end(step, unknown ? SF_BIND_UNKNOWN : SF_BIND_FAILED, &said);
}

static void end_gone(struct sf_bind_step *step, const char *what)
{
	struct sf_error err;
	sf_fail(&err, SF_ENOENT, "pod %s/%s %s", step->bind->space, step->bind->pod, what);
	end(step, SF_BIND_GONE, &err);
}

static void end_elsewhere(struct sf_bind_step *step, const char *node)
{
	struct sf_error err;
	sf_fail(&err, SF_EUNMET, "pod %s/%s is already on node %s", step->bind->space,
	        step->bind->pod, node);
	snprintf(step->bound.node, sizeof(step->bound.node), "%s", node);
	end(step, SF_BIND_ELSEWHERE, &err);
}

static void go_on(struct sf_bind_step *step, enum sf_bind_do next)
{
	step->next = next;
	step->wait_ms = 0;
}

/* The next request, after a wait if there is time for one. */
static void try_again(struct sf_bind_step *step, enum sf_bind_do next, uint32_t asked_ms,
                      const struct sf_error *err, uint64_t now_ns)
{
	uint32_t ms = sf_retry_wait_ms(&step->retry, now_ns);
	ms = ms > asked_ms ? ms : asked_ms;
	step->next = next;
	step->wait_ms = ms;
	if (now_ns + (uint64_t)ms * NS_PER_MS >= step->deadline_ns) {
		end_undone(step, err);
	}
}

/* May the same request get another answer later? */
static bool is_passing(int status)
{
	return status == 0 || status == 429 || status >= 500;
}

static void say(const struct sf_kube_reply *reply, const struct sf_error *err, struct sf_error *out)
{
	if (reply->status == 0) {
		*out = *err;
	} else {
		sf_kube_refused(reply, out);
	}
}

void sf_bind_posted(struct sf_bind_step *step, const struct sf_kube_reply *reply,
                    const struct sf_error *err, uint64_t now_ns)
{
	int status = reply->status;
	bool untouched = status == 429 || (status == 0 && !reply->sent);
	struct sf_error said = {0};
	say(reply, err, &said);
	step->bound.posts++;
	if (status == 201) {
		end_done(step);
	} else if (status == 409) {
		go_on(step, SF_BIND_ASK);
	} else if (status == 404) {
		end_gone(step, "is gone");
	} else if (untouched) {
		try_again(step, SF_BIND_POST, reply->retry_after_ms, &said, now_ns);
	} else if (is_passing(status) || status / 100 == 2) {
		step->unclear = true;
		go_on(step, SF_BIND_ASK);
	} else {
		end_undone(step, &said);
	}
}

static void judge(struct sf_bind_step *step, const struct sf_bind_pod *pod, uint64_t now_ns)
{
	struct sf_error err;
	if (strcmp(pod->uid, step->bind->uid) != 0) {
		end_gone(step, "is gone, and another has its name");
	} else if (strcmp(pod->node, step->bind->node) == 0) {
		end_done(step);
	} else if (pod->node[0] != '\0') {
		end_elsewhere(step, pod->node);
	} else if (pod->deleting) {
		end_gone(step, "is being deleted");
	} else {
		sf_fail(&err, SF_EIO, "pod %s/%s is not bound", step->bind->space, step->bind->pod);
		try_again(step, SF_BIND_POST, 0, &err, now_ns);
	}
}

void sf_bind_asked(struct sf_bind_step *step, const struct sf_kube_reply *reply,
                   const struct sf_error *err, const struct sf_bind_pod *pod, uint64_t now_ns)
{
	struct sf_error said = {0};
	say(reply, err, &said);
	step->bound.asks++;
	if (pod != NULL) {
		judge(step, pod, now_ns);
	} else if (reply->status == 404) {
		end_gone(step, "is gone");
	} else if (is_passing(reply->status)) {
		try_again(step, SF_BIND_ASK, reply->retry_after_ms, &said, now_ns);
	} else {
		end_undone(step, &said);
	}
}

void sf_bind_give_up(struct sf_bind_step *step, const char *why)
{
	struct sf_error err;
	sf_fail(&err, SF_EIO, "%s", why);
	end_undone(step, &err);
}
