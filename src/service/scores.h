/* scores: from a policy's numbers to the range of kube-scheduler's extenders. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SCORES_H
#define SF_SCORES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SF_SCORE_MAX = 10 }; /* MaxExtenderPriority */

/* The feasible nodes are spread linearly, worst 0, best SF_SCORE_MAX, rounded to the nearest; all
 * SF_SCORE_MAX when they are equal. Nodes that are not feasible get 0. */
void sf_scores_normalise(const int64_t *raw, const bool *feasible, size_t n, int *out);

#endif
