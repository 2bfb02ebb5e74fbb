/* scores: from a policy's numbers to the range of kube-scheduler's extenders. */
// SPDX-License-Identifier: Apache-2.0
#include "scores.h"

void sf_scores_normalise(const int64_t *raw, const bool *feasible, size_t n, int *out)
{
	int64_t low = INT64_MAX, high = INT64_MIN;
	for (size_t i = 0; i < n; i++) {
		if (feasible[i]) {
			low = raw[i] < low ? raw[i] : low;
			high = raw[i] > high ? raw[i] : high;
		}
	}
	/* Unsigned differences cannot overflow; the shift keeps their tenfold within 64 bits. */
	uint64_t range = (uint64_t)high - (uint64_t)low;
	unsigned shift = range > UINT64_MAX / (2 * SF_SCORE_MAX) ? 5 : 0;
	for (size_t i = 0; i < n; i++) {
		out[i] = 0;
		if (!feasible[i]) {
			continue;
		}
		uint64_t above = ((uint64_t)raw[i] - (uint64_t)low) >> shift;
		out[i] = range == 0 ? SF_SCORE_MAX
		                    : (int)((above * SF_SCORE_MAX + (range >> shift) / 2) /
		                            (range >> shift));
	}
}
