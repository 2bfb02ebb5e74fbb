/*
 * extender_class: what the Node objects of a request say about their GPUs.
 *
 * Of an object of many kilobytes some twenty short texts matter, and they are the same for all
 * nodes of a kind. So they are compared as they stand in the request, and understood once for each
 * class of nodes that say the same.
 */
// SPDX-License-Identifier: Apache-2.0
#include "extender_class.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/cluster.h>
#include <slicefit/error.h>
#include <slicefit/hash.h>
#include <slicefit/kube_node.h>

#include <stdlib.h>
#include <string.h>

struct sf_extender_class {
	struct sf_fact_list facts;
};

void sf_extender_classes_init(struct sf_extender_classes *classes, struct sf_arena *arena)
{
	*classes = (struct sf_extender_classes){
		.arena = arena,
		.facts = sf_xcalloc(1, sizeof(*classes->facts)),
	};
}

void sf_extender_classes_finish(struct sf_extender_classes *classes)
{
	sf_index_finish(&classes->index);
	free(classes->class);
	free(classes->facts);
	*classes = (struct sf_extender_classes){0};
}

static int fail_memory(struct sf_error *err)
{
	return sf_fail(err, SF_ENOMEM, "the nodes do not fit into the memory budget");
}

int sf_extender_classes_keep(const struct sf_extender_classes *classes,
                             struct sf_extender_args *args, struct sf_error *err)
{
	struct sf_extender_class *class =
		sf_arena_array(classes->arena, classes->n + 1, sizeof(*class));
	if (class == NULL) {
		return fail_memory(err);
	}
	if (classes->n > 0) {
		memcpy(class, classes->class, classes->n * sizeof(*class));
	}
	args->class = class;
	args->n_classes = classes->n;
	return 0;
}

static uint64_t hash_list(uint64_t hash, const struct sf_fact *fact, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++, fact++) {
		hash = sf_hash(hash, fact->key, fact->key_len);
		hash = sf_hash(hash, fact->value, fact->value_len);
		hash = sf_hash_mix(hash, fact->usable);
	}
	return hash;
}

static bool same_facts(const struct sf_fact *a, const struct sf_fact *b, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (a[i].key_len != b[i].key_len || a[i].value_len != b[i].value_len ||
		    a[i].usable != b[i].usable || memcmp(a[i].key, b[i].key, a[i].key_len) != 0 ||
		    memcmp(a[i].value, b[i].value, a[i].value_len) != 0) {
			return false;
		}
	}
	return true;
}

static bool is_class(const void *entries, uint32_t number, const void *key)
{
	const struct sf_fact_list *a = &((const struct sf_extender_class *)entries)[number].facts;
	const struct sf_fact_list *b = key;
	return a->closed == b->closed && a->n_labels == b->n_labels &&
	       a->n_amounts == b->n_amounts && same_facts(a->label, b->label, a->n_labels) &&
	       same_facts(a->amount, b->amount, a->n_amounts);
}

static int add_class(struct sf_extender_classes *classes, const struct sf_fact_list *facts,
                     uint64_t hash, struct sf_error *err)
{
	size_t n = facts->n_labels + facts->n_amounts;
	struct sf_fact *fact = sf_arena_array(classes->arena, n + 1, sizeof(*fact));
	if (fact == NULL) {
		return fail_memory(err);
	}
	memcpy(fact, facts->label, facts->n_labels * sizeof(*fact));
	memcpy(fact + facts->n_labels, facts->amount, facts->n_amounts * sizeof(*fact));
	classes->class =
		sf_xgrow(classes->class, &classes->cap, classes->n + 1, sizeof(*classes->class));
	struct sf_fact_list *own = &classes->class[classes->n].facts;
	*own = *facts;
	own->label = fact;
	own->amount = fact + facts->n_labels;
	sf_index_add(&classes->index, hash, (uint32_t)classes->n++);
	return 0;
}

int sf_extender_class_read(struct sf_extender_classes *classes, struct sf_scan *scan,
                           struct sf_scan_text *name, uint32_t *class, struct sf_error *err)
{
	if (sf_node_facts_read(scan, classes->arena, classes->facts, name, err) < 0) {
		return -1;
	}
	if (scan->fault != NULL) {
		return 0;
	}
	struct sf_fact_list facts = sf_node_facts_list(classes->facts);
	uint64_t hash = hash_list(facts.closed, facts.label, facts.n_labels);
	hash = hash_list(hash, facts.amount, facts.n_amounts);
	*class = sf_index_find(&classes->index, hash, is_class, classes->class, &facts);
	if (*class == SF_INDEX_NONE) {
		*class = (uint32_t)classes->n;
		return add_class(classes, &facts, hash, err);
	}
	return 0;
}

int sf_extender_args_add_classes(const struct sf_extender_args *args, struct sf_cluster *cluster,
                                 struct sf_arena *arena, struct sf_error *err)
{
	for (size_t i = 0; i < args->n_classes; i++) {
		struct sf_kube_node node;
		if (sf_fact_list_understand(&args->class[i].facts, sf_cluster_catalog(cluster),
		                            arena, &node) < 0) {
			return fail_memory(err);
		}
		node.spec.name = sf_arena_printf(arena, "%zu", i);
		if (node.spec.name == NULL) {
			return fail_memory(err);
		}
		if (sf_kube_node_add(cluster, &node, err) < 0) {
			return -1;
		}
	}
	return 0;
}
