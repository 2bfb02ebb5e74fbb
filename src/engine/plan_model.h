/*
 * plan_model: a scenario as the planner sees it.
 *
 * Nodes of the same hardware under the same constraints form a class. A node of a class is in one
 * mode: it KEEPs what it has, or is rebuilt with its unpartitioned GPUs WHOLE or SHARED by a fixed
 * number of replicas. Nodes of a class that look and are used the same today have a KEEP mode of
 * their own (a signature); their running pods stay as long as the node does. The ways to rebuild are
 * those of the class, and all running pods leave a node that is rebuilt.
 *
 * In a mode, each GPU plays one role: a whole GPU, a shared GPU, or one MIG geometry. A role supplies
 * devices of some types; a pod wants counts of a kind with at least some memory. A kind is what a
 * device is (a whole GPU, a replica, an instance of a profile), or what it is called: a raw resource
 * name. On one node all devices of a name are of one kind, so in each mode a name stands for a kind.
 *
 * A demand is one way to serve a workload: with what it asks for, or with larger instances.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_MODEL_H
#define SF_PLAN_MODEL_H

#include <slicefit/demand.h>
#include <slicefit/node.h>
#include <slicefit/request.h>
#include <slicefit/scenario.h>

struct pack_series;
struct sf_arena;
struct sf_solver;

/* Kinds every model has: whole GPUs and replicas of them. */
enum { PLAN_KIND_GPU = 0, PLAN_KIND_SHARED = 1 };
struct plan_kind {
	char name[SF_NAME_MAX]; /* nvidia.com/gpu, nvidia.com/gpu.shared, nvidia.com/mig-PROFILE */
	bool raw;               /* whatever is called so */
	bool sized;             /* replicas for pods of one size (plan_share.c), else any */
	int32_t share_mib;      /* sized: of one pod: GPU memory, */
	int32_t share_milli;    /* and thousandths of the GPU's time */
	const struct pack_series *series;
};

enum {
	PLAN_TYPES_MAX = 48, /* device types of one class */
	PLAN_WANTS_MAX = 16,
	PLAN_PRODUCTS_MAX = SF_GPUS_MAX,
};
struct plan_want {
	uint16_t kind;
	uint16_t count;
};

/* One way to serve a workload. The first ways are the workloads as they are, in their order. */
struct plan_demand {
	const struct sf_workload *workload;
	uint32_t of;       /* number of the workload */
	uint32_t wanted;   /* pods of the workload, however they are served */
	uint32_t level;    /* of its priority: 0 is the highest */
	int64_t waste_mib; /* instance memory of one pod beyond what it asks for */
	uint8_t n_wants;
	struct plan_want want[PLAN_WANTS_MAX];
	int32_t gpu_memory_mib;
	int64_t cpu_milli, memory_mib;
	uint16_t max_replicas; /* 0 or 1: never shared */
	int32_t share_mib;     /* of a shared GPU, per replica: memory, its process included; */
	int32_t share_milli;   /* thousandths of its time, of a series its peak; 0: not known */
	const struct pack_series *series; /* of its duty; NULL: it has none */
};

/* What a role supplies devices of: a kind with a memory size. */
struct plan_type {
	uint16_t kind;
	int32_t memory_mib; /* -1 unknown: meets no memory wish */
};

struct plan_role {
	uint8_t product; /* index in the class */
	bool mig;
	bool free_of_gpu;                /* devices of a node known by counts only: takes no GPU */
	uint16_t limit;                  /* GPUs of one node that can play it */
	struct sf_mig_geometry geometry; /* mig only */
	uint16_t pods;                   /* of a pattern of pods that share it; 0: it is none */
	uint16_t supply[PLAN_TYPES_MAX];
};

enum plan_mode_kind { PLAN_KEEP, PLAN_WHOLE, PLAN_SHARED };
struct plan_mode {
	enum plan_mode_kind kind;
	uint16_t replicas; /* of its shared GPUs; 1: none */
	bool packed;       /* these are shared by patterns, of at most so many pods */
	bool renamed;      /* the replicas are called nvidia.com/gpu.shared */
	size_t n_roles;
	struct plan_role *role;
	/* Per product of the class: most GPUs in MIG roles, in other roles. */
	uint8_t mig_cap[PLAN_PRODUCTS_MAX], plain_cap[PLAN_PRODUCTS_MAX];
	uint32_t *most;       /* per demand: no more of its pods fit on one node; 0: none */
	uint16_t *stands_for; /* per kind: what a raw name is here; else the kind itself */
	bool bought;          /* its nodes are not there yet */
	int64_t price;        /* of one, in price units */
	/* The nodes that can be in this mode: those of the signature, or all of the class. */
	uint32_t n_nodes;
	/* KEEP only */
	const struct sf_pool *pool; /* of the first of them */
	uint32_t *node;             /* their numbers in the scenario's cluster */
	uint32_t *run;              /* per demand: pods that run on one of them; NULL: none */
	uint64_t hash;              /* of its looks and of what runs there */
	int64_t drain;              /* cost of taking those off one node, in drain units */
	bool full;                  /* takes no pods but those that run there */
};

struct plan_class {
	const struct sf_pool *pool; /* of the first member */
	uint32_t n_nodes;
	bool bought;          /* its nodes are not there yet */
	uint32_t max_drained; /* of its nodes with running pods; UINT32_MAX: all */
	uint32_t pods_max;
	int64_t cpu_milli, memory_mib;
	size_t n_products;
	const struct sf_product *product[PLAN_PRODUCTS_MAX];
	uint8_t n_gpus[PLAN_PRODUCTS_MAX];
	bool *barred; /* per workload: its pods may not run here; NULL: none is */
	size_t n_types;
	struct plan_type type[PLAN_TYPES_MAX];
	size_t n_modes, n_keep; /* mode[0 .. n_keep) are KEEP */
	struct plan_mode *mode;
};

/* A step of the objective: a linear form over patterns of nodes. */
struct plan_tier {
	enum sf_plan_tier_kind kind;   /* the first of those in it */
	uint32_t level;                /* UNMET: of which priority; counted in served pods */
	int64_t weight[SF_PLAN_TIERS]; /* per kind, in multiples of `unit`; 0: it is not in it */
	double unit;                   /* what one of the tier is worth */
};

/* What a plan is made with. */
struct plan_means {
	struct sf_solver *solver;
	uint64_t deadline_ns; /* on sf_clock_ns */
};

struct plan_model {
	struct sf_arena *arena;
	struct plan_means means;
	const struct sf_scenario *scenario;
	size_t n_kinds, cap_kinds;
	struct plan_kind *kind;
	size_t n_workloads; /* of the scenario, then one per headroom */
	const struct sf_workload **workload;
	uint32_t *wanted;  /* per workload */
	uint32_t *running; /* per workload: pods that run now, part of `wanted` */
	size_t n_demands;
	struct plan_demand *demand;
	size_t n_levels;
	int32_t *level; /* priorities, highest first; headroom is the last level */
	bool headroom;  /* there is some */
	size_t n_classes;
	struct plan_class *class;
	size_t n_nodes;
	size_t n_modes;                  /* of all classes */
	size_t n_own_pools, n_own_nodes; /* those behind may be bought */
	double price_unit;               /* what one price unit is worth */
	double drain_unit; /* what one drain unit is worth in the scenario's drain_cost */
	size_t n_tiers;
	struct plan_tier *tier;
	bool partial; /* ways of sharing may be missing that matter: nothing can be proven */
};

/* Builds the model in `arena`. */
int plan_model_build(const struct sf_scenario *scenario, const struct sf_demand *demand,
                     const struct plan_means *means, struct sf_arena *arena, struct plan_model *out,
                     struct sf_error *err);

/* plan_classes.c: classes with their signatures; modes without roles. */
int plan_classes_build(struct plan_model *model);
/* plan_modes.c: fills the classes' types and their modes' roles, and adds the rebuilt modes. */
int plan_modes_build(struct plan_model *model);

/* Is it a kind of replicas? */
static inline bool plan_is_shared(const struct plan_model *model, size_t kind)
{
	return kind == PLAN_KIND_SHARED || model->kind[kind].sized;
}

/* Does a device of the type serve this want of the demand in the mode? */
static inline bool plan_type_serves(const struct plan_mode *mode, const struct plan_type *type,
                                    const struct plan_demand *demand, const struct plan_want *want)
{
	return type->kind == mode->stands_for[want->kind] &&
	       type->memory_mib >= demand->gpu_memory_mib;
}

/* Pods of the demand that run on one node of the mode. */
static inline uint32_t plan_running(const struct plan_mode *mode, size_t demand)
{
	return mode->run ? mode->run[demand] : 0;
}

/* Number of a kind, or -1. */
int plan_kind_find(const struct plan_model *model, const char *name, bool raw);

#endif
