/* test_filter: verdicts and devices by table, and against a brute force over all device choices. */
// SPDX-License-Identifier: Apache-2.0
#include "cluster_fixture.h"

#include <slicefit/filter.h>
#include <slicefit/rng.h>

#include <stdlib.h>

static struct sf_catalog *catalog;
static struct sf_cluster *cluster;

static void set_up(void)
{
	catalog = sf_catalog_create();
	cluster = sf_cluster_create(catalog);
}

static void tear_down(void)
{
	sf_cluster_destroy(cluster);
	sf_catalog_destroy(catalog);
}

TestSuite(filter, .init = set_up, .fini = tear_down);

/* "gpu*2 mig-1g.5gb*1" */
static struct sf_request request_of(const char *wants, enum sf_sharing_wish wish, int32_t memory)
{
	struct sf_request request = {.sharing = wish, .gpu_memory_mib = memory};
	char name[SF_NAME_MAX] = "nvidia.com/";
	int count;
	int used;

	while (sscanf(wants, "%40[^*]*%d%n", name + 11, &count, &used) == 2) {
		request.want[request.n].resource =
			sf_resource_find(sf_cluster_resources(cluster), name);
		request.want[request.n].count = (uint16_t)count;
		request.n++;
		wants += used;
		wants += strspn(wants, " ");
	}
	return request;
}

/* "GPU/DEVICE*REPLICAS", "+" in front of created instances, "-" for a GPU unknown. */
static void describe(const struct sf_grant *grant, char *out, size_t cap)
{
	size_t len = 0;

	out[0] = '\0';
	for (uint8_t i = 0; i < grant->n; i++) {
		const struct sf_held *held = &grant->held[i];

		len += (size_t)snprintf(out + len, cap - len, "%s%s", i > 0 ? " " : "",
		                        held->create ? "+" : "");
		if (held->gpu == SF_GPU_NONE) {
			len += (size_t)snprintf(out + len, cap - len, "-*%d", held->replicas);
		} else {
			len += (size_t)snprintf(out + len, cap - len, "%d/%d*%d", held->gpu,
			                        held->device, held->replicas);
		}
	}
}

/* One pod by the filter's choice; it must fit. */
static void put(uint32_t node, const struct sf_request *request, enum sf_view view)
{
	const uint32_t pod = sf_cluster_add_pod(cluster, request, 0, 0);
	struct sf_grant grant;
	struct sf_error err = {.text = ""};

	cr_assert(sf_filter(cluster, node, request, view, &grant) == SF_FITS);
	cr_assert(sf_cluster_place(cluster, pod, node, &grant, &err) == 0, "%s", err.text);
}

#define NAME   SF_WISH_BY_NAME
#define ALONE  SF_WISH_EXCLUSIVE
#define SHARE  SF_WISH_SHARED
#define AWARE  SF_VIEW_AWARE
#define COUNTS SF_VIEW_COUNTS

static const struct {
	const char *id;
	const char *before[4]; /* pods placed by name, in the aware view */
	enum sf_view view;
	enum sf_sharing_wish wish;
	const char *wants;
	int32_t memory;
	enum sf_fit fit;
	const char *grant;
} verdicts[] = {
	/* whole GPUs by lowest index */
	{"plain", {0}, AWARE, ALONE, "gpu*2", 0, SF_FITS, "0/0*1 1/0*1"},
	{"plain", {"gpu*1"}, AWARE, ALONE, "gpu*1", 0, SF_FITS, "1/0*1"},
	{"plain", {"gpu*2"}, AWARE, ALONE, "gpu*2", 0, SF_FIT_BUSY, ""},
	{"plain", {0}, AWARE, ALONE, "gpu*4", 0, SF_FIT_TOO_MANY, ""},
	{"plain", {0}, AWARE, SHARE, "gpu*1", 0, SF_FIT_NO_RESOURCE, ""},
	{"plain", {0}, COUNTS, SHARE, "gpu*1", 0, SF_FITS, "0/0*1"},
	{"plain", {0}, AWARE, NAME, "gpu.shared*1", 0, SF_FIT_NO_RESOURCE, ""},
	{"plain", {0}, AWARE, NAME, "unknown*1", 0, SF_FIT_NO_RESOURCE, ""},
	{"plain", {0}, AWARE, NAME, "", 0, SF_FITS, ""},
	/* the V100 of the node might be the one that is handed out */
	{"plain", {0}, AWARE, ALONE, "gpu*1", 30000, SF_FITS, "0/0*1"},
	{"plain", {0}, AWARE, ALONE, "gpu*1", 70000, SF_FIT_GPU_MEMORY, ""},
	{"plain", {0}, COUNTS, ALONE, "gpu*1", 70000, SF_FITS, "0/0*1"},
	/* replicas in `distributed` order */
	{"sliced", {0}, AWARE, SHARE, "gpu*1", 0, SF_FITS, "0/0*1"},
	{"sliced", {"gpu*1"}, AWARE, SHARE, "gpu*1", 0, SF_FITS, "1/0*1"},
	{"sliced", {"gpu*1", "gpu*1"}, AWARE, SHARE, "gpu*1", 0, SF_FITS, "0/0*1"},
	{"sliced", {"gpu*1"}, AWARE, SHARE, "gpu*4", 0, SF_FITS, "1/0*2 0/0*2"},
	{"sliced", {0}, AWARE, ALONE, "gpu*1", 0, SF_FIT_NO_RESOURCE, ""},
	{"sliced", {0}, COUNTS, ALONE, "gpu*1", 0, SF_FITS, "0/0*1"},
	{"sliced", {0}, AWARE, NAME, "gpu*1", 0, SF_FITS, "0/0*1"},
	{"sliced", {"gpu*6"}, AWARE, SHARE, "gpu*3", 0, SF_FIT_BUSY, ""},
	{"sliced", {0}, AWARE, SHARE, "gpu*9", 0, SF_FIT_TOO_MANY, ""},
	{"sliced", {0}, AWARE, SHARE, "gpu*1", 15000, SF_FITS, "0/0*1"},
	{"sliced", {0}, AWARE, SHARE, "gpu*1", 16000, SF_FIT_GPU_MEMORY, ""},
	{"sliced", {0}, AWARE, SHARE, "gpu*2", 15000, SF_FITS, "0/0*1 1/0*1"},
	{"sliced", {0}, AWARE, SHARE, "gpu*3", 15000, SF_FIT_GPU_MEMORY, ""},
	/* renamed: the old name is gone; one replica per pod */
	{"renamed", {0}, AWARE, SHARE, "gpu*1", 0, SF_FITS, "0/0*1"},
	{"renamed", {0}, AWARE, SHARE, "gpu*2", 0, SF_FIT_SHARED_LIMIT, ""},
	{"renamed", {0}, COUNTS, SHARE, "gpu*2", 0, SF_FITS, "0/0*1 1/0*1"},
	{"renamed", {0}, AWARE, NAME, "gpu*1", 0, SF_FIT_NO_RESOURCE, ""},
	{"renamed", {0}, AWARE, NAME, "gpu.shared*1", 0, SF_FITS, "0/0*1"},
	{"renamed", {0}, AWARE, ALONE, "gpu.shared*1", 0, SF_FITS, "0/0*1"},
	{"renamed", {0}, COUNTS, ALONE, "gpu*1", 0, SF_FIT_NO_RESOURCE, ""},
	{"mps", {0}, AWARE, SHARE, "gpu*2", 0, SF_FIT_SHARED_LIMIT, ""},
	{"mps", {0}, AWARE, ALONE, "gpu.shared*1", 0, SF_FITS, "0/0*1"},
	/* existing instances where least else is free: GPU 0 has 4g+2g+1g, GPU 1 has 3g+2g+1g+1g */
	{"mixed", {0}, AWARE, ALONE, "mig-2g.10gb*1", 0, SF_FITS, "0/4*1"},
	{"mixed", {0}, AWARE, ALONE, "mig-1g.5gb*1", 0, SF_FITS, "0/6*1"},
	{"mixed", {"mig-3g.20gb*1"}, AWARE, ALONE, "mig-1g.5gb*1", 0, SF_FITS, "1/0*1"},
	{"mixed", {"mig-3g.20gb*1"}, COUNTS, ALONE, "mig-1g.5gb*1", 0, SF_FITS, "0/6*1"},
	{"mixed", {0}, AWARE, ALONE, "mig-1g.5gb*4", 0, SF_FIT_TOO_MANY, ""},
	{"mixed", {"mig-3g.20gb*1"}, AWARE, ALONE, "mig-3g.20gb*1", 0, SF_FIT_BUSY, ""},
	{"mixed", {0}, AWARE, ALONE, "mig-7g.40gb*1", 0, SF_FIT_NO_RESOURCE, ""},
	{"mixed", {0}, AWARE, ALONE, "gpu*1", 0, SF_FIT_NO_RESOURCE, ""},
	{"mixed", {0}, AWARE, ALONE, "mig-4g.20gb*1 mig-3g.20gb*1", 0, SF_FITS, "0/0*1 1/4*1"},
	{"mixed", {0}, AWARE, ALONE, "mig-4g.20gb*1 gpu*1", 0, SF_FIT_NO_RESOURCE, ""},
	{"mixed", {0}, AWARE, SHARE, "mig-1g.5gb*1", 0, SF_FIT_NO_RESOURCE, ""},
	{"mixed", {0}, AWARE, ALONE, "mig-1g.5gb*1", 5000, SF_FIT_GPU_MEMORY, ""},
	/* strategy single: the name says GPU, the hardware is an instance */
	{"single", {0}, AWARE, ALONE, "gpu*1", 0, SF_FIT_NO_RESOURCE, ""},
	{"single", {0}, AWARE, ALONE, "mig-1g.5gb*2", 0, SF_FITS, "1/0*1 1/6*1"},
	{"single", {0}, COUNTS, ALONE, "mig-1g.5gb*1", 0, SF_FIT_NO_RESOURCE, ""},
	{"single", {0}, COUNTS, ALONE, "gpu*1", 0, SF_FITS, "0/0*1"},
	{"single", {0}, AWARE, NAME, "gpu*5", 0, SF_FITS, "1/0*1 1/6*1 0/0*1 0/1*1 0/2*1"},
	{"single", {0}, AWARE, ALONE, "mig-2g.10gb*1", 0, SF_FIT_NO_RESOURCE, ""},
	{"none", {0}, AWARE, ALONE, "gpu*1", 0, SF_FITS, "0/0*1"},
	{"none", {0}, AWARE, ALONE, "mig-3g.20gb*1", 0, SF_FIT_NO_RESOURCE, ""},
	/* shared instances */
	{"migsliced", {0}, AWARE, ALONE, "mig-1g.5gb*1", 0, SF_FIT_NO_RESOURCE, ""},
	{"migsliced", {0}, AWARE, SHARE, "mig-1g.5gb*3", 0, SF_FITS, "0/0*2 0/1*1"},
	{"migsliced", {0}, AWARE, ALONE, "mig-2g.10gb*1 gpu*1", 0, SF_FITS, "0/2*1 1/0*1"},
	/* by counts */
	{"counts", {0}, AWARE, ALONE, "gpu*1 mig-1g.5gb*2", 0, SF_FITS, "-*1 -*2"},
	{"counts", {"mig-1g.5gb*4"}, AWARE, ALONE, "mig-1g.5gb*2", 0, SF_FIT_BUSY, ""},
	{"counts", {0}, AWARE, ALONE, "gpu*1", 40000, SF_FITS, "-*1"},
	{"counts", {0}, AWARE, ALONE, "gpu*1", 41000, SF_FIT_GPU_MEMORY, ""},
	{"counts", {0}, AWARE, ALONE, "mig-1g.5gb*1", 4864, SF_FITS, "-*1"},
	{"counts", {0}, AWARE, ALONE, "mig-1g.5gb*1", 4865, SF_FIT_GPU_MEMORY, ""},
	/* dynamic: the GPU without MIG goes first; instances keep to GPUs already cut */
	{"dynamic", {0}, AWARE, ALONE, "gpu*1", 0, SF_FITS, "2/0*1"},
	{"dynamic", {0}, AWARE, ALONE, "gpu*3", 0, SF_FITS, "2/0*1 0/0*1 1/0*1"},
	{"dynamic", {0}, AWARE, ALONE, "gpu*4", 0, SF_FIT_TOO_MANY, ""},
	{"dynamic", {0}, AWARE, ALONE, "mig-7g.80gb*3", 0, SF_FIT_TOO_MANY, ""},
	{"dynamic", {"mig-3g.40gb*1"}, AWARE, ALONE, "mig-3g.40gb*1", 0, SF_FITS, "+0/0*1"},
	{"dynamic",
         {"mig-1g.10gb*1"},
         AWARE,
         ALONE,
         "gpu*2 mig-4g.40gb*1",
         0,
         SF_FITS,
         "2/0*1 1/0*1 +0/0*1"},
	{"dynamic", {"mig-1g.10gb*1", "gpu*1"}, AWARE, ALONE, "gpu*2", 0, SF_FIT_BUSY, ""},
	{"dynamic", {0}, AWARE, ALONE, "mig-1g.5gb*1", 0, SF_FIT_NO_RESOURCE, ""},
	{"dynamic", {0}, AWARE, SHARE, "gpu*1", 0, SF_FIT_NO_RESOURCE, ""},
	{"dynamic", {0}, AWARE, ALONE, "mig-1g.10gb*1", 20000, SF_FIT_GPU_MEMORY, ""},
	{"dynamic", {0}, COUNTS, ALONE, "mig-7g.80gb*1", 99000, SF_FITS, "+0/0*1"},
	{"dyn30", {"mig-1g.6gb*1"}, AWARE, ALONE, "mig-4g.24gb*1", 0, SF_FIT_BUSY, ""},
	{"dyn30", {"mig-4g.24gb*1"}, AWARE, ALONE, "mig-1g.6gb*1", 0, SF_FIT_BUSY, ""},
};

Test(filter, verdicts)
{
	for (size_t row = 0; row < sizeof(verdicts) / sizeof(verdicts[0]); row++) {
		struct sf_request request;
		struct sf_grant grant = {0};
		char text[256] = "";
		enum sf_fit fit;
		uint32_t node;

		sf_cluster_destroy(cluster);
		cluster = sf_cluster_create(catalog);
		node = fixture_add(cluster, verdicts[row].id);
		for (int i = 0; i < 4 && verdicts[row].before[i] != NULL; i++) {
			request = request_of(verdicts[row].before[i], NAME, 0);
			put(node, &request, AWARE);
		}
		request = request_of(verdicts[row].wants, verdicts[row].wish, verdicts[row].memory);
		fit = sf_filter(cluster, node, &request, verdicts[row].view, &grant);
		if (fit == SF_FITS) {
			describe(&grant, text, sizeof(text));
		}
		cr_expect(fit == verdicts[row].fit, "row %zu %s %s: %s", row, verdicts[row].id,
		          verdicts[row].wants, sf_fit_reason(fit));
		cr_expect(strcmp(text, verdicts[row].grant) == 0, "row %zu %s %s: %s", row,
		          verdicts[row].id, verdicts[row].wants, text);
		cr_expect(sf_filter(cluster, node, &request, verdicts[row].view, NULL) == fit,
		          "row %zu", row);
	}
}

Test(filter, host_resources)
{
	const uint32_t node = fixture_add(cluster, "plain");
	struct sf_request request = request_of("gpu*1", ALONE, 0);
	struct sf_change change = {.kind = SF_CHANGE_CORDON_NODE, .node = node};

	request.cpu_milli = 64001;
	cr_expect(sf_filter(cluster, node, &request, AWARE, NULL) == SF_FIT_CPU);
	request.cpu_milli = 64000;
	cr_expect(sf_filter(cluster, node, &request, AWARE, NULL) == SF_FITS);
	request.memory_mib = 256 * 1024 + 1;
	cr_expect(sf_filter(cluster, node, &request, AWARE, NULL) == SF_FIT_MEMORY);
	request = request_of("", ALONE, 0);
	for (int i = 0; i < 12; i++) {
		put(node, &request, AWARE);
	}
	cr_expect(sf_filter(cluster, node, &request, AWARE, NULL) == SF_FIT_PODS);
	cr_expect(sf_filter_ever(cluster, node, &request, AWARE) == SF_FITS);
	cr_assert(sf_cluster_apply(cluster, &change, NULL, NULL) == 0);
	cr_expect(sf_filter(cluster, node, &request, AWARE, NULL) == SF_FIT_NOT_READY);
	cr_expect(sf_filter_ever(cluster, node, &request, AWARE) == SF_FITS);
	for (int fit = 0; fit < SF_FIT_REASONS; fit++) {
		cr_expect(strlen(sf_fit_reason((enum sf_fit)fit)) > 3);
	}
	cr_expect(sf_fit_unresolvable(SF_FIT_NO_RESOURCE));
	cr_expect(sf_fit_unresolvable(SF_FIT_TOO_MANY));
	cr_expect(!sf_fit_unresolvable(SF_FIT_BUSY));
}

/* Free slices that add up to a 4g but lie apart: fragmented, until one pod goes. */
Test(filter, fragmented)
{
	const uint32_t node = fixture_add(cluster, "dyn30");
	const struct sf_request want = request_of("mig-2g.12gb*1", ALONE, 0);
	const uint16_t small =
		sf_resource_find(sf_cluster_resources(cluster), "nvidia.com/mig-1g.6gb");
	const struct sf_product *product = sf_cluster_node(cluster, node)->gpu[0].product;
	const struct sf_request request = request_of("mig-1g.6gb*1", ALONE, 0);

	for (uint8_t start = 0; start < 4; start += 2) {
		const struct sf_grant grant = {
			.n = 1,
			.held = {{.resource = small,
		                  .replicas = 1,
		                  .device = start,
		                  .profile = (uint8_t)sf_product_profile(product, "1g.6gb"),
		                  .create = 1}}};
		const uint32_t pod = sf_cluster_add_pod(cluster, &request, 0, 0);

		cr_assert(sf_cluster_place(cluster, pod, node, &grant, NULL) == 0);
	}
	cr_expect(sf_filter(cluster, node, &want, AWARE, NULL) == SF_FIT_FRAGMENTED);
	cr_expect(sf_filter_ever(cluster, node, &want, AWARE) == SF_FITS);
	cr_assert(sf_cluster_release(cluster, 0, NULL) == 0);
	cr_expect(sf_filter(cluster, node, &want, AWARE, NULL) == SF_FITS);
}

/*
 * Brute force: units are given devices one after another, every device (and, on dynamic GPUs, every
 * legal new instance) is tried for each. It knows the rules of sharing wishes, not of the filter.
 */
struct brute {
	const struct sf_node *node;
	const struct sf_request *request;
	uint16_t unit[16];
	int n;
	uint16_t taken[SF_GPUS_MAX][SF_UNITS_MAX];
	struct sf_mig_layout layout[SF_GPUS_MAX];
	int shared_units;
};

static bool brute_is_whole(const struct brute *brute, uint8_t g)
{
	const struct sf_gpu *gpu = &brute->node->gpu[g];

	return !gpu->mig || (brute->node->dynamic ? brute->layout[g].n == 0
	                                          : brute->node->strategy == SF_STRATEGY_NONE);
}

static bool brute_matches(const struct brute *brute, uint8_t g, int unit, uint16_t resource)
{
	const struct sf_gpu *gpu = &brute->node->gpu[g];
	const struct sf_device *device = &gpu->device[unit];
	const bool shared = device->replicas > 1;
	const bool want_shared =
		brute->request->sharing == SF_WISH_SHARED || resource == SF_RES_GPU_SHARED;

	if (device->resource == SF_RES_NONE ||
	    device->used + brute->taken[g][unit] >= device->replicas) {
		return false;
	}
	if (shared && brute->node->fail_above_1 && brute->n > 1) {
		return false; /* all requests here want one resource when they want more than one */
	}
	if (brute->request->sharing == SF_WISH_BY_NAME) {
		return device->resource == resource;
	}
	if (shared != want_shared) {
		return false;
	}
	if (brute_is_whole(brute, g)) {
		return sf_resource_is_gpu(resource);
	}
	return sf_cluster_profile_resource(cluster, gpu->product, device->profile, false) ==
	       resource;
}

static bool brute_memory(const struct brute *brute, int32_t memory_mib)
{
	return brute->request->gpu_memory_mib == 0 || memory_mib >= brute->request->gpu_memory_mib;
}

static bool brute_place(struct brute *brute, int i);

/* New instances on a dynamic GPU. */
static bool brute_create(struct brute *brute, int i, uint8_t g)
{
	const struct sf_gpu *gpu = &brute->node->gpu[g];

	if (!brute->node->dynamic || !gpu->mig || brute->request->sharing == SF_WISH_SHARED ||
	    (brute->layout[g].n == 0 && gpu->device[0].used + brute->taken[g][0] > 0)) {
		return false;
	}
	for (int p = 0; p < gpu->product->n_profiles; p++) {
		if (sf_cluster_profile_resource(cluster, gpu->product, p, false) !=
		            brute->unit[i] ||
		    !brute_memory(brute, gpu->product->profile[p].memory_mib)) {
			continue;
		}
		for (int start = 0; start < gpu->product->units; start++) {
			const struct sf_mig_layout before = brute->layout[g];

			if (!sf_mig_fits(gpu->product, &before, p, start)) {
				continue;
			}
			sf_mig_add(&brute->layout[g], p, start);
			if (brute_place(brute, i + 1)) {
				return true;
			}
			brute->layout[g] = before;
		}
	}
	return false;
}

static bool brute_place(struct brute *brute, int i)
{
	if (i == brute->n) {
		return true;
	}
	for (uint8_t g = 0; g < brute->node->n_gpus; g++) {
		const struct sf_gpu *gpu = &brute->node->gpu[g];
		const bool dynamic = brute->node->dynamic && gpu->mig;

		for (int unit = 0; unit < SF_UNITS_MAX; unit++) {
			const bool gone = dynamic && brute->layout[g].n > 0;

			if (gone || !brute_matches(brute, g, unit, brute->unit[i]) ||
			    (brute->node->dynamic &&
			     !brute_memory(brute, gpu->device[unit].memory_mib))) {
				continue;
			}
			brute->taken[g][unit]++;
			if (brute_place(brute, i + 1)) {
				return true;
			}
			brute->taken[g][unit]--;
		}
		if (brute_create(brute, i, g)) {
			return true;
		}
	}
	return false;
}

/* Each part on any device of a node that shares by fractions. */
static bool brute_parts(struct brute *brute, int i, uint16_t each)
{
	if (i == brute->n) {
		return true;
	}
	if (brute->unit[i] != SF_RES_GPU || brute->request->sharing == SF_WISH_SHARED) {
		return false;
	}
	for (uint8_t g = 0; g < brute->node->n_gpus; g++) {
		const struct sf_device *device = &brute->node->gpu[g].device[0];
		const int32_t wish = brute->request->gpu_memory_mib;
		const int32_t mine = wish * (brute->taken[g][0] / each + 1);

		if (device->used + brute->taken[g][0] + each > 1000 ||
		    (wish > 0 && device->held_mib + mine > device->memory_mib)) {
			continue;
		}
		brute->taken[g][0] = (uint16_t)(brute->taken[g][0] + each);
		if (brute_parts(brute, i + 1, each)) {
			return true;
		}
		brute->taken[g][0] = (uint16_t)(brute->taken[g][0] - each);
	}
	return false;
}

static bool brute_force(const struct sf_node *node, const struct sf_request *request)
{
	const uint16_t each = request->gpu_milli > 0 ? request->gpu_milli : 1000;
	struct brute brute = {.node = node, .request = request};

	if (node->state != SF_NODE_READY || node->pods >= node->pods_max ||
	    request->cpu_milli > node->cpu_milli - node->cpu_used_milli) {
		return false;
	}
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		brute.layout[g] = node->gpu[g].layout;
	}
	for (uint8_t i = 0; i < request->n; i++) {
		for (int k = 0; k < request->want[i].count; k++) {
			brute.unit[brute.n++] = request->want[i].resource;
		}
	}
	if (node->sharing_mode == SF_SHARING_FRACTION) {
		return brute_parts(&brute, 0, each);
	}
	return each == 1000 && brute_place(&brute, 0);
}

/* Is there a free device that matches and has no room for all the memory that is wished? */
static bool memory_is_short(const struct sf_node *node, const struct sf_request *request)
{
	const struct brute brute = {.node = node, .request = request};
	int32_t wish = 0;

	for (uint8_t i = 0; i < request->n; i++) {
		wish += request->gpu_memory_mib * request->want[i].count;
	}
	for (uint8_t i = 0; i < request->n; i++) {
		for (uint8_t g = 0; g < node->n_gpus; g++) {
			for (int unit = 0; unit < SF_UNITS_MAX; unit++) {
				const struct sf_device *device = &node->gpu[g].device[unit];

				if (brute_matches(&brute, g, unit, request->want[i].resource) &&
				    device->held_mib + wish > device->memory_mib) {
					return true;
				}
			}
		}
	}
	return false;
}

static uint16_t some_resource(struct sf_rng *rng, const struct sf_node *node)
{
	const struct sf_gpu *gpu = &node->gpu[sf_rng_below(rng, node->n_gpus)];

	if (gpu->product->n_profiles > 0 && sf_rng_below(rng, 4) > 0) {
		return sf_cluster_profile_resource(cluster, gpu->product,
		                                   (int)sf_rng_below(rng, gpu->product->n_profiles),
		                                   false);
	}
	return sf_rng_below(rng, 4) == 0 ? SF_RES_GPU_SHARED : SF_RES_GPU;
}

static struct sf_request some_request(struct sf_rng *rng, const struct sf_node *node)
{
	struct sf_request request = {.cpu_milli = (int64_t)(1000 * sf_rng_below(rng, 6))};

	request.n = (uint8_t)(node->fail_above_1 ? 1 : 1 + sf_rng_below(rng, 3));
	request.sharing = (enum sf_sharing_wish)sf_rng_below(rng, 3);
	for (uint8_t i = 0; i < request.n; i++) {
		request.want[i].resource = some_resource(rng, node);
		request.want[i].count = (uint16_t)(1 + (sf_rng_below(rng, 4) == 0));
	}
	if (sf_rng_below(rng, 4) == 0) {
		request.gpu_milli = (uint16_t)(1 + sf_rng_below(rng, 1000));
	}
	if (sf_rng_below(rng, 3) == 0) {
		request.gpu_memory_mib = (int32_t)sf_rng_below(rng, 24000);
	}
	return request;
}

static void compare(uint32_t index, const struct sf_request *request, uint32_t *yes, uint32_t *no)
{
	const struct sf_node *node = sf_cluster_node(cluster, index);
	const enum sf_fit fit = sf_filter(cluster, index, request, AWARE, NULL);

	if (fit == SF_FIT_GPU_MEMORY && !node->dynamic && !sf_node_is_fractional(node)) {
		cr_assert(memory_is_short(node, request), "%s", node->name);
		return;
	}
	cr_assert((fit == SF_FITS) == brute_force(node, request), "%s: %s", node->name,
	          sf_fit_reason(fit));
	cr_assert(fit != SF_FITS || sf_filter_ever(cluster, index, request, AWARE) == SF_FITS);
	++*(fit == SF_FITS ? yes : no);
}

/* All pods here came through the aware view: no device may hold more memory than it has. */
static void expect_memory(const struct sf_node *node)
{
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		for (int unit = 0; unit < SF_UNITS_MAX; unit++) {
			const struct sf_device *device = &node->gpu[g].device[unit];

			cr_assert(device->held_mib <= device->memory_mib || device->held_mib == 0,
			          "%s, gpu %d: %d of %d MiB", node->name, g, device->held_mib,
			          device->memory_mib);
		}
	}
}

Test(filter, agrees_with_brute_force, .timeout = 120)
{
	enum { TRIALS = 200000 };
	struct sf_rng rng;
	uint32_t yes = 0;
	uint32_t no = 0;

	sf_rng_seed(&rng, 7, 0);
	for (int trial = 0; trial < TRIALS; trial++) {
		const struct shape *shape = &shapes[sf_rng_below(&rng, SHAPES)];
		uint32_t node = sf_cluster_find_node(cluster, shape->id);
		struct sf_request request;

		if (shape->count[0].name != NULL) {
			continue; /* no devices to choose from */
		}
		node = node == SF_NODE_NONE ? fixture_add(cluster, shape->id) : node;
		request = some_request(&rng, sf_cluster_node(cluster, node));
		compare(node, &request, &yes, &no);
		if (sf_filter(cluster, node, &request, AWARE, NULL) == SF_FITS) {
			put(node, &request, AWARE);
			expect_memory(sf_cluster_node(cluster, node));
		}
		/* leaves about half of the pods in place, so that nodes are half full */
		for (int i = 0; i < 2 && sf_cluster_pods(cluster) > 0; i++) {
			const uint32_t pod = (uint32_t)sf_rng_below(&rng, sf_cluster_pods(cluster));

			if (sf_cluster_pod(cluster, pod)->state == SF_POD_PLACED) {
				cr_assert(sf_cluster_release(cluster, pod, NULL) == 0);
			}
		}
		if (sf_cluster_pods(cluster) > 60) {
			sf_cluster_destroy(cluster);
			cluster = sf_cluster_create(catalog);
		}
	}
	cr_expect(yes > 2000 && no > 2000, "%u fit, %u do not", yes, no);
	cr_log_info("%u fit, %u do not\n", yes, no);
}

/* Pods by "GPUSxMILLI" on the node "fraction": T4, T4, V100-32GB. */
static const struct {
	const char *before[4];
	const char *wants;
	int32_t memory;
	enum sf_fit fit;
	const char *grant;
} fractions[] = {
	{{0}, "1x470", 0, SF_FITS, "0/0*470"},
	{{"1x470"}, "1x470", 0, SF_FITS, "0/0*470"},
	{{"1x470"}, "1x600", 0, SF_FITS, "1/0*600"},
	{{"1x300", "1x800"}, "1x200", 0, SF_FITS, "1/0*200"},
	{{"1x300", "1x800"}, "1x201", 0, SF_FITS, "0/0*201"},
	{{0}, "1x1000", 0, SF_FITS, "0/0*1000"},
	{{"1x1"}, "1x0", 0, SF_FITS, "1/0*1000"},
	{{"1x1"}, "2x1000", 0, SF_FITS, "1/0*1000 2/0*1000"},
	{{"1x1"}, "3x0", 0, SF_FIT_BUSY, ""},
	{{0}, "4x0", 0, SF_FIT_TOO_MANY, ""},
	/* several fractions fill the devices by index, more than one on a device */
	{{0}, "3x500", 0, SF_FITS, "0/0*1000 1/0*500"},
	{{"1x600"}, "4x300", 0, SF_FITS, "0/0*300 1/0*900"},
	{{0}, "4x600", 0, SF_FIT_TOO_MANY, ""},
	{{"1x600", "1x600", "1x600"}, "2x500", 0, SF_FIT_FRAGMENTED, ""},
	/* 15360 MiB on a T4 */
	{{0}, "1x100", 20000, SF_FITS, "2/0*100"},
	{{0}, "2x100", 10000, SF_FITS, "0/0*100 1/0*100"},
	{{0}, "3x1000", 20000, SF_FIT_GPU_MEMORY, ""},
};

static struct sf_request fraction_of(const char *text, int32_t memory)
{
	struct sf_request request = {.n = 1, .gpu_memory_mib = memory};
	int count;
	int milli;

	cr_assert(sscanf(text, "%dx%d", &count, &milli) == 2);
	request.want[0] = (struct sf_want){SF_RES_GPU, (uint16_t)count};
	request.gpu_milli = (uint16_t)milli;
	return request;
}

Test(filter, fractions)
{
	for (size_t row = 0; row < sizeof(fractions) / sizeof(fractions[0]); row++) {
		const struct sf_request request =
			fraction_of(fractions[row].wants, fractions[row].memory);
		struct sf_grant grant = {0};
		struct sf_error err;
		char text[256];
		uint32_t node;

		sf_cluster_destroy(cluster);
		cluster = sf_cluster_create(catalog);
		node = fixture_add(cluster, "fraction");
		for (int i = 0; i < 4 && fractions[row].before[i] != NULL; i++) {
			const struct sf_request pod = fraction_of(fractions[row].before[i], 0);

			put(node, &pod, AWARE);
		}
		for (int view = AWARE; view <= COUNTS && fractions[row].memory == 0; view++) {
			cr_expect(sf_filter(cluster, node, &request, (enum sf_view)view, NULL) ==
			          fractions[row].fit);
		}
		cr_expect(sf_filter(cluster, node, &request, AWARE, &grant) == fractions[row].fit,
		          "row %zu", row);
		describe(&grant, text, sizeof(text));
		cr_expect(strcmp(text, fractions[row].grant) == 0, "row %zu: %s", row, text);
		cr_expect(sf_cluster_check(cluster, &err) == 0, "row %zu: %s", row, err.text);
	}
}

/* A share of a device's memory is that of the device that serves it. */
Test(filter, shares_of_memory)
{
	const uint32_t node = fixture_add(cluster, "sliced");
	struct sf_request request = request_of("gpu*1", NAME, 0);
	struct sf_grant grant;
	struct sf_error err;

	request.gpu_memory_milli = 501;
	put(node, &request, AWARE);
	const struct sf_device *device = &sf_cluster_node(cluster, node)->gpu[0].device[0];
	cr_assert(device->held_mib == (device->memory_mib * 501 + 999) / 1000);
	cr_assert(sf_cluster_check(cluster, &err) == 0, "%s", err.text);
	cr_assert(sf_filter(cluster, node, &request, AWARE, NULL) == SF_FIT_GPU_MEMORY);
	cr_assert(sf_filter(cluster, node, &request, COUNTS, NULL) == SF_FITS);
	request.gpu_memory_milli = 498; /* each is rounded up */
	cr_assert(sf_filter(cluster, node, &request, AWARE, &grant) == SF_FITS);
	request.gpu_memory_mib = 1 << 20; /* the larger wish counts */
	cr_assert(sf_filter(cluster, node, &request, AWARE, NULL) == SF_FIT_GPU_MEMORY);
}

/* Fractions and products find the nodes that can serve them, and only those. */
Test(filter, kinds_of_nodes)
{
	const uint32_t plain = fixture_add(cluster, "plain");
	const uint32_t fraction = fixture_add(cluster, "fraction");
	const uint32_t counts = fixture_add(cluster, "counts");
	const uint64_t h100 =
		sf_cluster_product_mask(cluster, fixture_product(catalog, "H100-80GB-SXM"));
	const uint64_t t4 = sf_cluster_product_mask(cluster, fixture_product(catalog, "T4"));
	const uint64_t a100 =
		sf_cluster_product_mask(cluster, fixture_product(catalog, "A100-40GB"));
	struct sf_request request = fraction_of("1x500", 0);

	cr_expect(sf_filter(cluster, plain, &request, AWARE, NULL) == SF_FIT_NO_RESOURCE);
	cr_expect(sf_filter(cluster, plain, &request, COUNTS, NULL) == SF_FIT_NO_RESOURCE);
	cr_expect(sf_filter(cluster, counts, &request, AWARE, NULL) == SF_FIT_NO_RESOURCE);
	cr_expect(sf_filter(cluster, fraction, &request, AWARE, NULL) == SF_FITS);
	request.gpu_milli = 1000;
	cr_expect(sf_filter(cluster, plain, &request, AWARE, NULL) == SF_FITS);

	cr_expect(sf_cluster_product_mask(cluster, fixture_product(catalog, "A30")) ==
	          SF_PRODUCT_NOWHERE);
	request.products = h100 | t4;
	cr_expect(sf_filter(cluster, plain, &request, AWARE, NULL) == SF_FITS);
	cr_expect(sf_filter(cluster, fraction, &request, AWARE, NULL) == SF_FITS);
	cr_expect(sf_filter(cluster, counts, &request, AWARE, NULL) == SF_FIT_PRODUCT);
	request.products = a100;
	cr_expect(sf_filter(cluster, plain, &request, AWARE, NULL) == SF_FIT_PRODUCT);
	cr_expect(sf_filter(cluster, counts, &request, COUNTS, NULL) == SF_FITS);
	request.products = SF_PRODUCT_NOWHERE;
	cr_expect(sf_filter(cluster, plain, &request, AWARE, NULL) == SF_FIT_PRODUCT);
	cr_expect(sf_fit_unresolvable(SF_FIT_PRODUCT));
}
