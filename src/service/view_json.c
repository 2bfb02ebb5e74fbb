/* view_json: parts of the live cluster as JSON. */
// SPDX-License-Identifier: Apache-2.0
#include "view_json.h"

#include <slicefit/json.h>
#include <slicefit/str.h>

static const char *const pod_states[] = {
	[SF_LIVE_PENDING] = "pending",
	[SF_LIVE_RESERVED] = "reserved",
	[SF_LIVE_BOUND] = "bound",
};

static void write_device(struct sf_json *json, const struct sf_view_node *node,
                         const struct sf_gpu *gpu, int unit, bool instance)
{
	const struct sf_device *device = &gpu->device[unit];
	sf_json_object(json, NULL);
	sf_json_str(json, "resource", node->resource[device->resource]);
	if (instance && gpu->product != NULL) {
		const struct sf_profile *profile = &gpu->product->profile[device->profile];
		sf_json_str(json, "profile", profile->name);
		sf_json_int(json, "start", unit);
		sf_json_int(json, "size", profile->size);
	}
	sf_json_int(json, "replicas", device->replicas);
	sf_json_int(json, "used", device->used);
	if (device->held_mib > 0) {
		sf_json_int(json, "gpu_memory_held_mib", device->held_mib);
	}
	sf_json_end(json);
}

static void write_gpu(struct sf_json *json, const struct sf_view_node *node, uint8_t number)
{
	const struct sf_gpu *gpu = &node->copy.gpu[number];
	bool whole = sf_node_gpu_is_whole(&node->copy.node, gpu);
	sf_json_object(json, NULL);
	sf_json_int(json, "gpu", number);
	sf_json_str(json, "product", gpu->product != NULL ? gpu->product->name : NULL);
	sf_json_bool(json, "mig", gpu->mig);
	sf_json_array(json, "devices");
	for (int unit = 0; unit < SF_UNITS_MAX; unit++) {
		bool there = gpu->device[unit].resource != SF_RES_NONE;
		if (there && !node->copy.node.by_counts) {
			write_device(json, node, gpu, unit, !whole);
		}
	}
	sf_json_end(json);
	sf_json_end(json);
}

static void write_pod(struct sf_json *json, const struct sf_view_pod *pod, uint64_t now_ns)
{
	sf_json_object(json, NULL);
	sf_json_str(json, "namespace", pod->space);
	sf_json_str(json, "name", pod->name);
	sf_json_str(json, "uid", pod->uid);
	sf_json_str(json, "state", pod_states[pod->state]);
	sf_json_int(json, "priority", pod->priority);
	if (pod->state == SF_LIVE_RESERVED) {
		uint64_t left = pod->until_ns > now_ns ? pod->until_ns - now_ns : 0;
		sf_json_int(json, "expires_in_ms", (int64_t)(left / 1000000));
	}
	if (pod->unplaced) {
		sf_json_bool(json, "unplaced", true);
	}
	sf_report_request(json, "request", &pod->subject);
	sf_report_given(json, "devices", pod->given, pod->n);
	sf_json_end(json);
}

static void write_totals(struct sf_json *json, const struct sf_view_node *view)
{
	const struct sf_node *node = &view->copy.node;
	sf_json_int(json, "cpu_milli", node->cpu_milli);
	sf_json_int(json, "cpu_used_milli", view->cpu_used_milli);
	sf_json_int(json, "memory_mib", node->memory_mib);
	sf_json_int(json, "memory_used_mib", view->memory_used_mib);
	sf_json_array(json, "resources");
	for (uint8_t i = 0; i < node->n_counts; i++) {
		const struct sf_count *count = &node->count[i];
		sf_json_object(json, NULL);
		sf_json_str(json, "name", view->resource[count->resource]);
		sf_json_int(json, "total", count->total);
		sf_json_int(json, "used", count->used);
		sf_json_end(json);
	}
	sf_json_end(json);
}

static const char *state_of(const struct sf_node *node)
{
	if ((node->state & SF_NODE_FAILED) != 0) {
		return "failed";
	}
	return (node->state & SF_NODE_CORDONED) != 0 ? "cordoned" : "ready";
}

void sf_view_node_json(const struct sf_view_node *view, uint64_t now_ns, struct sf_str *out)
{
	const struct sf_node *node = &view->copy.node;
	struct sf_json *json = sf_json_create_object();
	sf_json_str(json, "name", view->name);
	sf_json_str(json, "state", state_of(node));
	sf_json_str(json, "strategy", sf_strategy_name((enum sf_strategy)node->strategy));
	sf_json_str(json, "sharing",
	            sf_sharing_mode_name((enum sf_sharing_mode)node->sharing_mode));
	sf_json_bool(json, "by_counts", node->by_counts);
	write_totals(json, view);
	sf_json_array(json, "gpus");
	for (uint8_t i = 0; i < node->n_gpus; i++) {
		write_gpu(json, view, i);
	}
	sf_json_end(json);
	sf_json_array(json, "pods");
	for (size_t i = 0; i < view->n; i++) {
		write_pod(json, &view->pod[i], now_ns);
	}
	sf_json_end(json);
	sf_json_write(json, false, out);
	sf_json_destroy(json);
}

void sf_view_pending_json(const struct sf_view_pod *pod, struct sf_str *out)
{
	struct sf_json *json = sf_json_create_object();
	sf_json_str(json, "namespace", pod->space);
	sf_json_str(json, "name", pod->name);
	sf_json_str(json, "uid", pod->uid);
	sf_json_int(json, "priority", pod->priority);
	sf_report_request(json, "request", &pod->subject);
	sf_json_write(json, false, out);
	sf_json_destroy(json);
}
