/* cluster_file: the cluster that names in requests refer to, from a file. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/service.h>

#include <slicefit/change.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/filter.h>
#include <slicefit/kube_list.h>
#include <slicefit/kube_pod.h>
#include <slicefit/log.h>
#include <slicefit/scenario_yaml.h>
#include <slicefit/str.h>

/* 5000 nodes as kubectl prints them take about 150 MB. */
#define FILE_MAX ((size_t)1 << 30)

static int place(struct sf_cluster *cluster, const struct sf_kube_pod *pod, uint32_t node,
                 struct sf_error *err)
{
	struct sf_request request;
	struct sf_grant grant;
	sf_kube_pod_request(pod, cluster, &request);
	request.gpu_memory_mib = 0; /* it runs: what counts is the device it holds */
	enum sf_fit fit = sf_filter(cluster, node, &request, SF_VIEW_COUNTS, &grant);
	if (fit != SF_FITS) {
		return sf_fail(err, SF_EUNMET, "%s", sf_fit_reason(fit));
	}
	uint32_t number = sf_cluster_add_pod(cluster, &request, pod->priority, 0);
	return sf_cluster_place(cluster, number, node, &grant, err);
}

/* A cordoned node takes no new pods but keeps those it has. */
static int place_anyway(struct sf_cluster *cluster, const struct sf_kube_pod *pod,
                        struct sf_error *err)
{
	uint32_t node = sf_cluster_find_node(cluster, pod->node);
	if (node == SF_NODE_NONE) {
		return sf_fail(err, SF_ENOENT, "unknown node");
	}
	if (sf_cluster_node(cluster, node)->state == SF_NODE_READY) {
		return place(cluster, pod, node, err);
	}
	struct sf_change ready = {.kind = SF_CHANGE_READY_NODE, .node = node};
	struct sf_change cordon = {.kind = SF_CHANGE_CORDON_NODE, .node = node};
	if (sf_cluster_apply(cluster, &ready, NULL, err) < 0) {
		return -1;
	}
	int rc = place(cluster, pod, node, err);
	return sf_cluster_apply(cluster, &cordon, NULL, rc == 0 ? err : NULL) < 0 ? -1 : rc;
}

static void place_bound(struct sf_cluster *cluster, const struct sf_kube_pod *pods, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct sf_error err = {0};
		if (pods[i].node[0] == '\0' || pods[i].finished ||
		    place_anyway(cluster, &pods[i], &err) == 0) {
			continue;
		}
		sf_log(SF_LOG_WARN, "pod-not-counted", "pod=%s/%s node=%s reason=\"%s\"",
		       pods[i].space, pods[i].name, pods[i].node, err.text);
	}
}

static struct sf_cluster *from_kubernetes(const struct sf_str *text, const char *path,
                                          const struct sf_catalog *catalog, struct sf_error *err)
{
	struct sf_kube_list list;
	struct sf_cluster *cluster = NULL;
	if (sf_kube_list_parse(text->text, text->len, path, catalog, &list, err) == 0) {
		cluster = list.cluster;
		list.cluster = NULL;
		place_bound(cluster, list.pod, list.n_pods);
	}
	sf_kube_list_finish(&list);
	return cluster;
}

static struct sf_cluster *from_scenario(const struct sf_str *text, const char *path,
                                        const struct sf_catalog *catalog, struct sf_error *err)
{
	struct sf_scenario *scenario =
		sf_scenario_parse_nodes(sf_str_get(text), text->len, path, catalog, err);
	struct sf_cluster *cluster = scenario != NULL ? sf_scenario_cluster(scenario, err) : NULL;
	sf_scenario_destroy(scenario);
	return cluster;
}

struct sf_cluster *sf_service_load_cluster(const char *path, const struct sf_catalog *catalog,
                                           struct sf_error *err)
{
	struct sf_str text = {0};
	struct sf_cluster *cluster = NULL;
	if (sf_file_read(path, FILE_MAX, &text, err) == 0) {
		cluster = sf_kube_list_detect(sf_str_get(&text), text.len)
		                  ? from_kubernetes(&text, path, catalog, err)
		                  : from_scenario(&text, path, catalog, err);
	}
	sf_str_finish(&text);
	return cluster;
}
