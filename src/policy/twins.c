/* twins: nodes that were alike when a placer began, so that one of them is judged for all. */
// SPDX-License-Identifier: Apache-2.0
#include "twins.h"

#include <slicefit/alloc.h>

#include <stdlib.h>
#include <string.h>

/* FNV-1a over the words of a row, whose padding is zero; with shifts so that high bits reach low
 * ones. */
static uint64_t hash_of(const struct sf_row *row)
{
	uint64_t word[sizeof(*row) / sizeof(uint64_t)];
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	_Static_assert(sizeof(word) == sizeof(*row), "rows are whole words");
	memcpy(word, row, sizeof(word));
	for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++) {
		hash = (hash ^ word[i]) * UINT64_C(0x100000001b3);
		hash ^= hash >> 29;
	}
	return hash;
}

void sf_twins_init(struct sf_twins *twins, const struct sf_row *row, uint32_t n)
{
	size_t n_slots = 64;
	while (n_slots < 2 * (size_t)n) {
		n_slots *= 2;
	}
	uint32_t *first = sf_xcalloc(n_slots, sizeof(*first)); /* 1 + first node of a group */
	*twins = (struct sf_twins){.n_nodes = n};
	twins->group = sf_xcalloc((size_t)n + 1, sizeof(*twins->group));
	for (uint32_t i = 0; i < n; i++) {
		size_t at = (size_t)hash_of(&row[i]) & (n_slots - 1);
		while (first[at] > 0 && memcmp(&row[first[at] - 1], &row[i], sizeof(*row)) != 0) {
			at = (at + 1) & (n_slots - 1);
		}
		if (first[at] > 0) {
			twins->group[i] = twins->group[first[at] - 1];
		} else {
			first[at] = i + 1;
			twins->group[i] = twins->n;
			twins->n = (uint16_t)(twins->n + (twins->n < SF_TWINS_NONE));
		}
	}
	twins->verdict = sf_xcalloc((size_t)twins->n + 1, sizeof(*twins->verdict));
	free(first);
}

void sf_twins_finish(struct sf_twins *twins)
{
	free(twins->group);
	free(twins->verdict);
	*twins = (struct sf_twins){0};
}

void sf_twins_leave(struct sf_twins *twins, uint32_t node)
{
	if (node < twins->n_nodes) {
		twins->group[node] = SF_TWINS_NONE;
	}
}

struct sf_verdict *sf_twins_get(struct sf_twins *twins, uint32_t node)
{
	if (node >= twins->n_nodes || twins->group[node] == SF_TWINS_NONE) {
		return NULL;
	}
	return &twins->verdict[twins->group[node]];
}
