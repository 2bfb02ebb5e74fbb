/* import_openb: the public GPU-sharing trace as a scenario: its nodes as pools, its pods as a trace. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/import.h>

#include "trace_row.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/openb.h>
#include <slicefit/scenario.h>
#include <slicefit/trace.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct importing {
	struct sf_scenario *scenario;
	const struct sf_study_nodes *nodes;
	const char *path;
	struct sf_error *err;
};

static int fail_full(const struct importing *in)
{
	return sf_fail(in->err, SF_ENOMEM, "the scenario needs more memory than it may use");
}

static bool is_alike(const struct sf_study_node *a, const struct sf_study_node *b)
{
	return a->cpu_milli == b->cpu_milli && a->memory_mib == b->memory_mib &&
	       a->gpus == b->gpus && a->model == b->model;
}

/* "t4-2": the product in small letters, and the pool's number. */
static const char *name_pool(const struct importing *in, const char *product, size_t number)
{
	char *name = sf_arena_printf(in->scenario->arena, "%s-%zu", product, number);
	for (char *c = name; c != NULL && *c != '\0'; c++) {
		*c = isalnum((unsigned char)*c) ? (char)tolower((unsigned char)*c) : '-';
	}
	return name;
}

static int set_gpus(const struct importing *in, const struct sf_study_node *node,
                    struct sf_pool *pool)
{
	const char *model = in->nodes->models.text[node->model];
	const char *product =
		node->gpus > 0 ? sf_trace_openb_product(in->scenario->catalog, model) : "nodes";
	if (product == NULL || node->gpus > SF_GPUS_MAX) {
		return sf_fail(in->err, SF_EINVAL,
		               "%s:%u: model '%.40s': no product of the catalog; add it with "
		               "--catalog",
		               in->path, node->line, model);
	}
	pool->node.n_gpus = node->gpus;
	for (uint8_t g = 0; g < node->gpus; g++) {
		pool->node.gpu[g].product = sf_catalog_find(in->scenario->catalog, product);
	}
	/* The trace's pods ask for thousandths of GPUs. */
	pool->node.sharing.mode = node->gpus > 0 ? SF_SHARING_FRACTION : SF_SHARING_NONE;
	pool->name = name_pool(in, product, in->scenario->n_pools + 1);
	return pool->name != NULL ? 0 : fail_full(in);
}

/* The pool of nodes like this one, made with the names of all of them when it is the first. */
static int add_pool(const struct importing *in, uint32_t first, bool *done)
{
	const struct sf_study_node *node = in->nodes->node;
	const char **name =
		sf_arena_array(in->scenario->arena, in->nodes->n - first, sizeof(*name));
	struct sf_pool *pool = &in->scenario->pool[in->scenario->n_pools];
	if (name == NULL) {
		return fail_full(in);
	}
	*pool = (struct sf_pool){
		.node_name = name,
		.cost_per_gpu_hour = -1,
		.max_drained = UINT32_MAX,
		.node = {.cpu_milli = node[first].cpu_milli, .memory_mib = node[first].memory_mib},
	};
	for (uint32_t i = first; i < in->nodes->n; i++) {
		if (is_alike(&node[i], &node[first])) {
			name[pool->count] = sf_arena_strdup(in->scenario->arena, node[i].name);
			if (name[pool->count++] == NULL) {
				return fail_full(in);
			}
			done[i] = true;
		}
	}
	if (set_gpus(in, &node[first], pool) != 0) {
		return -1;
	}
	in->scenario->n_pools++;
	return 0;
}

static int add_pools(const struct importing *in)
{
	bool *done = sf_xcalloc(in->nodes->n + 1U, sizeof(*done));
	int rc = 0;
	in->scenario->pool =
		sf_arena_array(in->scenario->arena, in->nodes->n + 1U, sizeof(struct sf_pool));
	if (in->scenario->pool == NULL) {
		rc = fail_full(in);
	}
	for (uint32_t i = 0; i < in->nodes->n && rc == 0; i++) {
		if (!done[i]) {
			rc = add_pool(in, i, done);
		}
	}
	free(done);
	return rc;
}

int sf_import_openb(const char *nodes, const char *pods, const struct sf_catalog *catalog,
                    const struct sf_import_options *options, struct sf_import *out,
                    struct sf_error *err)
{
	struct sf_study_nodes list = {0};
	*out = (struct sf_import){.scenario = sf_scenario_create(catalog, 0)};
	struct importing in = {
		.scenario = out->scenario, .nodes = &list, .path = nodes, .err = err};
	in.scenario->name = options->name != NULL ? options->name : "imported";
	in.scenario->plan.duty_sigmas = 2;
	in.scenario->plan.duty_cap = 0.9;
	int rc = sf_openb_load_nodes(nodes, &list, err);
	rc = rc == 0 ? add_pools(&in) : rc;
	sf_study_nodes_finish(&list);
	if (rc != 0) {
		return -1;
	}
	struct sf_trace trace = sf_trace_default(pods);
	trace.format = SF_TRACE_OPENB;
	return sf_trace_load(in.scenario, &trace, err);
}
