/*
 * quota: the most that the pods of a namespace may ask for together.
 *
 * As with a ResourceQuota, a pod counts from its creation to its end, whether it has a place or
 * waits for one, and one that would go beyond a limit is not created: it is held, outside of the
 * queue for places, until others have ended. Those who come and those who are held pass in the
 * queue's order; a pod that does not pass holds nobody up. A pod that lost its place still counts.
 * A gang passes as a whole.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_QUOTA_H
#define SF_QUOTA_H

#include "replay_impl.h"

/* r->quota, if a workload is in a namespace with limits; else it stays NULL. */
void sf_quota_open(struct sf_replay *r);
void sf_quota_close(struct sf_replay *r);

/* Are pods of this workload limited? The others pass without a word here. */
bool sf_quota_limits(const struct sf_replay *r, uint32_t workload);

/* Does one pod of it (or gang) alone go beyond a limit? Notes which. */
bool sf_quota_never(struct sf_replay *r, uint32_t workload);

/* The pod, and with it its gang, comes: it is HELD until sf_quota_admit. */
void sf_quota_come(struct sf_replay *r, uint32_t pod);

/* The pod runs already when the replay begins: it uses its share, even beyond the limits. */
void sf_quota_grant(struct sf_replay *r, uint32_t pod);

/* Those who may pass go into the queue. */
void sf_quota_admit(struct sf_replay *r);

/* A held pod (with its gang) gives up. */
void sf_quota_give_up(struct sf_replay *r, uint32_t pod);

/* A pod that had passed is no more. */
void sf_quota_return(struct sf_replay *r, uint32_t pod);

/* Figures of the result; those still held count as held. */
void sf_quota_report(struct sf_replay *r);

#endif
