/* decision: what was decided about a pod, as an annotation on it. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_DECISION_H
#define SF_DECISION_H

#include <slicefit/request.h>

#include <stddef.h>

struct sf_error;
struct sf_str;

#define SF_KUBE_DECISION "slicefit.io/decision"

/* Texts beyond these are cut when written, and refused when read. */
enum { SF_DECISION_VERSION = 1, SF_DECISION_POLICY_MAX = 64 };

/*
 * {"version":1,"node":"n1","policy":"best-fit","devices":[{"resource":"nvidia.com/gpu","gpu":3,
 * "device":0,"replicas":1}]}. `gpu` and `device` (its first memory slice) are those that the model
 * counts; the kubelet may have given others of the name. Both are missing on a node by counts.
 */
struct sf_decision {
	char node[256];
	char policy[SF_DECISION_POLICY_MAX];
	uint8_t n;
	struct sf_decided {
		char resource[SF_NAME_MAX];
		uint16_t replicas;
		uint8_t gpu; /* SF_GPU_NONE: by counts */
		uint8_t device;
	} device[SF_GRANTS_MAX];
};

/* `resources` are those of the grant's cluster. */
void sf_decision_of(const struct sf_resources *resources, const char *node, const char *policy,
                    const struct sf_grant *grant, struct sf_decision *out);

/* Appends the text. */
void sf_decision_write(const struct sf_decision *decision, struct sf_str *out);

/* Reads it. SF_EINVAL: no such text, another version, keys that are unknown or come twice, values
 * that no decision has. */
int sf_decision_parse(const char *text, size_t len, struct sf_decision *out, struct sf_error *err);

#endif
