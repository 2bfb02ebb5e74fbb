/* kube_wish: GPU memory that a pod wishes for, in the conventions that users have already. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_WISH_H
#define SF_KUBE_WISH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_error;
struct sf_kube_pod;

/* Annotations: a quantity of bytes ("10Gi"); KAI Scheduler (docs/gpu-sharing): MiB, and a part of a
 * GPU above 0 and at most 1 ("0.5"). */
#define SF_KUBE_GPU_MEMORY   "slicefit.io/gpu-memory"
#define SF_KUBE_KAI_MEMORY   "gpu-memory"
#define SF_KUBE_KAI_FRACTION "gpu-fraction"

/* Resources: HAMi, MiB and per cent of each GPU beside nvidia.com/gpu; gpushare-scheduler-extender,
 * GiB (or MiB, its --memory-unit) of one GPU. */
#define SF_KUBE_HAMI_MEMORY  "nvidia.com/gpumem"
#define SF_KUBE_HAMI_PERCENT "nvidia.com/gpumem-percentage"
#define SF_KUBE_GPUSHARE     "aliyun.com/gpu-mem"

enum sf_kube_wish {
	SF_KUBE_WISH_OWN,
	SF_KUBE_WISH_KAI_MEMORY,
	SF_KUBE_WISH_KAI_FRACTION,
	SF_KUBE_WISH_HAMI_MEMORY,
	SF_KUBE_WISH_HAMI_PERCENT,
	SF_KUBE_WISH_GPUSHARE,
	SF_KUBE_WISHES,
};

/* Which conventions are heeded; all zero: each of them. The own annotation always is. */
struct sf_kube_wish_rules {
	bool no_kai, no_hami, no_gpushare;
	bool gpushare_mib; /* aliyun.com/gpu-mem counts MiB */
};

/* "all", "none", or a list of kai, hami, gpushare and gpushare:MiB. */
int sf_kube_wish_rules_parse(const char *text, struct sf_kube_wish_rules *out,
                             struct sf_error *err);

/* Keeps the value of an annotation in pod->wish when it is one of a wish; `text` NULL: it was no
 * text. */
void sf_kube_wish_annotation(struct sf_kube_pod *pod, const char *key, size_t key_len,
                             const char *text, size_t len);

/*
 * Works out gpu_memory_mib, gpu_memory_milli, replica_only and wish_fault from pod->wish; may be
 * done again with other rules. The own annotation goes before all others; two of the others at once
 * are a fault, as is a value that cannot be read. With a fault the pod counts as one that needs the
 * whole memory of its devices. A pod without GPUs has no wish, unless it is aliyun.com/gpu-mem: then
 * it asks for one replica of a shared nvidia.com/gpu.
 */
void sf_kube_wish_apply(struct sf_kube_pod *pod, const struct sf_kube_wish_rules *rules);

#endif
