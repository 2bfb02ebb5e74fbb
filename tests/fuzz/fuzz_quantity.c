/* fuzz_quantity: quantities of any bytes; what is read keeps its order of magnitude. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/quantity.h>

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t whole = 0;
	int64_t milli = 0;
	int rc = sf_quantity_parse((const char *)data, size, 0, &whole);
	int rc_milli = sf_quantity_parse((const char *)data, size, 3, &milli);
	/* Milli-units may overflow where units do not, never the reverse. */
	if (rc != 0 && rc_milli == 0) {
		abort();
	}
	/* Rounded away from zero: |whole| is |milli| / 1000, rounded up. */
	if (rc_milli == 0) {
		uint64_t size_milli = milli < 0 ? -(uint64_t)milli : (uint64_t)milli;
		uint64_t size_whole = whole < 0 ? -(uint64_t)whole : (uint64_t)whole;
		if (size_whole != (size_milli + 999) / 1000 || (whole < 0) != (milli < 0)) {
			abort();
		}
	}
	return 0;
}
