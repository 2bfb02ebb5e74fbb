/* holders: the pods of a node, as the search for victims wants them. */
// SPDX-License-Identifier: Apache-2.0
#include "holders.h"

#include <slicefit/alloc.h>

#include <stdlib.h>

void sf_holders_finish(struct sf_holders *holders)
{
	free(holders->pod);
	*holders = (struct sf_holders){0};
}

struct sf_evict_pod sf_holder_of(const struct sf_live_pod *pod, bool here)
{
	return (struct sf_evict_pod){
		.pod = here && pod->pod != SF_LIVE_NONE ? pod->pod : SF_EVICT_UNSEEN,
		.priority = pod->priority,
		.start_us = pod->start_us,
		.cpu_milli = pod->cpu_milli,
		.memory_mib = pod->memory_mib,
		.leaving = pod->leaving,
	};
}

void sf_holders_list(const struct sf_live *live, uint32_t node, struct sf_holders *out)
{
	const struct sf_live_node *at =
		sf_live_find_node(live, sf_cluster_node(sf_live_cluster(live), node)->name);
	out->n = 0;
	for (uint32_t i = at != NULL ? at->first : SF_LIVE_NONE; i != SF_LIVE_NONE;) {
		const struct sf_live_pod *pod = sf_live_pod_at(live, i);
		if (pod->pod != SF_LIVE_NONE) {
			out->pod = sf_xgrow(out->pod, &out->cap, out->n + 1, sizeof(*out->pod));
			out->pod[out->n++] = sf_holder_of(pod, true);
		}
		i = pod->behind;
	}
}
