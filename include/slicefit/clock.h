/* clock: time as a parameter. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_CLOCK_H
#define SF_CLOCK_H

#include <stdint.h>

/* Nanoseconds of a steady clock, for durations only. */
uint64_t sf_clock_ns(void);

/* CPU nanoseconds of the calling thread. */
uint64_t sf_clock_cpu_ns(void);

#endif
