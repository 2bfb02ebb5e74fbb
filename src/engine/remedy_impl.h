/* remedy_impl: what the files of the search for remedies share. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REMEDY_IMPL_H
#define SF_REMEDY_IMPL_H

#include "attempt.h"

#include <slicefit/remedy.h>

enum { SF_REMEDY_SLOTS = 5 };

struct sf_remedy_search {
	struct sf_cluster *cluster;
	const struct sf_remedy_question *question;
	const struct sf_request *request; /* of the pod */
	int32_t priority;
	struct sf_arena *arena;
	struct sf_attempt attempt;
	/* The pods of node i are pod[first[i]] to pod[first[i + 1] - 1]. */
	uint32_t *first, *pod;
	bool full; /* the arena */
	/* The best so far by kind, and by what it is about where that makes a difference. */
	struct sf_remedy best[SF_REMEDIES][SF_REMEDY_SLOTS];
	const char *counted[SF_REMEDIES][SF_REMEDY_SLOTS]; /* the last node counted in `others` */
};

/* Does the pod stay on its node whatever happens? */
bool sf_remedy_stays(const struct sf_remedy_search *search, uint32_t pod);

/* Sets the budgets of those of the pods that may not leave together with the others. */
void sf_remedy_guard(const struct sf_remedy_search *search, struct sf_remedy_pod *pod, size_t n);

/* Places a pending pod, if it fits. */
bool sf_remedy_place(struct sf_remedy_search *search, uint32_t pod, uint32_t node);

/* Notes the node where the pod was placed by the attempt, and its devices. */
void sf_remedy_at(struct sf_remedy_search *search, uint32_t node, struct sf_remedy *remedy);

/* Keeps the remedy if there is none in the slot that disturbs less. Its pods are copied. */
void sf_remedy_offer(struct sf_remedy_search *search, const struct sf_remedy *remedy, int slot);

/*
 * The pod is placed on `node`, and then those that had to leave it are placed again, the largest first:
 * on other nodes, and if `back` on this one. False when the pod does not fit. The remedy is told what
 * became of them, and where the pod is; remedy->pod is the list, with its numbers filled in.
 */
bool sf_remedy_settle(struct sf_remedy_search *search, uint32_t node, bool back,
                      struct sf_remedy *remedy);

/* The searches, each of which offers what it finds. */
void sf_remedy_find_ready(struct sf_remedy_search *search);
void sf_remedy_find_rule(struct sf_remedy_search *search);
void sf_remedy_find_replicas(struct sf_remedy_search *search);
void sf_remedy_find_layout(struct sf_remedy_search *search);
void sf_remedy_find_move(struct sf_remedy_search *search);
void sf_remedy_find_ask(struct sf_remedy_search *search);

#endif
