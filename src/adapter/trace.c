/* trace: pods with times of their own from a file, as workloads of a scenario. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/trace.h>

#include "trace_row.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/file.h>

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	int (*read)(struct sf_trace_builder *builder, char *text, size_t len);
} formats[] = {
	[SF_TRACE_CSV] = {"csv", sf_trace_read_csv},
	[SF_TRACE_JSONL] = {"jsonl", sf_trace_read_jsonl},
	[SF_TRACE_OPENB] = {"openb", sf_trace_read_openb},
};

enum { FORMATS = sizeof(formats) / sizeof(formats[0]) };

int sf_trace_format_parse(const char *name)
{
	for (int i = 0; i < FORMATS; i++) {
		if (strcmp(formats[i].name, name) == 0) {
			return i;
		}
	}
	return -1;
}

const char *sf_trace_format_name(enum sf_trace_format format)
{
	return formats[format].name;
}

enum sf_trace_format sf_trace_format_guess(const char *path)
{
	static const char *const endings[] = {".jsonl", ".ndjson", ".json"};
	size_t len = strlen(path);
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t n = strlen(endings[i]);
		if (len > n && strcmp(path + len - n, endings[i]) == 0) {
			return SF_TRACE_JSONL;
		}
	}
	return SF_TRACE_CSV;
}

struct sf_trace sf_trace_default(const char *path)
{
	return (struct sf_trace){
		.path = path,
		.format = sf_trace_format_guess(path),
		.speed = 1,
		.end_s = -1,
	};
}

static void init(struct sf_trace_builder *builder, struct sf_scenario *scenario,
                 const struct sf_trace *spec, struct sf_error *err)
{
	size_t n = scenario->n_workloads;
	*builder = (struct sf_trace_builder){
		.reader = {.file = spec->path,
	                   .catalog = scenario->catalog,
	                   .arena = scenario->arena,
	                   .scenario = scenario,
	                   .err = err},
		.spec = *spec,
		.n_workloads = n,
	};
	builder->spec.n = 0;
	builder->spec.first_workload = n;
	builder->workload =
		sf_xgrow(NULL, &builder->cap_workloads, n + 1, sizeof(*builder->workload));
	for (size_t i = 0; i < n; i++) {
		builder->workload[i] = scenario->workload[i];
		builder->pods += scenario->workload[i].count;
		sf_map_set(&builder->names, scenario->workload[i].name, 1);
	}
}

static void finish(struct sf_trace_builder *builder)
{
	free(builder->pod);
	free(builder->workload);
	sf_map_finish(&builder->keys);
	sf_map_finish(&builder->names);
	sf_str_finish(&builder->key);
}

/* Into the scenario's arena. */
static int keep(struct sf_trace_builder *builder, struct sf_scenario *scenario)
{
	struct sf_trace *trace = &builder->spec;
	size_t n = builder->n_workloads;
	if (trace->n == 0) {
		return sf_fail(builder->reader.err, SF_EINVAL, "%s: no pods%s", trace->path,
		               trace->start_s > 0 || trace->end_s >= 0 ? " from start to end" : "");
	}
	struct sf_workload *workload = sf_reader_array(&builder->reader, n, sizeof(*workload));
	trace->pod = sf_reader_array(&builder->reader, trace->n, sizeof(*trace->pod));
	trace->path = sf_arena_strdup(scenario->arena, trace->path);
	if (workload == NULL || trace->pod == NULL || trace->path == NULL) {
		return -1;
	}
	memcpy(workload, builder->workload, n * sizeof(*workload));
	memcpy(trace->pod, builder->pod, trace->n * sizeof(*trace->pod));
	scenario->workload = workload;
	scenario->n_workloads = n;
	scenario->trace = *trace;
	return 0;
}

int sf_trace_parse(struct sf_scenario *scenario, const struct sf_trace *spec, char *text,
                   size_t len, struct sf_error *err)
{
	struct sf_trace_builder builder;
	init(&builder, scenario, spec, err);
	int rc = formats[spec->format].read(&builder, text, len);
	if (rc == 0) {
		rc = keep(&builder, scenario);
	}
	finish(&builder);
	return rc;
}

int sf_trace_load(struct sf_scenario *scenario, const struct sf_trace *spec, struct sf_error *err)
{
	struct sf_trace named = *spec;
	struct sf_str text = {0};
	named.path = strcmp(spec->path, "-") == 0 ? "standard input" : spec->path;
	sf_str_append(&text, "");
	int rc = sf_file_read(spec->path, SF_TRACE_BYTES_MAX, &text, err);
	if (rc == 0) {
		rc = sf_trace_parse(scenario, &named, text.text, text.len, err);
	}
	sf_str_finish(&text);
	return rc;
}
