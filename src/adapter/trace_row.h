/* trace_row: one pod of a trace as the texts of its columns, whatever the file's format. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_TRACE_ROW_H
#define SF_TRACE_ROW_H

#include "scenario_read.h"

#include <slicefit/map.h>
#include <slicefit/str.h>

/* Columns of the native formats. Those from SF_COLUMN_NAME on say what a workload is: rows that
 * agree in them are pods of one workload. */
enum sf_trace_column {
	SF_COLUMN_POD, /* not read */
	SF_COLUMN_ARRIVAL,
	SF_COLUMN_DURATION,
	SF_COLUMN_NAME,
	SF_COLUMN_NAMESPACE,
	SF_COLUMN_CLASS,
	SF_COLUMN_PRIORITY,
	SF_COLUMN_DEADLINE,
	SF_COLUMN_PREEMPTION,
	SF_COLUMN_CHECKPOINT,
	SF_COLUMN_GPU_DUTY,
	SF_COLUMN_GPU,
	SF_COLUMN_GPU_MILLI,
	SF_COLUMN_SHARED,
	SF_COLUMN_MIG,
	SF_COLUMN_PRODUCT,
	SF_COLUMN_GPU_MEMORY,
	SF_COLUMN_CPU,
	SF_COLUMN_MEMORY,
	SF_COLUMNS,
};

/* What they are called in a file; NULL after the last. */
extern const char *const sf_trace_columns[SF_COLUMNS + 1];

struct sf_trace_row {
	uint32_t line;
	struct sf_trace_field {
		const char *text; /* "" or NULL: not given */
		uint32_t column;
	} field[SF_COLUMNS];
};

/* A scenario that is given pods. */
struct sf_trace_builder {
	struct sf_reader reader;
	struct sf_trace spec;
	uint64_t pods; /* of the whole scenario */
	size_t cap_pods;
	struct sf_trace_pod *pod; /* malloc'ed, spec.n of them */
	size_t n_workloads, cap_workloads;
	struct sf_workload *workload; /* malloc'ed: the scenario's, then the trace's */
	struct sf_map keys;           /* what rows ask for -> workload */
	struct sf_map names;          /* of workloads -> how often asked for */
	struct sf_str key;            /* of the row in hand */
};

/* Adds the row's pod, and its workload when it is the first of it. */
int sf_trace_add(struct sf_trace_builder *builder, struct sf_trace_row *row);

/* Readers of the formats: call sf_trace_add for each row. */
int sf_trace_read_csv(struct sf_trace_builder *builder, char *text, size_t len);
int sf_trace_read_jsonl(struct sf_trace_builder *builder, char *text, size_t len);
int sf_trace_read_openb(struct sf_trace_builder *builder, char *text, size_t len);

/* The product of the catalog behind a model of that trace, by name; NULL: none. */
const char *sf_trace_openb_product(const struct sf_catalog *catalog, const char *model);

#endif
