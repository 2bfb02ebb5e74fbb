/*
 * reflector: follows all objects of one kind in a Kubernetes cluster (LIST, then WATCH) and tells
 * what changes. Each object is told as added once, then modified, then deleted, also across cut
 * connections and API servers that restart.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REFLECTOR_H
#define SF_REFLECTOR_H

#include <stddef.h>
#include <stdint.h>

struct sf_error;
struct sf_kube_config;
struct sf_reflector;

enum sf_reflect_kind {
	SF_REFLECT_ADDED,
	SF_REFLECT_MODIFIED,
	SF_REFLECT_DELETED,
	SF_REFLECT_SYNCED, /* everything that was there at one moment has been told; once per list */
};

/* Borrowed for the call. */
struct sf_reflect_event {
	enum sf_reflect_kind kind;
	const char
		*space; /* "" for kinds without a namespace; NULL with SYNCED, like name and uid */
	const char *name;
	const char *uid;
	const char *object; /* ADDED and MODIFIED: its text, JSON that was checked; else NULL */
	size_t len;
};

#define SF_REFLECT_NODES "/api/v1/nodes"
#define SF_REFLECT_PODS  "/api/v1/pods"
#define SF_REFLECT_PDBS  "/apis/policy/v1/poddisruptionbudgets"
/* Before Kubernetes 1.21; until 1.24 both are there. */
#define SF_REFLECT_PDBS_BETA "/apis/policy/v1beta1/poddisruptionbudgets"

struct sf_reflect_options {
	const struct sf_kube_config *config; /* outlives the reflector */
	const char *path;                    /* of the kind, in all namespaces */
	const char
		*other; /* the same in another version, for servers without `path` (404); or NULL */
	/* Both are called on the reflector's own thread. `trouble` gets one line for each failure
	 * that is followed by a new try, and may be NULL. */
	void (*event)(void *ctx, const struct sf_reflect_event *event);
	void (*trouble)(void *ctx, const char *text);
	void *ctx;
	uint64_t seed; /* of the random part of waits: differs between processes */
	/* 0: the default. */
	uint32_t page;          /* objects of one answer; 500, as kubectl and client-go ask for */
	uint32_t retry_ms;      /* the first wait after a failure; see src/kube/retry.h */
	uint32_t retry_most_ms; /* and the longest, to twice this; 30 s */
	uint32_t answer_ms;     /* how long the server may take to begin an answer; 30 s */
	uint32_t list_ms;       /* and to end a page; 120 s */
	size_t list_bytes;      /* of one page, unpacked; 512 MiB */
	uint32_t watch_s; /* a watch is renewed after this to twice this; 300, as in client-go */
};

/* What happened so far; all but the last only grow. */
struct sf_reflect_stats {
	uint64_t lists;    /* complete ones */
	uint64_t watches;  /* begun */
	uint64_t events;   /* lines of watches, bookmarks and errors too */
	uint64_t failures; /* each followed by a wait */
	uint64_t heard_ns; /* sf_clock_ns of the last list or line; 0: none yet */
};

/* Starts the thread. NULL and err when there can be none; that the server cannot be reached is no
 * error here. */
struct sf_reflector *sf_reflector_start(const struct sf_reflect_options *options,
                                        struct sf_error *err);

/* Ends the thread at once, whatever it waits for, and frees all. Not from a callback. NULL is fine.
 */
void sf_reflector_stop(struct sf_reflector *reflector);

/* From any thread. */
struct sf_reflect_stats sf_reflector_stats(const struct sf_reflector *reflector);

#endif
