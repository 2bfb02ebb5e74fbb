/* verdicts: what the nodes of a cluster answer to a request. */
// SPDX-License-Identifier: Apache-2.0
#include "verdicts.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>

#include <stdlib.h>

/* Of different requests; and bytes of their arrays, 64 requests on 10 000 nodes take 6 MB. */
enum { ENTRIES_MAX = 64, BYTES_MAX = 64 << 20 };

/* A refusal that waiting for a pod to leave (or evicting it) cannot mend. */
static bool is_unresolvable(const struct sf_judge *judge, uint32_t node,
                            const struct sf_request *request, enum sf_fit fit)
{
	return sf_fit_unresolvable(fit) ||
	       sf_filter_ever(judge->cluster, node, request, judge->policy->view) != SF_FITS;
}

/* Fit and, given room for it, score of one node. */
static struct sf_verdict look(const struct sf_judge *judge, void *state, uint32_t node,
                              const struct sf_request *request, int64_t *score)
{
	const struct sf_policy *policy = judge->policy;
	struct sf_grant grant;
	enum sf_fit fit = sf_filter(judge->cluster, node, request, policy->view,
	                            score != NULL ? &grant : NULL);
	if (fit != SF_FITS) {
		return (struct sf_verdict){
			.fit = (uint8_t)fit,
			.unresolvable = is_unresolvable(judge, node, request, fit),
		};
	}
	if (score != NULL) {
		if (policy->choose != NULL) {
			policy->choose(state, judge->cluster, node, request, &grant);
		}
		*score = policy->score(state, judge->cluster, node, request, &grant);
	}
	return (struct sf_verdict){.fit = SF_FITS};
}

int sf_verdicts_fill(const struct sf_judge *judge, const struct sf_request *request, bool scores,
                     struct sf_arena *arena, struct sf_verdicts *out)
{
	const struct sf_policy *policy = judge->policy;
	uint32_t n = sf_cluster_nodes(judge->cluster);
	out->request = *request;
	out->node = sf_arena_array(arena, (size_t)n + 1, sizeof(*out->node));
	out->score = scores ? sf_arena_array(arena, (size_t)n + 1, sizeof(*out->score)) : NULL;
	if (out->node == NULL || (scores && out->score == NULL)) {
		return -1;
	}
	void *state = scores && policy->create != NULL
	                      ? policy->create(judge->cluster, judge->target, 0)
	                      : NULL;
	for (uint32_t i = 0; i < n; i++) {
		out->node[i] = look(judge, state, i, request, scores ? &out->score[i] : NULL);
	}
	if (state != NULL && policy->destroy != NULL) {
		policy->destroy(state);
	}
	return 0;
}

void sf_verdict_cache_init(struct sf_verdict_cache *cache)
{
	*cache = (struct sf_verdict_cache){
		.arena = sf_arena_create(BYTES_MAX),
		.entry = sf_xcalloc(ENTRIES_MAX, sizeof(*cache->entry)),
	};
	pthread_mutex_init(&cache->lock, NULL);
}

void sf_verdict_cache_finish(struct sf_verdict_cache *cache)
{
	pthread_mutex_destroy(&cache->lock);
	sf_arena_destroy(cache->arena);
	free(cache->entry);
}

/* An entry of the cache, a new one if need be; NULL when it is full. */
static const struct sf_verdicts *find_or_fill(struct sf_verdict_cache *cache,
                                              const struct sf_judge *judge,
                                              const struct sf_request *request, bool scores)
{
	for (size_t i = 0; i < cache->n; i++) {
		const struct sf_verdicts *entry = &cache->entry[i];
		if ((!scores || entry->score != NULL) &&
		    sf_request_same(&entry->request, request)) {
			return entry;
		}
	}
	if (cache->n == ENTRIES_MAX ||
	    sf_verdicts_fill(judge, request, scores, cache->arena, &cache->entry[cache->n]) < 0) {
		return NULL;
	}
	return &cache->entry[cache->n++];
}

const struct sf_verdicts *sf_verdict_cache_get(struct sf_verdict_cache *cache,
                                               const struct sf_judge *judge,
                                               const struct sf_request *request, bool scores,
                                               struct sf_arena *arena)
{
	pthread_mutex_lock(&cache->lock);
	const struct sf_verdicts *found = find_or_fill(cache, judge, request, scores);
	pthread_mutex_unlock(&cache->lock);
	if (found != NULL) {
		return found;
	}
	struct sf_verdicts *own = sf_arena_alloc(arena, sizeof(*own));
	bool filled = own != NULL && sf_verdicts_fill(judge, request, scores, arena, own) == 0;
	return filled ? own : NULL;
}
