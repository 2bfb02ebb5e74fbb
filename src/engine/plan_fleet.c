/* plan_fleet: see plan_fleet.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_fleet.h"

#include "plan_tier.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>

#include <stdlib.h>
#include <string.h>

/* All that a workload has, running pods on full nodes included, is at most what is wanted. */
static void demand_rows(struct plan_fleet *fleet)
{
	const struct plan_model *model = fleet->model;

	for (size_t w = 0; w < model->n_workloads; w++) {
		int row = sf_milp_row(fleet->milp, -SF_MILP_INF, 0);
		double room = model->wanted[w];

		for (size_t c = 0; c < model->n_classes; c++) {
			for (size_t d = 0; d < model->n_demands; d++) {
				if (model->demand[d].of == w && fleet->class[c].pods[d] >= 0) {
					sf_milp_put(fleet->milp, row, fleet->class[c].pods[d], 1);
				}
			}
			for (size_t s = 0; s < model->class[c].n_keep; s++) {
				const struct plan_mode *mode = &model->class[c].mode[s];
				double run = mode->full ? plan_running(mode, w) : 0;

				if (run > 0) {
					room -= run * mode->n_nodes;
					sf_milp_put(fleet->milp, row, fleet->class[c].drained[s],
					            -run);
				}
			}
		}
		sf_milp_row_bounds(fleet->milp, row, -SF_MILP_INF, room);
	}
}

static void put(struct plan_fleet *fleet, size_t tier, int col, int64_t value)
{
	if (value && col >= 0) {
		sf_milp_put(fleet->milp, fleet->tier_row[tier], col, (double)value);
	}
}

/* What the nodes of a signature add when they are drained, and do not add then. */
static void tier_signature(struct plan_fleet *fleet, size_t t, size_t c, size_t s)
{
	const struct plan_model *model = fleet->model;
	const struct plan_mode *mode = &model->class[c].mode[s];
	int drained = fleet->class[c].drained[s];

	put(fleet, t, drained, plan_tier_of_drain(model, t, mode));
	for (size_t d = 0; mode->full && d < model->n_demands; d++) {
		int64_t lost = plan_running(mode, d) * plan_tier_of_pod(model, t, d);

		put(fleet, t, drained, -lost);
		fleet->offset[t] += lost * mode->n_nodes;
	}
}

static void tier_class(struct plan_fleet *fleet, size_t t, size_t c)
{
	const struct plan_model *model = fleet->model;
	const struct plan_class *class = &model->class[c];
	const struct fleet_class *of = &fleet->class[c];

	for (size_t d = 0; d < model->n_demands; d++) {
		put(fleet, t, of->pods[d], plan_tier_of_pod(model, t, d));
	}
	for (size_t s = 0; s < class->n_keep; s++) {
		tier_signature(fleet, t, c, s);
	}
	for (size_t m = class->n_keep; !fleet->keep_only && m < class->n_modes; m++) {
		put(fleet, t, of->rebuilt[m - class->n_keep],
		    plan_tier_of_node(model, t, &class->mode[m]));
	}
	for (size_t r = 0; r < of->n_roles; r++) {
		if (!of->role[r].free_of_gpu) {
			put(fleet, t, of->role[r].col,
			    plan_tier_of_gpu(model, t, &class->mode[of->role[r].mode]));
		}
	}
}

static void balance_rows(struct plan_fleet *fleet)
{
	plan_balance_init(&fleet->balance, fleet->model, fleet->milp, fleet->tier_row);
	for (uint32_t c = 0; c < fleet->model->n_classes; c++) {
		for (size_t r = 0; r < fleet->class[c].n_roles; r++) {
			const struct fleet_role *role = &fleet->class[c].role[r];

			plan_balance_put(&fleet->balance, c, role->col, !role->free_of_gpu);
		}
	}
}

struct plan_fleet *plan_fleet_create(const struct plan_model *model, bool keep_only)
{
	struct plan_fleet *fleet = sf_xcalloc(1, sizeof *fleet);

	fleet->model = model;
	fleet->keep_only = keep_only;
	fleet->milp = sf_milp_create();
	fleet->arena = sf_arena_create(0);
	fleet->words = (model->n_demands * PLAN_WANTS_MAX + 63) / 64 + 1;
	fleet->class = sf_xcalloc(model->n_classes + 1, sizeof *fleet->class);
	fleet->tier_row = sf_xcalloc(model->n_tiers, sizeof *fleet->tier_row);
	fleet->offset = sf_xcalloc(model->n_tiers, sizeof *fleet->offset);
	for (uint32_t c = 0; c < model->n_classes; c++) {
		plan_fleet_add_class(fleet, c);
	}
	demand_rows(fleet);
	for (size_t t = 0; t < model->n_tiers; t++) {
		fleet->tier_row[t] = sf_milp_row(fleet->milp, -SF_MILP_INF, SF_MILP_INF);
		for (size_t c = 0; c < model->n_classes; c++) {
			tier_class(fleet, t, c);
		}
	}
	balance_rows(fleet);
	plan_fleet_hold(fleet, NULL);
	return fleet;
}

void plan_fleet_destroy(struct plan_fleet *fleet)
{
	if (!fleet) {
		return;
	}
	for (size_t c = 0; c < fleet->model->n_classes; c++) {
		free(fleet->class[c].type);
		free(fleet->class[c].role);
	}
	sf_milp_destroy(fleet->milp);
	sf_arena_destroy(fleet->arena);
	free(fleet->class);
	plan_balance_finish(&fleet->balance);
	free(fleet->tier_row);
	free(fleet->offset);
	free(fleet);
}

void plan_fleet_fix(struct plan_fleet *fleet, size_t tier, int64_t value)
{
	double at = (double)(value - fleet->offset[tier]);

	if (plan_tier_is_max(fleet->model, tier)) {
		sf_milp_row_bounds(fleet->milp, fleet->tier_row[tier], at, SF_MILP_INF);
	} else {
		sf_milp_row_bounds(fleet->milp, fleet->tier_row[tier], -SF_MILP_INF, at);
	}
}

void plan_fleet_free(struct plan_fleet *fleet, size_t tier)
{
	sf_milp_row_bounds(fleet->milp, fleet->tier_row[tier], -SF_MILP_INF, SF_MILP_INF);
}

int *plan_fleet_columns(const struct plan_fleet *fleet, bool others, size_t *n)
{
	const struct plan_model *model = fleet->model;
	int *out = sf_xcalloc((size_t)sf_milp_cols(fleet->milp) + 1, sizeof *out);

	*n = 0;
	for (size_t c = 0; c < model->n_classes; c++) {
		const struct plan_class *class = &model->class[c];
		const struct fleet_class *of = &fleet->class[c];

		for (size_t s = 0; !others && s < class->n_keep; s++) {
			out[(*n)++] = of->drained[s];
		}
		for (size_t m = class->n_keep; others && !fleet->keep_only && m < class->n_modes;
		     m++) {
			out[(*n)++] = of->rebuilt[m - class->n_keep];
		}
		for (size_t r = 0; others && r < of->n_roles; r++) {
			out[(*n)++] = of->role[r].col;
		}
	}
	return out;
}

/* A node with running pods in a class that cannot be rebuilt stays. */
static bool stays(const struct plan_fleet *fleet, const struct plan_class *class,
                  const struct plan_mode *mode)
{
	return mode->run && (fleet->keep_only || class->n_modes == class->n_keep);
}

void plan_fleet_drain_more(const struct plan_fleet *fleet, double *x)
{
	for (size_t c = 0; c < fleet->model->n_classes; c++) {
		const struct plan_class *class = &fleet->model->class[c];
		const struct plan_mode *best = NULL;
		int at = -1;

		for (size_t s = 0; s < class->n_keep; s++) {
			const struct plan_mode *mode = &class->mode[s];
			int col = fleet->class[c].drained[s];

			if (mode->run && !stays(fleet, class, mode) && x[col] < mode->n_nodes &&
			    (!best || mode->drain < best->drain)) {
				best = mode;
				at = col;
			}
		}
		if (at >= 0) {
			x[at]++;
		}
	}
}

void plan_fleet_hold(struct plan_fleet *fleet, const double *x)
{
	for (size_t c = 0; c < fleet->model->n_classes; c++) {
		const struct plan_class *class = &fleet->model->class[c];

		for (size_t s = 0; s < class->n_keep; s++) {
			int col = fleet->class[c].drained[s];
			double most =
				stays(fleet, class, &class->mode[s]) ? 0 : class->mode[s].n_nodes;

			bool given = x && class->mode[s].run;

			sf_milp_col_bounds(fleet->milp, col, given ? x[col] : 0,
			                   given ? x[col] : most);
		}
	}
}
