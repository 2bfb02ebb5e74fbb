/* replicate: many replays (scenarios, policies, seeds) on several threads. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/replicate.h>

#include <slicefit/error.h>
#include <slicefit/jobs.h>

#include <pthread.h>

/* Progress of one run, in steps. */
enum { STEPS = 1000 };

struct field {
	const struct sf_run *run;
	size_t n;
	const struct sf_replay_watch *watch; /* may be NULL */
	struct sf_replay_result *result;
	pthread_mutex_t lock; /* of what follows */
	uint64_t steps;       /* of all runs */
};

struct ticker {
	struct field *field;
	uint64_t steps; /* of this run, as told */
};

static void tick(struct ticker *ticker, uint64_t steps)
{
	struct field *field = ticker->field;
	if (!field->watch || steps <= ticker->steps) {
		return;
	}
	pthread_mutex_lock(&field->lock);
	field->steps += steps - ticker->steps;
	field->watch->tell(field->watch->ctx, field->steps, (uint64_t)field->n * STEPS);
	pthread_mutex_unlock(&field->lock);
	ticker->steps = steps;
}

static void hear(void *ctx, uint64_t done, uint64_t total)
{
	tick(ctx, total > 0 && done < total ? done * STEPS / total : 0);
}

static int run_one(void *ctx, size_t task, struct sf_error *err)
{
	struct field *field = ctx;
	const struct sf_run *run = &field->run[task];
	struct ticker ticker = {field, 0};
	const struct sf_replay_watch watch = {field->watch ? hear : NULL, &ticker,
	                                      run->series_step_us};
	if (sf_replay_run(run->scenario, run->policy, run->seed, &watch, &field->result[task],
	                  err) != 0) {
		return sf_wrap(err, "%s", run->scenario->path);
	}
	tick(&ticker, STEPS);
	return 0;
}

int sf_replicate(const struct sf_run *run, size_t n, size_t threads,
                 const struct sf_replay_watch *watch, struct sf_replay_result *result,
                 struct sf_error *err)
{
	struct field field = {
		.run = run,
		.n = n,
		.watch = watch,
		.result = result,
		.lock = PTHREAD_MUTEX_INITIALIZER,
	};
	const struct sf_jobs jobs = {.n = n, .threads = threads, .run = run_one, .ctx = &field};
	for (size_t i = 0; i < n; i++) {
		result[i] = (struct sf_replay_result){0};
	}
	int rc = sf_jobs_run(&jobs, err);
	for (size_t i = 0; rc != 0 && i < n; i++) {
		sf_replay_finish(&result[i]);
	}
	pthread_mutex_destroy(&field.lock);
	return rc;
}
