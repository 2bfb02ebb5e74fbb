/*
 * spare: how many more pods fit, exactly: so many can be placed, and one more cannot.
 *
 * Nodes do not share capacity, so the number is the sum over them, but for copies that spread: there the
 * emptiest node says how many the others may take. On a node with fixed devices it is what
 * the counts leave, or what the filter takes one after the other where GPU memory is wished for; on one
 * with dynamic MIG it is the most that any choice of GPUs and placements allows, which pods that come one
 * by one and are placed without regard to the next may not reach.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SPARE_H
#define SF_SPARE_H

#include <slicefit/filter.h>
#include <slicefit/serving.h>

struct sf_arena;

/* How many copies of a request fit on the node as it is, if they put up with each other. The cluster is the same afterwards, but that
 * more numbers of pods may be known to be spare. */
uint32_t sf_spare_on(struct sf_cluster *cluster, uint32_t node, const struct sf_request *request);

/*
 * How many fit on each node (`copies`, by the nodes' numbers) when as many as possible are placed: what
 * the request's rule says of nodes, of pods that are there and of the copies themselves (that they keep
 * apart, or spread) is kept.
 */
void sf_spare_everywhere(struct sf_cluster *cluster, const struct sf_request *request,
                         uint32_t *copies);

/* Over all nodes. */
struct sf_spare {
	uint64_t copies;
	uint32_t nodes; /* with room for at least one */
	uint32_t most;  /* on one node */
	uint32_t best;  /* that node, the first of them; SF_NODE_NONE: none has room */
};

/* What could be asked for: so many devices of one name, of GPUs of one product. */
struct sf_spare_row {
	const struct sf_product *product; /* of the nodes' first GPU; NULL: unknown */
	const char *resource;             /* NULL: as a pod asks */
	enum sf_serving serving;
	uint16_t each;  /* devices of a pod; 0: as a pod asks */
	uint64_t total; /* devices on the nodes that take pods; of MIG that is made for pods: 0 */
	uint64_t used;
	struct sf_spare spare;
};

enum { SF_SPARE_ROWS_MAX = 4096 };

/*
 * A row for each resource that nodes of a product advertise, or could make by dynamic MIG, and for whole
 * GPUs that nobody shares also 2, 4 and 8 of them on one node. By product in the order of the catalog,
 * then by name. CPU and memory are not asked for. -1 when the arena is full, or SF_SPARE_ROWS_MAX are
 * too few.
 */
int sf_spare_table(struct sf_cluster *cluster, struct sf_arena *arena, struct sf_spare_row **out,
                   size_t *n);

/* A row for each product with nodes that have room for copies of one pod. -1 when the arena is full. */
int sf_spare_pods(struct sf_cluster *cluster, const struct sf_request *request,
                  struct sf_arena *arena, struct sf_spare_row **out, size_t *n);

#endif
