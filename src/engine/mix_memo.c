/* mix_memo: fragments of nodes that were looked at before in the same state. */
// SPDX-License-Identifier: Apache-2.0
#include "mix_memo.h"

#include <slicefit/alloc.h>
#include <slicefit/product.h>

#include <stdlib.h>
#include <string.h>

enum { CLASSES_MIN = 6, ENTRIES = 1 << 14 };

/* All that the filter and the fragment read of such a node; without padding, so that bytes can be
 * compared. */
struct key {
	uint64_t products;
	uint32_t cpu, memory; /* requests that find enough */
	uint16_t n_gpus;
	uint8_t state, has_pods, fractional, used;
	uint8_t unused[2];
	uint16_t product[SF_GPUS_MAX];
	uint16_t free[SF_GPUS_MAX]; /* replicas, or milli-GPUs */
};

_Static_assert(sizeof(struct key) == 24 + 2 * sizeof(uint16_t[SF_GPUS_MAX]), "no padding");

struct entry {
	struct key key;
	int64_t fragment;
};

struct sf_mix_memo {
	size_t n;
	int64_t *cpu, *memory; /* what the requests want, ascending */
	bool wants_gpu_memory;
	struct entry *entry; /* ENTRIES of them; the latest of those that fall together */
};

static int compare(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a;
	const int64_t y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

struct sf_mix_memo *sf_mix_memo_create(const struct sf_mix *mix)
{
	if (mix->n < CLASSES_MIN) {
		return NULL;
	}
	struct sf_mix_memo *memo = sf_xcalloc(1, sizeof(*memo));
	memo->n = mix->n;
	memo->cpu = sf_xcalloc(mix->n, sizeof(*memo->cpu));
	memo->memory = sf_xcalloc(mix->n, sizeof(*memo->memory));
	memo->entry = sf_xcalloc(ENTRIES, sizeof(*memo->entry));
	for (size_t i = 0; i < mix->n; i++) {
		const struct sf_request *request = &mix->class[i].request;
		memo->cpu[i] = request->cpu_milli;
		memo->memory[i] = request->memory_mib;
		memo->wants_gpu_memory = memo->wants_gpu_memory || request->gpu_memory_mib > 0;
	}
	qsort(memo->cpu, mix->n, sizeof(*memo->cpu), compare);
	qsort(memo->memory, mix->n, sizeof(*memo->memory), compare);
	return memo;
}

void sf_mix_memo_destroy(struct sf_mix_memo *memo)
{
	if (!memo) {
		return;
	}
	free(memo->cpu);
	free(memo->memory);
	free(memo->entry);
	free(memo);
}

/* How many of the amounts there are enough for. */
static uint32_t enough_for(const int64_t *amount, size_t n, int64_t free)
{
	size_t low = 0;
	size_t high = n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (amount[mid] <= free) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return (uint32_t)low;
}

/* False for a node without a key: pods on fractions hold GPU memory, which is not in it. */
static bool make_key(const struct sf_mix_memo *memo, const struct sf_node *node, struct key *key)
{
	bool fractional = sf_node_is_fractional(node);
	if (node->by_counts || node->dynamic || node->strategy != SF_STRATEGY_NONE ||
	    (fractional ? memo->wants_gpu_memory : node->n_shared > 0)) {
		return false;
	}
	memset(key, 0, sizeof(*key));
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		const struct sf_gpu *gpu = &node->gpu[g];
		if (gpu->mig) {
			return false;
		}
		key->product[g] = gpu->product->index;
		key->free[g] = (uint16_t)(gpu->device[0].replicas - gpu->device[0].used);
	}
	key->products = node->products;
	key->n_gpus = node->n_gpus;
	key->state = node->state;
	key->has_pods = node->pods < node->pods_max;
	key->fractional = fractional;
	key->used = 1;
	key->cpu = node->cpu_milli == 0
	                   ? UINT32_MAX
	                   : enough_for(memo->cpu, memo->n, node->cpu_milli - node->cpu_used_milli);
	key->memory = node->memory_mib == 0 ? UINT32_MAX
	                                    : enough_for(memo->memory, memo->n,
	                                                 node->memory_mib - node->memory_used_mib);
	return true;
}

static size_t place_of(const struct key *key)
{
	uint64_t word[sizeof(*key) / sizeof(uint64_t)];
	uint64_t hash = 0;
	memcpy(word, key, sizeof(word));
	for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++) {
		hash = (hash ^ word[i]) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
	}
	return hash % ENTRIES;
}

int64_t *sf_mix_memo_find(struct sf_mix_memo *memo, const struct sf_node *node, bool *known)
{
	struct key key;
	if (!make_key(memo, node, &key)) {
		return NULL;
	}
	struct entry *entry = &memo->entry[place_of(&key)];
	*known = memcmp(&entry->key, &key, sizeof(key)) == 0;
	entry->key = key;
	return &entry->fragment;
}
