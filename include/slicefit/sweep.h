/* sweep: many replays from one file: scenarios x parameters x policies x seeds, numbered. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SWEEP_H
#define SF_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_arena;
struct sf_error;
struct sf_scenario;
struct sf_yaml;

/* Limits of one sweep. */
enum {
	SF_SWEEP_LIST_MAX = 1000, /* scenarios; values of one parameter */
	SF_SWEEP_PARAMETERS_MAX = 16,
	SF_SWEEP_POLICIES_MAX = 32,
	SF_SWEEP_POINTS_MAX = 1000000,
	SF_SWEEP_SHARDS_MAX = 100000,
};

/* A parameter that multiplies something of the whole scenario. */
struct sf_factor {
	const char *name;
	const char *help; /* one line */
	/* -1 and err when the scenario would be beyond a limit. */
	int (*apply)(struct sf_scenario *scenario, double factor, struct sf_error *err);
};

/* Ends with a row without a name: load, nodes, stay. */
extern const struct sf_factor sf_factors[];

struct sf_sweep_value {
	const char *text;           /* on one line, for people and results */
	const struct sf_yaml *node; /* what a path is set to (the adapter's) */
	double factor;              /* of a factor */
	bool quoted;                /* a string whatever it looks like */
};

struct sf_sweep_parameter {
	const char *path;               /* "pools.t4.nodes", or the factor's name */
	const struct sf_factor *factor; /* NULL: a path */
	size_t n;
	struct sf_sweep_value *value;
	uint32_t line, column;
};

struct sf_sweep_scenario {
	const char *name;
	const char *path;
	const struct sf_yaml *root; /* the parsed file (the adapter's) */
	uint64_t seed;              /* its own, for a sweep without seeds */
	size_t n_policies;
	const char *policy[SF_SWEEP_POLICIES_MAX];
	size_t first;  /* its first point, set by sf_sweep_number */
	size_t points; /* so many */
};

struct sf_sweep {
	struct sf_arena *arena; /* owns everything below */
	const char *name;
	const char *path;    /* where it came from, for messages */
	const char *catalog; /* file with products, or NULL */
	size_t n_scenarios;
	struct sf_sweep_scenario *scenario;
	size_t n_parameters;
	struct sf_sweep_parameter *parameter;
	size_t n_policies; /* 0: each scenario's own */
	const char *policy[SF_SWEEP_POLICIES_MAX];
	uint32_t policy_line, policy_column;
	size_t n_seeds; /* 0: each scenario's own */
	uint64_t *seed;
	char digest[17]; /* 16 hex digits: equal for equal scenarios, values and products */
	size_t points;
};

/* One replay of a sweep. */
struct sf_sweep_point {
	size_t index;
	size_t scenario;
	size_t value[SF_SWEEP_PARAMETERS_MAX]; /* which one of each parameter */
	const char *policy;
	uint64_t seed;
};

/* Part `index` (from 0) of `count`: the points whose number leaves that rest. */
struct sf_shard {
	uint32_t index, count;
};

/* NULL is fine. */
void sf_sweep_destroy(struct sf_sweep *sweep);

/* Counts and numbers the points: scenarios, then parameters in their order (the last changes
 * fastest), then policies, then seeds. Each scenario has its policies. SF_ELIMIT when there are
 * more than SF_SWEEP_POINTS_MAX. */
int sf_sweep_number(struct sf_sweep *sweep, struct sf_error *err);

/* Point `index` < sweep->points. */
void sf_sweep_point(const struct sf_sweep *sweep, size_t index, struct sf_sweep_point *out);

/* Do two points differ in policy or seed only? */
bool sf_sweep_same_scenario(const struct sf_sweep *sweep, size_t a, size_t b);

/* Multiplies by the factors among a point's values. */
int sf_sweep_scale(const struct sf_sweep *sweep, const struct sf_sweep_point *point,
                   struct sf_scenario *scenario, struct sf_error *err);

/* "2/8", or "8" with the number of this one in `index` (Kubernetes' JOB_COMPLETION_INDEX; NULL:
 * not set). */
int sf_shard_parse(const char *text, const char *index, struct sf_shard *out, struct sf_error *err);

/* Points of a shard among the first `points`. */
size_t sf_shard_points(const struct sf_shard *shard, size_t points);

#endif
