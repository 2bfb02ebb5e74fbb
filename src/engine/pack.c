/* pack: see pack.h. */
// SPDX-License-Identifier: Apache-2.0
#include "pack_impl.h"

#include <slicefit/error.h>

#include <math.h>
#include <string.h>

static bool fits(const struct pack_problem *problem, const struct pack_bin *bin)
{
	struct pack_room room;

	if (bin->class >= problem->n_classes) {
		return false;
	}
	room = pack_room_of(&problem->class[bin->class]);
	for (size_t t = 0; t < problem->n_types; t++) {
		if (pack_room_fits(&room, &problem->type[t], bin->pods[t]) < bin->pods[t]) {
			return false;
		}
		pack_room_take(&room, &problem->type[t], bin->pods[t]);
	}
	return true;
}

static void begin_seeds(struct packing *p, const struct pack_bins *seed)
{
	for (size_t i = 0; seed && i < seed->n; i++) {
		if (fits(&p->problem, &seed->bin[i])) {
			pack_bins_add(&p->pool, p->problem.n_types, seed->bin[i].class, 0,
			              seed->bin[i].pods);
		}
	}
}

/* Hands the best packing over. */
static void fill_result(struct packing *p, struct pack_result *out)
{
	const double bound = ceil(p->bound - 1e-6), most_gpus = p->penalty - 1;

	out->bins = p->best;
	out->gpus = p->gpus;
	out->unpacked = p->unpacked;
	out->unpacked_bound = (uint32_t)fmax(0, ceil((bound - most_gpus) / p->penalty));
	if (out->unpacked_bound == out->unpacked) {
		out->gpus_bound = (uint32_t)fmax(0, bound - p->penalty * out->unpacked);
	}
	out->patterns = p->pool.n;
	out->time_limited = p->time_limited;
	out->basis = p->basis;
	memset(&p->best, 0, sizeof p->best);
	memset(&p->basis, 0, sizeof p->basis);
}

int pack_solve(const struct pack_problem *problem, const struct pack_bins *seed,
               const struct pack_limits *limits, struct pack_result *out, struct sf_error *err)
{
	struct pack_pricer *pricer;
	struct packing p;

	memset(out, 0, sizeof *out);
	if (problem->n_types > PACK_TYPES_MAX || problem->n_classes > PACK_CLASSES_MAX) {
		return sf_fail(err, SF_ELIMIT,
		               "packing: %zu types of pods and %zu of GPUs, at most %d and %d",
		               problem->n_types, problem->n_classes, PACK_TYPES_MAX,
		               PACK_CLASSES_MAX);
	}
	pricer = pack_pricer_create(problem);
	pack_begin(&p, problem, limits);
	pack_begin_pool(&p);
	begin_seeds(&p, seed);
	out->greedy = p.gpus;
	pack_improve(&p, pricer);
	fill_result(&p, out);
	pack_finish(&p);
	pack_pricer_destroy(pricer);
	return 0;
}

void pack_result_finish(struct pack_result *result)
{
	pack_bins_finish(&result->bins);
	pack_bins_finish(&result->basis);
}
