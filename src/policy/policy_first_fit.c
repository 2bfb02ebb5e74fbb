/* policy_first_fit: the first node on which the request fits. */
// SPDX-License-Identifier: Apache-2.0
#include "policies.h"

const struct sf_policy sf_policy_first_fit = {
	.name = "first-fit",
	.help = "the first node that fits",
	.view = SF_VIEW_AWARE,
	.score = sf_score_same,
	.judge = sf_judge_same,
	.by_row = true,
};
