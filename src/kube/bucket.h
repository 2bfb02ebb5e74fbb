/*
 * bucket: at most so many requests per second, with bursts. The token bucket of client-go
 * (util/flowcontrol/throttle.go), kept as one time: when the bucket will be full again.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_BUCKET_H
#define SF_KUBE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct sf_bucket {
	uint64_t every_ns; /* one token comes back */
	uint64_t depth_ns; /* what all but one of them take to come back */
	uint64_t full_ns;  /* when all will be there */
};

/* A full bucket; both numbers > 0. */
void sf_bucket_init(struct sf_bucket *bucket, uint32_t qps, uint32_t burst);

/* Takes a token that is there after *wait_ns. False, and nothing is taken, when that would be after
 * `most_ns`. */
bool sf_bucket_take(struct sf_bucket *bucket, uint64_t now_ns, uint64_t most_ns, uint64_t *wait_ns);

#endif
