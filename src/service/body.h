/* body: a request's body while it is read, within the memory set aside for all of them. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_BODY_H
#define SF_BODY_H

#include <stdatomic.h>
#include <stddef.h>

struct sf_body_block;

/* Shared by all bodies; set `most`, the rest zero. */
struct sf_body_budget {
	size_t most;                           /* bytes of all bodies together */
	atomic_size_t held;                    /* bytes of bodies now in memory */
	_Atomic(struct sf_body_block *) spare; /* of a large body that is done, or NULL */
};

/* Frees what is kept for large bodies; after the last body was dropped. */
void sf_body_budget_finish(struct sf_body_budget *budget);

/* Zero-initialise, then set the limits. */
struct sf_body {
	char *text; /* NUL-terminated; NULL while nothing came */
	size_t len, cap;
	size_t limit;                /* most bytes */
	size_t promised;             /* Content-Length, checked against the limit; 0: unknown */
	struct sf_body_block *block; /* where a large one is */
};

/* 0, or the HTTP status of a refusal: 413 beyond the limit, 503 beyond the budget. */
int sf_body_append(struct sf_body *body, struct sf_body_budget *budget, const char *data,
                   size_t size);

/* Frees and empties it; it may be filled again. */
void sf_body_drop(struct sf_body *body, struct sf_body_budget *budget);

#endif
