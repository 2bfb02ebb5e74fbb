/* scenario_trace: the `trace` of a scenario: pods from a file of their own. */
// SPDX-License-Identifier: Apache-2.0
#include "scenario_read.h"

#include <slicefit/arena.h>
#include <slicefit/trace.h>

#include <string.h>

enum { PATH_MAX_BYTES = 4095 };

/* Beside the scenario's own file, unless it says where from the root. */
static const char *resolve(struct sf_reader *reader, const char *file)
{
	const char *slash = strrchr(reader->file, '/');
	if (file[0] == '/' || slash == NULL) {
		return file;
	}
	return sf_arena_printf(reader->arena, "%.*s/%s", (int)(slash - reader->file), reader->file,
	                       file);
}

static int read_format(struct sf_reader *reader, const struct sf_yaml *node, struct sf_trace *out)
{
	const char *name = NULL;
	if (node == NULL) {
		return 0;
	}
	if (sf_yaml_str(node, reader->file, &name, reader->err) != 0) {
		return -1;
	}
	int format = sf_trace_format_parse(name);
	if (format < 0) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "unknown format '%.40s' (csv, jsonl, openb)", name);
	}
	out->format = (enum sf_trace_format)format;
	return 0;
}

int sf_reader_trace(struct sf_reader *reader, const struct sf_yaml *node)
{
	static const char *const known[] = {"file", "format",      "speed", "start",
	                                    "end",  "any_product", NULL};
	const struct sf_yaml *file = sf_yaml_get(node, "file");
	const struct sf_yaml *speed = sf_yaml_get(node, "speed");
	const struct sf_yaml *end = sf_yaml_get(node, "end");
	const char *path = NULL;

	if (node == NULL) {
		return 0;
	}
	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0 ||
	    sf_reader_text(reader, file, PATH_MAX_BYTES, &path) != 0) {
		return -1;
	}
	if (path == NULL || strcmp(path, "-") == 0) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "a trace needs a file: {file: jobs.csv}");
	}
	struct sf_trace trace = sf_trace_default(resolve(reader, path));
	if (read_format(reader, sf_yaml_get(node, "format"), &trace) != 0 ||
	    (speed != NULL &&
	     sf_yaml_real(speed, reader->file, 1e-3, 1e6, &trace.speed, reader->err) != 0) ||
	    sf_reader_duration(reader, sf_yaml_get(node, "start"), &trace.start_s) != 0 ||
	    sf_reader_duration(reader, end, &trace.end_s) != 0 ||
	    sf_reader_bool(reader, sf_yaml_get(node, "any_product"), &trace.any_product) != 0) {
		return -1;
	}
	if (end != NULL && trace.end_s <= trace.start_s) {
		return sf_yaml_fail(end, reader->file, reader->err, "end is not later than start");
	}
	return sf_trace_load(reader->scenario, &trace, reader->err);
}
