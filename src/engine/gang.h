/*
 * gang: pods that are placed together or not at all.
 *
 * The members are placed one after the other, each where the policy wants it; when one finds no
 * place (not even by preemption, where the workload may), everything is undone. So a gang that waits
 * holds nothing. Members ask for the same, so that trying them in turn finds room for all of them
 * whenever there is, but for dynamic MIG, where one choice of devices may spoil another.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_GANG_H
#define SF_GANG_H

#include "replay_impl.h"

/* What gangs need in a replay, if the scenario has any. */
void sf_gang_open(struct sf_replay *r);
void sf_gang_close(struct sf_replay *r);

/* Would a gang of the workload fit if nothing else ran and all nodes were ready? */
bool sf_gang_fits_ever(const struct sf_replay *r, uint32_t workload);

/* Places all waiting members of the gang for which `pod` stands in the queue. 1: done, 0: not all
 * find a place, nothing has changed, -1: error. */
int sf_gang_try(struct sf_replay *r, uint32_t pod, struct sf_error *err);

#endif
