/* apply_pace: looking and waiting of a roll-out: when to look again, and when to give up. */
// SPDX-License-Identifier: Apache-2.0
#include "apply_run.h"

#include <slicefit/clock.h>
#include <slicefit/error.h>
#include <slicefit/kube_http.h>
#include <slicefit/kube_lease.h>

#include <string.h>

enum { LEASE_LOOK_MS = 250 };

void sf_apply_calm(struct sf_apply *apply)
{
	apply->pace.step_ms = 0;
}

static bool is_silent(const struct sf_apply *apply, uint64_t since_ns)
{
	return sf_clock_ns() - since_ns >= apply->options.silence_s * UINT64_C(1000000000);
}

/* Holds the Lease, or gets it back, as after a time without the API server; not from somebody else. */
static int hold_lease(struct sf_apply *apply, struct sf_error *err)
{
	uint64_t begun_ns = sf_clock_ns();
	while (apply->lease != NULL && !sf_lease_leads(apply->lease)) {
		struct sf_lease_view view = sf_lease_view(apply->lease);
		bool others = view.holder[0] != '\0' && strcmp(view.holder, apply->identity) != 0;
		if (atomic_load(&apply->stopped)) {
			return sf_fail(err, SF_EIO, "stopped");
		}
		if (others || is_silent(apply, begun_ns)) {
			return sf_fail(err, SF_EIO,
			               "the Lease slicefit-apply is lost, it is held by '%.120s'",
			               view.holder);
		}
		sf_kube_http_wait(apply->waiter, LEASE_LOOK_MS);
	}
	return 0;
}

int sf_apply_may_go(struct sf_apply *apply, struct sf_error *err)
{
	if (atomic_load(&apply->stopped)) {
		return sf_fail(err, SF_EIO, "stopped");
	}
	if (is_silent(apply, apply->heard_ns)) {
		*err = apply->silence;
		return sf_wrap(err, "no answer of the API server for %u s",
		               apply->options.silence_s);
	}
	return hold_lease(apply, err);
}

int sf_apply_pause(struct sf_apply *apply, uint64_t until_ns, struct sf_error *err)
{
	uint64_t now_ns = sf_clock_ns();
	uint32_t ms = sf_retry_wait_ms(&apply->pace, now_ns);
	uint64_t left_ms = until_ns > now_ns ? (until_ns - now_ns) / 1000000 + 1 : 0;
	if (until_ns != 0 && left_ms < ms) {
		ms = (uint32_t)left_ms;
	}
	sf_kube_http_wait(apply->waiter, ms);
	return sf_apply_may_go(apply, err);
}

int sf_apply_heard(struct sf_apply *apply, const struct sf_apply_answer *answer,
                   struct sf_error *err)
{
	uint64_t asked_ns = answer->retry_after_ms * UINT64_C(1000000);
	if (answer->heard) {
		apply->heard_ns = sf_clock_ns();
	}
	if (answer->word != SF_APPLY_AGAIN) {
		sf_apply_calm(apply);
		return 0;
	}
	apply->silence = answer->err;
	if (asked_ns > 0) {
		sf_kube_http_wait(apply->waiter, answer->retry_after_ms);
	}
	return sf_apply_pause(apply, 0, err) < 0 ? -1 : 1;
}

struct sf_apply_answer sf_apply_look_once(struct sf_apply *apply, const struct sf_apply_node *node,
                                          bool pods, struct sf_apply_seen_node *out)
{
	json_t *doc = NULL, *list = NULL;
	struct sf_apply_answer answer = sf_apply_api_node(&apply->api, node->name, &doc);
	bool gone = answer.word == SF_APPLY_ABSENT;
	if (answer.word == SF_APPLY_OK && pods) {
		answer = sf_apply_api_pods(&apply->api, node->name, &list);
	}
	if (answer.word == SF_APPLY_OK || gone) {
		sf_apply_see(apply->plan, node, doc, list, out);
		answer.word = SF_APPLY_OK;
	} else {
		json_decref(doc);
	}
	return answer;
}

int sf_apply_look(struct sf_apply *apply, const struct sf_apply_node *node, bool pods,
                  struct sf_apply_seen_node *out, struct sf_error *err)
{
	uint32_t step_ms = apply->pace.step_ms;
	for (;;) {
		struct sf_apply_answer answer = sf_apply_look_once(apply, node, pods, out);
		if (answer.word == SF_APPLY_OK) {
			apply->heard_ns = sf_clock_ns();
			apply->pace.step_ms = step_ms; /* to look is no progress */
			return 0;
		}
		if (answer.word != SF_APPLY_AGAIN) {
			*err = answer.err;
			return sf_wrap(err, "node %s", node->name);
		}
		if (sf_apply_heard(apply, &answer, err) < 0) {
			return -1;
		}
	}
}
