/*
 * trace_row: one pod of a trace as the texts of its columns, whatever the file's format.
 *
 * What a row says of its workload is read by the reader of scenarios, as if it stood there under
 * `workloads`: a trace has the same words, values and messages. That is done once per workload;
 * the other rows find theirs by the texts of these columns.
 */
// SPDX-License-Identifier: Apache-2.0
#include "trace_row.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/error.h>

#include <jansson.h>
#include <math.h>
#include <string.h>

/* Between the texts of a key. */
enum { KEY_END = '\x1f' };

enum { PARTS_MAX = 64, NAME_SHOWN_MAX = 100, NAME_MAX_BYTES = 128 };

const char *const sf_trace_columns[SF_COLUMNS + 1] = {
	[SF_COLUMN_POD] = "name",
	[SF_COLUMN_ARRIVAL] = "arrival",
	[SF_COLUMN_DURATION] = "duration",
	[SF_COLUMN_NAME] = "workload",
	[SF_COLUMN_NAMESPACE] = "namespace",
	[SF_COLUMN_CLASS] = "class",
	[SF_COLUMN_PRIORITY] = "priority",
	[SF_COLUMN_DEADLINE] = "deadline",
	[SF_COLUMN_PREEMPTION] = "preemption",
	[SF_COLUMN_CHECKPOINT] = "checkpoint",
	[SF_COLUMN_GPU_DUTY] = "gpu_duty",
	[SF_COLUMN_GPU] = "gpu",
	[SF_COLUMN_GPU_MILLI] = "gpu_milli",
	[SF_COLUMN_SHARED] = "shared",
	[SF_COLUMN_MIG] = "mig",
	[SF_COLUMN_PRODUCT] = "product",
	[SF_COLUMN_GPU_MEMORY] = "gpu_memory",
	[SF_COLUMN_CPU] = "cpu",
	[SF_COLUMN_MEMORY] = "memory",
	[SF_COLUMNS] = NULL,
};

static bool has(const struct sf_trace_row *row, int column)
{
	return row->field[column].text != NULL && row->field[column].text[0] != '\0';
}

/* A field as the scenario reader sees a value. */
static struct sf_yaml value_of(const struct sf_trace_row *row, int column)
{
	return (struct sf_yaml){
		.kind = SF_YAML_SCALAR,
		.key = sf_trace_columns[column],
		.text = has(row, column) ? row->field[column].text : "",
		.line = row->line,
		.column = row->field[column].column,
		.key_line = row->line,
		.key_column = row->field[column].column,
	};
}

static int read_times(struct sf_trace_builder *builder, const struct sf_trace_row *row,
                      double *arrival_s, double *duration_s)
{
	struct sf_yaml arrival = value_of(row, SF_COLUMN_ARRIVAL);
	struct sf_yaml duration = value_of(row, SF_COLUMN_DURATION);
	if (sf_reader_duration(&builder->reader, &arrival, arrival_s) != 0) {
		return -1;
	}
	*duration_s = -1;
	if (duration.text[0] == '\0' || strcmp(duration.text, "forever") == 0) {
		return 0;
	}
	return sf_reader_duration(&builder->reader, &duration, duration_s);
}

/* A node of the tree that the scenario reader is given, copied into the scenario's arena. */
static struct sf_yaml *keep(struct sf_trace_builder *builder, const struct sf_yaml *node)
{
	struct sf_yaml *copy = sf_reader_array(&builder->reader, 1, sizeof(*copy));
	if (copy == NULL) {
		return NULL;
	}
	*copy = *node;
	copy->text = node->text != NULL ? sf_arena_strdup(builder->reader.arena, node->text) : NULL;
	copy->key = node->key != NULL ? sf_arena_strdup(builder->reader.arena, node->key) : NULL;
	return copy;
}

static struct sf_yaml *container(struct sf_trace_builder *builder, const struct sf_yaml *like,
                                 enum sf_yaml_kind kind, size_t max)
{
	struct sf_yaml node = *like;
	node.kind = kind;
	node.text = NULL;
	struct sf_yaml *out = keep(builder, &node);
	if (out != NULL) {
		out->child = sf_reader_array(&builder->reader, max, sizeof(struct sf_yaml *));
		out->n = 0;
	}
	return out != NULL && out->child != NULL ? out : NULL;
}

static int append(struct sf_trace_builder *builder, struct sf_yaml *parent, size_t max,
                  struct sf_yaml *child)
{
	if (child == NULL) {
		return -1;
	}
	if (parent->n == max) {
		return sf_yaml_fail(child, builder->reader.file, builder->reader.err,
		                    "more than %zu parts in one field", max);
	}
	parent->child[parent->n++] = child;
	return 0;
}

/* "T4|A10" */
static struct sf_yaml *list_of(struct sf_trace_builder *builder, struct sf_yaml value)
{
	struct sf_yaml *list = container(builder, &value, SF_YAML_SEQUENCE, PARTS_MAX);
	char *rest = sf_arena_strdup(builder->reader.arena, value.text);
	value.key = NULL;
	while (list != NULL && rest != NULL) {
		value.text = strsep(&rest, "|");
		if (append(builder, list, PARTS_MAX, keep(builder, &value)) != 0) {
			return NULL;
		}
	}
	return list;
}

/* "2g.20gb", or with counts "1g.10gb:2 3g.40gb:1" */
static struct sf_yaml *mapping_of(struct sf_trace_builder *builder, struct sf_yaml value)
{
	struct sf_yaml *mapping = container(builder, &value, SF_YAML_MAPPING, PARTS_MAX);
	char *rest = sf_arena_strdup(builder->reader.arena, value.text);
	while (mapping != NULL && rest != NULL) {
		char *profile = strsep(&rest, " ");
		char *count = strchr(profile, ':');
		value.text = count != NULL ? count + 1 : "1";
		if (count != NULL) {
			*count = '\0';
		}
		value.key = profile;
		if (append(builder, mapping, PARTS_MAX, keep(builder, &value)) != 0) {
			return NULL;
		}
	}
	return mapping;
}

static struct sf_yaml *tree_of(struct sf_trace_builder *builder, const struct sf_trace_row *row,
                               int column)
{
	struct sf_yaml value = value_of(row, column);
	if (column == SF_COLUMN_MIG) {
		return mapping_of(builder, value);
	}
	return column == SF_COLUMN_PRODUCT ? list_of(builder, value) : keep(builder, &value);
}

/* The row as an entry of `workloads`; NULL when memory is used up. */
static struct sf_yaml *entry_of(struct sf_trace_builder *builder, const struct sf_trace_row *row)
{
	struct sf_yaml place = {.line = row->line, .column = 1, .key_line = row->line};
	struct sf_yaml *entry = container(builder, &place, SF_YAML_MAPPING, SF_COLUMNS);
	place.key = "request";
	struct sf_yaml *request = container(builder, &place, SF_YAML_MAPPING, SF_COLUMNS);
	if (entry == NULL || request == NULL || append(builder, entry, SF_COLUMNS, request) != 0) {
		return NULL;
	}
	for (int i = SF_COLUMN_NAMESPACE; i < SF_COLUMNS; i++) {
		struct sf_yaml *parent = i < SF_COLUMN_GPU ? entry : request;
		if (has(row, i) &&
		    append(builder, parent, SF_COLUMNS, tree_of(builder, row, i)) != 0) {
			return NULL;
		}
	}
	return entry;
}

/* "gpu 1, cpu 8, memory 64Gi" */
static void describe(const struct sf_trace_row *row, struct sf_str *out)
{
	for (int i = SF_COLUMN_GPU; i < SF_COLUMNS; i++) {
		if (has(row, i)) {
			sf_str_printf(out, "%s%s %s", out->len > 0 ? ", " : "", sf_trace_columns[i],
			              row->field[i].text);
		}
	}
	if (has(row, SF_COLUMN_CLASS)) {
		sf_str_printf(out, ", %s", row->field[SF_COLUMN_CLASS].text);
	}
}

/* A name that no workload has: "-2" and so on behind one that is taken. How often a name was asked
 * for is remembered, so that each suffix is tried once. */
static const char *unique(struct sf_trace_builder *builder, const char *name)
{
	const char *first = name;
	uint32_t times;
	uint32_t other;
	if (name == NULL || !sf_map_get(&builder->names, name, &times)) {
		return name;
	}
	do {
		name = sf_arena_printf(builder->reader.arena, "%s-%u", first, ++times);
	} while (name != NULL && sf_map_get(&builder->names, name, &other));
	sf_map_set(&builder->names, first, times);
	return name;
}

static bool is_utf8(const char *text)
{
	json_t *string = json_string(text);
	json_decref(string);
	return string != NULL;
}

/* The row's own name for its workload, else what it asks for; NULL and an error when it is none. */
static const char *name_of(struct sf_trace_builder *builder, const struct sf_trace_row *row)
{
	struct sf_arena *arena = builder->reader.arena;
	const char *name = NULL;
	if (has(row, SF_COLUMN_NAME)) {
		struct sf_yaml value = value_of(row, SF_COLUMN_NAME);
		value.quoted = true;
		if (sf_reader_text(&builder->reader, &value, NAME_MAX_BYTES, &name) != 0) {
			return NULL;
		}
		if (!is_utf8(name)) {
			sf_yaml_fail(&value, builder->reader.file, builder->reader.err,
			             "not UTF-8; save the trace as UTF-8");
			return NULL;
		}
		return unique(builder, sf_arena_strdup(arena, name));
	}
	struct sf_str text = {0};
	describe(row, &text);
	name = sf_arena_printf(arena, "%.*s", NAME_SHOWN_MAX, sf_str_get(&text));
	sf_str_finish(&text);
	return unique(builder, name);
}

static int add_workload(struct sf_trace_builder *builder, const struct sf_trace_row *row,
                        uint32_t *index)
{
	struct sf_reader *reader = &builder->reader;
	size_t n = builder->n_workloads;
	if (n - builder->spec.first_workload == SF_SCENARIO_LIST_MAX) {
		return sf_fail(reader->err, SF_ELIMIT, "%s:%u: more than %d different requests",
		               reader->file, row->line, SF_SCENARIO_LIST_MAX);
	}
	struct sf_workload workload = {.name = name_of(builder, row)};
	const struct sf_yaml *entry = workload.name != NULL ? entry_of(builder, row) : NULL;
	if (entry == NULL || sf_reader_workload(reader, entry, &workload) != 0) {
		return -1;
	}
	const char *key = sf_arena_strndup(reader->arena, builder->key.text, builder->key.len);
	if (key == NULL) {
		return sf_fail(reader->err, SF_ENOMEM, "%s: needs more memory than it may use",
		               reader->file);
	}
	workload.count = 0;
	workload.timed = true;
	workload.arrival.kind = SF_ARRIVAL_TRACE;
	builder->workload = sf_xgrow(builder->workload, &builder->cap_workloads, n + 1,
	                             sizeof(*builder->workload));
	builder->workload[n] = workload;
	builder->n_workloads++;
	sf_map_set(&builder->keys, key, (uint32_t)n);
	sf_map_set(&builder->names, workload.name, 1);
	*index = (uint32_t)n;
	return 0;
}

/* The workload of the row. */
static int find_workload(struct sf_trace_builder *builder, const struct sf_trace_row *row,
                         uint32_t *index)
{
	builder->key.len = 0;
	for (int i = SF_COLUMN_NAME; i < SF_COLUMNS; i++) {
		const char *text = has(row, i) ? row->field[i].text : "";
		if (strchr(text, KEY_END) != NULL) {
			return sf_fail(builder->reader.err, SF_EINVAL,
			               "%s:%u:%u: control characters in %s", builder->reader.file,
			               row->line, row->field[i].column, sf_trace_columns[i]);
		}
		sf_str_append(&builder->key, text);
		sf_str_append_n(&builder->key, &(const char){KEY_END}, 1);
	}
	return sf_map_get_n(&builder->keys, builder->key.text, builder->key.len, index)
	               ? 0
	               : add_workload(builder, row, index);
}

/* Seconds, already checked, to microseconds. */
static int64_t microseconds(double s)
{
	return llround(s * 1e6);
}

int sf_trace_add(struct sf_trace_builder *builder, struct sf_trace_row *row)
{
	struct sf_trace *trace = &builder->spec;
	double arrival_s;
	double duration_s;
	uint32_t index = 0;
	if (trace->any_product) {
		row->field[SF_COLUMN_PRODUCT].text = NULL;
	}
	if (read_times(builder, row, &arrival_s, &duration_s) != 0) {
		return -1;
	}
	if (arrival_s < trace->start_s || (trace->end_s >= 0 && arrival_s >= trace->end_s)) {
		return 0;
	}
	if (find_workload(builder, row, &index) != 0) {
		return -1;
	}
	if (++builder->pods > SF_SCENARIO_PODS_MAX) {
		return sf_fail(builder->reader.err, SF_ELIMIT, "%s:%u: more than %d pods",
		               trace->path, row->line, SF_SCENARIO_PODS_MAX);
	}
	builder->workload[index].count++;
	builder->pod =
		sf_xgrow(builder->pod, &builder->cap_pods, trace->n + 1, sizeof(*builder->pod));
	builder->pod[trace->n++] = (struct sf_trace_pod){
		.time_us = microseconds((arrival_s - trace->start_s) / trace->speed),
		.duration_us = duration_s < 0 ? -1 : microseconds(duration_s),
		.workload = index,
	};
	return 0;
}
