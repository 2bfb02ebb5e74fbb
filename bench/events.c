/*
 * events: what it costs to follow a cluster: bench-events NODES PODS EVENTS
 *
 * Lists NODES nodes and PODS pods in pages of 500, as an API server sends them, then tells EVENTS
 * events of single pods, one line of a watch each, through all that serve does with them but the
 * connection. Prints "WHAT VALUE" lines: processor time per object of the lists and per event, what
 * jansson needs to read the same events, and the memory of the process.
 */
// SPDX-License-Identifier: Apache-2.0
#include "kube/event.h"
#include "kube/known.h"
#include "service/live.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/kube_node.h>
#include <slicefit/kube_pod.h>
#include <slicefit/rng.h>
#include <slicefit/str.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { PAGE = 500, LABELS = 90, IMAGES = 40, GPUS = 8 };

struct world {
	struct sf_catalog *catalog;
	struct sf_live *live;
	struct sf_known *known;
	unsigned nodes;
};

/* Processor time, which others on the machine change little. */
static uint64_t cpu_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void fail(const struct sf_error *err)
{
	fprintf(stderr, "bench-events: %s\n", err->text);
	exit(1);
}

/* A Node of some 17 kB: labels, images and what the API server keeps about who wrote them. */
static void print_node(struct sf_str *out, unsigned i)
{
	sf_str_printf(out,
	              "{\"metadata\":{\"name\":\"node-%05u\",\"uid\":\"11111111-0000-4000-8000-"
	              "%012u\",\"resourceVersion\":\"%u\",\"labels\":{",
	              i, i, 1000 + i);
	for (int k = 0; k < LABELS; k++) {
		sf_str_printf(out, "\"feature.node.kubernetes.io/cpu-model.id-%02d\":\"true\",", k);
	}
	sf_str_append(out, "\"nvidia.com/gpu.product\":\"NVIDIA-H100-80GB-HBM3\","
	                   "\"nvidia.com/gpu.count\":\"8\",\"nvidia.com/gpu.replicas\":\"1\"},"
	                   "\"managedFields\":[{\"manager\":\"kubelet\",\"fieldsV1\":{");
	for (int k = 0; k < LABELS; k++) {
		sf_str_printf(out, "\"f:feature.node.kubernetes.io/cpu-model.id-%02d\":{},", k);
	}
	sf_str_append(out, "\"f:status\":{}}}]},\"spec\":{},\"status\":{\"allocatable\":{\"cpu\":"
	                   "\"112\",\"memory\":\"2113405112Ki\",\"nvidia.com/gpu\":\"8\",\"pods\":"
	                   "\"110\"},\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}],"
	                   "\"images\":[");
	for (int k = 0; k < IMAGES; k++) {
		sf_str_printf(
			out,
			"%s{\"names\":[\"registry.example/team/image-%02d@sha256:9f2c8e6d4b1a"
			"7f3e5d2c8b6a4f1e9d7c5b3a1f8e6d4c2b9a7f5e3d1c8b6a\",\"registry.example"
			"/team/image-%02d:v1.%d.0\"],\"sizeBytes\":%d}",
			k > 0 ? "," : "", k, k, k, 1000000 + k);
	}
	sf_str_append(out, "]}}");
}

/* A Pod of some 4 kB; four of seven ask for a GPU. */
static void print_pod(struct sf_str *out, unsigned i, unsigned node, unsigned version)
{
	sf_str_printf(
		out,
		"{\"metadata\":{\"name\":\"worker-%06u\",\"generateName\":\"worker-\","
		"\"namespace\":"
		"\"team-%u\",\"uid\":\"22222222-0000-4000-8000-%012u\",\"resourceVersion\":\"%u\","
		"\"creationTimestamp\":\"2026-03-02T08:00:00Z\",\"labels\":{\"app\":\"worker\","
		"\"pod-template-hash\":\"5b8f9c7d6\"},\"annotations\":{\"prometheus.io/scrape\":"
		"\"true\"},\"ownerReferences\":[{\"apiVersion\":\"batch/"
		"v1\",\"kind\":\"Job\",\"name\":"
		"\"train\",\"uid\":\"33333333-0000-4000-8000-000000000000\",\"controller\":true}],"
		"\"managedFields\":[{\"manager\":\"kube-controller-manager\",\"operation\":"
		"\"Update\","
		"\"apiVersion\":\"v1\",\"time\":\"2026-03-02T08:00:00Z\",\"fieldsType\":"
		"\"FieldsV1\","
		"\"fieldsV1\":{",
		i, i % 50, i, version);
	for (int k = 0; k < 24; k++) {
		sf_str_printf(out,
		              "\"k:{\\\"name\\\":\\\"VARIABLE_%02d\\\"}\":{\".\":{},\"f:name\":{},"
		              "\"f:value\":{}},",
		              k);
	}
	sf_str_append(out,
	              "\"f:spec\":{}}}]},\"spec\":{\"containers\":[{\"name\":\"main\",\"image\":"
	              "\"registry.example/team/train:v1\",\"env\":[");
	for (int k = 0; k < 24; k++) {
		sf_str_printf(out, "%s{\"name\":\"VARIABLE_%02d\",\"value\":\"value %d\"}",
		              k > 0 ? "," : "", k, k);
	}
	sf_str_printf(out,
	              "],\"resources\":{\"limits\":{\"cpu\":\"4\"%s},\"requests\":{\"cpu\":\"4\","
	              "\"memory\":\"16Gi\"%s}}}],\"nodeName\":\"node-%05u\",\"priority\":0,"
	              "\"tolerations\":[{\"key\":\"nvidia.com/gpu\",\"operator\":\"Exists\"}]},"
	              "\"status\":{\"phase\":\"Running\",\"startTime\":\"2026-03-02T08:00:05Z\"}}",
	              i % 7 < 4 ? ",\"nvidia.com/gpu\":\"1\"" : "",
	              i % 7 < 4 ? ",\"nvidia.com/gpu\":\"1\"" : "", node);
}

static void see_node(struct world *world, const char *text, size_t len)
{
	struct sf_kube_node node;
	struct sf_error err = {0};
	struct sf_arena *arena = sf_arena_create(0);
	if (sf_kube_node_read(text, len, world->catalog, arena, &node, &err) < 0 ||
	    !sf_live_node(world->live, &node, &err)) {
		fail(&err);
	}
	sf_arena_destroy(arena);
}

static void see_pod(struct world *world, const char *text, size_t len)
{
	struct sf_kube_pod pod;
	struct sf_error err = {0};
	if (sf_kube_pod_read(text, len, &pod, &err) < 0 ||
	    sf_live_pod(world->live, &pod, &err) < 0) {
		fail(&err);
	}
}

static void see(struct world *world, const struct sf_kube_meta *meta)
{
	char *old;
	sf_known_see(world->known, meta, &old);
	free(old);
}

/* One page of a list, as it comes, read as the reflector does. */
static void list_page(struct world *world, const struct sf_str *text, bool pods)
{
	struct sf_list_page page;
	struct sf_list_items items;
	struct sf_error err = {0};
	if (sf_list_page_parse(text->text, text->len, &page, &err) < 0) {
		fail(&err);
	}
	for (sf_list_items_begin(&items, &page); sf_list_items_next(&items);) {
		see(world, &items.meta);
		(pods ? see_pod : see_node)(world, items.object, items.len);
	}
	sf_list_page_finish(&page);
}

static void list(struct world *world, unsigned n, bool pods)
{
	uint64_t spent = 0, bytes = 0;
	for (unsigned first = 0; first < n; first += PAGE) {
		struct sf_str text = {0};
		sf_str_append(&text, "{\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[");
		for (unsigned i = first; i < n && i < first + PAGE; i++) {
			sf_str_append(&text, i > first ? "," : "");
			if (pods) {
				print_pod(&text, i, i % world->nodes, 1);
			} else {
				print_node(&text, i);
			}
		}
		sf_str_append(&text, "]}");
		uint64_t begun = cpu_ns();
		list_page(world, &text, pods);
		spent += cpu_ns() - begun;
		bytes += text.len;
		sf_str_finish(&text);
	}
	printf("%s_kb %.1f\n%s_us %.1f\n", pods ? "pod" : "node", (double)bytes / 1e3 / n,
	       pods ? "pod" : "node", (double)spent / 1e3 / n);
}

/* What happened to pod i: it got a new version, or it left and another came in its place. */
static void print_line(struct sf_str *out, unsigned i, unsigned node, unsigned event)
{
	static const char *const types[] = {"MODIFIED", "DELETED", "ADDED"};
	sf_str_printf(out, "{\"type\":\"%s\",\"object\":", types[event % 3]);
	print_pod(out, i, node, 2 + event);
	sf_str_append(out, "}");
}

static void apply_line(struct world *world, const struct sf_str *text)
{
	struct sf_watch_line line;
	struct sf_error err = {0};
	if (sf_watch_line_parse(text->text, text->len, &line, &err) < 0) {
		fail(&err);
	}
	if (line.kind == SF_WATCH_DELETED) {
		free(sf_known_forget(world->known, line.meta.space, line.meta.name));
		sf_live_pod_gone(world->live, line.meta.uid);
		return;
	}
	see(world, &line.meta);
	see_pod(world, line.object, line.len);
}

/* The same line by way of a tree, only read. */
static void read_tree(const struct sf_str *text)
{
	struct sf_kube_pod pod;
	struct sf_error err = {0};
	json_t *root = json_loadb(text->text, text->len, JSON_ALLOW_NUL, NULL);
	if (sf_kube_pod_parse(json_object_get(root, "object"), &pod, &err) < 0) {
		fail(&err);
	}
	json_decref(root);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static void print_times(const char *what, uint64_t *ns, unsigned n)
{
	qsort(ns, n, sizeof(*ns), by_value);
	printf("%s_us %.2f\n%s_p99_us %.2f\n", what, (double)ns[n / 2] / 1e3, what,
	       (double)ns[n - 1 - n / 100] / 1e3);
}

static void follow(struct world *world, unsigned pods, unsigned events)
{
	uint64_t *own = sf_xcalloc(events, sizeof(*own)), *tree = sf_xcalloc(events, sizeof(*tree));
	struct sf_rng rng;
	unsigned pod = 0;
	sf_rng_seed(&rng, 1, 0);
	for (unsigned i = 0; i < events; i++) {
		struct sf_str text = {0};
		pod = i % 3 == 2 ? pod : (unsigned)sf_rng_below(&rng, pods);
		print_line(&text, pod, pod % world->nodes, i);
		uint64_t begun = cpu_ns();
		apply_line(world, &text);
		uint64_t between = cpu_ns();
		read_tree(&text);
		own[i] = between - begun;
		tree[i] = cpu_ns() - between;
		sf_str_finish(&text);
	}
	print_times("event", own, events);
	print_times("tree", tree, events);
	free(own);
	free(tree);
}

int main(int argc, char **argv)
{
	if (argc != 4 || atoi(argv[1]) < 1 || atoi(argv[2]) < 1 || atoi(argv[3]) < 1) {
		fputs("usage: bench-events NODES PODS EVENTS\n", stderr);
		return 2;
	}
	struct sf_catalog *catalog = sf_catalog_create();
	struct world world = {
		.catalog = catalog,
		.live = sf_live_create(catalog),
		.known = sf_known_create(),
		.nodes = (unsigned)atoi(argv[1]),
	};
	unsigned pods = (unsigned)atoi(argv[2]);
	list(&world, world.nodes, false);
	list(&world, pods, true);
	follow(&world, pods, (unsigned)atoi(argv[3]));
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	printf("waiting %u\nrss_mib %.1f\n", sf_live_count(world.live).waiting,
	       (double)usage.ru_maxrss / 1024.0);
	sf_known_destroy(world.known);
	sf_live_destroy(world.live);
	sf_catalog_destroy(catalog);
	return 0;
}
