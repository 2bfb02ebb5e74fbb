/* kube_lease: one leader among several replicas, by a Lease of the Kubernetes API. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_LEASE_H
#define SF_KUBE_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sf_error;
struct sf_kube_config;
struct sf_lease;

enum { SF_LEASE_HOLDER_MAX = 254 };

struct sf_lease_view {
	bool leads;                       /* we do, as of now */
	char holder[SF_LEASE_HOLDER_MAX]; /* who holds the Lease as last seen; "": nobody known */
	uint32_t transitions;             /* how often it went to another */
	uint64_t failures;                /* requests that got no answer or a wrong one */
};

/* 0 or NULL: the default, which for the times is that of client-go (kube-scheduler's flags
 * --leader-elect-lease-duration, -renew-deadline and -retry-period). */
struct sf_lease_options {
	const struct sf_kube_config *config; /* outlives the lease */
	const char *space;                   /* the config's namespace */
	const char *name;                    /* "slicefit" */
	const char *identity;                /* no default; see sf_lease_identity */
	uint64_t seed;                       /* of the random part of waits */
	uint32_t lease_ms; /* 15 s without a renewal, and another replica may lead; whole seconds */
	uint32_t renew_ms; /* 10 s without a renewal, and we do not lead any more; < lease_ms */
	uint32_t retry_ms; /* 2 s between tries; 1.2 times this is < renew_ms */
	/* Both on the thread of the lease. `change`: who leads is not who did; may be NULL.
	 * `trouble`: one line for each failure, of the farewell too (on the thread that stops); may be
	 * NULL. */
	void (*change)(void *ctx, const struct sf_lease_view *view);
	void (*trouble)(void *ctx, const char *text);
	void *ctx;
};

/* Starts the thread. NULL and err for options that cannot work; that the server cannot be reached
 * is no error here. */
struct sf_lease *sf_lease_start(const struct sf_lease_options *options, struct sf_error *err);

/* Do we lead? From any thread, cheap. Turns false by itself once the renew deadline has passed, even
 * while the thread waits for an answer. What is begun on a yes has lease_ms - renew_ms to end before
 * another replica may lead. */
bool sf_lease_leads(const struct sf_lease *lease);

/* From any thread. */
struct sf_lease_view sf_lease_view(struct sf_lease *lease);

/* We lead no more from here on; gives the Lease back if it is ours, for which it takes up to 2 s.
 * End what needs the lead before. Not from a callback. NULL is fine. */
void sf_lease_stop(struct sf_lease *lease);

/* An identity for this process: "HOST_0123456789abcdef", as client-go's users make theirs. */
void sf_lease_identity(uint64_t random, char *out, size_t size);

#endif
