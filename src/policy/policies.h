/* policies: the rows of the policy table, one file each. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_POLICIES_H
#define SF_POLICIES_H

#include <slicefit/policy.h>

extern const struct sf_policy sf_policy_kube_default;
extern const struct sf_policy sf_policy_first_fit;
extern const struct sf_policy sf_policy_best_fit;
extern const struct sf_policy sf_policy_worst_fit;
extern const struct sf_policy sf_policy_binpack;
extern const struct sf_policy sf_policy_random;
extern const struct sf_policy sf_policy_fgd;
extern const struct sf_policy sf_policy_fgd_bestfit;
extern const struct sf_policy sf_policy_fgd_dotprod;
extern const struct sf_policy sf_policy_fgd_packing;
extern const struct sf_policy sf_policy_fgd_clustering;
extern const struct sf_policy sf_policy_fgd_random;

/* All nodes are worth the same: score and judge of a policy that goes by something else. */
int64_t sf_score_same(void *state, const struct sf_cluster *cluster, uint32_t node,
                      const struct sf_request *request, const struct sf_grant *grant);
int64_t sf_judge_same(void *state, uint32_t node, const struct sf_row *row,
                      const struct sf_ask *ask, uint8_t *gpu);

#endif
