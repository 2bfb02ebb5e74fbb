/* manifests: Kubernetes objects out of files. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/manifests.h>

#include <slicefit/error.h>
#include <slicefit/str.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

TestSuite(manifests, .timeout = 20);

static void add(struct sf_manifests *all, const char *text, uint32_t skipped)
{
	struct sf_error err;
	struct sf_manifests_text whole = {
		.file = "f", .text = text, .len = strlen(text), .skipped = skipped};
	cr_assert(eq(int, sf_manifests_add(all, &whole, &err), 0), "%s", err.text);
}

/* "VERSION KIND SPACE/NAME@LINE; ...| fault LINE:COLUMN TEXT; | note ..." */
static void show(const struct sf_manifests *all, struct sf_str *out)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct sf_manifest *item = &all->item[i];
		sf_str_printf(out, "%s%s %s %s/%s@%u", i > 0 ? "; " : "", item->api_version,
		              item->kind, item->space, item->name, item->tree->line);
	}
	for (size_t i = 0; i < all->n_faults; i++) {
		sf_str_printf(out, " | %u:%u %s", all->fault[i].line, all->fault[i].column,
		              all->fault[i].text);
	}
	for (size_t i = 0; i < all->n_notes; i++) {
		sf_str_printf(out, " ! %u:%u %s", all->note[i].line, all->note[i].column,
		              all->note[i].text);
	}
}

#define POD(name) "apiVersion: v1\nkind: Pod\nmetadata: {name: " name ", namespace: s}\n"

static const struct row {
	const char *name, *text, *shown;
} rows[] = {
	{"nothing", "", ""},
	{"comments only", "# a\n---\n# b\n---\n", ""},
	{"one", POD("a"), "v1 Pod s/a@1"},
	{"two", POD("a") "---\n" POD("b"), "v1 Pod s/a@1; v1 Pod s/b@5"},
	{"marker first, comment behind it", "--- # x\n" POD("a") "---\t\n" POD("b"),
         "v1 Pod s/a@2; v1 Pod s/b@6"},
	{"carriage returns", "---\r\nkind: Pod\r\n---\r\nkind: Node\r\n", " Pod /@2;  Node /@4"},
	{"no marker inside a word", "kind: Pod\n----a: b\n", " Pod /@1"},
	{"end of document", "kind: A\n...\nkind: B\n", " A /@1;  B /@3"},
	{"byte order mark", "\xef\xbb\xbfkind: Pod\n", " Pod /@1"},
	{"marker in a block text", "kind: C\ndata:\n  a: |\n    ---\n    b\n", " C /@1"},
	{"directive", "%YAML 1.2\n---\nkind: A\n", " A /@3"},
	{"JSON", "{\"kind\": \"Pod\", \"metadata\": {\"name\": \"a\"}}", " Pod /a@1"},
	{"JSON with tabs", "{\n\t\"kind\": \"Pod\"\n}", " Pod /@1"},
	{"JSON, then JSON", "{\"kind\":\"A\"}\n{\"kind\":\"B\"} {\"kind\":\"C\"}\n",
         " A /@1;  B /@2;  C /@2"},
	{"JSON among YAML", "kind: A\n---\n{\"kind\":\"B\"}\n---\nkind: C\n",
         " A /@1;  B /@3;  C /@5"},
	{"YAML in one line", "{kind: A, metadata: {name: b}}\n", " A /b@1"},
	{"a list", "kind: List\nitems:\n- kind: Pod\n- kind: Node\n", " Pod /@3;  Node /@4"},
	{"a typed list",
         "{\"apiVersion\":\"v1\",\"kind\":\"NodeList\",\"items\":[{\"metadata\":{\"name\":\"n\"}}]"
         "}",
         "v1 Node /n@1"},
	{"a list in a list", "kind: List\nitems:\n- kind: List\n  items: [{kind: A}]\n", " A /@4"},
	{"an empty list", "kind: PodList\nitems: []\n", ""},
	{"items of no list", "kind: Checklist2\nitems: [a]\n", " Checklist2 /@1"},
	{"an array", "[{\"kind\":\"A\"},{\"kind\":\"B\"}]", " A /@1;  B /@1"},
	{"values without a kind", "mig:\n  strategy: mixed\n", "  /@1"},
	{"numbers and null are no texts", "kind: null\nmetadata: {name: 7}\n", "  /7@1"},
	{"broken YAML hides no other", POD("a") "---\nkind: [\n---\n" POD("b"),
         "v1 Pod s/a@1; v1 Pod s/b@7 | 6:1 did not find expected node content"},
	{"a tab", "kind: A\n---\nkind:\n\tx: 1\n",
         " A /@1 | 4:1 a tab here; YAML is indented with spaces"},
	{"broken JSON hides no other",
         "{\"kind\":\"A\"}\n{\"kind\":\n{\"kind\":\"B\"}\n{\"a\" 1}\n{\"kind\":\"C\"}\n",
         " A /@1;  C /@5 | 4:1 neither a comma nor the end of the list"},
	{"a template", "kind: A\n---\n{{ .Values.x }}\n---\nkind: B\n",
         " A /@1;  B /@5 | 3:2 no key"},
	{"a key given twice", "kind: A\nkind: B\n",
         " B /@1 ! 2:1 key 'kind' is already given in line 1; this one counts"},
	{"a key given twice in JSON", "{\"kind\":\"A\",\n \"kind\":\"B\"}",
         " B /@1 ! 2:2 key 'kind' is already given in line 1; this one counts"},
	{"an alias", "kind: &k Pod\nmetadata: {name: *k}\n", " Pod /Pod@1"},
	{"an alias of nothing", "kind: *k\n", " | 1:7 an alias of an anchor that is not there"},
	{"an alias of the document before", "a: &k Pod\n---\nkind: *k\n",
         "  /@1 | 3:7 an alias of an anchor that is not there"},
	{"an alias of what it is in", "a: &k\n  b: *k\n", " | 2:6 an alias of what it is in"},
	{"a merge", "x: &x {name: a, namespace: s}\nmetadata:\n  <<: *x\n  name: b\nkind: P\n",
         " P s/b@1"},
	{"merges", "x: [&x {name: a}, &y {name: b, namespace: c}]\nmetadata: {<<: [*x, *y]}\n",
         "  c/a@1"},
	{"a merge of a text", "a: &x b\nmetadata:\n  <<: *x\n",
         " | 3:3 a merge key (<<) takes a mapping or a list of them"},
	{"tags", "kind: !!str Pod\nmetadata: {name: !Ref x}\n", " Pod /x@1"},
};

Test(manifests, documents)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sf_manifests all;
		struct sf_str out = {0};
		sf_manifests_init(&all);
		add(&all, rows[i].text, 0);
		show(&all, &out);
		cr_expect(eq(str, (char *)sf_str_get(&out), (char *)rows[i].shown), "row %s",
		          rows[i].name);
		sf_str_finish(&out);
		sf_manifests_finish(&all);
	}
}

Test(manifests, places_in_part_of_a_file)
{
	struct sf_manifests all;
	struct sf_str out = {0};
	sf_manifests_init(&all);
	add(&all, "kind: A\n---\nkind: [\n---\n{\"kind\":\n \"B\"}\n", 10);
	show(&all, &out);
	cr_expect(eq(str, (char *)sf_str_get(&out),
	             " A /@11;  B /@15 | 14:1 did not find expected node content"));
	const struct sf_yaml *kind = sf_manifest_at(all.item[1].tree, "kind");
	cr_expect(eq(u32, kind->line, 16));
	cr_expect(eq(u32, kind->column, 2));
	cr_expect(eq(u32, kind->key_line, 15));
	cr_expect(eq(u32, kind->key_column, 2));
	sf_str_finish(&out);
	sf_manifests_finish(&all);
}

Test(manifests, values_of_json)
{
	struct sf_manifests all;
	sf_manifests_init(&all);
	add(&all,
	    "{\"a\":[1,-2.5e3,true,null,\"t\\u00e9\\/\\n\",\"\"],"
	    "\"metadata\":{\"managedFields\":[{\"x\":1}],\"name\":\"n\"}}",
	    0);
	static const char *const texts[] = {"1", "-2.5e3", "true", "null", "t\xc3\xa9/\n", ""};
	const struct sf_yaml *list = sf_yaml_get(all.item[0].tree, "a");
	cr_assert(eq(sz, list->n, 6));
	for (size_t i = 0; i < 6; i++) {
		cr_expect(eq(str, (char *)list->child[i]->text, (char *)texts[i]));
		cr_expect(eq(int, list->child[i]->quoted, i >= 4));
	}
	cr_expect(eq(sz, sf_yaml_get(all.item[0].tree, "metadata")->n, 1));
	cr_expect(zero(ptr, (void *)sf_manifest_at(all.item[0].tree, "metadata.name.x")));
	sf_manifests_finish(&all);
}

/* Each level repeats the one before ten times: 10^9 values out of one screen. */
Test(manifests, aliases_are_counted)
{
	struct sf_manifests all;
	struct sf_str text = {0};
	sf_str_append(&text, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
	for (int i = 1; i < 10; i++) {
		sf_str_printf(&text, "a%d: &a%d [", i, i);
		for (int k = 0; k < 10; k++) {
			sf_str_printf(&text, "%s*a%d", k > 0 ? "," : "", i - 1);
		}
		sf_str_append(&text, "]\n");
	}
	sf_str_append(&text, "---\nkind: A\n");
	sf_manifests_init(&all);
	add(&all, sf_str_get(&text), 0);
	cr_expect(eq(sz, all.n, 1));
	cr_assert(eq(sz, all.n_faults, 1));
	cr_expect(eq(str, (char *)all.fault[0].text, "aliases make it too large"));
	sf_str_finish(&text);
	sf_manifests_finish(&all);
}

/* Texts that cannot be read, and what is said of them. */
static const struct {
	const char *text, *fault;
	uint32_t line;
} broken[] = {
	{"{\"kind\": \"List\",\n \"items\": [\n",
         "the text ends in the middle of a value: is the file cut off?", 3},
	{"{\"kind\": \"Li", "the text ends in the middle of a value: is the file cut off?", 1},
	{"{\"kind\": List}", "no value", 1},
};

Test(manifests, what_is_wrong)
{
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct sf_manifests all;
		struct sf_error err = {0};
		sf_manifests_init(&all);
		cr_expect(sf_manifests_refuse(&all, &err) == 0);
		add(&all, broken[i].text, 0);
		cr_assert(eq(sz, all.n_faults, 1), "row %zu", i);
		cr_expect(eq(str, (char *)all.fault[0].text, (char *)broken[i].fault), "row %zu",
		          i);
		cr_expect(eq(u32, all.fault[0].line, broken[i].line), "row %zu", i);
		cr_expect(sf_manifests_refuse(&all, &err) < 0);
		sf_manifests_finish(&all);
	}
}

Test(manifests, gzip_is_named)
{
	struct sf_manifests all;
	struct sf_str text = {0};
	struct sf_error err = {0};
	sf_str_append_n(&text, "\x1f\x8b\x08\x00\x00", 5);
	sf_manifests_init(&all);
	cr_assert(sf_manifests_take(&all, "f.gz", &text, &err) < 0);
	cr_expect(eq(str, err.text, "f.gz: compressed with gzip: unpack it first (gunzip)"));
	sf_str_finish(&text);
	sf_manifests_finish(&all);
}

/* Nested by brackets, or one alias in the other: no deeper than the limit. */
Test(manifests, depth_is_limited)
{
	struct sf_manifests all;
	struct sf_str text = {0};
	sf_str_append(&text, "a0: &a0 [x]\n");
	for (int i = 1; i <= SF_MANIFESTS_DEPTH_MAX; i++) {
		sf_str_printf(&text, "a%d: &a%d [*a%d]\n", i, i, i - 1);
	}
	sf_str_append(&text, "---\n");
	sf_str_fill(&text, '[', SF_MANIFESTS_DEPTH_MAX + 1);
	sf_str_fill(&text, ']', SF_MANIFESTS_DEPTH_MAX + 1);
	sf_str_append(&text, "\n---\na:\n ");
	for (int i = 0; i < SF_MANIFESTS_DEPTH_MAX; i++) {
		sf_str_append(&text, "- ");
	}
	sf_str_append(&text, "x\n---\nkind: A\n");
	sf_manifests_init(&all);
	struct sf_manifests_text whole = {.file = "f", .text = text.text, .len = text.len};
	struct sf_error err;
	int rc = sf_manifests_add(&all, &whole, &err);
	cr_expect(eq(int, rc, 0), "%s", err.text);
	cr_expect(eq(sz, all.n, 1));
	cr_assert(eq(sz, all.n_faults, 3));
	cr_expect(eq(str, (char *)all.fault[0].text, "aliases make it too deep"));
	sf_str_finish(&text);
	sf_manifests_finish(&all);
}

Test(manifests, files)
{
	struct sf_manifests all;
	struct sf_error err;
	sf_manifests_init(&all);
	cr_expect(eq(int, sf_manifests_read(&all, "/nonexistent.yaml", &err), -1));
	cr_expect(eq(int, err.code, SF_EINVAL));
	cr_expect(eq(int,
	             sf_manifests_read(&all, SF_SOURCE_DIR "/scenarios/mixed-cluster.yaml", &err),
	             0));
	cr_assert(eq(sz, all.n, 1));
	cr_expect(eq(str, (char *)all.item[0].kind, ""));
	sf_manifests_finish(&all);
}
