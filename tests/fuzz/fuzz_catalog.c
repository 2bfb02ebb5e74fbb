/* fuzz_catalog: any bytes are a catalog file, or one line says why not; what was read can be shown,
 * laid out, and read back. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/catalog.h>
#include <slicefit/catalog_report.h>
#include <slicefit/catalog_yaml.h>
#include <slicefit/error.h>
#include <slicefit/mig.h>
#include <slicefit/str.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

/* Every layout of the usual profiles obeys the rules. */
static void check_layouts(const struct sf_product *product)
{
	uint32_t mask = sf_catalog_report_usual(product);
	struct sf_mig_layout *layout = NULL;
	size_t n = product->placeable ? sf_mig_maximal(product, mask, &layout) : 0;
	for (size_t i = 0; i < n; i++) {
		require(sf_mig_legal(product, &layout[i]));
	}
	free(layout);
}

/* The JSON of a product is a catalog file that makes the same product. */
static void check_round_trip(const struct sf_catalog *catalog, const struct sf_product *product)
{
	struct sf_error err = {0};
	struct sf_str first = {0};
	struct sf_str second = {0};
	struct sf_catalog *copy = sf_catalog_create();
	sf_catalog_report_json(catalog, product, 0, &first);
	if (sf_catalog_yaml_read(copy, first.text, first.len, "copy", &err) == 0) {
		const struct sf_product *again = sf_catalog_find(copy, product->name);
		require(again != NULL);
		sf_catalog_report_json(copy, again, 0, &second);
		require(strcmp(sf_str_get(&first), sf_str_get(&second)) == 0);
	} else {
		/* A label may have moved to it from a built-in product that another entry took. */
		require(strstr(err.text, "label") != NULL);
	}
	sf_str_finish(&first);
	sf_str_finish(&second);
	sf_catalog_destroy(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sf_error err = {0};
	struct sf_catalog *catalog = sf_catalog_create();
	size_t built_in = sf_catalog_count(catalog);
	if (sf_catalog_yaml_read(catalog, (const char *)data, size, "fuzz", &err) == 0) {
		for (size_t i = built_in; i < sf_catalog_count(catalog); i++) {
			check_layouts(sf_catalog_at(catalog, i));
			check_round_trip(catalog, sf_catalog_at(catalog, i));
		}
	} else {
		require(err.code != SF_OK && err.text[0] != '\0');
		require(strchr(err.text, '\n') == NULL);
	}
	sf_catalog_destroy(catalog);
	return 0;
}
