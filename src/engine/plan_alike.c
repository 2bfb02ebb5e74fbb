/* plan_alike: see plan_alike.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_alike.h"

#include <string.h>

static bool same_products(const struct sf_node_spec *a, const struct sf_node_spec *b)
{
	if (a->n_gpus != b->n_gpus) {
		return false;
	}
	for (uint8_t g = 0; g < a->n_gpus; g++) {
		if (a->gpu[g].product != b->gpu[g].product) {
			return false;
		}
	}
	return true;
}

bool plan_same_gpu(const struct sf_gpu_spec *a, const struct sf_gpu_spec *b)
{
	return a->product == b->product && a->mig == b->mig && a->layout.n == b->layout.n &&
	       memcmp(a->layout.instance, b->layout.instance,
	              a->layout.n * sizeof a->layout.instance[0]) == 0;
}

static bool same_gpus(const struct sf_node_spec *a, const struct sf_node_spec *b)
{
	for (uint8_t g = 0; g < a->n_gpus; g++) {
		if (!plan_same_gpu(&a->gpu[g], &b->gpu[g])) {
			return false;
		}
	}
	return true;
}

static bool same_sharing(const struct sf_sharing *a, const struct sf_sharing *b)
{
	if (a->mode != b->mode || a->rename != b->rename || a->fail_above_1 != b->fail_above_1 ||
	    a->n != b->n) {
		return false;
	}
	for (uint8_t i = 0; i < a->n; i++) {
		if (a->resource[i].replicas != b->resource[i].replicas ||
		    strcmp(a->resource[i].name, b->resource[i].name) != 0) {
			return false;
		}
	}
	return true;
}

static bool same_counts(const struct sf_node_spec *a, const struct sf_node_spec *b)
{
	if (a->by_counts != b->by_counts || (a->by_counts && a->n_counts != b->n_counts)) {
		return false;
	}
	for (uint8_t i = 0; a->by_counts && i < a->n_counts; i++) {
		if (a->count[i].total != b->count[i].total ||
		    strcmp(a->count[i].name, b->count[i].name) != 0) {
			return false;
		}
	}
	return true;
}

bool plan_same_looks(const struct sf_node_spec *a, const struct sf_node_spec *b)
{
	return a->strategy == b->strategy && same_gpus(a, b) &&
	       same_sharing(&a->sharing, &b->sharing) && same_counts(a, b);
}

static uint16_t replicas_of(const struct sf_node_spec *spec)
{
	return sf_sharing_replicas(&spec->sharing, "nvidia.com/gpu");
}

/* Can nothing (but the pods) change, or only within what is there? Then looks are hardware. */
static bool is_fixed(const struct sf_pool *pool)
{
	return pool->no_mig || pool->no_sharing || pool->node.by_counts || pool->node.dynamic ||
	       pool->node.sharing.mode == SF_SHARING_MPS;
}

/* How a rebuilt node of the pool shares, replicas aside: a node that is not shared now is shared as
 * one that is by time-slicing under a name of its own. */
static bool shares_alike(const struct sf_node_spec *a, const struct sf_node_spec *b)
{
	struct sf_sharing plain = {.mode = SF_SHARING_TIME_SLICING, .rename = true};
	const struct sf_sharing *x = replicas_of(a) > 1 ? &a->sharing : &plain;
	const struct sf_sharing *y = replicas_of(b) > 1 ? &b->sharing : &plain;

	return x->mode == y->mode && x->rename == y->rename && x->fail_above_1 == y->fail_above_1;
}

static bool same_texts(const char *const *a, size_t n_a, const char *const *b, size_t n_b)
{
	if (n_a != n_b) {
		return false;
	}
	for (size_t i = 0; i < n_a; i++) {
		if (strcmp(a[i], b[i]) != 0) {
			return false;
		}
	}
	return true;
}

static bool same_constraints(const struct sf_pool *a, const struct sf_pool *b)
{
	if (a != b && (a->max_drained < UINT32_MAX || b->max_drained < UINT32_MAX)) {
		return false;
	}
	return a->no_mig == b->no_mig && a->no_sharing == b->no_sharing && a->pinned == b->pinned &&
	       a->cordoned == b->cordoned && a->strategies == b->strategies &&
	       same_texts(a->layout_only, a->n_only, b->layout_only, b->n_only) &&
	       same_texts(a->layout_never, a->n_never, b->layout_never, b->n_never);
}

bool plan_same_class(const struct sf_pool *a, const struct sf_pool *b)
{
	const struct sf_node_spec *x = &a->node, *y = &b->node;

	if (!same_constraints(a, b) || is_fixed(a) != is_fixed(b) || x->dynamic != y->dynamic ||
	    x->pods_max != y->pods_max || x->cpu_milli != y->cpu_milli ||
	    x->memory_mib != y->memory_mib || !same_products(x, y)) {
		return false;
	}
	return is_fixed(a) ? plan_same_looks(x, y) : shares_alike(x, y);
}
