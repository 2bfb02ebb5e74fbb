/* node_scan: what a Kubernetes Node object says about its GPUs, read in one pass over its text. */
// SPDX-License-Identifier: Apache-2.0
#include "node_scan.h"

#include "kube_layout.h"

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/kube_node.h>
#include <slicefit/quantity.h>

#include <string.h>

struct reader {
	struct sf_scan *scan;
	struct sf_arena *arena;
	struct sf_node_facts *facts;
	struct sf_scan_text *name;
};

static int fail_memory(struct sf_error *err)
{
	return sf_fail(err, SF_ENOMEM, "the nodes do not fit into the memory budget");
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
static int read_value(struct sf_scan *scan, bool amount, struct sf_arena *arena,
                      struct sf_fact *fact, struct sf_error *err)
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

static bool is_host_amount(const char *key, size_t len)
{
	return (len == 3 && memcmp(key, "cpu", len) == 0) ||
	       (len == 6 && memcmp(key, "memory", len) == 0) ||
	       (len == 4 && memcmp(key, "pods", len) == 0);
}

/* A label that counts, or the amount of a resource of NVIDIA (or of the host). */
static bool matters(const struct sf_node_facts *facts, const char *key, size_t len, bool amount)
{
	static const char prefix[] = "nvidia.com/";
	if (!amount) {
		return sf_kube_label_counts(key, len);
	}
	return (len > sizeof(prefix) - 1 && memcmp(key, prefix, sizeof(prefix) - 1) == 0) ||
	       (facts->host && is_host_amount(key, len));
}

/* The fact of this key, a new one unless it is there already; NULL when there is no room. */
static struct sf_fact *fact_of(struct sf_fact *fact, uint32_t *n, uint32_t max,
                               const struct sf_fact *key)
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
static int read_facts(struct reader *reader, bool amount, struct sf_error *err)
{
	struct sf_scan *scan = reader->scan;
	struct sf_node_facts *facts = reader->facts;
	struct sf_fact *list = amount ? facts->amount : facts->label;
	uint32_t *n = amount ? &facts->n_amounts : &facts->n_labels;
	uint32_t max = amount ? SF_FACT_AMOUNTS_MAX : SF_LABELS_MAX;
	struct sf_scan_text key;
	int object = object_next(scan, amount ? "allocatable" : "labels", err);
	*n = 0;
	if (object <= 0) {
		return object;
	}
	for (sf_scan_enter(scan, '{'); sf_scan_member(scan, &key);) {
		struct sf_fact fact = {0};
		if (plain(&key, reader->arena, &fact.key, &fact.key_len, err) < 0) {
			return -1;
		}
		if (!matters(facts, fact.key, fact.key_len, amount)) {
			sf_scan_skip(scan);
			continue;
		}
		if (read_value(scan, amount, reader->arena, &fact, err) < 0) {
			return -1;
		}
		struct sf_fact *slot = fact_of(list, n, max, &fact);
		if (slot != NULL) {
			*slot = fact;
		}
	}
	return 0;
}

static int read_metadata(struct reader *reader, struct sf_error *err)
{
	struct sf_scan *scan = reader->scan;
	struct sf_scan_text key;
	for (sf_scan_enter(scan, '{'); sf_scan_member(scan, &key);) {
		if (sf_scan_is(&key, "labels", false)) {
			if (read_facts(reader, false, err) < 0) {
				return -1;
			}
			continue;
		}
		if (sf_scan_is(&key, "deletionTimestamp", false)) {
			reader->facts->deleting = sf_scan_peek(scan) == '"';
		}
		bool is_name = sf_scan_is(&key, "name", false);
		if (is_name) {
			*reader->name = (struct sf_scan_text){0};
		}
		if (is_name && sf_scan_peek(scan) == '"') {
			sf_scan_string(scan, reader->name);
		} else {
			sf_scan_skip(scan);
		}
	}
	return 0;
}

static int read_spec(struct reader *reader, struct sf_error *err)
{
	struct sf_scan *scan = reader->scan;
	struct sf_scan_text key;
	(void)err;
	for (sf_scan_enter(scan, '{'); sf_scan_member(scan, &key);) {
		if (sf_scan_is(&key, "unschedulable", false)) {
			reader->facts->unschedulable = sf_scan_peek(scan) == 't';
		}
		sf_scan_skip(scan);
	}
	return 0;
}

/* Is the text that comes next this one? Other values are none. */
static bool next_is(struct sf_scan *scan, const char *word)
{
	struct sf_scan_text text;
	if (sf_scan_peek(scan) != '"') {
		sf_scan_skip(scan);
		return false;
	}
	return sf_scan_string(scan, &text) && !text.nul && sf_scan_is(&text, word, false);
}

/* A condition: is it Ready, and not True? */
static bool is_unready(struct sf_scan *scan)
{
	struct sf_scan_text key;
	bool ready = false, holds = false;
	for (sf_scan_enter(scan, '{'); sf_scan_member(scan, &key);) {
		if (sf_scan_is(&key, "type", false)) {
			ready = next_is(scan, "Ready");
		} else if (sf_scan_is(&key, "status", false)) {
			holds = next_is(scan, "True");
		} else {
			sf_scan_skip(scan);
		}
	}
	return ready && !holds;
}

static int read_conditions(struct reader *reader, struct sf_error *err)
{
	struct sf_scan *scan = reader->scan;
	char first = sf_scan_peek(scan);
	reader->facts->unready = false;
	if (first == 'n') {
		sf_scan_skip(scan);
		return 0;
	}
	if (first != '[' && first != '\0') {
		return sf_fail(err, SF_EINVAL, "conditions is no array");
	}
	for (sf_scan_enter(scan, '['); sf_scan_element(scan);) {
		if (sf_scan_peek(scan) != '{') {
			sf_scan_skip(scan);
		} else if (is_unready(scan)) {
			reader->facts->unready = true;
		}
	}
	return 0;
}

static int read_status(struct reader *reader, struct sf_error *err)
{
	struct sf_scan *scan = reader->scan;
	struct sf_scan_text key;
	for (sf_scan_enter(scan, '{'); sf_scan_member(scan, &key);) {
		int rc = 0;
		if (sf_scan_is(&key, "allocatable", false)) {
			rc = read_facts(reader, true, err);
		} else if (sf_scan_is(&key, "conditions", false)) {
			rc = read_conditions(reader, err);
		} else {
			sf_scan_skip(scan);
		}
		if (rc < 0) {
			return -1;
		}
	}
	return 0;
}

enum part { METADATA, SPEC, STATUS, PARTS };

/* Nothing of this part has been read. */
static void forget(struct reader *reader, enum part part)
{
	struct sf_node_facts *facts = reader->facts;
	switch (part) {
	case METADATA:
		*reader->name = (struct sf_scan_text){0};
		facts->deleting = false;
		facts->n_labels = 0;
		break;
	case SPEC:
		facts->unschedulable = false;
		break;
	case STATUS:
		facts->unready = false;
		facts->n_amounts = 0;
		break;
	case PARTS:
		break;
	}
}

static int read_member(struct reader *reader, const struct sf_scan_text *key, struct sf_error *err)
{
	static const struct {
		const char *name;
		int (*read)(struct reader *reader, struct sf_error *err);
	} parts[PARTS] = {
		[METADATA] = {"metadata", read_metadata},
		[SPEC] = {"spec", read_spec},
		[STATUS] = {"status", read_status},
	};
	for (enum part part = METADATA; part < PARTS; part++) {
		if (sf_scan_is(key, parts[part].name, false)) {
			forget(reader, part);
			int object = object_next(reader->scan, parts[part].name, err);
			return object > 0 ? parts[part].read(reader, err) : object;
		}
	}
	sf_scan_skip(reader->scan);
	return 0;
}

int sf_node_facts_read(struct sf_scan *scan, struct sf_arena *arena, struct sf_node_facts *facts,
                       struct sf_scan_text *name, struct sf_error *err)
{
	struct reader reader = {.scan = scan, .arena = arena, .facts = facts, .name = name};
	struct sf_scan_text key;
	for (enum part part = METADATA; part < PARTS; part++) {
		forget(&reader, part);
	}
	for (sf_scan_enter(scan, '{'); sf_scan_member(scan, &key);) {
		if (read_member(&reader, &key, err) < 0) {
			return -1;
		}
	}
	if (scan->fault == NULL && (name->len == 0 || name->nul)) {
		return sf_fail(err, SF_EINVAL, "metadata.name is missing or no name");
	}
	return 0;
}

/* CPU, memory and pods; what is no amount counts as none. */
static void set_host_amount(struct sf_node_spec *spec, const char *key, const char *value,
                            size_t len)
{
	int64_t amount;
	if (sf_quantity_parse(value, len, *key == 'c' ? 3 : 0, &amount) < 0 || amount < 0) {
		return;
	}
	if (*key == 'c') {
		spec->cpu_milli = amount;
	} else if (*key == 'm') {
		spec->memory_mib = amount / 1048576;
	} else {
		spec->pods_max = amount > UINT16_MAX ? UINT16_MAX : (uint32_t)amount;
	}
}

static void set_amount(struct sf_node_spec *spec, const char *key, const char *value, size_t len)
{
	int64_t total;
	if (is_host_amount(key, strlen(key))) {
		set_host_amount(spec, key, value, len);
	} else if (sf_quantity_parse(value, len, 0, &total) == 0) {
		sf_kube_node_count(key, total, spec);
	}
}

struct sf_fact_list sf_node_facts_list(const struct sf_node_facts *facts)
{
	return (struct sf_fact_list){
		.closed = facts->unschedulable || facts->unready || facts->deleting,
		.n_labels = facts->n_labels,
		.n_amounts = facts->n_amounts,
		.label = facts->label,
		.amount = facts->amount,
	};
}

int sf_fact_list_understand(const struct sf_fact_list *facts, const struct sf_catalog *catalog,
                            struct sf_arena *arena, struct sf_kube_node *out)
{
	struct sf_kube_labels labels;
	labels.n = 0;
	*out = (struct sf_kube_node){0};
	for (uint32_t i = 0; i < facts->n_labels + facts->n_amounts; i++) {
		bool label = i < facts->n_labels;
		const struct sf_fact *fact =
			label ? &facts->label[i] : &facts->amount[i - facts->n_labels];
		const char *key = sf_arena_strndup(arena, fact->key, fact->key_len);
		const char *value = sf_arena_strndup(arena, fact->value, fact->value_len);
		if (key == NULL || value == NULL) {
			return -1;
		}
		if (label) {
			sf_kube_label_add(&labels, key, fact->usable ? value : "");
		} else if (fact->usable) {
			set_amount(&out->spec, key, value, fact->value_len);
		}
	}
	out->state = sf_kube_node_state(facts->closed, &labels);
	sf_kube_layout(&labels, catalog, &out->spec);
	return 0;
}

/* A Node that is the whole of a text. */
static int read_facts_of(const char *text, size_t len, struct sf_arena *arena,
                         struct sf_node_facts *facts, struct sf_scan_text *name,
                         struct sf_error *err)
{
	struct sf_scan scan = sf_scan_of(text, len);
	if (sf_scan_peek(&scan) != '{') {
		return sf_fail(err, SF_EINVAL, "Node is missing or no object");
	}
	if (sf_node_facts_read(&scan, arena, facts, name, err) < 0) {
		return name->len > 0 ? sf_wrap(err, "node %.*s",
		                               name->len < 200 ? (int)name->len : 200, name->text)
		                     : -1;
	}
	return sf_scan_end(&scan) ? 0
	                          : sf_fail(err, SF_EINVAL, "the Node is no JSON: byte %zu: %s",
	                                    (size_t)(scan.at - scan.begin), scan.fault);
}

int sf_kube_node_read(const char *text, size_t len, const struct sf_catalog *catalog,
                      struct sf_arena *arena, struct sf_kube_node *out, struct sf_error *err)
{
	struct sf_node_facts *facts = sf_arena_alloc(arena, sizeof(*facts));
	struct sf_scan_text name = {0};
	struct sf_kube_node node;
	if (facts == NULL) {
		return fail_memory(err);
	}
	facts->host = true;
	if (read_facts_of(text, len, arena, facts, &name, err) < 0) {
		return -1;
	}
	struct sf_fact_list list = sf_node_facts_list(facts);
	const char *own = sf_scan_copy(&name, arena);
	if (own == NULL || sf_fact_list_understand(&list, catalog, arena, &node) < 0) {
		return fail_memory(err);
	}
	node.spec.name = own;
	*out = node;
	return 0;
}
