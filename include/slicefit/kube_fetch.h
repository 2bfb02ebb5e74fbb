/* kube_fetch: all objects of a cluster that an import may use, listed once. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_FETCH_H
#define SF_KUBE_FETCH_H

struct sf_error;
struct sf_kube_config;
struct sf_manifests;
struct sf_str;

/*
 * Lists nodes, pods, controllers, quotas, priority classes, disruption budgets and what tools of GPU
 * clusters add, page by page, into `to`. Kinds that the server does not know are passed over, those
 * that it keeps from us are appended to `missing`, a line each; nodes and pods have to be readable. The
 * kinds are read one after the other, so a pod may be newer than its node.
 */
int sf_kube_fetch(const struct sf_kube_config *config, struct sf_manifests *to,
                  struct sf_str *missing, struct sf_error *err);

#endif
