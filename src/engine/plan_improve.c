/* plan_improve: greedy rebuilding: the node and the layout that serve most of what is left. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_board.h"

#include "plan_tier.h"

#include <slicefit/alloc.h>

#include <stdlib.h>
#include <string.h>

/* One rebuilt node in the making. */
struct candidate {
	size_t lot;
	uint32_t mode;
	bool found;
	uint32_t *pods;
	uint16_t *roles;
	int64_t *gain; /* per tier */
	struct plan_node node;
};

struct search {
	struct plan_board *board;
	uint32_t *turn;
	size_t n_turns;
	struct candidate best, scratch;
};

static void make_candidate(const struct plan_model *model, struct candidate *c)
{
	size_t roles = 1;

	for (size_t k = 0; k < model->n_classes; k++) {
		for (size_t m = 0; m < model->class[k].n_modes; m++) {
			size_t n = model->class[k].mode[m].n_roles;

			roles = n > roles ? n : roles;
		}
	}
	memset(c, 0, sizeof *c);
	c->pods = sf_xcalloc(model->n_demands + 1, sizeof *c->pods);
	c->roles = sf_xcalloc(roles, sizeof *c->roles);
	c->gain = sf_xcalloc(model->n_tiers, sizeof *c->gain);
}

static void free_candidate(struct candidate *c)
{
	free(c->pods);
	free(c->roles);
	free(c->gain);
}

/* Pods of a lot, per tier of served pods: few and unimportant ones are displaced first. */
static bool is_cheaper(const struct plan_board *board, const struct plan_lot *a,
                       const struct plan_lot *b)
{
	const struct plan_model *model = board->model;
	const struct plan_mode *x = &model->class[a->class].mode[a->mode];
	const struct plan_mode *y = &model->class[b->class].mode[b->mode];
	uint64_t pods_a = 0, pods_b = 0;

	if (x->drain != y->drain) {
		return x->drain < y->drain;
	}
	for (size_t d = 0; d < model->n_demands; d++) {
		pods_a += a->pods[d];
		pods_b += b->pods[d];
	}
	return pods_a < pods_b;
}

/* The lot of the class whose nodes are cheapest to rebuild; SIZE_MAX: none may be. */
static size_t cheapest_lot(const struct plan_board *board, uint32_t class)
{
	const struct plan_class *of = &board->model->class[class];
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < board->n; i++) {
		const struct plan_lot *lot = &board->lot[i];
		bool keeps = lot->class == class && lot->nodes && lot->mode < of->n_keep;

		if (keeps && of->mode[lot->mode].run && board->drained[class] >= of->max_drained) {
			continue;
		}
		if (keeps && !lot->roles &&
		    (best == SIZE_MAX || is_cheaper(board, lot, &board->lot[best]))) {
			best = i;
		}
	}
	return best;
}

/* What the lot's node and the candidate add to a tier: the more the better. */
static void judge(const struct plan_model *model, const struct plan_lot *lot, struct candidate *c)
{
	const struct plan_mode *mode = &model->class[lot->class].mode[lot->mode];
	uint16_t *roles = sf_xcalloc(mode->n_roles + 1, sizeof *roles);
	struct plan_pattern before = {.class = lot->class, .mode = lot->mode, .pods = lot->pods};
	struct plan_pattern after = {
		.class = lot->class, .mode = c->mode, .pods = c->pods, .roles = c->roles};

	plan_node_roles(&lot->node, roles);
	before.roles = roles;
	for (size_t t = 0; t < model->n_tiers; t++) {
		c->gain[t] = plan_tier_of_pattern(model, t, &after) -
		             plan_tier_of_pattern(model, t, &before) +
		             plan_tier_of_drain(model, t, mode);
	}
	free(roles);
}

static bool is_gain(const struct plan_model *model, const int64_t *gain)
{
	for (size_t t = 0; t < model->n_tiers; t++) {
		if (gain[t]) {
			return (gain[t] > 0) == plan_tier_is_max(model, t);
		}
	}
	return false;
}

static uint32_t left_with(const struct plan_board *board, const struct plan_lot *lot, uint32_t of)
{
	uint32_t left = board->left[of];

	for (size_t d = 0; d < board->model->n_demands; d++) {
		left += board->model->demand[d].of == of ? lot->pods[d] : 0;
	}
	return left;
}

/* Fills an empty node with what is left and what the lot's node would lose. */
static void fill_candidate(const struct search *s, const struct plan_lot *lot, struct candidate *c)
{
	const struct plan_model *model = s->board->model;
	const struct plan_class *class = &model->class[lot->class];
	uint32_t *left = sf_xcalloc(model->n_workloads + 1, sizeof *left);

	memset(c->pods, 0, model->n_demands * sizeof *c->pods);
	plan_node_init(&c->node, model, class, &class->mode[c->mode]);
	for (uint32_t w = 0; w < model->n_workloads; w++) {
		left[w] = s->board->left[w];
	}
	for (uint32_t d = 0; d < model->n_demands; d++) {
		left[model->demand[d].of] += lot->pods[d];
	}
	for (size_t i = 0; i < s->n_turns; i++) {
		uint32_t d = s->turn[i], of = model->demand[d].of;

		while (left[of] && plan_node_add(&c->node, d)) {
			c->pods[d]++;
			left[of]--;
		}
	}
	plan_node_roles(&c->node, c->roles);
	free(left);
}

static void try_lot(struct search *s, size_t lot)
{
	const struct plan_model *model = s->board->model;
	const struct plan_lot *of = &s->board->lot[lot];
	const struct plan_class *class = &model->class[of->class];

	for (uint32_t m = (uint32_t) class->n_keep; m < class->n_modes; m++) {
		struct candidate *c = &s->scratch, swap;

		c->lot = lot;
		c->mode = m;
		fill_candidate(s, of, c);
		judge(model, of, c);
		c->found = is_gain(model, c->gain);
		if (c->found &&
		    (!s->best.found || plan_value_compare(model, c->gain, s->best.gain) < 0)) {
			swap = s->best;
			s->best = *c;
			*c = swap;
		}
	}
}

/* Rebuilds as many nodes of the best lot alike as can be. */
static void apply(struct search *s)
{
	const struct plan_model *model = s->board->model;
	const struct plan_class *class = &model->class[s->board->lot[s->best.lot].class];
	const struct plan_lot *lot = &s->board->lot[s->best.lot];
	uint32_t nodes = lot->nodes;
	size_t at = s->best.lot;

	if (class->mode[lot->mode].run) {
		uint32_t room = class->max_drained - s->board->drained[lot->class];

		nodes = nodes < room ? nodes : room;
	}
	for (uint32_t d = 0; d < model->n_demands; d++) {
		uint32_t of = model->demand[d].of, each = 0;

		for (uint32_t e = 0; e < model->n_demands; e++) {
			each += model->demand[e].of == of ? s->best.pods[e] : 0;
		}
		if (each) {
			uint32_t most = left_with(s->board, lot, of) / each;

			nodes = most < nodes ? most : nodes;
		}
	}
	if (nodes < lot->nodes) {
		at = plan_board_split(s->board, at, nodes);
	}
	plan_board_rebuild(s->board, at, s->best.mode);
	for (uint32_t d = 0; d < model->n_demands; d++) {
		s->board->lot[at].pods[d] = s->best.pods[d];
		s->board->left[model->demand[d].of] -= nodes * s->best.pods[d];
	}
	s->board->lot[at].node = s->best.node;
}

static bool is_done(const struct plan_board *board)
{
	for (size_t w = 0; w < board->model->n_workloads; w++) {
		if (board->left[w]) {
			return false;
		}
	}
	return true;
}

void plan_board_improve(struct plan_board *board, enum plan_order order)
{
	struct search s = {.board = board};

	s.turn = plan_board_turns(board->model, order, &s.n_turns);
	make_candidate(board->model, &s.best);
	make_candidate(board->model, &s.scratch);
	while (!is_done(board)) {
		s.best.found = false;
		for (uint32_t c = 0; c < board->model->n_classes; c++) {
			size_t lot = cheapest_lot(board, c);

			if (lot != SIZE_MAX) {
				try_lot(&s, lot);
			}
		}
		if (!s.best.found) {
			break;
		}
		apply(&s);
	}
	free_candidate(&s.best);
	free_candidate(&s.scratch);
	free(s.turn);
}
