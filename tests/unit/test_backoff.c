/* Tests of the backoff: figures worked out by hand, and random steps against arrays. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_fixture.h"

#include "engine/events.h"
#include "engine/queue.h"

#include <slicefit/rng.h>
#include <slicefit/str.h>

#include <math.h>
#include <stdio.h>

TestSuite(backoff, .timeout = 60, .init = open_catalog, .fini = close_catalog);

#define KUBE "queue: {backoff: kube}\n"

/* Singles leave at 10 and 10.5 s; the pair waits for both. */
#define PAIR                                                                                       \
	"pools: [{product: A100-80GB, gpus: 2}]\nworkloads:\n"                                     \
	"- {request: {gpu: 1}, duration: 10}\n- {request: {gpu: 1}, duration: 10.5}\n"             \
	"- {request: {gpu: 2}, duration: 10, arrival: 1}\n"

static const struct {
	const char *name;
	const char *text;
	struct figure want[4];
} rows[] = {
	{"none is at once", PAIR, {{"wait_s.max", 9.5}, {"horizon_s", 20.5}}},
	{"none by name",
         "queue: {backoff: none}\n" PAIR,
         {{"wait_s.max", 9.5}, {"horizon_s", 20.5}}},
	/* Tried in vain at 1 s (sleeps till 2 s) and at 10 s (till 12 s, though there is room from
         * 10.5 s on). */
	{"kube's", KUBE PAIR, {{"wait_s.max", 11}, {"horizon_s", 22}}},
	{"other times",
         "queue: {backoff: kube, initial: 100ms, max: 150ms}\n" PAIR,
         {{"wait_s.max", 9.5}, {"horizon_s", 20.5}}},
	{"at most max",
         "queue: {backoff: kube, initial: 500ms, max: 700ms}\n" PAIR,
         {{"wait_s.max", 9.7}, {"horizon_s", 20.7}}},
	/* Who comes meanwhile goes first. */
	{"others overtake",
         KUBE PAIR "- {request: {gpu: 1}, duration: 5, arrival: 11}\n",
         {{"wait_s.max", 15}, {"horizon_s", 26}}},
	/* No try without a release: there is room from 10 s on, and that is when it is tried again. */
	{"nothing happens, nothing is tried",
         KUBE
         "pools: [{product: A100-80GB, gpus: 1}]\nworkloads:\n"
         "- {request: {gpu: 1}, duration: 10}\n- {request: {gpu: 1}, duration: 1, arrival: 1}\n",
         {{"wait_s.max", 9}, {"horizon_s", 11}}},
	{"a sleeper gives up",
         KUBE "pools: [{product: A100-80GB, gpus: 1}]\nworkloads:\n"
              "- {request: {gpu: 1}, duration: 10}\n"
              "- {request: {gpu: 1}, arrival: 1, deadline: 500ms}\n",
         {{"pods.rejected", 1}, {"horizon_s", 10}}},
	/* The pair is tried at 1 s, at 5 s, as another left at 3 s, and at 9 s: it sleeps when there
         * is room from 6 s on. At 2 s, when that other comes, no release is in sight before 5 s. */
	{"a retry stays though nothing is released yet",
         "queue: {backoff: kube, initial: 4, max: 4}\n"
         "pools: [{product: A100-80GB, gpus: 2}]\nworkloads:\n"
         "- {request: {gpu: 1}, duration: 6}\n- {request: {gpu: 2}, duration: 10, arrival: 1}\n"
         "- {request: {gpu: 1}, duration: 1, arrival: 2}\n",
         {{"wait_s.max", 8}, {"horizon_s", 19}}},
	/* The evicted starts afresh: tried at 5 s, sleeps till 6 s, and again when the other leaves. */
	{"tries are forgotten",
         KUBE "preemption: lower-priority\npools: [{product: A100-80GB, gpus: 1}]\nworkloads:\n"
              "- {request: {gpu: 1}, duration: 10}\n"
              "- {priority: 1, request: {gpu: 1}, arrival: 5, duration: 900ms}\n",
         {{"preemption.victims", 1}, {"horizon_s", 16}}},
	/* The second sleeps from 1 to 2 s. At 1.5 s the third takes one of the first's two GPUs: only
         * the try of the queue at that moment makes the second's own worth while. */
	{"a release by preemption",
         KUBE "preemption: lower-priority\npools: [{product: A100-80GB, gpus: 2}]\nworkloads:\n"
              "- {request: {gpu: 2}, duration: 100}\n"
              "- {request: {gpu: 1}, duration: 1, arrival: 1}\n"
              "- {priority: 1, request: {gpu: 1}, duration: 50, arrival: 1500ms}\n",
         {{"preemption.victims", 1}, {"wait_s.max", 1}, {"horizon_s", 151.5}}},
};

Test(backoff, matches_the_figures_worked_out_by_hand)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		expect_replay(rows[i].name, rows[i].text, rows[i].want,
		              sizeof(rows[i].want) / sizeof(rows[i].want[0]));
	}
}

enum { LINES = 6, PODS = 3000 };

struct naive {
	struct naive_pod {
		uint32_t line;
		bool waits, asleep, released;
		int tries;
		int64_t until_us;
	} pod[PODS];
	uint32_t pods;
	int64_t now_us;
};

static int32_t priority_of(uint32_t line)
{
	return (int32_t)(line % 3) - 1;
}

static void naive_wake(struct naive *naive)
{
	for (uint32_t i = 0; i < naive->pods; i++) {
		struct naive_pod *pod = &naive->pod[i];
		pod->asleep = pod->asleep && !(pod->released && pod->until_us <= naive->now_us);
	}
}

static uint32_t naive_next(struct naive *naive)
{
	uint32_t best = UINT32_MAX;
	naive_wake(naive);
	for (uint32_t i = 0; i < naive->pods; i++) {
		const struct naive_pod *pod = &naive->pod[i];
		if (pod->waits && !pod->asleep &&
		    (best == UINT32_MAX ||
		     priority_of(pod->line) > priority_of(naive->pod[best].line))) {
			best = i;
		}
	}
	return best;
}

static void naive_fail(struct naive *naive, uint32_t line)
{
	static const int64_t seconds[] = {1, 2, 4, 8, 10};
	for (uint32_t i = 0; i < naive->pods; i++) {
		struct naive_pod *pod = &naive->pod[i];
		if (pod->waits && !pod->asleep && pod->line == line) {
			pod->until_us =
				naive->now_us + 1000000 * seconds[pod->tries < 4 ? pod->tries : 4];
			pod->tries++;
			pod->asleep = true;
			pod->released = false;
		}
	}
}

static void naive_release(struct naive *naive)
{
	for (uint32_t i = 0; i < naive->pods; i++) {
		naive->pod[i].released = true;
	}
}

/* A step of both; how likely each kind is does not matter much. */
static void step(struct sf_queue *queue, struct naive *naive, struct sf_rng *rng, uint32_t next)
{
	uint64_t lot = sf_rng_below(rng, 12);
	uint32_t any = naive->pods > 0 ? (uint32_t)sf_rng_below(rng, naive->pods) : 0;
	if (lot < 3) {
		uint32_t line = (uint32_t)sf_rng_below(rng, LINES);
		naive->pod[naive->pods] = (struct naive_pod){.line = line, .waits = true};
		sf_queue_add(queue, line, naive->pods++);
	} else if (lot < 4 && naive->pods > 0) { /* gives up, or comes back with all forgotten */
		struct naive_pod *pod = &naive->pod[any];
		if (pod->waits) {
			sf_queue_remove(queue, pod->line, any);
		} else {
			sf_queue_add(queue, pod->line, any);
		}
		*pod = (struct naive_pod){.line = pod->line, .waits = !pod->waits};
	} else if (lot < 5 && next != UINT32_MAX) {
		sf_queue_remove(queue, naive->pod[next].line, next);
		naive->pod[next] = (struct naive_pod){.line = naive->pod[next].line};
	} else if (lot < 8 && next != UINT32_MAX) {
		naive_fail(naive, naive->pod[next].line);
		sf_queue_fail(queue, naive->pod[next].line);
	} else if (lot < 9) {
		naive_release(naive);
		naive_wake(naive);
		sf_queue_release(queue);
	} else {
		naive->now_us += (int64_t)sf_rng_below(rng, 3) * 500000;
		sf_queue_set_time(queue, naive->now_us);
	}
}

Test(backoff, random_steps_agree_with_a_scan)
{
	static struct sf_workload workload[LINES];
	static struct naive naive;
	struct sf_scenario scenario = {
		.n_workloads = LINES,
		.workload = workload,
		.backoff_initial_s = 1,
		.backoff_max_s = 10,
	};
	struct sf_events events = {0};
	struct sf_event event;
	struct sf_rng rng;
	uint32_t due = 0;
	for (uint32_t i = 0; i < LINES; i++) {
		workload[i].priority = priority_of(i);
	}
	struct sf_queue *queue = sf_queue_create(&scenario, NULL);
	sf_queue_back_off(queue, PODS, &scenario, &events);
	sf_rng_seed(&rng, 4, 0);
	while (naive.pods < PODS) {
		/* What is announced is what would happen. */
		while (sf_events_peek(&events, &event) && event.time_us <= naive.now_us) {
			sf_events_pop(&events, &event);
			const struct naive_pod *pod = &naive.pod[event.pod];
			bool want = event.time_us == naive.now_us && pod->asleep &&
			            pod->until_us == naive.now_us && pod->released;
			if (event.time_us == naive.now_us) {
				cr_assert(want == sf_queue_is_due(queue, event.pod, event.time_us));
				due += want;
			}
		}
		uint32_t next = naive_next(&naive);
		cr_assert(eq(u32, sf_queue_next(queue), next));
		step(queue, &naive, &rng, next);
	}
	cr_expect(gt(u32, due, 100));
	sf_queue_destroy(queue);
	sf_events_finish(&events);
}

static const struct {
	const char *text;
	const char *message;
} refused[] = {
	{"queue: {}", "s.yaml:1:8: expected backoff: kube or backoff: none"},
	{"queue: {backoff: yes}", "s.yaml:1:18: expected backoff: kube or backoff: none"},
	{"queue: {backof: kube}", "s.yaml:1:9: unknown key 'backof', did you mean 'backoff'?"},
	{"queue: {backoff: none, max: 5}",
         "s.yaml:1:24: without backoff: kube there is nothing to set"},
	{"queue: {backoff: kube, initial: 20}",
         "s.yaml:1:8: expected 1ms <= initial <= max: {backoff: kube, initial: 1s, max: 10s}"},
	{"queue: {backoff: kube, initial: 0}",
         "s.yaml:1:8: expected 1ms <= initial <= max: {backoff: kube, initial: 1s, max: 10s}"},
};

Test(backoff, says_what_is_wrong)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		char text[256];
		snprintf(text, sizeof(text),
		         "%s\npools: [{product: T4}]\nworkloads: [{request: {gpu: 1}}]\n",
		         refused[i].text);
		expect_refused(text, refused[i].message);
	}
}

Test(backoff, is_read_and_written)
{
	struct sf_error err = {0};
	struct sf_str text = {0};
	struct sf_scenario *a =
		scenario_of("queue: {backoff: kube, initial: 2500ms, max: 1m}\n"
	                    "pools: [{product: T4}]\nworkloads: [{request: {gpu: 1}}]\n");
	cr_assert(eq(int, sf_scenario_write(a, true, &text, &err), 0), "%s", err.text);
	struct sf_scenario *b = scenario_of(text.text);
	cr_expect(b->backs_off && b->backoff_initial_s == 2.5 && b->backoff_max_s == 60);
	sf_str_finish(&text);
	sf_scenario_destroy(a);
	sf_scenario_destroy(b);
}
