/*
 * fgd_formulas: what the policies share with which the FGD paper compares (Weng et al., "Beware of
 * Fragmentation", USENIX ATC 2023).
 *
 * They are those of the authors' simulator (pkg/simulator/plugin of
 * github.com/hkust-adsl/kubernetes-scheduler-simulator): scores are whole numbers cut from floating
 * point, so the order of the operations matters and is theirs.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_FGD_FORMULAS_H
#define SF_FGD_FORMULAS_H

#include "capacity.h"
#include "row.h"

/* The largest node of the study: MaxSpecCpu and MaxSpecGpu of pkg/type/const.go. */
#define SF_FGD_CPU_MILLI 128000.0
#define SF_FGD_GPU_MILLI 8000.0

/* CPU and GPU in milli. */
struct sf_fgd_amount {
	double cpu, gpu;
};

/* CPU that is not modelled counts as none. */
static inline struct sf_fgd_amount sf_fgd_free(const struct sf_row *row)
{
	return (struct sf_fgd_amount){
		.cpu = row->cpu_free == INT64_MAX ? 0 : (double)row->cpu_free,
		.gpu = (double)row->milli,
	};
}

/* What the ask takes of a node whose GPUs are undivided. */
static inline struct sf_fgd_amount sf_fgd_asks_row(const struct sf_row *row,
                                                   const struct sf_ask *ask)
{
	return (struct sf_fgd_amount){
		.cpu = row->cpu_milli > 0 ? (double)ask->request.cpu_milli : 0,
		.gpu = (double)ask->milli,
	};
}

/* What the grant takes, which for whole GPUs and fractions is what the request asks for. */
static inline struct sf_fgd_amount sf_fgd_asks(const struct sf_node *node,
                                               const struct sf_request *request,
                                               const struct sf_grant *grant)
{
	struct sf_fgd_amount asks = {0};

	if (node->cpu_milli > 0) {
		asks.cpu = (double)request->cpu_milli;
	}
	for (uint8_t i = 0; i < grant->n; i++) {
		asks.gpu += (double)sf_capacity_held_milli(node, &grant->held[i]);
	}
	return asks;
}

#endif
