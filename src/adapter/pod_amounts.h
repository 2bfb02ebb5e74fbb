/* pod_amounts: what the containers of a pod ask for, added up as the scheduler does. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_POD_AMOUNTS_H
#define SF_POD_AMOUNTS_H

#include <slicefit/kube_pod.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_error;

/* A sum or a maximum over containers. */
struct sf_pod_amounts {
	int64_t cpu_milli;
	int64_t memory;               /* bytes */
	int64_t gpu_mem;              /* aliyun.com/gpu-mem, in its own unit; a sum, too */
	int64_t gpumem, gpumem_share; /* nvidia.com/gpumem (MiB) and -percentage: the largest */
	uint8_t n;
	struct sf_gpu_amount {
		char name[SF_NAME_MAX];
		int64_t count; /* 0: as if it were not there */
	} gpu[SF_WANTS_MAX];
};

/* The parts of a pod's spec that ask for something, in whatever order they were read. */
struct sf_pod_parts {
	struct sf_pod_amounts containers;
	struct sf_pod_amounts sidecars;  /* init containers that stay */
	struct sf_pod_amounts init_peak; /* the most while one init container runs */
	struct sf_pod_amounts pod_level; /* spec.resources.requests */
	bool pod_cpu, pod_memory;        /* which of them are given */
	struct sf_pod_amounts overhead;
};

/* Is it the name of an extended resource that is looked at? For those limits stand in for missing
 * requests. */
bool sf_pod_amounts_extended(const char *name, size_t len);

/* Is it one that is looked at at all? */
bool sf_pod_amounts_known(const char *name, size_t len);

/* One entry of requests or limits; a later one of the same name replaces it. `amount` NULL: it is
 * neither a text nor an integer. Names that are not looked at are left out, whatever the amount. */
int sf_pod_amounts_set(struct sf_pod_amounts *out, const char *name, size_t len, const char *amount,
                       size_t amount_len, struct sf_error *err);

/* One more container. */
int sf_pod_parts_add(struct sf_pod_parts *parts, const struct sf_pod_amounts *container,
                     struct sf_error *err);

/* One more init container, in the order in which they run; `stays`: restartPolicy Always. */
int sf_pod_parts_add_init(struct sf_pod_parts *parts, const struct sf_pod_amounts *container,
                          bool stays, struct sf_error *err);

/* Adds all up into what the pod asks for: its wants, CPU, memory, and wishes for GPU memory in
 * resources. */
int sf_pod_parts_finish(const struct sf_pod_parts *parts, struct sf_kube_pod *pod,
                        struct sf_error *err);

#endif
