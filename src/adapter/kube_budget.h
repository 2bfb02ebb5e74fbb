/* kube_budget: a PodDisruptionBudget as the eviction API goes by it. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_BUDGET_H
#define SF_KUBE_BUDGET_H

#include "kube_select.h"

#include <stdint.h>

struct sf_manifest;

/* Its namespace. */
const char *sf_kube_budget_space(const struct sf_manifest *budget);

/* Does it cover pods of its namespace with these labels? An empty selector covers all of them in
 * policy/v1, and none in policy/v1beta1 (kubernetes.io, Specifying a Disruption Budget). */
bool sf_kube_budget_covers(const struct sf_manifest *budget, const struct sf_yaml *labels);

/* How many of `pods` that a spec means may be away at a time. */
int64_t sf_kube_budget_away(const struct sf_yaml *spec, uint32_t pods);

/* How many of its pods may go now: what its status says, or, in a manifest that has none, what its spec
 * says of `pods`, of which `bound` have a node. */
int64_t sf_kube_budget_allowed(const struct sf_yaml *budget, uint32_t pods, uint32_t bound);

#endif
