/*
 * remedy: what would place a pod that fits nowhere, as steps that can be taken.
 *
 * Each remedy was tried on the cluster itself before it is told: its changes were applied in order, the
 * pod fitted and was placed, those that had to leave were placed again where that was possible, and all
 * of it was undone. So a remedy says what the model does, not what a formula guesses.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REMEDY_H
#define SF_REMEDY_H

#include <slicefit/filter.h>
#include <slicefit/given.h>
#include <slicefit/node_rule.h>

struct sf_arena;
struct sf_gpu_spec;

enum {
	SF_REMEDY_NODES = 64,    /* nodes on which pods are moved for a trial, nearest first */
	SF_REMEDY_TRIALS = 4096, /* single pods whose leaving is tried */
};

enum sf_remedy_kind {
	SF_REMEDY_READY,    /* a node that takes no pods takes them again */
	SF_REMEDY_RULE,     /* the pod tolerates a taint, or asks less of its node's labels */
	SF_REMEDY_NAME,     /* the pod asks for another resource */
	SF_REMEDY_LESS,     /* the pod asks for less of something */
	SF_REMEDY_REPLICAS, /* a node shares its devices by more replicas */
	SF_REMEDY_LAYOUT,   /* a node's GPUs are cut in another way */
	SF_REMEDY_MOVE,     /* pods go from a node to others */
	SF_REMEDY_FREE,     /* pods go, and not all of them find another place */
	SF_REMEDIES,
};

/* What the pod asks less of. */
enum sf_remedy_less {
	SF_LESS_DEVICES, /* of `resource` */
	SF_LESS_GPU_MEMORY,
	SF_LESS_GPU_SHARE, /* thousandths of the memory of each device */
	SF_LESS_CPU,
	SF_LESS_MEMORY,
};

/* A pod that has to leave its node. */
struct sf_remedy_pod {
	uint32_t pod; /* the cluster's number */
	int32_t priority;
	const char *from;
	const char *to;     /* the node that has room for it afterwards; NULL: none has */
	const char *budget; /* a disruption budget that does not let it go; NULL: it may */
	/* Left NULL for the caller, who knows: "namespace/name", and the kind of what made it and will
	 * make it again. */
	const char *label, *owner;
};

/* How much it disturbs; remedies are ordered by it, field by field. */
struct sf_disturbance {
	uint32_t guarded;   /* pods that leave although a disruption budget does not let them */
	uint32_t not_lower; /* of the pods that stop, those of no lower priority than the pod */
	uint32_t stopped;   /* pods that leave and find no other place */
	uint32_t moved;     /* pods that leave and find one */
	uint32_t asked;     /* the pod asks for something else: 1, for less: 2 */
	uint32_t gpus;      /* whose layout or number of replicas changes */
};

/* Texts and arrays are in the arena. Fields that a kind does not have are zero. */
struct sf_remedy {
	enum sf_remedy_kind kind;
	const char *node; /* where the pod would go */
	uint32_t others;  /* further nodes on which the same would do */
	uint8_t n_given;  /* the devices that it would get there */
	struct sf_given given[SF_GRANTS_MAX];
	struct sf_disturbance disturbs;
	const char *resource; /* NAME: asked for now; LESS of devices, REPLICAS: of which */
	const char *instead;  /* NAME: to ask for */
	enum sf_remedy_less less;
	int64_t need, have; /* LESS: asked for, and what would do; REPLICAS: after, and now */
	const char *
		sharing; /* REPLICAS: "timeSlicing" or "mps", the key of the plugin's configuration */
	bool rename;     /* REPLICAS: renameByDefault, and failRequestsGreaterThanOne */
	bool fail_above_1;
	const char *layout;  /* LAYOUT: name of the configuration */
	const char *rule;    /* RULE: what has to change of the pod's rules, ... */
	const char *command; /* ... and how */
	size_t n_pods;
	struct sf_remedy_pod *pod; /* LAYOUT, MOVE, FREE: the largest first */
};

struct sf_remedies {
	size_t n; /* the least disturbing first */
	struct sf_remedy *remedy;
};

/* The configurations that can be given to a node: mig-manager's. */
struct sf_remedy_layouts {
	size_t n;
	const char *const *name;
	/* What the GPUs of a node become under configuration `i`; false: it does not go with them. */
	bool (*apply)(const void *ctx, size_t i, struct sf_gpu_spec *gpu, uint8_t n);
	const void *ctx;
};

/* Other rules for the pod: a rule of the cluster, and what has to be done, in words and as a command:
 * texts of the caller's. */
struct sf_remedy_rule {
	uint16_t rule;
	const char *words, *command;
};

struct sf_remedy_question {
	uint32_t pod; /* pending in the cluster */
	enum sf_view view;
	struct sf_remedy_layouts layouts;
	/* The names of its wants, also of those that the cluster does not know. */
	const char *const *name;
	/* Would the node take pods at once if it were not cordoned? NULL: every one would. */
	bool (*opens)(const void *ctx, uint32_t node);
	/* Can the pod's own rules be changed so that it may run on the node? Says what is in the way,
	 * and how to change that. SF_RULE_FITS: it cannot be changed. NULL: they are left as they
	 * are. */
	enum sf_rule_fit (*rule)(const void *ctx, uint32_t node, struct sf_remedy_rule *out);
	/* Does the pod stay where it is (a DaemonSet's)? NULL: none does. */
	bool (*stays)(const void *ctx, uint32_t pod);
	/* All of these pods are to leave: sets `budget` (a text of the caller's) of those that may not.
	 * NULL: there are no disruption budgets. */
	void (*guard)(const void *ctx, struct sf_remedy_pod *pod, size_t n);
	const void *ctx; /* of all these */
};

/* A set of changes that would do, of each kind the least disturbing one. -1 when the arena is full.
 * The cluster is the same afterwards, and nobody was told of the trials. */
int sf_remedies_find(struct sf_cluster *cluster, const struct sf_remedy_question *question,
                     struct sf_arena *arena, struct sf_remedies *out);

/* Negative: `a` disturbs less. */
int sf_disturbance_compare(const struct sf_disturbance *a, const struct sf_disturbance *b);

#endif
