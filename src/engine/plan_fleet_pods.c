/* plan_fleet_pods: the fleet program's rows and columns of the pods of one class. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_fleet_part.h"

#include "plan_most.h"
#include "plan_size.h"

/* The devices for one want: of the only type there is, or split over types. */
static void add_want(struct fleet_part *b, size_t d, size_t w)
{
	struct sf_milp *milp = b->fleet->milp;
	double count = b->model->demand[d].want[w].count;
	size_t n = 0, only = 0;
	int split;

	for (size_t t = 0; t < b->to->n_types; t++) {
		if (serves(b->to->type[t].serves, want_bit(d, w))) {
			n++;
			only = t;
		}
	}
	if (n == 1) {
		sf_milp_put(milp, b->to->type[only].row, b->to->pods[d], count);
		return;
	}
	split = sf_milp_row(milp, 0, 0);
	sf_milp_put(milp, split, b->to->pods[d], -count);
	for (size_t t = 0; t < b->to->n_types; t++) {
		if (serves(b->to->type[t].serves, want_bit(d, w))) {
			int part = sf_milp_col(milp, 0, SF_MILP_INF, false);

			sf_milp_put(milp, split, part, 1);
			sf_milp_put(milp, b->to->type[t].row, part, 1);
		}
	}
}

/* Does the mode's limit say more than the devices do? */
static bool most_matters(const struct fleet_part *b, size_t d)
{
	const struct plan_demand *demand = &b->model->demand[d];

	for (size_t m = 0; m < b->class->n_modes; m++) {
		const struct plan_mode *mode = &b->class->mode[m];

		for (size_t w = 0; mode->most[d] && w < demand->n_wants; w++) {
			uint64_t devices =
				plan_most_supply(b->class, mode, demand, &demand->want[w]);

			if (mode->most[d] < demand->wanted &&
			    (uint64_t)mode->most[d] * demand->want[w].count < devices) {
				return true;
			}
		}
	}
	return demand->n_wants == 0;
}

/* Pods <= the most that the nodes could hold of them. */
static void add_most(struct fleet_part *b, size_t d)
{
	struct sf_milp *milp = b->fleet->milp;
	double kept = 0;
	int row;

	if (!most_matters(b, d)) {
		return;
	}
	row = sf_milp_row(milp, -SF_MILP_INF, SF_MILP_INF);
	sf_milp_put(milp, row, b->to->pods[d], 1);
	for (size_t m = 0; m < b->class->n_modes; m++) {
		const struct plan_mode *mode = &b->class->mode[m];
		double most = mode->full ? 0 : mode->most[d];

		if (m < b->class->n_keep) {
			kept += most * mode->n_nodes;
			sf_milp_put(milp, row, b->to->drained[m], most);
		} else if (!b->fleet->keep_only) {
			sf_milp_put(milp, row, b->to->rebuilt[m - b->class->n_keep], -most);
		}
	}
	sf_milp_row_bounds(milp, row, -SF_MILP_INF, kept);
}

/* Pods that run on kept nodes are held. */
static void add_running(struct fleet_part *b, size_t d)
{
	struct sf_milp *milp = b->fleet->milp;
	double kept = 0;
	int row = -1;

	for (size_t s = 0; s < b->class->n_keep; s++) {
		const struct plan_mode *mode = &b->class->mode[s];
		double run = mode->full ? 0 : plan_running(mode, d);

		if (run > 0) {
			row = row < 0 ? sf_milp_row(milp, 0, SF_MILP_INF) : row;
			kept += run * mode->n_nodes;
			sf_milp_put(milp, row, b->to->drained[s], run);
		}
	}
	if (row >= 0) {
		sf_milp_put(milp, row, b->to->pods[d], 1);
		sf_milp_row_bounds(milp, row, kept, SF_MILP_INF);
	}
}

static bool can_hold(const struct fleet_part *b, size_t d)
{
	size_t end = b->fleet->keep_only ? b->class->n_keep : b->class->n_modes;

	for (size_t m = 0; m < end; m++) {
		if (b->class->mode[m].most[d] && !b->class->mode[m].full) {
			return true;
		}
	}
	return false;
}

/* What all pods of the class take together; left out where it cannot bind. */
static void add_size(struct fleet_part *b, enum plan_size what)
{
	int64_t room = plan_room(b->class, what);
	double all = (double)room * b->class->n_nodes, sum = 0;
	double unit = room > 1000000 ? 1000 : 1; /* simplex loses its way with 1 beside 10^7 */
	int row;

	for (size_t d = 0; d < b->model->n_demands; d++) {
		const struct plan_demand *demand = &b->model->demand[d];

		sum += b->to->pods[d] < 0
		               ? 0
		               : (double)demand->wanted * (double)plan_size(demand, what);
	}
	if (sum <= all) {
		return;
	}
	row = sf_milp_row(b->fleet->milp, -SF_MILP_INF, all / unit);
	for (size_t d = 0; d < b->model->n_demands; d++) {
		int64_t of = plan_size(&b->model->demand[d], what);

		if (b->to->pods[d] >= 0 && of > 0) {
			sf_milp_put(b->fleet->milp, row, b->to->pods[d], (double)of / unit);
		}
	}
}

void plan_fleet_add_pods(struct fleet_part *b)
{
	for (size_t d = 0; d < b->model->n_demands; d++) {
		const struct plan_demand *demand = &b->model->demand[d];

		b->to->pods[d] = -1;
		if (!can_hold(b, d)) {
			continue;
		}
		b->to->pods[d] = sf_milp_col(b->fleet->milp, 0, demand->wanted, false);
		for (size_t w = 0; w < demand->n_wants; w++) {
			add_want(b, d, w);
		}
		add_most(b, d);
		add_running(b, d);
	}
	for (enum plan_size what = 0; what < PLAN_SIZES; what++) {
		add_size(b, what);
	}
}
