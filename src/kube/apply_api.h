/* apply_api: the requests of a roll-out, and what their answers mean. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_APPLY_API_H
#define SF_KUBE_APPLY_API_H

#include <slicefit/error.h>

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct sf_apply_object;
struct sf_kube_http;

struct sf_apply_api {
	struct sf_kube_http *http; /* of this thread */
	bool dry_run;              /* every write is asked for with dryRun=All: nothing changes */
	bool force;                /* take fields over that another manager has set */
	char eviction[32];         /* API version of evictions; see sf_apply_api_discover */
};

enum sf_apply_word {
	SF_APPLY_OK,
	SF_APPLY_AGAIN,   /* no answer, or one that passes: the same request may succeed later */
	SF_APPLY_BLOCKED, /* an eviction: a disruption budget says not now */
	SF_APPLY_ABSENT,  /* there is no such object */
	SF_APPLY_REFUSED, /* it will not succeed: no right to, somebody else's field, nonsense */
};

struct sf_apply_answer {
	enum sf_apply_word word;
	bool heard;              /* the server is there and does its work */
	uint32_t retry_after_ms; /* what it asks for; 0: nothing */
	struct sf_error err;     /* unless OK */
};

/* Asks which version evictions have: policy/v1 since Kubernetes 1.22, v1beta1 before
 * (kubectl's CheckEvictionSupport, k8s.io/kubectl/pkg/drain). */
struct sf_apply_answer sf_apply_api_discover(struct sf_apply_api *api);

/* *out: the object, to be released; NULL unless OK. */
struct sf_apply_answer sf_apply_api_node(struct sf_apply_api *api, const char *name, json_t **out);

/* *out: an array of the pods bound to the node. */
struct sf_apply_answer sf_apply_api_pods(struct sf_apply_api *api, const char *node, json_t **out);

/* A JSON merge patch (RFC 7386). With metadata.resourceVersion in it the answer is AGAIN when the node
 * has changed since. */
struct sf_apply_answer sf_apply_api_patch_node(struct sf_apply_api *api, const char *name,
                                               const json_t *patch);

/* Server-side apply of these labels; `version`: the resourceVersion that was seen, without which a
 * node that is gone would be made anew. REFUSED: another manager has set one of them. */
struct sf_apply_answer sf_apply_api_label_node(struct sf_apply_api *api, const char *name,
                                               const char *version, const json_t *labels);

/* Server-side apply of a ConfigMap; a merge patch of the GPU Operator's policy. */
struct sf_apply_answer sf_apply_api_object(struct sf_apply_api *api,
                                           const struct sf_apply_object *object);
struct sf_apply_answer sf_apply_api_policy(struct sf_apply_api *api,
                                           const struct sf_apply_object *policy);

/* Another object, by its address. */
struct sf_apply_answer sf_apply_api_get(struct sf_apply_api *api, const char *path, json_t **out);

/* Asks for this very pod to go, as the disruption budgets allow. OK also when it is gone. */
struct sf_apply_answer sf_apply_api_evict(struct sf_apply_api *api, const char *space,
                                          const char *pod, const char *uid);

#endif
