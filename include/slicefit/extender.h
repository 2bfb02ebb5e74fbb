/* extender: the wire format of kube-scheduler's HTTP extenders (k8s.io/kube-scheduler/extender/v1).
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_EXTENDER_H
#define SF_EXTENDER_H

#include <slicefit/kube_pod.h>

#include <stdbool.h>
#include <stddef.h>

struct sf_arena;
struct sf_cluster;
struct sf_error;
struct sf_extender_doc; /* the decoded body; private to the decoder */
struct sf_str;

/* Body of filter and prioritize. Everything points into the arena or the document. */
struct sf_extender_args {
	struct sf_kube_pod pod;
	bool has_nodes; /* Nodes was sent: the nodes describe themselves */
	bool has_names; /* NodeNames was sent */
	size_t n;       /* nodes, each name once, in the order of the request */
	const char **name;
	struct sf_extender_doc *doc;
};

/* Judgement of one node, in the order of sf_extender_args.name. */
struct sf_extender_verdict {
	const char *reason; /* NULL: feasible; else constant text without '%' or names */
	bool unresolvable;  /* no eviction can help */
};

/*
 * Reads ExtenderArgs. Any of the three fields may be missing or null, but a Pod is needed; unknown
 * fields are ignored, and names match without regard to case, as Go's decoder does. Lists live in
 * the arena; finish the args before destroying it.
 */
int sf_extender_args_parse(const char *text, size_t len, struct sf_arena *arena,
                           struct sf_extender_args *out, struct sf_error *err);
void sf_extender_args_finish(struct sf_extender_args *args);

/* Adds the nodes of the request to an empty cluster, so that node i is args->name[i]. Call it only
 * with has_nodes; names are borrowed from the args. */
int sf_extender_args_add_nodes(const struct sf_extender_args *args, struct sf_cluster *cluster,
                               struct sf_error *err);

/* ExtenderFilterResult: the feasible nodes in the form they came in (complete objects for Nodes),
 * reasons for the others. */
void sf_extender_write_filter(const struct sf_extender_args *args,
                              const struct sf_extender_verdict *verdict, struct sf_str *out);

/* ExtenderFilterResult with Error only. kube-scheduler uses the text as a format: '%' is replaced.
 */
void sf_extender_write_error(const char *text, struct sf_str *out);

/* HostPriorityList: one entry per node. */
void sf_extender_write_scores(const struct sf_extender_args *args, const int *score,
                              struct sf_str *out);

#endif
