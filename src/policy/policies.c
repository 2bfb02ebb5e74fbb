/* policies: the table of all policies; a new one is one file and one row. */
// SPDX-License-Identifier: Apache-2.0
#include "policies.h"

#include <string.h>

const struct sf_policy *const sf_policies[] = {
	&sf_policy_kube_default,
	&sf_policy_first_fit,
	&sf_policy_best_fit,
	&sf_policy_worst_fit,
	&sf_policy_binpack,
	&sf_policy_random,
	&sf_policy_fgd,
	&sf_policy_fgd_bestfit,
	&sf_policy_fgd_dotprod,
	&sf_policy_fgd_packing,
	&sf_policy_fgd_clustering,
	&sf_policy_fgd_random,
	NULL,
};

const struct sf_policy *sf_policy_find(const char *name)
{
	for (const struct sf_policy *const *row = sf_policies; *row; row++) {
		if (strcmp((*row)->name, name) == 0) {
			return *row;
		}
	}
	return NULL;
}

int64_t sf_score_same(void *state, const struct sf_cluster *cluster, uint32_t node,
                      const struct sf_request *request, const struct sf_grant *grant)
{
	(void)state;
	(void)cluster;
	(void)node;
	(void)request;
	(void)grant;
	return 0;
}

int64_t sf_judge_same(void *state, uint32_t node, const struct sf_row *row,
                      const struct sf_ask *ask, uint8_t *gpu)
{
	(void)state;
	(void)node;
	(void)row;
	(void)ask;
	(void)gpu;
	return 0;
}
