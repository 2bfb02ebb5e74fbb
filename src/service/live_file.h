/* live_file: a cluster from a file. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_LIVE_FILE_H
#define SF_LIVE_FILE_H

struct sf_catalog;
struct sf_error;
struct sf_live;

/*
 * Reads a scenario (its pools of nodes), or what kubectl get nodes,pods -A -o json or yaml prints.
 * Pods that are bound already take the devices that sf_filter chooses for them; those for which there
 * is no room are logged and not counted.
 */
struct sf_live *sf_live_load(const char *path, const struct sf_catalog *catalog,
                             struct sf_error *err);

#endif
