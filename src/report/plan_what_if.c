/* plan_what_if: what a plan would be otherwise, as a table and as JSON. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_more.h"

#include <slicefit/json.h>
#include <slicefit/str.h>
#include <slicefit/what_if.h>

#include <math.h>

/* More priorities than these share one column. */
enum { PRIORITY_COLUMNS = 4 };

static void name_row(const struct sf_what_if_row *row, struct sf_str *out)
{
	switch (row->kind) {
	case SF_WHAT_IF_FEWER:
	case SF_WHAT_IF_FAILURE:
		sf_str_printf(out, "%s: %s", sf_what_if_names[row->kind], row->node);
		break;
	case SF_WHAT_IF_MORE:
		sf_str_printf(out, "%s in %s", sf_what_if_names[row->kind], row->pool);
		break;
	case SF_WHAT_IF_DEMAND:
		sf_str_printf(out, "demand +%u %%", row->percent);
		break;
	case SF_WHAT_IF_AS_PLANNED:
	case SF_WHAT_IF_KINDS:
		sf_str_append(out, sf_what_if_names[SF_WHAT_IF_AS_PLANNED]);
		break;
	}
}

/* Which columns say something at all. */
struct columns {
	bool priorities, running, cost, bought;
};

static struct columns columns_of(const struct sf_what_if *what_if)
{
	struct columns columns = {.priorities = what_if->n_priorities <= PRIORITY_COLUMNS};

	for (size_t i = 0; i < what_if->n; i++) {
		const struct sf_what_if_row *row = &what_if->row[i];

		columns.running |= row->displaced > 0 || row->pods_moved > 0;
		columns.cost |= row->cost_per_hour >= 0;
		columns.bought |= row->bought > 0;
	}
	return columns;
}

static void add_columns(struct sf_table *table, const struct sf_what_if *what_if,
                        const struct columns *columns)
{
	sf_table_column(table, "what if", NULL, SF_ALIGN_LEFT);
	for (size_t k = 0; columns->priorities && k < what_if->n_priorities; k++) {
		struct sf_str title = {0};

		sf_str_printf(&title, "unmet, priority %d", what_if->row[0].unmet[k].priority);
		sf_table_column(table, sf_str_get(&title), NULL, SF_ALIGN_RIGHT);
		sf_str_finish(&title);
	}
	if (!columns->priorities) {
		sf_table_column(table, "unmet", NULL, SF_ALIGN_RIGHT);
	}
	if (columns->running) {
		sf_table_column(table, "displaced", NULL, SF_ALIGN_RIGHT);
		sf_table_column(table, "moved", NULL, SF_ALIGN_RIGHT);
		sf_table_column(table, "drain cost", NULL, SF_ALIGN_RIGHT);
	}
	sf_table_column(table, "nodes rebuilt", NULL, SF_ALIGN_RIGHT);
	sf_table_column(table, "GPUs in use", NULL, SF_ALIGN_RIGHT);
	if (columns->cost) {
		sf_table_column(table, "cost per hour", NULL, SF_ALIGN_RIGHT);
	}
	if (columns->bought) {
		sf_table_column(table, "bought for", NULL, SF_ALIGN_RIGHT);
	}
}

static void add_row(struct sf_table *table, const struct sf_what_if *what_if,
                    const struct columns *columns, const struct sf_what_if_row *row)
{
	struct sf_str name = {0};
	uint32_t unmet = 0;

	name_row(row, &name);
	sf_table_cell(table, "%s%s", sf_str_get(&name), row->proven ? "" : " *");
	sf_str_finish(&name);
	for (size_t k = 0; k < what_if->n_priorities; k++) {
		unmet += row->unmet[k].unmet;
		if (columns->priorities) {
			sf_table_cell(table, "%u", row->unmet[k].unmet);
		}
	}
	if (!columns->priorities) {
		sf_table_cell(table, "%u", unmet);
	}
	if (columns->running) {
		sf_table_cell(table, "%u", row->displaced);
		sf_table_cell(table, "%u", row->pods_moved);
		sf_table_cell(table, "%.10g", row->drain_cost);
	}
	sf_table_cell(table, "%u", row->nodes_rebuilt);
	sf_table_cell(table, "%u of %u", row->gpus_used, row->gpus);
	if (columns->cost) {
		sf_table_cell(table, "%.2f", row->cost_per_hour);
	}
	if (columns->bought) {
		sf_table_cell(table, "%.10g", row->bought);
	}
}

void plan_what_if_table(const struct sf_what_if *what_if, enum sf_table_format format,
                        struct sf_str *out)
{
	struct columns columns = columns_of(what_if);
	struct sf_table *table = sf_table_create();
	bool proven = true;

	add_columns(table, what_if, &columns);
	for (size_t i = 0; i < what_if->n; i++) {
		add_row(table, what_if, &columns, &what_if->row[i]);
		proven &= what_if->row[i].proven;
	}
	sf_table_write(table, format, out);
	sf_table_destroy(table);
	if (!proven) {
		sf_str_append(out, "\n* not proven to be the best\n");
	}
	if (!what_if->all_pools) {
		sf_str_printf(out, "\nOnly the %d largest pools are varied.\n",
		              SF_WHAT_IF_POOLS_MAX);
	}
}

static const char *const keys[SF_WHAT_IF_KINDS] = {"as-planned", "node-fewer", "node-more",
                                                   "node-down", "demand"};

static void write_row(struct sf_json *json, const struct sf_what_if *what_if,
                      const struct sf_what_if_row *row)
{
	sf_json_object(json, NULL);
	sf_json_str(json, "what", keys[row->kind]);
	sf_json_str(json, "pool", row->pool);
	sf_json_str(json, "node", row->node);
	sf_json_int(json, "demand_pct", row->percent);
	sf_json_array(json, "unmet");
	for (size_t k = 0; k < what_if->n_priorities; k++) {
		sf_json_object(json, NULL);
		sf_json_int(json, "priority", row->unmet[k].priority);
		sf_json_int(json, "wanted", row->unmet[k].wanted);
		sf_json_int(json, "unmet", row->unmet[k].unmet);
		sf_json_end(json);
	}
	sf_json_end(json);
	sf_json_int(json, "displaced", row->displaced);
	sf_json_int(json, "moved", row->pods_moved);
	sf_json_real(json, "drain_cost", round(row->drain_cost * 1e6) / 1e6);
	sf_json_int(json, "nodes", row->nodes);
	sf_json_int(json, "nodes_rebuilt", row->nodes_rebuilt);
	sf_json_int(json, "gpus", row->gpus);
	sf_json_int(json, "gpus_used", row->gpus_used);
	if (row->cost_per_hour >= 0) {
		sf_json_real(json, "cost_per_hour", round(row->cost_per_hour * 1e6) / 1e6);
	} else {
		sf_json_null(json, "cost_per_hour");
	}
	sf_json_real(json, "bought", round(row->bought * 1e6) / 1e6);
	sf_json_bool(json, "proven", row->proven);
	sf_json_end(json);
}

void plan_what_if_json(const struct sf_what_if *what_if, struct sf_json *json)
{
	if (!what_if) {
		sf_json_null(json, "what_if");
		return;
	}
	sf_json_array(json, "what_if");
	for (size_t i = 0; i < what_if->n; i++) {
		write_row(json, what_if, &what_if->row[i]);
	}
	sf_json_end(json);
}
