/* policy_random: any node on which the request fits, by lot. */
// SPDX-License-Identifier: Apache-2.0
#include "policies.h"

const struct sf_policy sf_policy_random = {
	.name = "random",
	.help = "any node that fits, by lot",
	.view = SF_VIEW_AWARE,
	.random_ties = true,
	.score = sf_score_same,
	.judge = sf_judge_same,
	.by_row = true,
};
