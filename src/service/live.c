/* live: the cluster as the API server (or a file) tells it: pods come, change and go. */
// SPDX-License-Identifier: Apache-2.0
#include "live_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/change.h>
#include <slicefit/error.h>
#include <slicefit/hash.h>
#include <slicefit/kube_pod.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct sf_live *sf_live_create(const struct sf_catalog *catalog)
{
	return sf_live_adopt(sf_cluster_create(catalog));
}

struct sf_live *sf_live_adopt(struct sf_cluster *cluster)
{
	struct sf_live *live = sf_xcalloc(1, sizeof(*live));
	uint32_t n = sf_cluster_nodes(cluster);
	live->cluster = cluster;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t number = sf_live_node_number(live, sf_cluster_node(cluster, i)->name);
		live->node[number].node = i;
	}
	live->counts.nodes = n;
	return live;
}

static void free_pod(struct sf_live_pod *pod)
{
	free(pod->texts);
	free(pod->unresolved);
	free(pod->labels);
}

void sf_live_destroy(struct sf_live *live)
{
	if (live == NULL) {
		return;
	}
	for (uint32_t i = 0; i < live->n_nodes; i++) {
		free(live->node[i].name);
	}
	for (uint32_t i = 0; i < live->n_pods; i++) {
		free_pod(&live->pod[i]);
	}
	sf_index_finish(&live->node_by_name);
	sf_index_finish(&live->pod_by_uid);
	sf_cluster_destroy(live->cluster);
	free(live->node);
	free(live->pod);
	free(live->spare_node);
	free(live->spare_pod);
	free(live->reserved);
	free(live);
}

static bool has_uid(const void *entries, uint32_t number, const void *key)
{
	return strcmp(((const struct sf_live_pod *)entries)[number].uid, key) == 0;
}

uint32_t sf_live_pod_lookup(const struct sf_live *live, const char *uid)
{
	return sf_index_find(&live->pod_by_uid, sf_hash(0, uid, strlen(uid)), has_uid, live->pod,
	                     uid);
}

/* uid, namespace and name in one block. */
static void set_texts(struct sf_live_pod *pod, const struct sf_kube_pod *seen)
{
	size_t uid = strlen(seen->uid) + 1, space = strlen(seen->space) + 1;
	size_t name = strlen(seen->name) + 1;
	char *text = sf_xcalloc(1, uid + space + name);
	pod->texts = text;
	pod->uid = memcpy(text, seen->uid, uid);
	pod->space = memcpy(text + uid, seen->space, space);
	pod->name = memcpy(text + uid + space, seen->name, name);
}

static uint32_t add_pod(struct sf_live *live, const struct sf_kube_pod *seen)
{
	uint32_t number;
	if (live->n_spare_pods > 0) {
		number = live->spare_pod[--live->n_spare_pods];
	} else {
		number = live->n_pods++;
		live->pod = sf_xgrow(live->pod, &live->pods_cap, live->n_pods, sizeof(*live->pod));
	}
	live->pod[number] = (struct sf_live_pod){
		.node = SF_LIVE_NONE,
		.pod = SF_LIVE_NONE,
		.before = SF_LIVE_NONE,
		.behind = SF_LIVE_NONE,
	};
	set_texts(&live->pod[number], seen);
	sf_index_add(&live->pod_by_uid, sf_hash(0, seen->uid, strlen(seen->uid)), number);
	live->counts.pods++;
	return number;
}

void sf_live_link(struct sf_live *live, uint32_t number, uint32_t on)
{
	struct sf_live_pod *pod = &live->pod[number];
	struct sf_live_node *node = &live->node[on];
	pod->node = on;
	pod->before = node->last;
	pod->behind = SF_LIVE_NONE;
	if (node->last != SF_LIVE_NONE) {
		live->pod[node->last].behind = number;
	} else {
		node->first = number;
	}
	node->last = number;
	node->cpu_used_milli += pod->cpu_milli;
	node->memory_used_mib += pod->memory_mib;
	node->waiting += pod->gpus;
	live->counts.waiting += pod->gpus;
}

static void unlink_pod(struct sf_live *live, uint32_t number)
{
	struct sf_live_pod *pod = &live->pod[number];
	struct sf_live_node *node = &live->node[pod->node];
	*(pod->before != SF_LIVE_NONE ? &live->pod[pod->before].behind : &node->first) =
		pod->behind;
	*(pod->behind != SF_LIVE_NONE ? &live->pod[pod->behind].before : &node->last) = pod->before;
	node->cpu_used_milli -= pod->cpu_milli;
	node->memory_used_mib -= pod->memory_mib;
	node->waiting -= pod->gpus;
	live->counts.waiting -= pod->gpus;
	pod->node = pod->before = pod->behind = SF_LIVE_NONE;
}

/* Off its node, whatever it held there. */
void sf_live_leave(struct sf_live *live, uint32_t number)
{
	uint32_t on = live->pod[number].node;
	if (on == SF_LIVE_NONE) {
		return;
	}
	sf_live_unseat(live, number);
	unlink_pod(live, number);
	sf_live_seat_waiting(live, on);
	sf_live_node_drop_empty(live, on);
}

static void remove_pod(struct sf_live *live, uint32_t number)
{
	struct sf_live_pod *pod = &live->pod[number];
	sf_live_give_back(live, number);
	sf_index_remove(&live->pod_by_uid, sf_hash(0, pod->uid, strlen(pod->uid)), number);
	free_pod(pod);
	*pod = (struct sf_live_pod){0};
	live->spare_pod = sf_xgrow(live->spare_pod, &live->spare_pods_cap, live->n_spare_pods + 1,
	                           sizeof(*live->spare_pod));
	live->spare_pod[live->n_spare_pods++] = number;
	live->counts.pods--;
}

static bool asks_the_same(const struct sf_live *live, const struct sf_live_pod *pod,
                          const struct sf_kube_pod *seen)
{
	struct sf_request request;
	sf_kube_pod_request(seen, live->cluster, &request);
	return pod->unresolved == NULL && sf_request_same(&request, &pod->request) &&
	       pod->priority == seen->priority && pod->cpu_milli == seen->cpu_milli &&
	       pod->memory_mib == seen->memory_mib;
}

/* It runs on the node that it names. */
static int bind_to(struct sf_live *live, uint32_t number, const char *name, struct sf_error *err)
{
	struct sf_live_pod *pod = &live->pod[number];
	if (pod->node != SF_LIVE_NONE && strcmp(live->node[pod->node].name, name) == 0) {
		if (pod->state == SF_LIVE_RESERVED) {
			sf_live_confirm(live, number);
		}
		return sf_live_seat(live, number, err);
	}
	sf_live_give_back(live, number);
	pod->state = SF_LIVE_BOUND;
	sf_live_link(live, number, sf_live_node_number(live, name));
	return sf_live_seat(live, number, err);
}

/* What decides about nothing but who goes when others come. */
static void set_standing(struct sf_live_pod *pod, const struct sf_kube_pod *seen)
{
	pod->start_us = seen->start_us;
	pod->leaving = seen->deleting;
}

int sf_live_pod(struct sf_live *live, const struct sf_kube_pod *seen, struct sf_error *err)
{
	uint32_t number = sf_live_pod_lookup(live, seen->uid);
	if (seen->finished) {
		sf_live_pod_gone(live, seen->uid);
		return 0;
	}
	bool known = number != SF_INDEX_NONE;
	number = known ? number : add_pod(live, seen);
	set_standing(&live->pod[number], seen);
	if (known && asks_the_same(live, &live->pod[number], seen)) {
		return seen->node[0] == '\0' ? 0 : bind_to(live, number, seen->node, err);
	}
	sf_live_give_back(live, number); /* it may be resized in place, or get another priority */
	struct sf_live_pod *pod = &live->pod[number];
	pod->priority = seen->priority;
	pod->gpus = seen->n > 0;
	pod->cpu_milli = seen->cpu_milli;
	pod->memory_mib = seen->memory_mib;
	sf_live_set_request(live, pod, seen);
	return seen->node[0] == '\0' ? 0 : bind_to(live, number, seen->node, err);
}

void sf_live_pod_gone(struct sf_live *live, const char *uid)
{
	uint32_t number = sf_live_pod_lookup(live, uid);
	if (number != SF_INDEX_NONE) {
		remove_pod(live, number);
	}
}

void sf_live_set_labels(struct sf_live *live, const char *uid, char *labels)
{
	uint32_t number = sf_live_pod_lookup(live, uid);
	if (number == SF_INDEX_NONE) {
		free(labels);
		return;
	}
	free(live->pod[number].labels);
	live->pod[number].labels = labels;
}

struct sf_cluster *sf_live_cluster(const struct sf_live *live)
{
	return live->cluster;
}

struct sf_live_counts sf_live_count(const struct sf_live *live)
{
	return live->counts;
}

uint64_t sf_live_version(const struct sf_live *live)
{
	return live->version;
}

const struct sf_live_pod *sf_live_find(const struct sf_live *live, const char *uid)
{
	uint32_t number = sf_live_pod_lookup(live, uid);
	return number != SF_INDEX_NONE ? &live->pod[number] : NULL;
}

const struct sf_live_pod *sf_live_find_named(const struct sf_live *live, const char *space,
                                             const char *name)
{
	for (uint32_t i = 0; i < live->n_pods; i++) {
		const struct sf_live_pod *pod = &live->pod[i];
		if (pod->uid != NULL && strcmp(pod->space, space) == 0 &&
		    strcmp(pod->name, name) == 0) {
			return pod;
		}
	}
	return NULL;
}

uint32_t sf_live_pods_end(const struct sf_live *live)
{
	return live->n_pods;
}

const struct sf_live_pod *sf_live_pod_at(const struct sf_live *live, uint32_t number)
{
	return live->pod[number].uid != NULL ? &live->pod[number] : NULL;
}
