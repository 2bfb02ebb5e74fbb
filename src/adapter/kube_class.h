/* kube_class: which pods of a list are alike to rules: on the same nodes, of the same groups and budgets. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_CLASS_H
#define SF_KUBE_CLASS_H

#include "kube_rule.h"

#include <slicefit/kube_list.h>
#include <slicefit/manifests.h>
#include <slicefit/map.h>

/* What is known so far. Zero but for the arena, of what is made, and the first group; trees have to
 * outlive it. Finish. */
struct sf_kube_classing {
	struct sf_arena *arena;
	struct sf_map keys; /* of rules ("r..."), selections ("s..."), classes ("c...") */
	size_t n_members, members_cap;
	struct sf_kube_member *member; /* by the number of the pod */
	size_t n_rules, rules_cap;
	struct sf_kube_ruled *ruled;
	uint32_t first_group; /* the number of group[0] in rules */
	size_t n_groups, groups_cap;
	struct sf_kube_group *group;
	size_t n_budgets, budgets_cap;
	const struct sf_manifest **budget;
};

void sf_kube_classing_finish(struct sf_kube_classing *classing);

/* The pod of this number: its metadata and spec, its namespace. `away`: it is over, so nobody counts it. -1
 * and err: the arena is full. */
struct sf_kube_classed {
	const struct sf_yaml *pod;
	const char *space;
	bool daemon; /* of a DaemonSet */
	bool away;
	bool bound;                 /* it has a node */
	const struct sf_str *notes; /* lines that are to be told of it, too; NULL: none */
};
int sf_kube_classing_add(struct sf_kube_classing *classing, size_t number,
                         const struct sf_kube_classed *pod, struct sf_error *err);

/* A PodDisruptionBudget. */
void sf_kube_classing_budget(struct sf_kube_classing *classing, const struct sf_manifest *budget);

/* All are there: fills in classes and budgets of the list. */
int sf_kube_classing_settle(struct sf_kube_classing *classing, struct sf_kube_list *out,
                            struct sf_error *err);

#endif
