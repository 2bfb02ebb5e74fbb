/* fuzz_preempt: any bytes as the body of preempt; what is read must be what the slow reference reads,
 * and what is answered must be JSON that names every victim. */
// SPDX-License-Identifier: Apache-2.0
#include "../unit/preempt_reference.h"

#include <slicefit/str.h>

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
	if (!ok) {
		abort();
	}
}

static void check_answer(const struct sf_extender_preempt *args)
{
	struct sf_str out = {0};
	sf_extender_write_preempt(args->node, args->n, &out);
	json_t *root = json_loadb(out.text, out.len, JSON_REJECT_DUPLICATES, NULL);
	json_t *map = json_object_get(root, "NodeNameToMetaVictims");
	size_t nodes = 0;
	require(json_object_size(root) == 1 && json_is_object(map));
	for (size_t i = 0; i < args->n; i++) {
		json_t *entry = json_object_get(map, args->node[i].name);
		json_t *pods = json_object_get(entry, "Pods");
		require((entry != NULL) == (args->node[i].n > 0));
		require(json_array_size(pods) == args->node[i].n);
		nodes += entry != NULL;
	}
	require(json_object_size(map) == nodes);
	json_decref(root);
	sf_str_finish(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = size > 0 ? (const char *)data : "";
	struct sf_arena *arena = sf_arena_create((size_t)64 << 20);
	struct sf_extender_preempt args;
	struct sf_error err = {0};
	if (sf_extender_preempt_parse(text, size, arena, &args, &err) == 0) {
		/* jansson overlooks NUL bytes behind numbers */
		require(memchr(text, '\0', size) != NULL || reference_same_args(text, size, &args));
		check_answer(&args);
	} else {
		require(err.text[0] != '\0');
	}
	sf_arena_destroy(arena);
	return 0;
}
