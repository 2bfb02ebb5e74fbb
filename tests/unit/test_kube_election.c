/* test_kube_election: who leads, by what is read and written at which time. */
// SPDX-License-Identifier: Apache-2.0
#include "kube/election.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

enum { ROWS_MAX = 12 };

static const uint64_t ms = 1000000;

/* What one replica ("me") sees and does. */
struct seen {
	char what;          /* r: reads the record below; n: reads that there is none; w: its draft
	                     * has been written; 0: the end */
	uint32_t at_ms;     /* w: when that request began */
	const char *holder; /* r */
	const char *renewed;
	int32_t duration_s;
	enum sf_election_do next; /* r, n */
	uint32_t leads_until_ms;  /* afterwards; 0: does not lead */
};

#define WAIT   SF_ELECTION_WAIT
#define CREATE SF_ELECTION_CREATE
#define UPDATE SF_ELECTION_UPDATE

static const struct story {
	const char *name;
	struct seen seen[ROWS_MAX];
} stories[] = {
	{"first of all",
         {{'n', 1000, "", "", 0, CREATE, 0},
          {'w', 1001, "", "", 0, 0, 11001},
          {'r', 3000, "me", "t", 15, UPDATE, 11001},
          {'w', 3001, "", "", 0, 0, 13001}}},
	{"another was first to create",
         {{'n', 1000, "", "", 0, CREATE, 0}, {'r', 3000, "you", "t1", 15, WAIT, 0}}},
	{"the holder goes silent: what counts is when we saw it change",
         {{'r', 1000, "you", "t1", 15, WAIT, 0},
          {'r', 9000, "you", "t2", 15, WAIT, 0},
          {'r', 16000, "you", "t2", 15, WAIT, 0},
          {'r', 23999, "you", "t2", 15, WAIT, 0},
          {'r', 24000, "you", "t2", 15, UPDATE, 0},
          {'w', 24001, "", "", 0, 0, 34001}}},
	{"a record from long ago waits its time, too",
         {{'r', 1000, "you", "1999", 15, WAIT, 0},
          {'r', 15999, "you", "1999", 15, WAIT, 0},
          {'r', 16000, "you", "1999", 15, UPDATE, 0}}},
	{"the record says how long it lasts; ours where it does not",
         {{'r', 1000, "you", "t", 30, WAIT, 0},
          {'r', 30999, "you", "t", 30, WAIT, 0},
          {'r', 31000, "you", "t", 30, UPDATE, 0},
          {'r', 40000, "you", "t", 0, WAIT, 0},
          {'r', 54999, "you", "t", 0, WAIT, 0},
          {'r', 55000, "you", "t", 0, UPDATE, 0}}},
	{"given back",
         {{'r', 1000, "you", "t1", 15, WAIT, 0},
          {'r', 2000, "", "t2", 1, UPDATE, 0},
          {'w', 2001, "", "", 0, 0, 12001}}},
	{"given back, and another was faster",
         {{'r', 1000, "you", "t1", 15, WAIT, 0},
          {'r', 2000, "", "t2", 1, UPDATE, 0},
          {'r', 4000, "she", "t3", 15, WAIT, 0}}},
	{"renewals fail: the lead ends by the clock, and comes back with the next",
         {{'n', 1000, "", "", 0, CREATE, 0},
          {'w', 1000, "", "", 0, 0, 11000},
          {'r', 9000, "me", "t", 15, UPDATE, 11000},
          {'r', 14000, "me", "t", 15, UPDATE, 11000},
          {'w', 14000, "", "", 0, 0, 24000}}},
	{"taken from us",
         {{'n', 1000, "", "", 0, CREATE, 0},
          {'w', 1000, "", "", 0, 0, 11000},
          {'r', 3000, "you", "t1", 15, WAIT, 0},
          {'r', 18000, "you", "t1", 15, UPDATE, 0}}},
	{"deleted under us: another may have it by now",
         {{'n', 1000, "", "", 0, CREATE, 0},
          {'w', 1000, "", "", 0, 0, 11000},
          {'n', 3000, "", "", 0, CREATE, 0},
          {'r', 5000, "you", "t1", 15, WAIT, 0}}},
	{"a request that was lost had been carried out",
         {{'n', 1000, "", "", 0, CREATE, 0},
          {'r', 3000, "me", "t", 15, UPDATE, 0},
          {'w', 3001, "", "", 0, 0, 13001}}},
};

static void check(const struct story *story)
{
	struct sf_election election = {.identity = "me", .lease_ms = 15000, .renew_ms = 10000};
	for (const struct seen *row = story->seen; row->what != 0; row++) {
		int number = (int)(row - story->seen);
		struct sf_election_record record = {.duration_s = row->duration_s};
		if (row->what == 'w') {
			record = sf_election_draft(&election, "t");
			sf_election_wrote(&election, &record, row->at_ms * ms);
			cr_assert(sf_election_holds(&election), "%s %d", story->name, number);
		} else {
			snprintf(record.holder, sizeof(record.holder), "%s", row->holder);
			snprintf(record.renewed, sizeof(record.renewed), "%s", row->renewed);
			enum sf_election_do next = sf_election_read(
				&election, row->what == 'r' ? &record : NULL, row->at_ms * ms);
			cr_assert(eq(int, (int)next, (int)row->next), "%s %d", story->name, number);
		}
		cr_assert(eq(u64, election.leads_until_ns, row->leads_until_ms * ms), "%s %d",
		          story->name, number);
	}
}

Test(kube_election, stories)
{
	for (size_t i = 0; i < sizeof(stories) / sizeof(*stories); i++) {
		check(&stories[i]);
	}
}

/* What is written over which record. */
static const struct draft {
	const char *holder; /* NULL: there is no record */
	int32_t transitions;
	const char *acquired;
	int32_t next_transitions;
} drafts[] = {
	{NULL, 0, "now", 0}, {"me", 7, "then", 7},         {"you", 7, "now", 8},
	{"", 7, "now", 8},   {"you", INT32_MAX, "now", 0},
};

Test(kube_election, drafts)
{
	for (size_t i = 0; i < sizeof(drafts) / sizeof(*drafts); i++) {
		const struct draft *row = &drafts[i];
		struct sf_election election = {.identity = "me", .lease_ms = 15000};
		struct sf_election_record record = {
			.transitions = row->transitions, .acquired = "then", .renewed = "before"};
		if (row->holder != NULL) {
			snprintf(record.holder, sizeof(record.holder), "%s", row->holder);
		}
		sf_election_read(&election, row->holder != NULL ? &record : NULL, 1);
		struct sf_election_record draft = sf_election_draft(&election, "now");
		cr_assert(eq(str, draft.holder, (char *)"me"), "row %zu", i);
		cr_assert(eq(str, draft.renewed, (char *)"now"), "row %zu", i);
		cr_assert(eq(str, draft.acquired, (char *)row->acquired), "row %zu", i);
		cr_assert(eq(int, draft.transitions, row->next_transitions), "row %zu", i);
		cr_assert(eq(int, draft.duration_s, 15), "row %zu", i);
	}
}

Test(kube_election, farewell)
{
	struct sf_election election = {.identity = "me", .lease_ms = 15000, .renew_ms = 10000};
	struct sf_election_record record = {.holder = "me", .duration_s = 15, .transitions = 3};
	cr_assert(eq(int, sf_election_holds(&election), 0));
	sf_election_read(&election, &record, 5);
	record = sf_election_farewell(&election, "now");
	cr_assert(eq(str, record.holder, (char *)""));
	cr_assert(eq(int, record.duration_s, 1));
	cr_assert(eq(int, record.transitions, 3));
	cr_assert(eq(str, record.renewed, (char *)"now"));
}

/* Several replicas, an API server that lets one of two writers through, a clock each: at no time do
 * two of them lead. Each waits as long as its dice say, and loses some answers. */
enum { REPLICAS = 4, STEPS = 20000 };

struct replica {
	char name[8];
	struct sf_election election;
	uint64_t offset_ns; /* of its clock */
	uint64_t next_ns;   /* true time of its next step */
	uint64_t version;   /* of the record that it read */
	uint64_t begun_ns;  /* by its clock; 0: it does not write */
	enum sf_election_do doing;
};

struct truth {
	struct sf_election_record record;
	uint64_t version; /* 0: there is none */
	uint64_t now_ns;
	uint64_t random;
};

static uint64_t dice(struct truth *truth, uint64_t n)
{
	truth->random = truth->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (truth->random >> 33) % n;
}

static void read_record(struct truth *truth, struct replica *replica)
{
	uint64_t own_ns = truth->now_ns + replica->offset_ns;
	replica->doing = sf_election_read(&replica->election,
	                                  truth->version != 0 ? &truth->record : NULL, own_ns);
	replica->version = truth->version;
	replica->begun_ns = replica->doing != SF_ELECTION_WAIT ? own_ns : 0;
}

static void write_record(struct truth *truth, struct replica *replica)
{
	char time[SF_ELECTION_TIME_MAX];
	snprintf(time, sizeof(time), "%llu", (unsigned long long)replica->begun_ns);
	struct sf_election_record draft = sf_election_draft(&replica->election, time);
	bool wins = replica->version == truth->version;
	bool heard = dice(truth, 4) != 0;
	if (wins) {
		truth->record = draft;
		truth->version++;
	}
	if (wins && heard) {
		sf_election_wrote(&replica->election, &draft, replica->begun_ns);
	}
	replica->begun_ns = 0;
}

static int count_leaders(const struct truth *truth, const struct replica *replicas)
{
	int n = 0;
	for (int i = 0; i < REPLICAS; i++) {
		n += truth->now_ns + replicas[i].offset_ns < replicas[i].election.leads_until_ns;
	}
	return n;
}

Test(kube_election, never_two)
{
	struct truth truth = {.random = 11, .now_ns = 1};
	struct replica replicas[REPLICAS] = {0};
	int led = 0;
	for (int i = 0; i < REPLICAS; i++) {
		snprintf(replicas[i].name, sizeof(replicas[i].name), "r%u", (unsigned)i % 100u);
		replicas[i].election = (struct sf_election){
			.identity = replicas[i].name, .lease_ms = 15000, .renew_ms = 10000};
		replicas[i].offset_ns = dice(&truth, 1000) * 1000 * ms;
	}
	for (int step = 0; step < STEPS; step++) {
		struct replica *next = &replicas[0];
		for (int i = 1; i < REPLICAS; i++) {
			next = replicas[i].next_ns < next->next_ns ? &replicas[i] : next;
		}
		truth.now_ns = next->next_ns > truth.now_ns ? next->next_ns : truth.now_ns;
		if (next->begun_ns != 0) {
			write_record(&truth, next);
		} else {
			read_record(&truth, next);
		}
		/* Mostly moments, sometimes longer than any lease. */
		uint64_t wait_ms = dice(&truth, 20) == 0 ? dice(&truth, 40000) : dice(&truth, 4000);
		next->next_ns = truth.now_ns + (wait_ms + 1) * ms;
		int leaders = count_leaders(&truth, replicas);
		cr_assert(le(int, leaders, 1), "step %d", step);
		led += leaders;
	}
	cr_assert(gt(int, led, STEPS / 4));
	cr_assert(gt(int, truth.record.transitions, 20));
}
