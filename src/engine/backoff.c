/* backoff: pods that found no place wait before they are tried again. */
// SPDX-License-Identifier: Apache-2.0
#include "backoff.h"

#include "events.h"

#include <slicefit/alloc.h>

#include <stdlib.h>

struct sleeper {
	int64_t until_us;
	uint64_t releases; /* when it was tried last */
	uint32_t workload;
	uint32_t tries;
	bool asleep;
};

struct sf_backoff {
	int64_t initial_us, max_us;
	struct sleeper *pod;
	struct sf_events heap; /* those whose time has not passed; and some who sleep no more */
	size_t n_late, cap_late;
	uint32_t *late;         /* those whose time has passed without a release since, and such */
	uint64_t late_releases; /* as many as there were then */
};

struct sf_backoff *sf_backoff_create(uint32_t pods, int64_t initial_us, int64_t max_us)
{
	struct sf_backoff *backoff = sf_xcalloc(1, sizeof(*backoff));
	backoff->initial_us = initial_us;
	backoff->max_us = max_us;
	backoff->pod = sf_xcalloc((size_t)pods + 1, sizeof(*backoff->pod));
	return backoff;
}

void sf_backoff_destroy(struct sf_backoff *backoff)
{
	if (!backoff) {
		return;
	}
	sf_events_finish(&backoff->heap);
	free(backoff->late);
	free(backoff->pod);
	free(backoff);
}

/* calculateBackoffDuration of kube-scheduler. */
static int64_t duration_us(const struct sf_backoff *backoff, uint32_t tries)
{
	int64_t us = backoff->initial_us;
	for (uint32_t i = 1; i < tries; i++) {
		if (us > backoff->max_us - us) {
			return backoff->max_us;
		}
		us += us;
	}
	return us;
}

int64_t sf_backoff_sleep(struct sf_backoff *backoff, uint32_t workload, uint32_t pod,
                         int64_t now_us, uint64_t releases)
{
	struct sleeper *sleeper = &backoff->pod[pod];
	sleeper->tries++;
	sleeper->until_us = sf_time_add(now_us, duration_us(backoff, sleeper->tries));
	sleeper->releases = releases;
	sleeper->workload = workload;
	sleeper->asleep = true;
	sf_events_push(&backoff->heap, (struct sf_event){sleeper->until_us, 0, pod});
	return sleeper->until_us;
}

bool sf_backoff_forget(struct sf_backoff *backoff, uint32_t pod)
{
	bool slept = backoff->pod[pod].asleep;
	backoff->pod[pod] = (struct sleeper){0};
	return slept;
}

bool sf_backoff_is_due(const struct sf_backoff *backoff, uint32_t pod, int64_t time_us,
                       uint64_t releases)
{
	const struct sleeper *sleeper = &backoff->pod[pod];
	return sleeper->asleep && sleeper->until_us == time_us && sleeper->releases != releases;
}

static uint32_t rouse(struct sf_backoff *backoff, uint32_t pod, uint32_t *workload)
{
	backoff->pod[pod].asleep = false;
	*workload = backoff->pod[pod].workload;
	return pod;
}

uint32_t sf_backoff_wake(struct sf_backoff *backoff, int64_t now_us, uint64_t releases,
                         uint32_t *workload)
{
	struct sf_event next;
	while (backoff->n_late > 0 && backoff->late_releases != releases) {
		uint32_t pod = backoff->late[--backoff->n_late];
		if (backoff->pod[pod].asleep) {
			return rouse(backoff, pod, workload);
		}
	}
	backoff->late_releases = releases;
	while (sf_events_peek(&backoff->heap, &next) && next.time_us <= now_us) {
		sf_events_pop(&backoff->heap, &next);
		const struct sleeper *sleeper = &backoff->pod[next.pod];
		if (!sleeper->asleep || sleeper->until_us != next.time_us) {
			continue;
		}
		if (sleeper->releases != releases) {
			return rouse(backoff, next.pod, workload);
		}
		backoff->late = sf_xgrow(backoff->late, &backoff->cap_late, backoff->n_late + 1,
		                         sizeof(*backoff->late));
		backoff->late[backoff->n_late++] = next.pod;
	}
	return SF_BACKOFF_NONE;
}
