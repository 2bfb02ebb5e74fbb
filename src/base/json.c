/* json: a writer for JSON documents: a jansson tree and a stack of open containers. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/json.h>

#include <slicefit/alloc.h>
#include <slicefit/str.h>

#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

enum { DEPTH_MAX = 16 };

struct sf_json {
	json_t *open[DEPTH_MAX]; /* open[0] is the root and owned, the rest is borrowed from it */
	size_t depth;
};

struct sf_json *sf_json_create_object(void)
{
	struct sf_json *json = sf_xcalloc(1, sizeof(*json));
	json->open[0] = json_object();
	assert(json->open[0] != NULL);
	return json;
}

void sf_json_destroy(struct sf_json *json)
{
	if (json != NULL) {
		json_decref(json->open[0]);
		free(json);
	}
}

/* Adds `value` (stolen) to the container that is open. */
static void add(struct sf_json *json, const char *key, json_t *value)
{
	json_t *top = json->open[json->depth];
	int rc = json_is_array(top) ? json_array_append_new(top, value)
	                            : json_object_set_new(top, key, value);
	assert(rc == 0);
	(void)rc;
}

static void push(struct sf_json *json, const char *key, json_t *container)
{
	assert(json->depth + 1 < DEPTH_MAX);
	add(json, key, container);
	json->open[++json->depth] = container;
}

void sf_json_object(struct sf_json *json, const char *key)
{
	push(json, key, json_object());
}

void sf_json_array(struct sf_json *json, const char *key)
{
	push(json, key, json_array());
}

void sf_json_end(struct sf_json *json)
{
	assert(json->depth > 0);
	json->depth--;
}

void sf_json_str(struct sf_json *json, const char *key, const char *value)
{
	/* Text that is not UTF-8 has no JSON form; what is shown instead says so. */
	json_t *text = value != NULL ? json_string(value) : json_null();
	add(json, key, text != NULL ? text : json_string("(not UTF-8)"));
}

void sf_json_int(struct sf_json *json, const char *key, int64_t value)
{
	add(json, key, json_integer(value));
}

void sf_json_real(struct sf_json *json, const char *key, double value)
{
	add(json, key, isfinite(value) ? json_real(value) : json_null());
}

void sf_json_bool(struct sf_json *json, const char *key, bool value)
{
	add(json, key, json_boolean(value));
}

void sf_json_null(struct sf_json *json, const char *key)
{
	add(json, key, json_null());
}

static int append_chunk(const char *buffer, size_t size, void *data)
{
	sf_str_append_n(data, buffer, size);
	return 0;
}

void sf_json_write(const struct sf_json *json, bool pretty, struct sf_str *out)
{
	/* 15 digits: the shortest form of every decimal that was typed, no 0.10000000000000001. */
	size_t flags = JSON_REAL_PRECISION(15) | (pretty ? JSON_INDENT(2) : JSON_COMPACT);
	json_dump_callback(json->open[0], append_chunk, out, flags);
	if (pretty) {
		sf_str_append(out, "\n");
	}
}
