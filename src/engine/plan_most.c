/* plan_most: see plan_most.h. */
// SPDX-License-Identifier: Apache-2.0
#include "plan_most.h"

#include "plan_share.h"

uint32_t plan_role_supply(const struct plan_class *class, const struct plan_mode *mode,
                          const struct plan_role *role, const struct plan_demand *demand,
                          const struct plan_want *want)
{
	uint32_t n = 0;

	for (size_t t = 0; t < class->n_types; t++) {
		if (plan_type_serves(mode, &class->type[t], demand, want)) {
			n += role->supply[t];
		}
	}
	return n;
}

uint64_t plan_most_supply(const struct plan_class *class, const struct plan_mode *mode,
                          const struct plan_demand *demand, const struct plan_want *want)
{
	uint64_t in_all[PLAN_PRODUCTS_MAX] = {0}, best[PLAN_PRODUCTS_MAX] = {0}, sum = 0;

	for (size_t r = 0; r < mode->n_roles; r++) {
		const struct plan_role *role = &mode->role[r];
		uint64_t n = plan_role_supply(class, mode, role, demand, want);

		if (role->free_of_gpu) {
			sum += n * role->limit;
			continue;
		}
		in_all[role->product] += n * role->limit;
		best[role->product] = n > best[role->product] ? n : best[role->product];
	}
	for (size_t q = 0; q < class->n_products; q++) {
		uint64_t most = best[q] * class->n_gpus[q];

		sum += most < in_all[q] ? most : in_all[q];
	}
	return sum;
}

/* Least memory of the devices that shared pods could get in this mode; -1 unknown. */
static int32_t shared_memory(const struct plan_class *class, const struct plan_mode *mode)
{
	int32_t least = INT32_MAX;

	for (size_t r = 0; r < mode->n_roles; r++) {
		for (size_t t = 0; t < class->n_types; t++) {
			if (mode->role[r].supply[t] && class->type[t].kind == PLAN_KIND_SHARED &&
			    class->type[t].memory_mib < least) {
				least = class->type[t].memory_mib;
			}
		}
	}
	return least;
}

static bool sharing_allows(const struct plan_model *model, const struct plan_class *class,
                           const struct plan_mode *mode, const struct plan_demand *demand,
                           const struct plan_want *want)
{
	const struct sf_node_spec *spec = &class->pool->node;

	if (!plan_is_shared(model, mode->stands_for[want->kind]) || spec->by_counts) {
		return true;
	}
	if (want->count > 1 && spec->sharing.fail_above_1 &&
	    sf_sharing_replicas(&spec->sharing, "nvidia.com/gpu") > 1) {
		return false;
	}
	if (mode->packed) {
		return mode->replicas <= demand->max_replicas;
	}
	return mode->replicas <= plan_replicas_allowed(model, demand, shared_memory(class, mode));
}

uint32_t plan_most_pods(const struct plan_model *model, const struct plan_class *class,
                        const struct plan_mode *mode, const struct plan_demand *demand)
{
	uint64_t most = class->pods_max < demand->wanted ? class->pods_max : demand->wanted;
	const struct sf_node_rule *rule = demand->workload->rule;

	if (class->barred && class->barred[demand->of]) {
		return 0;
	}
	if (rule && rule->one_per_node && most > 1) {
		most = 1;
	}
	if (demand->cpu_milli > 0 && most > (uint64_t)(class->cpu_milli / demand->cpu_milli)) {
		most = (uint64_t)(class->cpu_milli / demand->cpu_milli);
	}
	if (demand->memory_mib > 0 && most > (uint64_t)(class->memory_mib / demand->memory_mib)) {
		most = (uint64_t)(class->memory_mib / demand->memory_mib);
	}
	for (uint8_t w = 0; w < demand->n_wants; w++) {
		const struct plan_want *want = &demand->want[w];
		uint64_t devices = plan_most_supply(class, mode, demand, want);

		if (!sharing_allows(model, class, mode, demand, want)) {
			return 0;
		}
		most = most < devices / want->count ? most : devices / want->count;
	}
	return (uint32_t)most;
}
