/* ask: what the commands share that answer questions about a cluster and a pod. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_ASK_H
#define SF_ASK_H

#include <slicefit/explain.h>
#include <slicefit/mig_choices.h>
#include <slicefit/report_explain.h>
#include <slicefit/snapshot.h>

struct sf_arena;
struct sf_catalog;
struct sf_error;

/* Where a cluster is read from: a file, or the API server of a kubeconfig. */
struct sf_ask_where {
	const char *path;
	const char *kubeconfig, *context;
};

/* Why the words of the command line do not say that; NULL: they do. */
const char *sf_ask_where_fault(const struct sf_ask_where *where);

/* Reads the cluster; pods that are left out are told on standard error. */
int sf_ask_cluster(const struct sf_ask_where *where, const struct sf_catalog *catalog,
                   struct sf_snapshot *out, struct sf_error *err);

/* A pod that somebody asks about. */
struct sf_ask_pod {
	struct sf_kube_pod seen;
	const struct sf_node_rule *rule;     /* where it may run; in the snapshot's arena */
	const char *file;                    /* it was read from; NULL: from the cluster's file */
	const struct sf_snapshot_pod *known; /* in the cluster's file, or NULL */
	char label[400];                     /* "namespace/name" */
};

/* `arg` is a file, "-", or "namespace/name" of a pod in the snapshot. */
int sf_ask_pod_read(const char *arg, const struct sf_snapshot *snapshot, struct sf_ask_pod *out,
                    struct sf_error *err);

/* The pod and what it asks for in words; `policy` is told with it. */
void sf_ask_subject(const struct sf_ask_pod *pod, const char *policy,
                    struct sf_explain_subject *out);

/* The configurations of `path`, or the usual ones (NULL). */
int sf_ask_layouts(const char *path, const struct sf_cluster *cluster, struct sf_arena *arena,
                   struct sf_mig_choices *out, struct sf_error *err);

#endif
