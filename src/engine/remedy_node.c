/* remedy_node: remedies on one node that no pod has to leave: it takes pods again, or shares more. */
// SPDX-License-Identifier: Apache-2.0
#include "remedy_impl.h"

/* Places the pod, and offers the remedy if that went well; all is undone afterwards. */
static bool try_place(struct sf_remedy_search *search, uint32_t node, struct sf_remedy *remedy)
{
	struct sf_attempt *attempt = &search->attempt;
	bool fits = sf_remedy_place(search, search->question->pod, node);
	if (fits) {
		sf_remedy_at(search, node, remedy);
		sf_remedy_offer(search, remedy, 0);
	}
	sf_attempt_rewind(attempt, 0);
	return fits;
}

void sf_remedy_find_ready(struct sf_remedy_search *search)
{
	uint32_t n = sf_cluster_nodes(search->cluster);
	for (uint32_t i = 0; i < n; i++) {
		struct sf_change ready = {.kind = SF_CHANGE_READY_NODE, .node = i};
		struct sf_remedy remedy = {.kind = SF_REMEDY_READY};
		const struct sf_remedy_question *question = search->question;
		if (sf_cluster_node(search->cluster, i)->state == SF_NODE_CORDONED &&
		    (question->opens == NULL || question->opens(question->ctx, i)) &&
		    sf_attempt_apply(&search->attempt, &ready)) {
			try_place(search, i, &remedy);
		}
	}
}

/* A pod like the one that waits, but with other rules. */
static void try_rule(struct sf_remedy_search *search, uint32_t node, enum sf_rule_fit fit,
                     const struct sf_remedy_rule *other)
{
	struct sf_remedy remedy = {
		.kind = SF_REMEDY_RULE,
		.disturbs = {.asked = 1},
		.rule = other->words,
		.command = other->command,
	};
	struct sf_request request = *search->request;
	struct sf_grant grant;
	request.rule = other->rule;
	if (sf_filter(search->cluster, node, &request, search->question->view, &grant) == SF_FITS) {
		remedy.node = sf_cluster_node(search->cluster, node)->name;
		remedy.n_given = grant.n;
		sf_given_fill(search->cluster, node, &grant, remedy.given);
		sf_remedy_offer(search, &remedy, (int)fit);
	}
}

void sf_remedy_find_rule(struct sf_remedy_search *search)
{
	const struct sf_remedy_question *question = search->question;
	uint32_t n = question->rule != NULL ? sf_cluster_nodes(search->cluster) : 0;
	for (uint32_t i = 0; i < n; i++) {
		struct sf_remedy_rule other;
		enum sf_rule_fit fit = question->rule(question->ctx, i, &other);
		if (fit != SF_RULE_FITS) {
			try_rule(search, i, fit, &other);
		}
	}
}

static const char *sharing_key(const struct sf_node *node)
{
	return node->sharing_mode == SF_SHARING_MPS ? "mps" : "timeSlicing";
}

/* The fewest replicas more that make room: never more are needed than are asked for. Who asks for more
 * than there are devices wants more computing, which replicas do not give. */
static void try_replicas(struct sf_remedy_search *search, uint32_t number,
                         const struct sf_shared *shared, uint16_t asked)
{
	const struct sf_node *node = sf_cluster_node(search->cluster, number);
	const struct sf_count *count = sf_node_count(node, shared->resource);
	const struct sf_shared now = *shared;
	if (count == NULL || asked > count->total / now.replicas) {
		return;
	}
	for (uint32_t more = 1; more <= asked; more++) {
		struct sf_change reshare = {
			.kind = SF_CHANGE_RESHARE,
			.node = number,
			.resource = now.resource,
			.replicas = (uint16_t)(now.replicas + more),
			.rename = now.resource != now.base,
		};
		struct sf_remedy remedy = {
			.kind = SF_REMEDY_REPLICAS,
			.resource =
				sf_resource_name(sf_cluster_resources(search->cluster), now.base),
			.sharing = sharing_key(node),
			.rename = reshare.rename,
			.fail_above_1 = node->fail_above_1,
			.need = reshare.replicas,
			.have = now.replicas,
			.disturbs = {.gpus = count->total / now.replicas},
		};
		if (now.replicas + more > SF_REPLICAS_MAX ||
		    !sf_attempt_apply(&search->attempt, &reshare) ||
		    try_place(search, number, &remedy)) {
			return;
		}
	}
}

void sf_remedy_find_replicas(struct sf_remedy_search *search)
{
	const struct sf_request *request = search->request;
	uint32_t n = sf_cluster_nodes(search->cluster);
	for (uint32_t i = 0; i < n; i++) {
		const struct sf_node *node = sf_cluster_node(search->cluster, i);
		for (uint8_t k = 0; k < node->n_shared; k++) {
			for (uint8_t w = 0; w < request->n; w++) {
				if (request->want[w].resource == node->shared[k].resource &&
				    node->state == SF_NODE_READY) {
					try_replicas(search, i, &node->shared[k],
					             request->want[w].count);
				}
			}
		}
	}
}
