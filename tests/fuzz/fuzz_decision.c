/* fuzz_decision: any bytes as the annotation of a decision; what is taken is written and read again. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/decision.h>
#include <slicefit/str.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sf_decision first, second;
	struct sf_str text = {0};
	if (sf_decision_parse((const char *)data, size, &first, NULL) < 0) {
		return 0;
	}
	sf_decision_write(&first, &text);
	if (sf_decision_parse(text.text, text.len, &second, NULL) < 0 ||
	    memcmp(&first, &second, sizeof(first)) != 0) {
		abort();
	}
	sf_str_finish(&text);
	return 0;
}
