/* extender_bind: the wire format of the verb bind, in. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/extender_bind.h>

#include <slicefit/error.h>

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Go's decoder prefers the exact name; what a Go client sends has only that. */
static const json_t *find(json_t *root, const char *name)
{
	const json_t *found = json_object_get(root, name);
	const char *key;
	json_t *value;
	json_object_foreach(root, key, value) {
		if (found == NULL && strcasecmp(key, name) == 0) {
			found = value;
		}
	}
	return found;
}

static int take(json_t *root, const char *name, char *out, size_t cap, struct sf_error *err)
{
	const char *text = json_string_value(find(root, name));
	if (text == NULL || *text == '\0') {
		return sf_fail(err, SF_EINVAL, "ExtenderBindingArgs without %s", name);
	}
	if (strlen(text) >= cap) {
		return sf_fail(err, SF_EINVAL, "ExtenderBindingArgs: %s of more than %zu bytes",
		               name, cap - 1);
	}
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

int sf_extender_bind_parse(const char *text, size_t len, struct sf_extender_bind *out,
                           struct sf_error *err)
{
	json_error_t where;
	json_t *root = json_loadb(text, len, 0, &where);
	if (root == NULL) {
		return sf_fail(err, SF_EINVAL, "no JSON: %s (line %d)", where.text, where.line);
	}
	int rc = 0;
	if (!json_is_object(root)) {
		rc = sf_fail(err, SF_EINVAL, "no ExtenderBindingArgs: not an object");
	}
	if (rc < 0 || take(root, "PodName", out->name, sizeof(out->name), err) < 0 ||
	    take(root, "PodNamespace", out->space, sizeof(out->space), err) < 0 ||
	    take(root, "PodUID", out->uid, sizeof(out->uid), err) < 0 ||
	    take(root, "Node", out->node, sizeof(out->node), err) < 0) {
		rc = -1;
	}
	json_decref(root);
	return rc;
}
