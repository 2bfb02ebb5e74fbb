/* changes: which nodes changed since when, the latest first, each once. */
// SPDX-License-Identifier: Apache-2.0
#include "changes.h"

#include <slicefit/alloc.h>

#include <stdlib.h>

void sf_changes_finish(struct sf_changes *changes)
{
	free(changes->node);
	*changes = (struct sf_changes){0};
}

void sf_changes_add(struct sf_changes *changes, uint32_t node)
{
	changes->node =
		sf_xgrow(changes->node, &changes->cap, (size_t)node + 1, sizeof(*changes->node));
	struct sf_changed *own = &changes->node[node];
	own->when = ++changes->now;
	if (changes->latest == node + 1) {
		return;
	}
	if (own->newer > 0) {
		changes->node[own->newer - 1].older = own->older;
	}
	if (own->older > 0) {
		changes->node[own->older - 1].newer = own->newer;
	}
	own->newer = 0;
	own->older = changes->latest;
	if (changes->latest > 0) {
		changes->node[changes->latest - 1].newer = node + 1;
	}
	changes->latest = node + 1;
}

/* `link` is 1 + node. */
static uint32_t after(const struct sf_changes *changes, uint32_t link, uint64_t seen)
{
	return link > 0 && changes->node[link - 1].when > seen ? link - 1 : SF_CHANGES_END;
}

uint32_t sf_changes_first(const struct sf_changes *changes, uint64_t seen)
{
	return after(changes, changes->latest, seen);
}

uint32_t sf_changes_next(const struct sf_changes *changes, uint32_t node, uint64_t seen)
{
	return after(changes, changes->node[node].older, seen);
}
