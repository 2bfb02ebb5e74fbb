/* query: what stands behind the '?' of a request. */
// SPDX-License-Identifier: Apache-2.0
#include "query.h"

#include "http.h"

#include <slicefit/error.h>
#include <slicefit/nearest.h>

#include <string.h>

struct reader {
	const struct sf_query_key *keys;
	size_t n;
	unsigned seen; /* a bit per key */
	struct sf_error *err;
	int rc;
};

static int fail_unknown(const struct reader *reader, const char *key)
{
	for (size_t i = 0; i < reader->n; i++) {
		if (sf_nearest_close(key, reader->keys[i].key)) {
			return sf_fail(reader->err, SF_EINVAL,
			               "unknown key '%.40s', meant is '%s'?", key,
			               reader->keys[i].key);
		}
	}
	return sf_fail(reader->err, SF_EINVAL, "unknown key '%.40s'", key);
}

static int take(struct reader *reader, const char *key, const char *value)
{
	for (size_t i = 0; i < reader->n; i++) {
		if (strcmp(key, reader->keys[i].key) != 0) {
			continue;
		}
		if (value == NULL || value[0] == '\0') {
			return sf_fail(reader->err, SF_EINVAL, "'%s': write %s=VALUE", key, key);
		}
		if ((reader->seen & 1U << i) != 0) {
			return sf_fail(reader->err, SF_EINVAL, "'%s': more than once", key);
		}
		reader->seen |= 1U << i;
		*reader->keys[i].value = value;
		return 0;
	}
	return fail_unknown(reader, key);
}

static bool each(void *ctx, const char *key, const char *value)
{
	struct reader *reader = ctx;
	reader->rc = take(reader, key, value);
	return reader->rc == 0;
}

int sf_query_read(const struct sf_http_request *request, const struct sf_query_key *keys, size_t n,
                  struct sf_error *err)
{
	struct reader reader = {.keys = keys, .n = n, .err = err};
	sf_http_each_query(request, each, &reader);
	return reader.rc;
}
