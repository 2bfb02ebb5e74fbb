/* record_line: one line of a decision record, out and in. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/record.h>

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/scan.h>
#include <slicefit/str.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* What a line begins with, and whether an answer stands beside it. */
static const struct {
	const char *key;
	enum { VALUE, NAME, NUMBER, FORMAT } holds;
	bool answered;
} kinds[SF_RECORD_KINDS] = {
	[SF_RECORD_START] = {"slicefit_record", FORMAT, false},
	[SF_RECORD_CONFIG] = {"config", NAME, false},
	[SF_RECORD_NODE] = {"node", VALUE, false},
	[SF_RECORD_NODE_GONE] = {"node_gone", NAME, false},
	[SF_RECORD_POD] = {"pod", VALUE, false},
	[SF_RECORD_POD_GONE] = {"pod_gone", NAME, false},
	[SF_RECORD_BUDGET] = {"budget", VALUE, false},
	[SF_RECORD_BUDGET_GONE] = {"budget_gone", NAME, false},
	[SF_RECORD_EXPIRE] = {"expire", NUMBER, false},
	[SF_RECORD_FILTER] = {"filter", VALUE, true},
	[SF_RECORD_PRIORITIZE] = {"prioritize", VALUE, true},
	[SF_RECORD_PREEMPT] = {"preempt", VALUE, true},
	[SF_RECORD_BIND] = {"bind", VALUE, true},
	[SF_RECORD_BOUND] = {"bound", NAME, false},
	[SF_RECORD_END] = {"end", NAME, false},
};

static void put_text(const char *key, const char *text, struct sf_str *out)
{
	json_t *value = text != NULL ? json_string(text) : json_null();
	value = value != NULL ? value : json_null(); /* no UTF-8: it was no input either */
	char *quoted = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	sf_str_printf(out, "\"%s\":%s", key, quoted != NULL ? quoted : "null");
	free(quoted);
	json_decref(value);
}

static void put_value(const char *key, const char *text, size_t len, struct sf_str *out)
{
	sf_str_printf(out, "\"%s\":", key);
	sf_str_append_n(out, len > 0 ? text : "null", len > 0 ? len : 4);
}

static void put_first(const struct sf_record_line *line, struct sf_str *out)
{
	const char *key = kinds[line->kind].key;
	switch (kinds[line->kind].holds) {
	case VALUE:
		put_value(key, line->arg, line->arg_len, out);
		break;
	case NAME:
		put_text(key, line->name, out);
		break;
	case NUMBER:
		sf_str_printf(out, "\"%s\":%llu", key, (unsigned long long)line->number);
		break;
	case FORMAT:
		sf_str_printf(out, "\"%s\":%d", key, SF_RECORD_FORMAT);
		break;
	}
}

void sf_record_write(const struct sf_record_line *line, struct sf_str *out)
{
	sf_str_append(out, "{");
	put_first(line, out);
	if (kinds[line->kind].answered) {
		sf_str_append(out, ",");
		put_value("answer", line->answer, line->answer_len, out);
	}
	if (line->kind == SF_RECORD_BIND || line->kind == SF_RECORD_BOUND) {
		sf_str_printf(out, ",\"until\":%llu", (unsigned long long)line->number);
	}
	if (line->kind == SF_RECORD_BOUND) {
		sf_str_printf(out, ",\"keeps\":%s", line->flag ? "true" : "false");
	}
	if (line->kind == SF_RECORD_START) {
		const char *const texts[][2] = {
			{"version", line->version}, {"policy", line->policy},
			{"config", line->config},   {"catalog", line->catalog},
			{"cluster", line->cluster}, {"wishes", line->wishes},
		};
		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
			sf_str_append(out, ",");
			put_text(texts[i][0], texts[i][1], out);
		}
	}
	sf_str_append(out, "}\n");
}

/* The value that comes next as a slice of the text. */
static void take_slice(struct sf_scan *scan, const char **out, size_t *len)
{
	sf_scan_peek(scan);
	*out = scan->at;
	sf_scan_skip(scan);
	*len = (size_t)(scan->at - *out);
}

static const char *take_text(struct sf_scan *scan, struct sf_arena *arena)
{
	struct sf_scan_text text;
	if (sf_scan_peek(scan) != '"') {
		sf_scan_skip(scan);
		return NULL;
	}
	return sf_scan_string(scan, &text) ? sf_scan_copy(&text, arena) : NULL;
}

static uint64_t take_number(struct sf_scan *scan)
{
	const char *text;
	size_t len;
	char digits[24] = "";
	take_slice(scan, &text, &len);
	if (len < sizeof(digits)) {
		memcpy(digits, text, len); /* the text may end here, without a NUL */
	}
	return strspn(digits, "0123456789") == len ? strtoull(digits, NULL, 10) : 0;
}

static void take_first(struct sf_scan *scan, enum sf_record_kind kind, struct sf_arena *arena,
                       struct sf_record_line *out)
{
	out->kind = kind;
	switch (kinds[kind].holds) {
	case VALUE:
		take_slice(scan, &out->arg, &out->arg_len);
		break;
	case NAME:
		out->name = take_text(scan, arena);
		break;
	case NUMBER:
	case FORMAT:
		out->number = take_number(scan);
		break;
	}
}

static void take_more(struct sf_scan *scan, const struct sf_scan_text *key, struct sf_arena *arena,
                      struct sf_record_line *out)
{
	const struct {
		const char *key;
		const char **text;
	} texts[] = {
		{"version", &out->version}, {"policy", &out->policy},   {"config", &out->config},
		{"catalog", &out->catalog}, {"cluster", &out->cluster}, {"wishes", &out->wishes},
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (sf_scan_is(key, texts[i].key, false)) {
			*texts[i].text = take_text(scan, arena);
			return;
		}
	}
	if (sf_scan_is(key, "answer", false)) {
		take_slice(scan, &out->answer, &out->answer_len);
	} else if (sf_scan_is(key, "until", false)) {
		out->number = take_number(scan);
	} else {
		bool keeps = sf_scan_is(key, "keeps", false);
		out->flag = keeps ? sf_scan_peek(scan) == 't' : out->flag;
		sf_scan_skip(scan);
	}
}

static enum sf_record_kind kind_of(const struct sf_scan_text *key)
{
	int kind = 0;
	while (kind < SF_RECORD_KINDS && !sf_scan_is(key, kinds[kind].key, false)) {
		kind++;
	}
	return (enum sf_record_kind)kind;
}

int sf_record_read(const char *text, size_t len, struct sf_arena *arena, struct sf_record_line *out,
                   struct sf_error *err)
{
	struct sf_scan scan = sf_scan_of(text, len);
	struct sf_scan_text key;
	*out = (struct sf_record_line){.kind = SF_RECORD_KINDS};
	for (sf_scan_enter(&scan, '{'); sf_scan_member(&scan, &key);) {
		if (out->kind == SF_RECORD_KINDS) {
			enum sf_record_kind kind = kind_of(&key);
			if (kind == SF_RECORD_KINDS) {
				return sf_fail(err, SF_EINVAL, "unknown kind of line '%.*s'",
				               (int)(key.len < 40 ? key.len : 40), key.text);
			}
			take_first(&scan, kind, arena, out);
		} else {
			take_more(&scan, &key, arena, out);
		}
	}
	if (!sf_scan_end(&scan) || out->kind == SF_RECORD_KINDS) {
		return sf_fail(err, SF_EINVAL, "%s",
		               scan.fault != NULL ? scan.fault : "an empty object");
	}
	if (out->kind == SF_RECORD_START && out->number != SF_RECORD_FORMAT) {
		return sf_fail(err, SF_EINVAL, "format %llu of a record, this program reads %d",
		               (unsigned long long)out->number, SF_RECORD_FORMAT);
	}
	return 0;
}
