/* emit_config: the distinct configurations of a plan's nodes, with names that are legal label
 * values. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_EMIT_CONFIG_H
#define SF_EMIT_CONFIG_H

#include <slicefit/plan.h>

struct sf_str;

/* mig-parted: one per distinct list of GPU layouts. */
struct sf_emit_mig {
	char name[SF_NAME_MAX];
	const struct sf_node_plan *node; /* any node that has it */
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
	/* Per plan node: index into mig (SIZE_MAX: mig-manager is to leave the node alone) and into
	 * share. */
	size_t *node_mig;
	size_t *node_share;
};

/* `before` may be NULL when only `mig` is of interest. */
void sf_emit_configs_init(struct sf_emit_configs *configs, const struct sf_plan *plan,
                          const struct sf_cluster *before);
void sf_emit_configs_finish(struct sf_emit_configs *configs);

/* Is a GPU of the node in MIG mode after the plan? */
bool sf_emit_in_mig_mode(const struct sf_node_plan *node);

/* Does the driver's own choice of placements reach the layouts, for some order of the instances?
 * mig-parted names no placements; it tries the orders one after the other. */
bool sf_emit_reachable(const struct sf_node_plan *node);

/* labels.sh and README.md (emit_readme.c). */
void sf_emit_labels_script(const struct sf_plan *plan, const struct sf_cluster *before,
                           struct sf_str *out);
void sf_emit_readme(const struct sf_plan *plan, const struct sf_cluster *before,
                    struct sf_str *out);

/* Names of the two ConfigMaps and their namespace. */
#define SF_EMIT_MIG_MAP   "slicefit-mig-parted-config"
#define SF_EMIT_SHARE_MAP "slicefit-device-plugin-config"
#define SF_EMIT_NAMESPACE "gpu-operator"

#endif
