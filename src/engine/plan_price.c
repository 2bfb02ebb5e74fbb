/* plan_price: see plan_price.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_price.h"

#include "plan_lp.h"
#include "plan_tier.h"

#include <slicefit/alloc.h>

#include <stdlib.h>
#include <string.h>

/* Nodes of the search for one pattern: any good one will do, and the bound is used as it is. */
enum { PRICE_NODES = 40 };

struct plan_pricer {
	const struct plan_solver *solver;
	struct plan_lp ***lp; /* [class][mode] */
	uint64_t work;
};

static size_t modes_of(const struct plan_solver *s, size_t class)
{
	const struct plan_class *of = &s->model->class[class];

	return s->limits->keep_only ? of->n_keep : of->n_modes;
}

struct plan_pricer *plan_pricer_create(const struct plan_solver *s)
{
	struct plan_pricer *pricer = sf_xcalloc(1, sizeof *pricer);

	pricer->solver = s;
	pricer->lp = sf_xcalloc(s->model->n_classes + 1, sizeof *pricer->lp);
	for (uint32_t c = 0; c < s->model->n_classes; c++) {
		pricer->lp[c] = sf_xcalloc(modes_of(s, c) + 1, sizeof *pricer->lp[c]);
		for (uint32_t m = 0; m < modes_of(s, c); m++) {
			pricer->lp[c][m] = plan_lp_create_one(s->model, c, m);
		}
	}
	return pricer;
}

void plan_pricer_destroy(struct plan_pricer *pricer)
{
	for (size_t c = 0; c < pricer->solver->model->n_classes; c++) {
		for (size_t m = 0; pricer->lp[c][m]; m++) {
			plan_lp_destroy(pricer->lp[c][m]);
		}
		free(pricer->lp[c]);
	}
	free(pricer->lp);
	free(pricer);
}

static double *make_costs(const struct plan_lp *lp, const struct plan_prices *prices)
{
	const struct plan_model *model = lp->model;
	const struct plan_block *block = &lp->group[0].block[0];
	uint32_t class = lp->group[0].class;
	const struct plan_mode *mode = &model->class[class].mode[block->mode];
	double *cost = sf_xcalloc((size_t)sf_milp_cols(lp->milp) + 1, sizeof *cost);
	double gpu = prices->gpu[class], node = prices->node[class][block->mode];

	for (size_t t = 0; t < model->n_tiers; t++) {
		gpu += prices->tier[t] * (double)plan_tier_of_gpu(model, t, mode);
		node += prices->tier[t] * (double)plan_tier_of_node(model, t, mode);
	}
	for (size_t d = 0; d < model->n_demands; d++) {
		if (block->pods[d] >= 0) {
			cost[block->pods[d]] = prices->pod[d];
		}
	}
	for (size_t r = 0; r < mode->n_roles; r++) {
		cost[block->roles[r]] = mode->role[r].free_of_gpu ? 0 : -gpu;
	}
	cost[block->used] = -node;
	return cost;
}

/* Returns the most that a pattern of the program is worth beyond its price. */
static double price_one(struct plan_pricer *pricer, const struct plan_lp *lp,
                        const struct plan_prices *prices, struct plan_solution *out)
{
	struct sf_milp_limits limits = plan_milp_limits(pricer->solver);
	struct sf_milp_result result;
	double *cost = make_costs(lp, prices);
	double *nothing = sf_xcalloc((size_t)sf_milp_cols(lp->milp) + 1, sizeof *nothing);
	double over;

	limits.nodes = PRICE_NODES;
	limits.integer_objective = false;
	sf_milp_costs(lp->milp, true, cost);
	sf_milp_solve(lp->milp, &limits, nothing, &result);
	free(cost);
	free(nothing);
	pricer->solver->out->timed |= result.time_limited;
	pricer->work += (uint64_t)sf_milp_cols(lp->milp) * (result.nodes + 1);
	over = result.bound > 0 ? result.bound : 0;
	if (result.value > 1e-6) {
		plan_lp_patterns(lp, result.x, out);
	}
	sf_milp_result_finish(&result);
	return over;
}

void plan_price(struct plan_pricer *pricer, const struct plan_prices *prices, double **over,
                struct plan_solution *out)
{
	const struct plan_solver *s = pricer->solver;

	for (size_t c = 0; c < s->model->n_classes; c++) {
		for (size_t m = 0; m < modes_of(s, c); m++) {
			over[c][m] = price_one(pricer, pricer->lp[c][m], prices, out);
		}
	}
}

uint64_t plan_pricer_work(const struct plan_pricer *pricer)
{
	return pricer->work;
}
