/* ties: what binds the service to the API server: watches, the binder, the lease. */
// SPDX-License-Identifier: Apache-2.0
#include "ties.h"

#include "handlers.h"

#include <slicefit/clock.h>
#include <slicefit/error.h>
#include <slicefit/log.h>

#include <unistd.h>

static uint64_t seed(void)
{
	return sf_clock_ns() * 1000003 + (uint64_t)getpid();
}

static void on_leader(void *ctx, const struct sf_lease_view *view)
{
	(void)ctx;
	sf_log_with(SF_LOG_INFO, view->leads ? "leading" : "following",
	            SF_LOG_FIELDS({"leader", .text = view->holder}));
}

static void on_trouble(void *ctx, const char *text)
{
	(void)ctx;
	sf_log_with(SF_LOG_WARN, "lease", SF_LOG_FIELDS({"error", .text = text}));
}

static int start_lease(struct sf_service *service, const struct sf_service_options *options,
                       struct sf_error *err)
{
	char identity[SF_LEASE_HOLDER_MAX];
	struct sf_lease_options lease = {
		.config = options->kube,
		.space = options->lease_namespace,
		.name = options->lease_name,
		.identity = identity,
		.seed = seed(),
		.change = on_leader,
		.trouble = on_trouble,
	};
	sf_lease_identity(lease.seed, identity, sizeof(identity));
	service->lease = sf_lease_start(&lease, err);
	return service->lease != NULL ? 0 : -1;
}

int sf_ties_start(struct sf_service *service, const struct sf_service_options *options,
                  struct sf_error *err)
{
	struct sf_binder_options binder = {
		.config = options->kube,
		.seed = seed(),
		.qps = options->kube_qps,
		.burst = options->kube_burst,
	};
	if (options->kube == NULL) {
		return 0;
	}
	service->watch = sf_watch_start(&service->state, service->catalog, options->kube, err);
	if (service->watch == NULL) {
		return -1;
	}
	service->binder = sf_kube_binder_create(&binder, err);
	if (service->binder == NULL) {
		return -1;
	}
	return options->elects ? start_lease(service, options, err) : 0;
}

void sf_ties_drain(struct sf_service *service)
{
	if (service->binder != NULL) {
		sf_kube_binder_stop(service->binder, SF_BIND_DEADLINE_MS);
	}
}

/* The lease goes last: nobody else shall lead while a bind of ours is on its way. */
void sf_ties_stop(struct sf_service *service)
{
	sf_kube_binder_destroy(service->binder);
	sf_watch_stop(service->watch);
	sf_lease_stop(service->lease);
}

int sf_ties_check_lead(struct sf_service *service, struct sf_error *err)
{
	if (service->lease == NULL || sf_lease_leads(service->lease)) {
		return 0;
	}
	struct sf_lease_view view = sf_lease_view(service->lease);
	bool known = view.holder[0] != '\0';
	return sf_fail(err, SF_EUNMET, "this replica does not bind: %s%s",
	               known ? view.holder : "nobody leads yet", known ? " leads" : "");
}
