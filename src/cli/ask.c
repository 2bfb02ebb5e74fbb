/* ask: what the commands share that answer questions about a cluster and a pod. */
// SPDX-License-Identifier: Apache-2.0
#include "ask.h"

#include <slicefit/arena.h>
#include <slicefit/cluster_file.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/kube_config.h>
#include <slicefit/kube_fetch.h>
#include <slicefit/log.h>
#include <slicefit/mig_parted.h>
#include <slicefit/nearest.h>
#include <slicefit/pod_file.h>
#include <slicefit/str.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

SF_CLI_TEXT(sf_ask_set_cluster, struct sf_ask_options, cluster);
SF_CLI_TEXT(sf_ask_set_kubeconfig, struct sf_ask_options, kubeconfig);
SF_CLI_TEXT(sf_ask_set_context, struct sf_ask_options, context);
SF_CLI_TEXT(sf_ask_set_pod, struct sf_ask_options, pod);
SF_CLI_TEXT(sf_ask_set_catalog, struct sf_ask_options, catalog);

static void warn(const char *pod, const char *why)
{
	sf_log_with(SF_LOG_WARN, "pod-not-counted",
	            SF_LOG_FIELDS({"pod", .text = pod}, {"reason", .text = why}));
}

const char *sf_ask_fault(const struct sf_ask_options *options)
{
	if (options->cluster == NULL && options->kubeconfig == NULL) {
		return "--cluster is missing";
	}
	if (options->cluster != NULL && options->kubeconfig != NULL) {
		return "--cluster and --kubeconfig: one of them";
	}
	return options->context != NULL && options->kubeconfig == NULL
	               ? "--context goes with --kubeconfig"
	               : NULL;
}

static int fetch(const struct sf_ask_options *options, struct sf_cluster_file *out,
                 struct sf_error *err)
{
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_kube_config config;
	struct sf_str missing = {0};
	*out = (struct sf_cluster_file){.name = options->kubeconfig, .kubernetes = true};
	sf_manifests_init(&out->objects);
	int rc = sf_kube_config_read(options->kubeconfig, options->context, arena, &config, err);
	rc = rc == 0 ? sf_kube_fetch(&config, &out->objects, &missing, err) : rc;
	sf_str_finish(&missing); /* nodes and pods are never missing */
	sf_arena_destroy(arena);
	return rc;
}

/* A pod "namespace/name" (a name alone: in the namespace default) among the objects, or NULL. */
static const struct sf_manifest *find_pod(const struct sf_manifests *objects, const char *arg)
{
	for (size_t i = 0; i < objects->n; i++) {
		const struct sf_manifest *item = &objects->item[i];
		const char *space = *item->space != '\0' ? item->space : "default";
		size_t len = strlen(space);
		bool here = strncmp(arg, space, len) == 0 && arg[len] == '/' &&
		            strcmp(arg + len + 1, item->name) == 0;
		bool plain = strcmp(space, "default") == 0 && strcmp(arg, item->name) == 0;
		if (strcmp(item->kind, "Pod") == 0 && (here || plain)) {
			return item;
		}
	}
	return NULL;
}

/* The pod of a manifest, which `objects` keep. */
static int read_pod(const char *path, struct sf_manifests *objects, struct sf_pod_file *out,
                    struct sf_error *err)
{
	return sf_manifests_read(objects, path, err) == 0 &&
	                       sf_pod_file_find(objects, path, out, err) == 0
	               ? 0
	               : -1;
}

/* The pod is in the cluster: by its name. */
static int find_known(const struct sf_snapshot *snapshot, const char *arg, struct sf_ask_pod *out,
                      struct sf_error *err)
{
	out->known = sf_snapshot_find(snapshot, arg);
	return out->known != NULL
	               ? 0
	               : sf_fail(err, SF_EINVAL, "pod '%.120s' is over, it needs no place any more",
	                         arg);
}

static int fail_unknown(const struct sf_snapshot *snapshot, const char *arg, struct sf_error *err)
{
	const char *nearest = NULL;
	for (size_t i = 0; i < snapshot->n_pods; i++) {
		const char *label = snapshot->pod[i].label;
		bool nearer = nearest == NULL ||
		              sf_nearest_distance(arg, label) < sf_nearest_distance(arg, nearest);
		const char *slash = strchr(label, '/');
		bool alike = sf_nearest_close(arg, label) || strcmp(slash + 1, arg) == 0;
		nearest = alike && nearer ? label : nearest;
	}
	return sf_fail(err, SF_ENOENT,
	               "pod '%.120s': neither a file nor the NAMESPACE/NAME of a pod in the "
	               "cluster's file%s%.200s%s",
	               arg, nearest != NULL ? ", did you mean '" : "",
	               nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
}

static int make(const struct sf_cluster_file *cluster, const char *arg,
                const struct sf_catalog *catalog, struct sf_snapshot *out, struct sf_ask_pod *pod,
                struct sf_error *err)
{
	struct sf_manifests objects;
	struct sf_pod_file file;
	int rc;
	if (arg == NULL) {
		return sf_snapshot_make(cluster, NULL, catalog, warn, out, err);
	}
	if (strcmp(arg, "-") != 0 && find_pod(&cluster->objects, arg) != NULL) {
		rc = sf_snapshot_make(cluster, NULL, catalog, warn, out, err);
		return rc == 0 ? find_known(out, arg, pod, err) : rc;
	}
	if (strcmp(arg, "-") != 0 && access(arg, R_OK) != 0) {
		rc = sf_snapshot_make(cluster, NULL, catalog, warn, out, err);
		return rc == 0 ? fail_unknown(out, arg, err) : rc;
	}
	sf_manifests_init(&objects);
	rc = read_pod(arg, &objects, &file, err);
	rc = rc == 0 ? sf_snapshot_make(cluster, &file, catalog, warn, out, err) : rc;
	pod->known = out->more;
	pod->file = arg;
	sf_manifests_finish(&objects);
	return rc;
}

int sf_ask(const struct sf_ask_options *options, const struct sf_catalog *catalog,
           struct sf_snapshot *out, struct sf_ask_pod *pod, struct sf_error *err)
{
	struct sf_cluster_file cluster = {0};
	*out = (struct sf_snapshot){0};
	*pod = (struct sf_ask_pod){0};
	int rc = options->kubeconfig != NULL
	                 ? fetch(options, &cluster, err)
	                 : sf_cluster_file_read(&cluster, options->cluster, err);
	rc = rc == 0 ? sf_manifests_refuse(&cluster.objects, err) : rc;
	rc = rc == 0 ? make(&cluster, options->pod, catalog, out, pod, err) : rc;
	sf_cluster_file_finish(&cluster);
	if (rc == 0 && pod->known != NULL && pod->known->seen.wish_fault != NULL) {
		rc = sf_fail(err, SF_EINVAL, "pod %.120s: %s", pod->known->label,
		             pod->known->seen.wish_fault);
	}
	return rc;
}

void sf_ask_subject(const struct sf_ask_pod *pod, const char *policy,
                    struct sf_explain_subject *out)
{
	const struct sf_kube_pod *seen = &pod->known->seen;
	*out = (struct sf_explain_subject){
		.pod = pod->known->label,
		.policy = policy,
		.priority = seen->priority,
		.gpu_memory_mib = seen->gpu_memory_mib,
		.gpu_memory_milli = seen->gpu_memory_milli,
		.notes = pod->known->notes,
		.n = seen->n,
	};
	if (pod->file == NULL) {
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
	rc = sf_file_read(path, SF_YAML_BYTES_MAX, &text, err);
	if (rc == 0) {
		rc = sf_mig_parted_parse(sf_str_get(&text), text.len, path, arena, parted, err);
	}
	if (rc == 0) {
		rc = sf_mig_choices_of(parted, arena, out);
	}
	sf_str_finish(&text);
	return rc;
}
