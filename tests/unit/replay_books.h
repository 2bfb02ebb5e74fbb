/* replay_books: what must hold in a replay after each of its steps. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REPLAY_BOOKS_H
#define SF_REPLAY_BOOKS_H

#include "engine/replay_impl.h"

#include <slicefit/error.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

/* Every pod is where its node says, and the members of a gang share their fate. */
static void check_pod(const struct sf_replay *r, uint32_t pod)
{
	const struct sf_replay_pod *state = &r->pod[pod];
	bool placed = state->state == SF_REPLAY_PLACED;
	if (placed || state->state == SF_REPLAY_WAITING || state->state == SF_REPLAY_HELD) {
		const struct sf_pod *held = sf_cluster_pod(r->cluster, state->cluster_pod);
		cr_assert(placed == (held->state == SF_POD_PLACED), "pod %u", pod);
	}
	cr_assert(eq(int, (int)state->state, (int)r->pod[sf_replay_gang(r, pod).first].state));
}

static void check_books(const struct sf_replay *r)
{
	struct sf_error err;
	uint32_t placed = 0;
	uint32_t waiting = 0;
	cr_assert(sf_cluster_check(r->cluster, &err) == 0, "%s", err.text);
	for (uint32_t i = 0; i < r->n_pods; i++) {
		uint8_t state = r->pod[i].state;
		placed += state == SF_REPLAY_PLACED || state == SF_REPLAY_GONE;
		waiting += state == SF_REPLAY_WAITING || state == SF_REPLAY_HELD;
		check_pod(r, i);
	}
	cr_assert(eq(u32, placed, r->out.placed));
	cr_assert(eq(u32, r->out.arrived, placed + waiting + r->out.rejected));
}

#endif
