/*
 * reload: the configuration that holds, and its file, which may change at any time.
 *
 * One thread looks at the file's content every second: a ConfigMap is swapped by links, an editor
 * renames, a copy is written piece by piece; only the content tells for all of them. What is new is
 * tried when it has not changed for a second. What is wrong leaves the old configuration in place.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_RELOAD_H
#define SF_RELOAD_H

#include <slicefit/serve_config.h>

struct sf_error;
struct sf_reload;

struct sf_reload_status {
	bool outdated;    /* the file holds something else, which cannot be used */
	char text[256];   /* why, else "" */
	uint64_t applied; /* configurations taken over after the first */
	uint64_t refused;
};

/* Reads the file (NULL: there is none, and defaults hold). NULL and err when it is wrong. */
struct sf_reload *sf_reload_create(const char *path, struct sf_error *err);
/* Ends the thread, too; NULL is fine. */
void sf_reload_destroy(struct sf_reload *reload);

/* Starts to look. -1 when there can be no thread. */
int sf_reload_start(struct sf_reload *reload, struct sf_error *err);

/* The file shall be read now (SIGHUP): by the thread, soon. */
void sf_reload_ask(struct sf_reload *reload);

/* One look at the file, as the thread takes it; `asked` for does not wait until it rests. For the
 * thread, and for tests that have none. */
void sf_reload_look(struct sf_reload *reload, bool asked);

/* The configuration that holds: release it when the answer is written. */
struct sf_serve_config *sf_reload_acquire(struct sf_reload *reload);

struct sf_reload_status sf_reload_status(struct sf_reload *reload);

/* Reads a configuration from a file. */
struct sf_serve_config *sf_serve_config_load(const char *path, struct sf_error *err);

#endif
