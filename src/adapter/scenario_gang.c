/* scenario_gang: pods that are placed together or not at all. */
// SPDX-License-Identifier: Apache-2.0
#include "scenario_read.h"

#include <string.h>

enum { GANG_MAX = 4096 };

static int read_timeout(struct sf_reader *reader, const struct sf_yaml *node, double *out)
{
	*out = -1;
	if (node != NULL && node->kind == SF_YAML_SCALAR && strcmp(node->text, "never") == 0) {
		return 0;
	}
	return sf_reader_duration(reader, node, out);
}

int sf_reader_gang(struct sf_reader *reader, const struct sf_yaml *workload,
                   struct sf_workload *out)
{
	static const char *const known[] = {"size", "timeout", NULL};
	const struct sf_yaml *node = sf_yaml_get(workload, "gang");
	if (node == NULL) {
		return 0;
	}
	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0) {
		return -1;
	}
	if (sf_yaml_get(node, "size") == NULL) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "a gang needs a size: {size: 4, timeout: 10m}");
	}
	if (sf_reader_uint(reader, sf_yaml_get(node, "size"), 1, GANG_MAX, &out->gang) != 0 ||
	    read_timeout(reader, sf_yaml_get(node, "timeout"), &out->gang_timeout_s) != 0) {
		return -1;
	}
	if (out->count % out->gang != 0) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "count %u is no multiple of the gang's size %u: give the pods "
		                    "of whole gangs",
		                    out->count, out->gang);
	}
	if (out->deadline_s >= 0) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "a gang gives up as a whole: timeout instead of deadline");
	}
	return 0;
}
