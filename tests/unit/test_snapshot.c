/* test_snapshot: clusters with their pods from files. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/catalog.h>
#include <slicefit/cluster_file.h>
#include <slicefit/error.h>
#include <slicefit/pod_file.h>
#include <slicefit/snapshot.h>
#include <slicefit/str.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

static const char dump[] =
	"apiVersion: v1\n"
	"kind: List\n"
	"items:\n"
	"- {apiVersion: v1, kind: Node, metadata: {name: a, labels: {nvidia.com/gpu.product: "
	"Tesla-T4,\n"
	"   nvidia.com/gpu.count: \"4\"}}, spec: {unschedulable: true},\n"
	"   status: {allocatable: {cpu: \"8\", memory: 16Gi, pods: \"10\", nvidia.com/gpu: "
	"\"4\"}}}\n"
	"- {apiVersion: v1, kind: Pod, metadata: {name: p, namespace: x, uid: p}, spec: {nodeName: "
	"a,\n"
	"   containers: [{name: c, resources: {limits: {nvidia.com/gpu: 3}, requests: {cpu: "
	"6}}}]}}\n"
	"- {apiVersion: v1, kind: Pod, metadata: {name: cpu, uid: c, ownerReferences: [\n"
	"   {kind: Job, controller: false}, {kind: DaemonSet, controller: true}]}, spec: "
	"{nodeName: a,\n"
	"   containers: [{name: c, resources: {requests: {cpu: 3, memory: 1Gi}}}]}}\n"
	"- {apiVersion: v1, kind: Pod, metadata: {name: over, namespace: x, uid: o}, spec: "
	"{nodeName: a,\n"
	"   containers: [{name: c, resources: {limits: {nvidia.com/gpu: 2}}}]}}\n"
	"- {apiVersion: v1, kind: Pod, metadata: {name: lost, namespace: x, uid: l}, spec: "
	"{nodeName: b,\n"
	"   containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1}}}]}}\n"
	"- {apiVersion: v1, kind: Pod, metadata: {name: done, namespace: x, uid: d}, spec: "
	"{nodeName: a,\n"
	"   containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1}}}]}, status: {phase: "
	"Failed}}\n"
	"- {apiVersion: v1, kind: Pod, metadata: {name: new, namespace: x, uid: n}, spec: {\n"
	"   containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1}, requests: {cpu: "
	"250m}}}]}}\n";

static char warned[256];

static void warn(const char *pod, const char *why)
{
	size_t len = strlen(warned);
	snprintf(warned + len, sizeof(warned) - len, "%s: %s\n", pod, why);
}

Test(snapshot, a_dump_with_all_its_pods)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_snapshot snapshot;
	struct sf_error err = {0};
	struct sf_request request;
	struct sf_str text = {0};
	sf_str_append(&text, dump);
	struct sf_cluster_file file = {0};
	cr_assert(sf_cluster_file_take(&file, "dump", &text, &err) == 0, "%s", err.text);
	cr_assert(sf_snapshot_make(&file, NULL, catalog, warn, &snapshot, &err) == 0, "%s",
	          err.text);
	sf_cluster_file_finish(&file);
	sf_str_finish(&text);
	const struct sf_node *node = sf_cluster_node(snapshot.cluster, 0);
	cr_assert(eq(sz, snapshot.n_pods, 5)); /* without the one that failed */
	cr_assert(eq(str, warned,
	             "x/over: node a: GPU devices in use\nx/lost: node b is not there\n"));
	cr_assert(eq(int, node->state, SF_NODE_CORDONED));
	cr_assert(eq(u32, node->pods, 2));
	cr_assert(eq(i64, node->cpu_used_milli, 8000)); /* 9000 were promised */
	cr_assert(eq(i64, node->memory_used_mib, 1024));
	const struct sf_snapshot_pod *pod = sf_snapshot_find(&snapshot, "cpu");
	cr_assert(eq(str, (char *)pod->label, "default/cpu"));
	cr_assert(eq(str, (char *)pod->seen.owner, "DaemonSet"));
	cr_assert(eq(u32, sf_cluster_pod(snapshot.cluster, pod->pod)->tag,
	             (uint32_t)(pod - snapshot.pod)));
	cr_assert(zero(ptr, (void *)sf_snapshot_find(&snapshot, "y/p")));
	pod = sf_snapshot_find(&snapshot, "x/new");
	cr_assert(eq(u32, pod->pod, SF_POD_NONE));
	sf_snapshot_request(&snapshot, pod, &request);
	cr_assert(eq(i64, request.cpu_milli, 250));
	cr_assert(eq(int, request.want[0].resource, SF_RES_GPU));
	cr_assert(sf_cluster_check(snapshot.cluster, &err) == 0, "%s", err.text);
	sf_snapshot_finish(&snapshot);
	sf_catalog_destroy(catalog);
}

#define NO_POD                                                                                     \
	"file: no Pod in it, and nothing that makes pods (Deployment, StatefulSet, Job, "          \
	"PyTorchJob, ...)"

/* Manifests, and the pod that comes of each: "namespace/name wants N NAME". */
static const struct {
	const char *text, *pod;
} manifests[] = {
	{"kind: Pod\nmetadata: {name: p}\nspec: {containers: [{resources: {limits: "
         "{nvidia.com/gpu: 2}}}]}\n",
         "default/p wants 2 nvidia.com/gpu"},
	{"kind: ConfigMap\n---\nkind: Job\nmetadata: {name: j, namespace: n}\nspec: {template: "
         "{spec: "
         "{containers: [{resources: {limits: {nvidia.com/mig-1g.5gb: 1}}}]}}}\n",
         "n/j wants 1 nvidia.com/mig-1g.5gb"},
	{"kind: CronJob\nmetadata: {name: c}\nspec: {jobTemplate: {spec: {template: {spec: "
         "{containers: "
         "[{resources: {limits: {nvidia.com/gpu: 3}}}]}}}}}\n",
         "default/c wants 3 nvidia.com/gpu"},
	{"kind: PyTorchJob\nmetadata: {name: t}\nspec: {pytorchReplicaSpecs: {Master: {template: "
         "{spec: "
         "{containers: [{}]}}}, Worker: {template: {spec: {containers: [{resources: {limits: "
         "{nvidia.com/gpu: 8}}}]}}}}}\n",
         "default/t wants 8 nvidia.com/gpu"},
	{"kind: List\nitems:\n- {kind: Service}\n- {kind: Pod, metadata: {name: q}, spec: "
         "{containers: "
         "[{resources: {limits: {nvidia.com/gpu: 1}}}]}}\n",
         "default/q wants 1 nvidia.com/gpu"},
	{"kind: Service\n", NO_POD},
	{"kind: Deployment\nmetadata: {name: d}\nspec: {}\n", NO_POD},
	{"kind: Pod\nmetadata: {name: p}\nspec: {containers: [{resources: {limits: "
         "{nvidia.com/gpu: "
         "x}}}]}\n",
         "file:1:1: pod /p: spec.containers[0]: limits: nvidia.com/gpu: the amount is no quantity"},
	{"kind: Pod\nmetadata: {name: p\n", "file:3:1: did not find expected ',' or '}'"},
	/* Anchors and merge keys; the first that asks for GPUs. */
	{"kind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{}]}}}\n"
         "---\nkind: StatefulSet\nmetadata: {name: s}\nspec:\n  template: &t\n    spec:\n"
         "      containers: [{resources: &r {limits: {nvidia.com/gpu: 4}}}, {resources: *r}]\n"
         "  other: {<<: *t}\n",
         "default/s wants 8 nvidia.com/gpu"},
	{"{\"kind\": \"MPIJob\", \"metadata\": {\"name\": \"m\", \"namespace\": \"n\"}, \"spec\": "
         "{\"mpiReplicaSpecs\": {\"Launcher\": {\"template\": {\"spec\": {\"containers\": [{}]}}}, "
         "\"Worker\": {\"template\": {\"spec\": {\"containers\": [{\"resources\": {\"limits\": "
         "{\"nvidia.com/gpu\": 2}}}]}}}}}}",
         "n/m wants 2 nvidia.com/gpu"},
	{"kind: JobSet\nmetadata: {name: s}\nspec: {replicatedJobs: [{template: {spec: {template: "
         "{spec: "
         "{containers: [{resources: {limits: {nvidia.com/gpu: 6}}}]}}}}}]}\n",
         "default/s wants 6 nvidia.com/gpu"},
	{"kind: Odd\nspec: {containers: {a: b}, initContainers: [{}]}\n", NO_POD},
	{"", NO_POD},
};

/* What comes of a manifest: "namespace/name wants N NAME", or what is wrong. */
static void describe(const char *text, char *out, size_t cap)
{
	struct sf_manifests objects;
	const struct sf_manifests_text whole = {.file = "file", .text = text, .len = strlen(text)};
	struct sf_pod_file file;
	struct sf_kube_pod pod;
	struct sf_error err = {0};
	sf_manifests_init(&objects);
	if (sf_manifests_add(&objects, &whole, &err) == 0 &&
	    sf_pod_file_find(&objects, "file", &file, &err) == 0 &&
	    sf_pod_file_read(&file, &pod, &err) == 0) {
		snprintf(out, cap, "%s/%s wants %u %s", pod.space, pod.name, pod.want[0].count,
		         pod.want[0].name);
	} else {
		snprintf(out, cap, "%s", err.text);
	}
	sf_manifests_finish(&objects);
}

Test(snapshot, pods_of_manifests)
{
	for (size_t i = 0; i < sizeof(manifests) / sizeof(manifests[0]); i++) {
		char got[512];
		describe(manifests[i].text, got, sizeof(got));
		cr_expect(eq(str, got, (char *)manifests[i].pod), "row %zu", i);
	}
}
