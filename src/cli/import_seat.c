/* import_seat: running pods of an import, as far as their nodes have room for them. */
// SPDX-License-Identifier: Apache-2.0
#include "import_seat.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/change.h>
#include <slicefit/cluster.h>
#include <slicefit/error.h>
#include <slicefit/running.h>
#include <slicefit/scenario.h>
#include <slicefit/str.h>

#include <inttypes.h>
#include <stdlib.h>

struct seating {
	struct sf_scenario *scenario;
	struct sf_cluster *cluster;
	const struct sf_request *request;
	uint32_t out;          /* pods without a place */
	struct sf_error first; /* why the first one */
};

/* Those of one node that find room; the others leave the list. The names are the import's own. */
static void seat_node(struct seating *seating, uint32_t index, struct sf_running *running,
                      const char **name)
{
	const struct sf_workload *workload = &seating->scenario->workload[index];
	uint32_t kept = 0;
	for (uint32_t k = 0; k < running->pods; k++) {
		struct sf_grant grant;
		struct sf_error why;
		uint32_t pod = sf_cluster_add_pod(seating->cluster, &seating->request[index],
		                                  workload->priority, index);
		if (sf_running_place(seating->cluster, running, k, pod, &grant, &why) == 0) {
			name[kept++] = running->name[k];
			continue;
		}
		if (seating->out++ == 0) {
			seating->first = why;
		}
	}
	running->name = name;
	running->pods = kept;
}

static void seat_workload(struct seating *seating, uint32_t index)
{
	struct sf_workload *workload = &seating->scenario->workload[index];
	uint32_t before = seating->out;
	size_t kept = 0;
	for (size_t i = 0; i < workload->n_running; i++) {
		struct sf_running running = workload->running[i];
		const char **name =
			sf_arena_array(seating->scenario->arena, running.pods, sizeof(*name));
		if (name != NULL) {
			seat_node(seating, index, &running, name);
		}
		if (running.pods > 0) {
			workload->running[kept++] = running;
		}
	}
	workload->n_running = kept;
	workload->n_running_pods -= seating->out - before;
	workload->count -= seating->out - before;
	if (seating->out > before) {
		workload->gang = 0;
	}
}

/* Workloads without pods are none. */
static void drop_empty(struct sf_scenario *scenario)
{
	size_t kept = 0;
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		if (scenario->workload[i].count > 0) {
			scenario->workload[kept++] = scenario->workload[i];
		}
	}
	scenario->n_workloads = kept;
}

int sf_import_seat(struct sf_scenario *scenario, struct sf_str *told, struct sf_error *err)
{
	struct seating seating = {.scenario = scenario,
	                          .cluster = sf_scenario_cluster(scenario, err)};
	if (seating.cluster == NULL) {
		return -1;
	}
	struct sf_request *request = sf_xcalloc(scenario->n_workloads + 1, sizeof(*request));
	sf_scenario_requests(scenario, seating.cluster, request);
	seating.request = request;
	for (uint32_t i = 0; i < scenario->n_workloads && scenario->trace.path == NULL; i++) {
		seat_workload(&seating, i);
	}
	free(request);
	sf_cluster_destroy(seating.cluster);
	if (seating.out > 0) {
		drop_empty(scenario);
		sf_str_printf(told,
		              "%" PRIu32
		              " running pods left out, their nodes have no room for them: %s%s\n",
		              seating.out, seating.first.text, seating.out > 1 ? ", ..." : "");
	}
	return 0;
}
