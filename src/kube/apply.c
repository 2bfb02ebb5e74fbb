/* apply: carries a roll-out out on a cluster, one wave at a time. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/apply.h>

#include "apply_edit.h"
#include "apply_run.h"

#include <slicefit/alloc.h>
#include <slicefit/clock.h>
#include <slicefit/error.h>
#include <slicefit/kube_config.h>
#include <slicefit/kube_http.h>
#include <slicefit/kube_lease.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	LOOK_FIRST_MS = 250, /* between two looks, doubled as long as nothing happens */
	LOOK_MOST_MS = 2500,
	LEASE_S = 30, /* one that nobody renews runs out after 15 s */
	HOST_MAX = 128,
};

#define LEASE "slicefit-apply"

int sf_apply_tell(struct sf_apply *apply, enum sf_apply_news news, const struct sf_apply_line *line,
                  struct sf_error *err)
{
	const struct sf_apply_options *options = &apply->options;
	int rc = 0;
	if (news == SF_APPLY_DOING && apply->log != NULL) {
		rc = sf_apply_log_add(apply->log, line, options->now_us(), err);
	}
	apply->findings += news == SF_APPLY_FINDING;
	options->say(options->ctx, news, line);
	return rc;
}

static void on_trouble(void *ctx, const char *text)
{
	struct sf_apply *apply = ctx;
	pthread_mutex_lock(&apply->lock);
	sf_fail(&apply->lease_err, SF_EIO, "%s", text);
	pthread_mutex_unlock(&apply->lock);
}

/* The lock of the log is this host's; the Lease keeps other hosts away. The same folder has the same
 * identity, so that nobody waits for a program that was killed. */
static struct sf_lease *start_lease(struct sf_apply *apply, struct sf_error *err)
{
	const struct sf_apply_plan *plan = apply->plan;
	const char *space = apply->options.lease_space;
	char host[HOST_MAX] = "", file[HOST_MAX];
	gethostname(host, sizeof(host) - 1);
	sf_apply_log_identity(apply->log, file, sizeof(file));
	snprintf(apply->identity, sizeof(apply->identity), "%.100s_%.120s", host, file);
	const struct sf_lease_options options = {
		.config = apply->options.config,
		.space = space == NULL && plan->n_objects > 0 ? plan->object[0].space : space,
		.name = LEASE,
		.identity = apply->identity,
		.seed = apply->options.seed,
		.trouble = on_trouble,
		.ctx = apply,
	};
	return sf_lease_start(&options, err);
}

/* Somebody has it, or it cannot be asked for. */
static int fail_lease(struct sf_apply *apply, const struct sf_lease_view *view,
                      struct sf_error *err)
{
	if (view->holder[0] != '\0') {
		return sf_fail(err, SF_EIO,
		               "another slicefit apply is at work: the Lease " LEASE
		               " is held by '%.120s'",
		               view->holder);
	}
	pthread_mutex_lock(&apply->lock);
	*err = apply->lease_err;
	pthread_mutex_unlock(&apply->lock);
	return sf_wrap(err, "the Lease " LEASE);
}

static int take_lease(struct sf_apply *apply, struct sf_error *err)
{
	uint32_t limit_s = apply->options.silence_s < LEASE_S ? apply->options.silence_s : LEASE_S;
	uint64_t end_ns = sf_clock_ns() + limit_s * UINT64_C(1000000000);
	struct sf_lease *lease = start_lease(apply, err);
	bool said = false;
	int rc = lease != NULL ? 0 : -1;
	while (rc == 0 && !sf_lease_leads(lease)) {
		struct sf_lease_view view = sf_lease_view(lease);
		const struct sf_apply_line line = {.event = "wait", .text = "for the Lease " LEASE};
		if (view.holder[0] != '\0' && !said) {
			said = sf_apply_tell(apply, SF_APPLY_WAITING, &line, err) == 0;
		}
		apply->heard_ns = sf_clock_ns();
		rc = sf_apply_pause(apply, 0, err);
		if (rc == 0 && sf_clock_ns() >= end_ns) {
			rc = fail_lease(apply, &view, err);
		}
	}
	apply->lease = lease;
	return rc;
}

/* The node with the roll-out's taint, or without. */
static int set_taint(struct sf_apply *apply, const struct sf_apply_node *node, bool on,
                     struct sf_apply_seen_node *seen, struct sf_error *err)
{
	int rc;
	do {
		if (sf_apply_look(apply, node, false, seen, err) < 0) {
			return -1;
		}
		bool there = seen->doc != NULL && seen->seen.claim == SF_APPLY_FREE;
		const struct sf_apply_taint *taint = &apply->plan->taint;
		json_t *patch = there ? sf_apply_edit_taint(taint, seen, on) : NULL;
		if (patch == NULL) {
			return 0;
		}
		struct sf_apply_answer answer =
			sf_apply_api_patch_node(&apply->api, node->name, patch);
		json_decref(patch);
		if (answer.word == SF_APPLY_REFUSED) {
			*err = answer.err;
			return sf_wrap(err, "node %s", node->name);
		}
		rc = sf_apply_heard(apply, &answer, err);
	} while (rc == 1);
	return rc;
}

/* Is it between two states? */
static bool is_open(const struct sf_apply *apply, size_t wave)
{
	enum sf_apply_mode mode = apply->past.mode[wave];
	return mode == SF_APPLY_FORWARD || mode == SF_APPLY_COMMITTED || mode == SF_APPLY_BACK;
}

static bool is_to_come(const struct sf_apply *apply, size_t wave)
{
	return !is_open(apply, wave) && apply->past.mode[wave] != SF_APPLY_DONE;
}

/* Nodes whose turn has not come get the taint, so that pods rather go elsewhere; or lose it. */
static int set_taints(struct sf_apply *apply, bool on, struct sf_error *err)
{
	const struct sf_apply_plan *plan = apply->plan;
	const struct sf_apply_line line = {.event = on ? "taint" : "untaint",
	                                   .text = plan->taint.key};
	struct sf_apply_seen_node seen = {0};
	if (plan->taint.key == NULL) {
		return 0;
	}
	int rc = sf_apply_tell(apply, SF_APPLY_DOING, &line, err);
	for (size_t w = 0; w < plan->n_waves && rc == 0; w++) {
		size_t n = is_to_come(apply, w) ? plan->wave[w].n_nodes : 0;
		for (size_t i = 0; i < n && rc == 0 && !plan->wave[w].node[i].stays; i++) {
			rc = set_taint(apply, &plan->wave[w].node[i], on, &seen, err);
		}
	}
	sf_apply_seen_finish(&seen);
	return rc;
}

/* Looks around; with `execute` the roll-out has begun when this has succeeded. */
static int begin(struct sf_apply *apply, struct sf_error *err)
{
	const struct sf_apply_options *options = &apply->options;
	const struct sf_apply_line line = {.event = "begin", .text = options->dir};
	if (sf_apply_check(apply, err) < 0) {
		return -1;
	}
	if (apply->findings > 0 && !options->allow_drift) {
		return sf_fail(
			err, SF_EUNMET,
			"the cluster is not as the roll-out assumes (%u findings): nothing %s",
			apply->findings, options->execute ? "more was begun" : "was begun");
	}
	if (!options->execute || apply->past.begun) {
		return 0;
	}
	apply->past.begun = true;
	return sf_apply_tell(apply, SF_APPLY_DOING, &line, err);
}

/* Of those that --waves counts: labels alone do not make a wave. */
static bool is_counted(const struct sf_apply *apply, size_t wave)
{
	const struct sf_apply_wave *plan = &apply->plan->wave[wave];
	return plan->n_nodes == 0 || !plan->node[0].stays;
}

static int run_waves(struct sf_apply *apply, uint32_t most, struct sf_error *err)
{
	for (size_t w = 0; w < apply->plan->n_waves; w++) {
		bool counted = is_counted(apply, w);
		if (apply->past.mode[w] == SF_APPLY_DONE) {
			continue;
		}
		if (counted && most-- == 0) {
			break;
		}
		if (sf_apply_wave(apply, w, err) < 0) {
			return -1;
		}
	}
	return 0;
}

/* Waves that an earlier run left between two states come first, whatever the others look like.
 * *n: how many of those that count. */
static int finish_open(struct sf_apply *apply, uint32_t *n, struct sf_error *err)
{
	*n = 0;
	for (size_t w = 0; w < apply->plan->n_waves; w++) {
		if (!is_open(apply, w)) {
			continue;
		}
		*n += is_counted(apply, w);
		if (sf_apply_wave(apply, w, err) < 0) {
			return -1;
		}
	}
	return 0;
}

static int execute(struct sf_apply *apply, struct sf_error *err)
{
	uint32_t most = apply->options.max_waves > 0 ? apply->options.max_waves : UINT32_MAX;
	uint32_t n;
	if (take_lease(apply, err) < 0 || finish_open(apply, &n, err) < 0) {
		return -1;
	}
	if (apply->options.roll_back) {
		return set_taints(apply, false, err);
	}
	if (n >= most) {
		return 0;
	}
	return begin(apply, err) < 0 || sf_apply_objects(apply, err) < 0 ||
	                       set_taints(apply, true, err) < 0 ||
	                       run_waves(apply, most - n, err) < 0
	               ? -1
	               : 0;
}

/* What would be done, and whether the API server would let it. */
static int dry_run(struct sf_apply *apply, struct sf_error *err)
{
	return sf_apply_objects(apply, err) < 0 || begin(apply, err) < 0 ? -1 : 0;
}

/* The version of evictions, as soon as somebody answers. */
static int discover(struct sf_apply *apply, struct sf_error *err)
{
	int rc;
	do {
		struct sf_apply_answer answer = sf_apply_api_discover(&apply->api);
		if (answer.word == SF_APPLY_REFUSED) {
			*err = answer.err;
			return sf_wrap(err, "GET /api/v1");
		}
		rc = sf_apply_heard(apply, &answer, err);
	} while (rc == 1);
	return rc;
}

int sf_apply_run(struct sf_apply *apply, struct sf_error *err)
{
	struct sf_error reason = {0};
	apply->heard_ns = sf_clock_ns();
	int rc = discover(apply, &reason);
	if (rc == 0) {
		rc = apply->options.execute ? execute(apply, &reason) : dry_run(apply, &reason);
	}
	if (rc < 0 && err != NULL) {
		*err = reason;
	}
	if (apply->past.begun || apply->options.execute) {
		sf_apply_state(apply);
	}
	return rc;
}

struct sf_apply *sf_apply_create(const struct sf_apply_options *options, struct sf_error *err)
{
	struct sf_apply *apply = sf_xcalloc(1, sizeof(*apply));
	apply->options = *options;
	apply->plan = options->plan;
	apply->pace = (struct sf_retry){
		.first_ms = LOOK_FIRST_MS,
		.most_ms = LOOK_MOST_MS,
		.calm_ms = UINT32_MAX,
	};
	sf_rng_seed(&apply->pace.rng, options->seed, 0);
	pthread_mutex_init(&apply->lock, NULL);
	apply->api = (struct sf_apply_api){.force = options->force, .dry_run = !options->execute};
	if (sf_apply_log_open(options->dir, options->plan, options->execute, &apply->past,
	                      &apply->log, err) < 0) {
		sf_apply_destroy(apply);
		return NULL;
	}
	apply->api.http = sf_kube_http_create(options->config, err);
	apply->waiter = apply->api.http != NULL ? sf_kube_http_create(options->config, err) : NULL;
	if (apply->waiter == NULL) {
		sf_apply_destroy(apply);
		return NULL;
	}
	return apply;
}

void sf_apply_stop(struct sf_apply *apply)
{
	atomic_store(&apply->stopped, true);
	sf_kube_http_stop(apply->waiter);
}

void sf_apply_destroy(struct sf_apply *apply)
{
	if (apply == NULL) {
		return;
	}
	sf_lease_stop(apply->lease);
	sf_kube_http_destroy(apply->api.http);
	sf_kube_http_destroy(apply->waiter);
	sf_apply_log_close(apply->log);
	sf_apply_past_finish(&apply->past);
	pthread_mutex_destroy(&apply->lock);
	free(apply->try);
	free(apply);
}
