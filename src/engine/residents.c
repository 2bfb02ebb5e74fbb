/* residents: which pods of a replay run on which node. */
// SPDX-License-Identifier: Apache-2.0
#include "residents.h"

#include <slicefit/alloc.h>

#include <stdlib.h>

void sf_residents_init(struct sf_residents *residents, uint32_t pods)
{
	*residents = (struct sf_residents){0};
	residents->pod = sf_xcalloc((size_t)pods + 1, sizeof(*residents->pod));
}

void sf_residents_finish(struct sf_residents *residents)
{
	free(residents->node);
	free(residents->pod);
	*residents = (struct sf_residents){0};
}

void sf_residents_add(struct sf_residents *residents, uint32_t node, uint32_t pod)
{
	residents->node = sf_xgrow(residents->node, &residents->cap_nodes, (size_t)node + 1,
	                           sizeof(*residents->node));
	for (; residents->n_nodes <= node; residents->n_nodes++) {
		residents->node[residents->n_nodes] =
			(struct sf_resident_list){SF_RESIDENT_NONE, SF_RESIDENT_NONE};
	}
	struct sf_resident_list *list = &residents->node[node];
	residents->pod[pod] = (struct sf_resident_link){list->last, SF_RESIDENT_NONE};
	if (list->last == SF_RESIDENT_NONE) {
		list->first = pod;
	} else {
		residents->pod[list->last].next = pod;
	}
	list->last = pod;
}

void sf_residents_remove(struct sf_residents *residents, uint32_t node, uint32_t pod)
{
	struct sf_resident_list *list = &residents->node[node];
	struct sf_resident_link link = residents->pod[pod];
	if (link.previous == SF_RESIDENT_NONE) {
		list->first = link.next;
	} else {
		residents->pod[link.previous].next = link.next;
	}
	if (link.next == SF_RESIDENT_NONE) {
		list->last = link.previous;
	} else {
		residents->pod[link.next].previous = link.previous;
	}
}

uint32_t sf_residents_first(const struct sf_residents *residents, uint32_t node)
{
	return node < residents->n_nodes ? residents->node[node].first : SF_RESIDENT_NONE;
}

uint32_t sf_residents_next(const struct sf_residents *residents, uint32_t pod)
{
	return residents->pod[pod].next;
}
