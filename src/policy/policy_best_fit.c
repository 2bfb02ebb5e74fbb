/* policy_best_fit: the node that keeps least of the capacity that the request uses. */
// SPDX-License-Identifier: Apache-2.0
#include "capacity.h"
#include "policies.h"

/*
 * Least of these, in this order: a whole GPU taken from dynamic MIG, the largest MIG profiles that
 * can no longer be created ("preserve the largest profile"), free GPU capacity of the same kind
 * left on the node, CPU left. A full 8-GPU node stays whole while a node in use has room.
 */
static int64_t formula(const struct sf_capacity *after)
{
	int64_t cost = after->displaces;
	cost = (cost << SF_CAPACITY_LOSS_BITS) | after->shape_loss;
	cost = (cost << SF_CAPACITY_MILLI_BITS) | after->kind_milli;
	cost = (cost << SF_CAPACITY_CPU_BITS) | after->cpu_permille;
	return -cost;
}

static int64_t score(void *state, const struct sf_cluster *cluster, uint32_t node,
                     const struct sf_request *request, const struct sf_grant *grant)
{
	(void)state;
	struct sf_capacity after = sf_capacity_after(cluster, node, request, grant);
	return formula(&after);
}

static int64_t judge(void *state, uint32_t node, const struct sf_row *row, const struct sf_ask *ask,
                     uint8_t *gpu)
{
	(void)state;
	(void)node;
	(void)gpu;
	struct sf_capacity after = sf_capacity_after_row(row, ask);
	return formula(&after);
}

const struct sf_policy sf_policy_best_fit = {
	.name = "best-fit",
	.help = "the node with least free GPU capacity left; keeps large MIG profiles possible",
	.view = SF_VIEW_AWARE,
	.score = score,
	.judge = judge,
	.by_row = true,
};
