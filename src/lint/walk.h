/* walk: the places in a tree where rules look. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_LINT_WALK_H
#define SF_LINT_WALK_H

#include "lint_impl.h"

/* Every value of a tree, parents first. */
void walk(const struct sf_yaml *node, void (*visit)(void *ctx, const struct sf_yaml *node),
          void *ctx);

/* Values of gpu-operator or nvidia-device-plugin: a values file, a sub-chart in it, the
 * specification of a ClusterPolicy, the values of a Helm release. */
void walk_values(const struct doc *doc,
                 void (*visit)(struct sf_lint *lint, const struct doc *doc,
                               const struct sf_yaml *values),
                 struct sf_lint *lint);

/* Mappings of resource names to amounts: limits and requests. */
void walk_amounts(const struct doc *doc,
                  void (*visit)(void *ctx, const struct doc *doc, const struct sf_yaml *amounts),
                  void *ctx);

#endif
