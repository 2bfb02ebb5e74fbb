/* fuzz_apply: a roll-out, its log, and nodes and pods with notes, of any bytes. The first byte chooses. */
// SPDX-License-Identifier: Apache-2.0
#include "kube/apply_edit.h"
#include "kube/apply_log.h"

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/str.h>

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sf_apply_label labels[] = {{SF_APPLY_MIG_LABEL, "whole", "sliced"}};
static struct sf_apply_count counts[] = {{"nvidia.com/gpu", 8, 6}};
static struct sf_apply_pod evict[] = {{"ns", "p"}};
static struct sf_apply_node node = {
	.name = "n",
	.n_labels = 1,
	.label = labels,
	.n_evict = 1,
	.evict = evict,
	.counted = true,
	.n_counts = 1,
	.count = counts,
};
static struct sf_apply_wave wave = {"wave-1", 1, &node};
static const struct sf_apply_plan plan = {
	.id = "0123456789abcdef",
	.digest = "d",
	.taint = {"t", "PreferNoSchedule"},
	.n_waves = 1,
	.wave = &wave,
};

static void read_plan(const char *text, size_t len)
{
	struct sf_arena *arena = sf_arena_create(64 << 20);
	struct sf_apply_plan out;
	struct sf_error err;
	if (sf_apply_plan_parse(text, len, "/nonexistent", arena, &out, &err) == 0 &&
	    (out.n_objects > 0 || out.policy != NULL)) {
		abort(); /* there are no files there */
	}
	sf_arena_destroy(arena);
}

static void read_log(const char *text, size_t len)
{
	struct sf_apply_past past;
	struct sf_error err;
	int rc = sf_apply_log_parse(text, len, "log", &plan, &past, &err);
	if (rc == 0 && past.end > 0 && text[past.end - 1] != '\n') {
		abort();
	}
	sf_apply_past_finish(&past);
}

/* What was taken and is given back has no note. */
static void see(const char *text, size_t len)
{
	struct sf_apply_seen_node seen = {0};
	json_t *doc = json_loadb(text, len, 0, NULL);
	json_t *pods = json_object_get(doc, "pods");
	if (!json_is_object(doc)) {
		json_decref(doc);
		return;
	}
	sf_apply_see(&plan, &node, doc, json_incref(pods), &seen);
	json_decref(sf_apply_edit_take(&plan, &wave, &node, &seen));
	json_decref(sf_apply_edit_taint(&plan.taint, &seen, true));
	json_decref(sf_apply_edit_forget(&seen, true));
	json_decref(sf_apply_edit_restore(&seen));
	json_decref(sf_apply_edit_give(&node, &seen));
	if (seen.seen.n_holders > seen.n_pods || seen.unplanned > seen.n_pods) {
		abort();
	}
	sf_apply_seen_finish(&seen);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const readers[])(const char *text, size_t len) = {read_plan, read_log, see};
	if (size > 0) {
		readers[data[0] % 3]((const char *)data + 1, size - 1);
	}
	return 0;
}
