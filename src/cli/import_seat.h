/* import_seat: running pods of an import, as far as their nodes have room for them. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_IMPORT_SEAT_H
#define SF_IMPORT_SEAT_H

struct sf_error;
struct sf_scenario;
struct sf_str;

/*
 * Takes out the running pods that the model finds no room for on their nodes, so that the scenario can
 * be replayed: a GPU that has become unhealthy under a pod is no longer allocatable, and what the
 * kubelet starts by itself nobody has counted. Says in `told` how many, and why the first one.
 */
int sf_import_seat(struct sf_scenario *scenario, struct sf_str *told, struct sf_error *err);

#endif
