/* report_gate: expectations and a comparison with a baseline, for people and for CI systems
 * (docs/ci-gate.md). */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REPORT_GATE_H
#define SF_REPORT_GATE_H

#include <slicefit/gate.h>
#include <slicefit/report_replay.h>
#include <slicefit/table.h>

/* What a run found. Everything is borrowed. */
struct sf_findings {
	size_t n;
	const struct sf_replay_report *report; /* one per scenario */
	const struct sf_gate *gate;            /* NULL: there was no baseline */
	const char *baseline;                  /* its path */
};

/* Expectations not met, figures worse than allowed, and failing gaps. */
size_t sf_findings_count(const struct sf_findings *findings);

/* The comparison: a sentence, a table of what is worse than allowed, one line on what is better, and
 * what could not be compared. */
void sf_gate_report(const struct sf_findings *findings, enum sf_table_format format,
                    struct sf_str *out);

/* What --update-baseline changes: a table of all figures that differ, and what is new or gone. */
void sf_gate_report_update(const struct sf_findings *findings, struct sf_str *out);

/* A comment for a pull request in Markdown: the findings, and the results folded away. */
void sf_gate_report_comment(const struct sf_findings *findings, struct sf_str *out);

/* JUnit XML: a suite per scenario, a case per expectation and per figure that was compared. */
void sf_gate_report_junit(const struct sf_findings *findings, struct sf_str *out);

/* GitHub workflow commands, a line for each finding: "::error file=...,line=...::...". */
void sf_gate_report_github(const struct sf_findings *findings, struct sf_str *out);

/* "pods.placed was 20, is 18: 2 less, allowed: 0"; of a judged item. */
void sf_gate_report_item(const struct sf_gate_item *item, struct sf_str *out);

#endif
