/* plan_realise: from counts to nodes: a point of the fleet program as node patterns. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_fleet.h"

#include "plan_board.h"

#include <slicefit/alloc.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One class being packed. */
struct packing {
	const struct plan_fleet *fleet;
	const struct plan_class *class;
	const struct fleet_class *of;
	uint32_t number;
	const double *x;
	const struct fleet_way *way;
	struct plan_board *board;
	uint32_t *roles; /* per role of the class: GPUs that are to play it on rebuilt nodes */
	uint32_t *free;  /* per signature: nodes that may be rebuilt */
	size_t *kept;    /* per signature: the lot of its nodes */
};

static uint32_t count_of(const struct packing *p, int col)
{
	return col < 0 || p->x[col] < 0 ? 0 : (uint32_t)(p->x[col] + 0.5);
}

/* The next nodes to rebuild: empty ones first, then the cheapest. */
static size_t next_signature(const struct packing *p)
{
	size_t best = SIZE_MAX;

	for (size_t s = 0; s < p->class->n_keep; s++) {
		const struct plan_mode *mode = &p->class->mode[s];

		if (p->free[s] && (best == SIZE_MAX || mode->drain < p->class->mode[best].drain ||
		                   (!mode->run && p->class->mode[best].run))) {
			best = s;
		}
	}
	return best;
}

/* Takes up to `count` nodes of one signature to rebuild them in a mode; their lot, or SIZE_MAX. */
static size_t take_nodes(struct packing *p, uint32_t mode, uint32_t count)
{
	size_t s = next_signature(p), lot;

	if (s == SIZE_MAX) {
		return SIZE_MAX;
	}
	lot = p->kept[s];
	count = count < p->free[s] ? count : p->free[s];
	p->free[s] -= count;
	if (count < p->board->lot[lot].nodes) {
		lot = plan_board_split(p->board, lot, count);
	}
	plan_board_rebuild(p->board, lot, mode);
	return lot;
}

/* GPUs on one node, while roles are given to them. */
struct slots {
	uint32_t all[PLAN_PRODUCTS_MAX], mig[PLAN_PRODUCTS_MAX], plain[PLAN_PRODUCTS_MAX];
};

static uint32_t share_of(uint32_t n, uint32_t among)
{
	return (n + among - 1) / among;
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Gives roles to one of `nodes` nodes of the mode: as much of one as it can, or evenly. */
static void preset_node(struct packing *p, uint32_t mode, uint32_t nodes, struct plan_node *node)
{
	const struct plan_mode *of = &p->class->mode[mode];
	struct slots slots;

	for (size_t q = 0; q < p->class->n_products; q++) {
		slots.all[q] = p->class->n_gpus[q];
		slots.mig[q] = of->mig_cap[q];
		slots.plain[q] = of->plain_cap[q];
	}
	for (int mig = 0; mig < 2; mig++) {
		for (uint16_t r = 0; r < of->n_roles; r++) {
			const struct plan_role *role = &of->role[r];
			int i = role->mig == mig ? p->of->role_of[mode][r] : -1;
			uint32_t *room = mig ? slots.mig : slots.plain, n;

			if (i < 0) {
				continue;
			}
			n = p->way->evenly ? share_of(p->roles[i], nodes) : p->roles[i];
			n = least(n, role->limit);
			n = least(n, room[role->product]);
			n = least(n, slots.all[role->product]);
			plan_node_preset(node, r, (uint16_t)n);
			p->roles[i] -= n;
			room[role->product] -= n;
			slots.all[role->product] -= n;
		}
	}
}

/* Whole GPUs and replicas go to nodes of their own first; what is cut fills the rest, one geometry
 * after the other. */
static void rebuild(struct packing *p)
{
	for (uint32_t m = (uint32_t)p->class->n_keep; !p->fleet->keep_only && m < p->class->n_modes;
	     m++) {
		uint32_t nodes = count_of(p, p->of->rebuilt[m - p->class->n_keep]);

		while (nodes) {
			size_t lot = take_nodes(p, m, 1);

			if (lot == SIZE_MAX) {
				break;
			}
			preset_node(p, m, nodes, &p->board->lot[lot].node);
			nodes--;
		}
	}
}

/* As many pods of a demand as the point says, less those that run on nodes that are kept. */
static uint32_t pods_left(const struct packing *p, uint32_t demand)
{
	uint32_t left = count_of(p, p->of->pods[demand]);

	for (size_t s = 0; s < p->class->n_keep; s++) {
		const struct plan_mode *mode = &p->class->mode[s];
		uint32_t gone = count_of(p, p->of->drained[s]) - p->free[s];
		uint32_t run = (mode->n_nodes - gone) * plan_running(mode, demand);

		left -= mode->full ? 0 : least(run, left);
	}
	return left;
}

/* Gives every node the same share of them; returns how many have no place yet. */
static uint32_t spread_pods(struct packing *p, uint32_t demand, uint32_t left)
{
	uint32_t share = share_of(left, p->class->n_nodes);
	size_t lots = p->board->n;

	for (size_t l = 0; left && l < lots; l++) {
		if (p->board->lot[l].class == p->number) {
			left -= plan_board_put(p->board, l, demand, share, left);
		}
	}
	return left;
}

/* Fills rebuilt nodes first, then nodes in use, then idle ones. */
static void fill_pods(struct packing *p, uint32_t demand, uint32_t left)
{
	for (int pass = 0; pass < 3; pass++) {
		size_t lots = p->board->n;

		for (size_t l = 0; left && l < lots; l++) {
			const struct plan_lot *lot = &p->board->lot[l];
			bool rebuilt = lot->mode >= p->class->n_keep;
			int turn = rebuilt ? 0 : lot->node.n_open ? 1 : 2;

			if (lot->class == p->number && turn == pass) {
				left -= plan_board_put(p->board, l, demand, UINT32_MAX, left);
			}
		}
	}
}

/* Packs class `number`; the lots of its signatures are those from `first` on. */
static void pack_class(struct packing p, uint32_t number, size_t first)
{
	size_t n;
	uint32_t *turn = plan_board_turns(p.fleet->model, p.way->order, &n);

	p.number = number;
	p.class = &p.fleet->model->class[number];
	p.of = &p.fleet->class[number];
	p.roles = sf_xcalloc(p.of->n_roles + 1, sizeof *p.roles);
	p.free = sf_xcalloc(p.class->n_keep + 1, sizeof *p.free);
	p.kept = sf_xcalloc(p.class->n_keep + 1, sizeof *p.kept);
	for (size_t i = 0; i < p.of->n_roles; i++) {
		p.roles[i] = p.of->role[i].kept ? 0 : count_of(&p, p.of->role[i].col);
	}
	for (size_t s = 0; s < p.class->n_keep; s++) {
		p.kept[s] = first + s;
		p.free[s] = count_of(&p, p.of->drained[s]);
	}
	rebuild(&p);
	for (size_t i = 0; i < n; i++) {
		uint32_t left = pods_left(&p, turn[i]);

		left = p.way->evenly ? spread_pods(&p, turn[i], left) : left;
		fill_pods(&p, turn[i], left);
	}
	free(turn);
	free(p.roles);
	free(p.free);
	free(p.kept);
}

void plan_fleet_realise(const struct plan_fleet *fleet, const double *x,
                        const struct fleet_way *way, struct plan_solution *out)
{
	const struct plan_model *model = fleet->model;
	struct plan_board board;
	struct packing packing = {.fleet = fleet, .x = x, .way = way, .board = &board};
	size_t first = 0;

	plan_board_init(&board, model);
	for (uint32_t c = 0; c < model->n_classes; c++) {
		pack_class(packing, c, first);
		first += model->class[c].n_keep; /* lots begin as the signatures, in order */
	}
	for (size_t l = 0; l < board.n; l++) {
		plan_node_release(&board.lot[l].node);
	}
	plan_board_fill(&board, PLAN_LEVEL_LARGE_FIRST);
	if (!fleet->keep_only) {
		plan_board_improve(&board, PLAN_LEVEL_LARGE_FIRST);
	}
	plan_board_bump(&board);
	plan_board_patterns(&board, out);
	plan_board_finish(&board);
}
