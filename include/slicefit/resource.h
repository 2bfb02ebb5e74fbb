/* resource: names of extended resources, as small numbers within one cluster. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_RESOURCE_H
#define SF_RESOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_error;
struct sf_resources;

/* Numbers every table has. */
enum { SF_RES_GPU = 0, SF_RES_GPU_SHARED = 1, SF_RES_NONE = 0xffff, SF_RESOURCES_MAX = 1024 };

/* Is it the name of a resource of the NVIDIA device plugin: nvidia.com/gpu or nvidia.com/mig-PROFILE,
 * each with or without .shared, in the syntax of Kubernetes names (letters, digits, '-', '_', '.',
 * alphanumeric at both ends)? Of any length. Other names (nvidia.com/gpumem, ...) belong to someone
 * else. */
bool sf_resource_names_gpu(const char *name, size_t len);

struct sf_resources *sf_resources_create(void);
void sf_resources_destroy(struct sf_resources *resources);

/* Number of a full name ("nvidia.com/mig-1g.5gb"); adds it when new. -1 and err when it is no
 * nvidia.com/gpu or nvidia.com/mig-* name (each with or without .shared) or the table is full. */
int sf_resource_intern(struct sf_resources *resources, const char *name, struct sf_error *err);

/* The number, or SF_RES_NONE. */
uint16_t sf_resource_find(const struct sf_resources *resources, const char *name);

const char *sf_resource_name(const struct sf_resources *resources, uint16_t resource);
uint16_t sf_resource_count(const struct sf_resources *resources);

/* Is it nvidia.com/gpu or nvidia.com/gpu.shared? */
bool sf_resource_is_gpu(uint16_t resource);
/* Does the name end in .shared? */
bool sf_resource_is_renamed(const struct sf_resources *resources, uint16_t resource);

#endif
