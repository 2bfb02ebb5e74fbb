/* emit_view: what the writers of a roll-out look at. */
// SPDX-License-Identifier: Apache-2.0
#include "emit_config.h"

#include <slicefit/str.h>

int sf_emit_view_init(struct sf_emit_view *view, const struct sf_emit *emit, struct sf_error *err)
{
	*view = (struct sf_emit_view){.emit = emit,
	                              .after = sf_scenario_cluster(emit->plan->after, err)};
	if (view->after == NULL) {
		return -1;
	}
	sf_emit_configs_init(&view->configs, emit->plan, emit->before);
	return 0;
}

void sf_emit_view_finish(struct sf_emit_view *view)
{
	sf_emit_configs_finish(&view->configs);
	sf_cluster_destroy(view->after);
}

const char *sf_emit_node_name(const struct sf_emit_view *view, uint32_t node)
{
	return sf_cluster_node(view->emit->before, node)->name;
}

const struct sf_pool *sf_emit_pool(const struct sf_emit_view *view, uint32_t node)
{
	uint32_t index;
	return sf_scenario_pool_of(view->emit->scenario, node, &index);
}

static uint32_t total_of(const struct sf_cluster *cluster, uint32_t node, const char *name)
{
	uint16_t resource = sf_resource_find(sf_cluster_resources(cluster), name);
	const struct sf_count *count = sf_node_count(sf_cluster_node(cluster, node), resource);
	return count != NULL ? count->total : 0;
}

size_t sf_emit_counts(const struct sf_emit_view *view, uint32_t node,
                      struct sf_emit_count out[SF_EMIT_COUNTS_MAX])
{
	const struct sf_cluster *sides[] = {view->emit->before, view->after};
	size_t n = 0;
	if (sf_cluster_node(view->after, node)->dynamic) {
		return 0;
	}
	for (int s = 0; s < 2; s++) {
		const struct sf_node *from = sf_cluster_node(sides[s], node);
		for (uint8_t c = 0; c < from->n_counts; c++) {
			const char *name = sf_resource_name(sf_cluster_resources(sides[s]),
			                                    from->count[c].resource);
			const struct sf_emit_count count = {
				.name = name,
				.before = total_of(sides[0], node, name),
				.after = total_of(sides[1], node, name),
			};
			if (from->count[c].total > 0 && (s == 0 || count.before == 0)) {
				out[n++] = count;
			}
		}
	}
	return n;
}

void sf_emit_label_arguments(const struct sf_emit_configs *configs, size_t mig, size_t share,
                             struct sf_str *out)
{
	if (share != SIZE_MAX) {
		sf_str_printf(out, " " SF_EMIT_SHARE_LABEL "=%s", configs->share[share].name);
	}
	if (mig != SIZE_MAX) {
		sf_str_printf(out, " " SF_EMIT_MIG_LABEL "=%s", configs->mig[mig].name);
	}
}
