/* running: the pods of a scenario that run already, put on the nodes of a cluster. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/running.h>

#include <slicefit/alloc.h>
#include <slicefit/change.h>
#include <slicefit/error.h>

#include <stdlib.h>

/*
 * The devices that a running pod holds. It runs whatever anybody thinks of its wishes, so where they
 * are not met it only has to find the names that it holds.
 */
static enum sf_fit find_devices(const struct sf_cluster *cluster, uint32_t node,
                                const struct sf_request *request, struct sf_grant *grant)
{
	enum sf_fit fit = sf_filter(cluster, node, request, SF_VIEW_AWARE, grant);
	return fit == SF_FITS ? fit : sf_filter(cluster, node, request, SF_VIEW_COUNTS, grant);
}

/* "pod team/train-0", or "a pod". */
static int fail(const struct sf_cluster *cluster, const struct sf_running *running, uint32_t which,
                enum sf_fit fit, struct sf_error *err)
{
	const bool named = running->name != NULL;
	return sf_fail(err, SF_EINVAL, "%s%.120s cannot run on node %.63s: %s",
	               named ? "pod " : "a pod", named ? running->name[which] : "",
	               sf_cluster_node(cluster, running->node)->name, sf_fit_reason(fit));
}

int sf_running_place(struct sf_cluster *cluster, const struct sf_running *running, uint32_t which,
                     uint32_t pod, struct sf_grant *grant, struct sf_error *err)
{
	struct sf_request request = sf_cluster_pod(cluster, pod)->request;
	request.rule = 0;
	enum sf_fit fit = find_devices(cluster, running->node, &request, grant);
	if (fit != SF_FITS) {
		return fail(cluster, running, which, fit, err);
	}
	return sf_cluster_place(cluster, pod, running->node, grant, err);
}

static int place_all(const struct sf_scenario *scenario, const struct sf_request *request,
                     uint32_t index, struct sf_cluster *cluster, struct sf_error *err)
{
	const struct sf_workload *workload = &scenario->workload[index];
	for (size_t i = 0; i < workload->n_running; i++) {
		const struct sf_running *running = &workload->running[i];
		for (uint32_t k = 0; k < running->pods; k++) {
			struct sf_grant grant;
			uint32_t pod =
				sf_cluster_add_pod(cluster, request, workload->priority, index);
			if (sf_running_place(cluster, running, k, pod, &grant, err) != 0) {
				return sf_wrap(err, "workload %.60s", workload->name);
			}
		}
	}
	return 0;
}

static int cordon(const struct sf_scenario *scenario, struct sf_cluster *cluster,
                  struct sf_error *err)
{
	for (uint32_t i = 0; i < sf_cluster_nodes(cluster); i++) {
		const struct sf_change change = {SF_CHANGE_CORDON_NODE, .node = i};
		if (scenario->pool[sf_cluster_node(cluster, i)->pool].cordoned &&
		    sf_cluster_apply(cluster, &change, NULL, err) != 0) {
			return -1;
		}
	}
	return 0;
}

int sf_running_fill(const struct sf_scenario *scenario, struct sf_cluster *cluster,
                    struct sf_error *err)
{
	struct sf_request *request = sf_xcalloc(scenario->n_workloads + 1, sizeof(*request));
	int rc = 0;
	sf_scenario_requests(scenario, cluster, request);
	for (uint32_t i = 0; i < scenario->n_workloads && rc == 0; i++) {
		rc = place_all(scenario, &request[i], i, cluster, err);
	}
	free(request);
	if (rc != 0) {
		return sf_wrap(err, "%s", scenario->path);
	}
	return cordon(scenario, cluster, err);
}
