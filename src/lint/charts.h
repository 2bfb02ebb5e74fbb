/* charts: which values the charts of gpu-operator and nvidia-device-plugin have. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_LINT_CHARTS_H
#define SF_LINT_CHARTS_H

#include "lint_impl.h"

enum chart { CHART_UNKNOWN, CHART_OPERATOR, CHART_PLUGIN };

/* The chart that a word of `helm install` names: "nvidia/gpu-operator", a path, an address; `alone`,
 * beside --repo: its name will do. */
enum chart charts_of_word(const char *word, bool alone);

/* The chart that a tree of values is for, by what is in it. */
enum chart charts_of_values(const struct sf_yaml *values);

/* Calls `visit` with the places of the tree where the chart's values are known: "", "mig", ... */
void charts_walk(enum chart chart, const struct sf_yaml *values,
                 void (*visit)(void *ctx, const char *path, const struct sf_yaml *node), void *ctx);

/* Says of a finding that the chart has no such value. */
void charts_tell(struct sf_lint *lint, struct sf_lint_finding *finding, const char *value,
                 const char *mend);
/* "path.key", or the key where the path is empty. */
const char *charts_join(struct sf_lint *lint, const char *path, const char *key);

/* Does a chart have no `key` at `path`? Where users may add keys of their own, or the chart gains
 * some, only those are told of that are mistyped or belong elsewhere. *mend is what to write, or "". */
bool charts_lacks(struct sf_lint *lint, enum chart chart, const char *path, const char *key,
                  const char **mend);

#endif
