/* scenario: pools of nodes, workloads, policies and expectations; adapters fill it, engines read
 * it. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SCENARIO_H
#define SF_SCENARIO_H

#include <slicefit/cluster.h>
#include <slicefit/node_event.h>
#include <slicefit/node_rule.h>
#include <slicefit/plan_spec.h>
#include <slicefit/tolerance.h>
#include <slicefit/workload.h>

struct sf_arena;

/* Limits of one scenario. */
enum {
	SF_SCENARIO_NODES_MAX = 100000,
	SF_SCENARIO_PODS_MAX = 1000000,
	SF_SCENARIO_LIST_MAX = 10000, /* pools, workloads, expectations: each */
};

/* `count` identical nodes. */
struct sf_pool {
	const char *name;
	uint32_t count;
	const char *const *node_name; /* of `count` nodes; NULL: POOL-0, POOL-1, ... */
	struct sf_node_spec node;     /* name unset */
	size_t n_taints;
	const struct sf_taint *taint;
	bool cordoned;            /* its nodes take no pods; those that run there stay */
	double cost_per_gpu_hour; /* < 0: unknown */
	bool no_mig;              /* plan never cuts these GPUs */
	bool no_sharing;          /* plan never shares these GPUs */
	bool pinned;              /* plan: its nodes stay as they are */
	uint32_t max_drained;     /* plan: most of its nodes that may be drained; UINT32_MAX: all */
	uint32_t buy_max;         /* plan: so many more nodes like these may be bought, ... */
	double price;             /* ... each at this price, in any unit; 0 with buy_max 0 */
	const char *const *buy_name; /* ... under these names, buy_max of them; or NULL */
	uint32_t strategies;    /* plan: bits 1 << enum sf_mode that a rebuilt node's GPUs may have;
	                             0: all. no_mig and no_sharing hold as well */
	size_t n_only, n_never; /* plan: geometries ("3g.40gb 1g.10gb*4", sf_mig_geometry_parse) */
	const char *const
		*layout_only; /* that GPUs of rebuilt nodes may be cut into: these alone; */
	const char *const *layout_never; /* all but these */
	uint32_t line;
};

/* How pods on one shared device slow each other down (docs/scenario-format.md, "contention"). */
struct sf_contention {
	bool time_slicing;
	bool mps;
	double efficiency; /* what switching between busy contexts leaves of the GPU, in (0, 1] */
};

enum sf_expect_op { SF_EXPECT_MIN, SF_EXPECT_MAX };

/* One threshold: a metric of one policy (or of all: policy NULL). */
struct sf_expect {
	const char *policy;
	const char *metric; /* dotted path into the policy's JSON: "gpu.allocated_pct" */
	enum sf_expect_op op;
	double value;
	uint32_t line, column;
};

enum { SF_POLICIES_MAX = 16 };

enum sf_trace_format { SF_TRACE_CSV, SF_TRACE_JSONL, SF_TRACE_OPENB };

/* One pod of a trace. */
struct sf_trace_pod {
	int64_t time_us;
	int64_t duration_us; /* < 0: stays */
	uint32_t workload;
};

/* Pods with times and durations of their own (docs/trace-format.md). */
struct sf_trace {
	const char *path; /* NULL: there is none */
	enum sf_trace_format format;
	double speed;          /* arrivals come so many times as fast; durations stay */
	double start_s;        /* earlier pods are left out, and time 0 is here */
	double end_s;          /* pods from here on are left out; < 0: none */
	bool any_product;      /* wishes for products are not read */
	size_t first_workload; /* the trace's workloads are those of the scenario from here on */
	size_t n;              /* pods, in the order of the file */
	struct sf_trace_pod *pod;
};

/* The most that the pods of a namespace may ask for together, as a ResourceQuota's spec.hard. */
struct sf_quota_limit {
	const char *
		resource; /* "pods", "requests.cpu", "requests.memory", "requests.nvidia.com/..." */
	int64_t hard;     /* pods, milli-CPU, MiB, devices */
};

struct sf_namespace {
	const char *name;
	size_t n_limits;
	struct sf_quota_limit *limit;
	uint32_t line;
};

struct sf_scenario {
	struct sf_arena *arena; /* owns everything below */
	const struct sf_catalog *catalog;
	const char *name;
	const char *path; /* where it came from, for messages */
	uint64_t seed;
	double horizon_s; /* < 0: the last departure */
	size_t n_namespaces;
	struct sf_namespace *namespace;
	bool backs_off; /* pods that found no place wait before they are tried again: */
	double backoff_initial_s, backoff_max_s; /* so long, doubled up to so long */
	bool preempts;                           /* what workloads do that do not say */
	size_t n_pools;
	struct sf_pool *pool;
	size_t n_workloads;
	struct sf_workload *workload;
	struct sf_trace trace;
	size_t n_events;
	struct sf_node_event *event;     /* as written, not by time */
	struct sf_contention contention; /* zero: no pod slows another down */
	size_t n_policies;
	const char *policy[SF_POLICIES_MAX];
	uint32_t policy_line[SF_POLICIES_MAX], policy_column[SF_POLICIES_MAX];
	size_t n_expects;
	struct sf_expect *expect;
	size_t n_tolerances;
	struct sf_tolerance *tolerance;    /* against a baseline */
	uint16_t max_replicas[SF_CLASSES]; /* plan: most replicas a class may share a GPU with; 0 or
	                                      1: never */
	int32_t gpu_reserve_mib;           /* plan: memory kept free on a shared GPU */
	struct sf_plan_spec plan;
	size_t n_groups; /* of pods that keep apart or spread */
	const char **group;
};

/* An empty scenario in an arena of its own (at most `limit` bytes, 0: no limit). */
struct sf_scenario *sf_scenario_create(const struct sf_catalog *catalog, size_t limit);

/* Frees the scenario (which lives in its arena) and the arena; NULL is fine. */
void sf_scenario_destroy(struct sf_scenario *scenario);

/* Longest name of a node, as of any object of Kubernetes. */
enum { SF_NODE_NAME_MAX = 253 };

/* What node `index` of the pool is called, in `buffer` unless the scenario names it: nodes beyond
 * `count` (added by events) are POOL-`index`. */
const char *sf_pool_node_name(const struct sf_pool *pool, uint32_t index,
                              char buffer[SF_NODE_NAME_MAX + 1]);

/* The same for the nodes that the pool may buy: POOL-new-`index`. */
const char *sf_pool_new_name(const struct sf_pool *pool, uint32_t index,
                             char buffer[SF_NODE_NAME_MAX + 1]);

/* The pool of a node, by the node's number in the scenario's cluster; *index: which node of the pool.
 * NULL beyond the last. */
const struct sf_pool *sf_scenario_pool_of(const struct sf_scenario *scenario, uint32_t node,
                                          uint32_t *index);

/* Node `index` of a pool as rules see it; the name is in `buffer` as above. */
void sf_pool_node_traits(const struct sf_pool *pool, uint32_t index,
                         char buffer[SF_NODE_NAME_MAX + 1], struct sf_node_traits *out);

/*
 * May pods of the workload run on the pool's node `index` at all: node selector, affinity and taints,
 * whoever else runs there and whatever the node has? The same for all nodes of a pool unless
 * sf_node_rule_by_name(workload->rule).
 */
bool sf_workload_may_use(const struct sf_workload *workload, const struct sf_pool *pool,
                         uint32_t index);

/* A cluster with the scenario's nodes, without pods; NULL and err when a pool cannot exist. */
struct sf_cluster *sf_scenario_cluster(const struct sf_scenario *scenario, struct sf_error *err);

/*
 * What each of the workloads asks for, in the numbers of a cluster with the scenario's nodes: n_workloads
 * requests, with the rules of where their pods may run, which the cluster gets. Call it once for a
 * cluster. Workloads whose pods may run on all nodes, and nobody keeps apart from, have no rule.
 */
void sf_scenario_requests(const struct sf_scenario *scenario, struct sf_cluster *cluster,
                          struct sf_request *out);

/*
 * The request in a cluster's numbers. Names that no node has become SF_RES_NONE (the request fits
 * nowhere); never an error. gpu and mig ask for unshared devices, shared for replicas; gpu_memory
 * goes with all of them. With raw resources the whole request is BY_NAME. More than SF_WANTS_MAX
 * different names fit nowhere either.
 */
void sf_request_resolve(const struct sf_request_spec *spec, const struct sf_cluster *cluster,
                        struct sf_request *out);

#endif
