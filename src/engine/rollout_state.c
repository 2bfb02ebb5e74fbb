/* rollout_state: see rollout_state.h. */
// SPDX-License-Identifier: Apache-2.0
#include "rollout_state.h"

#include <slicefit/alloc.h>

#include <assert.h>
#include <stdlib.h>

#define POLICY "best-fit"

/* Pods of the workload that run on a node and stay there. */
static uint32_t staying(const struct sf_workload *workload, size_t *next, uint32_t node)
{
	while (*next < workload->n_running && workload->running[*next].node < node) {
		(*next)++;
	}
	return *next < workload->n_running && workload->running[*next].node == node
	               ? workload->running[*next].pods
	               : 0;
}

/* Kept nodes first: what goes there waits for nobody. */
static void list_slots(const struct rollout_state *state, uint32_t w, struct rollout_slots *slots)
{
	const struct sf_plan *plan = state->plan;
	size_t cap = 0;

	for (int changed = 0; changed < 2; changed++) {
		size_t next = 0;

		for (uint32_t n = 0; n < plan->n_nodes; n++) {
			const struct sf_node_plan *node = &plan->node[n];
			uint32_t stay =
				changed ? 0 : staying(&state->scenario->workload[w], &next, n);

			if (sf_rollout_interrupts(node) == (changed == 1) && node->pods[w] > stay) {
				slots->slot = sf_xgrow(slots->slot, &cap, slots->n + 1,
				                       sizeof *slots->slot);
				slots->slot[slots->n++] = (struct rollout_slot){
					.node = n, .planned = node->pods[w] - stay};
			}
		}
	}
}

static void change(struct rollout_state *state, enum sf_change_kind kind, uint32_t node)
{
	const struct sf_change change = {.kind = kind, .node = node};
	struct rollout_entry *entry;

	state->entry = sf_xgrow(state->entry, &state->cap_entries, state->n_entries + 1,
	                        sizeof *state->entry);
	entry = &state->entry[state->n_entries++];
	entry->pod = UINT32_MAX;
	entry->slot = NULL;
	int rc = sf_cluster_apply(state->cluster, &change, &entry->undo, NULL);
	assert(rc == 0);
	(void)rc;
}

static void cordon_changed(struct rollout_state *state)
{
	for (uint32_t n = 0; n < state->plan->n_nodes; n++) {
		/* Those that join are there before any pod moves. */
		state->done[n] = !sf_rollout_interrupts(&state->plan->node[n]);
		if (!state->done[n]) {
			change(state, SF_CHANGE_CORDON_NODE, n);
		}
	}
	state->n_entries = 0; /* not to be taken back */
}

int rollout_state_init(struct rollout_state *state, const struct sf_scenario *scenario,
                       const struct sf_plan *plan, struct sf_error *err)
{
	*state = (struct rollout_state){.scenario = scenario, .plan = plan};
	state->cluster = sf_scenario_cluster(plan->after, err);
	if (!state->cluster) {
		return -1;
	}
	state->placer = sf_placer_create(sf_policy_find(POLICY), state->cluster, NULL, 0);
	state->request = sf_xcalloc(scenario->n_workloads + 1, sizeof *state->request);
	state->slots = sf_xcalloc(scenario->n_workloads + 1, sizeof *state->slots);
	state->done = sf_xcalloc(plan->n_nodes + 1, sizeof *state->done);
	rollout_pods_init(&state->pods, scenario, plan);
	for (uint32_t w = 0; w < scenario->n_workloads; w++) {
		sf_request_resolve(&scenario->workload[w].request, state->cluster,
		                   &state->request[w]);
		list_slots(state, w, &state->slots[w]);
	}
	rollout_rules_init(&state->rules, scenario, plan->n_nodes);
	rollout_place_kept(state->cluster, scenario, plan, state->request, &state->rules);
	rollout_cordon_pools(state->cluster, scenario);
	for (size_t i = 0; i < state->pods.n; i++) {
		struct rollout_pod *pod = &state->pods.pod[i];

		pod->number = sf_cluster_add_pod(state->cluster, &state->request[pod->workload],
		                                 scenario->workload[pod->workload].priority,
		                                 pod->workload);
	}
	cordon_changed(state);
	return 0;
}

void rollout_state_finish(struct rollout_state *state)
{
	for (size_t w = 0; state->slots && w < state->scenario->n_workloads; w++) {
		free(state->slots[w].slot);
	}
	sf_placer_destroy(state->placer);
	sf_cluster_destroy(state->cluster);
	rollout_pods_finish(&state->pods);
	rollout_rules_finish(&state->rules);
	free(state->request);
	free(state->slots);
	free(state->done);
	free(state->entry);
}

/* The workload's planned place on the node, if one is left. */
static struct rollout_slot *slot_on(struct rollout_slots *slots, uint32_t node)
{
	for (size_t i = slots->full; i < slots->n; i++) {
		if (slots->slot[i].node == node && slots->slot[i].taken < slots->slot[i].planned) {
			return &slots->slot[i];
		}
	}
	return NULL;
}

static bool put(struct rollout_state *state, size_t index, const struct sf_candidate *at,
                struct rollout_slot *slot)
{
	struct rollout_pod *pod = &state->pods.pod[index];
	const struct sf_change change = {
		.kind = SF_CHANGE_PLACE, .pod = pod->number, .node = at->node, .grant = &at->grant};
	struct rollout_entry *entry;

	state->entry = sf_xgrow(state->entry, &state->cap_entries, state->n_entries + 1,
	                        sizeof *state->entry);
	entry = &state->entry[state->n_entries];
	if (sf_cluster_apply(state->cluster, &change, &entry->undo, NULL)) {
		return false;
	}
	entry->pod = (uint32_t)index;
	entry->slot = slot;
	state->n_entries++;
	pod->to = at->node;
	pod->planned = slot != NULL;
	rollout_rules_count(&state->rules, pod->workload, at->node, 1);
	if (slot) {
		slot->taken++;
	}
	return true;
}

bool rollout_is_planned(struct rollout_state *state, size_t pod, uint32_t node)
{
	return slot_on(&state->slots[state->pods.pod[pod].workload], node) != NULL;
}

bool rollout_put(struct rollout_state *state, size_t pod, uint32_t node)
{
	uint32_t w = state->pods.pod[pod].workload;
	struct sf_candidate at;

	state->trials++;
	return rollout_rules_allow(&state->rules, w, node) &&
	       sf_placer_choose_on(state->placer, node, &state->request[w], &at) &&
	       put(state, pod, &at, slot_on(&state->slots[w], node));
}

/* The best node for a workload that may not run everywhere: one after the other. */
static bool choose_allowed(struct rollout_state *state, uint32_t w, struct sf_candidate *best)
{
	bool found = false;

	for (uint32_t n = 0; n < state->plan->n_nodes; n++) {
		struct sf_candidate at;

		if (state->done[n] && rollout_rules_allow(&state->rules, w, n) &&
		    sf_placer_choose_on(state->placer, n, &state->request[w], &at) &&
		    (!found || at.score > best->score)) {
			*best = at;
			found = true;
		}
	}
	return found;
}

static bool choose_any(struct rollout_state *state, uint32_t w, struct sf_candidate *best)
{
	state->trials++;
	return state->rules.anywhere[w] ? sf_placer_choose(state->placer, &state->request[w], best)
	                                : choose_allowed(state, w, best);
}

bool rollout_seat(struct rollout_state *state, size_t pod, bool any)
{
	uint32_t w = state->pods.pod[pod].workload;
	struct rollout_slots *slots = &state->slots[w];
	struct sf_candidate at;

	while (slots->full < slots->n &&
	       slots->slot[slots->full].taken == slots->slot[slots->full].planned) {
		slots->full++;
	}
	for (size_t i = slots->full; i < slots->n; i++) {
		struct rollout_slot *slot = &slots->slot[i];

		if (slot->taken < slot->planned && state->done[slot->node]) {
			state->trials++;
			if (rollout_rules_allow(&state->rules, w, slot->node) &&
			    sf_placer_choose_on(state->placer, slot->node, &state->request[w],
			                        &at)) {
				return put(state, pod, &at, slot);
			}
		}
	}
	return any && choose_any(state, w, &at) && put(state, pod, &at, NULL);
}

void rollout_rebuild(struct rollout_state *state, uint32_t node)
{
	uint32_t index;
	bool cordoned = sf_scenario_pool_of(state->scenario, node, &index)->cordoned;

	change(state, cordoned ? SF_CHANGE_CORDON_NODE : SF_CHANGE_READY_NODE, node);
	state->done[node] = true;
}

void rollout_back(struct rollout_state *state, size_t height)
{
	while (state->n_entries > height) {
		const struct rollout_entry *entry = &state->entry[--state->n_entries];

		sf_cluster_undo(state->cluster, &entry->undo);
		if (entry->pod == UINT32_MAX) {
			state->done[entry->undo.node] = false;
			continue;
		}
		struct rollout_pod *pod = &state->pods.pod[entry->pod];
		struct rollout_slots *slots = &state->slots[pod->workload];

		rollout_rules_count(&state->rules, pod->workload, pod->to, -1);
		pod->to = SF_NODE_NONE;
		if (entry->slot) {
			size_t index = (size_t)(entry->slot - slots->slot);

			entry->slot->taken--;
			slots->full = index < slots->full ? index : slots->full;
		}
	}
}
