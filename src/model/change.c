/* change: the one mutation path of a cluster, with undo. */
// SPDX-License-Identifier: Apache-2.0
#include "cluster_impl.h"
#include "cluster_rule_impl.h"

#include <slicefit/alloc.h>
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

static int place(struct sf_cluster *cluster, const struct sf_change *change, struct sf_undo *undo,
                 struct sf_error *err)
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

static int release(struct sf_cluster *cluster, const struct sf_change *change, struct sf_undo *undo,
                   struct sf_error *err)
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

static void undo_release(struct sf_cluster *cluster, const struct sf_undo *undo)
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

static int arrive(struct sf_cluster *cluster, const struct sf_change *change, struct sf_undo *undo,
                  struct sf_error *err)
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

static int add_node(struct sf_cluster *cluster, const struct sf_change *change,
                    struct sf_undo *undo, struct sf_error *err)
{
	const struct sf_node_spec *spec = change->spec;
	const uint32_t index = cluster->n_nodes;
	struct sf_node *node;

	if (spec == NULL || spec->name == NULL || spec->name[0] == '\0') {
		return sf_fail(err, SF_EINVAL, "node: a new node needs a name");
	}
	if (sf_cluster_find_node(cluster, spec->name) != SF_NODE_NONE) {
		return sf_fail(err, SF_EINVAL, "node %.64s: exists already, remove it first",
		               spec->name);
	}
	cluster->node =
		sf_xgrow(cluster->node, &cluster->nodes_cap, (size_t)index + 1, sizeof(*node));
	cluster->hidden = sf_xgrow(cluster->hidden, &cluster->hidden_cap, (size_t)index + 1,
	                           sizeof(*cluster->hidden));
	node = &cluster->node[index];
	if (sf_node_build(cluster, node, spec, err) != 0) {
		memset(node, 0, sizeof(*node));
		return sf_wrap(err, "node %.64s", spec->name);
	}
	if (!sf_map_get(&cluster->by_name, spec->name, &cluster->hidden[index])) {
		cluster->hidden[index] = SF_NODE_NONE;
	}
	sf_map_set(&cluster->by_name, node->name, index);
	cluster->n_nodes++;
	undo->node = index;
	if (cluster->rules != NULL) {
		sf_rules_add_node(cluster->rules, cluster, index);
	}
	return 0;
}

static void undo_add_node(struct sf_cluster *cluster)
{
	const uint32_t index = --cluster->n_nodes;
	struct sf_node *node = &cluster->node[index];

	if (cluster->rules != NULL) {
		sf_rules_drop_node(cluster->rules);
	}
	sf_map_set(&cluster->by_name, node->name, cluster->hidden[index]);
	memset(node, 0, sizeof(*node));
	cluster->hidden[index] = 0;
}

static int set_state(struct sf_node *node, const struct sf_change *change, struct sf_undo *undo,
                     struct sf_error *err)
{
	undo->state = node->state;
	switch (change->kind) {
	case SF_CHANGE_REMOVE_NODE:
		if (node->pods > 0) {
			return sf_fail(err, SF_EINVAL,
			               "node %.64s: has %u pods, release them first", node->name,
			               node->pods);
		}
		node->state = SF_NODE_REMOVED;
		return 0;
	case SF_CHANGE_FAIL_NODE:
		node->state |= SF_NODE_FAILED;
		return 0;
	case SF_CHANGE_CORDON_NODE:
		node->state |= SF_NODE_CORDONED;
		return 0;
	case SF_CHANGE_READY_NODE:
		node->state = SF_NODE_READY;
		if (sf_node_check_single(node, err) != 0) {
			node->state = undo->state;
			return sf_wrap(err, "node %.64s", node->name);
		}
		return 0;
	default:
		return sf_fail(err, SF_EINVAL, "change of unknown kind %d", (int)change->kind);
	}
}

static int change_state(struct sf_cluster *cluster, const struct sf_change *change,
                        struct sf_undo *undo, struct sf_error *err)
{
	int rc = set_state(&cluster->node[change->node], change, undo, err);

	if (rc == 0 && cluster->rules != NULL) {
		sf_rules_node_changed(cluster->rules, cluster, change->node);
	}
	return rc;
}

static void undo_state(struct sf_cluster *cluster, const struct sf_undo *undo)
{
	cluster->node[undo->node].state = undo->state;
	if (cluster->rules != NULL) {
		sf_rules_node_changed(cluster->rules, cluster, undo->node);
	}
}

static bool is_about_pod(enum sf_change_kind kind)
{
	return kind == SF_CHANGE_PLACE || kind == SF_CHANGE_RELEASE || kind == SF_CHANGE_RESERVE ||
	       kind == SF_CHANGE_EXPIRE || kind == SF_CHANGE_ARRIVE;
}

/* Do the node and the pod that the change is about exist? */
static int check_subject(const struct sf_cluster *cluster, const struct sf_change *change,
                         struct sf_error *err)
{
	if (is_about_pod(change->kind) &&
	    (change->pod >= cluster->n_pods || cluster->pod[change->pod].state == SF_POD_REMOVED)) {
		return sf_fail(err, SF_ENOENT, "pod %u: no such pod", change->pod);
	}
	if (change->kind == SF_CHANGE_ADD_NODE || change->kind == SF_CHANGE_RELEASE ||
	    change->kind == SF_CHANGE_EXPIRE || change->kind == SF_CHANGE_ARRIVE) {
		return 0;
	}
	if (change->node >= cluster->n_nodes) {
		return sf_fail(err, SF_ENOENT, "node number %u: no such node", change->node);
	}
	return (cluster->node[change->node].state & SF_NODE_REMOVED) == 0
	               ? 0
	               : sf_fail(err, SF_EINVAL, "node %.64s: was removed",
	                         cluster->node[change->node].name);
}

static int dispatch(struct sf_cluster *cluster, const struct sf_change *change,
                    struct sf_undo *undo, struct sf_error *err)
{
	switch (change->kind) {
	case SF_CHANGE_PLACE:
	case SF_CHANGE_RESERVE:
		return place(cluster, change, undo, err);
	case SF_CHANGE_RELEASE:
	case SF_CHANGE_EXPIRE:
		return release(cluster, change, undo, err);
	case SF_CHANGE_ARRIVE:
		return arrive(cluster, change, undo, err);
	case SF_CHANGE_REPARTITION:
		return sf_change_repartition(cluster, change, undo, err);
	case SF_CHANGE_RESHARE:
		return sf_change_reshare(cluster, change, undo, err);
	case SF_CHANGE_ADD_NODE:
		return add_node(cluster, change, undo, err);
	case SF_CHANGE_REMOVE_NODE:
	case SF_CHANGE_FAIL_NODE:
	case SF_CHANGE_CORDON_NODE:
	case SF_CHANGE_READY_NODE:
		return change_state(cluster, change, undo, err);
	}
	return sf_fail(err, SF_EINVAL, "change of unknown kind %d", (int)change->kind);
}

/* How many of this node count in n_renaming; pods never change that. */
static uint32_t renaming(const struct sf_cluster *cluster, enum sf_change_kind kind, uint32_t node)
{
	if (is_about_pod(kind) || node >= cluster->n_nodes) {
		return 0;
	}
	return sf_node_renames(&cluster->node[node]);
}

static void tell(struct sf_cluster *cluster, uint32_t node)
{
	for (size_t i = 0; i < cluster->n_observers && !cluster->quiet; i++) {
		cluster->observer[i].tell(cluster->observer[i].ctx, cluster, node);
	}
}

int sf_cluster_apply(struct sf_cluster *cluster, const struct sf_change *change,
                     struct sf_undo *undo, struct sf_error *err)
{
	struct sf_undo own;
	struct sf_undo *record = undo != NULL ? undo : &own;
	const uint32_t node = change->kind == SF_CHANGE_ADD_NODE ? cluster->n_nodes : change->node;
	uint32_t before;

	if (check_subject(cluster, change, err) != 0) {
		return -1;
	}
	record->kind = change->kind;
	record->node = change->node;
	record->pod = change->pod;
	before = renaming(cluster, change->kind, node);
	if (dispatch(cluster, change, record, err) != 0) {
		return -1;
	}
	cluster->n_renaming += renaming(cluster, change->kind, node) - before;
	tell(cluster, record->node);
	return 0;
}

void sf_cluster_undo(struct sf_cluster *cluster, const struct sf_undo *undo)
{
	const uint32_t before = renaming(cluster, undo->kind, undo->node);

	switch (undo->kind) {
	case SF_CHANGE_PLACE:
	case SF_CHANGE_RESERVE:
		if (undo->state == SF_POD_RESERVED) {
			cluster->pod[undo->pod].state = SF_POD_RESERVED;
		} else {
			take_off(cluster, undo->pod);
		}
		break;
	case SF_CHANGE_RELEASE:
	case SF_CHANGE_EXPIRE:
		undo_release(cluster, undo);
		break;
	case SF_CHANGE_ARRIVE:
		cluster->pod[undo->pod].arrived = false;
		break;
	case SF_CHANGE_REPARTITION:
		sf_undo_repartition(cluster, undo);
		break;
	case SF_CHANGE_RESHARE:
		sf_undo_reshare(cluster, undo);
		break;
	case SF_CHANGE_ADD_NODE:
		undo_add_node(cluster);
		break;
	case SF_CHANGE_REMOVE_NODE:
	case SF_CHANGE_FAIL_NODE:
	case SF_CHANGE_CORDON_NODE:
	case SF_CHANGE_READY_NODE:
		undo_state(cluster, undo);
		break;
	}
	cluster->n_renaming += renaming(cluster, undo->kind, undo->node) - before;
	tell(cluster, undo->node);
}

int sf_cluster_add_node(struct sf_cluster *cluster, const struct sf_node_spec *spec,
                        struct sf_error *err)
{
	const struct sf_change change = {.kind = SF_CHANGE_ADD_NODE, .spec = spec};

	return sf_cluster_apply(cluster, &change, NULL, err);
}

int sf_cluster_place(struct sf_cluster *cluster, uint32_t pod, uint32_t node,
                     const struct sf_grant *grant, struct sf_error *err)
{
	const struct sf_change change = {
		.kind = SF_CHANGE_PLACE,
		.pod = pod,
		.node = node,
		.grant = grant,
	};

	return sf_cluster_apply(cluster, &change, NULL, err);
}

int sf_cluster_release(struct sf_cluster *cluster, uint32_t pod, struct sf_error *err)
{
	const struct sf_change change = {.kind = SF_CHANGE_RELEASE, .pod = pod};

	return sf_cluster_apply(cluster, &change, NULL, err);
}
