/*
 * pack_price: the pattern that is worth most at given prices, exactly.
 *
 * A search in depth over the types, largest first, that leaves out what cannot become better than
 * the best so far. What a rest can become is looked up in a table over memory, duty and pods in
 * steps (sizes rounded down, and of series nothing, so that it never says too little): where the sizes
 * are multiples of the steps it is exact and the search goes straight to the best.
 */
// SPDX-License-Identifier: Apache-2.0
#include "divisor.h"
#include "pack_impl.h"

#include <slicefit/alloc.h>

#include <stdlib.h>
#include <string.h>

enum {
	CELLS_MAX = 2000000, /* of the table, all types together */
	DUTY_STEPS = 50,     /* at least, where multiples would take more */
	PODS_STEPS = 64,     /* more pods per GPU than that are not a dimension of the table */
	SEARCH_MAX = 100000, /* steps of one search */
};

/* A dimension of the table. */
struct axis {
	int32_t step; /* 0: the dimension is not there */
	size_t cells; /* 1 then */
};

struct pack_pricer {
	const struct pack_problem *problem;
	struct pack_room largest;
	uint32_t *order; /* of the types in the search */
	struct axis memory, duty, pods;
	size_t cells;  /* of one layer */
	double *table; /* n_types + 1 layers: worth of what fits, with the types from there on */
};

struct search {
	const struct pack_pricer *pricer;
	const double *price;
	double best;
	uint32_t steps;
	uint16_t *pods, *best_pods;
	bool found;
};

/* Steps such that all sizes are multiples, if that takes at most `cells`; else coarser ones. */
static struct axis make_axis(int32_t all, int32_t divisor, size_t cells)
{
	int32_t most = cells > 2 ? (int32_t)cells - 1 : 1;
	int32_t step = divisor;

	if (all <= 0 || divisor <= 0) {
		return (struct axis){0, 1};
	}
	if (all / step > most) {
		step = (all + most - 1) / most;
	}
	return (struct axis){step, (size_t)(all / step) + 1};
}

static size_t cell_on(const struct axis *axis, int32_t amount)
{
	return axis->step ? (size_t)(amount / axis->step) : 0;
}

static size_t cell_of(const struct pack_pricer *pricer, const struct pack_room *room)
{
	size_t cell = cell_on(&pricer->pods, (int32_t)room->pods);

	cell = cell * pricer->duty.cells + cell_on(&pricer->duty, room->duty_milli);
	return cell * pricer->memory.cells + cell_on(&pricer->memory, room->memory_mib);
}

/* Can a GPU run out of places for pods before it runs out of room? */
static bool is_pods_binding(const struct pack_pricer *pricer)
{
	for (size_t t = 0; t < pricer->problem->n_types; t++) {
		struct pack_room room = pricer->largest;

		room.pods = UINT16_MAX;
		if (pack_room_fits(&room, &pricer->problem->type[t], UINT16_MAX) >
		    pricer->largest.pods) {
			return true;
		}
	}
	return false;
}

static void make_axes(struct pack_pricer *pricer)
{
	const struct pack_problem *problem = pricer->problem;
	size_t cells = CELLS_MAX / (problem->n_types + 1);
	int32_t memory = 0, duty = 0;

	for (size_t t = 0; t < problem->n_types; t++) {
		memory = (int32_t)common_divisor(memory, problem->type[t].memory_mib);
		duty = (int32_t)common_divisor(duty, pack_flat_duty(&problem->type[t]));
	}
	pricer->pods = (struct axis){0, 1};
	if (pricer->largest.pods <= PODS_STEPS && is_pods_binding(pricer)) {
		pricer->pods = (struct axis){1, pricer->largest.pods + 1};
	}
	cells /= pricer->pods.cells;
	pricer->duty = make_axis(pricer->largest.duty_milli, duty, DUTY_STEPS + 1);
	pricer->memory = make_axis(pricer->largest.memory_mib, memory, cells / pricer->duty.cells);
	pricer->cells = pricer->pods.cells * pricer->duty.cells * pricer->memory.cells;
}

static void order_types(struct pack_pricer *pricer)
{
	const struct pack_problem *problem = pricer->problem;

	for (uint32_t t = 0; t < problem->n_types; t++) {
		struct pack_share share = pack_share_of(&pricer->largest, &problem->type[t]);
		uint32_t i = t;

		while (i > 0) {
			const struct pack_type *other = &problem->type[pricer->order[i - 1]];
			struct pack_share before = pack_share_of(&pricer->largest, other);

			if (before.memory + before.duty >= share.memory + share.duty) {
				break;
			}
			pricer->order[i] = pricer->order[i - 1];
			i--;
		}
		pricer->order[i] = t;
	}
}

struct pack_pricer *pack_pricer_create(const struct pack_problem *problem)
{
	struct pack_pricer *pricer = sf_xcalloc(1, sizeof *pricer);

	pricer->problem = problem;
	pricer->largest = pack_room_largest(problem);
	pricer->order = sf_xcalloc(problem->n_types + 1, sizeof *pricer->order);
	order_types(pricer);
	make_axes(pricer);
	pricer->table = sf_xcalloc((problem->n_types + 1) * pricer->cells, sizeof *pricer->table);
	return pricer;
}

void pack_pricer_destroy(struct pack_pricer *pricer)
{
	free(pricer->order);
	free(pricer->table);
	free(pricer);
}

/* Where a pod of the type takes nothing of any dimension, as many as may be are worth it. */
static void fill_weightless(const struct pack_pricer *pricer, double *layer, double worth)
{
	for (size_t i = 0; i < pricer->cells; i++) {
		layer[i] += worth;
	}
}

/* layer[i]: with one type more than `layer[i + cells]` of the table; its sizes in cells. */
static void fill_layer(const struct pack_pricer *pricer, double *layer, const size_t size[3],
                       double price)
{
	const size_t memory = pricer->memory.cells, duty = pricer->duty.cells;
	const size_t back = (size[2] * duty + size[1]) * memory + size[0];

	for (size_t p = size[2]; p < pricer->pods.cells; p++) {
		for (size_t d = size[1]; d < duty; d++) {
			double *row = layer + (p * duty + d) * memory;

			for (size_t m = size[0]; m < memory; m++) {
				double with = row[m - back] + price;

				row[m] = with > row[m] ? with : row[m];
			}
		}
	}
}

static void fill_table(struct pack_pricer *pricer, const double *price)
{
	const struct pack_problem *problem = pricer->problem;

	memset(pricer->table + problem->n_types * pricer->cells, 0,
	       pricer->cells * sizeof *pricer->table);
	for (size_t k = problem->n_types; k-- > 0;) {
		const uint32_t t = pricer->order[k];
		const struct pack_type *type = &problem->type[t];
		const size_t size[3] = {cell_on(&pricer->memory, type->memory_mib),
		                        cell_on(&pricer->duty, pack_flat_duty(type)),
		                        pricer->pods.step ? 1 : 0};
		double *layer = pricer->table + k * pricer->cells;

		memcpy(layer, layer + pricer->cells, pricer->cells * sizeof *layer);
		if (price[t] <= 0) {
			continue;
		}
		if (size[0] + size[1] + size[2] == 0) {
			uint32_t most = pack_room_fits(&pricer->largest, type, type->count);

			fill_weightless(pricer, layer, price[t] * most);
		} else {
			fill_layer(pricer, layer, size, price[t]);
		}
	}
}

/* Goes on with the types from place `k` of the order on. */
static void descend(struct search *s, size_t k, struct pack_room room, double worth)
{
	const struct pack_pricer *pricer = s->pricer;
	const struct pack_problem *problem = pricer->problem;
	const struct pack_type *type;
	uint32_t t, left;

	while (k < problem->n_types && s->price[pricer->order[k]] <= 0) {
		k++;
	}
	if (k == problem->n_types) {
		s->best = worth;
		s->found = true;
		memcpy(s->best_pods, s->pods, problem->n_types * sizeof *s->pods);
		return;
	}
	t = pricer->order[k];
	type = &problem->type[t];
	left = type->count > s->pods[t] ? type->count - s->pods[t] : 0;
	for (uint32_t n = pack_room_fits(&room, type, left) + 1; n-- > 0 && s->steps > 0;) {
		const double with = worth + n * s->price[t];
		const uint16_t before = s->pods[t];
		struct pack_room rest = room;
		double most;

		pack_room_take(&rest, type, n);
		most = with + pricer->table[(k + 1) * pricer->cells + cell_of(pricer, &rest)];
		if (most > s->best + 1e-7 * (1 + s->best)) {
			s->steps--;
			s->pods[t] = (uint16_t)(before + n);
			descend(s, k + 1, rest, with);
			s->pods[t] = before;
		}
	}
}

/* The best pattern of a class worth more than `cost`, with a pod of type `with` in it (-1: any);
 * an upper bound on the worth of the best. */
static double search_class(struct pack_pricer *pricer, uint32_t class, double cost, int with,
                           const double *price, struct pack_bins *pool)
{
	const struct pack_problem *problem = pricer->problem;
	struct pack_room room = pack_room_of(&problem->class[class]);
	struct search s = {.pricer = pricer, .price = price, .best = cost, .steps = SEARCH_MAX};
	double begun = 0, most;

	s.pods = sf_xcalloc(2 * problem->n_types + 1, sizeof *s.pods);
	s.best_pods = s.pods + problem->n_types;
	if (with >= 0) {
		pack_room_take(&room, &problem->type[with], 1);
		s.pods[with] = 1;
		begun = price[with];
	}
	most = begun + pricer->table[cell_of(pricer, &room)];
	descend(&s, 0, room, begun);
	if (s.found) {
		struct pack_room rest = pack_room_of(&problem->class[class]);

		for (size_t t = 0; t < problem->n_types; t++) {
			pack_room_take(&rest, &problem->type[t], s.best_pods[t]);
		}
		pack_room_fill(problem, &rest, s.best_pods);
		pack_bins_add(pool, problem->n_types, class, 0, s.best_pods);
	}
	free(s.pods);
	return s.steps > 0 ? s.best : most;
}

void pack_price(struct pack_pricer *pricer, const struct pack_problem *problem, const double *price,
                const double *cost, struct pack_bins *pool, double *most)
{
	pricer->problem = problem;
	fill_table(pricer, price);
	for (uint32_t c = 0; c < problem->n_classes; c++) {
		const struct pack_room room = pack_room_of(&problem->class[c]);

		most[c] = search_class(pricer, c, cost[c], -1, price, pool);
		if (most[c] <= cost[c]) {
			continue;
		}
		for (uint32_t t = 0; t < problem->n_types; t++) {
			if (price[t] > 0 && problem->type[t].count &&
			    pack_room_fits(&room, &problem->type[t], 1)) {
				search_class(pricer, c, cost[c], (int)t, price, pool);
			}
		}
	}
}
