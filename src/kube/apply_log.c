/* apply_log: what a roll-out did and is about to do, one JSON object a line. */
// SPDX-License-Identifier: Apache-2.0
#include "apply_log.h"

#include <slicefit/alloc.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/str.h>

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LOG_BYTES_MAX = 256 << 20, TIME_MAX = 40 };

struct sf_apply_log {
	int fd;
	const struct sf_apply_plan *plan;
	struct sf_str path;
};

/* Events after which a wave is in a mode. */
static const char *const events[] = {
	[SF_APPLY_UNTOUCHED] = NULL,     [SF_APPLY_FORWARD] = "wave",
	[SF_APPLY_COMMITTED] = "commit", [SF_APPLY_DONE] = "wave-done",
	[SF_APPLY_BACK] = "roll-back",   [SF_APPLY_UNDONE] = "rolled-back",
};

const char *sf_apply_mode_event(enum sf_apply_mode mode)
{
	return events[mode];
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text != NULL ? text : "";
}

/* Where a line of the log is. */
struct place {
	const char *name;
	unsigned number;
};

/* Each line says which roll-out it is of. */
static int check_plan(const json_t *line, const struct place *at, const struct sf_apply_plan *plan,
                      struct sf_error *err)
{
	if (strcmp(text_of(line, "rollout"), plan->id) != 0) {
		return sf_fail(err, SF_EINVAL,
		               "%s:%u: of the roll-out '%s', not of %s: to begin anew, move the "
		               "log away",
		               at->name, at->number, text_of(line, "rollout"), plan->id);
	}
	if (strcmp(text_of(line, "event"), "begin") == 0 &&
	    strcmp(text_of(line, "digest"), plan->digest) != 0) {
		return sf_fail(err, SF_EINVAL,
		               "%s:%u: rollout.json was changed after the roll-out had begun",
		               at->name, at->number);
	}
	return 0;
}

static int find_wave(const struct sf_apply_plan *plan, const char *name, size_t *out)
{
	for (size_t i = 0; i < plan->n_waves; i++) {
		if (strcmp(plan->wave[i].name, name) == 0) {
			*out = i;
			return 0;
		}
	}
	return -1;
}

static int take_line(const json_t *line, const struct place *at, const struct sf_apply_plan *plan,
                     struct sf_apply_past *past, struct sf_error *err)
{
	const char *event = text_of(line, "event");
	size_t wave;
	if (check_plan(line, at, plan, err) < 0) {
		return -1;
	}
	past->begun = past->begun || strcmp(event, "begin") == 0;
	for (size_t i = SF_APPLY_FORWARD; i <= SF_APPLY_UNDONE; i++) {
		if (strcmp(event, events[i]) != 0) {
			continue;
		}
		if (find_wave(plan, text_of(line, "wave"), &wave) < 0) {
			return sf_fail(err, SF_EINVAL, "%s:%u: the roll-out has no wave '%s'",
			               at->name, at->number, text_of(line, "wave"));
		}
		past->mode[wave] = (enum sf_apply_mode)i;
	}
	return 0;
}

static int parse_line(const char *text, size_t len, const struct place *at,
                      const struct sf_apply_plan *plan, struct sf_apply_past *past,
                      struct sf_error *err)
{
	json_t *line = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	int rc = json_is_object(line)
	                 ? take_line(line, at, plan, past, err)
	                 : sf_fail(err, SF_EINVAL, "%s:%u: no JSON object", at->name, at->number);
	json_decref(line);
	return rc;
}

int sf_apply_log_parse(const char *text, size_t len, const char *name,
                       const struct sf_apply_plan *plan, struct sf_apply_past *past,
                       struct sf_error *err)
{
	const char *last = len > 0 ? memrchr(text, '\n', len) : NULL;
	*past = (struct sf_apply_past){
		.n_waves = plan->n_waves,
		.mode = sf_xcalloc(plan->n_waves + 1, sizeof(*past->mode)),
		.end = last != NULL ? (size_t)(last - text) + 1 : 0,
	};
	struct place at = {name, 1};
	for (size_t i = 0; i < past->end; at.number++) {
		const char *stop = memchr(text + i, '\n', past->end - i);
		size_t line_len = (size_t)(stop - text) - i;
		if (parse_line(text + i, line_len, &at, plan, past, err) < 0) {
			return -1;
		}
		i += line_len + 1;
	}
	return 0;
}

static int fail_errno(const struct sf_apply_log *log, const char *what, struct sf_error *err)
{
	return sf_fail(err, SF_EIO, "%s: %s: %s", sf_str_get(&log->path), what, strerror(errno));
}

/* Makes a new file's name durable, too. */
static int sync_dir(const struct sf_apply_log *log, const char *dir, struct sf_error *err)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 || fsync(fd) != 0 ? fail_errno(log, "cannot write", err) : 0;
	if (fd >= 0) {
		close(fd);
	}
	return rc;
}

static int lock_file(struct sf_apply_log *log, const char *dir, struct sf_error *err)
{
	log->fd = open(sf_str_get(&log->path), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (log->fd < 0) {
		return fail_errno(log, "cannot write", err);
	}
	if (flock(log->fd, LOCK_EX | LOCK_NB) != 0) {
		return errno == EWOULDBLOCK
		               ? sf_fail(err, SF_EIO, "%s: another slicefit apply is at work here",
		                         sf_str_get(&log->path))
		               : fail_errno(log, "cannot lock", err);
	}
	return sync_dir(log, dir, err);
}

static int read_past(const struct sf_apply_log *log, const struct sf_apply_plan *plan,
                     struct sf_apply_past *past, struct sf_error *err)
{
	struct sf_str text = {0};
	const char *path = sf_str_get(&log->path);
	int rc = 0;
	if (access(path, F_OK) == 0) {
		rc = sf_file_read(path, LOG_BYTES_MAX, &text, err);
	}
	if (rc == 0) {
		rc = sf_apply_log_parse(sf_str_get(&text), text.len, path, plan, past, err);
	}
	sf_str_finish(&text);
	return rc;
}

int sf_apply_log_open(const char *dir, const struct sf_apply_plan *plan, bool write,
                      struct sf_apply_past *past, struct sf_apply_log **out, struct sf_error *err)
{
	struct sf_apply_log *log = sf_xcalloc(1, sizeof(*log));
	log->fd = -1;
	log->plan = plan;
	*past = (struct sf_apply_past){0};
	*out = NULL;
	sf_str_printf(&log->path, "%s/%s", dir, SF_APPLY_LOG_FILE);
	int rc = write ? lock_file(log, dir, err) : 0;
	if (rc == 0) {
		rc = read_past(log, plan, past, err);
	}
	if (rc == 0 && write && ftruncate(log->fd, (off_t)past->end) != 0) {
		rc = fail_errno(log, "cannot write", err);
	}
	if (rc == 0 && write) {
		*out = log;
	} else {
		sf_apply_log_close(log);
	}
	return rc;
}

static json_t *format_time(int64_t time_us)
{
	char seconds[TIME_MAX], text[TIME_MAX + 16];
	struct tm parts;
	time_t whole = (time_t)(time_us / 1000000);
	gmtime_r(&whole, &parts);
	strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(text, sizeof(text), "%s.%06dZ", seconds, (int)(time_us % 1000000));
	return json_string(text);
}

/* What is no UTF-8 is left out. */
static void set_text(json_t *doc, const char *key, const char *text)
{
	if (text != NULL && *text != '\0') {
		json_object_set_new(doc, key, json_string(text));
	}
}

int sf_apply_log_add(struct sf_apply_log *log, const struct sf_apply_line *line, int64_t time_us,
                     struct sf_error *err)
{
	json_t *doc = json_object();
	json_object_set_new(doc, "time", format_time(time_us));
	set_text(doc, "rollout", log->plan->id);
	set_text(doc, "event", line->event);
	set_text(doc, "wave", line->wave);
	set_text(doc, "node", line->node);
	set_text(doc, "pod", line->pod);
	set_text(doc, "text", line->text);
	if (strcmp(line->event, "begin") == 0) {
		set_text(doc, "digest", log->plan->digest);
	}
	struct sf_str text = {0};
	char *printed = json_dumps(doc, JSON_COMPACT);
	sf_str_printf(&text, "%s\n", printed);
	bool ok = write(log->fd, text.text, text.len) == (ssize_t)text.len && fsync(log->fd) == 0;
	int rc = ok ? 0 : fail_errno(log, "cannot write", err);
	sf_str_finish(&text);
	free(printed);
	json_decref(doc);
	return rc;
}

void sf_apply_log_identity(const struct sf_apply_log *log, char *out, size_t size)
{
	struct stat st = {0};
	fstat(log->fd, &st);
	snprintf(out, size, "%s_%llx_%llx", log->plan->id, (unsigned long long)st.st_dev,
	         (unsigned long long)st.st_ino);
}

void sf_apply_log_close(struct sf_apply_log *log)
{
	if (log == NULL) {
		return;
	}
	if (log->fd >= 0) {
		close(log->fd);
	}
	sf_str_finish(&log->path);
	free(log);
}

void sf_apply_past_finish(struct sf_apply_past *past)
{
	free(past->mode);
	*past = (struct sf_apply_past){0};
}
