/* apply_state: what state a roll-out has left everything in, in words. */
// SPDX-License-Identifier: Apache-2.0
#include "apply_run.h"

#include <slicefit/str.h>

static const char *const words[] = {
	[SF_APPLY_UNTOUCHED] = "not begun",
	[SF_APPLY_FORWARD] = "under way",
	[SF_APPLY_COMMITTED] = "changed, nodes are being opened",
	[SF_APPLY_DONE] = "done",
	[SF_APPLY_BACK] = "being taken back",
	[SF_APPLY_UNDONE] = "taken back",
};

static void describe(const struct sf_apply_seen_node *seen, struct sf_str *out)
{
	static const char *const at[] = {
		[SF_APPLY_AT_BEFORE] = "labels of before",
		[SF_APPLY_AT_AFTER] = "labels as planned",
		[SF_APPLY_AT_BOTH] = "labels as planned",
		[SF_APPLY_ELSEWHERE] = "labels of somebody else",
	};
	const char *state = sf_apply_seen_label(seen, SF_APPLY_STATE_LABEL);
	if (seen->seen.gone) {
		sf_str_append(out, "gone");
		return;
	}
	sf_str_printf(out, "%s, %s, mig.config.state %s, allocatable %s",
	              seen->seen.cordoned ? "cordoned" : "open", at[seen->seen.at],
	              state != NULL ? state : "not set",
	              seen->seen.counts     ? "as planned"
	              : seen->seen.counts_0 ? "as before"
	                                    : "neither as planned nor as before");
}

/* One try for each node: there may be nobody to ask. */
static void tell_nodes(struct sf_apply *apply, const struct sf_apply_wave *wave)
{
	struct sf_apply_seen_node seen = {0};
	for (size_t i = 0; i < wave->n_nodes; i++) {
		struct sf_str text = {0};
		const struct sf_apply_node *node = &wave->node[i];
		struct sf_apply_answer answer = sf_apply_look_once(apply, node, false, &seen);
		if (answer.word == SF_APPLY_OK) {
			describe(&seen, &text);
		} else {
			sf_str_printf(&text, "not known: %s", answer.err.text);
		}
		const struct sf_apply_line line = {
			.event = "node",
			.wave = wave->name,
			.node = node->name,
			.text = sf_str_get(&text),
		};
		sf_apply_tell(apply, SF_APPLY_STATE, &line, NULL);
		sf_str_finish(&text);
		if (answer.word != SF_APPLY_OK && !answer.heard) {
			break;
		}
	}
	sf_apply_seen_finish(&seen);
}

void sf_apply_state(struct sf_apply *apply)
{
	for (size_t w = 0; w < apply->plan->n_waves; w++) {
		const struct sf_apply_wave *wave = &apply->plan->wave[w];
		enum sf_apply_mode mode = apply->past.mode[w];
		bool stays = wave->n_nodes > 0 && wave->node[0].stays;
		const struct sf_apply_line line = {
			.event = "wave",
			.wave = wave->name,
			.text = stays && mode == SF_APPLY_UNDONE ? "stopped" : words[mode],
		};
		sf_apply_tell(apply, SF_APPLY_STATE, &line, NULL);
		if (mode == SF_APPLY_FORWARD || mode == SF_APPLY_COMMITTED ||
		    mode == SF_APPLY_BACK) {
			tell_nodes(apply, wave);
		}
	}
}
