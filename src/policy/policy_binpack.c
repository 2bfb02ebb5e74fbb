/* policy_binpack: fewest nodes in use. */
// SPDX-License-Identifier: Apache-2.0
#include "capacity.h"
#include "policies.h"

enum { PODS_BITS = 12, PODS_MAX = (1 << PODS_BITS) - 1, GPUS_MAX = UINT8_MAX };

/*
 * A node in use always beats an idle one. Among those in use: most GPU capacity used, then most
 * pods; where none has room, the idle node with fewest GPUs is opened. A whole GPU comes from
 * dynamic MIG only where no other node of the same sort has one.
 */
static int64_t formula(const struct sf_capacity *after, uint32_t pods, uint8_t gpus)
{
	int64_t key = pods > 0;
	key = (key << 1) | !after->displaces;
	if (pods == 0) {
		return (key << (SF_CAPACITY_MILLI_BITS + PODS_BITS)) | (GPUS_MAX - gpus);
	}
	key = (key << SF_CAPACITY_MILLI_BITS) | after->used_milli;
	return (key << PODS_BITS) | (pods < PODS_MAX ? pods : PODS_MAX);
}

static int64_t score(void *state, const struct sf_cluster *cluster, uint32_t index,
                     const struct sf_request *request, const struct sf_grant *grant)
{
	(void)state;
	const struct sf_node *node = sf_cluster_node(cluster, index);
	struct sf_capacity after = sf_capacity_after(cluster, index, request, grant);
	return formula(&after, node->pods, node->n_gpus);
}

static int64_t judge(void *state, uint32_t node, const struct sf_row *row, const struct sf_ask *ask,
                     uint8_t *gpu)
{
	(void)state;
	(void)node;
	(void)gpu;
	struct sf_capacity after = sf_capacity_after_row(row, ask);
	return formula(&after, row->pods, row->n_gpus);
}

const struct sf_policy sf_policy_binpack = {
	.name = "binpack",
	.help = "the fullest node in use; an idle node only when no other fits",
	.view = SF_VIEW_AWARE,
	.score = score,
	.judge = judge,
	.by_row = true,
};
