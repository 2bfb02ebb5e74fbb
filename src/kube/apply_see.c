/* apply_see: a node of a roll-out and its pods, as the API server shows them. */
// SPDX-License-Identifier: Apache-2.0
#include "apply_see.h"

#include <slicefit/alloc.h>
#include <slicefit/kube_pod.h>
#include <slicefit/resource.h>

#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static bool same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static const json_t *meta_of(const json_t *doc)
{
	return json_object_get(doc, "metadata");
}

const char *sf_apply_seen_label(const struct sf_apply_seen_node *seen, const char *key)
{
	return text_of(json_object_get(meta_of(seen->doc), "labels"), key);
}

static json_t *allocatable(const struct sf_apply_seen_node *seen)
{
	return json_object_get(json_object_get(seen->doc, "status"), "allocatable");
}

int64_t sf_apply_seen_count(const struct sf_apply_seen_node *seen, const char *resource)
{
	int64_t value;
	int rc = sf_kube_quantity(json_object_get(allocatable(seen), resource), 0, &value);
	return rc == 0 ? value : 0;
}

static int64_t planned_count(const struct sf_apply_node *node, const char *name, bool after)
{
	for (size_t i = 0; i < node->n_counts; i++) {
		if (strcmp(node->count[i].name, name) == 0) {
			return after ? node->count[i].after : node->count[i].before;
		}
	}
	return 0;
}

const char *sf_apply_seen_odd(const struct sf_apply_seen_node *seen,
                              const struct sf_apply_node *node, bool after, int64_t *want)
{
	const char *name;
	json_t *value;
	for (size_t i = 0; node->counted && i < node->n_counts; i++) {
		*want = after ? node->count[i].after : node->count[i].before;
		if (sf_apply_seen_count(seen, node->count[i].name) != *want) {
			return node->count[i].name;
		}
	}
	json_object_foreach(allocatable(seen), name, value) {
		*want = planned_count(node, name, after);
		if (node->counted && sf_resource_names_gpu(name, strlen(name)) &&
		    sf_apply_seen_count(seen, name) != *want) {
			return name;
		}
	}
	return NULL;
}

/* Is what can be allocated what the note says of before? A resource that is new and has nothing
 * to give is none. */
static bool counts_as_noted(const struct sf_apply_seen_node *seen)
{
	json_t *gpus = json_object_get(seen->note, "gpus");
	const char *name;
	json_t *value;
	json_object_foreach(gpus, name, value) {
		if (sf_apply_seen_count(seen, name) != json_integer_value(value)) {
			return false;
		}
	}
	json_object_foreach(allocatable(seen), name, value) {
		if (sf_resource_names_gpu(name, strlen(name)) &&
		    json_object_get(gpus, name) == NULL && sf_apply_seen_count(seen, name) != 0) {
			return false;
		}
	}
	return true;
}

static enum sf_apply_state state_of(const char *text)
{
	static const struct {
		const char *text;
		enum sf_apply_state state;
	} states[] = {
		{"success", SF_APPLY_SUCCESS},
		{"failed", SF_APPLY_FAILED},
	};
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (same(text, states[i].text)) {
			return states[i].state;
		}
	}
	return text == NULL || *text == '\0' ? SF_APPLY_SILENT : SF_APPLY_WORKING;
}

/* What a label was when the node was taken; what it is, as long as it is not. */
static const char *noted_label(const struct sf_apply_seen_node *seen, const char *key)
{
	return seen->note == NULL ? sf_apply_seen_label(seen, key)
	                          : text_of(json_object_get(seen->note, "labels"), key);
}

static enum sf_apply_at where(const struct sf_apply_seen_node *seen,
                              const struct sf_apply_node *node)
{
	bool after = true, before = true, as_noted = true, changes = false;
	for (size_t i = 0; i < node->n_labels; i++) {
		const struct sf_apply_label *label = &node->label[i];
		const char *now = sf_apply_seen_label(seen, label->key);
		const char *noted = noted_label(seen, label->key);
		after = after && same(now, label->after);
		before = before && !node->stays && same(now, label->before);
		as_noted = as_noted && same(now, noted);
		changes = changes || !same(noted, label->after);
	}
	if (after) {
		return changes ? SF_APPLY_AT_AFTER : SF_APPLY_AT_BOTH;
	}
	return before || as_noted ? SF_APPLY_AT_BEFORE : SF_APPLY_ELSEWHERE;
}

/* Will mig-manager have something to do? It goes by the value of its label. */
static bool concerns_mig(const struct sf_apply_seen_node *seen, const struct sf_apply_node *node)
{
	for (size_t i = 0; i < node->n_labels; i++) {
		const struct sf_apply_label *label = &node->label[i];
		if (strcmp(label->key, SF_APPLY_MIG_LABEL) == 0) {
			return !same(noted_label(seen, label->key), label->after);
		}
	}
	return false;
}

static void read_note(struct sf_apply_seen_node *seen, const char *id)
{
	const json_t *annotations = json_object_get(meta_of(seen->doc), "annotations");
	const char *text = text_of(annotations, SF_APPLY_NOTE);
	seen->seen.claim = text == NULL ? SF_APPLY_FREE : SF_APPLY_OTHERS;
	json_t *note = text != NULL ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
	if (same(text_of(note, "id"), id)) {
		seen->seen.claim = SF_APPLY_OURS;
		seen->note = note;
	} else {
		json_decref(note);
	}
}

static void see_node(const struct sf_apply_plan *plan, const struct sf_apply_node *node,
                     struct sf_apply_seen_node *out)
{
	struct sf_apply_seen *seen = &out->seen;
	int64_t want;
	seen->gone = out->doc == NULL;
	if (seen->gone) {
		return;
	}
	read_note(out, plan->id);
	const char *state = sf_apply_seen_label(out, SF_APPLY_STATE_LABEL);
	const json_t *spec = json_object_get(out->doc, "spec");
	seen->stays = node->stays;
	seen->cordoned = json_is_true(json_object_get(spec, "unschedulable"));
	seen->state = state_of(state);
	seen->state_0 = out->note != NULL ? state_of(text_of(out->note, "state")) : seen->state;
	seen->answers = json_is_true(json_object_get(out->note, "answers"));
	seen->at = where(out, node);
	seen->mig = concerns_mig(out, node);
	seen->counts_0 = out->note == NULL || counts_as_noted(out);
	seen->counts =
		node->stays ? seen->counts_0 : sf_apply_seen_odd(out, node, true, &want) == NULL;
}

/* Of the entries of ownerReferences the one that is the controller; NULL: there is none. */
static const json_t *controller(const json_t *pod)
{
	const json_t *owners = json_object_get(meta_of(pod), "ownerReferences");
	const json_t *owner;
	size_t i;
	json_array_foreach(owners, i, owner) {
		if (json_is_true(json_object_get(owner, "controller"))) {
			return owner;
		}
	}
	return NULL;
}

static bool is_planned(const struct sf_apply_node *node, const char *space, const char *name)
{
	for (size_t i = 0; i < node->n_evict; i++) {
		if (same(node->evict[i].space, space) && same(node->evict[i].name, name)) {
			return true;
		}
	}
	return false;
}

/* False: it holds no GPU. One that cannot be read may hold some. */
static bool see_pod(const struct sf_apply_node *node, const json_t *json,
                    struct sf_apply_seen_pod *out)
{
	struct sf_kube_pod pod;
	const json_t *meta = meta_of(json);
	const char *phase = text_of(json_object_get(json, "status"), "phase");
	*out = (struct sf_apply_seen_pod){
		.space = text_of(meta, "namespace"),
		.name = text_of(meta, "name"),
		.uid = text_of(meta, "uid"),
	};
	if (out->space == NULL || out->name == NULL || out->uid == NULL ||
	    same(phase, "Succeeded") || same(phase, "Failed")) {
		return false;
	}
	const json_t *owner = controller(json);
	const json_t *annotations = json_object_get(meta, "annotations");
	out->planned = is_planned(node, out->space, out->name);
	out->deleting = text_of(meta, "deletionTimestamp") != NULL;
	out->returns = owner != NULL;
	out->stays = same(text_of(owner, "kind"), "DaemonSet") ||
	             text_of(annotations, "kubernetes.io/config.mirror") != NULL;
	return out->planned || sf_kube_pod_parse(json, &pod, NULL) < 0 || pod.n > 0;
}

/* In the order of the roll-out; those that it does not name come last, as they were listed. */
static size_t order_of(const struct sf_apply_node *node, const struct sf_apply_seen_pod *pod)
{
	size_t i = 0;
	while (i < node->n_evict &&
	       !(same(node->evict[i].space, pod->space) && same(node->evict[i].name, pod->name))) {
		i++;
	}
	return i;
}

/* Keeps the pods sorted by their order while it adds one more; those that stay go to the end. */
static void add_pod(const struct sf_apply_node *node, struct sf_apply_seen_node *out,
                    const struct sf_apply_seen_pod *pod)
{
	size_t order = pod->stays ? SIZE_MAX : order_of(node, pod);
	size_t i = out->n_pods++;
	for (; i > 0; i--) {
		const struct sf_apply_seen_pod *last = &out->pod[i - 1];
		if ((last->stays ? SIZE_MAX : order_of(node, last)) <= order) {
			break;
		}
		out->pod[i] = *last;
	}
	out->pod[i] = *pod;
}

static void see_pods(const struct sf_apply_node *node, struct sf_apply_seen_node *out)
{
	size_t n = json_array_size(out->pods), i;
	const json_t *json;
	out->pod = sf_xcalloc(n + 1, sizeof(*out->pod));
	out->holder = sf_xcalloc(n + 1, sizeof(*out->holder));
	json_array_foreach(out->pods, i, json) {
		struct sf_apply_seen_pod pod;
		if (see_pod(node, json, &pod)) {
			add_pod(node, out, &pod);
		}
	}
	for (i = 0; i < out->n_pods && !out->pod[i].stays; i++) {
		out->holder[i].deleting = out->pod[i].deleting;
		out->unplanned += !out->pod[i].planned;
	}
	out->unplanned -= node->n_unnamed < out->unplanned ? node->n_unnamed : out->unplanned;
	out->seen.n_holders = i;
	out->seen.holder = out->holder;
}

void sf_apply_see(const struct sf_apply_plan *plan, const struct sf_apply_node *node, json_t *doc,
                  json_t *pods, struct sf_apply_seen_node *out)
{
	sf_apply_seen_finish(out);
	out->doc = doc;
	out->pods = pods;
	see_node(plan, node, out);
	see_pods(node, out);
}

void sf_apply_seen_finish(struct sf_apply_seen_node *seen)
{
	json_decref(seen->doc);
	json_decref(seen->pods);
	json_decref(seen->note);
	free(seen->pod);
	free(seen->holder);
	*seen = (struct sf_apply_seen_node){0};
}
