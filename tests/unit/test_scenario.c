/* Tests of the scenario reader. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/scenario_yaml.h>

#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/str.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(scenario, .timeout = 60);

static struct sf_catalog *catalog;

static void open_catalog(void)
{
	catalog = sf_catalog_create();
}

static void close_catalog(void)
{
	sf_catalog_destroy(catalog);
}

static struct sf_scenario *parse(const char *text, struct sf_error *err)
{
	return sf_scenario_parse(text, strlen(text), "s.yaml", catalog, err);
}

static bool near(double a, double b)
{
	return fabs(a - b) < 1e-9 * (1 + fabs(b));
}

static const char whole[] =
	"schema: slicefit.scenario/1\n"
	"name: team\n"
	"description: for people\n"
	"seed: 42\n"
	"horizon: 8h\n"
	"policies: [kube-default, best-fit]\n"
	"pools:\n"
	"- name: a100\n"
	"  nodes: 2\n"
	"  product: A100-80GB\n"
	"  gpus: 8\n"
	"  cpu: 96\n"
	"  memory: 1Ti\n"
	"  pods: 64\n"
	"  labels: {zone: b, arch: amd64}\n"
	"  cost_per_gpu_hour: 2.5\n"
	"  mig:\n"
	"    strategy: mixed\n"
	"    config:\n"
	"    - devices: [0, 1]\n"
	"      mig-enabled: true\n"
	"      mig-devices: {\"1g.10gb\": 7}\n"
	"    - devices: [2]\n"
	"      mig-enabled: true\n"
	"      mig-devices: {\"3g.40gb\": 2}\n"
	"  sharing:\n"
	"    timeSlicing: {renameByDefault: true, resources: [{name: gpu, replicas: 4}]}\n"
	"  allow: {mig: true, sharing: false}\n"
	"- name: mixed\n"
	"  gpus: [{product: A100-80GB, count: 4}, {product: T4, count: 2}]\n"
	"workloads:\n"
	"- name: notebooks\n"
	"  count: 20\n"
	"  class: notebook\n"
	"  priority: -3\n"
	"  request: {shared: 1, gpu_memory: 8Gi, cpu: 500m, memory: 16Gi}\n"
	"  max_replicas: 6\n"
	"  arrival: {poisson: 12/h, at: 30s}\n"
	"  duration: {lognormal: {median: 30m, sigma: 1.2}}\n"
	"  deadline: 1h30m\n"
	"- request: {mig: {\"1g.10gb\": 2, 3g.40gb: 1}}\n"
	"- {name: raw, request: {resources: {nvidia.com/gpu: '2', cpu: 4}}, arrival: {every: 60}}\n"
	"- {name: fixed, request: {gpu: 1}, arrival: 5m, duration: 90, deadline: never}\n"
	"plan: {max_replicas: {notebook: 6, training: 0}, gpu_memory_reserve: 512Mi}\n"
	"expect:\n"
	"- {policy: best-fit, metric: pods.placed, min: 20}\n"
	"- {metric: wait_s.p95, min: 0, max: 600}\n";

Test(scenario, reads_every_key, .init = open_catalog, .fini = close_catalog)
{
	struct sf_error err = {0};
	struct sf_scenario *s = parse(whole, &err);
	cr_assert(s != NULL, "%s", err.text);
	cr_expect(eq(str, (char *)s->name, "team"));
	cr_expect(eq(u64, s->seed, 42));
	cr_expect(near(s->horizon_s, 28800));
	cr_assert(eq(sz, s->n_policies, 2));
	cr_expect(eq(str, (char *)s->policy[1], "best-fit"));

	cr_assert(eq(sz, s->n_pools, 2));
	const struct sf_node_spec *node = &s->pool[0].node;
	cr_expect(eq(u32, s->pool[0].count, 2));
	cr_expect(eq(u32, s->pool[0].line, 8));
	cr_expect(near(s->pool[0].cost_per_gpu_hour, 2.5));
	cr_expect(s->pool[0].no_sharing && !s->pool[0].no_mig);
	cr_expect(eq(int, node->n_gpus, 8));
	cr_expect(eq(i64, node->cpu_milli, 96000));
	cr_expect(eq(i64, node->memory_mib, 1 << 20));
	cr_expect(eq(u32, node->pods_max, 64));
	cr_expect(eq(str, (char *)node->label[0].key, "arch"));
	cr_expect(eq(str, (char *)node->label[1].value, "b"));
	cr_expect(node->gpu[0].mig && node->gpu[0].layout.n == 7 && node->gpu[1].mig);
	cr_expect(node->gpu[2].layout.n == 2 && !node->gpu[3].mig);
	cr_expect(eq(int, (int)node->sharing.mode, SF_SHARING_TIME_SLICING));
	cr_expect(node->sharing.rename && !node->sharing.fail_above_1);
	cr_expect(eq(str, (char *)node->sharing.resource[0].name, "nvidia.com/gpu"));
	cr_expect(eq(int, s->pool[1].node.n_gpus, 6));
	cr_expect(eq(str, (char *)s->pool[1].node.gpu[5].product->name, "T4"));
	cr_expect(eq(int, (int)s->pool[1].node.strategy, SF_STRATEGY_NONE));
	cr_expect(s->pool[1].cost_per_gpu_hour < 0);

	cr_assert(eq(sz, s->n_workloads, 4));
	const struct sf_workload *w = &s->workload[0];
	cr_expect(eq(int, (int)w->class, SF_CLASS_INTERACTIVE));
	cr_expect(eq(int, w->priority, -3));
	cr_expect(eq(int, w->request.shared, 1));
	cr_expect(eq(int, w->request.gpu_memory_mib, 8192));
	cr_expect(eq(i64, w->request.cpu_milli, 500));
	cr_expect(eq(int, w->max_replicas, 6));
	cr_expect(eq(int, (int)w->arrival.kind, SF_ARRIVAL_POISSON));
	cr_expect(near(w->arrival.every_s, 300) && near(w->arrival.at_s, 30));
	cr_expect(eq(int, (int)w->duration.kind, SF_DURATION_LOGNORMAL));
	cr_expect(near(w->duration.s, 1800) && near(w->duration.sigma, 1.2));
	cr_expect(near(w->deadline_s, 5400) && w->timed);
	cr_expect(eq(str, (char *)w[1].name, "workload-2"));
	cr_expect(eq(int, w[1].request.n_mig, 2));
	cr_expect(eq(int, w[1].request.mig[0].count, 2));
	cr_expect(w[1].timed == false && w[1].deadline_s < 0 && w[1].count == 1);
	cr_expect(eq(int, (int)w[1].duration.kind, SF_DURATION_FOREVER));
	cr_expect(eq(int, w[2].request.n_resources, 1));
	cr_expect(eq(i64, w[2].request.cpu_milli, 4000));
	cr_expect(eq(int, (int)w[2].arrival.kind, SF_ARRIVAL_EVERY));
	cr_expect(eq(int, (int)w[3].duration.kind, SF_DURATION_FIXED));
	cr_expect(near(w[3].duration.s, 90) && near(w[3].arrival.at_s, 300));

	cr_expect(eq(int, s->max_replicas[SF_CLASS_INTERACTIVE], 6));
	cr_expect(eq(int, s->max_replicas[SF_CLASS_TRAINING], 0));
	cr_expect(eq(int, s->max_replicas[SF_CLASS_INFERENCE], 4));
	cr_expect(eq(int, s->gpu_reserve_mib, 512));
	cr_assert(eq(sz, s->n_expects, 3));
	cr_expect(eq(str, (char *)s->expect[0].policy, "best-fit"));
	cr_expect(s->expect[1].policy == NULL && s->expect[1].op == SF_EXPECT_MIN);
	cr_expect(near(s->expect[2].value, 600) && s->expect[2].op == SF_EXPECT_MAX);

	struct sf_cluster *cluster = sf_scenario_cluster(s, &err);
	cr_assert(cluster != NULL, "%s", err.text);
	cr_expect(eq(u32, sf_cluster_nodes(cluster), 3));
	cr_expect(eq(int, sf_cluster_check(cluster, &err), 0), "%s", err.text);
	sf_cluster_destroy(cluster);
	sf_scenario_destroy(s);
}

/* Rows are put into a minimal scenario: `pool` are more lines of its pool, `workload` of its
 * workload, `top` of the document. */
#define POOL     "pools:\n- name: p\n  product: A100-80GB\n"
#define PRO      "pools:\n- product: RTXPRO5000-48GB\n"
#define WORKLOAD "workloads:\n- name: w\n"
#define REQUEST  "  request: {gpu: 1}\n"
static const struct {
	const char *text;
	const char *message;
} refused[] = {
	{"", "s.yaml: empty document"},
	{"[]", "s.yaml:1:1: expected 'key: value' lines, found a list"},
	{"pool: []", "s.yaml:1:1: unknown key 'pool', did you mean 'pools'?"},
	{"{}", "s.yaml:1:1: no pools: at least one is needed under 'pools:'"},
	{"pools: []", "s.yaml:1:8: no pools: expected a list with at least one entry ('- ...')"},
	{POOL, "s.yaml:1:1: no workloads: at least one is needed under 'workloads:'"},
	{"schema: slicefit.scenario/9",
         "s.yaml:1:9: unknown schema, this version reads slicefit.scenario/1"},
	{"horizon: 0", "s.yaml:1:10: the horizon must be later than 0"},
	{"seed: -1", "s.yaml:1:7: '-1' is not in 0..9223372036854775807"},
	{"policies: []", "s.yaml:1:11: expected a list of 1 to 16 policies"},
	{"policies: [a, a]", "s.yaml:1:15: policy 'a' is listed twice"},
	{POOL "  nodes: 0\n" WORKLOAD REQUEST, "s.yaml:4:10: '0' is not in 1..100000"},
	{"pools:\n- {name: p, nodes: 2}\n" WORKLOAD REQUEST,
         "s.yaml:2:3: a pool needs a product (or gpus: 0 for nodes without GPUs)"},
	{"pools:\n- {product: A100-80G}\n" WORKLOAD REQUEST,
         "s.yaml:2:13: unknown product 'A100-80G', did you mean 'A100-80GB'?; 'slicefit "
         "catalog' lists them"},
	{POOL "  gpus: 17\n" WORKLOAD REQUEST, "s.yaml:4:9: '17' is not in 0..16"},
	{POOL "  gpus: [{product: T4}]\n" WORKLOAD REQUEST,
         "s.yaml:3:12: give the product once: here, or in the list under gpus"},
	{POOL "  memory: 64\n" WORKLOAD REQUEST,
         "s.yaml:4:11: '64' is less than one MiB; quantities are bytes, write 64Gi"},
	{POOL "  memory: 64GB\n" WORKLOAD REQUEST,
         "s.yaml:4:11: expected a Kubernetes quantity such as 16Gi, 512Mi or 1.5Ti"},
	{POOL "  cpu: -1\n" WORKLOAD REQUEST, "s.yaml:4:8: a quantity cannot be negative"},
	{POOL "  cpu: 0\n" WORKLOAD REQUEST,
         "s.yaml:4:8: a node has more than 0; leave it out for no limit"},
	{POOL "  memory: 0Gi\n" WORKLOAD REQUEST,
         "s.yaml:4:11: a node has more than 0; leave it out for no limit"},
	{POOL "  nodes: 60000\n- {product: T4, nodes: 60000}\n" WORKLOAD REQUEST,
         "s.yaml:5:3: more than 100000 nodes with this entry, use fewer"},
	{"pools:\n- name: p\n  gpus: 0\n  mig: {config: [{devices: [0], mig-enabled: "
         "false}]}\n" WORKLOAD REQUEST,
         "s.yaml:4:18: pool p: device 0, but its nodes have no GPUs"},
	{POOL "- {name: p, product: T4}\n" WORKLOAD REQUEST,
         "s.yaml:4:3: pool p is already given in line 2"},
	{"pools:\n- {name: a b, product: T4}\n" WORKLOAD REQUEST,
         "s.yaml:2:10: a pool's name has letters, digits, '-', '.' and '_'"},
	{POOL "  mig: {strategy: mix}\n" WORKLOAD REQUEST,
         "s.yaml:4:19: unknown MIG strategy 'mix' (none, single, mixed)"},
	{POOL "  mig: {mode: fluid}\n" WORKLOAD REQUEST, "s.yaml:4:15: expected static or dynamic"},
	{POOL "  mig: {config: []}\n" WORKLOAD REQUEST,
         "s.yaml:4:17: at least one entry in 'config' is required: a list of devices, "
         "mig-enabled, mig-devices"},
	{POOL "  mig: {config: [{devices: all, mig-enabled: true, mig-devices: {1g.5gb: 7}}]}\n",
         "s.yaml:1:1: no workloads: at least one is needed under 'workloads:'"},
	{POOL
         "  mig: {config: [{devices: all, mig-enabled: true, mig-devices: {1g.5gb: 7}}]}\n" WORKLOAD
                 REQUEST,
         "s.yaml:4:18: pool p: GPU 0: MIG profile \"1g.5gb\" not found on A100-80GB (it has "
         "1g.10gb, 1g.10gb+me, 1g.20gb, 2g.20gb, 3g.40gb, 4g.40gb, 7g.80gb)"},
	{POOL "  mig: {config: [{devices: all, mig-enabled: true, mig-devices: {1g.10gb: "
              "8}}]}\n" WORKLOAD REQUEST,
         "s.yaml:4:18: pool p: GPU 0 (A100-80GB): 8 x 1g.10gb does not fit: at most 7, use "
         "that"},
	{POOL "  mig: {config: [{devices: all, mig-enabled: true, mig-devices: {3g.40gb: 2, "
              "1g.10gb: 1}}]}\n" WORKLOAD REQUEST,
         "s.yaml:4:18: pool p: GPU 0 (A100-80GB): 1 x 1g.10gb does not fit: at most 0 beside "
         "3g.40gb@0 3g.40gb@4, use fewer"},
	{PRO "  mig: {config: [{devices: all, mig-enabled: true, mig-devices: {1g.24gb: 2, "
             "1g.24gb-me: 1}}]}\n" WORKLOAD REQUEST,
         "s.yaml:3:18: pool pool-1: GPU 0 (RTXPRO5000-48GB): 1 x 1g.24gb-me does not fit: at "
         "most 2 alone, at most 2 instances, use fewer"},
	{PRO "  mig: {config: [{devices: all, mig-enabled: true, mig-devices: {2g.48gb: 1, "
             "1g.24gb: 1}}]}\n" WORKLOAD REQUEST,
         "s.yaml:3:18: pool pool-1: GPU 0 (RTXPRO5000-48GB): 1 x 2g.48gb does not fit: at most "
         "1 alone, at most 2 instances, use fewer"},
	{PRO "  mig: {config: [{devices: [0], mig-enabled: true, mig-devices: {1g.24gb: 2}}]}\n"
             "  sharing: {timeSlicing: {resources: [{name: gpu, replicas: 2}]}}\n" WORKLOAD REQUEST,
         "s.yaml:2:3: pool pool-1: the placements of RTXPRO5000-48GB are not publicly known: its "
         "instances are only counted and cannot be shared"},
	{PRO "  mig: {strategy: single, config: [{devices: [0], mig-enabled: true, mig-devices: "
             "{1g.24gb: 1, 1g.24gb+me: 1}}]}\n" WORKLOAD REQUEST,
         "s.yaml:2:3: pool pool-1: strategy single: more than one MIG device type present on "
         "node, use strategy mixed"},
	{PRO "  mig: {mode: dynamic}\n" WORKLOAD REQUEST,
         "s.yaml:3:8: mode dynamic, but no GPU of the pool can do MIG"},
	{"pools:\n- product: A100-64GB\n  mig: {config: [{devices: all, mig-enabled: true, "
         "mig-devices: {1g.8gb: 1}}]}\n" WORKLOAD REQUEST,
         "s.yaml:3:18: pool pool-1: GPU 0: the MIG profiles of A100-64GB are not publicly known; "
         "leave it whole, or give them in a --catalog file"},
	{POOL "  mig: {config: [{devices: [1], mig-enabled: false}]}\n" WORKLOAD REQUEST,
         "s.yaml:4:18: pool p: device 1, but its nodes have GPUs 0..0"},
	{"pools:\n- {product: T4, mig: {mode: dynamic}}\n" WORKLOAD REQUEST,
         "s.yaml:2:22: mode dynamic, but no GPU of the pool can do MIG"},
	{POOL "  sharing: {timeSlicing: {replicas: 4}}\n" WORKLOAD REQUEST,
         "s.yaml:4:27: unknown key 'replicas' (known: renameByDefault, "
         "failRequestsGreaterThanOne, resources)"},
	{POOL "  sharing: {timeSlicing: {}}\n" WORKLOAD REQUEST,
         "s.yaml:4:26: no resources specified, add resources: [{name: nvidia.com/gpu, "
         "replicas: 2}]"},
	{POOL "  sharing: {}\n" WORKLOAD REQUEST,
         "s.yaml:4:12: expected timeSlicing, mps or fraction"},
	{POOL "  sharing: {fraction: false}\n" WORKLOAD REQUEST,
         "s.yaml:4:23: leave sharing out for whole GPUs"},
	{POOL "  sharing: {fraction: true, mps: {}}\n" WORKLOAD REQUEST,
         "s.yaml:4:29: timeSlicing, mps and fraction exclude each other (of the first two the "
         "plugin would use mps), keep one"},
	{POOL WORKLOAD "  request: {gpu_milli: 1001}\n", "s.yaml:6:24: '1001' is not in 1..1000"},
	{POOL WORKLOAD "  request: {gpu: 0, gpu_milli: 100}\n",
         "s.yaml:6:32: gpu_milli needs a GPU: leave gpu: 0 out"},
	{POOL WORKLOAD "  request: {gpu: 1, product: [T4, T5]}\n",
         "s.yaml:6:35: unknown product 'T5', did you mean 'T4'?; 'slicefit catalog' lists them"},
	{POOL WORKLOAD "  request: {gpu: 1, product: []}\n",
         "s.yaml:6:30: no product: leave it out for any"},

	{POOL
         "  mig: {config: [{devices: all, mig-enabled: true, mig-devices: {7g.80gb: 1}}]}\n"
         "  sharing: {mps: {resources: [{name: nvidia.com/gpu, replicas: 4}]}}\n" WORKLOAD REQUEST,
         "s.yaml:2:3: pool p: node p-0: mps: MIG strategy mixed is not supported with MPS, use "
         "time-slicing or another strategy"},
	{POOL WORKLOAD, "s.yaml:5:3: a workload needs a request: {gpu: 1}"},
	{POOL WORKLOAD "  request: {}\n",
         "s.yaml:6:12: the request asks for nothing: add gpu: 1, shared: 1, mig: PROFILE, cpu "
         "or memory"},
	{POOL WORKLOAD "  request: {gpu: 1, shared: 1}\n",
         "s.yaml:6:12: gpu, shared, mig and resources are four ways to ask; use one (several "
         "names go under resources)"},
	{POOL WORKLOAD "  replicas: 3\n",
         "s.yaml:6:3: unknown key 'replicas', did you mean 'count'?"},
	{POOL WORKLOAD "  gpu: 3\n", "s.yaml:6:3: unknown key 'gpu', it belongs under 'request'"},
	{POOL "  count: 3\n" WORKLOAD REQUEST,
         "s.yaml:4:3: unknown key 'count', did you mean 'nodes'?"},
	{"nodes: []\n", "s.yaml:1:1: unknown key 'nodes', did you mean 'pools'?"},
	{POOL WORKLOAD "  request: {nvidia.com/gpu: 1}\n",
         "s.yaml:6:13: unknown key 'nvidia.com/gpu', it belongs under 'resources'"},
	{POOL WORKLOAD "  request: {gpu: 0.5}\n",
         "s.yaml:6:18: gpu counts whole GPUs; a part of one is shared: 1, a MIG profile, or "
         "gpu_milli: 500"},
	{"pools:\n\t- product: T4\n", "s.yaml:2:1: a tab here; YAML is indented with spaces"},
	{POOL WORKLOAD "  request: {gpus: 1}\n",
         "s.yaml:6:13: unknown key 'gpus', did you mean 'gpu'?"},
	{POOL WORKLOAD "  request: {mig: 1g.11gb}\n",
         "s.yaml:6:18: no product of the catalog has a MIG profile '1g.11gb'"},
	{POOL WORKLOAD "  request: {resources: {amd.com/gpu: 1}}\n",
         "s.yaml:6:25: 'amd.com/gpu' is none of cpu, memory, nvidia.com/gpu, "
         "nvidia.com/mig-... (with or without .shared)"},
	{POOL WORKLOAD REQUEST "  class: web\n",
         "s.yaml:7:10: unknown class 'web' (training, inference, interactive, batch)"},
	{POOL WORKLOAD REQUEST "  count: 0\n", "s.yaml:7:10: '0' is not in 1..1000000"},
	{POOL WORKLOAD REQUEST "  count: 1000000\n- {request: {gpu: 1}}\n",
         "s.yaml:8:3: more than 1000000 pods with this entry, use fewer"},
	{POOL WORKLOAD REQUEST "  deadline: -5\n",
         "s.yaml:7:13: expected a duration such as 90, 90s, 15m, 1h30m or 2d"},
	{POOL WORKLOAD REQUEST "  duration: 0h30\n",
         "s.yaml:7:13: expected a duration such as 90, 90s, 15m, 1h30m or 2d"},
	{POOL WORKLOAD REQUEST "  duration: 3x\n",
         "s.yaml:7:13: expected a duration such as 90, 90s, 15m, 1h30m or 2d"},
	{POOL WORKLOAD REQUEST "  duration: {normal: 3}\n",
         "s.yaml:7:14: unknown key 'normal', did you mean 'lognormal'?"},
	{POOL WORKLOAD REQUEST "  duration: {lognormal: 3}\n",
         "s.yaml:7:25: expected 'key: value' lines, found '3'"},
	{POOL WORKLOAD REQUEST "  arrival: {poisson: 5}\n",
         "s.yaml:7:22: expected a rate above 0 such as 0.5/s, 3/m, 12/h or 100/d"},
	{POOL WORKLOAD REQUEST "  arrival: {poisson: 5/h, every: 2}\n",
         "s.yaml:7:13: every and poisson exclude each other"},
	{POOL WORKLOAD REQUEST "  arrival: {diurnal: 5/h, every: 2}\n",
         "s.yaml:7:13: every and diurnal exclude each other"},
	{POOL WORKLOAD REQUEST "  arrival: {poisson: 5/h, swing: 1}\n",
         "s.yaml:7:27: unknown key 'swing' (known: at, poisson)"},
	{POOL WORKLOAD REQUEST "  arrival: {diurnal: 5/h, hours: [1, 2]}\n",
         "s.yaml:7:34: expected a list of 24 weights"},
	{POOL WORKLOAD REQUEST "  arrival: {diurnal: 5/h, days: [0, 0, 0, 0, 0, 0, 0]}\n",
         "s.yaml:7:33: all weights are 0, so nothing would ever come"},
	{POOL WORKLOAD REQUEST "  arrival: {diurnal: 5/h, swing: 1.1}\n",
         "s.yaml:7:34: '1.1' is not in 0..1"},
	{POOL WORKLOAD REQUEST "  arrival: {diurnal: 5/h, peak: 24h}\n",
         "s.yaml:7:33: peak is a time of day: below 24h"},
	{POOL WORKLOAD REQUEST "  arrival: {bursts: 5/h}\n",
         "s.yaml:7:12: bursts need their mean size: {bursts: 2/h, size: 16, gap: 5s}"},
	{POOL WORKLOAD REQUEST "  arrival: {on_off: 5/h, on: 1h}\n",
         "s.yaml:7:12: off is missing here"},
	{POOL WORKLOAD REQUEST "  arrival: {on_off: 5/h, on: 1h, off: 0}\n",
         "s.yaml:7:39: must be longer than 0"},
	{POOL WORKLOAD REQUEST "  arrival: {on_off: 1/d, on: 1s, off: 1}\n",
         "s.yaml:7:12: fewer than one pod comes in a thousand on periods"},
	{POOL WORKLOAD REQUEST "  duration: {pareto: {min: 1h, max: 1m, shape: 1}}\n",
         "s.yaml:7:22: max is below min; swap them"},
	{POOL WORKLOAD REQUEST "  duration: {weibull: {scale: 1h}}\n",
         "s.yaml:7:23: shape is missing here"},
	{POOL WORKLOAD REQUEST "  duration: {weibull: {scale: 1h, shape: 0}}\n",
         "s.yaml:7:42: '0' is not in 0.05..100"},
	{POOL WORKLOAD REQUEST "- name: w\n" REQUEST,
         "s.yaml:7:3: workload w is already given in line 5"},
	{POOL WORKLOAD REQUEST "expect: [{metric: pods.placed}]\n",
         "s.yaml:7:10: an expectation needs a metric and min or max: {metric: pods.placed, "
         "min: 20}"},
	{POOL WORKLOAD REQUEST "expect: [{metric: pods.placed, min: 3, max: 2}]\n",
         "s.yaml:7:10: min is above max, so no value can be right; swap them"},
	{POOL WORKLOAD REQUEST "expect: [{metric: pods.placed, min: x}]\n",
         "s.yaml:7:37: expected a number, found 'x'"},
	{POOL WORKLOAD REQUEST "plan: {max_replicas: {interactive: 3, notebook: 4}}\n",
         "s.yaml:7:39: notebook is another word for interactive: keep one"},
	{POOL WORKLOAD "  request: {mig: 1g.10gb.me}\n",
         "s.yaml:6:18: '1g.10gb.me' is spelled as in the resource's name; the MIG profile is "
         "'1g.10gb+me'"},
	{POOL WORKLOAD "  request: {mig: {1g.10gb.me: 2}}\n",
         "s.yaml:6:19: '1g.10gb.me' is spelled as in the resource's name; the MIG profile is "
         "'1g.10gb+me'"},
	{POOL WORKLOAD "  request: {mig: big}\n",
         "s.yaml:6:18: 'big' is no MIG profile name (such as 1g.10gb, 1g.10gb+me)"},
	{POOL WORKLOAD REQUEST "plan: {max_replicas: {web: 3}}\n",
         "s.yaml:7:23: unknown key 'web' (known: training, inference, interactive, notebook, "
         "batch)"},
};

Test(scenario, refuses_with_the_place_and_the_mend, .init = open_catalog, .fini = close_catalog)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct sf_error err = {0};
		struct sf_scenario *s = parse(refused[i].text, &err);
		cr_expect(s == NULL, "row %zu: %s", i, refused[i].text);
		cr_expect(eq(str, err.text, (char *)refused[i].message), "row %zu", i);
		sf_scenario_destroy(s);
	}
}

/* Placements that are not public: the nodes are known by their counts. */
Test(scenario, counts_instances_that_it_cannot_place, .init = open_catalog, .fini = close_catalog)
{
	static const struct {
		const char *strategy, *name[2];
		uint32_t total[2], milli;
	} rows[] = {
		{"mixed", {"nvidia.com/mig-1g.24gb", "nvidia.com/gpu"}, {4, 1}, 500},
		{"none", {"nvidia.com/gpu", NULL}, {3, 0}, 1000},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[256];
		struct sf_error err = {0};
		snprintf(text, sizeof(text),
		         "pools:\n- product: RTXPRO5000-48GB\n  gpus: 3\n  mig: {strategy: %s, "
		         "config: [{devices: [0, 1], mig-enabled: true, mig-devices: {1g.24gb: "
		         "2}}]}\n" WORKLOAD REQUEST,
		         rows[i].strategy);
		struct sf_scenario *s = parse(text, &err);
		cr_assert(s != NULL, "%s", err.text);
		struct sf_cluster *cluster = sf_scenario_cluster(s, &err);
		cr_assert(cluster != NULL, "%s", err.text);
		const struct sf_node *node = sf_cluster_node(cluster, 0);
		cr_expect(node->by_counts && node->n_gpus == 3);
		for (int k = 0; k < 2 && rows[i].name[k]; k++) {
			const struct sf_count *count =
				sf_node_count(node, sf_resource_find(sf_cluster_resources(cluster),
			                                             rows[i].name[k]));
			cr_assert(count != NULL, "%s", rows[i].name[k]);
			cr_expect(eq(u32, count->total, rows[i].total[k]));
			cr_expect(eq(u32, count->milli, k ? 1000 : rows[i].milli));
		}
		sf_cluster_destroy(cluster);
		sf_scenario_destroy(s);
	}
}

/* What people write who do not have the page open. */
static const char loose[] =
	"pools:\n"
	"- {product: T4, gpus: \"4\", nodes: '2', cost_per_gpu_hour: \"1.5\"}\n"
	"- {product: T4, name: pool-1}\n"
	"- {product: T4, name: pool-5}\n"
	"- {product: T4}\n"
	"policies: all\n"
	"seed: '9'\n"
	"workloads:\n"
	"- {request: {gpu: '1'}, count: \"3\", class: Training, priority: '-2', deadline: none}\n"
	"- {request: {mig: {1g.10gb: '2'}}, class: NOTEBOOK, arrival: {poisson: 12/hour}}\n"
	"- {request: {gpu: 1}, name: workload-1, duration: {lognormal: {median: 1h, sigma: '1'}}}\n"
	"expect: [{metric: pods.placed, min: '2'}]\n";

Test(scenario, takes_what_cannot_be_misread, .init = open_catalog, .fini = close_catalog)
{
	static const char *const pools[] = {"pool-9", "pool-1", "pool-5", "pool-4"};
	struct sf_error err = {0};
	struct sf_scenario *s = parse(loose, &err);
	cr_assert(s != NULL, "%s", err.text);
	cr_expect(eq(sz, s->n_policies, 0));
	cr_expect(eq(u64, s->seed, 9));
	cr_assert(eq(sz, s->n_pools, 4));
	cr_expect(eq(u32, s->pool[0].count, 2));
	cr_expect(eq(int, s->pool[0].node.n_gpus, 4));
	cr_expect(near(s->pool[0].cost_per_gpu_hour, 1.5));
	for (size_t i = 0; i < 4; i++) {
		cr_expect(eq(str, (char *)s->pool[i].name, (char *)pools[i]));
	}
	const struct sf_workload *w = s->workload;
	cr_expect(eq(str, (char *)w[0].name, "workload-4"));
	cr_expect(eq(int, w[0].request.gpu, 1));
	cr_expect(eq(u32, w[0].count, 3));
	cr_expect(eq(int, (int)w[0].class, SF_CLASS_TRAINING));
	cr_expect(eq(int, w[0].priority, -2));
	cr_expect(w[0].deadline_s < 0);
	cr_expect(eq(int, w[1].request.mig[0].count, 2));
	cr_expect(eq(int, (int)w[1].class, SF_CLASS_INTERACTIVE));
	cr_expect(near(w[1].arrival.every_s, 300));
	cr_expect(near(w[2].duration.sigma, 1) && near(s->expect[0].value, 2));
	sf_scenario_destroy(s);
}

static const struct {
	const char *text;
	double seconds; /* < 0: refused */
} durations[] = {
	{"0", 0},        {"90", 90},     {"1.5", 1.5},      {"90s", 90},       {"15m", 900},
	{"8h", 28800},   {"2d", 172800}, {"1h30m", 5400},   {"250ms", 0.25},   {"1.5h", 5400},
	{"'90s'", 90},   {"1h30", -1},   {"h", -1},         {"-5s", -1},       {"5 s", -1},
	{"90min", 5400}, {"1w", 604800}, {"1h30min", 5400}, {"2days", 172800}, {"3mi", -1},
	{"5H", -1},      {"1e3", -1},    {"1..5", -1},      {".", -1},         {"5y", -1},
	{"[1]", -1},     {"~", -1},      {"2000000d", -1},
};

Test(scenario, durations_have_one_meaning, .init = open_catalog, .fini = close_catalog)
{
	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		char text[256];
		struct sf_error err = {0};
		snprintf(text, sizeof(text), "%s%s%s  arrival: %s\n", POOL, WORKLOAD, REQUEST,
		         durations[i].text);
		if (durations[i].text[0] == '[') {
			snprintf(text, sizeof(text), "%s%s%s  duration: {fixed: %s}\n", POOL,
			         WORKLOAD, REQUEST, durations[i].text);
		}
		struct sf_scenario *s = parse(text, &err);
		cr_expect(eq(int, s != NULL, durations[i].seconds >= 0), "%s: %s",
		          durations[i].text, err.text);
		if (s != NULL) {
			cr_expect(near(s->workload[0].arrival.at_s, durations[i].seconds), "%s",
			          durations[i].text);
		}
		sf_scenario_destroy(s);
	}
}

Test(scenario, dynamic_pools_start_empty_and_defaults_are_documented, .init = open_catalog,
     .fini = close_catalog)
{
	struct sf_error err = {0};
	struct sf_scenario *s = parse("pools:\n- product: NVIDIA-A100-SXM4-80GB\n  gpus: 2\n"
	                              "  mig: {mode: dynamic}\n" WORKLOAD REQUEST,
	                              &err);
	cr_assert(s != NULL, "%s", err.text);
	const struct sf_node_spec *node = &s->pool[0].node;
	cr_expect(node->dynamic && node->gpu[1].mig && node->gpu[1].layout.n == 0);
	cr_expect(eq(str, (char *)s->pool[0].name, "pool-1"));
	cr_expect(eq(u32, s->pool[0].count, 1));
	cr_expect(eq(str, (char *)s->name, "s"));
	cr_expect(eq(u64, s->seed, 1));
	cr_expect(s->horizon_s < 0);
	cr_expect(eq(sz, s->n_policies, 0));
	cr_expect(eq(int, (int)s->workload[0].class, SF_CLASS_BATCH));
	cr_expect(eq(i64, node->cpu_milli, 0));
	sf_scenario_destroy(s);
}

Test(scenario, a_missing_file_is_named, .init = open_catalog, .fini = close_catalog)
{
	struct sf_error err = {0};
	cr_expect(sf_scenario_load("/nowhere/s.yaml", catalog, &err) == NULL);
	cr_expect(eq(str, err.text, "/nowhere/s.yaml: No such file or directory"));
}

/* Every prefix of a good file is refused or read, never worse. */
Test(scenario, survives_being_cut_anywhere, .init = open_catalog, .fini = close_catalog)
{
	for (size_t len = 0; len < sizeof(whole); len++) {
		struct sf_error err = {0};
		char *part = malloc(len + 1);
		memcpy(part, whole, len);
		struct sf_scenario *s = sf_scenario_parse(part, len, "cut", catalog, &err);
		cr_expect(s != NULL || strncmp(err.text, "cut", 3) == 0, "%zu: %s", len, err.text);
		sf_scenario_destroy(s);
		free(part);
	}
}

/* The examples are read, and each builds a sound cluster. */
Test(scenario, shipped_scenarios_are_sound, .init = open_catalog, .fini = close_catalog)
{
	glob_t found;
	cr_assert(eq(int, glob(SF_SOURCE_DIR "/scenarios/*.yaml", 0, NULL, &found), 0));
	cr_expect(found.gl_pathc >= 5);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct sf_error err = {0};
		struct sf_scenario *s = sf_scenario_load(found.gl_pathv[i], catalog, &err);
		cr_assert(s != NULL, "%s", err.text);
		struct sf_cluster *cluster = sf_scenario_cluster(s, &err);
		cr_assert(cluster != NULL, "%s: %s", found.gl_pathv[i], err.text);
		cr_expect(eq(int, sf_cluster_check(cluster, &err), 0), "%s", err.text);
		cr_expect(s->n_expects > 0, "%s: without expect", found.gl_pathv[i]);
		sf_cluster_destroy(cluster);
		sf_scenario_destroy(s);
	}
	globfree(&found);
}

/* Nodes whose layout nobody knows are what they say is allocatable. */
Test(scenario, takes_allocatable_for_a_layout, .init = open_catalog, .fini = close_catalog)
{
	static const struct {
		const char *pool, *message;
	} rows[] = {
		{"{gpus: 0, allocatable: {nvidia.com/gpu: 4, nvidia.com/mig-9g.99gb: 2}}", NULL},
		{"{product: T4, gpus: 2, allocatable: {nvidia.com/gpu: 1}}", NULL},
		{"{allocatable: {nvidia.com/gpu: 1}}", NULL},
		{"{product: T4, allocatable: {}}",
	         "s.yaml:2:30: expected at most 24 GPU resources: {nvidia.com/gpu: 4}"},
		{"{product: T4, allocatable: {nvidia.com/gpu: 0}}",
	         "s.yaml:2:47: '0' is not in 1..65535"},
		{"{product: T4, sharing: {fraction: true}, allocatable: {nvidia.com/gpu: 1}}",
	         "s.yaml:2:44: allocatable is for GPUs whose layout is not known: leave mig.config "
	         "and sharing out, or this"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[256];
		struct sf_error err = {0};
		struct sf_str again = {0};
		snprintf(text, sizeof(text), "pools:\n- %s\n" WORKLOAD REQUEST, rows[i].pool);
		struct sf_scenario *s = parse(text, &err);
		if (rows[i].message != NULL) {
			cr_expect(s == NULL, "row %zu", i);
			cr_expect(eq(str, err.text, (char *)rows[i].message), "row %zu", i);
			continue;
		}
		cr_assert(s != NULL, "row %zu: %s", i, err.text);
		cr_expect(s->pool[0].node.by_counts && s->pool[0].node.n_counts > 0, "row %zu", i);
		uint64_t hash = sf_node_spec_hash(&s->pool[0].node);
		cr_assert(eq(int, sf_scenario_write(s, true, &again, &err), 0));
		sf_scenario_destroy(s);
		s = parse(sf_str_get(&again), &err);
		cr_assert(s != NULL, "row %zu: %s", i, err.text);
		cr_expect(eq(u64, sf_node_spec_hash(&s->pool[0].node), hash), "row %zu", i);
		sf_scenario_destroy(s);
		sf_str_finish(&again);
	}
}
