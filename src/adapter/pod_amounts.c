/* pod_amounts: what the containers of a pod ask for, added up as the scheduler does. */
// SPDX-License-Identifier: Apache-2.0
#include "pod_amounts.h"

#include <slicefit/error.h>
#include <slicefit/quantity.h>
#include <slicefit/resource.h>

#include <stddef.h>
#include <string.h>

/* Names with a place of their own. */
static const struct place {
	const char *name;
	uint8_t offset; /* in struct sf_pod_amounts */
	uint8_t scale;
	bool extended;
} places[] = {
	{"cpu", offsetof(struct sf_pod_amounts, cpu_milli), 3, false},
	{"memory", offsetof(struct sf_pod_amounts, memory), 0, false},
	{SF_KUBE_HAMI_MEMORY, offsetof(struct sf_pod_amounts, gpumem), 0, true},
	{SF_KUBE_HAMI_PERCENT, offsetof(struct sf_pod_amounts, gpumem_share), 0, true},
	{SF_KUBE_GPUSHARE, offsetof(struct sf_pod_amounts, gpu_mem), 0, true},
};

static const struct place *place_of(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (strlen(places[i].name) == len && memcmp(places[i].name, name, len) == 0) {
			return &places[i];
		}
	}
	return NULL;
}

bool sf_pod_amounts_extended(const char *name, size_t len)
{
	const struct place *place = place_of(name, len);
	return place != NULL ? place->extended : sf_resource_names_gpu(name, len);
}

bool sf_pod_amounts_known(const char *name, size_t len)
{
	return place_of(name, len) != NULL || sf_resource_names_gpu(name, len);
}

static int add_checked(int64_t *to, int64_t value, struct sf_error *err)
{
	if (__builtin_add_overflow(*to, value, to)) {
		return sf_fail(err, SF_ELIMIT, "the sum of the requests is too large");
	}
	return 0;
}

/* The slot of a name in `sum`, a new one if need be; NULL and err when there is none left. */
static int64_t *gpu_slot(struct sf_pod_amounts *sum, const char *name, size_t len,
                         struct sf_error *err)
{
	for (uint8_t i = 0; i < sum->n; i++) {
		if (strlen(sum->gpu[i].name) == len && memcmp(sum->gpu[i].name, name, len) == 0) {
			return &sum->gpu[i].count;
		}
	}
	if (sum->n == SF_WANTS_MAX) {
		sf_fail(err, SF_ELIMIT, "more than %d different GPU resources", SF_WANTS_MAX);
		return NULL;
	}
	if (len >= SF_NAME_MAX) {
		sf_fail(err, SF_EINVAL, "resource name %.*s... is longer than %d characters", 80,
		        name, SF_NAME_MAX - 1);
		return NULL;
	}
	struct sf_gpu_amount *gpu = &sum->gpu[sum->n++];
	memcpy(gpu->name, name, len);
	gpu->name[len] = '\0';
	gpu->count = 0;
	return &gpu->count;
}

static int set_gpu(struct sf_pod_amounts *out, const char *name, size_t len, int64_t amount,
                   struct sf_error *err)
{
	/* A name with 0 takes no slot of its own. */
	for (uint8_t i = 0; i < out->n && amount == 0; i++) {
		if (strlen(out->gpu[i].name) == len && memcmp(out->gpu[i].name, name, len) == 0) {
			out->gpu[i].count = 0;
		}
	}
	int64_t *slot = amount > 0 ? gpu_slot(out, name, len, err) : NULL;
	if (slot != NULL) {
		*slot = amount;
	}
	return amount == 0 || slot != NULL ? 0 : -1;
}

int sf_pod_amounts_set(struct sf_pod_amounts *out, const char *name, size_t len, const char *amount,
                       size_t amount_len, struct sf_error *err)
{
	const struct place *place = place_of(name, len);
	int shown = len < 80 ? (int)len : 80;
	int64_t value;
	if (place == NULL && !sf_resource_names_gpu(name, len)) {
		return 0;
	}
	if (amount == NULL ||
	    sf_quantity_parse(amount, amount_len, place != NULL ? place->scale : 0, &value) < 0) {
		return sf_fail(err, SF_EINVAL, "%.*s: the amount is no quantity", shown, name);
	}
	if (value < 0) {
		return sf_fail(err, SF_EINVAL, "%.*s: the amount is negative", shown, name);
	}
	if (place == NULL) {
		return set_gpu(out, name, len, value, err);
	}
	memcpy((char *)out + place->offset, &value, sizeof(value));
	return 0;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int add(struct sf_pod_amounts *to, const struct sf_pod_amounts *from, struct sf_error *err)
{
	if (add_checked(&to->cpu_milli, from->cpu_milli, err) < 0 ||
	    add_checked(&to->memory, from->memory, err) < 0 ||
	    add_checked(&to->gpu_mem, from->gpu_mem, err) < 0) {
		return -1;
	}
	to->gpumem = larger(to->gpumem, from->gpumem);
	to->gpumem_share = larger(to->gpumem_share, from->gpumem_share);
	for (uint8_t i = 0; i < from->n; i++) {
		const struct sf_gpu_amount *gpu = &from->gpu[i];
		if (gpu->count == 0) {
			continue;
		}
		int64_t *count = gpu_slot(to, gpu->name, strlen(gpu->name), err);
		if (count == NULL || add_checked(count, gpu->count, err) < 0) {
			return -1;
		}
	}
	return 0;
}

static int raise_to(struct sf_pod_amounts *to, const struct sf_pod_amounts *from,
                    struct sf_error *err)
{
	to->cpu_milli = larger(to->cpu_milli, from->cpu_milli);
	to->memory = larger(to->memory, from->memory);
	to->gpu_mem = larger(to->gpu_mem, from->gpu_mem);
	to->gpumem = larger(to->gpumem, from->gpumem);
	to->gpumem_share = larger(to->gpumem_share, from->gpumem_share);
	for (uint8_t i = 0; i < from->n; i++) {
		const struct sf_gpu_amount *gpu = &from->gpu[i];
		if (gpu->count == 0) {
			continue;
		}
		int64_t *count = gpu_slot(to, gpu->name, strlen(gpu->name), err);
		if (count == NULL) {
			return -1;
		}
		*count = larger(*count, gpu->count);
	}
	return 0;
}

int sf_pod_parts_add(struct sf_pod_parts *parts, const struct sf_pod_amounts *container,
                     struct sf_error *err)
{
	return add(&parts->containers, container, err);
}

/* Init containers run one after the other, beside the sidecars that were started before. */
int sf_pod_parts_add_init(struct sf_pod_parts *parts, const struct sf_pod_amounts *container,
                          bool stays, struct sf_error *err)
{
	struct sf_pod_amounts beside = *container;
	if (stays) {
		return add(&parts->sidecars, container, err) < 0
		               ? -1
		               : raise_to(&parts->init_peak, &parts->sidecars, err);
	}
	return add(&beside, &parts->sidecars, err) < 0 ? -1
	                                               : raise_to(&parts->init_peak, &beside, err);
}

static int64_t mib(int64_t bytes)
{
	return bytes / 1048576 + (bytes % 1048576 != 0);
}

static int set_wants(const struct sf_pod_amounts *sum, struct sf_kube_pod *pod,
                     struct sf_error *err)
{
	pod->n = 0;
	for (uint8_t i = 0; i < sum->n; i++) {
		struct sf_kube_want *want = &pod->want[pod->n++];
		if (sum->gpu[i].count > UINT16_MAX) {
			return sf_fail(err, SF_ELIMIT, "%s: more than %d asked for",
			               sum->gpu[i].name, UINT16_MAX);
		}
		memcpy(want->name, sum->gpu[i].name, SF_NAME_MAX);
		want->count = (uint16_t)sum->gpu[i].count;
	}
	pod->cpu_milli = sum->cpu_milli;
	pod->memory_mib = mib(sum->memory);
	pod->wish[SF_KUBE_WISH_HAMI_MEMORY] = sum->gpumem;
	pod->wish[SF_KUBE_WISH_HAMI_PERCENT] = sum->gpumem_share;
	pod->wish[SF_KUBE_WISH_GPUSHARE] = sum->gpu_mem;
	return 0;
}

int sf_pod_parts_finish(const struct sf_pod_parts *parts, struct sf_kube_pod *pod,
                        struct sf_error *err)
{
	struct sf_pod_amounts sum = {0};
	if (add(&sum, &parts->containers, err) < 0 || add(&sum, &parts->sidecars, err) < 0 ||
	    raise_to(&sum, &parts->init_peak, err) < 0) {
		return -1;
	}
	/* spec.resources (pod-level requests, KEP-2837) replaces what the containers add up to. */
	sum.cpu_milli = parts->pod_cpu ? parts->pod_level.cpu_milli : sum.cpu_milli;
	sum.memory = parts->pod_memory ? parts->pod_level.memory : sum.memory;
	if (add_checked(&sum.cpu_milli, parts->overhead.cpu_milli, err) < 0 ||
	    add_checked(&sum.memory, parts->overhead.memory, err) < 0) {
		return -1;
	}
	return set_wants(&sum, pod, err);
}
