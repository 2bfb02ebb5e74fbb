/* divisor: for rows and grids whose numbers are to be small. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_DIVISOR_H
#define SF_DIVISOR_H

#include <stdint.h>

/* The largest number that divides both, which are not negative; that of 0 and b is b. */
static inline int64_t common_divisor(int64_t a, int64_t b)
{
	while (b) {
		int64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

#endif
