/* manifests_intake: a text on its way into manifests. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_MANIFESTS_INTAKE_H
#define SF_MANIFESTS_INTAKE_H

#include "yaml_loose.h"

#include <slicefit/manifests.h>

struct sf_intake {
	struct sf_manifests *all;
	const char *file; /* copied */
	struct sf_yaml_loose loose;
	struct sf_error *err;
};

/* A document was read: its objects (those of a list one by one), and what was noted of it. -1: a
 * limit. */
int sf_intake_tree(struct sf_intake *in, const struct sf_yaml *tree);
void sf_intake_notes(struct sf_intake *in);

/* A document cannot be read: the fault at a place, or an error that begins with its place. -1: there are
 * too many. */
int sf_intake_fault(struct sf_intake *in, uint32_t line, uint32_t column, const char *text);
int sf_intake_error(struct sf_intake *in, const struct sf_error *why);

/* manifests_read: all documents of a text. -1 for a limit. */
int sf_intake_documents(struct sf_intake *in, const char *at, const char *end);

#endif
