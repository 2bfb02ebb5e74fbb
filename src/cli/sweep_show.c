/* sweep_show: prints what the results of a sweep say together. */
// SPDX-License-Identifier: Apache-2.0
#include "sweep_show.h"

#include "replay_set.h"

#include <slicefit/alloc.h>
#include <slicefit/error.h>
#include <slicefit/nearest.h>
#include <slicefit/report_sweep.h>
#include <slicefit/str.h>

#include <stdlib.h>
#include <string.h>

static const char defaults[] = "pods.placed,pods.rejected,gpu.allocated_pct,"
			       "gpu.fragmentation_pct,gpu.stranded_pct,wait_s.mean";

struct choice {
	size_t n;
	size_t metric[SF_SWEEP_METRICS_MAX];
};

static int fail_metric(const struct sf_sweep_summary *summary, const char *name,
                       struct sf_error *err)
{
	const char *known[SF_SWEEP_METRICS_MAX + 1] = {NULL};
	for (size_t m = 0; m < summary->n_metrics; m++) {
		known[m] = summary->results->metric[summary->metric[m]];
	}
	const char *near = sf_nearest_find(name, known);
	return sf_fail(err, SF_EINVAL, "the results have no metric '%.40s'%s%s%s", name,
	               near != NULL ? ", did you mean '" : "", near != NULL ? near : "",
	               near != NULL ? "'?" : "");
}

static int add_metric(const struct sf_sweep_summary *summary, const char *name,
                      struct choice *choice, struct sf_error *err)
{
	size_t metric;
	if (!sf_sweep_summary_find(summary, name, &metric)) {
		return fail_metric(summary, name, err);
	}
	for (size_t i = 0; i < choice->n; i++) {
		if (choice->metric[i] == metric) {
			return sf_fail(err, SF_EINVAL, "metric '%s' is named twice", name);
		}
	}
	choice->metric[choice->n++] = metric;
	return 0;
}

static int choose(const struct sf_sweep_summary *summary, const char *list, struct choice *choice,
                  struct sf_error *err)
{
	if (strcmp(list, "all") == 0) {
		for (size_t m = 0; m < summary->n_metrics; m++) {
			choice->metric[choice->n++] = m;
		}
		return 0;
	}
	char *names = sf_xstrdup(list);
	char *rest = names;
	int rc = 0;
	for (char *name; rc == 0 && (name = strsep(&rest, ",")) != NULL;) {
		rc = add_metric(summary, name, choice, err);
	}
	free(names);
	return rc;
}

int sf_sweep_set_metrics(void *view, const char *value, struct sf_error *err)
{
	(void)err;
	((struct sf_sweep_view *)view)->metrics = value;
	return 0;
}

int sf_sweep_set_versus(void *view, const char *value, struct sf_error *err)
{
	const struct sf_policy *policy[SF_POLICIES_MAX];
	((struct sf_sweep_view *)view)->versus = value;
	return sf_replay_policies(value, policy, err) < 0 ? -1 : 0;
}

int sf_sweep_set_format(void *view, const char *value, struct sf_error *err)
{
	return sf_cli_format(&((struct sf_sweep_view *)view)->format, SF_FORMATS_ALL, value, err);
}

static int write_view(struct sf_sweep_summary *summary, const struct sf_sweep_view *view,
                      struct sf_str *out, struct sf_error *err)
{
	struct choice choice = {0};
	if (view->versus != NULL && sf_sweep_summary_versus(summary, view->versus, err) != 0) {
		return -1;
	}
	if (view->format == SF_FORMAT_JSON) {
		sf_sweep_summary_json(summary, out);
		return 0;
	}
	if (summary->n == 0) {
		sf_str_append(out, "no points\n");
		return 0;
	}
	if (choose(summary, view->metrics != NULL ? view->metrics : defaults, &choice, err) != 0) {
		return -1;
	}
	sf_sweep_summary_table(summary, choice.metric, choice.n, sf_cli_table_format(view->format),
	                       out);
	return 0;
}

int sf_sweep_show(const struct sf_sweep_results *results, const struct sf_sweep_view *view)
{
	struct sf_sweep_summary summary;
	struct sf_error err = {0};
	struct sf_str out = {0};
	sf_sweep_summary_init(&summary, results);
	int status = write_view(&summary, view, &out, &err) == 0 ? sf_cli_print(&out)
	                                                         : sf_cli_fail(&err);
	sf_str_finish(&out);
	sf_sweep_summary_finish(&summary);
	return status;
}
