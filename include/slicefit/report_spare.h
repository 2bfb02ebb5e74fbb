/* report_spare: how much more fits, as tables and as JSON. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REPORT_SPARE_H
#define SF_REPORT_SPARE_H

#include <slicefit/spare.h>
#include <slicefit/table.h>

struct sf_explain_subject;
struct sf_str;

struct sf_spare_report {
	const struct sf_cluster *cluster;
	size_t n;
	const struct sf_spare_row *row;
	const struct sf_explain_subject *pod; /* copies of this one; NULL: of what nodes have */
};

/* Copies in all rows. */
uint64_t sf_report_spare_copies(const struct sf_spare_report *report);

void sf_report_spare_table(const struct sf_spare_report *report, enum sf_table_format format,
                           struct sf_str *out);
void sf_report_spare_json(const struct sf_spare_report *report, struct sf_str *out);

#endif
