/* explain_nodes: each node and each of its GPUs, and what they have for a pod. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/report_remedy.h>

#include <slicefit/explain_gpu.h>
#include <slicefit/json.h>
#include <slicefit/slicebars.h>
#include <slicefit/str.h>
#include <slicefit/table.h>
#include <slicefit/verdicts.h>

#include <inttypes.h>

static const char *product_name(const struct sf_gpu *gpu)
{
	return gpu->product != NULL ? gpu->product->name : "unknown";
}

/* A GPU as bars over its memory slices; a whole one in words. */
static void draw(const struct sf_node *node, const struct sf_gpu *gpu,
                 const struct sf_gpu_answer *answer, bool fancy, struct sf_str *out)
{
	const struct sf_device *device = &gpu->device[0];
	if (gpu->product == NULL || gpu->product->units == 0 || sf_node_gpu_is_whole(node, gpu)) {
		if (device->replicas > 1) {
			sf_str_printf(out, "%u of %u replicas in use", device->used,
			              device->replicas);
		} else {
			sf_str_append(out, device->used > 0 ? "whole, in use" : "whole, free");
		}
		return;
	}
	uint32_t mask = 0;
	for (uint8_t i = 0; i < gpu->layout.n; i++) {
		mask |= SF_PROFILE_BIT(gpu->layout.instance[i].profile);
	}
	size_t unit = sf_slicebars_unit(gpu->product, mask) + 1;
	sf_slicebars_draw_use(gpu->product, &gpu->layout, answer->used, unit, fancy, out);
}

/* "3/8"; nothing where there are none of them. */
static void add_ratio(uint32_t free, uint32_t of, struct sf_table *table)
{
	if (of > 0) {
		sf_table_cell(table, "%" PRIu32 "/%" PRIu32, free, of);
	} else {
		sf_table_cell(table, "%s", "");
	}
}

static void add_gpus(const struct sf_remedy_report *report, const struct sf_node *node,
                     struct sf_table *table)
{
	for (uint8_t g = 0; g < node->n_gpus && !node->by_counts; g++) {
		const struct sf_gpu *gpu = &node->gpu[g];
		struct sf_gpu_answer answer =
			sf_explain_gpu(report->cluster, node, gpu, report->request);
		struct sf_str picture = {0};
		draw(node, gpu, &answer, report->fancy, &picture);
		sf_table_cell(table, "  GPU %u", g);
		sf_table_cell(table, "%s", product_name(gpu));
		sf_table_cell(table, "%s", sf_gpu_fit_names[answer.fit]);
		add_ratio(answer.free, answer.of, table);
		sf_table_cell(table, "%s", sf_str_get(&picture));
		sf_str_finish(&picture);
	}
}

/* Devices of the names asked for, free and in all, as the node advertises them. */
static void count_free(const struct sf_node *node, const struct sf_request *request, uint32_t *free,
                       uint32_t *of)
{
	*free = *of = 0;
	for (uint8_t i = 0; i < request->n; i++) {
		const struct sf_count *count = sf_node_count(node, request->want[i].resource);
		if (count != NULL) {
			*free += count->total - count->used;
			*of += count->total;
		}
	}
}

static const char *reason_of(const struct sf_remedy_report *report, uint32_t node)
{
	const char *rule = report->excluded != NULL ? report->excluded[node] : NULL;
	return rule != NULL ? rule : sf_fit_reason((enum sf_fit)report->verdicts->node[node].fit);
}

void sf_report_nodes_text(const struct sf_remedy_report *report, struct sf_str *out)
{
	struct sf_table *table = sf_table_create();
	uint32_t n = sf_cluster_nodes(report->cluster);
	sf_table_column(table, "node", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "has", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "says", NULL, SF_ALIGN_LEFT);
	sf_table_column(table, "free", NULL, SF_ALIGN_RIGHT);
	sf_table_column(table, "slices (# in use)", NULL, SF_ALIGN_LEFT);
	for (uint32_t i = 0; i < n; i++) {
		const struct sf_node *node = sf_cluster_node(report->cluster, i);
		uint32_t free, of;
		count_free(node, report->request, &free, &of);
		sf_table_cell(table, "%s", node->name);
		sf_table_cell(table, "%s", sf_explain_kind_names[sf_explain_kind_of(node)]);
		sf_table_cell(table, "%s", reason_of(report, i));
		add_ratio(free, of, table);
		sf_table_cell(table, "%s", "");
		add_gpus(report, node, table);
	}
	sf_str_append(out, "\n");
	sf_table_write(table, SF_TABLE_TEXT, out);
	sf_table_destroy(table);
}

static void write_gpu(const struct sf_remedy_report *report, const struct sf_node *node, uint8_t g,
                      struct sf_json *json)
{
	const struct sf_gpu *gpu = &node->gpu[g];
	struct sf_gpu_answer answer = sf_explain_gpu(report->cluster, node, gpu, report->request);
	struct sf_str picture = {0};
	draw(node, gpu, &answer, false, &picture);
	sf_json_object(json, NULL);
	sf_json_int(json, "gpu", g);
	sf_json_str(json, "product", gpu->product != NULL ? gpu->product->name : NULL);
	sf_json_str(json, "says", sf_gpu_fit_names[answer.fit]);
	sf_json_int(json, "free", answer.free);
	sf_json_int(json, "of", answer.of);
	sf_json_str(json, "picture", sf_str_get(&picture));
	sf_json_end(json);
	sf_str_finish(&picture);
}

void sf_report_nodes_json(const struct sf_remedy_report *report, struct sf_json *json)
{
	uint32_t n = sf_cluster_nodes(report->cluster);
	sf_json_array(json, "per_node");
	for (uint32_t i = 0; i < n; i++) {
		const struct sf_node *node = sf_cluster_node(report->cluster, i);
		uint32_t free, of;
		count_free(node, report->request, &free, &of);
		sf_json_object(json, NULL);
		sf_json_str(json, "node", node->name);
		sf_json_str(json, "kind", sf_explain_kind_names[sf_explain_kind_of(node)]);
		sf_json_str(json, "reason", reason_of(report, i));
		sf_json_int(json, "free", free);
		sf_json_int(json, "of", of);
		sf_json_array(json, "gpus");
		for (uint8_t g = 0; g < node->n_gpus && !node->by_counts; g++) {
			write_gpu(report, node, g, json);
		}
		sf_json_end(json);
		sf_json_end(json);
	}
	sf_json_end(json);
}
