/* handlers: one function per route, and the service that they share. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_HANDLERS_H
#define SF_HANDLERS_H

#include "aside.h"
#include "http.h"
#include "metrics.h"
#include "ports.h"
#include "reload.h"
#include "state.h"
#include "watch.h"

#include <slicefit/extender_bind.h>
#include <slicefit/kube_binder.h>
#include <slicefit/kube_lease.h>
#include <slicefit/service.h>

struct sf_service {
	struct sf_ports ports;
	struct sf_state state;
	struct sf_watch *watch;        /* NULL: no API server */
	struct sf_kube_binder *binder; /* with it */
	struct sf_lease *lease;        /* NULL: no other replica binds */
	struct sf_reload *reload;
	struct sf_aside *aside;       /* answers what takes long */
	struct sf_recorder *recorder; /* NULL: nothing is recorded */
	struct sf_metrics metrics;
	atomic_bool draining;
	atomic_bool stopping; /* what takes long gives up */
	const struct sf_catalog *catalog;
	const struct sf_policy *policy;
	size_t max_body;
	char *catalog_file; /* or NULL */
	char *cluster;      /* its file, or NULL */
	char *prefix;       /* NULL: default */
	char *version;
	char *wishes; /* as given, or NULL */
};

/* {"error":"TEXT"} with a status. */
void sf_respond_error(struct sf_http_response *response, int status, const char *text);

/* Is everything known that decisions stand on? -1 and err before the first lists of nodes and pods are
 * complete: half of them would give away devices that are in use. */
int sf_service_known(const struct sf_service *service, struct sf_error *err);

/* Promises a pod its devices until a moment, as a bind that begins; see sf_live_bind_begin. */
int sf_service_promise(struct sf_service *service, const struct sf_extender_bind *bind,
                       uint64_t until_ns, struct sf_error *err);

/* A service without threads, clock and network that decides as the one of a record does, from its
 * START line. The catalog is borrowed. */
struct sf_service *sf_service_create_still(const struct sf_catalog *catalog,
                                           const struct sf_record_line *start,
                                           struct sf_error *err);
/* Another configuration holds for it, from its text. */
int sf_service_configure(struct sf_service *service, const char *text, struct sf_error *err);

/* A request of the scheduler that is answered with 200, for want of a better way to say that it was
 * not understood: counted and logged. */
void sf_handle_misunderstood(struct sf_service *service, const struct sf_http_request *http,
                             enum sf_verb verb, const struct sf_error *err);

void sf_handle_filter(struct sf_service *service, const struct sf_http_request *request,
                      struct sf_http_response *response);
void sf_handle_prioritize(struct sf_service *service, const struct sf_http_request *request,
                          struct sf_http_response *response);
void sf_handle_bind(struct sf_service *service, const struct sf_http_request *request,
                    struct sf_http_response *response);
void sf_handle_preempt(struct sf_service *service, const struct sf_http_request *request,
                       struct sf_http_response *response);
void sf_handle_healthz(struct sf_service *service, const struct sf_http_request *request,
                       struct sf_http_response *response);
void sf_handle_readyz(struct sf_service *service, const struct sf_http_request *request,
                      struct sf_http_response *response);
void sf_handle_leadz(struct sf_service *service, const struct sf_http_request *request,
                     struct sf_http_response *response);
void sf_handle_metrics(struct sf_service *service, const struct sf_http_request *request,
                       struct sf_http_response *response);
void sf_handle_version(struct sf_service *service, const struct sf_http_request *request,
                       struct sf_http_response *response);

void sf_handle_state(struct sf_service *service, const struct sf_http_request *request,
                     struct sf_http_response *response);
void sf_handle_explain(struct sf_service *service, const struct sf_http_request *request,
                       struct sf_http_response *response);
void sf_handle_simulate(struct sf_service *service, const struct sf_http_request *request,
                        struct sf_http_response *response);

#endif
