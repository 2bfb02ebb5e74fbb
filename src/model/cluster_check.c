/*
 * cluster_check: every invariant of a cluster, from scratch.
 *
 * What the pods hold is added up in fresh sums and compared with what nodes, counts and devices
 * say; nothing here calls the code that keeps them.
 */
// SPDX-License-Identifier: Apache-2.0
#include "cluster_impl.h"
#include "cluster_rule_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/error.h>

#include <stdlib.h>
#include <string.h>

/* What the pods of one node hold. */
struct sums {
	uint32_t pods;
	uint32_t gpu_pods[SF_GPUS_MAX + 1];
	int64_t cpu_milli;
	int64_t memory_mib;
	uint32_t count[SF_NODE_RESOURCES_MAX];
	uint32_t used[SF_GPUS_MAX][SF_UNITS_MAX];
	uint32_t created[SF_GPUS_MAX][SF_UNITS_MAX];
	int64_t held_mib[SF_GPUS_MAX][SF_UNITS_MAX];
	uint32_t wishes; /* pods with a wish for GPU memory */
};

/* A dynamic instance, and nothing else, is in no count. */
static int add_count(const struct sf_node *node, const struct sf_held *held, struct sums *sums,
                     struct sf_error *err)
{
	const struct sf_count *count = sf_node_count(node, held->resource);

	if (held->create != 0) {
		return 0;
	}
	if (count == NULL) {
		return sf_fail(err, SF_EINVAL, "holds a resource that %.64s does not count",
		               node->name);
	}
	sums->count[count - node->count] += held->replicas;
	return 0;
}

/* Is it on a device of the node that has its name, and a multiple of `each`? */
static int check_held(const struct sf_node *node, const struct sf_held *held, uint16_t each,
                      struct sf_error *err)
{
	if (held->gpu >= node->n_gpus || held->device >= SF_UNITS_MAX || held->replicas == 0) {
		return sf_fail(err, SF_EINVAL, "holds what %.64s has not", node->name);
	}
	if (node->gpu[held->gpu].device[held->device].resource != held->resource) {
		return sf_fail(err, SF_EINVAL,
		               "%.64s, gpu %d, device %d: has another resource name", node->name,
		               held->gpu, held->device);
	}
	if (held->replicas % each != 0) {
		return sf_fail(err, SF_EINVAL, "holds a part of a fraction on %.64s", node->name);
	}
	return 0;
}

/* Memory of a device that a pod wishes for: a share of it counts, unless GPUs are fractions. */
static int64_t wish_mib(const struct sf_node *node, const struct sf_request *request,
                        const struct sf_device *device)
{
	const int64_t wish = request->gpu_memory_mib;
	const int64_t device_mib = device->memory_mib;
	const int64_t share = (device_mib * request->gpu_memory_milli + 999) / 1000;

	if (node->sharing_mode == SF_SHARING_FRACTION || device_mib <= 0) {
		return wish;
	}
	return share > wish ? share : wish;
}

static int add_held(const struct sf_node *node, const struct sf_pod *pod,
                    const struct sf_held *held, struct sums *sums, struct sf_error *err)
{
	const bool fractional = node->sharing_mode == SF_SHARING_FRACTION;
	const uint16_t milli = pod->request.gpu_milli > 0 ? pod->request.gpu_milli : 1000;
	const uint16_t each = fractional ? milli : 1;
	const struct sf_device *device;

	if (add_count(node, held, sums, err) != 0) {
		return -1;
	}
	if (node->by_counts) {
		return held->gpu == SF_GPU_NONE && held->create == 0
		               ? 0
		               : sf_fail(err, SF_EINVAL, "holds a GPU of %.64s, known by counts",
		                         node->name);
	}
	if (check_held(node, held, each, err) != 0) {
		return -1;
	}
	device = &node->gpu[held->gpu].device[held->device];
	sums->used[held->gpu][held->device] += held->replicas;
	sums->created[held->gpu][held->device] += held->create;
	sums->held_mib[held->gpu][held->device] +=
		wish_mib(node, &pod->request, device) * (held->replicas / each);
	return 0;
}

static int add_pod(const struct sf_cluster *cluster, const struct sf_pod *pod, struct sums *sums,
                   struct sf_error *err)
{
	const struct sf_node *node;

	if (pod->state == SF_POD_PENDING || pod->state == SF_POD_REMOVED) {
		return pod->node == SF_NODE_NONE && pod->grant.n == 0
		               ? 0
		               : sf_fail(err, SF_EINVAL, "pending, but on a node");
	}
	if (pod->node >= cluster->n_nodes || pod->grant.n > SF_GRANTS_MAX) {
		return sf_fail(err, SF_EINVAL, "on no node, or with too long a grant");
	}
	node = &cluster->node[pod->node];
	if ((pod->request.products != 0 && (pod->request.products & node->products) == 0) ||
	    (sf_request_is_fraction(&pod->request) && node->sharing_mode != SF_SHARING_FRACTION)) {
		return sf_fail(err, SF_EINVAL, "on %.64s, which cannot serve it", node->name);
	}
	sums[pod->node].pods++;
	sums[pod->node].wishes +=
		pod->request.gpu_memory_mib > 0 || pod->request.gpu_memory_milli > 0;
	if (pod->request.n > 0) {
		sums[pod->node].gpu_pods[sf_request_gpus(&pod->request)]++;
	}
	sums[pod->node].cpu_milli += pod->request.cpu_milli;
	sums[pod->node].memory_mib += pod->request.memory_mib;
	for (uint8_t i = 0; i < pod->grant.n; i++) {
		if (add_held(node, pod, &pod->grant.held[i], &sums[pod->node], err) != 0) {
			return -1;
		}
	}
	return 0;
}

static int check_host(const struct sf_node *node, const struct sums *sums, struct sf_error *err)
{
	if (node->pods != sums->pods || node->cpu_used_milli != sums->cpu_milli ||
	    node->memory_used_mib != sums->memory_mib) {
		return sf_fail(err, SF_EINVAL, "pods, CPU or memory are not what its pods hold");
	}
	if (memcmp(node->gpu_pods, sums->gpu_pods, sizeof(node->gpu_pods)) != 0) {
		return sf_fail(err, SF_EINVAL, "pods by GPUs are not those of its pods");
	}
	if (node->pods > node->pods_max ||
	    (node->cpu_milli > 0 && node->cpu_used_milli > node->cpu_milli) ||
	    (node->memory_mib > 0 && node->memory_used_mib > node->memory_mib)) {
		return sf_fail(err, SF_EINVAL, "pods, CPU or memory over-committed");
	}
	if ((node->state & SF_NODE_REMOVED) != 0 && node->pods > 0) {
		return sf_fail(err, SF_EINVAL, "removed, but has pods");
	}
	return 0;
}

/* Is there to be a device at this unit, of what base name, profile and memory? */
static bool expected(const struct sf_cluster *cluster, const struct sf_node *node,
                     const struct sf_gpu *gpu, int unit, struct sf_device *out)
{
	memset(out, 0, sizeof(*out));
	out->resource = SF_RES_GPU;
	out->memory_mib = gpu->product->memory_mib;
	if (!gpu->mig || (!node->dynamic && node->strategy == SF_STRATEGY_NONE) ||
	    (node->dynamic && gpu->layout.n == 0)) {
		return unit == 0;
	}
	for (uint8_t i = 0; i < gpu->layout.n; i++) {
		const struct sf_mig_instance *instance = &gpu->layout.instance[i];

		if (instance->start != unit) {
			continue;
		}
		out->profile = instance->profile;
		out->memory_mib = gpu->product->profile[instance->profile].memory_mib;
		if (node->dynamic || node->strategy == SF_STRATEGY_MIXED) {
			out->resource = cluster->profile_resource[gpu->product->index]
			                                         [instance->profile][0];
		}
		return true;
	}
	return false;
}

static int check_device(const struct sf_cluster *cluster, const struct sf_node *node, uint8_t g,
                        int unit, struct sf_error *err)
{
	const struct sf_gpu *gpu = &node->gpu[g];
	const struct sf_device *device = &gpu->device[unit];
	struct sf_device want;
	uint16_t replicas = 1;

	if (!expected(cluster, node, gpu, unit, &want)) {
		return device->resource == SF_RES_NONE && device->used == 0
		               ? 0
		               : sf_fail(err, SF_EINVAL, "gpu %d: device %d without instance", g,
		                         unit);
	}
	for (uint8_t i = 0; i < node->n_shared; i++) {
		if (node->shared[i].base == want.resource) {
			want.resource = node->shared[i].resource;
			replicas = node->shared[i].replicas;
			break;
		}
	}
	if (device->resource != want.resource || device->profile != want.profile ||
	    device->memory_mib != want.memory_mib || device->replicas != replicas) {
		return sf_fail(err, SF_EINVAL, "gpu %d: device %d is not what its layout says", g,
		               unit);
	}
	return device->used <= device->replicas
	               ? 0
	               : sf_fail(err, SF_EINVAL, "gpu %d: device %d over-committed", g, unit);
}

/* By ascending start, zero behind the last: equal layouts are equal bytes. */
static bool is_canonical(const struct sf_mig_layout *layout)
{
	for (int i = 0; i < SF_INSTANCES_MAX; i++) {
		const struct sf_mig_instance *instance = &layout->instance[i];

		if (i >= layout->n ? instance->profile != 0 || instance->start != 0
		                   : i > 0 && instance->start <= instance[-1].start) {
			return false;
		}
	}
	return true;
}

static int check_gpu(const struct sf_cluster *cluster, const struct sf_node *node, uint8_t g,
                     const struct sums *sums, struct sf_error *err)
{
	const struct sf_gpu *gpu = &node->gpu[g];

	if ((!gpu->mig && gpu->layout.n > 0) || !is_canonical(&gpu->layout) ||
	    (gpu->layout.n > 0 && !sf_mig_legal(gpu->product, &gpu->layout))) {
		return sf_fail(err, SF_EINVAL, "gpu %d: illegal layout", g);
	}
	for (int unit = 0; unit < SF_UNITS_MAX; unit++) {
		const struct sf_device *device = &gpu->device[unit];
		const bool instance = node->dynamic && gpu->mig && gpu->layout.n > 0 &&
		                      device->resource != SF_RES_NONE;

		if (check_device(cluster, node, g, unit, err) != 0) {
			return -1;
		}
		if (device->used != sums->used[g][unit] ||
		    device->held_mib != sums->held_mib[g][unit]) {
			return sf_fail(err, SF_EINVAL,
			               "gpu %d: device %d does not hold what its pods hold", g,
			               unit);
		}
		if (sums->created[g][unit] != (instance ? 1 : 0)) {
			return sf_fail(err, SF_EINVAL,
			               "gpu %d: dynamic instance at %d does not belong to one pod",
			               g, unit);
		}
	}
	return 0;
}

/* Sum over the devices with this name: replicas and replicas in use. */
static void add_devices(const struct sf_node *node, uint16_t resource, uint32_t *total,
                        uint32_t *used)
{
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		for (int unit = 0; unit < SF_UNITS_MAX; unit++) {
			const struct sf_device *device = &node->gpu[g].device[unit];

			if (device->resource == resource) {
				*total += device->replicas;
				*used += device->used;
			}
		}
	}
}

static int check_counts(const struct sf_node *node, const struct sums *sums, struct sf_error *err)
{
	for (uint8_t i = 0; i < node->n_counts; i++) {
		const struct sf_count *count = &node->count[i];
		uint32_t total = 0;
		uint32_t used = 0;

		add_devices(node, count->resource, &total, &used);
		if (!node->by_counts && (total != count->total || used != count->used)) {
			return sf_fail(err, SF_EINVAL,
			               "resource %d: counts %u of %u, devices say %u of %u",
			               count->resource, count->used, count->total, used, total);
		}
		if (count->used > count->total || count->used != sums->count[i]) {
			return sf_fail(err, SF_EINVAL, "resource %d: %u of %u in use, pods hold %u",
			               count->resource, count->used, count->total, sums->count[i]);
		}
		for (uint8_t k = 0; k < i; k++) {
			if (node->count[k].resource == count->resource) {
				return sf_fail(err, SF_EINVAL, "resource %d is counted twice",
				               count->resource);
			}
		}
	}
	return 0;
}

/* Every device but a dynamic instance is in some count. */
static int check_counted(const struct sf_node *node, struct sf_error *err)
{
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		const struct sf_gpu *gpu = &node->gpu[g];

		for (int unit = 0; unit < SF_UNITS_MAX; unit++) {
			const uint16_t resource = gpu->device[unit].resource;

			if (resource != SF_RES_NONE && sf_node_count(node, resource) == NULL &&
			    !(node->dynamic && gpu->layout.n > 0)) {
				return sf_fail(err, SF_EINVAL, "gpu %d: device %d is not counted",
				               g, unit);
			}
		}
	}
	return 0;
}

/* Does the node know the products of its GPUs, and is it whole GPUs when shared by fractions? */
static int check_products(const struct sf_cluster *cluster, const struct sf_node *node,
                          struct sf_error *err)
{
	uint64_t products = 0;

	for (uint8_t g = 0; g < node->n_gpus; g++) {
		const struct sf_gpu *gpu = &node->gpu[g];

		products |= gpu->product != NULL ? cluster->product_mask[gpu->product->index] : 0;
		if (node->sharing_mode == SF_SHARING_FRACTION &&
		    (gpu->mig || gpu->device[0].replicas != 1000)) {
			return sf_fail(err, SF_EINVAL, "gpu %d: no 1000 milli-GPUs", g);
		}
	}
	return products == node->products
	               ? 0
	               : sf_fail(err, SF_EINVAL, "products are not those of its GPUs");
}

/* Its pods with wishes, each once, in order; none where devices are known. */
static int check_wishes(const struct sf_cluster *cluster, uint32_t index, uint32_t wishes,
                        struct sf_error *err)
{
	const struct sf_node *node = &cluster->node[index];
	uint32_t n = 0;

	for (uint32_t i = node->first_wish; i != SF_POD_NONE; i = cluster->pod[i].next_wish) {
		if (i >= cluster->n_pods || cluster->pod[i].node != index ||
		    cluster->pod[i].next_wish <= i) {
			return sf_fail(err, SF_EINVAL, "pod %u is wrong on the list of wishes", i);
		}
		n++;
	}
	return n == (node->allocation == SF_ALLOCATION_KNOWN ? 0 : wishes)
	               ? 0
	               : sf_fail(err, SF_EINVAL, "%u pods on the list of wishes, not %u", n,
	                         wishes);
}

static int check_node(const struct sf_cluster *cluster, uint32_t index, const struct sums *sums,
                      struct sf_error *err)
{
	const struct sf_node *node = &cluster->node[index];
	const bool removed = (node->state & SF_NODE_REMOVED) != 0;

	if (check_host(node, sums, err) != 0 || check_counts(node, sums, err) != 0 ||
	    check_counted(node, err) != 0 || check_products(cluster, node, err) != 0 ||
	    check_wishes(cluster, index, sums->wishes, err) != 0 ||
	    sf_node_check_single(node, err) != 0) {
		return -1;
	}
	for (uint8_t g = 0; g < node->n_gpus && !node->by_counts; g++) {
		if (check_gpu(cluster, node, g, sums, err) != 0) {
			return -1;
		}
	}
	if (node->used_milli != sf_node_count_used(node)) {
		return sf_fail(err, SF_EINVAL, "in use are not the milli-GPUs that it says");
	}
	if (!removed && sf_cluster_find_node(cluster, node->name) != index) {
		return sf_fail(err, SF_EINVAL, "is not found by its name");
	}
	return 0;
}

int sf_cluster_check(const struct sf_cluster *cluster, struct sf_error *err)
{
	struct sums *sums = sf_xcalloc(cluster->n_nodes, sizeof(*sums));
	uint32_t renaming = 0;
	int rc = 0;

	for (uint32_t i = 0; i < cluster->n_pods && rc == 0; i++) {
		if (add_pod(cluster, &cluster->pod[i], sums, err) != 0) {
			rc = sf_wrap(err, "pod %u", i);
		}
	}
	for (uint32_t i = 0; i < cluster->n_nodes && rc == 0; i++) {
		if (check_node(cluster, i, &sums[i], err) != 0) {
			rc = sf_wrap(err, "node %.64s", cluster->node[i].name);
		}
		renaming += sf_node_renames(&cluster->node[i]);
	}
	if (rc == 0 && renaming != cluster->n_renaming) {
		rc = sf_fail(err, SF_EINVAL, "%u nodes rename shared GPUs, the cluster counts %u",
		             renaming, cluster->n_renaming);
	}
	free(sums);
	return rc == 0 ? sf_rules_check(cluster, err) : rc;
}
