/* ask: what the commands share that answer questions about a cluster and a pod. */
// SPDX-License-Identifier: Apache-2.0
#include "ask.h"

#include "cli.h"

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/kube_config.h>
#include <slicefit/kube_fetch.h>
#include <slicefit/kube_wish.h>
#include <slicefit/log.h>
#include <slicefit/manifests.h>
#include <slicefit/mig_parted.h>
#include <slicefit/pod_file.h>
#include <slicefit/str.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void warn(const char *pod, const char *why)
{
	sf_log_with(SF_LOG_WARN, "pod-not-counted",
	            SF_LOG_FIELDS({"pod", .text = pod}, {"reason", .text = why}));
}

const char *sf_ask_where_fault(const struct sf_ask_where *where)
{
	if (where->path == NULL && where->kubeconfig == NULL) {
		return "--cluster is missing";
	}
	if (where->path != NULL && where->kubeconfig != NULL) {
		return "--cluster and --kubeconfig: one of them";
	}
	return where->context != NULL && where->kubeconfig == NULL
	               ? "--context goes with --kubeconfig"
	               : NULL;
}

static int fetch(const struct sf_ask_where *where, const struct sf_catalog *catalog,
                 struct sf_snapshot *out, struct sf_error *err)
{
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_kube_config config;
	struct sf_manifests all;
	struct sf_str missing = {0};
	sf_manifests_init(&all);
	int rc = sf_kube_config_read(where->kubeconfig, where->context, arena, &config, err);
	rc = rc == 0 ? sf_kube_fetch(&config, &all, &missing, err) : rc;
	rc = rc == 0 ? sf_snapshot_collect(&all, catalog, warn, out, err) : rc;
	sf_str_finish(&missing); /* nodes and pods are never missing */
	sf_manifests_finish(&all);
	sf_arena_destroy(arena);
	return rc;
}

int sf_ask_cluster(const struct sf_ask_where *where, const struct sf_catalog *catalog,
                   struct sf_snapshot *out, struct sf_error *err)
{
	*out = (struct sf_snapshot){0};
	return where->kubeconfig != NULL ? fetch(where, catalog, out, err)
	                                 : sf_snapshot_load(where->path, catalog, warn, out, err);
}

static int read_file(const char *path, struct sf_arena *arena, struct sf_ask_pod *out,
                     struct sf_error *err)
{
	struct sf_str text = {0};
	struct sf_pod_file file = {.arena = arena};
	int rc = sf_file_read(path, SF_POD_FILE_BYTES_MAX, &text, err);
	if (rc == 0) {
		rc = sf_pod_file_parse(sf_str_get(&text), text.len, path, &file, err);
	}
	if (rc == 0) {
		out->seen = file.pod;
		out->rule = file.rule;
	}
	sf_str_finish(&text);
	return rc;
}

int sf_ask_pod_read(const char *arg, const struct sf_snapshot *snapshot, struct sf_ask_pod *out,
                    struct sf_error *err)
{
	*out = (struct sf_ask_pod){0};
	out->known = sf_snapshot_find(snapshot, arg);
	if (strcmp(arg, "-") == 0 || (out->known == NULL && access(arg, R_OK) == 0)) {
		out->file = arg;
		if (read_file(arg, snapshot->arena, out, err) < 0) {
			return -1;
		}
	} else if (out->known != NULL) {
		out->seen = out->known->seen;
		out->rule = out->known->rule;
	} else {
		return sf_fail(
			err, SF_ENOENT,
			"pod '%.120s': neither a file nor the NAMESPACE/NAME of a pod in the "
			"cluster's file",
			arg);
	}
	snprintf(out->label, sizeof(out->label), "%s/%s", out->seen.space, out->seen.name);
	return out->seen.wish_fault == NULL ? 0
	                                    : sf_fail(err, SF_EINVAL, "pod %.120s: %s", out->label,
	                                              out->seen.wish_fault);
}

void sf_ask_subject(const struct sf_ask_pod *pod, const char *policy,
                    struct sf_explain_subject *out)
{
	const struct sf_kube_pod *seen = &pod->seen;
	*out = (struct sf_explain_subject){
		.pod = pod->label,
		.policy = policy,
		.priority = seen->priority,
		.gpu_memory_mib = seen->gpu_memory_mib,
		.gpu_memory_milli = seen->gpu_memory_milli,
		.n = seen->n,
	};
	if (pod->known != NULL) {
		out->state = seen->node[0] != '\0' ? "bound" : "pending";
		out->node = seen->node[0] != '\0' ? seen->node : NULL;
	}
	for (uint8_t i = 0; i < seen->n; i++) {
		snprintf(out->want[i].name, sizeof(out->want[i].name), "%s", seen->want[i].name);
		out->want[i].count = seen->want[i].count;
	}
}

int sf_ask_layouts(const char *path, const struct sf_cluster *cluster, struct sf_arena *arena,
                   struct sf_mig_choices *out, struct sf_error *err)
{
	struct sf_str text = {0};
	struct sf_mig_parted *parted = sf_arena_array(arena, 1, sizeof(*parted));
	int rc = 0;
	if (path == NULL) {
		rc = sf_mig_choices_usual(cluster, arena, out);
		return rc == 0 ? 0 : sf_fail(err, SF_ENOMEM, "no memory left");
	}
	rc = sf_file_read(path, SF_POD_FILE_BYTES_MAX, &text, err);
	if (rc == 0) {
		rc = sf_mig_parted_parse(sf_str_get(&text), text.len, path, arena, parted, err);
	}
	if (rc == 0) {
		rc = sf_mig_choices_of(parted, arena, out);
	}
	sf_str_finish(&text);
	return rc;
}
