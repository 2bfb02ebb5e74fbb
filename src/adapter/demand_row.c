/*
 * demand_row: see demand_row.h. What a row asks for is read by the reader of scenarios, as if it
 * stood there under `workloads`: a demand has the same words, values and messages.
 */
// SPDX-License-Identifier: Apache-2.0
#include "demand_row.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/error.h>

#include <string.h>

enum { KIND_MAX = 64, NAME_MAX_BYTES = 128 };

const char *const demand_columns[DEMAND_COLUMNS + 1] = {
	[DEMAND_KIND] = "kind",
	[DEMAND_NAME] = "name",
	[DEMAND_COUNT] = "count",
	[DEMAND_PRIORITY] = "priority",
	[DEMAND_CLASS] = "class",
	[DEMAND_DUTY] = "duty",
	[DEMAND_DUTY_SD] = "duty_sd",
	[DEMAND_MAX_REPLICAS] = "max_replicas",
	[DEMAND_GPU_MEMORY] = "gpu_memory",
	[DEMAND_CPU] = "cpu",
	[DEMAND_MEMORY] = "memory",
	[DEMAND_COLUMNS] = NULL,
};

/* The key that a scenario has for the column. */
static const char *scenario_key(int column)
{
	return column == DEMAND_DUTY      ? "gpu_duty"
	       : column == DEMAND_DUTY_SD ? "gpu_duty_sd"
	                                  : demand_columns[column];
}

static bool has(const struct demand_row *row, int column)
{
	return row->field[column].text && row->field[column].text[0];
}

/* An entry of `workloads`, all in one block of the scenario's arena. */
struct entry {
	struct sf_yaml root, request, devices, profile;
	struct sf_yaml *of_root[DEMAND_COLUMNS], *of_request[DEMAND_COLUMNS], *of_devices[1];
};

static void add_child(struct sf_yaml *parent, struct sf_yaml *child, const char *key)
{
	child->key = key;
	parent->child[parent->n++] = child;
}

/* "gpu:4" is gpu: 4, "1g.10gb:2" is mig: {1g.10gb: 2}. */
static int add_devices(struct demand_builder *builder, const struct demand_row *row,
                       struct entry *entry)
{
	const struct sf_yaml *field = &row->field[DEMAND_KIND];
	const char *colon = strrchr(field->text, ':');
	size_t len = colon ? (size_t)(colon - field->text) : strlen(field->text);
	const char *kind = sf_arena_strndup(builder->reader.arena, field->text, len);
	struct sf_profile profile;

	if (!kind) {
		return sf_fail(builder->reader.err, SF_ENOMEM, "%s: out of memory",
		               builder->reader.file);
	}
	entry->devices = entry->profile = *field;
	entry->devices.quoted = entry->profile.quoted = false;
	entry->profile.text = entry->devices.text = colon ? colon + 1 : "1";
	if (strcmp(kind, "gpu") == 0 || strcmp(kind, "shared") == 0) {
		add_child(&entry->request, &entry->devices, kind);
		return 0;
	}
	if (len >= KIND_MAX || !sf_profile_parse_name(kind, &profile)) {
		return sf_yaml_fail(field, builder->reader.file, builder->reader.err,
		                    "unknown kind '%.40s': expected gpu, gpu:4, shared, or a MIG "
		                    "profile such as 1g.10gb or 1g.10gb:2",
		                    field->text);
	}
	entry->devices.kind = SF_YAML_MAPPING;
	entry->devices.text = NULL;
	entry->devices.child = entry->of_devices;
	add_child(&entry->devices, &entry->profile, kind);
	add_child(&entry->request, &entry->devices, "mig");
	return 0;
}

/* The row as the scenario reader sees a workload; NULL and an error. */
static struct sf_yaml *entry_of(struct demand_builder *builder, struct demand_row *row)
{
	struct entry *entry = sf_reader_array(&builder->reader, 1, sizeof *entry);

	if (!entry) {
		return NULL;
	}
	entry->root.kind = entry->request.kind = SF_YAML_MAPPING;
	entry->root.line = entry->request.line = entry->request.key_line = row->line;
	entry->root.column = entry->request.column = entry->request.key_column = row->column;
	entry->root.child = entry->of_root;
	entry->request.child = entry->of_request;
	if (has(row, DEMAND_KIND) && add_devices(builder, row, entry)) {
		return NULL;
	}
	for (int i = DEMAND_COUNT; i < DEMAND_COLUMNS; i++) {
		struct sf_yaml *field = sf_reader_array(&builder->reader, 1, sizeof *field);

		if (!field) {
			return NULL;
		}
		*field = row->field[i];
		if (has(row, i)) {
			add_child(i < DEMAND_GPU_MEMORY ? &entry->root : &entry->request, field,
			          scenario_key(i));
		}
	}
	add_child(&entry->root, &entry->request, "request");
	return &entry->root;
}

/* The kind, with "-2" and so on where that is taken. */
static const char *default_name(struct demand_builder *builder, const char *kind)
{
	const char *name = kind;
	uint32_t other;

	for (unsigned i = 2; name && (sf_map_get(&builder->names, name, &other) ||
	                              sf_map_get(&builder->old, name, &other));
	     i++) {
		name = sf_arena_printf(builder->reader.arena, "%s-%u", kind, i);
	}
	return name;
}

static int find_name(struct demand_builder *builder, struct demand_row *row, const char **out)
{
	struct sf_yaml *field = &row->field[DEMAND_NAME];
	uint32_t other;

	if (!has(row, DEMAND_NAME)) {
		*out = has(row, DEMAND_KIND) ? default_name(builder, row->field[DEMAND_KIND].text)
		                             : "";
		return *out ? 0
		            : sf_fail(builder->reader.err, SF_ENOMEM, "%s: out of memory",
		                      builder->reader.file);
	}
	field->quoted = true;
	if (sf_reader_text(&builder->reader, field, NAME_MAX_BYTES, out)) {
		return -1;
	}
	if (sf_map_get(&builder->names, *out, &other)) {
		return sf_yaml_fail(field, builder->reader.file, builder->reader.err,
		                    "workload %.40s is already given in line %u", *out, other);
	}
	return 0;
}

static bool same_devices(const struct sf_request_spec *a, const struct sf_request_spec *b)
{
	bool same = a->gpu == b->gpu && a->shared == b->shared && a->gpu_milli == b->gpu_milli &&
	            a->n_mig == b->n_mig && a->n_resources == b->n_resources;

	for (uint8_t i = 0; same && i < a->n_mig; i++) {
		same = a->mig[i].count == b->mig[i].count &&
		       strcmp(a->mig[i].profile, b->mig[i].profile) == 0;
	}
	return same;
}

/* The request of the scenario's workload, with what the row says of it. */
static struct sf_request_spec request_of(const struct demand_row *row,
                                         const struct sf_request_spec *old,
                                         const struct sf_request_spec *given)
{
	struct sf_request_spec out = has(row, DEMAND_KIND) ? *given : *old;

	out.gpu_memory_mib =
		has(row, DEMAND_GPU_MEMORY) ? given->gpu_memory_mib : old->gpu_memory_mib;
	out.cpu_milli = has(row, DEMAND_CPU) ? given->cpu_milli : old->cpu_milli;
	out.memory_mib = has(row, DEMAND_MEMORY) ? given->memory_mib : old->memory_mib;
	return out;
}

/* What the row does not say is as in the scenario's workload of that name. */
static int merge(struct demand_builder *builder, const struct demand_row *row,
                 const struct sf_workload *old, struct sf_workload *workload)
{
	const struct sf_workload given = *workload;

	if (has(row, DEMAND_KIND) && old->n_running > 0 &&
	    !same_devices(&given.request, &old->request)) {
		return sf_yaml_fail(&row->field[DEMAND_KIND], builder->reader.file,
		                    builder->reader.err,
		                    "pods of %.40s run in the scenario and ask for something "
		                    "else: leave the kind out, or give it another name",
		                    old->name);
	}
	*workload = *old;
	workload->line = given.line;
	workload->count = given.count;
	workload->request = request_of(row, &old->request, &given.request);
	workload->priority = has(row, DEMAND_PRIORITY) ? given.priority : old->priority;
	workload->class = has(row, DEMAND_CLASS) ? given.class : old->class;
	workload->gpu_duty = has(row, DEMAND_DUTY) ? given.gpu_duty : old->gpu_duty;
	if (has(row, DEMAND_DUTY)) {
		workload->n_duty_samples = 0;
	}
	workload->gpu_duty_sd = has(row, DEMAND_DUTY_SD) ? given.gpu_duty_sd : old->gpu_duty_sd;
	workload->max_replicas =
		has(row, DEMAND_MAX_REPLICAS) ? given.max_replicas : old->max_replicas;
	return 0;
}

/* Without a kind the name says what is asked for. */
static int check_kind(struct demand_builder *builder, const struct demand_row *row, bool known)
{
	struct sf_yaml place = {.line = row->line, .column = row->column};

	if (has(row, DEMAND_KIND) || known) {
		return 0;
	}
	return sf_yaml_fail(&place, builder->reader.file, builder->reader.err,
	                    "no kind: expected gpu, gpu:4, shared, or a MIG profile such as "
	                    "1g.10gb (or the name of a workload of the scenario)");
}

/* Reads the row; a workload of the scenario says which devices where the row does not. */
static int read_row(struct demand_builder *builder, struct demand_row *row,
                    const struct sf_workload *old, struct sf_workload *out)
{
	struct sf_yaml *entry;

	if (old && !has(row, DEMAND_KIND)) {
		row->field[DEMAND_KIND] =
			(struct sf_yaml){.text = "gpu", .line = row->line, .column = row->column};
		entry = entry_of(builder, row);
		row->field[DEMAND_KIND].text = NULL;
	} else {
		entry = entry_of(builder, row);
	}
	return entry ? sf_reader_workload(&builder->reader, entry, out) : -1;
}

static int keep(struct demand_builder *builder, const struct demand_row *row,
                const struct sf_workload *workload)
{
	struct sf_yaml place = {.line = row->line, .column = row->column};

	builder->pods += workload->count;
	if (builder->n == SF_SCENARIO_LIST_MAX) {
		return sf_reader_fail_limit(&builder->reader, &place, "entries",
		                            SF_SCENARIO_LIST_MAX);
	}
	if (builder->pods > SF_SCENARIO_PODS_MAX) {
		return sf_reader_fail_limit(&builder->reader, &place, "pods", SF_SCENARIO_PODS_MAX);
	}
	builder->workload = sf_xgrow(builder->workload, &builder->cap, builder->n + 1,
	                             sizeof *builder->workload);
	builder->workload[builder->n++] = *workload;
	sf_map_set(&builder->names, workload->name, row->line);
	return 0;
}

int demand_row_add(struct demand_builder *builder, struct demand_row *row)
{
	const struct sf_scenario *scenario = builder->reader.scenario;
	struct sf_workload workload = {0};
	const struct sf_workload *old = NULL;
	uint32_t index;

	if (find_name(builder, row, &workload.name)) {
		return -1;
	}
	if (has(row, DEMAND_NAME) && sf_map_get(&builder->old, workload.name, &index)) {
		old = &scenario->workload[index];
	}
	if (check_kind(builder, row, old != NULL) || read_row(builder, row, old, &workload) ||
	    (old && merge(builder, row, old, &workload))) {
		return -1;
	}
	return keep(builder, row, &workload);
}
