/* plan_modes: what a node of a class can be turned into, and what it supplies then. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_model.h"

#include "plan_geometry.h"
#include "plan_node.h"
#include "plan_share.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/error.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* While one class is built. */
struct builder {
	struct plan_model *model;
	struct plan_class *class;
	const struct sf_node_spec
		*spec;          /* of the nodes of the mode; rebuilt: of the first of the class */
	struct plan_mode *mode; /* being built */
	struct plan_role *role; /* its roles */
	size_t n_roles, cap_roles;
	struct sf_error *err;
	bool failed; /* err says why */
};

static bool is_whole(const struct sf_node_spec *spec, const struct sf_gpu_spec *gpu)
{
	return !gpu->mig || spec->strategy == SF_STRATEGY_NONE;
}

static bool has_mig(const struct sf_node_spec *spec)
{
	for (uint8_t g = 0; g < spec->n_gpus; g++) {
		if (spec->gpu[g].mig) {
			return true;
		}
	}
	return false;
}

static size_t product_index(const struct plan_class *class, const struct sf_product *product)
{
	size_t q = 0;

	while (class->product[q] != product) {
		q++;
	}
	return q;
}

/* Number of the type in the class, or -1 when no demand asks for its kind. */
static int type_intern(struct builder *b, int kind, int32_t memory_mib)
{
	struct plan_class *class = b->class;

	if (kind < 0) {
		return -1;
	}
	for (size_t t = 0; t < class->n_types; t++) {
		if (class->type[t].kind == kind && class->type[t].memory_mib == memory_mib) {
			return (int)t;
		}
	}
	if (class->n_types == PLAN_TYPES_MAX) {
		return -1;
	}
	class->type[class->n_types] =
		(struct plan_type){.kind = (uint16_t)kind, .memory_mib = memory_mib};
	return (int)class->n_types++;
}

static void supply(struct builder *b, struct plan_role *role, int kind, int32_t memory_mib,
                   uint16_t count)
{
	int type = type_intern(b, kind, memory_mib);

	if (type >= 0) {
		role->supply[type] = (uint16_t)(role->supply[type] + count);
	}
}

static bool supplies_nothing(const struct plan_role *role)
{
	for (size_t t = 0; t < PLAN_TYPES_MAX; t++) {
		if (role->supply[t]) {
			return false;
		}
	}
	return true;
}

/* Adds a role, or raises the limit of an equal one. Roles that supply nothing are left out. */
static void add_role(struct builder *b, const struct plan_role *role)
{
	if (supplies_nothing(role) || !role->limit) {
		return;
	}
	for (size_t r = 0; r < b->n_roles; r++) {
		struct plan_role *old = &b->role[r];

		if (old->product == role->product && old->mig == role->mig &&
		    old->free_of_gpu == role->free_of_gpu && old->pods == role->pods &&
		    memcmp(&old->geometry, &role->geometry, sizeof old->geometry) == 0 &&
		    memcmp(old->supply, role->supply, sizeof old->supply) == 0) {
			old->limit = (uint16_t)(old->limit + role->limit);
			return;
		}
	}
	b->role = sf_xgrow(b->role, &b->cap_roles, b->n_roles + 1, sizeof *b->role);
	b->role[b->n_roles++] = *role;
}

/* The kind of a device that is a `what` (NULL: nothing that can be wanted but by its name) and
 * that the mode calls `name`; -1 when nobody wants it. */
static int device_kind(const struct builder *b, const char *what, const char *name)
{
	int kind = what ? plan_kind_find(b->model, what, false) : -1;
	int raw = plan_kind_find(b->model, name, true);

	if (kind >= 0 && raw >= 0) {
		b->mode->stands_for[raw] = (uint16_t)kind;
	}
	for (size_t k = 0; raw >= 0 && !b->mode->packed && k < b->model->n_kinds; k++) {
		const struct plan_kind *of = &b->model->kind[k];

		if (of->sized && of->raw && strcmp(of->name, name) == 0) {
			b->mode->stands_for[k] = b->mode->stands_for[raw];
		}
	}
	return kind >= 0 ? kind : raw;
}

static const char gpu_name[] = "nvidia.com/gpu";
static const char shared_name[] = "nvidia.com/gpu.shared";

static uint16_t replicas_now(const struct sf_node_spec *spec)
{
	return sf_sharing_replicas(&spec->sharing, gpu_name);
}

/* What the replicas of whole GPUs are called: newly shared ones are renamed. */
static const char *replica_name(const struct builder *b)
{
	return replicas_now(b->spec) > 1 && !b->spec->sharing.rename ? gpu_name : shared_name;
}

/* A GPU without MIG: whole, or shared by `replicas`. */
static void add_plain_role(struct builder *b, size_t q, uint16_t replicas, uint16_t limit)
{
	struct plan_role role = {.product = (uint8_t)q, .limit = limit};
	int kind = replicas > 1 ? device_kind(b, shared_name, replica_name(b))
	                        : device_kind(b, gpu_name, gpu_name);

	supply(b, &role, kind, b->class->product[q]->memory_mib, replicas);
	add_role(b, &role);
}

/* A GPU without MIG that is shared by pods of different sizes. */
static void add_packed_roles(struct builder *b, size_t q, uint16_t limit)
{
	struct plan_share_pattern *pattern;
	size_t n;

	if (!limit || b->failed) {
		return;
	}
	b->failed = plan_share_patterns(b->model, b->mode, b->class->product[q], &pattern, &n,
	                                b->err) != 0;
	for (size_t i = 0; i < n; i++) {
		struct plan_role role = {
			.product = (uint8_t)q, .limit = limit, .pods = pattern[i].pods};

		for (size_t k = 0; k < b->model->n_kinds; k++) {
			if (pattern[i].of_kind[k]) {
				supply(b, &role, (int)k, INT32_MAX, pattern[i].of_kind[k]);
			}
		}
		add_role(b, &role);
	}
	plan_share_free(pattern, n);
}

/* "nvidia.com/mig-1g.10gb". */
static void profile_resource(const struct sf_profile *profile, char name[2 * SF_NAME_MAX])
{
	char part[SF_NAME_MAX];

	sf_profile_resource_name(profile, part);
	snprintf(name, 2 * (size_t)SF_NAME_MAX, "nvidia.com/mig-%s", part);
}

/* Kind of an instance that stays, with its replicas: as the node's plugin advertises it now, and
 * unshared on a rebuilt node. A shared instance is nobody's alone and no replica of a GPU: only its
 * name can be asked for. */
static int instance_kind(const struct builder *b, const struct sf_profile *profile,
                         uint16_t *replicas)
{
	bool single = b->spec->strategy == SF_STRATEGY_SINGLE;
	char what[2 * SF_NAME_MAX];
	char name[3 * SF_NAME_MAX];

	profile_resource(profile, what);
	snprintf(name, sizeof name, "%s", single ? gpu_name : what);
	*replicas = b->mode->kind == PLAN_KEEP ? sf_sharing_replicas(&b->spec->sharing, name) : 1;
	if (*replicas > 1 && b->spec->sharing.rename) {
		snprintf(name, sizeof name, "%s.shared", single ? gpu_name : what);
	}
	return device_kind(b, *replicas > 1 ? NULL : what, name);
}

/* One GPU with the instances that it has now. */
static void add_layout_role(struct builder *b, const struct sf_gpu_spec *gpu)
{
	struct plan_role role = {.mig = true, .limit = 1};

	role.product = (uint8_t)product_index(b->class, gpu->product);
	sf_mig_geometry_of(&gpu->layout, &role.geometry);
	for (uint8_t i = 0; i < gpu->layout.n; i++) {
		const struct sf_profile *profile =
			&gpu->product->profile[gpu->layout.instance[i].profile];
		uint16_t replicas;
		int kind = instance_kind(b, profile, &replicas);

		supply(b, &role, kind, profile->memory_mib, replicas);
	}
	add_role(b, &role);
}

/* Kind of an instance of a GPU that is cut anew. */
static int profile_kind(const struct builder *b, const struct sf_profile *profile)
{
	char name[2 * SF_NAME_MAX];

	profile_resource(profile, name);
	return device_kind(b, name, name);
}

/* Profiles of the product that some wanted pod can use. */
static uint32_t demanded_profiles(const struct builder *b, const struct sf_product *product)
{
	uint32_t mask = 0;

	for (int p = 0; p < product->n_profiles; p++) {
		const struct sf_profile *profile = &product->profile[p];
		int kind = profile_kind(b, profile);

		for (size_t d = 0; kind >= 0 && d < b->model->n_demands; d++) {
			const struct plan_demand *demand = &b->model->demand[d];

			for (uint8_t w = 0; w < demand->n_wants; w++) {
				if (demand->wanted &&
				    b->mode->stands_for[demand->want[w].kind] == kind &&
				    profile->memory_mib >= demand->gpu_memory_mib) {
					mask |= SF_PROFILE_BIT(p);
				}
			}
		}
	}
	return mask;
}

/* Every useful way to cut one GPU of the product. */
static void add_geometry_roles(struct builder *b, size_t q, uint16_t limit)
{
	const struct sf_product *product = b->class->product[q];
	struct sf_mig_geometry *list = NULL;
	uint32_t mask;
	size_t n;

	if (!product->mig_capable || !product->placeable || !limit) {
		return;
	}
	mask = demanded_profiles(b, product);
	if (!mask) {
		return;
	}
	n = plan_geometries(b->class->pool, product, mask, &list);
	for (size_t i = 0; i < n; i++) {
		struct plan_role role = {.product = (uint8_t)q, .mig = true, .limit = limit};

		role.geometry = list[i];
		for (int p = 0; p < product->n_profiles; p++) {
			if (list[i].count[p]) {
				supply(b, &role, profile_kind(b, &product->profile[p]),
				       product->profile[p].memory_mib, list[i].count[p]);
			}
		}
		add_role(b, &role);
	}
	free(list);
}

/* The GPUs that are in MIG mode, as they are (dynamic ones: cut as their pods will want them, or
 * given away whole). */
static void add_current_mig(struct builder *b, struct plan_mode *mode)
{
	for (uint8_t g = 0; g < b->spec->n_gpus; g++) {
		const struct sf_gpu_spec *gpu = &b->spec->gpu[g];

		if (is_whole(b->spec, gpu)) {
			continue;
		}
		mode->mig_cap[product_index(b->class, gpu->product)]++;
		if (!b->spec->dynamic) {
			add_layout_role(b, gpu);
		}
	}
	for (size_t q = 0; b->spec->dynamic && q < b->class->n_products; q++) {
		mode->plain_cap[q] = (uint8_t)(mode->plain_cap[q] + mode->mig_cap[q]);
		add_plain_role(b, q, 1, mode->mig_cap[q]);
		add_geometry_roles(b, q, mode->mig_cap[q]);
	}
}

static void add_current_plain(struct builder *b, struct plan_mode *mode)
{
	for (uint8_t g = 0; g < b->spec->n_gpus; g++) {
		const struct sf_gpu_spec *gpu = &b->spec->gpu[g];

		if (is_whole(b->spec, gpu)) {
			size_t q = product_index(b->class, gpu->product);

			mode->plain_cap[q]++;
			if (!mode->packed) {
				add_plain_role(b, q, mode->replicas, 1);
			}
		}
	}
	for (size_t q = 0; mode->packed && q < b->class->n_products; q++) {
		add_packed_roles(b, q, mode->plain_cap[q]);
	}
}

/* A node that is known by its counts supplies them, and nothing about it can be changed. */
static void add_counts(struct builder *b)
{
	for (uint8_t i = 0; i < b->spec->n_counts; i++) {
		struct plan_role role = {.free_of_gpu = true, .limit = 1};
		uint32_t total = b->spec->count[i].total;
		const char *name = b->spec->count[i].name;
		bool instance = b->spec->strategy == SF_STRATEGY_SINGLE && has_mig(b->spec);

		supply(b, &role, device_kind(b, instance ? NULL : name, name), -1,
		       (uint16_t)(total < UINT16_MAX ? total : UINT16_MAX));
		add_role(b, &role);
	}
}

/* Begins a mode; -1 without memory. */
static int open_mode(struct builder *b, struct plan_mode *mode, const struct sf_node_spec *spec)
{
	b->mode = mode;
	b->spec = spec;
	b->n_roles = 0;
	mode->stands_for =
		sf_arena_array(b->model->arena, b->model->n_kinds, sizeof *mode->stands_for);
	for (size_t k = 0; mode->stands_for && k < b->model->n_kinds; k++) {
		const struct plan_kind *kind = &b->model->kind[k];
		bool any = kind->sized && !kind->raw && !mode->packed;

		mode->stands_for[k] = any ? PLAN_KIND_SHARED : (uint16_t)k;
	}
	mode->renamed = strcmp(replica_name(b), shared_name) == 0;
	return mode->stands_for ? 0 : -1;
}

/* Pods that run are where they are: where they do not fit by our rules, nothing is added. */
static void check_running(const struct builder *b, struct plan_mode *mode)
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
static int finish_mode(struct builder *b, struct plan_mode *mode)
{
	struct sf_arena *arena = b->model->arena;

	mode->role = sf_arena_array(arena, b->n_roles + 1, sizeof *mode->role);
	mode->most = sf_arena_array(arena, b->model->n_demands + 1, sizeof *mode->most);
	if (!mode->role || !mode->most) {
		return -1;
	}
	mode->n_roles = b->n_roles;
	for (size_t r = 0; r < b->n_roles; r++) {
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
	return spec->sharing.mode == SF_SHARING_MPS && replicas_now(spec) > 1;
}

/* Can GPUs that are shared by `replicas` be packed? MPS gives all pods of one the same memory. */
static bool can_pack(const struct builder *b, const struct sf_node_spec *spec, uint16_t replicas)
{
	return b->model->scenario->plan.packed && replicas > 1 && !is_mps(spec) && !spec->by_counts;
}

/* On which GPU of a node its running pods are is not known: it is not packed. */
static int build_keep(struct builder *b, struct plan_mode *mode)
{
	mode->replicas = replicas_now(&mode->pool->node);
	mode->packed = !mode->run && can_pack(b, &mode->pool->node, mode->replicas);
	if (open_mode(b, mode, &mode->pool->node)) {
		return -1;
	}
	if (b->spec->by_counts) {
		add_counts(b);
	} else {
		add_current_plain(b, mode);
		add_current_mig(b, mode);
	}
	return finish_mode(b, mode);
}

/* MPS excludes MIG devices (a node that shares by MPS stays with it), dynamic MIG excludes
 * sharing. */
static bool shared_excludes_mig(const struct builder *b)
{
	return b->spec->dynamic || is_mps(b->spec);
}

/* May rebuilt nodes of the pool have GPUs in this mode? */
static bool is_allowed(const struct sf_pool *pool, enum sf_mode mode)
{
	return pool->strategies == 0 || (pool->strategies & 1u << mode);
}

static int build_rebuilt(struct builder *b, uint16_t replicas, bool packed)
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
		add_current_plain(b, mode);
		add_current_mig(b, mode);
		return finish_mode(b, mode);
	}
	for (size_t q = 0; q < class->n_products; q++) {
		uint8_t n = class->n_gpus[q];

		mode->plain_cap[q] = plain ? n : 0;
		if (packed) {
			add_packed_roles(b, q, mode->plain_cap[q]);
		} else {
			add_plain_role(b, q, replicas, mode->plain_cap[q]);
		}
		if (is_allowed(class->pool, SF_MODE_MIG) &&
		    (replicas == 1 || !shared_excludes_mig(b))) {
			mode->mig_cap[q] = n;
			add_geometry_roles(b, q, n);
		}
	}
	return finish_mode(b, mode);
}

/* MPS divides the memory of the GPU by the replicas: a node that shares by it gets no more of them. */
static size_t replica_choices(const struct builder *b, uint16_t *out)
{
	const struct plan_share_rules rules = {
		.limit = is_mps(b->spec) ? replicas_now(b->spec) : SF_REPLICAS_MAX,
		.by_name = plan_kind_find(b->model, replica_name(b), true),
		.packs = can_pack(b, b->spec, SF_REPLICAS_MIN),
	};

	return plan_share_choices(b->model, b->class, &rules, out);
}

/* Do pods ask for replicas by their name, so that they are of no size? */
static bool wants_by_name(const struct builder *b)
{
	int kind = plan_kind_find(b->model, replica_name(b), true);

	for (size_t d = 0; kind >= 0 && d < b->model->n_demands; d++) {
		for (uint8_t w = 0; w < b->model->demand[d].n_wants; w++) {
			if (b->model->demand[d].want[w].kind == kind) {
				return true;
			}
		}
	}
	return false;
}

static int build_rebuilds(struct builder *b, const uint16_t *replicas, size_t n)
{
	const struct sf_pool *pool = b->class->pool;
	uint16_t now = replicas_now(&pool->node);

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
	       !(pool->no_mig && has_mig(spec) && spec->strategy != SF_STRATEGY_MIXED);
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

int plan_modes_build(struct plan_model *model, struct plan_class *class, struct sf_error *err)
{
	struct builder b = {.model = model, .class = class, .spec = &class->pool->node, .err = err};
	uint16_t *replicas = sf_xcalloc(model->n_demands + class->n_keep + 1, sizeof *replicas);
	bool fixed_dynamic = class->pool->no_mig && has_mig(b.spec) && b.spec->dynamic;
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
	if (b.failed) {
		return -1;
	}
	return rc ? sf_fail(err, SF_ENOMEM, "plan: no memory for the model") : 0;
}
