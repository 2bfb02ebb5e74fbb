/* spare_report: how much more fits, as tables and as JSON. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/report_spare.h>

#include <slicefit/json.h>
#include <slicefit/report_explain.h>
#include <slicefit/str.h>

#include <inttypes.h>
#include <string.h>

uint64_t sf_report_spare_copies(const struct sf_spare_report *report)
{
	uint64_t copies = 0;
	for (size_t i = 0; i < report->n; i++) {
		copies += report->row[i].spare.copies;
	}
	return copies;
}

static const char *product_name(const struct sf_spare_row *row)
{
	return row->product != NULL ? row->product->name : "unknown";
}

static const char *best_node(const struct sf_spare_report *report, const struct sf_spare *spare)
{
	return spare->most > 0 ? sf_cluster_node(report->cluster, spare->best)->name : NULL;
}

static void add_best(const struct sf_spare_report *report, const struct sf_spare *spare,
                     struct sf_table *table)
{
	const char *best = best_node(report, spare);
	sf_table_cell(table, "%" PRIu32, spare->nodes);
	if (best != NULL) {
		sf_table_cell(table, "%" PRIu32 " on %s", spare->most, best);
	} else {
		sf_table_cell(table, "%s", "");
	}
}

static void write_resources(const struct sf_spare_report *report, enum sf_table_format format,
                            struct sf_str *out)
{
	struct sf_table *table = sf_table_create();
	sf_table_column(table, "product", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "resource", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "served by", "served_by", SF_ALIGN_LEFT);
	sf_table_column(table, "per pod", "per_pod", SF_ALIGN_RIGHT);
	sf_table_column(table, "more pods fit", "fit", SF_ALIGN_RIGHT);
	sf_table_column(table, "nodes", NULL, SF_ALIGN_RIGHT);
	sf_table_column(table, "most", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "in use", "in_use", SF_ALIGN_RIGHT);
	for (size_t i = 0; i < report->n; i++) {
		const struct sf_spare_row *row = &report->row[i];
		sf_table_cell(table, "%s", product_name(row));
		sf_table_cell(table, "%s", row->resource);
		sf_table_cell(table, "%s", sf_serving_names[row->serving]);
		sf_table_cell(table, "%u", row->each);
		sf_table_cell(table, "%" PRIu64, row->spare.copies);
		add_best(report, &row->spare, table);
		if (row->total > 0) {
			sf_table_cell(table, "%" PRIu64 "/%" PRIu64, row->used, row->total);
		} else {
			sf_table_cell(table, "%s", "");
		}
	}
	sf_table_write(table, format, out);
	sf_table_destroy(table);
}

static bool is_like(const struct sf_spare_row *a, const struct sf_spare_row *b)
{
	return a->each == b->each && strcmp(a->resource, b->resource) == 0;
}

/* Copies of the row and of all later ones for the same; 0 in *rows when an earlier one had them. */
static uint64_t sum_alike(const struct sf_spare_report *report, size_t at, size_t *rows)
{
	const struct sf_spare_row *row = &report->row[at];
	uint64_t copies = 0;
	*rows = 0;
	for (size_t i = 0; i < report->n; i++) {
		if (!is_like(row, &report->row[i])) {
			continue;
		}
		if (i < at) {
			*rows = 0;
			return 0;
		}
		copies += report->row[i].spare.copies;
		++*rows;
	}
	return copies;
}

/* What several products have, added up. */
static void write_totals(const struct sf_spare_report *report, struct sf_str *out)
{
	struct sf_table *table = sf_table_create();
	bool any = false;
	sf_table_column(table, "resource", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "per pod", NULL, SF_ALIGN_RIGHT);
	sf_table_column(table, "more pods fit", NULL, SF_ALIGN_RIGHT);
	for (size_t i = 0; i < report->n; i++) {
		size_t rows;
		uint64_t copies = sum_alike(report, i, &rows);
		if (rows > 1) {
			sf_table_cell(table, "%s", report->row[i].resource);
			sf_table_cell(table, "%u", report->row[i].each);
			sf_table_cell(table, "%" PRIu64, copies);
			any = true;
		}
	}
	if (any) {
		sf_str_append(out, "\nin all\n");
		sf_table_write(table, SF_TABLE_TEXT, out);
	}
	sf_table_destroy(table);
}

static void write_pod(const struct sf_spare_report *report, enum sf_table_format format,
                      struct sf_str *out)
{
	struct sf_table *table = sf_table_create();
	sf_table_column(table, "product", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "more copies fit", "fit", SF_ALIGN_RIGHT);
	sf_table_column(table, "nodes", NULL, SF_ALIGN_RIGHT);
	sf_table_column(table, "most", NULL, SF_ALIGN_LEFT);
	for (size_t i = 0; i < report->n; i++) {
		sf_table_cell(table, "%s", product_name(&report->row[i]));
		sf_table_cell(table, "%" PRIu64, report->row[i].spare.copies);
		add_best(report, &report->row[i].spare, table);
	}
	if (format == SF_TABLE_TEXT) {
		uint64_t copies = sf_report_spare_copies(report);
		sf_str_printf(out, "%s fits %" PRIu64 " time%s more\n", report->pod->pod, copies,
		              copies == 1 ? "" : "s");
		sf_report_wants(report->pod, out);
		sf_str_append(out, "\n");
		sf_report_notes(report->pod, out);
		sf_str_append(out, report->n > 0 ? "\n" : "");
	}
	if (report->n > 0 || format != SF_TABLE_TEXT) {
		sf_table_write(table, format, out);
	}
	sf_table_destroy(table);
}

void sf_report_spare_table(const struct sf_spare_report *report, enum sf_table_format format,
                           struct sf_str *out)
{
	if (report->pod != NULL) {
		write_pod(report, format, out);
		return;
	}
	write_resources(report, format, out);
	if (format == SF_TABLE_TEXT) {
		write_totals(report, out);
	}
}

static void write_row(const struct sf_spare_report *report, const struct sf_spare_row *row,
                      struct sf_json *json)
{
	sf_json_object(json, NULL);
	sf_json_str(json, "product", row->product != NULL ? row->product->name : NULL);
	if (report->pod == NULL) {
		sf_json_str(json, "resource", row->resource);
		sf_json_str(json, "served_by", sf_serving_names[row->serving]);
		sf_json_int(json, "per_pod", row->each);
	}
	sf_json_int(json, "fit", (int64_t)row->spare.copies);
	sf_json_int(json, "nodes", row->spare.nodes);
	sf_json_int(json, "most_on_one_node", row->spare.most);
	sf_json_str(json, "node", best_node(report, &row->spare));
	if (report->pod == NULL) {
		sf_json_int(json, "in_use", (int64_t)row->used);
		sf_json_int(json, "devices", (int64_t)row->total);
	}
	sf_json_end(json);
}

static void write_all_totals(const struct sf_spare_report *report, struct sf_json *json)
{
	sf_json_array(json, "totals");
	for (size_t i = 0; i < report->n; i++) {
		size_t rows;
		uint64_t copies = sum_alike(report, i, &rows);
		if (rows > 0) {
			sf_json_object(json, NULL);
			sf_json_str(json, "resource", report->row[i].resource);
			sf_json_int(json, "per_pod", report->row[i].each);
			sf_json_int(json, "fit", (int64_t)copies);
			sf_json_end(json);
		}
	}
	sf_json_end(json);
}

void sf_report_spare_json(const struct sf_spare_report *report, struct sf_str *out)
{
	struct sf_json *json = sf_json_create_object();
	sf_json_str(json, "schema", "slicefit.io/headroom/v1");
	if (report->pod != NULL) {
		sf_json_str(json, "pod", report->pod->pod);
		sf_report_request(json, "request", report->pod);
		sf_report_notes_json(json, report->pod);
		sf_json_int(json, "fit", (int64_t)sf_report_spare_copies(report));
	}
	sf_json_array(json, "rows");
	for (size_t i = 0; i < report->n; i++) {
		write_row(report, &report->row[i], json);
	}
	sf_json_end(json);
	if (report->pod == NULL) {
		write_all_totals(report, json);
	}
	sf_json_write(json, true, out);
	sf_json_destroy(json);
}
