/* apply_edit: the changes that a roll-out makes to a node, as documents to send. */
// SPDX-License-Identifier: Apache-2.0
#include "apply_edit.h"

#include <slicefit/resource.h>
#include <slicefit/str.h>

#include <stdlib.h>
#include <string.h>

static json_t *text_or_null(const char *text)
{
	return text != NULL ? json_string(text) : json_null();
}

const char *sf_apply_edit_version(const struct sf_apply_seen_node *seen)
{
	const json_t *meta = json_object_get(seen->doc, "metadata");
	const char *version = json_string_value(json_object_get(meta, "resourceVersion"));
	return version != NULL ? version : "";
}

static json_t *new_patch(const struct sf_apply_seen_node *seen)
{
	return json_pack("{s:{s:s}}", "metadata", "resourceVersion", sf_apply_edit_version(seen));
}

static json_t *part(json_t *parent, const char *key)
{
	json_t *child = json_object_get(parent, key);
	if (child == NULL) {
		child = json_object();
		json_object_set_new(parent, key, child);
	}
	return child;
}

static void set_meta(json_t *patch, const char *kind, const char *key, json_t *value)
{
	json_object_set_new(part(part(patch, "metadata"), kind), key, value);
}

static void set_note(json_t *patch, const json_t *note)
{
	char *text = json_dumps(note, JSON_COMPACT | JSON_SORT_KEYS);
	set_meta(patch, "annotations", SF_APPLY_NOTE, json_string(text));
	free(text);
}

static json_t *gpus_of(const struct sf_apply_seen_node *seen)
{
	json_t *gpus = json_object();
	json_t *status = json_object_get(seen->doc, "status");
	const char *name;
	json_t *value;
	json_object_foreach(json_object_get(status, "allocatable"), name, value) {
		if (sf_resource_names_gpu(name, strlen(name))) {
			json_object_set_new(gpus, name,
			                    json_integer(sf_apply_seen_count(seen, name)));
		}
	}
	return gpus;
}

static json_t *make_note(const struct sf_apply_plan *plan, const struct sf_apply_wave *wave,
                         const struct sf_apply_node *node, const struct sf_apply_seen_node *seen)
{
	json_t *labels = json_object();
	for (size_t i = 0; i < node->n_labels; i++) {
		const char *key = node->label[i].key;
		json_object_set_new(labels, key, text_or_null(sf_apply_seen_label(seen, key)));
	}
	return json_pack("{s:s, s:s, s:b, s:o, s:o, s:o}", "id", plan->id, "wave", wave->name,
	                 "cordoned", seen->seen.cordoned, "state",
	                 text_or_null(sf_apply_seen_label(seen, SF_APPLY_STATE_LABEL)), "labels",
	                 labels, "gpus", gpus_of(seen));
}

static bool is_taint(const json_t *entry, const struct sf_apply_taint *taint)
{
	const char *key = json_string_value(json_object_get(entry, "key"));
	return key != NULL && strcmp(key, taint->key) == 0;
}

/* The node's taints without (and with, when `on`) ours; NULL when that is what they are. */
static json_t *new_taints(const struct sf_apply_taint *taint, const struct sf_apply_seen_node *seen,
                          bool on)
{
	const json_t *spec = json_object_get(seen->doc, "spec");
	const json_t *entry;
	size_t i, own = 0;
	if (taint->key == NULL) {
		return NULL;
	}
	json_t *taints = json_array();
	json_array_foreach(json_object_get(spec, "taints"), i, entry) {
		if (is_taint(entry, taint)) {
			own++;
		} else {
			json_array_append_new(taints, json_deep_copy(entry));
		}
	}
	if ((own > 0) == on) {
		json_decref(taints);
		return NULL;
	}
	if (on) {
		json_array_append_new(taints, json_pack("{s:s, s:s}", "key", taint->key, "effect",
		                                        taint->effect));
	}
	return taints;
}

json_t *sf_apply_edit_taint(const struct sf_apply_taint *taint,
                            const struct sf_apply_seen_node *seen, bool on)
{
	json_t *taints = new_taints(taint, seen, on);
	if (taints == NULL) {
		return NULL;
	}
	json_t *patch = new_patch(seen);
	json_object_set_new(part(patch, "spec"), "taints", taints);
	return patch;
}

json_t *sf_apply_edit_take(const struct sf_apply_plan *plan, const struct sf_apply_wave *wave,
                           const struct sf_apply_node *node, const struct sf_apply_seen_node *seen)
{
	json_t *patch = new_patch(seen);
	json_t *note = make_note(plan, wave, node, seen);
	json_t *taints = node->stays ? NULL : new_taints(&plan->taint, seen, false);
	set_note(patch, note);
	json_decref(note);
	if (!node->stays) {
		json_object_set_new(part(patch, "spec"), "unschedulable", json_true());
	}
	if (taints != NULL) {
		json_object_set_new(part(patch, "spec"), "taints", taints);
	}
	return patch;
}

json_t *sf_apply_edit_cordon(const struct sf_apply_seen_node *seen)
{
	json_t *patch = new_patch(seen);
	json_object_set_new(part(patch, "spec"), "unschedulable", json_true());
	return patch;
}

json_t *sf_apply_edit_forget(const struct sf_apply_seen_node *seen, bool back)
{
	json_t *patch = new_patch(seen);
	set_meta(patch, "labels", SF_APPLY_STATE_LABEL, json_null());
	if (back && seen->note != NULL) {
		json_t *note = json_deep_copy(seen->note);
		json_object_set_new(note, "answers", json_true());
		set_note(patch, note);
		json_decref(note);
	}
	return patch;
}

json_t *sf_apply_edit_restore(const struct sf_apply_seen_node *seen)
{
	json_t *patch = new_patch(seen);
	json_t *state = json_object_get(seen->note, "state");
	set_meta(patch, "labels", SF_APPLY_STATE_LABEL,
	         state != NULL ? json_incref(state) : json_null());
	return patch;
}

json_t *sf_apply_edit_give(const struct sf_apply_node *node, const struct sf_apply_seen_node *seen)
{
	json_t *patch = new_patch(seen);
	set_meta(patch, "annotations", SF_APPLY_NOTE, json_null());
	if (!node->stays && !json_is_true(json_object_get(seen->note, "cordoned"))) {
		json_object_set_new(part(patch, "spec"), "unschedulable", json_null());
	}
	return patch;
}

struct sf_apply_relabel sf_apply_edit_labels(const struct sf_apply_node *node,
                                             const struct sf_apply_seen_node *seen, bool back)
{
	struct sf_apply_relabel out = {.set = json_object()};
	for (size_t i = 0; i < node->n_labels; i++) {
		const char *key = node->label[i].key;
		const char *to = back ? node->label[i].before : node->label[i].after;
		if (to != NULL) {
			json_object_set_new(out.set, key, json_string(to));
		} else if (sf_apply_seen_label(seen, key) != NULL) {
			out.remove = out.remove != NULL ? out.remove : json_object();
			set_meta(out.remove, "labels", key, json_null());
		}
	}
	return out;
}

void sf_apply_edit_words(const struct sf_apply_node *node, bool back, struct sf_str *out)
{
	for (size_t i = 0; i < node->n_labels; i++) {
		const char *to = back ? node->label[i].before : node->label[i].after;
		sf_str_printf(out, "%s%s%s%s", i > 0 ? ", " : "", node->label[i].key,
		              to != NULL ? "=" : " ", to != NULL ? to : "-");
	}
}
