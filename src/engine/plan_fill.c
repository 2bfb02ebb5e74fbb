/* plan_fill: see plan_fill.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_fill.h"

#include "plan_node.h"

#include <slicefit/alloc.h>

#include <stdlib.h>
#include <string.h>

/* A demand and how hard it is to place in the mode at hand. */
struct turn {
	uint32_t demand, level, most;
	enum plan_order order;
};

static int compare_turns(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;

	if (x->order != PLAN_LARGE_FIRST && x->level != y->level) {
		return x->level < y->level ? -1 : 1;
	}
	if (x->most != y->most) {
		bool first =
			x->order == PLAN_LEVEL_SMALL_FIRST ? x->most > y->most : x->most < y->most;

		return first ? -1 : 1;
	}
	return x->demand < y->demand ? -1 : x->demand > y->demand;
}

static struct turn *make_turns(const struct plan_fill *fill, const struct plan_mode *mode,
                               size_t *n)
{
	const struct plan_model *model = fill->model;
	struct turn *turn = sf_xcalloc(model->n_demands + 1, sizeof *turn);

	*n = 0;
	for (uint32_t d = 0; d < model->n_demands; d++) {
		if (mode->most[d]) {
			turn[(*n)++] = (struct turn){.demand = d,
			                             .level = model->demand[d].level,
			                             .most = mode->most[d],
			                             .order = fill->order};
		}
	}
	qsort(turn, *n, sizeof *turn, compare_turns);
	return turn;
}

/* Puts up to `count` more pods of a demand on the node. */
static void put_pods(struct plan_node *node, uint32_t demand, uint32_t count, uint32_t *pods)
{
	uint32_t n = 0;

	while (n < count && plan_node_add(node, demand)) {
		n++;
	}
	pods[demand] += n;
}

/* The pods for one empty node out of `left`, which is not changed. */
static void fill_node(const struct plan_fill *fill, const struct plan_mode *mode, uint32_t nodes,
                      const uint32_t *left, struct plan_node *node, uint32_t *pods)
{
	size_t n;
	struct turn *turn = make_turns(fill, mode, &n);

	for (size_t i = 0; fill->even && i < n; i++) {
		put_pods(node, turn[i].demand, left[turn[i].demand] / nodes, pods);
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t d = turn[i].demand;

		put_pods(node, d, left[d] - pods[d], pods);
	}
	free(turn);
}

/* How often the pattern can be repeated. */
static uint32_t repeats(const struct plan_model *model, const uint32_t *pods, const uint32_t *left,
                        uint32_t nodes)
{
	for (size_t d = 0; d < model->n_demands; d++) {
		if (pods[d] && left[d] / pods[d] < nodes) {
			nodes = left[d] / pods[d];
		}
	}
	return nodes;
}

static bool is_empty(const struct plan_model *model, const uint32_t *pods)
{
	for (size_t d = 0; d < model->n_demands; d++) {
		if (pods[d]) {
			return false;
		}
	}
	return true;
}

static void take(const struct plan_model *model, const struct plan_pattern *pattern, uint32_t *left)
{
	for (size_t d = 0; d < model->n_demands; d++) {
		left[d] -= pattern->nodes * pattern->pods[d];
	}
}

void plan_fill_mode(const struct plan_fill *fill, uint32_t class, uint32_t mode, uint32_t nodes,
                    uint32_t *target, struct plan_solution *out)
{
	const struct plan_model *model = fill->model;
	const struct plan_class *of = &model->class[class];
	const struct plan_mode *how = &of->mode[mode];
	struct plan_node *node = sf_xcalloc(1, sizeof *node);
	uint16_t *roles = sf_xcalloc(how->n_roles + 1, sizeof *roles);
	uint32_t *pods = sf_xcalloc(model->n_demands + 1, sizeof *pods);

	while (nodes) {
		struct plan_pattern pattern = {
			.class = class, .mode = mode, .pods = pods, .roles = roles};

		memset(pods, 0, model->n_demands * sizeof *pods);
		plan_node_init(node, model, of, how);
		fill_node(fill, how, nodes, target, node, pods);
		if (is_empty(model, pods)) {
			break;
		}
		plan_node_roles(node, roles);
		/* An even share changes as the rest shrinks: repeat while it stays right. */
		pattern.nodes = repeats(model, pods, target, nodes);
		plan_solution_add(model, out, &pattern);
		take(model, &pattern, target);
		nodes -= pattern.nodes;
		fill->nodes[class] -= pattern.nodes;
	}
	free(node);
	free(roles);
	free(pods);
}

/* One candidate for the next nodes: better when it serves more, level by level, then takes fewer
 * GPUs. */
struct candidate {
	struct plan_pattern pattern;
	int64_t *value;
};

static void judge(const struct plan_model *model, const struct plan_pattern *pattern,
                  int64_t *value)
{
	struct plan_solution one = {.n = 1};
	struct plan_pattern copy = *pattern;

	copy.nodes = 1;
	one.pattern = &copy;
	plan_solution_value(model, &one, value);
}

static void try_mode(const struct plan_fill *fill, uint32_t class, uint32_t mode,
                     struct candidate *best, struct candidate *scratch)
{
	const struct plan_class *of = &fill->model->class[class];
	struct plan_node *node = sf_xcalloc(1, sizeof *node);
	struct candidate swap;

	memset(scratch->pattern.pods, 0, fill->model->n_demands * sizeof(uint32_t));
	plan_node_init(node, fill->model, of, &of->mode[mode]);
	fill_node(fill, &of->mode[mode], fill->nodes[class], fill->remaining, node,
	          scratch->pattern.pods);
	if (!is_empty(fill->model, scratch->pattern.pods)) {
		plan_node_roles(node, scratch->pattern.roles);
		scratch->pattern.class = class;
		scratch->pattern.mode = mode;
		judge(fill->model, &scratch->pattern, scratch->value);
		if (!best->pattern.nodes ||
		    plan_value_compare(fill->model, scratch->value, best->value) < 0) {
			scratch->pattern.nodes = 1;
			swap = *best;
			*best = *scratch;
			*scratch = swap;
		}
	}
	free(node);
}

static struct candidate make_candidate(const struct plan_model *model)
{
	struct candidate c = {0};
	size_t roles = 1;

	for (size_t k = 0; k < model->n_classes; k++) {
		for (size_t m = 0; m < model->class[k].n_modes; m++) {
			size_t n = model->class[k].mode[m].n_roles;

			roles = n > roles ? n : roles;
		}
	}
	c.pattern.pods = sf_xcalloc(model->n_demands + 1, sizeof *c.pattern.pods);
	c.pattern.roles = sf_xcalloc(roles, sizeof *c.pattern.roles);
	c.value = sf_xcalloc(plan_tiers(model), sizeof *c.value);
	return c;
}

static void free_candidate(struct candidate *c)
{
	free(c->pattern.pods);
	free(c->pattern.roles);
	free(c->value);
}

/* The best next pattern over all classes and modes; false when nothing fits any more. */
static bool best_pattern(const struct plan_fill *fill, struct candidate *best,
                         struct candidate *scratch)
{
	best->pattern.nodes = 0;
	for (uint32_t c = 0; c < fill->model->n_classes; c++) {
		size_t modes = fill->keep_only ? 1 : fill->model->class[c].n_modes;

		for (uint32_t m = 0; fill->nodes[c] && m < modes; m++) {
			try_mode(fill, c, m, best, scratch);
		}
	}
	return best->pattern.nodes > 0;
}

void plan_fill_all(const struct plan_fill *fill, struct plan_solution *out)
{
	struct candidate best = make_candidate(fill->model), scratch = make_candidate(fill->model);

	while (best_pattern(fill, &best, &scratch)) {
		struct plan_pattern *pattern = &best.pattern;

		pattern->nodes = repeats(fill->model, pattern->pods, fill->remaining,
		                         fill->nodes[pattern->class]);
		plan_solution_add(fill->model, out, pattern);
		take(fill->model, pattern, fill->remaining);
		fill->nodes[pattern->class] -= pattern->nodes;
	}
	free_candidate(&best);
	free_candidate(&scratch);
}
