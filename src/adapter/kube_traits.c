/* kube_traits: labels, annotations and owner of a Kubernetes object. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/kube_traits.h>

#include <slicefit/arena.h>

#include <jansson.h>
#include <string.h>

/* How many entries of an object are kept, at most. */
static size_t count_pairs(const json_t *object)
{
	size_t n = json_object_size(object);
	return n < SF_KUBE_TRAITS_PAIRS_MAX ? n : SF_KUBE_TRAITS_PAIRS_MAX;
}

static int read_pairs(json_t *object, struct sf_arena *arena, const struct sf_kube_pair **out,
                      uint16_t *n_out)
{
	const char *key;
	json_t *value;
	uint16_t n = 0;
	size_t room = count_pairs(object);
	struct sf_kube_pair *pair = sf_arena_array(arena, room + 1, sizeof(*pair));
	if (pair == NULL) {
		return -1;
	}
	json_object_foreach(object, key, value) {
		if (n == room || !json_is_string(value) ||
		    json_string_length(value) > SF_KUBE_TRAITS_VALUE_MAX) {
			continue;
		}
		pair[n].key = sf_arena_strdup(arena, key);
		pair[n].value = sf_arena_strdup(arena, json_string_value(value));
		if (pair[n].key == NULL || pair[n].value == NULL) {
			return -1;
		}
		n++;
	}
	*out = pair;
	*n_out = n;
	return 0;
}

/* The kind of the reference that is the controller (at most one is). */
static const char *find_owner(const json_t *metadata)
{
	const json_t *list = json_object_get(metadata, "ownerReferences");
	size_t i;
	json_t *reference;
	json_array_foreach(list, i, reference) {
		const char *kind = json_string_value(json_object_get(reference, "kind"));
		if (json_is_true(json_object_get(reference, "controller")) && kind != NULL) {
			return kind;
		}
	}
	return "";
}

int sf_kube_traits_read(const json_t *object, struct sf_arena *arena, struct sf_kube_traits *out)
{
	const json_t *metadata = json_object_get(object, "metadata");
	struct sf_kube_traits traits = {.owner = sf_arena_strdup(arena, find_owner(metadata))};
	if (traits.owner == NULL ||
	    read_pairs(json_object_get(metadata, "labels"), arena, &traits.label,
	               &traits.n_labels) < 0 ||
	    read_pairs(json_object_get(metadata, "annotations"), arena, &traits.annotation,
	               &traits.n_annotations) < 0) {
		return -1;
	}
	*out = traits;
	return 0;
}

static const char *find(const struct sf_kube_pair *pair, uint16_t n, const char *key)
{
	for (uint16_t i = 0; i < n; i++) {
		if (strcmp(pair[i].key, key) == 0) {
			return pair[i].value;
		}
	}
	return NULL;
}

const char *sf_kube_traits_label(const struct sf_kube_traits *traits, const char *key)
{
	return find(traits->label, traits->n_labels, key);
}

const char *sf_kube_traits_annotation(const struct sf_kube_traits *traits, const char *key)
{
	return find(traits->annotation, traits->n_annotations, key);
}
