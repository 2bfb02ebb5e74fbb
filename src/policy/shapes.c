/* shapes: the different requests that a placer was asked for, each with the scores of all nodes. */
// SPDX-License-Identifier: Apache-2.0
#include "shapes.h"

#include <slicefit/alloc.h>

#include <stdlib.h>
#include <string.h>

enum { SHAPES_MAX = 4096, SHAPES_MIN = 4, SLOTS_MIN = 64 };
#define SHAPES_BYTES_MAX ((size_t)256 << 20)

static void finish_shape(struct sf_shape *shape)
{
	sf_score_tree_finish(&shape->tree);
	free(shape->gpu);
	shape->gpu = NULL;
}

void sf_shapes_finish(struct sf_shapes *shapes)
{
	for (size_t i = 0; i < shapes->n; i++) {
		finish_shape(&shapes->shape[i]);
	}
	free(shapes->shape);
	free(shapes->slot);
	*shapes = (struct sf_shapes){0};
}

void sf_shape_reset(struct sf_shape *shape, uint32_t nodes)
{
	finish_shape(shape);
	sf_score_tree_init(&shape->tree, nodes);
	shape->gpu = sf_xcalloc(nodes, sizeof(*shape->gpu));
}

static size_t most_shapes(uint32_t nodes)
{
	size_t max = SHAPES_BYTES_MAX / (sf_score_tree_bytes(nodes) + nodes + 1);
	if (max < SHAPES_MIN) {
		return SHAPES_MIN;
	}
	return max < SHAPES_MAX ? max : SHAPES_MAX;
}

/* The slot of the request, or the free one where it belongs. */
static uint32_t *probe(const struct sf_shapes *shapes, const struct sf_request *request)
{
	size_t mask = shapes->n_slots - 1;
	for (size_t i = (size_t)sf_request_hash(request);; i++) {
		uint32_t *slot = &shapes->slot[i & mask];
		if (*slot == 0 || sf_request_same(&shapes->shape[*slot - 1].ask.request, request)) {
			return slot;
		}
	}
}

/* All slots anew, at most half of them taken with one more shape. */
static void fill_slots(struct sf_shapes *shapes)
{
	size_t want = shapes->n_slots > 0 ? shapes->n_slots : SLOTS_MIN;
	while (want < 2 * (shapes->n + 1)) {
		want *= 2;
	}
	free(shapes->slot);
	shapes->slot = sf_xcalloc(want, sizeof(*shapes->slot));
	shapes->n_slots = want;
	for (size_t i = 0; i < shapes->n; i++) {
		*probe(shapes, &shapes->shape[i].ask.request) = (uint32_t)i + 1;
	}
}

/* Empties a slot; those behind it that it kept from their own places move up. */
static void free_slot(struct sf_shapes *shapes, uint32_t *slot)
{
	const size_t mask = shapes->n_slots - 1;
	size_t gap = (size_t)(slot - shapes->slot);
	for (size_t i = (gap + 1) & mask; shapes->slot[i] > 0; i = (i + 1) & mask) {
		const struct sf_shape *shape = &shapes->shape[shapes->slot[i] - 1];
		const size_t own = (size_t)sf_request_hash(&shape->ask.request) & mask;
		if (((i - own) & mask) >= ((i - gap) & mask)) {
			shapes->slot[gap] = shapes->slot[i];
			gap = i;
		}
	}
	shapes->slot[gap] = 0;
}

/* The last shape takes the place of the one that was not asked for longest. */
static void drop_oldest(struct sf_shapes *shapes)
{
	struct sf_shape *oldest = &shapes->shape[0];
	for (size_t i = 1; i < shapes->n; i++) {
		if (shapes->shape[i].used < oldest->used) {
			oldest = &shapes->shape[i];
		}
	}
	const struct sf_shape *last = &shapes->shape[shapes->n - 1];
	free_slot(shapes, probe(shapes, &oldest->ask.request));
	finish_shape(oldest);
	if (oldest != last) {
		*probe(shapes, &last->ask.request) = (uint32_t)(oldest - shapes->shape) + 1;
		*oldest = *last;
	}
	shapes->n--;
}

static struct sf_shape *add(struct sf_shapes *shapes, const struct sf_request *request,
                            enum sf_view view)
{
	shapes->shape =
		sf_xgrow(shapes->shape, &shapes->cap, shapes->n + 1, sizeof(*shapes->shape));
	struct sf_shape *shape = &shapes->shape[shapes->n];
	memset(shape, 0, sizeof(*shape));
	sf_ask_of(request, view, &shape->ask);
	if (2 * (shapes->n + 1) > shapes->n_slots) {
		fill_slots(shapes);
	}
	*probe(shapes, request) = (uint32_t)++shapes->n;
	return shape;
}

struct sf_shape *sf_shapes_get(struct sf_shapes *shapes, const struct sf_request *request,
                               enum sf_view view, uint32_t nodes)
{
	uint32_t *slot = shapes->n > 0 ? probe(shapes, request) : NULL;
	struct sf_shape *shape;
	if (slot != NULL && *slot > 0) {
		shape = &shapes->shape[*slot - 1];
	} else {
		while (shapes->n > 0 && shapes->n >= most_shapes(nodes)) {
			drop_oldest(shapes);
		}
		shape = add(shapes, request, view);
	}
	shape->used = ++shapes->questions;
	return shape;
}
