/* study_text: the results of a placement study for people. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/study_report.h>

#include "study_report_impl.h"

#include <slicefit/str.h>
#include <slicefit/table.h>

#include <math.h>

/* Columns: curves at some arrived %. */
struct columns {
	size_t n;
	struct {
		enum sf_study_curve curve;
		int at;
		bool titled; /* the curve's name stands before the point */
	} column[8];
};

enum { ALLOC_COLUMNS = 4, AT_ALL = 100 };

static const char *const titles[SF_STUDY_CURVES] = {
	[SF_STUDY_ALLOC] = "alloc % at",
	[SF_STUDY_FRAG] = "frag % at",
	[SF_STUDY_FRAG_RATIO] = "of free % at",
};

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void write_stats(struct sf_table *table, const struct sf_stats *stats)
{
	if (isnan(stats->mean)) {
		sf_table_cell(table, "-");
	} else if (isnan(stats->half_95)) {
		sf_table_cell(table, "%.2f", stats->mean);
	} else {
		sf_table_cell(table, "%.2f ± %.2f", stats->mean, stats->half_95);
	}
}

static double mean_placed(const struct sf_study_report *report, size_t trace, size_t policy)
{
	double sum = 0;
	for (size_t s = 0; s < report->n_seeds; s++) {
		sum += sf_study_result_at(report, trace, policy, s)->placed;
	}
	return sum / (double)report->n_seeds;
}

/* Did any run get so far? */
static bool reached(const struct sf_study_report *report, int at)
{
	size_t n = report->n_traces * report->n_policies * report->n_seeds;
	for (size_t i = 0; i < n; i++) {
		if (report->result[i].series.records[at] > 0) {
			return true;
		}
	}
	return false;
}

static void add_column(struct columns *columns, enum sf_study_curve curve, int at)
{
	size_t n = columns->n++;
	columns->column[n].curve = curve;
	columns->column[n].at = at;
	columns->column[n].titled = n == 0 || columns->column[n - 1].curve != curve;
}

/* Allocation at the last points that were reached; what is fragmented when all GPUs have been asked
 * for (or as near as it came), and at the end. */
static struct columns choose_columns(const struct sf_study_report *report)
{
	static const uint8_t points[] = {50, 80, 90, AT_ALL, 110, 130};
	struct columns columns = {0};
	int at[sizeof(points)];
	int n = 0;
	int main_point = -1;
	for (size_t i = 0; i < sizeof(points); i++) {
		if (reached(report, points[i])) {
			at[n++] = points[i];
			main_point = points[i] <= AT_ALL ? points[i] : main_point;
		}
	}
	for (int i = n > ALLOC_COLUMNS ? n - ALLOC_COLUMNS : 0; i < n; i++) {
		add_column(&columns, SF_STUDY_ALLOC, at[i]);
	}
	if (n > 0 && main_point >= 0) {
		add_column(&columns, SF_STUDY_FRAG, main_point);
		if (at[n - 1] != main_point) {
			add_column(&columns, SF_STUDY_FRAG, at[n - 1]);
		}
		add_column(&columns, SF_STUDY_FRAG_RATIO, main_point);
	}
	return columns;
}

static void write_titles(struct sf_table *table, const struct columns *columns)
{
	sf_table_column(table, "trace", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "policy", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "pods placed", NULL, SF_ALIGN_RIGHT);
	for (size_t i = 0; i < columns->n; i++) {
		struct sf_str title = {0};
		sf_str_printf(&title, "%s %d",
		              columns->column[i].titled ? titles[columns->column[i].curve] : "at",
		              columns->column[i].at);
		sf_table_column(table, title.text, NULL, SF_ALIGN_RIGHT);
		sf_str_finish(&title);
	}
}

static void write_rows(const struct sf_study_report *report, enum sf_table_format format,
                       struct sf_str *out)
{
	struct columns columns = choose_columns(report);
	struct sf_table *table = sf_table_create();
	write_titles(table, &columns);
	for (size_t t = 0; t < report->n_traces; t++) {
		for (size_t p = 0; p < report->n_policies; p++) {
			sf_table_cell(table, "%s", report->trace[t]);
			sf_table_cell(table, "%s", report->policy[p]);
			sf_table_cell(table, "%.*f", report->n_seeds > 1,
			              mean_placed(report, t, p));
			for (size_t i = 0; i < columns.n; i++) {
				struct sf_stats stats =
					sf_study_stats(report, t, p, columns.column[i].curve,
				                       columns.column[i].at);
				write_stats(table, &stats);
			}
		}
	}
	sf_table_write(table, format, out);
	sf_table_destroy(table);
}

/* The best of the others. */
static size_t find_next(const struct sf_study_report *report, size_t trace, size_t best, int at)
{
	size_t next = best == 0 ? 1 : 0;
	for (size_t p = 0; p < report->n_policies; p++) {
		double mean = sf_study_stats(report, trace, p, SF_STUDY_ALLOC, at).mean;
		if (p != best &&
		    mean > sf_study_stats(report, trace, next, SF_STUDY_ALLOC, at).mean) {
			next = p;
		}
	}
	return next;
}

/* ", 2.36 ± 0.12 points (147 GPUs) more than bestfit, the next: beyond noise" */
static void write_lead(const struct sf_study_report *report, size_t trace, size_t best, int at,
                       struct sf_str *out)
{
	size_t next = find_next(report, trace, best, at);
	struct sf_stats lead = sf_study_lead(report, trace, best, next, at);
	if (lead.mean < 0.005) {
		sf_str_printf(out, ", no more than %s", report->policy[next]);
		return;
	}
	long long gpus = llround(lead.mean * (double)report->gpus / 100);
	sf_str_printf(out, ", %.2f", lead.mean);
	if (!isnan(lead.half_95)) {
		sf_str_printf(out, " ± %.2f", lead.half_95);
	}
	sf_str_printf(out, " points (%lld GPU%s) more than %s, the next: ", gpus,
	              plural((size_t)gpus), report->policy[next]);
	if (report->n_seeds < 2) {
		sf_str_append(out, "one seed cannot tell whether that is beyond noise");
	} else if (sf_stats_beyond_noise(&lead)) {
		sf_str_append(out, "beyond noise");
	} else {
		sf_str_append(out, "within noise");
	}
}

static void write_verdict(const struct sf_study_report *report, size_t trace, struct sf_str *out)
{
	int at = sf_study_headline(report, trace);
	if (at < 0) {
		sf_str_printf(out, "%s: too few pods came to compare policies.\n",
		              report->trace[trace]);
		return;
	}
	size_t best = sf_study_report_best(report, trace, at);
	struct sf_stats stats = sf_study_stats(report, trace, best, SF_STUDY_ALLOC, at);
	sf_str_printf(out,
	              "%s: when %d %% of the GPUs have been asked for, %s has allocated %.2f %%",
	              report->trace[trace], at, report->policy[best], stats.mean);
	if (report->n_policies > 1) {
		write_lead(report, trace, best, at, out);
	}
	sf_str_append(out, ".\n");
}

static void write_title(const struct sf_study_report *report, struct sf_str *out)
{
	sf_str_printf(out, "%s: %u nodes, %lld GPUs, ", report->title, report->nodes,
	              (long long)report->gpus);
	if (report->tune > 0) {
		sf_str_printf(out, "pods for %g times as many", report->tune);
	} else {
		sf_str_append(out, "pods as listed");
	}
	sf_str_printf(out, ", %zu seed%s%s\n\n", report->n_seeds, plural(report->n_seeds),
	              report->n_seeds > 1 ? "; mean ± 95 % confidence interval" : "");
}

static void write_report(const struct sf_study_report *report, enum sf_table_format format,
                         struct sf_str *out)
{
	write_title(report, out);
	write_rows(report, format, out);
	sf_str_append(out, "\n");
	for (size_t t = 0; t < report->n_traces; t++) {
		write_verdict(report, t, out);
	}
}

void sf_study_report_text(const struct sf_study_report *report, struct sf_str *out)
{
	write_report(report, SF_TABLE_TEXT, out);
}

void sf_study_report_markdown(const struct sf_study_report *report, struct sf_str *out)
{
	sf_str_append(out, "### ");
	write_report(report, SF_TABLE_MARKDOWN, out);
}
