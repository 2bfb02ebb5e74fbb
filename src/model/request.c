/* request: from names, as people write them, to a cluster's numbers. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/catalog.h>
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

int sf_request_gpus(const struct sf_request *request)
{
	uint32_t gpus = 0;

	if (request->n == 0) {
		return -1;
	}
	for (uint8_t i = 0; i < request->n; i++) {
		if (request->want[i].resource != SF_RES_GPU) {
			return 0;
		}
		gpus += request->want[i].count;
	}
	if (request->sharing == SF_WISH_SHARED || sf_request_is_fraction(request)) {
		return 0;
	}
	return gpus < SF_GPUS_MAX ? (int)gpus : SF_GPUS_MAX;
}

bool sf_request_same(const struct sf_request *a, const struct sf_request *b)
{
	return a->n == b->n && a->sharing == b->sharing && a->gpu_milli == b->gpu_milli &&
	       a->gpu_memory_mib == b->gpu_memory_mib &&
	       a->gpu_memory_milli == b->gpu_memory_milli && a->products == b->products &&
	       a->cpu_milli == b->cpu_milli && a->memory_mib == b->memory_mib &&
	       a->rule == b->rule && memcmp(a->want, b->want, a->n * sizeof(a->want[0])) == 0;
}

/* FNV-1a over words, with a shift so that high bits reach low ones. */
static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * UINT64_C(0x100000001b3);
	return hash ^ hash >> 29;
}

uint64_t sf_request_hash(const struct sf_request *request)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	hash = mix(hash, (uint64_t)request->n << 56 | (uint64_t)request->sharing << 48 |
	                         (uint64_t)request->gpu_milli << 32 |
	                         (uint32_t)request->gpu_memory_mib);
	hash = mix(hash, (uint64_t)request->rule << 16 | request->gpu_memory_milli);
	hash = mix(hash, (uint64_t)request->cpu_milli);
	hash = mix(hash, (uint64_t)request->memory_mib);
	hash = mix(hash, request->products);
	for (uint8_t i = 0; i < request->n; i++) {
		hash = mix(hash,
		           (uint64_t)request->want[i].resource << 16 | request->want[i].count);
	}
	return hash;
}

/* Names of the catalog; none of them in the cluster: no node will do. */
static uint64_t product_mask(const struct sf_request_spec *spec, const struct sf_cluster *cluster)
{
	uint64_t mask = 0;

	for (uint8_t i = 0; i < spec->n_products; i++) {
		const struct sf_product *product =
			sf_catalog_find(sf_cluster_catalog(cluster), spec->product[i]);

		mask |= product != NULL ? sf_cluster_product_mask(cluster, product)
		                        : SF_PRODUCT_NOWHERE;
	}
	return mask;
}

void sf_request_resolve(const struct sf_request_spec *spec, const struct sf_cluster *cluster,
                        struct sf_request *out)
{
	memset(out, 0, sizeof(*out));
	out->gpu_milli = spec->gpu_milli;
	out->gpu_memory_mib = spec->gpu_memory_mib;
	out->products = product_mask(spec, cluster);
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
