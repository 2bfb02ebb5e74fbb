/* recorder: writes the decision record on a thread of its own. */
// SPDX-License-Identifier: Apache-2.0
#include "recorder.h"

#include <slicefit/alloc.h>
#include <slicefit/error.h>
#include <slicefit/log.h>
#include <slicefit/str.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WAITING_MAX ((size_t)64 << 20)

/* Plain texts that a line may have. */
enum { TEXTS = 7 };

/* A line that waits; texts are its own. */
struct sf_record_slot {
	struct sf_recorder *recorder;
	struct sf_record_slot *next;
	struct sf_record_line line;
	enum sf_trim trim, answer_trim;
	bool placed;   /* in the record; only whoever makes the line looks */
	bool complete; /* the answer is there, or there is none to come */
	size_t bytes;
	char *arg, *answer, *text[TEXTS];
};

struct sf_recorder {
	int fd;
	char *path;
	pthread_t thread;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t ready; /* the first slot is complete, or it stops */
	struct sf_record_slot *first, **last;
	size_t waiting; /* bytes */
	bool stops;
	struct sf_recorder_stats stats;
};

static void free_slot(struct sf_record_slot *slot)
{
	free(slot->arg);
	free(slot->answer);
	for (size_t i = 0; i < TEXTS; i++) {
		free(slot->text[i]);
	}
	free(slot);
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);
		if (n < 0 && errno != EINTR) {
			return -1;
		}
		text += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* The line of a slot; false when what came is no JSON: then it decided nothing. */
static bool format(struct sf_record_slot *slot, struct sf_str *out)
{
	struct sf_str arg = {0}, answer = {0};
	struct sf_record_line *line = &slot->line;
	bool good = true;
	if (line->arg != NULL) {
		good = sf_record_trim(slot->trim, line->arg, line->arg_len, &arg) == 0;
		line->arg = arg.text;
		line->arg_len = arg.len;
	}
	if (good && line->answer != NULL) {
		good = sf_record_trim(slot->answer_trim, line->answer, line->answer_len, &answer) ==
		       0;
		line->answer = answer.text;
		line->answer_len = answer.len;
	}
	if (good) {
		sf_record_write(line, out);
	}
	sf_str_finish(&arg);
	sf_str_finish(&answer);
	return good;
}

static void write_slot(struct sf_recorder *recorder, struct sf_record_slot *slot)
{
	struct sf_str text = {0};
	if (slot->line.kind == SF_RECORD_END) {
		sf_log(SF_LOG_ERROR, "record", "%s: %s; the record ends here", recorder->path,
		       slot->line.name);
	}
	if (format(slot, &text)) {
		bool failed = write_all(recorder->fd, text.text, text.len) < 0;
		if (failed) {
			sf_log(SF_LOG_ERROR, "record", "%s: %s; the record ends here",
			       recorder->path, strerror(errno));
		}
		pthread_mutex_lock(&recorder->lock);
		recorder->stats.ended |= failed;
		recorder->stats.lines += !failed;
		recorder->stats.bytes += failed ? 0 : text.len;
		pthread_mutex_unlock(&recorder->lock);
	}
	sf_str_finish(&text);
}

static struct sf_record_slot *take(struct sf_recorder *recorder)
{
	pthread_mutex_lock(&recorder->lock);
	while (!(recorder->first != NULL && recorder->first->complete) &&
	       !(recorder->stops && recorder->first == NULL)) {
		pthread_cond_wait(&recorder->ready, &recorder->lock);
	}
	struct sf_record_slot *slot = recorder->first;
	if (slot != NULL) {
		recorder->first = slot->next;
		recorder->last = slot->next != NULL ? recorder->last : &recorder->first;
		recorder->waiting -= slot->bytes;
	}
	pthread_mutex_unlock(&recorder->lock);
	return slot;
}

static void *run(void *ctx)
{
	struct sf_recorder *recorder = ctx;
	struct sf_record_slot *slot;
	while ((slot = take(recorder)) != NULL) {
		write_slot(recorder, slot);
		free_slot(slot);
	}
	return NULL;
}

struct sf_recorder *sf_recorder_start(const char *path, struct sf_error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0) {
		sf_fail(err, SF_EINVAL, "%s: %s", path, strerror(errno));
		return NULL;
	}
	struct sf_recorder *recorder = sf_xcalloc(1, sizeof(*recorder));
	recorder->fd = fd;
	recorder->path = sf_xstrdup(path);
	recorder->last = &recorder->first;
	pthread_mutex_init(&recorder->lock, NULL);
	pthread_cond_init(&recorder->ready, NULL);
	if (pthread_create(&recorder->thread, NULL, run, recorder) != 0) {
		sf_fail(err, SF_EIO, "%s: no thread to write it", path);
		close(fd);
		free(recorder->path);
		free(recorder);
		return NULL;
	}
	return recorder;
}

void sf_recorder_stop(struct sf_recorder *recorder)
{
	if (recorder == NULL) {
		return;
	}
	pthread_mutex_lock(&recorder->lock);
	recorder->stops = true;
	pthread_cond_signal(&recorder->ready);
	pthread_mutex_unlock(&recorder->lock);
	pthread_join(recorder->thread, NULL);
	close(recorder->fd);
	pthread_cond_destroy(&recorder->ready);
	pthread_mutex_destroy(&recorder->lock);
	free(recorder->path);
	free(recorder);
}

static char *copy(const char *text, size_t len)
{
	char *out = sf_xcalloc(1, len + 1);
	memcpy(out, text, len);
	return out;
}

static struct sf_record_slot *create_slot(struct sf_recorder *recorder, enum sf_trim trim,
                                          const struct sf_record_line *line)
{
	struct sf_record_slot *slot = sf_xcalloc(1, sizeof(*slot));
	slot->recorder = recorder;
	slot->line = *line;
	slot->trim = trim;
	slot->bytes = sizeof(*slot) + line->arg_len;
	if (line->arg != NULL) {
		slot->line.arg = slot->arg = copy(line->arg, line->arg_len);
	}
	const char **texts[TEXTS] = {&slot->line.name,   &slot->line.version, &slot->line.policy,
	                             &slot->line.config, &slot->line.catalog, &slot->line.cluster,
	                             &slot->line.wishes};
	for (size_t i = 0; i < TEXTS; i++) {
		if (*texts[i] != NULL) {
			*texts[i] = slot->text[i] = sf_xstrdup(*texts[i]);
		}
	}
	return slot;
}

/* With the lock held. */
static void append(struct sf_recorder *recorder, struct sf_record_slot *slot)
{
	*recorder->last = slot;
	recorder->last = &slot->next;
	recorder->waiting += slot->bytes;
	pthread_cond_signal(&recorder->ready);
}

/* The record ends here: what follows would tell of a cluster that nobody knows. With the lock held. */
static void end(struct sf_recorder *recorder)
{
	static const struct sf_record_line line = {
		.kind = SF_RECORD_END,
		.name = "more came than could be written",
	};
	struct sf_record_slot *slot = create_slot(recorder, SF_TRIM_NOTHING, &line);
	slot->placed = slot->complete = true;
	append(recorder, slot);
	recorder->stats.ended = true;
}

/* Its place in the record, unless that has ended. With the lock held. */
static void place(struct sf_record_slot *slot)
{
	struct sf_recorder *recorder = slot->recorder;
	if (recorder->stats.ended) {
		return;
	}
	if (recorder->waiting + slot->bytes > WAITING_MAX) {
		end(recorder);
		return;
	}
	slot->placed = true;
	append(recorder, slot);
}

void sf_recorder_add(struct sf_recorder *recorder, enum sf_trim trim,
                     const struct sf_record_line *line)
{
	struct sf_record_slot *slot = sf_recorder_prepare(recorder, trim, line);
	if (slot == NULL) {
		return;
	}
	slot->complete = true;
	pthread_mutex_lock(&recorder->lock);
	place(slot);
	bool placed = slot->placed;
	pthread_mutex_unlock(&recorder->lock);
	if (!placed) {
		free_slot(slot);
	}
}

struct sf_record_slot *sf_recorder_prepare(struct sf_recorder *recorder, enum sf_trim trim,
                                           const struct sf_record_line *line)
{
	return recorder != NULL ? create_slot(recorder, trim, line) : NULL;
}

void sf_recorder_queue(struct sf_record_slot *slot)
{
	if (slot == NULL || slot->placed) {
		return;
	}
	pthread_mutex_lock(&slot->recorder->lock);
	place(slot);
	pthread_mutex_unlock(&slot->recorder->lock);
}

void sf_recorder_answer(struct sf_record_slot *slot, enum sf_trim trim, const char *text,
                        size_t len)
{
	if (slot == NULL) {
		return;
	}
	if (!slot->placed) {
		free_slot(slot);
		return;
	}
	struct sf_recorder *recorder = slot->recorder;
	slot->line.answer = slot->answer = text != NULL ? copy(text, len) : NULL;
	slot->line.answer_len = len;
	slot->answer_trim = trim;
	pthread_mutex_lock(&recorder->lock);
	slot->bytes += len;
	recorder->waiting += len;
	slot->complete = true;
	pthread_cond_signal(&recorder->ready);
	pthread_mutex_unlock(&recorder->lock);
}

struct sf_recorder_stats sf_recorder_stats(struct sf_recorder *recorder)
{
	pthread_mutex_lock(&recorder->lock);
	struct sf_recorder_stats stats = recorder->stats;
	pthread_mutex_unlock(&recorder->lock);
	return stats;
}
