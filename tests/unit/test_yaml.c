/* Tests of the YAML tree reader and the writer. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/yaml.h>

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/str.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

TestSuite(yaml, .timeout = 20);

static const struct sf_yaml *parse(struct sf_arena *arena, const char *text, struct sf_error *err)
{
	return sf_yaml_parse(text, strlen(text), "f.yaml", arena, err);
}

Test(yaml, builds_a_tree_with_places)
{
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_error err = {0};
	const struct sf_yaml *root =
		parse(arena, "a: 1\nb:\n- x\n- {c: \"2\", d: }\ne: |\n  two\n  lines\n", &err);
	cr_assert(root != NULL, "%s", err.text);
	cr_expect(eq(int, root->kind, SF_YAML_MAPPING));
	cr_expect(eq(sz, root->n, 3));
	const struct sf_yaml *b = sf_yaml_get(root, "b");
	cr_assert(b != NULL && b->kind == SF_YAML_SEQUENCE && b->n == 2);
	cr_expect(eq(int, (int)b->key_line, 2));
	cr_expect(eq(int, (int)b->line, 3));
	const struct sf_yaml *c = sf_yaml_get(b->child[1], "c");
	cr_assert(c != NULL);
	cr_expect(c->quoted);
	cr_expect(eq(int, (int)c->column, 7));
	cr_expect(eq(int, (int)c->key_column, 4));
	cr_expect(sf_yaml_is_null(sf_yaml_get(b->child[1], "d")));
	cr_expect(eq(str, (char *)sf_yaml_get(root, "e")->text, "two\nlines\n"));
	cr_expect(sf_yaml_get(root, "nothing") == NULL);
	cr_expect(sf_yaml_get(c, "x") == NULL);
	sf_arena_destroy(arena);
}

static const struct {
	const char *text;
	const char *message;
} refused[] = {
	{"", "f.yaml: empty document"},
	{"# only a comment\n", "f.yaml: empty document"},
	{"a: 1\nb: 2\na: 3\n", "f.yaml:3:1: key 'a' is already given in line 1"},
	{"a: 1\n---\nb: 2\n", "f.yaml:3:1: a second document; only one is expected"},
	{"a: &x 1\n", "f.yaml:1:4: anchors are not supported; write the value out"},
	{"a: *x\n", "f.yaml:1:4: aliases are not supported; write the value out"},
	{"<<: {a: 1}\n", "f.yaml:1:1: merge keys (<<) are not supported; write the values out"},
	{"a: !!int 1\n", "f.yaml:1:4: tags are not supported; write the value without"},
	{"? [a]\n: 1\n", "f.yaml:1:3: a key must be a plain word"},
	{"a: \"x\\0y\"\n", "f.yaml:1:4: text with a NUL byte"},
	{"a: [1, 2\n", "f.yaml:2:1: did not find expected ',' or ']'"},
	{"a: 1\n\tb: 2\n", "f.yaml:2:1: a tab here; YAML is indented with spaces"},
	{"a: \x01\n", "f.yaml:1:4: control characters are not allowed; YAML is text in UTF-8"},
	{"a: 1\nb: caf\xe9\nc: 2\n",
         "f.yaml:2:8: invalid trailing UTF-8 octet; YAML is text in UTF-8"},
	{"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
         "f.yaml:1:33: nested deeper than 32 levels"},
};

Test(yaml, refuses_with_the_place)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct sf_arena *arena = sf_arena_create(0);
		struct sf_error err = {0};
		cr_expect(parse(arena, refused[i].text, &err) == NULL, "%s", refused[i].text);
		cr_expect(eq(str, err.text, (char *)refused[i].message));
		sf_arena_destroy(arena);
	}
}

Test(yaml, keeps_its_limits)
{
	struct sf_error err = {0};
	struct sf_arena *arena = sf_arena_create(4096);
	char *text = malloc(100000);
	memset(text, '[', 100000);
	cr_expect(sf_yaml_parse(text, 100000, "deep", arena, &err) == NULL);
	cr_expect(eq(int, err.code, SF_ELIMIT));
	for (size_t i = 0; i < 100000; i += 4) {
		memcpy(text + i, "- 1\n", 4);
	}
	cr_expect(sf_yaml_parse(text, 100000, "long", arena, &err) == NULL);
	cr_expect(eq(int, err.code, SF_ENOMEM));
	cr_expect(sf_yaml_parse(text, (size_t)SF_YAML_BYTES_MAX + 1, "big", arena, &err) == NULL);
	cr_expect(eq(str, err.text, "big: larger than the limit of 64 MiB"));
	free(text);
	sf_arena_destroy(arena);
}

Test(yaml, reads_streams)
{
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_error err = {0};
	const char text[] = "---\na: 1\n---\n---\nb: 2\n...\n";
	size_t n = 0;
	const struct sf_yaml **all =
		sf_yaml_parse_all(text, sizeof(text) - 1, "s", &n, arena, &err);
	cr_assert(all != NULL);
	cr_assert(eq(sz, n, 2));
	cr_expect(sf_yaml_get(all[1], "b") != NULL);
	sf_arena_destroy(arena);
}

enum type { INT, REAL, BOOL, STR };
static const struct {
	enum type type;
	const char *text;
	double value; /* of INT, REAL and BOOL */
	const char *message;
} typed[] = {
	{INT, "7", 7, NULL},
	{INT, "-2", -2, NULL},
	{INT, "+3", 3, NULL},
	{INT, "0", 0, NULL},
	{INT, "010", 0, "f.yaml:1:1: '010': leading zeros are ambiguous in YAML"},
	{INT, "'7'", 0, "f.yaml:1:1: expected a whole number, found the string '7'"},
	{INT, "1.5", 0, "f.yaml:1:1: expected a whole number, found '1.5'"},
	{INT, "0x10", 0, "f.yaml:1:1: expected a whole number, found '0x10'"},
	{INT, "1001", 0, "f.yaml:1:1: '1001' is not in -5..1000"},
	{INT, "99999999999999999999", 0, "f.yaml:1:1: '99999999999999999999' is not in -5..1000"},
	{INT, "[1]", 0, "f.yaml:1:1: expected a whole number, found a list"},
	{INT, "\"a\\e[31m\"", 0, "f.yaml:1:1: expected a whole number, found the string 'a?[31m'"},
	{REAL, "2.5", 2.5, NULL},
	{REAL, "1e3", 1000, NULL},
	{REAL, "-5", -5, NULL},
	{REAL, ".inf", 0, "f.yaml:1:1: expected a number, found '.inf'"},
	{REAL, "nan", 0, "f.yaml:1:1: expected a number, found 'nan'"},
	{REAL, "0x1p3", 0, "f.yaml:1:1: expected a number, found '0x1p3'"},
	{REAL, "1e999", 0, "f.yaml:1:1: expected a number, found '1e999'"},
	{REAL, "1e6", 0, "f.yaml:1:1: '1e6' is not in -5..1000"},
	{BOOL, "true", 1, NULL},
	{BOOL, "No", 0, NULL},
	{BOOL, "on", 1, NULL},
	{BOOL, "1", 0, "f.yaml:1:1: expected true or false, found '1'"},
	{BOOL, "'true'", 0, "f.yaml:1:1: expected true or false, found the string 'true'"},
	{BOOL, "{a: b}", 0, "f.yaml:1:1: expected true or false, found a mapping"},
	{STR, "x", 0, NULL},
	{STR, "'~'", 0, NULL},
	{STR, "{a: b}", 0, "f.yaml:1:1: expected text, found a mapping"},
};

static int read_typed(enum type type, const struct sf_yaml *node, double *value,
                      struct sf_error *err)
{
	int64_t integer = 0;
	bool boolean = false;
	const char *text;
	int rc = -1;
	switch (type) {
	case INT:
		rc = sf_yaml_int(node, "f.yaml", -5, 1000, &integer, err);
		*value = (double)integer;
		break;
	case REAL:
		rc = sf_yaml_real(node, "f.yaml", -5, 1000, value, err);
		break;
	case BOOL:
		rc = sf_yaml_bool(node, "f.yaml", &boolean, err);
		*value = boolean;
		break;
	case STR:
		rc = sf_yaml_str(node, "f.yaml", &text, err);
		break;
	}
	return rc;
}

Test(yaml, types_scalars_strictly)
{
	for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++) {
		struct sf_arena *arena = sf_arena_create(0);
		struct sf_error err = {0};
		double value = 0;
		const struct sf_yaml *node = parse(arena, typed[i].text, &err);
		cr_assert(node != NULL, "%s: %s", typed[i].text, err.text);
		int rc = read_typed(typed[i].type, node, &value, &err);
		cr_expect(eq(int, rc, typed[i].message == NULL ? 0 : -1), "%s", typed[i].text);
		if (typed[i].message != NULL) {
			cr_expect(eq(str, err.text, (char *)typed[i].message));
		} else {
			cr_expect(value == typed[i].value, "%s", typed[i].text);
		}
		sf_arena_destroy(arena);
	}
}

Test(yaml, names_unknown_keys_and_what_is_known)
{
	static const char *const known[] = {"name", "count", "replicas", NULL};
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_error err = {0};
	const struct sf_yaml *root = parse(arena, "name: x\n\n  \ncolour: 2\n", &err);
	cr_expect(eq(int, sf_yaml_check_keys(root, "f.yaml", known, &err), -1));
	cr_expect(eq(str, err.text,
	             "f.yaml:4:1: unknown key 'colour' (known: name, count, replicas)"));
	root = parse(arena, "{name: x, Replica: 2}", &err);
	cr_expect(eq(int, sf_yaml_check_keys(root, "f.yaml", known, &err), -1));
	cr_expect(
		eq(str, err.text, "f.yaml:1:11: unknown key 'Replica', did you mean 'replicas'?"));
	root = parse(arena, "[a]", &err);
	cr_expect(eq(int, sf_yaml_check_keys(root, "f.yaml", known, &err), -1));
	cr_expect(eq(str, err.text, "f.yaml:1:1: expected 'key: value' lines, found a list"));
	root = parse(arena, "{count: 1}", &err);
	cr_expect(eq(int, sf_yaml_check_keys(root, "f.yaml", known, &err), 0));
	sf_arena_destroy(arena);
}

static const char *const tricky[] = {"all", "1g.10gb", "0x20B010DE", "true", "No",   "null", "~",
                                     "",    "1e3",     "010",        "a: b", "- x",  "#c",   "*a",
                                     "x y", "\"q\"",   "1g.5gb+me",  "v1",   "12:30"};

Test(yaml, writes_what_it_reads_back)
{
	struct sf_yaml_writer *writer = sf_yaml_writer_create();
	struct sf_error err = {0};
	struct sf_str out = {0};
	sf_yaml_write_mapping(writer, NULL);
	sf_yaml_write_sequence(writer, "tricky");
	for (size_t i = 0; i < sizeof(tricky) / sizeof(tricky[0]); i++) {
		sf_yaml_write_str(writer, NULL, tricky[i]);
	}
	sf_yaml_write_end(writer);
	sf_yaml_write_flow(writer, "devices");
	sf_yaml_write_int(writer, NULL, 0);
	sf_yaml_write_int(writer, NULL, 3);
	sf_yaml_write_end(writer);
	sf_yaml_write_bool(writer, "mig-enabled", true);
	sf_yaml_write_block(writer, "config.yaml", "version: v1\nmig-configs:\n  a: 1\n");
	sf_yaml_write_end(writer);
	cr_assert(eq(int, sf_yaml_writer_text(writer, &out, &err), 0));
	sf_yaml_writer_destroy(writer);
	cr_expect(strstr(out.text, "devices: [0, 3]\n") != NULL, "%s", out.text);
	cr_expect(strstr(out.text, "- all\n- \"1g.10gb\"\n") != NULL, "%s", out.text);
	cr_expect(strstr(out.text, "config.yaml: |\n  version: v1\n") != NULL, "%s", out.text);

	struct sf_arena *arena = sf_arena_create(0);
	const struct sf_yaml *root = parse(arena, out.text, &err);
	cr_assert(root != NULL, "%s", err.text);
	const struct sf_yaml *list = sf_yaml_get(root, "tricky");
	for (size_t i = 0; i < sizeof(tricky) / sizeof(tricky[0]); i++) {
		cr_expect(eq(str, (char *)list->child[i]->text, (char *)tricky[i]));
		cr_expect(not(sf_yaml_is_null(list->child[i])));
	}
	sf_arena_destroy(arena);
	sf_str_finish(&out);
}

Test(yaml, a_writer_used_wrongly_gives_no_document)
{
	struct sf_error err = {0};
	struct sf_str out = {0};
	struct sf_yaml_writer *writer = sf_yaml_writer_create();
	sf_yaml_write_mapping(writer, NULL);
	cr_expect(eq(int, sf_yaml_writer_text(writer, &out, &err), -1));
	sf_yaml_writer_destroy(writer);
	writer = sf_yaml_writer_create();
	sf_yaml_write_mapping(writer, NULL);
	sf_yaml_write_int(writer, NULL, 3);
	sf_yaml_write_end(writer);
	cr_expect(eq(int, sf_yaml_writer_text(writer, &out, &err), -1));
	sf_yaml_writer_destroy(writer);
	cr_expect(eq(sz, out.len, 0));
}
