/* budgets: the PodDisruptionBudgets of the cluster, and which evictions would violate them. */
// SPDX-License-Identifier: Apache-2.0
#include "budgets.h"

#include <slicefit/alloc.h>
#include <slicefit/pdb.h>

#include <stdlib.h>
#include <string.h>

void sf_budgets_finish(struct sf_budgets *budgets)
{
	for (size_t i = 0; i < budgets->n; i++) {
		sf_pdb_destroy(budgets->budget[i].pdb);
	}
	free(budgets->budget);
	*budgets = (struct sf_budgets){0};
}

/* The first of the namespace, or where it would be. */
static size_t first_of(const struct sf_budgets *budgets, const char *space)
{
	size_t low = 0, high = budgets->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(sf_pdb_space(budgets->budget[middle].pdb), space) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

void sf_budgets_set(struct sf_budgets *budgets, struct sf_pdb *pdb)
{
	sf_budgets_gone(budgets, sf_pdb_uid(pdb));
	size_t at = first_of(budgets, sf_pdb_space(pdb));
	budgets->budget =
		sf_xgrow(budgets->budget, &budgets->cap, budgets->n + 1, sizeof(*budgets->budget));
	struct sf_budget *budget = &budgets->budget[at];
	memmove(budget + 1, budget, (budgets->n - at) * sizeof(*budget));
	*budget = (struct sf_budget){.pdb = pdb};
	budgets->n++;
}

void sf_budgets_gone(struct sf_budgets *budgets, const char *uid)
{
	for (size_t i = 0; i < budgets->n; i++) {
		struct sf_budget *budget = &budgets->budget[i];
		if (strcmp(sf_pdb_uid(budget->pdb), uid) == 0) {
			sf_pdb_destroy(budget->pdb);
			budgets->n--;
			memmove(budget, budget + 1, (budgets->n - i) * sizeof(*budget));
			return;
		}
	}
}

void sf_budgets_begin(struct sf_budgets *budgets)
{
	budgets->round++;
}

bool sf_budgets_take(struct sf_budgets *budgets, const char *space, const char *name,
                     const char *labels)
{
	bool violates = false;
	for (size_t i = first_of(budgets, space); i < budgets->n; i++) {
		struct sf_budget *budget = &budgets->budget[i];
		if (strcmp(sf_pdb_space(budget->pdb), space) != 0) {
			break;
		}
		if (!sf_pdb_covers(budget->pdb, name, labels)) {
			continue;
		}
		if (budget->round != budgets->round) {
			budget->round = budgets->round;
			budget->left = sf_pdb_allowed(budget->pdb);
		}
		if (budget->left <= 0) {
			violates = true;
		} else {
			budget->left--;
		}
	}
	return violates;
}
