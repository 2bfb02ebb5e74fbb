/* Tests of the table renderer. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/str.h>
#include <slicefit/table.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(table, .timeout = 10);

static struct sf_table *sample(void)
{
	struct sf_table *table = sf_table_create();
	sf_table_column(table, "policy", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "alloc %", "gpu.allocated_pct", SF_ALIGN_RIGHT);
	sf_table_column(table, "note", NULL, SF_ALIGN_LEFT);
	sf_table_cell(table, "best-fit");
	sf_table_cell(table, "%.1f", 97.25);
	sf_table_cell(table, "a \"quoted\", b");
	sf_table_cell(table, "größte");
	sf_table_cell(table, "%d", 5);
	sf_table_cell(table, "x|y\nz");
	sf_table_cell(table, "short");
	return table;
}

static const struct {
	enum sf_table_format format;
	const char *want;
} formats[] = {
	{SF_TABLE_TEXT, "policy    alloc %  note\n"
                        "--------  -------  -------------\n"
                        "best-fit     97.2  a \"quoted\", b\n"
                        "größte          5  x|y z\n"
                        "short\n"},
	{SF_TABLE_CSV, "policy,gpu.allocated_pct,note\n"
                       "best-fit,97.2,\"a \"\"quoted\"\", b\"\n"
                       "größte,5,x|y z\n"
                       "short,,\n"},
	{SF_TABLE_MARKDOWN, "| policy | alloc % | note |\n"
                            "|---|---:|---|\n"
                            "| best-fit | 97.2 | a \"quoted\", b |\n"
                            "| größte | 5 | x\\|y z |\n"
                            "| short |  |  |\n"},
};

Test(table, formats)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct sf_table *table = sample();
		struct sf_str out = {0};
		sf_table_write(table, formats[i].format, &out);
		cr_expect(eq(str, out.text, (char *)formats[i].want), "format %zu", i);
		sf_str_finish(&out);
		sf_table_destroy(table);
	}
}

static const struct {
	const char *text;
	size_t width;
} widths[] = {
	{"", 0},  {"abc", 3},      {"größte", 6}, {"日本", 4},     {"e\u0301", 1},  {"█▓░", 3},
	{"🚀", 2}, {"\xff\xfe", 2}, {"\xc3", 1},   {"\xe2\x82", 2}, {"\xf0\x9f", 2},
};

Test(table, widths)
{
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		cr_expect(eq(sz, sf_table_width(widths[i].text), widths[i].width), "row %zu", i);
	}
}

Test(table, empty_table_writes_its_heading)
{
	struct sf_table *table = sf_table_create();
	sf_table_column(table, "a", NULL, SF_ALIGN_LEFT);
	struct sf_str out = {0};
	sf_table_write(table, SF_TABLE_TEXT, &out);
	cr_expect(eq(str, out.text, (char *)"a\n-\n"));
	sf_str_finish(&out);
	sf_table_destroy(table);
	sf_table_destroy(NULL);
}
