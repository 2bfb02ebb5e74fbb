/* kube_json: null-tolerant access to the fields of Kubernetes objects. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_JSON_H
#define SF_KUBE_JSON_H

#include <jansson.h>
#include <stddef.h>

struct sf_error;

/* The member, or NULL in *out when it is missing or null (or `object` is NULL). -1 and err when it
 * is something else than an object / an array. */
int sf_kube_object(const json_t *object, const char *key, json_t **out, struct sf_error *err);
int sf_kube_array(const json_t *object, const char *key, json_t **out, struct sf_error *err);

/* The member's text, "" when it is no string; borrowed. */
const char *sf_kube_text(const json_t *object, const char *key);

/* Copy of the text, cut to what fits. */
void sf_kube_copy(const json_t *object, const char *key, char *out, size_t cap);

#endif
