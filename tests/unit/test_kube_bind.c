/* test_kube_bind: what to do next to bind a pod; the whole exchange is in tests/kube/binder.py. */
// SPDX-License-Identifier: Apache-2.0
#include "kube/bind_step.h"

#include <slicefit/error.h>
#include <slicefit/kube_http.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

enum { MS = 1000000, DEADLINE_MS = 4000, NO_ANSWER = 0, NOT_SENT = -1 };

static const struct sf_kube_bind wanted = {.space = "s", .pod = "p", .uid = "u", .node = "n"};

/* One answer. */
struct heard {
	enum sf_bind_do to;
	int status;
	uint32_t at_ms;
	uint32_t retry_after_ms;
	const char *uid; /* of the pod that came; NULL: none */
	const char *node;
};

/* Answers in turn, up to a row of zeros; then what is next. */
static const struct talk {
	struct heard heard[4];
	enum sf_bind_do next;
	uint32_t wait_least_ms;
	uint32_t wait_most_ms;
	enum sf_bind_result result; /* with SF_BIND_END */
} talks[] = {
	{{{SF_BIND_POST, 201, 5, 0, NULL, NULL}}, SF_BIND_END, 0, 0, SF_BIND_DONE},
	{{{SF_BIND_POST, 409, 5, 0, NULL, NULL}}, SF_BIND_ASK, 0, 0, 0},
	{{{SF_BIND_POST, 500, 5, 0, NULL, NULL}}, SF_BIND_ASK, 0, 0, 0},
	{{{SF_BIND_POST, NO_ANSWER, 5, 0, NULL, NULL}}, SF_BIND_ASK, 0, 0, 0},
	{{{SF_BIND_POST, NOT_SENT, 5, 0, NULL, NULL}}, SF_BIND_POST, 50, 99, 0},
	{{{SF_BIND_POST, 429, 5, 0, NULL, NULL}}, SF_BIND_POST, 50, 99, 0},
	{{{SF_BIND_POST, 429, 5, 1000, NULL, NULL}}, SF_BIND_POST, 1000, 1000, 0},
	{{{SF_BIND_POST, 429, 5, 3994, NULL, NULL}}, SF_BIND_POST, 3994, 3994, 0},
	{{{SF_BIND_POST, 429, 5, 3995, NULL, NULL}}, SF_BIND_END, 0, 0, SF_BIND_FAILED},
	{{{SF_BIND_POST, NOT_SENT, 3950, 0, NULL, NULL}}, SF_BIND_END, 0, 0, SF_BIND_FAILED},
	{{{SF_BIND_POST, 429, 5, 0, NULL, NULL}, {SF_BIND_POST, 429, 100, 0, NULL, NULL}},
         SF_BIND_POST,
         100,
         199,
         0},
	{{{SF_BIND_POST, 500, 5, 0, NULL, NULL}, {SF_BIND_ASK, 200, 9, 0, "u", ""}},
         SF_BIND_POST,
         50,
         99,
         0},
	{{{SF_BIND_POST, 500, 5, 0, NULL, NULL}, {SF_BIND_ASK, 200, 3990, 0, "u", ""}},
         SF_BIND_END,
         0,
         0,
         SF_BIND_UNKNOWN},
	{{{SF_BIND_POST, 500, 5, 0, NULL, NULL},
          {SF_BIND_ASK, 200, 9, 0, "u", ""},
          {SF_BIND_POST, 429, 3990, 0, NULL, NULL}},
         SF_BIND_END,
         0,
         0,
         SF_BIND_UNKNOWN},
	{{{SF_BIND_POST, 409, 5, 0, NULL, NULL}, {SF_BIND_ASK, 200, 3990, 0, "u", ""}},
         SF_BIND_END,
         0,
         0,
         SF_BIND_FAILED},
	{{{SF_BIND_POST, 409, 5, 0, NULL, NULL}, {SF_BIND_ASK, NO_ANSWER, 3990, 0, NULL, NULL}},
         SF_BIND_END,
         0,
         0,
         SF_BIND_UNKNOWN},
	{{{SF_BIND_POST, 409, 5, 0, NULL, NULL}, {SF_BIND_ASK, 429, 9, 700, NULL, NULL}},
         SF_BIND_ASK,
         700,
         700,
         0},
	{{{SF_BIND_POST, 409, 5, 0, NULL, NULL}, {SF_BIND_ASK, 200, 9, 0, "u", "n"}},
         SF_BIND_END,
         0,
         0,
         SF_BIND_DONE},
	{{{SF_BIND_POST, 409, 5, 0, NULL, NULL}, {SF_BIND_ASK, 200, 9, 0, "U", "n"}},
         SF_BIND_END,
         0,
         0,
         SF_BIND_GONE},
	{{{SF_BIND_POST, 409, 5, 0, NULL, NULL}, {SF_BIND_ASK, 200, 9, 0, "u", "n2"}},
         SF_BIND_END,
         0,
         0,
         SF_BIND_ELSEWHERE},
	{{{SF_BIND_POST, 401, 5, 0, NULL, NULL}}, SF_BIND_END, 0, 0, SF_BIND_FAILED},
	{{{SF_BIND_POST, 422, 5, 0, NULL, NULL}}, SF_BIND_END, 0, 0, SF_BIND_FAILED},
};

static void hear(struct sf_bind_step *step, const struct heard *heard)
{
	struct sf_error err = {SF_EIO, "100% lost"};
	struct sf_bind_pod pod = {heard->uid, heard->node, false};
	struct sf_kube_reply reply = {
		.status = heard->status > 0 ? heard->status : 0,
		.sent = heard->status != NOT_SENT,
		.retry_after_ms = heard->retry_after_ms,
	};
	cr_assert(eq(int, (int)step->next, (int)heard->to));
	if (heard->to == SF_BIND_POST) {
		sf_bind_posted(step, &reply, &err, heard->at_ms * UINT64_C(1000000));
	} else {
		sf_bind_asked(step, &reply, &err, heard->uid != NULL ? &pod : NULL,
		              heard->at_ms * UINT64_C(1000000));
	}
}

static void check(const struct talk *talk, size_t row, uint64_t seed)
{
	struct sf_bind_step step;
	sf_bind_begin(&step, &wanted, DEADLINE_MS * UINT64_C(1000000), seed);
	for (size_t i = 0; i < 4 && talk->heard[i].at_ms != 0; i++) {
		hear(&step, &talk->heard[i]);
	}
	cr_assert(eq(int, (int)step.next, (int)talk->next), "row %zu", row);
	if (step.next != SF_BIND_END) {
		cr_assert(ge(u32, step.wait_ms, talk->wait_least_ms), "row %zu", row);
		cr_assert(le(u32, step.wait_ms, talk->wait_most_ms), "row %zu", row);
		return;
	}
	cr_assert(eq(int, (int)step.bound.result, (int)talk->result), "row %zu", row);
	cr_assert(zero(ptr, strchr(step.bound.text, '%')), "row %zu", row);
	cr_assert(eq(int, step.bound.text[0] == '\0', talk->result == SF_BIND_DONE), "row %zu",
	          row);
}

Test(kube_bind, steps)
{
	for (size_t i = 0; i < sizeof(talks) / sizeof(*talks); i++) {
		for (uint64_t seed = 0; seed < 20; seed++) {
			check(&talks[i], i, seed);
		}
	}
}

/* What we give up ourselves is certain only before the first request. */
Test(kube_bind, give_up)
{
	struct sf_bind_step step;
	struct heard lost = {SF_BIND_POST, NO_ANSWER, 5, 0, NULL, NULL};
	sf_bind_begin(&step, &wanted, DEADLINE_MS * UINT64_C(1000000), 1);
	sf_bind_give_up(&step, "100% busy");
	cr_assert(eq(int, (int)step.bound.result, SF_BIND_FAILED));
	cr_assert(eq(str, step.bound.text, (char *)"100? busy"));
	sf_bind_begin(&step, &wanted, DEADLINE_MS * UINT64_C(1000000), 1);
	hear(&step, &lost);
	sf_bind_give_up(&step, "busy");
	cr_assert(eq(int, (int)step.bound.result, SF_BIND_UNKNOWN));
	cr_assert(eq(str, step.bound.text, (char *)"outcome unknown: busy"));
}
