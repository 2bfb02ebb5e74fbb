/* fuzz_simulate: any bytes as what /simulate is asked: read, or refused with a reason; never half. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/simulate_json.h>

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct sf_simulate_ask *ask)
{
	uint64_t pods = 0, nodes = 0;
	for (size_t i = 0; i < ask->n_pods; i++) {
		pods += ask->pods[i].count;
	}
	for (size_t i = 0; i < ask->n_nodes; i++) {
		const struct sf_simulate_nodes *node = &ask->nodes[i];
		int given = (node->node != NULL) + (node->like != NULL) + (node->product != NULL);
		nodes += node->count;
		if (given != 1 || (node->product != NULL) != (node->gpus > 0)) {
			abort();
		}
	}
	if (pods > SF_SIMULATE_PODS_MAX || nodes > SF_SIMULATE_NODES_MAX ||
	    (pods == 0 && !ask->pending)) {
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sf_catalog *catalog;
	const char *text = size > 0 ? (const char *)data : "";
	struct sf_simulate_ask ask;
	struct sf_error err = {0};
	catalog = catalog != NULL ? catalog : sf_catalog_create();
	struct sf_arena *arena = sf_arena_create((size_t)64 << 20);
	int rc = sf_simulate_ask_read(text, size, catalog, arena, &ask, &err);
	json_t *json = json_loadb(text, size, JSON_ALLOW_NUL, NULL);
	if (rc == 0) {
		check(&ask);
	}
	/* What is read is JSON, and what is refused has a reason. */
	if ((rc == 0 && json == NULL) || (rc < 0 && (err.code == SF_OK || err.text[0] == '\0'))) {
		abort();
	}
	json_decref(json);
	sf_arena_destroy(arena);
	return 0;
}
