/* request: from names, as people write them, to a cluster's numbers. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/scenario.h>

#include <stdio.h>
#include <string.h>

/* One more want; equal resources are added up. One too many makes the request impossible. */
static void want(struct sf_request *request, uint16_t resource, uint32_t count)
{
	uint32_t sum = count;
	uint8_t i = 0;

	if (count == 0) {
		return;
	}
	while (i < request->n && request->want[i].resource != resource) {
		i++;
	}
	if (i == SF_WANTS_MAX) {
		request->want[0].resource = SF_RES_NONE;
		return;
	}
	if (i == request->n) {
		request->want[i].resource = resource;
		request->n++;
	} else {
		sum += request->want[i].count;
	}
	request->want[i].count = sum < UINT16_MAX ? (uint16_t)sum : UINT16_MAX;
}

static uint16_t profile_resource(const struct sf_cluster *cluster, const char *profile)
{
	char name[SF_NAME_MAX];

	if (snprintf(name, sizeof(name), "nvidia.com/mig-%s", profile) >= (int)sizeof(name)) {
		return SF_RES_NONE;
	}
	for (char *c = name; *c != '\0'; c++) {
		*c = *c == '+' ? '.' : *c;
	}
	return sf_resource_find(sf_cluster_resources(cluster), name);
}

/* A replica beside other wishes is wanted by the name that only replicas have. */
static uint16_t replica_resource(const struct sf_request_spec *spec,
                                 const struct sf_cluster *cluster)
{
	if (spec->n_resources > 0) {
		return sf_cluster_has_renamed(cluster) ? SF_RES_GPU_SHARED : SF_RES_GPU;
	}
	return spec->gpu > 0 || spec->n_mig > 0 ? SF_RES_GPU_SHARED : SF_RES_GPU;
}

void sf_request_resolve(const struct sf_request_spec *spec, const struct sf_cluster *cluster,
                        struct sf_request *out)
{
	memset(out, 0, sizeof(*out));
	out->gpu_memory_mib = spec->gpu_memory_mib;
	out->cpu_milli = spec->cpu_milli;
	out->memory_mib = spec->memory_mib;
	if (spec->n_resources > 0) {
		out->sharing = SF_WISH_BY_NAME;
	} else if (spec->shared > 0 && spec->gpu == 0 && spec->n_mig == 0) {
		out->sharing = SF_WISH_SHARED;
	} else {
		out->sharing = SF_WISH_EXCLUSIVE;
	}
	want(out, SF_RES_GPU, spec->gpu);
	want(out, replica_resource(spec, cluster), spec->shared);
	for (uint8_t i = 0; i < spec->n_mig; i++) {
		want(out, profile_resource(cluster, spec->mig[i].profile), spec->mig[i].count);
	}
	for (uint8_t i = 0; i < spec->n_resources; i++) {
		const char *name = spec->resource[i].name;

		want(out, sf_resource_find(sf_cluster_resources(cluster), name),
		     spec->resource[i].count);
	}
}
