/* plan_roles: the roles that the GPUs of a node can play in a mode, and what they supply. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_ROLES_H
#define SF_PLAN_ROLES_H

#include "plan_model.h"

/* A mode in the making. */
struct plan_roles {
	struct plan_model *model;
	struct plan_class *class; /* gains types of devices */
	/* Of the nodes of the mode; rebuilt: of the first of the class. */
	const struct sf_node_spec *spec;
	struct plan_mode *mode; /* what its raw names stand for is filled in */
	struct plan_role *role; /* malloc'ed */
	size_t n, cap;
};

/* Is a GPU of the node in MIG mode? */
bool plan_has_mig(const struct sf_node_spec *spec);

/* Replicas of nvidia.com/gpu on the node; 1: not shared. */
uint16_t plan_replicas_now(const struct sf_node_spec *spec);

/* What the replicas of whole GPUs are called: newly shared ones are renamed. */
const char *plan_replica_name(const struct plan_roles *b);

/*
 * Each adds roles for up to `limit` GPUs of a node, of product q of the class. Equal roles are one, and
 * roles that supply nothing that is wanted are left out.
 */

/* GPUs without MIG: whole, or shared by `replicas`. */
void plan_roles_add_plain(struct plan_roles *b, size_t q, uint16_t replicas, uint16_t limit);

/* GPUs without MIG that are shared by pods of different sizes. */
void plan_roles_add_packed(struct plan_roles *b, size_t q, uint16_t limit);

/* Every useful way to cut a GPU. */
void plan_roles_add_geometries(struct plan_roles *b, size_t q, uint16_t limit);

/* All GPUs of a node as it is; fills the mode's caps. */
void plan_roles_add_now(struct plan_roles *b, struct plan_mode *mode);

#endif
