/* sweep_run: computes the points of a sweep into a file that survives being killed. */
// SPDX-License-Identifier: Apache-2.0
#include "sweep_run.h"

#include "cli.h"

#include <slicefit/alloc.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/jobs.h>
#include <slicefit/report_sweep.h>
#include <slicefit/str.h>
#include <slicefit/sweep_yaml.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define RESULTS_LIMIT ((size_t)8 << 30)

/* What the threads share. */
struct work {
	const struct sf_sweep_run *run;
	size_t n;
	size_t *point; /* to compute, ascending */
	size_t n_tasks;
	size_t *first; /* of each task, among the points; one more at the end */
	int fd;
	pthread_mutex_t lock; /* of the file's end and `done` */
	size_t done;          /* points */
};

/* Points that one task computes: they share a scenario, which is built once. */
enum { TASK_POINTS_MAX = 16, TASKS_PER_THREAD = 4 };

static int fail_file(const struct sf_sweep_run *run, struct sf_error *err)
{
	return sf_fail(err, SF_EIO, "%s: %s", run->file, strerror(errno));
}

/* A device or a pipe could not be read again, nor sorted. */
static bool is_file(int fd)
{
	struct stat st;
	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

/* One run at a time: two would compute everything twice. */
static int open_results(const struct sf_sweep_run *run, struct sf_error *err)
{
	int fd = open(run->file, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (fd < 0) {
		return fail_file(run, err);
	}
	if (!is_file(fd)) {
		close(fd);
		return sf_fail(
			err, SF_EINVAL,
			"%s: a device or a pipe, where results cannot be kept; name a file with "
			"--results",
			run->file);
	}
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		int why = errno;
		close(fd);
		return why == EWOULDBLOCK
		               ? sf_fail(err, SF_EIO,
		                         "%s: another sweep is writing to it; wait for it, or name "
		                         "another file with --results",
		                         run->file)
		               : sf_fail(err, SF_EIO, "%s: cannot be locked: %s", run->file,
		                         strerror(why));
	}
	return fd;
}

static int append(const struct sf_sweep_run *run, int fd, const struct sf_str *text,
                  struct sf_error *err)
{
	for (size_t done = 0; done < text->len;) {
		ssize_t n = write(fd, text->text + done, text->len - done);
		if (n < 0 && errno != EINTR) {
			return fail_file(run, err);
		}
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static struct sf_sweep_head head_of(const struct sf_sweep_run *run)
{
	return (struct sf_sweep_head){
		.sweep = run->sweep->name,
		.digest = run->sweep->digest,
		.version = SF_VERSION,
		.points = run->sweep->points,
		.shard = run->shard,
	};
}

/* Are the lines in the file those of this sweep, this part of it, and this program? */
static int check_head(const struct sf_sweep_run *run, const struct sf_sweep_head *head,
                      struct sf_error *err)
{
	static const char mend[] = "delete it, or name another file with --results";
	struct sf_sweep_head own = head_of(run);
	if (strcmp(head->digest, own.digest) != 0 || head->points != own.points) {
		return sf_fail(err, SF_EINVAL,
		               "%s: has results of another sweep, or of this one before it was "
		               "changed; %s",
		               run->file, mend);
	}
	if (strcmp(head->version, own.version) != 0) {
		return sf_fail(err, SF_EINVAL, "%s: made by slicefit %.20s, this is %s; %s",
		               run->file, head->version, own.version, mend);
	}
	if (head->shard.count != own.shard.count || head->shard.index != own.shard.index) {
		return sf_fail(err, SF_EINVAL, "%s: has results of another shard; %s", run->file,
		               mend);
	}
	return 0;
}

/* Is each line about what this sweep has at its point? A file that was edited may say otherwise. */
static int check_points(const struct sf_sweep_run *run, const struct sf_sweep_results *results,
                        struct sf_error *err)
{
	for (size_t i = 0; i < results->n; i++) {
		const struct sf_sweep_record *record = &results->record[i];
		struct sf_sweep_point point;
		sf_sweep_point(run->sweep, record->point, &point);
		const char *scenario = run->sweep->scenario[point.scenario].name;
		if (strcmp(record->scenario, scenario) != 0 ||
		    strcmp(record->policy, point.policy) != 0 || record->seed != point.seed) {
			return sf_fail(err, SF_EINVAL,
			               "%s:%" PRIu32 ": point %zu of this sweep is %s, %s, seed "
			               "%" PRIu64 "; delete the line to compute it anew",
			               run->file, record->line_number, point.index, scenario,
			               point.policy, point.seed);
		}
	}
	return 0;
}

/* What earlier runs left; a line that was cut off is cut away. Without a whole first line the file
 * begins anew. */
static int recover(const struct sf_sweep_run *run, int fd, struct sf_sweep_results *results,
                   struct sf_error *err)
{
	struct sf_str text = {0};
	int rc = sf_file_read(run->file, RESULTS_LIMIT, &text, err);
	if (rc == 0) {
		rc = sf_sweep_results_read(results, run->file, sf_str_get(&text), text.len, err);
	}
	bool begun = rc == 0 && results->intact > 0;
	if (begun) {
		rc = check_head(run, &results->head, err);
	}
	if (rc == 0) {
		rc = check_points(run, results, err);
	}
	if (rc == 0 && results->intact < text.len && ftruncate(fd, (off_t)results->intact) != 0) {
		rc = fail_file(run, err);
	}
	sf_str_finish(&text);
	if (rc == 0 && !begun) {
		struct sf_sweep_head head = head_of(run);
		sf_sweep_write_head(&head, &text);
		rc = append(run, fd, &text, err);
		sf_str_finish(&text);
	}
	return rc;
}

/* The points of this shard that have no line yet. */
static void list_work(struct work *work, const struct sf_sweep_results *results)
{
	const struct sf_sweep *sweep = work->run->sweep;
	const struct sf_shard *shard = &work->run->shard;
	bool *done = sf_xcalloc(sweep->points + 1, sizeof(*done));
	for (size_t i = 0; i < results->n; i++) {
		done[results->record[i].point] = true;
	}
	work->point = sf_xcalloc(sweep->points + 1, sizeof(*work->point));
	size_t step = shard->count > 0 ? shard->count : 1;
	for (size_t i = shard->count > 0 ? shard->index : 0; i < sweep->points; i += step) {
		if (!done[i]) {
			work->point[work->n++] = i;
		}
	}
	free(done);
}

/* Neighbours that differ in policy or seed only go together, but not so many that threads would be
 * without work at the end. */
static void list_tasks(struct work *work)
{
	size_t threads = work->run->threads > 0 ? work->run->threads : sf_jobs_cpus();
	size_t most = work->n / (TASKS_PER_THREAD * threads) + 1;
	most = most < TASK_POINTS_MAX ? most : TASK_POINTS_MAX;
	work->first = sf_xcalloc(work->n + 1, sizeof(*work->first));
	for (size_t i = 0; i < work->n; i++) {
		size_t last = work->n_tasks > 0 ? work->first[work->n_tasks - 1] : 0;
		if (i == 0 || i - last == most ||
		    !sf_sweep_same_scenario(work->run->sweep, work->point[i - 1], work->point[i])) {
			work->first[work->n_tasks++] = i;
		}
	}
	work->first[work->n_tasks] = work->n;
}

static struct sf_scenario *build(const struct work *work, size_t at, struct sf_sweep_point *point,
                                 struct sf_error *err)
{
	sf_sweep_point(work->run->sweep, work->point[at], point);
	return sf_sweep_build(work->run->sweep, point, work->run->catalog, err);
}

/* Builds each scenario once, so that a wrong value is found before hours have gone into the right
 * ones. */
static int check_task(void *ctx, size_t task, struct sf_error *err)
{
	const struct work *work = ctx;
	size_t at = work->first[task];
	struct sf_sweep_point point;
	if (at > 0 &&
	    sf_sweep_same_scenario(work->run->sweep, work->point[at - 1], work->point[at])) {
		return 0;
	}
	struct sf_scenario *scenario = build(work, at, &point, err);
	sf_scenario_destroy(scenario);
	return scenario != NULL ? 0 : -1;
}

static int append_point(struct work *work, const struct sf_sweep_point *point,
                        const struct sf_replay_result *result, struct sf_error *err)
{
	struct sf_str line = {0};
	sf_sweep_write_point(work->run->sweep, point, result, &line);
	pthread_mutex_lock(&work->lock);
	int rc = append(work->run, work->fd, &line, err);
	work->done += rc == 0;
	pthread_mutex_unlock(&work->lock);
	sf_str_finish(&line);
	return rc;
}

static int compute_point(struct work *work, const struct sf_scenario *scenario,
                         const struct sf_sweep_point *point, struct sf_error *err)
{
	struct sf_replay_result result;
	const struct sf_policy *policy = sf_policy_find(point->policy);
	if (sf_replay_run(scenario, policy, point->seed, NULL, &result, err) != 0) {
		return sf_wrap(err, "%s: point %zu (%s, %s, seed %llu)", work->run->sweep->path,
		               point->index, scenario->name, point->policy,
		               (unsigned long long)point->seed);
	}
	int rc = append_point(work, point, &result, err);
	sf_replay_finish(&result);
	return rc;
}

static int compute_task(void *ctx, size_t task, struct sf_error *err)
{
	struct work *work = ctx;
	struct sf_sweep_point point;
	struct sf_scenario *scenario = build(work, work->first[task], &point, err);
	int rc = scenario != NULL ? 0 : -1;
	for (size_t i = work->first[task]; rc == 0 && i < work->first[task + 1]; i++) {
		sf_sweep_point(work->run->sweep, work->point[i], &point);
		rc = compute_point(work, scenario, &point, err);
	}
	sf_scenario_destroy(scenario);
	return rc;
}

static void tell(void *ctx, size_t done, size_t n)
{
	struct work *work = ctx;
	(void)done;
	(void)n;
	pthread_mutex_lock(&work->lock);
	size_t points = work->done;
	pthread_mutex_unlock(&work->lock);
	fprintf(stderr, "\r%zu of %zu points", points, work->n);
	fflush(stderr);
}

static int compute(struct work *work, struct sf_error *err)
{
	bool progress = sf_cli_progress();
	struct sf_jobs jobs = {
		.n = work->n_tasks,
		.threads = work->run->threads,
		.run = check_task,
		.ctx = work,
	};
	if (sf_jobs_run(&jobs, err) != 0) {
		return -1;
	}
	jobs.run = compute_task;
	jobs.tell = progress ? tell : NULL;
	int rc = sf_jobs_run(&jobs, err);
	if (progress) {
		fputs("\r\033[K", stderr);
	}
	return rc;
}

/* Reads what there is now, and puts the lines in the order of the points. */
static int settle(const struct sf_sweep_run *run, struct sf_sweep_results *results,
                  struct sf_error *err)
{
	struct sf_str text = {0};
	struct sf_str sorted = {0};
	sf_sweep_results_finish(results);
	sf_sweep_results_init(results);
	int rc = sf_file_read(run->file, RESULTS_LIMIT, &text, err);
	if (rc == 0) {
		rc = sf_sweep_results_read(results, run->file, sf_str_get(&text), text.len, err);
	}
	if (rc == 0) {
		rc = sf_sweep_results_sort(results, NULL, err);
	}
	if (rc == 0) {
		sf_sweep_write_head(&results->head, &sorted);
		sf_sweep_write_lines(results, &sorted);
		bool same = sorted.len == text.len && memcmp(sorted.text, text.text, text.len) == 0;
		rc = same ? 0 : sf_file_write(run->file, sorted.text, sorted.len, err);
	}
	sf_str_finish(&sorted);
	sf_str_finish(&text);
	return rc;
}

int sf_sweep_run(const struct sf_sweep_run *run, struct sf_sweep_results *results, size_t *kept,
                 struct sf_error *err)
{
	struct work work = {.run = run, .fd = open_results(run, err)};
	if (work.fd < 0) {
		return -1;
	}
	pthread_mutex_init(&work.lock, NULL);
	int rc = recover(run, work.fd, results, err);
	if (rc == 0) {
		list_work(&work, results);
		const struct sf_shard whole = {.index = 0, .count = 1};
		const struct sf_shard *shard = run->shard.count > 0 ? &run->shard : &whole;
		*kept = sf_shard_points(shard, run->sweep->points) - work.n;
		list_tasks(&work);
		rc = compute(&work, err);
	}
	if (rc == 0) {
		rc = settle(run, results, err);
	}
	pthread_mutex_destroy(&work.lock);
	free(work.first);
	free(work.point);
	close(work.fd);
	return rc;
}
