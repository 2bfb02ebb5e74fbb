/* scenario_yaml: reads and writes the scenario files that docs/scenario-format.md describes. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SCENARIO_YAML_H
#define SF_SCENARIO_YAML_H

#include <slicefit/scenario.h>

struct sf_str;
struct sf_yaml;

/* Reads a file ("-": standard input). NULL and "FILE:LINE:COLUMN: ..." when it is not a scenario.
 * Destroy with sf_scenario_destroy. */
struct sf_scenario *sf_scenario_load(const char *path, const struct sf_catalog *catalog,
                                     struct sf_error *err);

/* The same with the pods of a trace, CSV or JSON Lines (trace.h), instead of the file's own trace;
 * `workloads` may be missing. */
struct sf_scenario *sf_scenario_load_pods(const char *path, const char *pods,
                                          const struct sf_catalog *catalog, struct sf_error *err);

/* The same from memory; `name` stands for the file in messages. */
struct sf_scenario *sf_scenario_parse(const char *text, size_t len, const char *name,
                                      const struct sf_catalog *catalog, struct sf_error *err);

/* A value to read instead of the one in the file (yaml.h: sf_yaml_with). */
struct sf_setting {
	const char *path;
	const struct sf_yaml *value;
};

/* The same from a parsed file with `n` settings applied to it, in their order; `root` and the
 * settings must outlive the scenario. Safe for several threads on one tree. */
struct sf_scenario *sf_scenario_parse_tree(const struct sf_yaml *root, const char *name,
                                           const struct sf_setting *setting, size_t n,
                                           const struct sf_catalog *catalog, struct sf_error *err);

/* Appends the scenario as a file that reads back as the same scenario (times to the microsecond;
 * expectations and tolerances are left out when `expect` is false). */
int sf_scenario_write(const struct sf_scenario *scenario, bool expect, struct sf_str *out,
                      struct sf_error *err);

/* The same for those who need the nodes only: `workloads` may be missing, and the trace is not
 * read. */
struct sf_scenario *sf_scenario_load_nodes(const char *path, const struct sf_catalog *catalog,
                                           struct sf_error *err);
struct sf_scenario *sf_scenario_parse_nodes(const char *text, size_t len, const char *name,
                                            const struct sf_catalog *catalog, struct sf_error *err);

#endif
