/* plan_replay: what a scheduler makes of the scenario before and after a plan, with all its times. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_REPLAY_H
#define SF_PLAN_REPLAY_H

#include <slicefit/replay.h>
#include <slicefit/rollout.h>

struct sf_plan_replay {
	const char *policy; /* the scenario's first, or best-fit */
	bool timed;         /* pods come and go; else all are there at once */
	struct sf_replay_result before, after;
};

/* Replays the scenario on its own nodes, and on the planned ones with the running pods where the
 * roll-out leaves them, both with the scenario's seed. Free with sf_plan_replay_finish. */
int sf_plan_replay(const struct sf_scenario *scenario, const struct sf_rollout *rollout,
                   struct sf_plan_replay *out, struct sf_error *err);
void sf_plan_replay_finish(struct sf_plan_replay *replay);

#endif
