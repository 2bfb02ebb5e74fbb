/* contention: how much slower a pod runs for the others on its device. */
// SPDX-License-Identifier: Apache-2.0
#include "contention.h"

#include <math.h>

int64_t sf_contention_duty(const struct sf_workload *workload)
{
	return workload->gpu_duty > 0 ? llround(workload->gpu_duty * SF_DUTY_FULL) : SF_DUTY_FULL;
}

bool sf_contention_applies(const struct sf_contention *contention, enum sf_sharing_mode mode)
{
	switch (mode) {
	case SF_SHARING_NONE:
	case SF_SHARING_FRACTION: /* each has its share for itself */
		return false;
	case SF_SHARING_TIME_SLICING:
		return contention->time_slicing;
	case SF_SHARING_MPS:
		return contention->mps;
	}
	return false;
}

static double take_turns(const struct sf_contention *contention, uint32_t n, double own,
                         double others)
{
	double busy = fmin(1, others);
	double turns = busy < 1 ? fmin(n, 1 / (1 - busy)) : n;
	double slow = turns / (1 - (1 - contention->efficiency) * busy);
	return 1 - own + own * slow;
}

double sf_contention_slowdown(const struct sf_contention *contention, enum sf_sharing_mode mode,
                              uint32_t n, int64_t own, int64_t others)
{
	double share = (double)others / SF_DUTY_FULL;
	if (mode == SF_SHARING_MPS) {
		return 1 + share;
	}
	return take_turns(contention, n, (double)own / SF_DUTY_FULL, share);
}
