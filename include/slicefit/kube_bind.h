/* kube_bind: binds one pod to one node through the Kubernetes API, and learns the outcome. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_BIND_H
#define SF_KUBE_BIND_H

#include <stddef.h>
#include <stdint.h>

struct sf_kube_http;

/* kube-scheduler gives an extender 5 s unless httpTimeout says otherwise (DefaultExtenderTimeout,
 * pkg/scheduler/core/extender.go); the outcome has to be there before that. */
enum { SF_BIND_DEADLINE_MS = 4000 };

/* Comes onto the pod together with the node, in the same write: the API server merges the
 * annotations of a Binding into those of the pod (BindingREST.setPodHostAndAnnotations,
 * pkg/registry/core/pod/storage/storage.go). */
struct sf_kube_annotation {
	const char *key;
	const char *value;
};

/* All texts are borrowed. */
struct sf_kube_bind {
	const char *space;
	const char *pod;
	const char *uid; /* of the pod that is meant; a later one of that name is another */
	const char *node;
	const struct sf_kube_annotation *annotations;
	size_t n_annotations;
};

enum sf_bind_result {
	SF_BIND_DONE,      /* this pod is on this node, by this call or an earlier one */
	SF_BIND_ELSEWHERE, /* this pod is on another node: see `node` */
	SF_BIND_GONE,      /* no such pod any more, another of its name, or it is being deleted */
	SF_BIND_FAILED,    /* certainly not bound by this call */
	SF_BIND_UNKNOWN,   /* a request may have been carried out, or may still be: the watch will
	                    * tell, and until then the node's capacity is not free */
};

struct sf_kube_bound {
	enum sf_bind_result result;
	uint32_t posts; /* bindings sent */
	uint32_t asks;  /* times the pod was read to learn the outcome */
	char node[256]; /* ELSEWHERE: where the pod is; else "" */
	char text[256]; /* why not DONE; one line, without '%', which kube-scheduler would take for
	                  * a format (fmt.Errorf(result.Error)); "" with DONE */
};

/* The word of a result in logs and metrics: "done", "elsewhere"... */
const char *sf_bind_result_name(enum sf_bind_result result);

struct sf_bind_options {
	uint64_t deadline_ns; /* sf_clock_ns by which the outcome is there */
	uint64_t seed;        /* of the random part of waits */
	/* Called before each request, may sleep (sf_kube_http_wait); -1: no request may go before
	 * deadline_ns. NULL: no limit. */
	int (*pace)(void *ctx, struct sf_kube_http *http, uint64_t deadline_ns);
	void *ctx;
};

/*
 * 201 is success; 409 only if the pod, asked for, is the one that is meant and on that node. When a
 * connection died midway or the answer was 5xx, the pod is asked, too; 429, 5xx and refused
 * connections are tried again after 50 ms, doubled up to 500 ms and stretched at random by up to as
 * much again, or after what the server asks for, for as long as the deadline lets. Ends at once when the client is stopped.
 *
 * Caveat: API servers before Kubernetes PR 105913, and those of 1.25 and 1.26 before PR 116550,
 * ignore the uid of a Binding: there a pod that was replaced within the moment of the call is bound.
 */
void sf_kube_bind(struct sf_kube_http *http, const struct sf_kube_bind *bind,
                  const struct sf_bind_options *options, struct sf_kube_bound *out);

#endif
