/* pack_list: all patterns of a class, where they are few. */
// SPDX-License-Identifier: Apache-2.0
#include "pack_impl.h"

#include <slicefit/alloc.h>

#include <stdlib.h>

struct listing {
	const struct pack_problem *problem;
	uint32_t class;
	size_t left;    /* patterns that may come */
	uint32_t steps; /* that may be taken: not every branch ends in a pattern */
	uint16_t *pods;
	struct pack_bins found;
};

enum { STEPS_PER_PATTERN = 400 };

static uint32_t may_add(const struct listing *l, size_t t, const struct pack_room *room)
{
	const struct pack_type *type = &l->problem->type[t];

	return type->count > l->pods[t] ? pack_room_fits(room, type, type->count - l->pods[t]) : 0;
}

static bool is_maximal(const struct listing *l, const struct pack_room *room)
{
	for (size_t t = 0; t < l->problem->n_types; t++) {
		if (may_add(l, t, room)) {
			return false;
		}
	}
	return true;
}

/* All ways to go on with types from `t` on; false at a limit. */
static bool list_from(struct listing *l, size_t t, struct pack_room room)
{
	uint32_t most;

	if (l->steps-- == 0) {
		return false;
	}
	if (t == l->problem->n_types) {
		if (!is_maximal(l, &room)) {
			return true;
		}
		if (l->left-- == 0) {
			return false;
		}
		pack_bins_add(&l->found, t, l->class, 0, l->pods);
		return true;
	}
	most = may_add(l, t, &room);
	for (uint32_t n = most + 1; n-- > 0;) {
		struct pack_room rest = room;
		bool more;

		pack_room_take(&rest, &l->problem->type[t], n);
		l->pods[t] = (uint16_t)n;
		more = list_from(l, t + 1, rest);
		l->pods[t] = 0;
		if (!more) {
			return false;
		}
	}
	return true;
}

bool pack_list_maximal(const struct pack_problem *problem, uint32_t class, size_t limit,
                       struct pack_bins *out)
{
	struct listing l = {.problem = problem,
	                    .class = class,
	                    .left = limit,
	                    .steps = (uint32_t)(limit + 1) * STEPS_PER_PATTERN};
	bool all;

	l.pods = sf_xcalloc(problem->n_types + 1, sizeof *l.pods);
	all = list_from(&l, 0, pack_room_of(&problem->class[class]));
	for (size_t i = 0; all && i < l.found.n; i++) {
		pack_bins_add(out, problem->n_types, class, 0, l.found.bin[i].pods);
	}
	pack_bins_finish(&l.found);
	free(l.pods);
	return all;
}
