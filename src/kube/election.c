/* election: who leads, by the record of a Lease; no I/O, no clock. */
// SPDX-License-Identifier: Apache-2.0
#include "election.h"

#include <stdio.h>
#include <string.h>

static bool same(const struct sf_election_record *a, const struct sf_election_record *b)
{
	return a->duration_s == b->duration_s && a->transitions == b->transitions &&
	       strcmp(a->holder, b->holder) == 0 && strcmp(a->acquired, b->acquired) == 0 &&
	       strcmp(a->renewed, b->renewed) == 0;
}

bool sf_election_holds(const struct sf_election *election)
{
	return election->exists && strcmp(election->seen.holder, election->identity) == 0;
}

/* Has the holder been silent for as long as the record lets it be? */
static bool has_expired(const struct sf_election *election, uint64_t now_ns)
{
	int32_t seconds = election->seen.duration_s;
	uint64_t ms = seconds > 0 ? (uint64_t)seconds * 1000 : election->lease_ms;
	return now_ns - election->changed_ns >= ms * UINT64_C(1000000);
}

enum sf_election_do sf_election_read(struct sf_election *election,
                                     const struct sf_election_record *record, uint64_t now_ns)
{
	if (record == NULL) {
		/* Another may be the first to make a new one. */
		election->exists = false;
		election->leads_until_ns = 0;
		return SF_ELECTION_CREATE;
	}
	if (!election->exists || !same(record, &election->seen)) {
		election->seen = *record;
		election->changed_ns = now_ns;
		election->exists = true;
	}
	if (sf_election_holds(election)) {
		return SF_ELECTION_UPDATE;
	}
	election->leads_until_ns = 0;
	bool is_free = record->holder[0] == '\0' || has_expired(election, now_ns);
	return is_free ? SF_ELECTION_UPDATE : SF_ELECTION_WAIT;
}

static void set_time(char *out, const char *time)
{
	snprintf(out, SF_ELECTION_TIME_MAX, "%s", time);
}

struct sf_election_record sf_election_draft(const struct sf_election *election, const char *time)
{
	struct sf_election_record draft = {.duration_s = (int32_t)(election->lease_ms / 1000)};
	snprintf(draft.holder, sizeof(draft.holder), "%s", election->identity);
	set_time(draft.acquired, time);
	set_time(draft.renewed, time);
	if (sf_election_holds(election)) {
		set_time(draft.acquired, election->seen.acquired);
		draft.transitions = election->seen.transitions;
	} else if (election->exists && election->seen.transitions < INT32_MAX) {
		draft.transitions = election->seen.transitions + 1;
	}
	return draft;
}

void sf_election_wrote(struct sf_election *election, const struct sf_election_record *draft,
                       uint64_t begun_ns)
{
	election->seen = *draft;
	election->exists = true;
	election->changed_ns = begun_ns;
	election->leads_until_ns = begun_ns + election->renew_ms * UINT64_C(1000000);
}

struct sf_election_record sf_election_farewell(const struct sf_election *election, const char *time)
{
	struct sf_election_record draft = {
		.duration_s = 1,
		.transitions = election->seen.transitions,
	};
	set_time(draft.acquired, time);
	set_time(draft.renewed, time);
	return draft;
}
