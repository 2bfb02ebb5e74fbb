/*
 * verdicts: what every node of a cluster answers to a request, kept up to date.
 *
 * Each question that was asked keeps its verdicts; when it is asked again only the nodes that changed
 * since are judged anew. So a call costs as much as there was change, not as there are nodes.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_VERDICTS_H
#define SF_VERDICTS_H

#include <slicefit/policy.h>
#include <slicefit/serving.h>

struct sf_arena;
struct sf_verdict_cache;

#define SF_ABOVE_ALL INT32_MAX

/* One node. */
struct sf_verdict {
	uint8_t fit;   /* enum sf_fit */
	uint8_t level; /* of the mode in which it is served, if it fits: goes before the score */
	/* Of a node that does not fit: evicting pods of lower priority can only help a pod whose
	 * priority is above this. SF_ABOVE_ALL: no eviction can. */
	int32_t above;
};

/* Would no eviction make room for a pod of this priority? */
static inline bool sf_verdict_unresolvable(const struct sf_verdict *verdict, int32_t priority)
{
	return verdict->fit != SF_FITS && priority <= verdict->above;
}

/* All nodes of a cluster, by their numbers. */
struct sf_verdicts {
	const struct sf_verdict *node;
	const int64_t *score; /* of nodes that fit; NULL unless asked for */
};

/* What is asked of every node. */
struct sf_question {
	const struct sf_policy *policy;
	struct sf_request request;
	struct sf_serving_rules serving;
};

/* A cache for one cluster, which it observes: destroy it before the cluster. */
struct sf_verdict_cache *sf_verdict_cache_create(struct sf_cluster *cluster);
void sf_verdict_cache_destroy(struct sf_verdict_cache *cache);

/* The typical pods that policies keep nodes fit for from now on; borrowed until the next call. */
void sf_verdict_cache_set_target(struct sf_verdict_cache *cache, const struct sf_target *target);

/*
 * Who knows the pods of the nodes, and so above which priority eviction helps (the range is that of
 * sf_evict_above); asked for nodes that do not fit. Without it, eviction is taken to help wherever
 * the request would fit on the node if nothing ran there.
 */
typedef int64_t sf_verdict_above(void *ctx, uint32_t node, const struct sf_question *question);
void sf_verdict_cache_set_above(struct sf_verdict_cache *cache, sf_verdict_above *above, void *ctx);

/* Valid until the next call on the cache and the next change of the cluster. */
struct sf_verdicts sf_verdict_cache_get(struct sf_verdict_cache *cache,
                                        const struct sf_question *question, bool scores);

/* Nodes judged so far: how much work it all was. */
uint64_t sf_verdict_cache_judged(const struct sf_verdict_cache *cache);

/* The same verdicts on a cluster that is asked once, by looking at every node: arrays from the arena.
 * -1 when it is full. */
int sf_verdicts_fill(const struct sf_cluster *cluster, const struct sf_question *question,
                     bool scores, struct sf_arena *arena, struct sf_verdicts *out);

#endif
