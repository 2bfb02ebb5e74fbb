/* policy: filter + score + device choice behind one interface; one file per policy, one row in the
 * table. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_POLICY_H
#define SF_POLICY_H

#include <slicefit/filter.h>

struct sf_ask;
struct sf_row;
struct sf_target;

/* One feasible node. */
struct sf_candidate {
	uint32_t node;
	int64_t score;
	struct sf_grant grant;
};

struct sf_policy {
	const char *name;
	const char *help; /* one line */
	enum sf_view view;
	bool study;       /* of a published study: not one of "all" policies */
	bool random_ties; /* ties by lot (kube-scheduler's selectHost), else the lowest node index
	                   */

	/* Optional: private state; NULL slots mean the policy has none. `target` is the closed workload
	 * for which nodes are kept fit; it outlives the state. NULL or empty: nothing is known, and
	 * the pod to place is itself the target. */
	void *(*create)(const struct sf_cluster *cluster, const struct sf_target *target,
	                uint64_t seed);
	void (*destroy)(void *state);
	void (*on_change)(void *state, const struct sf_cluster *cluster, uint32_t node);

	/* Mandatory: higher is better; > INT64_MIN. May depend only on its arguments, on the node, and
	 * on what on_change told the state about this node: placers keep a score until the node
	 * changes. */
	int64_t (*score)(void *state, const struct sf_cluster *cluster, uint32_t node,
	                 const struct sf_request *request, const struct sf_grant *grant);

	/* Optional: other devices than sf_filter's choice; returns false to keep those. Under the same
	 * rule as score. */
	bool (*choose)(void *state, const struct sf_cluster *cluster, uint32_t node,
	               const struct sf_request *request, struct sf_grant *grant);

	/* Optional: score and choose for a node whose GPUs are undivided and a request for such GPUs,
	 * which fits, in the words of src/policy/row.h. *gpu is the device for a single fraction;
	 * left as it is: the one that sf_filter chooses. Must say the same; under the same rule. */
	int64_t (*judge)(void *state, uint32_t node, const struct sf_row *row,
	                 const struct sf_ask *ask, uint8_t *gpu);
	bool by_row; /* judge hangs on row and ask only: it says the same of equal rows */
};

/* NULL-terminated table of all policies. */
extern const struct sf_policy *const sf_policies[];

/* By name, or NULL. "notebook"-style aliases do not exist here. */
const struct sf_policy *sf_policy_find(const char *name);

/* A policy at work on one cluster. Observes the cluster until it is destroyed, so destroy it before
 * the cluster. `target` (may be NULL) is borrowed as long. NULL when the cluster takes no more observers. */
struct sf_placer;
struct sf_placer *sf_placer_create(const struct sf_policy *policy, struct sf_cluster *cluster,
                                   const struct sf_target *target, uint64_t seed);
void sf_placer_destroy(struct sf_placer *placer);

/* The best node for a request over all nodes; false when none fits. No side effects on the cluster.
 */
bool sf_placer_choose(struct sf_placer *placer, const struct sf_request *request,
                      struct sf_candidate *best);

/* The same for one node: with which devices, if it fits there. */
bool sf_placer_choose_on(struct sf_placer *placer, uint32_t node, const struct sf_request *request,
                         struct sf_candidate *best);

/* The same answer, and the same draws for ties, by looking at every node anew: what tests and
 * measurements compare with. */
bool sf_placer_choose_slowly(struct sf_placer *placer, const struct sf_request *request,
                             struct sf_candidate *best);

#endif
