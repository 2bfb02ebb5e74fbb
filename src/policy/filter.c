/* filter: does a request fit on a node; counts first, devices only when they suffice. */
// SPDX-License-Identifier: Apache-2.0
#include "filter_impl.h"

#include <slicefit/cluster_rule.h>

#include <string.h>

const char *sf_fit_reason(enum sf_fit fit)
{
	static const char *const text[SF_FIT_REASONS] = {
		[SF_FITS] = "fits",
		[SF_FIT_NOT_READY] = "node takes no pods",
		[SF_FIT_TAINT] = "untolerated taint",
		[SF_FIT_SELECTOR] = "node selector or affinity does not match",
		[SF_FIT_PRODUCT] = "node has none of the GPU products asked for",
		[SF_FIT_NO_RESOURCE] = "node has no such GPU resource",
		[SF_FIT_TOO_MANY] = "more GPU devices than the node has",
		[SF_FIT_BUSY] = "GPU devices in use",
		[SF_FIT_FRAGMENTED] = "free GPU slices are fragmented",
		[SF_FIT_GPU_MEMORY] = "not enough free GPU memory",
		[SF_FIT_SHARED_LIMIT] = "more than one replica of a shared GPU",
		[SF_FIT_CPU] = "Insufficient cpu",
		[SF_FIT_MEMORY] = "Insufficient memory",
		[SF_FIT_PODS] = "Too many pods",
		[SF_FIT_SPREAD] = "topology spread constraint",
		[SF_FIT_APART] = "pod anti-affinity",
		[SF_FIT_MODE] = "GPU mode not allowed for the workload class",
	};

	return fit < SF_FIT_REASONS ? text[fit] : "?";
}

bool sf_fit_unresolvable(enum sf_fit fit)
{
	return fit == SF_FIT_TAINT || fit == SF_FIT_SELECTOR || fit == SF_FIT_PRODUCT ||
	       fit == SF_FIT_NO_RESOURCE || fit == SF_FIT_TOO_MANY || fit == SF_FIT_NOT_READY ||
	       fit == SF_FIT_SHARED_LIMIT || fit == SF_FIT_MODE;
}

enum sf_fit sf_filter_room(const struct sf_filter_case *c)
{
	const struct sf_node *node = c->node;
	const struct sf_request *request = c->request;

	if (node->cpu_milli > 0 && request->cpu_milli > node->cpu_milli - node->cpu_used_milli) {
		return SF_FIT_CPU;
	}
	if (node->memory_mib > 0 &&
	    request->memory_mib > node->memory_mib - node->memory_used_mib) {
		return SF_FIT_MEMORY;
	}
	return node->pods < node->pods_max ? SF_FITS : SF_FIT_PODS;
}

uint16_t sf_filter_counted_name(const struct sf_filter_case *c, const struct sf_want *want)
{
	const enum sf_sharing_wish wish = c->request->sharing;
	const bool replica = want->resource == SF_RES_GPU_SHARED ||
	                     (want->resource == SF_RES_GPU && wish == SF_WISH_SHARED);

	if (wish == SF_WISH_BY_NAME || !replica) {
		return want->resource;
	}
	return sf_cluster_has_renamed(c->cluster) ? SF_RES_GPU_SHARED : SF_RES_GPU;
}

/* Under strategy single with MIG every nvidia.com/gpu is an instance of one profile. */
static bool is_single_mig(const struct sf_node *node)
{
	return node->strategy == SF_STRATEGY_SINGLE && node->n_gpus > 0 && node->gpu[0].mig;
}

/* The unrenamed name that devices of the wanted hardware have on this node. */
static uint16_t base_name(const struct sf_filter_case *c, uint16_t resource)
{
	const struct sf_node *node = c->node;
	const struct sf_gpu *gpu = node->gpu;

	if (sf_resource_is_gpu(resource)) {
		return is_single_mig(node) ? SF_RES_NONE : SF_RES_GPU;
	}
	if (!is_single_mig(node)) {
		return resource;
	}
	if (gpu->layout.n == 0 ||
	    sf_cluster_profile_resource(c->cluster, gpu->product, gpu->layout.instance[0].profile,
	                                false) != resource) {
		return SF_RES_NONE;
	}
	return SF_RES_GPU;
}

/* The one advertised name of this node that can meet the want, or SF_RES_NONE. */
static uint16_t advertised_name(const struct sf_filter_case *c, const struct sf_want *want)
{
	const enum sf_sharing_wish wish = c->request->sharing;
	const struct sf_shared *shared;
	uint16_t base;

	if (c->view == SF_VIEW_COUNTS) {
		return sf_filter_counted_name(c, want);
	}
	if (wish == SF_WISH_BY_NAME || want->resource == SF_RES_NONE) {
		return want->resource;
	}
	base = base_name(c, want->resource);
	shared = sf_node_shared(c->node, base);
	if (wish == SF_WISH_SHARED || want->resource == SF_RES_GPU_SHARED) {
		if (shared == NULL && base == SF_RES_GPU) {
			/* a node by counts may say no more than its names */
			return SF_RES_GPU_SHARED;
		}
		return shared != NULL ? shared->resource : SF_RES_NONE;
	}
	return shared == NULL ? base : SF_RES_NONE;
}

static bool is_shared_name(const struct sf_node *node, uint16_t resource)
{
	for (uint8_t i = 0; i < node->n_shared; i++) {
		if (node->shared[i].resource == resource) {
			return true;
		}
	}
	return resource == SF_RES_GPU_SHARED;
}

/* Adds up what the wants need per name. */
enum sf_fit sf_filter_collect(const struct sf_filter_case *c, struct sf_filter_need *need,
                              uint8_t *n_needs)
{
	for (uint8_t i = 0; i < c->request->n; i++) {
		const struct sf_want *want = &c->request->want[i];
		const uint16_t name = advertised_name(c, want);
		const struct sf_count *count = sf_node_count(c->node, name);
		uint8_t k = 0;

		if (count == NULL || count->total == 0) {
			return SF_FIT_NO_RESOURCE;
		}
		while (k < *n_needs && need[k].count != count) {
			k++;
		}
		if (k == *n_needs) {
			need[k].count = count;
			need[k].n = 0;
			need[k].shared = is_shared_name(c->node, name);
			(*n_needs)++;
		}
		need[k].n += want->count;
	}
	return SF_FITS;
}

static enum sf_fit check_counts(const struct sf_filter_case *c, const struct sf_filter_need *need,
                                uint8_t n_needs)
{
	const bool limit = c->view == SF_VIEW_AWARE && c->node->fail_above_1;

	for (uint8_t i = 0; i < n_needs; i++) {
		if (need[i].n > need[i].count->total || need[i].n > UINT16_MAX) {
			return SF_FIT_TOO_MANY;
		}
	}
	for (uint8_t i = 0; i < n_needs; i++) {
		if (limit && need[i].shared && need[i].n > 1) {
			return SF_FIT_SHARED_LIMIT;
		}
	}
	for (uint8_t i = 0; i < n_needs; i++) {
		if (need[i].n > need[i].count->total - need[i].count->used) {
			return SF_FIT_BUSY;
		}
	}
	return SF_FITS;
}

/* Devices must be looked at when they are asked for, or when counts do not say everything. */
static bool counts_suffice(const struct sf_filter_case *c, const struct sf_filter_need *need,
                           uint8_t n_needs)
{
	uint32_t n = 0;

	for (uint8_t i = 0; i < n_needs; i++) {
		n += need[i].n;
	}
	return n <= SF_GRANTS_MAX && !c->has_wish && !c->crowds;
}

static enum sf_fit judge_static(const struct sf_filter_case *c, struct sf_grant *grant)
{
	struct sf_filter_need need[SF_WANTS_MAX];
	struct sf_grant own;
	uint8_t n_needs = 0;
	enum sf_fit fit = sf_filter_collect(c, need, &n_needs);

	if (fit == SF_FITS) {
		fit = check_counts(c, need, n_needs);
	}
	if (fit == SF_FITS) {
		fit = sf_filter_room(c);
	}
	if (fit != SF_FITS || (grant == NULL && counts_suffice(c, need, n_needs))) {
		return fit;
	}
	return sf_filter_choose(c, need, n_needs, grant != NULL ? grant : &own);
}

static bool has_mig(const struct sf_node *node)
{
	for (uint8_t i = 0; i < node->n_gpus; i++) {
		if (node->gpu[i].mig) {
			return true;
		}
	}
	return false;
}

bool sf_filter_is_static(const struct sf_node *node)
{
	return !sf_node_is_fractional(node) && !(node->dynamic && has_mig(node));
}

static enum sf_fit fit_of_rule(enum sf_rule_fit fit)
{
	static const uint8_t fits[] = {
		[SF_RULE_FITS] = SF_FITS,
		[SF_RULE_TAINT] = SF_FIT_TAINT,
		[SF_RULE_SELECTOR] = SF_FIT_SELECTOR,
		[SF_RULE_SPREAD] = SF_FIT_SPREAD,
		[SF_RULE_APART] = SF_FIT_APART,
	};

	return (enum sf_fit)fits[fit];
}

static enum sf_fit judge_capacity(const struct sf_filter_case *c, struct sf_grant *grant)
{
	const uint64_t products = c->request->products;

	if (products != 0 && (products & c->node->products) == 0) {
		return SF_FIT_PRODUCT;
	}
	if (sf_node_is_fractional(c->node)) {
		return sf_filter_fraction(c, grant);
	}
	if (sf_request_is_fraction(c->request)) {
		return SF_FIT_NO_RESOURCE;
	}
	return sf_filter_is_static(c->node) ? judge_static(c, grant) : sf_filter_dynamic(c, grant);
}

/* Who may run there at all comes first, and who is there last, as with kube-scheduler's plugins. */
static enum sf_fit judge(const struct sf_filter_case *c, struct sf_grant *grant)
{
	const uint16_t rule = c->request->rule;
	enum sf_fit fit = fit_of_rule(sf_cluster_rule_static(c->cluster, rule, c->node->number));

	if (fit == SF_FITS) {
		fit = judge_capacity(c, grant);
	}
	return fit == SF_FITS ? fit_of_rule(sf_cluster_rule_now(c->cluster, rule, c->node->number))
	                      : fit;
}

enum sf_fit sf_filter(const struct sf_cluster *cluster, uint32_t node,
                      const struct sf_request *request, enum sf_view view, struct sf_grant *grant)
{
	return sf_filter_node(cluster, sf_cluster_node(cluster, node), request, view, grant);
}

enum sf_fit sf_filter_node(const struct sf_cluster *cluster, const struct sf_node *node,
                           const struct sf_request *request, enum sf_view view,
                           struct sf_grant *grant)
{
	const struct sf_filter_case c = {
		.cluster = cluster,
		.node = node,
		.request = request,
		.view = view,
		.wish = view == SF_VIEW_AWARE ? request->gpu_memory_mib : 0,
		.has_wish = view == SF_VIEW_AWARE && sf_request_has_wish(request),
		.crowds = view == SF_VIEW_AWARE && sf_filter_is_awaited(cluster, node),
	};

	if (c.node->state != SF_NODE_READY) {
		return SF_FIT_NOT_READY;
	}
	return request->rule == 0 ? judge_capacity(&c, grant) : judge(&c, grant);
}

/* The GPU as it is when no pod runs: a dynamic one is whole again. */
static void empty_gpu(const struct sf_node *node, struct sf_gpu *gpu)
{
	for (int i = 0; i < SF_UNITS_MAX; i++) {
		gpu->device[i].used = 0;
		gpu->device[i].held_mib = 0;
	}
	if (!node->dynamic || !gpu->mig) {
		return;
	}
	for (int i = 0; i < SF_UNITS_MAX; i++) {
		gpu->device[i] = (struct sf_device){.resource = SF_RES_NONE};
	}
	memset(&gpu->layout, 0, sizeof(gpu->layout));
	gpu->device[0].resource = SF_RES_GPU;
	gpu->device[0].replicas = 1;
	gpu->device[0].memory_mib = gpu->product->memory_mib;
}

enum sf_fit sf_filter_ever(const struct sf_cluster *cluster, uint32_t node,
                           const struct sf_request *request, enum sf_view view)
{
	struct sf_node empty = *sf_cluster_node(cluster, node);
	struct sf_gpu gpu[SF_GPUS_MAX];
	const struct sf_filter_case c = {
		.cluster = cluster,
		.node = &empty,
		.request = request,
		.view = view,
		.wish = view == SF_VIEW_AWARE ? request->gpu_memory_mib : 0,
		.has_wish = view == SF_VIEW_AWARE && sf_request_has_wish(request),
	};

	const enum sf_fit may =
		fit_of_rule(sf_cluster_rule_static(cluster, request->rule, empty.number));

	if ((empty.state & SF_NODE_REMOVED) != 0 || may != SF_FITS) {
		return may != SF_FITS ? may : SF_FIT_NOT_READY;
	}
	memcpy(gpu, empty.gpu, empty.n_gpus * sizeof(gpu[0]));
	for (uint8_t i = 0; i < empty.n_gpus; i++) {
		empty_gpu(&empty, &gpu[i]);
	}
	for (uint8_t i = 0; i < empty.n_counts; i++) {
		empty.count[i].used = 0;
	}
	empty.gpu = gpu;
	empty.first_wish = SF_POD_NONE;
	empty.pods = 0;
	empty.used_milli = 0;
	empty.cpu_used_milli = 0;
	empty.memory_used_mib = 0;
	return judge_capacity(&c, NULL);
}
