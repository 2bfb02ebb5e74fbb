/* plan_lp: see plan_lp.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_lp.h"

#include "plan_tier.h"

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

static void add_block(struct plan_lp *lp, struct plan_group *group, uint32_t m)
{
	const struct plan_class *class = class_of(lp, group);
	const struct plan_mode *mode = &class->mode[m];
	struct plan_block *block = &group->block[group->n_blocks++];

	add_columns(lp, group, block, m);
	running_rows(lp, mode, block);
	if (mode->full) {
		return;
	}
	size_rows(lp, block, cpu_of, class->cpu_milli);
	size_rows(lp, block, memory_of, class->memory_mib);
	size_row(lp, block, one_of, class->pods_max, 1);
	most_rows(lp, mode, block);
	gpu_rows(lp, class, mode, block);
	supply_rows(lp, class, mode, block);
}

/* A node is in one mode or empty; one with running pods that is not kept is drained. */
static void add_node_rows(struct plan_lp *lp, struct plan_group *group)
{
	const struct plan_mode *now = &class_of(lp, group)->mode[group->signature];
	int row = sf_milp_row(lp->milp, -SF_MILP_INF, 1);

	for (size_t b = 0; b < group->n_blocks; b++) {
		sf_milp_put(lp->milp, row, group->block[b].used, 1);
	}
	group->drained = -1;
	if (now->run) {
		int either = sf_milp_row(lp->milp, 1, 1);

		group->drained = sf_milp_col(lp->milp, 0, group->n_blocks > 1, true);
		sf_milp_put(lp->milp, either, group->block[0].used, 1);
		sf_milp_put(lp->milp, either, group->drained, 1);
	}
}

static void add_group(struct plan_lp *lp, uint32_t class, uint32_t signature, bool keep_only)
{
	struct plan_group *group = &lp->group[lp->n_groups++];
	const struct plan_class *of = &lp->model->class[class];
	uint32_t end = (uint32_t)(keep_only ? of->n_keep : of->n_modes);

	group->class = class;
	group->signature = signature;
	group->block =
		sf_arena_array(lp->arena, of->n_modes - of->n_keep + 1, sizeof *group->block);
	add_block(lp, group, signature);
	for (uint32_t m = (uint32_t)of->n_keep; m < end; m++) {
		add_block(lp, group, m);
	}
	add_node_rows(lp, group);
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

/* Nodes of a signature are alike: the earlier one holds no fewer pods. */
static void order_rows(struct plan_lp *lp)
{
	for (size_t g = 1; g < lp->n_groups; g++) {
		const struct plan_group *before = &lp->group[g - 1], *group = &lp->group[g];

		if (before->class == group->class && before->signature == group->signature) {
			int row = sf_milp_row(lp->milp, 0, SF_MILP_INF);

			count_pods(lp, before, row, 1);
			count_pods(lp, group, row, -1);
		}
	}
}

static void drain_rows(struct plan_lp *lp)
{
	for (uint32_t c = 0; c < lp->model->n_classes; c++) {
		uint32_t most = lp->model->class[c].max_drained;
		int row = most < lp->model->class[c].n_nodes
		                  ? sf_milp_row(lp->milp, -SF_MILP_INF, most)
		                  : -1;

		for (size_t g = 0; row >= 0 && g < lp->n_groups; g++) {
			if (lp->group[g].class == c && lp->group[g].drained >= 0) {
				sf_milp_put(lp->milp, row, lp->group[g].drained, 1);
			}
		}
	}
}

static void put_entry(struct plan_lp *lp, size_t tier, int col, int64_t value)
{
	if (value && col >= 0) {
		sf_milp_put(lp->milp, lp->tier_row[tier], col, (double)value);
	}
}

static void tier_entries(struct plan_lp *lp, size_t tier, const struct plan_group *group,
                         const struct plan_block *block)
{
	const struct plan_model *model = lp->model;
	const struct plan_mode *mode = &class_of(lp, group)->mode[block->mode];

	for (size_t d = 0; d < model->n_demands; d++) {
		put_entry(lp, tier, block->pods[d], plan_tier_of_pod(model, tier, d));
	}
	for (size_t r = 0; r < mode->n_roles; r++) {
		if (!mode->role[r].free_of_gpu) {
			put_entry(lp, tier, block->roles[r], plan_tier_of_gpu(model, tier, mode));
		}
	}
	put_entry(lp, tier, block->used, plan_tier_of_node(model, tier, mode));
}

static void tier_rows(struct plan_lp *lp)
{
	for (size_t t = 0; t < lp->model->n_tiers; t++) {
		lp->tier_row[t] = sf_milp_row(lp->milp, -SF_MILP_INF, SF_MILP_INF);
		for (size_t g = 0; g < lp->n_groups; g++) {
			const struct plan_group *group = &lp->group[g];
			const struct plan_mode *now = &class_of(lp, group)->mode[group->signature];

			for (size_t b = 0; b < group->n_blocks; b++) {
				tier_entries(lp, t, group, &group->block[b]);
			}
			put_entry(lp, t, group->drained, plan_tier_of_drain(lp->model, t, now));
		}
	}
}

static void demand_rows(struct plan_lp *lp)
{
	int *row = sf_xcalloc(lp->model->n_workloads + 1, sizeof *row);

	for (size_t w = 0; w < lp->model->n_workloads; w++) {
		row[w] = sf_milp_row(lp->milp, -SF_MILP_INF, lp->model->wanted[w]);
	}
	for (size_t g = 0; g < lp->n_groups; g++) {
		for (size_t b = 0; b < lp->group[g].n_blocks; b++) {
			for (size_t d = 0; d < lp->model->n_demands; d++) {
				int col = lp->group[g].block[b].pods[d];

				if (col >= 0) {
					sf_milp_put(lp->milp, row[lp->model->demand[d].of], col, 1);
				}
			}
		}
	}
	free(row);
}

static struct plan_lp *begin(const struct plan_model *model, size_t groups)
{
	struct plan_lp *lp = sf_xcalloc(1, sizeof *lp);

	lp->model = model;
	lp->milp = sf_milp_create();
	lp->arena = sf_arena_create(0);
	lp->group = sf_xcalloc(groups + 1, sizeof *lp->group);
	lp->tier_row = sf_xcalloc(model->n_tiers, sizeof *lp->tier_row);
	return lp;
}

struct plan_lp *plan_lp_create(const struct plan_model *model, bool keep_only)
{
	struct plan_lp *lp = begin(model, model->n_nodes);

	for (uint32_t c = 0; c < model->n_classes; c++) {
		for (uint32_t s = 0; s < model->class[c].n_keep; s++) {
			for (uint32_t i = 0; i < model->class[c].mode[s].n_nodes; i++) {
				add_group(lp, c, s, keep_only);
			}
		}
	}
	tier_rows(lp);
	demand_rows(lp);
	order_rows(lp);
	drain_rows(lp);
	return lp;
}

struct plan_lp *plan_lp_create_one(const struct plan_model *model, uint32_t class, uint32_t mode)
{
	struct plan_lp *lp = begin(model, 1);
	struct plan_group *group = &lp->group[lp->n_groups++];

	group->class = class;
	group->drained = -1;
	group->block = sf_arena_array(lp->arena, 1, sizeof *group->block);
	add_block(lp, group, mode);
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
		size_t end = keep_only ? class->n_keep : class->n_modes;

		for (size_t m = 0; m < end; m++) {
			size += class->mode[m].n_nodes *
			        (1 + model->n_demands + class->mode[m].n_roles);
		}
	}
	return size;
}

void plan_lp_fix(struct plan_lp *lp, size_t tier, int64_t value)
{
	if (plan_tier_is_max(lp->model, tier)) {
		sf_milp_row_bounds(lp->milp, lp->tier_row[tier], (double)value, SF_MILP_INF);
	} else {
		sf_milp_row_bounds(lp->milp, lp->tier_row[tier], -SF_MILP_INF, (double)value);
	}
}
