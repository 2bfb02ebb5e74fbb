/* fuzz_scan: the scanner accepts what jansson accepts. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/scan.h>

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sf_scan scan = sf_scan_of((const char *)data, size);
	char first = sf_scan_peek(&scan);
	/* jansson wants an object or an array, and overlooks NUL bytes behind numbers. */
	if ((first != '{' && first != '[') || memchr(data, '\0', size) != NULL) {
		return 0;
	}
	bool ok = sf_scan_skip(&scan) && sf_scan_end(&scan);
	json_t *json = json_loadb((const char *)data, size, JSON_ALLOW_NUL, NULL);
	if (ok != (json != NULL)) {
		abort();
	}
	json_decref(json);
	return 0;
}
