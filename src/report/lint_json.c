/* lint_json: what `slicefit lint` found, for programs: JSON, SARIF, GitHub. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/report_lint.h>

#include "report_text.h"

#include <slicefit/alloc.h>
#include <slicefit/json.h>
#include <slicefit/lint.h>
#include <slicefit/str.h>

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *code_name(const struct sf_lint_rule *rule, char *out, size_t cap)
{
	snprintf(out, cap, "SF%d", rule->code);
	return out;
}

/* JSON is text in UTF-8: other bytes of a file are shown as '?'. */
static void write_text(struct sf_json *json, const char *key, const char *text)
{
	struct sf_str clean = {0};
	for (const char *p = text; *p != '\0';) {
		size_t n = sf_report_utf8(p);
		sf_str_append_n(&clean, n > 0 ? p : "?", n > 0 ? n : 1);
		p += n > 0 ? n : 1;
	}
	sf_json_str(json, key, sf_str_get(&clean));
	sf_str_finish(&clean);
}

static void write_summary(const struct sf_lint *lint, struct sf_json *json)
{
	sf_json_object(json, "summary");
	sf_json_int(json, "files", (int64_t)sf_lint_files(lint));
	sf_json_int(json, "errors", (int64_t)sf_lint_count_of(lint, SF_LINT_ERROR));
	sf_json_int(json, "warnings", (int64_t)sf_lint_count_of(lint, SF_LINT_WARNING));
	sf_json_int(json, "notes", (int64_t)sf_lint_count_of(lint, SF_LINT_NOTE));
	sf_json_int(json, "not_shown", (int64_t)sf_lint_more(lint));
	sf_json_end(json);
}

void sf_lint_report_json(const struct sf_lint *lint, struct sf_str *out)
{
	char code[16];
	struct sf_json *json = sf_json_create_object();
	sf_json_str(json, "schema", "slicefit.lint/1");
	sf_json_array(json, "findings");
	for (size_t i = 0; i < sf_lint_count(lint); i++) {
		const struct sf_lint_finding *finding = sf_lint_at(lint, i);
		sf_json_object(json, NULL);
		sf_json_str(json, "code", code_name(finding->rule, code, sizeof(code)));
		sf_json_str(json, "severity", sf_lint_severity_name(finding->rule->severity));
		write_text(json, "file", finding->file);
		sf_json_int(json, "line", finding->line);
		sf_json_int(json, "column", finding->column);
		write_text(json, "message", finding->message);
		write_text(json, "mend", finding->mend);
		sf_json_str(json, "source", finding->rule->source);
		sf_json_end(json);
	}
	sf_json_end(json);
	write_summary(lint, json);
	sf_json_write(json, true, out);
	sf_json_destroy(json);
}

/* {"text": ...} */
static void write_message(struct sf_json *json, const char *key, const char *text)
{
	sf_json_object(json, key);
	write_text(json, "text", text);
	sf_json_end(json);
}

/* A source begins with an address; the file within may follow. */
static void write_help_uri(struct sf_json *json, const char *source)
{
	struct sf_str uri = {0};
	sf_str_append_n(&uri, source, strcspn(source, " "));
	sf_json_str(json, "helpUri", sf_str_get(&uri));
	sf_str_finish(&uri);
}

static void write_rules(struct sf_json *json, const char *version)
{
	char code[16];
	sf_json_object(json, "tool");
	sf_json_object(json, "driver");
	sf_json_str(json, "name", "slicefit");
	sf_json_str(json, "version", version);
	sf_json_array(json, "rules");
	for (const struct sf_lint_rule *rule = sf_lint_rules; rule->code != 0; rule++) {
		sf_json_object(json, NULL);
		sf_json_str(json, "id", code_name(rule, code, sizeof(code)));
		write_message(json, "shortDescription", rule->title);
		write_message(json, "fullDescription", rule->text);
		struct sf_str help = {0};
		sf_str_printf(&help, "%s %s Source: %s", rule->text, rule->mend, rule->source);
		write_message(json, "help", sf_str_get(&help));
		sf_str_finish(&help);
		write_help_uri(json, rule->source);
		sf_json_object(json, "defaultConfiguration");
		sf_json_str(json, "level", sf_lint_severity_name(rule->severity));
		sf_json_end(json);
		sf_json_end(json);
	}
	sf_json_end(json);
	sf_json_end(json);
	sf_json_end(json);
}

static int64_t rule_index(const struct sf_lint_rule *rule)
{
	return rule - sf_lint_rules;
}

/* A path as a URI reference: what is not allowed there is percent-encoded. */
static void write_uri(struct sf_json *json, const char *path)
{
	struct sf_str uri = {0};
	for (const char *p = path; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;
		bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		             (c >= 'A' && c <= 'Z') || strchr("-._~/", c) != NULL;
		if (plain) {
			sf_str_append_n(&uri, p, 1);
		} else {
			sf_str_printf(&uri, "%%%02X", (unsigned)c);
		}
	}
	sf_json_object(json, "artifactLocation");
	sf_json_str(json, "uri", sf_str_get(&uri));
	sf_json_end(json);
	sf_str_finish(&uri);
}

/* SARIF counts in UTF-16: a character of four bytes is two, any other is one. */
static int64_t utf16_column(const struct sf_lint_finding *finding)
{
	const char *text = finding->excerpt;
	size_t before = finding->column > 0 ? finding->column - 1 : 0;
	if (text == NULL || before > strlen(text)) {
		return (int64_t)before + 1;
	}
	int64_t column = 1;
	for (size_t i = 0; i < before;) {
		size_t n = sf_report_utf8(text + i);
		column += n == 4 ? 2 : 1;
		i += n > 0 ? n : 1;
	}
	return column;
}

/* FNV-1a (www.isthe.com/chongo/tech/comp/fnv): the same everywhere and in every version. */
static uint64_t fnv(uint64_t hash, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
	}
	return hash;
}

/* What a finding is known by when lines above it change: the rule, the file, the line's text. */
static uint64_t fingerprint(const struct sf_lint_finding *finding)
{
	const char *text = finding->excerpt != NULL ? finding->excerpt : "";
	char code[16];
	code_name(finding->rule, code, sizeof(code));
	text += strspn(text, " \t");
	size_t len = strlen(text);
	while (len > 0 && strchr(" \t\r", text[len - 1]) != NULL) {
		len--;
	}
	uint64_t hash = fnv(UINT64_C(0xcbf29ce484222325), code, strlen(code) + 1);
	hash = fnv(hash, finding->file, strlen(finding->file) + 1);
	return fnv(hash, text, len);
}

/* Of equal ones in a file, the number tells which. */
static void write_fingerprint(const struct sf_lint *lint, size_t index, const uint64_t *prints,
                              struct sf_json *json)
{
	const char *file = sf_lint_at(lint, index)->file;
	unsigned before = 0;
	char text[32];
	for (size_t i = index; i > 0 && strcmp(sf_lint_at(lint, i - 1)->file, file) == 0; i--) {
		before += prints[i - 1] == prints[index];
	}
	snprintf(text, sizeof(text), "%016" PRIx64 ":%u", prints[index], before + 1);
	sf_json_object(json, "partialFingerprints");
	sf_json_str(json, "slicefitLine/v1", text);
	sf_json_end(json);
}

static void write_result(const struct sf_lint *lint, size_t index, const uint64_t *prints,
                         struct sf_json *json)
{
	const struct sf_lint_finding *finding = sf_lint_at(lint, index);
	char code[16];
	struct sf_str text = {0};
	sf_str_append(&text, finding->message);
	if (*finding->mend != '\0') {
		sf_str_printf(&text, ". Mend: %s", finding->mend);
	}
	sf_json_object(json, NULL);
	sf_json_str(json, "ruleId", code_name(finding->rule, code, sizeof(code)));
	sf_json_int(json, "ruleIndex", rule_index(finding->rule));
	sf_json_str(json, "level", sf_lint_severity_name(finding->rule->severity));
	write_message(json, "message", sf_str_get(&text));
	sf_json_array(json, "locations");
	sf_json_object(json, NULL);
	sf_json_object(json, "physicalLocation");
	write_uri(json, finding->file);
	sf_json_object(json, "region");
	sf_json_int(json, "startLine", finding->line > 0 ? finding->line : 1);
	sf_json_int(json, "startColumn", utf16_column(finding));
	sf_json_end(json);
	sf_json_end(json);
	sf_json_end(json);
	sf_json_end(json);
	write_fingerprint(lint, index, prints, json);
	sf_json_end(json);
	sf_str_finish(&text);
}

void sf_lint_report_sarif(const struct sf_lint *lint, const char *version, struct sf_str *out)
{
	size_t n = sf_lint_count(lint);
	uint64_t *prints = sf_xcalloc(n > 0 ? n : 1, sizeof(*prints));
	struct sf_json *json = sf_json_create_object();
	for (size_t i = 0; i < n; i++) {
		prints[i] = fingerprint(sf_lint_at(lint, i));
	}
	sf_json_str(json, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
	sf_json_str(json, "version", "2.1.0");
	sf_json_array(json, "runs");
	sf_json_object(json, NULL);
	write_rules(json, version);
	sf_json_str(json, "columnKind", "utf16CodeUnits");
	sf_json_array(json, "results");
	for (size_t i = 0; i < n; i++) {
		write_result(lint, i, prints, json);
	}
	sf_json_end(json);
	sf_json_end(json);
	sf_json_end(json);
	sf_json_write(json, true, out);
	sf_json_destroy(json);
	free(prints);
}

void sf_lint_report_github(const struct sf_lint *lint, struct sf_str *out)
{
	static const char *const commands[] = {
		[SF_LINT_NOTE] = "notice",
		[SF_LINT_WARNING] = "warning",
		[SF_LINT_ERROR] = "error",
	};
	for (size_t i = 0; i < sf_lint_count(lint); i++) {
		const struct sf_lint_finding *finding = sf_lint_at(lint, i);
		sf_str_printf(out, "::%s file=", commands[finding->rule->severity]);
		sf_report_escape_github(finding->file, true, out);
		sf_str_printf(out, ",line=%u,col=%u,title=SF%d", finding->line, finding->column,
		              finding->rule->code);
		sf_str_append(out, "::");
		sf_report_escape_github(finding->message, false, out);
		if (*finding->mend != '\0') {
			sf_str_append(out, "%0Amend: ");
			sf_report_escape_github(finding->mend, false, out);
		}
		sf_str_append(out, "\n");
	}
}
