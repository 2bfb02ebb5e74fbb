/*
 * pdb: a Kubernetes PodDisruptionBudget, as kube-scheduler's preemption looks at it
 * (filterPodsWithPDBViolation in
 * pkg/scheduler/framework/plugins/defaultpreemption/default_preemption.go).
 *
 * policy/v1 (since Kubernetes 1.21) and policy/v1beta1 (up to 1.24) are read alike: what differs is
 * that an empty selector selects all pods of the namespace in one and none in the other, and
 * preemption heeds it in neither.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PDB_H
#define SF_PDB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_error;
struct sf_pdb;

/* From JSON text; nothing points into it. NULL and err when it is no budget: no JSON, without name or
 * namespace, a field of a wrong type. A selector that Kubernetes would refuse is no error: such a
 * budget covers no pod. */
struct sf_pdb *sf_pdb_read(const char *text, size_t len, struct sf_error *err);
/* NULL is fine. */
void sf_pdb_destroy(struct sf_pdb *pdb);

/* Its namespace, and its uid ("" when it has none). */
const char *sf_pdb_space(const struct sf_pdb *pdb);
const char *sf_pdb_uid(const struct sf_pdb *pdb);
/* status.disruptionsAllowed: how many of its pods may go now. */
int64_t sf_pdb_allowed(const struct sf_pdb *pdb);

/* Does it count a pod of its namespace with these labels (as sf_kube_traits_pack has them; NULL: none)?
 * Not when the pod's eviction is counted already (status.disruptedPods). */
bool sf_pdb_covers(const struct sf_pdb *pdb, const char *name, const char *labels);

#endif
