/* replay_pace: how fast the pods of a replay run, and when they are done, where they contend. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REPLAY_PACE_H
#define SF_REPLAY_PACE_H

#include <stdint.h>

struct sf_replay;

/* Of a pod that runs for a limited time. */
struct sf_pace {
	double left_us;   /* work to be done after since_us: time that it takes alone */
	int64_t since_us; /* when it last changed its pace */
	double slowdown;  /* since then */
};

/* How long pods ran in their last run, and how long they would have alone. */
struct sf_stretch {
	double run_us, work_us; /* sums */
	double max;             /* of the quotients */
};

/* Makes r->pace; needs r->residents. */
void sf_pace_init(struct sf_replay *r);
void sf_pace_finish(struct sf_replay *r);

/* The pod starts alone with so much work to do; sets when it departs. sf_pace_touch follows. */
void sf_pace_start(struct sf_replay *r, uint32_t pod, int64_t work_us);

/* Pods came to the node or went: everyone there takes on the pace that is right now. */
void sf_pace_touch(struct sf_replay *r, uint32_t node);

/* The pod, which still counts as running, has done its work. */
void sf_pace_note_end(struct sf_replay *r, uint32_t pod);

/* Milli-GPUs of the node that its pods keep busy (`ctx`: the replay): of each device the sum of
 * their duties, at most all of it; of a GPU shared by fractions their parts of it. */
int64_t sf_pace_busy(void *ctx, uint32_t node);

/* What is left now of the work of a pod that runs, to the microsecond. */
int64_t sf_pace_left(const struct sf_replay *r, uint32_t pod);

#endif
