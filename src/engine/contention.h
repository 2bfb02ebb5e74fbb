/*
 * contention: how much slower a pod runs for the others on its device.
 *
 * Time-slicing (contexts take turns on the whole GPU; processor sharing): others that keep the GPU
 * busy for a share D of the time leave 1 - D of it, but never less than the fair 1/n, and switching
 * between busy contexts costs 1 - efficiency. So with D = min(1, duty of the others)
 *
 *     slow = min(n, 1 / (1 - D)) / (1 - (1 - efficiency) D)
 *
 * while the pod's own work is on the GPU, and 1 - duty + duty * slow for all of its time. For n pods
 * that are always busy this is n / efficiency. The default, 0.9, is what nebuly-ai/nos measured
 * (demos/gpu-sharing-comparison: YOLOS on A100 80GB, 3, 5 and 7 pods: 3.32, 5.54, 7.77 times).
 *
 * MPS (kernels of several processes run at once): 1 + duty of the others, where duty is the share of
 * the GPU's throughput that one process gets when it is alone. It is the best of the one-parameter
 * laws for the 1327 co-locations that ParvaGPU (SC 2024, github.com/MunQ-Lee/ParvaGPU_SC24)
 * measured: half of them are within 8 %. nos measured 1.86, 2.74, 3.63 for 3, 5, 7 pods, that is, a
 * duty of 0.44.
 *
 * Caveats: means only, tails are longer; nothing about memory bandwidth or running out of memory.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_CONTENTION_H
#define SF_CONTENTION_H

#include <slicefit/scenario.h>

/* Duties in millionths, so that sums do not depend on their order. */
enum { SF_DUTY_FULL = 1000000 };

/* A workload's gpu_duty in millionths. */
int64_t sf_contention_duty(const struct sf_workload *workload);

/* Does the scenario slow pods down on devices that are shared this way? */
bool sf_contention_applies(const struct sf_contention *contention, enum sf_sharing_mode mode);

/* Time that a pod takes for what takes 1 alone, at least 1: it is one of `n` on the device, `own`
 * is its duty and `others` the sum of theirs. The model applies to the mode. */
double sf_contention_slowdown(const struct sf_contention *contention, enum sf_sharing_mode mode,
                              uint32_t n, int64_t own, int64_t others);

#endif
