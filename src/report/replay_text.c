/* replay_text: the results of a replay for people: a table and what it says. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/report_replay.h>

#include "report_text.h"
#include "seeds_report.h"

#include <slicefit/seeds.h>
#include <slicefit/str.h>
#include <slicefit/table.h>

#include <stdio.h>
#include <string.h>

/* Pods placed as they asked. */
static uint32_t placed_well(const struct sf_replay_result *result)
{
	return result->placed - result->misplaced;
}

static bool is_kube(const struct sf_replay_result *result)
{
	return strcmp(result->policy, "kube-default") == 0;
}

struct sf_trial sf_replay_report_trial(const struct sf_replay_report *report)
{
	size_t seeds = report->n_seeds > 1 ? report->n_seeds : 1;
	return (struct sf_trial){
		.scenario = report->scenario,
		.n_policies = report->n / seeds,
		.n_seeds = seeds,
		.result = report->result,
	};
}

size_t sf_replay_report_best(const struct sf_replay_report *report)
{
	const struct sf_trial trial = sf_replay_report_trial(report);
	return sf_trial_best(&trial);
}

/* Of the first policy, on the mean of its seeds. */
static double horizon_of(const struct sf_replay_report *report)
{
	const struct sf_trial trial = sf_replay_report_trial(report);
	double sum = 0;
	for (size_t i = 0; i < trial.n_seeds && report->n > 0; i++) {
		sum += trial.result[i].horizon_s;
	}
	return sum / (double)trial.n_seeds;
}

/* "seed 1", "seeds 42..51". */
static void write_seeds(const struct sf_replay_report *report, struct sf_str *out)
{
	const struct sf_trial trial = sf_replay_report_trial(report);
	struct sf_seeds seeds = {0};
	for (size_t i = 0; i < trial.n_seeds; i++) {
		sf_seeds_add(&seeds,
		             report->n > 0 ? report->result[i].seed : report->scenario->seed);
	}
	sf_str_append(out, trial.n_seeds > 1 ? "seeds " : "seed ");
	sf_seeds_format(&seeds, out);
	sf_seeds_finish(&seeds);
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
	char over[SF_DURATION_MAX];
	sf_str_printf(out, "%s: %llu node%s, %llu GPU%s, %llu pod%s over %s, ", scenario->name,
	              (unsigned long long)nodes, sf_report_plural(nodes), (unsigned long long)gpus,
	              sf_report_plural(gpus), (unsigned long long)pods, sf_report_plural(pods),
	              sf_report_duration(horizon_of(report), over));
	write_seeds(report, out);
	sf_str_append(out, "\n\n");
}

/* Columns that are shown only where a policy has any. */
static const struct optional {
	const char *title;
	const char *path;
	double divisor;
	int decimals;
} optional[] = {
	{"misplaced", "pods.misplaced", 1, 0},
	{"memory unchecked", "pods.gpu_memory_unchecked", 1, 0},
	{"held by quota", "quota.held", 1, 0},
	{"gangs given up", "gangs.timed_out", 1, 0},
	{"down %", "gpu.down_pct", 1, 1},
	{"stretch", "stretch.mean", 1, 2},
	{"evicted", "evictions.pods", 1, 0},
	{"lost GPU-h", "evictions.lost_gpu_s", 3600, 1},
};

enum { OPTIONAL = sizeof(optional) / sizeof(optional[0]) };

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

static void write_policy(const struct sf_replay_result *r, const bool shown[OPTIONAL],
                         struct sf_table *table)
{
	char text[SF_DURATION_MAX];
	sf_table_cell(table, "%s", r->policy);
	sf_table_cell(table, "%u", r->placed);
	sf_table_cell(table, "%u", r->rejected);
	sf_table_cell(table, "%u", r->waiting);
	sf_table_cell(table, "%.1f", r->allocated_pct);
	sf_table_cell(table, "%.1f", r->allocated_end_pct);
	sf_table_cell(table, "%.1f", r->fragmentation_pct);
	sf_table_cell(table, "%.1f", r->stranded_pct);
	sf_table_cell(table, "%.1f", r->gpus_active_mean);
	sf_table_cell(table, "%s", sf_report_duration(r->wait_p50_s, text));
	sf_table_cell(table, "%s", sf_report_duration(r->wait_p95_s, text));
	sf_table_cell(table, "%s", sf_report_duration(r->wait_max_s, text));
	for (int i = 0; i < OPTIONAL; i++) {
		double value = 0;
		sf_replay_metric(r, optional[i].path, &value);
		if (shown[i]) {
			sf_table_cell(table, "%.*f", optional[i].decimals,
			              value / optional[i].divisor);
		}
	}
}

static void write_policies(const struct sf_replay_report *report, enum sf_table_format format,
                           struct sf_str *out)
{
	static const char *const titles[] = {"placed",   "rejected", "waiting",    "alloc %",
	                                     "end %",    "frag %",   "stranded %", "active GPUs",
	                                     "wait p50", "p95",      "max"};
	struct sf_table *table = sf_table_create();
	bool shown[OPTIONAL];
	sf_table_column(table, "policy", NULL, SF_ALIGN_LEFT);
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
		sf_table_column(table, titles[i], NULL, SF_ALIGN_RIGHT);
	}
	for (int i = 0; i < OPTIONAL; i++) {
		shown[i] = any(report, optional[i].path);
		if (shown[i]) {
			sf_table_column(table, optional[i].title, NULL, SF_ALIGN_RIGHT);
		}
	}
	for (size_t i = 0; i < report->n; i++) {
		write_policy(&report->result[i], shown, table);
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
			char text[SF_DURATION_MAX];
			sf_table_cell(table, "%s", report->scenario->workload[w].name);
			sf_table_cell(table, "%s", report->result[i].policy);
			sf_table_cell(table, "%u", r->arrived);
			sf_table_cell(table, "%u", r->placed);
			sf_table_cell(table, "%u", r->rejected);
			sf_table_cell(table, "%u", r->waiting);
			sf_table_cell(table, "%s", sf_report_duration(r->wait_p50_s, text));
			sf_table_cell(table, "%s", sf_report_duration(r->wait_p95_s, text));
			sf_table_cell(table, "%s", sf_report_duration(r->wait_max_s, text));
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

/* "best-fit does best: 20 of 24 pods placed as asked (kube-default: 17), ..." */
static void write_verdict(const struct sf_replay_report *report, struct sf_str *out)
{
	const struct sf_replay_result *best = &report->result[sf_replay_report_best(report)];
	const struct sf_replay_result *kube = find_kube(report);
	char wait[SF_DURATION_MAX];
	char other[SF_DURATION_MAX];
	if (best == kube && report->n > 1) {
		sf_str_printf(out, "No policy does better than kube-default here: ");
	} else {
		const char *by = sf_trial_by_priority(report->scenario) ? " by priority" : "";
		sf_str_append(out, best->policy);
		if (report->n > 1) {
			sf_str_printf(out, " does best%s", by);
		}
		sf_str_append(out, ": ");
	}
	sf_str_printf(out, "%u of %u pod%s placed as asked", placed_well(best), best->arrived,
	              sf_report_plural(best->arrived));
	if (!kube || kube == best) {
		sf_str_printf(out, ", %.1f %% of GPU capacity allocated, mean wait %s.\n",
		              best->allocated_pct, sf_report_duration(best->wait_mean_s, wait));
		return;
	}
	sf_str_printf(out,
	              " (kube-default: %u), %.1f %% of GPU capacity allocated (%.1f %%), mean "
	              "wait %s (%s).\n",
	              placed_well(kube), best->allocated_pct, kube->allocated_pct,
	              sf_report_duration(best->wait_mean_s, wait),
	              sf_report_duration(kube->wait_mean_s, other));
}

/* What kube-default's pods got that they did not ask for. */
static void write_caveats(const struct sf_replay_report *report, struct sf_str *out)
{
	const struct sf_replay_result *kube = find_kube(report);
	if (kube && kube->misplaced > 0) {
		sf_str_printf(out,
		              "kube-default put %u pod%s on GPUs of the wrong kind (shared instead "
		              "of exclusive, or the reverse).\n",
		              kube->misplaced, sf_report_plural(kube->misplaced));
	}
	if (kube && kube->gpu_memory_unchecked > 0) {
		sf_str_printf(
			out, "kube-default did not see the GPU memory that %u pod%s need%s.\n",
			kube->gpu_memory_unchecked, sf_report_plural(kube->gpu_memory_unchecked),
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

/* Why some of them never had a chance under the best policy: one clause per reason. */
static void write_never(const struct sf_replay_report *report, struct sf_str *out)
{
	const struct sf_replay_result *best = &report->result[sf_replay_report_best(report)];
	const char *lead = "Fits on no node, not even an empty one: ";
	for (int fit = SF_FITS + 1; fit < SF_FIT_REASONS; fit++) {
		bool first = true;
		bool exact = false;
		for (size_t i = 0; i < best->n_workloads; i++) {
			const char *why = best->workload[i].never_why;
			if ((int)best->workload[i].never != fit) {
				continue;
			}
			sf_str_printf(out, "%s%s%s%s%s", first ? lead : ", ",
			              report->scenario->workload[i].name, why[0] ? " (" : "", why,
			              why[0] ? ")" : "");
			exact = why[0] != '\0';
			lead = "; ";
			first = false;
		}
		if (!first && !exact) {
			sf_str_printf(out, " (%s)", sf_fit_reason((enum sf_fit)fit));
		}
	}
	sf_str_append(out, *lead == ';' ? ".\n" : "");
}

/* "2 of big (requests.nvidia.com/gpu of namespace team)" for each of those that a limit concerned. */
static void write_limited(const struct sf_replay_report *report, const char *lead, bool held,
                          struct sf_str *out)
{
	const struct sf_replay_result *best = &report->result[sf_replay_report_best(report)];
	const char *before = lead;
	for (size_t i = 0; i < best->n_workloads; i++) {
		const struct sf_replay_workload *w = &best->workload[i];
		const struct sf_workload *workload = &report->scenario->workload[i];
		const char *limit = held ? w->held_by : w->beyond;
		if (!limit) {
			continue;
		}
		sf_str_printf(out, "%s%u of %s (%s of namespace %s)", before,
		              held ? w->held : w->rejected, workload->name, limit,
		              report->scenario->namespace[workload->namespace - 1].name);
		before = ", ";
	}
	sf_str_append(out, before == lead ? "" : ".\n");
}

/* Whom a quota refused or held back, under the best policy. */
static void write_held(const struct sf_replay_report *report, struct sf_str *out)
{
	const struct sf_replay_result *best = &report->result[sf_replay_report_best(report)];
	char lead[96];
	write_limited(report, "Refused as beyond their quota: ", false, out);
	snprintf(lead, sizeof(lead), "Held back by quota under %.48s: ", best->policy);
	write_limited(report, lead, true, out);
}

static void write_report(const struct sf_replay_report *report, enum sf_table_format format,
                         bool details, struct sf_str *out)
{
	write_title(report, out);
	if (report->n_seeds > 1) {
		const struct sf_trial trial = sf_replay_report_trial(report);
		sf_seeds_report_text(&trial, format, details, out);
		return;
	}
	write_policies(report, format, out);
	if (details) {
		write_workloads(report, format, out);
	}
	if (report->n > 0) {
		sf_str_append(out, "\n");
		write_verdict(report, out);
		write_caveats(report, out);
		write_left_out(report, out);
		write_never(report, out);
		write_held(report, out);
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

void sf_replay_report_unmet(const struct sf_replay_report *report,
                            const struct sf_expect_outcome *outcome, struct sf_str *out)
{
	const struct sf_expect *expect = outcome->expect;
	char want[SF_DURATION_MAX];
	char got[SF_DURATION_MAX];
	sf_str_printf(out, "%s:%u: expected %s %s %s for policy %s, got %s", report->scenario->path,
	              expect->line, expect->metric, expect->op == SF_EXPECT_MIN ? ">=" : "<=",
	              sf_report_number(expect->value, want), outcome->policy,
	              sf_report_number(outcome->got, got));
	if (report->n_seeds > 1) {
		sf_str_printf(out, " (mean of %zu seeds)", report->n_seeds);
	}
	sf_str_append(out, "\n");
}
