/* apply_plan: a roll-out (docs/rollout.md) as it is read back to be carried out. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_APPLY_PLAN_H
#define SF_APPLY_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_arena;
struct sf_error;

/* Texts live in the arena; lists are in the order of the file. */
struct sf_apply_pod {
	const char *space;
	const char *name;
};

/* A label of a node; NULL: it is not there. */
struct sf_apply_label {
	const char *key;
	const char *before; /* what takes the change back */
	const char *after;
};

/* What the node's status.allocatable says of a resource. */
struct sf_apply_count {
	const char *name;
	int64_t before;
	int64_t after;
};

struct sf_apply_node {
	const char *name;
	bool stays; /* it gets labels, and nothing else: it takes pods all the time */
	bool joins; /* it is new: somebody has to buy it first */
	size_t n_labels;
	struct sf_apply_label *label;
	size_t n_evict; /* pods that hold GPUs there, those known by name; in this order */
	struct sf_apply_pod *evict;
	uint32_t n_unnamed; /* and so many more */
	bool counted;       /* `count` is known; other resources of nvidia.com are 0 or absent */
	size_t n_counts;
	struct sf_apply_count *count;
};

/* Nodes that are out of service at the same time. */
struct sf_apply_wave {
	const char *name; /* "wave-1"; "relabel-1" when its nodes stay */
	size_t n_nodes;
	struct sf_apply_node *node;
};

/* An object to write before the first wave. */
struct sf_apply_object {
	const char *file; /* where it was read, for messages */
	const char *api_version;
	const char *kind;
	const char *space; /* NULL: it is in none */
	const char *name;
	const char *json;
};

/* Of nodes whose turn has not come. */
struct sf_apply_taint {
	const char *key; /* NULL: there is none */
	const char *effect;
};

struct sf_apply_plan {
	const char *id;     /* of the roll-out: 16 hexadecimal digits */
	const char *digest; /* of the bytes of rollout.json */
	size_t n_objects;
	struct sf_apply_object *object; /* to be applied */
	struct sf_apply_object *policy; /* a merge patch for the GPU Operator; NULL: none */
	struct sf_apply_taint taint;
	size_t n_waves;
	struct sf_apply_wave *wave;
};

/*
 * Reads `dir`/rollout.json and the files that it names. Members that are not known are passed over:
 * a later slicefit may write more. -1 and a message with the place for what is wrong, SF_EINVAL, and
 * for files that cannot be read.
 */
int sf_apply_plan_read(const char *dir, struct sf_arena *arena, struct sf_apply_plan *out,
                       struct sf_error *err);

/* The same from the text of rollout.json; `dir` is where the files are. */
int sf_apply_plan_parse(const char *text, size_t len, const char *dir, struct sf_arena *arena,
                        struct sf_apply_plan *out, struct sf_error *err);

#endif
