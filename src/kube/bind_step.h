/* bind_step: what to do next to bind a pod, from the answers so far; no I/O, no clock. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_BIND_STEP_H
#define SF_KUBE_BIND_STEP_H

#include "retry.h"

#include <slicefit/kube_bind.h>

#include <stdbool.h>
#include <stdint.h>

struct sf_error;
struct sf_kube_reply;

enum sf_bind_do {
	SF_BIND_POST, /* send the binding */
	SF_BIND_ASK,  /* read the pod */
	SF_BIND_END,  /* `bound` says it all */
};

struct sf_bind_step {
	const struct sf_kube_bind *bind;
	uint64_t deadline_ns;
	struct sf_retry retry;
	enum sf_bind_do next;
	uint32_t wait_ms; /* before that */
	bool unclear;     /* a binding was sent whose outcome nobody told */
	struct sf_kube_bound bound;
};

/* The pod as it was read. */
struct sf_bind_pod {
	const char *uid;
	const char *node; /* "": not bound */
	bool deleting;
};

void sf_bind_begin(struct sf_bind_step *step, const struct sf_kube_bind *bind, uint64_t deadline_ns,
                   uint64_t seed);

/* The binding was sent. Status 0: no answer, and err says why. */
void sf_bind_posted(struct sf_bind_step *step, const struct sf_kube_reply *reply,
                    const struct sf_error *err, uint64_t now_ns);

/* The pod was asked for; `pod` NULL unless it came. */
void sf_bind_asked(struct sf_bind_step *step, const struct sf_kube_reply *reply,
                   const struct sf_error *err, const struct sf_bind_pod *pod, uint64_t now_ns);

/* Ends it for a reason of our own, before the next request. */
void sf_bind_give_up(struct sf_bind_step *step, const char *why);

#endif
