/* gate_github: findings as workflow commands and as a comment for GitHub. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/report_gate.h>

#include "report_text.h"

#include <slicefit/str.h>

#include <string.h>

static void write_command(const struct sf_scenario *scenario, uint32_t line, const char *title,
                          const char *message, struct sf_str *out)
{
	sf_str_append(out, "::error file=");
	sf_report_escape_github(scenario->path, true, out);
	sf_str_printf(out, ",line=%u,title=", line > 0 ? line : 1);
	sf_report_escape_github(title, true, out);
	sf_str_append(out, "::");
	sf_report_escape_github(message, false, out);
	sf_str_append(out, "\n");
}

/* Where the scenario names the policy, else its first line. */
static uint32_t policy_line(const struct sf_scenario *scenario, const char *policy)
{
	for (size_t i = 0; i < scenario->n_policies; i++) {
		if (strcmp(scenario->policy[i], policy) == 0) {
			return scenario->policy_line[i];
		}
	}
	return 1;
}

/* Without the place in front, which the command has itself. */
static void write_outcome(const struct sf_replay_report *report,
                          const struct sf_expect_outcome *outcome, struct sf_str *out)
{
	struct sf_str text = {0};
	sf_replay_report_unmet(report, outcome, &text);
	text.text[text.len - 1] = '\0';
	const char *at = strstr(text.text, ": expected");
	write_command(report->scenario, outcome->expect->line, "expectation not met",
	              at ? at + 2 : text.text, out);
	sf_str_finish(&text);
}

static void write_item(const struct sf_gate_item *item, struct sf_str *out)
{
	struct sf_str text = {0};
	sf_str_printf(&text, "policy %s: ", item->policy);
	sf_gate_report_item(item, &text);
	write_command(item->scenario, policy_line(item->scenario, item->policy),
	              "worse than the baseline", sf_str_get(&text), out);
	sf_str_finish(&text);
}

void sf_gate_report_github(const struct sf_findings *findings, struct sf_str *out)
{
	const struct sf_gate *gate = findings->gate;
	for (size_t i = 0; i < findings->n; i++) {
		const struct sf_replay_report *report = &findings->report[i];
		for (size_t k = 0; k < report->n_outcomes; k++) {
			if (!report->outcome[k].met) {
				write_outcome(report, &report->outcome[k], out);
			}
		}
	}
	for (size_t i = 0; gate && i < gate->n_items; i++) {
		if (gate->item[i].state == SF_GATE_WORSE) {
			write_item(&gate->item[i], out);
		}
	}
	for (size_t i = 0; gate && i < gate->n_gaps; i++) {
		const struct sf_gate_gap *gap = &gate->gap[i];
		if (gap->fails) {
			struct sf_str text = {0};
			sf_str_printf(&text, "%s: %s", gap->text, gap->mend);
			write_command(gap->scenario, 1, "not compared with the baseline",
			              sf_str_get(&text), out);
			sf_str_finish(&text);
		}
	}
}

void sf_gate_report_comment(const struct sf_findings *findings, struct sf_str *out)
{
	size_t n = sf_findings_count(findings);
	sf_str_printf(out,
	              n > 0 ? "### slicefit replay: %zu finding%s\n\n"
	                    : "### slicefit replay: no findings\n\n",
	              n, sf_report_plural(n));
	struct sf_str text = {0};
	for (size_t i = 0; i < findings->n; i++) {
		const struct sf_replay_report *report = &findings->report[i];
		for (size_t k = 0; k < report->n_outcomes; k++) {
			if (!report->outcome[k].met) {
				sf_str_append(&text, "- ");
				sf_replay_report_unmet(report, &report->outcome[k], &text);
			}
		}
	}
	if (text.len > 0) {
		sf_str_printf(out, "%s\n", text.text);
	}
	sf_str_finish(&text);
	if (findings->gate) {
		sf_gate_report(findings, SF_TABLE_MARKDOWN, out);
		sf_str_append(out, "\n");
	}
	sf_str_append(out, "<details><summary>Results</summary>\n\n");
	for (size_t i = 0; i < findings->n; i++) {
		sf_replay_report_markdown(&findings->report[i], false, out);
		sf_str_append(out, "\n");
	}
	sf_str_append(out, "</details>\n");
}
