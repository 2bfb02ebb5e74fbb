/*
 * extender_preempt: what kube-scheduler asks an extender before it evicts pods, and the answer.
 *
 * With whole Pods a request may have some 10 MB, of which the UIDs and priorities matter. So nothing
 * is built of it: the members of an object are found first and read where they stand.
 */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/extender_preempt.h>

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/extender.h>
#include <slicefit/hash.h>
#include <slicefit/index.h>
#include <slicefit/json.h>
#include <slicefit/scan.h>

#include <stdlib.h>
#include <string.h>

struct reader {
	struct sf_arena *arena;
	bool whole; /* victims are Pods, not UIDs */
	struct sf_extender_candidate *node;
	size_t n, cap;
	struct sf_index by_name;
	struct sf_extender_victim *victim; /* of the node that is being read */
	size_t n_victims, cap_victims;
	size_t all_victims;
};

/* A member that may be wanted. */
struct member {
	const char *name;
	bool exact;           /* found with the case of its name */
	bool present;         /* and not null */
	struct sf_scan value; /* comes next there */
};

static int fail_memory(struct sf_error *err)
{
	return sf_fail(err, SF_ENOMEM, "the request does not fit into the memory budget");
}

static struct member *member_of(struct member *member, size_t n, const struct sf_scan_text *key)
{
	for (size_t i = 0; i < n; i++) {
		if (sf_scan_is(key, member[i].name, true)) {
			return &member[i];
		}
	}
	return NULL;
}

/* Over an object, and where its members are: as Go's decoder finds them, a name that matches with its
 * case goes before one that does not; after that the last one counts. */
static void find_members(struct sf_scan *scan, struct member *member, size_t n)
{
	struct sf_scan_text key;
	for (sf_scan_enter(scan, '{'); sf_scan_member(scan, &key);) {
		struct member *found = member_of(member, n, &key);
		bool exact = found != NULL && sf_scan_is(&key, found->name, false);
		if (found != NULL && (exact || !found->exact)) {
			found->exact = exact;
			found->present = sf_scan_peek(scan) != 'n';
			found->value = *scan;
		}
		sf_scan_skip(scan);
	}
}

/* The same for a value that must be an object. The text was found to be JSON before. */
static int find_in(struct sf_scan value, const char *what, struct member *member, size_t n,
                   struct sf_error *err)
{
	if (sf_scan_peek(&value) != '{') {
		return sf_fail(err, SF_EINVAL, "%s is no object", what);
	}
	find_members(&value, member, n);
	return 0;
}

static int read_integer(struct sf_scan value, const char *what, int64_t *out, struct sf_error *err)
{
	enum { LEN = 20 }; /* -2^63 has as many characters */
	char text[LEN + 1] = "", *end;
	char first = sf_scan_peek(&value);
	const char *begin = value.at;
	sf_scan_skip(&value);
	size_t len = (size_t)(value.at - begin);
	if (len <= LEN) {
		memcpy(text, begin, len);
	}
	*out = strtoll(text, &end, 10);
	bool number = first == '-' || (first >= '0' && first <= '9');
	return number && len <= LEN && *end == '\0'
	               ? 0
	               : sf_fail(err, SF_EINVAL, "%s is no integer", what);
}

/* A text of the arena. */
static int read_text(struct sf_scan value, const char *what, struct sf_arena *arena,
                     const char **out, struct sf_error *err)
{
	struct sf_scan_text text;
	if (sf_scan_peek(&value) != '"' || !sf_scan_string(&value, &text) || text.nul) {
		return sf_fail(err, SF_EINVAL, "%s is no text", what);
	}
	*out = sf_scan_copy(&text, arena);
	return *out != NULL ? 0 : fail_memory(err);
}

/* The n-th element is there; room in the arena grows by doubling. */
static int reserve(struct sf_arena *arena, void **array, size_t *cap, size_t n, size_t size,
                   struct sf_error *err)
{
	if (n <= *cap) {
		return 0;
	}
	size_t more = *cap > 0 ? 2 * *cap : 8;
	void *larger = sf_arena_array(arena, more, size);
	if (larger == NULL) {
		return fail_memory(err);
	}
	if (*cap > 0) {
		memcpy(larger, *array, *cap * size);
	}
	*array = larger;
	*cap = more;
	return 0;
}

static int add_victim(struct reader *reader, const struct sf_extender_victim *victim,
                      struct sf_error *err)
{
	void *array = reader->victim;
	if (reader->all_victims == SF_EXTENDER_VICTIMS_MAX) {
		return sf_fail(err, SF_ELIMIT, "more than %d victims", SF_EXTENDER_VICTIMS_MAX);
	}
	if (reserve(reader->arena, &array, &reader->cap_victims, reader->n_victims + 1,
	            sizeof(*victim), err) < 0) {
		return -1;
	}
	reader->victim = array;
	reader->victim[reader->n_victims++] = *victim;
	reader->all_victims++;
	return 0;
}

static int read_priority(struct sf_scan spec, struct sf_extender_victim *victim,
                         struct sf_error *err)
{
	struct member member = {.name = "priority"};
	int64_t priority = 0;
	if (find_in(spec, "spec", &member, 1, err) < 0) {
		return -1;
	}
	if (member.present && read_integer(member.value, "spec.priority", &priority, err) < 0) {
		return -1;
	}
	priority = priority < INT32_MIN ? INT32_MIN : priority;
	victim->priority = priority > INT32_MAX ? INT32_MAX : (int32_t)priority;
	victim->has_priority = true;
	return 0;
}

static int read_pod(struct reader *reader, struct sf_scan value, struct sf_extender_victim *victim,
                    struct sf_error *err)
{
	struct member member[] = {{.name = "metadata"}, {.name = "spec"}};
	struct member uid = {.name = "uid"};
	if (find_in(value, "a Pod", member, 2, err) < 0 ||
	    (member[0].present && find_in(member[0].value, "metadata", &uid, 1, err) < 0)) {
		return -1;
	}
	if (uid.present &&
	    read_text(uid.value, "metadata.uid", reader->arena, &victim->uid, err) < 0) {
		return -1;
	}
	return member[1].present ? read_priority(member[1].value, victim, err) : 0;
}

static int read_meta(struct reader *reader, struct sf_scan value, struct sf_extender_victim *victim,
                     struct sf_error *err)
{
	struct member uid = {.name = "UID"};
	if (find_in(value, "a victim", &uid, 1, err) < 0) {
		return -1;
	}
	return uid.present ? read_text(uid.value, "UID", reader->arena, &victim->uid, err) : 0;
}

static int read_victims(struct reader *reader, struct sf_scan list, struct sf_error *err)
{
	if (sf_scan_peek(&list) != '[') {
		return sf_fail(err, SF_EINVAL, "Pods is no array");
	}
	sf_scan_enter(&list, '[');
	for (size_t i = 0; sf_scan_element(&list); i++) {
		struct sf_extender_victim victim = {0};
		int rc = 0;
		if (sf_scan_peek(&list) != 'n') {
			rc = reader->whole ? read_pod(reader, list, &victim, err)
			                   : read_meta(reader, list, &victim, err);
		}
		if (rc == 0 && victim.uid != NULL && victim.uid[0] != '\0') {
			rc = add_victim(reader, &victim, err);
		}
		if (rc < 0) {
			return sf_wrap(err, "Pods[%zu]", i);
		}
		sf_scan_skip(&list);
	}
	return 0;
}

/* Victims or MetaVictims; null is one without victims. */
static int read_candidate(struct reader *reader, struct sf_scan value,
                          struct sf_extender_candidate *node, struct sf_error *err)
{
	struct member member[] = {{.name = "Pods"}, {.name = "NumPDBViolations"}};
	reader->victim = NULL;
	reader->n_victims = reader->cap_victims = 0;
	if (sf_scan_peek(&value) != 'n') {
		if (find_in(value, "its entry", member, 2, err) < 0 ||
		    (member[0].present && read_victims(reader, member[0].value, err) < 0) ||
		    (member[1].present &&
		     read_integer(member[1].value, member[1].name, &node->violations, err) < 0)) {
			return -1;
		}
	}
	node->victim = reader->victim;
	node->n = reader->n_victims;
	return 0;
}

static bool is_named(const void *entries, uint32_t number, const void *key)
{
	return strcmp(((const struct sf_extender_candidate *)entries)[number].name, key) == 0;
}

/* The slot of a name: of two entries with one name the later counts. NULL and err: no room. */
static struct sf_extender_candidate *slot_of(struct reader *reader, const char *name,
                                             struct sf_error *err)
{
	void *array = reader->node;
	if (reader->n == SF_EXTENDER_NODES_MAX) {
		sf_fail(err, SF_ELIMIT, "more than %d nodes", SF_EXTENDER_NODES_MAX);
		return NULL;
	}
	if (reserve(reader->arena, &array, &reader->cap, reader->n + 1, sizeof(*reader->node),
	            err) < 0) {
		return NULL;
	}
	reader->node = array;
	uint32_t old = sf_index_put(&reader->by_name, sf_hash(0, name, strlen(name)), is_named,
	                            reader->node, name, (uint32_t)reader->n);
	return &reader->node[old != SF_INDEX_NONE ? old : reader->n++];
}

/* NodeNameToVictims or NodeNameToMetaVictims. */
static int read_map(struct reader *reader, struct sf_scan map, struct sf_error *err)
{
	struct sf_scan_text key;
	if (sf_scan_peek(&map) != '{') {
		return sf_fail(err, SF_EINVAL, "no object");
	}
	for (sf_scan_enter(&map, '{'); sf_scan_member(&map, &key);) {
		struct sf_extender_candidate node = {0}, *slot;
		node.name = sf_scan_copy(&key, reader->arena);
		if (node.name == NULL) {
			return fail_memory(err);
		}
		slot = slot_of(reader, node.name, err);
		if (slot == NULL || read_candidate(reader, map, &node, err) < 0) {
			return sf_wrap(err, "node %.80s", node.name);
		}
		*slot = node;
		sf_scan_skip(&map);
	}
	return 0;
}

static int read_asker(const struct member *member, struct sf_extender_preempt *out,
                      struct sf_error *err)
{
	struct sf_scan end = member->value;
	if (!member->present) {
		return sf_fail(err, SF_EINVAL, "Pod is missing or no object");
	}
	sf_scan_peek(&end);
	out->pod_text = end.at;
	sf_scan_skip(&end);
	out->pod_len = (size_t)(end.at - out->pod_text);
	return sf_kube_pod_read(out->pod_text, out->pod_len, &out->pod, err);
}

static int find_root(struct sf_scan *scan, struct member *member, size_t n, struct sf_error *err)
{
	bool object = sf_scan_peek(scan) == '{';
	if (object) {
		find_members(scan, member, n);
	} else {
		sf_scan_skip(scan);
	}
	if (!sf_scan_end(scan)) {
		return sf_fail(err, SF_EINVAL, "the body is no JSON: byte %zu: %s",
		               (size_t)(scan->at - scan->begin), scan->fault);
	}
	return object ? 0 : sf_fail(err, SF_EINVAL, "the body is no ExtenderPreemptionArgs object");
}

int sf_extender_preempt_parse(const char *text, size_t len, struct sf_arena *arena,
                              struct sf_extender_preempt *out, struct sf_error *err)
{
	struct sf_scan scan = sf_scan_of(text, len);
	struct reader reader = {.arena = arena};
	struct sf_extender_preempt args = {0};
	struct member member[] = {
		{.name = "Pod"},
		{.name = "NodeNameToMetaVictims"},
		{.name = "NodeNameToVictims"},
	};
	if (find_root(&scan, member, 3, err) < 0 || read_asker(&member[0], &args, err) < 0) {
		return -1;
	}
	reader.whole = !member[1].present;
	const struct member *map = &member[reader.whole ? 2 : 1];
	int rc = map->present ? read_map(&reader, map->value, err) : 0;
	sf_index_finish(&reader.by_name);
	if (rc < 0) {
		return sf_wrap(err, "%s", map->name);
	}
	args.n = reader.n;
	args.node = reader.node;
	*out = args;
	return 0;
}

void sf_extender_write_preempt(const struct sf_extender_candidate *node, size_t n,
                               struct sf_str *out)
{
	struct sf_json *json = sf_json_create_object();
	sf_json_object(json, "NodeNameToMetaVictims");
	for (size_t i = 0; i < n; i++) {
		if (node[i].n == 0) {
			continue;
		}
		sf_json_object(json, node[i].name);
		sf_json_array(json, "Pods");
		for (size_t k = 0; k < node[i].n; k++) {
			sf_json_object(json, NULL);
			sf_json_str(json, "UID", node[i].victim[k].uid);
			sf_json_end(json);
		}
		sf_json_end(json);
		sf_json_int(json, "NumPDBViolations", node[i].violations);
		sf_json_end(json);
	}
	sf_json_end(json);
	sf_json_write(json, false, out);
	sf_json_destroy(json);
}
