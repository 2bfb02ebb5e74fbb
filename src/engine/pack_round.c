/*
 * pack_round: from the relaxation to whole GPUs.
 *
 * What the relaxation gives whole GPUs of is decided; what is left is a small problem of its own,
 * with the same distance to its bound, and gets patterns of its own.
 */
// SPDX-License-Identifier: Apache-2.0
#include "pack_impl.h"

#include <slicefit/alloc.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS_MAX = 200 };

/* GPUs of each pattern that are left open again when all that the relaxation decides is too much. */
static const uint32_t give_back[] = {0, 1, 2, 4, 8};

/*
 * The bound that the prices prove (Farley 1990, Lasdon 1970): where a pattern of a class without a
 * shortage is worth `factor` times what it costs, prices so much smaller are fair to all; a class
 * of which there are few may take the excess as rent instead.
 */
static double fair_bound(const struct packing *p, const double *cost, const double *most)
{
	const struct pack_problem *problem = &p->problem;
	double factor = 1, sum = 0;
	uint64_t pods = 0;

	for (size_t t = 0; t < problem->n_types; t++) {
		sum += p->price[t] * p->type[t].count;
		pods += p->type[t].count;
	}
	for (size_t c = 0; c < problem->n_classes; c++) {
		if (cost[c] > 0 && p->class[c].gpus >= pods) {
			factor = fmax(factor, most[c] / cost[c]);
		}
	}
	sum /= factor;
	for (size_t c = 0; c < problem->n_classes; c++) {
		double excess = fmax(0, most[c] / factor - cost[c]);

		sum -= p->class[c].gpus * (p->rent[c] + excess);
	}
	return sum;
}

/* Generates patterns, if it may, until none helps; sets the bound and x. */
static void generate(struct packing *p, struct pack_pricer *pricer)
{
	const size_t classes = p->problem.n_classes;
	double *cost = sf_xcalloc(2 * classes + 1, sizeof *cost);
	double *most = cost + classes, value;

	for (int i = 0; i < ROUNDS_MAX && pack_master_relax(p, &value); i++) {
		const size_t before = p->pool.n;

		for (size_t c = 0; c < classes; c++) {
			cost[c] = (p->class[c].in_use ? 0 : 1) + p->rent[c];
		}
		if (p->limits->seeds_only) {
			p->bound = value;
			break;
		}
		pack_price(pricer, &p->problem, p->price, cost, &p->pool, most);
		p->bound = fmax(p->bound, fair_bound(p, cost, most));
		if (p->pool.n == before || ceil(p->bound - 1e-6) >= ceil(value - 1e-6)) {
			break;
		}
	}
	free(cost);
}

/* Decides on GPUs: they are no longer there, nor are their pods. */
static void decide(struct packing *p, const struct pack_bin *bin, uint32_t gpus,
                   struct pack_bins *decided)
{
	pack_bins_add(decided, p->problem.n_types, bin->class, gpus, bin->pods);
	p->class[bin->class].gpus -= gpus;
	for (size_t t = 0; t < p->problem.n_types; t++) {
		uint32_t pods = gpus * bin->pods[t];

		p->type[t].count -= pods < p->type[t].count ? pods : p->type[t].count;
	}
}

/* Decides on the whole GPUs of x but `back` of each pattern. With `one`, if that is none, on one GPU
 * of the pattern that is nearest to it. False when nothing was decided. */
static bool decide_whole(const struct packing *from, uint32_t back, bool one, struct packing *p,
                         struct pack_bins *decided)
{
	const struct pack_bin *nearest = NULL;
	double part = 1e-6;
	bool any = false;

	for (size_t i = 0; i < from->n_x; i++) {
		uint32_t whole = (uint32_t)floor(from->x[i] + 1e-6);

		if (whole > back) {
			decide(p, &from->pool.bin[i], whole - back, decided);
			any = true;
		} else if (from->x[i] > part + 1e-9) {
			nearest = &from->pool.bin[i];
			part = from->x[i];
		}
	}
	if (one && !any && nearest) {
		decide(p, nearest, 1, decided);
		any = true;
	}
	return any;
}

/* Adds the bins, `with` their GPUs or as mere patterns. */
static void add_all(struct pack_bins *to, size_t types, const struct pack_bins *from, bool with)
{
	for (size_t i = 0; i < from->n; i++) {
		pack_bins_add(to, types, from->bin[i].class, with ? from->bin[i].gpus : 0,
		              from->bin[i].pods);
	}
}

/* Rounds the relaxation step by step, each time with new patterns for what is left. */
static void dive(struct packing *p, struct pack_pricer *pricer)
{
	struct pack_bins decided = {0};
	struct packing now;
	bool more;

	pack_begin(&now, &p->problem, p->limits);
	more = decide_whole(p, 0, true, &now, &decided);
	pack_inherit(&now, &p->pool);
	while (more) {
		struct packing next;

		generate(&now, pricer);
		pack_begin(&next, &now.problem, now.limits);
		more = !now.time_limited && decide_whole(&now, 0, true, &next, &decided);
		pack_inherit(&next, &now.pool);
		p->time_limited |= now.time_limited;
		pack_finish(&now);
		now = next;
	}
	pack_finish(&now);
	pack_offer(p, &decided);
}

/* Branch and bound over the patterns known. */
static void branch(struct packing *p)
{
	struct pack_bins bins = {0};

	add_all(&p->pool, p->problem.n_types, &p->best, false);
	if (!pack_master_solve(p)) {
		return;
	}
	for (size_t i = 0; i < p->n_x; i++) {
		uint32_t gpus = (uint32_t)lround(p->x[i]);

		if (gpus) {
			pack_bins_add(&bins, p->problem.n_types, p->pool.bin[i].class, gpus,
			              p->pool.bin[i].pods);
		}
	}
	pack_offer(p, &bins);
}

/* Solves what is left when all whole GPUs of x but `back` of each pattern are decided on. False when
 * these were none. */
static bool solve_rest(struct packing *p, struct pack_pricer *pricer, uint32_t back)
{
	struct pack_bins decided = {0};
	struct packing rest;

	pack_begin(&rest, &p->problem, p->limits);
	if (!decide_whole(p, back, false, &rest, &decided)) {
		pack_finish(&rest);
		return false;
	}
	pack_begin_pool(&rest);
	pack_inherit(&rest, &p->pool);
	generate(&rest, pricer);
	if (!pack_is_proven(&rest)) {
		dive(&rest, pricer);
	}
	if (!pack_is_proven(&rest)) {
		branch(&rest);
	}
	p->time_limited |= rest.time_limited;
	add_all(&decided, p->problem.n_types, &rest.best, true);
	pack_finish(&rest);
	pack_offer(p, &decided);
	return true;
}

static void keep_basis(struct packing *p)
{
	for (int used = 1; used >= 0; used--) {
		for (size_t i = 0; i < p->n_x && p->basis.n < PACK_BASIS_MAX; i++) {
			if ((p->x[i] > 1e-9) == used) {
				pack_bins_add(&p->basis, p->problem.n_types, p->pool.bin[i].class,
				              0, p->pool.bin[i].pods);
			}
		}
	}
}

void pack_improve(struct packing *p, struct pack_pricer *pricer)
{
	const size_t tries = sizeof give_back / sizeof give_back[0];
	bool more = true;

	generate(p, pricer);
	keep_basis(p);
	if (!pack_is_proven(p)) {
		dive(p, pricer);
	}
	for (size_t i = 0; more && i < tries && !pack_is_proven(p); i++) {
		more = solve_rest(p, pricer, give_back[i]);
	}
	if (!pack_is_proven(p)) {
		branch(p);
	}
}
