/* explain_name: the resource that somebody may have meant. */
// SPDX-License-Identifier: Apache-2.0
#include "explain_impl.h"

#include <slicefit/nearest.h>

#include <string.h>

/* A name wherever it comes from: the wish for replicas and the product do not matter here. */
static struct sf_request ask_for(uint16_t resource)
{
	struct sf_request request = {.n = 1};
	request.want[0].resource = resource;
	request.want[0].count = 1;
	return request;
}

/* The nodes that would serve one of the resource if nothing ran there. */
static void list_nodes(const struct sf_cluster *cluster, uint16_t resource,
                       struct sf_explain_nodes *out)
{
	struct sf_request request = ask_for(resource);
	uint32_t n = sf_cluster_nodes(cluster);
	for (uint32_t i = 0; i < n; i++) {
		if (sf_filter_ever(cluster, i, &request, SF_VIEW_AWARE) == SF_FITS) {
			sf_explain_nodes_add(out, sf_cluster_node(cluster, i)->name);
		}
	}
}

void sf_explain_nearest(const struct sf_cluster *cluster,
                        const struct sf_explain_question *question, uint8_t want,
                        struct sf_mend *mend)
{
	const struct sf_resources *names = sf_cluster_resources(cluster);
	const char *asked = question->name[want];
	struct sf_explain_nodes nodes = {0};
	size_t least = SIZE_MAX;
	uint16_t known = sf_resource_find(names, asked);
	if (known != SF_RES_NONE) {
		list_nodes(cluster, known, &nodes);
	}
	if (nodes.n > 0) {
		return; /* the name is right */
	}
	for (uint16_t i = 0; i < sf_resource_count(names); i++) {
		const char *name = sf_resource_name(names, i);
		size_t distance = sf_nearest_distance(asked, name);
		nodes = (struct sf_explain_nodes){0};
		if (i == known || distance >= least || !sf_nearest_close(asked, name)) {
			continue;
		}
		list_nodes(cluster, i, &nodes);
		if (nodes.n > 0) {
			least = distance;
			*mend = (struct sf_mend){
				.kind = SF_MEND_NAME, .resource = name, .nodes = nodes};
		}
	}
}
