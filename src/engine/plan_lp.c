/* plan_lp: see plan_lp.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_lp.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>

#include <stdlib.h>
#include <string.h>

enum { CUT_DEMANDS_MAX = 40 };

static const struct plan_class *class_of(const struct plan_lp *lp, const struct plan_group *group)
{
	return &lp->model->class[group->class];
}

static void add_columns(struct plan_lp *lp, const struct plan_group *group,
                        struct plan_block *block, uint32_t m)
{
	const struct plan_model *model = lp->model;
	const struct plan_class *class = class_of(lp, group);
	const struct plan_mode *mode = &class->mode[m];

	block->mode = m;
	block->most = mode->most;
	block->used = sf_milp_col(lp->milp, 0, group->nodes, true);
	block->pods = sf_arena_array(lp->arena, model->n_demands + 1, sizeof(int));
	block->roles = sf_arena_array(lp->arena, mode->n_roles + 1, sizeof(int));
	for (size_t d = 0; d < model->n_demands; d++) {
		double most = (double)mode->most[d] * group->nodes;

		if (most > model->demand[d].wanted) {
			most = model->demand[d].wanted;
		}
		block->pods[d] = most > 0 ? sf_milp_col(lp->milp, 0, most, true) : -1;
	}
	for (size_t r = 0; r < mode->n_roles; r++) {
		block->roles[r] =
			sf_milp_col(lp->milp, 0, (double)mode->role[r].limit * group->nodes, true);
	}
}

/* A new row "sum - room * used <= 0"; the caller puts the sum's entries. */
static int per_node_row(struct plan_lp *lp, const struct plan_block *block, double room)
{
	int row = sf_milp_row(lp->milp, -SF_MILP_INF, 0);

	sf_milp_put(lp->milp, row, block->used, -room);
	return row;
}

static int64_t cpu_of(const struct plan_demand *demand)
{
	return demand->cpu_milli;
}

static int64_t memory_of(const struct plan_demand *demand)
{
	return demand->memory_mib;
}

static int64_t one_of(const struct plan_demand *demand)
{
	(void)demand;
	return 1;
}

static int64_t common_divisor(int64_t a, int64_t b)
{
	while (b) {
		int64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* sum over pods of floor(size / unit) <= floor(room / unit) per node: exact for unit 1, and a valid
 * cut for every other unit (Chvatal and Gomory), because a node holds whole pods. A row that cannot
 * bind is left out, and coefficients are kept small: simplex loses its way with 1 beside 10^7. */
static void size_row(struct plan_lp *lp, const struct plan_block *block,
                     int64_t (*size)(const struct plan_demand *), int64_t room, int64_t unit)
{
	const struct plan_model *model = lp->model;
	const uint32_t *most = block->most;
	int64_t divisor = 0, sum = 0;
	int row;

	for (size_t d = 0; d < model->n_demands; d++) {
		int64_t units = block->pods[d] < 0 ? 0 : size(&model->demand[d]) / unit;

		divisor = common_divisor(units, divisor);
		sum += units * most[d];
	}
	if (divisor == 0 || sum <= room / unit) {
		return;
	}
	row = per_node_row(lp, block, (double)(room / unit / divisor));
	for (size_t d = 0; d < model->n_demands; d++) {
		int64_t units = size(&model->demand[d]) / unit / divisor;

		if (block->pods[d] >= 0 && units > 0) {
			sf_milp_put(lp->milp, row, block->pods[d], (double)units);
		}
	}
}

static void size_rows(struct plan_lp *lp, const struct plan_block *block,
                      int64_t (*size)(const struct plan_demand *), int64_t room)
{
	const struct plan_model *model = lp->model;

	size_row(lp, block, size, room, 1);
	for (size_t d = 0; d < model->n_demands && model->n_demands <= CUT_DEMANDS_MAX; d++) {
		int64_t unit = size(&model->demand[d]);
		bool seen = unit < 2 || block->pods[d] < 0 || room % unit == 0;

		for (size_t e = 0; !seen && e < d; e++) {
			seen = block->pods[e] >= 0 && size(&model->demand[e]) == unit;
		}
		if (!seen) {
			size_row(lp, block, size, room, unit);
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

/* Most devices of the kind on one node of the class in the mode. */
static int64_t kind_room(const struct plan_class *class, const struct plan_mode *mode, size_t kind)
{
	int64_t room = 0;

	for (size_t q = 0; q < class->n_products; q++) {
		int64_t best = 0;

		for (size_t r = 0; r < mode->n_roles; r++) {
			int64_t n = 0;

			for (size_t t = 0; t < class->n_types; t++) {
				n += class->type[t].kind == kind ? mode->role[r].supply[t] : 0;
			}
			if (mode->role[r].product == q && !mode->role[r].free_of_gpu && n > best) {
				best = n;
			}
		}
		room += best * class->n_gpus[q];
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

static void add_block(struct plan_lp *lp, struct plan_group *group, uint32_t m)
{
	const struct plan_class *class = class_of(lp, group);
	const struct plan_mode *mode = &class->mode[m];
	struct plan_block *block = &group->block[group->n_blocks++];

	add_columns(lp, group, block, m);
	size_rows(lp, block, cpu_of, class->cpu_milli);
	size_rows(lp, block, memory_of, class->memory_mib);
	size_row(lp, block, one_of, class->pods_max, 1);
	most_rows(lp, mode, block);
	gpu_rows(lp, class, mode, block);
	supply_rows(lp, class, mode, block);
}

/* Which groups and modes a program has. */
struct shape {
	bool split;
	uint32_t first_mode, modes; /* at most so many from the first */
};

static void add_group(struct plan_lp *lp, uint32_t class, uint32_t nodes, const struct shape *shape)
{
	struct plan_group *group = &lp->group[lp->n_groups++];
	uint32_t end = (uint32_t)lp->model->class[class].n_modes;
	int row = sf_milp_row(lp->milp, -SF_MILP_INF, nodes);

	if (end > shape->first_mode + shape->modes) {
		end = shape->first_mode + shape->modes;
	}
	group->class = class;
	group->nodes = nodes;
	group->block = sf_arena_array(lp->arena, end + 1, sizeof *group->block);
	for (uint32_t m = shape->first_mode; m < end; m++) {
		add_block(lp, group, m);
		sf_milp_put(lp->milp, row, group->block[group->n_blocks - 1].used, 1);
	}
}

/* Adds the pods of a group to a row. */
static void count_pods(struct plan_lp *lp, const struct plan_group *group, int row, double weight)
{
	for (size_t b = 0; b < group->n_blocks; b++) {
		for (size_t d = 0; d < lp->model->n_demands; d++) {
			if (group->block[b].pods[d] >= 0) {
				sf_milp_put(lp->milp, row, group->block[b].pods[d], weight);
			}
		}
	}
}

/* Nodes of a class are alike: the earlier one holds no fewer pods. */
static void order_rows(struct plan_lp *lp)
{
	for (size_t g = 1; lp->exact && g < lp->n_groups; g++) {
		const struct plan_group *before = &lp->group[g - 1], *group = &lp->group[g];

		if (before->class == group->class) {
			int row = sf_milp_row(lp->milp, 0, SF_MILP_INF);

			count_pods(lp, before, row, 1);
			count_pods(lp, group, row, -1);
		}
	}
}

static void tier_entries(struct plan_lp *lp, const struct plan_group *group,
                         const struct plan_block *block)
{
	const struct plan_model *model = lp->model;
	const struct plan_mode *mode = &class_of(lp, group)->mode[block->mode];

	for (size_t d = 0; d < model->n_demands; d++) {
		if (block->pods[d] >= 0) {
			sf_milp_put(lp->milp, lp->tier_row[model->demand[d].level], block->pods[d],
			            1);
		}
	}
	for (size_t r = 0; r < mode->n_roles; r++) {
		if (!mode->role[r].free_of_gpu) {
			sf_milp_put(lp->milp, lp->tier_row[model->n_levels], block->roles[r], 1);
		}
	}
	if (block->mode) {
		sf_milp_put(lp->milp, lp->tier_row[model->n_levels + 1], block->used, 1);
	}
}

static void demand_rows(struct plan_lp *lp)
{
	for (size_t d = 0; d < lp->model->n_demands; d++) {
		int row = sf_milp_row(lp->milp, -SF_MILP_INF, lp->model->demand[d].wanted);

		for (size_t g = 0; g < lp->n_groups; g++) {
			for (size_t b = 0; b < lp->group[g].n_blocks; b++) {
				int col = lp->group[g].block[b].pods[d];

				if (col >= 0) {
					sf_milp_put(lp->milp, row, col, 1);
				}
			}
		}
	}
}

static struct plan_lp *begin(const struct plan_model *model, size_t groups, bool exact)
{
	struct plan_lp *lp = sf_xcalloc(1, sizeof *lp);

	lp->model = model;
	lp->exact = exact;
	lp->milp = sf_milp_create();
	lp->arena = sf_arena_create(0);
	lp->group = sf_xcalloc(groups + 1, sizeof *lp->group);
	return lp;
}

static void finish(struct plan_lp *lp)
{
	lp->tier_row = sf_xcalloc(plan_tiers(lp->model), sizeof *lp->tier_row);
	for (size_t t = 0; t < plan_tiers(lp->model); t++) {
		lp->tier_row[t] = sf_milp_row(lp->milp, -SF_MILP_INF, SF_MILP_INF);
	}
	for (size_t g = 0; g < lp->n_groups; g++) {
		for (size_t b = 0; b < lp->group[g].n_blocks; b++) {
			tier_entries(lp, &lp->group[g], &lp->group[g].block[b]);
		}
	}
	demand_rows(lp);
	order_rows(lp);
}

struct plan_lp *plan_lp_create(const struct plan_model *model, bool split, bool keep_only)
{
	struct shape shape = {.split = split, .modes = keep_only ? 1 : UINT16_MAX};
	struct plan_lp *lp = begin(model, split ? model->n_nodes : model->n_classes, split);

	for (uint32_t c = 0; c < model->n_classes; c++) {
		uint32_t nodes = (uint32_t)model->class[c].n_nodes;

		for (uint32_t i = 0; i < (split ? nodes : nodes > 0); i++) {
			add_group(lp, c, split ? 1 : nodes, &shape);
		}
	}
	finish(lp);
	return lp;
}

struct plan_lp *plan_lp_create_one(const struct plan_model *model, uint32_t class, uint32_t mode)
{
	struct shape shape = {.split = true, .first_mode = mode, .modes = 1};
	struct plan_lp *lp = begin(model, 1, true);

	add_group(lp, class, 1, &shape);
	finish(lp);
	return lp;
}

void plan_lp_destroy(struct plan_lp *lp)
{
	if (!lp) {
		return;
	}
	sf_milp_destroy(lp->milp);
	sf_arena_destroy(lp->arena);
	free(lp->group);
	free(lp->tier_row);
	free(lp);
}

size_t plan_lp_size(const struct plan_model *model, bool keep_only)
{
	size_t size = 0;

	for (size_t c = 0; c < model->n_classes; c++) {
		const struct plan_class *class = &model->class[c];

		for (size_t m = 0; m < (keep_only ? 1 : class->n_modes); m++) {
			size += class->n_nodes * (1 + model->n_demands + class->mode[m].n_roles);
		}
	}
	return size;
}

void plan_lp_fix(struct plan_lp *lp, size_t tier, int64_t value)
{
	if (tier < lp->model->n_levels) {
		sf_milp_row_bounds(lp->milp, lp->tier_row[tier], (double)value, SF_MILP_INF);
	} else {
		sf_milp_row_bounds(lp->milp, lp->tier_row[tier], -SF_MILP_INF, (double)value);
	}
}

void plan_lp_free(struct plan_lp *lp, size_t tier)
{
	sf_milp_row_bounds(lp->milp, lp->tier_row[tier], -SF_MILP_INF, SF_MILP_INF);
}
