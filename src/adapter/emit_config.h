/* emit_config: the distinct configurations of a plan's nodes, with names that are legal label
 * values. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_EMIT_CONFIG_H
#define SF_EMIT_CONFIG_H

#include <slicefit/emit.h>
#include <slicefit/rollout.h>

struct sf_error;

struct sf_str;

/* mig-parted: one per distinct list of GPU layouts. */
struct sf_emit_mig {
	char name[SF_NAME_MAX];
	const struct sf_gpu_spec *gpu; /* of any node that has it */
	uint8_t n_gpus;                /* 1: all GPUs of the node are alike, however many */
	bool planned; /* some node has it after the plan; else only before it, for rolling back */
};

/* Device plugin: one per distinct way of sharing. */
struct sf_emit_share {
	char name[SF_NAME_MAX];
	enum sf_strategy strategy;
	struct sf_sharing sharing;
};

struct sf_emit_configs {
	size_t n_mig;
	struct sf_emit_mig *mig;
	size_t n_share;
	struct sf_emit_share *share;
	size_t default_share; /* without sharing, for nodes without a label */
	/* Per plan node: index into mig (SIZE_MAX: mig-manager is to leave the node alone) and into
	 * share. */
	size_t *node_mig;
	size_t *node_share;
	/* The same for what changed nodes have now; of the others equal to the above. SIZE_MAX: no
	 * label, as on nodes that are to join. */
	size_t *node_mig_before;
	size_t *node_share_before;
};

/* `before` may be NULL when only `mig` is of interest. */
void sf_emit_configs_init(struct sf_emit_configs *configs, const struct sf_plan *plan,
                          const struct sf_cluster *before);
void sf_emit_configs_finish(struct sf_emit_configs *configs);

/* emit_share: the number of the way in which a node is to share its GPUs, and does now; added if it is
 * new, and then named. */
size_t sf_emit_share_after(struct sf_emit_configs *configs, const struct sf_node_plan *node,
                           const struct sf_cluster *before);
size_t sf_emit_share_before(struct sf_emit_configs *configs, const struct sf_node_plan *plan,
                            const struct sf_cluster *before);
size_t sf_emit_share_add(struct sf_emit_configs *configs, struct sf_emit_share *share);

/* Nothing is written about nodes whose GPUs are not known, or that have none. */
bool sf_emit_skips(const struct sf_node_plan *node);

/* Does the node get other labels? */
bool sf_emit_changes(const struct sf_node_plan *node);

/* Is a GPU of the node in MIG mode after the plan? */
bool sf_emit_in_mig_mode(const struct sf_node_plan *node);

/* Does the driver's own choice of placements reach the layouts, for some order of the instances?
 * mig-parted names no placements; it tries the orders one after the other. */
bool sf_emit_reachable(const struct sf_emit_mig *config);

/* Does changed node `node` of the plan give mig-manager work? */
bool sf_emit_mig_changes(const struct sf_emit_configs *configs, size_t node);

/* The operator hands one MIG strategy to all nodes: the one that nodes in MIG mode use, `mixed` when
 * they do not agree. */
enum sf_strategy sf_emit_cluster_strategy(const struct sf_plan *plan);

/* Everything that the writers of the roll-out need. */
struct sf_emit_view {
	const struct sf_emit *emit;
	struct sf_emit_configs configs;
	struct sf_cluster *after; /* the planned nodes, under the numbers of those before */
};
int sf_emit_view_init(struct sf_emit_view *view, const struct sf_emit *emit, struct sf_error *err);
void sf_emit_view_finish(struct sf_emit_view *view);
const char *sf_emit_node_name(const struct sf_emit_view *view, uint32_t node);
const struct sf_pool *sf_emit_pool(const struct sf_emit_view *view, uint32_t node);

/* One resource name that a node has before or after. */
struct sf_emit_count {
	const char *name;
	uint32_t before, after;
};
enum { SF_EMIT_COUNTS_MAX = 2 * SF_NODE_RESOURCES_MAX };
/* Those of a changed node; none where instances come and go with the pods, or where they are unknown. */
size_t sf_emit_counts(const struct sf_emit_view *view, uint32_t node,
                      struct sf_emit_count out[SF_EMIT_COUNTS_MAX]);

/* The two labels as arguments of kubectl: " nvidia.com/...=...". */
void sf_emit_label_arguments(const struct sf_emit_configs *configs, size_t mig, size_t share,
                             struct sf_str *out);

/* Files that have a module of their own. */
int sf_emit_readme(const struct sf_emit *emit, struct sf_str *out, struct sf_error *err);

/* What the files cannot say, as paragraphs (emit_readme.c). */
void sf_emit_cautions(const struct sf_plan *plan, const struct sf_emit_configs *configs,
                      struct sf_str *out);

/* Names of the two ConfigMaps and their namespace, and of the operator's own object. */
#define SF_EMIT_MIG_MAP   "slicefit-mig-parted-config"
#define SF_EMIT_SHARE_MAP "slicefit-device-plugin-config"
#define SF_EMIT_NAMESPACE "gpu-operator"
#define SF_EMIT_POLICY    "cluster-policy"

/* Files that others name. */
#define SF_EMIT_MIG_FILE    "mig-parted-config.yaml"
#define SF_EMIT_SHARE_FILE  "device-plugin-config.yaml"
#define SF_EMIT_POLICY_FILE "cluster-policy-patch.yaml"

/* Labels that choose a configuration, and the taint of nodes that are to be changed. */
#define SF_EMIT_MIG_LABEL   "nvidia.com/mig.config"
#define SF_EMIT_SHARE_LABEL "nvidia.com/device-plugin.config"
#define SF_EMIT_TAINT       "slicefit.io/rollout"

/* The operator's own default for nodes without a label: always in the ConfigMap. */
#define SF_EMIT_MIG_DEFAULT "all-disabled"

#endif
