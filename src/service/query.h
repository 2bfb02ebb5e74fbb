/* query: what stands behind the '?' of a request. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_QUERY_H
#define SF_QUERY_H

#include <stddef.h>

struct sf_error;
struct sf_http_request;

/* One key that a route knows. */
struct sf_query_key {
	const char *key;
	const char **value; /* set to the value, which lives as long as the request */
};

/* Reads all pairs; what is not there leaves *value as it is. -1: a key that the route does not know, a
 * key twice, or without a value. */
int sf_query_read(const struct sf_http_request *request, const struct sf_query_key *keys, size_t n,
                  struct sf_error *err);

#endif
