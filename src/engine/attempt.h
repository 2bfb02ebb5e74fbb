/* attempt: changes of a cluster that are tried, and all undone again. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_ATTEMPT_H
#define SF_ATTEMPT_H

#include <slicefit/change.h>
#include <slicefit/filter.h>

/* Zero but for the cluster to begin with. */
struct sf_attempt {
	struct sf_cluster *cluster;
	size_t n, cap;
	struct sf_undo *undo; /* of the changes so far */
};

/* Frees; everything was undone before. */
void sf_attempt_finish(struct sf_attempt *attempt);

/* One more change; false, and nothing is changed, when it cannot be. */
bool sf_attempt_apply(struct sf_attempt *attempt, const struct sf_change *change);

/* A pod goes from its node. */
bool sf_attempt_release(struct sf_attempt *attempt, uint32_t pod);

/* A pending pod goes to a node, with the devices that the filter chooses; false when it does not
 * fit. */
bool sf_attempt_place(struct sf_attempt *attempt, uint32_t pod, uint32_t node, enum sf_view view);

/* Undoes all changes but the first `n`. */
void sf_attempt_rewind(struct sf_attempt *attempt, size_t n);

#endif
