/* extender: the wire format of kube-scheduler's HTTP extenders (k8s.io/kube-scheduler/extender/v1).
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_EXTENDER_H
#define SF_EXTENDER_H

#include <slicefit/kube_pod.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_arena;
struct sf_cluster;
struct sf_error;
struct sf_extender_class;
struct sf_piece;
struct sf_str;

/* Most nodes of one request; Kubernetes is made for 5000. */
enum { SF_EXTENDER_NODES_MAX = 200000 };

/* A node of a request. The texts point into the request, `name` of a name with escapes into the
 * arena. */
struct sf_extender_node {
	const char *name; /* not NUL-terminated */
	uint64_t hash;    /* of the name: sf_hash(0, name, name_len) */
	const char *sent; /* the name as it stands in the request, between its quotes */
	const char *item; /* the Node object; NULL with NodeNames */
	size_t item_len;
	uint32_t name_len, sent_len;
	uint32_t class; /* of the nodes that say the same about their GPUs; with Nodes only */
};

/* Body of filter and prioritize. */
struct sf_extender_args {
	struct sf_kube_pod pod;
	const char *pod_text; /* the object, in the request; NULL: none */
	size_t pod_len;
	bool has_nodes; /* Nodes was sent: the nodes describe themselves */
	bool has_names; /* NodeNames was sent */
	size_t n;       /* nodes, each name once, in the order of the request */
	struct sf_extender_node *node;
	size_t n_classes;
	const struct sf_extender_class *class; /* private to the decoder */
	const char *metadata;                  /* of the NodeList, an object; or NULL */
	size_t metadata_len;
};

/* Judgement of one node, in the order of sf_extender_args.node. */
struct sf_extender_verdict {
	const char
		*reason;   /* NULL: feasible; else constant ASCII text without '%', quotes, names */
	bool unresolvable; /* no eviction can help */
	bool unnamed;      /* refused without a word: it is in none of the lists */
};

/*
 * Reads ExtenderArgs in one pass over the text, which must outlive the args; so must the arena. Any
 * of the three fields may be missing or null, but a Pod is needed; unknown fields are checked and
 * ignored, and names match without regard to case, as Go's decoder does.
 */
int sf_extender_args_parse(const char *text, size_t len, struct sf_arena *arena,
                           struct sf_extender_args *out, struct sf_error *err);

/*
 * Adds one node for each class of nodes in the request to an empty cluster, so that node `class` of
 * the cluster stands for all nodes of this class: for their GPUs, which is all that the extender
 * judges. It is called by its number and has no CPU, memory and labels. Call it only with has_nodes.
 */
int sf_extender_args_add_classes(const struct sf_extender_args *args, struct sf_cluster *cluster,
                                 struct sf_arena *arena, struct sf_error *err);

/* ExtenderFilterResult: the feasible nodes in the form they came in (complete objects for Nodes),
 * reasons for the others. */
void sf_extender_write_filter(const struct sf_extender_args *args,
                              const struct sf_extender_verdict *verdict, struct sf_str *out);

/* Most pieces of an answer. libmicrohttpd 0.9.75 hangs over more than 1024 (epoll). */
enum { SF_EXTENDER_PIECES_MAX = 1000 };

/*
 * The same for Nodes, in pieces: Node objects are sent from `text`, which the args were read from, so
 * that the largest requests take no more memory than they brought, and what stood side by side is not
 * even moved. The rest of the answer is in `own`. Writes over `text`; the args are of no use
 * afterwards. Returns how many pieces there are, at most SF_EXTENDER_PIECES_MAX.
 */
size_t sf_extender_write_filter_pieces(const struct sf_extender_args *args,
                                       const struct sf_extender_verdict *verdict, char *text,
                                       struct sf_str *own, struct sf_piece *piece);

/* ExtenderFilterResult with Error only. kube-scheduler uses the text as a format: '%' is replaced.
 */
void sf_extender_write_error(const char *text, struct sf_str *out);

/* HostPriorityList: an entry for each node whose score is not 0, and none when all scores are alike.
 * kube-scheduler takes what is missing for 0, adds the rest to its own scores, and spends a good part
 * of its cycle on reading the list. */
void sf_extender_write_scores(const struct sf_extender_args *args, const int *score,
                              struct sf_str *out);

#endif
