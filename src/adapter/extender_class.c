/*
 * extender_class: what the Node objects of a request say about their GPUs.
 *
 * Of an object of many kilobytes some twenty short texts matter, and they are the same for all
 * nodes of a kind. So they are compared as they stand in the request, and understood once for each
 * class of nodes that say the same.
 */
// SPDX-License-Identifier: Apache-2.0
#include "extender_class.h"

#include "kube_layout.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/cluster.h>
#include <slicefit/error.h>
#include <slicefit/hash.h>
#include <slicefit/kube_node.h>
#include <slicefit/quantity.h>

#include <stdlib.h>
#include <string.h>

/* A label or an allocatable amount. */
struct fact {
	const char *key, *value; /* not NUL-terminated */
	uint32_t key_len, value_len;
	bool usable; /* the value is a text, or for an amount an integer, too */
};

/* Also of resources that a node no longer has: they stay there with 0. */
enum { AMOUNTS_MAX = 4 * SF_NODE_RESOURCES_MAX };

struct sf_extender_facts {
	bool unschedulable;
	uint32_t n_labels, n_amounts;
	struct fact label[SF_LABELS_MAX];
	struct fact amount[AMOUNTS_MAX];
};

struct sf_extender_class {
	bool unschedulable;
	uint32_t n_labels, n_amounts;
	const struct fact *fact; /* labels, then amounts */
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

/* A text without escapes, as it is or as a copy in the arena. */
static int plain(const struct sf_scan_text *text, struct sf_arena *arena, const char **out,
                 uint32_t *len, struct sf_error *err)
{
	*out = text->text;
	*len = (uint32_t)text->len;
	if (text->escaped) {
		*out = sf_scan_copy(text, arena);
		*len = *out != NULL ? (uint32_t)strlen(*out) : 0;
	}
	return *out != NULL ? 0 : fail_memory(err);
}

/* The value that comes next, for a fact. A number counts as an amount when it is an integer. */
static int read_value(struct sf_scan *scan, bool amount, struct sf_arena *arena, struct fact *fact,
                      struct sf_error *err)
{
	char first = sf_scan_peek(scan);
	struct sf_scan_text text;
	const char *begin = scan->at;
	if (first == '"') {
		if (!sf_scan_string(scan, &text)) {
			return 0;
		}
		fact->usable = !amount || !text.nul;
		return plain(&text, arena, &fact->value, &fact->value_len, err);
	}
	if (!sf_scan_skip(scan)) {
		return 0;
	}
	fact->value = begin;
	fact->value_len = (uint32_t)(scan->at - begin);
	fact->usable = amount && (first == '-' || (first >= '0' && first <= '9')) &&
	               memchr(begin, '.', fact->value_len) == NULL &&
	               memchr(begin, 'e', fact->value_len) == NULL &&
	               memchr(begin, 'E', fact->value_len) == NULL;
	return 0;
}

/* A label that counts, or the amount of a resource of NVIDIA. */
static bool matters(const char *key, size_t len, bool amount)
{
	static const char prefix[] = "nvidia.com/";
	if (amount) {
		return len > sizeof(prefix) - 1 && memcmp(key, prefix, sizeof(prefix) - 1) == 0;
	}
	return sf_kube_label_counts(key, len);
}

/* The fact of this key, a new one unless it is there already; NULL when there is no room. */
static struct fact *fact_of(struct fact *fact, uint32_t *n, uint32_t max, const struct fact *key)
{
	for (uint32_t i = 0; i < *n; i++) {
		if (fact[i].key_len == key->key_len &&
		    memcmp(fact[i].key, key->key, key->key_len) == 0) {
			return &fact[i];
		}
	}
	return *n < max ? &fact[(*n)++] : NULL;
}

/* What comes next must be an object or null: 1, 0 (then it is read), or -1. */
static int object_next(struct sf_scan *scan, const char *name, struct sf_error *err)
{
	char first = sf_scan_peek(scan);
	if (first == '{') {
		return 1;
	}
	if (first != 'n' && first != '\0') {
		return sf_fail(err, SF_EINVAL, "%s is no object", name);
	}
	sf_scan_skip(scan);
	return 0;
}

/* The labels or the allocatable amounts. */
static int read_facts(struct sf_extender_classes *classes, struct sf_scan *scan, bool amount,
                      struct sf_error *err)
{
	struct sf_extender_facts *facts = classes->facts;
	struct fact *list = amount ? facts->amount : facts->label;
	uint32_t *n = amount ? &facts->n_amounts : &facts->n_labels;
	struct sf_scan_text key;
	int object = object_next(scan, amount ? "allocatable" : "labels", err);
	*n = 0;
	if (object <= 0) {
		return object;
	}
	for (sf_scan_enter(scan, '{'); sf_scan_member(scan, &key);) {
		struct fact fact = {0};
		if (plain(&key, classes->arena, &fact.key, &fact.key_len, err) < 0) {
			return -1;
		}
		if (!matters(fact.key, fact.key_len, amount)) {
			sf_scan_skip(scan);
			continue;
		}
		if (read_value(scan, amount, classes->arena, &fact, err) < 0) {
			return -1;
		}
		struct fact *slot = fact_of(list, n, amount ? AMOUNTS_MAX : SF_LABELS_MAX, &fact);
		if (slot != NULL) {
			*slot = fact;
		}
	}
	return 0;
}

/* The parts of a Node. Where something is given twice, the last counts. */

static int read_metadata(struct sf_extender_classes *classes, struct sf_scan *scan,
                         struct sf_scan_text *name, struct sf_error *err)
{
	struct sf_scan_text key;
	for (sf_scan_enter(scan, '{'); sf_scan_member(scan, &key);) {
		if (sf_scan_is(&key, "labels", false)) {
			if (read_facts(classes, scan, false, err) < 0) {
				return -1;
			}
			continue;
		}
		bool is_name = sf_scan_is(&key, "name", false);
		if (is_name) {
			*name = (struct sf_scan_text){0};
		}
		if (is_name && sf_scan_peek(scan) == '"') {
			sf_scan_string(scan, name);
		} else {
			sf_scan_skip(scan);
		}
	}
	return 0;
}

static int read_spec(struct sf_extender_classes *classes, struct sf_scan *scan)
{
	struct sf_scan_text key;
	for (sf_scan_enter(scan, '{'); sf_scan_member(scan, &key);) {
		if (sf_scan_is(&key, "unschedulable", false)) {
			classes->facts->unschedulable = sf_scan_peek(scan) == 't';
		}
		sf_scan_skip(scan);
	}
	return 0;
}

static int read_status(struct sf_extender_classes *classes, struct sf_scan *scan,
                       struct sf_error *err)
{
	struct sf_scan_text key;
	for (sf_scan_enter(scan, '{'); sf_scan_member(scan, &key);) {
		if (!sf_scan_is(&key, "allocatable", false)) {
			sf_scan_skip(scan);
		} else if (read_facts(classes, scan, true, err) < 0) {
			return -1;
		}
	}
	return 0;
}

static int read_part(struct sf_extender_classes *classes, struct sf_scan *scan,
                     const struct sf_scan_text *key, struct sf_scan_text *name,
                     struct sf_error *err)
{
	struct sf_extender_facts *facts = classes->facts;
	int object;
	if (sf_scan_is(key, "metadata", false)) {
		*name = (struct sf_scan_text){0};
		facts->n_labels = 0;
		object = object_next(scan, "metadata", err);
		return object > 0 ? read_metadata(classes, scan, name, err) : object;
	}
	if (sf_scan_is(key, "spec", false)) {
		facts->unschedulable = false;
		object = object_next(scan, "spec", err);
		return object > 0 ? read_spec(classes, scan) : object;
	}
	if (sf_scan_is(key, "status", false)) {
		facts->n_amounts = 0;
		object = object_next(scan, "status", err);
		return object > 0 ? read_status(classes, scan, err) : object;
	}
	sf_scan_skip(scan);
	return 0;
}

static uint64_t hash_facts(const struct sf_extender_facts *facts)
{
	uint64_t hash = facts->unschedulable;
	for (uint32_t i = 0; i < facts->n_labels + facts->n_amounts; i++) {
		const struct fact *fact = i < facts->n_labels ? &facts->label[i]
		                                              : &facts->amount[i - facts->n_labels];
		hash = sf_hash(hash, fact->key, fact->key_len);
		hash = sf_hash(hash, fact->value, fact->value_len);
		hash = sf_hash_mix(hash, fact->usable);
	}
	return hash;
}

static bool same_facts(const struct fact *a, const struct fact *b, uint32_t n)
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
	const struct sf_extender_class *class = (const struct sf_extender_class *)entries + number;
	const struct sf_extender_facts *facts = key;
	return class->unschedulable == facts->unschedulable && class->n_labels == facts->n_labels &&
	       class->n_amounts == facts->n_amounts &&
	       same_facts(class->fact, facts->label, facts->n_labels) &&
	       same_facts(class->fact + facts->n_labels, facts->amount, facts->n_amounts);
}

static int add_class(struct sf_extender_classes *classes, uint64_t hash, struct sf_error *err)
{
	const struct sf_extender_facts *facts = classes->facts;
	size_t n = facts->n_labels + facts->n_amounts;
	struct fact *fact = sf_arena_array(classes->arena, n + 1, sizeof(*fact));
	if (fact == NULL) {
		return fail_memory(err);
	}
	memcpy(fact, facts->label, facts->n_labels * sizeof(*fact));
	memcpy(fact + facts->n_labels, facts->amount, facts->n_amounts * sizeof(*fact));
	classes->class =
		sf_xgrow(classes->class, &classes->cap, classes->n + 1, sizeof(*classes->class));
	classes->class[classes->n] = (struct sf_extender_class){
		.unschedulable = facts->unschedulable,
		.n_labels = facts->n_labels,
		.n_amounts = facts->n_amounts,
		.fact = fact,
	};
	sf_index_add(&classes->index, hash, (uint32_t)classes->n++);
	return 0;
}

int sf_extender_class_read(struct sf_extender_classes *classes, struct sf_scan *scan,
                           struct sf_scan_text *name, uint32_t *class, struct sf_error *err)
{
	struct sf_extender_facts *facts = classes->facts;
	struct sf_scan_text key;
	facts->unschedulable = false;
	facts->n_labels = 0;
	facts->n_amounts = 0;
	*name = (struct sf_scan_text){0};
	for (sf_scan_enter(scan, '{'); sf_scan_member(scan, &key);) {
		if (read_part(classes, scan, &key, name, err) < 0) {
			return -1;
		}
	}
	if (scan->fault != NULL) {
		return 0;
	}
	if (name->len == 0 || name->nul) {
		return sf_fail(err, SF_EINVAL, "metadata.name is missing or no name");
	}
	uint64_t hash = hash_facts(facts);
	*class = sf_index_find(&classes->index, hash, is_class, classes->class, facts);
	if (*class == SF_INDEX_NONE) {
		*class = (uint32_t)classes->n;
		return add_class(classes, hash, err);
	}
	return 0;
}

/* Labels and amounts as C strings. */
static int understand(const struct sf_extender_class *class, const struct sf_catalog *catalog,
                      struct sf_arena *arena, struct sf_kube_node *out)
{
	struct sf_kube_labels labels = {0};
	*out = (struct sf_kube_node){0};
	for (uint32_t i = 0; i < class->n_labels + class->n_amounts; i++) {
		const struct fact *fact = &class->fact[i];
		const char *key = sf_arena_strndup(arena, fact->key, fact->key_len);
		const char *value = sf_arena_strndup(arena, fact->value, fact->value_len);
		int64_t total;
		if (key == NULL || value == NULL) {
			return -1;
		}
		if (i < class->n_labels) {
			sf_kube_label_add(&labels, key, fact->usable ? value : "");
		} else if (fact->usable &&
		           sf_quantity_parse(value, fact->value_len, 0, &total) == 0) {
			sf_kube_node_count(key, total, &out->spec);
		}
	}
	out->state = sf_kube_node_state(class->unschedulable, &labels);
	sf_kube_layout(&labels, catalog, &out->spec);
	return 0;
}

int sf_extender_args_add_classes(const struct sf_extender_args *args, struct sf_cluster *cluster,
                                 struct sf_arena *arena, struct sf_error *err)
{
	for (size_t i = 0; i < args->n_classes; i++) {
		struct sf_kube_node node;
		if (understand(&args->class[i], sf_cluster_catalog(cluster), arena, &node) < 0) {
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
