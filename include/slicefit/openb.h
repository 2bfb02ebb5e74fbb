/*
 * openb: the node and pod lists of the public GPU-sharing trace "openb" (Alibaba
 * cluster-trace-gpu-v2023, and the variants of hkust-adsl/kubernetes-scheduler-simulator).
 *
 * Nodes: sn, cpu_milli, memory_mib, gpu, model. Pods: name, cpu_milli, memory_mib, num_gpu,
 * gpu_milli and, in most lists, gpu_spec; further columns (quality of service, phase, times) are
 * not used.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_OPENB_H
#define SF_OPENB_H

#include <slicefit/study_trace.h>

struct sf_error;

/* Read a file ("-": standard input) into a zeroed struct, which is left zeroed on failure. The
 * trace is called like the file, without openb_pod_list_ and .csv. */
int sf_openb_load_nodes(const char *path, struct sf_study_nodes *out, struct sf_error *err);
int sf_openb_load_pods(const char *path, struct sf_study_pods *out, struct sf_error *err);

/* The same from memory; `name` stands for the file. */
int sf_openb_parse_nodes(const char *text, size_t len, const char *name, struct sf_study_nodes *out,
                         struct sf_error *err);
int sf_openb_parse_pods(const char *text, size_t len, const char *name, struct sf_study_pods *out,
                        struct sf_error *err);

#endif
