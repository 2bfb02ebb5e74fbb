/* ties: what binds the service to the API server: watches, the binder, the lease. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_TIES_H
#define SF_TIES_H

struct sf_error;
struct sf_service;
struct sf_service_options;

/* Starts what options->kube asks for (nothing when it is NULL). Stop them also after -1. */
int sf_ties_start(struct sf_service *service, const struct sf_service_options *options,
                  struct sf_error *err);

/* Binds that were begun end, or are given up after a few seconds; none is begun any more. */
void sf_ties_drain(struct sf_service *service);
void sf_ties_stop(struct sf_service *service);

/* -1 and err when another replica binds. */
int sf_ties_check_lead(struct sf_service *service, struct sf_error *err);

#endif
