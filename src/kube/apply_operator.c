/* apply_operator: the ConfigMaps of a roll-out, and the GPU Operator that is to read them. */
// SPDX-License-Identifier: Apache-2.0
#include "apply_run.h"

#include <slicefit/error.h>
#include <slicefit/kube_call.h>
#include <slicefit/str.h>

#include <string.h>

/* Of one list: so many DaemonSets stay below the 4 MiB that an answer may have. */
enum { DAEMON_SETS_MAX = 100 };

static struct sf_apply_answer write_object(struct sf_apply *apply,
                                           const struct sf_apply_object *object)
{
	return object == apply->plan->policy ? sf_apply_api_policy(&apply->api, object)
	                                     : sf_apply_api_object(&apply->api, object);
}

/* A refusal ends it; without --yes it is a finding. */
static int refused(struct sf_apply *apply, const struct sf_apply_object *object, const char *what,
                   const struct sf_apply_answer *answer, struct sf_error *err)
{
	struct sf_error said = answer->err;
	sf_wrap(&said, "%s (%s)", what, object->file);
	if (apply->options.execute) {
		*err = said;
		return -1;
	}
	const struct sf_apply_line line = {.event = "finding", .text = said.text};
	return sf_apply_tell(apply, SF_APPLY_FINDING, &line, err);
}

static int write_one(struct sf_apply *apply, const struct sf_apply_object *object,
                     struct sf_error *err)
{
	struct sf_str text = {0};
	bool policy = object == apply->plan->policy;
	bool execute = apply->options.execute;
	sf_str_printf(&text, "%s %s%s%s", object->kind, policy ? "" : object->space,
	              policy ? "" : "/", object->name);
	const struct sf_apply_line line = {
		.event = policy ? "patch" : "apply",
		.text = text.text,
	};
	int rc = sf_apply_tell(apply, execute ? SF_APPLY_DOING : SF_APPLY_WOULD, &line, err);
	while (rc >= 0) {
		struct sf_apply_answer answer = write_object(apply, object);
		if (answer.word == SF_APPLY_REFUSED || answer.word == SF_APPLY_ABSENT) {
			rc = refused(apply, object, text.text, &answer, err);
			break;
		}
		rc = sf_apply_heard(apply, &answer, err);
		if (rc == 0) {
			break;
		}
	}
	sf_str_finish(&text);
	return rc;
}

static int64_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static bool mounts(const json_t *set, const char *map)
{
	const json_t *spec = json_object_get(json_object_get(set, "spec"), "template");
	const json_t *volumes = json_object_get(json_object_get(spec, "spec"), "volumes");
	const json_t *volume;
	size_t i;
	json_array_foreach(volumes, i, volume) {
		const json_t *source = json_object_get(volume, "configMap");
		const char *name = json_string_value(json_object_get(source, "name"));
		if (name != NULL && strcmp(name, map) == 0) {
			return true;
		}
	}
	return false;
}

/* As `kubectl rollout status` judges (k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go). */
static bool is_rolled_out(const json_t *set)
{
	const json_t *status = json_object_get(set, "status");
	int64_t wanted = number(status, "desiredNumberScheduled");
	return number(status, "observedGeneration") >=
	               number(json_object_get(set, "metadata"), "generation") &&
	       number(status, "updatedNumberScheduled") >= wanted &&
	       number(status, "numberAvailable") >= wanted;
}

/* Do the pods that read this ConfigMap run with it? *why: what is missing. */
static bool is_read(const json_t *sets, const char *map, const char **why)
{
	const json_t *set;
	size_t i, readers = 0;
	*why = "no DaemonSet mounts it yet";
	json_array_foreach(sets, i, set) {
		if (!mounts(set, map)) {
			continue;
		}
		readers++;
		if (!is_rolled_out(set)) {
			*why = "a DaemonSet that mounts it is not rolled out";
			return false;
		}
	}
	return readers > 0;
}

/* Why one of the ConfigMaps is not in use; NULL: all are. */
static const char *unread(const struct sf_apply *apply, const json_t *sets,
                          const struct sf_apply_object **which)
{
	for (size_t i = 0; i < apply->plan->n_objects; i++) {
		const char *why;
		*which = &apply->plan->object[i];
		if (!is_read(sets, (*which)->name, &why)) {
			return why;
		}
	}
	return NULL;
}

/* mig-manager as it was before would look for the new names in the old ConfigMap and say failed. */
static int await_operator(struct sf_apply *apply, struct sf_error *err)
{
	const struct sf_apply_object *which = NULL;
	struct sf_str path = {0};
	const char *said = NULL, *why = NULL;
	uint64_t begun_ns = apply->heard_ns;
	int rc = 0;
	sf_str_printf(&path, "/apis/apps/v1/namespaces/%s/daemonsets?limit=%d",
	              apply->plan->object[0].space, DAEMON_SETS_MAX);
	do {
		json_t *list = NULL;
		struct sf_apply_answer answer = sf_apply_api_get(&apply->api, path.text, &list);
		why = answer.word == SF_APPLY_OK
		              ? unread(apply, json_object_get(list, "items"), &which)
		              : "its readers cannot be listed";
		json_decref(list);
		rc = sf_apply_heard(apply, &answer, err);
		if (why == NULL || rc < 0) {
			break;
		}
		const struct sf_apply_line line = {.event = "wait", .text = why};
		if (why != said) {
			sf_apply_tell(apply, SF_APPLY_WAITING, &line, err);
			said = why;
		}
		bool late = apply->heard_ns - begun_ns >=
		            apply->options.change_s * UINT64_C(1000000000);
		rc = late ? sf_fail(err, SF_EIO, "ConfigMap %s/%s: %s, after %u s", which->space,
		                    which->name, why, apply->options.change_s)
		          : sf_apply_pause(apply, 0, err);
	} while (rc == 0);
	sf_str_finish(&path);
	return rc < 0 ? -1 : 0;
}

int sf_apply_objects(struct sf_apply *apply, struct sf_error *err)
{
	const struct sf_apply_plan *plan = apply->plan;
	for (size_t i = 0; i < plan->n_objects; i++) {
		if (write_one(apply, &plan->object[i], err) < 0) {
			return -1;
		}
	}
	if (plan->policy == NULL || apply->options.skip_operator) {
		return 0;
	}
	if (write_one(apply, plan->policy, err) < 0) {
		return -1;
	}
	bool awaits = plan->n_objects > 0 && apply->options.execute;
	return awaits ? await_operator(apply, err) : 0;
}
