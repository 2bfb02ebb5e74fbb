/* plan_why: see plan_why.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_why.h"

#include "plan_most.h"

#include <slicefit/arena.h>
#include <slicefit/str.h>

#include <stdio.h>
#include <string.h>

/* What is left on the nodes that could run the workload. */
struct rest {
	uint64_t nodes, gpus, gpus_free;
	uint64_t roomy;             /* nodes with free GPUs */
	uint64_t cpu, memory, pods; /* of those: short of it for one more pod */
	uint32_t per_gpu; /* most pods of the workload on one GPU; 0: several GPUs a pod */
	uint32_t gpus_per_pod;
	const struct sf_product *product; /* of the first such class */
};

static bool can_ever(const struct plan_class *class, uint32_t demand)
{
	for (size_t m = 0; m < class->n_modes; m++) {
		if (class->mode[m].most[demand]) {
			return true;
		}
	}
	return false;
}

/* Numbers of GPUs by the product of the class. */
struct gpus {
	uint64_t n[PLAN_PRODUCTS_MAX];
};

/* Those of a node that devices for the demand can come from. */
static struct gpus usable_gpus(const struct plan_model *model, const struct plan_class *class,
                               uint32_t d)
{
	const struct plan_demand *demand = &model->demand[d];
	struct gpus out = {{0}};

	for (size_t m = 0; m < class->n_modes; m++) {
		const struct plan_mode *mode = &class->mode[m];

		for (size_t r = 0; mode->most[d] && r < mode->n_roles; r++) {
			const struct plan_role *role = &mode->role[r];

			if (plan_role_supply(class, mode, role, demand, &demand->want[0])) {
				out.n[role->product] = class->n_gpus[role->product];
			}
		}
	}
	return out;
}

/* Whose nodes are counted, and for which demand. */
struct counting {
	const struct plan_model *model;
	const struct plan_class *class;
	uint32_t demand;
};

/* `nodes` nodes of the class with this much in use each. */
static void count_nodes(struct rest *rest, const struct counting *of, const struct gpus *usable,
                        const struct plan_pattern *pattern, uint64_t nodes)
{
	const struct plan_model *model = of->model;
	const struct plan_class *class = of->class;
	const struct plan_demand *demand = &model->demand[of->demand];
	int64_t cpu = class->cpu_milli, memory = class->memory_mib, pods = class->pods_max;
	struct gpus taken = {{0}};
	uint64_t free_gpus = 0;

	for (size_t e = 0; pattern && e < model->n_demands; e++) {
		cpu -= pattern->pods[e] * model->demand[e].cpu_milli;
		memory -= pattern->pods[e] * model->demand[e].memory_mib;
		pods -= pattern->pods[e];
	}
	for (size_t r = 0; pattern && r < class->mode[pattern->mode].n_roles; r++) {
		taken.n[class->mode[pattern->mode].role[r].product] += pattern->roles[r];
	}
	for (size_t q = 0; q < class->n_products; q++) {
		rest->gpus += nodes * usable->n[q];
		free_gpus += usable->n[q] > taken.n[q] ? usable->n[q] - taken.n[q] : 0;
	}
	if (class->pool->node.by_counts && cpu >= demand->cpu_milli &&
	    memory >= demand->memory_mib && pods > 0) {
		free_gpus = 0; /* else there would be room for one more pod */
	}
	rest->nodes += nodes;
	rest->gpus_free += nodes * free_gpus;
	if (free_gpus) {
		rest->roomy += nodes;
		rest->cpu += cpu < demand->cpu_milli ? nodes : 0;
		rest->memory += memory < demand->memory_mib ? nodes : 0;
		rest->pods += pods < 1 ? nodes : 0;
	}
}

/* The GPU of the class that most pods of the demand share, when that is the best one so far. */
static void rate_gpus(struct rest *rest, const struct plan_model *model,
                      const struct plan_class *class, uint32_t d)
{
	const struct plan_want *want = &model->demand[d].want[0];
	uint32_t gpus = class->pool->node.n_gpus;

	for (size_t m = 0; m < class->n_modes; m++) {
		const struct plan_mode *mode = &class->mode[m];

		for (size_t r = 0; mode->most[d] && r < mode->n_roles; r++) {
			const struct plan_role *role = &mode->role[r];
			uint32_t n = plan_role_supply(class, mode, role, &model->demand[d], want);

			if (role->free_of_gpu && gpus) {
				n = (n + gpus - 1) / gpus; /* of all GPUs of a node */
			}
			if (class->n_products && n && n / want->count >= rest->per_gpu) {
				rest->per_gpu = n / want->count;
				rest->gpus_per_pod = (want->count + n - 1) / n;
				rest->product = class->product[role->product];
			}
		}
	}
}

static void count_class(struct rest *rest, const struct plan_model *model,
                        const struct plan_solution *solution, uint32_t c, uint32_t demand)
{
	const struct plan_class *class = &model->class[c];
	struct counting of = {.model = model, .class = class, .demand = demand};
	struct gpus usable = usable_gpus(model, class, demand);
	uint64_t idle = class->n_nodes;

	for (size_t i = 0; i < solution->n; i++) {
		const struct plan_pattern *pattern = &solution->pattern[i];

		if (pattern->class == c) {
			count_nodes(rest, &of, &usable, pattern, pattern->nodes);
			idle -= pattern->nodes;
		}
	}
	count_nodes(rest, &of, &usable, NULL, idle);
	if (model->demand[demand].n_wants) {
		rate_gpus(rest, model, class, demand);
	}
}

/* What is wanted, for people. */
static const char *kind_text(const struct plan_model *model, uint16_t kind)
{
	if (plan_is_shared(model, kind)) {
		return "replicas of shared GPUs";
	}
	return kind == PLAN_KIND_GPU ? "whole GPUs" : model->kind[kind].name;
}

/* Most devices of the wanted kind on one node, however it is laid out. */
static uint64_t most_devices(const struct plan_model *model, const struct plan_demand *demand,
                             const struct plan_want *want)
{
	uint64_t most = 0;

	for (size_t c = 0; c < model->n_classes; c++) {
		const struct plan_class *class = &model->class[c];

		for (size_t m = 0; m < class->n_modes; m++) {
			uint64_t n = plan_most_supply(class, &class->mode[m], demand, want);

			most = n > most ? n : most;
		}
	}
	return most;
}

static const char *never_fits(const struct plan_model *model, uint32_t d, struct sf_arena *arena)
{
	const struct plan_demand *demand = &model->demand[d];
	int64_t cpu = 0, memory = 0;

	for (size_t c = 0; c < model->n_classes; c++) {
		const struct plan_class *class = &model->class[c];

		cpu = class->cpu_milli > cpu ? class->cpu_milli : cpu;
		memory = class->memory_mib > memory ? class->memory_mib : memory;
	}
	if (demand->cpu_milli > cpu) {
		return sf_arena_printf(arena, "needs %.1f CPUs on one node, the largest has %.1f",
		                       (double)demand->cpu_milli / 1000, (double)cpu / 1000);
	}
	if (demand->memory_mib > memory) {
		return sf_arena_printf(arena, "needs %lld MiB on one node, the largest has %lld",
		                       (long long)demand->memory_mib, (long long)memory);
	}
	for (uint8_t w = 0; w < demand->n_wants; w++) {
		if (plan_is_shared(model, demand->want[w].kind) && demand->max_replicas < 2) {
			return "its class may not share a GPU: raise max_replicas";
		}
	}
	for (uint8_t w = 0; w < demand->n_wants; w++) {
		const struct plan_want *want = &demand->want[w];
		struct plan_demand any = *demand;
		uint64_t most;

		any.gpu_memory_mib = -1;
		most = most_devices(model, &any, want);
		if (!most) {
			return sf_arena_printf(arena, "no node can provide %s",
			                       kind_text(model, want->kind));
		}
		if (most < want->count) {
			return sf_arena_printf(arena, "needs %u %s on one node, the most is %llu",
			                       want->count, kind_text(model, want->kind),
			                       (unsigned long long)most);
		}
	}
	if (demand->gpu_memory_mib > 0) {
		return sf_arena_printf(arena,
		                       "no node has enough such devices with %d MiB of GPU memory",
		                       demand->gpu_memory_mib);
	}
	return "no single node can hold one pod";
}

static const char *exhausted(const struct rest *rest, uint32_t unserved, struct sf_arena *arena)
{
	uint64_t more = rest->per_gpu ? (unserved + rest->per_gpu - 1) / rest->per_gpu
	                              : (uint64_t)unserved * rest->gpus_per_pod;
	char each[40] = "";

	if (rest->per_gpu > 1) {
		snprintf(each, sizeof each, ", %u pods on each", rest->per_gpu);
	}
	if (rest->gpus_free == 0 && rest->product) {
		return sf_arena_printf(
			arena, "all %llu GPUs it can use are taken; %u more pod%s %llu more %s%s",
			(unsigned long long)rest->gpus, unserved,
			unserved == 1 ? " needs" : "s need", (unsigned long long)more,
			rest->product->name, each);
	}
	if (rest->roomy && rest->cpu == rest->roomy) {
		return "CPU is used up on the nodes with free GPUs";
	}
	if (rest->roomy && rest->memory == rest->roomy) {
		return "memory is used up on the nodes with free GPUs";
	}
	if (rest->roomy && rest->pods == rest->roomy) {
		return "the pod limit is reached on the nodes with free GPUs";
	}
	if (rest->roomy && rest->cpu + rest->memory + rest->pods >= rest->roomy) {
		return "CPU, memory or the pod limit is used up on the nodes with free GPUs";
	}
	if (rest->gpus_per_pod > 1) {
		return sf_arena_printf(arena, "%llu GPUs are free, but not %u on one node",
		                       (unsigned long long)rest->gpus_free, rest->gpus_per_pod);
	}
	return "GPUs are free only on nodes that are laid out for other pods";
}

const char *plan_why(const struct plan_model *model, const struct plan_solution *solution,
                     uint32_t demand, uint32_t unserved, struct sf_arena *arena)
{
	struct rest rest = {0};

	for (uint32_t c = 0; c < model->n_classes; c++) {
		if (can_ever(&model->class[c], demand)) {
			count_class(&rest, model, solution, c, demand);
		}
	}
	if (!rest.nodes) {
		return never_fits(model, demand, arena);
	}
	if (!model->demand[demand].n_wants) {
		return "CPU, memory or the pod limit is used up";
	}
	return exhausted(&rest, unserved, arena);
}
