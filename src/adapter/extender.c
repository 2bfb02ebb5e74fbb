/*
 * extender: requests of kube-scheduler, read in one pass.
 *
 * A request has few fields but may have 100 MB of Node objects, so nothing is built of what is not
 * needed: names stay where they stand, Node objects and the Pod are looked into and otherwise
 * skipped.
 */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/extender.h>

#include "extender_class.h"

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/hash.h>
#include <slicefit/index.h>
#include <slicefit/scan.h>

#include <string.h>

/* Nodes while they are read, each name once. */
struct list {
	struct sf_extender_node *node;
	size_t n, cap;
	struct sf_index index;
};

/* What was read of a field. A later field of the same name replaces it. */
struct field {
	bool exact;   /* the name matched with its case */
	bool present; /* and the value was not null */
	bool wrong;   /* for this reason: */
	struct sf_error err;
};

enum { FIELD_POD, FIELD_NODES, FIELD_NAMES, FIELDS };

struct reader {
	struct sf_scan scan;
	struct sf_arena *arena;
	struct field field[FIELDS];
	const char *pod;
	size_t pod_len;
	struct list nodes, names;
	struct sf_extender_classes classes;
	const char *metadata;
	size_t metadata_len;
};

struct text {
	const char *text;
	size_t len;
};

static bool is_named(const void *entries, uint32_t number, const void *key)
{
	const struct sf_extender_node *node = (const struct sf_extender_node *)entries + number;
	const struct text *name = key;
	return node->name_len == name->len && memcmp(node->name, name->text, name->len) == 0;
}

/* Room for one more node; `guess` is how many there may be in all. */
static int grow(struct list *list, size_t guess, struct sf_arena *arena, struct sf_error *err)
{
	if (list->n < list->cap) {
		return 0;
	}
	if (list->n == SF_EXTENDER_NODES_MAX) {
		return sf_fail(err, SF_ELIMIT, "more than %d nodes", SF_EXTENDER_NODES_MAX);
	}
	size_t cap = list->cap > 0 ? 2 * list->cap : guess + 16;
	cap = cap < SF_EXTENDER_NODES_MAX ? cap : SF_EXTENDER_NODES_MAX;
	struct sf_extender_node *node = sf_arena_array(arena, cap, sizeof(*node));
	if (node == NULL) {
		return sf_fail(err, SF_ENOMEM, "%zu nodes do not fit into the memory budget", cap);
	}
	if (list->n > 0) {
		memcpy(node, list->node, list->n * sizeof(*node));
	}
	list->node = node;
	list->cap = cap;
	sf_index_reserve(&list->index, cap);
	return 0;
}

/* Adds a node to a list unless its name is there: 1 when it was added, 0, or -1. */
static int add_node(struct list *list, const struct sf_scan_text *name, size_t guess,
                    struct sf_arena *arena, struct sf_error *err)
{
	struct text plain = {name->text, name->len};
	if (name->escaped) {
		plain.text = sf_scan_copy(name, arena);
		plain.len = plain.text != NULL ? strlen(plain.text) : 0;
	}
	if (plain.text == NULL || grow(list, guess, arena, err) < 0) {
		return plain.text == NULL ? sf_fail(err, SF_ENOMEM, "out of memory") : -1;
	}
	uint64_t hash = sf_hash(0, plain.text, plain.len);
	if (sf_index_put(&list->index, hash, is_named, list->node, &plain, (uint32_t)list->n) !=
	    SF_INDEX_NONE) {
		return 0;
	}
	list->node[list->n++] = (struct sf_extender_node){
		.name = plain.text,
		.hash = hash,
		.name_len = (uint32_t)plain.len,
		.sent = name->text,
		.sent_len = (uint32_t)name->len,
	};
	return 1;
}

static int read_pod(struct reader *reader, struct sf_error *err)
{
	(void)err;
	reader->pod = reader->scan.at;
	sf_scan_skip(&reader->scan);
	reader->pod_len = (size_t)(reader->scan.at - reader->pod);
	return 0;
}

static int read_names(struct reader *reader, struct sf_error *err)
{
	struct sf_scan *scan = &reader->scan;
	struct sf_scan_text name;
	if (sf_scan_peek(scan) != '[') {
		return sf_fail(err, SF_EINVAL, "NodeNames is no array");
	}
	sf_scan_enter(scan, '[');
	for (size_t i = 0; sf_scan_element(scan); i++) {
		char first = sf_scan_peek(scan);
		if (first == 'n') {
			sf_scan_skip(scan);
			continue;
		}
		if (first != '"' || (sf_scan_string(scan, &name) && name.nul)) {
			return sf_fail(err, SF_EINVAL, "NodeNames[%zu] is no name", i);
		}
		if (scan->fault != NULL) {
			break;
		}
		/* They are about as long as the first, and have quotes and a comma. */
		size_t guess = i == 0 ? (size_t)(scan->end - scan->at) / (name.len + 3) : 0;
		if (add_node(&reader->names, &name, guess, reader->arena, err) < 0) {
			return sf_wrap(err, "NodeNames[%zu]", i);
		}
	}
	return 0;
}

/* A Node object of a NodeList. */
static int read_item(struct reader *reader, struct sf_error *err)
{
	enum { NODE_LEN = 8192 }; /* for the guess */
	struct sf_scan *scan = &reader->scan;
	size_t guess = (size_t)(scan->end - scan->at) / NODE_LEN;
	const char *begin;
	struct sf_scan_text name;
	uint32_t class;
	if (sf_scan_peek(scan) != '{') {
		return scan->fault == NULL ? sf_fail(err, SF_EINVAL, "no object") : 0;
	}
	begin = scan->at;
	if (sf_extender_class_read(&reader->classes, scan, &name, &class, err) < 0) {
		return -1;
	}
	if (scan->fault != NULL) {
		return 0;
	}
	int added = add_node(&reader->nodes, &name, guess, reader->arena, err);
	if (added > 0) {
		struct sf_extender_node *node = &reader->nodes.node[reader->nodes.n - 1];
		node->item = begin;
		node->item_len = (size_t)(scan->at - begin);
		node->class = class;
	}
	return added < 0 ? -1 : 0;
}

static void forget_items(struct reader *reader)
{
	sf_index_finish(&reader->nodes.index);
	reader->nodes = (struct list){0};
	sf_extender_classes_finish(&reader->classes);
	sf_extender_classes_init(&reader->classes, reader->arena);
}

static int read_items(struct reader *reader, struct sf_error *err)
{
	struct sf_scan *scan = &reader->scan;
	char first = sf_scan_peek(scan);
	forget_items(reader);
	if (first == 'n') {
		sf_scan_skip(scan);
		return 0;
	}
	if (first != '[') {
		return scan->fault == NULL ? sf_fail(err, SF_EINVAL, "items is no array") : 0;
	}
	sf_scan_enter(scan, '[');
	for (size_t i = 0; sf_scan_element(scan); i++) {
		if (read_item(reader, err) < 0) {
			return sf_wrap(err, "items[%zu]", i);
		}
	}
	return 0;
}

static int read_nodes(struct reader *reader, struct sf_error *err)
{
	struct sf_scan *scan = &reader->scan;
	struct sf_scan_text key;
	if (sf_scan_peek(scan) != '{') {
		return sf_fail(err, SF_EINVAL, "Nodes is no NodeList");
	}
	forget_items(reader);
	reader->metadata = NULL;
	for (sf_scan_enter(scan, '{'); sf_scan_member(scan, &key);) {
		if (sf_scan_is(&key, "items", false)) {
			if (read_items(reader, err) < 0) {
				return sf_wrap(err, "Nodes");
			}
			continue;
		}
		bool metadata = sf_scan_is(&key, "metadata", false);
		bool object = sf_scan_peek(scan) == '{';
		const char *begin = scan->at;
		sf_scan_skip(scan);
		if (metadata) {
			reader->metadata = object ? begin : NULL;
			reader->metadata_len = (size_t)(scan->at - begin);
		}
	}
	return 0;
}

static const struct {
	const char *name;
	int (*read)(struct reader *reader, struct sf_error *err);
} fields[FIELDS] = {
	[FIELD_POD] = {"Pod", read_pod},
	[FIELD_NODES] = {"Nodes", read_nodes},
	[FIELD_NAMES] = {"NodeNames", read_names},
};

/* As Go's decoder: a name that matches with its case goes before one that does not; after that the
 * last one counts. */
static void read_field(struct reader *reader, const struct sf_scan_text *key)
{
	struct sf_scan *scan = &reader->scan;
	size_t i = 0;
	while (i < FIELDS && !sf_scan_is(key, fields[i].name, true)) {
		i++;
	}
	struct field *field = i < FIELDS ? &reader->field[i] : NULL;
	bool exact = field != NULL && sf_scan_is(key, fields[i].name, false);
	if (field == NULL || (field->exact && !exact)) {
		sf_scan_skip(scan);
		return;
	}
	*field = (struct field){.exact = exact, .present = sf_scan_peek(scan) != 'n'};
	struct sf_scan before = *scan;
	if (!field->present) {
		sf_scan_skip(scan);
	} else if (fields[i].read(reader, &field->err) < 0) {
		field->wrong = true;
		*scan = before;
		sf_scan_skip(scan);
	}
}

static int fail_json(const struct sf_scan *scan, struct sf_error *err)
{
	return sf_fail(err, SF_EINVAL, "the body is no JSON: byte %zu: %s",
	               (size_t)(scan->at - scan->begin), scan->fault);
}

static int read_root(struct reader *reader, struct sf_error *err)
{
	struct sf_scan *scan = &reader->scan;
	struct sf_scan_text key;
	if (sf_scan_peek(scan) == '[') {
		sf_scan_skip(scan);
		return sf_scan_end(scan)
		               ? sf_fail(err, SF_EINVAL, "the body is no ExtenderArgs object")
		               : fail_json(scan, err);
	}
	for (sf_scan_enter(scan, '{'); sf_scan_member(scan, &key);) {
		read_field(reader, &key);
	}
	return sf_scan_end(scan) ? 0 : fail_json(scan, err);
}

static int parse_pod(const struct reader *reader, struct sf_kube_pod *out, struct sf_error *err)
{
	bool present = reader->field[FIELD_POD].present;
	return sf_kube_pod_read(present ? reader->pod : "", present ? reader->pod_len : 0, out,
	                        err);
}

/* Nodes that describe themselves say more than their names. */
static int choose_list(const struct reader *reader, struct sf_extender_args *args,
                       struct sf_error *err)
{
	const struct field *nodes = &reader->field[FIELD_NODES];
	const struct field *names = &reader->field[FIELD_NAMES];
	const struct list *list = nodes->present ? &reader->nodes : &reader->names;
	if (nodes->wrong || (names->wrong && !nodes->present)) {
		*err = nodes->wrong ? nodes->err : names->err;
		return -1;
	}
	args->has_nodes = nodes->present;
	args->has_names = names->present;
	args->node = list->node;
	args->n = list->n;
	args->pod_text = reader->pod;
	args->pod_len = reader->pod_len;
	args->metadata = reader->metadata;
	args->metadata_len = reader->metadata_len;
	return sf_extender_classes_keep(&reader->classes, args, err);
}

int sf_extender_args_parse(const char *text, size_t len, struct sf_arena *arena,
                           struct sf_extender_args *out, struct sf_error *err)
{
	struct reader reader = {.scan = sf_scan_of(text, len), .arena = arena};
	struct sf_extender_args args = {0};
	sf_extender_classes_init(&reader.classes, arena);
	int rc = read_root(&reader, err);
	if (rc == 0) {
		rc = parse_pod(&reader, &args.pod, err);
	}
	if (rc == 0) {
		rc = choose_list(&reader, &args, err);
	}
	sf_extender_classes_finish(&reader.classes);
	sf_index_finish(&reader.nodes.index);
	sf_index_finish(&reader.names.index);
	if (rc == 0) {
		*out = args;
	}
	return rc;
}
