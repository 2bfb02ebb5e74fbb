/* cluster_rule_impl: the rules of a cluster, and what its changes tell them. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_CLUSTER_RULE_IMPL_H
#define SF_CLUSTER_RULE_IMPL_H

#include <slicefit/cluster_rule.h>

struct sf_error;

/* What a rule says of one node, whoever runs there. */
struct sf_rule_sight {
	uint8_t verdict; /* enum sf_rule_fit: the first three */
	bool selected;   /* by selector and affinity */
	bool tolerated;  /* are all of its taints? */
	bool counts;     /* for the spread, now */
};

/* How evenly the pods of a group are spread over the nodes that count. */
struct sf_rule_spread {
	uint32_t nodes;   /* that count */
	uint32_t *having; /* how many of these have so many pods, up to the most that ever were */
	size_t cap;
	uint32_t least; /* pods on the emptiest; 0 when none counts */
};

struct sf_rule {
	const struct sf_node_rule *rule; /* may be NULL */
	size_t n_groups;
	uint32_t *group; /* that its pods are in */
	size_t n_apart;
	uint32_t *apart;   /* that they keep apart from */
	uint32_t watched;  /* the group that it spreads over nodes, or SF_GROUP_NONE */
	bool watches_self; /* do its own pods count for that? */
	struct sf_rule_sight *sight;
	struct sf_rule_spread spread;
};

/* A group of pods. */
struct sf_rule_group {
	uint32_t *pods;    /* per node: pods of the group, */
	uint32_t *shunned; /* and pods that keep apart from the group */
	size_t n_watchers, cap_watchers;
	uint16_t *watcher; /* rules that spread it */
};

/* All rules of a cluster, which has none of this while it has no rule. */
struct sf_rules {
	size_t n, cap;
	struct sf_rule *rule; /* number 1 is rule[0] */
	size_t n_groups, cap_groups;
	struct sf_rule_group *group;
	uint32_t n_nodes;
	uint32_t cap_nodes; /* of every array that has an entry per node */
	bool *alike;        /* per node: but for its name, is it like the one before? */
	uint64_t eased;
};

void sf_rules_destroy(struct sf_rules *rules);

/* For a copy of the cluster, with the same nodes and pods; NULL of NULL. */
struct sf_rules *sf_rules_clone(const struct sf_rules *rules);

/* A pod with this rule came to the node (by 1) or left it (by -1). */
void sf_rules_count(struct sf_rules *rules, uint16_t rule, uint32_t node, int by);

/* A node was added, or its state is another. */
void sf_rules_add_node(struct sf_rules *rules, const struct sf_cluster *cluster, uint32_t node);
void sf_rules_node_changed(struct sf_rules *rules, const struct sf_cluster *cluster, uint32_t node);
/* The last node is no more: its addition was undone. */
void sf_rules_drop_node(struct sf_rules *rules);

/* A node as rules see it. */
struct sf_node_traits sf_rule_traits(const struct sf_node *node);

/* The pods on the emptiest node that counts for the rule's spread; 0 without one. */
uint32_t sf_rule_level(const struct sf_rule *rule);

/* Should the node count for the rule's spread? And makes it count, or not. */
bool sf_rule_should_count(const struct sf_rule *rule, const struct sf_rule_sight *sight,
                          const struct sf_node *node);
void sf_rule_set_counts(struct sf_rules *rules, struct sf_rule *rule, const struct sf_node *node,
                        uint32_t number);

/* A node with so many pods counts no more. */
void sf_spread_uncount_node(struct sf_rule_spread *spread, uint32_t pods);

/* Every count and level from scratch. */
int sf_rules_check(const struct sf_cluster *cluster, struct sf_error *err);

#endif
