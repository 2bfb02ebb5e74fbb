/* scenario_pool_plan: what the planner may do with the nodes of a pool. */
// SPDX-License-Identifier: Apache-2.0
#include "scenario_read.h"

#include <slicefit/nearest.h>

#include <string.h>

enum { LAYOUT_MAX_BYTES = 256, LAYOUTS_MAX = 256 };

static int read_strategy(struct sf_reader *reader, const struct sf_yaml *node, uint32_t *out)
{
	const char *text = NULL;
	if (sf_yaml_str(node, reader->file, &text, reader->err) != 0) {
		return -1;
	}
	for (int mode = 0; mode < SF_MODES; mode++) {
		if (strcmp(text, sf_mode_names[mode]) == 0) {
			*out |= 1U << mode;
			return 0;
		}
	}
	const char *near = sf_nearest_find(text, sf_mode_names);
	return sf_yaml_fail(node, reader->file, reader->err,
	                    "unknown strategy '%.40s'%s%s%s (whole, mig, shared)", text,
	                    near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static int read_strategies(struct sf_reader *reader, const struct sf_yaml *list, uint32_t *out)
{
	if (list == NULL) {
		return 0;
	}
	if (list->kind != SF_YAML_SEQUENCE || list->n == 0) {
		return sf_yaml_fail(list, reader->file, reader->err,
		                    "expected a list such as [whole, mig]");
	}
	for (size_t i = 0; i < list->n; i++) {
		if (read_strategy(reader, list->child[i], out) != 0) {
			return -1;
		}
	}
	return 0;
}

/* Must be a geometry of one of the pool's GPUs that fits on it. */
static int check_layout(struct sf_reader *reader, const struct sf_yaml *node,
                        const struct sf_pool *pool, const char *text)
{
	const struct sf_product *last = NULL;
	for (uint8_t g = 0; g < pool->node.n_gpus; g++) {
		const struct sf_product *product = pool->node.gpu[g].product;
		struct sf_mig_geometry geometry;
		struct sf_mig_layout layout;
		if (product != last && sf_mig_geometry_parse(product, text, &geometry) &&
		    (!product->placeable || sf_mig_pack(product, &geometry, &layout))) {
			return 0;
		}
		last = product;
	}
	return sf_yaml_fail(node, reader->file, reader->err,
	                    "pool %.40s: '%.60s' is no layout of its GPUs; write profiles of one "
	                    "GPU, 3g.40gb 1g.10gb*4",
	                    pool->name, text);
}

static int read_layouts(struct sf_reader *reader, const struct sf_yaml *list,
                        const struct sf_pool *pool, const char *const **out, size_t *n)
{
	if (list == NULL) {
		return 0;
	}
	if (list->kind != SF_YAML_SEQUENCE || list->n == 0 || list->n > LAYOUTS_MAX) {
		return sf_yaml_fail(list, reader->file, reader->err,
		                    "expected a list of 1 to %d layouts: [\"1g.10gb*7\"]",
		                    LAYOUTS_MAX);
	}
	const char **text = sf_reader_array(reader, list->n, sizeof(*text));
	if (text == NULL) {
		return -1;
	}
	for (size_t i = 0; i < list->n; i++) {
		if (sf_reader_text(reader, list->child[i], LAYOUT_MAX_BYTES, &text[i]) != 0 ||
		    check_layout(reader, list->child[i], pool, text[i]) != 0) {
			return -1;
		}
	}
	*out = text;
	*n = list->n;
	return 0;
}

/* As many as may be bought. */
static int read_buy_names(struct sf_reader *reader, const struct sf_yaml *list,
                          struct sf_pool *pool)
{
	if (list == NULL) {
		return 0;
	}
	if (list->kind != SF_YAML_SEQUENCE || list->n == 0 || list->n != pool->buy_max) {
		return sf_yaml_fail(list, reader->file, reader->err,
		                    "expected a list of %u names, one for each node of max",
		                    pool->buy_max);
	}
	pool->buy_name = sf_reader_node_names(reader, list);
	return pool->buy_name != NULL ? 0 : -1;
}

static int read_buy(struct sf_reader *reader, const struct sf_yaml *node, struct sf_pool *pool)
{
	static const char *const known[] = {"max", "price", "names", NULL};
	if (node == NULL) {
		return 0;
	}
	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0) {
		return -1;
	}
	if (sf_yaml_get(node, "max") == NULL || sf_yaml_get(node, "price") == NULL) {
		return sf_yaml_fail(node, reader->file, reader->err,
		                    "buy needs how many at most and the price of one: {max: 10, "
		                    "price: 3.5}");
	}
	return sf_reader_uint(reader, sf_yaml_get(node, "max"), 0, SF_SCENARIO_NODES_MAX,
	                      &pool->buy_max) != 0 ||
	                       sf_reader_real(reader, sf_yaml_get(node, "price"), 0, 1e9,
	                                      &pool->price) != 0 ||
	                       read_buy_names(reader, sf_yaml_get(node, "names"), pool) != 0
	               ? -1
	               : 0;
}

int sf_reader_pool_plan(struct sf_reader *reader, const struct sf_yaml *node, struct sf_pool *pool)
{
	static const char *const known[] = {"pinned",     "max_drained", "buy",
	                                    "strategies", "layouts",     NULL};
	static const char *const known_layouts[] = {"only", "never", NULL};
	const struct sf_yaml *layouts = sf_yaml_get(node, "layouts");
	pool->max_drained = UINT32_MAX;
	if (node == NULL) {
		return 0;
	}
	if (sf_yaml_check_keys(node, reader->file, known, reader->err) != 0 ||
	    sf_reader_bool(reader, sf_yaml_get(node, "pinned"), &pool->pinned) != 0 ||
	    sf_reader_uint(reader, sf_yaml_get(node, "max_drained"), 0, SF_SCENARIO_NODES_MAX,
	                   &pool->max_drained) != 0 ||
	    read_buy(reader, sf_yaml_get(node, "buy"), pool) != 0 ||
	    read_strategies(reader, sf_yaml_get(node, "strategies"), &pool->strategies) != 0) {
		return -1;
	}
	if (layouts != NULL &&
	    sf_yaml_check_keys(layouts, reader->file, known_layouts, reader->err) != 0) {
		return -1;
	}
	return read_layouts(reader, sf_yaml_get(layouts, "only"), pool, &pool->layout_only,
	                    &pool->n_only) != 0 ||
	                       read_layouts(reader, sf_yaml_get(layouts, "never"), pool,
	                                    &pool->layout_never, &pool->n_never) != 0
	               ? -1
	               : 0;
}
