/* kube_rule: where a Pod may run by its spec, and the taints of a Node. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_RULE_H
#define SF_KUBE_RULE_H

#include <slicefit/node_rule.h>

struct json_t;
struct sf_arena;

/*
 * Node selector, required node affinity and tolerations of a Pod, read as kube-scheduler reads them: a
 * term with an expression that is none matches no node. Preferences, and what depends on other pods
 * (anti-affinity, spread), are left out. *out is never NULL, and texts are copied into the arena; -1 when it
 * is full.
 */
int sf_kube_rule_parse(const struct json_t *pod, struct sf_arena *arena, struct sf_node_rule **out);

/*
 * The taints of a Node, but for those that say what its state says already: unschedulable, not-ready,
 * unreachable (k8s.io/api/core/v1/well_known_taints.go). Texts are copied. -1 when the arena is full.
 */
int sf_kube_taints_parse(const struct json_t *node, struct sf_arena *arena,
                         const struct sf_taint **out, size_t *n);

#endif
