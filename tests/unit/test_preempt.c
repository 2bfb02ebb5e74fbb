/* Tests of preemption: figures worked out by hand, and victims against all subsets. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_books.h"
#include "replay_fixture.h"

#include "engine/preempt.h"
#include "engine/replay_impl.h"

#include <math.h>

TestSuite(preempt, .timeout = 120, .init = open_catalog, .fini = close_catalog);

#define ONE_GPU "pools: [{product: A100-80GB, gpus: 1}]\n"
#define LOW     "- {name: low, request: {gpu: 1}, duration: 100"
#define HIGH    "- {name: high, priority: 9, request: {gpu: 1}, duration: 10, arrival: 40"

static const struct {
	const char *name;
	const char *text;
	struct figure want[10];
} rows[] = {
	/* low runs 0..40, high 40..50, low from the start again 50..150. */
	{"work is lost",
         ONE_GPU "preemption: lower-priority\nworkloads:\n" LOW "}\n" HIGH "}\n",
         {{"preemption.count", 1},
          {"preemption.victims", 1},
          {"preemption.lost_gpu_s", 40},
          {"evictions.lost_gpu_s", 40},
          {"pods.placed", 2},
          {"pods.completed", 2},
          {"wait_s.max", 0},
          {"gpu.allocated_pct", 100},
          {"horizon_s", 150}}},
	/* What low did up to 30 s is kept: 70 s are left. */
	{"a checkpoint keeps work",
         ONE_GPU "preemption: lower-priority\nworkloads:\n" LOW ", checkpoint: 15}\n" HIGH "}\n",
         {{"preemption.lost_gpu_s", 10}, {"horizon_s", 120}}},
	{"all is kept",
         ONE_GPU "preemption: lower-priority\nworkloads:\n" LOW ", checkpoint: 0}\n" HIGH "}\n",
         {{"preemption.victims", 1}, {"preemption.lost_gpu_s", 0}, {"horizon_s", 110}}},
	{"not by default",
         ONE_GPU "workloads:\n" LOW "}\n" HIGH "}\n",
         {{"preemption.count", 0}, {"wait_s.max", 60}, {"horizon_s", 110}}},
	{"one workload only",
         ONE_GPU "workloads:\n" LOW "}\n" HIGH ", preemption: lower-priority}\n",
         {{"preemption.count", 1}, {"horizon_s", 150}}},
	{"all but one workload",
         ONE_GPU "preemption: lower-priority\nworkloads:\n" LOW "}\n" HIGH ", preemption: never}\n",
         {{"preemption.count", 0}, {"horizon_s", 110}}},
	{"never an equal",
         ONE_GPU "preemption: lower-priority\nworkloads:\n"
                 "- {priority: 9, request: {gpu: 1}, duration: 100}\n" HIGH "}\n",
         {{"preemption.count", 0}, {"horizon_s", 110}}},
	/* A service has nothing to do again. The victim's deadline runs from its eviction on. */
	{"a service gives up",
         ONE_GPU "preemption: lower-priority\nworkloads:\n"
                 "- {request: {gpu: 1}, deadline: 5}\n" HIGH "}\n",
         {{"preemption.lost_gpu_s", 0},
          {"pods.placed", 1},
          {"pods.rejected", 1},
          {"pods.waiting", 0},
          {"gpu.allocated_end_pct", 0},
          {"horizon_s", 50}}},
	/* Of two nodes, one with a pod of priority 1 and one with two of 0: the lower highest victim
         * counts, not the number. */
	{"lowest priority before fewest",
         "pools: [{product: A100-80GB, gpus: 2, nodes: 2}]\npreemption: lower-priority\n"
         "horizon: 100\npolicies: first-fit\nworkloads:\n"
         "- {priority: 1, request: {gpu: 2}}\n- {count: 2, request: {gpu: 1}, arrival: 1}\n"
         "- {priority: 9, request: {gpu: 2}, arrival: 40}\n",
         {{"preemption.victims", 2}, {"pods.waiting", 2}}},
	/* The budget of the two spares them; without one the pod of priority 1 would have stayed. */
	{"a budget is spared first",
         "pools: [{product: A100-80GB, gpus: 2, nodes: 2}]\npreemption: lower-priority\n"
         "horizon: 100\nworkloads:\n"
         "- {priority: 1, request: {gpu: 2}, preemption: never}\n"
         "- {count: 2, request: {gpu: 1}, arrival: 1, disruption: {max_unavailable: 1}}\n"
         "- {priority: 9, request: {gpu: 2}, arrival: 40}\n",
         {{"preemption.victims", 1}, {"preemption.budget_violations", 0}, {"pods.waiting", 1}}},
	{"a budget is no promise",
         "pools: [{product: A100-80GB, gpus: 2, nodes: 1}]\npreemption: lower-priority\n"
         "horizon: 100\nworkloads:\n"
         "- {count: 2, request: {gpu: 1}, disruption: {max_unavailable: 1}}\n"
         "- {priority: 9, request: {gpu: 2}, arrival: 40}\n",
         {{"preemption.victims", 2}, {"preemption.budget_violations", 1}}},
	/* The wish needs a device for itself; the other one is in nobody's way as long as it is full. */
	{"who fills another device stays",
         "pools: [{product: L40S, gpus: 2, sharing: {timeSlicing: {renameByDefault: true,\n"
         "   resources: [{name: nvidia.com/gpu, replicas: 2}]}}}]\npreemption: lower-priority\n"
         "horizon: 100\nworkloads:\n"
         "- {count: 4, request: {shared: 1, gpu_memory: 20Gi}}\n"
         "- {priority: 9, request: {shared: 1, gpu_memory: 40Gi}, arrival: 40}\n",
         {{"preemption.count", 1}, {"preemption.victims", 2}, {"pods.waiting", 2}}},
	/* The one that ran for a shorter time goes. */
	{"latest start",
         "pools: [{product: A100-80GB, gpus: 1, nodes: 2}]\npreemption: lower-priority\n"
         "workloads:\n"
         "- {request: {gpu: 1}, duration: 100, arrival: {every: 30}, count: 2}\n"
         "- {priority: 9, request: {gpu: 1}, arrival: 40, duration: 100}\n",
         {{"preemption.lost_gpu_s", 10}, {"horizon_s", 200}}},
};

static struct sf_replay_result run(const struct sf_scenario *scenario, const char *policy)
{
	struct sf_error err = {0};
	struct sf_replay_result result = {0};
	int rc = sf_replay_run(scenario, sf_policy_find(policy), scenario->seed, NULL, &result,
	                       &err);
	cr_assert(rc == 0, "%s", err.text);
	return result;
}

Test(preempt, matches_the_figures_worked_out_by_hand)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sf_scenario *scenario = scenario_of(rows[i].text);
		struct sf_replay_result result = run(scenario, "first-fit");
		expect_figures(rows[i].name, &result, rows[i].want,
		               sizeof(rows[i].want) / sizeof(rows[i].want[0]));
		sf_replay_finish(&result);
		sf_scenario_destroy(scenario);
	}
}

/* Nodes of every kind under load, with four priorities, budgets and checkpoints. */
static const char busy[] =
	"seed: 21\n"
	"horizon: 12h\n"
	"preemption: lower-priority\n"
	"pools:\n"
	"- {name: whole, nodes: 3, product: A100-80GB, gpus: 4, cpu: 24, memory: 256Gi}\n"
	"- {name: cut, product: A100-80GB, gpus: 1, mig: {strategy: mixed, config: [{devices: "
	"all,\n"
	"   mig-enabled: true, mig-devices: {\"1g.10gb\": 4, \"3g.40gb\": 1}}]}}\n"
	"- {name: dyn, product: A100-80GB, gpus: 2, mig: {mode: dynamic}}\n"
	"- {name: shared, product: L40S, gpus: 2, sharing: {timeSlicing: {renameByDefault: true,\n"
	"   resources: [{name: nvidia.com/gpu, replicas: 3}]}}}\n"
	"workloads:\n"
	"- {name: batch, count: 90, request: {gpu: 1, cpu: 4}, arrival: {poisson: 12/h},\n"
	"   duration: {exponential: 2h}, disruption: {max_unavailable: 3}, checkpoint: 20m}\n"
	"- {name: solo, count: 60, priority: 1, request: {gpu: 1, cpu: 2}, arrival: {poisson: "
	"6/h},\n"
	"   duration: {exponential: 1h}}\n"
	"- {name: train, count: 30, priority: 5, request: {gpu: 2, cpu: 8}, arrival: {poisson: "
	"3/h},\n"
	"   duration: {exponential: 2h}, disruption: {max_unavailable: 0}}\n"
	"- {name: urgent, count: 12, priority: 9, request: {gpu: 4, cpu: 8}, arrival: {every: "
	"1h},\n"
	"   duration: 30m, deadline: 20m}\n"
	"- {name: small, count: 60, request: {mig: {1g.10gb: 1}}, arrival: {poisson: 12/h},\n"
	"   duration: {exponential: 1h}, disruption: {max_unavailable: 1}}\n"
	"- {name: big, count: 30, priority: 2, request: {mig: {3g.40gb: 1}}, arrival: {every: "
	"20m},\n"
	"   duration: 1h}\n"
	"- {name: share, count: 60, request: {shared: 1, gpu_memory: 12Gi}, arrival: {poisson: "
	"8/h},\n"
	"   duration: {exponential: 1h}}\n"
	"- {name: fat, count: 20, priority: 2, request: {shared: 1, gpu_memory: 30Gi}, arrival:\n"
	"   {every: 30m}, duration: 1h, preemption: never}\n"
	"- {name: fatter, count: 20, priority: 3, request: {shared: 1, gpu_memory: 30Gi}, "
	"arrival:\n"
	"   {every: 30m}, duration: 1h}\n"
	"- {name: team, count: 60, priority: 6, request: {gpu: 1, cpu: 1}, arrival: {poisson: "
	"2/h},\n"
	"   duration: {exponential: 90m}, gang: {size: 3, timeout: 2h}, disruption:\n"
	"   {max_unavailable: 3}, checkpoint: 10m}\n"
	"- {name: crew, count: 24, priority: 8, request: {gpu: 2, cpu: 2}, arrival: {every: 1h},\n"
	"   duration: 40m, gang: {size: 4, timeout: 30m}}\n";

enum { LOWER_MAX = 16 };

/* What one node would have to lose, found by trying all subsets on a copy. */
struct naive {
	struct sf_cluster *cluster; /* the copy */
	const struct sf_replay *r;
	uint32_t node;
	uint32_t workload;
	size_t n;
	uint32_t pod[LOWER_MAX];    /* of lower priority, most important first */
	uint32_t weight[LOWER_MAX]; /* pods of its gang, at the first member here; else 0 */
	bool violates[LOWER_MAX];
};

static bool goes_first(const struct sf_replay *r, uint32_t a, uint32_t b)
{
	int32_t pa = sf_replay_workload(r, a)->priority;
	int32_t pb = sf_replay_workload(r, b)->priority;
	if (pa != pb) {
		return pa > pb;
	}
	return r->pod[a].start_us != r->pod[b].start_us
	               ? r->pod[a].start_us < r->pod[b].start_us
	               : a < b; /* gangs have neighbouring numbers */
}

static void naive_list(struct naive *naive)
{
	const struct sf_replay *r = naive->r;
	naive->n = 0;
	for (uint32_t pod = 0; pod < r->n_pods; pod++) {
		if (r->pod[pod].state != SF_REPLAY_PLACED ||
		    sf_cluster_pod(r->cluster, r->pod[pod].cluster_pod)->node != naive->node ||
		    sf_replay_workload(r, pod)->priority >=
		            r->scenario->workload[naive->workload].priority) {
			continue;
		}
		cr_assert(naive->n < LOWER_MAX);
		size_t at = naive->n++;
		for (; at > 0 && goes_first(r, pod, naive->pod[at - 1]); at--) {
			naive->pod[at] = naive->pod[at - 1];
		}
		naive->pod[at] = pod;
	}
	for (size_t i = 0; i < naive->n; i++) {
		struct sf_replay_gang gang = sf_replay_gang(r, naive->pod[i]);
		bool first = i == 0 || sf_replay_gang(r, naive->pod[i - 1]).first != gang.first;
		naive->weight[i] = first ? gang.end - gang.first : 0;
	}
	for (size_t i = 0; i < naive->n; i++) {
		uint32_t workload = r->arrival[naive->pod[i]].workload;
		int64_t left = r->scenario->workload[workload].max_unavailable;
		for (uint32_t pod = 0; pod < r->n_pods; pod++) {
			left -= r->arrival[pod].workload == workload &&
			        r->pod[pod].state == SF_REPLAY_WAITING;
		}
		left = left > 0 ? left : 0;
		for (size_t k = 0; k <= i; k++) {
			left -= r->arrival[naive->pod[k]].workload == workload ? naive->weight[k]
			                                                       : 0;
		}
		naive->violates[i] = r->scenario->workload[workload].has_budget && left < 0;
	}
}

/* Does the subset take all members of a gang that are here, or none? */
static bool naive_whole(const struct naive *naive, uint32_t gone)
{
	for (size_t i = 1; i < naive->n; i++) {
		if (naive->weight[i] == 0 && (gone >> i & 1) != (gone >> (i - 1) & 1)) {
			return false;
		}
	}
	return true;
}

static bool naive_fits(const struct naive *naive, uint32_t gone)
{
	static struct sf_undo undo[LOWER_MAX];
	size_t n = 0;
	for (size_t i = 0; i < naive->n; i++) {
		if (gone >> i & 1) {
			struct sf_change change = {
				.kind = SF_CHANGE_RELEASE,
				.pod = naive->r->pod[naive->pod[i]].cluster_pod,
			};
			cr_assert(sf_cluster_apply(naive->cluster, &change, &undo[n++], NULL) == 0);
		}
	}
	bool fits = sf_filter(naive->cluster, naive->node, &naive->r->request[naive->workload],
	                      naive->r->policy->view, NULL) == SF_FITS;
	while (n > 0) {
		sf_cluster_undo(naive->cluster, &undo[--n]);
	}
	return fits;
}

/* The subset to lose whose survivors are the most important: a bit per pod, those beyond their
 * budget above the others, and there the most important above the less. */
static uint32_t naive_rank(const struct naive *naive, uint32_t gone)
{
	uint32_t rank = 0;
	for (int violates = 1; violates >= 0; violates--) {
		for (size_t i = 0; i < naive->n; i++) {
			if (naive->violates[i] == violates) {
				rank = rank << 1 | (gone >> i & 1);
			}
		}
	}
	return rank;
}

/* UINT32_MAX when nothing would do. */
static uint32_t naive_best(const struct naive *naive)
{
	uint32_t best = UINT32_MAX;
	for (uint32_t gone = 1; gone < 1U << naive->n; gone++) {
		if (naive_whole(naive, gone) &&
		    (best == UINT32_MAX || naive_rank(naive, gone) < naive_rank(naive, best)) &&
		    naive_fits(naive, gone)) {
			best = gone;
		}
	}
	return best;
}

/* As numbers that are the better the smaller. */
static void naive_cost(const struct naive *naive, uint32_t gone, double cost[5])
{
	const struct sf_replay *r = naive->r;
	double start = HUGE_VAL;
	memset(cost, 0, 5 * sizeof(cost[0]));
	cost[1] = -HUGE_VAL;
	for (size_t i = 0; i < naive->n; i++) {
		if (gone >> i & 1) {
			double priority = sf_replay_workload(r, naive->pod[i])->priority;
			cost[0] += naive->violates[i] ? naive->weight[i] : 0;
			cost[1] = fmax(cost[1], priority);
			cost[2] += naive->weight[i] * (priority + 2147483648.0);
			cost[3] += naive->weight[i];
		}
	}
	for (size_t i = 0; i < naive->n; i++) {
		if ((gone >> i & 1) && sf_replay_workload(r, naive->pod[i])->priority == cost[1]) {
			start = fmin(start, (double)r->pod[naive->pod[i]].start_us);
		}
	}
	cost[4] = -start;
}

static bool naive_cheaper(const double *a, const double *b)
{
	for (int i = 0; i < 5; i++) {
		if (a[i] != b[i]) {
			return a[i] < b[i];
		}
	}
	return false;
}

/* The node, and its victims as bits of `pod`; UINT32_MAX when there is none. */
static uint32_t naive_choose(const struct sf_replay *r, uint32_t workload, struct naive *out,
                             uint32_t *gone)
{
	struct naive naive = {.r = r, .workload = workload};
	uint32_t best = UINT32_MAX;
	double best_cost[5] = {0};
	naive.cluster = sf_cluster_clone(r->cluster);
	for (uint32_t node = 0; node < sf_cluster_nodes(r->cluster); node++) {
		double cost[5];
		naive.node = node;
		naive_list(&naive);
		uint32_t subset = naive_best(&naive);
		if (subset == UINT32_MAX) {
			continue;
		}
		naive_cost(&naive, subset, cost);
		if (best == UINT32_MAX || naive_cheaper(cost, best_cost)) {
			best = node;
			memcpy(best_cost, cost, sizeof(cost));
			*out = naive;
			*gone = subset;
		}
	}
	sf_cluster_destroy(naive.cluster);
	return best;
}

/* Would a pod of this workload that came now preempt the very same pods? */
static bool check_choice(struct sf_replay *r, uint32_t workload)
{
	struct naive naive = {0};
	struct sf_candidate place;
	const struct sf_victims *victims;
	uint32_t node = UINT32_MAX;
	uint32_t gone = 0;
	if (sf_placer_choose(r->placer, &r->request[workload], &place)) {
		return false;
	}
	uint32_t want = naive_choose(r, workload, &naive, &gone);
	uint64_t digest = sf_cluster_digest(r->cluster);
	bool found = sf_preempt_choose(r->preempt, workload, &node, &victims);
	cr_assert(digest == sf_cluster_digest(r->cluster), "the trial left traces");
	cr_assert(eq(u32, found ? node : UINT32_MAX, want));
	if (!found) {
		return false;
	}
	cr_assert(eq(int, (int)victims->n, __builtin_popcount(gone)));
	size_t n = 0;
	for (size_t i = 0; i < naive.n; i++) {
		if (gone >> i & 1) {
			cr_assert(eq(u32, victims->pod[n], naive.pod[i]));
			n++;
		}
	}
	return true;
}

Test(preempt, victims_are_those_of_a_search_of_all_subsets)
{
	static const char *const policies[] = {"best-fit", "kube-default"};
	struct sf_scenario *scenario = scenario_of(busy);
	for (size_t p = 0; p < 2; p++) {
		struct sf_error err = {0};
		struct sf_replay r;
		uint32_t steps = 0;
		uint32_t choices = 0;
		int rc = sf_replay_open(&r, scenario, sf_policy_find(policies[p]), 21, &err);
		for (; rc == 0 && (rc = sf_replay_step(&r, &err)) > 0; rc = 0, steps++) {
			check_books(&r);
			for (uint32_t w = 0; w < scenario->n_workloads; w++) {
				choices += check_choice(&r, w);
			}
		}
		cr_assert(eq(int, rc, 0), "%s", err.text);
		cr_expect(steps > 400 && choices > 400, "%u steps, %u choices", steps, choices);
		cr_expect(gt(u32, r.out.preemptions, 30));
		cr_expect(gt(u32, r.out.budget_violations, 0));
		cr_expect(r.out.gangs_placed > 3 && r.out.gangs_timed_out > 0,
		          "%u gangs placed, %u timed out", r.out.gangs_placed,
		          r.out.gangs_timed_out);
		sf_replay_close(&r);
	}
	sf_scenario_destroy(scenario);
}
