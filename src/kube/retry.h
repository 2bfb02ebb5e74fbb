/*
 * retry: how long to wait after a failure. As client-go's reflector does (tools/cache/reflector.go):
 * 0.8 s, doubled with each failure up to 30 s, stretched by up to as much again at random so that
 * many clients do not come back at once; after two minutes without a failure it starts again.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_RETRY_H
#define SF_KUBE_RETRY_H

#include <slicefit/rng.h>

#include <stdint.h>

enum { SF_RETRY_FIRST_MS = 800, SF_RETRY_MOST_MS = 30000, SF_RETRY_CALM_MS = 120000 };

struct sf_retry {
	uint32_t first_ms; /* > 0 */
	uint32_t most_ms;  /* >= first_ms; the random part comes on top */
	uint32_t calm_ms;
	struct sf_rng rng; /* seeded by the caller */
	uint32_t step_ms;  /* of the last failure; 0: none so far */
	uint64_t last_ns;  /* when that was */
};

/* A failure at now_ns (a steady clock): the milliseconds to wait, in [step, 2 * step). */
uint32_t sf_retry_wait_ms(struct sf_retry *retry, uint64_t now_ns);

#endif
