/* solver_script: what a solver's process does instead of solving, and at which of its calls. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SOLVER_SCRIPT_H
#define SOLVER_SCRIPT_H

#include "sanitized.h"

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum deed { CRASH, KILL, END, STARVE, DEEDS, HANG };

struct script {
	enum deed deed;
	uint64_t first, last; /* call */
};

/* Takes what memory there is, or so much of it, and gives nothing back. */
static inline void starve(void)
{
	for (size_t size = 1 << 20; !SF_SANITIZED && size >= 16; size /= 2) {
		for (int i = 0; i < 4096 && malloc(size); i++) {
		}
	}
}

/* For sf_solver_options.before; `ctx` is a script. */
static inline void play(void *ctx, uint64_t call)
{
	const struct script *script = ctx;
	const struct rlimit no_core = {0};

	if (call < script->first || call > script->last) {
		return;
	}
	setrlimit(RLIMIT_CORE, &no_core);
	switch (script->deed) {
	case CRASH:
		raise(SIGSEGV);
		break;
	case KILL:
		raise(SIGKILL);
		break;
	case END:
		_exit(3);
	case STARVE:
		starve();
		break;
	case DEEDS:
		break;
	case HANG:
		for (;;) {
			pause();
		}
	}
}

#endif
