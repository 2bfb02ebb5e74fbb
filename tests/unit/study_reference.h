/*
 * study_reference: the placement study once more, as its description reads, without the model, the
 * filter, the placer and every shortcut: all nodes are judged for every pod, all sums are made from
 * scratch. What it decides is what sf_study_run has to decide.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_STUDY_REFERENCE_H
#define SF_STUDY_REFERENCE_H

#include <slicefit/study.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REF_GPUS = 16, REF_CLASSES = 1024, REF_SPECS = 64, REF_PODS_MAX = 1001 };

struct ref_node {
	int64_t cpu, memory; /* free */
	int n_gpus, pods;
	int free[REF_GPUS];
	bool classes[REF_GPUS + 2]; /* sizes of GPU pods on it; 0: shares */
	bool accepts[REF_SPECS];    /* by number in pods->specs: a model that will do */
};

struct ref_class {
	const struct sf_study_pod *pod;
	int count;
	double share;
};

struct ref {
	const struct sf_study_case *study;
	int n_nodes;
	struct ref_node *node; /* in the order that decides ties */
	int n_classes;
	struct ref_class class[REF_CLASSES];
};

enum ref_policy { REF_FGD, REF_BESTFIT, REF_DOTPROD, REF_PACKING, REF_CLUSTERING, REF_POLICIES };

static const char *const ref_names[REF_POLICIES] = {"fgd", "fgd-bestfit", "fgd-dotprod",
                                                    "fgd-packing", "fgd-clustering"};

static const char *ref_spec(const struct ref *ref, const struct sf_study_pod *pod)
{
	return ref->study->pods->specs.text[pod->spec];
}

static int ref_compare_classes(const void *a, const void *b, void *ctx)
{
	const struct ref_class *x = a;
	const struct ref_class *y = b;
	if (x->count != y->count) {
		return y->count - x->count;
	}
	if (x->pod->cpu_milli != y->pod->cpu_milli) {
		return x->pod->cpu_milli < y->pod->cpu_milli ? 1 : -1;
	}
	if (x->pod->gpu_milli != y->pod->gpu_milli) {
		return y->pod->gpu_milli - x->pod->gpu_milli;
	}
	if (x->pod->gpus != y->pod->gpus) {
		return y->pod->gpus - x->pod->gpus;
	}
	return strcmp(ref_spec(ctx, y->pod), ref_spec(ctx, x->pod));
}

/* The classes that make up 95 % of the list. */
static void ref_find_typical(struct ref *ref)
{
	const struct sf_study_pods *pods = ref->study->pods;
	int n = 0;
	for (uint32_t i = 0; i < pods->n; i++) {
		const struct sf_study_pod *pod = &pods->pod[i];
		int c = 0;
		while (c < n && (ref->class[c].pod->cpu_milli != pod->cpu_milli ||
		                 ref->class[c].pod->gpus != pod->gpus ||
		                 ref->class[c].pod->gpu_milli != pod->gpu_milli ||
		                 ref->class[c].pod->spec != pod->spec)) {
			c++;
		}
		if (c == n) {
			ref->class[n++] = (struct ref_class){.pod = pod};
		}
		ref->class[c].count++;
	}
	qsort_r(ref->class, (size_t)n, sizeof(ref->class[0]), ref_compare_classes, ref);
	int kept = 0;
	while (100 * kept < 95 * (int)pods->n) {
		kept += ref->class[ref->n_classes++].count;
	}
	for (int c = 0; c < ref->n_classes; c++) {
		ref->class[c].share =
			(double)ref->class[c].count / pods->n / ((double)kept / pods->n);
	}
}

static bool ref_accepts(const char *text, const struct sf_study_node *node, const char *model)
{
	char spec[1024];
	char *rest = spec;
	snprintf(spec, sizeof(spec), "%s", text);
	if (spec[0] == '\0') {
		return true;
	}
	for (char *name; (name = strsep(&rest, "|")) != NULL;) {
		if (node->gpus > 0 && strcmp(name, model) == 0) {
			return true;
		}
	}
	return false;
}

static bool ref_fits(const struct ref_node *node, const struct sf_study_pod *pod)
{
	int room = 0;
	for (int g = 0; g < node->n_gpus && pod->gpus > 0; g++) {
		room += node->free[g] / pod->gpu_milli;
	}
	return pod->cpu_milli <= node->cpu && pod->memory_mib <= node->memory &&
	       node->pods < REF_PODS_MAX && room >= pod->gpus &&
	       (pod->gpus == 0 || node->accepts[pod->spec]);
}

static int ref_idle(const struct ref_node *node)
{
	int sum = 0;
	for (int g = 0; g < node->n_gpus; g++) {
		sum += node->free[g];
	}
	return sum;
}

/* What of a node the typical pods cannot use. */
static double ref_frag(const struct ref *ref, const struct ref_node *node)
{
	double q1 = 0, q2 = 0, q4 = 0, xl = 0, xr = 0, na = 0;
	double all = ref_idle(node);
	for (int c = 0; c < ref->n_classes; c++) {
		const struct sf_study_pod *pod = ref->class[c].pod;
		double share = ref->class[c].share;
		bool cpu = pod->cpu_milli <= node->cpu;
		int enough = 0;
		int below = 0;
		for (int g = 0; g < node->n_gpus; g++) {
			bool fits = node->free[g] >= pod->gpu_milli;
			enough += fits;
			below += fits ? 0 : node->free[g];
		}
		if (pod->gpus == 0) {
			*(cpu ? &xl : &xr) += share * all;
		} else if (!node->accepts[pod->spec]) {
			na += share * all;
		} else if (enough >= pod->gpus) {
			*(cpu ? &q2 : &q4) += share * (cpu ? below : all);
		} else {
			*(cpu ? &q2 : &q1) += share * all;
		}
	}
	return q1 + q2 + q4 + xl + xr + na;
}

/* Takes `pod` with its share, if it is one, on device `gpu`; returns bit per device used. */
static unsigned ref_take(struct ref_node *node, const struct sf_study_pod *pod, int gpu)
{
	unsigned used = 0;
	int parts = pod->gpus;
	node->cpu -= pod->cpu_milli;
	node->memory -= pod->memory_mib;
	node->pods++;
	if (parts == 1 && pod->gpu_milli < 1000) {
		node->free[gpu] -= pod->gpu_milli;
		return 1U << gpu;
	}
	for (int g = 0; g < node->n_gpus; g++) {
		while (parts > 0 && node->free[g] >= pod->gpu_milli) {
			node->free[g] -= pod->gpu_milli;
			used |= 1U << g;
			parts--;
		}
	}
	return used;
}

/* The device with least free that a share fits on. */
static int ref_tightest(const struct ref_node *node, const struct sf_study_pod *pod)
{
	int best = -1;
	for (int g = 0; g < node->n_gpus; g++) {
		if (node->free[g] >= pod->gpu_milli &&
		    (best < 0 || node->free[g] < node->free[best])) {
			best = g;
		}
	}
	return best;
}

static int ref_score_fgd(const struct ref *ref, const struct ref_node *node,
                         const struct sf_study_pod *pod, int *gpu)
{
	bool share = pod->gpus == 1 && pod->gpu_milli < 1000;
	double before = ref_frag(ref, node);
	int best = -1;
	for (int g = 0; g < (share ? node->n_gpus : 1); g++) {
		if (share && node->free[g] < pod->gpu_milli) {
			continue;
		}
		struct ref_node after = *node;
		ref_take(&after, pod, g);
		int score = (int)(100 / (1 + exp(-(before - ref_frag(ref, &after)) / 1000)));
		if (score > best) {
			best = score;
			*gpu = g;
		}
	}
	return best;
}

static int ref_score_packing(const struct ref_node *node, const struct sf_study_pod *pod, int gpu)
{
	struct ref_node after = *node;
	unsigned used = ref_take(&after, pod, gpu);
	int idle = 0;
	int sum = 0;
	if (pod->gpus == 0) {
		return 0;
	}
	if (ref_idle(node) == 1000 * node->n_gpus) {
		return node->n_gpus > 33 - node->n_gpus ? node->n_gpus : 33 - node->n_gpus;
	}
	for (int g = 0; g < node->n_gpus; g++) {
		if (used & 1U << g) {
			idle += node->free[g] == 1000;
			sum += 100 * node->free[g] / 1000;
		}
	}
	if (idle > 0) {
		return 50 - idle > 33 ? 50 - idle : 33;
	}
	return 100 - sum / 10 > 50 ? 100 - sum / 10 : 50;
}

/* Shares are size 0, whole GPUs their number. */
static int ref_size(const struct sf_study_pod *pod)
{
	if (pod->gpu_milli < 1000) {
		return 0;
	}
	return pod->gpus < REF_GPUS ? pod->gpus : REF_GPUS;
}

static int ref_score_clustering(const struct ref_node *node, const struct sf_study_pod *pod)
{
	int used = 25 * (8000 - ref_idle(node)) / 8000;
	int others = 0;
	if (pod->gpus == 0) {
		return 0;
	}
	for (int s = 0; s <= REF_GPUS; s++) {
		others += s != ref_size(pod) && node->classes[s];
	}
	if (node->classes[ref_size(pod)]) {
		return used + (others ? 50 : 75);
	}
	return others ? used : used + 25;
}

static int ref_score(const struct ref *ref, enum ref_policy policy, const struct ref_node *node,
                     const struct sf_study_pod *pod, int *gpu)
{
	double cpu = (double)node->cpu;
	double idle = ref_idle(node);
	double total = (double)pod->gpus * pod->gpu_milli;
	*gpu = pod->gpus == 1 ? ref_tightest(node, pod) : 0;
	switch (policy) {
	case REF_FGD:
		return ref_score_fgd(ref, node, pod, gpu);
	case REF_BESTFIT:
		return (int)(100 * (1 - (0.5 * ((cpu - (double)pod->cpu_milli) / 128000) +
		                         0.5 * ((idle - total) / 8000))));
	case REF_DOTPROD:
		return (int)(100 * (1 - ((cpu / 128000) * ((double)pod->cpu_milli / 128000) +
		                         (idle / 8000) * (total / 8000)) /
		                                2));
	case REF_PACKING:
		return ref_score_packing(node, pod, *gpu);
	case REF_CLUSTERING:
	case REF_POLICIES:
		break;
	}
	return ref_score_clustering(node, pod);
}

static bool ref_place(struct ref *ref, enum ref_policy policy, const struct sf_study_pod *pod)
{
	int best = -1;
	int best_score = 0;
	int best_gpu = 0;
	for (int i = 0; i < ref->n_nodes; i++) {
		int gpu = 0;
		if (!ref_fits(&ref->node[i], pod)) {
			continue;
		}
		int score = ref_score(ref, policy, &ref->node[i], pod, &gpu);
		if (best < 0 || score > best_score) {
			best = i;
			best_score = score;
			best_gpu = gpu;
		}
	}
	if (best < 0) {
		return false;
	}
	ref_take(&ref->node[best], pod, best_gpu);
	ref->node[best].classes[ref_size(pod)] |= pod->gpus > 0;
	return true;
}

/* As a log prints it and a script reads it back. */
static double ref_printed(double x)
{
	char text[64];
	snprintf(text, sizeof(text), "%.2f", x);
	return strtod(text, NULL);
}

static struct sf_study_record ref_record(const struct ref *ref, int64_t arrived, int64_t capacity)
{
	double frag = 0;
	int64_t idle = 0;
	for (int i = 0; i < ref->n_nodes; i++) {
		frag += ref_frag(ref, &ref->node[i]);
		idle += ref_idle(&ref->node[i]);
	}
	return (struct sf_study_record){
		.arrived_pct = 100 * (double)arrived / (double)capacity,
		.alloc_pct =
			ref_printed((double)(capacity - idle) / ((double)capacity / 1000) / 10),
		.frag_milli = ref_printed(frag),
		.frag_ratio_pct = idle > 0 ? ref_printed(100 * frag / (double)idle) : 0,
	};
}

/* Pods placed; the series of the study. */
static uint32_t ref_run(const struct sf_study_case *study, const struct sf_study_order *order,
                        enum ref_policy policy, struct sf_study_series *series)
{
	static struct ref ref;
	int64_t capacity = sf_study_nodes_milli(study->nodes);
	int64_t arrived = 0;
	uint32_t placed = 0;
	struct sf_study_record *record = calloc(order->n, sizeof(*record));
	ref = (struct ref){.study = study, .n_nodes = (int)study->nodes->n};
	ref.node = calloc(study->nodes->n, sizeof(*ref.node));
	for (uint32_t i = 0; i < study->nodes->n; i++) {
		const struct sf_study_node *node = &study->nodes->node[order->node[i]];
		ref.node[i] = (struct ref_node){
			.cpu = node->cpu_milli,
			.memory = node->memory_mib,
			.n_gpus = node->gpus,
		};
		for (uint16_t k = 0; k < study->pods->specs.n; k++) {
			ref.node[i].accepts[k] =
				ref_accepts(study->pods->specs.text[k], node,
			                    study->nodes->models.text[node->model]);
		}
		for (int g = 0; g < node->gpus; g++) {
			ref.node[i].free[g] = 1000;
		}
	}
	ref_find_typical(&ref);
	for (uint32_t i = 0; i < order->n; i++) {
		const struct sf_study_pod *pod = &study->pods->pod[order->arrival[i]];
		placed += ref_place(&ref, policy, pod);
		arrived += (int64_t)pod->gpus * pod->gpu_milli;
		record[i] = ref_record(&ref, arrived, capacity);
	}
	sf_study_series_make(record, order->n, capacity, series);
	free(record);
	free(ref.node);
	return placed;
}

#endif
