/* scenario_contention: which pods of a scenario slow each other down. */
// SPDX-License-Identifier: Apache-2.0
#include "scenario_read.h"

static const double efficiency_default = 0.9;

int sf_reader_contention(struct sf_reader *reader, const struct sf_yaml *node)
{
	static const char *const known[] = {"time_slicing", "mps", "efficiency", NULL};
	struct sf_contention *out = &reader->scenario->contention;
	const struct sf_yaml *efficiency = sf_yaml_get(node, "efficiency");
	if (node == NULL) {
		return 0;
	}
	*out = (struct sf_contention){true, true, efficiency_default};
	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0 ||
	    sf_reader_bool(reader, sf_yaml_get(node, "time_slicing"), &out->time_slicing) != 0 ||
	    sf_reader_bool(reader, sf_yaml_get(node, "mps"), &out->mps) != 0) {
		return -1;
	}
	return efficiency == NULL ? 0
	                          : sf_yaml_real(efficiency, reader->file, 0.01, 1,
	                                         &out->efficiency, reader->err);
}
