/* fuzz_kube_node: any bytes as a Node: the one pass takes what jansson takes, and for the same. */
// SPDX-License-Identifier: Apache-2.0
#include "../unit/kube_node_reference.h"
#include "../unit/kube_pod_reference.h"

#include <slicefit/arena.h>
#include <slicefit/catalog.h>

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sf_catalog *catalog;
	const char *text = size > 0 ? (const char *)data : "";
	struct sf_kube_node slow, fast;
	catalog = catalog != NULL ? catalog : sf_catalog_create();
	struct sf_arena *arena = sf_arena_create((size_t)64 << 20);
	json_t *json = json_loadb(text, size, JSON_ALLOW_NUL, NULL);
	int rc = json_is_object(json) ? sf_kube_node_parse(json, catalog, NULL, &slow, NULL) : -1;
	int own = sf_kube_node_read(text, size, catalog, arena, &fast, NULL);
	/* jansson overlooks NUL bytes behind numbers, and its texts end with the first NUL. */
	bool odd = reference_has_twice(text, size) || memchr(text, '\0', size) != NULL ||
	           memmem(text, size, "\\u0000", 6) != NULL;
	if (!odd && (rc != own || (rc == 0 && !reference_same_spec(&slow, &fast)))) {
		abort();
	}
	json_decref(json);
	sf_arena_destroy(arena);
	return 0;
}
