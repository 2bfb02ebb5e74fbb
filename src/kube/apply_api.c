/* apply_api: the requests of a roll-out, and what their answers mean. */
// SPDX-License-Identifier: Apache-2.0
#include "apply_api.h"

#include <slicefit/apply_plan.h>
#include <slicefit/kube_call.h>
#include <slicefit/str.h>

#include <stdio.h>
#include <string.h>

/* A page of pods stays below the 4 MiB that one answer may have. */
enum { LIMIT_MS = 20000, PAGE = 50 };

#define MANAGER "slicefit"

static struct sf_apply_answer answer_ok(void)
{
	return (struct sf_apply_answer){.word = SF_APPLY_OK};
}

static enum sf_apply_word word_of(const struct sf_kube_reply *reply)
{
	/* Two kinds of conflicts: somebody else's field, which stays (apimachinery,
	 * managedfields: "Apply failed with 1 conflict: ..."), and an object that has changed. */
	bool field = strncmp(reply->problem, "Apply failed with", 17) == 0;
	switch (reply->status) {
	case 404:
		return SF_APPLY_ABSENT;
	case 409:
		return field ? SF_APPLY_REFUSED : SF_APPLY_AGAIN;
	case 0:
	case 408:
	case 429:
		return SF_APPLY_AGAIN;
	default:
		return reply->status >= 500 ? SF_APPLY_AGAIN : SF_APPLY_REFUSED;
	}
}

/* One exchange; the document goes to *out when that is wanted. */
static struct sf_apply_answer exchange(struct sf_apply_api *api, const struct sf_kube_call *call,
                                       struct sf_kube_reply *reply, json_t **out)
{
	struct sf_apply_answer answer = answer_ok();
	json_t *doc = NULL;
	int rc = sf_kube_call(api->http, call, reply, &doc, &answer.err);
	answer.heard = rc == 0 && reply->status < 500 && reply->status != 429;
	if (rc == 0 && doc == NULL) {
		sf_kube_refused(reply, &answer.err);
		answer.word = word_of(reply);
		answer.retry_after_ms = reply->retry_after_ms;
	} else if (rc < 0) {
		answer.word = SF_APPLY_AGAIN;
	}
	if (out != NULL) {
		*out = doc;
	} else {
		json_decref(doc);
	}
	return answer;
}

static struct sf_apply_answer send_to(struct sf_apply_api *api, enum sf_kube_method method,
                                      const char *path, const json_t *doc, json_t **out)
{
	struct sf_kube_reply reply;
	const struct sf_kube_call call = {
		.method = method,
		.path = path,
		.doc = doc,
		.limit_ms = LIMIT_MS,
	};
	return exchange(api, &call, &reply, out);
}

static struct sf_apply_answer refuse(const struct sf_error *err)
{
	return (struct sf_apply_answer){.word = SF_APPLY_REFUSED, .err = *err};
}

/* What is asked of a write. */
static void add_query(const struct sf_apply_api *api, enum sf_kube_method method,
                      struct sf_str *path)
{
	sf_str_append(path, "?fieldManager=" MANAGER);
	if (method == SF_KUBE_PATCH_APPLY && api->force) {
		sf_str_append(path, "&force=true");
	}
	if (api->dry_run) {
		sf_str_append(path, "&dryRun=All");
	}
}

struct sf_apply_answer sf_apply_api_get(struct sf_apply_api *api, const char *path, json_t **out)
{
	return send_to(api, SF_KUBE_GET, path, NULL, out);
}

/* Nodes are in no namespace. */
static int node_path(const char *name, struct sf_str *path, struct sf_error *err)
{
	if (!sf_kube_is_name(name)) {
		return sf_fail(err, SF_EINVAL, "'%.64s' is no name of a node", name);
	}
	sf_str_printf(path, "/api/v1/nodes/%s", name);
	return 0;
}

struct sf_apply_answer sf_apply_api_node(struct sf_apply_api *api, const char *name, json_t **out)
{
	struct sf_error err;
	struct sf_str path = {0};
	*out = NULL;
	struct sf_apply_answer answer = node_path(name, &path, &err) < 0
	                                        ? refuse(&err)
	                                        : sf_apply_api_get(api, path.text, out);
	sf_str_finish(&path);
	return answer;
}

static void add_escaped(struct sf_str *out, const char *text)
{
	for (; *text != '\0'; text++) {
		sf_str_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
	}
}

struct sf_apply_answer sf_apply_api_pods(struct sf_apply_api *api, const char *node, json_t **out)
{
	struct sf_str path = {0}, more = {0};
	struct sf_apply_answer answer;
	*out = json_array();
	do {
		json_t *page = NULL;
		path.len = 0;
		sf_str_printf(&path, "/api/v1/pods?limit=%d&fieldSelector=spec.nodeName%%3D%s",
		              PAGE, node);
		if (more.len > 0) {
			sf_str_append(&path, "&continue=");
			add_escaped(&path, more.text);
		}
		answer = sf_apply_api_get(api, path.text, &page);
		json_array_extend(*out, json_object_get(page, "items"));
		const json_t *meta = json_object_get(page, "metadata");
		const char *token = json_string_value(json_object_get(meta, "continue"));
		more.len = 0;
		sf_str_append(&more, token != NULL ? token : "");
		json_decref(page);
	} while (answer.word == SF_APPLY_OK && more.len > 0);
	sf_str_finish(&path);
	sf_str_finish(&more);
	if (answer.word != SF_APPLY_OK) {
		json_decref(*out);
		*out = NULL;
		/* A page that has expired: from the start. */
		bool expired = strstr(answer.err.text, "410") != NULL;
		answer.word = expired ? SF_APPLY_AGAIN : answer.word;
	}
	return answer;
}

static struct sf_apply_answer write_node(struct sf_apply_api *api, enum sf_kube_method method,
                                         const char *name, const json_t *doc)
{
	struct sf_error err;
	struct sf_str path = {0};
	struct sf_apply_answer answer;
	if (node_path(name, &path, &err) < 0) {
		answer = refuse(&err);
	} else {
		add_query(api, method, &path);
		answer = send_to(api, method, path.text, doc, NULL);
	}
	sf_str_finish(&path);
	return answer;
}

struct sf_apply_answer sf_apply_api_patch_node(struct sf_apply_api *api, const char *name,
                                               const json_t *patch)
{
	return write_node(api, SF_KUBE_PATCH_MERGE, name, patch);
}

struct sf_apply_answer sf_apply_api_label_node(struct sf_apply_api *api, const char *name,
                                               const char *version, const json_t *labels)
{
	json_t *doc =
		json_pack("{s:s, s:s, s:{s:s, s:s, s:O}}", "apiVersion", "v1", "kind", "Node",
	                  "metadata", "name", name, "resourceVersion", version, "labels", labels);
	struct sf_apply_answer answer = write_node(api, SF_KUBE_PATCH_APPLY, name, doc);
	json_decref(doc);
	return answer;
}

struct sf_apply_answer sf_apply_api_object(struct sf_apply_api *api,
                                           const struct sf_apply_object *object)
{
	struct sf_error err;
	struct sf_str path = {0};
	struct sf_apply_answer answer;
	const struct sf_kube_path place = {
		.prefix = "/api/v1",
		.plural = "configmaps",
		.space = object->space,
		.name = object->name,
	};
	if (sf_kube_path(&place, &path, &err) < 0) {
		answer = refuse(&err);
	} else {
		json_t *doc = json_loads(object->json, 0, NULL);
		add_query(api, SF_KUBE_PATCH_APPLY, &path);
		answer = send_to(api, SF_KUBE_PATCH_APPLY, path.text, doc, NULL);
		json_decref(doc);
	}
	sf_str_finish(&path);
	return answer;
}

struct sf_apply_answer sf_apply_api_policy(struct sf_apply_api *api,
                                           const struct sf_apply_object *policy)
{
	struct sf_error err;
	struct sf_str path = {0};
	struct sf_apply_answer answer;
	if (!sf_kube_is_name(policy->name)) {
		sf_fail(&err, SF_EINVAL, "'%.64s' is no name of a ClusterPolicy", policy->name);
		return refuse(&err);
	}
	json_t *doc = json_loads(policy->json, 0, NULL);
	sf_str_printf(&path, "/apis/nvidia.com/v1/clusterpolicies/%s", policy->name);
	add_query(api, SF_KUBE_PATCH_MERGE, &path);
	answer = send_to(api, SF_KUBE_PATCH_MERGE, path.text, doc, NULL);
	json_decref(doc);
	sf_str_finish(&path);
	return answer;
}

/* The version is said where the resource is described; one that is not described has been there
 * under the first version for ever. */
struct sf_apply_answer sf_apply_api_discover(struct sf_apply_api *api)
{
	json_t *doc = NULL, *entry;
	size_t i;
	struct sf_apply_answer answer = sf_apply_api_get(api, "/api/v1", &doc);
	snprintf(api->eviction, sizeof(api->eviction), "policy/v1beta1");
	json_array_foreach(json_object_get(doc, "resources"), i, entry) {
		const char *name = json_string_value(json_object_get(entry, "name"));
		const char *version = json_string_value(json_object_get(entry, "version"));
		if (name != NULL && version != NULL && strcmp(name, "pods/eviction") == 0) {
			snprintf(api->eviction, sizeof(api->eviction), "policy/%.20s", version);
		}
	}
	json_decref(doc);
	return answer;
}

/* 429: the budget is used up. 500: the API server cannot tell, as with two budgets for one pod
 * (pkg/registry/core/pod/storage/eviction.go). Both may be mended meanwhile. */
static enum sf_apply_word word_of_eviction(const struct sf_kube_reply *reply,
                                           enum sf_apply_word word)
{
	switch (reply->status) {
	case 404:
	case 409: /* another pod of that name: this one is gone */
		return SF_APPLY_OK;
	case 429:
	case 500:
		return SF_APPLY_BLOCKED;
	default:
		return word;
	}
}

struct sf_apply_answer sf_apply_api_evict(struct sf_apply_api *api, const char *space,
                                          const char *pod, const char *uid)
{
	struct sf_error err;
	struct sf_str path = {0};
	struct sf_kube_reply reply;
	const struct sf_kube_path place = {
		.prefix = "/api/v1",
		.plural = "pods",
		.space = space,
		.name = pod,
		.sub = "eviction",
	};
	if (sf_kube_path(&place, &path, &err) < 0) {
		sf_str_finish(&path);
		return refuse(&err);
	}
	json_t *how = json_pack("{s:{s:s}}", "preconditions", "uid", uid);
	if (api->dry_run) {
		json_object_set_new(how, "dryRun", json_pack("[s]", "All"));
	}
	json_t *doc = json_pack("{s:s, s:s, s:{s:s, s:s}, s:o}", "apiVersion", api->eviction,
	                        "kind", "Eviction", "metadata", "namespace", space, "name", pod,
	                        "deleteOptions", how);
	const struct sf_kube_call call = {
		.method = SF_KUBE_POST,
		.path = path.text,
		.doc = doc,
		.limit_ms = LIMIT_MS,
	};
	struct sf_apply_answer answer = exchange(api, &call, &reply, NULL);
	answer.word = word_of_eviction(&reply, answer.word);
	json_decref(doc);
	sf_str_finish(&path);
	return answer;
}
