/* rollout_after: the planned scenario with the pods where a roll-out leaves them. */
// SPDX-License-Identifier: Apache-2.0
#include "rollout_state.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/error.h>

#include <stdlib.h>
#include <string.h>

/* A running pod at the end. */
struct seat {
	uint32_t workload, node;
	const char *name; /* or NULL */
	uint32_t index;   /* keeps the order */
};

static int compare_seats(const void *a, const void *b)
{
	const struct seat *x = a, *y = b;

	if (x->workload != y->workload) {
		return x->workload < y->workload ? -1 : 1;
	}
	if (x->node != y->node) {
		return x->node < y->node ? -1 : 1;
	}
	return x->index < y->index ? -1 : x->index > y->index;
}

static size_t add_kept(const struct sf_scenario *scenario, const struct sf_plan *plan,
                       struct seat *seat)
{
	size_t n = 0;

	for (uint32_t w = 0; w < scenario->n_workloads; w++) {
		const struct sf_workload *workload = &scenario->workload[w];

		for (size_t r = 0; r < workload->n_running; r++) {
			const struct sf_running *running = &workload->running[r];

			for (uint32_t i = 0;
			     !sf_rollout_takes(&plan->node[running->node]) && i < running->pods;
			     i++) {
				seat[n] = (struct seat){w, running->node,
				                        running->name ? running->name[i] : NULL,
				                        (uint32_t)n};
				n++;
			}
		}
	}
	return n;
}

static size_t add_moved(const struct sf_rollout *rollout, struct seat *seat, size_t n)
{
	for (size_t i = 0; i < rollout->n_nodes; i++) {
		for (size_t m = 0; m < rollout->node[i].n_moves; m++) {
			const struct sf_rollout_move *move = &rollout->node[i].move[m];

			if (move->to != SF_NODE_NONE) {
				seat[n] = (struct seat){move->workload, move->to, move->pod,
				                        (uint32_t)n};
				n++;
			}
		}
	}
	return n;
}

/* The pods of a workload on one node. Names are all or nothing. */
static int fill_running(struct sf_arena *arena, const struct seat *seat, size_t n,
                        struct sf_running *out)
{
	const char **name = sf_arena_array(arena, n, sizeof *name);

	if (!name) {
		return -1;
	}
	*out = (struct sf_running){.node = seat->node, .pods = (uint32_t)n, .name = name};
	for (size_t i = 0; i < n; i++) {
		name[i] = seat[i].name;
		if (!name[i]) {
			out->name = NULL;
		}
	}
	return 0;
}

static int fill_workload(struct sf_arena *arena, const struct seat *seat, size_t n,
                         struct sf_workload *workload)
{
	workload->n_running = 0;
	workload->n_running_pods = (uint32_t)n;
	workload->running = sf_arena_array(arena, n + 1, sizeof *workload->running);
	for (size_t i = 0; workload->running && i < n;) {
		size_t first = i;

		while (i < n && seat[i].node == seat[first].node) {
			i++;
		}
		if (fill_running(arena, &seat[first], i - first,
		                 &workload->running[workload->n_running++])) {
			return -1;
		}
	}
	return workload->running ? 0 : -1;
}

static int fill_all(struct sf_scenario *after, struct sf_arena *arena, const struct seat *seat,
                    size_t n)
{
	size_t first = 0;

	for (uint32_t w = 0; w < after->n_workloads; w++) {
		size_t end = first;

		while (end < n && seat[end].workload == w) {
			end++;
		}
		if (fill_workload(arena, &seat[first], end - first, &after->workload[w])) {
			return -1;
		}
		first = end;
	}
	return 0;
}

int rollout_after(struct sf_rollout *rollout, const struct sf_scenario *scenario,
                  const struct sf_plan *plan, struct sf_error *err)
{
	size_t most = 0, n, bytes = scenario->n_workloads * sizeof *scenario->workload;
	struct sf_scenario *after = sf_arena_alloc(rollout->arena, sizeof *after);
	struct sf_workload *workload = sf_arena_alloc(rollout->arena, bytes + 1);
	struct seat *seat;
	int rc;

	if (!after || !workload) {
		return sf_fail(err, SF_ENOMEM, "roll-out: no memory");
	}
	for (size_t w = 0; w < scenario->n_workloads; w++) {
		most += scenario->workload[w].n_running_pods;
		workload[w] = scenario->workload[w];
	}
	*after = *plan->after;
	after->workload = workload;
	seat = sf_xcalloc(most + 1, sizeof *seat);
	n = add_moved(rollout, seat, add_kept(scenario, plan, seat));
	qsort(seat, n, sizeof *seat, compare_seats);
	rc = fill_all(after, rollout->arena, seat, n);
	free(seat);
	rc = rc ? rc : rollout_events(scenario, after, rollout->arena);
	rollout->after = after;
	return rc ? sf_fail(err, SF_ENOMEM, "roll-out: no memory") : 0;
}
