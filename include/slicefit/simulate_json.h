/* simulate_json: what POST /simulate is asked, see docs/simulate.md. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_SIMULATE_JSON_H
#define SF_SIMULATE_JSON_H

#include <slicefit/kube_node.h>
#include <slicefit/kube_pod.h>

#include <stddef.h>

struct sf_arena;
struct sf_catalog;
struct sf_error;

enum {
	SF_SIMULATE_PODS_MAX = 10000, /* of one request, all counts together */
	SF_SIMULATE_NODES_MAX = 1000,
};

/* Pods that are alike. */
struct sf_simulate_pods {
	struct sf_kube_pod pod;
	const char *text; /* its object, in the text that was read */
	size_t len;
	uint32_t count;
};

/* Nodes that are alike: one of the three is given. */
struct sf_simulate_nodes {
	struct sf_kube_node *node;        /* as an object describes it */
	const char *like;                 /* as the node of this name */
	const struct sf_product *product; /* with `gpus` whole GPUs of it */
	uint8_t gpus;
	const char *name; /* of the first; NULL: none was given */
	uint32_t count;
};

struct sf_simulate_ask {
	bool pending; /* the pods that wait come first */
	size_t n_pods, n_nodes;
	struct sf_simulate_pods *pods;
	struct sf_simulate_nodes *nodes;
};

/* Reads the body; arrays and names are in the arena. Unknown and repeated keys are errors; messages
 * say where in the document, as "/pods/3/count". */
int sf_simulate_ask_read(const char *text, size_t len, const struct sf_catalog *catalog,
                         struct sf_arena *arena, struct sf_simulate_ask *out, struct sf_error *err);

#endif
