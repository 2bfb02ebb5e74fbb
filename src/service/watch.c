/* watch: follows the nodes, pods and disruption budgets of a Kubernetes cluster and tells the state. */
// SPDX-License-Identifier: Apache-2.0
#include "watch.h"

#include "feed.h"
#include "state.h"

#include <slicefit/alloc.h>
#include <slicefit/clock.h>
#include <slicefit/error.h>
#include <slicefit/log.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

/* Seconds, to twice as many, after which a watch is renewed. Answers and promises depend on when the API
 * server was heard of last, and one that is quiet need not send bookmarks: that of Kubernetes 1.20
 * sends none until just before the end of a watch. */
enum { WATCH_S = 40 };

/* One kind; its events come on a thread of its own. */
struct follower {
	struct sf_watch *watch;
	enum sf_watched kind;
	struct sf_reflector *reflector;
	atomic_bool synced;
};

struct sf_watch {
	struct sf_state *state;
	const struct sf_catalog *catalog;
	struct follower follower[SF_WATCHED];
	/* Of budgets; not waited for. */
	struct sf_reflector *budgets;
	bool warned; /* of the budgets' thread: that they are not known was said */
};

static const struct {
	const char *name, *path;
} kinds[SF_WATCHED] = {
	[SF_WATCHED_NODES] = {"nodes", SF_REFLECT_NODES},
	[SF_WATCHED_PODS] = {"pods", SF_REFLECT_PODS},
};

const char *sf_watched_name(enum sf_watched kind)
{
	return kinds[kind].name;
}

static void see_node(struct sf_watch *watch, const struct sf_reflect_event *event)
{
	struct sf_error err = {0};
	if (event->kind == SF_REFLECT_DELETED) {
		sf_feed_node_gone(watch->state, event->name);
	} else if (sf_feed_node(watch->state, watch->catalog, event->name, event->object,
	                        event->len, &err) < 0) {
		sf_log_with(
			SF_LOG_WARN, "node-not-counted",
			SF_LOG_FIELDS({"node", .text = event->name}, {"reason", .text = err.text}));
	}
}

/* That a pod is told of before its node is nothing to warn of. */
static void see_pod(struct sf_watch *watch, const struct sf_reflect_event *event)
{
	struct sf_error err = {0};
	if (event->kind == SF_REFLECT_DELETED) {
		sf_feed_pod_gone(watch->state, event->uid);
	} else if (sf_feed_pod(watch->state, event->uid, event->object, event->len, &err) < 0) {
		sf_log_with(err.code == SF_EINVAL ? SF_LOG_WARN : SF_LOG_DEBUG, "pod-not-counted",
		            SF_LOG_FIELDS({"namespace", .text = event->space},
		                          {"pod", .text = event->name},
		                          {"reason", .text = err.text}));
	}
}

static void on_event(void *ctx, const struct sf_reflect_event *event)
{
	struct follower *follower = ctx;
	if (event->kind == SF_REFLECT_SYNCED) {
		bool first = !atomic_exchange(&follower->synced, true);
		sf_log(first ? SF_LOG_INFO : SF_LOG_DEBUG, "synced", "%s are known",
		       kinds[follower->kind].name);
	} else if (follower->kind == SF_WATCHED_NODES) {
		see_node(follower->watch, event);
	} else {
		see_pod(follower->watch, event);
	}
}

static void on_trouble(void *ctx, const char *text)
{
	const struct follower *follower = ctx;
	sf_log_with(SF_LOG_WARN, "api-server-retry",
	            SF_LOG_FIELDS({"kind", .text = kinds[follower->kind].name},
	                          {"reason", .text = text}));
}

static void on_budget(void *ctx, const struct sf_reflect_event *event)
{
	struct sf_watch *watch = ctx;
	struct sf_error err = {0};
	if (event->kind == SF_REFLECT_SYNCED) {
		sf_log(watch->warned ? SF_LOG_INFO : SF_LOG_DEBUG, "synced",
		       "disruption budgets are known");
		watch->warned = false;
	} else if (event->kind == SF_REFLECT_DELETED) {
		sf_feed_budget_gone(watch->state, event->uid);
	} else if (sf_feed_budget(watch->state, event->uid, event->object, event->len, &err) < 0) {
		sf_log_with(SF_LOG_WARN, "budget-not-counted",
		            SF_LOG_FIELDS({"namespace", .text = event->space},
		                          {"budget", .text = event->name},
		                          {"reason", .text = err.text}));
	}
}

/* What they were when last heard of holds on, and nothing waits for them: once is enough. */
static void on_budget_trouble(void *ctx, const char *text)
{
	struct sf_watch *watch = ctx;
	sf_log_with(watch->warned ? SF_LOG_DEBUG : SF_LOG_WARN, "budgets-not-followed",
	            SF_LOG_FIELDS({"reason", .text = text}));
	watch->warned = true;
}

/* Budgets are worth having and no more than that. */
static void start_budgets(struct sf_watch *watch, const struct sf_kube_config *config)
{
	struct sf_error err = {0};
	struct sf_reflect_options options = {
		.config = config,
		.path = SF_REFLECT_PDBS,
		.other = SF_REFLECT_PDBS_BETA,
		.event = on_budget,
		.trouble = on_budget_trouble,
		.ctx = watch,
		.seed = sf_clock_ns() + (uint64_t)getpid() + SF_WATCHED,
	};
	watch->budgets = sf_reflector_start(&options, &err);
	if (watch->budgets == NULL) {
		on_budget_trouble(watch, err.text);
	}
}

static int start(struct sf_watch *watch, const struct sf_kube_config *config, struct sf_error *err)
{
	for (int kind = 0; kind < SF_WATCHED; kind++) {
		struct follower *follower = &watch->follower[kind];
		struct sf_reflect_options options = {
			.config = config,
			.path = kinds[kind].path,
			.event = on_event,
			.trouble = on_trouble,
			.ctx = follower,
			.watch_s = WATCH_S,
			.seed = sf_clock_ns() + (uint64_t)getpid() + (uint64_t)kind,
		};
		follower->watch = watch;
		follower->kind = (enum sf_watched)kind;
		follower->reflector = sf_reflector_start(&options, err);
		if (follower->reflector == NULL) {
			return -1;
		}
	}
	start_budgets(watch, config);
	return 0;
}

struct sf_watch *sf_watch_start(struct sf_state *state, const struct sf_catalog *catalog,
                                const struct sf_kube_config *config, struct sf_error *err)
{
	struct sf_watch *watch = sf_xcalloc(1, sizeof(*watch));
	watch->state = state;
	watch->catalog = catalog;
	if (start(watch, config, err) < 0) {
		sf_watch_stop(watch);
		return NULL;
	}
	return watch;
}

void sf_watch_stop(struct sf_watch *watch)
{
	for (int kind = 0; watch != NULL && kind < SF_WATCHED; kind++) {
		sf_reflector_stop(watch->follower[kind].reflector);
	}
	if (watch != NULL) {
		sf_reflector_stop(watch->budgets);
	}
	free(watch);
}

bool sf_watch_synced(const struct sf_watch *watch)
{
	for (int kind = 0; kind < SF_WATCHED; kind++) {
		if (!atomic_load(&watch->follower[kind].synced)) {
			return false;
		}
	}
	return true;
}

uint64_t sf_watch_age_ns(const struct sf_watch *watch, uint64_t now_ns)
{
	uint64_t oldest = 0;
	for (int kind = 0; kind < SF_WATCHED && sf_watch_synced(watch); kind++) {
		uint64_t heard = sf_watch_stats(watch, (enum sf_watched)kind).heard_ns;
		uint64_t age = now_ns > heard ? now_ns - heard : 0;
		oldest = age > oldest ? age : oldest;
	}
	return oldest;
}

uint64_t sf_watch_heard_ns(const struct sf_watch *watch)
{
	return sf_watch_stats(watch, SF_WATCHED_PODS).heard_ns;
}

struct sf_reflect_stats sf_watch_stats(const struct sf_watch *watch, enum sf_watched kind)
{
	return sf_reflector_stats(watch->follower[kind].reflector);
}
