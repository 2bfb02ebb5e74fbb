/*
 * pack_greedy: first-fit and best-fit decreasing. Equal pods go in at once: of GPUs that hold the
 * same, each in turn is filled with as many as fit, which is what taking pod by pod comes to.
 */
// SPDX-License-Identifier: Apache-2.0
#include "pack_impl.h"

#include <slicefit/alloc.h>

#include <stdlib.h>
#include <string.h>

/* `gpus` GPUs that hold the same, in the order in which they were begun. */
struct group {
	uint32_t class, gpus;
	struct pack_room room;
	uint16_t *pods;
};

struct greedy {
	const struct pack_problem *problem;
	struct pack_room largest;
	struct group *group;
	size_t n, cap;
	uint32_t *free; /* per class: GPUs not begun */
	bool best;
};

struct ranked {
	int64_t size;
	uint32_t number;
};

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->size != y->size) {
		return x->size > y->size ? -1 : 1;
	}
	return x->number < y->number ? -1 : x->number > y->number;
}

static int64_t size_of(const struct pack_room *largest, const struct pack_type *type,
                       enum pack_order order)
{
	struct pack_share share = pack_share_of(largest, type);

	switch (order) {
	case PACK_BY_LARGER:
		return share.memory > share.duty ? share.memory : share.duty;
	case PACK_BY_MEMORY:
		return share.memory;
	case PACK_BY_SUM:
	case PACK_ORDERS:
		break;
	}
	return share.memory + share.duty;
}

/* Types, largest first; malloc'ed. */
static struct ranked *rank_types(const struct greedy *g, enum pack_order order)
{
	const struct pack_problem *problem = g->problem;
	struct ranked *rank = sf_xcalloc(problem->n_types + 1, sizeof *rank);

	for (uint32_t t = 0; t < problem->n_types; t++) {
		rank[t] = (struct ranked){size_of(&g->largest, &problem->type[t], order), t};
	}
	qsort(rank, problem->n_types, sizeof *rank, compare_ranked);
	return rank;
}

/* Makes room for a group before number `at`. */
static struct group *insert(struct greedy *g, size_t at)
{
	g->group = sf_xgrow(g->group, &g->cap, g->n + 1, sizeof *g->group);
	memmove(&g->group[at + 1], &g->group[at], (g->n - at) * sizeof *g->group);
	g->n++;
	g->group[at].pods = sf_xcalloc(g->problem->n_types + 1, sizeof *g->group[at].pods);
	return &g->group[at];
}

/* Splits off the first `gpus` of group `at`: they become group `at`, the others follow. */
static void split(struct greedy *g, size_t at, uint32_t gpus)
{
	struct group *part, *rest;
	uint16_t *pods;

	if (gpus == g->group[at].gpus) {
		return;
	}
	part = insert(g, at);
	rest = part + 1;
	pods = part->pods;
	*part = *rest;
	part->pods = pods;
	memcpy(part->pods, rest->pods, g->problem->n_types * sizeof *pods);
	part->gpus = gpus;
	rest->gpus -= gpus;
}

static void put(struct greedy *g, size_t at, uint32_t t, uint32_t each)
{
	struct group *group = &g->group[at];

	pack_room_take(&group->room, &g->problem->type[t], each);
	group->pods[t] = (uint16_t)(group->pods[t] + each);
}

/* Puts up to `left` pods onto the GPUs of a group, on which `each` fit; how many it were. */
static uint32_t put_all(struct greedy *g, size_t at, uint32_t t, uint32_t each, uint32_t left)
{
	uint32_t full = left / each < g->group[at].gpus ? left / each : g->group[at].gpus;
	uint32_t rest = left - full * each;

	if (full > 0) {
		split(g, at, full);
		put(g, at, t, each);
		return full * each;
	}
	split(g, at, 1);
	put(g, at, t, rest);
	return rest;
}

/* What a GPU has left, in both measures. */
static int64_t room_left(const struct greedy *g, const struct group *group)
{
	const struct pack_type as_type = {group->room.memory_mib, group->room.duty_milli, 1, NULL};
	struct pack_share share = pack_share_of(&g->largest, &as_type);

	return share.memory + share.duty;
}

/* The group to go on with, or -1. */
static int64_t choose_group(const struct greedy *g, uint32_t t)
{
	const struct pack_type *type = &g->problem->type[t];
	int64_t chosen = -1;

	for (size_t i = 0; i < g->n; i++) {
		if (pack_room_fits(&g->group[i].room, type, 1) == 0) {
			continue;
		}
		if (!g->best) {
			return (int64_t)i;
		}
		if (chosen < 0 || room_left(g, &g->group[i]) < room_left(g, &g->group[chosen])) {
			chosen = (int64_t)i;
		}
	}
	return chosen;
}

/* Begins GPUs of the class with most memory that the pods fit on; their group, or -1. */
static int64_t begin_group(struct greedy *g, uint32_t t, uint32_t left)
{
	const struct pack_problem *problem = g->problem;
	const struct pack_class *class = NULL;
	uint32_t each = 0, gpus, number = 0;
	struct group *group;

	for (uint32_t c = 0; c < problem->n_classes; c++) {
		struct pack_room room = pack_room_of(&problem->class[c]);
		uint32_t fits = pack_room_fits(&room, &problem->type[t], left);

		if (g->free[c] && fits &&
		    (!class || problem->class[c].memory_mib > class->memory_mib)) {
			class = &problem->class[c];
			number = c;
			each = fits;
		}
	}
	if (!class) {
		return -1;
	}
	gpus = (left + each - 1) / each;
	gpus = gpus < g->free[number] ? gpus : g->free[number];
	g->free[number] -= gpus;
	group = insert(g, g->n);
	group->class = number;
	group->gpus = gpus;
	group->room = pack_room_of(class);
	return (int64_t)g->n - 1;
}

/* The pods of the type that found no place. */
static uint32_t place_type(struct greedy *g, uint32_t t)
{
	const struct pack_type *type = &g->problem->type[t];
	uint32_t left = type->count;

	while (left > 0) {
		int64_t at = choose_group(g, t);

		at = at < 0 ? begin_group(g, t, left) : at;
		if (at < 0) {
			break;
		}
		left -= put_all(g, (size_t)at, t,
		                pack_room_fits(&g->group[at].room, type, UINT16_MAX), left);
	}
	return left;
}

/* GPUs that are in use anyway come first, and are open from the beginning. */
static void open_used(struct greedy *g)
{
	for (uint32_t c = 0; c < g->problem->n_classes; c++) {
		const struct pack_class *class = &g->problem->class[c];

		g->free[c] = class->in_use ? 0 : class->gpus;
		if (class->in_use && class->gpus) {
			struct group *group = insert(g, g->n);

			group->class = c;
			group->gpus = class->gpus;
			group->room = pack_room_of(class);
		}
	}
}

static void collect(struct greedy *g, struct pack_bins *out)
{
	const size_t types = g->problem->n_types;
	uint16_t *none = sf_xcalloc(types + 1, sizeof *none);

	for (size_t i = 0; i < g->n; i++) {
		struct group *group = &g->group[i];

		if (memcmp(group->pods, none, types * sizeof *none) != 0) {
			pack_bins_add(out, types, group->class, group->gpus, group->pods);
		}
		free(group->pods);
	}
	free(none);
}

uint32_t pack_greedy(const struct pack_problem *problem, enum pack_order order, bool best,
                     struct pack_bins *out)
{
	struct greedy g = {.problem = problem, .largest = pack_room_largest(problem), .best = best};
	struct ranked *rank = rank_types(&g, order);
	uint32_t left = 0;

	g.free = sf_xcalloc(problem->n_classes + 1, sizeof *g.free);
	open_used(&g);
	for (size_t i = 0; i < problem->n_types; i++) {
		left += place_type(&g, rank[i].number);
	}
	collect(&g, out);
	free(rank);
	free(g.group);
	free(g.free);
	return left;
}
