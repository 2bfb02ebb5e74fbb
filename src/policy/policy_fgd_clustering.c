/* policy_fgd_clustering: pods that want as many GPUs side by side, as the FGD paper compares with. */
// SPDX-License-Identifier: Apache-2.0
#include "fgd_formulas.h"
#include "policies.h"

enum { MILLI = 8000, STEP = 25 };

/* Four bands of 25, the fuller node first within each: only pods of this size there; these and
 * others; none with GPUs; only others. */
static int64_t formula(const struct sf_row *row, int size)
{
	if (size < 0) {
		return 0;
	}
	int64_t used = STEP * (MILLI - (int64_t)row->milli) / MILLI;
	uint32_t mine = 1U << size;
	if (row->sizes == mine) {
		return used + 3 * STEP;
	}
	if (row->sizes & mine) {
		return used + 2 * STEP;
	}
	return row->sizes == 0 ? used + STEP : used;
}

static int64_t score(void *state, const struct sf_cluster *cluster, uint32_t node,
                     const struct sf_request *request, const struct sf_grant *grant)
{
	(void)state;
	(void)grant;
	struct sf_row row;
	sf_row_of(sf_cluster_node(cluster, node), &row);
	return formula(&row, sf_request_gpus(request));
}

static int64_t judge(void *state, uint32_t node, const struct sf_row *row, const struct sf_ask *ask,
                     uint8_t *gpu)
{
	(void)state;
	(void)node;
	(void)gpu;
	return formula(row, ask->gpus);
}

const struct sf_policy sf_policy_fgd_clustering = {
	.name = "fgd-clustering",
	.help = "of the FGD paper: beside pods that want as many GPUs",
	.view = SF_VIEW_AWARE,
	.study = true,
	.score = score,
	.judge = judge,
	.by_row = true,
};
