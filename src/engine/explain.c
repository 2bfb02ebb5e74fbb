/* explain: the nodes in groups of equal answers, and the best of those that a request fits on. */
// SPDX-License-Identifier: Apache-2.0
#include "explain_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>

#include <stdlib.h>
#include <string.h>

const char *const sf_explain_kind_names[SF_EXPLAIN_KINDS] = {
	[SF_EXPLAIN_NO_GPU] = "no GPU",
	[SF_EXPLAIN_WHOLE] = "whole",
	[SF_EXPLAIN_MIG] = "mig",
	[SF_EXPLAIN_DYNAMIC_MIG] = "dynamic mig",
	[SF_EXPLAIN_TIME_SLICING] = "time-slicing",
	[SF_EXPLAIN_MPS] = "mps",
	[SF_EXPLAIN_FRACTION] = "fractions",
	[SF_EXPLAIN_COUNTS] = "counts only",
};

void sf_explain_nodes_add(struct sf_explain_nodes *nodes, const char *name)
{
	uint32_t at = nodes->n_examples;
	nodes->n++;
	while (at > 0 && strcmp(name, nodes->example[at - 1]) < 0) {
		at--;
	}
	if (at == SF_EXPLAIN_EXAMPLES) {
		return;
	}
	nodes->n_examples += nodes->n_examples < SF_EXPLAIN_EXAMPLES;
	for (uint32_t i = nodes->n_examples - 1; i > at; i--) {
		nodes->example[i] = nodes->example[i - 1];
	}
	nodes->example[at] = name;
}

int sf_explain_nodes_keep(struct sf_explain_nodes *nodes, struct sf_arena *arena)
{
	for (uint32_t i = 0; i < nodes->n_examples; i++) {
		nodes->example[i] = sf_arena_strdup(arena, nodes->example[i]);
		if (nodes->example[i] == NULL) {
			return -1;
		}
	}
	return 0;
}

static bool has_mig(const struct sf_node *node)
{
	for (uint8_t i = 0; i < node->n_gpus; i++) {
		if (node->gpu[i].mig) {
			return true;
		}
	}
	return false;
}

enum sf_explain_kind sf_explain_kind_of(const struct sf_node *node)
{
	static const enum sf_explain_kind by_sharing[] = {
		[SF_SHARING_TIME_SLICING] = SF_EXPLAIN_TIME_SLICING,
		[SF_SHARING_MPS] = SF_EXPLAIN_MPS,
		[SF_SHARING_FRACTION] = SF_EXPLAIN_FRACTION,
	};
	if (node->by_counts) {
		return node->n_counts > 0 ? SF_EXPLAIN_COUNTS : SF_EXPLAIN_NO_GPU;
	}
	if (node->n_gpus == 0) {
		return SF_EXPLAIN_NO_GPU;
	}
	if (node->sharing_mode != SF_SHARING_NONE) {
		return by_sharing[node->sharing_mode];
	}
	if (!has_mig(node)) {
		return SF_EXPLAIN_WHOLE;
	}
	return node->dynamic ? SF_EXPLAIN_DYNAMIC_MIG : SF_EXPLAIN_MIG;
}

const char *sf_explain_reason(const struct sf_explain_group *group)
{
	return group->rule != NULL ? group->rule : sf_fit_reason(group->fit);
}

/* Lists that grow while the nodes are looked at. */
struct gathering {
	size_t n_groups, cap;
	struct sf_explain_group *group;
	uint32_t n_best;
	uint32_t best[SF_EXPLAIN_CHOICES]; /* node numbers, the best first */
};

/* Rules are compared by their texts, of which there are few. */
static bool says_the_same(const struct sf_explain_group *a, const struct sf_explain_group *b)
{
	bool same = a->kind == b->kind && a->product == b->product;
	if (a->rule != NULL || b->rule != NULL) {
		return same && a->rule != NULL && b->rule != NULL && strcmp(a->rule, b->rule) == 0;
	}
	return same && a->fit == b->fit && a->unresolvable == b->unresolvable;
}

static void add_to_group(struct gathering *all, const struct sf_node *node,
                         const struct sf_verdict *verdict, const char *rule, int32_t priority)
{
	struct sf_explain_group key = {
		.rule = rule,
		.fit = (enum sf_fit)verdict->fit,
		.unresolvable = rule != NULL || sf_verdict_unresolvable(verdict, priority),
		.kind = sf_explain_kind_of(node),
		.product = node->n_gpus > 0 ? node->gpu[0].product : NULL,
	};
	size_t i = 0;
	while (i < all->n_groups && !says_the_same(&all->group[i], &key)) {
		i++;
	}
	if (i == all->n_groups) {
		all->group = sf_xgrow(all->group, &all->cap, i + 1, sizeof(*all->group));
		all->group[all->n_groups++] = key;
	}
	sf_explain_nodes_add(&all->group[i].nodes, node->name);
}

/* The level of its mode goes before the score. */
static bool is_better(const struct sf_verdicts *verdicts, uint32_t a, uint32_t b)
{
	uint8_t x = verdicts->node[a].level, y = verdicts->node[b].level;
	return x != y ? x > y : verdicts->score[a] > verdicts->score[b];
}

static void add_to_best(struct gathering *all, const struct sf_verdicts *verdicts, uint32_t node)
{
	uint32_t at = all->n_best;
	while (at > 0 && is_better(verdicts, node, all->best[at - 1])) {
		at--;
	}
	if (at == SF_EXPLAIN_CHOICES) {
		return;
	}
	all->n_best += all->n_best < SF_EXPLAIN_CHOICES;
	for (uint32_t i = all->n_best - 1; i > at; i--) {
		all->best[i] = all->best[i - 1];
	}
	all->best[at] = node;
}

static void gather(const struct sf_cluster *cluster, const struct sf_explain_question *question,
                   struct gathering *all, struct sf_explanation *out)
{
	const struct sf_verdicts *verdicts = question->verdicts;
	uint32_t n = sf_cluster_nodes(cluster);
	for (uint32_t i = 0; i < n; i++) {
		const struct sf_node *node = sf_cluster_node(cluster, i);
		if ((node->state & SF_NODE_REMOVED) != 0) {
			continue;
		}
		out->nodes++;
		const char *rule = question->excluded != NULL ? question->excluded[i] : NULL;
		if (verdicts->node[i].fit == SF_FITS && rule == NULL) {
			out->feasible++;
			add_to_best(all, verdicts, i);
		} else {
			add_to_group(all, node, &verdicts->node[i], rule, question->priority);
		}
	}
}

/* More nodes first; the rest only so that the order is one. */
static int by_size(const void *a, const void *b)
{
	const struct sf_explain_group *x = a, *y = b;
	if (x->nodes.n != y->nodes.n) {
		return x->nodes.n > y->nodes.n ? -1 : 1;
	}
	return strcmp(x->nodes.example[0], y->nodes.example[0]);
}

static int keep_groups(struct gathering *all, struct sf_arena *arena, struct sf_explanation *out)
{
	out->group = sf_arena_array(arena, all->n_groups + 1, sizeof(*out->group));
	if (out->group == NULL) {
		return -1;
	}
	if (all->n_groups > 0) {
		qsort(all->group, all->n_groups, sizeof(*all->group), by_size);
		memcpy(out->group, all->group, all->n_groups * sizeof(*out->group));
	}
	out->n_groups = (uint32_t)all->n_groups;
	for (uint32_t i = 0; i < out->n_groups; i++) {
		struct sf_explain_group *group = &out->group[i];
		if (group->rule != NULL) {
			group->rule = sf_arena_strdup(arena, group->rule);
		}
		if (sf_explain_nodes_keep(&group->nodes, arena) < 0) {
			return -1;
		}
	}
	return 0;
}

/* The devices that the policy would give on its best nodes. */
static int keep_choices(const struct sf_cluster *cluster,
                        const struct sf_explain_question *question, const struct gathering *all,
                        struct sf_arena *arena, struct sf_explanation *out)
{
	const struct sf_policy *policy = question->question->policy;
	const struct sf_request *request = &question->question->request;
	void *state = all->n_best > 0 && policy->choose != NULL && policy->create != NULL
	                      ? policy->create(cluster, question->target, 0)
	                      : NULL;
	out->choice = sf_arena_array(arena, all->n_best + 1, sizeof(*out->choice));
	for (uint32_t i = 0; i < all->n_best && out->choice != NULL; i++) {
		struct sf_explain_choice *choice = &out->choice[i];
		uint32_t node = all->best[i];
		struct sf_grant grant;
		sf_filter(cluster, node, request, policy->view, &grant);
		if (policy->choose != NULL) {
			policy->choose(state, cluster, node, request, &grant);
		}
		choice->node = sf_arena_strdup(arena, sf_cluster_node(cluster, node)->name);
		choice->score = question->verdicts->score[node];
		choice->n = grant.n;
		sf_given_fill(cluster, node, &grant, choice->given);
		out->n_choices += choice->node != NULL;
	}
	if (state != NULL && policy->destroy != NULL) {
		policy->destroy(state);
	}
	return out->choice != NULL && out->n_choices == all->n_best ? 0 : -1;
}

int sf_explain(struct sf_cluster *cluster, const struct sf_explain_question *question,
               struct sf_arena *arena, struct sf_explanation *out)
{
	struct gathering all = {0};
	*out = (struct sf_explanation){0};
	gather(cluster, question, &all, out);
	int rc = keep_groups(&all, arena, out);
	rc = rc < 0 ? rc : keep_choices(cluster, question, &all, arena, out);
	if (rc == 0 && out->feasible == 0) {
		rc = sf_explain_mends(cluster, question, arena, out);
	}
	free(all.group);
	return rc;
}
