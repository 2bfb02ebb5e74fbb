/* live_file: a cluster from a file. */
// SPDX-License-Identifier: Apache-2.0
#include "live_file.h"

#include "live.h"

#include <slicefit/cluster_file.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/kube_list.h>
#include <slicefit/kube_pod.h>
#include <slicefit/log.h>
#include <slicefit/scenario_yaml.h>
#include <slicefit/str.h>

#include <stdio.h>

/* Written by hand a pod may come without its UID: its names then are as good. */
static void set_uid(struct sf_kube_pod *pod)
{
	if (pod->uid[0] == '\0') {
		snprintf(pod->uid, sizeof(pod->uid), "%.30s/%.32s", pod->space, pod->name);
	}
}

static struct sf_live *from_kubernetes(const struct sf_cluster_file *file,
                                       const struct sf_catalog *catalog,
                                       const struct sf_kube_wish_rules *wishes,
                                       struct sf_error *err)
{
	struct sf_kube_list list;
	struct sf_live *live = NULL;
	if (sf_kube_list_collect(&file->objects, file->name, NULL, catalog, &list, err) == 0) {
		live = sf_live_adopt(list.cluster);
		list.cluster = NULL;
		for (size_t i = 0; i < list.n_pods; i++) {
			struct sf_kube_pod *pod = &list.pod[i];
			struct sf_error why = {0};
			set_uid(pod);
			sf_kube_wish_apply(pod, wishes);
			if (sf_live_pod(live, pod, &why) < 0) {
				sf_log_with(SF_LOG_WARN, "pod-not-counted",
				            SF_LOG_FIELDS({"namespace", .text = pod->space},
				                          {"pod", .text = pod->name},
				                          {"reason", .text = why.text}));
			}
		}
	}
	sf_kube_list_finish(&list);
	return live;
}

static struct sf_live *from_scenario(const struct sf_str *text, const char *path,
                                     const struct sf_catalog *catalog, struct sf_error *err)
{
	struct sf_scenario *scenario =
		sf_scenario_parse_nodes(sf_str_get(text), text->len, path, catalog, err);
	struct sf_cluster *cluster = scenario != NULL ? sf_scenario_cluster(scenario, err) : NULL;
	sf_scenario_destroy(scenario);
	return cluster != NULL ? sf_live_adopt(cluster) : NULL;
}

struct sf_live *sf_live_parse(const struct sf_str *text, const char *path,
                              const struct sf_catalog *catalog,
                              const struct sf_kube_wish_rules *wishes, struct sf_error *err)
{
	struct sf_cluster_file file = {0};
	struct sf_live *live = NULL;
	if (sf_cluster_file_take(&file, path, text, err) == 0) {
		live = file.kubernetes ? from_kubernetes(&file, catalog, wishes, err)
		                       : from_scenario(text, path, catalog, err);
	}
	sf_cluster_file_finish(&file);
	return live;
}

struct sf_live *sf_live_load(const char *path, const struct sf_catalog *catalog,
                             const struct sf_kube_wish_rules *wishes, struct sf_error *err)
{
	struct sf_str text = {0};
	struct sf_live *live = NULL;
	if (sf_file_read(path, SF_LIVE_FILE_MAX, &text, err) == 0) {
		live = sf_live_parse(&text, path, catalog, wishes, err);
	}
	sf_str_finish(&text);
	return live;
}
