/*
 * apply_log: DIR/apply.log.jsonl, what a roll-out did and is about to do, one JSON object a line.
 * A line is on the disk before what it says is done. Lines are only ever added; the last one may be
 * cut short by a crash.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_APPLY_LOG_H
#define SF_KUBE_APPLY_LOG_H

#include "apply_step.h"

#include <slicefit/apply.h>

struct sf_apply_log;
struct sf_error;

#define SF_APPLY_LOG_FILE "apply.log.jsonl"

/* What the lines so far say. */
struct sf_apply_past {
	bool begun; /* the cluster was found to be as the roll-out assumes */
	size_t n_waves;
	enum sf_apply_mode *mode; /* of each wave of the plan */
	size_t end;               /* bytes of the log, without a last line that is cut short */
};

/*
 * Opens DIR's log, making it if need be, and locks it: one program at a time. Fills `past` (finish it
 * in any case). -1 and err: another holds it (SF_EIO), it is of another roll-out or says what this
 * plan does not have (SF_EINVAL). `write` false: only reads; there need not be one, and *out is NULL.
 */
int sf_apply_log_open(const char *dir, const struct sf_apply_plan *plan, bool write,
                      struct sf_apply_past *past, struct sf_apply_log **out, struct sf_error *err);

/* Writes the line and waits until it is on the disk. `time_us`: since 1970. */
int sf_apply_log_add(struct sf_apply_log *log, const struct sf_apply_line *line, int64_t time_us,
                     struct sf_error *err);

/* What a log says; `name` is for messages. Finish `past` in any case. */
int sf_apply_log_parse(const char *text, size_t len, const char *name,
                       const struct sf_apply_plan *plan, struct sf_apply_past *past,
                       struct sf_error *err);

/* Names the file: the same for every program that has it open, and unlike any other of this host. */
void sf_apply_log_identity(const struct sf_apply_log *log, char *out, size_t size);

void sf_apply_log_close(struct sf_apply_log *log);
void sf_apply_past_finish(struct sf_apply_past *past);

/* What the log calls a wave that goes from one mode to the next. */
const char *sf_apply_mode_event(enum sf_apply_mode mode);

#endif
