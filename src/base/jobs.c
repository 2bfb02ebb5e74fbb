/* jobs: independent tasks on several threads, with the same outcome as on one. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/jobs.h>

#include <slicefit/alloc.h>
#include <slicefit/error.h>

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* What the threads share; `lock` guards everything below it. */
struct crew {
	const struct sf_jobs *jobs;
	pthread_mutex_t lock;
	size_t next; /* first task not yet begun */
	size_t done;
	size_t failed; /* lowest failing task; SIZE_MAX: none */
	struct sf_error err;
};

/* The next task to run; false when there is none or one has failed. */
static bool take(struct crew *crew, size_t *task)
{
	pthread_mutex_lock(&crew->lock);
	bool found = crew->next < crew->jobs->n && crew->failed == SIZE_MAX;
	if (found) {
		*task = crew->next++;
	}
	pthread_mutex_unlock(&crew->lock);
	return found;
}

/* Tasks are begun in order, so all below a failing one have been begun and will be heard of. */
static void settle(struct crew *crew, size_t task, int rc, const struct sf_error *err)
{
	const struct sf_jobs *jobs = crew->jobs;
	pthread_mutex_lock(&crew->lock);
	crew->done++;
	if (rc != 0 && task < crew->failed) {
		crew->failed = task;
		crew->err = *err;
	}
	if (jobs->tell) {
		jobs->tell(jobs->ctx, crew->done, jobs->n);
	}
	pthread_mutex_unlock(&crew->lock);
}

static void *work(void *arg)
{
	struct crew *crew = arg;
	size_t task;
	while (take(crew, &task)) {
		struct sf_error err = {0};
		int rc = crew->jobs->run(crew->jobs->ctx, task, &err);
		settle(crew, task, rc, &err);
	}
	return NULL;
}

static size_t count_threads(const struct sf_jobs *jobs)
{
	size_t threads = jobs->threads > 0 ? jobs->threads : sf_jobs_cpus();
	threads = threads < jobs->n ? threads : jobs->n;
	return threads < SF_JOBS_THREADS_MAX ? threads : SF_JOBS_THREADS_MAX;
}

int sf_jobs_run(const struct sf_jobs *jobs, struct sf_error *err)
{
	struct crew crew = {
		.jobs = jobs,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.failed = SIZE_MAX,
	};
	size_t wanted = count_threads(jobs);
	size_t started = 0;
	pthread_t *thread = sf_xcalloc(wanted + 1, sizeof(*thread));
	while (started + 1 < wanted && pthread_create(&thread[started], NULL, work, &crew) == 0) {
		started++;
	}
	work(&crew);
	for (size_t i = 0; i < started; i++) {
		pthread_join(thread[i], NULL);
	}
	free(thread);
	pthread_mutex_destroy(&crew.lock);
	if (crew.failed == SIZE_MAX) {
		return 0;
	}
	if (err) {
		*err = crew.err;
	}
	return -1;
}

size_t sf_jobs_cpus(void)
{
	cpu_set_t set;
	if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0) {
		return (size_t)CPU_COUNT(&set);
	}
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	return online > 0 ? (size_t)online : 1;
}
