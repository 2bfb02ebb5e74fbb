/* sweep_show: prints what the results of a sweep say together. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SWEEP_SHOW_H
#define SF_SWEEP_SHOW_H

#include "cli.h"

struct sf_sweep_results;

/* Sorted results on standard output: one row per point with mean and interval over its seeds.
 * `metrics` is a list of names, "all", or NULL for a few of each kind. Returns the exit status. */
int sf_sweep_show(const struct sf_sweep_results *results, const char *metrics,
                  enum sf_format format);

#endif
