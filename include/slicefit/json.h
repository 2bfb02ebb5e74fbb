/* json: a writer for JSON documents (on jansson). Reading lives in the adapters. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_JSON_H
#define SF_JSON_H

#include <stdbool.h>
#include <stdint.h>

struct sf_str;
struct sf_json;

/* A writer whose root is an object. Destroy with sf_json_destroy. */
struct sf_json *sf_json_create_object(void);
void sf_json_destroy(struct sf_json *json);

/* Opens a container inside the current one; `key` is ignored inside an array. */
void sf_json_object(struct sf_json *json, const char *key);
void sf_json_array(struct sf_json *json, const char *key);
void sf_json_end(struct sf_json *json);

/* Values; `key` is ignored inside an array. A NULL string or a non-finite real writes null. */
void sf_json_str(struct sf_json *json, const char *key, const char *value);
void sf_json_int(struct sf_json *json, const char *key, int64_t value);
void sf_json_real(struct sf_json *json, const char *key, double value);
void sf_json_bool(struct sf_json *json, const char *key, bool value);
void sf_json_null(struct sf_json *json, const char *key);

/* Appends the document; two-space indentation and a final newline when `pretty`,
 * else one compact line without a newline. Keys keep their order. */
void sf_json_write(const struct sf_json *json, bool pretty, struct sf_str *out);

#endif
