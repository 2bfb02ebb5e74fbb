/* recorded: decision records of a service, decided again. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_RECORDED_H
#define SF_RECORDED_H

#include <slicefit/record.h>

#include <stdio.h>

/* A decision that came out otherwise; texts are borrowed for the call. */
struct sf_recorded_difference {
	uint64_t line;
	const char *verb;
	const char *recorded, *decided; /* the answers */
};

struct sf_recorded_counts {
	uint64_t lines;
	uint64_t services; /* that began in it */
	struct {
		uint64_t decisions, same;
	} verb[SF_RECORD_KINDS];
	bool ended; /* the record broke off: the last service decided more */
};

struct sf_recorded_options {
	const char *name; /* of the file, for messages */
	void (*differs)(void *ctx, const struct sf_recorded_difference *difference);
	void *ctx;
};

/* The name of a verb ("filter"), NULL for kinds of lines that are no decision. */
const char *sf_recorded_verb(enum sf_record_kind kind);

/*
 * Runs through a record: what was told is told again, what was asked is asked again, and answers are
 * compared byte by byte. A line that was cut off at the very end is passed over. -1 and err when the
 * file is no record.
 */
int sf_recorded_run(FILE *file, const struct sf_recorded_options *options,
                    struct sf_recorded_counts *out, struct sf_error *err);

#endif
