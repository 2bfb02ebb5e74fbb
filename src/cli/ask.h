/* ask: what the commands share that answer questions about a cluster and a pod. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_ASK_H
#define SF_ASK_H

#include "cli.h"

#include <slicefit/explain.h>
#include <slicefit/mig_choices.h>
#include <slicefit/report_explain.h>
#include <slicefit/snapshot.h>

struct sf_arena;
struct sf_catalog;
struct sf_error;

/* What the command lines have in common: options of a command begin with it. */
struct sf_ask_options {
	const char *cluster;              /* a file, */
	const char *kubeconfig, *context; /* or the API server of a kubeconfig */
	const char *pod, *catalog;
	enum sf_format format;
};

/* Setters for the option tables of such commands. */
int sf_ask_set_cluster(void *options, const char *value, struct sf_error *err);
int sf_ask_set_kubeconfig(void *options, const char *value, struct sf_error *err);
int sf_ask_set_context(void *options, const char *value, struct sf_error *err);
int sf_ask_set_pod(void *options, const char *value, struct sf_error *err);
int sf_ask_set_catalog(void *options, const char *value, struct sf_error *err);

/* Why the words of the command line name no cluster; NULL: they do. */
const char *sf_ask_fault(const struct sf_ask_options *options);

/* A pod that somebody asks about. */
struct sf_ask_pod {
	const struct sf_snapshot_pod *known; /* in the snapshot */
	const char *file;                    /* it was read from; NULL: from the cluster's file */
};

/* The cluster, and in it the pod if one is named; pods that are left out are told on standard error. Finish
 * the snapshot in any case. */
int sf_ask(const struct sf_ask_options *options, const struct sf_catalog *catalog,
           struct sf_snapshot *out, struct sf_ask_pod *pod, struct sf_error *err);

/* The pod and what it asks for in words; `policy` is told with it. */
void sf_ask_subject(const struct sf_ask_pod *pod, const char *policy,
                    struct sf_explain_subject *out);

/* The configurations of `path`, or the usual ones (NULL). */
int sf_ask_layouts(const char *path, const struct sf_cluster *cluster, struct sf_arena *arena,
                   struct sf_mig_choices *out, struct sf_error *err);

#endif
