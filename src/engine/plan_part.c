/* plan_part: see plan_part.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_part.h"

#include "plan_balance.h"
#include "plan_tier.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/rng.h>

#include <stdlib.h>
#include <string.h>

enum {
	NODES_MAX = 4,        /* of one part, */
	COLUMNS_MAX = 400,    /* and of its program; fewer nodes where that has more */
	IDLE_MAX = 100,       /* so many parts in a row gained nothing: enough */
	PART_WORK = 10000,    /* branch-and-bound nodes times columns, for one tier of one part, */
	PARTS_WORK = 1000000, /* and for all of them */
};

/* In no pattern. */
#define NOBODY UINT32_MAX

/* A node, as far as a plan tells nodes apart. */
struct unit {
	uint32_t class;
	uint32_t pattern; /* NOBODY: it is in none, and rebuilt or empty */
};

struct parts {
	struct plan_solver *s;
	const struct plan_model *model;
	struct sf_rng rng;
	uint64_t work;
	size_t n_units;
	struct unit *unit; /* of the best plan */
	uint32_t *served;  /* by it, per workload */
	bool *settled;     /* per tier: nothing more is looked for */
	size_t vital;      /* so many tiers are about pods served and nodes drained */

	/* One part: a model of its nodes, of the pods that they serve and of those that nobody does. */
	struct sf_arena *arena;
	struct plan_model part;
	struct plan_solution inside, outside;
};

static void add_unit(struct parts *p, uint32_t class, uint32_t pattern)
{
	p->unit[p->n_units++] = (struct unit){class, pattern};
}

static void list_units(struct parts *p)
{
	const struct plan_solution *best = &p->s->out->solution;
	uint32_t *used = sf_xcalloc(p->model->n_classes + 1, sizeof *used);

	p->n_units = 0;
	for (uint32_t i = 0; i < best->n; i++) {
		used[best->pattern[i].class] += best->pattern[i].nodes;
		for (uint32_t k = 0; k < best->pattern[i].nodes; k++) {
			add_unit(p, best->pattern[i].class, i);
		}
	}
	for (uint32_t c = 0; c < p->model->n_classes; c++) {
		for (; used[c] < p->model->class[c].n_nodes; used[c]++) {
			add_unit(p, c, NOBODY);
		}
	}
	free(used);
}

/* Moves `n` units drawn by lot to the front. */
static void draw(struct parts *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = i + sf_rng_below(&p->rng, p->n_units - i);
		struct unit unit = p->unit[i];

		p->unit[i] = p->unit[k];
		p->unit[k] = unit;
	}
}

/* The first n units are inside, the other nodes outside. */
static void divide(struct parts *p, size_t n)
{
	const struct plan_solution *best = &p->s->out->solution;

	for (size_t i = 0; i < best->n; i++) {
		struct plan_pattern pattern = best->pattern[i];
		uint32_t in = 0;

		for (size_t u = 0; u < n; u++) {
			in += p->unit[u].pattern == i;
		}
		pattern.nodes = in;
		plan_solution_add(p->model, &p->inside, &pattern);
		pattern.nodes = best->pattern[i].nodes - in;
		plan_solution_add(p->model, &p->outside, &pattern);
	}
}

/* How many nodes of each signature are among the `nodes` of the class in the part: those that the plan
 * keeps there; for the others nodes that it does not keep, drawn by lot. Returns how many nodes with pods
 * are drained elsewhere. */
static uint32_t count_nodes(struct parts *p, uint32_t c, uint32_t nodes, struct plan_mode *mode)
{
	const struct plan_class *class = &p->model->class[c];
	uint32_t *in = sf_xcalloc(class->n_modes + 1, sizeof *in);
	uint32_t *moved = sf_xcalloc(class->n_modes + 1, sizeof *moved);
	uint32_t all = 0, elsewhere = 0;

	plan_solution_nodes(class, c, &p->inside, in);
	plan_solution_nodes(class, c, &p->s->out->solution, moved);
	for (size_t m = 0; m < class->n_keep; m++) {
		mode[m].n_nodes = in[m];
		nodes -= in[m];
		moved[m] = class->mode[m].n_nodes - moved[m];
		all += moved[m];
	}
	for (; nodes > 0; nodes--, all--) {
		uint64_t at = sf_rng_below(&p->rng, all);
		size_t m = 0;

		while (at >= moved[m]) {
			at -= moved[m++];
		}
		moved[m]--;
		mode[m].n_nodes++;
	}
	for (size_t m = 0; m < class->n_keep; m++) {
		elsewhere += class->mode[m].run ? moved[m] : 0;
	}
	free(in);
	free(moved);
	return elsewhere;
}

/* What nobody wants here takes no columns, but for pods that run. */
static void narrow(const struct parts *p, struct plan_mode *mode)
{
	uint32_t *most = sf_arena_array(p->arena, p->model->n_demands + 1, sizeof *most);

	for (size_t d = 0; d < p->model->n_demands; d++) {
		bool any = p->part.demand[d].wanted > 0 || plan_running(mode, d) > 0;

		most[d] = any ? mode->most[d] : 0;
	}
	mode->most = most;
}

static void make_class(struct parts *p, uint32_t c, uint32_t nodes)
{
	const struct plan_class *from = &p->model->class[c];
	struct plan_class *to = &p->part.class[c];
	uint32_t elsewhere;

	*to = *from;
	to->n_nodes = nodes;
	if (nodes == 0) {
		to->n_modes = to->n_keep = 0;
		return;
	}
	to->mode = sf_arena_array(p->arena, from->n_modes, sizeof *to->mode);
	memcpy(to->mode, from->mode, from->n_modes * sizeof *to->mode);
	elsewhere = count_nodes(p, c, nodes, to->mode);
	if (from->max_drained < from->n_nodes) {
		to->max_drained = from->max_drained - elsewhere;
	}
	for (size_t m = 0; m < to->n_modes; m++) {
		to->mode[m].n_nodes = m < to->n_keep ? to->mode[m].n_nodes : nodes;
		narrow(p, &to->mode[m]);
	}
}

static void make_demand(struct parts *p)
{
	const struct plan_model *model = p->model;
	uint32_t *here = sf_arena_array(p->arena, model->n_workloads + 1, sizeof *here);

	p->part.wanted = sf_arena_array(p->arena, model->n_workloads + 1, sizeof *p->part.wanted);
	plan_solution_served(model, &p->inside, here);
	for (size_t w = 0; w < model->n_workloads; w++) {
		uint32_t unserved =
			model->wanted[w] > p->served[w] ? model->wanted[w] - p->served[w] : 0;

		p->part.wanted[w] = here[w] + unserved;
	}
	p->part.demand = sf_arena_array(p->arena, model->n_demands + 1, sizeof *p->part.demand);
	memcpy(p->part.demand, model->demand, model->n_demands * sizeof *p->part.demand);
	for (size_t d = 0; d < model->n_demands; d++) {
		p->part.demand[d].wanted = p->part.wanted[model->demand[d].of];
	}
}

/* The model of the first n units. */
static void make_part(struct parts *p, size_t n)
{
	uint32_t *nodes = sf_xcalloc(p->model->n_classes + 1, sizeof *nodes);

	p->arena = sf_arena_create(0);
	p->part = *p->model;
	p->part.n_nodes = n;
	divide(p, n);
	make_demand(p);
	for (size_t u = 0; u < n; u++) {
		nodes[p->unit[u].class]++;
	}
	p->part.class = sf_arena_array(p->arena, p->model->n_classes + 1, sizeof *p->part.class);
	for (uint32_t c = 0; c < p->model->n_classes; c++) {
		make_class(p, c, nodes[c]);
	}
	free(nodes);
}

static void end_part(struct parts *p)
{
	plan_solution_finish(&p->inside);
	plan_solution_finish(&p->outside);
	sf_arena_destroy(p->arena);
}

/* The plan with this solution inside. */
static void offer(struct parts *p, const struct plan_solution *inside)
{
	struct plan_solution solution = {0};

	plan_solution_copy(p->model, &solution, &p->outside);
	for (size_t i = 0; i < inside->n; i++) {
		plan_solution_add(p->model, &solution, &inside->pattern[i]);
	}
	plan_offer(p->s, &solution);
}

/* Solves the part. False when its program is too large. */
static bool solve_part(struct parts *p)
{
	const struct plan_node_limits within = {COLUMNS_MAX, PART_WORK, p->settled, p->vital};
	struct plan_outcome out;
	struct plan_solver part;
	struct plan_solution start = {0};
	bool small;

	plan_solver_begin(&part, &p->part, p->s->limits, &out);
	plan_solution_copy(&p->part, &start, &p->inside);
	plan_offer(&part, &start);
	small = plan_by_node(&part, &within);
	p->work += part.work;
	p->s->out->timed |= out.timed;
	if (part.taken > 1) {
		offer(p, &out.solution);
	}
	plan_solver_end(&part);
	plan_outcome_finish(&out);
	return small;
}

/* Draws a part and solves it; true when the plan became better. */
static bool try_part(struct parts *p)
{
	uint32_t taken = p->s->taken;
	size_t n = p->n_units < NODES_MAX ? p->n_units : NODES_MAX;
	bool done = false;

	list_units(p);
	plan_solution_served(p->model, &p->s->out->solution, p->served);
	draw(p, n);
	for (; !done && n > 0; n--) {
		make_part(p, n);
		done = solve_part(p);
		end_part(p);
	}
	return p->s->taken > taken;
}

/* Is it at its bound? Or so near, for pods that are served, that the last ones are not worth it? */
static bool is_settled(const struct plan_solver *s, size_t tier)
{
	int64_t value = s->out->value[tier], bound = s->out->bound[tier];

	return plan_tier_is_max(s->model, tier) ? (bound - value) * PLAN_GIVES_UP <= bound
	                                        : value == bound;
}

/* Says what is settled. Is there a gap in what is served or drained? What comes behind is not worth the
 * time alone. */
static bool find_gap(struct parts *p)
{
	const struct plan_solver *s = p->s;
	bool gap = false;

	for (size_t t = 0; t < s->model->n_tiers; t++) {
		p->settled[t] = is_settled(s, t);
		gap = gap || (t < p->vital && !p->settled[t]);
	}
	return gap;
}

static size_t count_vital(const struct plan_model *model)
{
	size_t n = 0;

	for (size_t t = 0; t < model->n_tiers; t++) {
		if (plan_tier_is_max(model, t) || plan_tier_has(model, t, SF_PLAN_DRAIN)) {
			n = t + 1;
		}
	}
	return n;
}

void plan_by_parts(struct plan_solver *s)
{
	const struct plan_model *model = s->model;
	struct parts p = {.s = s, .model = model, .n_units = model->n_nodes};

	if (s->limits->keep_only || plan_balance_is_asked(model->scenario)) {
		return;
	}
	sf_rng_seed(&p.rng, 1, 0);
	p.unit = sf_xcalloc(model->n_nodes + 1, sizeof *p.unit);
	p.served = sf_xcalloc(model->n_workloads + 1, sizeof *p.served);
	p.settled = sf_xcalloc(model->n_tiers + 1, sizeof *p.settled);
	p.vital = count_vital(model);
	for (int idle = 0; find_gap(&p) && idle < IDLE_MAX && p.work < PARTS_WORK; idle++) {
		idle = try_part(&p) ? -1 : idle;
	}
	free(p.unit);
	free(p.served);
	free(p.settled);
}
