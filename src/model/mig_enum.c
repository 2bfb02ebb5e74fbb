/* mig_enum: all layouts and geometries of a product. */
// SPDX-License-Identifier: Apache-2.0
#include "mig_enum.h"

#include <slicefit/alloc.h>
#include <slicefit/mig.h>

#include <stdlib.h>
#include <string.h>

/* A walk over the units from left to right; at each unit the profiles that may start there, then
 * nothing. Later rows of a product's table are larger, so they come first. */
struct walk {
	const struct sf_product *product;
	uint32_t mask;
	size_t limit;
	struct sf_mig_layout layout;
	struct sf_mig_layout *state; /* NULL: count only */
	size_t n;
	size_t cap;
};

static void visit(struct walk *walk)
{
	if (walk->state != NULL) {
		walk->state = sf_xgrow(walk->state, &walk->cap, walk->n + 1, sizeof(*walk->state));
		walk->state[walk->n] = walk->layout;
	}
	walk->n++;
}

static void walk_from(struct walk *walk, int unit)
{
	if (walk->n >= walk->limit) {
		return;
	}
	if (unit >= walk->product->units) {
		visit(walk);
		return;
	}
	for (int p = walk->product->n_profiles - 1; p >= 0; p--) {
		if ((walk->mask & SF_PROFILE_BIT(p)) == 0 ||
		    !sf_mig_fits(walk->product, &walk->layout, p, unit)) {
			continue;
		}
		sf_mig_add(&walk->layout, p, unit);
		walk_from(walk, unit + walk->product->profile[p].size);
		sf_mig_remove(&walk->layout, unit);
	}
	walk_from(walk, unit + 1);
}

size_t sf_mig_count_states(const struct sf_product *product, uint32_t mask, size_t limit)
{
	struct walk walk = {.product = product, .mask = mask, .limit = limit};
	walk_from(&walk, 0);
	return walk.n;
}

size_t sf_mig_states(const struct sf_product *product, uint32_t mask, struct sf_mig_layout **out)
{
	struct walk walk = {.product = product, .mask = mask, .limit = SIZE_MAX};
	walk.state = sf_xgrow(NULL, &walk.cap, 1, sizeof(*walk.state));
	walk_from(&walk, 0);
	*out = walk.state;
	return walk.n;
}

static bool is_maximal(const struct sf_product *product, uint32_t mask,
                       const struct sf_mig_layout *layout)
{
	for (int p = 0; p < product->n_profiles; p++) {
		if ((mask & SF_PROFILE_BIT(p)) != 0 && sf_mig_next_start(product, layout, p) >= 0) {
			return false;
		}
	}
	return true;
}

size_t sf_mig_maximal(const struct sf_product *product, uint32_t mask, struct sf_mig_layout **out)
{
	size_t states = sf_mig_states(product, mask, out);
	size_t n = 0;
	for (size_t i = 0; i < states; i++) {
		if (is_maximal(product, mask, &(*out)[i])) {
			(*out)[n++] = (*out)[i];
		}
	}
	return n;
}

/* Most of the largest profile first: the last row of the table decides first. */
static int compare_geometries(const void *a, const void *b)
{
	const struct sf_mig_geometry *x = a;
	const struct sf_mig_geometry *y = b;
	for (int p = SF_PROFILES_MAX - 1; p >= 0; p--) {
		if (x->count[p] != y->count[p]) {
			return x->count[p] > y->count[p] ? -1 : 1;
		}
	}
	return 0;
}

size_t sf_mig_geometries(const struct sf_product *product, uint32_t mask,
                         struct sf_mig_geometry **out)
{
	struct sf_mig_layout *state = NULL;
	size_t states = sf_mig_states(product, mask, &state);
	struct sf_mig_geometry *all = sf_xcalloc(states, sizeof(*all));
	for (size_t i = 0; i < states; i++) {
		sf_mig_geometry_of(&state[i], &all[i]);
	}
	free(state);
	qsort(all, states, sizeof(*all), compare_geometries);

	size_t n = 0;
	for (size_t i = 0; i < states; i++) {
		if (n == 0 || compare_geometries(&all[n - 1], &all[i]) != 0) {
			all[n++] = all[i];
		}
	}
	*out = all;
	return n - 1; /* the empty geometry comes last */
}

static bool contains(const struct sf_mig_geometry *whole, const struct sf_mig_geometry *part)
{
	for (int p = 0; p < SF_PROFILES_MAX; p++) {
		if (part->count[p] > whole->count[p]) {
			return false;
		}
	}
	return true;
}

size_t sf_mig_maximal_geometries(const struct sf_product *product, uint32_t mask,
                                 struct sf_mig_geometry **out)
{
	size_t all = sf_mig_geometries(product, mask, out);
	size_t n = 0;
	for (size_t i = 0; i < all; i++) {
		/* A containing geometry sorts before the contained one, and if there is one
		 * then there is a maximal one, which has been kept. */
		bool contained = false;
		for (size_t k = 0; k < n && !contained; k++) {
			contained = contains(&(*out)[k], &(*out)[i]);
		}
		if (!contained) {
			(*out)[n++] = (*out)[i];
		}
	}
	return n;
}
