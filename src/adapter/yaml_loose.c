/* yaml_loose: YAML as kubectl takes it: anchors, aliases, merge keys, keys that are given twice. */
// SPDX-License-Identifier: Apache-2.0
#include "yaml_loose.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void sf_yaml_loose_finish(struct sf_yaml_loose *loose)
{
	free(loose->note);
	free(loose->anchor);
	loose->note = NULL;
	loose->anchor = NULL;
	loose->n_notes = loose->notes_cap = 0;
	loose->n_anchors = loose->anchors_cap = 0;
}

void sf_yaml_loose_note(struct sf_yaml_loose *loose, const struct sf_yaml *node, const char *text)
{
	if (text == NULL || loose->n_notes == SF_YAML_NOTES_MAX) {
		return;
	}
	loose->note =
		sf_xgrow(loose->note, &loose->notes_cap, loose->n_notes + 1, sizeof(*loose->note));
	bool keyed = node->key_line > 0;
	loose->note[loose->n_notes++] = (struct sf_yaml_note){
		.line = keyed ? node->key_line : node->line,
		.column = keyed ? node->key_column : node->column,
		.text = text,
	};
}

void sf_yaml_loose_name(struct sf_yaml_loose *loose, const char *name, const struct sf_yaml *node)
{
	for (size_t i = 0; i < loose->n_anchors; i++) {
		if (strcmp(loose->anchor[i].name, name) == 0) {
			loose->anchor[i].node = node;
			return;
		}
	}
	loose->anchor = sf_xgrow(loose->anchor, &loose->anchors_cap, loose->n_anchors + 1,
	                         sizeof(*loose->anchor));
	loose->anchor[loose->n_anchors++] = (struct sf_yaml_anchor){.name = name, .node = node};
}

const struct sf_yaml *sf_yaml_loose_find(const struct sf_yaml_loose *loose, const char *name)
{
	for (size_t i = 0; i < loose->n_anchors; i++) {
		if (strcmp(loose->anchor[i].name, name) == 0) {
			return loose->anchor[i].node;
		}
	}
	return NULL;
}

/* The depth is limited by the reader, which measures before it repeats. */
size_t sf_yaml_loose_measure(const struct sf_yaml *node, size_t most, size_t *height)
{
	size_t total = 1, below = 0;
	for (size_t i = 0; i < node->n && total <= most; i++) {
		size_t high = 0;
		total += sf_yaml_loose_measure(node->child[i], most - total, &high);
		below = high > below ? high : below;
	}
	*height = node->kind == SF_YAML_SCALAR ? 0 : below + 1;
	return total;
}

static bool is_merge(const struct sf_yaml *child)
{
	return strcmp(child->key, "<<") == 0;
}

/* The children of a mapping as they come together. */
struct gathering {
	struct sf_yaml_loose *loose;
	struct sf_arena *arena;
	struct sf_map seen; /* key: number in child */
	struct sf_yaml **child;
	size_t n, cap;
};

static void push(struct gathering *all, struct sf_yaml *child)
{
	all->child = sf_xgrow(all->child, &all->cap, all->n + 1, sizeof(struct sf_yaml *));
	sf_map_set(&all->seen, child->key, (uint32_t)all->n);
	all->child[all->n++] = child;
}

/* The mapping's own: the last of equal keys counts, where the first one stood. */
static void push_own(struct gathering *all, struct sf_yaml *child)
{
	uint32_t first;
	if (all->child == NULL || !sf_map_get(&all->seen, child->key, &first)) {
		push(all, child);
		return;
	}
	const char *text = sf_arena_printf(
		all->arena, "key '%.60s' is already given in line %" PRIu32 "; this one counts",
		child->key, all->child[first]->key_line);
	sf_yaml_loose_note(all->loose, child, text);
	all->child[first] = child;
}

static void push_merged(struct gathering *all, const struct sf_yaml *from)
{
	uint32_t first;
	for (size_t i = 0; i < from->n; i++) {
		if (!sf_map_get(&all->seen, from->child[i]->key, &first)) {
			push(all, from->child[i]);
		}
	}
}

/* A mapping, or a list of them. */
static bool can_merge(const struct sf_yaml *value)
{
	for (size_t i = 0; value->kind == SF_YAML_SEQUENCE && i < value->n; i++) {
		if (value->child[i]->kind != SF_YAML_MAPPING) {
			return false;
		}
	}
	return value->kind != SF_YAML_SCALAR;
}

static int gather(struct gathering *all, const struct sf_yaml *mapping,
                  const struct sf_yaml **fault)
{
	for (size_t i = 0; i < mapping->n; i++) {
		if (!is_merge(mapping->child[i])) {
			push_own(all, mapping->child[i]);
		}
	}
	for (size_t i = 0; i < mapping->n; i++) {
		const struct sf_yaml *value = mapping->child[i];
		if (!is_merge(value)) {
			continue;
		}
		if (!can_merge(value)) {
			*fault = value;
			return -1;
		}
		for (size_t k = 0; value->kind == SF_YAML_SEQUENCE && k < value->n; k++) {
			push_merged(all, value->child[k]);
		}
		if (value->kind == SF_YAML_MAPPING) {
			push_merged(all, value);
		}
	}
	return 0;
}

int sf_yaml_loose_settle(struct sf_yaml_loose *loose, struct sf_yaml *mapping,
                         struct sf_arena *arena, const struct sf_yaml **fault)
{
	struct gathering all = {.loose = loose, .arena = arena};
	*fault = NULL;
	int rc = gather(&all, mapping, fault);
	struct sf_yaml **child = mapping->child;
	if (rc == 0 && all.n > mapping->n) {
		child = sf_arena_array(arena, all.n, sizeof(struct sf_yaml *));
	}
	if (rc == 0 && all.n > 0 && child != NULL) {
		memcpy(child, all.child, all.n * sizeof(struct sf_yaml *));
	}
	if (rc == 0 && child == NULL && all.n > 0) {
		rc = -1;
	}
	if (rc == 0) {
		mapping->child = child;
		mapping->n = all.n;
	}
	sf_map_finish(&all.seen);
	free(all.child);
	return rc;
}
