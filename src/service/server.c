/* server: the service's life, and the way of a request through it. */
// SPDX-License-Identifier: Apache-2.0
#include "handlers.h"

#include "live_file.h"
#include "ties.h"

#include <slicefit/alloc.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/log.h>
#include <slicefit/str.h>

#include <stdlib.h>

enum { SMALL_BODY = 1 << 20 }; /* of routes that take no large bodies */

static size_t limit(void *ctx, const char *path)
{
	const struct sf_service *service = ctx;
	const struct sf_route *route = sf_route_find(service->prefix, path);
	return route != NULL && route->large ? service->max_body : SMALL_BODY;
}

static void respond(struct sf_service *service, const struct sf_route *route,
                    const struct sf_http_request *request, struct sf_http_response *response)
{
	if (route == NULL) {
		sf_respond_error(response, 404, "no such route");
	} else if (!sf_route_takes(route, request->method)) {
		response->allow = route->post ? "POST" : "GET, HEAD";
		sf_respond_error(response, 405, "this route takes another method, see Allow");
	} else if (request->status != 0) {
		sf_respond_error(response, request->status, request->fault);
	} else {
		route->handle(service, request, response);
	}
}

static void handle(void *ctx, const struct sf_http_request *request,
                   struct sf_http_response *response)
{
	struct sf_service *service = ctx;
	respond(service, sf_route_find(service->prefix, request->path), request, response);
}

static void answered(void *ctx, const struct sf_http_request *request, int status, uint64_t ns)
{
	struct sf_service *service = ctx;
	const struct sf_route *route = sf_route_find(service->prefix, request->path);
	enum sf_verb verb = route != NULL ? route->verb : SF_VERB_OTHER;
	sf_metrics_request(&service->metrics, &(struct sf_metrics_request){
						      .verb = verb,
						      .status = status,
						      .ns = ns,
						      .bytes = request->len,
					      });
	sf_log_with(
		SF_LOG_DEBUG, "request",
		SF_LOG_FIELDS({"id", .number = request->id}, {"method", .text = request->method},
	                      {"path", .text = request->path}, {"code", .number = (uint64_t)status},
	                      {"bytes", .number = request->len}, {"us", .number = ns / 1000}));
}

static size_t probe_limit(void *ctx, const char *path)
{
	(void)ctx;
	(void)path;
	return SMALL_BODY;
}

static bool is_probe(const struct sf_route *route)
{
	return route != NULL && (route->verb == SF_VERB_HEALTHZ || route->verb == SF_VERB_READYZ ||
	                         route->verb == SF_VERB_LEADZ || route->verb == SF_VERB_METRICS);
}

/* Of the port that is for probes and Prometheus: nothing of the scheduler's. */
static void handle_probe(void *ctx, const struct sf_http_request *request,
                         struct sf_http_response *response)
{
	struct sf_service *service = ctx;
	const struct sf_route *route = sf_route_find(service->prefix, request->path);
	respond(service, is_probe(route) ? route : NULL, request, response);
}

/* The cluster to begin with: of the file, or empty. */
static struct sf_live *load(const struct sf_service *service, struct sf_error *err)
{
	return service->cluster != NULL ? sf_live_load(service->cluster, service->catalog,
	                                               &service->state.wishes, err)
	                                : sf_live_create(service->catalog);
}

static int start(struct sf_service *service, const struct sf_service_options *options,
                 struct sf_error *err)
{
	struct sf_http_handler handler = {
		.ctx = service, .limit = limit, .handle = handle, .answered = answered};
	struct sf_http_handler probes = handler;
	probes.limit = probe_limit;
	probes.handle = handle_probe;
	service->aside = sf_aside_create(err);
	if (service->aside == NULL) {
		return -1;
	}
	if (sf_ties_start(service, options, err) < 0) {
		return -1;
	}
	return sf_ports_open(&service->ports, options, &handler, &probes, err);
}

/* The cluster is `live` from now on (NULL: it stays), and the record begins anew with the files as they
 * are now. */
static int begin_record(struct sf_service *service, struct sf_live *live, struct sf_error *err)
{
	struct sf_str catalog = {0}, cluster = {0};
	int rc = 0;
	if (service->catalog_file != NULL) {
		rc = sf_file_read(service->catalog_file, SF_LIVE_FILE_MAX, &catalog, err);
	}
	if (rc == 0 && service->cluster != NULL) {
		rc = sf_file_read(service->cluster, SF_LIVE_FILE_MAX, &cluster, err);
	}
	struct sf_record_line line = {
		.kind = SF_RECORD_START,
		.version = service->version,
		.policy = service->policy->name,
		.catalog = catalog.text,
		.cluster = cluster.text,
		.wishes = service->wishes,
	};
	if (rc == 0 && live != NULL) {
		sf_state_swap(&service->state, live, &line);
	} else if (rc == 0) {
		sf_recorder_add(service->recorder, SF_TRIM_NOTHING, &line);
	}
	sf_str_finish(&catalog);
	sf_str_finish(&cluster);
	return rc;
}

static int open_record(struct sf_service *service, const char *path, struct sf_error *err)
{
	if (path == NULL) {
		return 0;
	}
	service->recorder = service->state.recorder = sf_recorder_start(path, err);
	return service->recorder != NULL ? begin_record(service, NULL, err) : -1;
}

static char *copy(const char *text)
{
	return text != NULL ? sf_xstrdup(text) : NULL;
}

static int set_wishes(struct sf_service *service, const char *text, struct sf_error *err)
{
	service->wishes = copy(text);
	return text != NULL ? sf_kube_wish_rules_parse(text, &service->state.wishes, err) : 0;
}

struct sf_service *sf_service_create(const struct sf_service_options *options, struct sf_error *err)
{
	struct sf_service *service = sf_xcalloc(1, sizeof(*service));
	service->catalog = options->catalog;
	service->policy = options->policy;
	service->max_body = options->max_body;
	service->catalog_file = copy(options->catalog_file);
	service->cluster = copy(options->cluster);
	service->prefix = copy(options->prefix);
	service->version = copy(options->version);
	sf_metrics_init(&service->metrics);
	service->reload = sf_reload_create(options->config, err);
	bool good = set_wishes(service, options->wishes, err) == 0 && service->reload != NULL;
	struct sf_live *live = good ? load(service, err) : NULL;
	sf_state_init(&service->state, live != NULL ? live : sf_live_create(service->catalog));
	if (live == NULL || open_record(service, options->record, err) < 0 ||
	    start(service, options, err) < 0) {
		sf_service_destroy(service);
		return NULL;
	}
	return service;
}

struct sf_service *sf_service_create_still(const struct sf_catalog *catalog,
                                           const struct sf_record_line *first, struct sf_error *err)
{
	struct sf_service *service = sf_xcalloc(1, sizeof(*service));
	struct sf_str text = {0};
	sf_str_append(&text, first->cluster != NULL ? first->cluster : "");
	service->catalog = catalog;
	service->policy = sf_policy_find(first->policy != NULL ? first->policy : "");
	sf_metrics_init(&service->metrics);
	service->reload = sf_reload_create(NULL, err);
	bool good = set_wishes(service, first->wishes, err) == 0;
	struct sf_live *live = first->cluster != NULL ? sf_live_parse(&text, "cluster", catalog,
	                                                              &service->state.wishes, err)
	                                              : sf_live_create(catalog);
	sf_str_finish(&text);
	sf_state_init(&service->state, live != NULL ? live : sf_live_create(catalog));
	if (service->policy == NULL) {
		sf_fail(err, SF_EINVAL, "a policy that this program does not have");
	}
	if (!good || live == NULL || service->policy == NULL) {
		sf_service_destroy(service);
		return NULL;
	}
	return service;
}

int sf_service_configure(struct sf_service *service, const char *text, struct sf_error *err)
{
	return sf_reload_take(service->reload, text, "configuration", err);
}

int sf_service_reload(struct sf_service *service, struct sf_error *err)
{
	if (service->cluster == NULL) {
		return sf_fail(err, SF_EINVAL, "there is no --cluster to read again");
	}
	struct sf_live *live = load(service, err);
	if (live == NULL) {
		return -1;
	}
	if (service->recorder == NULL) {
		sf_state_swap(&service->state, live, NULL);
	} else if (begin_record(service, live, err) < 0) {
		sf_live_destroy(live);
		return -1;
	}
	return 0;
}

const char *sf_service_address(const struct sf_service *service)
{
	return service->ports.address;
}

uint16_t sf_service_port(const struct sf_service *service)
{
	return sf_http_port(service->ports.http);
}

const char *sf_service_metrics_address(const struct sf_service *service)
{
	return service->ports.probe_address;
}

uint16_t sf_service_metrics_port(const struct sf_service *service)
{
	return service->ports.probes != NULL ? sf_http_port(service->ports.probes) : 0;
}

void sf_service_refresh(struct sf_service *service, bool force)
{
	sf_ports_refresh(&service->ports, force);
	sf_reload_look(service->reload, force);
}

void sf_service_size(struct sf_service *service, uint32_t *nodes, uint64_t *gpus)
{
	*gpus = 0;
	sf_state_lock(&service->state);
	const struct sf_cluster *cluster = sf_live_cluster(service->state.live);
	*nodes = sf_live_count(service->state.live).nodes;
	for (uint32_t i = 0; i < sf_cluster_nodes(cluster); i++) {
		const struct sf_node *node = sf_cluster_node(cluster, i);
		*gpus += (node->state & SF_NODE_REMOVED) == 0 ? node->n_gpus : 0;
	}
	sf_state_unlock(&service->state);
}

bool sf_service_drain(struct sf_service *service, unsigned limit_s)
{
	atomic_store(&service->draining, true);
	bool drained = sf_ports_drain(&service->ports, limit_s);
	sf_ties_drain(service);
	return drained;
}

void sf_service_destroy(struct sf_service *service)
{
	if (service == NULL) {
		return;
	}
	atomic_store(&service->stopping, true);
	sf_ports_close(&service->ports);
	sf_aside_destroy(service->aside);
	sf_ties_stop(service);
	sf_recorder_stop(service->recorder);
	sf_state_finish(&service->state);
	sf_metrics_finish(&service->metrics);
	sf_reload_destroy(service->reload);
	free(service->catalog_file);
	free(service->cluster);
	free(service->prefix);
	free(service->version);
	free(service->wishes);
	free(service);
}
