/* bucket: at most so many requests per second, with bursts. */
// SPDX-License-Identifier: Apache-2.0
#include "bucket.h"

#include <assert.h>

void sf_bucket_init(struct sf_bucket *bucket, uint32_t qps, uint32_t burst)
{
	assert(qps > 0 && burst > 0);
	uint64_t every_ns = UINT64_C(1000000000) / qps;
	*bucket = (struct sf_bucket){
		.every_ns = every_ns,
		.depth_ns = every_ns * (burst - 1),
	};
}

bool sf_bucket_take(struct sf_bucket *bucket, uint64_t now_ns, uint64_t most_ns, uint64_t *wait_ns)
{
	uint64_t from_ns = bucket->full_ns > now_ns ? bucket->full_ns : now_ns;
	uint64_t owed_ns = from_ns - now_ns;
	uint64_t wait = owed_ns > bucket->depth_ns ? owed_ns - bucket->depth_ns : 0;
	if (wait > most_ns) {
		return false;
	}
	bucket->full_ns = from_ns + bucket->every_ns;
	*wait_ns = wait;
	return true;
}
