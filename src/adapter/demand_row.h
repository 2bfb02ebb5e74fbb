/* demand_row: one entry of a demand as the texts of its columns, whatever the file's format. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_DEMAND_ROW_H
#define SF_DEMAND_ROW_H

#include "scenario_read.h"

#include <slicefit/map.h>

/* Those from DEMAND_GPU_MEMORY on are part of the request. */
enum demand_column {
	DEMAND_KIND,
	DEMAND_NAME,
	DEMAND_COUNT,
	DEMAND_PRIORITY,
	DEMAND_CLASS,
	DEMAND_DUTY,
	DEMAND_DUTY_SD,
	DEMAND_MAX_REPLICAS,
	DEMAND_GPU_MEMORY,
	DEMAND_CPU,
	DEMAND_MEMORY,
	DEMAND_COLUMNS,
};

/* What they are called in a file; NULL after the last. */
extern const char *const demand_columns[DEMAND_COLUMNS + 1];

/* Texts live as long as the scenario. */
struct demand_row {
	uint32_t line, column;
	struct sf_yaml field[DEMAND_COLUMNS]; /* text NULL or "": not given */
};

/* A scenario that is given a demand. */
struct demand_builder {
	struct sf_reader reader;
	struct sf_map old;   /* names of the scenario's workloads -> their number */
	struct sf_map names; /* of the new ones -> line of the row */
	size_t n, cap;
	struct sf_workload *workload; /* malloc'ed */
	uint64_t pods;
};

/* Adds the row's workload. */
int demand_row_add(struct demand_builder *builder, struct demand_row *row);

#endif
