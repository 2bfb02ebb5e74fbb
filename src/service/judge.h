/* judge: one request of the scheduler: what it asks, by which rules, and what each node is told. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_JUDGE_H
#define SF_JUDGE_H

#include "classes.h"
#include "routes.h"
#include "scores.h"

#include <slicefit/extender.h>

struct sf_arena;
struct sf_http_request;
struct sf_http_response;
struct sf_record_slot;
struct sf_serve_config;
struct sf_service;

/* A pod, and the JSON that it was read from. */
struct sf_pod_text {
	const struct sf_kube_pod *pod;
	const char *text;
	size_t len;
};

/* Everything about one request that is not its answer. It changes nothing outside itself. */
struct sf_call {
	struct sf_service *service;
	struct sf_arena *arena;
	struct sf_serve_config *config; /* held */
	struct sf_extender_args args;
	struct sf_pod_rules rules;
	struct sf_record_slot *slot; /* its line in the record, or NULL */
	bool open; /* the cluster is not known freshly enough, and then everything goes */
};

/* The rules for a pod whose object is this text. `arena` holds nothing of them. */
int sf_pod_rules_find(const struct sf_service *service, const struct sf_serve_config *config,
                      const struct sf_pod_text *pod, struct sf_arena *arena,
                      struct sf_pod_rules *out, struct sf_error *err);

/* Reads the body, and finds the rules for the pod. Close the call, also after -1. */
int sf_call_open(struct sf_service *service, const struct sf_http_request *http, enum sf_verb verb,
                 struct sf_call *call, struct sf_error *err);

/* The same in two steps, for bodies of another kind: args.pod and its text are filled in between. */
void sf_call_start(struct sf_service *service, const struct sf_http_request *http,
                   enum sf_verb verb, struct sf_call *call);
int sf_call_prepare(struct sf_call *call, struct sf_error *err);

/* With the answer that was given, for the record. */
void sf_call_close(struct sf_call *call, const struct sf_http_response *response);

/* What the nodes are told: args.n entries in the arena; NULL and err when it is full. Levels and
 * scores by `policy` only with `scores`. */
struct sf_judged *sf_call_judge(struct sf_call *call, const struct sf_policy *policy, bool scores,
                                struct sf_error *err);

#endif
