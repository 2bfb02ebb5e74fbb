/* child: a process of our own that answers one question after another, and may die of any of them. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_CHILD_H
#define SF_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_error;
struct sf_child;

struct sf_child_options {
	const char *name; /* what it is, for messages: "solver"; borrowed */
	size_t memory;    /* bytes of address space beyond what it begins with; 0: no limit, nor is
	                     there one under AddressSanitizer */

	/*
	 * Runs in the child. Fills in the answer, which is all zeros; or calls sf_child_give_up, or
	 * breaks down in whatever way. It sees the memory of the caller as that was when the process
	 * was started, but of its files only stderr, and no other thread.
	 */
	void (*answer)(void *ctx, void *question, size_t size, void *answer, size_t answer_size);
	void *ctx;
};

struct sf_child_question {
	const void *text;
	size_t size;
	void *answer; /* exactly so much must come back; without an answer the last note, if any */
	size_t answer_size;
	uint64_t until_ns; /* on sf_clock_ns; 0: for as long as it takes */
};

/* No process yet: the first question starts it, and the first one after a breakdown another. */
struct sf_child *sf_child_create(const struct sf_child_options *options);

/* Ends the process, if there is one, and reaps it. */
void sf_child_destroy(struct sf_child *child);

/*
 * Asks, and waits for the answer. Of several threads one at a time may ask; the process ends with the
 * thread that started it. Returns -1 when there is no answer, with the process ended: SF_ELIMIT when
 * it took too long, SF_EIO when the process could not be started or died; the text says how, or what
 * it gave up with. `noted` (may be NULL) says whether there is a note.
 */
int sf_child_ask(struct sf_child *child, const struct sf_child_question *question, bool *noted,
                 struct sf_error *err);

/* In the child: the answer so far (all of its bytes), which counts if no better one comes. */
void sf_child_note(const void *answer, size_t answer_size);

/* In the child: there will be no answer, and why (one line; what is too long is cut). */
_Noreturn void sf_child_give_up(const char *why);

#endif
