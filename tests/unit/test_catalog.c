/* test_catalog: what the built-in catalog holds, how it is searched, what it refuses. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/product.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
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

TestSuite(catalog, .init = set_up, .fini = tear_down);

static const struct {
	const char *asked;
	const char *name; /* NULL: unknown */
} finds[] = {
	{"A100-40GB", "A100-40GB"},
	{"a100-40gb", "A100-40GB"},
	{"NVIDIA-A100-SXM4-40GB", "A100-40GB"},
	{"A100-SXM4-40GB", "A100-40GB"},
	{"nvidia-a100-sxm4-40gb", "A100-40GB"},
	{"NVIDIA-A100-SXM4-40GB-SHARED", "A100-40GB"},
	{"NVIDIA-A100-SXM4-40GB-MIG-1g.5gb", "A100-40GB"},
	{"NVIDIA-A100-SXM4-40GB-MIG-1g.5gb.me-SHARED", "A100-40GB"},
	{"NVIDIA-A100-80GB-PCIe", "A100-80GB"},
	{"NVIDIA-H100-80GB-HBM3", "H100-80GB-SXM"},
	{"NVIDIA-H100-NVL", "H100-94GB"},
	{"NVIDIA-GH200-480GB", "H100-96GB"},
	{"NVIDIA-RTX-PRO-6000-Blackwell-Max-Q-Workstation-Edition", "RTXPRO6000-96GB"},
	{"Tesla-T4", "T4"},
	{"Tesla-T4-SHARED", "T4"},
	{"Tesla-V100-SXM2-16GB", "V100-16GB"},
	{"Tesla-V100-SXM2-32GB", "V100-32GB"},
	{"Tesla-P100-PCIE-16GB", "P100-16GB"},
	{"NVIDIA-A10", "A10"},
	{"NVIDIA-A10G", "A10G"},
	{"NVIDIA-A16", "A16"},
	{"NVIDIA-A40", "A40"},
	{"NVIDIA-A2", "A2"},
	{"NVIDIA-L4", "L4"},
	{"NVIDIA-L40", "L40"},
	{"NVIDIA-L40S", "L40S"},
	{"NVIDIA-RTX-A6000", "RTX-A6000"},
	{"NVIDIA-RTX-6000-Ada-Generation", "RTX-6000-Ada"},
	{"NVIDIA-GeForce-RTX-4090", "RTX-4090"},
	{"NVIDIA-GeForce-RTX-3090", "RTX-3090"},
	{"", NULL},
	{"-SHARED", NULL},
	{"A100", NULL},
	{"NVIDIA-A100", NULL},
	{"T4-MIG-", "T4"},
	{"T4-MIG", NULL},
	{"T4x", NULL},
};

Test(catalog, find)
{
	for (size_t i = 0; i < sizeof(finds) / sizeof(finds[0]); i++) {
		const struct sf_product *product = sf_catalog_find(catalog, finds[i].asked);
		const char *name = product != NULL ? product->name : "(none)";
		const char *expected = finds[i].name != NULL ? finds[i].name : "(none)";
		cr_expect(eq(str, (char *)name, (char *)expected), "%s", finds[i].asked);
	}
}

Test(catalog, nearest)
{
	static const struct {
		const char *typed;
		const char *name;
	} rows[] = {
		{"A100", "A100-40GB"},
		{"A100-40", "A100-40GB"},
		{"A100-80GV", "A100-80GB"},
		{"h100-nvl", "H100-94GB"},
		{"T5", "T4"},
		{"H200", "H200-141GB"},
		{"geforce-rtx-4090", "RTX-4090"},
		{"zzzzzzzzzzzzz", "(none)"},
		{"", "(none)"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *found = sf_catalog_nearest(catalog, rows[i].typed);
		found = found != NULL ? found : "(none)";
		cr_expect(eq(str, (char *)found, (char *)rows[i].name), "%s", rows[i].typed);
	}
}

/* Rows as `nvidia-smi mig -lgip` prints them. */
static const struct {
	const char *product;
	const char *profile;
	int id;
	int g;
	int size;
	int max;
	int memory_mib;
	int sm;
} rows[] = {
	{"A100-40GB", "1g.5gb", 19, 1, 1, 7, 4864, 14},
	{"A100-40GB", "1g.5gb+me", 20, 1, 1, 1, 4864, 14},
	{"A100-40GB", "1g.10gb", 15, 1, 2, 4, 9984, 14},
	{"A100-40GB", "7g.40gb", 0, 7, 8, 1, 40320, 98},
	{"A100-80GB", "1g.10gb", 19, 1, 1, 7, 9728, 14},
	{"A100-80GB", "3g.40gb", 9, 3, 4, 2, 40192, 42},
	{"A30", "1g.6gb", 14, 1, 1, 4, 5952, 14},
	{"A30", "2g.12gb", 5, 2, 2, 2, 11968, 28},
	{"A30", "2g.12gb+me", 6, 2, 2, 1, 11968, 28},
	{"H100-80GB-SXM", "1g.20gb", 15, 1, 2, 4, 20096, 26},
	{"H100-80GB-PCIe", "1g.20gb", 15, 1, 2, 4, 20096, 14},
	{"H100-94GB", "3g.47gb", 9, 3, 4, 2, 47488, 60},
	{"H200-141GB", "1g.35gb", 15, 1, 2, 4, 33024, 26},
	{"GB300-278GB", "1g.35gb", 19, 1, 1, 7, -1, -1},
	{"GB200-186GB", "2g.47gb", 14, 2, 2, 3, 46592, 38},
	{"B200-180GB", "4g.90gb", 5, 4, 4, 1, 91136, 72},
	{"RTXPRO6000-96GB", "1g.24gb-me", 67, 1, 3, 4, 24192, 46},
	{"RTXPRO6000-96GB", "2g.48gb+me.all", 64, 2, 6, 1, 48512, 94},
	{"RTXPRO6000-96GB", "4g.96gb+gfx", 32, 4, 12, 1, 97280, 188},
	{"RTXPRO5000-48GB", "1g.24gb", -1, 1, 0, 2, -1, -1},
};

Test(catalog, profiles)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct sf_product *product = sf_catalog_find(catalog, rows[i].product);
		cr_assert(not(zero(ptr, (void *)product)), "row %zu", i);
		int p = sf_product_profile(product, rows[i].profile);
		cr_assert(ge(int, p, 0), "row %zu", i);
		const struct sf_profile *profile = &product->profile[p];
		cr_expect(eq(int, profile->id, rows[i].id), "row %zu", i);
		cr_expect(eq(int, profile->g, rows[i].g), "row %zu", i);
		cr_expect(eq(int, profile->size, rows[i].size), "row %zu", i);
		cr_expect(eq(int, profile->max, rows[i].max), "row %zu", i);
		cr_expect(eq(int, profile->memory_mib, rows[i].memory_mib), "row %zu", i);
		cr_expect(eq(int, profile->sm, rows[i].sm), "row %zu", i);
	}
}

/* GB in a name = round(ceil(8 * instance / total) / 8 * ceil(total GiB)): NVIDIA's own formula
 * (go-nvlib, mig_profile.go) reproduces every name whose memory is known. */
Test(catalog, names_follow_from_memory)
{
	size_t checked = 0;
	for (size_t i = 0; i < sf_catalog_count(catalog); i++) {
		const struct sf_product *product = sf_catalog_at(catalog, i);
		for (int p = 0; p < product->n_profiles; p++) {
			const struct sf_profile *profile = &product->profile[p];
			if (profile->memory_mib < 0 || product->memory_mib < 0) {
				continue;
			}
			int total = product->memory_mib;
			int eighths = (8 * profile->memory_mib + total - 1) / total;
			int gib = (total + 1023) / 1024;
			int gb = (2 * eighths * gib + 8) / 16; /* rounds halves up */
			char expected[32];
			snprintf(expected, sizeof(expected), "%dg.%dgb", profile->g, gb);
			cr_expect(zero(int, strncmp(profile->name, expected, strlen(expected))),
			          "%s %s: %s", product->name, profile->name, expected);
			checked++;
		}
	}
	cr_expect(gt(sz, checked, 80));
}

/* The built-in rows are held to what added products are. */
Test(catalog, every_product_could_be_added)
{
	struct sf_catalog *other = sf_catalog_create();
	for (size_t i = 0; i < sf_catalog_count(catalog); i++) {
		struct sf_error err = {0};
		const struct sf_product *product = sf_catalog_at(catalog, i);
		cr_expect(sf_catalog_add(other, product, &err) == 0, "%s", err.text);
	}
	cr_expect(eq(sz, sf_catalog_count(other), sf_catalog_count(catalog)));
	sf_catalog_destroy(other);
}

Test(catalog, every_product_is_described)
{
	size_t capable = 0;
	size_t placeable = 0;
	for (size_t i = 0; i < sf_catalog_count(catalog); i++) {
		const struct sf_product *product = sf_catalog_at(catalog, i);
		cr_expect(eq(int, product->index, (int)i));
		cr_expect(not(zero(sz, strlen(product->title))), "%s", product->name);
		cr_expect(not(zero(sz, strlen(product->source))), "%s", product->name);
		cr_expect(
			eq(ptr, (void *)sf_catalog_find(catalog, product->name), (void *)product));
		for (const char *const *label = product->labels; *label != NULL; label++) {
			cr_expect(
				eq(ptr, (void *)sf_catalog_find(catalog, *label), (void *)product));
		}
		capable += product->mig_capable;
		placeable += product->placeable;
		for (int p = 0; p < product->n_profiles; p++) {
			cr_expect(
				eq(int, sf_product_profile(product, product->profile[p].name), p));
		}
	}
	cr_expect(eq(sz, capable, 20));
	cr_expect(eq(sz, placeable, 16));
}

Test(catalog, profile_spellings)
{
	const struct sf_product *a100 = sf_catalog_find(catalog, "A100-40GB");
	const struct sf_product *rtx = sf_catalog_find(catalog, "RTXPRO6000-96GB");
	static const char *const wrong[] = {"",           "1g",      "1g.5g",
	                                    "1g.5gb.",    "1g.5gb+", "1g.5gb-me",
	                                    "1g.5gb+me2", "1G.5GB",  "1g.5gb me"};
	char name[SF_NAME_MAX];
	int me = sf_product_profile(a100, "1g.5gb+me");
	cr_expect(eq(int, sf_product_profile(a100, "1g.5gb.me"), me));
	sf_profile_resource_name(&a100->profile[me], name);
	cr_expect(eq(str, name, "1g.5gb.me"));
	int all = sf_product_profile(rtx, "1g.24gb.me.all");
	cr_expect(eq(int, sf_product_profile(rtx, "1g.24gb+me.all"), all));
	int none = sf_product_profile(rtx, "2g.48gb-me");
	cr_assert(ge(int, none, 0));
	sf_profile_resource_name(&rtx->profile[none], name);
	cr_expect(eq(str, name, "2g.48gb-me"));
	cr_expect(not(sf_profile_is_plain(&rtx->profile[none])));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		cr_expect(eq(int, sf_product_profile(a100, wrong[i]), -1), "'%s'", wrong[i]);
	}
}

Test(catalog, profile_names_parse)
{
	static const struct {
		const char *name;
		bool ok;
		int g;
		const char *attr;
	} names[] = {
		{"1g.5gb", true, 1, ""},
		{"7g.141gb", true, 7, ""},
		{"1g.5gb+me", true, 1, "me"},
		{"1g.24gb+me.all", true, 1, "me.all"},
		{"2g.48gb-me", true, 2, "-me"},
		{"4g.96gb+gfx", true, 4, "gfx"},
		{"1g.0gb", true, 1, ""},
		{"1g.05gb", false, 0, ""},
		{"0g.5gb", false, 0, ""},
		{"1g.5gb.me", false, 0, ""},
		{"1c.2g.10gb", false, 0, ""},
		{"1g.gb", false, 0, ""},
		{"1g.99999gb", false, 0, ""},
		{"12g.5gb", false, 0, ""},
		{"1g.5gb+me+me", false, 0, ""},
		{"", false, 0, ""},
		{"1g.5gb+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false, 0, ""},
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct sf_profile profile = {0};
		bool ok = sf_profile_parse_name(names[i].name, &profile);
		cr_expect(eq(int, ok, names[i].ok), "%s", names[i].name);
		cr_expect(eq(int, profile.g, names[i].g), "%s", names[i].name);
		cr_expect(eq(str, profile.attr, (char *)names[i].attr), "%s", names[i].name);
	}
}

/* A small consistent product to spoil. */
static struct sf_product sample(void)
{
	static const char *const labels[] = {"ACME-X1", NULL};
	struct sf_product product = {
		.name = "X1",
		.labels = labels,
		.memory_mib = 16384,
		.units = 4,
		.compute_slices = 4,
		.max_instances = 4,
		.n_profiles = 2,
		.mig_capable = true,
	};
	memset(product.engine_limit, -1, sizeof(product.engine_limit));
	sf_profile_parse_name("1g.4gb", &product.profile[0]);
	sf_profile_parse_name("4g.16gb", &product.profile[1]);
	for (int p = 0; p < 2; p++) {
		product.profile[p].id = (int16_t)p;
		product.profile[p].size = p == 0 ? 1 : 4;
		product.profile[p].max = p == 0 ? 4 : 1;
		product.profile[p].n_starts = 1;
		product.profile[p].memory_mib = -1;
		product.profile[p].sm = -1;
	}
	return product;
}

Test(catalog, add_and_override)
{
	struct sf_error err = {0};
	struct sf_product product = sample();
	size_t before = sf_catalog_count(catalog);
	cr_assert(zero(int, sf_catalog_add(catalog, &product, &err)), "%s", err.text);
	cr_expect(eq(sz, sf_catalog_count(catalog), before + 1));
	const struct sf_product *found = sf_catalog_find(catalog, "acme-x1-SHARED");
	cr_assert(not(zero(ptr, (void *)found)));
	cr_expect(eq(int, found->index, (int)before));
	cr_expect(found->placeable);
	cr_expect(eq(str, (char *)found->title, ""));

	static const char *const other[] = {"ACME-X1-B", NULL};
	product.labels = other;
	product.profile[1].id = -1;
	cr_assert(zero(int, sf_catalog_add(catalog, &product, &err)), "%s", err.text);
	cr_expect(eq(sz, sf_catalog_count(catalog), before + 1));
	cr_expect(zero(ptr, (void *)sf_catalog_find(catalog, "ACME-X1")));
	found = sf_catalog_find(catalog, "ACME-X1-B");
	cr_assert(not(zero(ptr, (void *)found)));
	cr_expect(eq(int, found->index, (int)before));
	cr_expect(not(found->placeable));
}

static const char *const long_label[] = {
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL};
static const char *const taken[] = {"NVIDIA-A30", NULL};
static const char *const spaced[] = {"ACME X1", NULL};

/* Spoils one thing about the sample; the message must name it. */
static const char *spoil_product(struct sf_product *product, int what)
{
	switch (what) {
	case 0:
		product->name = "";
		return "name must have";
	case 1:
		product->labels = spaced;
		return "label 'ACME X1'";
	case 2:
		product->labels = long_label;
		return "1 to 63";
	case 3:
		product->labels = taken;
		return "NVIDIA-A30 already belongs to A30";
	case 4:
		product->name = "Tesla-T4";
		return "a label of T4";
	case 5:
		product->memory_mib = 0;
		return "memory_mib must be positive";
	case 6:
		product->units = SF_UNITS_MAX + 1;
		return "units is 13, the most is 12";
	case 7:
		product->mig_capable = false;
		return "not MIG-capable";
	case 8:
		product->compute_slices = 0;
		return "needs compute_slices";
	case 9:
		product->max_instances = SF_INSTANCES_MAX + 1;
		return "max_instances is 9";
	case 10:
		product->n_profiles = SF_PROFILES_MAX + 1;
		return "17 profiles";
	default:
		return NULL;
	}
}

static const char *spoil_profile(struct sf_product *product, int what)
{
	struct sf_profile *small = &product->profile[0];
	switch (what) {
	case 0:
		snprintf(small->name, sizeof(small->name), "small");
		return "profile 'small'";
	case 1:
		small->g = 2;
		return "write the name as in";
	case 2:
		product->compute_slices = 3;
		return "4g.16gb: the GPU has 3 compute slices";
	case 3:
		small->max = 0;
		return "max must be 1 to max_instances (4)";
	case 4:
		small->max = 5;
		return "max must be 1 to max_instances (4)";
	case 5:
		small->size = 0;
		return "starts without a size";
	case 6:
		small->start[0] = 4;
		return "start 4 + size 1 exceeds the 4 units";
	case 7:
		small->n_starts = 2;
		return "start 0 is given twice";
	case 8:
		small->n_starts = 9;
		return "9 starts";
	case 9:
		small->id = 1;
		return "same id 1";
	case 10:
		product->profile[1] = *small;
		return "1g.4gb is given twice";
	case 11:
		product->profile[1].size = 5;
		return "size 5 exceeds the 4 units";
	default:
		return NULL;
	}
}

static void check_spoilt(const char *(*spoil)(struct sf_product *, int), int cases)
{
	for (int what = 0;; what++) {
		struct sf_product product = sample();
		const char *expected = spoil(&product, what);
		if (expected == NULL) {
			cr_expect(eq(int, what, cases));
			return;
		}
		struct sf_error err = {0};
		cr_expect(eq(int, sf_catalog_add(catalog, &product, &err), -1), "case %d", what);
		cr_expect(not(zero(ptr, strstr(err.text, expected))), "case %d: %s", what,
		          err.text);
	}
}

Test(catalog, add_refuses)
{
	size_t before = sf_catalog_count(catalog);
	check_spoilt(spoil_product, 11);
	check_spoilt(spoil_profile, 12);
	cr_expect(eq(sz, sf_catalog_count(catalog), before));
}

/* A description with too many layouts is refused at once, not enumerated for hours. */
Test(catalog, add_refuses_the_innumerable)
{
	struct sf_product product = sample();
	product.units = 12;
	product.max_instances = 8;
	product.n_profiles = SF_PROFILES_MAX;
	for (int p = 0; p < SF_PROFILES_MAX; p++) {
		char name[32];
		snprintf(name, sizeof(name), "1g.%dgb", p + 1);
		product.profile[p] = product.profile[0];
		sf_profile_parse_name(name, &product.profile[p]);
		product.profile[p].id = (int16_t)p;
		product.profile[p].max = 8;
		product.profile[p].size = 1;
		product.profile[p].n_starts = 8;
		for (uint8_t i = 0; i < 8; i++) {
			product.profile[p].start[i] = i;
		}
	}
	struct sf_error err = {0};
	cr_expect(eq(int, sf_catalog_add(catalog, &product, &err), -1));
	cr_expect(eq(int, (int)err.code, SF_ELIMIT));
}
