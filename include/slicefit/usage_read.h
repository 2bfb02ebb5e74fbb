/* usage_read: measurements of pods out of CSV, and out of what Prometheus answers. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_USAGE_READ_H
#define SF_USAGE_READ_H

#include <slicefit/usage.h>

/*
 * CSV with the columns pod, namespace, gpu_util_pct (0 to 100), fb_used_mib, time; only pod must be there.
 * A row is one measurement of one GPU of a pod; empty fields say nothing, and time is not read. The text
 * is overwritten, text[len] too. -1 and "NAME:LINE:COLUMN: ...".
 */
int sf_usage_csv_read(char *text, size_t len, const char *name, struct sf_usage *usage,
                      struct sf_error *err);

/*
 * The answer of /api/v1/query_range: each series of a pod (labels exported_pod or pod, exported_namespace or
 * namespace, as dcgm-exporter and the scrape set them) adds its values. Series without a pod are passed
 * over, and so is how busy an instance is (label GPU_I_PROFILE): DCGM knows that of whole GPUs only. -1
 * and err when it is no such answer, or says that there was an error.
 */
int sf_usage_prometheus_read(const char *text, size_t len, enum sf_usage_kind kind,
                             struct sf_usage *usage, struct sf_error *err);

#endif
