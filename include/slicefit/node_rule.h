/*
 * node_rule: on which nodes pods may run: taints and tolerations, node selectors and affinity, pods
 * that keep apart, pods that spread over nodes.
 *
 * The meaning is that of kube-scheduler's plugins NodeName/NodeAffinity, TaintToleration,
 * InterPodAffinity and PodTopologySpread with the topology key kubernetes.io/hostname.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_NODE_RULE_H
#define SF_NODE_RULE_H

#include <slicefit/node.h>

/* The node's name, for nodes that have no label of this key (the kubelet sets it). */
#define SF_LABEL_HOSTNAME "kubernetes.io/hostname"

enum sf_taint_effect {
	SF_TAINT_NO_SCHEDULE,
	SF_TAINT_NO_EXECUTE,
	SF_TAINT_PREFER_NO_SCHEDULE, /* keeps no pod away */
	SF_TAINT_EFFECTS,
};

/* "NoSchedule", "NoExecute", "PreferNoSchedule", NULL. */
extern const char *const sf_taint_effect_names[SF_TAINT_EFFECTS + 1];

struct sf_taint {
	const char *key;
	const char *value; /* "" when it has none */
	enum sf_taint_effect effect;
};

/* A taint is tolerated when key, value and effect are. */
struct sf_toleration {
	const char *key;   /* NULL: every key */
	const char *value; /* NULL: every value (operator Exists) */
	int effect;        /* enum sf_taint_effect; -1: every effect */
};

enum sf_node_op {
	SF_NODE_OP_IN,
	SF_NODE_OP_NOT_IN, /* true of nodes without the label, too */
	SF_NODE_OP_EXISTS,
	SF_NODE_OP_DOES_NOT_EXIST,
	SF_NODE_OP_GT, /* the label's value is a whole number above the one given */
	SF_NODE_OP_LT,
	SF_NODE_OPS,
};

/* "In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", NULL. */
extern const char *const sf_node_op_names[SF_NODE_OPS + 1];

/* One requirement on a label, or on the node's name. */
struct sf_node_expr {
	const char *key; /* of the label; NULL: the name (matchFields metadata.name) */
	enum sf_node_op op;
	size_t n; /* 1 for GT and LT, 0 for (DOES_NOT_)EXIST(S) */
	const char *const *value;
};

/* All of them hold. No expression: no node (as in Kubernetes). */
struct sf_node_term {
	size_t n;
	const struct sf_node_expr *expr;
	int32_t weight; /* of a preferred term: 1 to 100 */
};

/* What pods ask of their node; {0} but for the workload's own: any. */
struct sf_node_rule {
	size_t n_selector;
	const struct sf_label *selector; /* all of them, exactly; sorted by key */
	size_t n_terms;
	const struct sf_node_term *term; /* one of them; none given: any node */
	size_t n_preferred;
	const struct sf_node_term *preferred; /* kept; without effect on where pods go */
	size_t n_tolerations;
	const struct sf_toleration *toleration;
	/* Groups are numbers in the scenario (sf_scenario.group). The pod shares no node with pods of
	 * these, and they not with it. */
	size_t n_apart;
	const uint32_t *apart;
	bool one_per_node;  /* nor with pods of its own workload */
	uint32_t max_skew;  /* spread: this many more pods than on the emptiest node; 0: no limit */
	uint32_t spread;    /* ... of these pods: 1 + group; 0: of its own workload */
	uint32_t min_nodes; /* ... which counts as empty while fewer nodes than these may be used
	                       (minDomains); 0: 1 */
	bool spread_everywhere; /* ... nodes that selector and affinity exclude count, too
	                           (nodeAffinityPolicy: Ignore) */
	bool spread_untainted;  /* ... nodes with a taint that is not tolerated do not
	                           (nodeTaintsPolicy: Honor) */
};

/* Does a toleration of the list cover the taint? */
bool sf_taint_is_tolerated(const struct sf_taint *taint, const struct sf_toleration *toleration,
                           size_t n);

/* A node as rules see it. */
struct sf_node_traits {
	const char *name;
	const struct sf_label *label; /* sorted by key */
	size_t n_labels;
	const struct sf_taint *taint;
	size_t n_taints;
};

/* Why a rule excludes a node: the first of kube-scheduler's order. The last two hang on who runs
 * there, and only a cluster can tell (cluster_rule.h). */
enum sf_rule_fit {
	SF_RULE_FITS,
	SF_RULE_TAINT,    /* a taint with effect NoSchedule or NoExecute is not tolerated */
	SF_RULE_SELECTOR, /* the selector does not match, or no term of the affinity does */
	SF_RULE_SPREAD,   /* with one more pod there the spread would be beyond max_skew */
	SF_RULE_APART,    /* pods are there that these keep apart from, or the reverse */
};

/*
 * May pods of the rule (NULL: none) run on the node at all, whoever else runs there? *taint, when not
 * NULL, is set to the first taint in the way, or NULL.
 */
enum sf_rule_fit sf_node_rule_judge(const struct sf_node_rule *rule,
                                    const struct sf_node_traits *node,
                                    const struct sf_taint **taint);

/* Do selector and affinity match (taints aside)? */
bool sf_node_rule_selects(const struct sf_node_rule *rule, const struct sf_node_traits *node);

/* Does the rule look at names of nodes? If not, nodes with equal labels and taints are alike to it. */
bool sf_node_rule_by_name(const struct sf_node_rule *rule);

/* Does one term match? For who shows preferences. */
bool sf_node_term_matches(const struct sf_node_term *term, const struct sf_node_traits *node);

#endif
