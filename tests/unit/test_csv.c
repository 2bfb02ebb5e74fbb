/* Tests of csv. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/csv.h>
#include <slicefit/error.h>
#include <slicefit/str.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

TestSuite(csv, .timeout = 20);

/* All rows as "field|field;" or the error. */
static void read_all(const char *text, size_t len, struct sf_str *out)
{
	struct sf_str copy = {0};
	struct sf_error err = {0};
	struct sf_csv csv;
	int got;
	sf_str_append_n(&copy, text, len);
	sf_csv_init(&csv, "t.csv", copy.text, copy.len);
	while ((got = sf_csv_next(&csv, &err)) > 0) {
		for (uint32_t i = 0; i < csv.n; i++) {
			cr_assert(eq(sz, strlen(csv.field[i].text), csv.field[i].len));
			sf_str_printf(out, "%s%s", i ? "|" : "", csv.field[i].text);
		}
		sf_str_append(out, ";");
	}
	if (got < 0) {
		sf_str_append(out, err.text);
	}
	sf_str_finish(&copy);
}

static const struct {
	const char *text;
	const char *want;
} rows[] = {
	{"", ""},
	{"a,b\n1,2\n", "a|b;1|2;"},
	{"a,b\r\n1,2\r\n", "a|b;1|2;"},
	{"a,b\n1,2", "a|b;1|2;"},
	{"\xef\xbb\xbf"
         "a\n",
         "a;"},
	{"\n\na\n\r\n\nb\n\n", "a;b;"},
	{",\n", "|;"},
	{"a,,\n", "a||;"},
	{"\"a,b\",c\n", "a,b|c;"},
	{"\"a\nb\",c\nd\n", "a\nb|c;d;"},
	{"\"say \"\"hi\"\"\"\n", "say \"hi\";"},
	{"\"\",\"\"\r\n", "|;"},
	{"\"a\"", "a;"},
	{"a\rb,c\n", "a\rb|c;"},
	{"a\r", "a;"},
	{"a\n\"b", "a;t.csv:2:1: quote is never closed"},
	{"\"b\n\n\n", "t.csv:1:1: quote is never closed"},
	{"x,a\"b\"\n", "t.csv:1:4: quote inside a field that is not quoted"},
	{"\"a\" ,b\n", "t.csv:1:4: expected a comma or the end of the line behind the quote"},
	{"\"a\nb\" \n", "t.csv:2:3: expected a comma or the end of the line behind the quote"},
};

Test(csv, splits_rows_and_names_the_place_of_trouble)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sf_str out = {0};
		read_all(rows[i].text, strlen(rows[i].text), &out);
		cr_expect(eq(str, (char *)sf_str_get(&out), (char *)rows[i].want), "row %zu", i);
		sf_str_finish(&out);
	}
}

Test(csv, refuses_nul_bytes_and_too_many_fields)
{
	static const char nul[] = "a,b\0c\n";
	static const char quoted[] = "\"b\0c\"\n";
	char many[2 * SF_CSV_FIELDS_MAX + 1];
	struct sf_str out = {0};
	read_all(nul, sizeof(nul) - 1, &out);
	read_all(quoted, sizeof(quoted) - 1, &out);
	memset(many, ',', sizeof(many));
	read_all(many, SF_CSV_FIELDS_MAX, &out);
	cr_expect(eq(str, (char *)sf_str_get(&out),
	             "t.csv:1:4: NUL bytet.csv:1:3: NUL bytet.csv:1:65: more than 64 fields"));
	sf_str_finish(&out);
}

static const struct sf_csv_column known[] = {
	{"name", true}, {"cpu_milli", true}, {"gpu_spec", false}, {NULL, false}};

static const struct {
	const char *text;
	bool strict;
	const char *error; /* NULL: fine */
} headers[] = {
	{"name,cpu_milli,gpu_spec\n", true, NULL},
	{"cpu_milli,name\n", true, NULL},
	{"cpu_milli,name,qos\n", false, NULL},
	{"cpu_milli,name,cpumilli\n", true,
         "h.csv:1:16: unknown column 'cpumilli', did you mean 'cpu_milli'?"},
	{"name,qos\n", false, "h.csv:1:1: no column 'cpu_milli'"},
	{"name,cpu_milli,name\n", false, "h.csv:1:16: column 'name' is there twice"},
	{"", false, "h.csv: empty, no columns"},
};

Test(csv, headers_name_columns_in_any_order)
{
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		struct sf_str text = {0};
		struct sf_error err = {0};
		struct sf_csv csv;
		int place[3];
		sf_str_append(&text, headers[i].text);
		sf_csv_init(&csv, "h.csv", text.text, text.len);
		int rc = sf_csv_header(&csv, known, headers[i].strict, place, &err);
		cr_expect(eq(int, rc, headers[i].error ? -1 : 0), "row %zu", i);
		if (headers[i].error) {
			cr_expect(eq(str, err.text, (char *)headers[i].error));
		}
		if (i == 1) {
			cr_expect(place[0] == 1 && place[1] == 0 && place[2] == -1);
		}
		sf_str_finish(&text);
	}
}

static const struct {
	const char *text;
	bool is_int; /* between -5 and 1000 */
} numbers[] = {
	{"0", true},      {"1000", true}, {"-5", true},
	{"1001", false},  {"-6", false},  {"", false},
	{"-", false},     {"1.5", false}, {"1e2", false},
	{"0x10", false},  {"inf", false}, {"nan", false},
	{" 1", false},    {"1 ", false},  {"007", true},
	{"1e400", false}, {"+1", false},  {"99999999999999999999", false},
	{"1.2.3", false},
};

Test(csv, numbers_are_plain_decimals_in_range)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct sf_str text = {0};
		struct sf_error err = {0};
		struct sf_csv csv;
		int64_t whole;
		sf_str_printf(&text, "\"%s\",end\n", numbers[i].text);
		sf_csv_init(&csv, "n.csv", text.text, text.len);
		cr_assert(eq(int, sf_csv_next(&csv, &err), 1));
		int rc = sf_csv_int(&csv, 0, -5, 1000, &whole, &err);
		cr_expect(eq(int, rc, numbers[i].is_int ? 0 : -1), "row %zu", i);
		sf_str_finish(&text);
	}
}

Test(csv, rows_of_another_width_and_wrong_numbers_name_their_place)
{
	static char text[] = "name,cpu_milli\na,5\nb,x\nc\n";
	struct sf_error err = {0};
	struct sf_csv csv;
	int place[3];
	int64_t value = 0;
	sf_csv_init(&csv, "w.csv", text, sizeof(text) - 1);
	cr_assert(eq(int, sf_csv_header(&csv, known, true, place, &err), 0));
	cr_assert(eq(int, sf_csv_next(&csv, &err), 1));
	cr_assert(eq(int, sf_csv_int(&csv, 1, 0, 9, &value, &err), 0));
	cr_expect(eq(i64, value, 5));
	cr_assert(eq(int, sf_csv_next(&csv, &err), 1));
	cr_assert(eq(int, sf_csv_int(&csv, 1, 0, 9, &value, &err), -1));
	cr_expect(
		eq(str, err.text, "w.csv:3:3: cpu_milli 'x': expected a whole number from 0 to 9"));
	cr_assert(eq(int, sf_csv_next(&csv, &err), -1));
	cr_expect(eq(str, err.text, "w.csv:4:1: 1 fields, expected 2 as in the first row"));
}
