/* plan_oracle: the best plan of a tiny cluster by enumeration; shares no code with the planner. */
// SPDX-License-Identifier: Apache-2.0
#ifndef PLAN_ORACLE_H
#define PLAN_ORACLE_H

#include <slicefit/mig.h>
#include <slicefit/scenario.h>

#include <stdlib.h>
#include <string.h>

enum { ORACLE_WORKLOADS = 5, ORACLE_STATES = 20000, ORACLE_GEOMETRIES = 256 };

/* Instance counts that some legal placement on one GPU has. */
struct oracle_geometries {
	size_t n;
	struct sf_mig_geometry list[ORACLE_GEOMETRIES];
};

static void oracle_walk(const struct sf_product *product, int profile, int start_index,
                        uint32_t taken, struct sf_mig_geometry *now, struct oracle_geometries *out)
{
	if (profile == product->n_profiles) {
		for (size_t i = 0; i < out->n; i++) {
			if (memcmp(&out->list[i], now, sizeof *now) == 0) {
				return;
			}
		}
		out->list[out->n++] = *now;
		return;
	}
	if (start_index == product->profile[profile].n_starts ||
	    product->profile[profile].attr[0]) {
		oracle_walk(product, profile + 1, 0, taken, now, out);
		return;
	}
	oracle_walk(product, profile, start_index + 1, taken, now, out);
	uint32_t window = ((1u << product->profile[profile].size) - 1)
	                  << product->profile[profile].start[start_index];

	if ((window & taken) == 0 && now->count[profile] < product->profile[profile].max) {
		now->count[profile]++;
		oracle_walk(product, profile, start_index + 1, taken | window, now, out);
		now->count[profile]--;
	}
}

static const struct oracle_geometries *oracle_geometries_of(const struct sf_product *product)
{
	static struct {
		char product[64];
		struct oracle_geometries geometries;
	} cache[8];
	size_t i = 0;

	while (cache[i].product[0] && strcmp(cache[i].product, product->name) != 0) {
		i++;
	}
	if (!cache[i].product[0]) {
		struct sf_mig_geometry none = {0};

		strcpy(cache[i].product, product->name);
		if (product->mig_capable) {
			oracle_walk(product, 0, 0, 0, &none, &cache[i].geometries);
		}
	}
	return &cache[i].geometries;
}

/* Fewest of `gpus` free GPUs that can be cut so that all needed instances exist; -1: not enough. */
static int oracle_cut(const struct sf_product *product, const uint8_t *need, int gpus)
{
	const struct oracle_geometries *all = oracle_geometries_of(product);
	int first = 0, best = -1;

	while (first < SF_PROFILES_MAX && !need[first]) {
		first++;
	}
	if (first == SF_PROFILES_MAX) {
		return 0;
	}
	for (size_t i = 0; gpus > 0 && i < all->n; i++) {
		uint8_t rest[SF_PROFILES_MAX];
		int more;

		if (!all->list[i].count[first]) {
			continue;
		}
		bool useful = true;
		for (int p = 0; p < SF_PROFILES_MAX; p++) {
			uint8_t has = all->list[i].count[p];

			useful = useful && has <= need[p]; /* smaller geometries exist, too */
			rest[p] = (uint8_t)(need[p] - (has < need[p] ? has : need[p]));
		}
		if (!useful) {
			continue;
		}
		more = oracle_cut(product, rest, gpus - 1);
		if (more >= 0 && (best < 0 || more + 1 < best)) {
			best = more + 1;
		}
	}
	return best;
}

/* The same when the GPUs in `list` keep their instances. */
static int oracle_fixed(const struct sf_gpu_spec *list, int n, const uint8_t *need)
{
	int best = -1;

	for (unsigned set = 0; set < 1u << n; set++) {
		uint8_t have[SF_PROFILES_MAX] = {0};
		int used = 0;
		bool enough = true;

		for (int g = 0; g < n; g++) {
			if (!(set >> g & 1)) {
				continue;
			}
			used++;
			for (uint8_t i = 0; i < list[g].layout.n; i++) {
				have[list[g].layout.instance[i].profile]++;
			}
		}
		for (int p = 0; p < SF_PROFILES_MAX; p++) {
			enough = enough && have[p] >= need[p];
		}
		if (enough && (best < 0 || used < best)) {
			best = used;
		}
	}
	return best;
}

static int oracle_limit(const struct sf_scenario *scenario, const struct sf_workload *workload)
{
	return workload->max_replicas ? workload->max_replicas
	                              : scenario->max_replicas[workload->class];
}

/* How many devices of this raw name a pod asks for. */
static int oracle_raw(const struct sf_request_spec *request, const char *name)
{
	int n = 0;

	for (uint8_t i = 0; i < request->n_resources; i++) {
		n += strcmp(request->resource[i].name, name) == 0 ? request->resource[i].count : 0;
	}
	return n;
}

/* Fewest GPUs for `replicas` replicas, called `name`, of these pods; -1: impossible. */
static int oracle_shared(const struct sf_scenario *scenario, const struct sf_pool *pool,
                         const uint8_t *pods, const char *name, int replicas, int gpus)
{
	const struct sf_product *product = pool->node.gpu[0].product;
	int now = sf_sharing_replicas(&pool->node.sharing, "nvidia.com/gpu"), best = -1;

	for (int r = 2; r <= 64; r++) {
		bool ok = !pool->no_sharing || r == now;

		for (size_t d = 0; d < scenario->n_workloads; d++) {
			const struct sf_workload *workload = &scenario->workload[d];

			if (pods[d] &&
			    (workload->request.shared || oracle_raw(&workload->request, name))) {
				ok = ok && r <= oracle_limit(scenario, workload) &&
				     (!workload->request.gpu_memory_mib ||
				      r * workload->request.gpu_memory_mib <=
				              product->memory_mib - scenario->gpu_reserve_mib);
			}
		}
		int need = (replicas + r - 1) / r;
		if (ok && need <= gpus && (best < 0 || need < best)) {
			best = need;
		}
	}
	return best;
}

/* Fewest GPUs of one node of the pool that hold these pods; -1: it cannot. One product per node. */
static int oracle_node(const struct sf_scenario *scenario, const struct sf_pool *pool,
                       const uint8_t *pods)
{
	const struct sf_node_spec *node = &pool->node;
	const struct sf_product *product = node->n_gpus ? node->gpu[0].product : NULL;
	int64_t cpu = 0, memory = 0;
	uint8_t need[SF_PROFILES_MAX] = {0};
	struct sf_gpu_spec cut[SF_GPUS_MAX];
	int whole = 0, shared = 0, n = 0, fixed = 0, raw = 0, raw_shared = 0, used, free_gpus;

	for (size_t d = 0; d < scenario->n_workloads; d++) {
		const struct sf_request_spec *r = &scenario->workload[d].request;
		int32_t wish = r->gpu_memory_mib;

		if (!pods[d]) {
			continue;
		}
		cpu += pods[d] * r->cpu_milli;
		memory += pods[d] * r->memory_mib;
		n += pods[d];
		if ((r->gpu || r->shared || r->n_mig || r->n_resources) && !product) {
			return -1;
		}
		if ((r->gpu || oracle_raw(r, "nvidia.com/gpu")) && wish > product->memory_mib) {
			return -1;
		}
		raw += pods[d] * oracle_raw(r, "nvidia.com/gpu");
		raw_shared += pods[d] * oracle_raw(r, "nvidia.com/gpu.shared");
		for (uint8_t i = 0; i < r->n_resources; i++) {
			const char *profile = strstr(r->resource[i].name, "/mig-");
			int p = profile ? sf_product_profile(product, profile + 5) : 0;

			if (profile && (p < 0 || product->profile[p].memory_mib < wish)) {
				return -1;
			}
			if (profile) {
				need[p] = (uint8_t)(need[p] + pods[d] * r->resource[i].count);
			}
		}
		whole += pods[d] * r->gpu;
		shared += pods[d] * r->shared;
		for (uint8_t i = 0; i < r->n_mig; i++) {
			int p = sf_product_profile(product, r->mig[i].profile);

			if (p < 0 || product->profile[p].memory_mib < wish) {
				return -1;
			}
			need[p] = (uint8_t)(need[p] + pods[d] * r->mig[i].count);
		}
	}
	if ((node->cpu_milli && cpu > node->cpu_milli) ||
	    (node->memory_mib && memory > node->memory_mib) ||
	    n > (int)(node->pods_max ? node->pods_max : 110)) {
		return -1;
	}
	for (uint8_t g = 0; pool->no_mig && g < node->n_gpus; g++) {
		if (node->gpu[g].mig) {
			cut[fixed++] = node->gpu[g];
		}
	}
	free_gpus = node->n_gpus - fixed;
	if (pool->no_mig) {
		used = oracle_fixed(cut, fixed, need);
		if (used < 0) {
			return -1;
		}
	} else {
		used = product ? oracle_cut(product, need, free_gpus) : 0;
		if (used < 0) {
			return -1;
		}
		free_gpus -= used;
	}
	int now = sf_sharing_replicas(&node->sharing, "nvidia.com/gpu");
	bool keeps_name = now > 1 && !node->sharing.rename;
	int best = -1;

	if (!shared && !raw_shared && whole + raw <= free_gpus &&
	    !(whole + raw && pool->no_sharing && now > 1)) {
		best = whole + raw;
	}
	if (!whole && (keeps_name ? raw_shared : raw) == 0 && shared + raw + raw_shared) {
		int more = oracle_shared(scenario, pool, pods,
		                         keeps_name ? "nvidia.com/gpu" : "nvidia.com/gpu.shared",
		                         shared + raw + raw_shared, free_gpus);

		best = more >= 0 && (best < 0 || more < best) ? more : best;
	}
	return best < 0 ? -1 : used + best;
}

/* What a plan costs after what it serves, in the order of the tiers. */
enum { ORACLE_DRAIN, ORACLE_REBUILT, ORACLE_GPUS, ORACLE_COSTS };

/* Costs of nodes add up: one number, digit by digit, unless a test weighs them otherwise. */
static int oracle_weight[ORACLE_COSTS] = {10000, 100, 1};
static bool oracle_balances; /* the GPUs of each pool are weighed by how full it is */

static int oracle_cost(int drain, int rebuilt, int gpus)
{
	return drain * oracle_weight[ORACLE_DRAIN] + rebuilt * oracle_weight[ORACLE_REBUILT] +
	       gpus * oracle_weight[ORACLE_GPUS];
}

/* GPUs in use beyond 50, 60, 70, 80 and 90 % of the pool. */
static int oracle_crowd(const struct sf_pool *pool, int gpus)
{
	int all = (int)pool->count * pool->node.n_gpus, sum = 0;

	for (int tenths = 5; tenths < 10; tenths++) {
		sum += gpus > all * tenths / 10 ? gpus - all * tenths / 10 : 0;
	}
	return sum;
}

/* Pods of the workload that run on the node. */
static uint8_t oracle_running(const struct sf_workload *workload, uint32_t node)
{
	uint32_t n = 0;

	for (size_t i = 0; i < workload->n_running; i++) {
		n += workload->running[i].node == node ? workload->running[i].pods : 0;
	}
	return (uint8_t)n;
}

/* Fewest GPUs of the node as it is today that hold these pods; -1: it cannot. */
static int oracle_keep(const struct sf_scenario *scenario, const struct sf_pool *pool,
                       const uint8_t *pods)
{
	struct sf_pool today = *pool;

	today.no_mig = today.no_sharing = true;
	return oracle_node(scenario, &today, pods);
}

/* Least cost of having these pods on the node, which is kept or rebuilt; -1: it cannot hold them. */
static int oracle_hold(const struct sf_scenario *scenario, const struct sf_pool *pool,
                       uint32_t node, const uint8_t *pods)
{
	bool stay = true, runs = false;
	double drain = 0;
	int keep, gpus, best = -1;

	for (size_t d = 0; d < scenario->n_workloads; d++) {
		uint8_t run = oracle_running(&scenario->workload[d], node);

		stay = stay && pods[d] >= run;
		runs = runs || run;
		drain += run * scenario->workload[d].drain_cost;
	}
	keep = stay ? oracle_keep(scenario, pool, pods) : -1;
	if (keep >= 0) {
		best = oracle_cost(0, 0, keep);
	}
	gpus = pool->pinned || (runs && !pool->max_drained) ? -1
	                                                    : oracle_node(scenario, pool, pods);
	if (gpus >= 0) {
		int cost = oracle_cost((int)drain, gpus, gpus);

		best = best < 0 || cost < best ? cost : best;
	}
	return best;
}

/* Best value per tier: served per priority (highest first, `levels` of them), then the costs. */
struct oracle {
	size_t levels;
	int32_t level[ORACLE_WORKLOADS];
	int64_t value[ORACLE_WORKLOADS + 1];
	int cost[ORACLE_COSTS];
};

static int oracle_index(const struct sf_scenario *scenario, const uint8_t *pods)
{
	int index = 0;

	for (size_t d = 0; d < scenario->n_workloads; d++) {
		index = index * (int)(scenario->workload[d].count + 1) + pods[d];
	}
	return index;
}

static bool oracle_next(const struct sf_scenario *scenario, uint8_t *pods)
{
	for (size_t d = scenario->n_workloads; d-- > 0;) {
		if (pods[d] < scenario->workload[d].count) {
			pods[d]++;
			return true;
		}
		pods[d] = 0;
	}
	return false;
}

static void oracle_levels(const struct sf_scenario *scenario, struct oracle *out)
{
	for (int32_t p = 100; p >= -100; p--) {
		for (size_t d = 0; d < scenario->n_workloads; d++) {
			if (scenario->workload[d].priority == p) {
				out->level[out->levels++] = p;
				break;
			}
		}
	}
}

static void oracle_judge(const struct sf_scenario *scenario, const uint8_t *pods, int cost,
                         struct oracle *out, bool first)
{
	int64_t value[ORACLE_WORKLOADS + 1] = {0};

	for (size_t d = 0; d < scenario->n_workloads; d++) {
		for (size_t l = 0; l < out->levels; l++) {
			value[l] += scenario->workload[d].priority == out->level[l] ? pods[d] : 0;
		}
	}
	value[out->levels] = -cost;
	for (size_t l = 0; l <= out->levels; l++) {
		if (!first && value[l] < out->value[l]) {
			return;
		}
		if (first || value[l] > out->value[l]) {
			memcpy(out->value, value, sizeof value);
			return;
		}
	}
}

/* One more node: least[total] over all ways to split `total` into pods here and elsewhere. */
static void oracle_add_node(const struct sf_scenario *scenario, const int *alone, int *least)
{
	int *next = malloc(ORACLE_STATES * sizeof *next);
	uint8_t here[ORACLE_WORKLOADS] = {0};

	memset(next, -1, ORACLE_STATES * sizeof *next);
	do {
		uint8_t before[ORACLE_WORKLOADS] = {0};
		int a = alone[oracle_index(scenario, here)];

		if (a < 0) {
			continue;
		}
		do {
			uint8_t total[ORACLE_WORKLOADS];
			int b = least[oracle_index(scenario, before)], at;
			bool ok = b >= 0;

			for (size_t d = 0; d < scenario->n_workloads; d++) {
				total[d] = (uint8_t)(here[d] + before[d]);
				ok = ok && total[d] <= scenario->workload[d].count;
			}
			if (ok) {
				at = oracle_index(scenario, total);
				next[at] = next[at] < 0 || a + b < next[at] ? a + b : next[at];
			}
		} while (oracle_next(scenario, before));
	} while (oracle_next(scenario, here));
	memcpy(least, next, ORACLE_STATES * sizeof *next);
	free(next);
}

/* Least cost of all ways to have pods on the pool's nodes, from number `first` on. */
static void oracle_pool(const struct sf_scenario *scenario, const struct sf_pool *pool,
                        uint32_t first, int *least)
{
	int *alone = malloc(ORACLE_STATES * sizeof *alone);
	uint8_t pods[ORACLE_WORKLOADS] = {0};

	memset(least, -1, ORACLE_STATES * sizeof *least);
	least[0] = 0;
	for (uint32_t i = 0; i < pool->count; i++) {
		memset(pods, 0, sizeof pods);
		do {
			alone[oracle_index(scenario, pods)] =
				oracle_hold(scenario, pool, first + i, pods);
		} while (oracle_next(scenario, pods));
		oracle_add_node(scenario, alone, least);
	}
	for (int s = 0; oracle_balances && s < ORACLE_STATES; s++) {
		least[s] = least[s] < 0 ? -1 : oracle_crowd(pool, least[s]);
	}
	free(alone);
}

static void oracle_solve(const struct sf_scenario *scenario, struct oracle *out)
{
	int *least = malloc(ORACLE_STATES * sizeof *least);
	int *pool = malloc(ORACLE_STATES * sizeof *pool);
	uint8_t pods[ORACLE_WORKLOADS] = {0};
	bool first = true;
	uint32_t node = 0;

	memset(out, 0, sizeof *out);
	memset(least, -1, ORACLE_STATES * sizeof *least);
	least[0] = 0;
	oracle_levels(scenario, out);
	for (size_t p = 0; p < scenario->n_pools; node += scenario->pool[p++].count) {
		oracle_pool(scenario, &scenario->pool[p], node, pool);
		oracle_add_node(scenario, pool, least);
	}
	do {
		int cost = least[oracle_index(scenario, pods)];

		if (cost >= 0) {
			oracle_judge(scenario, pods, cost, out, first);
			first = false;
		}
	} while (oracle_next(scenario, pods));
	out->cost[ORACLE_DRAIN] = (int)-out->value[out->levels] / 10000;
	out->cost[ORACLE_REBUILT] = (int)-out->value[out->levels] / 100 % 100;
	out->cost[ORACLE_GPUS] = (int)-out->value[out->levels] % 100;
	free(least);
	free(pool);
}

#endif
