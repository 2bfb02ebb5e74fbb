/* resource: names of extended resources, as small numbers within one cluster. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/resource.h>

#include <slicefit/alloc.h>
#include <slicefit/error.h>
#include <slicefit/map.h>
#include <slicefit/product.h>

#include <stdlib.h>
#include <string.h>

#define VENDOR        "nvidia.com/"
#define GPU_NAME      VENDOR "gpu"
#define MIG_PREFIX    VENDOR "mig-"
#define SHARED_SUFFIX ".shared"

struct sf_resources {
	struct sf_map map;
	uint16_t n;
	bool renamed[SF_RESOURCES_MAX];
	char name[SF_RESOURCES_MAX][SF_NAME_MAX]; /* never moves: the map borrows its keys */
};

static bool ends_in_shared(const char *name)
{
	const size_t len = strlen(name);
	const size_t suffix = sizeof(SHARED_SUFFIX) - 1;

	return len > suffix && strcmp(name + len - suffix, SHARED_SUFFIX) == 0;
}

static bool is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_mark(char c)
{
	return c == '-' || c == '_' || c == '.';
}

/* What may follow the prefix: letters, digits and marks, alphanumeric at both ends. */
static bool is_profile_part(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!is_alphanumeric(text[i]) && !is_mark(text[i])) {
			return false;
		}
	}
	return len > 0 && is_alphanumeric(text[0]) && is_alphanumeric(text[len - 1]);
}

static bool is_text(const char *name, size_t len, const char *text)
{
	return len == strlen(text) && memcmp(name, text, len) == 0;
}

bool sf_resource_names_gpu(const char *name, size_t len)
{
	const size_t skip = sizeof(MIG_PREFIX) - 1;

	if (len < sizeof(GPU_NAME) - 1 || memcmp(name, VENDOR, sizeof(VENDOR) - 1) != 0) {
		return false;
	}
	return is_text(name, len, GPU_NAME) || is_text(name, len, GPU_NAME SHARED_SUFFIX) ||
	       (len > skip && memcmp(name, MIG_PREFIX, skip) == 0 &&
	        is_profile_part(name + skip, len - skip));
}

static int add(struct sf_resources *resources, const char *name)
{
	char *copy = resources->name[resources->n];

	memcpy(copy, name, strlen(name) + 1);
	resources->renamed[resources->n] = ends_in_shared(name);
	sf_map_set(&resources->map, copy, resources->n);
	return resources->n++;
}

struct sf_resources *sf_resources_create(void)
{
	struct sf_resources *resources = sf_xcalloc(1, sizeof(*resources));

	add(resources, GPU_NAME);
	add(resources, GPU_NAME SHARED_SUFFIX);
	return resources;
}

void sf_resources_destroy(struct sf_resources *resources)
{
	if (resources == NULL) {
		return;
	}
	sf_map_finish(&resources->map);
	free(resources);
}

int sf_resource_intern(struct sf_resources *resources, const char *name, struct sf_error *err)
{
	uint32_t number = 0;

	if (sf_map_get(&resources->map, name, &number)) {
		return (int)number;
	}
	if (strlen(name) >= SF_NAME_MAX || !sf_resource_names_gpu(name, strlen(name))) {
		return sf_fail(err, SF_EINVAL,
		               "resource '%.80s': not a GPU resource, use nvidia.com/gpu or "
		               "nvidia.com/mig-PROFILE (with or without .shared)",
		               name);
	}
	if (resources->n == SF_RESOURCES_MAX) {
		return sf_fail(err, SF_ELIMIT,
		               "resource '%s': more than %d resource names in one cluster", name,
		               SF_RESOURCES_MAX);
	}
	return add(resources, name);
}

uint16_t sf_resource_find(const struct sf_resources *resources, const char *name)
{
	uint32_t number = 0;

	return sf_map_get(&resources->map, name, &number) ? (uint16_t)number : SF_RES_NONE;
}

const char *sf_resource_name(const struct sf_resources *resources, uint16_t resource)
{
	return resource < resources->n ? resources->name[resource] : "(none)";
}

uint16_t sf_resource_count(const struct sf_resources *resources)
{
	return resources->n;
}

bool sf_resource_is_gpu(uint16_t resource)
{
	return resource == SF_RES_GPU || resource == SF_RES_GPU_SHARED;
}

bool sf_resource_is_renamed(const struct sf_resources *resources, uint16_t resource)
{
	return resource < resources->n && resources->renamed[resource];
}
