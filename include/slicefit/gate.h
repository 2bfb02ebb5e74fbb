/* gate: results against a baseline: what got worse than it may. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_GATE_H
#define SF_GATE_H

#include <slicefit/baseline.h>
#include <slicefit/tolerance.h>
#include <slicefit/trial.h>

enum sf_gate_state {
	SF_GATE_SAME,    /* to the sixth decimal, as baselines are written */
	SF_GATE_BETTER,  /* improved */
	SF_GATE_ALLOWED, /* worse, but by no more than allowed */
	SF_GATE_WORSE,   /* worse than allowed: fails */
	SF_GATE_CHANGED, /* neither direction is better */
};

/* One metric of one policy; with several seeds its mean. */
struct sf_gate_item {
	const struct sf_scenario *scenario;
	const char *policy;
	const char *metric;
	bool integer; /* the metric is a count */
	bool judged;  /* a direction is better, and there is a limit to how much worse it may be */
	enum sf_gate_state state;
	double was, is;
	double half_95; /* of is - was, seed by seed; NaN with one seed */
	double allowed; /* how much worse it may be; infinite: not judged */
};

enum sf_gap_kind {
	SF_GAP_NEW,   /* the baseline lacks it */
	SF_GAP_GONE,  /* only the baseline has it */
	SF_GAP_OTHER, /* both have it, but not of the same kind */
};

/* Something that could not be compared. */
struct sf_gate_gap {
	const struct sf_scenario *scenario; /* NULL: the scenario did not run */
	enum sf_gap_kind kind;
	bool fails; /* else it is only worth a word */
	char *text; /* names scenario and policy */
	char *mend; /* what to do; NULL: nothing */
};

/* Zero-initialise; finish with sf_gate_finish. Borrows from scenarios and baseline. */
struct sf_gate {
	size_t n_items;
	struct sf_gate_item *item;
	size_t items_cap;
	size_t n_gaps;
	struct sf_gate_gap *gap;
	size_t gaps_cap;
	size_t n_judged, n_worse; /* items */
	size_t n_failing_gaps;
};

/*
 * Compares each trial with the scenario of its name in the baseline. Tolerances: those of the
 * scenario, then `extra`; of several that match a metric the last one counts, without any nothing
 * is allowed. It fails (n_worse, n_failing_gaps) when a metric is worse than allowed, and when the
 * baseline lacks a scenario or policy, has other seeds, or used other formulas: then nothing was
 * checked. What only the baseline has, and metrics it lacks, are gaps that do not fail.
 */
void sf_gate_check(const struct sf_baseline *baseline, const struct sf_trial *trial, size_t n,
                   const struct sf_tolerance *extra, size_t n_extra, struct sf_gate *out);

void sf_gate_finish(struct sf_gate *gate);

/* Does every tolerance match a metric? -1 and "METRIC: no such metric, did you mean ..." if not;
 * *bad (may be NULL) is its index then. */
int sf_gate_validate(const struct sf_tolerance *tolerance, size_t n, size_t *bad,
                     struct sf_error *err);

#endif
