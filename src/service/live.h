/*
 * live: the cluster as the API server (or a file) tells it, and what is reserved in it.
 *
 * A state machine without clock, threads or I/O: the same calls in the same order give the same state,
 * whatever came in between was lost. Nodes and pods may come in any order; a pod of which more is
 * known than its node is kept until the node comes. What Kubernetes says is never refused: a bound pod
 * for which the model has no room is remembered and tried again whenever its node changes.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_LIVE_H
#define SF_LIVE_H

#include <slicefit/cluster.h>

struct sf_catalog;
struct sf_error;
struct sf_kube_node;
struct sf_kube_pod;
struct sf_live;

#define SF_LIVE_NONE UINT32_MAX

enum sf_live_state {
	SF_LIVE_PENDING,  /* on no node */
	SF_LIVE_RESERVED, /* on its way to a node: we promised it devices there */
	SF_LIVE_BOUND,    /* the API server says so */
};

/* A pod. Numbers and texts are good until the next change of the same pod. */
struct sf_live_pod {
	const char *uid, *space, *name;
	char *texts; /* owns the three */
	enum sf_live_state state;
	uint32_t node; /* number of struct sf_live_node, SF_LIVE_NONE when pending */
	uint32_t pod; /* the cluster's number while devices are counted for it, else SF_LIVE_NONE */
	uint32_t before, behind; /* on its node's list of pods */
	int32_t priority;
	int64_t start_us; /* when it started; INT64_MAX: not yet */
	bool leaving;     /* is being deleted */
	bool gpus;        /* asks for some */
	int64_t cpu_milli, memory_mib;
	struct sf_request request;      /* in the cluster's numbers */
	struct sf_kube_pod *unresolved; /* it asks for a name that no node had; else NULL */
	uint64_t until_ns;              /* RESERVED: given back then */
	uint32_t binding;               /* calls that bind it and have not ended */
	char *labels; /* as of sf_kube_traits_pack; NULL: none, or it asks for no GPU */
};

struct sf_live_node {
	char *name;
	uint32_t node;  /* the cluster's number, or SF_LIVE_NONE: only pods have named it so far */
	uint64_t hash;  /* of its description */
	uint32_t first; /* pods on it, in the order in which they came: SF_LIVE_NONE ends */
	uint32_t last;
	uint32_t waiting;                        /* of them those that the model has no room for */
	int64_t cpu_used_milli, memory_used_mib; /* what all pods on it request */
};

/* All but `pods` and `nodes` only grow. */
struct sf_live_counts {
	uint32_t nodes;    /* known by description */
	uint32_t pods;     /* not finished */
	uint32_t reserved; /* now */
	uint32_t waiting;  /* bound, and not counted for want of room in the model */
	uint64_t reservations;
	uint64_t settled; /* reservations that the API server confirmed */
	uint64_t expired;
	uint64_t gathered; /* how often sf_live_gather was called */
};

struct sf_live *sf_live_create(const struct sf_catalog *catalog);
/* Starts from a cluster whose nodes are already there, without pods; takes it over. */
struct sf_live *sf_live_adopt(struct sf_cluster *cluster);
void sf_live_destroy(struct sf_live *live);

/* The node exists and is like this now. True when that changed anything; false with err set when no
 * node can be made of it (it then counts as gone). */
bool sf_live_node(struct sf_live *live, struct sf_kube_node *node, struct sf_error *err);
void sf_live_node_gone(struct sf_live *live, const char *name);

/* The pod exists and is like this now. -1 and err when it is bound and there is no room for it. */
int sf_live_pod(struct sf_live *live, const struct sf_kube_pod *pod, struct sf_error *err);
void sf_live_pod_gone(struct sf_live *live, const char *uid);
/* The labels of a pod, taken over (NULL: none); freed when nobody knows the pod. They change no answer but
 * that about victims. */
void sf_live_set_labels(struct sf_live *live, const char *uid, char *labels);

/*
 * Promises the pod devices on the node until `until_ns`. Asked again for the same node it only moves
 * `until_ns`. A pod that is bound to that very node is fine as it is. -1 and err: no room, unknown,
 * bound elsewhere, or promised elsewhere: it may be bound there without our knowing.
 */
int sf_live_reserve(struct sf_live *live, const char *uid, const char *node, uint64_t until_ns,
                    struct sf_error *err);
/* Gives a promise back; nothing happens without one. */
void sf_live_unreserve(struct sf_live *live, const char *uid);

/*
 * A call that binds the pod begins: as sf_live_reserve, but while another such call for another node
 * goes on it is refused, and the promise holds as long as calls go on. 1: it is bound there already,
 * and no call begins.
 */
int sf_live_bind_begin(struct sf_live *live, const char *uid, const char *node, uint64_t until_ns,
                       struct sf_error *err);
/* The call ended. `bound`: the promise is kept until `until_ns`, by when the API server will have
 * told; else it is given back with the last call. */
void sf_live_bind_end(struct sf_live *live, const char *uid, bool bound, uint64_t until_ns);

/*
 * Gives back the promises that were to be kept no longer than `heard_ns`, and returns how many. Give
 * it the moment when the API server was last heard of, not the present: what was bound while nothing
 * could be heard is not free.
 */
size_t sf_live_expire(struct sf_live *live, uint64_t heard_ns);

struct sf_cluster *sf_live_cluster(const struct sf_live *live);

/*
 * Nodes that come and go leave something behind in the cluster. When that is most of it, sf_live_gather
 * puts another cluster in its place, which has what is there now: same order, other numbers of nodes.
 * Nobody may observe the old one any more.
 */
bool sf_live_is_loose(const struct sf_live *live);
void sf_live_gather(struct sf_live *live);

struct sf_live_counts sf_live_count(const struct sf_live *live);
/* Changes whenever an answer may. */
uint64_t sf_live_version(const struct sf_live *live);

/* Or NULL. */
const struct sf_live_pod *sf_live_find(const struct sf_live *live, const char *uid);
const struct sf_live_pod *sf_live_find_named(const struct sf_live *live, const char *space,
                                             const char *name);
const struct sf_live_node *sf_live_find_node(const struct sf_live *live, const char *name);

/* By number, from 0 to below the bound; NULL for numbers not in use. A pod of the cluster has its
 * number here as its tag. */
uint32_t sf_live_pods_end(const struct sf_live *live);
const struct sf_live_pod *sf_live_pod_at(const struct sf_live *live, uint32_t number);
uint32_t sf_live_nodes_end(const struct sf_live *live);
const struct sf_live_node *sf_live_node_at(const struct sf_live *live, uint32_t number);

#endif
