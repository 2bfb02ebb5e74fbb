/* sweep_summary: mean and interval over the seeds of each point of a sweep. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/report_sweep.h>

#include <slicefit/alloc.h>
#include <slicefit/error.h>
#include <slicefit/json.h>
#include <slicefit/str.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Do the points differ in policy and seed only? */
static bool same_variant(const struct sf_sweep_record *a, const struct sf_sweep_record *b)
{
	bool same = strcmp(a->scenario, b->scenario) == 0 && a->n_settings == b->n_settings;
	for (size_t i = 0; same && i < a->n_settings; i++) {
		same = strcmp(a->setting[i].path, b->setting[i].path) == 0 &&
		       strcmp(a->setting[i].text, b->setting[i].text) == 0;
	}
	return same;
}

static bool same_group(const struct sf_sweep_record *a, const struct sf_sweep_record *b)
{
	return strcmp(a->policy, b->policy) == 0 && same_variant(a, b);
}

/* NaN for a metric that is not shown. `m` is an index into the summary's metrics. */
static double metric_of(const struct sf_sweep_summary *summary,
                        const struct sf_sweep_record *record, size_t m)
{
	size_t k = summary->metric[m];
	return k < record->n_metrics ? record->metric[k] : (double)NAN;
}

static void fill_group(const struct sf_sweep_summary *summary, struct sf_sweep_group *group)
{
	double *value = sf_xcalloc(group->seeds, sizeof(*value));
	group->stats = sf_xcalloc(summary->n_metrics + 1, sizeof(*group->stats));
	for (size_t m = 0; m < summary->n_metrics; m++) {
		size_t n = 0;
		for (size_t i = 0; i < group->seeds; i++) {
			double one = metric_of(summary, &group->first[i], m);
			if (!isnan(one)) {
				value[n++] = one;
			}
		}
		group->stats[m] = sf_stats_of(value, n);
	}
	free(value);
}

static bool find_name(const struct sf_sweep_results *results, const char *name, size_t *out)
{
	for (size_t i = 0; i < results->n_metrics; i++) {
		if (strcmp(results->metric[i], name) == 0) {
			*out = i;
			return true;
		}
	}
	return false;
}

/* In the order of the replay's table; what another version of slicefit knew besides comes last. */
static void order_metrics(struct sf_sweep_summary *summary)
{
	bool taken[SF_SWEEP_METRICS_MAX] = {false};
	size_t at;
	const char *path;
	for (size_t i = 0; (path = sf_replay_metric_path(i, NULL)) != NULL; i++) {
		if (find_name(summary->results, path, &at)) {
			summary->metric[summary->n_metrics++] = at;
			taken[at] = true;
		}
	}
	for (size_t i = 0; i < summary->results->n_metrics; i++) {
		if (!taken[i]) {
			summary->metric[summary->n_metrics++] = i;
		}
	}
}

static const char *metric_name(const struct sf_sweep_summary *summary, size_t m)
{
	return summary->results->metric[summary->metric[m]];
}

bool sf_sweep_summary_find(const struct sf_sweep_summary *summary, const char *name, size_t *out)
{
	for (size_t m = 0; m < summary->n_metrics; m++) {
		if (strcmp(metric_name(summary, m), name) == 0) {
			*out = m;
			return true;
		}
	}
	return false;
}

/* Seeds change fastest, so the points of a group stand together. */
void sf_sweep_summary_init(struct sf_sweep_summary *summary, const struct sf_sweep_results *results)
{
	size_t cap = 0;
	*summary = (struct sf_sweep_summary){.results = results};
	order_metrics(summary);
	for (size_t i = 0; i < results->n;) {
		struct sf_sweep_group group = {.first = &results->record[i]};
		while (i < results->n && same_group(group.first, &results->record[i])) {
			group.seeds++;
			i++;
		}
		fill_group(summary, &group);
		summary->group = sf_xgrow(summary->group, &cap, summary->n + 1, sizeof(group));
		summary->group[summary->n++] = group;
	}
}

/* The group of a policy on the same scenario and values; groups of one variant stand together. */
static const struct sf_sweep_group *find_base(const struct sf_sweep_summary *summary, size_t at,
                                              const char *policy)
{
	const struct sf_sweep_record *first = summary->group[at].first;
	while (at > 0 && same_variant(summary->group[at - 1].first, first)) {
		at--;
	}
	for (; at < summary->n && same_variant(summary->group[at].first, first); at++) {
		if (strcmp(summary->group[at].first->policy, policy) == 0) {
			return &summary->group[at];
		}
	}
	return NULL;
}

/* Differences on the seeds that both have; both are in the order of the sweep's seeds. */
static struct sf_stats difference(const struct sf_sweep_summary *summary,
                                  const struct sf_sweep_group *group,
                                  const struct sf_sweep_group *base, size_t m)
{
	double *a = sf_xcalloc(2 * group->seeds, sizeof(*a));
	double *b = a + group->seeds;
	size_t n = 0;
	for (size_t i = 0; i < group->seeds; i++) {
		for (size_t k = 0; k < base->seeds; k++) {
			if (base->first[k].seed == group->first[i].seed) {
				a[n] = metric_of(summary, &group->first[i], m);
				b[n] = metric_of(summary, &base->first[k], m);
				n += !isnan(a[n]) && !isnan(b[n]);
				break;
			}
		}
	}
	struct sf_stats stats = sf_stats_paired(a, b, n);
	free(a);
	return stats;
}

int sf_sweep_summary_versus(struct sf_sweep_summary *summary, const char *policy,
                            struct sf_error *err)
{
	struct sf_sweep_group *kept = sf_xcalloc(summary->n + 1, sizeof(*kept));
	size_t n = 0;
	for (size_t i = 0; i < summary->n; i++) {
		const struct sf_sweep_group *group = &summary->group[i];
		const struct sf_sweep_group *base = find_base(summary, i, policy);
		if (base == NULL || base == group) {
			continue;
		}
		kept[n] = *group;
		kept[n].stats = sf_xcalloc(summary->n_metrics + 1, sizeof(*kept[n].stats));
		for (size_t m = 0; m < summary->n_metrics; m++) {
			kept[n].stats[m] = difference(summary, group, base, m);
		}
		n++;
	}
	if (n == 0) {
		free(kept);
		return sf_fail(err, SF_EINVAL, "the results have no policy to compare with '%.40s'",
		               policy);
	}
	for (size_t i = 0; i < summary->n; i++) {
		free(summary->group[i].stats);
	}
	free(summary->group);
	summary->group = kept;
	summary->n = n;
	summary->versus = policy;
	return 0;
}

void sf_sweep_summary_finish(struct sf_sweep_summary *summary)
{
	for (size_t i = 0; i < summary->n; i++) {
		free(summary->group[i].stats);
	}
	free(summary->group);
	*summary = (struct sf_sweep_summary){0};
}

/* Decimals with which a value is readable: four digits, or as many as stand before the point. */
static int decimals(double value)
{
	double size = fabs(value);
	return size < 10 ? 3 : size < 100 ? 2 : size < 1000 ? 1 : 0;
}

/* "" for what there is not. */
static void number_cell(struct sf_table *table, double value)
{
	if (isnan(value)) {
		sf_table_cell(table, "%s", "");
	} else {
		sf_table_cell(table, "%.6f", value);
	}
}

static void stats_text(struct sf_table *table, const struct sf_stats *stats, bool differences)
{
	const char *mark = differences && sf_stats_beyond_noise(stats) ? " *" : "";
	const char *sign = differences && stats->mean > 0 ? "+" : "";
	int digits = decimals(stats->mean);
	if (stats->n > 1) {
		sf_table_cell(table, "%s%.*f ± %.*f%s", sign, digits, stats->mean, digits,
		              stats->half_95, mark);
	} else if (stats->n > 0) {
		sf_table_cell(table, "%s%.*f", sign, digits, stats->mean);
	} else {
		sf_table_cell(table, "%s", "-");
	}
}

static void stats_cells(struct sf_table *table, const struct sf_stats *stats, bool differences,
                        enum sf_table_format format)
{
	double mean = stats->n > 0 ? stats->mean : (double)NAN;
	if (format == SF_TABLE_CSV) {
		number_cell(table, mean);
		number_cell(table, mean - stats->half_95);
		number_cell(table, mean + stats->half_95);
	} else {
		stats_text(table, stats, differences);
	}
}

/* A path that every group has; groups of one sweep have the same ones. */
static void head_cells(struct sf_table *table, const struct sf_sweep_group *group,
                       const char *versus)
{
	sf_table_cell(table, "%s", group->first->scenario);
	for (size_t i = 0; i < group->first->n_settings; i++) {
		sf_table_cell(table, "%s", group->first->setting[i].text);
	}
	sf_table_cell(table, "%s%s%s", group->first->policy, versus != NULL ? " - " : "",
	              versus != NULL ? versus : "");
	sf_table_cell(table, "%zu", group->seeds);
}

static void add_columns(struct sf_table *table, const struct sf_sweep_summary *summary,
                        const size_t *metric, size_t n, enum sf_table_format format)
{
	const struct sf_sweep_record *first = summary->n > 0 ? summary->group[0].first : NULL;
	sf_table_column(table, "scenario", NULL, SF_ALIGN_LEFT);
	for (size_t i = 0; first != NULL && i < first->n_settings; i++) {
		sf_table_column(table, first->setting[i].path, NULL, SF_ALIGN_RIGHT);
	}
	sf_table_column(table, "policy", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "seeds", NULL, SF_ALIGN_RIGHT);
	for (size_t i = 0; i < n; i++) {
		const char *name = metric_name(summary, metric[i]);
		sf_table_column(table, name, NULL, SF_ALIGN_RIGHT);
		if (format == SF_TABLE_CSV) {
			struct sf_str low = {0};
			struct sf_str high = {0};
			sf_str_printf(&low, "%s.low_95", name);
			sf_str_printf(&high, "%s.high_95", name);
			sf_table_column(table, low.text, NULL, SF_ALIGN_RIGHT);
			sf_table_column(table, high.text, NULL, SF_ALIGN_RIGHT);
			sf_str_finish(&low);
			sf_str_finish(&high);
		}
	}
}

void sf_sweep_summary_table(const struct sf_sweep_summary *summary, const size_t *metric, size_t n,
                            enum sf_table_format format, struct sf_str *out)
{
	struct sf_table *table = sf_table_create();
	add_columns(table, summary, metric, n, format);
	for (size_t i = 0; i < summary->n; i++) {
		head_cells(table, &summary->group[i], summary->versus);
		for (size_t m = 0; m < n; m++) {
			stats_cells(table, &summary->group[i].stats[metric[m]],
			            summary->versus != NULL, format);
		}
	}
	sf_table_write(table, format, out);
	sf_table_destroy(table);
}

static void write_real(struct sf_json *json, const char *key, double value)
{
	sf_json_real(json, key, round(value * 1e6) / 1e6);
}

static void write_stats(struct sf_json *json, const char *name, const struct sf_stats *stats,
                        bool differences)
{
	sf_json_object(json, name);
	write_real(json, "mean", stats->mean);
	write_real(json, "low_95", stats->mean - stats->half_95);
	write_real(json, "high_95", stats->mean + stats->half_95);
	write_real(json, "min", stats->min);
	write_real(json, "max", stats->max);
	if (differences) {
		sf_json_bool(json, "beyond_noise", sf_stats_beyond_noise(stats));
	}
	sf_json_end(json);
}

static void write_group(struct sf_json *json, const struct sf_sweep_summary *summary,
                        const struct sf_sweep_group *group)
{
	sf_json_object(json, NULL);
	sf_json_str(json, "scenario", group->first->scenario);
	sf_json_object(json, "parameters");
	for (size_t i = 0; i < group->first->n_settings; i++) {
		sf_json_str(json, group->first->setting[i].path, group->first->setting[i].text);
	}
	sf_json_end(json);
	sf_json_str(json, "policy", group->first->policy);
	sf_json_int(json, "seeds", (int64_t)group->seeds);
	sf_json_object(json, "metrics");
	for (size_t m = 0; m < summary->n_metrics; m++) {
		if (group->stats[m].n > 0) {
			write_stats(json, metric_name(summary, m), &group->stats[m],
			            summary->versus != NULL);
		}
	}
	sf_json_end(json);
	sf_json_end(json);
}

void sf_sweep_summary_json(const struct sf_sweep_summary *summary, struct sf_str *out)
{
	const struct sf_sweep_results *results = summary->results;
	struct sf_json *json = sf_json_create_object();
	sf_json_str(json, "schema", "slicefit.sweep-summary/1");
	sf_json_str(json, "sweep", results->head.sweep);
	sf_json_str(json, "digest", results->head.digest);
	sf_json_int(json, "points", (int64_t)results->head.points);
	sf_json_int(json, "points_missing", (int64_t)(results->head.points - results->n));
	if (summary->versus != NULL) {
		sf_json_str(json, "versus", summary->versus);
	}
	sf_json_array(json, "groups");
	for (size_t i = 0; i < summary->n; i++) {
		write_group(json, summary, &summary->group[i]);
	}
	sf_json_end(json);
	sf_json_write(json, true, out);
	sf_json_destroy(json);
}
