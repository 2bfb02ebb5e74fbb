/* mix: the GPU requests of a scenario with their shares, and what of a node's free GPU capacity they
 * cannot use. */
// SPDX-License-Identifier: Apache-2.0
#include "mix.h"

#include "mix_memo.h"

#include <slicefit/alloc.h>
#include <slicefit/target.h>

#include <stdlib.h>
#include <string.h>

static void add_class(struct sf_mix *mix, const struct sf_request *request, int64_t weight)
{
	for (size_t i = 0; i < mix->n; i++) {
		if (sf_request_same(&mix->class[i].request, request)) {
			mix->class[i].weight += weight;
			return;
		}
	}
	mix->class[mix->n++] = (struct sf_mix_class){.request = *request, .weight = weight};
}

void sf_mix_init(struct sf_mix *mix, const struct sf_scenario *scenario,
                 const struct sf_cluster *cluster)
{
	*mix = (struct sf_mix){0};
	mix->class = sf_xcalloc(scenario->n_workloads + 1, sizeof(*mix->class));
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		const struct sf_workload *workload = &scenario->workload[i];
		struct sf_request request;
		sf_request_resolve(&workload->request, cluster, &request);
		if (request.n > 0) {
			add_class(mix, &request, workload->count);
			mix->weights += workload->count;
		}
	}
	mix->memo = sf_mix_memo_create(mix);
}

void sf_mix_finish(struct sf_mix *mix)
{
	sf_mix_memo_destroy(mix->memo);
	free(mix->class);
	*mix = (struct sf_mix){0};
}

static int64_t ask_all(const struct sf_mix *mix, const struct sf_cluster *cluster, uint32_t index,
                       int64_t free)
{
	int64_t sum = 0;
	for (size_t i = 0; i < mix->n; i++) {
		const struct sf_mix_class *class = &mix->class[i];
		sum += class->weight * sf_fragment_class(cluster, index, free, &class->request);
	}
	return sum;
}

int64_t sf_mix_fragment(const struct sf_mix *mix, const struct sf_cluster *cluster, uint32_t index,
                        int64_t free)
{
	const struct sf_node *node = sf_cluster_node(cluster, index);
	bool known = false;
	int64_t *place = mix->memo != NULL ? sf_mix_memo_find(mix->memo, node, &known) : NULL;
	if (known) {
		return *place;
	}
	int64_t fragment = ask_all(mix, cluster, index, free);
	if (place != NULL) {
		*place = fragment;
	}
	return fragment;
}

int64_t sf_mix_stranded(const struct sf_mix *mix, const struct sf_node *node, int64_t free)
{
	for (size_t i = 0; i < mix->n; i++) {
		const struct sf_request *request = &mix->class[i].request;
		bool cpu = node->cpu_milli == 0 ||
		           node->cpu_milli - node->cpu_used_milli >= request->cpu_milli;
		bool memory = node->memory_mib == 0 ||
		              node->memory_mib - node->memory_used_mib >= request->memory_mib;
		if (cpu && memory) {
			return 0;
		}
	}
	return mix->n > 0 ? free : 0;
}
