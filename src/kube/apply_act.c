/* apply_act: the steps of a roll-out as requests. */
// SPDX-License-Identifier: Apache-2.0
#include "apply_edit.h"
#include "apply_run.h"

#include <jansson.h>

/* Sends a patch and releases it. */
static struct sf_apply_answer patch(struct sf_apply *apply, const char *node, json_t *doc)
{
	struct sf_apply_answer answer = sf_apply_api_patch_node(&apply->api, node, doc);
	json_decref(doc);
	return answer;
}

/* Labels that are set belong to slicefit; those that go away are taken away whoever set them. Taking
 * our own change back needs nobody's leave. */
static struct sf_apply_answer label(struct sf_apply *apply, const struct sf_apply_node *node,
                                    const struct sf_apply_seen_node *seen, bool back)
{
	struct sf_apply_relabel labels = sf_apply_edit_labels(node, seen, back);
	struct sf_apply_api api = apply->api;
	struct sf_apply_answer answer = {.word = SF_APPLY_OK};
	api.force = api.force || back;
	if (json_object_size(labels.set) > 0) {
		answer = sf_apply_api_label_node(&api, node->name, sf_apply_edit_version(seen),
		                                 labels.set);
	}
	if (answer.word == SF_APPLY_OK && labels.remove != NULL) {
		answer = sf_apply_api_patch_node(&api, node->name, labels.remove);
	}
	json_decref(labels.set);
	json_decref(labels.remove);
	return answer;
}

struct sf_apply_answer sf_apply_act(struct sf_apply *apply, size_t wave,
                                    const struct sf_apply_do *what,
                                    const struct sf_apply_seen_node *seen)
{
	const struct sf_apply_wave *all = &apply->plan->wave[wave];
	const struct sf_apply_node *node = &all->node[what->node];
	const struct sf_apply_seen_pod *pod = &seen->pod[what->holder];
	bool back = apply->past.mode[wave] == SF_APPLY_BACK;
	switch (what->verb) {
	case SF_APPLY_TAKE:
		return patch(apply, node->name, sf_apply_edit_take(apply->plan, all, node, seen));
	case SF_APPLY_CORDON:
		return patch(apply, node->name, sf_apply_edit_cordon(seen));
	case SF_APPLY_FORGET:
		return patch(apply, node->name, sf_apply_edit_forget(seen, back));
	case SF_APPLY_RESTORE:
		return patch(apply, node->name, sf_apply_edit_restore(seen));
	case SF_APPLY_GIVE:
		return patch(apply, node->name, sf_apply_edit_give(node, seen));
	case SF_APPLY_EVICT:
		return sf_apply_api_evict(&apply->api, pod->space, pod->name, pod->uid);
	default:
		return label(apply, node, seen, what->verb == SF_APPLY_UNLABEL);
	}
}
