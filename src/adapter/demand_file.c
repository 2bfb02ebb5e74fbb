/* demand_file: see demand_file.h. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/demand_file.h>

#include "demand_row.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/csv.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/str.h>

#include <stdlib.h>
#include <string.h>

enum sf_demand_format sf_demand_format_guess(const char *path)
{
	static const char *const endings[] = {".yaml", ".yml", ".json"};
	size_t len = strlen(path);

	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
		size_t n = strlen(endings[i]);

		if (len > n && strcmp(path + len - n, endings[i]) == 0) {
			return SF_DEMAND_YAML;
		}
	}
	return SF_DEMAND_CSV;
}

static int read_csv(struct demand_builder *builder, char *text, size_t len)
{
	struct sf_csv_column known[DEMAND_COLUMNS + 1] = {{NULL, false}};
	struct sf_error *err = builder->reader.err;
	int place[DEMAND_COLUMNS];
	struct sf_csv csv;
	int got;

	for (int i = 0; i < DEMAND_COLUMNS; i++) {
		known[i] = (struct sf_csv_column){demand_columns[i], i == DEMAND_COUNT};
	}
	sf_csv_init(&csv, builder->reader.file, text, len);
	got = sf_csv_header(&csv, known, true, place, err);
	while (got == 0 && (got = sf_csv_next(&csv, err)) > 0) {
		struct demand_row row = {.line = csv.field[0].line, .column = 1};

		for (int i = 0; i < DEMAND_COLUMNS; i++) {
			const struct sf_csv_field *field;

			if (place[i] < 0) {
				continue;
			}
			field = &csv.field[place[i]];
			row.field[i] = (struct sf_yaml){.kind = SF_YAML_SCALAR,
			                                .text = field->text,
			                                .line = field->line,
			                                .column = field->column,
			                                .key_line = field->line,
			                                .key_column = field->column};
		}
		got = demand_row_add(builder, &row);
	}
	return got;
}

/* One entry of the list. */
static int read_entry(struct demand_builder *builder, const struct sf_yaml *node)
{
	struct sf_error *err = builder->reader.err;
	struct demand_row row = {.line = node->line, .column = node->column};

	if (node->kind != SF_YAML_MAPPING) {
		return sf_yaml_fail(node, builder->reader.file, err,
		                    "expected an entry such as {kind: 1g.10gb, count: 12}");
	}
	if (sf_yaml_check_keys(node, builder->reader.file, demand_columns, err)) {
		return -1;
	}
	for (int i = 0; i < DEMAND_COLUMNS; i++) {
		const struct sf_yaml *field = sf_yaml_get(node, demand_columns[i]);

		if (field && (field->kind != SF_YAML_SCALAR || !field->text[0])) {
			return sf_yaml_fail(field, builder->reader.file, err, "expected one value");
		}
		if (field) {
			row.field[i] = *field;
		}
	}
	if (row.field[DEMAND_COUNT].text == NULL) {
		return sf_yaml_fail(node, builder->reader.file, err, "no count: how many pods?");
	}
	return demand_row_add(builder, &row);
}

static int read_yaml(struct demand_builder *builder, char *text, size_t len)
{
	static const char *const known[] = {"demand", NULL};
	struct sf_error *err = builder->reader.err;
	const struct sf_yaml *root =
		sf_yaml_parse(text, len, builder->reader.file, builder->reader.arena, err);
	const struct sf_yaml *list = root;

	if (!root) {
		return -1;
	}
	if (root->kind == SF_YAML_MAPPING) {
		if (sf_yaml_check_keys(root, builder->reader.file, known, err)) {
			return -1;
		}
		list = sf_yaml_get(root, "demand");
	}
	if (!list || list->kind != SF_YAML_SEQUENCE) {
		return sf_yaml_fail(list ? list : root, builder->reader.file, err,
		                    "expected a list: demand: [{kind: 1g.10gb, count: 12}]");
	}
	for (size_t i = 0; i < list->n; i++) {
		if (read_entry(builder, list->child[i])) {
			return -1;
		}
	}
	return 0;
}

/* Pods that run and that no row names stay. */
static void keep_running(struct demand_builder *builder)
{
	const struct sf_scenario *scenario = builder->reader.scenario;
	uint32_t line;

	for (size_t i = 0; i < scenario->n_workloads; i++) {
		struct sf_workload workload = scenario->workload[i];

		if (!workload.n_running_pods || sf_map_get(&builder->names, workload.name, &line)) {
			continue;
		}
		workload.count = 0;
		builder->workload = sf_xgrow(builder->workload, &builder->cap, builder->n + 1,
		                             sizeof *builder->workload);
		builder->workload[builder->n++] = workload;
	}
}

/* All at once, none fewer than run, and a gang only where it comes out even. */
static void settle(struct sf_workload *workload)
{
	workload->timed = false;
	workload->arrival = (struct sf_arrival_spec){.kind = SF_ARRIVAL_AT};
	workload->duration = (struct sf_duration_spec){.kind = SF_DURATION_FOREVER};
	if (workload->count < workload->n_running_pods) {
		workload->count = workload->n_running_pods;
	}
	if (workload->gang && workload->count % workload->gang != 0) {
		workload->gang = 0;
	}
}

/* Is any of the workloads in the group? */
static bool has_members(const struct sf_scenario *scenario, uint32_t group)
{
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		for (size_t g = 0; g < scenario->workload[i].n_groups; g++) {
			if (scenario->workload[i].group[g] == group) {
				return true;
			}
		}
	}
	return false;
}

/* Nobody has to keep apart from groups that went with their workloads, nor spread beside them. */
static int settle_rule(struct demand_builder *builder, struct sf_workload *workload)
{
	const struct sf_scenario *scenario = builder->reader.scenario;
	struct sf_node_rule *rule;
	uint32_t *apart;

	if (!workload->rule) {
		return 0;
	}
	rule = sf_reader_array(&builder->reader, 1, sizeof *rule);
	apart = sf_reader_array(&builder->reader, workload->rule->n_apart, sizeof *apart);
	if (!rule || !apart) {
		return -1;
	}
	*rule = *workload->rule;
	rule->n_apart = 0;
	for (size_t i = 0; i < workload->rule->n_apart; i++) {
		if (has_members(scenario, workload->rule->apart[i])) {
			apart[rule->n_apart++] = workload->rule->apart[i];
		}
	}
	rule->apart = apart;
	if (rule->spread && !has_members(scenario, rule->spread - 1)) {
		rule->spread = rule->max_skew = rule->min_nodes = 0;
		rule->spread_everywhere = rule->spread_untainted = false;
	}
	workload->rule = rule;
	return 0;
}

static int replace(struct demand_builder *builder, struct sf_scenario *scenario)
{
	int rc = 0;

	struct sf_workload *workload =
		sf_reader_array(&builder->reader, builder->n, sizeof *workload);

	if (!workload) {
		return -1;
	}
	for (size_t i = 0; i < builder->n; i++) {
		workload[i] = builder->workload[i];
		settle(&workload[i]);
	}
	scenario->workload = workload;
	scenario->n_workloads = builder->n;
	scenario->trace = (struct sf_trace){0};
	for (size_t i = 0; !rc && i < builder->n; i++) {
		rc = settle_rule(builder, &workload[i]);
	}
	return rc;
}

int sf_demand_parse(struct sf_scenario *scenario, const char *name, enum sf_demand_format format,
                    const char *text, size_t len, struct sf_error *err)
{
	char *copy = sf_arena_strndup(scenario->arena, text, len);
	struct demand_builder builder = {
		.reader = {.file = sf_arena_strdup(scenario->arena, name),
	                   .catalog = scenario->catalog,
	                   .arena = scenario->arena,
	                   .scenario = scenario,
	                   .err = err},
	};
	int rc;

	if (!copy || !builder.reader.file) {
		return sf_fail(err, SF_ENOMEM, "%s: out of memory", name);
	}
	for (uint32_t i = 0; i < scenario->n_workloads; i++) {
		sf_map_set(&builder.old, scenario->workload[i].name, i);
	}
	rc = format == SF_DEMAND_YAML ? read_yaml(&builder, copy, len)
	                              : read_csv(&builder, copy, len);
	if (!rc && builder.n == 0) {
		rc = sf_fail(err, SF_EINVAL, "%s: no demand in it", name);
	}
	if (!rc) {
		keep_running(&builder);
		rc = replace(&builder, scenario);
	}
	free(builder.workload);
	sf_map_finish(&builder.old);
	sf_map_finish(&builder.names);
	return rc;
}

int sf_demand_load(struct sf_scenario *scenario, const char *path, struct sf_error *err)
{
	const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
	struct sf_str text = {0};
	int rc = sf_file_read(path, SF_YAML_BYTES_MAX, &text, err);

	if (!rc) {
		rc = sf_demand_parse(scenario, name, sf_demand_format_guess(path),
		                     sf_str_get(&text), text.len, err);
	}
	sf_str_finish(&text);
	return rc;
}
