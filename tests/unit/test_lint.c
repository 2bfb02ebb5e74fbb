/* Tests of the linter: the cases of tests/data/lint, each with what is found and nothing else. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/lint.h>

#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/product.h>
#include <slicefit/str.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(lint, .timeout = 60);

enum { FILES_MAX = 8 };

static const char *const sets[] = {"profiles", "smi",    "parted", "requests", "sharing",
                                   "together", "claims", "good",   "real"};

/* One file of a case: its text, and what is to be found in it. */
struct part {
	char name[64];
	char products[128];
	char *expected;
	const char *text;
	size_t len;
};

/* "%% NAME product=X | 1:101 2:102"; the text is up to the next line with %. */
static const char *read_part(const char *at, struct part *out)
{
	const char *end = strchr(at, '\n');
	const char *bar = memchr(at, '|', (size_t)(end - at));
	cr_assert(bar != NULL, "%.40s", at);
	*out = (struct part){0};
	cr_assert(eq(int, sscanf(at + 3, "%63s", out->name), 1));
	snprintf(out->products, sizeof(out->products), "%.*s", (int)(bar - at), at);
	out->expected = strndup(bar + 1, (size_t)(end - bar - 1));
	out->text = end + 1;
	const char *next = end;
	do {
		next = strstr(next, "\n%");
	} while (next != NULL && next[2] != '%' && next[2] != '+' && next++ != NULL);
	out->len = next != NULL ? (size_t)(next + 1 - out->text) : strlen(out->text);
	return next != NULL ? next + 1 : out->text + out->len;
}

static void add_products(struct sf_lint *lint, const struct sf_catalog *catalog, char *words)
{
	static const char mark[] = "product=";
	for (char *at = strstr(words, mark); at != NULL; at = strstr(at, mark)) {
		char name[64];
		at += strlen(mark);
		cr_assert(eq(int, sscanf(at, "%63s", name), 1));
		const struct sf_product *product = sf_catalog_find(catalog, name);
		cr_assert(product != NULL, "%s", name);
		sf_lint_product(lint, product);
	}
}

/* What was found in one file, as the case writes it. */
static void found_in(const struct sf_lint *lint, const char *file, struct sf_str *out)
{
	for (size_t i = 0; i < sf_lint_count(lint); i++) {
		const struct sf_lint_finding *finding = sf_lint_at(lint, i);
		if (strcmp(finding->file, file) == 0) {
			sf_str_printf(out, " %u:%d", finding->line, finding->rule->code);
			cr_expect(finding->message[0] != '\0' && finding->mend[0] != '\0',
			          "%s:%u SF%d says nothing", file, finding->line,
			          finding->rule->code);
			cr_expect(finding->column > 0, "%s:%u", file, finding->line);
		}
	}
}

static void note_codes(const struct sf_lint *lint, bool *hit)
{
	for (size_t i = 0; i < sf_lint_count(lint); i++) {
		hit[sf_lint_at(lint, i)->rule->code] = true;
	}
}

static void check_case(struct part *part, size_t n, bool *hit)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_lint *lint = sf_lint_create(catalog);
	struct sf_error err = {0};
	for (size_t i = 0; i < n; i++) {
		add_products(lint, catalog, part[i].products);
	}
	for (size_t i = 0; i < n; i++) {
		cr_assert(eq(int, sf_lint_add(lint, part[i].name, part[i].text, part[i].len, &err),
		             0),
		          "%s", err.text);
	}
	sf_lint_run(lint);
	note_codes(lint, hit);
	for (size_t i = 0; i < n; i++) {
		struct sf_str found = {0};
		found_in(lint, part[i].name, &found);
		cr_expect(eq(str, (char *)sf_str_get(&found), part[i].expected), "%s",
		          part[i].name);
		sf_str_finish(&found);
		free(part[i].expected);
	}
	sf_lint_destroy(lint);
	sf_catalog_destroy(catalog);
}

static void check_set(const char *name, bool *hit)
{
	char path[256];
	struct sf_str text = {0};
	struct sf_error err = {0};
	snprintf(path, sizeof(path), SF_SOURCE_DIR "/tests/data/lint/%s.cases", name);
	cr_assert(eq(int, sf_file_read(path, 1 << 20, &text, &err), 0), "%s", err.text);
	const char *at = strstr(text.text, "\n%%") + 1;
	while (*at != '\0') {
		struct part part[FILES_MAX];
		size_t n = 0;
		do {
			cr_assert(n < FILES_MAX);
			at = read_part(at, &part[n++]);
		} while (strncmp(at, "%+", 2) == 0);
		check_case(part, n, hit);
	}
	sf_str_finish(&text);
}

static struct sf_lint *lint_text(const struct sf_catalog *catalog, const char *name,
                                 const char *text, size_t len)
{
	struct sf_lint *lint = sf_lint_create(catalog);
	struct sf_error err = {0};
	cr_assert(eq(int, sf_lint_add(lint, name, text, len, &err), 0), "%s", err.text);
	sf_lint_run(lint);
	return lint;
}

/* More broken documents than are read. */
static void check_limit(bool *hit)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_str text = {0};
	for (int i = 0; i < 10001; i++) {
		sf_str_append(&text, "---\n[\n");
	}
	struct sf_lint *lint = lint_text(catalog, "broken.yaml", text.text, text.len);
	note_codes(lint, hit);
	sf_lint_destroy(lint);
	sf_str_finish(&text);
	sf_catalog_destroy(catalog);
}

Test(lint, finds_what_the_cases_say_and_every_rule_has_one)
{
	bool hit[1000] = {0};
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		check_set(sets[i], hit);
	}
	check_limit(hit);
	for (const struct sf_lint_rule *rule = sf_lint_rules; rule->code != 0; rule++) {
		cr_expect(hit[rule->code], "SF%d: no case", rule->code);
	}
}

Test(lint, rules_are_sorted_and_told)
{
	int last = 0;
	for (const struct sf_lint_rule *rule = sf_lint_rules; rule->code != 0; rule++) {
		char name[16];
		snprintf(name, sizeof(name), "sf%d", rule->code);
		cr_expect(rule->code > last && rule->code < 1000, "SF%d", rule->code);
		cr_expect(rule->title[strlen(rule->title) - 1] != '.', "SF%d", rule->code);
		cr_expect(rule->text[strlen(rule->text) - 1] == '.', "SF%d", rule->code);
		cr_expect(rule->mend[strlen(rule->mend) - 1] == '.', "SF%d", rule->code);
		cr_expect(strncmp(rule->source, "https://", 8) == 0, "SF%d", rule->code);
		cr_expect(eq(ptr, (void *)sf_lint_rule_find(name), (void *)rule));
		last = rule->code;
	}
	static const char *const wrong[] = {"",       "SF",   "SF1",          "101",
	                                    "SF101x", "SF-1", "SF99999999999"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		cr_expect(zero(ptr, (void *)sf_lint_rule_find(wrong[i])), "%s", wrong[i]);
	}
}

/* A file of many findings shows some and counts the rest. */
Test(lint, findings_of_a_file_have_a_limit)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_str text = {0};
	for (int i = 0; i < SF_LINT_PER_FILE_MAX + 5; i++) {
		sf_str_append(&text, "nvidia-smi mig -cgi 9,9,9 -C\n");
	}
	struct sf_lint *lint = lint_text(catalog, "many.sh", text.text, text.len);
	cr_expect(eq(sz, sf_lint_count(lint), SF_LINT_PER_FILE_MAX));
	cr_expect(eq(sz, sf_lint_more(lint), 5));
	cr_expect(eq(sz, sf_lint_count_of(lint, SF_LINT_ERROR), SF_LINT_PER_FILE_MAX));
	sf_lint_destroy(lint);
	sf_str_finish(&text);
	sf_catalog_destroy(catalog);
}

Test(lint, a_disabled_rule_finds_nothing)
{
	static const char text[] = "nvidia-smi mig -cgi 9,9,9\n";
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_lint *lint = sf_lint_create(catalog);
	sf_lint_disable(lint, sf_lint_rule_find("SF201"));
	sf_lint_add(lint, "a.sh", text, strlen(text), NULL);
	sf_lint_run(lint);
	cr_assert(eq(sz, sf_lint_count(lint), 1));
	cr_expect(eq(int, sf_lint_at(lint, 0)->rule->code, 209));
	sf_lint_destroy(lint);
	sf_catalog_destroy(catalog);
}

/* A configuration as the operator's default one: every profile of a GPU, `more` beyond its maximum. */
static void write_all(const struct sf_product *product, int more, struct sf_str *out)
{
	sf_str_append(out, "version: v1\nmig-configs:\n");
	for (int i = 0; i < product->n_profiles; i++) {
		const struct sf_profile *profile = &product->profile[i];
		char name[SF_NAME_MAX];
		sf_profile_resource_name(profile, name);
		sf_str_printf(out,
		              "  all-%s:\n"
		              "    - devices: all\n"
		              "      device-filter: [\"%s\"]\n"
		              "      mig-enabled: true\n"
		              "      mig-devices:\n"
		              "        \"%s\": %d\n",
		              name, product->device_ids[0], profile->name, profile->max + more);
	}
}

Test(lint, every_profile_fits_as_often_as_the_catalog_says_and_not_once_more)
{
	struct sf_catalog *catalog = sf_catalog_create();
	size_t products = 0;
	for (size_t i = 0; i < sf_catalog_count(catalog); i++) {
		const struct sf_product *product = sf_catalog_at(catalog, i);
		if (!product->placeable || product->device_ids[0] == NULL) {
			continue;
		}
		products++;
		for (int more = 0; more < 2; more++) {
			struct sf_str text = {0};
			write_all(product, more, &text);
			struct sf_lint *lint = lint_text(catalog, "all.yaml", text.text, text.len);
			size_t expected = more > 0 ? product->n_profiles : 0;
			cr_expect(eq(sz, sf_lint_count(lint), expected), "%s", product->name);
			for (size_t k = 0; k < sf_lint_count(lint); k++) {
				cr_expect(eq(int, sf_lint_at(lint, k)->rule->code, 102));
			}
			sf_lint_destroy(lint);
			sf_str_finish(&text);
		}
	}
	cr_assert(products > 10);
	sf_catalog_destroy(catalog);
}

/* Every mend that names a profile and a count names what exists. */
static const struct {
	const char *file, *text, *message, *mend;
} told[] = {
	{"h200.yaml",
         "version: v1\n"
         "mig-configs:\n"
         "  h200:\n"
         "  - devices: all\n"
         "    mig-enabled: true\n"
         "    mig-devices: {\"1g.20gb\": 7}\n",
         "1g.20gb does not exist on H200-141GB",
         "H200-141GB has 1g.18gb (7 per GPU) or 1g.35gb (4 per GPU)"},
	{"crowded.yaml",
         "version: v1\n"
         "mig-configs:\n"
         "  h100:\n"
         "  - devices: all\n"
         "    mig-enabled: true\n"
         "    mig-devices: {\"3g.40gb\": 2, \"1g.20gb\": 1}\n",
         "1 x 1g.20gb does not fit beside the others on H100-80GB-SXM: together they take 10 of 8 "
         "memory slices, at their placements",
         "2 x 3g.40gb; or 1 x 3g.40gb + 1 x 1g.20gb"},
	{"many.yaml",
         "version: v1\n"
         "mig-configs:\n"
         "  a100-80gb:\n"
         "  - devices: all\n"
         "    mig-enabled: true\n"
         "    mig-devices: {\"1g.20gb\": 7}\n",
         "7 x 1g.20gb: one A100-80GB holds at most 4", "4 x 1g.20gb, or 7 x 1g.10gb"},
	{"nine.sh", "nvidia-smi mig -cgi 9,9,9,9,9,9,9 -C # H100 PCIe\n",
         "id 9 is 3g.40gb on H100-80GB-PCIe, at most 2: the rest gets Insufficient Resources",
         "for 7 instances take 1g.10gb, id 19: -cgi 19,19,19,19,19,19,19"},
	{"named.sh", "nvidia-smi mig -cgi 9,9,9,9,9,9,9 -C # 7 x 1g.18gb\n",
         "id 9 is 3g.72gb on GH200-144GB, at most 2: the rest gets Insufficient Resources",
         "for 7 instances take 1g.18gb, id 19: -cgi 19,19,19,19,19,19,19"},
	{"names.sh", "nvidia-smi mig -cgi 3g.90gb,3g.90gb,3g.90gb -C\n",
         "B200-180GB holds at most 2 x 3g.90gb: the rest gets Insufficient Resources",
         "-cgi 3g.90gb,3g.90gb"},
	{"up.sh", "nvidia-smi mig -cgi 0,1,2,3 -C # A100 80GB\n",
         "1 is no profile id of A100-80GB (it may be a number of NVML's, which are others)",
         "for 4 instances take 1g.10gb, id 19: -cgi 19,19,19,19"},
	{"values.yaml", "mig:\n  stategy: mixed\n",
         "the chart has no value mig.stategy: it changes nothing", "write mig.strategy"},
	{"product.yaml", "nodeSelector: {nvidia.com/gpu.product: NVIDIA-A100-PCIE-80GB}\n",
         "no GPU has the label nvidia.com/gpu.product=NVIDIA-A100-PCIE-80GB",
         "NVIDIA-A100-80GB-PCIe"},
	{"sxm.yaml", "nodeSelector: {nvidia.com/gpu.product: NVIDIA-H200-SXM5-141GB}\n",
         "no GPU has the label nvidia.com/gpu.product=NVIDIA-H200-SXM5-141GB",
         "NVIDIA-H200 or "
         "NVIDIA-H200-NVL"},
};

Test(lint, tells_what_is_true_and_what_to_write)
{
	struct sf_catalog *catalog = sf_catalog_create();
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		struct sf_lint *lint =
			lint_text(catalog, told[i].file, told[i].text, strlen(told[i].text));
		cr_assert(eq(sz, sf_lint_count(lint), 1), "%s", told[i].file);
		const struct sf_lint_finding *finding = sf_lint_at(lint, 0);
		cr_expect(eq(str, (char *)finding->message, (char *)told[i].message));
		cr_expect(eq(str, (char *)finding->mend, (char *)told[i].mend));
		sf_lint_destroy(lint);
	}
	sf_catalog_destroy(catalog);
}
