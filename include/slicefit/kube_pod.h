/* kube_pod: what a Kubernetes Pod object asks for, as the scheduler adds it up. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_POD_H
#define SF_KUBE_POD_H

#include <slicefit/kube_wish.h>
#include <slicefit/request.h>

#include <stdbool.h>

struct json_t;
struct sf_cluster;
struct sf_error;

/* A pod by names. Nothing points into the JSON. */
struct sf_kube_pod {
	char name[256];
	char space[64]; /* its namespace */
	char uid[64];
	char node[256]; /* spec.nodeName, "" when unbound */
	bool finished;  /* status.phase Succeeded or Failed: holds nothing any more */
	bool deleting;  /* metadata.deletionTimestamp */
	/* status.startTime, microseconds since 1970: the kubelet has taken it in and given it its
	 * devices; INT64_MAX: not yet. */
	int64_t start_us;
	int32_t priority;
	uint8_t n; /* GPU resources asked for, amounts > 0; 0: the pod needs no GPU */
	struct sf_kube_want {
		char name[SF_NAME_MAX];
		uint16_t count;
	} want[SF_WANTS_MAX];
	int64_t wish[SF_KUBE_WISHES]; /* as written, each in its unit; 0: not there, -1: wrong */
	const char *wish_fault;       /* what is wrong with them, a constant text; or NULL */
	int32_t gpu_memory_mib;       /* of each device; 0: no wish */
	uint16_t gpu_memory_milli;    /* a share of each device's memory; 0: no wish */
	bool replica_only;            /* the one GPU wanted is a replica of a shared one */
	int64_t cpu_milli;
	int64_t memory_mib;
	char owner
		[32]; /* kind of its controller ("ReplicaSet"), where sf_kube_list_parse read it */
};

/* A JSON quantity (a string as the user typed it, or an integer) as value * 10^scale, rounded up.
 * -1 when it is none. */
int sf_kube_quantity(const struct json_t *json, int scale, int64_t *out);

/*
 * Reads a Pod. Containers are summed; an init container counts when it alone asks for more; one
 * with restartPolicy Always stays and is summed too (component-helpers/resource PodRequests);
 * pod-level requests replace CPU and memory sums; overhead is added. For extended resources limits
 * stand in for missing requests. Missing and null fields are fine; a field of a wrong type, an
 * amount that is no quantity, more than SF_WANTS_MAX GPU names or more than 65535 of one are
 * errors that name the pod and the field. Wishes for GPU memory are worked out with default rules
 * (sf_kube_wish_apply); a wrong one is no error here, see wish_fault.
 */
int sf_kube_pod_parse(const struct json_t *json, struct sf_kube_pod *out, struct sf_error *err);

/* The same from JSON text, in one pass and without building it. */
int sf_kube_pod_read(const char *text, size_t len, struct sf_kube_pod *out, struct sf_error *err);

/* The request in a cluster's numbers. CPU and memory stay out: kube-scheduler has checked them
 * with fresher figures. Names that no node has become SF_RES_NONE. */
void sf_kube_pod_request(const struct sf_kube_pod *pod, const struct sf_cluster *cluster,
                         struct sf_request *out);

#endif
