/*
 * mig: which GPU instances can coexist on one GPU, and where.
 *
 * A GPU is a row of memory units; an instance of a profile occupies `size` units from one of the
 * profile's starts. A set of instances is legal iff the units do not overlap, no profile exceeds
 * its max, and the media engines of the instances do not exceed the GPU's. Everything here is a
 * pure function of its arguments.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_MIG_H
#define SF_MIG_H

#include <slicefit/product.h>

/* A set of placed instances, sorted by start. Bytes beyond n are zero. */
struct sf_mig_layout {
	uint8_t n;
	struct sf_mig_instance {
		uint8_t profile; /* index into product->profile */
		uint8_t start;   /* first memory unit */
	} instance[SF_INSTANCES_MAX];
};

/* A geometry: how many instances of each profile, wherever they are. */
struct sf_mig_geometry {
	uint8_t count[SF_PROFILES_MAX];
};

/* Bit set over a product's profiles. */
#define SF_PROFILE_BIT(i) (1u << (i))
/* All plain rows, all rows. */
uint32_t sf_mig_plain_mask(const struct sf_product *product);
uint32_t sf_mig_all_mask(const struct sf_product *product);

/* Memory units in use, as a bit mask. */
uint16_t sf_mig_units(const struct sf_product *product, const struct sf_mig_layout *layout);

/* Is the layout legal by all rules? */
bool sf_mig_legal(const struct sf_product *product, const struct sf_mig_layout *layout);

/* Can one more instance of `profile` exist at `start` beside the layout? */
bool sf_mig_fits(const struct sf_product *product, const struct sf_mig_layout *layout, int profile,
                 int start);

/* The start the driver would choose for one more instance, or -1 ("Insufficient Resources"). */
int sf_mig_next_start(const struct sf_product *product, const struct sf_mig_layout *layout,
                      int profile);

/* Adds / removes one instance; the caller has checked that it fits / exists. */
void sf_mig_add(struct sf_mig_layout *layout, int profile, int start);
void sf_mig_remove(struct sf_mig_layout *layout, int start);

/* `nvidia-smi mig -cgi a,b,c`: places in this order as the driver would. Returns how many were
 * placed; the driver keeps what it created before the one that failed. */
size_t sf_mig_create(const struct sf_product *product, struct sf_mig_layout *layout,
                     const uint8_t *profiles, size_t n);

/* A placement for the whole geometry on an empty GPU, as mig-parted would reach it (largest first,
 * then every other order, then explicit starts). False when none exists. */
bool sf_mig_pack(const struct sf_product *product, const struct sf_mig_geometry *geometry,
                 struct sf_mig_layout *layout);

/* The profile with most compute (then memory) that can still be placed, or -1. */
int sf_mig_largest(const struct sf_product *product, const struct sf_mig_layout *layout);

/* How many instances of `profile` could still be added together (most possible). */
int sf_mig_capacity(const struct sf_product *product, const struct sf_mig_layout *layout,
                    int profile);

void sf_mig_geometry_of(const struct sf_mig_layout *layout, struct sf_mig_geometry *geometry);

/*
 * Enumerations over the profiles in `mask`. Results are malloc'ed arrays in a fixed order (free
 * with free()); the return value is their length. states: every legal layout, the empty one
 * included maximal: layouts to which nothing of `mask` can be added (those drawn in NVIDIA's
 * figure) geometries: distinct non-empty geometries of all states maximal_geometries: those of
 * `geometries` that are not contained in another one
 */
size_t sf_mig_states(const struct sf_product *product, uint32_t mask, struct sf_mig_layout **out);
size_t sf_mig_maximal(const struct sf_product *product, uint32_t mask, struct sf_mig_layout **out);
size_t sf_mig_geometries(const struct sf_product *product, uint32_t mask,
                         struct sf_mig_geometry **out);
size_t sf_mig_maximal_geometries(const struct sf_product *product, uint32_t mask,
                                 struct sf_mig_geometry **out);

/* Reads "3g.20gb 1g.5gb*4", profiles with blanks or commas between them; "" is a GPU that is not cut.
 * False for anything else: unknown profiles, counts that are none or beyond SF_INSTANCES_MAX. Whether
 * it fits on a GPU is not looked at (sf_mig_pack). */
bool sf_mig_geometry_parse(const struct sf_product *product, const char *text,
                           struct sf_mig_geometry *out);

/* "3g.20gb@4 1g.5gb@6" or "" for an empty layout; at most `cap` bytes with the NUL. */
void sf_mig_format(const struct sf_product *product, const struct sf_mig_layout *layout, char *out,
                   size_t cap);

#endif
