/* classes: the class of a pod, and the rules that come with it. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_CLASSES_H
#define SF_CLASSES_H

#include <slicefit/serving.h>

struct sf_error;
struct sf_kube_traits;
struct sf_kube_pod;
struct sf_policy;
struct sf_serve_config;

/* What decides about one pod beside its request: its class's rules, resolved. */
struct sf_pod_rules {
	const struct sf_policy *policy;
	struct sf_serving_rules serving;
	const char *class; /* its name, the config's; "" for none. For logs: it decides nothing */
};

/*
 * The rules for a pod, as docs/serve-config.md has them; `fallback` is the policy when nothing says
 * another. Where the class was only derived from what the pod looks like, every mode is allowed. -1
 * when the pod names a class that does not exist.
 */
int sf_classes_rules(const struct sf_serve_config *config, const struct sf_policy *fallback,
                     const struct sf_kube_pod *pod, const struct sf_kube_traits *traits,
                     struct sf_pod_rules *out, struct sf_error *err);

#endif
