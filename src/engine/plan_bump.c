/* plan_bump: pods of high priority push pods of lower ones from a node, as the scheduler would. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_board.h"

#include <slicefit/alloc.h>

#include <stdlib.h>
#include <string.h>

/* So many pods are worth the search; where more are without a place, something else is wrong. */
enum { BUMPS_MAX = 64 };

/* A node on which one more pod was put. */
struct bump {
	size_t lot;
	uint64_t lost; /* pods without a place, UINT64_MAX: none fits */
	uint32_t *pods;
	struct plan_node node;
};

struct search {
	struct plan_board *board;
	uint32_t *turn;
	size_t n_turns;
	struct bump best, scratch;
};

/* Fills a node of the lot anew with its pods and one of the demand, by priority. */
static void try_lot(const struct search *s, size_t l, uint32_t demand, struct bump *out)
{
	const struct plan_model *model = s->board->model;
	const struct plan_lot *lot = &s->board->lot[l];
	const struct plan_class *class = &model->class[lot->class];
	const struct plan_mode *mode = &class->mode[lot->mode];
	uint32_t level = model->demand[demand].level;

	out->lot = l;
	out->lost = 0;
	memcpy(out->pods, lot->pods, model->n_demands * sizeof *out->pods);
	if (!plan_node_init(&out->node, model, class, mode)) {
		out->lost = UINT64_MAX;
		return;
	}
	for (size_t i = 0; i < s->n_turns; i++) {
		uint32_t d = s->turn[i], wanted = lot->pods[d] + (d == demand);

		out->pods[d] = plan_running(mode, d);
		while (out->pods[d] < wanted && plan_node_add(&out->node, d)) {
			out->pods[d]++;
		}
		if (out->pods[d] < wanted && model->demand[d].level <= level) {
			out->lost = UINT64_MAX;
			return;
		}
		out->lost += wanted - out->pods[d];
	}
}

/* The lot where least is lost. */
static void find_lot(struct search *s, uint32_t demand)
{
	const struct plan_board *board = s->board;

	s->best.lost = UINT64_MAX;
	for (size_t l = 0; s->best.lost && l < board->n; l++) {
		const struct plan_lot *lot = &board->lot[l];
		const struct plan_mode *mode = &board->model->class[lot->class].mode[lot->mode];

		if (lot->nodes && !lot->closed && !mode->full && mode->most[demand]) {
			try_lot(s, l, demand, &s->scratch);
			if (s->scratch.lost < s->best.lost) {
				struct bump swap = s->best;

				s->best = s->scratch;
				s->scratch = swap;
			}
		}
	}
}

static void apply(struct search *s)
{
	const struct plan_model *model = s->board->model;
	size_t at = s->best.lot;

	if (s->board->lot[at].nodes > 1) {
		at = plan_board_split(s->board, at, 1);
	}
	for (size_t d = 0; d < model->n_demands; d++) {
		uint32_t *pods = &s->board->lot[at].pods[d];
		uint32_t *left = &s->board->left[model->demand[d].of];

		*left = *left + *pods - s->best.pods[d];
		*pods = s->best.pods[d];
	}
	s->board->lot[at].node = s->best.node;
}

/* Is there a pod of a lower priority than the demand's, that could make room? */
static bool is_lowest(const struct plan_model *model, uint32_t demand)
{
	return model->demand[demand].level + 1 == model->n_levels;
}

void plan_board_bump(struct plan_board *board)
{
	const struct plan_model *model = board->model;
	struct search s = {.board = board};
	int bumps = 0;

	s.turn = plan_board_turns(model, PLAN_LEVEL_LARGE_FIRST, &s.n_turns);
	s.best.pods = sf_xcalloc(model->n_demands + 1, sizeof *s.best.pods);
	s.scratch.pods = sf_xcalloc(model->n_demands + 1, sizeof *s.scratch.pods);
	for (size_t i = 0; i < s.n_turns && !is_lowest(model, s.turn[i]); i++) {
		uint32_t d = s.turn[i];

		s.best.lost = 0;
		while (board->left[model->demand[d].of] && s.best.lost < UINT64_MAX &&
		       bumps++ < BUMPS_MAX) {
			find_lot(&s, d);
			if (s.best.lost < UINT64_MAX) {
				apply(&s);
			}
		}
	}
	free(s.turn);
	free(s.best.pods);
	free(s.scratch.pods);
	if (bumps) {
		plan_board_fill(board, PLAN_LEVEL_LARGE_FIRST);
	}
}
