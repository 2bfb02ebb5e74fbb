/* advise_options: what the command line of `slicefit advise` says. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_ADVISE_OPTIONS_H
#define SF_ADVISE_OPTIONS_H

#include "cli.h"

#include <slicefit/prometheus.h>

struct sf_advise_options {
	const char *catalog, *usage;
	struct sf_prometheus prometheus; /* url NULL: not asked */
	uint32_t range_s, step_s;
	bool has_end;
	int64_t end_s;
	enum sf_format format;
};

/* 0, or -1 when the command ends here with *status. */
int sf_advise_options_parse(int argc, char **argv, struct sf_advise_options *out, int *status);

#endif
