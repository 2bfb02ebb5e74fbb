/* test_slicebars: bars of layouts. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/catalog.h>
#include <slicefit/catalog_report.h>
#include <slicefit/mig.h>
#include <slicefit/slicebars.h>
#include <slicefit/str.h>
#include <slicefit/table.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *product;
	struct sf_mig_layout layout; /* profiles by their row in the table */
	const char *bar;
} bars[] = {
	{"A30", {0, {{0, 0}}}, "|...........................|"},
	{"A30", {1, {{4, 0}}}, "|4g.24gb                    |"},
	{"A30", {1, {{0, 1}}}, "|......|1g.6gb|.............|"},
	{"A30", {2, {{2, 0}, {0, 3}}}, "|2g.12gb      |......|1g.6gb|"},
	{"RTXPRO6000-96GB", {2, {{0, 3}, {5, 6}}}, "|........|1g.24gb |2g.48gb          |"},
};

Test(slicebars, draw)
{
	struct sf_catalog *catalog = sf_catalog_create();
	for (size_t i = 0; i < sizeof(bars) / sizeof(bars[0]); i++) {
		const struct sf_product *product = sf_catalog_find(catalog, bars[i].product);
		size_t unit = sf_slicebars_unit(product, sf_catalog_report_usual(product));
		struct sf_str out = {0};
		sf_slicebars_draw(product, &bars[i].layout, unit, false, &out);
		cr_expect(eq(str, out.text, (char *)bars[i].bar), "row %zu", i);
		sf_str_finish(&out);
	}
	sf_catalog_destroy(catalog);
}

/* Whatever the layout, every bar of a product is equally long, in both styles. */
Test(slicebars, equally_long)
{
	struct sf_catalog *catalog = sf_catalog_create();
	for (size_t i = 0; i < sf_catalog_count(catalog); i++) {
		const struct sf_product *product = sf_catalog_at(catalog, i);
		uint32_t all = sf_mig_all_mask(product);
		size_t unit = sf_slicebars_unit(product, all);
		struct sf_mig_layout *layout = NULL;
		size_t n = product->placeable ? sf_mig_states(product, all, &layout) : 0;
		for (size_t k = 0; k < n; k++) {
			struct sf_str plain = {0};
			sf_slicebars_draw(product, &layout[k], unit, false, &plain);
			cr_assert(eq(sz, plain.len, product->units * unit + 1), "%s: %s",
			          product->name, plain.text);
			sf_str_finish(&plain);
		}
		free(layout);
	}
	sf_catalog_destroy(catalog);
}

Test(slicebars, ruler_and_colour)
{
	struct sf_catalog *catalog = sf_catalog_create();
	const struct sf_product *a30 = sf_catalog_find(catalog, "A30");
	struct sf_str out = {0};
	sf_slicebars_ruler(a30, 7, &out);
	cr_expect(eq(str, out.text, " 0      1      2      3"));
	sf_str_finish(&out);
	struct sf_mig_layout layout = {2, {{2, 0}, {0, 3}}};
	sf_slicebars_draw(a30, &layout, 7, true, &out);
	cr_expect(eq(str, out.text,
	             "\u2502\033[36m2g.12gb      \033[0m\u2502"
	             "\u00b7\u00b7\u00b7\u00b7\u00b7\u00b7\u2502\033[32m1g.6gb\033[0m\u2502"));
	sf_str_finish(&out);
	sf_catalog_destroy(catalog);
}

Test(slicebars, usual_profiles)
{
	struct sf_catalog *catalog = sf_catalog_create();
	const struct sf_product *a100 = sf_catalog_find(catalog, "A100-40GB");
	uint32_t usual = sf_mig_all_mask(a100);
	usual &= ~SF_PROFILE_BIT(sf_product_profile(a100, "1g.5gb+me"));
	usual &= ~SF_PROFILE_BIT(sf_product_profile(a100, "1g.10gb"));
	cr_expect(eq(u32, sf_catalog_report_usual(a100), usual));
	cr_expect(eq(u32, sf_catalog_report_usual(sf_catalog_find(catalog, "T4")), 0));
	sf_catalog_destroy(catalog);
}
