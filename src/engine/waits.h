/* waits: how long pods waited, as percentiles. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_WAITS_H
#define SF_WAITS_H

#include <stddef.h>
#include <stdint.h>

/* Zero-initialise. */
struct sf_waits {
	int64_t *us;
	size_t n, cap;
};

/* In seconds; all 0 without any wait. Percentiles by nearest rank: the smallest wait that at least
 * that share of all waits does not exceed. */
struct sf_wait_figures {
	double p50_s, p95_s, max_s, mean_s;
};

void sf_waits_finish(struct sf_waits *waits);
void sf_waits_add(struct sf_waits *waits, int64_t us);

/* Sorts the waits. */
struct sf_wait_figures sf_waits_figures(struct sf_waits *waits);

#endif
