/*
 * trace: pods with times of their own from a file, as workloads of a scenario.
 *
 * docs/trace-format.md describes the formats. Pods that ask for the same become one workload.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_TRACE_H
#define SF_TRACE_H

#include <slicefit/scenario.h>

enum { SF_TRACE_BYTES_MAX = 512 << 20 };

/* "csv", "jsonl", "openb"; -1 when unknown. */
int sf_trace_format_parse(const char *name);
const char *sf_trace_format_name(enum sf_trace_format format);

/* What the ending of a file's name says: .jsonl, .ndjson and .json are JSONL, all else is CSV. */
enum sf_trace_format sf_trace_format_guess(const char *path);

/* Everything on: the whole file, as fast as it was. */
struct sf_trace sf_trace_default(const char *path);

/*
 * Reads a file ("-": standard input) and adds its workloads and pods to a scenario that has no
 * trace. `spec` says how; its pods are not looked at. -1 and "FILE:LINE:COLUMN: ..." when it is no
 * trace, has no pods, or the scenario would have more than SF_SCENARIO_PODS_MAX pods or
 * SF_SCENARIO_LIST_MAX workloads.
 */
int sf_trace_load(struct sf_scenario *scenario, const struct sf_trace *spec, struct sf_error *err);

/* The same from memory: spec->path stands for the file. `text` is overwritten, and text[len] must
 * be writable. */
int sf_trace_parse(struct sf_scenario *scenario, const struct sf_trace *spec, char *text,
                   size_t len, struct sf_error *err);

#endif
