/* verdicts: what the nodes of a cluster answer to a request; computed once, asked for often. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_VERDICTS_H
#define SF_VERDICTS_H

#include <slicefit/policy.h>

#include <pthread.h>

struct sf_arena;

/* One node. */
struct sf_verdict {
	uint8_t fit; /* enum sf_fit */
	bool unresolvable;
};

/* All nodes of a cluster, by their numbers. */
struct sf_verdicts {
	struct sf_request request;
	struct sf_verdict *node;
	int64_t *score; /* of nodes that fit; NULL unless asked for */
};

/* What there is to judge with. */
struct sf_judge {
	const struct sf_policy *policy;
	const struct sf_cluster *cluster;
	const struct sf_target *target;
};

/* Judges all nodes; arrays from the arena. -1 when it is full. */
int sf_verdicts_fill(const struct sf_judge *judge, const struct sf_request *request, bool scores,
                     struct sf_arena *arena, struct sf_verdicts *out);

/* Verdicts on a cluster that does not change, for the requests that were asked first. */
struct sf_verdict_cache {
	pthread_mutex_t lock;
	struct sf_arena *arena;
	struct sf_verdicts *entry;
	size_t n;
};

void sf_verdict_cache_init(struct sf_verdict_cache *cache);
void sf_verdict_cache_finish(struct sf_verdict_cache *cache);

/* Verdicts from the cache, valid as long as it is; for one request too many, from `arena`. NULL when
 * that is full. */
const struct sf_verdicts *sf_verdict_cache_get(struct sf_verdict_cache *cache,
                                               const struct sf_judge *judge,
                                               const struct sf_request *request, bool scores,
                                               struct sf_arena *arena);

#endif
