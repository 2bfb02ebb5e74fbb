/* gauges_text: gauges as Prometheus reads them. */
// SPDX-License-Identifier: Apache-2.0
#include "gauges.h"

#include "prom.h"

#include <slicefit/str.h>

#include <stddef.h>

static const char *const modes[SF_GAUGE_MODES] = {
	[SF_GAUGE_WHOLE] = "whole",
	[SF_GAUGE_MIG] = "mig",
	[SF_GAUGE_TIME_SLICING] = "time-slicing",
	[SF_GAUGE_MPS] = "mps",
	[SF_GAUGE_FRACTION] = "fraction",
};
static const char *const node_states[SF_GAUGE_NODES] = {
	[SF_GAUGE_READY] = "ready",
	[SF_GAUGE_CORDONED] = "cordoned",
	[SF_GAUGE_FAILED] = "failed",
};
static const char *const pod_states[SF_LIVE_BOUND + 1] = {
	[SF_LIVE_PENDING] = "pending",
	[SF_LIVE_RESERVED] = "reserved",
	[SF_LIVE_BOUND] = "bound",
};

/* Families with one sample per product, mode and profile. */
static const struct {
	struct sf_prom_family family;
	size_t offset; /* in struct sf_gauge_gpus */
} by_gpus[] = {
	{{"slicefit_gpu_capacity", SF_PROM_GAUGE,
          "GPUs; instances as their share of the memory slices.", 6},
         offsetof(struct sf_gauge_gpus, capacity)},
	{{"slicefit_gpu_allocated", SF_PROM_GAUGE, "GPUs held by pods or promised to them.", 6},
         offsetof(struct sf_gauge_gpus, allocated)},
	{{"slicefit_gpu_free", SF_PROM_GAUGE, "GPUs not allocated, on nodes that take pods.", 6},
         offsetof(struct sf_gauge_gpus, free)},
	{{"slicefit_gpu_stranded", SF_PROM_GAUGE,
          "Free GPUs on nodes without the CPU or memory for the smallest request.", 6},
         offsetof(struct sf_gauge_gpus, stranded)},
	{{"slicefit_gpu_devices", SF_PROM_GAUGE,
          "Devices that can be handed out: GPUs, instances, or replicas of them.", 0},
         offsetof(struct sf_gauge_gpus, devices)},
	{{"slicefit_gpu_devices_allocated", SF_PROM_GAUGE, "Devices held by pods or promised.", 0},
         offsetof(struct sf_gauge_gpus, devices_allocated)},
};

static int64_t field(const struct sf_gauge_gpus *gpus, size_t offset)
{
	return *(const int64_t *)(const void *)((const char *)gpus + offset);
}

static void write_gpus(const struct sf_gauges *gauges, struct sf_str *out)
{
	for (size_t i = 0; i < sizeof(by_gpus) / sizeof(by_gpus[0]); i++) {
		sf_prom_head(&by_gpus[i].family, out);
		for (size_t k = 0; k < gauges->n; k++) {
			const struct sf_gauge_gpus *gpus = &gauges->gpus[k];
			struct sf_prom_labels labels = {{
				{"product",
			         gpus->product != NULL ? gpus->product->name : "unknown"},
				{"mode", modes[gpus->mode]},
				{"profile", gpus->profile},
			}};
			sf_prom_sample(&by_gpus[i].family, &labels, field(gpus, by_gpus[i].offset),
			               out);
		}
	}
}

static void write_by(const struct sf_prom_family *family, const char *label,
                     const char *const *values, const int64_t *value, size_t n, struct sf_str *out)
{
	sf_prom_head(family, out);
	for (size_t i = 0; i < n; i++) {
		struct sf_prom_labels labels = {{{label, values[i]}}};
		sf_prom_sample(family, &labels, value[i], out);
	}
}

static void write_one(const char *name, enum sf_prom_type type, const char *help, uint64_t value,
                      struct sf_str *out)
{
	struct sf_prom_family family = {name, type, help, 0};
	sf_prom_head(&family, out);
	sf_prom_sample(&family, NULL, (int64_t)value, out);
}

void sf_gauges_write(const struct sf_gauges *gauges, struct sf_str *out)
{
	static const struct sf_prom_family nodes = {"slicefit_nodes", SF_PROM_GAUGE,
	                                            "Nodes that are known, by state.", 0};
	static const struct sf_prom_family pods = {
		"slicefit_pods", SF_PROM_GAUGE, "Pods that are known and not finished, by state.",
		0};
	const struct sf_live_counts *counts = &gauges->counts;
	write_by(&nodes, "state", node_states, gauges->nodes, SF_GAUGE_NODES, out);
	write_by(&pods, "state", pod_states, gauges->pods, SF_LIVE_BOUND + 1, out);
	write_one("slicefit_pods_unplaced", SF_PROM_GAUGE,
	          "Bound pods for whose devices the model sees no room.", counts->waiting, out);
	write_one("slicefit_reservations", SF_PROM_GAUGE, "Devices promised to pods now.",
	          counts->reserved, out);
	write_one("slicefit_reservations_total", SF_PROM_COUNTER, "Promises made.",
	          counts->reservations, out);
	write_one("slicefit_reservations_settled_total", SF_PROM_COUNTER,
	          "Promises that the API server confirmed.", counts->settled, out);
	write_one("slicefit_reservations_expired_total", SF_PROM_COUNTER,
	          "Promises given back because their time was over.", counts->expired, out);
	write_one("slicefit_nodes_judged_total", SF_PROM_COUNTER,
	          "Nodes looked at anew to answer requests.", gauges->judged, out);
	write_gpus(gauges, out);
}
