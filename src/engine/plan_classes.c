/* plan_classes: which nodes are of one class, and which of a class look and are used the same. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_model.h"

#include "plan_alike.h"
#include "plan_balance.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/hash.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* More than all pods together can ask for: a node that does not say has no limit. */
static const int64_t no_limit = INT64_MAX / 4;

/* Where a node belongs. */
struct seat {
	uint32_t class, mode;
};

struct reader {
	struct plan_model *model;
	bool by_name; /* some rule looks at the names of nodes */
	bool by_pool; /* pools are to be told apart */
	size_t n_classes, cap_classes;
	struct plan_class *class;
	size_t *cap_modes; /* per class */
	size_t cap_caps;
	uint32_t *run;     /* [node][workload]; NULL: nothing runs anywhere */
	struct seat *seat; /* per node */
};

static bool is_bought(const struct plan_model *model, const struct sf_pool *pool)
{
	return pool >= model->scenario->pool + model->n_own_pools;
}

/* Nodes that are there and nodes that are not are of different classes, each price of its own. */
static bool same_market(const struct plan_model *model, const struct sf_pool *a,
                        const struct sf_pool *b)
{
	bool bought = is_bought(model, a);

	return bought == is_bought(model, b) && (!bought || a == b);
}

static void init_class(struct plan_class *class, const struct sf_pool *pool)
{
	const struct sf_node_spec *spec = &pool->node;

	memset(class, 0, sizeof *class);
	class->pool = pool;
	class->max_drained = pool->max_drained;
	class->cpu_milli = spec->cpu_milli > 0 ? spec->cpu_milli : no_limit;
	class->memory_mib = spec->memory_mib > 0 ? spec->memory_mib : no_limit;
	class->pods_max = spec->pods_max ? spec->pods_max : 110;
	for (uint8_t g = 0; g < spec->n_gpus; g++) {
		size_t q = 0;

		while (q < class->n_products && class->product[q] != spec->gpu[g].product) {
			q++;
		}
		if (q == class->n_products) {
			class->product[class->n_products++] = spec->gpu[g].product;
		}
		class->n_gpus[q]++;
	}
}

/* Which workloads may not run on the node; false when all may. */
static bool read_barred(const struct reader *r, const struct sf_pool *pool, uint32_t index,
                        bool *barred)
{
	const struct sf_scenario *scenario = r->model->scenario;
	bool any = false;

	for (size_t w = 0; w < scenario->n_workloads; w++) {
		const struct sf_workload *workload = &scenario->workload[w];
		bool free = !workload->rule && !pool->n_taints;

		barred[w] = !free && !sf_workload_may_use(workload, pool, index);
		any |= barred[w];
	}
	return any;
}

static bool same_barred(const struct reader *r, const bool *a, const bool *b)
{
	return (!a && !b) || (a && b && memcmp(a, b, r->model->n_workloads * sizeof *a) == 0);
}

static int find_class(struct reader *r, const struct sf_pool *pool, const bool *barred)
{
	struct plan_class *class;

	for (size_t c = 0; c < r->n_classes; c++) {
		if (same_market(r->model, r->class[c].pool, pool) &&
		    (!r->by_pool || r->class[c].pool == pool) &&
		    plan_same_class(r->class[c].pool, pool) &&
		    same_barred(r, r->class[c].barred, barred)) {
			return (int)c;
		}
	}
	r->class = sf_xgrow(r->class, &r->cap_classes, r->n_classes + 1, sizeof *r->class);
	class = &r->class[r->n_classes];
	init_class(class, pool);
	class->bought = is_bought(r->model, pool);
	if (barred) {
		class->barred = sf_arena_array(r->model->arena, r->model->n_workloads + 1,
		                               sizeof *class->barred);
		if (!class->barred) {
			return -1;
		}
		memcpy(class->barred, barred, r->model->n_workloads * sizeof *barred);
	}
	r->cap_modes = sf_xgrow(r->cap_modes, &r->cap_caps, r->n_classes + 1, sizeof *r->cap_modes);
	return (int)r->n_classes++;
}

static const uint32_t *run_on(const struct reader *r, uint32_t node)
{
	const uint32_t *run = r->run ? &r->run[node * r->model->n_workloads] : NULL;

	for (size_t w = 0; run && w < r->model->n_workloads; w++) {
		if (run[w]) {
			return run;
		}
	}
	return NULL;
}

static bool same_run(const struct reader *r, const uint32_t *a, const uint32_t *b)
{
	return (!a && !b) || (a && b && memcmp(a, b, r->model->n_workloads * sizeof *a) == 0);
}

static double drain_cost(const struct reader *r, const uint32_t *run)
{
	double sum = 0;

	for (size_t w = 0; run && w < r->model->scenario->n_workloads; w++) {
		sum += run[w] ? run[w] * r->model->scenario->workload[w].drain_cost : 0;
	}
	return sum;
}

/* A new signature of the class; -1 without memory. */
static int add_signature(struct reader *r, uint32_t c, const struct sf_pool *pool,
                         const uint32_t *run, uint64_t hash)
{
	struct plan_class *class = &r->class[c];
	struct plan_model *model = r->model;
	struct plan_mode *mode;

	class->mode = sf_xgrow(class->mode, &r->cap_modes[c], class->n_keep + 1, sizeof *mode);
	mode = &class->mode[class->n_keep];
	memset(mode, 0, sizeof *mode);
	mode->kind = PLAN_KEEP;
	mode->hash = hash;
	mode->pool = pool;
	mode->full = pool->cordoned || class->bought;
	if (run) {
		/* Ways other than the first hold no running pods. */
		mode->run = sf_arena_array(model->arena, model->n_demands + 1, sizeof *run);
		if (!mode->run) {
			return -1;
		}
		memcpy(mode->run, run, model->n_workloads * sizeof *run);
		mode->drain = llround(drain_cost(r, run) / model->drain_unit);
	}
	return (int)class->n_keep++;
}

static int find_signature(struct reader *r, uint32_t c, const struct sf_pool *pool,
                          const uint32_t *run)
{
	const struct plan_class *class = &r->class[c];
	uint64_t hash = sf_node_spec_hash(&pool->node);

	hash = run ? sf_hash(hash, run, r->model->n_workloads * sizeof *run) : hash;
	for (size_t s = 0; s < class->n_keep; s++) {
		const struct plan_mode *mode = &class->mode[s];

		if (mode->hash == hash && plan_same_looks(&mode->pool->node, &pool->node) &&
		    same_run(r, mode->run, run)) {
			return (int)s;
		}
	}
	return add_signature(r, c, pool, run, hash);
}

/* The nodes of one pool, which are numbered from `first`. */
static int read_pool(struct reader *r, const struct sf_pool *pool, uint32_t first)
{
	bool *barred = sf_xcalloc(r->model->n_workloads + 1, sizeof *barred);
	const uint32_t *last_run = NULL;
	int class = -1, mode = -1;

	for (uint32_t i = 0; i < pool->count; i++) {
		const uint32_t *run = run_on(r, first + i);

		if (class < 0 || r->by_name) {
			bool any = read_barred(r, pool, i, barred);

			class = find_class(r, pool, any ? barred : NULL);
			mode = -1;
		}
		if (class >= 0 && (mode < 0 || !same_run(r, run, last_run))) {
			mode = find_signature(r, (uint32_t) class, pool, run);
		}
		if (class < 0 || mode < 0) {
			free(barred);
			return -1;
		}
		last_run = run;
		r->seat[first + i] = (struct seat){(uint32_t) class, (uint32_t)mode};
		r->class[class].n_nodes++;
		r->class[class].mode[mode].n_nodes++;
	}
	free(barred);
	return 0;
}

/* Who runs where, of all nodes. */
static void read_running(struct reader *r, size_t n_nodes)
{
	const struct plan_model *model = r->model;
	const struct sf_scenario *scenario = model->scenario;

	for (size_t w = 0; w < scenario->n_workloads; w++) {
		const struct sf_workload *workload = &scenario->workload[w];

		if (workload->n_running && !r->run) {
			r->run = sf_xcalloc(n_nodes * model->n_workloads + 1, sizeof *r->run);
		}
		for (size_t i = 0; i < workload->n_running; i++) {
			const struct sf_running *running = &workload->running[i];

			if (running->node < n_nodes) {
				r->run[running->node * model->n_workloads + w] += running->pods;
			}
		}
	}
}

/* Costs are whole numbers of a unit: 1, or a thousandth when some cost is not whole. */
static double drain_unit(const struct sf_scenario *scenario)
{
	for (size_t w = 0; w < scenario->n_workloads; w++) {
		double cost = scenario->workload[w].drain_cost;

		if (fabs(cost - round(cost)) > 0) {
			return 0.001;
		}
	}
	return 1;
}

/* The same for prices. */
static double price_unit(const struct sf_scenario *scenario)
{
	for (size_t p = 0; p < scenario->n_pools; p++) {
		if (fabs(scenario->pool[p].price - round(scenario->pool[p].price)) > 0) {
			return 0.001;
		}
	}
	return 1;
}

static int settle_nodes(struct reader *r)
{
	struct plan_model *model = r->model;

	for (size_t c = 0; c < r->n_classes; c++) {
		for (size_t s = 0; s < r->class[c].n_keep; s++) {
			struct plan_mode *mode = &r->class[c].mode[s];

			mode->node =
				sf_arena_array(model->arena, mode->n_nodes + 1, sizeof *mode->node);
			if (!mode->node) {
				return -1;
			}
			mode->n_nodes = 0;
		}
	}
	for (uint32_t i = 0; r->class && i < model->n_nodes; i++) {
		struct plan_mode *mode = &r->class[r->seat[i].class].mode[r->seat[i].mode];

		mode->node[mode->n_nodes++] = i;
	}
	return 0;
}

/* Into the arena. */
static int keep_classes(struct reader *r)
{
	struct plan_model *model = r->model;

	model->n_classes = r->n_classes;
	model->class = sf_arena_array(model->arena, r->n_classes + 1, sizeof *model->class);
	if (!model->class) {
		return -1;
	}
	for (size_t c = 0; c < r->n_classes; c++) {
		struct plan_class *class = &model->class[c];

		*class = r->class[c];
		class->n_modes = class->n_keep;
		class->mode = sf_arena_array(model->arena, class->n_keep + 1, sizeof *class->mode);
		if (!class->mode) {
			return -1;
		}
		memcpy(class->mode, r->class[c].mode, class->n_keep * sizeof *class->mode);
	}
	return 0;
}

int plan_classes_build(struct plan_model *model)
{
	const struct sf_scenario *scenario = model->scenario;
	struct reader r = {.model = model};
	uint32_t first = 0;
	int rc = 0;

	for (size_t p = 0; p < scenario->n_pools; p++) {
		model->n_nodes += scenario->pool[p].count;
	}
	for (size_t w = 0; w < scenario->n_workloads; w++) {
		const struct sf_node_rule *rule = scenario->workload[w].rule;

		r.by_name |= rule && sf_node_rule_by_name(rule);
	}
	r.by_pool = plan_balance_is_asked(scenario);
	model->drain_unit = drain_unit(scenario);
	model->price_unit = price_unit(scenario);
	r.seat = sf_xcalloc(model->n_nodes + 1, sizeof *r.seat);
	read_running(&r, model->n_nodes);
	for (size_t p = 0; !rc && p < scenario->n_pools; p++) {
		rc = read_pool(&r, &scenario->pool[p], first);
		first += scenario->pool[p].count;
	}
	if (!rc) {
		rc = settle_nodes(&r) || keep_classes(&r) ? -1 : 0;
	}
	for (size_t c = 0; c < r.n_classes; c++) {
		free(r.class[c].mode);
	}
	free(r.class);
	free(r.cap_modes);
	free(r.run);
	free(r.seat);
	return rc;
}
