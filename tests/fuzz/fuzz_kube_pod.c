/* fuzz_kube_pod: any bytes as a Pod: the one pass takes what jansson takes, and for the same. */
// SPDX-License-Identifier: Apache-2.0
#include "../unit/kube_pod_reference.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = size > 0 ? (const char *)data : "";
	struct sf_kube_pod slow, fast;
	int rc = reference_pod(text, size, &slow);
	int own = sf_kube_pod_read(text, size, &fast, NULL);
	/* jansson overlooks NUL bytes behind numbers. */
	if (reference_has_twice(text, size) || memchr(text, '\0', size) != NULL) {
		return 0;
	}
	if (rc != own || (rc == 0 && !reference_same_pod(&slow, &fast))) {
		abort();
	}
	return 0;
}
