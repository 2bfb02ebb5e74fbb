/* gate_text: a comparison with a baseline, for people. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/report_gate.h>

#include "report_text.h"

#include <slicefit/str.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

/* So many improvements are named, the others counted. */
enum { NAMED_MAX = 5 };

static size_t unmet(const struct sf_replay_report *report)
{
	size_t n = 0;
	for (size_t i = 0; i < report->n_outcomes; i++) {
		n += !report->outcome[i].met;
	}
	return n;
}

size_t sf_findings_count(const struct sf_findings *findings)
{
	size_t n = findings->gate ? findings->gate->n_worse + findings->gate->n_failing_gaps : 0;
	for (size_t i = 0; i < findings->n; i++) {
		n += unmet(&findings->report[i]);
	}
	return n;
}

/* A figure with four decimals, or with all six where four would hide the change. */
static const char *figure(const struct sf_gate_item *item, double value, char out[SF_DURATION_MAX])
{
	bool fine = fabs(item->is - item->was) < 1e-3;
	return sf_report_decimals(value, fine ? 6 : 4, out);
}

void sf_gate_report_item(const struct sf_gate_item *item, struct sf_str *out)
{
	char was[SF_DURATION_MAX];
	char is[SF_DURATION_MAX];
	char by[SF_DURATION_MAX];
	char allowed[SF_DURATION_MAX];
	double change = item->is - item->was;
	sf_str_printf(out, "%s was %s, is %s: %s %s, allowed: %s", item->metric,
	              figure(item, item->was, was), figure(item, item->is, is),
	              figure(item, fabs(change), by), change < 0 ? "less" : "more",
	              sf_report_number(item->allowed, allowed));
}

/* Scenario, policy, metric, was, is, change. */
static void write_row(struct sf_table *table, const struct sf_gate_item *item)
{
	char text[SF_DURATION_MAX];
	char half[SF_DURATION_MAX];
	double change = item->is - item->was;
	sf_table_cell(table, "%s", item->scenario->name);
	sf_table_cell(table, "%s", item->policy);
	sf_table_cell(table, "%s", item->metric);
	sf_table_cell(table, "%s", figure(item, item->was, text));
	sf_table_cell(table, "%s", figure(item, item->is, text));
	const char *sign = change < 0 ? "-" : "+";
	figure(item, fabs(change), text);
	if (isfinite(item->half_95)) {
		sf_table_cell(table, "%s%s ± %s", sign, text, figure(item, item->half_95, half));
	} else {
		sf_table_cell(table, "%s%s", sign, text);
	}
}

static struct sf_table *open_table(void)
{
	struct sf_table *table = sf_table_create();
	sf_table_column(table, "scenario", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "policy", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "metric", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "was", NULL, SF_ALIGN_RIGHT);
	sf_table_column(table, "is", NULL, SF_ALIGN_RIGHT);
	sf_table_column(table, "change", NULL, SF_ALIGN_RIGHT);
	return table;
}

static void write_worse(const struct sf_gate *gate, enum sf_table_format format, struct sf_str *out)
{
	char text[SF_DURATION_MAX];
	struct sf_table *table = open_table();
	sf_table_column(table, "allowed", NULL, SF_ALIGN_RIGHT);
	for (size_t i = 0; i < gate->n_items; i++) {
		const struct sf_gate_item *item = &gate->item[i];
		if (item->state == SF_GATE_WORSE) {
			write_row(table, item);
			sf_table_cell(table, "%s", sf_report_number(item->allowed, text));
		}
	}
	sf_str_append(out, "\n");
	sf_table_write(table, format, out);
	sf_table_destroy(table);
}

/* "Better: mixed best-fit pods.placed 17 -> 18; ... and 3 more." Nothing when there is none. */
static void write_line(const struct sf_gate *gate, enum sf_gate_state state, const char *lead,
                       struct sf_str *out)
{
	size_t n = 0;
	for (size_t i = 0; i < gate->n_items; i++) {
		const struct sf_gate_item *item = &gate->item[i];
		char was[SF_DURATION_MAX];
		char is[SF_DURATION_MAX];
		if (item->state != state || n++ >= NAMED_MAX) {
			continue;
		}
		sf_str_printf(out, "%s%s %s %s %s -> %s", n == 1 ? lead : "; ",
		              item->scenario->name, item->policy, item->metric,
		              figure(item, item->was, was), figure(item, item->is, is));
	}
	if (n > NAMED_MAX) {
		sf_str_printf(out, "; and %zu more", n - NAMED_MAX);
	}
	sf_str_append(out, n > 0 ? ".\n" : "");
}

static void write_gaps(const struct sf_gate *gate, bool fails, const char *lead, struct sf_str *out)
{
	for (size_t i = 0; i < gate->n_gaps; i++) {
		if (gate->gap[i].fails == fails) {
			const struct sf_gate_gap *gap = &gate->gap[i];
			sf_str_printf(out, "%s%s%s%s\n", lead, gap->text, gap->mend ? ": " : "",
			              gap->mend ? gap->mend : "");
		}
	}
}

static void write_sum(const struct sf_findings *findings, struct sf_str *out)
{
	const struct sf_gate *gate = findings->gate;
	if (gate->n_judged == 0) {
		sf_str_printf(out, "Baseline %s: nothing was compared.\n", findings->baseline);
		return;
	}
	if (gate->n_worse == 0) {
		sf_str_printf(out, "Baseline %s: none of %zu figures is worse than allowed.\n",
		              findings->baseline, gate->n_judged);
		return;
	}
	sf_str_printf(out, "Baseline %s: %zu of %zu figures %s worse than allowed.\n",
	              findings->baseline, gate->n_worse, gate->n_judged,
	              gate->n_worse == 1 ? "is" : "are");
}

void sf_gate_report(const struct sf_findings *findings, enum sf_table_format format,
                    struct sf_str *out)
{
	static const struct {
		enum sf_gate_state state;
		const char *lead;
	} states[] = {
		{SF_GATE_BETTER, "Better"},
		{SF_GATE_ALLOWED, "Worse, as allowed"},
		{SF_GATE_CHANGED, "Other"},
	};
	const struct sf_gate *gate = findings->gate;
	const char *item = format == SF_TABLE_MARKDOWN ? "- " : "";
	write_sum(findings, out);
	if (gate->n_worse > 0) {
		write_worse(gate, format, out);
	}
	struct sf_str lines = {0};
	char lead[32];
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		snprintf(lead, sizeof(lead), "%s%s: ", item, states[i].lead);
		write_line(gate, states[i].state, lead, &lines);
	}
	snprintf(lead, sizeof(lead), "%sNot checked: ", item);
	write_gaps(gate, true, lead, &lines);
	snprintf(lead, sizeof(lead), "%sNote: ", item);
	write_gaps(gate, false, lead, &lines);
	if (lines.len > 0) {
		sf_str_printf(out, "\n%s", lines.text);
	}
	sf_str_finish(&lines);
}

void sf_gate_report_update(const struct sf_findings *findings, struct sf_str *out)
{
	const struct sf_gate *gate = findings->gate;
	struct sf_table *table = open_table();
	static const char *const words[] = {
		[SF_GATE_BETTER] = "better",
		[SF_GATE_ALLOWED] = "worse",
		[SF_GATE_WORSE] = "worse",
		[SF_GATE_CHANGED] = "",
	};
	static const char *const kinds[] = {
		[SF_GAP_NEW] = "Added",
		[SF_GAP_GONE] = "Removed",
		[SF_GAP_OTHER] = "Replaced",
	};
	size_t n = 0;
	sf_table_column(table, "verdict", NULL, SF_ALIGN_LEFT);
	for (size_t i = 0; i < gate->n_items; i++) {
		if (gate->item[i].state != SF_GATE_SAME) {
			write_row(table, &gate->item[i]);
			sf_table_cell(table, "%s", words[gate->item[i].state]);
			n++;
		}
	}
	sf_str_printf(out, "Baseline %s: %zu of %zu figures change.\n", findings->baseline, n,
	              gate->n_items);
	if (n > 0) {
		sf_str_append(out, "\n");
		sf_table_write(table, SF_TABLE_TEXT, out);
	}
	sf_table_destroy(table);
	for (size_t i = 0; i < gate->n_gaps; i++) {
		sf_str_printf(out, "%s: %s\n", kinds[gate->gap[i].kind], gate->gap[i].text);
	}
}
