/* running: the pods of a scenario that run already, put on the nodes of a cluster. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_RUNNING_H
#define SF_RUNNING_H

#include <slicefit/filter.h>
#include <slicefit/scenario.h>

/*
 * Puts all running pods of the scenario on a cluster that sf_scenario_cluster made of it, each with
 * its workload's index as its tag, and cordons the nodes of cordoned pools. -1 and "workload W: pod P
 * cannot run on node N: why" when one does not fit: a cluster never holds more than it has. Which
 * devices of its node a pod holds is not known; it gets those that the device plugin would choose. Where
 * pods may run (sf_workload.rule) is not asked, as Kubernetes does not ask it of pods that run.
 */
int sf_running_fill(const struct sf_scenario *scenario, struct sf_cluster *cluster,
                    struct sf_error *err);

/* A part of that: places pod `pod` of the cluster, pending, which is pod `which` of those that run there. */
int sf_running_place(struct sf_cluster *cluster, const struct sf_running *running, uint32_t which,
                     uint32_t pod, struct sf_grant *grant, struct sf_error *err);
#endif
