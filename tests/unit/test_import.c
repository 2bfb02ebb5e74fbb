/* import: Kubernetes objects as one scenario. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/import.h>

#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/rng.h>
#include <slicefit/scenario_yaml.h>
#include <slicefit/str.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(import, .timeout = 60);

struct world {
	struct sf_catalog *catalog;
	struct sf_manifests in;
	struct sf_import import;
	struct sf_error err;
	int rc;
};

static void setup(struct world *w, const char *text)
{
	struct sf_manifests_text whole = {.file = "f", .text = text, .len = strlen(text)};
	w->catalog = sf_catalog_create();
	sf_manifests_init(&w->in);
	cr_assert(eq(int, sf_manifests_add(&w->in, &whole, &w->err), 0), "%s", w->err.text);
	cr_assert(eq(sz, w->in.n_faults, 0));
	w->rc = sf_import(&w->in, w->catalog, &(struct sf_import_options){0}, &w->import, &w->err);
}

static void teardown(struct world *w)
{
	sf_import_finish(&w->import);
	sf_manifests_finish(&w->in);
	sf_catalog_destroy(w->catalog);
}

static void show_rule(const struct sf_scenario *scenario, const struct sf_node_rule *rule,
                      struct sf_str *out)
{
	if (rule == NULL) {
		return;
	}
	for (size_t i = 0; i < rule->n_selector; i++) {
		sf_str_printf(out, " %s=%s", rule->selector[i].key, rule->selector[i].value);
	}
	for (size_t i = 0; i < rule->n_terms; i++) {
		sf_str_append(out, i > 0 ? " or(" : " (");
		for (size_t k = 0; k < rule->term[i].n; k++) {
			const struct sf_node_expr *expr = &rule->term[i].expr[k];
			sf_str_printf(out, "%s%s %s", k > 0 ? "," : "",
			              expr->key != NULL ? expr->key : "NAME",
			              sf_node_op_names[expr->op]);
			for (size_t v = 0; v < expr->n; v++) {
				sf_str_printf(out, " %s", expr->value[v]);
			}
		}
		sf_str_append(out, ")");
	}
	for (size_t i = 0; i < rule->n_tolerations; i++) {
		const struct sf_toleration *one = &rule->toleration[i];
		sf_str_printf(out, " ~%s=%s:%d", one->key != NULL ? one->key : "*",
		              one->value != NULL ? one->value : "*", one->effect);
	}
	sf_str_append(out, rule->one_per_node ? " alone" : "");
	for (size_t i = 0; i < rule->n_apart; i++) {
		sf_str_printf(out, " !%s", scenario->group[rule->apart[i]]);
	}
	if (rule->max_skew > 0) {
		sf_str_printf(out, " skew %u %s", rule->max_skew,
		              rule->spread > 0 ? scenario->group[rule->spread - 1] : "-");
	}
}

/* "NAME COUNT(RUNNING) priority REQUEST RULE" of each workload. */
static void show(const struct sf_scenario *scenario, struct sf_str *out)
{
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		const struct sf_workload *w = &scenario->workload[i];
		const struct sf_request_spec *r = &w->request;
		sf_str_printf(out, "%s%s %u(%u)", i > 0 ? "; " : "", w->name, w->count,
		              w->n_running_pods);
		sf_str_printf(out, " p%d c%lld m%lld", w->priority, (long long)r->cpu_milli,
		              (long long)r->memory_mib);
		for (uint8_t k = 0; k < r->n_resources; k++) {
			sf_str_printf(out, " %s*%u", r->resource[k].name + strlen("nvidia.com/"),
			              r->resource[k].count);
		}
		if (r->gpu_memory_mib > 0) {
			sf_str_printf(out, " g%d", r->gpu_memory_mib);
		}
		if (w->gang > 0) {
			sf_str_printf(out, " gang %u", w->gang);
		}
		if (w->has_budget) {
			sf_str_printf(out, " away %u", w->max_unavailable);
		}
		show_rule(scenario, w->rule, out);
	}
}

#define NODE(name, more)                                                                           \
	"---\napiVersion: v1\nkind: Node\nmetadata: {name: " name ", labels: {zone: z}}\n"         \
	"status: {allocatable: {cpu: 8, memory: 16Gi, pods: 110" more "}}\n"
#define SMALL   "containers: [{name: c, resources: {requests: {cpu: 1}}}]"
#define ONE_GPU "containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1}}}]"
#define POD(name, more)                                                                            \
	"---\nkind: Pod\nmetadata: {name: " name ", namespace: s}\nspec: {" more "}\n"
#define LABELLED(name, label, more)                                                                \
	"---\nkind: Pod\nmetadata: {name: " name ", namespace: s, labels: {" label                 \
	"}}\nspec: {" more "}\n"
#define OWNED(kind, name, more)                                                                    \
	"---\nkind: " kind "\nmetadata: {name: " name ", namespace: s}\nspec: {" more "}\n"
#define TEMPLATE "template: {metadata: {labels: {a: b}}, spec: {" SMALL "}}"

static const struct row {
	const char *name, *text, *shown;
} rows[] = {
	{"a pod that waits", NODE("n", "") POD("p", SMALL), "s/p 1(0) p0 c1000 m0"},
	{"a pod that runs", NODE("n", "") POD("p", "nodeName: n, " SMALL), "s/p 1(1) p0 c1000 m0"},
	{"on a node that is not given", NODE("n", "") POD("p", "nodeName: x, " SMALL), ""},
	{"limits stand in for requests", NODE("n", "") POD("p", ONE_GPU),
         "s/p 1(0) p0 c0 m0 gpu*1"},
	{"nothing asked for", NODE("n", "") POD("p", "containers: [{name: c}]"), ""},
	{"given twice: the last", NODE("n", "") POD("p", SMALL) POD("p", "nodeName: n, " SMALL),
         "s/p 1(1) p0 c1000 m0"},
	{"held by a gate", NODE("n", "") POD("p", "schedulingGates: [{name: g}], " SMALL), ""},
	{"a name that is made later",
         NODE("n", "") "---\nkind: Pod\nmetadata: {generateName: p-, namespace: s}\nspec: {" SMALL
                       "}\n",
         "s/p- 1(0) p0 c1000 m0"},
	{"names that are none",
         NODE("n", "") "---\nkind: Pod\nmetadata: {name: 'p q', namespace: s}\nspec: {" SMALL "}\n",
         ""},
	{"a snapshot of KAI Scheduler",
         "{\"config\": {}, \"rawObjects\": {\"nodes\": [{\"metadata\": {\"name\": \"n\"}}], "
         "\"pods\": [{\"metadata\": {\"name\": \"p\", \"namespace\": \"s\"}, \"spec\": "
         "{\"nodeName\": \"n\", \"containers\": [{\"resources\": {\"requests\": {\"cpu\": "
         "1}}}]}}]}}",
         "s/p 1(1) p0 c1000 m0"},
	{"over", NODE("n", "") POD("p", "nodeName: n, " SMALL) "status: {phase: Succeeded}\n", ""},
	{"deployment", NODE("n", "") OWNED("Deployment", "d", "replicas: 3, " TEMPLATE),
         "s/d 3(0) p0 c1000 m0"},
	{"one replica by default", NODE("n", "") OWNED("StatefulSet", "d", TEMPLATE),
         "s/d 1(0) p0 c1000 m0"},
	{"none", NODE("n", "") OWNED("Deployment", "d", "replicas: 0, " TEMPLATE), ""},
	{"job", NODE("n", "") OWNED("Job", "j", "parallelism: 3, completions: 2, " TEMPLATE),
         "s/j 2(0) p0 c1000 m0"},
	{"job that is done for the most part",
         NODE("n", "")
                 OWNED("Job", "j",
                       "parallelism: 3, completions: 9, " TEMPLATE) "status: {succeeded: 8}\n",
         "s/j 1(0) p0 c1000 m0"},
	{"a job of another kind",
         NODE("n", "") "---\napiVersion: batch.volcano.sh/v1alpha1\n"
                       "kind: Job\nmetadata: {name: j, namespace: s}\nspec: {" TEMPLATE "}\n",
         ""},
	{"suspended", NODE("n", "") OWNED("Job", "j", "suspend: true, " TEMPLATE), ""},
	{"cron job", NODE("n", "") OWNED("CronJob", "j", "jobTemplate: {spec: {" TEMPLATE "}}"),
         "s/j 1(0) p0 c1000 m0"},
	{"cron job of a server",
         NODE("n", "") OWNED("CronJob", "j", "jobTemplate: {spec: {" TEMPLATE "}}") "status: {}\n",
         ""},
	{"daemon set", NODE("m", "") NODE("n", "") OWNED("DaemonSet", "d", TEMPLATE),
         "s/d 2(0) p0 c1000 m0 alone"},
	{"pytorch job",
         NODE("n", "") OWNED("PyTorchJob", "t",
                             "pytorchReplicaSpecs: {Master: {" TEMPLATE
                             "}, Worker: {replicas: 3, " TEMPLATE "}}"),
         "s/t-master 1(0) p0 c1000 m0; s/t-worker 3(0) p0 c1000 m0 gang 3"},
	{"mpi job",
         NODE("n", "") OWNED("MPIJob", "t",
                             "mpiReplicaSpecs: {Launcher: {" TEMPLATE
                             "}, Worker: {replicas: 2, " TEMPLATE "}}"),
         "s/t-launcher 1(0) p0 c1000 m0; s/t-worker 2(0) p0 c1000 m0 gang 2"},
	{"pods of a deployment",
         NODE("n", "") OWNED("Deployment", "d",
                             "replicas: 3, " TEMPLATE) "---\nkind: Pod\nmetadata: {name: d-h-1, "
                                                       "namespace: s, labels: {pod-template-hash: "
                                                       "h}, ownerReferences: [{kind: ReplicaSet, "
                                                       "name: d-h, controller: true}]}\n"
                                                       "spec: {nodeName: n, tolerations: [{key: "
                                                       "node.kubernetes.io/not-ready, operator: "
                                                       "Exists}], " SMALL "}\n",
         "s/d 3(1) p0 c1000 m0"},
	{"through the replica set",
         NODE("n", "") OWNED(
		 "Deployment", "d",
		 "replicas: 1, " TEMPLATE) "---\nkind: ReplicaSet\nmetadata: {name: x, namespace: "
                                           "s, ownerReferences: [{kind: "
                                           "Deployment, name: d, controller: true}]}\nspec: "
                                           "{replicas: 1, " TEMPLATE "}\n"
                                           "---\nkind: Pod\nmetadata: {name: q, namespace: s, "
                                           "ownerReferences: [{kind: "
                                           "ReplicaSet, name: x, controller: true}]}\nspec: {" SMALL
                                           "}\n",
         "s/d 1(0) p0 c1000 m0"},
	{"unequal pods of one owner",
         NODE("n",
              "") "---\nkind: Pod\nmetadata: {name: a, namespace: s, ownerReferences: [{kind: X, "
                  "name: x, controller: true}]}\nspec: {" SMALL "}\n"
                  "---\nkind: Pod\nmetadata: {name: b, namespace: s, ownerReferences: [{kind: X, "
                  "name: x, controller: true}]}\nspec: {" ONE_GPU "}\n",
         "s/x 1(0) p0 c0 m0 gpu*1; s/x-2 1(0) p0 c1000 m0"},
	{"priority class",
         NODE("n", "") "---\nkind: PriorityClass\nmetadata: {name: h}\nvalue: 7\n" POD(
		 "p", "priorityClassName: h, " SMALL),
         "s/p 1(0) p7 c1000 m0"},
	{"default priority class",
         NODE("n", "") "---\nkind: PriorityClass\nmetadata: {name: h}\nvalue: -3\nglobalDefault: "
                       "true\n" POD("p", SMALL),
         "s/p 1(0) p-3 c1000 m0"},
	{"priority of the pod itself",
         NODE("n", "") POD("p", "priority: 5, priorityClassName: unknown, " SMALL),
         "s/p 1(0) p5 c1000 m0"},
	{"limit range",
         NODE("n", "") "---\nkind: LimitRange\nmetadata: {name: l, namespace: s}\nspec: {limits: "
                       "[{type: Container, default: {cpu: 9, memory: 1Gi}, defaultRequest: {cpu: "
                       "3}}]}\n" POD("p", "containers: [{name: c}]"),
         "s/p 1(0) p0 c3000 m1024"},
	{"limit range, admitted before",
         NODE("n", "") "---\nkind: LimitRange\nmetadata: {name: l, namespace: s}\nspec: {limits: "
                       "[{type: Container, defaultRequest: {memory: 3Gi}}]}\n"
                       "---\nkind: Pod\nmetadata: {name: p, namespace: s, uid: u}\nspec: {" SMALL
                       "}\n",
         "s/p 1(0) p0 c1000 m0"},
	{"node selector and affinity",
         NODE("n", "") POD(
		 "p",
		 "nodeSelector: {zone: z}, affinity: {nodeAffinity: "
		 "{requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: "
		 "[{matchExpressions: [{key: a, operator: In, values: [x, y]}, {key: b, operator: "
		 "Gt, values: ['3']}]}, {matchFields: [{key: metadata.name, operator: In, values: "
		 "[n]}]}]}}}, " SMALL),
         "s/p 1(0) p0 c1000 m0 zone=z (a In x y,b Gt 3) or(NAME In n)"},
	{"affinity that is wrong matches nothing",
         NODE("n", "") POD("p", "affinity: {nodeAffinity: "
                                "{requiredDuringSchedulingIgnoredDuringExecution: "
                                "{nodeSelectorTerms: [{matchExpressions: [{key: a, operator: "
                                "Sometimes}]}]}}}, " SMALL),
         "s/p 1(0) p0 c1000 m0 ()"},
	{"tolerations",
         NODE("n", "")
                 POD("p",
                     "tolerations: [{operator: Exists}, {key: a, value: b, effect: "
                     "NoExecute}, {key: node.kubernetes.io/unreachable, operator: "
                     "Exists}, {key: node.kubernetes.io/disk-pressure, operator: Exists}], " SMALL),
         "s/p 1(0) p0 c1000 m0 ~*=*:-1 ~a=b:1 ~node.kubernetes.io/disk-pressure=*:-1"},
	{"apart from others, and they from it",
         NODE("n", "") LABELLED("p", "app: x",
                                "affinity: {podAntiAffinity: "
                                "{requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: "
                                "kubernetes.io/hostname, labelSelector: {matchLabels: {app: "
                                "y}}}]}}, " SMALL) LABELLED("q", "app: y", SMALL),
         "s/p 1(0) p0 c1000 m0 !s/app=y; s/q 1(0) p0 c1000 m0"},
	{"spread",
         NODE("n", "") LABELLED("p", "app: x",
                                "topologySpreadConstraints: [{maxSkew: 2, topologyKey: "
                                "kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, "
                                "labelSelector: {matchLabels: {app: x}}}, {maxSkew: 1, "
                                "topologyKey: zone, whenUnsatisfiable: DoNotSchedule}], " SMALL),
         "s/p 1(0) p0 c1000 m0 skew 2 s/app=x"},
	{"disruption budget",
         NODE("n", "") OWNED(
		 "Deployment", "d",
		 "replicas: 4, " TEMPLATE) "---\nkind: PodDisruptionBudget\nmetadata: {name: b, "
                                           "namespace: s}\nspec: "
                                           "{minAvailable: 30%, selector: {matchLabels: {a: b}}}\n",
         "s/d 4(0) p0 c1000 m0 away 2"},
	{"a wish for GPU memory",
         NODE("n", ", nvidia.com/gpu: 1") "---\nkind: Pod\nmetadata: {name: p, namespace: s, "
                                          "annotations: {slicefit.io/gpu-memory: 10Gi}}\nspec: "
                                          "{" ONE_GPU "}\n",
         "s/p 1(0) p0 c0 m0 gpu*1 g10240"},
};

Test(import, objects)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		struct sf_str out = {0};
		setup(&w, rows[i].text);
		cr_assert(eq(int, w.rc, 0), "row %s: %s", rows[i].name, w.err.text);
		show(w.import.scenario, &out);
		cr_expect(eq(str, (char *)sf_str_get(&out), (char *)rows[i].shown), "row %s",
		          rows[i].name);
		sf_str_finish(&out);
		teardown(&w);
	}
}

/* More owners than a scenario has workloads. */
Test(import, many_owners)
{
	struct world w;
	struct sf_str text = {0};
	sf_str_append(&text, "{\"kind\":\"Node\",\"metadata\":{\"name\":\"n\"}}\n");
	for (int i = 0; i <= SF_SCENARIO_LIST_MAX; i++) {
		sf_str_printf(
			&text,
			"{\"kind\":\"Pod\",\"metadata\":{\"name\":\"p%d\",\"namespace\":\"s\"},"
			"\"spec\":{%s\"containers\":[{\"resources\":{\"requests\":{\"cpu\":%d}}}]}}"
			"\n",
			i, i % 4 == 0 ? "\"nodeName\":\"n\"," : "", 1 + i % 2);
	}
	setup(&w, sf_str_get(&text));
	cr_assert(eq(int, w.rc, 0), "%s", w.err.text);
	const struct sf_scenario *scenario = w.import.scenario;
	cr_assert(eq(sz, scenario->n_workloads, 2));
	cr_expect(eq(u32, scenario->workload[0].count, 5001));
	cr_expect(eq(u32, scenario->workload[0].n_running_pods, 2501));
	cr_expect(eq(u32, scenario->workload[1].count, 5000));
	sf_str_finish(&text);
	teardown(&w);
}

Test(import, without_nodes)
{
	struct world w;
	setup(&w, POD("p", SMALL));
	cr_expect(eq(int, w.rc, -1));
	cr_expect(eq(int, w.err.code, SF_EINVAL));
	teardown(&w);
}

/* What is written can be read: labels of a strategy on a node whose GPUs nobody knows, and a node that is given
 * twice, once in a namespace. */
Test(import, odd_nodes)
{
	struct world w;
	struct sf_str text = {0};
	setup(&w, "kind: Node\napiVersion: v1\nmetadata: {name: a, namespace: s}\n---\n"
	          "kind: Node\napiVersion: v1\n"
	          "metadata: {name: a, labels: {nvidia.com/gpu.product: NVIDIA-NEW, "
	          "nvidia.com/gpu.count: \"2\", nvidia.com/mig.strategy: mixed}}\n"
	          "status: {allocatable: {cpu: 8, memory: 8Gi}}\n---\n"
	          "kind: Pod\napiVersion: v1\nmetadata: {name: p, namespace: s}\n"
	          "spec: {containers: [{name: c, resources: {requests: {cpu: 1}}}]}\n");
	cr_assert(eq(int, w.rc, 0), "%s", w.err.text);
	cr_assert(eq(int, sf_scenario_write(w.import.scenario, true, &text, &w.err), 0));
	struct sf_scenario *again =
		sf_scenario_parse(text.text, text.len, "again", w.catalog, &w.err);
	cr_assert(ne(ptr, again, NULL), "%s", w.err.text);
	cr_assert(eq(sz, again->n_pools, 1));
	cr_assert(eq(u32, again->pool[0].count, 1));
	sf_scenario_destroy(again);
	sf_str_finish(&text);
	teardown(&w);
}

Test(import, quotas)
{
	struct world w;
	setup(&w,
	      NODE("n", "") "---\nkind: ResourceQuota\nmetadata: {name: a, namespace: s}\nspec: "
	                    "{hard: {requests.nvidia.com/gpu: '4', memory: 2Gi, limits.cpu: 1}}\n"
	                    "---\nkind: ResourceQuota\nmetadata: {name: b, namespace: s}\nspec: "
	                    "{hard: {requests.nvidia.com/gpu: 3, cpu: 1500m}}\n");
	cr_assert(eq(int, w.rc, 0), "%s", w.err.text);
	const struct sf_scenario *scenario = w.import.scenario;
	cr_assert(eq(sz, scenario->n_namespaces, 1));
	static const struct {
		const char *resource;
		int64_t hard;
	} limits[] = {
		{"requests.nvidia.com/gpu", 3}, {"requests.memory", 2048}, {"requests.cpu", 1500}};
	cr_assert(eq(sz, scenario->namespace[0].n_limits, 3));
	for (size_t i = 0; i < 3; i++) {
		const struct sf_quota_limit *limit = &scenario->namespace[0].limit[i];
		cr_expect(eq(str, (char *)limit->resource, (char *)limits[i].resource));
		cr_expect(eq(i64, limit->hard, limits[i].hard));
	}
	teardown(&w);
}

/* A random cluster: what the dump says, in numbers. */
enum { NODES = 12, PODS = 60, NAMES = 3 };
static const char *const names[NAMES] = {"nvidia.com/gpu", "nvidia.com/mig-1g.10gb",
                                         "nvidia.com/mig-3g.40gb"};
struct truth {
	uint32_t total[NODES][NAMES];
	int64_t used[NODES][NAMES], cpu[NODES];
	uint32_t pods[NODES], waiting;
};

static void add_node(struct sf_rng *rng, uint32_t i, struct truth *truth, struct sf_str *out)
{
	static const char *const whole = "nvidia.com/gpu.product: NVIDIA-H100-80GB-HBM3";
	uint32_t gpus = 1 + (uint32_t)sf_rng_below(rng, 8), kind = (uint32_t)sf_rng_below(rng, 4);
	truth->total[i][0] = kind < 2 ? gpus : 0;
	truth->total[i][1] = kind == 2 ? 4 * gpus : kind == 3 ? 5 : 0;
	truth->total[i][2] = kind == 2 ? gpus : 0;
	sf_str_printf(out, "{\"kind\":\"Node\",\"metadata\":{\"name\":\"n%02u\",\"labels\":{", i);
	if (kind != 1) {
		sf_str_printf(out,
		              "\"nvidia.com/gpu.count\":\"%u\",\"nvidia.com/mig.strategy\":"
		              "\"mixed\",\"%.*s\":\"%s\"",
		              gpus, 22, whole, whole + 24);
	}
	sf_str_append(out, "}},\"status\":{\"allocatable\":{\"cpu\":\"64\",\"memory\":\"99Gi\"");
	for (int k = 0; k < NAMES; k++) {
		sf_str_printf(out, ",\"%s\":\"%u\"", names[k], truth->total[i][k]);
	}
	sf_str_append(out, "}}}\n");
}

static void add_pod(struct sf_rng *rng, uint32_t i, struct truth *truth, struct sf_str *out)
{
	uint32_t node = (uint32_t)sf_rng_below(rng, NODES + 2),
		 k = (uint32_t)sf_rng_below(rng, NAMES);
	uint32_t cpu = 1 + (uint32_t)sf_rng_below(rng, 3);
	bool runs = node < NODES && truth->used[node][k] < truth->total[node][k];
	sf_str_printf(out,
	              "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"p%u\",\"namespace\":\"s\","
	              "\"uid\":\"u%u\",\"ownerReferences\":[{\"kind\":\"X\",\"name\":\"x%u\","
	              "\"controller\":true}]},\"spec\":{%s",
	              i, i, i % 7, runs ? "\"nodeName\":" : "");
	if (runs) {
		sf_str_printf(out, "\"n%02u\",", node);
		truth->used[node][k]++;
		truth->cpu[node] += 1000 * cpu;
		truth->pods[node]++;
	}
	truth->waiting += !runs;
	sf_str_printf(
		out,
		"\"containers\":[{\"resources\":{\"requests\":{\"cpu\":%u},\"limits\":{\"%s\":"
		"1}}}]}}\n",
		cpu, names[k]);
}

static void make(uint64_t seed, struct truth *truth, struct sf_str *out)
{
	struct sf_rng rng;
	sf_rng_seed(&rng, seed, 0);
	*truth = (struct truth){0};
	for (uint32_t i = 0; i < NODES; i++) {
		add_node(&rng, i, truth, out);
	}
	for (uint32_t i = 0; i < PODS; i++) {
		add_pod(&rng, i, truth, out);
	}
}

static void check_node(const struct sf_cluster *cluster, const struct truth *truth, uint32_t i,
                       uint64_t seed)
{
	char name[8];
	snprintf(name, sizeof(name), "n%02u", i);
	uint32_t number = sf_cluster_find_node(cluster, name);
	cr_assert(number != SF_NODE_NONE);
	const struct sf_node *node = sf_cluster_node(cluster, number);
	for (int k = 0; k < NAMES; k++) {
		uint16_t resource = sf_resource_find(sf_cluster_resources(cluster), names[k]);
		const struct sf_count *count =
			resource == SF_RES_NONE ? NULL : sf_node_count(node, resource);
		cr_expect(eq(u32, count != NULL ? count->total : 0, truth->total[i][k]),
		          "seed %llu node %s %s", (unsigned long long)seed, name, names[k]);
	}
	cr_expect(eq(i64, node->cpu_milli, 64000));
}

/* Usage per node, as the running pods of the workloads add it up. */
static void check_usage(const struct sf_scenario *scenario, const struct sf_cluster *cluster,
                        const struct truth *truth)
{
	struct truth sum = {0};
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		const struct sf_workload *w = &scenario->workload[i];
		sum.waiting += w->count - w->n_running_pods;
		for (size_t k = 0; k < w->n_running; k++) {
			const struct sf_running *running = &w->running[k];
			int n = atoi(sf_cluster_node(cluster, running->node)->name + 1);
			sum.pods[n] += running->pods;
			sum.cpu[n] += running->pods * w->request.cpu_milli;
			for (int r = 0; r < NAMES; r++) {
				bool same = strcmp(w->request.resource[0].name, names[r]) == 0;
				sum.used[n][r] += same ? running->pods : 0;
			}
		}
	}
	cr_expect(eq(u32, sum.waiting, truth->waiting));
	for (int n = 0; n < NODES; n++) {
		cr_expect(eq(u32, sum.pods[n], truth->pods[n]));
		cr_expect(eq(i64, sum.cpu[n], truth->cpu[n]));
		for (int r = 0; r < NAMES; r++) {
			cr_expect(eq(i64, sum.used[n][r], truth->used[n][r]));
		}
	}
}

static void check(const struct sf_scenario *scenario, const struct truth *truth, uint64_t seed)
{
	struct sf_error err;
	struct sf_cluster *cluster = sf_scenario_cluster(scenario, &err);
	cr_assert(cluster != NULL, "%s", err.text);
	for (uint32_t i = 0; i < NODES; i++) {
		check_node(cluster, truth, i, seed);
	}
	check_usage(scenario, cluster, truth);
	sf_cluster_destroy(cluster);
}

/* The same lines from the last to the first. */
static void reverse(const char *text, struct sf_str *out)
{
	size_t end = strlen(text);
	while (end > 0) {
		size_t begin = end - 1;
		while (begin > 0 && text[begin - 1] != '\n') {
			begin--;
		}
		sf_str_append_n(out, text + begin, end - begin);
		end = begin;
	}
}

static void import_text(const char *dump, struct sf_str *out)
{
	struct world w;
	setup(&w, dump);
	cr_assert(eq(int, w.rc, 0), "%s", w.err.text);
	cr_assert(eq(int, sf_scenario_write(w.import.scenario, true, out, &w.err), 0));
	teardown(&w);
}

/* What each node has and who runs there are those of the dump, also after the scenario was written
 * and read again; the order of the objects does not matter. */
Test(import, random_clusters)
{
	for (uint64_t seed = 1; seed <= 40; seed++) {
		struct truth truth;
		struct sf_str dump = {0}, other = {0}, text = {0}, again = {0};
		struct world w;
		make(seed, &truth, &dump);
		setup(&w, sf_str_get(&dump));
		cr_assert(eq(int, w.rc, 0), "%s", w.err.text);
		check(w.import.scenario, &truth, seed);
		cr_assert(eq(int, sf_scenario_write(w.import.scenario, true, &text, &w.err), 0));
		struct sf_scenario *read =
			sf_scenario_parse(sf_str_get(&text), text.len, "again", w.catalog, &w.err);
		cr_assert(read != NULL, "seed %llu: %s", (unsigned long long)seed, w.err.text);
		check(read, &truth, seed);
		sf_scenario_destroy(read);
		teardown(&w);
		reverse(sf_str_get(&dump), &other);
		import_text(sf_str_get(&other), &again);
		cr_expect(eq(str, (char *)sf_str_get(&again), (char *)sf_str_get(&text)));
		sf_str_finish(&dump);
		sf_str_finish(&other);
		sf_str_finish(&text);
		sf_str_finish(&again);
	}
}
