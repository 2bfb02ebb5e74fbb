/* test_kube_list: clusters as kubectl prints them. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/kube_list.h>

#include <slicefit/catalog.h>
#include <slicefit/cluster.h>
#include <slicefit/cluster_file.h>
#include <slicefit/error.h>
#include <slicefit/kube_pod.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static const char json_typed[] =
	"{\"kind\":\"NodeList\",\"apiVersion\":\"v1\",\"items\":[{\"metadata\":{\"name\":\"a\"},"
	"\"status\":{\"allocatable\":{\"nvidia.com/gpu\":\"2\"}}}]}\n"
	"{\"kind\":\"PodList\",\"items\":[{\"metadata\":{\"name\":\"p\"},\"spec\":{\"nodeName\":"
	"\"a\",\"containers\":[{\"resources\":{\"limits\":{\"nvidia.com/gpu\":\"1\"}}}]}}]}";

static const char yaml_list[] = "apiVersion: v1\n"
				"kind: List\n"
				"items:\n"
				"- apiVersion: v1\n"
				"  kind: Node\n"
				"  metadata:\n"
				"    name: a\n"
				"  spec:\n"
				"    unschedulable: true\n"
				"  status:\n"
				"    allocatable:\n"
				"      cpu: 191450m\n"
				"      nvidia.com/gpu: \"2\"\n"
				"- kind: Pod\n"
				"  metadata: {name: p}\n"
				"  spec:\n"
				"    nodeName: a\n"
				"    priority: 5\n"
				"    containers:\n"
				"    - resources: {limits: {nvidia.com/gpu: 1}}\n"
				"- kind: ConfigMap\n"
				"  metadata: 7\n"
				"---\n"
				"kind: Node\n"
				"metadata: {name: b}\n";

static const struct {
	const char *name;
	const char *text;
	uint32_t nodes;
	size_t pods;
	const char *error;
} rows[] = {
	{"typed lists one after the other", json_typed, 1, 1, NULL},
	{"yaml, two documents", yaml_list, 2, 1, NULL},
	{"a single node", "{\"kind\":\"Node\",\"metadata\":{\"name\":\"n\"}}", 1, 0, NULL},
	{"no nodes", "{\"kind\":\"List\",\"items\":[]}", 0, 0, "f: no nodes in it"},
	{"cut", "{\"kind\":\"List\",\n\"items\":[", 0, 0, "f:2:"},
	{"an error of kubectl behind it",
         "{\"kind\":\"Node\",\"metadata\":{\"name\":\"n\"}}\nUnable to connect", 0, 0,
         "f:2:1: 'Unable to connect' is no object of Kubernetes"},
	{"the same node twice",
         "{\"kind\":\"NodeList\",\"items\":[{\"metadata\":{\"name\":\"n\"}},{\"metadata\":{"
         "\"name\":"
         "\"n\"}}]}",
         0, 0, "f:1:55: node n is listed twice"},
	{"anchors, and the same pod twice",
         "kind: Node\nmetadata: {name: n}\n---\nkind: PodList\nitems:\n- metadata: &m {name: p}\n"
         "- metadata: *m\n---\n- {kind: Pod, metadata: {name: q}}\n",
         1, 2, NULL},
	{"an array, a budget and a CRD",
         "[{\"kind\":\"Node\",\"metadata\":{\"name\":\"n\"}},{\"kind\":\"PodDisruptionBudget\"},"
         "{\"kind\":\"ClusterPolicy\",\"spec\":7}]",
         1, 0, NULL},
	{"a bad pod",
         "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\"},\"spec\":{\"containers\":[{\"resources\":"
         "{\"limits\":{\"nvidia.com/gpu\":\"x\"}}}]}}",
         0, 0, "f:1:1: pod /p: spec.containers[0]: limits: nvidia.com/gpu"},
};

Test(kube_list, reads_dumps)
{
	struct sf_catalog *catalog = sf_catalog_create();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sf_kube_list list;
		struct sf_error err = {0};
		struct sf_manifests objects;
		const struct sf_manifests_text whole = {
			.file = "f", .text = rows[i].text, .len = strlen(rows[i].text)};
		sf_manifests_init(&objects);
		cr_assert(sf_manifests_add(&objects, &whole, &err) == 0, "%s", err.text);
		int rc = sf_kube_list_collect(&objects, "f", NULL, catalog, &list, &err);
		sf_manifests_finish(&objects);
		if (rows[i].error != NULL) {
			cr_expect(rc == -1, "%s", rows[i].name);
			cr_expect(strncmp(err.text, rows[i].error, strlen(rows[i].error)) == 0,
			          "%s: %s", rows[i].name, err.text);
		} else {
			cr_expect(rc == 0, "%s: %s", rows[i].name, err.text);
			cr_expect(sf_cluster_nodes(list.cluster) == rows[i].nodes, "%s",
			          rows[i].name);
			cr_expect(list.n_pods == rows[i].pods, "%s", rows[i].name);
		}
		sf_kube_list_finish(&list);
	}
	sf_catalog_destroy(catalog);
}

static const struct {
	const char *text;
	bool kubernetes;
} kinds[] = {
	{" \n{\"kind\":\"List\"}", true},
	{"{\"pools\":[]}", false},
	{"{\"kind\":7}", false},
	{"apiVersion: v1\nkind: List\n", true},
	{"# dump\nkind: List\napiVersion: v1\n", true},
	{"pools:\n- name: kind\n  kind: x\n", false},
	{"", false},
	{"k", false},
	{"[{\"kind\":\"Node\"}]", true},
	{"kind: Node\n", true},
	{"{\"apiVersion\":\"v1\",\"kind\":", true},
	{"pools: [", false},
	{"{\"nodes\":[],\"pods\":[],\"priorityClasses\":[]}", true},
};

Test(kube_list, tells_dumps_from_scenarios)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct sf_cluster_file file = {0};
		struct sf_str text = {0};
		struct sf_error err = {0};
		sf_str_append(&text, kinds[i].text);
		cr_assert(sf_cluster_file_take(&file, "f", &text, &err) == 0, "%s", err.text);
		cr_expect(file.kubernetes == kinds[i].kubernetes, "row %zu", i);
		cr_expect(eq(sz, file.text.len, kinds[i].kubernetes ? 0 : text.len), "row %zu", i);
		sf_cluster_file_finish(&file);
		sf_str_finish(&text);
	}
}
