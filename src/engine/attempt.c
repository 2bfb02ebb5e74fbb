/* attempt: changes of a cluster that are tried, and all undone again. */
// SPDX-License-Identifier: Apache-2.0
#include "attempt.h"

#include <slicefit/alloc.h>

#include <assert.h>
#include <stdlib.h>

void sf_attempt_finish(struct sf_attempt *attempt)
{
	assert(attempt->n == 0);
	free(attempt->undo);
	attempt->undo = NULL;
	attempt->cap = 0;
}

bool sf_attempt_apply(struct sf_attempt *attempt, const struct sf_change *change)
{
	attempt->undo =
		sf_xgrow(attempt->undo, &attempt->cap, attempt->n + 1, sizeof(*attempt->undo));
	if (sf_cluster_apply(attempt->cluster, change, &attempt->undo[attempt->n], NULL) < 0) {
		return false;
	}
	attempt->n++;
	return true;
}

bool sf_attempt_release(struct sf_attempt *attempt, uint32_t pod)
{
	struct sf_change change = {.kind = SF_CHANGE_RELEASE, .pod = pod};
	return sf_attempt_apply(attempt, &change);
}

bool sf_attempt_place(struct sf_attempt *attempt, uint32_t pod, uint32_t node, enum sf_view view)
{
	struct sf_grant grant;
	const struct sf_request *request = &sf_cluster_pod(attempt->cluster, pod)->request;
	if (sf_filter(attempt->cluster, node, request, view, &grant) != SF_FITS) {
		return false;
	}
	struct sf_change change = {
		.kind = SF_CHANGE_PLACE,
		.pod = pod,
		.node = node,
		.grant = &grant,
	};
	return sf_attempt_apply(attempt, &change);
}

void sf_attempt_rewind(struct sf_attempt *attempt, size_t n)
{
	while (attempt->n > n) {
		sf_cluster_undo(attempt->cluster, &attempt->undo[--attempt->n]);
	}
}
