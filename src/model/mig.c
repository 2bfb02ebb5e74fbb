/* mig: legality and choice of placements on one GPU. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/mig.h>

#include <stdio.h>
#include <string.h>

uint32_t sf_mig_plain_mask(const struct sf_product *product)
{
	uint32_t mask = 0;
	for (int i = 0; i < product->n_profiles; i++) {
		if (sf_profile_is_plain(&product->profile[i])) {
			mask |= SF_PROFILE_BIT(i);
		}
	}
	return mask;
}

uint32_t sf_mig_all_mask(const struct sf_product *product)
{
	return SF_PROFILE_BIT(product->n_profiles) - 1;
}

static unsigned units_at(const struct sf_profile *profile, unsigned start)
{
	return ((1u << profile->size) - 1) << start;
}

uint16_t sf_mig_units(const struct sf_product *product, const struct sf_mig_layout *layout)
{
	unsigned units = 0;
	for (int i = 0; i < layout->n; i++) {
		units |= units_at(&product->profile[layout->instance[i].profile],
		                  layout->instance[i].start);
	}
	return (uint16_t)units;
}

static bool has_start(const struct sf_profile *profile, int start)
{
	for (int i = 0; i < profile->n_starts; i++) {
		if (profile->start[i] == start) {
			return true;
		}
	}
	return false;
}

static int count_of(const struct sf_mig_layout *layout, int profile)
{
	int count = 0;
	for (int i = 0; i < layout->n; i++) {
		count += layout->instance[i].profile == profile;
	}
	return count;
}

/* Engines of one kind that an instance of the profile owns; unknown counts as none. */
static int engines_of(const struct sf_profile *profile, int engine)
{
	return profile->engine[engine] > 0 ? profile->engine[engine] : 0;
}

static int engines_used(const struct sf_product *product, const struct sf_mig_layout *layout,
                        int engine)
{
	int used = 0;
	for (int i = 0; i < layout->n; i++) {
		used += engines_of(&product->profile[layout->instance[i].profile], engine);
	}
	return used;
}

static int min_int(int a, int b)
{
	return a < b ? a : b;
}

/* How many more instances of `profile` the counts and engines allow, wherever they are. */
static int headroom(const struct sf_product *product, const struct sf_mig_layout *layout,
                    int profile)
{
	const struct sf_profile *row = &product->profile[profile];
	int room =
		min_int(product->max_instances - layout->n, row->max - count_of(layout, profile));
	for (int e = 0; e < SF_ENGINES && room > 0; e++) {
		int need = engines_of(row, e);
		if (product->engine_limit[e] >= 0 && need > 0) {
			int left = product->engine_limit[e] - engines_used(product, layout, e);
			room = min_int(room, left / need);
		}
	}
	return room > 0 ? room : 0;
}

bool sf_mig_legal(const struct sf_product *product, const struct sf_mig_layout *layout)
{
	struct sf_mig_layout placed = {0};
	for (int i = 0; i < layout->n; i++) {
		const struct sf_mig_instance *one = &layout->instance[i];
		if (!sf_mig_fits(product, &placed, one->profile, one->start)) {
			return false;
		}
		sf_mig_add(&placed, one->profile, one->start);
	}
	return true;
}

bool sf_mig_fits(const struct sf_product *product, const struct sf_mig_layout *layout, int profile,
                 int start)
{
	if (profile < 0 || profile >= product->n_profiles ||
	    !has_start(&product->profile[profile], start)) {
		return false;
	}
	unsigned wanted = units_at(&product->profile[profile], (unsigned)start);
	return (sf_mig_units(product, layout) & wanted) == 0 &&
	       headroom(product, layout, profile) > 0;
}

int sf_mig_next_start(const struct sf_product *product, const struct sf_mig_layout *layout,
                      int profile)
{
	const struct sf_profile *row = &product->profile[profile];
	unsigned used = sf_mig_units(product, layout);
	for (int i = 0; i < row->n_starts; i++) {
		if ((used & units_at(row, row->start[i])) == 0) {
			return headroom(product, layout, profile) > 0 ? row->start[i] : -1;
		}
	}
	return -1;
}

void sf_mig_add(struct sf_mig_layout *layout, int profile, int start)
{
	int i = layout->n++;
	for (; i > 0 && layout->instance[i - 1].start > start; i--) {
		layout->instance[i] = layout->instance[i - 1];
	}
	layout->instance[i] =
		(struct sf_mig_instance){.profile = (uint8_t)profile, .start = (uint8_t)start};
}

void sf_mig_remove(struct sf_mig_layout *layout, int start)
{
	int i = 0;
	while (layout->instance[i].start != start) {
		i++;
	}
	layout->n--;
	for (; i < layout->n; i++) {
		layout->instance[i] = layout->instance[i + 1];
	}
	layout->instance[i] = (struct sf_mig_instance){0};
}

size_t sf_mig_create(const struct sf_product *product, struct sf_mig_layout *layout,
                     const uint8_t *profiles, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int start = sf_mig_next_start(product, layout, profiles[i]);
		if (start < 0) {
			return i;
		}
		sf_mig_add(layout, profiles[i], start);
	}
	return n;
}

/* Does profile a come before b: more compute, then more memory, then plain, then the table? */
static bool larger(const struct sf_product *product, int a, int b)
{
	const struct sf_profile *x = &product->profile[a];
	const struct sf_profile *y = &product->profile[b];
	if (x->g != y->g) {
		return x->g > y->g;
	}
	if (x->size != y->size) {
		return x->size > y->size;
	}
	if (sf_profile_is_plain(x) != sf_profile_is_plain(y)) {
		return sf_profile_is_plain(x);
	}
	return a < b;
}

int sf_mig_largest(const struct sf_product *product, const struct sf_mig_layout *layout)
{
	int best = -1;
	for (int i = 0; i < product->n_profiles; i++) {
		if ((best < 0 || larger(product, i, best)) &&
		    sf_mig_next_start(product, layout, i) >= 0) {
			best = i;
		}
	}
	return best;
}

int sf_mig_capacity(const struct sf_product *product, const struct sf_mig_layout *layout,
                    int profile)
{
	/* The instances are equally long, so taking the lowest free start each time is optimal. */
	const struct sf_profile *row = &product->profile[profile];
	unsigned used = sf_mig_units(product, layout);
	unsigned starts = 0;
	for (int i = 0; i < row->n_starts; i++) {
		starts |= 1u << row->start[i];
	}
	int count = 0;
	int room = headroom(product, layout, profile);
	for (unsigned start = 0; start < product->units && count < room; start++) {
		if ((starts >> start & 1) != 0 && (used & units_at(row, start)) == 0) {
			used |= units_at(row, start);
			count++;
		}
	}
	return count;
}

void sf_mig_geometry_of(const struct sf_mig_layout *layout, struct sf_mig_geometry *geometry)
{
	memset(geometry, 0, sizeof(*geometry));
	for (int i = 0; i < layout->n; i++) {
		geometry->count[layout->instance[i].profile]++;
	}
}

/* The kinds of instances that are still to be placed, largest first. */
struct packing {
	const struct sf_product *product;
	uint8_t profile[SF_PROFILES_MAX];
	uint8_t left[SF_PROFILES_MAX];
	int kinds;
};

/* Every order, largest first; the driver chooses the start. */
static bool pack_by_driver(struct packing *packing, struct sf_mig_layout *layout)
{
	bool done = true;
	for (int k = 0; k < packing->kinds; k++) {
		if (packing->left[k] == 0) {
			continue;
		}
		done = false;
		int start = sf_mig_next_start(packing->product, layout, packing->profile[k]);
		if (start < 0) {
			continue;
		}
		packing->left[k]--;
		sf_mig_add(layout, packing->profile[k], start);
		if (pack_by_driver(packing, layout)) {
			return true;
		}
		sf_mig_remove(layout, start);
		packing->left[k]++;
	}
	return done;
}

/* Any start, as a tool that names placements could do. */
static bool pack_by_start(struct packing *packing, struct sf_mig_layout *layout)
{
	int k = 0;
	while (k < packing->kinds && packing->left[k] == 0) {
		k++;
	}
	if (k == packing->kinds) {
		return true;
	}
	const struct sf_profile *row = &packing->product->profile[packing->profile[k]];
	packing->left[k]--;
	for (int i = 0; i < row->n_starts; i++) {
		if (!sf_mig_fits(packing->product, layout, packing->profile[k], row->start[i])) {
			continue;
		}
		sf_mig_add(layout, packing->profile[k], row->start[i]);
		if (pack_by_start(packing, layout)) {
			return true;
		}
		sf_mig_remove(layout, row->start[i]);
	}
	packing->left[k]++;
	return false;
}

/* False when the counts alone rule the geometry out. */
static bool packing_init(struct packing *packing, const struct sf_product *product,
                         const struct sf_mig_geometry *geometry)
{
	int units = 0;
	for (int p = 0; p < SF_PROFILES_MAX; p++) {
		if (geometry->count[p] == 0) {
			continue;
		}
		if (p >= product->n_profiles || geometry->count[p] > product->profile[p].max) {
			return false;
		}
		units += geometry->count[p] * product->profile[p].size;
		int k = packing->kinds++;
		for (; k > 0 && larger(product, p, packing->profile[k - 1]); k--) {
			packing->profile[k] = packing->profile[k - 1];
			packing->left[k] = packing->left[k - 1];
		}
		packing->profile[k] = (uint8_t)p;
		packing->left[k] = geometry->count[p];
	}
	packing->product = product;
	return units <= product->units;
}

bool sf_mig_pack(const struct sf_product *product, const struct sf_mig_geometry *geometry,
                 struct sf_mig_layout *layout)
{
	struct packing packing = {0};
	struct sf_mig_layout found = {0};
	if (!packing_init(&packing, product, geometry) ||
	    (!pack_by_driver(&packing, &found) && !pack_by_start(&packing, &found))) {
		return false;
	}
	*layout = found;
	return true;
}
