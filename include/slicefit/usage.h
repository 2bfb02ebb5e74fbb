/* usage: what pods were measured to use of their GPUs. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_USAGE_H
#define SF_USAGE_H

#include <slicefit/map.h>

#include <stddef.h>
#include <stdint.h>

struct sf_arena;
struct sf_error;

/* Limits on what comes from outside. */
enum { SF_USAGE_SAMPLES_MAX = 32 << 20, SF_USAGE_PODS_MAX = 1 << 20 };

enum sf_usage_kind {
	SF_USAGE_BUSY, /* part of the time in which the GPU was busy, 0 to 1 (DCGM_FI_DEV_GPU_UTIL) */
	SF_USAGE_MIB, /* GPU memory in use (DCGM_FI_DEV_FB_USED) */
	SF_USAGE_KINDS,
};

struct sf_usage_series {
	size_t n, cap;
	double *value; /* in no order */
};

/* All GPUs of a pod together: each measurement of one GPU is one value. */
struct sf_usage_pod {
	const char *space, *name; /* space "": not told */
	struct sf_usage_series series[SF_USAGE_KINDS];
};

struct sf_usage {
	struct sf_arena *arena;
	struct sf_map by_name; /* "space/name": number */
	size_t n, cap, samples;
	struct sf_usage_pod *pod;
};

void sf_usage_init(struct sf_usage *usage);
void sf_usage_finish(struct sf_usage *usage);

/* The number of a pod, which is added when it is new; -1 and err beyond a limit. */
int64_t sf_usage_pod(struct sf_usage *usage, const char *space, const char *name,
                     struct sf_error *err);

/* One measurement; those that are no numbers or below 0 are passed over, and no GPU is busier than
 * always. -1 and err beyond the limit. */
int sf_usage_add(struct sf_usage *usage, int64_t pod, enum sf_usage_kind kind, double value,
                 struct sf_error *err);

#endif
