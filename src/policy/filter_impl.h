/* filter_impl: what the files of the filter share. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_FILTER_IMPL_H
#define SF_FILTER_IMPL_H

#include <slicefit/filter.h>

/* What is judged: a node (maybe an emptied copy), a request, and how much may be known. */
struct sf_filter_case {
	const struct sf_cluster *cluster;
	const struct sf_node *node;
	const struct sf_request *request;
	enum sf_view view;
	int32_t wish;  /* GPU memory per replica that counts in this view; 0: none */
	bool has_wish; /* the same, or for a share of the device's memory */
	bool crowds;   /* a newcomer, whatever it wishes for, may take memory from others */
};

/* So many replicas of one advertised name of a static node. */
struct sf_filter_need {
	const struct sf_count *count;
	uint32_t n;
	bool shared;
};

/* CPU, memory and pods. */
enum sf_fit sf_filter_room(const struct sf_filter_case *c);

/* Are its devices there whether or not pods run? */
bool sf_filter_is_static(const struct sf_node *node);

/* What a request needs of a static node, by name; SF_WANTS_MAX entries. */
enum sf_fit sf_filter_collect(const struct sf_filter_case *c, struct sf_filter_need *need,
                              uint8_t *n_needs);

/* The k-th device of a GPU: whole GPUs have one, else one per instance; -1: no more. */
int sf_filter_device_at(const struct sf_node *node, const struct sf_gpu *gpu, uint8_t k);

/* The name a want goes by in the counts view, where shared wishes follow the cluster's naming. */
uint16_t sf_filter_counted_name(const struct sf_filter_case *c, const struct sf_want *want);

/* Chooses the devices on a static node whose counts suffice. */
enum sf_fit sf_filter_choose(const struct sf_filter_case *c, const struct sf_filter_need *need,
                             uint8_t n_needs, struct sf_grant *grant);

/*
 * Where devices are unknown (sf_node.allocation): have those that the kubelet may choose for this
 * request the memory that it wishes for, and still that for pods which are on their way?
 */
bool sf_filter_blind(const struct sf_filter_case *c, const struct sf_filter_need *need);

/* Is there a pod on its way to such a node that wishes for GPU memory? */
bool sf_filter_is_awaited(const struct sf_cluster *cluster, const struct sf_node *node);

/* A node whose GPUs are shared by fractions. */
enum sf_fit sf_filter_fraction(const struct sf_filter_case *c, struct sf_grant *grant);

/* A node whose instances come and go with the pods. */
enum sf_fit sf_filter_dynamic(const struct sf_filter_case *c, struct sf_grant *grant);

#endif
