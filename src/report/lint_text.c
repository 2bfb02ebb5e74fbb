/* lint_text: what `slicefit lint` found, for people. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/report_lint.h>

#include "report_text.h"

#include <slicefit/lint.h>
#include <slicefit/str.h>

#include <string.h>

static const char *paint(bool colour, enum sf_lint_severity severity)
{
	static const char *const codes[] = {
		[SF_LINT_NOTE] = "\033[1;36m",
		[SF_LINT_WARNING] = "\033[1;33m",
		[SF_LINT_ERROR] = "\033[1;31m",
	};
	return colour ? codes[severity] : "";
}

/* The line of the file, and a caret below the place. */
static void write_excerpt(const struct sf_lint_finding *finding, struct sf_str *out)
{
	const char *text = finding->excerpt;
	if (text == NULL || *text == '\0') {
		return;
	}
	size_t before = finding->column > 0 ? finding->column - 1 : 0;
	sf_str_append(out, "    ");
	for (const char *p = text; *p != '\0'; p++) {
		bool control = (unsigned char)*p < 0x20 && *p != '\t';
		sf_str_append_n(out, control ? " " : p, 1);
	}
	if (before >= strlen(text)) {
		sf_str_append(out, "\n");
		return;
	}
	sf_str_append(out, "\n    ");
	for (size_t i = 0; i < before; i++) {
		/* A byte that continues a character takes no room. */
		bool continues = ((unsigned char)text[i] & 0xc0) == 0x80;
		sf_str_append(out, text[i] == '\t' ? "\t" : continues ? "" : " ");
	}
	sf_str_append(out, "^\n");
}

static void write_finding(const struct sf_lint_finding *finding, bool colour, struct sf_str *out)
{
	const struct sf_lint_rule *rule = finding->rule;
	sf_str_printf(out, "%s%s:%u:%u:%s %s%s SF%d:%s %s\n", colour ? "\033[1m" : "",
	              finding->file, finding->line, finding->column, colour ? "\033[0m" : "",
	              paint(colour, rule->severity), sf_lint_severity_name(rule->severity),
	              rule->code, colour ? "\033[0m" : "", finding->message);
	write_excerpt(finding, out);
	if (*finding->mend != '\0') {
		sf_str_printf(out, "    mend: %s\n", finding->mend);
	}
}

void sf_lint_report_text(const struct sf_lint *lint, bool colour, struct sf_str *out)
{
	for (size_t i = 0; i < sf_lint_count(lint); i++) {
		write_finding(sf_lint_at(lint, i), colour, out);
	}
	size_t errors = sf_lint_count_of(lint, SF_LINT_ERROR);
	size_t warnings = sf_lint_count_of(lint, SF_LINT_WARNING);
	size_t notes = sf_lint_count_of(lint, SF_LINT_NOTE);
	if (sf_lint_more(lint) > 0) {
		sf_str_printf(out, "and %zu more\n", sf_lint_more(lint));
	}
	sf_str_printf(out, "%zu file%s: %zu error%s, %zu warning%s, %zu note%s\n",
	              sf_lint_files(lint), sf_report_plural(sf_lint_files(lint)), errors,
	              sf_report_plural(errors), warnings, sf_report_plural(warnings), notes,
	              sf_report_plural(notes));
}

void sf_lint_report_rule(const struct sf_lint_rule *rule, struct sf_str *out)
{
	sf_str_printf(out, "SF%d: %s (%s)\n\n%s\n\nMend: %s\n\nSource: %s\n", rule->code,
	              rule->title, sf_lint_severity_name(rule->severity), rule->text, rule->mend,
	              rule->source);
}

void sf_lint_report_rules(struct sf_str *out)
{
	sf_str_append(out, "| code | severity | what |\n|---|---|---|\n");
	for (const struct sf_lint_rule *rule = sf_lint_rules; rule->code != 0; rule++) {
		sf_str_printf(out, "| SF%d | %s | %s |\n", rule->code,
		              sf_lint_severity_name(rule->severity), rule->title);
	}
}
