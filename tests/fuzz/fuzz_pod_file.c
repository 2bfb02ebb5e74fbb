/* fuzz_pod_file: manifests of pods and of what makes pods. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/error.h>
#include <slicefit/kube_pod.h>
#include <slicefit/manifests.h>
#include <slicefit/pod_file.h>

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is read has a name of its own and asks for amounts within bounds; what is not says why. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sf_manifests_text whole = {
		.file = "file", .text = (const char *)data, .len = size};
	struct sf_manifests objects;
	struct sf_pod_file file;
	struct sf_kube_pod pod;
	struct sf_error err = {0};
	sf_manifests_init(&objects);
	int rc = sf_manifests_add(&objects, &whole, &err);
	rc = rc == 0 ? sf_pod_file_find(&objects, "file", &file, &err) : rc;
	bool good = rc == 0 ? sf_pod_file_read(&file, &pod, &err) == 0 && pod.n <= SF_WANTS_MAX &&
	                              pod.space[0] != '\0'
	                    : err.text[0] != '\0';
	if (!good) {
		abort();
	}
	sf_manifests_finish(&objects);
	return 0;
}
