/* snapshot: a cluster with its pods at one moment, from a file, for those who ask and go. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SNAPSHOT_H
#define SF_SNAPSHOT_H

#include <slicefit/cluster.h>
#include <slicefit/kube_pod.h>
#include <slicefit/node_rule.h>

struct sf_arena;
struct sf_catalog;
struct sf_error;
struct sf_manifests;
struct sf_scenario;
struct sf_str;

enum { SF_SNAPSHOT_BYTES_MAX = 1 << 30 };

/* A pod that is not finished. */
struct sf_snapshot_pod {
	const char *label;       /* "namespace/name" */
	struct sf_kube_pod seen; /* as it was described */
	/* The cluster's number, whose tag is the place in this list; SF_POD_NONE: not in the cluster,
	 * as its node is unknown or the model has no room for it. */
	uint32_t pod;
	const struct sf_node_rule *rule; /* where it may run */
};

/* A node beside what the cluster knows. */
struct sf_snapshot_node {
	size_t n_taints;
	const struct sf_taint *taint;
	bool closed; /* takes no pods, and uncordoning it would not change that */
};

struct sf_snapshot {
	struct sf_arena *arena;
	struct sf_scenario *scenario; /* it was made of this; NULL: of a dump */
	struct sf_cluster *cluster;
	size_t n_pods;
	struct sf_snapshot_pod *pod;
	struct sf_snapshot_node *node; /* by the cluster's numbers */
};

/* What is wrong with a pod that is left out; the snapshot goes on without it. */
typedef void sf_snapshot_warn(const char *pod, const char *why);

/*
 * Reads what `kubectl get nodes,pods -A -o json` (or yaml) printed, or a scenario with the pods that
 * run when it begins. Bound pods are placed: their requests for CPU and memory count, too. `warn` may be NULL.
 */
int sf_snapshot_load(const char *path, const struct sf_catalog *catalog, sf_snapshot_warn *warn,
                     struct sf_snapshot *out, struct sf_error *err);

/* The same from memory; `name` stands for the file in messages. */
int sf_snapshot_parse(const struct sf_str *text, const char *name, const struct sf_catalog *catalog,
                      sf_snapshot_warn *warn, struct sf_snapshot *out, struct sf_error *err);

/* The same of objects that were read already, out of a cluster that runs. */
int sf_snapshot_collect(const struct sf_manifests *in, const struct sf_catalog *catalog,
                        sf_snapshot_warn *warn, struct sf_snapshot *out, struct sf_error *err);

void sf_snapshot_finish(struct sf_snapshot *snapshot);

/* By "namespace/name" (a name alone: in the namespace default), or NULL. */
const struct sf_snapshot_pod *sf_snapshot_find(const struct sf_snapshot *snapshot,
                                               const char *name);

/* What the pod asks for, CPU and memory included. */
void sf_snapshot_request(const struct sf_snapshot *snapshot, const struct sf_kube_pod *pod,
                         struct sf_request *out);

/*
 * May a pod of the rule (NULL: any) run on the node at all, whatever the node has? *taint, when not
 * NULL, is set to the first taint in the way.
 */
enum sf_rule_fit sf_snapshot_judge(const struct sf_snapshot *snapshot,
                                   const struct sf_node_rule *rule, uint32_t node,
                                   const struct sf_taint **taint);

/* One more pending pod; its number. */
uint32_t sf_snapshot_add(struct sf_snapshot *snapshot, const struct sf_kube_pod *pod);

#endif
