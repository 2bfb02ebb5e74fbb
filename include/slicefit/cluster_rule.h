/*
 * cluster_rule: who may run where in a cluster: rules that pods have (sf_request.rule), and whether a
 * node fits them now.
 *
 * What a rule says of labels, names and taints is worked out once per node. Who keeps apart and who
 * spreads is counted as pods come and go, so that a question costs a few look-ups whatever the
 * cluster's size.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_CLUSTER_RULE_H
#define SF_CLUSTER_RULE_H

#include <slicefit/cluster.h>
#include <slicefit/node_rule.h>

struct sf_str;

#define SF_GROUP_NONE UINT32_MAX

/* The rule of some pods, and the groups that they belong to: numbers of the caller, the same as in the
 * rule. Groups that nobody keeps apart from or spreads need not be given. */
struct sf_rule_spec {
	const struct sf_node_rule *rule; /* borrowed as long as the cluster lives; NULL: any node */
	size_t n_groups;
	const uint32_t *group; /* copied */
	uint32_t own; /* the group of just these pods, also in `group`, for one_per_node and spread;
	                 SF_GROUP_NONE where the rule has neither */
};

/*
 * A new rule for pods that are added from now on: its number for sf_request.rule, from 1 on. Nodes
 * that are added later are judged as they come. 0 when there are more than 65535.
 */
uint16_t sf_cluster_add_rule(struct sf_cluster *cluster, const struct sf_rule_spec *spec);

/* May pods of the rule (0: none) run on the node at all, and do those who are there now let them? */
enum sf_rule_fit sf_cluster_rule_static(const struct sf_cluster *cluster, uint16_t rule,
                                        uint32_t node);
enum sf_rule_fit sf_cluster_rule_now(const struct sf_cluster *cluster, uint16_t rule,
                                     uint32_t node);

/*
 * Beside the pods on the node itself, verdicts hang on this value alone: the number of pods on the
 * emptiest node that counts for the rule's spread; 0 without one. So who keeps verdicts keeps it, too.
 */
uint32_t sf_cluster_rule_level(const struct sf_cluster *cluster, uint16_t rule);

/* Grows whenever such a level rises: pods that fitted nowhere may fit now, though nobody left. */
uint64_t sf_cluster_rules_eased(const struct sf_cluster *cluster);

/* How pods of a rule get along with each other. */
struct sf_rule_company {
	bool alone;        /* no two on one node */
	uint32_t max_skew; /* of the spread that they count for; 0: there is none */
	bool no_level;     /* ... which counts from 0 whatever the emptiest node has (min_nodes) */
};
struct sf_rule_company sf_cluster_rule_company(const struct sf_cluster *cluster, uint16_t rule);

/* And how things stand for them on a node. */
struct sf_rule_stand {
	bool may;      /* they may run there, as far as their own number does not forbid it */
	bool counts;   /* the node counts for the spread's level */
	uint32_t pods; /* there, that count for the spread */
};
struct sf_rule_stand sf_cluster_rule_stand(const struct sf_cluster *cluster, uint16_t rule,
                                           uint32_t node);

/* "untolerated taint nvidia.com/gpu=present:NoSchedule", "node selector zone=b": appends what exactly
 * keeps pods of the rule from the node, nothing where it may run there. */
void sf_cluster_rule_why(const struct sf_cluster *cluster, uint16_t rule, uint32_t node,
                         struct sf_str *out);

#endif
