/* scenario_tolerance: how much worse than its baseline each metric of a scenario may be. */
// SPDX-License-Identifier: Apache-2.0
#include "scenario_read.h"

#include <slicefit/error.h>

#include <string.h>

static int read_one(struct sf_reader *reader, const struct sf_yaml *node, struct sf_tolerance *out)
{
	struct sf_error why;
	const char *text = node->kind == SF_YAML_SCALAR ? node->text : "(a list or mapping)";
	*out = (struct sf_tolerance){.metric = node->key, .line = node->line};
	out->column = node->key_column;
	if (sf_tolerance_parse(text, out, &why) != 0) {
		return sf_yaml_fail(node, reader->file, reader->err, "%s", why.text);
	}
	return 0;
}

int sf_reader_tolerances(struct sf_reader *reader, const struct sf_yaml *node)
{
	struct sf_scenario *scenario = reader->scenario;
	if (node == NULL) {
		return 0;
	}
	if (node->kind != SF_YAML_MAPPING || node->n > SF_TOLERANCES_MAX) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "expected at most %d metrics, each with how much worse it may "
		                    "be: {pods.placed: 1%%}",
		                    SF_TOLERANCES_MAX);
	}
	scenario->tolerance = sf_reader_array(reader, node->n, sizeof(*scenario->tolerance));
	if (scenario->tolerance == NULL) {
		return -1;
	}
	for (size_t i = 0; i < node->n; i++) {
		if (read_one(reader, node->child[i], &scenario->tolerance[i]) != 0) {
			return -1;
		}
	}
	scenario->n_tolerances = node->n;
	return 0;
}
