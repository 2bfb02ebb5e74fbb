/* fuzz_kube_traits: any bytes as an object: labels, annotations and owner are those of the tree. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/arena.h>
#include <slicefit/kube_traits.h>

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each byte of a text takes six at most where it is written, so shorter ones are always kept. */
enum { SHORT = SF_KUBE_TRAITS_VALUE_MAX / 6 };

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

typedef const char *get(const struct sf_kube_traits *traits, const char *key);

static void check_pairs(const struct sf_kube_traits *traits, const json_t *metadata,
                        const char *name, get *find)
{
	json_t *object = json_object_get(metadata, name), *value;
	const char *key;
	if (json_object_size(object) > SF_KUBE_TRAITS_MAX) {
		return;
	}
	json_object_foreach(object, key, value) {
		const char *got = find(traits, key);
		if (!json_is_string(value)) {
			require(got == NULL);
		} else if (json_string_length(value) <= SHORT) {
			require(got != NULL && strcmp(got, json_string_value(value)) == 0);
		}
	}
}

static const char *find_owner(const json_t *metadata)
{
	const char *owner = NULL;
	size_t i;
	json_t *reference;
	json_array_foreach(json_object_get(metadata, "ownerReferences"), i, reference) {
		const char *kind = json_string_value(json_object_get(reference, "kind"));
		if (json_is_true(json_object_get(reference, "controller")) && kind != NULL) {
			owner = kind;
		}
	}
	return owner;
}

static void compare(const json_t *object, const struct sf_kube_traits *traits)
{
	const json_t *metadata = json_object_get(object, "metadata");
	const char *owner = find_owner(metadata);
	check_pairs(traits, metadata, "labels", sf_kube_traits_label);
	check_pairs(traits, metadata, "annotations", sf_kube_traits_annotation);
	require(owner != NULL ? traits->owner != NULL && strcmp(owner, traits->owner) == 0
	                      : traits->owner == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = size > 0 ? (const char *)data : "";
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_kube_traits traits;
	require(sf_kube_traits_read(text, size, arena, &traits) == 0);
	json_t *object = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	/* jansson overlooks NUL bytes behind numbers. */
	if (object != NULL && memchr(text, '\0', size) == NULL) {
		compare(object, &traits);
	}
	json_decref(object);
	sf_arena_destroy(arena);
	return 0;
}
