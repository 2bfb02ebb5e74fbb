/* apply_options: what the command line of `slicefit apply` says. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_APPLY_OPTIONS_H
#define SF_APPLY_OPTIONS_H

#include "cli.h"

#include <slicefit/apply.h>

struct sf_apply_cli {
	const char *dir;
	const char *kubeconfig;
	const char *context;
	enum sf_format format; /* table or json */
	struct sf_apply_options apply;
};

/* -1: go on; else the exit status of the command, which has said what is to be said. */
int sf_apply_options_parse(int argc, char **argv, struct sf_apply_cli *out);

#endif
