/* verdicts: what every node of a cluster answers to a request, kept up to date. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/verdicts.h>

#include "changes.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/cluster_rule.h>

#include <stdlib.h>
#include <string.h>

/* Questions remembered: 128 of them on 10 000 nodes take 13 MB. */
enum { ENTRIES_MAX = 128 };

/* One question and what the nodes said. */
struct entry {
	struct sf_question question;
	uint64_t hash;
	uint64_t seen;  /* changes that the verdicts know, */
	uint32_t level; /* and the level of the request's rule (cluster_rule.h) */
	uint64_t asked; /* when it was asked for last */
	uint32_t n;     /* nodes judged */
	size_t cap, score_cap;
	struct sf_verdict *node;
	int64_t *score; /* NULL: never asked for */
};

/* Who knows the pods of the nodes. */
struct witness {
	sf_verdict_above *above; /* NULL: nobody */
	void *ctx;
};

/* A policy's state on the cluster. */
struct mind {
	const struct sf_policy *policy;
	void *state;
};

struct sf_verdict_cache {
	struct sf_cluster *cluster;
	const struct sf_target *target;
	struct witness witness;
	struct sf_changes changes;
	size_t n, n_minds, minds_cap;
	struct entry entry[ENTRIES_MAX];
	struct mind *mind;
	uint64_t questions, judged;
};

/* The modes in which the node would serve the request. */
static unsigned servings(const struct sf_cluster *cluster, uint32_t node,
                         const struct sf_question *question)
{
	return sf_serving_of_request(sf_cluster_node(cluster, node), &question->request);
}

/* Does it fit, and is it allowed there? Where it can never fit, that is said first. */
static enum sf_fit judge_fit(const struct sf_cluster *cluster, uint32_t node,
                             const struct sf_question *question, struct sf_grant *grant)
{
	enum sf_fit fit =
		sf_filter(cluster, node, &question->request, question->policy->view, grant);
	bool denied = (question->serving.deny & servings(cluster, node, question)) != 0;
	return denied && !sf_fit_unresolvable(fit) ? SF_FIT_MODE : fit;
}

/* Above which priority eviction helps on a node that does not fit. */
static int32_t find_above(const struct sf_cluster *cluster, const struct witness *witness,
                          uint32_t node, const struct sf_question *question, uint8_t fit)
{
	if (fit == SF_FITS || sf_fit_unresolvable((enum sf_fit)fit)) {
		return fit == SF_FITS ? INT32_MIN : SF_ABOVE_ALL;
	}
	if (witness->above == NULL) {
		enum sf_view view = question->policy->view;
		bool ever = sf_filter_ever(cluster, node, &question->request, view) == SF_FITS;
		return ever ? INT32_MIN : SF_ABOVE_ALL;
	}
	int64_t above = witness->above(witness->ctx, node, question);
	if (above > SF_ABOVE_ALL) {
		return SF_ABOVE_ALL;
	}
	return above < INT32_MIN ? INT32_MIN : (int32_t)above;
}

/* Fit and, given room for it, score of one node. */
static struct sf_verdict look(const struct sf_cluster *cluster, void *state, uint32_t node,
                              const struct sf_question *question, int64_t *score)
{
	const struct sf_policy *policy = question->policy;
	struct sf_grant grant;
	enum sf_fit fit = judge_fit(cluster, node, question, score != NULL ? &grant : NULL);
	if (fit != SF_FITS) {
		return (struct sf_verdict){.fit = (uint8_t)fit};
	}
	if (score != NULL) {
		if (policy->choose != NULL) {
			policy->choose(state, cluster, node, &question->request, &grant);
		}
		*score = policy->score(state, cluster, node, &question->request, &grant);
	}
	return (struct sf_verdict){
		.fit = SF_FITS,
		.level = sf_serving_level(&question->serving, servings(cluster, node, question)),
	};
}

static void on_change(void *ctx, const struct sf_cluster *cluster, uint32_t node)
{
	struct sf_verdict_cache *cache = ctx;
	for (size_t i = 0; i < cache->n_minds; i++) {
		const struct mind *mind = &cache->mind[i];
		if (mind->policy->on_change != NULL) {
			mind->policy->on_change(mind->state, cluster, node);
		}
	}
	if (node < sf_cluster_nodes(cluster)) {
		sf_changes_add(&cache->changes, node);
	}
}

struct sf_verdict_cache *sf_verdict_cache_create(struct sf_cluster *cluster)
{
	struct sf_verdict_cache *cache = sf_xcalloc(1, sizeof(*cache));
	cache->cluster = cluster;
	if (sf_cluster_observe(cluster, on_change, cache) != 0) {
		free(cache);
		return NULL;
	}
	return cache;
}

static void drop_minds(struct sf_verdict_cache *cache)
{
	for (size_t i = 0; i < cache->n_minds; i++) {
		const struct mind *mind = &cache->mind[i];
		if (mind->policy->destroy != NULL) {
			mind->policy->destroy(mind->state);
		}
	}
	cache->n_minds = 0;
}

void sf_verdict_cache_destroy(struct sf_verdict_cache *cache)
{
	if (cache == NULL) {
		return;
	}
	sf_cluster_unobserve(cache->cluster, on_change, cache);
	drop_minds(cache);
	for (size_t i = 0; i < cache->n; i++) {
		free(cache->entry[i].node);
		free(cache->entry[i].score);
	}
	sf_changes_finish(&cache->changes);
	free(cache->mind);
	free(cache);
}

void sf_verdict_cache_set_above(struct sf_verdict_cache *cache, sf_verdict_above *above, void *ctx)
{
	cache->witness = (struct witness){above, ctx};
	for (size_t i = 0; i < cache->n; i++) {
		cache->entry[i].n = 0;
	}
}

void sf_verdict_cache_set_target(struct sf_verdict_cache *cache, const struct sf_target *target)
{
	drop_minds(cache);
	cache->target = target;
	for (size_t i = 0; i < cache->n; i++) {
		struct entry *entry = &cache->entry[i];
		entry->n = entry->question.policy->create != NULL ? 0 : entry->n;
	}
}

static void *mind_of(struct sf_verdict_cache *cache, const struct sf_policy *policy)
{
	for (size_t i = 0; i < cache->n_minds; i++) {
		if (cache->mind[i].policy == policy) {
			return cache->mind[i].state;
		}
	}
	cache->mind =
		sf_xgrow(cache->mind, &cache->minds_cap, cache->n_minds + 1, sizeof(*cache->mind));
	void *state =
		policy->create != NULL ? policy->create(cache->cluster, cache->target, 0) : NULL;
	cache->mind[cache->n_minds++] = (struct mind){policy, state};
	return state;
}

static bool same_question(const struct sf_question *a, const struct sf_question *b)
{
	return a->policy == b->policy && sf_serving_rules_same(&a->serving, &b->serving) &&
	       sf_request_same(&a->request, &b->request);
}

/* The entry of the question: known, new, or in the place of the one not asked for longest. */
static struct entry *find_entry(struct sf_verdict_cache *cache, const struct sf_question *question)
{
	uint64_t hash = sf_request_hash(&question->request);
	struct entry *oldest = &cache->entry[0];
	for (size_t i = 0; i < cache->n; i++) {
		struct entry *entry = &cache->entry[i];
		if (entry->hash == hash && same_question(&entry->question, question)) {
			return entry;
		}
		oldest = entry->asked < oldest->asked ? entry : oldest;
	}
	struct entry *entry = cache->n < ENTRIES_MAX ? &cache->entry[cache->n++] : oldest;
	entry->question = *question;
	entry->hash = hash;
	entry->n = 0;
	free(entry->score);
	entry->score = NULL;
	entry->score_cap = 0;
	return entry;
}

static void judge(struct sf_verdict_cache *cache, struct entry *entry, uint32_t node)
{
	void *state = entry->score != NULL ? mind_of(cache, entry->question.policy) : NULL;
	const struct sf_question *question = &entry->question;
	struct sf_verdict verdict = look(cache->cluster, state, node, question,
	                                 entry->score != NULL ? &entry->score[node] : NULL);
	verdict.above = find_above(cache->cluster, &cache->witness, node, question, verdict.fit);
	entry->node[node] = verdict;
	cache->judged++;
}

struct sf_verdicts sf_verdict_cache_get(struct sf_verdict_cache *cache,
                                        const struct sf_question *question, bool scores)
{
	struct entry *entry = find_entry(cache, question);
	uint32_t n = sf_cluster_nodes(cache->cluster);
	const uint32_t level = sf_cluster_rule_level(cache->cluster, question->request.rule);
	if ((scores && entry->score == NULL) || entry->level != level) {
		entry->n = 0;
	}
	entry->level = level;
	for (uint32_t i = sf_changes_first(&cache->changes, entry->seen);
	     entry->n > 0 && i != SF_CHANGES_END;
	     i = sf_changes_next(&cache->changes, i, entry->seen)) {
		if (i < entry->n) {
			judge(cache, entry, i);
		}
	}
	entry->node = sf_xgrow(entry->node, &entry->cap, (size_t)n + 1, sizeof(*entry->node));
	if (scores || entry->score != NULL) {
		entry->score = sf_xgrow(entry->score, &entry->score_cap, (size_t)n + 1,
		                        sizeof(*entry->score));
	}
	for (uint32_t i = entry->n; i < n; i++) {
		judge(cache, entry, i);
	}
	entry->n = n;
	entry->seen = cache->changes.now;
	entry->asked = ++cache->questions;
	return (struct sf_verdicts){.node = entry->node, .score = entry->score};
}

uint64_t sf_verdict_cache_judged(const struct sf_verdict_cache *cache)
{
	return cache->judged;
}

int sf_verdicts_fill(const struct sf_cluster *cluster, const struct sf_question *question,
                     bool scores, struct sf_arena *arena, struct sf_verdicts *out)
{
	const struct sf_policy *policy = question->policy;
	uint32_t n = sf_cluster_nodes(cluster);
	const struct witness nobody = {0};
	struct sf_verdict *node = sf_arena_array(arena, (size_t)n + 1, sizeof(*node));
	int64_t *score = scores ? sf_arena_array(arena, (size_t)n + 1, sizeof(*score)) : NULL;
	if (node == NULL || (scores && score == NULL)) {
		return -1;
	}
	void *state = scores && policy->create != NULL ? policy->create(cluster, NULL, 0) : NULL;
	for (uint32_t i = 0; i < n; i++) {
		node[i] = look(cluster, state, i, question, scores ? &score[i] : NULL);
		node[i].above = find_above(cluster, &nobody, i, question, node[i].fit);
	}
	if (state != NULL && policy->destroy != NULL) {
		policy->destroy(state);
	}
	*out = (struct sf_verdicts){.node = node, .score = score};
	return 0;
}
