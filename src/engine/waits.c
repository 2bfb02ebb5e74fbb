/* waits: how long pods waited, as percentiles. */
// SPDX-License-Identifier: Apache-2.0
#include "waits.h"

#include <slicefit/alloc.h>

#include <stdlib.h>

void sf_waits_finish(struct sf_waits *waits)
{
	free(waits->us);
	*waits = (struct sf_waits){0};
}

void sf_waits_add(struct sf_waits *waits, int64_t us)
{
	waits->us = sf_xgrow(waits->us, &waits->cap, waits->n + 1, sizeof(*waits->us));
	waits->us[waits->n++] = us;
}

static int compare(const void *a, const void *b)
{
	const int64_t *x = a;
	const int64_t *y = b;
	return (*x > *y) - (*x < *y);
}

static double percentile_s(const struct sf_waits *waits, size_t percent)
{
	size_t rank = (waits->n * percent + 99) / 100;
	return (double)waits->us[rank - 1] / 1e6;
}

struct sf_wait_figures sf_waits_figures(struct sf_waits *waits)
{
	struct sf_wait_figures out = {0};
	if (waits->n == 0) {
		return out;
	}
	qsort(waits->us, waits->n, sizeof(*waits->us), compare);
	double sum = 0;
	for (size_t i = 0; i < waits->n; i++) {
		sum += (double)waits->us[i];
	}
	out.p50_s = percentile_s(waits, 50);
	out.p95_s = percentile_s(waits, 95);
	out.max_s = (double)waits->us[waits->n - 1] / 1e6;
	out.mean_s = sum / (double)waits->n / 1e6;
	return out;
}
