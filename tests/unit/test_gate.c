/* Tests of gate: each state by hand, tolerances in their order, and what cannot be compared. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/gate.h>

#include <slicefit/error.h>
#include <slicefit/report_gate.h>
#include <slicefit/str.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

TestSuite(gate, .timeout = 20);

static struct sf_scenario scenario = {.name = "s", .path = "s.yaml"};

static struct sf_baseline read_baseline(const char *text)
{
	struct sf_baseline out = {0};
	struct sf_error err = {0};
	cr_assert(eq(int, sf_baseline_parse(text, strlen(text), "b.json", &out, &err), 0), "%s",
	          err.text);
	return out;
}

static const struct sf_gate_item *item_of(const struct sf_gate *gate, const char *metric)
{
	for (size_t i = 0; i < gate->n_items; i++) {
		if (strcmp(gate->item[i].metric, metric) == 0) {
			return &gate->item[i];
		}
	}
	return NULL;
}

#define BASE(runs)                                                                                 \
	"{\"schema\": \"slicefit.replay/1\", \"scenario\": \"s\", \"policies\": [" runs "]}"
#define RUN(seed, members) "{\"policy\": \"p\", \"seed\": " #seed ", " members "}"

static const struct {
	const char *name, *base, *metric;
	double is;
	const char *own, *extra; /* tolerances of the metric: scenario, command line */
	enum sf_gate_state state;
	double allowed;
} rows[] = {
	{"same", "\"pods\": {\"placed\": 20}", "pods.placed", 20, NULL, NULL, SF_GATE_SAME, 0},
	{"fewer placed", "\"pods\": {\"placed\": 20}", "pods.placed", 19, NULL, NULL, SF_GATE_WORSE,
         0},
	{"more placed", "\"pods\": {\"placed\": 20}", "pods.placed", 21, NULL, NULL, SF_GATE_BETTER,
         0},
	{"more waiting", "\"pods\": {\"waiting\": 1}", "pods.waiting", 2, NULL, NULL, SF_GATE_WORSE,
         0},
	{"less waiting", "\"pods\": {\"waiting\": 1}", "pods.waiting", 0, NULL, NULL,
         SF_GATE_BETTER, 0},
	{"just allowed", "\"pods\": {\"placed\": 20}", "pods.placed", 18, "2", NULL,
         SF_GATE_ALLOWED, 2},
	{"just too much", "\"pods\": {\"placed\": 20}", "pods.placed", 17, "2", NULL, SF_GATE_WORSE,
         2},
	{"a share", "\"pods\": {\"placed\": 20}", "pods.placed", 19, "5%", NULL, SF_GATE_ALLOWED,
         1},
	{"the larger of both", "\"pods\": {\"placed\": 20}", "pods.placed", 17, "3,5%", NULL,
         SF_GATE_ALLOWED, 3},
	{"the command line has the last word", "\"pods\": {\"placed\": 20}", "pods.placed", 17, "3",
         "1", SF_GATE_WORSE, 1},
	{"any", "\"pods\": {\"placed\": 20}", "pods.placed", 0, NULL, "any", SF_GATE_ALLOWED,
         (double)INFINITY},
	{"better needs no tolerance", "\"pods\": {\"placed\": 20}", "pods.placed", 40, "1", NULL,
         SF_GATE_BETTER, 1},
	{"rounding of the file", "\"gpu\": {\"allocated_pct\": 33.333333}", "gpu.allocated_pct",
         100.0 / 3 - 4e-7, NULL, NULL, SF_GATE_SAME, 0},
	{"beyond rounding", "\"gpu\": {\"allocated_pct\": 33.333333}", "gpu.allocated_pct",
         33.33333, NULL, NULL, SF_GATE_WORSE, 0},
	{"no direction", "\"gpu\": {\"total\": 8}", "gpu.total", 7, NULL, NULL, SF_GATE_CHANGED, 0},
};

static void set_metric(struct sf_replay_result *result, const char *metric, double is)
{
	if (strcmp(metric, "pods.placed") == 0) {
		result->placed = (uint32_t)is;
	} else if (strcmp(metric, "pods.waiting") == 0) {
		result->waiting = (uint32_t)is;
	} else if (strcmp(metric, "gpu.total") == 0) {
		result->gpus = (int64_t)is;
	} else {
		result->allocated_pct = is;
	}
}

Test(gate, states_and_tolerances)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sf_str text = {0};
		sf_str_printf(&text, BASE(RUN(1, "%s")), rows[i].base);
		struct sf_baseline baseline = read_baseline(text.text);
		struct sf_replay_result result = {.policy = "p", .seed = 1};
		struct sf_tolerance own[] = {{.metric = "*", .any = true},
		                             {.metric = rows[i].metric}};
		struct sf_tolerance extra = {.metric = rows[i].metric};
		set_metric(&result, rows[i].metric, rows[i].is);
		scenario.tolerance = own;
		scenario.n_tolerances = 2;
		if (rows[i].own) {
			cr_assert(eq(int, sf_tolerance_parse(rows[i].own, &own[1], NULL), 0));
		}
		if (rows[i].extra) {
			cr_assert(eq(int, sf_tolerance_parse(rows[i].extra, &extra, NULL), 0));
		}
		struct sf_trial trial = {&scenario, 1, 1, &result};
		struct sf_gate gate = {0};
		sf_gate_check(&baseline, &trial, 1, &extra, rows[i].extra ? 1 : 0, &gate);
		const struct sf_gate_item *item = item_of(&gate, rows[i].metric);
		cr_assert(item != NULL, "%s", rows[i].name);
		cr_expect(eq(int, item->state, rows[i].state), "%s", rows[i].name);
		cr_expect(isinf(rows[i].allowed) ? isinf(item->allowed)
		                                 : fabs(item->allowed - rows[i].allowed) < 1e-9,
		          "%s", rows[i].name);
		cr_expect(eq(sz, gate.n_worse, rows[i].state == SF_GATE_WORSE), "%s", rows[i].name);
		cr_expect(eq(sz, gate.n_failing_gaps, 0), "%s", rows[i].name);
		sf_gate_finish(&gate);
		sf_baseline_finish(&baseline);
		sf_str_finish(&text);
	}
	scenario.n_tolerances = 0;
}

Test(gate, several_seeds_are_compared_by_their_means)
{
	struct sf_baseline baseline = read_baseline(BASE(
		RUN(1, "\"pods\": {\"placed\": 10}") ", " RUN(2, "\"pods\": {\"placed\": 20}")));
	struct sf_replay_result result[] = {{.policy = "p", .seed = 2, .placed = 19},
	                                    {.policy = "p", .seed = 1, .placed = 10}};
	struct sf_trial trial = {&scenario, 1, 2, result};
	struct sf_gate gate = {0};
	sf_gate_check(&baseline, &trial, 1, NULL, 0, &gate);
	const struct sf_gate_item *item = item_of(&gate, "pods.placed");
	cr_assert(item != NULL);
	cr_expect(eq(dbl, item->was, 15));
	cr_expect(eq(dbl, item->is, 14.5));
	cr_expect(eq(int, item->state, SF_GATE_WORSE));
	cr_expect(epsilon_eq(dbl, item->half_95, 12.7062047 / 2, 1e-6));
	sf_gate_finish(&gate);
	sf_baseline_finish(&baseline);
}

static const struct {
	const char *base;
	bool fails;
	enum sf_gap_kind kind;
	const char *text, *mend;
} gaps[] = {
	{"{\"schema\": \"slicefit.replay/1\", \"scenarios\": []}", true, SF_GAP_NEW,
         "s is not in the baseline", "add it with --update-baseline"},
	{BASE(""), true, SF_GAP_NEW, "s: policy p is not in the baseline",
         "add it with --update-baseline"},
	{BASE(RUN(2, "\"x\": 1") ", " RUN(3, "\"x\": 1")), true, SF_GAP_OTHER,
         "s: policy p: the baseline has other seeds", "replay with --seeds 2..3"},
	{BASE(RUN(1, "\"x\": 1") ", " RUN(2, "\"x\": 1")), true, SF_GAP_OTHER,
         "s: policy p: the baseline has other seeds", "replay with --seeds 1..2"},
	{"{\"schema\": \"slicefit.replay/1\", \"scenario\": \"s\", \"formulas\": {\"wait\": "
         "\"old/0\"}, \"policies\": [" RUN(1, "\"x\": 1") "]}",
         true, SF_GAP_OTHER,
         "s: formula of wait: old/0 in the baseline, nearest-rank-of-placed-pods/1 here",
         "replace it with --update-baseline"},
	{BASE(RUN(1, "\"pods\": {\"placed\": 0}")), false, SF_GAP_NEW,
         "s: policy p: not in the baseline: pods.arrived, pods.rejected", ""},
	{BASE(RUN(1, "\"x\": 1") ", {\"policy\": \"q\", \"seed\": 1}"), false, SF_GAP_GONE,
         "s: policy q of the baseline was not replayed", ""},
	{"{\"schema\": \"slicefit.replay/1\", \"scenarios\": [{\"scenario\": \"t\", \"policies\": "
         "[]}]}",
         false, SF_GAP_GONE, "t of the baseline was not replayed", ""},
};

Test(gate, what_cannot_be_compared_is_told)
{
	for (size_t i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++) {
		struct sf_baseline baseline = read_baseline(gaps[i].base);
		struct sf_replay_result result = {.policy = "p", .seed = 1};
		struct sf_trial trial = {&scenario, 1, 1, &result};
		struct sf_gate gate = {0};
		sf_gate_check(&baseline, &trial, 1, NULL, 0, &gate);
		bool found = false;
		for (size_t k = 0; k < gate.n_gaps; k++) {
			const struct sf_gate_gap *gap = &gate.gap[k];
			if (strncmp(gap->text, gaps[i].text, strlen(gaps[i].text)) == 0) {
				found = true;
				cr_expect(eq(int, gap->fails, gaps[i].fails));
				cr_expect(eq(int, gap->kind, gaps[i].kind));
				const char *mend = gap->mend ? gap->mend : "";
				cr_expect(eq(str, (char *)mend, (char *)gaps[i].mend));
			}
		}
		cr_expect(found, "%s", gaps[i].text);
		cr_expect(gaps[i].fails ? gate.n_failing_gaps == 1 : true, "%s", gaps[i].text);
		sf_gate_finish(&gate);
		sf_baseline_finish(&baseline);
	}
}

Test(gate, tolerances_name_metrics)
{
	struct sf_tolerance list[] = {{.metric = "pods.*"}, {.metric = "gpu.alocated_pct"}};
	struct sf_error err = {0};
	size_t bad = 9;
	cr_expect(eq(int, sf_gate_validate(list, 1, &bad, &err), 0));
	cr_expect(eq(int, sf_gate_validate(list, 2, &bad, &err), -1));
	cr_expect(eq(sz, bad, 1));
	cr_expect(strstr(err.text, "unknown metric 'gpu.alocated_pct', did you mean "
	                           "'gpu.allocated_pct'?") != NULL,
	          "%s", err.text);
}

/* Names that mean something to XML and to GitHub. */
Test(gate, reports_escape)
{
	struct sf_scenario odd = {.name = "a<b>&\"c\"\x01", .path = "x,y:z%.yaml"};
	struct sf_baseline baseline =
		read_baseline("{\"schema\": \"slicefit.replay/1\", \"scenario\": \"o\", "
	                      "\"policies\": []}");
	struct sf_replay_result result = {.policy = "p", .seed = 1};
	struct sf_trial trial = {&odd, 1, 1, &result};
	struct sf_replay_report report = {.scenario = &odd, .n = 1, .result = &result};
	struct sf_gate gate = {0};
	struct sf_str text = {0};
	sf_gate_check(&baseline, &trial, 1, NULL, 0, &gate);
	struct sf_findings findings = {1, &report, &gate, "b.json"};
	cr_expect(eq(sz, sf_findings_count(&findings), 1));
	sf_gate_report_junit(&findings, &text);
	cr_expect(strstr(text.text, "<testsuite name=\"a&lt;b&gt;&amp;&quot;c&quot;?\" "
	                            "file=\"x,y:z%.yaml\" tests=\"1\" failures=\"1\">") != NULL,
	          "%s", text.text);
	sf_str_finish(&text);
	sf_gate_report_github(&findings, &text);
	cr_expect(strstr(text.text, "::error file=x%2Cy%3Az%25.yaml,line=1,title=not compared "
	                            "with the baseline::a<b>&\"c\"") == text.text,
	          "%s", text.text);
	sf_str_finish(&text);
	sf_gate_finish(&gate);
	sf_baseline_finish(&baseline);
}
