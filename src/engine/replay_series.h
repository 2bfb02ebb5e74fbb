/* replay_series: the rows over time of a replay that somebody asked for. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REPLAY_SERIES_H
#define SF_REPLAY_SERIES_H

#include <stdint.h>

struct sf_error;
struct sf_replay;

/* Makes r->out.series when the replay's watch wants one. */
void sf_series_open(struct sf_replay *r);

/* The rows up to `time_us` (excluded; SF_TIME_MAX: the replay is over at r->now_us), which are told
 * when it is known that nothing else happens before. */
int sf_series_until(struct sf_replay *r, int64_t time_us, struct sf_error *err);

#endif
