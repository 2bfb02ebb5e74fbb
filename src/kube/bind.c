/* bind: binds one pod to one node through the Kubernetes API. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/kube_bind.h>

#include "bind_step.h"

#include <slicefit/clock.h>
#include <slicefit/error.h>
#include <slicefit/kube_call.h>
#include <slicefit/str.h>

#include <jansson.h>
#include <stdlib.h>

struct run {
	struct sf_bind_step step;
	struct sf_kube_http *http;
	struct sf_str pod_path;
	struct sf_str binding_path;
	json_t *binding;
};

/* NULL when a text is no UTF-8. */
static json_t *make_binding(const struct sf_kube_bind *bind)
{
	json_t *annotations = json_object();
	for (size_t i = 0; i < bind->n_annotations; i++) {
		const struct sf_kube_annotation *one = &bind->annotations[i];
		json_object_set_new(annotations, one->key, json_string(one->value));
	}
	return json_pack("{s:s, s:s, s:{s:s, s:s, s:s, s:o}, s:{s:s, s:s, s:s}}", "apiVersion",
	                 "v1", "kind", "Binding", "metadata", "namespace", bind->space, "name",
	                 bind->pod, "uid", bind->uid, "annotations", annotations, "target",
	                 "apiVersion", "v1", "kind", "Node", "name", bind->node);
}

static uint32_t left_ms(const struct run *run)
{
	uint64_t now_ns = sf_clock_ns();
	uint64_t deadline_ns = run->step.deadline_ns;
	return deadline_ns > now_ns ? (uint32_t)((deadline_ns - now_ns) / 1000000) : 0;
}

/* A quarter of the time that is left stays for asking when no answer comes. */
static void post(struct run *run, uint32_t ms)
{
	json_t *answer = NULL;
	struct sf_error err = {0};
	struct sf_kube_reply reply;
	struct sf_kube_call call = {
		.method = SF_KUBE_POST,
		.path = run->binding_path.text,
		.doc = run->binding,
		.limit_ms = ms - ms / 4,
	};
	/* What it says besides its status does not matter. */
	sf_kube_call(run->http, &call, &reply, &answer, &err);
	sf_bind_posted(&run->step, &reply, &err, sf_clock_ns());
	json_decref(answer);
}

static const char *get_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text != NULL ? text : "";
}

static void ask(struct run *run, uint32_t ms)
{
	json_t *answer = NULL;
	struct sf_error err = {0};
	struct sf_kube_reply reply;
	struct sf_kube_call call = {
		.method = SF_KUBE_GET,
		.path = run->pod_path.text,
		.limit_ms = ms,
	};
	if (sf_kube_call(run->http, &call, &reply, &answer, &err) < 0) {
		reply.status = 0;
	}
	const json_t *meta = json_object_get(answer, "metadata");
	struct sf_bind_pod pod = {
		.uid = get_text(meta, "uid"),
		.node = get_text(json_object_get(answer, "spec"), "nodeName"),
		.deleting = *get_text(meta, "deletionTimestamp") != '\0',
	};
	sf_bind_asked(&run->step, &reply, &err, answer != NULL ? &pod : NULL, sf_clock_ns());
	json_decref(answer);
}

/* Both addresses, and whether the node's name is one. */
static int make_paths(struct run *run, struct sf_error *err)
{
	const struct sf_kube_bind *bind = run->step.bind;
	struct sf_kube_path path = {
		.prefix = "/api/v1",
		.space = bind->space,
		.plural = "pods",
		.name = bind->pod,
	};
	if (bind->uid[0] == '\0') {
		return sf_fail(err, SF_EINVAL, "pod %.64s: no uid", bind->pod);
	}
	if (!sf_kube_is_name(bind->node)) {
		return sf_fail(err, SF_EINVAL, "'%.64s' is no name of a node", bind->node);
	}
	if (sf_kube_path(&path, &run->pod_path, err) < 0) {
		return -1;
	}
	path.sub = "binding";
	return sf_kube_path(&path, &run->binding_path, err);
}

/* Why no request may go now, or NULL. */
static const char *obstacle(const struct run *run, const struct sf_bind_options *options)
{
	if (sf_kube_http_stopped(run->http)) {
		return "slicefit is being stopped";
	}
	if (left_ms(run) == 0) {
		return "no time left to bind the pod";
	}
	if (options->pace != NULL &&
	    options->pace(options->ctx, run->http, run->step.deadline_ns) < 0) {
		return "more requests to the API server than --kube-api-qps lets through";
	}
	return NULL;
}

static void go(struct run *run, const struct sf_bind_options *options)
{
	struct sf_bind_step *step = &run->step;
	while (step->next != SF_BIND_END) {
		sf_kube_http_wait(run->http, step->wait_ms);
		const char *why = obstacle(run, options);
		uint32_t ms = left_ms(run) + 1;
		if (why != NULL) {
			sf_bind_give_up(step, why);
		} else if (step->next == SF_BIND_POST) {
			post(run, ms);
		} else {
			ask(run, ms);
		}
	}
}

void sf_kube_bind(struct sf_kube_http *http, const struct sf_kube_bind *bind,
                  const struct sf_bind_options *options, struct sf_kube_bound *out)
{
	struct run run = {.http = http};
	struct sf_error err = {0};
	sf_bind_begin(&run.step, bind, options->deadline_ns, options->seed);
	run.binding = make_binding(bind);
	if (make_paths(&run, &err) < 0) {
		sf_bind_give_up(&run.step, err.text);
	} else if (run.binding == NULL) {
		sf_bind_give_up(&run.step, "the uid of the pod is no UTF-8");
	} else {
		go(&run, options);
	}
	*out = run.step.bound;
	json_decref(run.binding);
	sf_str_finish(&run.pod_path);
	sf_str_finish(&run.binding_path);
}
