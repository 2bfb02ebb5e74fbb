/* sweep_show: prints what the results of a sweep say together. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SWEEP_SHOW_H
#define SF_SWEEP_SHOW_H

#include "cli.h"

struct sf_sweep_results;

/* What `slicefit sweep` and `slicefit merge` show. */
struct sf_sweep_view {
	const char *metrics; /* a list of names, "all", or NULL for a few of each kind */
	const char *versus;  /* a policy to compare the others with, or NULL */
	enum sf_format format;
};

/* Sorted results on standard output: one row per point with mean and interval over its seeds.
 * Returns the exit status. */
int sf_sweep_show(const struct sf_sweep_results *results, const struct sf_sweep_view *view);

/* For rows of sf_cli_row whose options begin with a view. */
int sf_sweep_set_metrics(void *view, const char *value, struct sf_error *err);
int sf_sweep_set_versus(void *view, const char *value, struct sf_error *err);
int sf_sweep_set_format(void *view, const char *value, struct sf_error *err);

#endif
