/*
 * watch: follows the nodes, pods and disruption budgets of a Kubernetes cluster and tells the state.
 *
 * Budgets are told when they can be had; without them, for want of rights or for any other reason,
 * everything else goes on as before, and what is said below of being synced and heard of is about nodes
 * and pods.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_WATCH_H
#define SF_WATCH_H

#include <slicefit/reflector.h>

#include <stdbool.h>

struct sf_catalog;
struct sf_error;
struct sf_kube_config;
struct sf_state;
struct sf_watch;

enum sf_watched { SF_WATCHED_NODES, SF_WATCHED_PODS, SF_WATCHED };

/* "nodes", "pods". */
const char *sf_watched_name(enum sf_watched kind);

/* Starts to follow; the three are borrowed. That the server cannot be reached is no error: it is
 * logged, and tried again. */
struct sf_watch *sf_watch_start(struct sf_state *state, const struct sf_catalog *catalog,
                                const struct sf_kube_config *config, struct sf_error *err);
/* NULL is fine. */
void sf_watch_stop(struct sf_watch *watch);

/* Has everything that was there been told once? */
bool sf_watch_synced(const struct sf_watch *watch);

/* Nanoseconds since the API server was heard of last, for the kind that is heard of less; 0 before the
 * first sync. Where nothing happens it is heard of after 80 s at most, when a watch is renewed. */
uint64_t sf_watch_age_ns(const struct sf_watch *watch, uint64_t now_ns);

/* When pods were heard of last; sf_clock_ns, 0: never. */
uint64_t sf_watch_heard_ns(const struct sf_watch *watch);

struct sf_reflect_stats sf_watch_stats(const struct sf_watch *watch, enum sf_watched kind);

#endif
