/* plan_modes: what a node of a class can be turned into, and what it supplies then. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_roles.h"

#include "plan_most.h"
#include "plan_node.h"
#include "plan_share.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Begins a mode; -1 without memory. */
static int open_mode(struct plan_roles *b, struct plan_mode *mode, const struct sf_node_spec *spec)
{
	b->mode = mode;
	b->spec = spec;
	b->n = 0;
	mode->stands_for =
		sf_arena_array(b->model->arena, b->model->n_kinds, sizeof *mode->stands_for);
	for (size_t k = 0; mode->stands_for && k < b->model->n_kinds; k++) {
		const struct plan_kind *kind = &b->model->kind[k];
		bool any = kind->sized && !kind->raw && !mode->packed;

		mode->stands_for[k] = any ? PLAN_KIND_SHARED : (uint16_t)k;
	}
	mode->renamed = strcmp(plan_replica_name(b), "nvidia.com/gpu.shared") == 0;
	return mode->stands_for ? 0 : -1;
}

/* Pods that run are where they are: where they do not fit by our rules, nothing is added. */
static void check_running(const struct plan_roles *b, struct plan_mode *mode)
{
	struct plan_node *node;

	if (mode->run && !mode->full) {
		node = sf_xcalloc(1, sizeof *node);
		mode->full = !plan_node_init(node, b->model, b->class, mode);
		free(node);
	}
	for (size_t d = 0; mode->full && d < b->model->n_demands; d++) {
		mode->most[d] = plan_running(mode, d);
	}
}

/* Closes the mode: copies its roles and works out what could fit. */
static int finish_mode(struct plan_roles *b, struct plan_mode *mode)
{
	struct sf_arena *arena = b->model->arena;

	mode->role = sf_arena_array(arena, b->n + 1, sizeof *mode->role);
	mode->most = sf_arena_array(arena, b->model->n_demands + 1, sizeof *mode->most);
	if (!mode->role || !mode->most) {
		return -1;
	}
	mode->n_roles = b->n;
	for (size_t r = 0; r < b->n; r++) {
		mode->role[r] = b->role[r];
	}
	for (size_t d = 0; d < b->model->n_demands; d++) {
		mode->most[d] = plan_most_pods(b->model, b->class, mode, &b->model->demand[d]);
	}
	check_running(b, mode);
	return 0;
}

static bool is_mps(const struct sf_node_spec *spec)
{
	return spec->sharing.mode == SF_SHARING_MPS && plan_replicas_now(spec) > 1;
}

/* Can GPUs that are shared by `replicas` be packed? MPS gives all pods of one the same memory. */
static bool can_pack(const struct plan_roles *b, const struct sf_node_spec *spec, uint16_t replicas)
{
	return b->model->scenario->plan.packed && replicas > 1 && !is_mps(spec) && !spec->by_counts;
}

/* On which GPU of a node its running pods are is not known: it is not packed. */
static int build_keep(struct plan_roles *b, struct plan_mode *mode)
{
	mode->replicas = plan_replicas_now(&mode->pool->node);
	mode->packed = !mode->run && can_pack(b, &mode->pool->node, mode->replicas);
	if (open_mode(b, mode, &mode->pool->node)) {
		return -1;
	}
	plan_roles_add_now(b, mode);
	return finish_mode(b, mode);
}

/* MPS excludes MIG devices (a node that shares by MPS stays with it), dynamic MIG excludes
 * sharing. */
static bool shared_excludes_mig(const struct plan_roles *b)
{
	return b->spec->dynamic || is_mps(b->spec);
}

/* May rebuilt nodes of the pool have GPUs in this mode? */
static bool is_allowed(const struct sf_pool *pool, enum sf_mode mode)
{
	return pool->strategies == 0 || (pool->strategies & 1u << mode);
}

static int build_rebuilt(struct plan_roles *b, uint16_t replicas, bool packed)
{
	struct plan_class *class = b->class;
	struct plan_mode *mode = &class->mode[class->n_modes++];
	bool plain = is_allowed(class->pool, replicas > 1 ? SF_MODE_SHARED : SF_MODE_WHOLE);

	mode->kind = replicas > 1 ? PLAN_SHARED : PLAN_WHOLE;
	mode->replicas = replicas;
	mode->packed = packed;
	mode->n_nodes = class->n_nodes;
	mode->bought = class->bought;
	mode->price = llround(class->pool->price / b->model->price_unit);
	if (open_mode(b, mode, &class->pool->node)) {
		return -1;
	}
	if (class->pool->no_mig) {
		plan_roles_add_now(b, mode);
		return finish_mode(b, mode);
	}
	for (size_t q = 0; q < class->n_products; q++) {
		uint8_t n = class->n_gpus[q];

		mode->plain_cap[q] = plain ? n : 0;
		if (packed) {
			plan_roles_add_packed(b, q, mode->plain_cap[q]);
		} else {
			plan_roles_add_plain(b, q, replicas, mode->plain_cap[q]);
		}
		if (is_allowed(class->pool, SF_MODE_MIG) &&
		    (replicas == 1 || !shared_excludes_mig(b))) {
			mode->mig_cap[q] = n;
			plan_roles_add_geometries(b, q, n);
		}
	}
	return finish_mode(b, mode);
}

/* MPS divides the memory of the GPU by the replicas: a node that shares by it gets no more of them. */
static size_t replica_choices(const struct plan_roles *b, uint16_t *out)
{
	const struct plan_share_rules rules = {
		.limit = is_mps(b->spec) ? plan_replicas_now(b->spec) : SF_REPLICAS_MAX,
		.by_name = plan_kind_find(b->model, plan_replica_name(b), true),
		.packs = can_pack(b, b->spec, SF_REPLICAS_MIN),
	};

	return plan_share_choices(b->model, b->class, &rules, out);
}

/* Do pods ask for replicas by their name, so that they are of no size? */
static bool wants_by_name(const struct plan_roles *b)
{
	int kind = plan_kind_find(b->model, plan_replica_name(b), true);

	for (size_t d = 0; kind >= 0 && d < b->model->n_demands; d++) {
		for (uint8_t w = 0; w < b->model->demand[d].n_wants; w++) {
			if (b->model->demand[d].want[w].kind == kind) {
				return true;
			}
		}
	}
	return false;
}

static int build_rebuilds(struct plan_roles *b, const uint16_t *replicas, size_t n)
{
	const struct sf_pool *pool = b->class->pool;
	uint16_t now = plan_replicas_now(&pool->node);

	if (now == 1 || !pool->no_sharing) {
		if (build_rebuilt(b, 1, false)) {
			return -1;
		}
	}
	for (size_t i = 0; i < n; i++) {
		bool allowed =
			pool->no_sharing ? replicas[i] == now : is_allowed(pool, SF_MODE_SHARED);
		bool packed = can_pack(b, &pool->node, replicas[i]);

		if (allowed && packed && build_rebuilt(b, replicas[i], true)) {
			return -1;
		}
		if (allowed && (!packed || wants_by_name(b)) &&
		    build_rebuilt(b, replicas[i], false)) {
			return -1;
		}
	}
	return 0;
}

/* Can nodes of the class be rebuilt at all? */
static bool can_rebuild(const struct plan_class *class)
{
	const struct sf_pool *pool = class->pool;
	const struct sf_node_spec *spec = &pool->node;

	return !spec->by_counts && spec->n_gpus > 0 && !pool->pinned && !pool->cordoned &&
	       !(pool->no_mig && plan_has_mig(spec) && spec->strategy != SF_STRATEGY_MIXED);
}

/* Makes room for so many ways to rebuild. */
static int grow_modes(struct plan_model *model, struct plan_class *class, size_t more)
{
	struct plan_mode *mode =
		sf_arena_array(model->arena, class->n_keep + more, sizeof *class->mode);

	if (!mode) {
		return -1;
	}
	memcpy(mode, class->mode, class->n_keep * sizeof *mode);
	class->mode = mode;
	return 0;
}

static int build_modes(struct plan_model *model, struct plan_class *class)
{
	struct plan_roles b = {.model = model, .class = class, .spec = &class->pool->node};
	uint16_t *replicas = sf_xcalloc(model->n_demands + class->n_keep + 1, sizeof *replicas);
	bool fixed_dynamic = class->pool->no_mig && plan_has_mig(b.spec) && b.spec->dynamic;
	size_t n = fixed_dynamic ? 0 : replica_choices(&b, replicas);
	int rc = grow_modes(model, class, 2 * n + 1);

	for (size_t s = 0; !rc && s < class->n_keep; s++) {
		rc = build_keep(&b, &class->mode[s]);
	}
	if (!rc && can_rebuild(class)) {
		rc = build_rebuilds(&b, replicas, n);
	}
	free(replicas);
	free(b.role);
	model->n_modes += class->n_modes;
	return rc;
}

int plan_modes_build(struct plan_model *model)
{
	int rc = 0;

	for (size_t c = 0; !rc && c < model->n_classes; c++) {
		rc = build_modes(model, &model->class[c]);
	}
	return rc;
}
