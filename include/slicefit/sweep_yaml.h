/* sweep_yaml: reads the sweep files that docs/sweep.md describes, and builds their scenarios. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SWEEP_YAML_H
#define SF_SWEEP_YAML_H

#include <slicefit/sweep.h>

struct sf_catalog;

/*
 * Reads a sweep and the scenario files it names (relative to its folder). NULL and
 * "FILE:LINE:COLUMN: ..." when it is not a sweep; whether scenarios can be read with its values is
 * for sf_sweep_build to tell. Destroy with sf_sweep_destroy.
 */
struct sf_sweep *sf_sweep_load(const char *path, struct sf_error *err);

/*
 * The scenario of a point, with its values. NULL and a message that names the parameters when a
 * value makes it wrong. The sweep must outlive it. Safe for several threads.
 */
struct sf_scenario *sf_sweep_build(const struct sf_sweep *sweep, const struct sf_sweep_point *point,
                                   const struct sf_catalog *catalog, struct sf_error *err);

#endif
