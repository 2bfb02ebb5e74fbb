/* gate_junit: findings as JUnit XML, which CI systems show as tests. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/report_gate.h>

#include "report_text.h"

#include <slicefit/str.h>

/* Text for XML 1.0 (https://www.w3.org/TR/xml/#charsets): control characters it cannot carry become
 * '?'. */
static void write_xml(const char *text, struct sf_str *out)
{
	for (const char *p = text; *p; p++) {
		unsigned char c = (unsigned char)*p;
		if (c == '&') {
			sf_str_append(out, "&amp;");
		} else if (c == '<') {
			sf_str_append(out, "&lt;");
		} else if (c == '>') {
			sf_str_append(out, "&gt;");
		} else if (c == '"') {
			sf_str_append(out, "&quot;");
		} else if (c == '\n') {
			sf_str_append(out, "&#10;");
		} else {
			sf_str_append_n(out, c < ' ' && c != '\t' ? "?" : p, 1);
		}
	}
}

/* The cases of one suite, and how many of them failed. */
struct suite {
	struct sf_str cases;
	size_t n, failures;
};

/* One case; `why` NULL: passed. */
static void add_case(struct suite *suite, const char *scenario, const char *policy,
                     const char *name, const char *why)
{
	struct sf_str *out = &suite->cases;
	suite->n++;
	sf_str_append(out, "    <testcase classname=\"");
	write_xml(scenario, out);
	if (policy) {
		sf_str_append(out, ".");
		write_xml(policy, out);
	}
	sf_str_append(out, "\" name=\"");
	write_xml(name, out);
	if (!why) {
		sf_str_append(out, "\"/>\n");
		return;
	}
	suite->failures++;
	sf_str_append(out, "\">\n      <failure message=\"");
	write_xml(why, out);
	sf_str_append(out, "\"/>\n    </testcase>\n");
}

static void add_outcome(struct suite *suite, const struct sf_replay_report *report,
                        const struct sf_expect_outcome *outcome)
{
	const struct sf_expect *expect = outcome->expect;
	char value[SF_DURATION_MAX];
	struct sf_str name = {0};
	struct sf_str why = {0};
	sf_str_printf(
		&name, "expect %s %s %s", expect->metric,
		expect->op == SF_EXPECT_MIN ? ">=" : "<=", sf_report_number(expect->value, value));
	sf_replay_report_unmet(report, outcome, &why);
	why.text[why.len - 1] = '\0'; /* the newline */
	add_case(suite, report->scenario->name, outcome->policy, sf_str_get(&name),
	         outcome->met ? NULL : sf_str_get(&why));
	sf_str_finish(&name);
	sf_str_finish(&why);
}

static void add_item(struct suite *suite, const struct sf_gate_item *item)
{
	struct sf_str name = {0};
	struct sf_str why = {0};
	sf_str_printf(&name, "baseline %s", item->metric);
	sf_gate_report_item(item, &why);
	add_case(suite, item->scenario->name, item->policy, sf_str_get(&name),
	         item->state == SF_GATE_WORSE ? sf_str_get(&why) : NULL);
	sf_str_finish(&name);
	sf_str_finish(&why);
}

static void add_gap(struct suite *suite, const struct sf_gate_gap *gap)
{
	struct sf_str why = {0};
	sf_str_printf(&why, "%s: %s", gap->text, gap->mend);
	add_case(suite, gap->scenario->name, NULL, "baseline", sf_str_get(&why));
	sf_str_finish(&why);
}

static void collect(const struct sf_findings *findings, const struct sf_replay_report *report,
                    struct suite *suite)
{
	const struct sf_gate *gate = findings->gate;
	for (size_t i = 0; i < report->n_outcomes; i++) {
		add_outcome(suite, report, &report->outcome[i]);
	}
	for (size_t i = 0; gate && i < gate->n_items; i++) {
		const struct sf_gate_item *item = &gate->item[i];
		if (item->scenario == report->scenario && item->judged) {
			add_item(suite, item);
		}
	}
	for (size_t i = 0; gate && i < gate->n_gaps; i++) {
		if (gate->gap[i].scenario == report->scenario && gate->gap[i].fails) {
			add_gap(suite, &gate->gap[i]);
		}
	}
}

void sf_gate_report_junit(const struct sf_findings *findings, struct sf_str *out)
{
	struct sf_str suites = {0};
	size_t cases = 0;
	size_t failures = 0;
	for (size_t i = 0; i < findings->n; i++) {
		const struct sf_replay_report *report = &findings->report[i];
		struct suite suite = {.n = 0};
		collect(findings, report, &suite);
		sf_str_append(&suites, "  <testsuite name=\"");
		write_xml(report->scenario->name, &suites);
		sf_str_append(&suites, "\" file=\"");
		write_xml(report->scenario->path, &suites);
		sf_str_printf(&suites, "\" tests=\"%zu\" failures=\"%zu\">\n", suite.n,
		              suite.failures);
		sf_str_append(&suites, sf_str_get(&suite.cases));
		sf_str_append(&suites, "  </testsuite>\n");
		cases += suite.n;
		failures += suite.failures;
		sf_str_finish(&suite.cases);
	}
	sf_str_printf(out,
	              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	              "<testsuites name=\"slicefit replay\" tests=\"%zu\" failures=\"%zu\">\n"
	              "%s</testsuites>\n",
	              cases, failures, sf_str_get(&suites));
	sf_str_finish(&suites);
}
