/* known: which objects a watcher has told about. */
// SPDX-License-Identifier: Apache-2.0
#include "known.h"

#include "event.h"

#include <slicefit/alloc.h>
#include <slicefit/hash.h>

#include <stdlib.h>
#include <string.h>

enum { BUCKETS_FIRST = 64 };

struct entry {
	struct entry *next;
	uint64_t hash;
	uint64_t round; /* of the list in which it was last seen */
	char *version;  /* only compared for equality */
	const char *space, *name, *uid;
	char text[]; /* the three of them */
};

struct sf_known {
	struct entry **bucket;
	size_t buckets; /* a power of two */
	size_t count;
	uint64_t round;
};

struct sf_known *sf_known_create(void)
{
	struct sf_known *known = sf_xcalloc(1, sizeof(*known));
	known->buckets = BUCKETS_FIRST;
	known->bucket = sf_xcalloc(known->buckets, sizeof(*known->bucket));
	return known;
}

static void free_entry(struct entry *entry)
{
	free(entry->version);
	free(entry);
}

void sf_known_destroy(struct sf_known *known)
{
	if (known == NULL) {
		return;
	}
	for (size_t i = 0; i < known->buckets; i++) {
		for (struct entry *entry = known->bucket[i], *next; entry != NULL; entry = next) {
			next = entry->next;
			free_entry(entry);
		}
	}
	free(known->bucket);
	free(known);
}

size_t sf_known_count(const struct sf_known *known)
{
	return known->count;
}

static uint64_t hash_of(const char *space, const char *name)
{
	return sf_hash(sf_hash(0, space, strlen(space)), name, strlen(name));
}

static struct entry **bucket_of(const struct sf_known *known, uint64_t hash)
{
	return &known->bucket[hash & (known->buckets - 1)];
}

/* Where the pointer to the entry is, or the NULL at the end of its chain. */
static struct entry **find(const struct sf_known *known, const char *space, const char *name)
{
	uint64_t hash = hash_of(space, name);
	struct entry **at = bucket_of(known, hash);
	while (*at != NULL && ((*at)->hash != hash || strcmp((*at)->name, name) != 0 ||
	                       strcmp((*at)->space, space) != 0)) {
		at = &(*at)->next;
	}
	return at;
}

static void grow(struct sf_known *known)
{
	struct entry **old = known->bucket;
	size_t n = known->buckets;
	known->buckets = n * 2;
	known->bucket = sf_xcalloc(known->buckets, sizeof(*known->bucket));
	for (size_t i = 0; i < n; i++) {
		for (struct entry *entry = old[i], *next; entry != NULL; entry = next) {
			next = entry->next;
			struct entry **at = bucket_of(known, entry->hash);
			entry->next = *at;
			*at = entry;
		}
	}
	free(old);
}

static struct entry *create_entry(const struct sf_kube_meta *meta)
{
	size_t space = strlen(meta->space) + 1;
	size_t name = strlen(meta->name) + 1;
	size_t uid = strlen(meta->uid) + 1;
	struct entry *entry = sf_xcalloc(1, sizeof(*entry) + space + name + uid);
	entry->space = memcpy(entry->text, meta->space, space);
	entry->name = memcpy(entry->text + space, meta->name, name);
	entry->uid = memcpy(entry->text + space + name, meta->uid, uid);
	entry->hash = hash_of(meta->space, meta->name);
	entry->version = sf_xstrdup(meta->version);
	return entry;
}

static void take_out(struct sf_known *known, struct entry **at)
{
	struct entry *entry = *at;
	*at = entry->next;
	known->count--;
	free_entry(entry);
}

enum sf_known_change sf_known_see(struct sf_known *known, const struct sf_kube_meta *meta,
                                  char **old_uid)
{
	enum sf_known_change change = SF_KNOWN_NEW;
	struct entry **at = find(known, meta->space, meta->name);
	*old_uid = NULL;
	if (*at != NULL && strcmp((*at)->uid, meta->uid) == 0) {
		struct entry *entry = *at;
		entry->round = known->round;
		if (strcmp(entry->version, meta->version) == 0) {
			return SF_KNOWN_SAME;
		}
		free(entry->version);
		entry->version = sf_xstrdup(meta->version);
		return SF_KNOWN_CHANGED;
	}
	if (*at != NULL) {
		*old_uid = sf_xstrdup((*at)->uid);
		take_out(known, at);
		change = SF_KNOWN_REPLACED;
	}
	if (known->count == known->buckets) {
		grow(known);
	}
	struct entry *entry = create_entry(meta);
	at = bucket_of(known, entry->hash);
	entry->round = known->round;
	entry->next = *at;
	*at = entry;
	known->count++;
	return change;
}

char *sf_known_forget(struct sf_known *known, const char *space, const char *name)
{
	struct entry **at = find(known, space, name);
	if (*at == NULL) {
		return NULL;
	}
	char *uid = sf_xstrdup((*at)->uid);
	take_out(known, at);
	return uid;
}

void sf_known_begin(struct sf_known *known)
{
	known->round++;
}

size_t sf_known_sweep(struct sf_known *known,
                      void (*gone)(void *ctx, const char *space, const char *name, const char *uid),
                      void *ctx)
{
	size_t before = known->count;
	for (size_t i = 0; i < known->buckets; i++) {
		struct entry **at = &known->bucket[i];
		while (*at != NULL) {
			if ((*at)->round == known->round) {
				at = &(*at)->next;
				continue;
			}
			gone(ctx, (*at)->space, (*at)->name, (*at)->uid);
			take_out(known, at);
		}
	}
	return before - known->count;
}
