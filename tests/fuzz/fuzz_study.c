/* Fuzz target: any bytes are a study file or an error. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/error.h>
#include <slicefit/study_yaml.h>

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sf_study_file file = {0};
	struct sf_error err = {0};
	if (sf_study_file_parse((const char *)data, size, "fuzz", &file, &err) != 0) {
		if (err.text[0] == '\0' || file.arena) {
			abort();
		}
		return 0;
	}
	if (!file.title || file.n_pods > SF_STUDY_TRACES_MAX) {
		abort();
	}
	for (size_t i = 0; i < file.n_pods; i++) {
		if (!file.pods[i]) {
			abort();
		}
	}
	sf_study_file_finish(&file);
	return 0;
}
