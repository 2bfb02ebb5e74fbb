/* target: the typical pods of a workload. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/target.h>

#include "target_impl.h"

#include <slicefit/alloc.h>

#include <stdlib.h>
#include <string.h>

/* The paper's artifact keeps the most frequent pods until they are 95 % of all. */
enum { KEPT_PCT = 95, SLOTS_MIN = 64 };

static uint64_t hash_of(const struct sf_request *request, const char *spec)
{
	uint64_t hash = sf_request_hash(request);

	for (; *spec != '\0'; spec++) {
		hash = (hash ^ (unsigned char)*spec) * UINT64_C(0x100000001b3);
	}
	return hash ^ hash >> 29;
}

/* The slot of such a class, or the free one where it belongs. */
static uint32_t *probe(const struct sf_target *target, const struct sf_request *request,
                       const char *spec)
{
	for (size_t i = (size_t)hash_of(request, spec);; i++) {
		uint32_t *slot = &target->slot[i & (target->n_slots - 1)];
		if (*slot == 0) {
			return slot;
		}
		const struct sf_target_class *class = &target->class[*slot - 1];
		if (sf_request_same(&class->request, request) && strcmp(class->spec, spec) == 0) {
			return slot;
		}
	}
}

/* Slots hold the number of the class plus one; at most half of them are taken. */
static void grow_slots(struct sf_target *target)
{
	free(target->slot);
	target->n_slots = target->n_slots > 0 ? 2 * target->n_slots : SLOTS_MIN;
	target->slot = sf_xcalloc(target->n_slots, sizeof(*target->slot));
	for (size_t i = 0; i < target->n; i++) {
		*probe(target, &target->class[i].request, target->class[i].spec) = (uint32_t)i + 1;
	}
}

static void count_gpus(struct sf_target_class *class)
{
	const struct sf_request *request = &class->request;
	uint32_t gpus = 0;

	for (uint8_t i = 0; i < request->n; i++) {
		gpus += request->want[i].count;
	}
	class->gpus = (uint16_t)(gpus < UINT16_MAX ? gpus : UINT16_MAX);
	if (request->n > 0) {
		class->milli =
			sf_request_is_fraction(request) ? request->gpu_milli : SF_FRACTION_REPLICAS;
	}
}

void sf_target_add(struct sf_target *target, const struct sf_request *request, uint64_t count,
                   const char *spec)
{
	struct sf_request plain = *request;
	uint32_t *slot;

	if (count == 0) {
		return;
	}
	plain.memory_mib = 0;
	plain.rule = 0;
	if (plain.gpu_milli == SF_FRACTION_REPLICAS) {
		plain.gpu_milli = 0;
	}
	spec = spec != NULL ? spec : "";
	if (2 * (target->n + 1) > target->n_slots) {
		grow_slots(target);
	}
	slot = probe(target, &plain, spec);
	if (*slot == 0) {
		target->class = sf_xgrow(target->class, &target->cap, target->n + 1,
		                         sizeof(*target->class));
		target->class[target->n] = (struct sf_target_class){
			.request = plain, .spec = spec, .order = (uint32_t)target->n};
		count_gpus(&target->class[target->n]);
		*slot = (uint32_t)++target->n;
	}
	target->class[*slot - 1].count += count;
	target->pods += count;
}

static int by_count(const void *a, const void *b)
{
	const struct sf_target_class *x = a, *y = b;

	if (x->count != y->count) {
		return x->count > y->count ? -1 : 1;
	}
	if (x->request.cpu_milli != y->request.cpu_milli) {
		return x->request.cpu_milli > y->request.cpu_milli ? -1 : 1;
	}
	if (x->milli != y->milli) {
		return x->milli > y->milli ? -1 : 1;
	}
	if (x->gpus != y->gpus) {
		return x->gpus > y->gpus ? -1 : 1;
	}
	const int by_spec = strcmp(y->spec, x->spec);

	/* What else may differ is settled by the order in which the classes came. */
	return by_spec != 0 ? by_spec : (x->order > y->order) - (x->order < y->order);
}

/* Lists the cuts, and ranks every number of milli-GPUs among them. */
static void make_cuts(struct sf_target *target)
{
	target->cut = sf_xcalloc(SF_FRACTION_REPLICAS + 1, sizeof(*target->cut));
	target->rank = sf_xcalloc(SF_FRACTION_REPLICAS + 1, sizeof(*target->rank));
	for (size_t i = 0; i < target->n; i++) {
		target->rank[target->class[i].milli] = 1;
	}
	for (int milli = 0; milli <= SF_FRACTION_REPLICAS; milli++) {
		if (target->rank[milli] > 0) {
			target->cut[target->n_cuts++] = (uint16_t)milli;
		}
		target->rank[milli] = (uint16_t)target->n_cuts;
	}
}

/* Replicas, instances, ...: nodes with undivided GPUs have none. */
static bool wants_divided(const struct sf_request *request)
{
	for (uint8_t i = 0; i < request->n; i++) {
		if (request->want[i].resource != SF_RES_GPU || request->sharing == SF_WISH_SHARED) {
			return true;
		}
	}
	return false;
}

static void make_terms(struct sf_target *target)
{
	target->term = sf_xcalloc(target->n + 1, sizeof(*target->term));
	make_cuts(target);
	for (size_t i = 0; i < target->n; i++) {
		const struct sf_target_class *class = &target->class[i];
		const struct sf_request *request = &class->request;
		const bool any = request->n == 0 || request->products == 0;

		target->term[i] = (struct sf_target_term){
			.weight = class->weight,
			.cpu_milli = request->cpu_milli,
			.products = any ? UINT64_MAX : request->products,
			.cut = (uint16_t)(target->rank[class->milli] - 1),
			.gpus = wants_divided(request) ? UINT16_MAX : class->gpus,
			.kind = request->n == 0 ? SF_TARGET_CPU : SF_TARGET_GPU,
		};
	}
}

void sf_target_close(struct sf_target *target)
{
	uint64_t kept = 0;
	size_t n = 0;

	if (target->n > 1) {
		qsort(target->class, target->n, sizeof(*target->class), by_count);
	}
	while (n < target->n && kept * 100 < target->pods * KEPT_PCT) {
		kept += target->class[n++].count;
	}
	target->n = n;
	for (size_t i = 0; i < n; i++) {
		target->class[i].weight = (double)target->class[i].count / (double)target->pods /
		                          ((double)kept / (double)target->pods);
	}
	make_terms(target);
	free(target->slot);
	target->slot = NULL;
	target->n_slots = 0;
}

void sf_target_finish(struct sf_target *target)
{
	if (target == NULL) {
		return;
	}
	free(target->class);
	free(target->slot);
	free(target->term);
	free(target->cut);
	free(target->rank);
	*target = (struct sf_target){0};
}
