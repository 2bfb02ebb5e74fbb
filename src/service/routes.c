/* routes: which path is answered by which handler. */
// SPDX-License-Identifier: Apache-2.0
#include "routes.h"

#include "handlers.h"

#include <stddef.h>
#include <string.h>

static const struct sf_route routes[] = {
	{SF_VERB_FILTER, "/filter", true, true, true, sf_handle_filter},
	{SF_VERB_PRIORITIZE, "/prioritize", true, true, true, sf_handle_prioritize},
	{SF_VERB_BIND, "/bind", true, true, false, sf_handle_bind},
	{SF_VERB_PREEMPT, "/preempt", true, true, true, sf_handle_preempt},
	{SF_VERB_HEALTHZ, "/healthz", false, false, false, sf_handle_healthz},
	{SF_VERB_READYZ, "/readyz", false, false, false, sf_handle_readyz},
	{SF_VERB_LEADZ, "/leadz", false, false, false, sf_handle_leadz},
	{SF_VERB_METRICS, "/metrics", false, false, false, sf_handle_metrics},
	{SF_VERB_VERSION, "/version", false, false, false, sf_handle_version},
	{SF_VERB_STATE, "/state", false, false, false, sf_handle_state},
	{SF_VERB_EXPLAIN, "/explain", false, false, false, sf_handle_explain},
	{SF_VERB_SIMULATE, "/simulate", false, true, false, sf_handle_simulate},
};

const char *sf_verb_name(enum sf_verb verb)
{
	return verb == SF_VERB_OTHER ? "other" : routes[verb].path + 1;
}

static const struct sf_route *find_at(const char *path, bool inner)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (routes[i].inner == inner && strcmp(routes[i].path, path) == 0) {
			return &routes[i];
		}
	}
	return NULL;
}

static const struct sf_route *find_below(const char *prefix, const char *path)
{
	size_t len = strlen(prefix);
	return strncmp(path, prefix, len) == 0 ? find_at(path + len, true) : NULL;
}

const struct sf_route *sf_route_find(const char *prefix, const char *path)
{
	const struct sf_route *route = find_at(path, false);
	if (route != NULL) {
		return route;
	}
	if (prefix != NULL) {
		return find_below(prefix, path);
	}
	route = find_below("", path);
	return route != NULL ? route : find_below("/scheduler", path);
}

bool sf_route_takes(const struct sf_route *route, const char *method)
{
	if (route->post) {
		return strcmp(method, "POST") == 0;
	}
	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}
