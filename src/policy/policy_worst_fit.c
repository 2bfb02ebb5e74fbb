/* policy_worst_fit: the node that keeps most of the capacity that the request uses (spreading). */
// SPDX-License-Identifier: Apache-2.0
#include "capacity.h"
#include "policies.h"

static int64_t formula(const struct sf_capacity *after)
{
	int64_t room = !after->displaces;
	room = (room << SF_CAPACITY_MILLI_BITS) | after->kind_milli;
	return (room << SF_CAPACITY_CPU_BITS) | after->cpu_permille;
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

const struct sf_policy sf_policy_worst_fit = {
	.name = "worst-fit",
	.help = "the node with most free GPU capacity left (spreads)",
	.view = SF_VIEW_AWARE,
	.score = score,
	.judge = judge,
	.by_row = true,
};
