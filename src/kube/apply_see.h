/* apply_see: a node of a roll-out and its pods, as the API server shows them. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_APPLY_SEE_H
#define SF_KUBE_APPLY_SEE_H

#include "apply_step.h"

#include <slicefit/apply_plan.h>

#include <jansson.h>

/* Labels of NVIDIA/mig-parted's manager (deployments/container/reconfigure-mig.sh). */
#define SF_APPLY_MIG_LABEL   "nvidia.com/mig.config"
#define SF_APPLY_STATE_LABEL "nvidia.com/mig.config.state"

/*
 * The annotation that says whose a node is, and what it was like before: a JSON object.
 *   id        of the roll-out
 *   wave      in which it is changed
 *   cordoned  it was closed already, and stays so
 *   state     nvidia.com/mig.config.state, or null
 *   labels    those that change, as they were; null: not there
 *   gpus      allocatable GPU resources
 *   answers   true: on the way back; mig-manager has begun and will speak again
 */
#define SF_APPLY_NOTE "slicefit.io/rollout"

/* A pod that holds GPUs of the node; texts belong to the JSON. */
struct sf_apply_seen_pod {
	const char *space;
	const char *name;
	const char *uid;
	bool planned; /* the roll-out names it */
	bool deleting;
	bool stays;   /* of a DaemonSet or of the kubelet itself: it would come back at once */
	bool returns; /* some controller will make another in its place */
};

struct sf_apply_seen_node {
	struct sf_apply_seen seen; /* of its holders: the pods that do not stay, with due_ns 0 */
	json_t *doc;               /* NULL: the node is gone */
	json_t *pods;              /* array */
	json_t *note;              /* NULL: none, or not readable */
	size_t n_pods;
	struct sf_apply_seen_pod *pod; /* first the holders, in their order; then those that stay */
	struct sf_apply_holder *holder;
	uint32_t unplanned; /* holders beyond those that the roll-out knows of */
};

/* Takes `doc` (NULL: gone) and `pods` (NULL: none). Zero `out` before the first call; later calls replace. */
void sf_apply_see(const struct sf_apply_plan *plan, const struct sf_apply_node *node, json_t *doc,
                  json_t *pods, struct sf_apply_seen_node *out);
void sf_apply_seen_finish(struct sf_apply_seen_node *seen);

/* A label of the node, NULL when it is not there. */
const char *sf_apply_seen_label(const struct sf_apply_seen_node *seen, const char *key);

/* The allocatable amount of a resource, 0 when it is not there. */
int64_t sf_apply_seen_count(const struct sf_apply_seen_node *seen, const char *resource);

/* The first resource whose allocatable amount is not the one of before (or of after); NULL: all
 * are. *want: what it should be. */
const char *sf_apply_seen_odd(const struct sf_apply_seen_node *seen,
                              const struct sf_apply_node *node, bool after, int64_t *want);

#endif
