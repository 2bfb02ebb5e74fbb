/* plan_repack: see plan_repack.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_repack_impl.h"

#include "plan_share.h"

#include <slicefit/alloc.h>

#include <stdlib.h>
#include <string.h>

/* Branch-and-bound nodes for one packing. */
enum { PACK_NODES = 2000 };

/* Does one pod of the demand take one replica of a known size here, and nothing else? */
static bool is_sized(const struct repack *r, size_t d)
{
	const struct plan_demand *demand = &r->model->demand[d];

	return demand->n_wants == 1 && demand->want[0].count == 1 &&
	       r->model->kind[demand->want[0].kind].sized && r->mode->most[d] > 0;
}

static bool is_pure(const struct repack *r, const struct plan_pattern *pattern)
{
	for (size_t d = 0; d < r->model->n_demands; d++) {
		if (pattern->pods[d] && !is_sized(r, d)) {
			return false;
		}
	}
	return pattern->class == r->c && pattern->mode == r->m;
}

/* Counts the pods on pure nodes; `more`: and those that are not served. */
static void gather(struct repack *r, bool more)
{
	const struct plan_solution *best = &r->solver->out->solution;
	uint32_t *served = sf_xcalloc(r->model->n_workloads + 1, sizeof *served);

	r->nodes = 0;
	memset(r->left, 0, r->model->n_demands * sizeof *r->left);
	for (size_t i = 0; i < best->n; i++) {
		if (is_pure(r, &best->pattern[i])) {
			r->nodes += best->pattern[i].nodes;
			for (size_t d = 0; d < r->model->n_demands; d++) {
				r->left[d] += best->pattern[i].pods[d] * best->pattern[i].nodes;
			}
		}
	}
	plan_solution_served(r->model, best, served);
	for (size_t d = 0; more && d < r->model->n_demands; d++) {
		const uint32_t w = r->model->demand[d].of;

		if (is_sized(r, d) && served[w] < r->model->wanted[w]) {
			r->left[d] += r->model->wanted[w] - served[w];
			served[w] = r->model->wanted[w];
		}
	}
	free(served);
}

static void make_problem(struct repack *r)
{
	const struct plan_model *model = r->model;
	size_t n = 0;

	for (uint16_t k = 0; k < model->n_kinds && n < PACK_TYPES_MAX; k++) {
		uint32_t pods = 0;

		for (size_t d = 0; model->kind[k].sized && d < model->n_demands; d++) {
			pods += model->demand[d].want[0].kind == k ? r->left[d] : 0;
		}
		if (pods) {
			r->kind_of[n] = k;
			r->type[n++] = (struct pack_type){model->kind[k].share_mib,
			                                  model->kind[k].share_milli, pods,
			                                  model->kind[k].series};
		}
	}
	for (size_t q = 0; q < r->class->n_products; q++) {
		r->gpu[q] = plan_share_room(model, r->mode, r->class->product[q]);
	}
	r->problem = (struct pack_problem){n, r->type, r->class->n_products, r->gpu};
}

uint32_t repack_supply(const struct repack *r, const struct plan_role *role, size_t type)
{
	uint32_t supply = 0;

	for (size_t t = 0; t < r->class->n_types; t++) {
		supply += r->class->type[t].kind == r->kind_of[type] ? role->supply[t] : 0;
	}
	return supply;
}

int repack_role(const struct repack *r, const struct pack_bin *bin)
{
	for (size_t i = 0; i < r->mode->n_roles; i++) {
		const struct plan_role *role = &r->mode->role[i];
		bool fits = role->pods > 0 && role->product == bin->class;

		for (size_t t = 0; fits && t < r->problem.n_types; t++) {
			fits = repack_supply(r, role, t) >= bin->pods[t];
		}
		if (fits) {
			return (int)i;
		}
	}
	return -1;
}

static bool same_slot(const struct repack *r, const struct repack_slot *a,
                      const struct repack_slot *b)
{
	return memcmp(a->pods, b->pods, r->model->n_demands * sizeof *a->pods) == 0 &&
	       memcmp(a->roles, b->roles, r->mode->n_roles * sizeof *a->roles) == 0;
}

/* The best solution with these nodes for the pure ones. */
static void offer(struct plan_solver *s, const struct repack *r)
{
	const struct plan_solution *best = &s->out->solution;
	struct plan_solution solution = {0};

	for (size_t i = 0; i < best->n; i++) {
		if (!is_pure(r, &best->pattern[i])) {
			plan_solution_add(r->model, &solution, &best->pattern[i]);
		}
	}
	for (uint32_t i = 0; i < r->nodes;) {
		struct plan_pattern pattern = {r->c, r->m, 1, r->slot[i].pods, r->slot[i].roles};

		while (i + pattern.nodes < r->nodes &&
		       same_slot(r, &r->slot[i], &r->slot[i + pattern.nodes])) {
			pattern.nodes++;
		}
		plan_solution_add(r->model, &solution, &pattern);
		i += pattern.nodes;
	}
	plan_offer(s, &solution);
}

/* The patterns of the mode, as far as the problem knows their kinds. */
static void list_roles(const struct repack *r, struct pack_bins *out)
{
	uint16_t *pods = sf_xcalloc(r->problem.n_types + 1, sizeof *pods);

	for (size_t i = 0; i < r->mode->n_roles; i++) {
		const struct plan_role *role = &r->mode->role[i];

		for (size_t t = 0; t < r->problem.n_types; t++) {
			pods[t] = (uint16_t)repack_supply(r, role, t);
		}
		if (role->pods > 0) {
			pack_bins_add(out, r->problem.n_types, role->product, 0, pods);
		}
	}
	free(pods);
}

static bool has_roles(const struct repack *r, const struct pack_bins *bins)
{
	for (size_t i = 0; i < bins->n; i++) {
		if (repack_role(r, &bins->bin[i]) < 0) {
			return false;
		}
	}
	return true;
}

/* How GPUs are packed, until there is a way that the mode has: by any patterns on any number of GPUs
 * (which is what the patterns of the mode were made for), on those that are there, by the patterns of
 * the mode. */
enum way { ANY_NUMBER, ANY_PATTERN, OWN_PATTERNS };

static void pack_by(struct repack *r, enum way way, struct pack_result *result)
{
	const struct pack_limits limits = {.solver = r->model->means.solver,
	                                   .nodes = PACK_NODES,
	                                   .seeds_only = way == OWN_PATTERNS,
	                                   .deadline_ns = r->model->means.deadline_ns};
	struct pack_bins roles = {0};

	for (size_t q = 0; q < r->class->n_products; q++) {
		r->gpu[q].gpus =
			way == ANY_NUMBER ? SF_SCENARIO_PODS_MAX : r->nodes * r->mode->plain_cap[q];
	}
	if (way == OWN_PATTERNS) {
		list_roles(r, &roles);
	}
	_Static_assert((int)PLAN_PRODUCTS_MAX <= (int)PACK_CLASSES_MAX, "pack_solve refuses none");
	pack_solve(&r->problem, &roles, &limits, result, NULL);
	pack_bins_finish(&roles);
}

/* Are there enough GPUs of each product? */
static bool has_gpus(const struct repack *r, const struct pack_bins *bins)
{
	uint64_t gpus[PLAN_PRODUCTS_MAX] = {0};

	for (size_t i = 0; i < bins->n; i++) {
		gpus[bins->bin[i].class] += bins->bin[i].gpus;
	}
	for (size_t q = 0; q < r->class->n_products; q++) {
		if (gpus[q] > (uint64_t)r->nodes * r->mode->plain_cap[q]) {
			return false;
		}
	}
	return true;
}

static void pack(struct repack *r, struct pack_result *result)
{
	enum way way = ANY_NUMBER;

	pack_by(r, way, result);
	while (way < OWN_PATTERNS &&
	       (!has_roles(r, &result->bins) || !has_gpus(r, &result->bins))) {
		pack_result_finish(result);
		pack_by(r, ++way, result);
	}
}

static void pack_mode(struct plan_solver *s, struct repack *r, bool more)
{
	struct pack_result result;

	gather(r, more);
	make_problem(r);
	if (!r->nodes || !r->problem.n_types) {
		return;
	}
	pack(r, &result);
	s->out->timed |= result.time_limited;
	repack_deal(r, &result.bins);
	offer(s, r);
	repack_close(r);
	pack_result_finish(&result);
}

void plan_repack(struct plan_solver *s)
{
	const struct plan_model *model = s->model;
	struct repack r = {.solver = s, .model = model};

	r.left = sf_xcalloc(model->n_demands + 1, sizeof *r.left);
	r.type = sf_xcalloc(PACK_TYPES_MAX, sizeof *r.type);
	r.kind_of = sf_xcalloc(PACK_TYPES_MAX, sizeof *r.kind_of);
	for (r.c = 0; r.c < model->n_classes; r.c++) {
		r.class = &model->class[r.c];
		for (r.m = (uint32_t)r.class->n_keep; r.m < r.class->n_modes; r.m++) {
			r.mode = &r.class->mode[r.m];
			if (r.mode->packed) {
				pack_mode(s, &r, true);
				pack_mode(s, &r, false);
			}
		}
	}
	free(r.left);
	free(r.type);
	free(r.kind_of);
}
