/* budgets: the PodDisruptionBudgets of the cluster, and which evictions would violate them. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_BUDGETS_H
#define SF_BUDGETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_pdb;

/* Sorted by namespace. {0} is empty. */
struct sf_budgets {
	struct sf_budget {
		struct sf_pdb *pdb;
		int64_t left;   /* in this round: disruptions that it still allows */
		uint64_t round; /* in which `left` was last counted */
	} * budget;
	size_t n, cap;
	uint64_t round;
};

void sf_budgets_finish(struct sf_budgets *budgets);

/* The budget is like this now; takes it over. */
void sf_budgets_set(struct sf_budgets *budgets, struct sf_pdb *pdb);
void sf_budgets_gone(struct sf_budgets *budgets, const char *uid);

/* Nobody has gone yet. */
void sf_budgets_begin(struct sf_budgets *budgets);
/* One more pod may go, the more important ones first: is there a budget that does not allow it? Each of
 * its budgets counts it, as in kube-scheduler, whether or not it goes in the end. */
bool sf_budgets_take(struct sf_budgets *budgets, const char *space, const char *name,
                     const char *labels);

#endif
