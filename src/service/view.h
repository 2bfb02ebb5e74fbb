/*
 * view: copies of parts of the live cluster, so that they can be written without its lock.
 *
 * The lock is taken for a few nodes or pods at a time; what changes in between is seen as it is when
 * its turn comes. So each node is told as it was at one moment, but not all of them at the same.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_VIEW_H
#define SF_VIEW_H

#include "state.h"

#include <slicefit/given.h>
#include <slicefit/report_explain.h>

struct sf_arena;

struct sf_view_pod {
	const char *uid, *space, *name;
	enum sf_live_state state;
	int32_t priority;
	uint64_t until_ns; /* RESERVED: given back then */
	bool unplaced;     /* bound, but the model sees no room for its devices */
	uint8_t n;
	struct sf_given *given;            /* n */
	struct sf_explain_subject subject; /* what it asks for; without its names */
	struct sf_request request;         /* the same in the cluster's numbers */
	int64_t cpu_milli, memory_mib;
};

struct sf_view_node {
	struct sf_node_copy copy; /* its name and labels are not to be used */
	const char *name;
	const char **resource; /* names by number */
	int64_t cpu_used_milli, memory_used_mib;
	size_t n;
	struct sf_view_pod *pod; /* those that ask for GPUs, in the order in which they came */
};

/* Names of all nodes, sorted; NULL when the arena is full. */
const char **sf_view_node_names(struct sf_state *state, struct sf_arena *arena, size_t *n);

/* Copies a node; false when it is not there (any more). `out->name` NULL: the arena is full. With the
 * lock held. */
bool sf_view_node(const struct sf_live *live, const char *name, struct sf_arena *arena,
                  struct sf_view_node *out);

/* All pods with GPUs that are on no node, by namespace, name and UID; NULL when the arena is full. */
struct sf_view_pod *sf_view_pending(struct sf_state *state, struct sf_arena *arena, size_t *n);

/* What the pod asks for, in words. */
void sf_view_subject(const struct sf_live *live, const struct sf_live_pod *pod,
                     struct sf_explain_subject *out);

#endif
