/* test_scan: what is accepted, walked and decoded; jansson is the judge. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/scan.h>

#include <slicefit/arena.h>
#include <slicefit/rng.h>
#include <slicefit/str.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool accepts(const char *text, size_t len)
{
	/* An exact-size copy: reading past the end shows under ASan. */
	char *copy = malloc(len + (len == 0));
	memcpy(copy, text, len);
	struct sf_scan scan = sf_scan_of(copy, len);
	bool ok = sf_scan_skip(&scan) && sf_scan_end(&scan);
	cr_expect(ok == (scan.fault == NULL));
	free(copy);
	return ok;
}

static bool jansson_accepts(const char *text, size_t len)
{
	json_t *json = json_loadb(text, len, JSON_ALLOW_NUL, NULL);
	json_decref(json);
	return json != NULL;
}

static const char *const texts[] = {
	"{}",
	"[]",
	" [ 1 , 2 ] ",
	"{\"a\":{\"b\":[{},[],null,true,false]}}",
	"[1,]",
	"[,1]",
	"[1 2]",
	"{\"a\":1,}",
	"{\"a\" 1}",
	"{a:1}",
	"{\"a\":1 \"b\":2}",
	"[1}",
	"{\"a\":1]",
	"[",
	"[1",
	"{\"a\"",
	"{\"a\":",
	"[] []",
	"",
	"[0]",
	"[-0]",
	"[00]",
	"[01]",
	"[-]",
	"[+1]",
	"[.5]",
	"[5.]",
	"[5.e1]",
	"[1e]",
	"[1e+]",
	"[1e+05]",
	"[1E400]",
	"[-1e400]",
	"[1e-400]",
	"[9223372036854775807]",
	"[9223372036854775808]",
	"[-9223372036854775808]",
	"[-9223372036854775809]",
	"[99999999999999999999]",
	"[99999999999999999999.5]",
	"[0x10]",
	"[Infinity]",
	"[nul]",
	"[nulll]",
	"[truefalse]",
	"[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"]",
	"[\"\\x\"]",
	"[\"\\u12\"]",
	"[\"\\u12g4\"]",
	"[\"\\ud83d\\ude00\"]",
	"[\"\\ud83d\"]",
	"[\"\\ud83dx\"]",
	"[\"\\ud83d\\u0041\"]",
	"[\"\\ude00\"]",
	"[\"\\u0000\"]",
	"{\"\\u0000\":1}",
	"[\"a\nb\"]",
	"[\"a\tb\"]",
	"[\"\x7f\"]",
	"[\"\xc3\xa9\"]",
	"[\"\xc3\"]",
	"[\"\xc0\xaf\"]",
	"[\"\xe0\x9f\x80\"]",
	"[\"\xed\xa0\x80\"]",
	"[\"\xef\xbf\xbf\"]",
	"[\"\xf0\x9f\x98\x80\"]",
	"[\"\xf4\x90\x80\x80\"]",
	"[\"\xf8\x88\x80\x80\x80\"]",
	"[\"a long text without anything odd in it, longer than a vector\"]",
	"[\"a long text with something odd in it: \\\"quotes\\\" and \xc3\xa9 umlauts\"]",
	"\xef\xbb\xbf[]",
};

Test(scan, accepts_what_jansson_accepts)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		size_t len = strlen(texts[i]);
		cr_expect(accepts(texts[i], len) == jansson_accepts(texts[i], len), "%s", texts[i]);
	}
}

Test(scan, ends_anywhere)
{
	static const char text[] =
		"{\"k\":[1.5e3,true,\"\\u00e9\xc3\xa9\\ud83d\\ude00\",{}],\"n\":null}";
	for (size_t len = 0; len < sizeof(text); len++) {
		cr_expect(accepts(text, len) == (len == sizeof(text) - 1), "%zu bytes", len);
	}
}

Test(scan, goes_as_deep_as_jansson)
{
	for (size_t depth = SF_SCAN_DEPTH_MAX - 2; depth <= SF_SCAN_DEPTH_MAX + 2; depth++) {
		for (int full = 0; full < 2; full++) {
			struct sf_str text = {0};
			sf_str_fill(&text, '[', depth);
			sf_str_append(&text, full ? "1" : "");
			sf_str_fill(&text, ']', depth);
			cr_expect(accepts(text.text, text.len) ==
			                  jansson_accepts(text.text, text.len),
			          "%zu levels, %s", depth, full ? "full" : "empty");
			sf_str_finish(&text);
		}
	}
}

/* Changes a byte here and there of texts that are right. */
Test(scan, agrees_with_jansson_on_random_damage)
{
	static const char odd[] = "{}[],:\"\\u0e+-.tn \x01\xc3\xa9\xed\xff";
	struct sf_rng rng;
	sf_rng_seed(&rng, 1, 0);
	size_t accepted = 0;
	for (int i = 0; i < 200000; i++) {
		char text[128];
		size_t row = sf_rng_below(&rng, sizeof(texts) / sizeof(texts[0]));
		size_t len = strlen(texts[row]);
		memcpy(text, texts[row], len);
		/* The first byte stays: jansson wants an object or an array. */
		for (uint64_t k = sf_rng_below(&rng, 3); k > 0 && len > 1; k--) {
			text[1 + sf_rng_below(&rng, len - 1)] =
				odd[sf_rng_below(&rng, sizeof(odd) - 1)];
		}
		bool ok = accepts(text, len);
		accepted += ok;
		cr_assert(ok == jansson_accepts(text, len), "%.*s", (int)len, text);
	}
	cr_assert(accepted > 1000 && accepted < 199000);
}

/* Rebuilds a value by walking, so that what is handed out can be compared as JSON. */
static json_t *walk(struct sf_scan *scan, struct sf_arena *arena)
{
	struct sf_scan_text text;
	json_t *made = NULL;
	switch (sf_scan_peek(scan)) {
	case '{':
		made = json_object();
		for (sf_scan_enter(scan, '{'); sf_scan_member(scan, &text);) {
			json_object_set_new(made, sf_scan_copy(&text, arena), walk(scan, arena));
		}
		break;
	case '[':
		made = json_array();
		for (sf_scan_enter(scan, '['); sf_scan_element(scan);) {
			json_array_append_new(made, walk(scan, arena));
		}
		break;
	case '"':
		sf_scan_string(scan, &text);
		made = json_string(sf_scan_copy(&text, arena));
		break;
	default:
		sf_scan_skip(scan);
		made = json_null();
	}
	return made;
}

Test(scan, walks_and_decodes)
{
	static const char text[] = "{\"\\u0061\\t\\ud83d\\ude00\":[\"\\\"\\\\\\/"
				   "\\b\\f\\n\\r\\u00e9\\u20ac\",{\"b\":null},"
				   "[],[[]]],\"\xc3\xa9\":{},\"c\":{\"d\":\"\"}}";
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_scan scan = sf_scan_of(text, sizeof(text) - 1);
	json_t *mine = walk(&scan, arena), *right = json_loads(text, 0, NULL);
	cr_assert(sf_scan_end(&scan));
	cr_assert(eq(int, scan.depth, 0));
	cr_assert(json_equal(mine, right));
	json_decref(mine);
	json_decref(right);
	sf_arena_destroy(arena);
}

static const struct {
	const char *json, *other;
	bool exact, icase;
} compared[] = {
	{"\"Pod\"", "Pod", true, true},        {"\"pOd\"", "Pod", false, true},
	{"\"Pods\"", "Pod", false, false},     {"\"Po\"", "Pod", false, false},
	{"\"P\\u006fd\"", "Pod", true, true},  {"\"P\\u004fd\"", "Pod", false, true},
	{"\"P\\u006f\"", "Pod", false, false}, {"\"P\\u006fds\"", "Pod", false, false},
	{"\"\\n\"", "n", false, false},        {"\"\"", "", true, true},
};

Test(scan, compares_strings)
{
	for (size_t i = 0; i < sizeof(compared) / sizeof(compared[0]); i++) {
		struct sf_scan scan = sf_scan_of(compared[i].json, strlen(compared[i].json));
		struct sf_scan_text text;
		cr_assert(sf_scan_string(&scan, &text), "%s", compared[i].json);
		cr_expect(sf_scan_is(&text, compared[i].other, false) == compared[i].exact, "%s",
		          compared[i].json);
		cr_expect(sf_scan_is(&text, compared[i].other, true) == compared[i].icase, "%s",
		          compared[i].json);
	}
}

Test(scan, keeps_the_first_fault)
{
	static const char text[] = "{\"a\": \"b\", \"c\": tru}";
	struct sf_scan scan = sf_scan_of(text, sizeof(text) - 1);
	struct sf_scan_text out;
	cr_assert(sf_scan_enter(&scan, '{'));
	cr_assert(sf_scan_member(&scan, &out) && sf_scan_string(&scan, &out));
	cr_assert(sf_scan_member(&scan, &out) && !sf_scan_string(&scan, &out));
	cr_assert(eq(str, (char *)scan.fault, "no string"));
	cr_assert(eq(int, (int)(scan.at - scan.begin), 16));
	bool goes_on = sf_scan_member(&scan, &out) || sf_scan_skip(&scan) || sf_scan_end(&scan);
	cr_assert(not(goes_on));
	cr_assert(eq(int, sf_scan_peek(&scan), 0));
	cr_assert(eq(int, (int)(scan.at - scan.begin), 16));
}
