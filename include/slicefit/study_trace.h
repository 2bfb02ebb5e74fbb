/* study_trace: the nodes and pods of a placement study, as its files list them. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_STUDY_TRACE_H
#define SF_STUDY_TRACE_H

#include <slicefit/map.h>
#include <slicefit/str.h>

#include <stdint.h>

enum { SF_STUDY_NODES_MAX = 100000, SF_STUDY_PODS_MAX = 1000000, SF_STUDY_NAMES_MAX = 4096 };

/* Different texts, numbered in the order in which they were first seen; number 0 is "". */
struct sf_study_names {
	uint16_t n;
	size_t cap;
	const char **text;
	struct sf_map number;
};

struct sf_study_node {
	const char *name;
	int64_t cpu_milli, memory_mib;
	uint32_t line;  /* of the file */
	uint16_t model; /* of its GPUs: a number in `models`; 0 without GPUs */
	uint8_t gpus;
};

struct sf_study_pod {
	const char *name;
	int64_t cpu_milli, memory_mib;
	uint32_t line;
	uint16_t gpus;
	uint16_t gpu_milli; /* of each: 1 to 1000; 0 without GPUs */
	uint16_t spec;      /* models that will do, '|' between them: a number in `specs`; 0: any */
};

/* Both are sorted by name (bytewise), no name twice. Names point into `text`. Zero-initialise. */
struct sf_study_nodes {
	struct sf_str text;
	uint32_t n;
	size_t cap;
	struct sf_study_node *node;
	struct sf_study_names models;
};

struct sf_study_pods {
	struct sf_str name; /* of the trace */
	struct sf_str text;
	uint32_t n;
	size_t cap;
	struct sf_study_pod *pod;
	struct sf_study_names specs;
};

void sf_study_nodes_finish(struct sf_study_nodes *nodes);
void sf_study_pods_finish(struct sf_study_pods *pods);

/* Milli-GPUs of all nodes. */
int64_t sf_study_nodes_milli(const struct sf_study_nodes *nodes);

/* Milli-GPUs of one pod. */
static inline int64_t sf_study_pod_milli(const struct sf_study_pod *pod)
{
	return (int64_t)pod->gpus * pod->gpu_milli;
}

/* Number of a text, added when it is new (the text is borrowed); -1 when there are
 * SF_STUDY_NAMES_MAX already. */
int sf_study_names_add(struct sf_study_names *names, const char *text);

#endif
