/* slicebars: the layout of a GPU as one line of text, in proportion to its memory units. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SLICEBARS_H
#define SF_SLICEBARS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_mig_layout;
struct sf_product;
struct sf_str;

/* Columns per memory unit with which every profile of `mask` has room for its name. */
size_t sf_slicebars_unit(const struct sf_product *product, uint32_t mask);

/*
 * Appends "|3g.20gb      |2g.10gb|1g.5gb|......|" without a newline; dots are unused units. `fancy`
 * (for terminals) draws with Unicode characters and colours the instances by their compute slices.
 */
void sf_slicebars_draw(const struct sf_product *product, const struct sf_mig_layout *layout,
                       size_t unit, bool fancy, struct sf_str *out);

/* The same; instances whose start is a bit of `used` are filled up with '#': they are in use. Where
 * names leave no room for that, give a unit that is one wider. */
void sf_slicebars_draw_use(const struct sf_product *product, const struct sf_mig_layout *layout,
                           uint16_t used, size_t unit, bool fancy, struct sf_str *out);

/* Appends the numbers of the units, each above the first column of its unit. */
void sf_slicebars_ruler(const struct sf_product *product, size_t unit, struct sf_str *out);

#endif
