/* classes: the class of a pod, and the rules that come with it. Pure functions. */
// SPDX-License-Identifier: Apache-2.0
#include "classes.h"

#include <slicefit/error.h>
#include <slicefit/kube_pod.h>
#include <slicefit/kube_traits.h>
#include <slicefit/policy.h>
#include <slicefit/serve_config.h>
#include <slicefit/workload.h>

#include <string.h>

static bool pair_holds(const struct sf_serve_pair *pair, const char *value)
{
	return value != NULL && (pair->value == NULL || strcmp(pair->value, value) == 0);
}

static bool match_holds(const struct sf_serve_match *match, const struct sf_kube_traits *traits)
{
	for (uint8_t i = 0; i < match->n_labels; i++) {
		const struct sf_serve_pair *pair = &match->label[i];
		if (!pair_holds(pair, sf_kube_traits_label(traits, pair->key))) {
			return false;
		}
	}
	for (uint8_t i = 0; i < match->n_annotations; i++) {
		const struct sf_serve_pair *pair = &match->annotation[i];
		if (!pair_holds(pair, sf_kube_traits_annotation(traits, pair->key))) {
			return false;
		}
	}
	return match->owner == NULL ||
	       (traits->owner != NULL && strcmp(match->owner, traits->owner) == 0);
}

/* The class that the pod names, or the config for pods like it; *class NONE when neither does. */
static int find_named(const struct sf_serve_config *config, const struct sf_kube_traits *traits,
                      const struct sf_serve_namespace *space, uint32_t *class, struct sf_error *err)
{
	const char *name = sf_kube_traits_label(traits, config->class_key);
	if (name == NULL) {
		name = sf_kube_traits_annotation(traits, config->class_key);
	}
	*class = space != NULL ? space->class : SF_SERVE_CLASS_NONE;
	if (name != NULL) {
		*class = sf_serve_class_find(config, name);
		return *class != SF_SERVE_CLASS_NONE
		               ? 0
		               : sf_fail(err, SF_EINVAL,
		                         "%.80s: there is no workload class '%.63s'",
		                         config->class_key, name);
	}
	for (uint32_t i = 0; i < config->n_matches; i++) {
		if (match_holds(&config->match[i], traits)) {
			*class = config->match[i].class;
			return 0;
		}
	}
	return 0;
}

/*
 * Who is known to run notebooks: JupyterHub labels its users' pods (kubespawner, KubeSpawner.
 * component_label), Kubeflow those of its notebooks (components/notebook-controller).
 */
static bool is_notebook(const struct sf_kube_traits *traits)
{
	const char *component = sf_kube_traits_label(traits, "component");
	const char *modern = sf_kube_traits_label(traits, "app.kubernetes.io/component");
	return (component != NULL && strcmp(component, "singleuser-server") == 0) ||
	       (modern != NULL && strcmp(modern, "singleuser-server") == 0) ||
	       sf_kube_traits_label(traits, "notebook-name") != NULL;
}

/* Pods of these run until they are done: Kubernetes' batch/v1, Kubeflow's trainer, Volcano, Ray. */
static bool is_job(const struct sf_kube_traits *traits)
{
	static const char *const kinds[] = {"Job",    "JobSet",     "MPIJob",    "PyTorchJob",
	                                    "TFJob",  "XGBoostJob", "PaddleJob", "JAXJob",
	                                    "RayJob", "TrainJob"};
	for (size_t i = 0; traits->owner != NULL && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(traits->owner, kinds[i]) == 0) {
			return true;
		}
	}
	return false;
}

/* What the names that it asks for say. */
static uint32_t derive_by_request(const struct sf_kube_pod *pod)
{
	static const char shared[] = "nvidia.com/gpu.shared";
	static const char mig[] = "nvidia.com/mig-";
	for (uint8_t i = 0; i < pod->n; i++) {
		if (strcmp(pod->want[i].name, "nvidia.com/gpu") == 0 && pod->want[i].count > 1) {
			return SF_CLASS_TRAINING;
		}
	}
	for (uint8_t i = 0; i < pod->n; i++) {
		if (pod->replica_only || strcmp(pod->want[i].name, shared) == 0) {
			return SF_CLASS_INTERACTIVE;
		}
		if (strncmp(pod->want[i].name, mig, sizeof(mig) - 1) == 0) {
			return SF_CLASS_INFERENCE;
		}
	}
	return SF_SERVE_CLASS_NONE;
}

static uint32_t derive(const struct sf_kube_pod *pod, const struct sf_kube_traits *traits)
{
	if (is_notebook(traits)) {
		return SF_CLASS_INTERACTIVE;
	}
	return is_job(traits) ? SF_CLASS_TRAINING : derive_by_request(pod);
}

/* Who names a profile gets an instance of it, whatever the class says of MIG in general. */
static unsigned named_modes(const struct sf_kube_pod *pod)
{
	static const char mig[] = "nvidia.com/mig-";
	for (uint8_t i = 0; i < pod->n; i++) {
		if (strncmp(pod->want[i].name, mig, sizeof(mig) - 1) == 0) {
			return SF_SERVING_BIT(SF_SERVING_MIG);
		}
	}
	return 0;
}

static struct sf_pod_rules resolve(const struct sf_class_rules *rules,
                                   const struct sf_policy *fallback)
{
	unsigned allow = rules->allow != 0 ? rules->allow : SF_SERVING_ALL;
	struct sf_pod_rules out = {
		.policy = rules->policy != NULL ? sf_policy_find(rules->policy) : fallback,
		.serving.deny = (uint8_t)(SF_SERVING_ALL & ~allow),
	};
	for (uint8_t i = 0; i < rules->n_prefer; i++) {
		out.serving.level[rules->prefer[i]] = (uint8_t)(rules->n_prefer - i);
	}
	return out;
}

int sf_classes_rules(const struct sf_serve_config *config, const struct sf_policy *fallback,
                     const struct sf_kube_pod *pod, const struct sf_kube_traits *traits,
                     struct sf_pod_rules *out, struct sf_error *err)
{
	const struct sf_serve_namespace *space = sf_serve_namespace_find(config, pod->space);
	struct sf_class_rules rules = {.policy = config->policy};
	uint32_t class;
	if (find_named(config, traits, space, &class, err) < 0) {
		return -1;
	}
	bool named = class != SF_SERVE_CLASS_NONE;
	if (!named && config->derive) {
		class = derive(pod, traits);
	}
	if (class != SF_SERVE_CLASS_NONE) {
		sf_class_rules_override(&rules, &config->class[class].rules);
	}
	if (!named) {
		rules.allow = 0;
	}
	if (space != NULL) {
		sf_class_rules_override(&rules, &space->rules);
	}
	*out = resolve(&rules, fallback);
	out->serving.deny &= (uint8_t)~named_modes(pod);
	out->class = class != SF_SERVE_CLASS_NONE ? config->class[class].name : "";
	return 0;
}
