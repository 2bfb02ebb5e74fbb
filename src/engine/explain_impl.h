/* explain_impl: what the files of explain share. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_EXPLAIN_IMPL_H
#define SF_EXPLAIN_IMPL_H

#include <slicefit/explain.h>

/* One more node; `name` is borrowed until sf_explain_nodes_keep. */
void sf_explain_nodes_add(struct sf_explain_nodes *nodes, const char *name);

/* Copies the examples into the arena; -1 when it is full. */
int sf_explain_nodes_keep(struct sf_explain_nodes *nodes, struct sf_arena *arena);

/* Fills out->mend, when the request fits nowhere. */
int sf_explain_mends(struct sf_cluster *cluster, const struct sf_explain_question *question,
                     struct sf_arena *arena, struct sf_explanation *out);

/* A search for pods whose leaving makes room. */
struct sf_evict_search {
	struct sf_cluster *cluster;
	const struct sf_request *request;
	enum sf_view view;
	int32_t priority; /* of the pod that wants in */
	struct sf_arena *arena;
	size_t n;
	struct sf_evict_candidate {
		uint32_t missing; /* on the node: the less, the sooner it is tried */
		uint32_t node;
	} candidate[SF_EXPLAIN_TRIALS];
};

/* The cheapest set of pods on one of the nodes, by number of pods and then by their highest priority:
 * `lower` of pods of lower priority, and if there is none `any` of whatever pods. -1 when the arena
 * is full. */
int sf_explain_evict(const struct sf_evict_search *search, struct sf_mend *lower,
                     struct sf_mend *any);

/* Is there a name like that of the want that nodes have? Fills the mend if so. */
void sf_explain_nearest(const struct sf_cluster *cluster,
                        const struct sf_explain_question *question, uint8_t want,
                        struct sf_mend *mend);

#endif
