/* test_catalog_yaml: catalog files, and that what slicefit prints can be read back. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/catalog.h>
#include <slicefit/catalog_report.h>
#include <slicefit/catalog_yaml.h>
#include <slicefit/error.h>
#include <slicefit/mig.h>
#include <slicefit/product.h>
#include <slicefit/str.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>

static struct sf_catalog *catalog;

static void set_up(void)
{
	catalog = sf_catalog_create();
}

static void tear_down(void)
{
	sf_catalog_destroy(catalog);
}

TestSuite(catalog_yaml, .init = set_up, .fini = tear_down);

static int read_text(const char *text, struct sf_error *err)
{
	return sf_catalog_yaml_read(catalog, text, strlen(text), "c.yaml", err);
}

static const char whole[] =
	"products:\n"
	"- name: X9-24GB\n"
	"  title: X9 24GB\n"
	"  arch: imaginary\n"
	"  labels: [ACME-X9, ACME-X9-PCIe]\n"
	"  device_ids: ['0x123410DE']\n"
	"  source: data sheet\n"
	"  memory_mib: 24576\n"
	"  mig:\n"
	"    units: 4\n"
	"    compute_slices: 4\n"
	"    max_instances: 4\n"
	"    engine_limit: {ofa: 1}\n"
	"    profiles:\n"
	"    - {name: 1g.6gb, id: 3, size: 1, max: 4, starts: [3, 0, 1, 2],\n"
	"       memory_mib: 6000, sm: 10, engines: {ce: 1, dec: 0}}\n"
	"    - {name: 1g.6gb+me, id: 4, size: 1, max: 4, starts: [3, 0, 1, 2],\n"
	"       engines: {ofa: 1}}\n"
	"    - name: 4g.24gb\n"
	"      id: 0\n"
	"      g: 4\n"
	"      size: 4\n"
	"      max: 1\n"
	"      starts: [0]\n"
	"- name: Y1\n"
	"  memory_mib: ~\n";

Test(catalog_yaml, every_field)
{
	struct sf_error err = {0};
	size_t before = sf_catalog_count(catalog);
	cr_assert(zero(int, read_text(whole, &err)), "%s", err.text);
	cr_expect(eq(sz, sf_catalog_count(catalog), before + 2));
	const struct sf_product *x9 = sf_catalog_find(catalog, "ACME-X9-PCIe");
	cr_assert(not(zero(ptr, (void *)x9)));
	cr_expect(eq(str, (char *)x9->name, "X9-24GB"));
	cr_expect(eq(str, (char *)x9->title, "X9 24GB"));
	cr_expect(eq(str, (char *)x9->arch, "imaginary"));
	cr_expect(eq(str, (char *)x9->device_ids[0], "0x123410DE"));
	cr_expect(eq(str, (char *)x9->source, "data sheet"));
	cr_expect(eq(int, x9->memory_mib, 24576));
	cr_expect(x9->placeable);
	cr_expect(eq(int, x9->engine_limit[SF_ENGINE_OFA], 1));
	cr_expect(eq(int, x9->engine_limit[SF_ENGINE_DEC], -1));
	const struct sf_profile *small = &x9->profile[0];
	cr_expect(eq(int, small->id, 3));
	cr_expect(eq(int, small->start[0], 3));
	cr_expect(eq(int, small->memory_mib, 6000));
	cr_expect(eq(int, small->sm, 10));
	cr_expect(eq(int, small->engine[SF_ENGINE_DEC], 0));
	cr_expect(eq(int, small->engine[SF_ENGINE_JPEG], -1));
	cr_expect(eq(int, x9->profile[2].sm, -1));

	/* The limit of one OFA engine holds although the profile's own max is 4. */
	struct sf_mig_layout layout = {0};
	cr_expect(eq(int, sf_mig_capacity(x9, &layout, 1), 1));
	cr_expect(eq(int, sf_mig_next_start(x9, &layout, 0), 3));

	const struct sf_product *y1 = sf_catalog_find(catalog, "y1");
	cr_assert(not(zero(ptr, (void *)y1)));
	cr_expect(not(y1->mig_capable));
	cr_expect(eq(int, y1->memory_mib, -1));
	cr_expect(eq(str, (char *)y1->title, "Y1"));
	cr_expect(eq(str, (char *)y1->source, "c.yaml"));
}

Test(catalog_yaml, overrides)
{
	struct sf_error err = {0};
	size_t before = sf_catalog_count(catalog);
	size_t index = sf_catalog_find(catalog, "T4")->index;
	cr_assert(zero(int, read_text("products: [{name: T4, memory_mib: 15109}]", &err)), "%s",
	          err.text);
	cr_expect(eq(sz, sf_catalog_count(catalog), before));
	cr_expect(eq(int, sf_catalog_find(catalog, "T4")->memory_mib, 15109));
	cr_expect(eq(int, sf_catalog_find(catalog, "T4")->index, (int)index));
	cr_expect(zero(ptr, (void *)sf_catalog_find(catalog, "Tesla-T4")));
}

#define MIG(TEXT)     "products: [{name: X, mig: {" TEXT "}}]"
#define PROFILE(TEXT) MIG("units: 4, compute_slices: 4, max_instances: 4, profiles: [{" TEXT "}]")

static const struct {
	const char *text;
	const char *message;
} wrong[] = {
	{"", "c.yaml"},
	{"[]", "c.yaml:1:1"},
	{"products: []\nproduct: 1", "c.yaml:2:1: unknown key 'product'"},
	{"schema: slicefit.catalog/1", "products is missing"},
	{"schema: slicefit.catalog/2\nproducts: []", "this slicefit reads slicefit.catalog/1"},
	{"products: {}", "products must be a list"},
	{"products: [5]", "c.yaml:1:12"},
	{"products: [{}]", "a product needs a name"},
	{"products:\n- name: X\n  memory: 5", "c.yaml:3:3: unknown key 'memory'"},
	{"products: [{name: X, memory_mib: 0}]", "memory_mib must be positive"},
	{"products: [{name: X, memory_mib: -4}]", "is not in 0.."},
	{"products: [{name: X, memory_mib: 16Gi}]", "expected a whole number"},
	{"products: [{name: X, labels: NVIDIA-X}]", "labels must be a list"},
	{"products: [{name: X, labels: [[a]]}]", "c.yaml:1:31"},
	{"products: [{name: X, labels: [NVIDIA-A30]}]", "already belongs to A30"},
	{"products: [{name: X}, {name: Y, labels: [x]}]", "c.yaml:1:23: product Y: label x"},
	{MIG(""), "compute_slices is missing"},
	{MIG("compute_slices: 4"), "max_instances is missing"},
	{MIG("compute_slices: 4, max_instances: 9"), "'9' is not in 0..8"},
	{MIG("compute_slices: 4, max_instances: 4, units: 13"), "'13' is not in 0..12"},
	{MIG("compute_slices: 4, max_instances: 4, engine_limit: {nvdec: 1}"), "'nvdec'"},
	{MIG("compute_slices: 4, max_instances: 4, profiles: {}"), "profiles must be a list"},
	{PROFILE(""), "a profile needs a name"},
	{PROFILE("name: small"), "a profile needs a name"},
	{PROFILE("name: 1g.5gb"), "max is missing"},
	{PROFILE("name: 1g.5gb, max: 1, g: 2"), "g is 2, the name says 1"},
	{PROFILE("name: 1g.5gb, max: 1, start: [0]"), "did you mean 'starts'"},
	{PROFILE("name: 1g.5gb, max: 1, size: 1, starts: 0"), "starts must be a list"},
	{PROFILE("name: 1g.5gb, max: 1, size: 1, starts: [4]"), "start 4 + size 1"},
	{PROFILE("name: 1g.5gb, max: 1, size: 1, starts: [12]"), "'12' is not in 0..11"},
	{PROFILE("name: 1g.5gb, max: 1, size: 1, starts: [0,1,2,3,0,1,2,3,0]"), "9 starts"},
	{PROFILE("name: 1g.5gb, max: 1, engines: {ce: x}"), "expected a whole number"},
};

Test(catalog_yaml, refuses)
{
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct sf_error err = {0};
		struct sf_catalog *fresh = sf_catalog_create();
		int rc = sf_catalog_yaml_read(fresh, wrong[i].text, strlen(wrong[i].text), "c.yaml",
		                              &err);
		cr_expect(eq(int, rc, -1), "row %zu", i);
		cr_expect(not(zero(ptr, strstr(err.text, wrong[i].message))), "row %zu: %s", i,
		          err.text);
		sf_catalog_destroy(fresh);
	}
}

Test(catalog_yaml, missing_file)
{
	struct sf_error err = {0};
	cr_expect(eq(int, sf_catalog_yaml_load(catalog, "/nowhere/catalog.yaml", &err), -1));
	cr_expect(eq(int, (int)err.code, SF_EINVAL));
}

/* The whole catalog as JSON, read over itself, prints the same bytes; so does one product alone,
 * which brings its layouts along. */
Test(catalog_yaml, json_reads_back)
{
	struct sf_str before = {0};
	struct sf_str after = {0};
	struct sf_error err = {0};
	sf_catalog_report_json(catalog, NULL, 0, &before);
	cr_assert(zero(int, read_text(sf_str_get(&before), &err)), "%s", err.text);
	sf_catalog_report_json(catalog, NULL, 0, &after);
	cr_expect(eq(str, before.text, after.text));
	sf_str_finish(&before);
	sf_str_finish(&after);

	const struct sf_product *a30 = sf_catalog_find(catalog, "A30");
	sf_catalog_report_json(catalog, a30, sf_mig_all_mask(a30), &before);
	cr_assert(zero(int, read_text(sf_str_get(&before), &err)), "%s", err.text);
	a30 = sf_catalog_find(catalog, "A30");
	sf_catalog_report_json(catalog, a30, sf_mig_all_mask(a30), &after);
	cr_expect(eq(str, before.text, after.text));
	sf_str_finish(&before);
	sf_str_finish(&after);
}
