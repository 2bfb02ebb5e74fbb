/* fuzz_manifests: files of Kubernetes objects, and what is made of them. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/manifests.h>

#include "adapter/yaml_json.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As assert, in optimised builds, too. */
static void expect(bool holds)
{
	if (!holds) {
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sf_manifests all;
	struct sf_manifests_text text = {
		.file = "f", .text = (const char *)data, .len = size, .skipped = 3};
	sf_manifests_init(&all);
	if (sf_manifests_add(&all, &text, NULL) == 0) {
		for (size_t i = 0; i < all.n; i++) {
			const struct sf_manifest *item = &all.item[i];
			expect(item->tree != NULL && item->kind != NULL && item->name != NULL);
			expect(item->tree->line > 3);
			/* Aliases may make far more of a text than it is long. */
			if (all.nodes < 100000) {
				json_decref(sf_yaml_to_json(item->tree));
			}
		}
	}
	sf_manifests_finish(&all);
	return 0;
}
