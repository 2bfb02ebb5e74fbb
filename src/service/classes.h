/* classes: the class of a pod, and the rules that come with it. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_CLASSES_H
#define SF_CLASSES_H

#include <slicefit/serving.h>

#include <stdbool.h>

struct sf_error;
struct sf_kube_traits;
struct sf_kube_pod;
struct sf_policy;
struct sf_serve_config;

/* What decides about a pod beside its request; verdicts may be kept by it. */
struct sf_rules {
	const struct sf_policy *policy;
	uint8_t allow; /* bits of the modes in which it may be served */
	uint8_t level
		[SF_SERVINGS]; /* of each mode: a higher one is preferred, whatever the score */
	const char *class; /* its name, the config's; "" for none. For logs: it decides nothing */
};

/* Every mode, none preferred. */
struct sf_rules sf_rules_plain(const struct sf_policy *policy);

/* Do they decide alike? */
bool sf_rules_same(const struct sf_rules *a, const struct sf_rules *b);

/* The least preferred of these modes; 0 for none of them. */
unsigned sf_rules_level(const struct sf_rules *rules, unsigned servings);

/*
 * The rules for a pod, as docs/serve-config.md has them; `fallback` is the policy when nothing says
 * another. Where the class was only derived from what the pod looks like, every mode is allowed. -1
 * when the pod names a class that does not exist.
 */
int sf_classes_rules(const struct sf_serve_config *config, const struct sf_policy *fallback,
                     const struct sf_kube_pod *pod, const struct sf_kube_traits *traits,
                     struct sf_rules *out, struct sf_error *err);

#endif
