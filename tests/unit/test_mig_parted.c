/* Tests of the mig-parted reader: its rules from api/spec/v1 of NVIDIA/mig-parted. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/mig_parted.h>

#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/error.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

TestSuite(mig_parted, .timeout = 20);

static int parse(const char *text, struct sf_arena *arena, struct sf_mig_parted *out,
                 struct sf_error *err)
{
	return sf_mig_parted_parse(text, strlen(text), "c", arena, out, err);
}

/* After the GPU Operator's default-mig-parted-config. */
static const char document[] =
	"version: v1\n"
	"mig-configs:\n"
	"  all-disabled:\n"
	"    - devices: all\n"
	"      mig-enabled: false\n"
	"  all-enabled:\n"
	"    - devices: all\n"
	"      mig-enabled: true\n"
	"      mig-devices: {}\n"
	"  all-1g.10gb:\n"
	"    - device-filter: [\"0x20B010DE\", \"0x20B110DE\"]\n"
	"      devices: all\n"
	"      mig-enabled: true\n"
	"      mig-devices:\n"
	"        \"1g.10gb\": 4\n"
	"    - device-filter: \"0x20B210DE\"\n"
	"      devices: all\n"
	"      mig-enabled: true\n"
	"      mig-devices:\n"
	"        \"1g.10gb\": 7\n"
	"  two-kinds:\n"
	"    - devices: all\n"
	"      mig-enabled: false\n"
	"    - devices: [1, 3]\n"
	"      mig-enabled: true\n"
	"      mig-devices: {\"3g.40gb\": 1, \"1g.10gb\": 4, \"1g.20gb\": 0}\n"
	"  broken:\n"
	"    - devices: [0]\n"
	"      mig-enabled: true\n"
	"      mig-devices: {\"4g.40gb\": 1, \"3g.40gb\": 1, \"1g.10gb\": 2}\n";

static const struct {
	const char *config;
	const char *product;
	const char *want; /* four GPUs; "-": whole, "": MIG mode without instances */
} applied[] = {
	{"all-disabled", "A100-80GB", "-|-|-|-"},
	{"all-enabled", "A100-80GB", "|||"},
	{"all-enabled", "T4", "-|-|-|-"},
	{"two-kinds", "A100-80GB",
         "-|1g.10gb@0 1g.10gb@1 1g.10gb@2 1g.10gb@3 3g.40gb@4|-|1g.10gb@0 1g.10gb@1 1g.10gb@2 "
         "1g.10gb@3 3g.40gb@4"},
	{"two-kinds", "T4", "GPU 1: cannot set MIG config on non MIG-capable GPU T4"},
	{"broken", "A100-80GB",
         "GPU 0 (A100-80GB): 2 x 1g.10gb does not fit: at most 0 beside 4g.40gb@0 3g.40gb@4, "
         "use fewer"},
	{"broken", "A100-40GB",
         "GPU 0: MIG profile \"4g.40gb\" not found on A100-40GB (it has 1g.5gb, 1g.5gb+me, "
         "1g.10gb, 2g.10gb, 3g.20gb, 4g.20gb, 7g.40gb)"},
};

static void apply(const struct sf_catalog *catalog, const struct sf_mig_config *config,
                  const char *product, char *out, size_t cap)
{
	struct sf_gpu_spec gpu[4] = {0};
	struct sf_error err = {0};
	char text[128];
	for (size_t i = 0; i < 4; i++) {
		gpu[i].product = sf_catalog_find(catalog, product);
	}
	if (sf_mig_config_apply(config, gpu, 4, NULL, &err) != 0) {
		snprintf(out, cap, "%s", err.text);
		return;
	}
	out[0] = '\0';
	for (size_t i = 0; i < 4; i++) {
		sf_mig_format(gpu[i].product, &gpu[i].layout, text, sizeof(text));
		size_t len = strlen(out);
		snprintf(out + len, cap - len, "%s%s", i > 0 ? "|" : "", gpu[i].mig ? text : "-");
	}
}

Test(mig_parted, applies_as_mig_parted_does)
{
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_mig_parted parted;
	struct sf_error err = {0};
	cr_assert(eq(int, parse(document, arena, &parted, &err), 0), "%s", err.text);
	cr_assert(eq(sz, parted.n, 5));
	for (size_t i = 0; i < sizeof(applied) / sizeof(applied[0]); i++) {
		char text[512];
		const struct sf_mig_config *config = sf_mig_parted_find(&parted, applied[i].config);
		apply(catalog, config, applied[i].product, text, sizeof(text));
		cr_expect(eq(str, text, (char *)applied[i].want), "%s", applied[i].config);
	}
	cr_expect(sf_mig_parted_find(&parted, "all") == NULL);
	sf_catalog_destroy(catalog);
	sf_arena_destroy(arena);
}

/* Filters choose the entry: the same profile name is another slice on 40 GB and 80 GB boards. */
Test(mig_parted, device_filters_choose_the_board)
{
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_mig_parted parted;
	struct sf_error err = {0};
	struct sf_gpu_spec gpu[3] = {{.product = sf_catalog_find(catalog, "A100-40GB")},
	                             {.product = sf_catalog_find(catalog, "A100-80GB")},
	                             {.product = sf_catalog_find(catalog, "T4")}};
	cr_assert(eq(int, parse(document, arena, &parted, &err), 0), "%s", err.text);
	const struct sf_mig_config *config = sf_mig_parted_find(&parted, "all-1g.10gb");
	cr_assert(eq(int, sf_mig_config_apply(config, gpu, 3, NULL, &err), 0), "%s", err.text);
	cr_expect(eq(int, gpu[0].layout.n, 4));
	cr_expect(eq(int, gpu[1].layout.n, 7));
	cr_expect(gpu[2].mig == false);
	cr_expect(sf_mig_filter_matches("0x20b010de", gpu[0].product));
	cr_expect(sf_mig_filter_matches("0x20B010DE:0x146310DE", gpu[0].product));
	cr_expect(sf_mig_filter_matches("0x20B0", gpu[0].product) == false);
	cr_expect(sf_mig_filter_matches("A100", gpu[0].product) == false);
	cr_expect(sf_mig_filter_matches("", gpu[0].product) == false);
	sf_catalog_destroy(catalog);
	sf_arena_destroy(arena);
}

#define ENTRY "version: v1\nmig-configs:\n  a:\n  - "
static const struct {
	const char *text;
	const char *message;
} refused[] = {
	{"mig-configs: {}", "c:1:1: unable to parse with missing 'version' field, add version: v1"},
	{"version: v2", "c:1:10: unknown version, expected v1"},
	{"version: v1", "c:1:1: missing required field: mig-configs"},
	{"version: v1\nmig-configs: {}", "c:2:14: at least one entry in 'mig-configs' is required"},
	{"version: v1\nmig-configs: {a: []}",
         "c:2:18: at least one entry in 'a' is required: a list of devices, mig-enabled, "
         "mig-devices"},
	{"version: v1\nnotes: x", "c:2:1: unknown key 'notes' (known: version, mig-configs)"},
	{ENTRY "{mig-enabled: true}", "c:4:5: missing required field: devices"},
	{ENTRY "{devices: all}", "c:4:5: missing required field: mig-enabled"},
	{ENTRY "{devices: \"0\", mig-enabled: false}",
         "c:4:15: invalid 'devices': write all or a list such as [0, 1]"},
	{ENTRY "{devices: 0, mig-enabled: false}",
         "c:4:15: invalid 'devices': write all or a list such as [0, 1]"},
	{ENTRY "{devices: all, mig-enabled: true}",
         "c:4:5: missing required field 'mig-devices' when 'mig-enabled' is true"},
	{ENTRY "{devices: all, mig-enabled: false, mig-devices: {1g.5gb: 7}}",
         "c:4:40: MIG devices included when 'mig-enabled' is false"},
	{ENTRY "{devices: all, mig-enabled: true, mig_devices: {1g.5gb: 7}}",
         "c:4:39: unknown key 'mig_devices', did you mean 'mig-devices'?"},
	{ENTRY "{devices: all, mig-enabled: true, mig-devices: {1g.5gb: 0}}",
         "c:4:52: mig-devices: all counts are 0"},
	{ENTRY "{devices: all, mig-enabled: true, mig-devices: {1g.5gb: -1}}",
         "c:4:61: '-1' is not in 0..1000"},
	{ENTRY "{devices: all, mig-enabled: true, mig-devices: {1g: 1}}",
         "c:4:53: '1g' is no MIG profile name (such as 1g.10gb, 1g.10gb+me)"},
	{ENTRY "{devices: all, mig-enabled: true, mig-devices: [1g.5gb]}",
         "c:4:52: mig-devices must map profiles to counts: {\"1g.10gb\": 7}"},
};

Test(mig_parted, refuses_what_mig_parted_refuses)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct sf_arena *arena = sf_arena_create(0);
		struct sf_mig_parted parted;
		struct sf_error err = {0};
		cr_expect(eq(int, parse(refused[i].text, arena, &parted, &err), -1), "%s",
		          refused[i].text);
		cr_expect(eq(str, err.text, (char *)refused[i].message));
		sf_arena_destroy(arena);
	}
}

static const struct {
	const char *name;
	bool valid;
} names[] = {
	{"1g.5gb", true},     {"1g.5gb+me", true},   {"1g.24gb+me.all", true},
	{"1g.24gb-me", true}, {"1c.3g.20gb", true},  {"2g.10gb+me,gfx", true},
	{"1g.5gb.me", false}, {"1g", false},         {"", false},
	{"1g.5gb+", false},   {"1g.5gb-", false},    {"g.5gb", false},
	{"1g.5gb,me", false}, {"1g.5gb+me,", false}, {" 1g.5gb", false},
	{"1c.20gb", false},   {"1g.5GB", false},     {"all", false},
};

Test(mig_parted, knows_profile_names)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		cr_expect(eq(int, sf_mig_profile_valid(names[i].name), names[i].valid), "%s",
		          names[i].name);
	}
}
