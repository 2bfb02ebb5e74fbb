/* child_impl: what both sides of child share. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_CHILD_IMPL_H
#define SF_CHILD_IMPL_H

#include <slicefit/child.h>

#include <signal.h>
#include <sys/types.h>

enum { CHILD_WORDS_MAX = 200 };

enum { CHILD_ANSWERS = 1, CHILD_NOTES = 2, CHILD_GIVES_UP = 3 };

/* Of a message; `size` bytes follow. */
struct child_head {
	uint64_t size;
	union {
		uint64_t answer_size; /* of a question */
		uint64_t kind;        /* of an answer */
	};
};

/* child_live.c: what the forked process does: never returns. `mask`: the signals to be blocked. */
_Noreturn void child_live(const struct sf_child_options *options, int fd, pid_t parent,
                          const sigset_t *mask);

#endif
