/* test_log_line: lines of the log stay lines, and JSON, whatever the values hold. */
// SPDX-License-Identifier: Apache-2.0
#include "base/log_line.h"

#include <slicefit/rng.h>
#include <slicefit/str.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>

#include <string.h>

static const struct {
	const char *value;
	const char *text; /* k=... */
	const char *json; /* "k":... */
} rows[] = {
	{"word", "word", "\"word\""},
	{"", "\"\"", "\"\""},
	{"two words", "\"two words\"", "\"two words\""},
	{"a=b", "\"a=b\"", "\"a=b\""},
	{"say \"no\"", "\"say \\\"no\\\"\"", "\"say \\\"no\\\"\""},
	{"c:\\dir", "\"c:\\\\dir\"", "\"c:\\\\dir\""},
	{"one\ntwo", "\"one\\ntwo\"", "\"one\\u000atwo\""},
	{"\x1b[31m", "\"\\x1b[31m\"", "\"\\u001b[31m\""},
	{"\x7f", "\"\\x7f\"", "\"\\u007f\""},
	{"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\""},
	{"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\""},
	{"\xff", "\"\\xff\"", "\"\\ufffd\""},
	{"cut \xe2\x82", "\"cut \\xe2\\x82\"", "\"cut \\ufffd\\ufffd\""},
	{"\xc0\xaf", "\"\\xc0\\xaf\"", "\"\\ufffd\\ufffd\""},                 /* a longer form */
	{"\xed\xa0\x80", "\"\\xed\\xa0\\x80\"", "\"\\ufffd\\ufffd\\ufffd\""}, /* a surrogate */
	{"\xf4\x90\x80\x80", "\"\\xf4\\x90\\x80\\x80\"", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""},
};

static struct sf_log_line line_of(const struct sf_log_field *fields, size_t n)
{
	return (struct sf_log_line){
		.time = "T", .level = "info", .event = "event", .fields = fields, .n = n};
}

static void expect_line(const char *got, const char *before, const char *value, const char *behind)
{
	struct sf_str want = {0};
	sf_str_printf(&want, "%s%s%s", before, value, behind);
	cr_expect(eq(str, (char *)got, want.text));
	sf_str_finish(&want);
}

Test(log_line, values)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sf_log_field fields[] = {{"k", .text = rows[i].value}, {"n", .number = 7}};
		struct sf_log_line line = line_of(fields, 2);
		struct sf_str text = {0}, json = {0};
		sf_log_line_text(&line, &text);
		sf_log_line_json(&line, &json);
		expect_line(text.text, "T info  event k=", rows[i].text, " n=7\n");
		expect_line(json.text, "{\"ts\":\"T\",\"level\":\"info\",\"msg\":\"event\",\"k\":",
		            rows[i].json, ",\"n\":7}\n");
		sf_str_finish(&text);
		sf_str_finish(&json);
	}
}

Test(log_line, details)
{
	struct sf_log_line line = line_of(NULL, 0);
	struct sf_str text = {0}, json = {0};
	line.detail = "no \"file\"\n\x01 here";
	sf_log_line_text(&line, &text);
	sf_log_line_json(&line, &json);
	cr_expect(eq(str, text.text, "T info  event no \"file\"\\n\\x01 here\n"));
	cr_expect(eq(str, json.text,
	             "{\"ts\":\"T\",\"level\":\"info\",\"msg\":\"event\","
	             "\"detail\":\"no \\\"file\\\"\\u000a\\u0001 here\"}\n"));
	sf_str_finish(&text);
	sf_str_finish(&json);
}

/* Random bytes, among them many that begin and go on with UTF-8. */
static void fill(struct sf_rng *rng, char *value, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned kind = (unsigned)sf_rng_below(rng, 3);
		unsigned byte = kind == 0   ? 1 + (unsigned)sf_rng_below(rng, 127)
		                : kind == 1 ? 0x80 + (unsigned)sf_rng_below(rng, 64)
		                            : 0xC0 + (unsigned)sf_rng_below(rng, 64);
		value[i] = (char)byte;
	}
	value[len] = '\0';
}

/* jansson, which refuses what is no UTF-8, is the judge. */
static void check_json(const char *value)
{
	struct sf_log_field field = {"k", .text = value};
	struct sf_log_line line = line_of(&field, 1);
	struct sf_str json = {0}, text = {0};
	sf_log_line_json(&line, &json);
	sf_log_line_text(&line, &text);
	json_error_t error;
	json_t *root = json_loadb(json.text, json.len, JSON_REJECT_DUPLICATES, &error);
	cr_assert(root != NULL, "%s: %s", error.text, json.text);
	json_t *same = json_string(value);
	if (same != NULL && strlen(value) < 500) {
		cr_expect(eq(int, json_equal(same, json_object_get(root, "k")), 1), "%s", value);
	}
	cr_expect(strchr(text.text, '\n') == text.text + text.len - 1, "%s", text.text);
	json_decref(same);
	json_decref(root);
	sf_str_finish(&json);
	sf_str_finish(&text);
}

Test(log_line, any_bytes)
{
	struct sf_rng rng;
	char value[1200];
	sf_rng_seed(&rng, 1, 0);
	for (unsigned round = 0; round < 20000; round++) {
		fill(&rng, value, sf_rng_below(&rng, round % 100 == 0 ? sizeof(value) : 8));
		check_json(value);
	}
}

Test(log_line, long_values_are_cut)
{
	char value[5000];
	struct sf_str text = {0};
	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	struct sf_log_field field = {"k", .text = value};
	struct sf_log_line line = line_of(&field, 1);
	sf_log_line_text(&line, &text);
	cr_expect(lt(sz, text.len, 600));
	cr_expect(strstr(text.text, "x...\n") != NULL);
	check_json(value);
	sf_str_finish(&text);
}
