/* routes: which path is answered by which handler. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_ROUTES_H
#define SF_ROUTES_H

#include <stdbool.h>

struct sf_http_request;
struct sf_http_response;
struct sf_service;

/* filter and prioritize come first: metrics show them from the start. */
enum sf_verb {
	SF_VERB_FILTER,
	SF_VERB_PRIORITIZE,
	SF_VERB_BIND,
	SF_VERB_PREEMPT,
	SF_VERB_HEALTHZ,
	SF_VERB_READYZ,
	SF_VERB_LEADZ,
	SF_VERB_METRICS,
	SF_VERB_VERSION,
	SF_VERB_STATE,
	SF_VERB_EXPLAIN,
	SF_VERB_SIMULATE,
	SF_VERB_OTHER, /* no route */
	SF_VERBS,
};

struct sf_route {
	enum sf_verb verb;
	const char *path;
	bool inner; /* of a scheduler, below the prefix; else at the root */
	bool post;  /* else GET */
	bool large; /* takes bodies up to --max-body */
	void (*handle)(struct sf_service *service, const struct sf_http_request *request,
	               struct sf_http_response *response);
};

const char *sf_verb_name(enum sf_verb verb);

/* The route of a path, or NULL. `prefix` NULL: the verbs are at "/" and at "/scheduler/". */
const struct sf_route *sf_route_find(const char *prefix, const char *path);

/* Does the route take this method? */
bool sf_route_takes(const struct sf_route *route, const char *method);

#endif
