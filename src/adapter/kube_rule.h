/* kube_rule: where pods may run by their spec, and the taints of nodes. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_RULE_H
#define SF_KUBE_RULE_H

#include "kube_select.h"

#include <slicefit/node_rule.h>

struct sf_arena;

/* Who reads, and what for. */
struct sf_kube_rule_reader {
	struct sf_arena *arena; /* of arrays and texts */
	bool daemon; /* pods of a DaemonSet: that its controller names the node says nothing */
	bool states; /* tolerations of states that nodes have are kept, too */
	/* What is left out, a constant text. NULL: nobody wants to know. */
	void (*note)(void *ctx, const char *why);
	/*
	 * The group that a selection of pods is, SF_POD_GROUP_NONE when it has no members, and whether the
	 * pod itself is one. -1: there is no room for it. NULL: who keeps apart and who spreads is
	 * not looked at.
	 */
	int (*group)(void *ctx, const struct sf_pod_selection *selection, uint32_t *group,
	             bool *own);
	void *ctx; /* of both */
};
#define SF_POD_GROUP_NONE UINT32_MAX

/*
 * The rule of a pod's spec, as kube-scheduler reads it: node selector, node affinity (a term with an
 * expression that is none matches no node), tolerations, and by kubernetes.io/hostname required pod
 * anti-affinity and the strictest spread constraint. Of the rule `spread` and `apart` are group
 * numbers; one_per_node is left to the caller. Tolerations of states that nodes have are left out if not
 * asked for, as their taints are. -1: the arena is full, or there is no room for a group.
 */
int sf_kube_rule_read(const struct sf_yaml *spec, const struct sf_kube_rule_reader *reader,
                      struct sf_node_rule *out);

/* Does the rule ask for anything? */
bool sf_kube_rule_is_empty(const struct sf_node_rule *rule);

/*
 * The taints of a Node, but for those that say what its state says already: unschedulable, not-ready,
 * unreachable (k8s.io/api/core/v1/well_known_taints.go). -1 when the arena is full.
 */
int sf_kube_taints_read(const struct sf_yaml *node, const struct sf_kube_rule_reader *reader,
                        const struct sf_taint **out, uint16_t *n);

/* kube_apart: the part of the rule that hangs on other pods. */
int sf_kube_apart_read(const struct sf_yaml *spec, const struct sf_kube_rule_reader *reader,
                       struct sf_node_rule *out);

#endif
