/* feed: what the API server tells of nodes, pods and budgets, brought into the state (and the record). */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_FEED_H
#define SF_FEED_H

#include <stddef.h>

struct sf_catalog;
struct sf_error;
struct sf_state;

/* A Node or Pod as it is now, as text. -1 and err when it is not counted, or only as something that
 * waits; a text that cannot be read stands for an object that is gone. Locks the state. */
int sf_feed_node(struct sf_state *state, const struct sf_catalog *catalog, const char *name,
                 const char *text, size_t len, struct sf_error *err);
int sf_feed_pod(struct sf_state *state, const char *uid, const char *text, size_t len,
                struct sf_error *err);

/* The same of a PodDisruptionBudget. */
int sf_feed_budget(struct sf_state *state, const char *uid, const char *text, size_t len,
                   struct sf_error *err);

void sf_feed_node_gone(struct sf_state *state, const char *name);
void sf_feed_pod_gone(struct sf_state *state, const char *uid);
void sf_feed_budget_gone(struct sf_state *state, const char *uid);

#endif
