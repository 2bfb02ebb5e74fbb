/*
 * election: who leads, by the record of a Lease; no I/O, no clock. The rules are those of client-go
 * (tools/leaderelection/leaderelection.go): a record that has not changed for as long as it says may
 * be taken over, and what counts is when we saw it change, by our own clock.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_ELECTION_H
#define SF_KUBE_ELECTION_H

#include <stdbool.h>
#include <stdint.h>

enum { SF_ELECTION_NAME_MAX = 254, SF_ELECTION_TIME_MAX = 40 };

/* The spec of a Lease; "" and 0 where nothing is said. */
struct sf_election_record {
	char holder[SF_ELECTION_NAME_MAX]; /* "": nobody */
	int32_t duration_s;
	int32_t transitions;
	char acquired[SF_ELECTION_TIME_MAX]; /* RFC 3339, in UTC with microseconds */
	char renewed[SF_ELECTION_TIME_MAX];
};

struct sf_election {
	const char *identity; /* ours, unlike that of all others */
	uint32_t lease_ms;    /* what the record says when it is ours; whole seconds */
	uint32_t renew_ms;    /* < lease_ms: after this without a renewal we do not lead */
	struct sf_election_record seen;
	bool exists;             /* there is a record, and it is `seen` */
	uint64_t changed_ns;     /* when we saw it change */
	uint64_t leads_until_ns; /* 0: we do not lead */
};

enum sf_election_do {
	SF_ELECTION_WAIT,   /* another leads */
	SF_ELECTION_CREATE, /* write the draft as a new record */
	SF_ELECTION_UPDATE, /* write the draft over the record that was read */
};

/* The record as it was read at now_ns; NULL: there is none. */
enum sf_election_do sf_election_read(struct sf_election *election,
                                     const struct sf_election_record *record, uint64_t now_ns);

/* What to write; `time` is the wall clock's, for people who read the record. */
struct sf_election_record sf_election_draft(const struct sf_election *election, const char *time);

/* The draft has been written by a request that began at begun_ns: others wait for their lease from
 * a later moment on, so that counting from here is on the safe side. */
void sf_election_wrote(struct sf_election *election, const struct sf_election_record *draft,
                       uint64_t begun_ns);

/* Is the record ours, so that it can be given back? */
bool sf_election_holds(const struct sf_election *election);

/* What gives it back: nobody holds it, for a second. */
struct sf_election_record sf_election_farewell(const struct sf_election *election,
                                               const char *time);

#endif
