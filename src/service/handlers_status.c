/* handlers_status: health, readiness, version, and verbs that are not served. */
// SPDX-License-Identifier: Apache-2.0
#include "handlers.h"

#include "ties.h"

#include <slicefit/error.h>
#include <slicefit/json.h>

void sf_respond_error(struct sf_http_response *response, int status, const char *text)
{
	struct sf_json *json = sf_json_create_object();
	sf_json_str(json, "error", text);
	sf_json_write(json, false, &response->body);
	sf_json_destroy(json);
	response->status = status;
}

static void respond_text(struct sf_http_response *response, int status, const char *text)
{
	response->status = status;
	response->type = "text/plain; charset=utf-8";
	sf_str_append(&response->body, text);
}

void sf_handle_healthz(struct sf_service *service, const struct sf_http_request *request,
                       struct sf_http_response *response)
{
	(void)service;
	(void)request;
	respond_text(response, 200, "ok\n");
}

int sf_service_known(const struct sf_service *service, struct sf_error *err)
{
	if (service->watch == NULL || sf_watch_synced(service->watch)) {
		return 0;
	}
	return sf_fail(err, SF_EIO, "waiting for the first list of nodes and pods");
}

/* Can it answer the scheduler? -1 and err: not yet, or not any more. */
static int check_ready(const struct sf_service *service, struct sf_error *err)
{
	if (atomic_load(&service->draining)) {
		return sf_fail(err, SF_EUNMET, "draining");
	}
	return sf_service_known(service, err);
}

static void respond_unready(struct sf_http_response *response, const struct sf_error *err)
{
	respond_text(response, 503, err->text);
	sf_str_append(&response->body, "\n");
}

void sf_handle_leadz(struct sf_service *service, const struct sf_http_request *request,
                     struct sf_http_response *response)
{
	struct sf_error err = {0};
	(void)request;
	if (check_ready(service, &err) < 0 || sf_ties_check_lead(service, &err) < 0) {
		respond_unready(response, &err);
	} else {
		respond_text(response, 200, "ok\n");
	}
}

void sf_handle_readyz(struct sf_service *service, const struct sf_http_request *request,
                      struct sf_http_response *response)
{
	struct sf_error err = {0};
	(void)request;
	if (check_ready(service, &err) < 0) {
		respond_unready(response, &err);
		return;
	}
	respond_text(response, 200, "ok\n");
	struct sf_reload_status config = sf_reload_status(service->reload);
	if (config.outdated) {
		sf_str_printf(&response->body, "the configuration is older than its file: %s\n",
		              config.text);
	}
}

void sf_handle_version(struct sf_service *service, const struct sf_http_request *request,
                       struct sf_http_response *response)
{
	struct sf_json *json = sf_json_create_object();
	(void)request;
	sf_json_str(json, "name", "slicefit");
	sf_json_str(json, "version", service->version);
	sf_json_write(json, false, &response->body);
	sf_json_destroy(json);
}
