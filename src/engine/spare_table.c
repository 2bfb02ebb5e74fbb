/* spare_table: everything that could be asked for on a cluster, and how much of it is spare. */
// SPDX-License-Identifier: Apache-2.0
#include "spare_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>

#include <stdlib.h>
#include <string.h>

/* Rows while they are collected. */
struct rows {
	size_t n, cap;
	struct sf_spare_row *row;
};

static const struct sf_product *product_of(const struct sf_node *node)
{
	return node->n_gpus > 0 ? node->gpu[0].product : NULL;
}

static bool is_open(const struct sf_node *node)
{
	return node->state == SF_NODE_READY;
}

static struct sf_spare_row *find_row(struct rows *rows, const struct sf_spare_row *key)
{
	for (size_t i = 0; i < rows->n; i++) {
		struct sf_spare_row *row = &rows->row[i];
		if (row->product == key->product && row->resource == key->resource &&
		    row->serving == key->serving && row->each == key->each) {
			return row;
		}
	}
	rows->row = sf_xgrow(rows->row, &rows->cap, rows->n + 1, sizeof(*rows->row));
	rows->row[rows->n] = *key;
	return &rows->row[rows->n++];
}

/* Whole GPUs are asked for by several, as many as the node has. */
static uint16_t most_each(const struct sf_node *node, enum sf_serving serving, uint16_t resource)
{
	enum { LARGEST = 8 };
	const struct sf_count *count = sf_node_count(node, resource);
	uint32_t gpus = count != NULL && !sf_spare_is_dynamic(node) ? count->total : node->n_gpus;
	if (serving != SF_SERVING_WHOLE || resource != SF_RES_GPU || gpus == 0) {
		return 1;
	}
	return (uint16_t)(gpus < LARGEST ? gpus : LARGEST);
}

static void add_spare(struct sf_spare *spare, uint32_t node, uint32_t copies)
{
	spare->copies += copies;
	spare->nodes += copies > 0;
	if (copies > spare->most) {
		spare->most = copies;
		spare->best = node;
	}
}

/* What the node has of one name goes to the rows of that name. */
static void add_name(struct sf_cluster *cluster, uint32_t number, uint16_t resource,
                     enum sf_serving serving, struct rows *rows)
{
	const struct sf_node *node = sf_cluster_node(cluster, number);
	const struct sf_count *count = sf_node_count(node, resource);
	struct sf_spare_row key = {
		.product = product_of(node),
		.resource = sf_resource_name(sf_cluster_resources(cluster), resource),
		.serving = serving,
	};
	for (key.each = 1; key.each <= most_each(node, serving, resource); key.each *= 2) {
		struct sf_request request = {.n = 1, .want = {{resource, key.each}}};
		struct sf_spare_row *row = find_row(rows, &key);
		add_spare(&row->spare, number, sf_spare_on(cluster, number, &request));
		if (count != NULL && is_open(node) && !sf_spare_is_dynamic(node)) {
			row->total += count->total;
			row->used += count->used;
		}
	}
}

/* All profiles that the node's GPUs could be cut into, and whole GPUs. */
static void add_dynamic(struct sf_cluster *cluster, uint32_t number, struct rows *rows)
{
	const struct sf_node *node = sf_cluster_node(cluster, number);
	const struct sf_product *last = NULL;
	add_name(cluster, number, SF_RES_GPU, SF_SERVING_WHOLE, rows);
	for (uint8_t g = 0; g < node->n_gpus; g++) {
		const struct sf_product *product = node->gpu[g].product;
		if (!node->gpu[g].mig || product == last) {
			continue;
		}
		for (int p = 0; p < product->n_profiles; p++) {
			add_name(cluster, number,
			         sf_cluster_profile_resource(cluster, product, p, false),
			         SF_SERVING_MIG, rows);
		}
		last = product;
	}
}

static void add_node(struct sf_cluster *cluster, uint32_t number, struct rows *rows)
{
	const struct sf_node *node = sf_cluster_node(cluster, number);
	if (sf_spare_is_dynamic(node)) {
		add_dynamic(cluster, number, rows);
		return;
	}
	for (uint8_t i = 0; i < node->n_counts; i++) {
		uint16_t resource = node->count[i].resource;
		if (node->count[i].total > 0) {
			add_name(cluster, number, resource, sf_serving_of_resource(node, resource),
			         rows);
		}
	}
}

static int by_product(const void *a, const void *b)
{
	const struct sf_spare_row *x = a, *y = b;
	int left = x->product != NULL ? x->product->index : INT32_MAX;
	int right = y->product != NULL ? y->product->index : INT32_MAX;
	if (left != right) {
		return left < right ? -1 : 1;
	}
	int order = x->resource != NULL ? strcmp(x->resource, y->resource) : 0;
	if (order == 0) {
		order = (x->serving > y->serving) - (x->serving < y->serving);
	}
	return order != 0 ? order : x->each - y->each;
}

/* Sorted, in the arena. */
static int keep(struct rows *rows, struct sf_arena *arena, struct sf_spare_row **out, size_t *n)
{
	*n = rows->n;
	*out = sf_arena_array(arena, rows->n + 1, sizeof(**out));
	if (*out != NULL && rows->n > 0) {
		qsort(rows->row, rows->n, sizeof(*rows->row), by_product);
		memcpy(*out, rows->row, rows->n * sizeof(**out));
	}
	free(rows->row);
	return *out != NULL && *n <= SF_SPARE_ROWS_MAX ? 0 : -1;
}

int sf_spare_table(struct sf_cluster *cluster, struct sf_arena *arena, struct sf_spare_row **out,
                   size_t *n)
{
	struct rows rows = {0};
	uint32_t nodes = sf_cluster_nodes(cluster);
	for (uint32_t i = 0; i < nodes && rows.n <= SF_SPARE_ROWS_MAX; i++) {
		if ((sf_cluster_node(cluster, i)->state & SF_NODE_REMOVED) == 0) {
			add_node(cluster, i, &rows);
		}
	}
	return keep(&rows, arena, out, n);
}

int sf_spare_pods(struct sf_cluster *cluster, const struct sf_request *request,
                  struct sf_arena *arena, struct sf_spare_row **out, size_t *n)
{
	struct rows rows = {0};
	uint32_t nodes = sf_cluster_nodes(cluster);
	uint32_t *copies = sf_xcalloc((size_t)nodes + 1, sizeof(*copies));
	sf_spare_everywhere(cluster, request, copies);
	for (uint32_t i = 0; i < nodes; i++) {
		struct sf_spare_row key = {.product = product_of(sf_cluster_node(cluster, i))};
		if (copies[i] > 0) {
			add_spare(&find_row(&rows, &key)->spare, i, copies[i]);
		}
	}
	free(copies);
	return keep(&rows, arena, out, n);
}
