/* catalog_check: is a product's description consistent? */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_CATALOG_CHECK_H
#define SF_CATALOG_CHECK_H

struct sf_error;
struct sf_product;

/* -1 and an error that names the product, the field and the mend. */
int sf_catalog_check(const struct sf_product *product, struct sf_error *err);

#endif
