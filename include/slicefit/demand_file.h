/* demand_file: the demand of a plan as a file of its own (docs/demand.md). */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_DEMAND_FILE_H
#define SF_DEMAND_FILE_H

#include <stddef.h>

struct sf_error;
struct sf_scenario;

enum sf_demand_format { SF_DEMAND_CSV, SF_DEMAND_YAML };

/* What the ending of a file's name says: .yaml, .yml and .json are YAML, all else is CSV. */
enum sf_demand_format sf_demand_format_guess(const char *path);

/*
 * Replaces the workloads of the scenario by those of the file ("-": standard input), all of them
 * there at once; its trace goes. What a row does not say is taken from the scenario's workload of
 * the same name. Workloads with running pods that no row names stay with just these pods. -1 and
 * "FILE:LINE:COLUMN: ..." when it is no demand; the scenario is then of no use any more.
 */
int sf_demand_load(struct sf_scenario *scenario, const char *path, struct sf_error *err);

/* The same from memory: `name` stands for the file. */
int sf_demand_parse(struct sf_scenario *scenario, const char *name, enum sf_demand_format format,
                    const char *text, size_t len, struct sf_error *err);

#endif
