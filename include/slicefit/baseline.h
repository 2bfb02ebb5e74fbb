/* baseline: the metrics of an earlier `slicefit replay -o json`, to compare with. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_BASELINE_H
#define SF_BASELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_arena;
struct sf_error;

/* Limits of a baseline file. */
enum {
	SF_BASELINE_BYTES_MAX = 64 << 20,
	SF_BASELINE_LIST_MAX = 200000, /* scenarios in a file; replays of a scenario */
	SF_BASELINE_VALUES_MAX = 1000, /* numbers of one replay */
	SF_BASELINE_NAME_MAX = 256,    /* bytes of a name */
};

struct sf_baseline_value {
	const char *metric; /* dotted path: "pods.placed" */
	double value;
};

/* One replay: a policy with a seed. */
struct sf_baseline_run {
	const char *policy;
	uint64_t seed;
	size_t n_values;
	struct sf_baseline_value *value;
};

struct sf_baseline_formula {
	const char *name, *version;
};

struct sf_baseline_scenario {
	const char *name;
	size_t n_formulas;
	struct sf_baseline_formula *formula;
	size_t n_runs;
	struct sf_baseline_run *run;
};

/* Zero-initialise; everything lives in the arena. */
struct sf_baseline {
	struct sf_arena *arena;
	size_t n_scenarios;
	struct sf_baseline_scenario *scenario;
};

/* Reads what docs/replay-output.md describes as JSON; members it does not know are passed over. -1
 * and "NAME:LINE:COLUMN: ..." (not JSON) or "NAME: /JSON/POINTER: ..." (not a result) on anything
 * else. Scenarios have different names, replays of a scenario differ in policy or seed. */
int sf_baseline_parse(const char *text, size_t len, const char *name, struct sf_baseline *out,
                      struct sf_error *err);

/* The same from a file. */
int sf_baseline_load(const char *path, struct sf_baseline *out, struct sf_error *err);

void sf_baseline_finish(struct sf_baseline *baseline);

/* By name; NULL when the baseline has none. */
const struct sf_baseline_scenario *sf_baseline_find(const struct sf_baseline *baseline,
                                                    const char *name);

/* The replay of a policy with a seed, looked for from *cursor on and then from the beginning; NULL
 * when there is none. The cursor, first 0, makes asking in the order of the file cheap. */
const struct sf_baseline_run *sf_baseline_run_of(const struct sf_baseline_scenario *scenario,
                                                 const char *policy, uint64_t seed, size_t *cursor);

/* A metric of a replay; false when it has none. */
bool sf_baseline_value_of(const struct sf_baseline_run *run, const char *metric, double *value);

#endif
