/* catalog_report: products, profiles and layouts for people and programs. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_CATALOG_REPORT_H
#define SF_CATALOG_REPORT_H

#include <slicefit/table.h>

#include <stdbool.h>
#include <stdint.h>

struct sf_catalog;
struct sf_product;
struct sf_str;

/* The profiles that people lay out by default: the plain ones without the double-memory variant of
 * a size (ids 19, 14, 9, 5, 0 on A100), which NVIDIA's figure of configurations leaves out, too. */
uint32_t sf_catalog_report_usual(const struct sf_product *product);

/* Appends one row per product. */
void sf_catalog_report_list(const struct sf_catalog *catalog, enum sf_table_format format,
                            struct sf_str *out);

/* Appends one product: what it is, its profiles, and all maximal layouts of the profiles in `mask`
 * as bars (`fancy`: for terminals). CSV is the table of the profiles alone. */
void sf_catalog_report_product(const struct sf_product *product, uint32_t mask,
                               enum sf_table_format format, bool fancy, struct sf_str *out);

/* Appends {"schema": "slicefit.catalog/1", "products": [...]}, which a catalog file may also be;
 * with `product` that one alone, and "layouts": the maximal ones of `mask`. */
void sf_catalog_report_json(const struct sf_catalog *catalog, const struct sf_product *product,
                            uint32_t mask, struct sf_str *out);

#endif
