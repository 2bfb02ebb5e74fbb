/* plan_roles: see plan_roles.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_roles.h"

#include "plan_geometry.h"
#include "plan_share.h"

#include <slicefit/alloc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char gpu_name[] = "nvidia.com/gpu";
static const char shared_name[] = "nvidia.com/gpu.shared";

static bool is_whole(const struct sf_node_spec *spec, const struct sf_gpu_spec *gpu)
{
	return !gpu->mig || spec->strategy == SF_STRATEGY_NONE;
}

bool plan_has_mig(const struct sf_node_spec *spec)
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
static int type_intern(struct plan_roles *b, int kind, int32_t memory_mib)
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

static void supply(struct plan_roles *b, struct plan_role *role, int kind, int32_t memory_mib,
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
static void add_role(struct plan_roles *b, const struct plan_role *role)
{
	if (supplies_nothing(role) || !role->limit) {
		return;
	}
	for (size_t r = 0; r < b->n; r++) {
		struct plan_role *old = &b->role[r];

		if (old->product == role->product && old->mig == role->mig &&
		    old->free_of_gpu == role->free_of_gpu && old->pods == role->pods &&
		    memcmp(&old->geometry, &role->geometry, sizeof old->geometry) == 0 &&
		    memcmp(old->supply, role->supply, sizeof old->supply) == 0) {
			old->limit = (uint16_t)(old->limit + role->limit);
			return;
		}
	}
	b->role = sf_xgrow(b->role, &b->cap, b->n + 1, sizeof *b->role);
	b->role[b->n++] = *role;
}

/* The kind of a device that is a `what` (NULL: nothing that can be wanted but by its name) and
 * that the mode calls `name`; -1 when nobody wants it. */
static int device_kind(const struct plan_roles *b, const char *what, const char *name)
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

uint16_t plan_replicas_now(const struct sf_node_spec *spec)
{
	return sf_sharing_replicas(&spec->sharing, gpu_name);
}

/* What the replicas of whole GPUs are called: newly shared ones are renamed. */
const char *plan_replica_name(const struct plan_roles *b)
{
	return plan_replicas_now(b->spec) > 1 && !b->spec->sharing.rename ? gpu_name : shared_name;
}

/* A GPU without MIG: whole, or shared by `replicas`. */
void plan_roles_add_plain(struct plan_roles *b, size_t q, uint16_t replicas, uint16_t limit)
{
	struct plan_role role = {.product = (uint8_t)q, .limit = limit};
	int kind = replicas > 1 ? device_kind(b, shared_name, plan_replica_name(b))
	                        : device_kind(b, gpu_name, gpu_name);

	supply(b, &role, kind, b->class->product[q]->memory_mib, replicas);
	add_role(b, &role);
}

/* A GPU without MIG that is shared by pods of different sizes. */
void plan_roles_add_packed(struct plan_roles *b, size_t q, uint16_t limit)
{
	struct plan_share_pattern *pattern;
	size_t n;

	if (!limit) {
		return;
	}
	pattern = plan_share_patterns(b->model, b->mode, b->class->product[q], &n);
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
static int instance_kind(const struct plan_roles *b, const struct sf_profile *profile,
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
static void add_layout_role(struct plan_roles *b, const struct sf_gpu_spec *gpu)
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
static int profile_kind(const struct plan_roles *b, const struct sf_profile *profile)
{
	char name[2 * SF_NAME_MAX];

	profile_resource(profile, name);
	return device_kind(b, name, name);
}

/* Profiles of the product that some wanted pod can use. */
static uint32_t demanded_profiles(const struct plan_roles *b, const struct sf_product *product)
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
void plan_roles_add_geometries(struct plan_roles *b, size_t q, uint16_t limit)
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
static void add_current_mig(struct plan_roles *b, struct plan_mode *mode)
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
		plan_roles_add_plain(b, q, 1, mode->mig_cap[q]);
		plan_roles_add_geometries(b, q, mode->mig_cap[q]);
	}
}

static void add_current_plain(struct plan_roles *b, struct plan_mode *mode)
{
	for (uint8_t g = 0; g < b->spec->n_gpus; g++) {
		const struct sf_gpu_spec *gpu = &b->spec->gpu[g];

		if (is_whole(b->spec, gpu)) {
			size_t q = product_index(b->class, gpu->product);

			mode->plain_cap[q]++;
			if (!mode->packed) {
				plan_roles_add_plain(b, q, mode->replicas, 1);
			}
		}
	}
	for (size_t q = 0; mode->packed && q < b->class->n_products; q++) {
		plan_roles_add_packed(b, q, mode->plain_cap[q]);
	}
}

/* A node that is known by its counts supplies them, and nothing about it can be changed. */
static void add_counts(struct plan_roles *b)
{
	for (uint8_t i = 0; i < b->spec->n_counts; i++) {
		struct plan_role role = {.free_of_gpu = true, .limit = 1};
		uint32_t total = b->spec->count[i].total;
		const char *name = b->spec->count[i].name;
		bool instance = b->spec->strategy == SF_STRATEGY_SINGLE && plan_has_mig(b->spec);

		supply(b, &role, device_kind(b, instance ? NULL : name, name), -1,
		       (uint16_t)(total < UINT16_MAX ? total : UINT16_MAX));
		add_role(b, &role);
	}
}

/* The GPUs of a node as it is, and nothing that would need another layout. */
void plan_roles_add_now(struct plan_roles *b, struct plan_mode *mode)
{
	if (b->spec->by_counts) {
		add_counts(b);
	} else {
		add_current_plain(b, mode);
		add_current_mig(b, mode);
	}
}
