/* pack_packing: a problem while it is solved: its patterns, and the best packing so far. */
// SPDX-License-Identifier: Apache-2.0
#include "pack_impl.h"

#include <slicefit/alloc.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double penalty_of(const struct pack_problem *problem)
{
	uint64_t gpus = 0, pods = 0;

	for (size_t c = 0; c < problem->n_classes; c++) {
		gpus += problem->class[c].in_use ? 0 : problem->class[c].gpus;
	}
	for (size_t t = 0; t < problem->n_types; t++) {
		pods += problem->type[t].count;
	}
	return 1 + (double)(gpus < pods ? gpus : pods);
}

void pack_begin(struct packing *p, const struct pack_problem *problem,
                const struct pack_limits *limits)
{
	const size_t types = problem->n_types, classes = problem->n_classes;

	memset(p, 0, sizeof *p);
	p->limits = limits;
	p->type = sf_xcalloc(types + 1, sizeof *p->type);
	p->class = sf_xcalloc(classes + 1, sizeof *p->class);
	for (size_t t = 0; t < types; t++) {
		p->type[t] = problem->type[t];
	}
	for (size_t c = 0; c < classes; c++) {
		p->class[c] = problem->class[c];
	}
	p->problem = (struct pack_problem){types, p->type, classes, p->class};
	p->penalty = penalty_of(problem);
	p->price = sf_xcalloc(types + 1, sizeof *p->price);
	p->rent = sf_xcalloc(classes + 1, sizeof *p->rent);
}

void pack_finish(struct packing *p)
{
	pack_bins_finish(&p->pool);
	pack_bins_finish(&p->basis);
	pack_bins_finish(&p->best);
	free(p->type);
	free(p->class);
	free(p->price);
	free(p->rent);
	free(p->x);
}

static double value_of(const struct packing *p, uint32_t unpacked, uint32_t gpus)
{
	return p->penalty * unpacked + gpus;
}

bool pack_is_proven(const struct packing *p)
{
	return p->have_best && value_of(p, p->unpacked, p->gpus) <= ceil(p->bound - 1e-6) + 0.5;
}

/* Takes what is beyond the counts out of the bins, a GPU at a time where only some must give. */
static void trim(const struct pack_problem *problem, struct pack_bins *bins)
{
	struct pack_bins out = {0};
	uint32_t *left = sf_xcalloc(problem->n_types + 1, sizeof *left);
	uint16_t *pods = sf_xcalloc(2 * problem->n_types + 1, sizeof *pods);
	uint16_t *none = pods + problem->n_types;

	for (size_t t = 0; t < problem->n_types; t++) {
		left[t] = problem->type[t].count;
	}
	for (size_t i = 0; i < bins->n; i++) {
		const struct pack_bin *bin = &bins->bin[i];
		uint32_t gpus = bin->gpus;

		while (gpus > 0) {
			uint32_t equal = gpus;

			for (size_t t = 0; t < problem->n_types; t++) {
				uint32_t n = bin->pods[t];

				n = n < left[t] ? n : left[t];
				pods[t] = (uint16_t)n;
				equal = n && left[t] / n < equal ? left[t] / n : equal;
			}
			for (size_t t = 0; t < problem->n_types; t++) {
				left[t] -= pods[t] * equal;
			}
			if (memcmp(pods, none, problem->n_types * sizeof *pods) == 0) {
				break;
			}
			pack_bins_add(&out, problem->n_types, bin->class, equal, pods);
			gpus -= equal;
		}
	}
	free(left);
	free(pods);
	pack_bins_finish(bins);
	*bins = out;
}

static uint32_t unpacked_of(const struct pack_problem *problem, const struct pack_bins *bins)
{
	uint32_t sum = 0;

	for (size_t t = 0; t < problem->n_types; t++) {
		uint32_t packed = 0;

		for (size_t i = 0; i < bins->n; i++) {
			packed += bins->bin[i].gpus * bins->bin[i].pods[t];
		}
		sum += packed < problem->type[t].count ? problem->type[t].count - packed : 0;
	}
	return sum;
}

void pack_offer(struct packing *p, struct pack_bins *bins)
{
	uint32_t unpacked, gpus;

	trim(&p->problem, bins);
	unpacked = unpacked_of(&p->problem, bins);
	gpus = pack_bins_gpus(&p->problem, bins);
	if (p->have_best && value_of(p, unpacked, gpus) >= value_of(p, p->unpacked, p->gpus)) {
		pack_bins_finish(bins);
		return;
	}
	pack_bins_finish(&p->best);
	p->best = *bins;
	p->unpacked = unpacked;
	p->gpus = gpus;
	p->have_best = true;
	memset(bins, 0, sizeof *bins);
}

void pack_inherit(struct packing *p, const struct pack_bins *from)
{
	const size_t types = p->problem.n_types;
	uint16_t *pods = sf_xcalloc(types + 1, sizeof *pods);

	for (size_t i = 0; i < from->n; i++) {
		const struct pack_bin *bin = &from->bin[i];
		struct pack_room room = pack_room_of(&p->class[bin->class]);
		bool any = false;

		for (size_t t = 0; t < types; t++) {
			uint32_t n = bin->pods[t];

			n = n < p->type[t].count ? n : p->type[t].count;
			pods[t] = (uint16_t)n;
			any |= n > 0;
			pack_room_take(&room, &p->type[t], n);
		}
		if (any && p->class[bin->class].gpus) {
			if (!p->limits->seeds_only) {
				pack_room_fill(&p->problem, &room, pods);
			}
			pack_bins_add(&p->pool, types, bin->class, 0, pods);
		}
	}
	free(pods);
}

static void begin_greedy(struct packing *p)
{
	for (int order = 0; order < 2 * PACK_ORDERS; order++) {
		struct pack_bins bins = {0};

		pack_greedy(&p->problem, (enum pack_order)(order / 2), order % 2 == 1, &bins);
		pack_inherit(p, &bins);
		pack_offer(p, &bins);
	}
}

/* As many pods of one type as fit, then what else does. */
static void begin_single(struct packing *p)
{
	const struct pack_problem *problem = &p->problem;
	uint16_t *pods = sf_xcalloc(problem->n_types + 1, sizeof *pods);

	for (uint32_t c = 0; c < problem->n_classes; c++) {
		for (size_t t = 0; t < problem->n_types; t++) {
			struct pack_room room = pack_room_of(&problem->class[c]);
			uint32_t n =
				pack_room_fits(&room, &problem->type[t], problem->type[t].count);

			if (n > 0) {
				memset(pods, 0, problem->n_types * sizeof *pods);
				pods[t] = (uint16_t)n;
				pack_room_take(&room, &problem->type[t], n);
				pack_room_fill(problem, &room, pods);
				pack_bins_add(&p->pool, problem->n_types, c, 0, pods);
			}
		}
	}
	free(pods);
}

static void begin_listed(struct packing *p)
{
	size_t left = PACK_PATTERNS_MAX;

	for (uint32_t c = 0; c < p->problem.n_classes; c++) {
		size_t before = p->pool.n;

		if (!pack_list_maximal(&p->problem, c, left, &p->pool)) {
			break;
		}
		left -= p->pool.n - before < left ? p->pool.n - before : left;
	}
}

void pack_begin_pool(struct packing *p)
{
	struct pack_bins none = {0};

	if (p->limits->seeds_only) {
		pack_offer(p, &none);
		return;
	}
	begin_greedy(p);
	begin_single(p);
	begin_listed(p);
}
