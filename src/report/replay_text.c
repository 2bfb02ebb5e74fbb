/* replay_text: the results of a replay for people: a table and what it says. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/report_replay.h>

#include <slicefit/str.h>
#include <slicefit/table.h>

#include <stdio.h>
#include <string.h>

enum { DURATION_MAX = 32 };

/* "0 s", "2.5 s", "45 s", "12m30s", "3h05m", "2d04h". */
static const char *duration(double s, char out[DURATION_MAX])
{
	long long whole = (long long)(s + 0.5);
	if (s < 10) {
		snprintf(out, DURATION_MAX, s > 0 ? "%.1f s" : "%.0f s", s);
	} else if (whole < 60) {
		snprintf(out, DURATION_MAX, "%lld s", whole);
	} else if (whole < 3600) {
		snprintf(out, DURATION_MAX, "%lldm%02llds", whole / 60, whole % 60);
	} else if (whole < 24 * 3600LL) {
		snprintf(out, DURATION_MAX, "%lldh%02lldm", whole / 3600, whole / 60 % 60);
	} else {
		snprintf(out, DURATION_MAX, "%lldd%02lldh", whole / 86400, whole / 3600 % 24);
	}
	return out;
}

/* Pods placed as they asked. */
static uint32_t placed_well(const struct sf_replay_result *result)
{
	return result->placed - result->misplaced;
}

static long long tenths(double value)
{
	return (long long)(value * 10 + 0.5);
}

/* The highest priority below `below` that a workload has; false when there is none. */
static bool next_priority(const struct sf_scenario *scenario, int64_t below, int64_t *out)
{
	bool found = false;
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		int64_t priority = scenario->workload[i].priority;
		if (priority < below && (!found || priority > *out)) {
			*out = priority;
			found = true;
		}
	}
	return found;
}

static int64_t placed_at(const struct sf_scenario *scenario, const struct sf_replay_result *result,
                         int64_t priority)
{
	int64_t placed = 0;
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		if (scenario->workload[i].priority == priority) {
			placed += result->workload[i].placed;
			placed -= result->workload[i].misplaced;
		}
	}
	return placed;
}

/* > 0 when `a` is better. */
static int compare(const struct sf_scenario *scenario, const struct sf_replay_result *a,
                   const struct sf_replay_result *b)
{
	int64_t priority = INT64_MAX;
	while (next_priority(scenario, priority, &priority)) {
		int64_t placed =
			placed_at(scenario, a, priority) - placed_at(scenario, b, priority);
		if (placed != 0) {
			return placed > 0 ? 1 : -1;
		}
	}
	/* As printed, with one decimal: less is no difference worth telling. */
	long long allocated = tenths(a->allocated_pct) - tenths(b->allocated_pct);
	if (allocated != 0) {
		return allocated > 0 ? 1 : -1;
	}
	long long wait = tenths(a->wait_mean_s) - tenths(b->wait_mean_s);
	return (wait < 0) - (wait > 0);
}

static bool is_kube(const struct sf_replay_result *result)
{
	return strcmp(result->policy, "kube-default") == 0;
}

/* Among equals: kube-default, so that nothing is claimed over it, unless it overlooked something. */
static bool goes_first(const struct sf_replay_result *a, const struct sf_replay_result *b)
{
	return (is_kube(a) && a->gpu_memory_unchecked == 0) ||
	       (is_kube(b) && b->gpu_memory_unchecked > 0);
}

size_t sf_replay_report_best(const struct sf_replay_report *report)
{
	size_t best = 0;
	for (size_t i = 1; i < report->n; i++) {
		const struct sf_replay_result *challenger = &report->result[i];
		int order = compare(report->scenario, challenger, &report->result[best]);
		if (order > 0 || (order == 0 && goes_first(challenger, &report->result[best]))) {
			best = i;
		}
	}
	return best;
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static void write_title(const struct sf_replay_report *report, struct sf_str *out)
{
	const struct sf_scenario *scenario = report->scenario;
	uint64_t nodes = 0;
	uint64_t gpus = 0;
	uint64_t pods = 0;
	for (size_t i = 0; i < scenario->n_pools; i++) {
		nodes += scenario->pool[i].count;
		gpus += (uint64_t)scenario->pool[i].count * scenario->pool[i].node.n_gpus;
	}
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		pods += scenario->workload[i].count;
	}
	char over[DURATION_MAX];
	sf_str_printf(out, "%s: %llu node%s, %llu GPU%s, %llu pod%s over %s, seed %llu\n\n",
	              scenario->name, (unsigned long long)nodes, plural(nodes),
	              (unsigned long long)gpus, plural(gpus), (unsigned long long)pods,
	              plural(pods), duration(report->n ? report->result[0].horizon_s : 0, over),
	              (unsigned long long)(report->n ? report->result[0].seed : scenario->seed));
}

static bool any(const struct sf_replay_report *report, const char *path)
{
	for (size_t i = 0; i < report->n; i++) {
		double value = 0;
		if (sf_replay_metric(&report->result[i], path, &value) && value > 0) {
			return true;
		}
	}
	return false;
}

static void write_policies(const struct sf_replay_report *report, enum sf_table_format format,
                           struct sf_str *out)
{
	static const char *const titles[] = {"placed",   "rejected", "waiting",    "alloc %",
	                                     "end %",    "frag %",   "stranded %", "active GPUs",
	                                     "wait p50", "p95",      "max"};
	struct sf_table *table = sf_table_create();
	bool misplaced = any(report, "pods.misplaced");
	bool unchecked = any(report, "pods.gpu_memory_unchecked");
	sf_table_column(table, "policy", NULL, SF_ALIGN_LEFT);
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
		sf_table_column(table, titles[i], NULL, SF_ALIGN_RIGHT);
	}
	if (misplaced) {
		sf_table_column(table, "misplaced", NULL, SF_ALIGN_RIGHT);
	}
	if (unchecked) {
		sf_table_column(table, "memory unchecked", NULL, SF_ALIGN_RIGHT);
	}
	for (size_t i = 0; i < report->n; i++) {
		const struct sf_replay_result *r = &report->result[i];
		char text[DURATION_MAX];
		sf_table_cell(table, "%s", r->policy);
		sf_table_cell(table, "%u", r->placed);
		sf_table_cell(table, "%u", r->rejected);
		sf_table_cell(table, "%u", r->waiting);
		sf_table_cell(table, "%.1f", r->allocated_pct);
		sf_table_cell(table, "%.1f", r->allocated_end_pct);
		sf_table_cell(table, "%.1f", r->fragmentation_pct);
		sf_table_cell(table, "%.1f", r->stranded_pct);
		sf_table_cell(table, "%.1f", r->gpus_active_mean);
		sf_table_cell(table, "%s", duration(r->wait_p50_s, text));
		sf_table_cell(table, "%s", duration(r->wait_p95_s, text));
		sf_table_cell(table, "%s", duration(r->wait_max_s, text));
		if (misplaced) {
			sf_table_cell(table, "%u", r->misplaced);
		}
		if (unchecked) {
			sf_table_cell(table, "%u", r->gpu_memory_unchecked);
		}
	}
	sf_table_write(table, format, out);
	sf_table_destroy(table);
}

static void write_workloads(const struct sf_replay_report *report, enum sf_table_format format,
                            struct sf_str *out)
{
	struct sf_table *table = sf_table_create();
	static const char *const titles[] = {"arrived",  "placed", "rejected", "waiting",
	                                     "wait p50", "p95",    "max"};
	sf_table_column(table, "workload", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "policy", NULL, SF_ALIGN_LEFT);
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
		sf_table_column(table, titles[i], NULL, SF_ALIGN_RIGHT);
	}
	for (size_t w = 0; w < report->scenario->n_workloads; w++) {
		for (size_t i = 0; i < report->n; i++) {
			const struct sf_replay_workload *r = &report->result[i].workload[w];
			char text[DURATION_MAX];
			sf_table_cell(table, "%s", report->scenario->workload[w].name);
			sf_table_cell(table, "%s", report->result[i].policy);
			sf_table_cell(table, "%u", r->arrived);
			sf_table_cell(table, "%u", r->placed);
			sf_table_cell(table, "%u", r->rejected);
			sf_table_cell(table, "%u", r->waiting);
			sf_table_cell(table, "%s", duration(r->wait_p50_s, text));
			sf_table_cell(table, "%s", duration(r->wait_p95_s, text));
			sf_table_cell(table, "%s", duration(r->wait_max_s, text));
		}
	}
	sf_str_append(out, "\n");
	sf_table_write(table, format, out);
	sf_table_destroy(table);
}

static const struct sf_replay_result *find_kube(const struct sf_replay_report *report)
{
	for (size_t i = 0; i < report->n; i++) {
		if (is_kube(&report->result[i])) {
			return &report->result[i];
		}
	}
	return NULL;
}

static bool has_priorities(const struct sf_scenario *scenario)
{
	int64_t highest;
	int64_t other;
	return next_priority(scenario, INT64_MAX, &highest) &&
	       next_priority(scenario, highest, &other);
}

/* "best-fit does best: 20 of 24 pods placed as asked (kube-default: 17), ..." */
static void write_verdict(const struct sf_replay_report *report, struct sf_str *out)
{
	const struct sf_replay_result *best = &report->result[sf_replay_report_best(report)];
	const struct sf_replay_result *kube = find_kube(report);
	char wait[DURATION_MAX];
	char other[DURATION_MAX];
	if (best == kube && report->n > 1) {
		sf_str_printf(out, "No policy does better than kube-default here: ");
	} else {
		const char *by = has_priorities(report->scenario) ? " by priority" : "";
		sf_str_append(out, best->policy);
		if (report->n > 1) {
			sf_str_printf(out, " does best%s", by);
		}
		sf_str_append(out, ": ");
	}
	sf_str_printf(out, "%u of %u pod%s placed as asked", placed_well(best), best->arrived,
	              plural(best->arrived));
	if (!kube || kube == best) {
		sf_str_printf(out, ", %.1f %% of GPU capacity allocated, mean wait %s.\n",
		              best->allocated_pct, duration(best->wait_mean_s, wait));
		return;
	}
	sf_str_printf(out,
	              " (kube-default: %u), %.1f %% of GPU capacity allocated (%.1f %%), mean "
	              "wait %s (%s).\n",
	              placed_well(kube), best->allocated_pct, kube->allocated_pct,
	              duration(best->wait_mean_s, wait), duration(kube->wait_mean_s, other));
}

/* What kube-default's pods got that they did not ask for. */
static void write_caveats(const struct sf_replay_report *report, struct sf_str *out)
{
	const struct sf_replay_result *kube = find_kube(report);
	if (kube && kube->misplaced > 0) {
		sf_str_printf(out,
		              "kube-default put %u pod%s on GPUs of the wrong kind (shared instead "
		              "of exclusive, or the reverse).\n",
		              kube->misplaced, plural(kube->misplaced));
	}
	if (kube && kube->gpu_memory_unchecked > 0) {
		sf_str_printf(out,
		              "kube-default did not see the GPU memory that %u pod%s need%s.\n",
		              kube->gpu_memory_unchecked, plural(kube->gpu_memory_unchecked),
		              kube->gpu_memory_unchecked == 1 ? "s" : "");
	}
}

/* Which workloads the best policy left without a place. */
static void write_left_out(const struct sf_replay_report *report, struct sf_str *out)
{
	const struct sf_replay_result *best = &report->result[sf_replay_report_best(report)];
	const char *lead = "Without a place under";
	for (size_t i = 0; i < best->n_workloads; i++) {
		const struct sf_replay_workload *w = &best->workload[i];
		if (w->rejected + w->waiting == 0) {
			continue;
		}
		if (lead) {
			sf_str_printf(out, "%s %s: ", lead, best->policy);
			lead = NULL;
		} else {
			sf_str_append(out, ", ");
		}
		sf_str_printf(out, "%u of %s", w->rejected + w->waiting,
		              report->scenario->workload[i].name);
	}
	sf_str_append(out, lead ? "" : ".\n");
}

static void write_report(const struct sf_replay_report *report, enum sf_table_format format,
                         bool details, struct sf_str *out)
{
	write_title(report, out);
	write_policies(report, format, out);
	if (details) {
		write_workloads(report, format, out);
	}
	if (report->n > 0) {
		sf_str_append(out, "\n");
		write_verdict(report, out);
		write_caveats(report, out);
		write_left_out(report, out);
	}
}

void sf_replay_report_text(const struct sf_replay_report *report, bool details, struct sf_str *out)
{
	write_report(report, SF_TABLE_TEXT, details, out);
}

void sf_replay_report_markdown(const struct sf_replay_report *report, bool details,
                               struct sf_str *out)
{
	sf_str_append(out, "### ");
	write_report(report, SF_TABLE_MARKDOWN, details, out);
}

/* A threshold or value with as many decimals as it needs, at most four. */
static const char *number(double value, char out[DURATION_MAX])
{
	snprintf(out, DURATION_MAX, "%.4f", value);
	size_t len = strlen(out);
	while (out[len - 1] == '0') {
		out[--len] = '\0';
	}
	if (out[len - 1] == '.') {
		out[len - 1] = '\0';
	}
	return out;
}

void sf_replay_report_unmet(const struct sf_replay_report *report,
                            const struct sf_expect_outcome *outcome, struct sf_str *out)
{
	const struct sf_expect *expect = outcome->expect;
	char want[DURATION_MAX];
	char got[DURATION_MAX];
	sf_str_printf(out, "%s:%u: expected %s %s %s for policy %s, got %s\n",
	              report->scenario->path, expect->line, expect->metric,
	              expect->op == SF_EXPECT_MIN ? ">=" : "<=", number(expect->value, want),
	              outcome->policy, number(outcome->got, got));
}
