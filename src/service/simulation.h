/* simulation: a copy of the live cluster on which pods are placed that do not exist. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SIMULATION_H
#define SF_SIMULATION_H

#include "classes.h"
#include "state.h"

#include <slicefit/report_explain.h>
#include <slicefit/simulate.h>
#include <slicefit/simulate_json.h>

struct sf_arena;
struct sf_catalog;
struct sf_error;

struct sf_simulation {
	struct sf_cluster *cluster; /* the copy */
	struct sf_verdict_cache *cache;
	uint32_t known; /* nodes of the live cluster; those behind are only simulated */
	uint64_t fits, of;
};

/* A pod to place, by names: so that nodes which are only simulated may bring a name with them. */
struct sf_simulation_pod {
	const struct sf_explain_subject *subject;
	const struct sf_pod_rules *rules;
	struct sf_request request; /* without the names of its wants */
};

/* Copies the nodes of the state, a few under each lock. Destroy it. */
struct sf_simulation *sf_simulation_create(struct sf_state *state,
                                           const struct sf_catalog *catalog);
void sf_simulation_destroy(struct sf_simulation *simulation);

/* Adds nodes that do not exist. -1 and err: a name that is taken, or that is not there. */
int sf_simulation_add_nodes(struct sf_simulation *simulation, const struct sf_simulate_nodes *nodes,
                            struct sf_error *err);

void sf_simulation_place(struct sf_simulation *simulation, const struct sf_simulation_pod *pod,
                         struct sf_simulated *out);

#endif
