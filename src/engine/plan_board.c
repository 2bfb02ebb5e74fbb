/* plan_board: see plan_board.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_board.h"

#include "plan_tier.h"

#include <slicefit/alloc.h>

#include <stdlib.h>
#include <string.h>

static struct plan_lot *add_lot(struct plan_board *board, uint32_t class, uint32_t mode,
                                uint32_t nodes)
{
	struct plan_lot *lot;

	board->lot = sf_xgrow(board->lot, &board->cap, board->n + 1, sizeof *board->lot);
	lot = &board->lot[board->n++];
	memset(lot, 0, sizeof *lot);
	lot->class = class;
	lot->mode = mode;
	lot->nodes = nodes;
	lot->pods = sf_xcalloc(board->model->n_demands + 1, sizeof *lot->pods);
	return lot;
}

static const struct plan_mode *mode_of(const struct plan_board *board, const struct plan_lot *lot)
{
	return &board->model->class[lot->class].mode[lot->mode];
}

/* `nodes` nodes of a signature as they are today. */
static void add_kept(struct plan_board *board, uint32_t c, uint32_t s, uint32_t nodes)
{
	const struct plan_class *class = &board->model->class[c];
	const struct plan_mode *mode = &class->mode[s];
	struct plan_lot *lot = add_lot(board, c, s, nodes);

	lot->closed = !plan_node_init(&lot->node, board->model, class, mode);
	for (size_t d = 0; mode->run && d < board->model->n_demands; d++) {
		lot->pods[d] = mode->run[d];
		board->left[board->model->demand[d].of] -= nodes * mode->run[d];
	}
}

static void begin(struct plan_board *board, const struct plan_model *model)
{
	memset(board, 0, sizeof *board);
	board->model = model;
	board->left = sf_xcalloc(model->n_workloads + 1, sizeof *board->left);
	board->drained = sf_xcalloc(model->n_classes + 1, sizeof *board->drained);
	memcpy(board->left, model->wanted, model->n_workloads * sizeof *board->left);
}

void plan_board_init(struct plan_board *board, const struct plan_model *model)
{
	begin(board, model);
	for (uint32_t c = 0; c < model->n_classes; c++) {
		for (uint32_t s = 0; s < model->class[c].n_keep; s++) {
			add_kept(board, c, s, model->class[c].mode[s].n_nodes);
		}
	}
}

void plan_board_finish(struct plan_board *board)
{
	for (size_t i = 0; i < board->n; i++) {
		free(board->lot[i].pods);
		free(board->lot[i].roles);
	}
	free(board->lot);
	free(board->left);
	free(board->drained);
	memset(board, 0, sizeof *board);
}

/* The nodes of a class that are in no pattern and were not rebuilt: nothing runs on them. */
static void add_unused(struct plan_board *board, uint32_t c, const struct plan_solution *solution)
{
	const struct plan_class *class = &board->model->class[c];
	uint32_t *nodes = sf_xcalloc(class->n_modes + 1, sizeof *nodes), rebuilt = 0;

	plan_solution_nodes(class, c, solution, nodes);
	for (size_t m = class->n_keep; m < class->n_modes; m++) {
		rebuilt += nodes[m];
	}
	for (size_t s = 0; s < class->n_keep; s++) {
		nodes[s] = class->mode[s].n_nodes - nodes[s];
		board->drained[c] += class->mode[s].run ? nodes[s] : 0;
	}
	rebuilt -= board->drained[c] < rebuilt ? board->drained[c] : rebuilt;
	for (uint32_t s = 0; s < class->n_keep; s++) {
		uint32_t gone = nodes[s] < rebuilt ? nodes[s] : rebuilt;

		if (!class->mode[s].run) {
			rebuilt -= gone;
			if (nodes[s] > gone) {
				add_kept(board, c, s, nodes[s] - gone);
			}
		}
	}
	free(nodes);
}

/* Is nothing on the nodes of the pattern but what runs there today? */
static bool is_as_today(const struct plan_model *model, const struct plan_pattern *pattern)
{
	const struct plan_mode *mode = &model->class[pattern->class].mode[pattern->mode];

	return mode->run &&
	       memcmp(mode->run, pattern->pods, model->n_demands * sizeof *pattern->pods) == 0;
}

static void add_pattern(struct plan_board *board, const struct plan_pattern *pattern)
{
	const struct plan_model *model = board->model;
	size_t n_roles = model->class[pattern->class].mode[pattern->mode].n_roles;
	struct plan_lot *lot = add_lot(board, pattern->class, pattern->mode, pattern->nodes);

	lot->closed = true;
	lot->roles = sf_xcalloc(n_roles + 1, sizeof *lot->roles);
	memcpy(lot->roles, pattern->roles, n_roles * sizeof *lot->roles);
	for (size_t d = 0; d < model->n_demands; d++) {
		lot->pods[d] = pattern->pods[d];
		board->left[model->demand[d].of] -= pattern->nodes * pattern->pods[d];
	}
}

void plan_board_load(struct plan_board *board, const struct plan_model *model,
                     const struct plan_solution *solution)
{
	begin(board, model);
	for (size_t i = 0; i < solution->n; i++) {
		const struct plan_pattern *pattern = &solution->pattern[i];

		if (is_as_today(model, pattern)) {
			add_kept(board, pattern->class, pattern->mode, pattern->nodes);
		} else {
			add_pattern(board, pattern);
		}
	}
	for (uint32_t c = 0; c < model->n_classes; c++) {
		add_unused(board, c, solution);
	}
}

size_t plan_board_split(struct plan_board *board, size_t lot, uint32_t nodes)
{
	struct plan_lot *to = add_lot(board, board->lot[lot].class, board->lot[lot].mode, nodes);
	struct plan_lot *from = &board->lot[lot];

	to->closed = from->closed;
	to->node = from->node;
	memcpy(to->pods, from->pods, board->model->n_demands * sizeof *to->pods);
	from->nodes -= nodes;
	return board->n - 1;
}

void plan_board_rebuild(struct plan_board *board, size_t lot, uint32_t mode)
{
	const struct plan_model *model = board->model;
	struct plan_lot *of = &board->lot[lot];

	board->drained[of->class] += mode_of(board, of)->run ? of->nodes : 0;
	for (size_t d = 0; d < model->n_demands; d++) {
		board->left[model->demand[d].of] += of->nodes * of->pods[d];
		of->pods[d] = 0;
	}
	of->mode = mode;
	of->closed =
		!plan_node_init(&of->node, model, &model->class[of->class], mode_of(board, of));
}

/* One batch: the same number of pods on as many nodes of the lot as possible. */
static uint32_t put_batch(struct plan_board *board, size_t lot, uint32_t demand, uint32_t most,
                          uint32_t count)
{
	struct plan_node after = board->lot[lot].node;
	uint32_t each = 0, nodes;

	while (each < count && each < most && plan_node_add(&after, demand)) {
		each++;
	}
	if (!each) {
		return 0;
	}
	nodes = count / each;
	if (nodes < board->lot[lot].nodes) {
		lot = plan_board_split(board, lot, nodes);
	}
	nodes = board->lot[lot].nodes;
	board->lot[lot].node = after;
	board->lot[lot].pods[demand] += each;
	board->left[board->model->demand[demand].of] -= each * nodes;
	return each * nodes;
}

uint32_t plan_board_put(struct plan_board *board, size_t lot, uint32_t demand, uint32_t most,
                        uint32_t count)
{
	uint32_t left = board->left[board->model->demand[demand].of], done = 0;

	count = count < left ? count : left;
	while (done < count && !board->lot[lot].closed) {
		uint32_t before = board->lot[lot].nodes;
		uint32_t n = put_batch(board, lot, demand, most, count - done);

		done += n;
		if (!n || board->lot[lot].nodes == before) {
			break; /* nothing fits, or all its nodes have got theirs */
		}
	}
	return done;
}

struct turn {
	uint32_t demand, level, most;
	int64_t waste;
	enum plan_order order;
};

static int compare_turns(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;

	if (x->order != PLAN_LARGE_FIRST && x->level != y->level) {
		return x->level < y->level ? -1 : 1;
	}
	if (x->waste != y->waste) {
		return x->waste < y->waste ? -1 : 1;
	}
	if (x->most != y->most) {
		bool first =
			x->order == PLAN_LEVEL_SMALL_FIRST ? x->most > y->most : x->most < y->most;

		return first ? -1 : 1;
	}
	return x->demand < y->demand ? -1 : x->demand > y->demand;
}

/* Most pods of the demand on any node. */
static uint32_t most_anywhere(const struct plan_model *model, size_t demand)
{
	uint32_t most = 0;

	for (size_t c = 0; c < model->n_classes; c++) {
		for (size_t m = 0; m < model->class[c].n_modes; m++) {
			uint32_t here = model->class[c].mode[m].most[demand];

			most = here > most ? here : most;
		}
	}
	return most;
}

uint32_t *plan_board_turns(const struct plan_model *model, enum plan_order order, size_t *n)
{
	struct turn *turn = sf_xcalloc(model->n_demands + 1, sizeof *turn);
	uint32_t *out = sf_xcalloc(model->n_demands + 1, sizeof *out);

	*n = 0;
	for (uint32_t d = 0; d < model->n_demands; d++) {
		uint32_t most = most_anywhere(model, d);

		if (most) {
			turn[(*n)++] = (struct turn){.demand = d,
			                             .level = model->demand[d].level,
			                             .most = most,
			                             .waste = model->demand[d].waste_mib,
			                             .order = order};
		}
	}
	qsort(turn, *n, sizeof *turn, compare_turns);
	for (size_t i = 0; i < *n; i++) {
		out[i] = turn[i].demand;
	}
	free(turn);
	return out;
}

static bool in_use(const struct plan_lot *lot)
{
	return lot->node.n_open > 0;
}

void plan_board_fill(struct plan_board *board, enum plan_order order)
{
	size_t n;
	uint32_t *turn = plan_board_turns(board->model, order, &n);

	for (size_t i = 0; i < n; i++) {
		uint32_t d = turn[i], of = board->model->demand[d].of;

		for (int idle = 0; idle < 2; idle++) {
			size_t lots = board->n;

			for (size_t l = 0; board->left[of] && l < lots; l++) {
				if (in_use(&board->lot[l]) != idle) {
					plan_board_put(board, l, d, UINT32_MAX, board->left[of]);
				}
			}
		}
	}
	free(turn);
}

void plan_board_patterns(const struct plan_board *board, struct plan_solution *out)
{
	uint16_t *roles = NULL;
	size_t cap = 0;

	for (size_t i = 0; i < board->n; i++) {
		const struct plan_lot *lot = &board->lot[i];
		struct plan_pattern pattern = {
			.class = lot->class, .mode = lot->mode, .nodes = lot->nodes};
		size_t n_roles = mode_of(board, lot)->n_roles;

		roles = sf_xgrow(roles, &cap, n_roles + 1, sizeof *roles);
		if (lot->roles) {
			memcpy(roles, lot->roles, n_roles * sizeof *roles);
		} else {
			plan_node_roles(&lot->node, roles);
		}
		pattern.pods = lot->pods;
		pattern.roles = roles;
		plan_solution_add(board->model, out, &pattern);
	}
	free(roles);
}
