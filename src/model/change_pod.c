/* change_pod: pods are placed, reserved, released, and arrive. */
// SPDX-License-Identifier: Apache-2.0
#include "cluster_impl.h"
#include "cluster_rule_impl.h"

#include <slicefit/error.h>

#include <string.h>

static int check_room(const struct sf_node *node, const struct sf_request *request,
                      struct sf_error *err)
{
	if (node->pods >= node->pods_max) {
		return sf_fail(err, SF_EUNMET, "node %.64s: holds its %u pods already", node->name,
		               node->pods_max);
	}
	if (node->cpu_milli > 0 && request->cpu_milli > node->cpu_milli - node->cpu_used_milli) {
		return sf_fail(err, SF_EUNMET, "node %.64s: not enough CPU", node->name);
	}
	if (node->memory_mib > 0 &&
	    request->memory_mib > node->memory_mib - node->memory_used_mib) {
		return sf_fail(err, SF_EUNMET, "node %.64s: not enough memory", node->name);
	}
	return 0;
}

/* As many replicas and devices as the request wants, whatever they are called; fractions whole. */
static int check_amount(const struct sf_node *node, const struct sf_request *request,
                        const struct sf_grant *grant, struct sf_error *err)
{
	const uint16_t each = sf_replicas_per_want(node, request);
	uint32_t wanted = 0;
	uint32_t given = 0;

	if (grant->n > SF_GRANTS_MAX) {
		return sf_fail(err, SF_EINVAL, "grant of %d entries, at most %d", grant->n,
		               SF_GRANTS_MAX);
	}
	for (uint8_t i = 0; i < request->n; i++) {
		wanted += (uint32_t)request->want[i].count * each;
	}
	for (uint8_t i = 0; i < grant->n; i++) {
		if (grant->held[i].replicas % each != 0) {
			return sf_fail(err, SF_EINVAL,
			               "grant of %d milli-GPUs of a device for a pod that wants %d",
			               grant->held[i].replicas, each);
		}
		given += grant->held[i].replicas;
	}
	return wanted == given
	               ? 0
	               : sf_fail(err, SF_EINVAL, "grant of %u devices for a pod that wants %u",
	                         given, wanted);
}

/* May the node serve such a request at all? */
static int check_kind(const struct sf_node *node, const struct sf_request *request,
                      struct sf_error *err)
{
	if (request->products != 0 && (request->products & node->products) == 0) {
		return sf_fail(err, SF_EUNMET, "node %.64s: has none of the GPU products wanted",
		               node->name);
	}
	return !sf_request_is_fraction(request) || sf_node_is_fractional(node)
	               ? 0
	               : sf_fail(err, SF_EUNMET, "node %.64s: does not share by fractions",
	                         node->name);
}

/* Only where devices are unknown is the list kept: elsewhere they tell what they hold. */
static bool is_listed(const struct sf_cluster *cluster, const struct sf_node *node, uint32_t pod)
{
	return node->allocation != SF_ALLOCATION_KNOWN &&
	       sf_request_has_wish(&cluster->pod[pod].request);
}

/* Where the number of the pod is on its node's list of wishes, or belongs. */
static uint32_t *wish_slot(struct sf_cluster *cluster, struct sf_node *node, uint32_t pod)
{
	uint32_t *slot = &node->first_wish;

	while (*slot < pod) {
		slot = &cluster->pod[*slot].next_wish;
	}
	return slot;
}

static void list_wish(struct sf_cluster *cluster, struct sf_node *node, uint32_t pod)
{
	uint32_t *slot;

	if (is_listed(cluster, node, pod)) {
		slot = wish_slot(cluster, node, pod);
		cluster->pod[pod].next_wish = *slot;
		*slot = pod;
	}
}

static void unlist_wish(struct sf_cluster *cluster, struct sf_node *node, uint32_t pod)
{
	if (is_listed(cluster, node, pod)) {
		*wish_slot(cluster, node, pod) = cluster->pod[pod].next_wish;
		cluster->pod[pod].next_wish = SF_POD_NONE;
	}
}

static void put_on(struct sf_cluster *cluster, struct sf_node *node, uint32_t pod)
{
	const struct sf_request *request = &cluster->pod[pod].request;
	const int gpus = sf_request_gpus(request);

	if (gpus >= 0) {
		node->gpu_pods[gpus]++;
	}
	node->pods++;
	node->cpu_used_milli += request->cpu_milli;
	node->memory_used_mib += request->memory_mib;
	list_wish(cluster, node, pod);
	if (request->rule != 0) {
		sf_rules_count(cluster->rules, request->rule, node->number, 1);
	}
}

static void take_off(struct sf_cluster *cluster, uint32_t number)
{
	struct sf_pod *pod = &cluster->pod[number];
	struct sf_node *node = &cluster->node[pod->node];
	const int gpus = sf_request_gpus(&pod->request);

	unlist_wish(cluster, node, number);
	if (pod->request.rule != 0) {
		sf_rules_count(cluster->rules, pod->request.rule, pod->node, -1);
	}
	if (gpus >= 0) {
		node->gpu_pods[gpus]--;
	}
	for (uint8_t i = pod->grant.n; i > 0; i--) {
		sf_held_give(node, &pod->request, &pod->grant.held[i - 1]);
	}
	node->pods--;
	node->cpu_used_milli -= pod->request.cpu_milli;
	node->memory_used_mib -= pod->request.memory_mib;
	memset(&pod->grant, 0, sizeof(pod->grant));
	pod->state = SF_POD_PENDING;
	pod->arrived = false;
	pod->node = SF_NODE_NONE;
}

static int take_all(struct sf_cluster *cluster, struct sf_node *node,
                    const struct sf_request *request, const struct sf_grant *grant,
                    struct sf_error *err)
{
	for (uint8_t i = 0; i < grant->n; i++) {
		if (sf_held_check(cluster, node, &grant->held[i], err) != 0) {
			while (i > 0) {
				sf_held_give(node, request, &grant->held[--i]);
			}
			return -1;
		}
		sf_held_take(node, request, &grant->held[i]);
	}
	return 0;
}

int sf_change_place(struct sf_cluster *cluster, const struct sf_change *change,
                    struct sf_undo *undo, struct sf_error *err)
{
	struct sf_node *node = &cluster->node[change->node];
	struct sf_pod *pod = &cluster->pod[change->pod];

	undo->state = (uint8_t)pod->state;
	if (pod->state == SF_POD_RESERVED && change->kind == SF_CHANGE_PLACE &&
	    change->grant == NULL && pod->node == change->node) {
		pod->state = SF_POD_PLACED;
		return 0;
	}
	if (pod->state != SF_POD_PENDING || change->grant == NULL) {
		return sf_fail(err, SF_EINVAL, "pod %u: %s", change->pod,
		               change->grant == NULL ? "no grant was given" : "is placed already");
	}
	if (node->state != SF_NODE_READY) {
		return sf_fail(err, SF_EUNMET, "node %.64s: takes no pods", node->name);
	}
	if (check_kind(node, &pod->request, err) != 0 ||
	    check_room(node, &pod->request, err) != 0 ||
	    check_amount(node, &pod->request, change->grant, err) != 0 ||
	    take_all(cluster, node, &pod->request, change->grant, err) != 0) {
		return sf_wrap(err, "pod %u", change->pod);
	}
	put_on(cluster, node, change->pod);
	pod->state = change->kind == SF_CHANGE_PLACE ? SF_POD_PLACED : SF_POD_RESERVED;
	pod->node = change->node;
	memcpy(&pod->grant, change->grant, sizeof(pod->grant));
	return 0;
}

void sf_undo_place(struct sf_cluster *cluster, const struct sf_undo *undo)
{
	if (undo->state == SF_POD_RESERVED) {
		cluster->pod[undo->pod].state = SF_POD_RESERVED;
	} else {
		take_off(cluster, undo->pod);
	}
}

int sf_change_release(struct sf_cluster *cluster, const struct sf_change *change,
                      struct sf_undo *undo, struct sf_error *err)
{
	struct sf_pod *pod = &cluster->pod[change->pod];

	if (pod->state == SF_POD_PENDING ||
	    (change->kind == SF_CHANGE_EXPIRE && pod->state != SF_POD_RESERVED)) {
		return sf_fail(err, SF_EINVAL, "pod %u: %s", change->pod,
		               pod->state == SF_POD_PENDING ? "is not placed"
		                                            : "is no reservation");
	}
	undo->node = pod->node;
	undo->state = (uint8_t)pod->state;
	undo->arrived = pod->arrived;
	memcpy(&undo->grant, &pod->grant, sizeof(undo->grant));
	take_off(cluster, change->pod);
	return 0;
}

void sf_undo_release(struct sf_cluster *cluster, const struct sf_undo *undo)
{
	struct sf_node *node = &cluster->node[undo->node];
	struct sf_pod *pod = &cluster->pod[undo->pod];

	for (uint8_t i = 0; i < undo->grant.n; i++) {
		sf_held_take(node, &pod->request, &undo->grant.held[i]);
	}
	put_on(cluster, node, undo->pod);
	pod->state = (enum sf_pod_state)undo->state;
	pod->arrived = undo->arrived;
	pod->node = undo->node;
	memcpy(&pod->grant, &undo->grant, sizeof(pod->grant));
}

int sf_change_arrive(struct sf_cluster *cluster, const struct sf_change *change,
                     struct sf_undo *undo, struct sf_error *err)
{
	struct sf_pod *pod = &cluster->pod[change->pod];

	if (pod->state != SF_POD_PLACED || pod->arrived) {
		return sf_fail(err, SF_EINVAL, "pod %u: %s", change->pod,
		               pod->arrived ? "has arrived already" : "is not placed");
	}
	undo->node = pod->node;
	pod->arrived = true;
	return 0;
}
