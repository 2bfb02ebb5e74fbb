/*
 * recorder: writes the decision record (see record.h) on a thread of its own.
 *
 * Lines are added in the order in which they take effect, which is while the lock of the state is
 * held: adding copies the texts and never waits for the disk. When more than 64 MiB wait to be
 * written the record ends there, with a line that says so.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_RECORDER_H
#define SF_RECORDER_H

#include <slicefit/record.h>

struct sf_recorder;
struct sf_record_slot;

/* Appends to the file, which is made if need be (readable by its owner only). */
struct sf_recorder *sf_recorder_start(const char *path, struct sf_error *err);
/* Writes what is left, first; NULL is fine. Every answer must have been given. */
void sf_recorder_stop(struct sf_recorder *recorder);

/* One more line; its `arg` is trimmed before it is written, and no line comes of one that is no JSON.
 * Of a recorder that is NULL nothing happens. */
void sf_recorder_add(struct sf_recorder *recorder, enum sf_trim trim,
                     const struct sf_record_line *line);

/*
 * The same in three steps for lines with an answer: texts are copied before the lock is taken, the
 * line gets its place while it is held, and it is written when the answer is there. A slot that got no
 * place is dropped by its answer, which has to come exactly once. The slot of a recorder that is NULL is
 * NULL, and nothing happens with it.
 */
struct sf_record_slot *sf_recorder_prepare(struct sf_recorder *recorder, enum sf_trim trim,
                                           const struct sf_record_line *line);
void sf_recorder_queue(struct sf_record_slot *slot);
void sf_recorder_answer(struct sf_record_slot *slot, enum sf_trim trim, const char *text,
                        size_t len);

struct sf_recorder_stats {
	uint64_t lines, bytes; /* written */
	bool ended;            /* too much at once, or the file took no more */
};
struct sf_recorder_stats sf_recorder_stats(struct sf_recorder *recorder);

#endif
