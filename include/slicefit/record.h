/*
 * record: what a decision record (`slicefit serve --record`) holds, one JSON object per line.
 *
 * The lines are the inputs of the service in the order in which they took effect, and beside each
 * request the answer that was given. Objects are cut down to what decides: no containers' environment,
 * no managed fields. docs/record.md shows each kind of line.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_RECORD_H
#define SF_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_arena;
struct sf_error;
struct sf_str;

enum { SF_RECORD_FORMAT = 1 };

/* What decides of a JSON text. */
enum sf_trim {
	SF_TRIM_POD,
	SF_TRIM_NODE,
	SF_TRIM_BUDGET,  /* PodDisruptionBudget */
	SF_TRIM_ARGS,    /* ExtenderArgs, ExtenderPreemptionArgs */
	SF_TRIM_ANSWER,  /* ExtenderFilterResult, whose Nodes are cut like those of the args */
	SF_TRIM_NOTHING, /* all of it, in one line */
};

/* Appends it, in one line and otherwise as it stands. -1 (and nothing appended) when it is no JSON
 * object or array. */
int sf_record_trim(enum sf_trim what, const char *text, size_t len, struct sf_str *out);

enum sf_record_kind {
	SF_RECORD_START,       /* a service begins, with nothing but its cluster file */
	SF_RECORD_CONFIG,      /* another configuration holds */
	SF_RECORD_NODE,        /* a Node as it is now */
	SF_RECORD_NODE_GONE,   /* name */
	SF_RECORD_POD,         /* a Pod as it is now */
	SF_RECORD_POD_GONE,    /* uid */
	SF_RECORD_BUDGET,      /* a PodDisruptionBudget as it is now */
	SF_RECORD_BUDGET_GONE, /* uid */
	SF_RECORD_EXPIRE,      /* number: promises up to here were given back; see sf_live_expire */
	SF_RECORD_FILTER,      /* arg, answer */
	SF_RECORD_PRIORITIZE,  /* arg, answer */
	SF_RECORD_PREEMPT,     /* arg, answer */
	SF_RECORD_BIND,        /* arg, answer; number: until when the promise holds */
	SF_RECORD_BOUND,       /* name: a uid; flag: it keeps its promise, until number */
	SF_RECORD_END,         /* more came than could be written: nothing is known from here on */
	SF_RECORD_KINDS,
};

/* A line, read or to be written. Texts are borrowed; NULL where the kind has none. */
struct sf_record_line {
	enum sf_record_kind kind;
	const char *arg; /* one JSON value, trimmed */
	size_t arg_len;
	const char *answer;
	size_t answer_len;
	const char *name; /* a plain text */
	uint64_t number;
	bool flag;
	/* START; `policy` also CONFIG. */
	const char *version, *policy, *config, *catalog, *cluster, *wishes;
};

/* Appends the line with its end. */
void sf_record_write(const struct sf_record_line *line, struct sf_str *out);

/* Reads one line; plain texts are copied into the arena. -1 and err when it is none. */
int sf_record_read(const char *text, size_t len, struct sf_arena *arena, struct sf_record_line *out,
                   struct sf_error *err);

#endif
