/* replay_gate: `slicefit replay` as a gate in CI: baselines in, findings out. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_gate.h"

#include <slicefit/alloc.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/str.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int sf_replay_gate_load(const struct sf_replay_options *options, struct sf_baseline *out,
                        struct sf_error *err)
{
	const char *path = options->baseline;
	if (!path) {
		return 0;
	}
	if (access(path, F_OK) == 0) {
		return sf_baseline_load(path, out, err);
	}
	if (options->update_baseline) {
		return 0;
	}
	return sf_fail(err, SF_EINVAL, "%s: no baseline there: write it with --update-baseline",
	               path);
}

int sf_replay_gate_names(const struct sf_replay_set *sets, size_t n, struct sf_error *err)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < i; k++) {
			const struct sf_scenario *a = sets[k].scenario;
			const struct sf_scenario *b = sets[i].scenario;
			if (strcmp(a->name, b->name) == 0) {
				return sf_fail(err, SF_EINVAL,
				               "%.60s: scenario '%.40s' has the name of that in "
				               "%.60s: a baseline needs different names",
				               b->path, b->name, a->path);
			}
		}
	}
	return 0;
}

void sf_replay_gate_check(const struct sf_replay_options *options,
                          const struct sf_baseline *baseline, struct sf_gate *gate,
                          struct sf_findings *found)
{
	if (!options->baseline) {
		return;
	}
	struct sf_trial *trial = sf_xcalloc(found->n, sizeof(*trial));
	for (size_t i = 0; i < found->n; i++) {
		trial[i] = sf_replay_report_trial(&found->report[i]);
	}
	sf_gate_check(baseline, trial, found->n, options->tolerance, options->n_tolerances, gate);
	found->gate = gate;
	found->baseline = options->baseline;
	free(trial);
}

static bool is_for_people(const struct sf_replay_options *options)
{
	return options->format == SF_FORMAT_TABLE || options->format == SF_FORMAT_MARKDOWN;
}

void sf_replay_gate_show(const struct sf_replay_options *options, const struct sf_findings *found,
                         struct sf_str *out)
{
	if (found->gate && !options->update_baseline && is_for_people(options)) {
		sf_str_append(out, "\n");
		sf_gate_report(found, sf_cli_table_format(options->format), out);
	}
}

/* What an update did; `was` is the old file. */
static void say_update(const struct sf_findings *findings, const struct sf_str *was, bool same)
{
	struct sf_str text = {0};
	if (same || was->len == 0) {
		sf_str_printf(&text, "Baseline %s: %s.\n", findings->baseline,
		              same ? "unchanged" : "written");
	} else {
		sf_gate_report_update(findings, &text);
	}
	if (sf_cli_verbosity >= 0) {
		fputs(sf_str_get(&text), stderr);
	}
	sf_str_finish(&text);
}

/* Writes the file unless it has these bytes already. */
static int update(const struct sf_findings *findings, const char *path, struct sf_error *err)
{
	struct sf_str now = {0};
	struct sf_str was = {0};
	int rc = 0;
	sf_replay_report_json(findings->report, findings->n, &now);
	if (access(path, F_OK) == 0) {
		rc = sf_file_read(path, SF_BASELINE_BYTES_MAX, &was, err);
	}
	bool same = was.len == now.len && strcmp(sf_str_get(&was), sf_str_get(&now)) == 0;
	if (rc == 0 && !same) {
		rc = sf_file_write(path, sf_str_get(&now), now.len, err);
	}
	if (rc == 0) {
		say_update(findings, &was, same);
	}
	sf_str_finish(&was);
	sf_str_finish(&now);
	return rc;
}

/* Unmet expectations, one line each. */
static void report_unmet(const struct sf_findings *findings, struct sf_str *out)
{
	for (size_t i = 0; i < findings->n; i++) {
		const struct sf_replay_report *report = &findings->report[i];
		for (size_t k = 0; k < report->n_outcomes; k++) {
			if (!report->outcome[k].met) {
				sf_replay_report_unmet(report, &report->outcome[k], out);
			}
		}
	}
}

static int write_file(const char *path, const struct sf_findings *findings,
                      void (*report)(const struct sf_findings *findings, struct sf_str *out),
                      struct sf_error *err)
{
	struct sf_str text = {0};
	int rc = 0;
	if (path) {
		report(findings, &text);
		rc = sf_file_write(path, sf_str_get(&text), text.len, err);
	}
	sf_str_finish(&text);
	return rc;
}

static void print_report(const struct sf_findings *findings,
                         void (*report)(const struct sf_findings *findings, struct sf_str *out))
{
	struct sf_str text = {0};
	report(findings, &text);
	fputs(sf_str_get(&text), stderr);
	sf_str_finish(&text);
}

static void report_plain(const struct sf_findings *findings, struct sf_str *out)
{
	sf_gate_report(findings, SF_TABLE_TEXT, out);
}

int sf_replay_gate_tell(const struct sf_replay_options *options, struct sf_findings *found,
                        struct sf_error *err)
{
	int rc = 0;
	if (found->gate && options->update_baseline) {
		rc = update(found, options->baseline, err);
		found->gate = NULL;
	} else if (found->gate && !is_for_people(options)) {
		print_report(found, report_plain);
	}
	print_report(found, report_unmet);
	if (options->github) {
		print_report(found, sf_gate_report_github);
	}
	if (rc == 0) {
		rc = write_file(options->junit, found, sf_gate_report_junit, err);
	}
	if (rc == 0) {
		rc = write_file(options->comment, found, sf_gate_report_comment, err);
	}
	return rc;
}
