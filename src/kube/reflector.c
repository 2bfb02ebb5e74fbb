/* reflector: follows all objects of one kind in a Kubernetes cluster. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/reflector.h>

#include "event.h"
#include "known.h"
#include "lines.h"
#include "retry.h"

#include <slicefit/alloc.h>
#include <slicefit/clock.h>
#include <slicefit/error.h>
#include <slicefit/kube_call.h>
#include <slicefit/str.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
	PAGE = 500,
	ANSWER_MS = 30000,
	LIST_MS = 120000,
	WATCH_S = 300,
	CONNECT_MS = 10000,
	WATCH_GRACE_MS = 30000, /* for the server to end a watch as it was asked to */
	LIST_BYTES_MAX = 512 << 20,
	LINE_BYTES_MAX = 16 << 20, /* etcd takes objects of 1.5 MB */
	ABSENT = 404,
	GONE = 410,
	/* A server that ends watches sooner, without a line, is not asked again without a wait. */
	SHORT_NS = 1000000000,
};

struct sf_reflector {
	struct sf_reflect_options options;
	char *path,
		*other; /* the path that is followed, and the one to try when it is not served */
	struct sf_kube_http *http;
	struct sf_known *known;
	struct sf_retry retry;
	pthread_t thread;
	char version[SF_KUBE_VERSION_MAX]; /* everything up to here has been told */
	bool whole;                        /* list without pages: they expired while being read */
	bool gone;                         /* the version is too old for a watch */
	bool absent;                       /* the last answer was that the path is not served */
	bool turned;                       /* to the other path, since the last list */
	uint32_t asked_ms;                 /* the server wants us to wait */
	uint64_t lines;                    /* of the running watch */
	_Atomic uint64_t lists, watches, events, failures, heard_ns;
};

static void tell(const struct sf_reflector *reflector, const struct sf_reflect_event *event)
{
	reflector->options.event(reflector->options.ctx, event);
}

static void tell_deleted(void *ctx, const char *space, const char *name, const char *uid)
{
	tell(ctx, &(struct sf_reflect_event){
			  .kind = SF_REFLECT_DELETED,
			  .space = space,
			  .name = name,
			  .uid = uid,
		  });
}

/* An object is there, and this is its text. */
static void see(struct sf_reflector *reflector, const struct sf_kube_meta *meta, const char *object,
                size_t len)
{
	char *old_uid;
	enum sf_known_change change = sf_known_see(reflector->known, meta, &old_uid);
	if (change == SF_KNOWN_REPLACED) {
		tell_deleted(reflector, meta->space, meta->name, old_uid);
	}
	if (change != SF_KNOWN_SAME) {
		tell(reflector, &(struct sf_reflect_event){
					.kind = change == SF_KNOWN_CHANGED ? SF_REFLECT_MODIFIED
		                                                           : SF_REFLECT_ADDED,
					.space = meta->space,
					.name = meta->name,
					.uid = meta->uid,
					.object = object,
					.len = len,
				});
	}
	free(old_uid);
}

static void forget(struct sf_reflector *reflector, const struct sf_kube_meta *meta)
{
	char *uid = sf_known_forget(reflector->known, meta->space, meta->name);
	if (uid != NULL) {
		tell_deleted(reflector, meta->space, meta->name, uid);
	}
	free(uid);
}

/* Appends a text as a value of a query (RFC 3986: unreserved characters as they are). */
static void append_value(struct sf_str *url, const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		             (c >= 'a' && c <= 'z') || strchr("-._~", c) != NULL;
		sf_str_printf(url, plain ? "%c" : "%%%02X", c);
	}
}

static void heard(struct sf_reflector *reflector)
{
	atomic_store(&reflector->heard_ns, sf_clock_ns());
}

/* A reply that is not 200, as an error. */
static int refuse(struct sf_reflector *reflector, const struct sf_kube_reply *reply,
                  struct sf_error *err)
{
	reflector->asked_ms = reply->retry_after_ms;
	reflector->absent = reply->status == ABSENT;
	sf_kube_refused(reply, err);
	return sf_wrap(err, "%s", reflector->path);
}

struct body {
	struct sf_str text;
	size_t limit;
};

static int add_body(void *ctx, const char *bytes, size_t len, struct sf_error *err)
{
	struct body *body = ctx;
	if (len > body->limit - body->text.len) {
		return sf_fail(err, SF_ELIMIT, "an answer of more than %zu bytes", body->limit);
	}
	sf_str_append_n(&body->text, bytes, len);
	return 0;
}

/* The body of one page; `next` NULL for the first. */
static int get_page(struct sf_reflector *reflector, const char *next, struct body *body,
                    struct sf_error *err)
{
	const struct sf_reflect_options *options = &reflector->options;
	struct sf_str url = {0};
	struct sf_kube_reply reply;
	sf_str_append(&url, reflector->path);
	if (!reflector->whole) {
		sf_str_printf(&url, "?limit=%u", options->page);
	}
	if (next != NULL) {
		sf_str_append(&url, "&continue=");
		append_value(&url, next);
	}
	struct sf_kube_request get = {
		.path = url.text,
		.gzip = true,
		.limits = {CONNECT_MS, options->answer_ms, options->list_ms},
		.body = add_body,
		.ctx = body,
	};
	int rc = sf_kube_http_send(reflector->http, &get, &reply, err);
	sf_str_finish(&url);
	if (rc == 0 && reply.status != 200) {
		/* A page that has expired would expire again: take all at once next time. */
		reflector->whole = reply.status == GONE && next != NULL;
		rc = refuse(reflector, &reply, err);
	}
	return rc;
}

static int see_items(struct sf_reflector *reflector, const struct sf_list_page *page,
                     struct sf_error *err)
{
	struct sf_list_items items;
	sf_list_items_begin(&items, page);
	for (size_t i = 0; sf_list_items_next(&items); i++) {
		if (sf_kube_meta_check(&items.meta, err) < 0) {
			return sf_wrap(err, "%s: items[%zu]", reflector->path, i);
		}
		see(reflector, &items.meta, items.object, items.len);
	}
	return 0;
}

/* Reads one page; *next is the token of the one after it (free it), or NULL. */
static int list_page(struct sf_reflector *reflector, char **next, struct sf_error *err)
{
	struct body body = {.limit = reflector->options.list_bytes};
	struct sf_list_page page = {0};
	int rc = get_page(reflector, *next, &body, err);
	if (rc == 0) {
		rc = sf_list_page_parse(sf_str_get(&body.text), body.text.len, &page, err);
	}
	if (rc == 0) {
		heard(reflector);
		rc = see_items(reflector, &page, err);
		free(*next);
		*next = page.next != NULL ? sf_xstrdup(page.next) : NULL;
		memcpy(reflector->version, page.version, sizeof(page.version));
	}
	sf_list_page_finish(&page);
	sf_str_finish(&body.text);
	return rc;
}

static int list(struct sf_reflector *reflector, struct sf_error *err)
{
	char *next = NULL;
	int rc;
	sf_known_begin(reflector->known);
	do {
		rc = list_page(reflector, &next, err);
	} while (rc == 0 && next != NULL);
	free(next);
	if (rc < 0) {
		return -1;
	}
	reflector->whole = reflector->gone = reflector->turned = false;
	sf_known_sweep(reflector->known, tell_deleted, reflector);
	atomic_fetch_add(&reflector->lists, 1);
	tell(reflector, &(struct sf_reflect_event){.kind = SF_REFLECT_SYNCED});
	return 0;
}

static int apply(struct sf_reflector *reflector, const struct sf_watch_line *line,
                 struct sf_error *err)
{
	if (line->kind == SF_WATCH_ERROR) {
		reflector->gone = line->status == GONE;
		return sf_fail(err, SF_EIO, "%s: the API server ends the watch with %d",
		               reflector->path, line->status);
	}
	if (line->kind != SF_WATCH_BOOKMARK) {
		if (sf_kube_meta_check(&line->meta, err) < 0) {
			return -1;
		}
		if (line->kind == SF_WATCH_DELETED) {
			forget(reflector, &line->meta);
		} else {
			see(reflector, &line->meta, line->object, line->len);
		}
	}
	memcpy(reflector->version, line->meta.version, sizeof(line->meta.version));
	return 0;
}

static int on_line(void *ctx, const char *text, size_t len, struct sf_error *err)
{
	struct sf_reflector *reflector = ctx;
	struct sf_watch_line line;
	if (sf_watch_line_parse(text, len, &line, err) < 0) {
		return -1;
	}
	reflector->lines++;
	atomic_fetch_add(&reflector->events, 1);
	heard(reflector);
	return apply(reflector, &line, err);
}

static int on_watch(void *ctx, const char *bytes, size_t len, struct sf_error *err)
{
	return sf_lines_add(ctx, bytes, len, err);
}

/* Follows one watch to its end. 0: it ended as it should, go on with the next. */
static int watch(struct sf_reflector *reflector, struct sf_error *err)
{
	const struct sf_reflect_options *options = &reflector->options;
	struct sf_str url = {0};
	struct sf_kube_reply reply;
	struct sf_lines lines = {.limit = LINE_BYTES_MAX, .line = on_line, .ctx = reflector};
	uint32_t spread = (uint32_t)sf_rng_below(&reflector->retry.rng, options->watch_s);
	uint32_t seconds = options->watch_s + spread;
	sf_str_printf(&url,
	              "%s?watch=1&allowWatchBookmarks=true&timeoutSeconds=%u&resourceVersion=",
	              reflector->path, seconds);
	append_value(&url, reflector->version);
	struct sf_kube_request get = {
		.path = url.text,
		.limits = {CONNECT_MS, options->answer_ms, seconds * 1000 + WATCH_GRACE_MS},
		.body = on_watch,
		.ctx = &lines,
	};
	uint64_t begun_ns = sf_clock_ns();
	reflector->lines = 0;
	atomic_fetch_add(&reflector->watches, 1);
	int rc = sf_kube_http_send(reflector->http, &get, &reply, err);
	sf_lines_finish(&lines);
	sf_str_finish(&url);
	if (rc == 0 && reply.status != 200) {
		reflector->gone = reply.status == GONE;
		rc = refuse(reflector, &reply, err);
	} else if (rc == 0 && reflector->lines == 0 && sf_clock_ns() - begun_ns < SHORT_NS) {
		rc = sf_fail(err, SF_EIO, "%s: the API server ends the watch at once",
		             reflector->path);
	} else if (rc == 0) {
		heard(reflector);
	}
	return rc;
}

/* After a failure: says what it was and waits. */
static void pause_after(struct sf_reflector *reflector, const struct sf_error *err)
{
	if (sf_kube_http_stopped(reflector->http)) {
		return;
	}
	uint32_t ms = sf_retry_wait_ms(&reflector->retry, sf_clock_ns());
	uint32_t asked_ms =
		reflector->asked_ms < SF_RETRY_MOST_MS ? reflector->asked_ms : SF_RETRY_MOST_MS;
	reflector->asked_ms = 0;
	atomic_fetch_add(&reflector->failures, 1);
	if (reflector->options.trouble != NULL) {
		reflector->options.trouble(reflector->options.ctx, err->text);
	}
	sf_kube_http_wait(reflector->http, ms > asked_ms ? ms : asked_ms);
}

/* After a failure: turns to the other path when this one is not served. True when that can be tried at
 * once: not while neither is served. */
static bool turn(struct sf_reflector *reflector)
{
	bool again = reflector->turned;
	if (!reflector->absent || reflector->other == NULL) {
		return false;
	}
	char *path = reflector->path;
	reflector->path = reflector->other;
	reflector->other = path;
	reflector->absent = false;
	reflector->gone = reflector->turned = true;
	return !again;
}

static void *run(void *ctx)
{
	struct sf_reflector *reflector = ctx;
	bool listed = false;
	while (!sf_kube_http_stopped(reflector->http)) {
		struct sf_error err = {0};
		bool watching = listed;
		int rc = watching ? watch(reflector, &err) : list(reflector, &err);
		bool turned = rc < 0 && turn(reflector);
		listed = (listed || rc == 0) && !reflector->gone;
		if (rc < 0 && !turned) {
			sf_wrap(&err, watching ? "watch" : "list");
			pause_after(reflector, &err);
		}
	}
	return NULL;
}

static void set_default(uint32_t *value, uint32_t otherwise)
{
	*value = *value != 0 ? *value : otherwise;
}

static void destroy(struct sf_reflector *reflector)
{
	sf_kube_http_destroy(reflector->http);
	sf_known_destroy(reflector->known);
	free(reflector->path);
	free(reflector->other);
	free(reflector);
}

struct sf_reflector *sf_reflector_start(const struct sf_reflect_options *options,
                                        struct sf_error *err)
{
	struct sf_reflector *reflector = sf_xcalloc(1, sizeof(*reflector));
	struct sf_reflect_options *own = &reflector->options;
	*own = *options;
	set_default(&own->page, PAGE);
	set_default(&own->retry_ms, SF_RETRY_FIRST_MS);
	set_default(&own->retry_most_ms, SF_RETRY_MOST_MS);
	set_default(&own->answer_ms, ANSWER_MS);
	set_default(&own->list_ms, LIST_MS);
	set_default(&own->watch_s, WATCH_S);
	own->list_bytes = own->list_bytes != 0 ? own->list_bytes : LIST_BYTES_MAX;
	reflector->path = sf_xstrdup(own->path);
	reflector->other = own->other != NULL ? sf_xstrdup(own->other) : NULL;
	reflector->known = sf_known_create();
	reflector->retry = (struct sf_retry){
		.first_ms = own->retry_ms,
		.most_ms = own->retry_most_ms,
		.calm_ms = SF_RETRY_CALM_MS,
	};
	sf_rng_seed(&reflector->retry.rng, own->seed, 0);
	reflector->http = sf_kube_http_create(own->config, err);
	if (reflector->http == NULL) {
		destroy(reflector);
		return NULL;
	}
	if (pthread_create(&reflector->thread, NULL, run, reflector) != 0) {
		sf_fail(err, SF_EIO, "%s: no thread to follow it", own->path);
		destroy(reflector);
		return NULL;
	}
	return reflector;
}

void sf_reflector_stop(struct sf_reflector *reflector)
{
	if (reflector != NULL) {
		sf_kube_http_stop(reflector->http);
		pthread_join(reflector->thread, NULL);
		destroy(reflector);
	}
}

struct sf_reflect_stats sf_reflector_stats(const struct sf_reflector *reflector)
{
	return (struct sf_reflect_stats){
		.lists = atomic_load(&reflector->lists),
		.watches = atomic_load(&reflector->watches),
		.events = atomic_load(&reflector->events),
		.failures = atomic_load(&reflector->failures),
		.heard_ns = atomic_load(&reflector->heard_ns),
	};
}
