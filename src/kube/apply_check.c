/* apply_check: is the cluster what a roll-out assumes? And what would be done? */
// SPDX-License-Identifier: Apache-2.0
#include "apply_edit.h"
#include "apply_run.h"

#include <slicefit/error.h>
#include <slicefit/str.h>

#include <string.h>

struct look {
	struct sf_apply *apply;
	size_t wave;
	const struct sf_apply_node *node;
	struct sf_apply_seen_node *seen;
};

static int say(const struct look *look, enum sf_apply_news news, const char *event,
               const struct sf_apply_seen_pod *pod, const char *text)
{
	struct sf_str name = {0};
	if (pod != NULL) {
		sf_str_printf(&name, "%s/%s", pod->space, pod->name);
	}
	const struct sf_apply_line line = {
		.event = event,
		.wave = look->apply->plan->wave[look->wave].name,
		.node = look->node->name,
		.pod = name.text,
		.text = text,
	};
	int rc = sf_apply_tell(look->apply, news, &line, NULL);
	sf_str_finish(&name);
	return rc;
}

static void find(const struct look *look, const struct sf_apply_seen_pod *pod, const char *text)
{
	say(look, SF_APPLY_FINDING, "finding", pod, text);
}

static bool is_ready(const json_t *doc)
{
	const json_t *conditions = json_object_get(json_object_get(doc, "status"), "conditions");
	const json_t *condition;
	size_t i;
	json_array_foreach(conditions, i, condition) {
		const char *type = json_string_value(json_object_get(condition, "type"));
		const char *status = json_string_value(json_object_get(condition, "status"));
		if (type != NULL && strcmp(type, "Ready") == 0) {
			return status != NULL && strcmp(status, "True") == 0;
		}
	}
	return true;
}

/* What can be allocated is what the plan was made for; labels may differ, since those of before
 * are named as in the new ConfigMaps. A node that is as planned already is fine. */
static void check_counts(const struct look *look)
{
	const struct sf_apply_seen_node *seen = look->seen;
	struct sf_str text = {0};
	int64_t want = 0;
	const char *odd = sf_apply_seen_odd(seen, look->node, false, &want);
	bool there = seen->seen.counts && seen->seen.at != SF_APPLY_AT_BEFORE;
	if (odd != NULL && !there && !look->node->stays && !look->node->joins) {
		sf_str_printf(&text, "%s is %lld, the plan was made for %lld", odd,
		              (long long)sf_apply_seen_count(seen, odd), (long long)want);
		find(look, NULL, text.text);
	}
	sf_str_finish(&text);
}

/* Pods that the roll-out does not know. Once it has begun these are pods that came meanwhile. */
static void check_pods(const struct look *look)
{
	const struct sf_apply_seen_node *seen = look->seen;
	const struct sf_apply_options *options = &look->apply->options;
	for (size_t i = 0; i < seen->n_pods; i++) {
		const struct sf_apply_seen_pod *pod = &seen->pod[i];
		if (pod->stays) {
			find(look, pod,
			     "holds GPUs and would come back at once: it is of a "
			     "DaemonSet or of the kubelet");
		} else if (!pod->planned && seen->unplanned > 0 && !look->apply->past.begun) {
			find(look, pod, "holds GPUs, and the plan does not know it");
		}
		if (!pod->stays && !pod->returns && !options->evict_bare) {
			find(look, pod, "no controller would make it again (--evict-bare)");
		}
	}
}

static void check_node(const struct look *look)
{
	const struct sf_apply_seen *seen = &look->seen->seen;
	if (seen->gone) {
		find(look, NULL,
		     look->node->joins ? "it is to be bought, and is not there: join it under "
		                         "this name, then run this again"
		                       : "there is no such node");
		return;
	}
	if (seen->claim == SF_APPLY_OTHERS) {
		find(look, NULL, "another roll-out is changing it (annotation " SF_APPLY_NOTE ")");
	}
	if (seen->claim != SF_APPLY_FREE) {
		return;
	}
	if (!is_ready(look->seen->doc)) {
		find(look, NULL, "it is not Ready");
	}
	if (seen->mig && seen->state == SF_APPLY_WORKING) {
		find(look, NULL, "mig-manager is at work on it already");
	}
	if (look->node->stays && seen->state == SF_APPLY_FAILED) {
		find(look, NULL,
		     "mig-manager says failed: its layout may not be what the plan "
		     "was made for");
	}
	check_counts(look);
	if (!look->node->stays) {
		check_pods(look);
	}
}

/* What the API server says to a step that is only tried. `event` NULL: nobody is told of it. */
static int try_step(const struct look *look, const struct sf_apply_do *what, const char *event,
                    const char *text, struct sf_error *err)
{
	struct sf_apply *apply = look->apply;
	bool dry_run = apply->api.dry_run;
	const struct sf_apply_seen_pod *pod =
		what->verb == SF_APPLY_EVICT ? &look->seen->pod[what->holder] : NULL;
	apply->api.dry_run = true;
	struct sf_apply_answer answer = sf_apply_act(apply, look->wave, what, look->seen);
	apply->api.dry_run = dry_run;
	if (event != NULL) {
		say(look, SF_APPLY_WOULD, event, pod, text);
	}
	if (answer.word == SF_APPLY_REFUSED) {
		find(look, pod, answer.err.text);
	} else if (answer.word == SF_APPLY_BLOCKED) {
		say(look, SF_APPLY_NOTICE, "evict-later", pod, answer.err.text);
	}
	return sf_apply_heard(apply, &answer, err) < 0 ? -1 : 0;
}

/* What is waited for in the end. */
static void tell_end(const struct look *look)
{
	const struct sf_apply_node *node = look->node;
	struct sf_str text = {0};
	sf_str_append(&text, look->seen->seen.mig ? "mig.config.state success" : "");
	for (size_t i = 0; node->counted && i < node->n_counts; i++) {
		sf_str_printf(&text, "%s%s %lld", text.len > 0 ? ", " : "", node->count[i].name,
		              (long long)node->count[i].after);
	}
	say(look, SF_APPLY_WOULD, "wait", NULL, text.text);
	if (!node->stays) {
		bool stays = look->seen->seen.cordoned;
		say(look, SF_APPLY_WOULD, stays ? "leave-cordoned" : "uncordon", NULL, NULL);
	}
	sf_str_finish(&text);
}

static int try_all(const struct look *look, struct sf_error *err)
{
	const struct sf_apply_seen *seen = &look->seen->seen;
	struct sf_apply_do what = {.verb = SF_APPLY_TAKE};
	struct sf_str labels = {0};
	what.node = (size_t)(look->node - look->apply->plan->wave[look->wave].node);
	const char *take = seen->cordoned ? "keep-cordoned" : "cordon";
	int rc = try_step(look, &what, look->node->stays ? "mark" : take, NULL, err);
	what.verb = SF_APPLY_EVICT;
	for (size_t i = 0; rc == 0 && !look->node->stays && i < seen->n_holders; i++) {
		what.holder = i;
		rc = try_step(look, &what, "evict", NULL, err);
	}
	what.holder = 0;
	what.verb = SF_APPLY_LABEL;
	sf_apply_edit_words(look->node, false, &labels);
	if (rc == 0) {
		rc = try_step(look, &what, "label", labels.text, err);
		tell_end(look);
	}
	sf_str_finish(&labels);
	return rc;
}

/* Would the API server take the labels? With a dry run: and every other step? */
static int try_node(const struct look *look, struct sf_error *err)
{
	const struct sf_apply_seen *seen = &look->seen->seen;
	struct sf_apply_do what = {.verb = SF_APPLY_LABEL};
	what.node = (size_t)(look->node - look->apply->plan->wave[look->wave].node);
	if (seen->gone || seen->claim == SF_APPLY_OTHERS) {
		return 0;
	}
	return look->apply->options.execute ? try_step(look, &what, NULL, NULL, err)
	                                    : try_all(look, err);
}

static int check_wave(struct sf_apply *apply, size_t wave, struct sf_apply_seen_node *seen,
                      struct sf_error *err)
{
	const struct sf_apply_wave *plan = &apply->plan->wave[wave];
	for (size_t i = 0; i < plan->n_nodes; i++) {
		const struct look look = {apply, wave, &plan->node[i], seen};
		if (sf_apply_may_go(apply, err) < 0 ||
		    sf_apply_look(apply, look.node, !look.node->stays, seen, err) < 0) {
			return -1;
		}
		check_node(&look);
		if (try_node(&look, err) < 0) {
			return -1;
		}
	}
	return 0;
}

int sf_apply_check(struct sf_apply *apply, struct sf_error *err)
{
	struct sf_apply_seen_node seen = {0};
	int rc = 0;
	for (size_t w = 0; w < apply->plan->n_waves && rc == 0; w++) {
		enum sf_apply_mode mode = apply->past.mode[w];
		if (mode == SF_APPLY_UNTOUCHED || mode == SF_APPLY_UNDONE) {
			rc = check_wave(apply, w, &seen, err);
		}
	}
	sf_apply_seen_finish(&seen);
	return rc;
}
