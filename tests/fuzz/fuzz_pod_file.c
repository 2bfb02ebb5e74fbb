/* fuzz_pod_file: manifests of pods and of what makes pods. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/pod_file.h>

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is read has a name of its own and asks for amounts within bounds; what is not says why. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sf_pod_file file = {.arena = sf_arena_create(1 << 24)};
	struct sf_error err = {0};
	int rc = sf_pod_file_parse((const char *)data, size, "file", &file, &err);
	bool good = rc == 0 ? file.pod.n <= SF_WANTS_MAX && file.pod.space[0] != '\0'
	                    : err.text[0] != '\0';
	if (!good) {
		abort();
	}
	sf_arena_destroy(file.arena);
	return 0;
}
