/* clock: time as a parameter. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/clock.h>

#include <time.h>

static uint64_t read_ns(clockid_t id)
{
	struct timespec now;
	clock_gettime(id, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t sf_clock_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

uint64_t sf_clock_cpu_ns(void)
{
	return read_ns(CLOCK_THREAD_CPUTIME_ID);
}
