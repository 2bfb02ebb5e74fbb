/* live_file: a cluster from a file. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_LIVE_FILE_H
#define SF_LIVE_FILE_H

/* Largest file: 5000 nodes as kubectl prints them take about 150 MB. */
#define SF_LIVE_FILE_MAX ((size_t)512 << 20)

struct sf_catalog;
struct sf_error;
struct sf_kube_wish_rules;
struct sf_live;
struct sf_str;

/*
 * Reads a scenario (its pools of nodes), or what kubectl get nodes,pods -A -o json or yaml prints.
 * Pods that are bound already take the devices that sf_filter chooses for them; those for which there
 * is no room are logged and not counted.
 */
struct sf_live *sf_live_parse(const struct sf_str *text, const char *path,
                              const struct sf_catalog *catalog,
                              const struct sf_kube_wish_rules *wishes, struct sf_error *err);
struct sf_live *sf_live_load(const char *path, const struct sf_catalog *catalog,
                             const struct sf_kube_wish_rules *wishes, struct sf_error *err);

#endif
