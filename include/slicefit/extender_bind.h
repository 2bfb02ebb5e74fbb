/* extender_bind: the wire format of the verb bind (k8s.io/kube-scheduler/extender/v1). */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_EXTENDER_BIND_H
#define SF_EXTENDER_BIND_H

#include <stddef.h>

struct sf_error;
struct sf_str;

/* Body of bind. Nothing points into the text. */
struct sf_extender_bind {
	char name[256];
	char space[64];
	char uid[64];
	char node[256];
};

/* Reads ExtenderBindingArgs. All four are needed; unknown fields are ignored, and names match without
 * regard to case, as Go's decoder does. */
int sf_extender_bind_parse(const char *text, size_t len, struct sf_extender_bind *out,
                           struct sf_error *err);

/* ExtenderBindingResult; NULL or "": bound. kube-scheduler uses the text as a format: '%' is replaced. */
void sf_extender_bind_write(const char *error, struct sf_str *out);

#endif
