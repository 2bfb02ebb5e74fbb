/*
 * filter_dynamic: nodes whose instances come and go with the pods.
 *
 * A request is a list of units, whole GPUs first and then instances from large to small. Greedy
 * first: each instance where the driver would put it, on the GPU where it hurts least. When that
 * fails, a search over all GPUs and explicit starts (nvidia-smi mig -cgi PROFILE:START), cut off
 * after BUDGET steps.
 */
// SPDX-License-Identifier: Apache-2.0
#include "filter_impl.h"

#include <string.h>

enum { BUDGET = 20000 };

struct unit {
	uint16_t resource; /* SF_RES_GPU: a whole GPU */
	uint8_t want;      /* index in the request */
	uint8_t size;      /* memory units, the most of any GPU of the node */
};

struct search {
	const struct sf_filter_case *c;
	int32_t wish;
	uint8_t n;
	struct unit unit[SF_GRANTS_MAX];
	struct sf_held held[SF_GRANTS_MAX];
	int8_t profile[SF_WANTS_MAX][SF_GPUS_MAX]; /* that serves the want on the GPU, or -1 */
	struct sf_mig_layout layout[SF_GPUS_MAX];
	bool whole[SF_GPUS_MAX]; /* in use as a whole, before or by this request */
};

/* Profile of the GPU with this resource name, or -1. */
static int profile_of(const struct sf_filter_case *c, const struct sf_gpu *gpu, uint16_t resource)
{
	if (!gpu->mig) {
		return -1;
	}
	for (int p = 0; p < gpu->product->n_profiles; p++) {
		if (sf_cluster_profile_resource(c->cluster, gpu->product, p, false) == resource) {
			return p;
		}
	}
	return -1;
}

/* Could the node ever give so many of one resource? *size: memory units of one. */
static enum sf_fit check_total(struct search *search, const struct unit *unit, uint16_t count,
                               uint8_t *size)
{
	const struct sf_node *node = search->c->node;
	uint32_t total = 0;

	*size = SF_UNITS_MAX;
	memset(search->profile[unit->want], -1, sizeof(search->profile[0]));
	if (unit->resource == SF_RES_GPU) {
		return count > node->n_gpus ? SF_FIT_TOO_MANY : SF_FITS;
	}
	*size = 0;
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		const struct sf_gpu *gpu = &node->gpu[g];
		const bool as_before =
			g > 0 && gpu->product == gpu[-1].product && gpu->mig == gpu[-1].mig;
		const int p = as_before ? search->profile[unit->want][g - 1]
		                        : profile_of(search->c, gpu, unit->resource);

		search->profile[unit->want][g] = (int8_t)p;
		if (p >= 0) {
			const struct sf_profile *profile = &gpu->product->profile[p];

			total += profile->max;
			*size = profile->size > *size ? profile->size : *size;
		}
	}
	if (total == 0) {
		return SF_FIT_NO_RESOURCE;
	}
	return count > total ? SF_FIT_TOO_MANY : SF_FITS;
}

/* Keeps whole GPUs in front and instances from large to small. */
static void add_unit(struct search *search, struct unit unit)
{
	uint8_t i = search->n++;

	while (i > 0 &&
	       (search->unit[i - 1].size < unit.size ||
	        (unit.resource == SF_RES_GPU && search->unit[i - 1].resource != SF_RES_GPU))) {
		search->unit[i] = search->unit[i - 1];
		i--;
	}
	search->unit[i] = unit;
}

/* No device of a dynamic node is shared: replicas are found nowhere here. */
static uint16_t hardware_name(const struct sf_filter_case *c, const struct sf_want *want)
{
	if (c->view == SF_VIEW_COUNTS) {
		return sf_filter_counted_name(c, want);
	}
	return c->request->sharing == SF_WISH_SHARED ? (uint16_t)SF_RES_NONE : want->resource;
}

static enum sf_fit collect_units(struct search *search)
{
	const struct sf_filter_case *c = search->c;
	enum sf_fit worst = SF_FITS;

	for (uint8_t i = 0; i < c->request->n; i++) {
		const struct sf_want *want = &c->request->want[i];
		struct unit unit = {.resource = hardware_name(c, want), .want = i};
		const enum sf_fit fit = check_total(search, &unit, want->count, &unit.size);

		if (fit == SF_FIT_NO_RESOURCE) {
			return fit;
		}
		if (fit != SF_FITS || search->n + want->count > SF_GRANTS_MAX) {
			worst = SF_FIT_TOO_MANY;
			continue;
		}
		for (uint16_t k = 0; k < want->count; k++) {
			add_unit(search, unit);
		}
	}
	return worst;
}

static void reset(struct search *search)
{
	const struct sf_node *node = search->c->node;

	for (uint8_t g = 0; g < node->n_gpus; g++) {
		const struct sf_gpu *gpu = &node->gpu[g];

		search->layout[g] = gpu->layout;
		search->whole[g] = sf_node_gpu_is_whole(node, gpu) && gpu->device[0].used > 0;
	}
}

static bool has_memory(const struct search *search, int32_t memory_mib)
{
	return search->wish == 0 || memory_mib >= search->wish;
}

static bool can_be_whole(const struct search *search, uint8_t g)
{
	const struct sf_gpu *gpu = &search->c->node->gpu[g];

	return !search->whole[g] && search->layout[g].n == 0 &&
	       has_memory(search, gpu->product->memory_mib);
}

/* Profile with which the GPU may serve the unit as an instance, or -1. */
static int usable_profile(const struct search *search, uint8_t g, const struct unit *unit)
{
	const struct sf_gpu *gpu = &search->c->node->gpu[g];
	const int p = search->whole[g] ? -1 : search->profile[unit->want][g];

	return p >= 0 && has_memory(search, gpu->product->profile[p].memory_mib) ? p : -1;
}

static void take_whole(struct search *search, uint8_t i, uint8_t g)
{
	search->whole[g] = true;
	search->held[i] = (struct sf_held){.resource = SF_RES_GPU, .replicas = 1, .gpu = g};
}

static void take_instance(struct search *search, uint8_t i, uint8_t g, int profile, int start)
{
	sf_mig_add(&search->layout[g], profile, start);
	search->held[i] = (struct sf_held){
		.resource = search->unit[i].resource,
		.replicas = 1,
		.gpu = g,
		.device = (uint8_t)start,
		.profile = (uint8_t)profile,
		.create = 1,
	};
}

static void give_back(struct search *search, uint8_t i)
{
	const struct sf_held *held = &search->held[i];

	if (held->create != 0) {
		sf_mig_remove(&search->layout[held->gpu], held->device);
	} else {
		search->whole[held->gpu] = false;
	}
}

/* Placements that are possible now and not beside the new instance, weighted by their sizes. */
static int loss(const struct search *search, uint8_t g, int profile, int start)
{
	const struct sf_product *product = search->c->node->gpu[g].product;
	const unsigned used = sf_mig_units(product, &search->layout[g]);
	const unsigned mine = ((1U << product->profile[profile].size) - 1) << start;
	int sum = 0;

	for (int p = 0; p < product->n_profiles; p++) {
		const struct sf_profile *other = &product->profile[p];

		for (int k = 0; k < other->n_starts; k++) {
			const unsigned units = ((1U << other->size) - 1) << other->start[k];

			sum += (units & used) == 0 && (units & mine) != 0 ? other->size : 0;
		}
	}
	return sum;
}

static bool greedy_whole(struct search *search, uint8_t i)
{
	const struct sf_node *node = search->c->node;

	/* GPUs without MIG first: they serve nothing else. */
	for (int mig = 0; mig < 2; mig++) {
		for (uint8_t g = 0; g < node->n_gpus; g++) {
			if (node->gpu[g].mig == (mig == 1) && can_be_whole(search, g)) {
				take_whole(search, i, g);
				return true;
			}
		}
	}
	return false;
}

static bool greedy_instance(struct search *search, uint8_t i)
{
	const struct sf_node *node = search->c->node;
	int best_loss = INT32_MAX;
	int best_start = -1;
	int best_profile = -1;
	uint8_t best = 0;

	for (uint8_t g = 0; g < node->n_gpus; g++) {
		const int p = usable_profile(search, g, &search->unit[i]);
		const int start =
			p < 0 ? -1 : sf_mig_next_start(node->gpu[g].product, &search->layout[g], p);
		const int value = start < 0 ? INT32_MAX : loss(search, g, p, start);

		if (value < best_loss) {
			best_loss = value;
			best_start = start;
			best_profile = p;
			best = g;
		}
	}
	if (best_start < 0) {
		return false;
	}
	take_instance(search, i, best, best_profile, best_start);
	return true;
}

static bool greedy(struct search *search)
{
	reset(search);
	for (uint8_t i = 0; i < search->n; i++) {
		const bool done = search->unit[i].resource == SF_RES_GPU
		                          ? greedy_whole(search, i)
		                          : greedy_instance(search, i);

		if (!done) {
			return false;
		}
	}
	return true;
}

/* GPUs that are alike in every respect need not be tried twice. */
static bool has_twin_before(const struct search *search, uint8_t g)
{
	const struct sf_gpu *gpu = search->c->node->gpu;

	for (uint8_t k = 0; k < g; k++) {
		if (gpu[k].product == gpu[g].product && gpu[k].mig == gpu[g].mig &&
		    search->whole[k] == search->whole[g] &&
		    memcmp(&search->layout[k], &search->layout[g], sizeof(search->layout[g])) ==
		            0) {
			return true;
		}
	}
	return false;
}

/* Tries option `*option` and later ones for unit i: GPU * 8 + number of the start. */
static bool try_next(struct search *search, uint8_t i, int *option)
{
	enum { STARTS = sizeof(((struct sf_profile *)0)->start) };
	const struct sf_node *node = search->c->node;

	for (; *option < node->n_gpus * STARTS; ++*option) {
		const uint8_t g = (uint8_t)(*option / STARTS);
		const int k = *option % STARTS;
		const struct sf_product *product = node->gpu[g].product;
		int p;

		if (has_twin_before(search, g)) {
			continue;
		}
		if (search->unit[i].resource == SF_RES_GPU) {
			if (k == 0 && can_be_whole(search, g)) {
				take_whole(search, i, g);
				return true;
			}
			continue;
		}
		p = usable_profile(search, g, &search->unit[i]);
		if (p >= 0 && k < product->profile[p].n_starts &&
		    sf_mig_fits(product, &search->layout[g], p, product->profile[p].start[k])) {
			take_instance(search, i, g, p, product->profile[p].start[k]);
			return true;
		}
	}
	return false;
}

static bool exhaustive(struct search *search)
{
	int option[SF_GRANTS_MAX + 1] = {0};
	uint8_t i = 0;

	reset(search);
	for (int step = 0; step < BUDGET && i < search->n; step++) {
		if (try_next(search, i, &option[i])) {
			option[i]++;
			option[++i] = 0;
		} else if (i == 0) {
			return false;
		} else {
			give_back(search, --i);
		}
	}
	return i == search->n;
}

/* Does the node have less free than the units take, wherever it is? */
static bool is_busy(const struct search *search)
{
	const struct sf_node *node = search->c->node;
	int64_t need = 0;

	for (uint8_t i = 0; i < search->n; i++) {
		int64_t least = search->unit[i].resource == SF_RES_GPU ? 1000 : INT64_MAX;

		for (uint8_t g = 0; g < node->n_gpus; g++) {
			const struct sf_product *product = node->gpu[g].product;
			const int8_t p = search->profile[search->unit[i].want][g];

			if (p >= 0) {
				const int64_t milli =
					1000 * product->profile[p].size / product->units;

				least = milli < least ? milli : least;
			}
		}
		need += least;
	}
	return need > sf_node_total_milli(node) - sf_node_used_milli(node);
}

/* One unit, or whole GPUs alone: greedy finds them when anything does. */
static bool greedy_is_exact(const struct search *search)
{
	return search->n <= 1 || search->unit[search->n - 1].resource == SF_RES_GPU;
}

static bool find(struct search *search)
{
	return greedy(search) ||
	       (!greedy_is_exact(search) && !is_busy(search) && exhaustive(search));
}

static enum sf_fit why_not(struct search *search)
{
	enum sf_fit fit = is_busy(search) ? SF_FIT_BUSY : sf_filter_room(search->c);

	if (fit != SF_FITS) {
		return fit;
	}
	if (search->wish > 0) {
		search->wish = 0;
		fit = find(search) ? SF_FIT_GPU_MEMORY : SF_FIT_FRAGMENTED;
	} else {
		fit = SF_FIT_FRAGMENTED;
	}
	return fit;
}

enum sf_fit sf_filter_dynamic(const struct sf_filter_case *c, struct sf_grant *grant)
{
	struct search search;
	enum sf_fit fit;

	search.c = c;
	search.wish = c->wish;
	search.n = 0;
	fit = collect_units(&search);
	if (fit != SF_FITS) {
		return fit;
	}
	if (!find(&search)) {
		return why_not(&search);
	}
	fit = sf_filter_room(c);
	if (fit == SF_FITS && grant != NULL) {
		memset(grant, 0, sizeof(*grant));
		grant->n = search.n;
		memcpy(grant->held, search.held, search.n * sizeof(search.held[0]));
	}
	return fit;
}
