/* pod_template: where the kinds that make pods have their templates. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_POD_TEMPLATE_H
#define SF_POD_TEMPLATE_H

#include <slicefit/yaml.h>

struct sf_pod_template {
	const char *
		group; /* how the version of its API begins: others have kinds of such names, too */
	const char *kind;
	const char *path;  /* of the template; of roles with templates of their own in `roles` */
	const char *roles; /* path of a mapping of them; or NULL */
};

/* NULL: such objects make no pods. */
const struct sf_pod_template *sf_pod_template_of(const char *kind);

#endif
