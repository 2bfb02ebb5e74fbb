/* usage: what pods were measured to use of their GPUs. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/usage.h>

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/error.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Names of Kubernetes: 63 and 253. */
enum { KEY_MAX = 63 + 253 + 2 };

void sf_usage_init(struct sf_usage *usage)
{
	*usage = (struct sf_usage){.arena = sf_arena_create(0)};
}

void sf_usage_finish(struct sf_usage *usage)
{
	for (size_t i = 0; i < usage->n; i++) {
		for (int k = 0; k < SF_USAGE_KINDS; k++) {
			free(usage->pod[i].series[k].value);
		}
	}
	free(usage->pod);
	sf_map_finish(&usage->by_name);
	sf_arena_destroy(usage->arena);
	*usage = (struct sf_usage){0};
}

int64_t sf_usage_pod(struct sf_usage *usage, const char *space, const char *name,
                     struct sf_error *err)
{
	char key[KEY_MAX];
	uint32_t number;
	int len = snprintf(key, sizeof(key), "%s/%s", space, name);
	if (len >= KEY_MAX) {
		return sf_fail(err, SF_EINVAL, "pod %.60s: the name is too long", name);
	}
	if (sf_map_get(&usage->by_name, key, &number)) {
		return number;
	}
	if (usage->n == SF_USAGE_PODS_MAX) {
		return sf_fail(err, SF_ELIMIT, "more than %d pods", SF_USAGE_PODS_MAX);
	}
	usage->pod = sf_xgrow(usage->pod, &usage->cap, usage->n + 1, sizeof(*usage->pod));
	usage->pod[usage->n] = (struct sf_usage_pod){
		.space = sf_arena_strdup(usage->arena, space),
		.name = sf_arena_strdup(usage->arena, name),
	};
	sf_map_set(&usage->by_name, sf_arena_strdup(usage->arena, key), (uint32_t)usage->n);
	return (int64_t)usage->n++;
}

int sf_usage_add(struct sf_usage *usage, int64_t pod, enum sf_usage_kind kind, double value,
                 struct sf_error *err)
{
	struct sf_usage_series *series = &usage->pod[pod].series[kind];
	if (!isfinite(value) || value < 0) {
		return 0;
	}
	if (usage->samples == SF_USAGE_SAMPLES_MAX) {
		return sf_fail(err, SF_ELIMIT, "more than %d measurements", SF_USAGE_SAMPLES_MAX);
	}
	series->value =
		sf_xgrow(series->value, &series->cap, series->n + 1, sizeof(*series->value));
	series->value[series->n++] = kind == SF_USAGE_BUSY && value > 1 ? 1 : value;
	usage->samples++;
	return 0;
}
