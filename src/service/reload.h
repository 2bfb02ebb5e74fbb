/*
 * reload: the configuration that holds, and its file, which may change at any time.
 *
 * Every second or two the file's content is looked at: a ConfigMap is swapped by links, an editor
 * renames, a copy is written piece by piece; only the content tells for all of them. What is new is
 * tried when two looks saw the same. What is wrong leaves the old configuration in place.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_RELOAD_H
#define SF_RELOAD_H

#include <slicefit/serve_config.h>

struct sf_error;
struct sf_reload;
struct sf_str;

struct sf_reload_status {
	bool outdated;    /* the file holds something else, which cannot be used */
	char text[256];   /* why, else "" */
	uint64_t applied; /* configurations taken over after the first */
	uint64_t refused;
};

/* Reads the file (NULL: there is none, and defaults hold). NULL and err when it is wrong. */
struct sf_reload *sf_reload_create(const char *path, struct sf_error *err);
/* NULL is fine. */
void sf_reload_destroy(struct sf_reload *reload);

/* Looks at the file; with `force` (SIGHUP) what is new is tried at once. Always by the same thread. */
void sf_reload_look(struct sf_reload *reload, bool force);

/* The configuration that holds: release it when the answer is written. */
struct sf_serve_config *sf_reload_acquire(struct sf_reload *reload);

/* Another configuration holds, from a text that `name` stands for in messages. -1 when it is wrong. */
int sf_reload_take(struct sf_reload *reload, const char *text, const char *name,
                   struct sf_error *err);

struct sf_reload_status sf_reload_status(struct sf_reload *reload);

/* Appends gauges and counters for Prometheus; nothing without a file. */
void sf_reload_write(struct sf_reload *reload, struct sf_str *out);

#endif
