/* policy_fgd_bestfit: best fit of CPU and GPU together, as the FGD paper compares with. */
// SPDX-License-Identifier: Apache-2.0
#include "fgd_formulas.h"
#include "policies.h"

/* The mean share of the largest node that is left over, taken from 100. */
static int64_t formula(struct sf_fgd_amount free, struct sf_fgd_amount asks)
{
	double left = 0.5 * ((free.cpu - asks.cpu) / SF_FGD_CPU_MILLI);
	left += 0.5 * ((free.gpu - asks.gpu) / SF_FGD_GPU_MILLI);
	return (int64_t)(100 * (1 - left));
}

static int64_t score(void *state, const struct sf_cluster *cluster, uint32_t index,
                     const struct sf_request *request, const struct sf_grant *grant)
{
	(void)state;
	const struct sf_node *node = sf_cluster_node(cluster, index);
	struct sf_row row;
	sf_row_of(node, &row);
	return formula(sf_fgd_free(&row), sf_fgd_asks(node, request, grant));
}

static int64_t judge(void *state, uint32_t node, const struct sf_row *row, const struct sf_ask *ask,
                     uint8_t *gpu)
{
	(void)state;
	(void)node;
	(void)gpu;
	return formula(sf_fgd_free(row), sf_fgd_asks_row(row, ask));
}

const struct sf_policy sf_policy_fgd_bestfit = {
	.name = "fgd-bestfit",
	.help = "of the FGD paper: least CPU and GPU left over, in percent",
	.view = SF_VIEW_AWARE,
	.study = true,
	.score = score,
	.judge = judge,
	.by_row = true,
};
