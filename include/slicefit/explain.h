/*
 * explain: why a request finds a place or none: what the nodes say, in groups, the nodes that it fits
 * on, and the smallest changes that would make it fit.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_EXPLAIN_H
#define SF_EXPLAIN_H

#include <slicefit/given.h>
#include <slicefit/verdicts.h>

struct sf_arena;

enum {
	SF_EXPLAIN_EXAMPLES = 3,
	SF_EXPLAIN_CHOICES = 10,
	SF_EXPLAIN_TRIALS = 64, /* nodes on which evictions are tried */
};

/* Nodes that have something in common, and some of their names: the first in order. */
struct sf_explain_nodes {
	uint32_t n;
	uint32_t n_examples;
	const char *example[SF_EXPLAIN_EXAMPLES];
};

/* What kind of GPU capacity a node has. */
enum sf_explain_kind {
	SF_EXPLAIN_NO_GPU,
	SF_EXPLAIN_WHOLE,
	SF_EXPLAIN_MIG,
	SF_EXPLAIN_DYNAMIC_MIG,
	SF_EXPLAIN_TIME_SLICING,
	SF_EXPLAIN_MPS,
	SF_EXPLAIN_FRACTION,
	SF_EXPLAIN_COUNTS, /* known by its counts only */
	SF_EXPLAIN_KINDS,
};
extern const char *const sf_explain_kind_names[SF_EXPLAIN_KINDS];
enum sf_explain_kind sf_explain_kind_of(const struct sf_node *node);

/* Nodes of one kind and product that say the same. */
struct sf_explain_group {
	const char *rule; /* that excludes them, whatever they have; NULL: none does, but `fit` */
	enum sf_fit fit;
	bool unresolvable; /* no eviction can help */
	enum sf_explain_kind kind;
	const struct sf_product *product; /* of the first GPU; NULL: none, or unknown */
	struct sf_explain_nodes nodes;
};

/* A node that the request fits on. */
struct sf_explain_choice {
	const char *node;
	int64_t score; /* the policy's own */
	uint8_t n;
	struct sf_given given[SF_GRANTS_MAX];
};

/*
 * Changes that would make the request fit, in the order in which they are told. `need` and `have` are
 * explained beside each.
 */
enum sf_mend_kind {
	SF_MEND_EVICT, /* pods of lower priority leave: `need` of them */
	SF_MEND_READY, /* a node that takes no pods takes them again */
	SF_MEND_MODE,  /* it would fit, did its rules not deny how the nodes serve it */
	SF_MEND_FREE,  /* `need` of a resource are wanted, `have` would fit now */
	SF_MEND_RUN,   /* `need` memory slices in a row are wanted, `have` are free on one GPU */
	SF_MEND_PART,  /* `need` milli-GPUs of one GPU are wanted, `have` are free */
	SF_MEND_CPU,   /* milli-CPUs wanted, free */
	SF_MEND_HOST_MEMORY, /* MiB wanted, free */
	SF_MEND_PODS,        /* the node has its `have` pods already */
	SF_MEND_GPU_MEMORY,  /* the wish is `need` MiB; it would fit with one of `have` */
	SF_MEND_GPU_SHARE,   /* the same for a wish of `need` thousandths of a device's memory */
	SF_MEND_ASK_LESS,  /* `need` of a resource are wanted, the node gives no more than `have` */
	SF_MEND_NAME,      /* no node has the resource; this is the nearest name that some have */
	SF_MEND_EVICT_ANY, /* as EVICT, but not all of them have a lower priority */
	SF_MENDS,
};

struct sf_mend_pod {
	uint32_t pod; /* the cluster's number */
	int32_t priority;
	const char *label; /* NULL: a caller that knows its name fills it in */
};

struct sf_mend {
	enum sf_mend_kind kind;
	const char *resource; /* or NULL */
	int64_t need, have;
	struct sf_explain_nodes nodes; /* where this would do */
	struct sf_mend_pod *pod;       /* of evictions: `need` pods on the first example */
};

/* Texts, arrays and names are in the arena. */
struct sf_explanation {
	uint32_t nodes; /* judged */
	uint32_t feasible;
	uint32_t n_choices; /* best first; at most SF_EXPLAIN_CHOICES */
	struct sf_explain_choice *choice;
	uint32_t n_groups; /* of nodes it does not fit on, the largest first */
	struct sf_explain_group *group;
	uint32_t n_mends; /* empty when it fits somewhere */
	struct sf_mend *mend;
};

struct sf_explain_question {
	const struct sf_question *question;
	const struct sf_verdicts *verdicts; /* of all nodes, with scores */
	const struct sf_target *target;     /* as the verdicts were made with; may be NULL */
	int32_t priority;                   /* pods of lower priority may be evicted */
	const char *const *name; /* of the wants, also of those that the cluster does not know */
	/* By node: why the pod's own rules exclude it ("does not tolerate the taint ..."), or NULL.
	 * NULL: they exclude none. */
	const char *const *excluded;
};

/* Why a node is refused: what its group says. */
const char *sf_explain_reason(const struct sf_explain_group *group);

/* -1 when the arena is full. The cluster is the same afterwards, and nobody was told of trials. */
int sf_explain(struct sf_cluster *cluster, const struct sf_explain_question *question,
               struct sf_arena *arena, struct sf_explanation *out);

#endif
