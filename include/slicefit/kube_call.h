/* kube_call: one JSON document to the Kubernetes API, and the one that comes back. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_CALL_H
#define SF_KUBE_CALL_H

#include <slicefit/kube_http.h>

#include <stdint.h>

struct json_t;
struct sf_error;
struct sf_str;

struct sf_kube_call {
	enum sf_kube_method method;
	const char *path;         /* see sf_kube_path */
	const struct json_t *doc; /* to send; NULL with GET */
	uint32_t limit_ms;        /* for all of it; > 0 */
};

/*
 * *doc is the object of a 2xx (json_decref it), NULL with any other status. -1: as
 * sf_kube_http_send, or a 2xx whose body is no JSON object of at most 4 MiB (etcd takes 1.5 MB);
 * reply->status tells the two apart.
 */
int sf_kube_call(struct sf_kube_http *http, const struct sf_kube_call *call,
                 struct sf_kube_reply *reply, struct json_t **doc, struct sf_error *err);

/* The object at a path; NULL and err: SF_ENOENT for 404, else SF_EIO or SF_EINVAL. */
struct json_t *sf_kube_get_json(struct sf_kube_http *http, const char *path, uint32_t limit_ms,
                                struct sf_error *err);

/* A reply that is not 2xx as an error, "the API server answers 403 Forbidden: ..."; SF_ENOENT for
 * 404, else SF_EIO. Returns -1. */
int sf_kube_refused(const struct sf_kube_reply *reply, struct sf_error *err);

/* Is it a name that Kubernetes takes (a DNS subdomain, RFC 1123)? */
bool sf_kube_is_name(const char *text);

/*
 * Appends "PREFIX/namespaces/SPACE/PLURAL/NAME" and "/SUB": prefix "/api/v1" for pods; `sub` NULL:
 * none. -1 and err for names that are none, so that no name leads to another address.
 */
struct sf_kube_path {
	const char *prefix;
	const char *plural;
	const char *space;
	const char *name; /* NULL: the kind itself, where objects are created */
	const char *sub;
};

int sf_kube_path(const struct sf_kube_path *path, struct sf_str *out, struct sf_error *err);

#endif
