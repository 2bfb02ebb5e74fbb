/* plan_lp_block: the rows and columns of one node in one mode. See plan_lp.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_lp.h"

#include "divisor.h"
#include "plan_size.h"

#include <slicefit/arena.h>

enum { CUT_DEMANDS_MAX = 40 };

static void add_columns(struct plan_lp *lp, const struct plan_mode *mode, struct plan_block *block)
{
	const struct plan_model *model = lp->model;

	block->most = mode->most;
	block->used = sf_milp_col(lp->milp, 0, 1, true);
	block->pods = sf_arena_array(lp->arena, model->n_demands + 1, sizeof(int));
	block->roles = sf_arena_array(lp->arena, mode->n_roles + 1, sizeof(int));
	for (size_t d = 0; d < model->n_demands; d++) {
		uint32_t most = mode->most[d];

		block->pods[d] = most > 0 ? sf_milp_col(lp->milp, 0, most, true) : -1;
	}
	for (size_t r = 0; r < mode->n_roles; r++) {
		block->roles[r] = sf_milp_col(lp->milp, 0, mode->role[r].limit, true);
	}
}

/* A new row "sum - room * used <= 0"; the caller puts the sum's entries. */
static int per_node_row(struct plan_lp *lp, const struct plan_block *block, double room)
{
	int row = sf_milp_row(lp->milp, -SF_MILP_INF, 0);

	sf_milp_put(lp->milp, row, block->used, -room);
	return row;
}

/* sum over pods of floor(size / unit) <= floor(room / unit) per node: exact for unit 1, and a valid
 * cut for every other unit (Chvatal and Gomory), because a node holds whole pods. A row that cannot
 * bind is left out, and coefficients are kept small: simplex loses its way with 1 beside 10^7. */
static void size_row(struct plan_lp *lp, const struct plan_block *block, enum plan_size what,
                     int64_t room, int64_t unit)
{
	const struct plan_model *model = lp->model;
	int64_t divisor = 0, sum = 0;
	int row;

	for (size_t d = 0; d < model->n_demands; d++) {
		int64_t units = block->pods[d] < 0 ? 0 : plan_size(&model->demand[d], what) / unit;

		divisor = common_divisor(units, divisor);
		sum += units * block->most[d];
	}
	if (divisor == 0 || sum <= room / unit) {
		return;
	}
	row = per_node_row(lp, block, (double)(room / unit / divisor));
	for (size_t d = 0; d < model->n_demands; d++) {
		int64_t units = plan_size(&model->demand[d], what) / unit / divisor;

		if (block->pods[d] >= 0 && units > 0) {
			sf_milp_put(lp->milp, row, block->pods[d], (double)units);
		}
	}
}

static void size_rows(struct plan_lp *lp, const struct plan_block *block, enum plan_size what,
                      int64_t room)
{
	const struct plan_model *model = lp->model;

	size_row(lp, block, what, room, 1);
	for (size_t d = 0; d < model->n_demands && model->n_demands <= CUT_DEMANDS_MAX; d++) {
		int64_t unit = plan_size(&model->demand[d], what);
		bool seen = unit < 2 || block->pods[d] < 0 || room % unit == 0;

		for (size_t e = 0; !seen && e < d; e++) {
			seen = block->pods[e] >= 0 && plan_size(&model->demand[e], what) == unit;
		}
		if (!seen) {
			size_row(lp, block, what, room, unit);
		}
	}
}

static void most_rows(struct plan_lp *lp, const struct plan_mode *mode,
                      const struct plan_block *block)
{
	for (size_t d = 0; d < lp->model->n_demands; d++) {
		if (block->pods[d] >= 0) {
			int row = per_node_row(lp, block, mode->most[d]);

			sf_milp_put(lp->milp, row, block->pods[d], 1);
		}
	}
}

/* GPUs per product: all roles, MIG roles and other roles; and each role's own limit. */
static void gpu_rows(struct plan_lp *lp, const struct plan_class *class,
                     const struct plan_mode *mode, const struct plan_block *block)
{
	for (size_t q = 0; q < class->n_products; q++) {
		int all = per_node_row(lp, block, class->n_gpus[q]);
		int mig = per_node_row(lp, block, mode->mig_cap[q]);
		int plain = per_node_row(lp, block, mode->plain_cap[q]);

		for (size_t r = 0; r < mode->n_roles; r++) {
			const struct plan_role *role = &mode->role[r];

			if (role->product == q && !role->free_of_gpu) {
				sf_milp_put(lp->milp, all, block->roles[r], 1);
				sf_milp_put(lp->milp, role->mig ? mig : plain, block->roles[r], 1);
			}
		}
	}
	for (size_t r = 0; r < mode->n_roles; r++) {
		const struct plan_role *role = &mode->role[r];

		if (role->free_of_gpu || role->limit < class->n_gpus[role->product]) {
			int row = per_node_row(lp, block, role->limit);

			sf_milp_put(lp->milp, row, block->roles[r], 1);
		}
	}
}

/* What a demand wants of a kind of devices in the mode. */
static const struct plan_want *want_of(const struct plan_mode *mode,
                                       const struct plan_demand *demand, size_t kind)
{
	for (uint8_t w = 0; w < demand->n_wants; w++) {
		if (mode->stands_for[demand->want[w].kind] == kind) {
			return &demand->want[w];
		}
	}
	return NULL;
}

/* Devices of a kind with at least `memory`: wanted by those who need that much or more <=
 * supplied. With one such row per distinct wish this is exact (Hall's condition, the wishes being
 * nested). */
static void supply_row(struct plan_lp *lp, const struct plan_class *class,
                       const struct plan_mode *mode, const struct plan_block *block, size_t kind,
                       int32_t memory)
{
	int row = sf_milp_row(lp->milp, -SF_MILP_INF, 0);

	for (size_t d = 0; d < lp->model->n_demands; d++) {
		const struct plan_demand *demand = &lp->model->demand[d];
		const struct plan_want *want = want_of(mode, demand, kind);

		if (want && block->pods[d] >= 0 && demand->gpu_memory_mib >= memory) {
			sf_milp_put(lp->milp, row, block->pods[d], want->count);
		}
	}
	for (size_t r = 0; r < mode->n_roles; r++) {
		for (size_t t = 0; t < class->n_types; t++) {
			if (mode->role[r].supply[t] && class->type[t].kind == kind &&
			    class->type[t].memory_mib >= memory) {
				sf_milp_put(lp->milp, row, block->roles[r],
				            -(double)mode->role[r].supply[t]);
			}
		}
	}
}

/* Devices of the kind on one GPU that plays the role. */
static int64_t kind_supply(const struct plan_class *class, const struct plan_role *role,
                           size_t kind)
{
	int64_t n = 0;

	for (size_t t = 0; t < class->n_types; t++) {
		n += class->type[t].kind == kind ? role->supply[t] : 0;
	}
	return n;
}

/* Most devices of the kind on one node of the class in the mode. */
static int64_t kind_room(const struct plan_class *class, const struct plan_mode *mode, size_t kind)
{
	int64_t best[PLAN_PRODUCTS_MAX] = {0}, room = 0;

	for (size_t r = 0; r < mode->n_roles; r++) {
		const struct plan_role *role = &mode->role[r];
		int64_t n = role->free_of_gpu ? 0 : kind_supply(class, role, kind);

		best[role->product] = n > best[role->product] ? n : best[role->product];
	}
	for (size_t q = 0; q < class->n_products; q++) {
		room += best[q] * class->n_gpus[q];
	}
	return room;
}

/* Pods that want several devices of a kind on one node: the same cuts as for CPU. */
static void device_cuts(struct plan_lp *lp, const struct plan_class *class,
                        const struct plan_mode *mode, const struct plan_block *block, size_t kind)
{
	int64_t room = kind_room(class, mode, kind), most = 0;

	for (size_t d = 0; d < lp->model->n_demands; d++) {
		const struct plan_want *want = want_of(mode, &lp->model->demand[d], kind);

		if (want && block->pods[d] >= 0 && want->count > most) {
			most = want->count;
		}
	}
	for (int64_t unit = 2; unit <= most && unit <= room && unit <= SF_GPUS_MAX; unit++) {
		int row = per_node_row(lp, block, (double)(room / unit));

		for (size_t d = 0; d < lp->model->n_demands; d++) {
			const struct plan_want *want = want_of(mode, &lp->model->demand[d], kind);

			if (want && block->pods[d] >= 0) {
				sf_milp_put(lp->milp, row, block->pods[d],
				            (double)(want->count / unit));
			}
		}
	}
}

static void supply_rows(struct plan_lp *lp, const struct plan_class *class,
                        const struct plan_mode *mode, const struct plan_block *block)
{
	const struct plan_model *model = lp->model;

	for (size_t kind = 0; kind < model->n_kinds; kind++) {
		for (size_t d = 0; d < model->n_demands; d++) {
			int32_t memory = model->demand[d].gpu_memory_mib;
			bool seen = block->pods[d] < 0 || !want_of(mode, &model->demand[d], kind);

			for (size_t e = 0; !seen && e < d; e++) {
				seen = block->pods[e] >= 0 &&
				       want_of(mode, &model->demand[e], kind) &&
				       model->demand[e].gpu_memory_mib == memory;
			}
			if (!seen) {
				supply_row(lp, class, mode, block, kind, memory);
			}
		}
		if (!class->pool->node.by_counts) {
			device_cuts(lp, class, mode, block, kind);
		}
	}
}

/* Running pods are on the node as long as it is kept; a full one takes no others. */
static void running_rows(struct plan_lp *lp, const struct plan_mode *mode,
                         const struct plan_block *block)
{
	for (size_t d = 0; d < lp->model->n_demands; d++) {
		uint32_t run = plan_running(mode, d);

		if (run && block->pods[d] >= 0) {
			int row = sf_milp_row(lp->milp, 0, mode->full ? 0 : SF_MILP_INF);

			sf_milp_put(lp->milp, row, block->pods[d], 1);
			sf_milp_put(lp->milp, row, block->used, -(double)run);
		}
	}
}

void plan_lp_add_block(struct plan_lp *lp, const struct plan_class *class, uint32_t m,
                       struct plan_block *block)
{
	const struct plan_mode *mode = &class->mode[m];

	block->mode = m;
	add_columns(lp, mode, block);
	running_rows(lp, mode, block);
	if (mode->full) {
		return;
	}
	for (enum plan_size what = 0; what < PLAN_SIZES; what++) {
		size_rows(lp, block, what, plan_room(class, what));
	}
	most_rows(lp, mode, block);
	gpu_rows(lp, class, mode, block);
	supply_rows(lp, class, mode, block);
}
