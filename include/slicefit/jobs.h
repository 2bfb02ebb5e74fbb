/* jobs: independent tasks on several threads, with the same outcome as on one. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_JOBS_H
#define SF_JOBS_H

#include <stddef.h>

struct sf_error;

enum { SF_JOBS_THREADS_MAX = 1024 };

/* Tasks 0 .. n - 1. Each writes its result where only its index leads to, so that results do not
 * depend on the number of threads. */
struct sf_jobs {
	size_t n;
	size_t threads; /* at most so many; 0: one per CPU. More than tasks are not started */

	/* One task; called from any thread, in the order of the indices but several at a time.
	 * 0, or -1 and err. */
	int (*run)(void *ctx, size_t task, struct sf_error *err);

	/* Optional: `done` of `n` tasks are done. Never two calls at a time. */
	void (*tell)(void *ctx, size_t done, size_t n);

	void *ctx; /* of both */
};

/* Runs the tasks; the calling thread works, too. After an error no further task is begun; the error
 * is that of the lowest failing index, as if the tasks had run one after the other. When the system
 * gives fewer threads than asked for, those do the work. */
int sf_jobs_run(const struct sf_jobs *jobs, struct sf_error *err);

/* CPUs this process may run on (its affinity mask), at least 1. */
size_t sf_jobs_cpus(void);

#endif
