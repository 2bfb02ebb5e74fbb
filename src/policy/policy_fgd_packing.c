/* policy_fgd_packing: GPUs in use before idle ones, idle ones of nodes in use before idle nodes, as
 * the FGD paper compares with. */
// SPDX-License-Identifier: Apache-2.0
#include "fgd_formulas.h"
#include "policies.h"

enum { GPU_MILLI = 1000, IDLE_NODE = 33, IDLE_GPU = 50, FULL = 100 };

static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static bool is_idle(const struct sf_row *row)
{
	return row->n_gpus > 0 && row->milli == (uint32_t)GPU_MILLI * row->n_gpus;
}

/* Three bands: 50 to 100 for GPUs in use, the fuller the better; 33 to 50 for idle GPUs of a node
 * in use, the fewer the better; up to 33 for an idle node, the smaller the better. `gpus`: bit per
 * GPU that the pod would use. */
static int64_t formula(const struct sf_row *row, uint32_t gpus)
{
	int64_t idle = 0;
	int64_t free_pct = 0;
	if (gpus == 0) {
		return 0;
	}
	if (is_idle(row)) {
		return most(IDLE_NODE - row->n_gpus, row->n_gpus);
	}
	for (uint8_t g = 0; g < row->n_gpus; g++) {
		if (gpus & 1U << g) {
			idle += row->free[g] == GPU_MILLI;
			free_pct += 100 * row->free[g] / GPU_MILLI;
		}
	}
	return idle > 0 ? most(IDLE_GPU - idle, IDLE_NODE) : most(FULL - free_pct / 10, IDLE_GPU);
}

/* By counts: as if it were the first GPUs, which is where a row has them. */
static uint32_t gpus_of(const struct sf_grant *grant)
{
	uint32_t gpus = 0;
	for (uint8_t i = 0; i < grant->n; i++) {
		uint8_t gpu = grant->held[i].gpu == SF_GPU_NONE ? i : grant->held[i].gpu;
		gpus |= 1U << gpu;
	}
	return gpus;
}

static int64_t score(void *state, const struct sf_cluster *cluster, uint32_t index,
                     const struct sf_request *request, const struct sf_grant *grant)
{
	(void)state;
	(void)request;
	struct sf_row row;
	sf_row_of(sf_cluster_node(cluster, index), &row);
	return formula(&row, gpus_of(grant));
}

static int64_t judge(void *state, uint32_t node, const struct sf_row *row, const struct sf_ask *ask,
                     uint8_t *gpu)
{
	(void)state;
	(void)node;
	(void)gpu;
	struct sf_grant grant;
	sf_row_grant(row, ask, SF_GPU_NONE, &grant);
	return formula(row, gpus_of(&grant));
}

const struct sf_policy sf_policy_fgd_packing = {
	.name = "fgd-packing",
	.help = "of the FGD paper: GPUs in use first, then idle GPUs of nodes in use",
	.view = SF_VIEW_AWARE,
	.study = true,
	.score = score,
	.judge = judge,
	.by_row = true,
};
