/* handlers_metrics: everything that Prometheus is told. */
// SPDX-License-Identifier: Apache-2.0
#include "handlers.h"

#include "gauges.h"
#include "procfs.h"
#include "prom.h"

#include <slicefit/clock.h>

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

static void write_about(const struct sf_service *service, struct sf_str *out)
{
	static const struct sf_prom_family about = {"slicefit_build_info", SF_PROM_GAUGE,
	                                            "What this program was built as; always 1.", 0};
	static const struct sf_prom_family open = {
		"slicefit_requests_in_flight", SF_PROM_GAUGE,
		"Requests whose head was read and that are not answered yet, this one too.", 0};
	struct sf_prom_labels labels = {{{"version", service->version}, {"compiler", COMPILER}}};
	sf_prom_head(&about, out);
	sf_prom_sample(&about, &labels, 1, out);
	sf_prom_head(&open, out);
	sf_prom_sample(&open, NULL, sf_http_open(service->ports.http), out);
}

/* What is known of one kind that is watched. */
enum watch_value {
	WATCH_AGE,
	WATCH_LISTS,
	WATCH_WATCHES,
	WATCH_EVENTS,
	WATCH_FAILURES,
	WATCH_VALUES,
};

static const struct sf_prom_family watch_families[WATCH_VALUES] = {
	[WATCH_AGE] = {"slicefit_watch_age_seconds", SF_PROM_GAUGE,
                       "Since the API server was heard of last; 80 at most where nothing happens.",
                       9},
	[WATCH_LISTS] = {"slicefit_watch_lists_total", SF_PROM_COUNTER, "Complete lists.", 0},
	[WATCH_WATCHES] = {"slicefit_watch_watches_total", SF_PROM_COUNTER, "Watches begun.", 0},
	[WATCH_EVENTS] = {"slicefit_watch_events_total", SF_PROM_COUNTER,
                          "Events, bookmarks and errors that watches told.", 0},
	[WATCH_FAILURES] = {"slicefit_watch_failures_total", SF_PROM_COUNTER,
                            "Failures, each followed by a wait.", 0},
};

static void write_watch(const struct sf_watch *watch, struct sf_str *out)
{
	static const struct sf_prom_family synced = {
		"slicefit_watch_synced", SF_PROM_GAUGE,
		"1 once all nodes and pods were told; until then the cluster is not known.", 0};
	int64_t value[SF_WATCHED][WATCH_VALUES];
	uint64_t now = sf_clock_ns();
	for (int kind = 0; kind < SF_WATCHED; kind++) {
		struct sf_reflect_stats stats = sf_watch_stats(watch, (enum sf_watched)kind);
		uint64_t age =
			stats.heard_ns > 0 && now > stats.heard_ns ? now - stats.heard_ns : 0;
		value[kind][WATCH_AGE] = (int64_t)age;
		value[kind][WATCH_LISTS] = (int64_t)stats.lists;
		value[kind][WATCH_WATCHES] = (int64_t)stats.watches;
		value[kind][WATCH_EVENTS] = (int64_t)stats.events;
		value[kind][WATCH_FAILURES] = (int64_t)stats.failures;
	}
	sf_prom_head(&synced, out);
	sf_prom_sample(&synced, NULL, sf_watch_synced(watch), out);
	for (int i = 0; i < WATCH_VALUES; i++) {
		sf_prom_head(&watch_families[i], out);
		for (int kind = 0; kind < SF_WATCHED; kind++) {
			struct sf_prom_labels labels = {
				{{"kind", sf_watched_name((enum sf_watched)kind)}}};
			sf_prom_sample(&watch_families[i], &labels, value[kind][i], out);
		}
	}
}

static void write_number(const char *name, enum sf_prom_type type, const char *help, uint64_t value,
                         struct sf_str *out)
{
	struct sf_prom_family family = {name, type, help, 0};
	sf_prom_head(&family, out);
	sf_prom_sample(&family, NULL, (int64_t)value, out);
}

static void write_binds(struct sf_kube_binder *binder, struct sf_str *out)
{
	static const struct sf_prom_family results = {
		"slicefit_binds_total", SF_PROM_COUNTER,
		"Binds by what became of them at the API server.", 0};
	struct sf_binder_stats stats = sf_kube_binder_stats(binder);
	sf_prom_head(&results, out);
	for (int i = 0; i <= SF_BIND_UNKNOWN; i++) {
		struct sf_prom_labels labels = {
			{{"result", sf_bind_result_name((enum sf_bind_result)i)}}};
		sf_prom_sample(&results, &labels, (int64_t)stats.results[i], out);
	}
	write_number("slicefit_binds_queued", SF_PROM_GAUGE, "Binds that wait for a thread.",
	             stats.queued, out);
	write_number("slicefit_binds_running", SF_PROM_GAUGE,
	             "Binds that the API server is asked for now.", stats.running, out);
	write_number("slicefit_binds_turned_away_total", SF_PROM_COUNTER,
	             "Binds refused because too many were queued.", stats.turned_away, out);
	write_number("slicefit_bind_posts_total", SF_PROM_COUNTER,
	             "Bindings sent to the API server, second tries too.", stats.posts, out);
	write_number("slicefit_bind_lookups_total", SF_PROM_COUNTER,
	             "Pods read from the API server to learn what became of a bind.", stats.asks,
	             out);
}

void sf_handle_metrics(struct sf_service *service, const struct sf_http_request *request,
                       struct sf_http_response *response)
{
	struct sf_gauges gauges;
	(void)request;
	response->type = "text/plain; version=0.0.4; charset=utf-8";
	write_about(service, &response->body);
	sf_metrics_write(&service->metrics, &response->body);
	sf_reload_write(service->reload, &response->body);
	sf_ports_write(&service->ports, &response->body);
	sf_gauges_collect(&service->state, &gauges);
	sf_gauges_write(&gauges, &response->body);
	sf_gauges_finish(&gauges);
	if (service->watch != NULL) {
		write_watch(service->watch, &response->body);
	}
	if (service->binder != NULL) {
		write_binds(service->binder, &response->body);
	}
	if (service->lease != NULL) {
		write_number("slicefit_leader", SF_PROM_GAUGE,
		             "1 while this replica holds the Lease, and binds.",
		             sf_lease_leads(service->lease), &response->body);
	}
	sf_procfs_write(&response->body);
}
