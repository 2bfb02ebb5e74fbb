/* handlers_state: the whole live cluster, or one node of it, as JSON. */
// SPDX-License-Identifier: Apache-2.0
#include "handlers.h"

#include "query.h"
#include "view_json.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/clock.h>
#include <slicefit/error.h>

#include <stdlib.h>

/* Memory of names and of one batch of copies; nodes copied under one lock. */
enum { ARENA_MAX = 256 << 20, NODES_AT_ONCE = 32 };

/* One request. */
struct look {
	struct sf_service *service;
	char *node; /* NULL: all */
};

static void drop(void *ctx)
{
	struct look *look = ctx;
	free(look->node);
	free(look);
}

static void write_head(struct sf_service *service, size_t nodes, struct sf_str *out)
{
	sf_state_lock(&service->state);
	struct sf_live_counts counts = sf_live_count(service->state.live);
	sf_state_unlock(&service->state);
	sf_str_printf(out,
	              "{\"schema\":\"slicefit.io/state/v1\",\"synced\":%s,\"node_count\":%zu,"
	              "\"pod_count\":%u,\"reservation_count\":%u",
	              service->watch == NULL || sf_watch_synced(service->watch) ? "true" : "false",
	              nodes, counts.pods, counts.reserved);
}

/* Copies a few nodes under the lock and writes them after it; -1: out of memory. */
static int write_batch(struct sf_service *service, const char *const *name, size_t n, bool *first,
                       struct sf_str *out)
{
	struct sf_arena *arena = sf_arena_create(ARENA_MAX);
	struct sf_view_node *view = sf_xcalloc(n, sizeof(*view));
	size_t got = 0;
	int rc = 0;
	sf_state_lock(&service->state);
	for (size_t i = 0; i < n; i++) {
		got += sf_view_node(service->state.live, name[i], arena, &view[got]);
	}
	sf_state_unlock(&service->state);
	uint64_t now = sf_clock_ns();
	for (size_t i = 0; i < got && rc == 0; i++) {
		if (view[i].name == NULL) {
			rc = -1;
			break;
		}
		sf_str_append(out, *first ? "\n" : ",\n");
		sf_view_node_json(&view[i], now, out);
		*first = false;
	}
	free(view);
	sf_arena_destroy(arena);
	return rc;
}

static int write_nodes(struct sf_service *service, struct sf_arena *arena, struct sf_str *out)
{
	size_t n = 0;
	bool first = true;
	const char **name = sf_view_node_names(&service->state, arena, &n);
	if (name == NULL) {
		return -1;
	}
	write_head(service, n, out);
	sf_str_append(out, ",\"nodes\":[");
	for (size_t i = 0; i < n; i += NODES_AT_ONCE) {
		size_t some = n - i < NODES_AT_ONCE ? n - i : NODES_AT_ONCE;
		if (write_batch(service, name + i, some, &first, out) < 0) {
			return -1;
		}
	}
	sf_str_append(out, "]");
	return 0;
}

static int write_pending(struct sf_service *service, struct sf_arena *arena, struct sf_str *out)
{
	size_t n = 0;
	const struct sf_view_pod *pod = sf_view_pending(&service->state, arena, &n);
	if (pod == NULL) {
		return -1;
	}
	sf_str_append(out, ",\"pending\":[");
	for (size_t i = 0; i < n; i++) {
		sf_str_append(out, i == 0 ? "\n" : ",\n");
		sf_view_pending_json(&pod[i], out);
	}
	sf_str_append(out, "]}\n");
	return 0;
}

static void look_at_all(struct sf_service *service, struct sf_http_response *response)
{
	struct sf_arena *arena = sf_arena_create(ARENA_MAX);
	if (write_nodes(service, arena, &response->body) < 0 ||
	    write_pending(service, arena, &response->body) < 0) {
		sf_str_finish(&response->body);
		response->body = (struct sf_str){0};
		sf_respond_error(response, 503, "the state does not fit into the memory budget");
	}
	sf_arena_destroy(arena);
}

static void look_at_node(struct sf_service *service, const char *name,
                         struct sf_http_response *response)
{
	bool first = true;
	write_head(service, 1, &response->body);
	sf_str_append(&response->body, ",\"nodes\":[");
	int rc = write_batch(service, &name, 1, &first, &response->body);
	sf_str_append(&response->body, "]}\n");
	if (rc < 0 || first) {
		sf_str_finish(&response->body);
		response->body = (struct sf_str){0};
		sf_respond_error(response, rc < 0 ? 503 : 404,
		                 rc < 0 ? "the node does not fit into the memory budget"
		                        : "there is no such node");
	}
}

static void run(void *ctx, struct sf_http_response *response)
{
	const struct look *look = ctx;
	if (look->node != NULL) {
		look_at_node(look->service, look->node, response);
	} else {
		look_at_all(look->service, response);
	}
}

void sf_handle_state(struct sf_service *service, const struct sf_http_request *request,
                     struct sf_http_response *response)
{
	const char *node = NULL;
	const struct sf_query_key keys[] = {{"node", &node}};
	struct sf_error err = {0};
	if (sf_query_read(request, keys, 1, &err) < 0) {
		sf_respond_error(response, 400, err.text);
		return;
	}
	struct look *look = sf_xcalloc(1, sizeof(*look));
	look->service = service;
	look->node = node != NULL ? sf_xstrdup(node) : NULL;
	struct sf_aside_job job = {run, drop, look};
	sf_aside_submit(service->aside, request, &job, response);
}
