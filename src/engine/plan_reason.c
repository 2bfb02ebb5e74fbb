/* plan_reason: see plan_reason.h. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/plan_reason.h>

#include "rollout_state.h"

#include <slicefit/alloc.h>

#include <stdio.h>
#include <stdlib.h>

const char *const sf_plan_reason_names[SF_REASONS] = {
	[SF_REASON_PINNED] = "pinned",     [SF_REASON_RUNNING] = "running",
	[SF_REASON_SUITS] = "suits",       [SF_REASON_IDLE] = "idle",
	[SF_REASON_EMPTIED] = "emptied",   [SF_REASON_NEEDED] = "needed",
	[SF_REASON_LAID_OUT] = "laid-out", [SF_REASON_BOUGHT] = "bought",
};

/* What the pods of a workload may ask for: as they do, then larger instances. */
struct asks {
	size_t n;
	struct sf_request *request;
};

/* Nodes with the pods that are on them. */
struct side {
	struct sf_cluster *cluster;
	struct asks *asks; /* per workload */
	struct rollout_rules rules;
};

/* Where there is room for one more pod of a workload. */
struct room {
	bool counted;
	uint32_t nodes;
	bool *on; /* per node */
};

struct reasoning {
	const struct sf_scenario *scenario;
	const struct sf_plan *plan;
	uint32_t *order;    /* workloads, the most important first */
	struct side before; /* with the pods that run */
	struct side after;  /* with those of the plan */
	bool *unsure;       /* per planned node: not all of them found their place */
	struct room *room;  /* per workload, on the planned nodes */
};

static struct sf_request larger(const struct sf_workload *workload, const struct sf_plan_way *way,
                                struct sf_cluster *cluster)
{
	struct sf_request_spec spec = workload->request;
	struct sf_request request;

	snprintf(spec.mig[0].profile, sizeof spec.mig[0].profile, "%s", way->profile);
	sf_request_resolve(&spec, cluster, &request);
	return request;
}

static void read_asks(const struct reasoning *r, struct side *side, uint32_t w)
{
	const struct sf_workload *workload = &r->scenario->workload[w];
	struct asks *asks = &side->asks[w];

	asks->request = sf_xcalloc(r->plan->n_ways + 1, sizeof *asks->request);
	sf_request_resolve(&workload->request, side->cluster, &asks->request[asks->n++]);
	for (size_t i = 0; i < r->plan->n_ways; i++) {
		if (r->plan->way[i].workload == w) {
			asks->request[asks->n++] =
				larger(workload, &r->plan->way[i], side->cluster);
		}
	}
}

static int side_init(const struct reasoning *r, struct side *side, const struct sf_scenario *nodes,
                     struct sf_error *err)
{
	side->cluster = sf_scenario_cluster(nodes, err);
	if (!side->cluster) {
		return -1;
	}
	side->asks = sf_xcalloc(r->scenario->n_workloads + 1, sizeof *side->asks);
	for (uint32_t w = 0; w < r->scenario->n_workloads; w++) {
		read_asks(r, side, w);
	}
	rollout_rules_init(&side->rules, nodes, sf_cluster_nodes(side->cluster));
	return 0;
}

static void side_finish(const struct reasoning *r, struct side *side)
{
	for (uint32_t w = 0; side->asks && w < r->scenario->n_workloads; w++) {
		free(side->asks[w].request);
	}
	if (side->cluster) {
		rollout_rules_finish(&side->rules);
	}
	free(side->asks);
	sf_cluster_destroy(side->cluster);
}

/* Which of the asks a node has room for; NULL: none. */
static const struct sf_request *find_room(const struct side *side, uint32_t w, uint32_t node,
                                          struct sf_grant *grant)
{
	for (size_t i = 0; i < side->asks[w].n; i++) {
		const struct sf_request *request = &side->asks[w].request[i];

		if (sf_filter(side->cluster, node, request, SF_VIEW_AWARE, grant) == SF_FITS) {
			return request;
		}
	}
	return NULL;
}

/* One more pod of the workload on the node; false when it has no room. */
static bool put(struct side *side, uint32_t w, uint32_t node)
{
	struct sf_grant grant;
	const struct sf_request *request = find_room(side, w, node, &grant);

	if (!request || !rollout_rules_allow(&side->rules, w, node)) {
		return false;
	}
	uint32_t pod = sf_cluster_add_pod(side->cluster, request, 0, w);

	rollout_rules_count(&side->rules, w, node, 1);
	return sf_cluster_place(side->cluster, pod, node, &grant, NULL) == 0;
}

/* The pods of the plan where it puts them. Who they may be with is not asked: they are there. */
static bool fill_node(struct reasoning *r, const struct sf_node_plan *node, uint32_t at)
{
	struct side *side = &r->after;
	bool all = true;

	for (size_t i = 0; i < r->scenario->n_workloads; i++) {
		uint32_t w = r->order[i];

		for (uint32_t k = 0; k < node->pods[w]; k++) {
			struct sf_grant grant;
			const struct sf_request *request = find_room(side, w, at, &grant);
			uint32_t pod =
				request ? sf_cluster_add_pod(side->cluster, request, 0, w) : 0;

			all &= request &&
			       sf_cluster_place(side->cluster, pod, at, &grant, NULL) == 0;
			rollout_rules_count(&side->rules, w, at, 1);
		}
	}
	return all;
}

/* The nodes that are there, then those that are bought: as plan->after numbers them. */
static void fill_after(struct reasoning *r)
{
	const struct sf_plan *plan = r->plan;
	uint32_t at = 0;

	for (size_t i = 0; i < plan->n_nodes + plan->n_bought; i++) {
		if (i < plan->n_nodes || plan->node[i].bought) {
			r->unsure[at] = !fill_node(r, &plan->node[i], at);
			at++;
		}
	}
	rollout_cordon_pools(r->after.cluster, plan->after);
}

static void fill_before(struct reasoning *r)
{
	struct side *side = &r->before;

	for (uint32_t w = 0; w < r->scenario->n_workloads; w++) {
		const struct sf_workload *workload = &r->scenario->workload[w];

		for (size_t i = 0; i < workload->n_running; i++) {
			uint32_t node = workload->running[i].node;

			for (uint32_t k = 0; k < workload->running[i].pods; k++) {
				rollout_place_running(side->cluster, &side->asks[w].request[0],
				                      workload, w, node);
				rollout_rules_count(&side->rules, w, node, 1);
			}
		}
	}
}

/* The higher priority first, then who asks for more GPUs. */
static int compare_workloads(const void *a, const void *b, void *reasoning)
{
	const struct sf_scenario *of = ((const struct reasoning *)reasoning)->scenario;
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	const struct sf_workload *x = &of->workload[i], *y = &of->workload[j];

	if (x->priority != y->priority) {
		return x->priority > y->priority ? -1 : 1;
	}
	if (x->request.gpu != y->request.gpu) {
		return x->request.gpu > y->request.gpu ? -1 : 1;
	}
	return i < j ? -1 : i > j;
}

static int begin(struct reasoning *r, struct sf_error *err)
{
	size_t n = r->scenario->n_workloads;

	if (side_init(r, &r->before, r->scenario, err) ||
	    side_init(r, &r->after, r->plan->after, err)) {
		return -1;
	}
	r->order = sf_xcalloc(n + 1, sizeof *r->order);
	r->room = sf_xcalloc(n + 1, sizeof *r->room);
	r->unsure = sf_xcalloc(sf_cluster_nodes(r->after.cluster) + 1, sizeof *r->unsure);
	for (uint32_t w = 0; w < n; w++) {
		r->order[w] = w;
	}
	qsort_r(r->order, n, sizeof *r->order, compare_workloads, r);
	fill_before(r);
	fill_after(r);
	return 0;
}

static void finish(struct reasoning *r)
{
	for (size_t w = 0; r->room && w < r->scenario->n_workloads; w++) {
		free(r->room[w].on);
	}
	side_finish(r, &r->before);
	side_finish(r, &r->after);
	free(r->order);
	free(r->room);
	free(r->unsure);
}

/* On all planned nodes; where it is not known what is free, there might be room. */
static const struct room *room_for(struct reasoning *r, uint32_t w)
{
	struct room *room = &r->room[w];
	uint32_t nodes = sf_cluster_nodes(r->after.cluster);
	struct sf_grant grant;

	if (room->counted) {
		return room;
	}
	room->counted = true;
	room->on = sf_xcalloc(nodes + 1, sizeof *room->on);
	for (uint32_t n = 0; n < nodes; n++) {
		room->on[n] = r->unsure[n] || (rollout_rules_allow(&r->after.rules, w, n) &&
		                               find_room(&r->after, w, n, &grant));
		room->nodes += room->on[n];
	}
	return room;
}

static bool has_pods(const struct reasoning *r, const uint32_t *pods)
{
	for (size_t w = 0; w < r->scenario->n_workloads; w++) {
		if (pods[w] > 0) {
			return true;
		}
	}
	return false;
}

static int compare_nodes(const void *key, const void *entry)
{
	uint32_t node = *(const uint32_t *)key, of = ((const struct sf_running *)entry)->node;

	return node < of ? -1 : node > of;
}

/* Pods of the workload that run on the node now. */
static uint32_t running_on(const struct sf_workload *workload, uint32_t node)
{
	const struct sf_running *found =
		workload->n_running ? bsearch(&node, workload->running, workload->n_running,
	                                      sizeof *workload->running, compare_nodes)
				    : NULL;

	return found ? found->pods : 0;
}

static bool has_running(const struct reasoning *r, uint32_t node)
{
	for (size_t w = 0; w < r->scenario->n_workloads; w++) {
		if (running_on(&r->scenario->workload[w], node) > 0) {
			return true;
		}
	}
	return false;
}

/* Puts the node's planned pods beside those that run there on the node as it is, the most important first:
 * the workload of the first that does not fit, or UINT32_MAX. */
static uint32_t first_without_room(struct reasoning *r, const struct sf_node_plan *node)
{
	for (size_t i = 0; i < r->scenario->n_workloads; i++) {
		uint32_t w = r->order[i];
		uint32_t there =
			node->pods[w] ? running_on(&r->scenario->workload[w], node->node) : 0;

		for (uint32_t k = there; k < node->pods[w]; k++) {
			if (!put(&r->before, w, node->node)) {
				return w;
			}
		}
	}
	return UINT32_MAX;
}

static uint32_t most_important(const struct reasoning *r, const struct sf_node_plan *node)
{
	size_t i = 0;

	while (node->pods[r->order[i]] == 0) {
		i++;
	}
	return r->order[i];
}

static struct sf_plan_reason reason_to_keep(const struct reasoning *r,
                                            const struct sf_node_plan *node)
{
	struct sf_plan_reason reason = {.kind = SF_REASON_IDLE};
	uint32_t index;

	if (sf_scenario_pool_of(r->scenario, node->node, &index)->pinned) {
		reason.kind = SF_REASON_PINNED;
	} else if (has_running(r, node->node)) {
		reason.kind = SF_REASON_RUNNING;
	} else if (has_pods(r, node->pods)) {
		reason.kind = SF_REASON_SUITS;
	}
	return reason;
}

/* Of a node that plan->after has under the number `at`. */
static struct sf_plan_reason reason_of(struct reasoning *r, const struct sf_node_plan *node,
                                       uint32_t at)
{
	struct sf_plan_reason reason = {.kind = SF_REASON_BOUGHT};
	const struct room *room;

	if (!node->changed && !node->drained && !node->bought) {
		return reason_to_keep(r, node);
	}
	if (!has_pods(r, node->pods)) {
		return (struct sf_plan_reason){.kind = SF_REASON_EMPTIED};
	}
	reason.workload = UINT32_MAX;
	if (!node->bought) {
		reason.workload = first_without_room(r, node);
		reason.kind = SF_REASON_NEEDED;
	}
	if (reason.workload == UINT32_MAX) {
		reason.workload = most_important(r, node);
		reason.kind = node->bought ? SF_REASON_BOUGHT : SF_REASON_LAID_OUT;
	}
	room = room_for(r, reason.workload);
	reason.nowhere_else = room->nodes == room->on[at];
	return reason;
}

struct sf_plan_reason *sf_plan_reasons(const struct sf_scenario *scenario,
                                       const struct sf_plan *plan, struct sf_error *err)
{
	struct reasoning r = {.scenario = scenario, .plan = plan};
	size_t n = plan->n_nodes + plan->n_bought;
	struct sf_plan_reason *out = NULL;
	uint32_t at = 0;

	if (begin(&r, err) == 0) {
		out = sf_xcalloc(n + 1, sizeof *out);
		for (size_t i = 0; i < n; i++) {
			if (i < plan->n_nodes || plan->node[i].bought) {
				out[i] = reason_of(&r, &plan->node[i], at++);
			}
		}
	}
	finish(&r);
	return out;
}
