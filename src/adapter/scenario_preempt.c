/* scenario_preempt: who may take whose place, and what is lost with it. */
// SPDX-License-Identifier: Apache-2.0
#include "scenario_read.h"

#include <string.h>

enum { BUDGET_MAX = 1000000 };

int sf_reader_preemption(struct sf_reader *reader, const struct sf_yaml *node, bool *out)
{
	if (node == NULL) {
		return 0;
	}
	const char *text = node->kind == SF_YAML_SCALAR ? node->text : "";
	bool lower = strcmp(text, "lower-priority") == 0;
	if (!lower && strcmp(text, "never") != 0) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "expected never or lower-priority");
	}
	*out = lower;
	return 0;
}

/* never, or how often. */
static int read_checkpoint(struct sf_reader *reader, const struct sf_yaml *node,
                           struct sf_workload *out)
{
	if (node == NULL || (node->kind == SF_YAML_SCALAR && strcmp(node->text, "never") == 0)) {
		return 0;
	}
	out->saves = true;
	return sf_reader_duration(reader, node, &out->save_s);
}

static int read_budget(struct sf_reader *reader, const struct sf_yaml *node,
                       struct sf_workload *out)
{
	static const char *const known[] = {"max_unavailable", NULL};
	if (node == NULL) {
		return 0;
	}
	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0) {
		return -1;
	}
	const struct sf_yaml *most = sf_yaml_get(node, "max_unavailable");
	if (most == NULL) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "disruption needs max_unavailable: {max_unavailable: 1}");
	}
	out->has_budget = true;
	return sf_reader_uint(reader, most, 0, BUDGET_MAX, &out->max_unavailable);
}

int sf_reader_disruption(struct sf_reader *reader, const struct sf_yaml *workload,
                         struct sf_workload *out)
{
	out->preempts = reader->scenario->preempts;
	if (sf_reader_preemption(reader, sf_yaml_get(workload, "preemption"), &out->preempts) !=
	            0 ||
	    read_checkpoint(reader, sf_yaml_get(workload, "checkpoint"), out) != 0) {
		return -1;
	}
	return read_budget(reader, sf_yaml_get(workload, "disruption"), out);
}
