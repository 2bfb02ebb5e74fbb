/*
 * known: which objects a watcher has told about, so that it tells of each as added once, then
 * modified, then deleted, whatever was missed while the connection was down.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_KNOWN_H
#define SF_KUBE_KNOWN_H

#include <stddef.h>
#include <stdint.h>

struct sf_known;
struct sf_kube_meta;

enum sf_known_change {
	SF_KNOWN_NEW,
	SF_KNOWN_CHANGED,
	SF_KNOWN_SAME,     /* this very version was told */
	SF_KNOWN_REPLACED, /* another object of this name: the old one has gone */
};

struct sf_known *sf_known_create(void);
void sf_known_destroy(struct sf_known *known);
size_t sf_known_count(const struct sf_known *known);

/* The object is there. When it is REPLACED, *old_uid is the uid of the one before (free it), else
 * NULL. */
enum sf_known_change sf_known_see(struct sf_known *known, const struct sf_kube_meta *meta,
                                  char **old_uid);

/* The object has gone: the uid it was known by (free it), or NULL when it was not known. */
char *sf_known_forget(struct sf_known *known, const char *space, const char *name);

/* From here on a list is read: those not seen till sf_known_sweep have gone. A list that was begun
 * and not swept does no harm. */
void sf_known_begin(struct sf_known *known);

/* Forgets what was not seen since sf_known_begin and tells each. Returns how many. */
size_t sf_known_sweep(struct sf_known *known,
                      void (*gone)(void *ctx, const char *space, const char *name, const char *uid),
                      void *ctx);

#endif
