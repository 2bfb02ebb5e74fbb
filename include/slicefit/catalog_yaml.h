/* catalog_yaml: products from a file (docs/catalog.md describes the format). */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_CATALOG_YAML_H
#define SF_CATALOG_YAML_H

#include <stddef.h>

struct sf_catalog;
struct sf_error;

/* Adds or overrides the products of one YAML (or JSON) document; `name` is used in messages
 * ("NAME:LINE:COLUMN: ..."). On error the catalog may hold some of the products. */
int sf_catalog_yaml_read(struct sf_catalog *catalog, const char *text, size_t len, const char *name,
                         struct sf_error *err);

/* The same for a file ("-": standard input). */
int sf_catalog_yaml_load(struct sf_catalog *catalog, const char *path, struct sf_error *err);

#endif
