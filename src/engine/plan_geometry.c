/* plan_geometry: see plan_geometry.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_geometry.h"

#include <string.h>

/* Does one of the texts name this geometry? */
static bool is_listed(const struct sf_product *product, const struct sf_mig_geometry *geometry,
                      const char *const *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct sf_mig_geometry listed;

		if (sf_mig_geometry_parse(product, text[i], &listed) &&
		    memcmp(&listed, geometry, sizeof listed) == 0) {
			return true;
		}
	}
	return false;
}

static bool contains(const struct sf_mig_geometry *a, const struct sf_mig_geometry *b)
{
	for (int p = 0; p < SF_PROFILES_MAX; p++) {
		if (a->count[p] < b->count[p]) {
			return false;
		}
	}
	return true;
}

size_t plan_geometries(const struct sf_pool *pool, const struct sf_product *product, uint32_t mask,
                       struct sf_mig_geometry **out)
{
	size_t n, kept = 0, best = 0;

	if (!pool->n_only && !pool->n_never) {
		return sf_mig_maximal_geometries(product, mask, out);
	}
	/* A listed geometry may hold profiles that nobody wants. */
	n = sf_mig_geometries(product, pool->n_only ? sf_mig_all_mask(product) : mask, out);
	for (size_t i = 0; i < n; i++) {
		const struct sf_mig_geometry *one = &(*out)[i];

		if ((!pool->n_only || is_listed(product, one, pool->layout_only, pool->n_only)) &&
		    !is_listed(product, one, pool->layout_never, pool->n_never)) {
			(*out)[kept++] = *one;
		}
	}
	for (size_t i = 0; i < kept; i++) {
		bool below = false;

		for (size_t j = 0; j < kept && !below; j++) {
			below = i != j && contains(&(*out)[j], &(*out)[i]);
		}
		if (!below) {
			(*out)[best++] = (*out)[i];
		}
	}
	return best;
}
