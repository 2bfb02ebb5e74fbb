/* Fuzz target: any bytes are a list of nodes or pods, or an error with a place. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/error.h>
#include <slicefit/openb.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_pods(const struct sf_study_pods *pods)
{
	for (uint32_t i = 0; i < pods->n; i++) {
		const struct sf_study_pod *pod = &pods->pod[i];
		if (pod->spec >= pods->specs.n || pod->gpu_milli > 1000 ||
		    (pod->gpus == 0) != (pod->gpu_milli == 0) ||
		    (i > 0 && strcmp(pod[-1].name, pod->name) >= 0)) {
			abort();
		}
	}
}

static void check_nodes(const struct sf_study_nodes *nodes)
{
	for (uint32_t i = 0; i < nodes->n; i++) {
		const struct sf_study_node *node = &nodes->node[i];
		if (node->model >= nodes->models.n || (node->gpus > 0) != (node->model > 0) ||
		    (i > 0 && strcmp(node[-1].name, node->name) >= 0)) {
			abort();
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sf_study_nodes nodes = {0};
	struct sf_study_pods pods = {0};
	struct sf_error err = {0};
	if (sf_openb_parse_nodes((const char *)data, size, "fuzz", &nodes, &err) == 0) {
		check_nodes(&nodes);
		sf_study_nodes_finish(&nodes);
	} else if (strncmp(err.text, "fuzz:", 5) != 0) {
		abort();
	}
	if (sf_openb_parse_pods((const char *)data, size, "fuzz", &pods, &err) == 0) {
		check_pods(&pods);
		sf_study_pods_finish(&pods);
	} else if (strncmp(err.text, "fuzz:", 5) != 0) {
		abort();
	}
	return 0;
}
