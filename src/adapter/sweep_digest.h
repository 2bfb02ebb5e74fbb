/* sweep_digest: one number for all that decides about the results of a sweep. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SWEEP_DIGEST_H
#define SF_SWEEP_DIGEST_H

struct sf_error;
struct sf_sweep;
struct sf_yaml;

/* Fills sweep->digest from the sweep's file (`root`), its scenarios, and the catalog and traces that
 * they name, which are read. Layout, comments, folders and descriptions do not count. */
int sf_sweep_digest(struct sf_sweep *sweep, const struct sf_yaml *root, struct sf_error *err);

#endif
