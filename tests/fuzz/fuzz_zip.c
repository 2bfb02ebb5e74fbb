/* fuzz_zip: zip archives: no byte is read beyond the end, no more comes out than allowed. */
// SPDX-License-Identifier: Apache-2.0
#include "adapter/zip.h"

#include <slicefit/str.h>

#include <stdint.h>
#include <stdlib.h>

enum { LIMIT = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int each(void *ctx, const struct sf_zip_entry *entry, struct sf_error *err)
{
	size_t *total = ctx;
	(void)err;
	*total += entry->text->len;
	if (*total > LIMIT) {
		abort();
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t total = 0;
	sf_zip_read((const char *)data, size, LIMIT, each, &total, NULL);
	return 0;
}
