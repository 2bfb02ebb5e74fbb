/* unfold: the texts inside a document that are documents themselves. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_LINT_UNFOLD_H
#define SF_LINT_UNFOLD_H

#include "lint_impl.h"

/* A text that is to be read as YAML. */
struct unfolded {
	const struct sf_yaml *node;
	const char *map; /* the ConfigMap it is in, or NULL */
	const char *key; /* its key there, or NULL */
};

/* Calls `read` for the configurations in a ConfigMap's data, in a chart's values that make such a
 * ConfigMap, and for the values of a Helm release (Flux, Argo CD, k3s). */
void unfold(const struct doc *doc,
            void (*read)(void *ctx, const struct doc *doc, const struct unfolded *inner),
            void *ctx);

#endif
