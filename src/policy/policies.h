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

#endif
