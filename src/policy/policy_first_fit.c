/* policy_first_fit: the first node on which the request fits. */
// SPDX-License-Identifier: Apache-2.0
#include "policies.h"

static int64_t score(void *state, const struct sf_cluster *cluster, uint32_t node,
                     const struct sf_request *request, const struct sf_grant *grant)
{
	(void)state;
	(void)cluster;
	(void)node;
	(void)request;
	(void)grant;
	return 0;
}

static int64_t judge(void *state, uint32_t node, const struct sf_row *row, const struct sf_ask *ask,
                     uint8_t *gpu)
{
	(void)state;
	(void)node;
	(void)row;
	(void)ask;
	(void)gpu;
	return 0;
}

const struct sf_policy sf_policy_first_fit = {
	.name = "first-fit",
	.help = "the first node that fits",
	.view = SF_VIEW_AWARE,
	.score = score,
	.judge = judge,
	.by_row = true,
};
