/* retry: how long to wait after a failure. */
// SPDX-License-Identifier: Apache-2.0
#include "retry.h"

#include <stdbool.h>

uint32_t sf_retry_wait_ms(struct sf_retry *retry, uint64_t now_ns)
{
	bool calm = now_ns - retry->last_ns >= retry->calm_ms * UINT64_C(1000000);
	if (retry->step_ms == 0 || calm) {
		retry->step_ms = retry->first_ms;
	} else {
		uint64_t doubled = UINT64_C(2) * retry->step_ms;
		retry->step_ms = doubled < retry->most_ms ? (uint32_t)doubled : retry->most_ms;
	}
	retry->last_ns = now_ns;
	return retry->step_ms + (uint32_t)sf_rng_below(&retry->rng, retry->step_ms);
}
