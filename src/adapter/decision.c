/* decision: what was decided about a pod, as an annotation on it. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/decision.h>

#include <slicefit/error.h>
#include <slicefit/json.h>
#include <slicefit/nearest.h>
#include <slicefit/node.h>
#include <slicefit/str.h>

#include <jansson.h>
#include <stdio.h>
#include <string.h>

void sf_decision_of(const struct sf_resources *resources, const char *node, const char *policy,
                    const struct sf_grant *grant, struct sf_decision *out)
{
	*out = (struct sf_decision){.n = grant->n};
	snprintf(out->node, sizeof(out->node), "%s", node);
	snprintf(out->policy, sizeof(out->policy), "%s", policy);
	for (uint8_t i = 0; i < grant->n; i++) {
		const struct sf_held *held = &grant->held[i];
		struct sf_decided *device = &out->device[i];
		device->replicas = held->replicas;
		device->gpu = held->gpu;
		device->device = held->device;
		snprintf(device->resource, sizeof(device->resource), "%s",
		         sf_resource_name(resources, held->resource));
	}
}

void sf_decision_write(const struct sf_decision *decision, struct sf_str *out)
{
	struct sf_json *json = sf_json_create_object();
	sf_json_int(json, "version", SF_DECISION_VERSION);
	sf_json_str(json, "node", decision->node);
	sf_json_str(json, "policy", decision->policy);
	sf_json_array(json, "devices");
	for (uint8_t i = 0; i < decision->n; i++) {
		const struct sf_decided *device = &decision->device[i];
		sf_json_object(json, NULL);
		sf_json_str(json, "resource", device->resource);
		if (device->gpu != SF_GPU_NONE) {
			sf_json_int(json, "gpu", device->gpu);
			sf_json_int(json, "device", device->device);
		}
		sf_json_int(json, "replicas", device->replicas);
		sf_json_end(json);
	}
	sf_json_end(json);
	sf_json_write(json, false, out);
	sf_json_destroy(json);
}

/* `keys` ends with NULL. */
static int check_keys(json_t *object, const char *const *keys, struct sf_error *err)
{
	const char *key;
	json_t *value;
	json_object_foreach(object, key, value) {
		size_t i = 0;
		while (keys[i] != NULL && strcmp(keys[i], key) != 0) {
			i++;
		}
		if (keys[i] == NULL) {
			const char *near = sf_nearest_find(key, keys);
			return sf_fail(err, SF_EINVAL, "unknown key '%.40s'%s%s%s", key,
			               near != NULL ? ", did you mean '" : "",
			               near != NULL ? near : "", near != NULL ? "'?" : "");
		}
	}
	return 0;
}

static int read_text(const json_t *object, const char *key, char *out, size_t cap,
                     struct sf_error *err)
{
	const json_t *value = json_object_get(object, key);
	if (!json_is_string(value) || json_string_length(value) >= cap) {
		return sf_fail(err, SF_EINVAL, "%s is no text of at most %zu bytes", key, cap - 1);
	}
	snprintf(out, cap, "%s", json_string_value(value));
	return 0;
}

/* An integer from `least` to `most`. */
static int read_int(const json_t *object, const char *key, int least, int most, int *out,
                    struct sf_error *err)
{
	const json_t *value = json_object_get(object, key);
	json_int_t number = json_integer_value(value);
	if (!json_is_integer(value) || number < least || number > most) {
		return sf_fail(err, SF_EINVAL, "%s is no number from %d to %d", key, least, most);
	}
	*out = (int)number;
	return 0;
}

static int read_device(json_t *object, struct sf_decided *out, struct sf_error *err)
{
	static const char *const keys[] = {"resource", "gpu", "device", "replicas", NULL};
	int replicas = 0, gpu = SF_GPU_NONE, device = 0;
	if (!json_is_object(object)) {
		return sf_fail(err, SF_EINVAL, "no object");
	}
	if (check_keys(object, keys, err) < 0 ||
	    read_text(object, "resource", out->resource, sizeof(out->resource), err) < 0 ||
	    read_int(object, "replicas", 1, UINT16_MAX, &replicas, err) < 0) {
		return -1;
	}
	bool seen =
		json_object_get(object, "gpu") != NULL || json_object_get(object, "device") != NULL;
	if (seen && (read_int(object, "gpu", 0, SF_GPUS_MAX - 1, &gpu, err) < 0 ||
	             read_int(object, "device", 0, SF_UNITS_MAX - 1, &device, err) < 0)) {
		return -1;
	}
	out->replicas = (uint16_t)replicas;
	out->gpu = (uint8_t)gpu;
	out->device = (uint8_t)device;
	return 0;
}

static int read_devices(const json_t *list, struct sf_decision *out, struct sf_error *err)
{
	size_t i;
	json_t *object;
	if (!json_is_array(list) || json_array_size(list) > SF_GRANTS_MAX) {
		return sf_fail(err, SF_EINVAL, "devices is no list of at most %d", SF_GRANTS_MAX);
	}
	json_array_foreach(list, i, object) {
		if (read_device(object, &out->device[i], err) < 0) {
			return sf_wrap(err, "devices[%zu]", i);
		}
	}
	out->n = (uint8_t)json_array_size(list);
	return 0;
}

static int read_decision(json_t *root, struct sf_decision *out, struct sf_error *err)
{
	static const char *const keys[] = {"version", "node", "policy", "devices", NULL};
	int version;
	if (!json_is_object(root)) {
		return sf_fail(err, SF_EINVAL, "no object");
	}
	if (read_int(root, "version", SF_DECISION_VERSION, SF_DECISION_VERSION, &version, err) <
	            0 ||
	    check_keys(root, keys, err) < 0 ||
	    read_text(root, "node", out->node, sizeof(out->node), err) < 0 ||
	    read_text(root, "policy", out->policy, sizeof(out->policy), err) < 0) {
		return -1;
	}
	return read_devices(json_object_get(root, "devices"), out, err);
}

int sf_decision_parse(const char *text, size_t len, struct sf_decision *out, struct sf_error *err)
{
	struct sf_decision decision = {0};
	json_error_t where;
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);
	int rc = root != NULL ? read_decision(root, &decision, err)
	                      : sf_fail(err, SF_EINVAL, "column %d: %s", where.column, where.text);
	json_decref(root);
	if (rc < 0) {
		return sf_wrap(err, SF_KUBE_DECISION);
	}
	*out = decision;
	return 0;
}
