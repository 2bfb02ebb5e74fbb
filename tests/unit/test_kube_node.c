/* test_kube_node: layouts derived from labels and counts. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/kube_node.h>

#include "json_fixture.h"
#include "kube_node_reference.h"

#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/cluster.h>
#include <slicefit/error.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#define A100  "'nvidia.com/gpu.product':'NVIDIA-A100-SXM4-40GB'"
#define GKE   "'cloud.google.com/gke-accelerator':"
#define MIXED "'nvidia.com/mig.strategy':'mixed'"

/*
 * The node as "COUNTS | GPUS": GPUS is "counts" (with the number of GPUs) or one word per GPU,
 * "whole" or its layout.
 */
static const struct {
	const char *name;
	const char *labels;
	const char *allocatable;
	const char *want;
} rows[] = {
	{"no GPU", "", "'cpu':'4'", "| counts 0"},
	{"whole GPUs", A100 ",'nvidia.com/gpu.count':'2'", "'nvidia.com/gpu':'2'",
         "nvidia.com/gpu=2 | whole whole"},
	{"no count label", A100, "'nvidia.com/gpu':'2'", "nvidia.com/gpu=2 | whole whole"},
	{"a GPU is unhealthy", A100 ",'nvidia.com/gpu.count':'4'", "'nvidia.com/gpu':'3'",
         "nvidia.com/gpu=3 | whole whole whole"},
	{"more GPUs than the label knows", A100 ",'nvidia.com/gpu.count':'1'",
         "'nvidia.com/gpu':'2'", "nvidia.com/gpu=2 | counts 1"},
	{"a shared GPU is unhealthy",
         "'nvidia.com/gpu.product':'Tesla-T4-SHARED','nvidia.com/gpu.count':'3',"
         "'nvidia.com/gpu.replicas':'4','nvidia.com/gpu.sharing-strategy':'time-slicing'",
         "'nvidia.com/gpu':'8'", "nvidia.com/gpu=8 | whole whole x4 time-slicing"},
	{"an instance is unhealthy",
         A100 "," MIXED ",'nvidia.com/gpu.count':'2',"
              "'nvidia.com/mig-1g.5gb.count':'14'",
         "'nvidia.com/mig-1g.5gb':'13'", "nvidia.com/mig-1g.5gb=13 | 1g.5gb*7 1g.5gb*6"},
	{"single, a GPU is unhealthy",
         "'nvidia.com/gpu.product':'NVIDIA-A100-SXM4-40GB-MIG-3g.20gb',"
         "'nvidia.com/mig.strategy':'single','nvidia.com/gpu.count':'6'",
         "'nvidia.com/gpu':'4'", "nvidia.com/gpu=4 | 3g.20gb*2 3g.20gb*2"},
	{"single, an instance is unhealthy",
         "'nvidia.com/gpu.product':'NVIDIA-A100-SXM4-40GB-MIG-3g.20gb',"
         "'nvidia.com/mig.strategy':'single','nvidia.com/gpu.count':'4'",
         "'nvidia.com/gpu':'3'", "nvidia.com/gpu=3 | counts 2"},
	{"unknown product", "'nvidia.com/gpu.product':'X','nvidia.com/gpu.count':'2'",
         "'nvidia.com/gpu':'2'", "nvidia.com/gpu=2 | counts 2"},
	{"names that are none", "",
         "'nvidia.com/mig-3;.40gb':'2','nvidia.com/mig-1g.1.com/gpu':'1','nvidia.com/gpumem':'9'",
         "| counts 0"},
	{"no labels at all", "", "'nvidia.com/gpu':'4'", "nvidia.com/gpu=4 | counts 0"},
	{"time-sliced",
         "'nvidia.com/gpu.product':'Tesla-T4-SHARED','nvidia.com/gpu.count':'2',"
         "'nvidia.com/gpu.replicas':'4','nvidia.com/gpu.sharing-strategy':'time-slicing'",
         "'nvidia.com/gpu':'8'", "nvidia.com/gpu=8 | whole whole x4 time-slicing"},
	{"time-sliced and renamed",
         "'nvidia.com/gpu.product':'Tesla-T4','nvidia.com/gpu.count':'2',"
         "'nvidia.com/gpu.replicas':'4','nvidia.com/gpu.sharing-strategy':'time-slicing'",
         "'nvidia.com/gpu':'0','nvidia.com/gpu.shared':'8'",
         "nvidia.com/gpu.shared=8 | whole whole x4 time-slicing renamed"},
	{"MPS",
         "'nvidia.com/gpu.product':'NVIDIA-L4-SHARED','nvidia.com/gpu.count':'1',"
         "'nvidia.com/gpu.replicas':'10','nvidia.com/gpu.sharing-strategy':'mps'",
         "'nvidia.com/gpu':'10'", "nvidia.com/gpu=10 | whole x10 mps fail-above-1"},
	{"replicas do not divide the count",
         "'nvidia.com/gpu.product':'Tesla-T4','nvidia.com/gpu.count':'2',"
         "'nvidia.com/gpu.replicas':'4'",
         "'nvidia.com/gpu':'7'", "nvidia.com/gpu=7 | counts 2"},
	{"renamed without replicas", A100 ",'nvidia.com/gpu.count':'2'",
         "'nvidia.com/gpu.shared':'8'", "nvidia.com/gpu.shared=8 | counts 2"},
	{"mixed, the same on each GPU", A100 "," MIXED ",'nvidia.com/gpu.count':'2'",
         "'nvidia.com/mig-1g.5gb':'4','nvidia.com/mig-2g.10gb':'2','nvidia.com/mig-3g.20gb':'2'",
         "nvidia.com/mig-1g.5gb=4 nvidia.com/mig-2g.10gb=2 nvidia.com/mig-3g.20gb=2 | "
         "1g.5gb*2+2g.10gb+3g.20gb 1g.5gb*2+2g.10gb+3g.20gb"},
	{"mixed with whole GPUs", A100 "," MIXED ",'nvidia.com/gpu.count':'3'",
         "'nvidia.com/gpu':'2','nvidia.com/mig-1g.5gb':'7'",
         "nvidia.com/gpu=2 nvidia.com/mig-1g.5gb=7 | whole whole 1g.5gb*7"},
	{"mixed, different GPUs", A100 "," MIXED ",'nvidia.com/gpu.count':'2'",
         "'nvidia.com/mig-1g.5gb':'7','nvidia.com/mig-7g.40gb':'1'",
         "nvidia.com/mig-1g.5gb=7 nvidia.com/mig-7g.40gb=1 | 7g.40gb 1g.5gb*7"},
	{"mixed, media extensions", A100 "," MIXED ",'nvidia.com/gpu.count':'1'",
         "'nvidia.com/mig-1g.5gb':'6','nvidia.com/mig-1g.5gb.me':'1'",
         "nvidia.com/mig-1g.5gb=6 nvidia.com/mig-1g.5gb.me=1 | 1g.5gb*6+1g.5gb+me"},
	{"mixed and time-sliced",
         A100 "," MIXED ",'nvidia.com/gpu.count':'1','nvidia.com/mig-3g.20gb.replicas':'2'",
         "'nvidia.com/mig-3g.20gb':'4'", "nvidia.com/mig-3g.20gb=4 | 3g.20gb*2 x2 time-slicing"},
	{"more instances than the GPUs hold", A100 "," MIXED ",'nvidia.com/gpu.count':'1'",
         "'nvidia.com/mig-3g.20gb':'3'", "nvidia.com/mig-3g.20gb=3 | counts 1"},
	{"no GPU left for the instances", A100 "," MIXED ",'nvidia.com/gpu.count':'1'",
         "'nvidia.com/gpu':'1','nvidia.com/mig-3g.20gb':'1'",
         "nvidia.com/gpu=1 nvidia.com/mig-3g.20gb=1 | counts 1"},
	{"a profile of another product", A100 "," MIXED ",'nvidia.com/gpu.count':'1'",
         "'nvidia.com/mig-1g.12gb':'1'", "nvidia.com/mig-1g.12gb=1 | counts 1"},
	{"instances under strategy none", A100 ",'nvidia.com/gpu.count':'1'",
         "'nvidia.com/mig-1g.5gb':'7'", "nvidia.com/mig-1g.5gb=7 | counts 1"},
	{"single",
         "'nvidia.com/gpu.product':'NVIDIA-A100-SXM4-40GB-MIG-3g.20gb',"
         "'nvidia.com/mig.strategy':'single','nvidia.com/gpu.count':'4'",
         "'nvidia.com/gpu':'4'", "nvidia.com/gpu=4 | 3g.20gb*2 3g.20gb*2"},
	{"single and shared",
         "'nvidia.com/gpu.product':'NVIDIA-A100-SXM4-40GB-MIG-3g.20gb-SHARED',"
         "'nvidia.com/mig.strategy':'single','nvidia.com/gpu.count':'2',"
         "'nvidia.com/gpu.replicas':'3'",
         "'nvidia.com/gpu':'6'", "nvidia.com/gpu=6 | 3g.20gb*2 x3 time-slicing"},
	{"single, GPUs not full",
         "'nvidia.com/gpu.product':'NVIDIA-A100-SXM4-40GB-MIG-3g.20gb',"
         "'nvidia.com/mig.strategy':'single','nvidia.com/gpu.count':'3'",
         "'nvidia.com/gpu':'3'", "nvidia.com/gpu=3 | counts 2"},
	{"single violated",
         "'nvidia.com/gpu.product':'NVIDIA-A100-SXM4-40GB-MIG-INVALID',"
         "'nvidia.com/mig.strategy':'single','nvidia.com/gpu.count':'0'",
         "'nvidia.com/gpu':'0'", "| counts 0"},
	{"GKE", GKE "'nvidia-l4'", "'nvidia.com/gpu':'2'", "nvidia.com/gpu=2 | whole whole"},
	{"GKE, partitions",
         GKE "'nvidia-tesla-a100','cloud.google.com/gke-gpu-partition-size':'3g.20gb'",
         "'nvidia.com/gpu':'4'", "nvidia.com/gpu=4 | 3g.20gb*2 3g.20gb*2"},
	{"GKE, time-sharing",
         GKE "'nvidia-tesla-t4','cloud.google.com/gke-max-shared-clients-per-gpu':'3',"
             "'cloud.google.com/gke-gpu-sharing-strategy':'time-sharing'",
         "'nvidia.com/gpu':'6'", "nvidia.com/gpu=6 | whole whole x3 time-slicing fail-above-1"},
	{"GKE, MPS",
         GKE "'nvidia-l4','cloud.google.com/gke-max-shared-clients-per-gpu':'3',"
             "'cloud.google.com/gke-gpu-sharing-strategy':'mps'",
         "'nvidia.com/gpu':'3'", "nvidia.com/gpu=3 | whole x3 mps fail-above-1"},
	{"GKE, unknown accelerator", GKE "'nvidia-x1'", "'nvidia.com/gpu':'2'",
         "nvidia.com/gpu=2 | counts 0"},
	{"GKE with NVIDIA's labels", GKE "'nvidia-l4'," A100 ",'nvidia.com/gpu.replicas':'2'",
         "'nvidia.com/gpu':'2'", "nvidia.com/gpu=2 | whole x2 time-slicing"},
	{"other people's resources", A100, "'nvidia.com/gpu':'1','nvidia.com/gpumem':'40'",
         "nvidia.com/gpu=1 | whole"},
	{"amounts that are none", A100, "'nvidia.com/gpu':'many','nvidia.com/mig-1g.5gb':null",
         "| counts 0"},
};

/* "1g.5gb*2+3g.20gb", profiles in the product's order. */
static size_t describe_layout(const struct sf_gpu_spec *gpu, char *out, size_t cap)
{
	struct sf_mig_geometry geometry;
	size_t len = 0;
	sf_mig_geometry_of(&gpu->layout, &geometry);
	for (uint8_t p = 0; p < gpu->product->n_profiles; p++) {
		if (geometry.count[p] == 0) {
			continue;
		}
		len += (size_t)snprintf(out + len, cap - len, "%s%s", len > 0 ? "+" : "",
		                        gpu->product->profile[p].name);
		if (geometry.count[p] > 1) {
			len += (size_t)snprintf(out + len, cap - len, "*%d", geometry.count[p]);
		}
	}
	return len;
}

static void describe(const struct sf_node_spec *spec, char *out, size_t cap)
{
	size_t len = 0;
	for (uint8_t i = 0; i < spec->n_counts; i++) {
		len += (size_t)snprintf(out + len, cap - len, "%s=%u ", spec->count[i].name,
		                        spec->count[i].total);
	}
	len += (size_t)snprintf(out + len, cap - len, "|");
	if (spec->by_counts) {
		snprintf(out + len, cap - len, " counts %d", spec->n_gpus);
		return;
	}
	for (uint8_t i = 0; i < spec->n_gpus; i++) {
		const struct sf_gpu_spec *gpu = &spec->gpu[i];
		len += (size_t)snprintf(out + len, cap - len, gpu->mig ? " " : " whole");
		if (gpu->mig) {
			len += describe_layout(gpu, out + len, cap - len);
		}
	}
	if (spec->sharing.n > 0) {
		snprintf(out + len, cap - len, " x%d %s%s%s", spec->sharing.resource[0].replicas,
		         sf_sharing_mode_name(spec->sharing.mode),
		         spec->sharing.rename ? " renamed" : "",
		         spec->sharing.fail_above_1 ? " fail-above-1" : "");
	}
}

/* What a cluster makes of the node must advertise the very counts. */
static void expect_counts(const struct sf_catalog *catalog, struct sf_kube_node *node,
                          const char *name)
{
	struct sf_error err = {0};
	struct sf_cluster *cluster = sf_cluster_create(catalog);
	cr_expect(sf_kube_node_add(cluster, node, &err) == 0, "%s: %s", name, err.text);
	const struct sf_node *added = sf_cluster_node(cluster, 0);
	for (uint8_t i = 0; i < node->spec.n_counts; i++) {
		uint16_t resource =
			sf_resource_find(sf_cluster_resources(cluster), node->spec.count[i].name);
		const struct sf_count *count = sf_node_count(added, resource);
		cr_expect(count != NULL && count->total == node->spec.count[i].total, "%s: %s",
		          name, node->spec.count[i].name);
	}
	cr_expect(sf_cluster_check(cluster, &err) == 0, "%s: %s", name, err.text);
	sf_cluster_destroy(cluster);
}

/* Both readers take the Node for the same. */
static void expect_both(json_t *json, const struct sf_catalog *catalog, const char *name)
{
	struct sf_kube_node slow, fast;
	struct sf_error err = {0};
	struct sf_arena *arena = sf_arena_create(0);
	char *text = json_dumps(json, 0);
	int rc = sf_kube_node_parse(json, catalog, NULL, &slow, NULL);
	cr_expect(sf_kube_node_read(text, strlen(text), catalog, arena, &fast, &err) == rc,
	          "%s: %s", name, err.text);
	cr_expect(rc < 0 || reference_same_spec(&slow, &fast), "%s", name);
	sf_arena_destroy(arena);
	free(text);
}

Test(kube_node, derives_layouts)
{
	struct sf_catalog *catalog = sf_catalog_create();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sf_kube_node node;
		struct sf_error err = {0};
		char got[512];
		json_t *json = json_quoted("{'metadata':{'name':'n','labels':{%s}},"
		                           "'status':{'allocatable':{%s}}}",
		                           rows[i].labels, rows[i].allocatable);
		cr_expect(sf_kube_node_parse(json, catalog, NULL, &node, &err) == 0, "%s: %s",
		          rows[i].name, err.text);
		describe(&node.spec, got, sizeof(got));
		cr_expect(strcmp(got, rows[i].want) == 0, "%s: got '%s'", rows[i].name, got);
		expect_counts(catalog, &node, rows[i].name);
		expect_both(json, catalog, rows[i].name);
		json_decref(json);
	}
	sf_catalog_destroy(catalog);
}

static const struct {
	const char *labels;
	const char *spec;
	uint8_t state;
	const char *rest;
} states[] = {
	{"", "", SF_NODE_READY, NULL},
	{"", "'unschedulable':true", SF_NODE_CORDONED, NULL},
	{"", "'unschedulable':false", SF_NODE_READY, NULL},
	{"", "'unschedulable':null", SF_NODE_READY, NULL},
	{"'nvidia.com/mig.config.state':'success'", "", SF_NODE_READY, NULL},
	{"'nvidia.com/mig.config.state':'pending'", "", SF_NODE_CORDONED, NULL},
	{"'nvidia.com/mig.config.state':'rebooting'", "", SF_NODE_CORDONED, NULL},
	{"'nvidia.com/mig.config.state':'failed'", "", SF_NODE_READY, NULL},
	{"'nvidia.com/mig.config.state':'new'", "", SF_NODE_CORDONED, NULL},
	{"'nvidia.com/mig.config.state':'success'", "'unschedulable':true", SF_NODE_CORDONED, NULL},
	{"", "", SF_NODE_READY, "'status':{'conditions':[{'type':'Ready','status':'True'}]}"},
	{"", "", SF_NODE_CORDONED, "'status':{'conditions':[{'type':'Ready','status':'False'}]}"},
	{"", "", SF_NODE_CORDONED,
         "'status':{'conditions':[{'status':'Unknown','reason':'x','type':'Ready'}]}"},
	{"", "", SF_NODE_CORDONED, "'status':{'conditions':[{'type':'Ready'}]}"},
	{"", "", SF_NODE_READY,
         "'status':{'conditions':[7,null,{},{'type':'MemoryPressure','status':'True'},"
         "{'type':'DiskPressure','status':'False'},{'type':'Ready','status':'True'}]}"},
	{"", "", SF_NODE_READY, "'status':{'conditions':null}"},
};

Test(kube_node, reads_the_state)
{
	struct sf_catalog *catalog = sf_catalog_create();
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		struct sf_kube_node node;
		struct sf_error err = {0};
		json_t *json = json_quoted(
			"{'metadata':{'name':'n','labels':{%s}},'spec':{%s}%s%s}", states[i].labels,
			states[i].spec, states[i].rest != NULL ? "," : "",
			states[i].rest != NULL ? states[i].rest : "");
		expect_both(json, catalog, states[i].labels);
		cr_expect(sf_kube_node_parse(json, catalog, NULL, &node, &err) == 0);
		cr_expect(node.state == states[i].state, "row %zu", i);
		struct sf_cluster *cluster = sf_cluster_create(catalog);
		cr_expect(sf_kube_node_add(cluster, &node, &err) == 0, "%s", err.text);
		cr_expect(sf_cluster_node(cluster, 0)->state == states[i].state, "row %zu", i);
		sf_cluster_destroy(cluster);
		json_decref(json);
	}
	sf_catalog_destroy(catalog);
}

/* What stands beside what is read, in forms that the two readers could take differently. */
static const char *const odd[] = {
	"{'metadata':{'name':'n','deletionTimestamp':'2026-01-01T00:00:00Z'}}",
	"{'metadata':{'name':'n','deletionTimestamp':null}}",
	"{'metadata':{'name':'\\u006e\\u00e9'}}",
	"{'metadata':{'name':'n'},'spec':null,'status':null}",
	"{'metadata':{'name':'n'},'spec':[]}",
	"{'metadata':{'name':'n'},'status':{'conditions':{}}}",
	"{'metadata':{'name':'n'},'status':{'conditions':[{'type':7,'status':[]}]}}",
	"{'metadata':{'name':'n'},'status':{'conditions':[{'type':'R\\u0065ady'}]}}",
	"{'metadata':{'name':'n'},'status':{'allocatable':{'cpu':'7500m','memory':'1Gi','pods':250}"
	"}}",
	"{'metadata':{'name':'n'},'status':{'allocatable':{'cpu':-1,'memory':'x','pods':'99999'}}}",
	"{'metadata':{'name':'n'},'status':{'allocatable':{'cpu':1.5,'memory':true,'pods':'1'}}}",
	"{'metadata':{'name':'n','labels':{'nvidia.com/gpu.count':2,'nvidia.com/"
	"gpu.product':null}}}",
};

Test(kube_node, one_pass_reads_what_the_tree_has)
{
	struct sf_catalog *catalog = sf_catalog_create();
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		json_t *json = json_quoted("%s", odd[i]);
		expect_both(json, catalog, odd[i]);
		json_decref(json);
	}
	sf_catalog_destroy(catalog);
}

static const char *const accelerators[] = {
	"nvidia-tesla-t4",   "nvidia-tesla-p4",  "nvidia-tesla-p100",
	"nvidia-tesla-v100", "nvidia-l4",        "nvidia-tesla-a100",
	"nvidia-a100-80gb",  "nvidia-h100-80gb", "nvidia-h100-mega-80gb",
	"nvidia-h200-141gb", "nvidia-b200",
};

static const struct {
	const char *labels;
	enum sf_allocation allocation;
} allocations[] = {
	{"", SF_ALLOCATION_DISTRIBUTED},
	{"'slicefit.io/allocation-policy':'packed'", SF_ALLOCATION_PACKED},
	{"'slicefit.io/allocation-policy':'distributed'", SF_ALLOCATION_DISTRIBUTED},
	{GKE "'nvidia-l4'", SF_ALLOCATION_PACKED},
};

Test(kube_node, never_knows_who_has_which_device)
{
	struct sf_catalog *catalog = sf_catalog_create();
	for (size_t i = 0; i < sizeof(allocations) / sizeof(allocations[0]); i++) {
		struct sf_kube_node node;
		json_t *json = json_quoted("{'metadata':{'name':'n','labels':{%s}}}",
		                           allocations[i].labels);
		cr_assert(sf_kube_node_parse(json, catalog, NULL, &node, NULL) == 0);
		cr_expect(node.spec.allocation == allocations[i].allocation, "row %zu", i);
		expect_both(json, catalog, allocations[i].labels);
		json_decref(json);
	}
	/* Every accelerator type has its product in the catalog. */
	for (size_t i = 0; i < sizeof(accelerators) / sizeof(accelerators[0]); i++) {
		struct sf_kube_node node;
		json_t *json = json_quoted("{'metadata':{'name':'n','labels':{" GKE "'%s'}},"
		                           "'status':{'allocatable':{'nvidia.com/gpu':1}}}",
		                           accelerators[i]);
		cr_assert(sf_kube_node_parse(json, catalog, NULL, &node, NULL) == 0);
		cr_expect(not(node.spec.by_counts), "%s", accelerators[i]);
		json_decref(json);
	}
	sf_catalog_destroy(catalog);
}

Test(kube_node, keeps_labels_in_order)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_kube_node node;
	json_t *json = json_quoted("{'metadata':{'name':'n','labels':{'z':'1','a':'2','m':null}}}");
	cr_assert(sf_kube_node_parse(json, catalog, arena, &node, NULL) == 0);
	cr_assert(eq(int, node.spec.n_labels, 3));
	cr_assert(eq(str, (char *)node.spec.label[0].key, (char *)"a"));
	cr_assert(eq(str, (char *)node.spec.label[1].value, (char *)""));
	cr_assert(eq(str, (char *)node.spec.label[2].key, (char *)"z"));
	json_decref(json);
	sf_arena_destroy(arena);
	sf_catalog_destroy(catalog);
}

static const struct {
	const char *json;
	const char *error;
} wrong[] = {
	{"{}", "metadata.name is missing"},
	{"{'metadata':null}", "metadata.name is missing"},
	{"{'metadata':{'name':''}}", "metadata.name is missing"},
	{"{'metadata':{'name':7}}", "metadata.name is missing"},
	{"{'metadata':{'name':'n','labels':[]}}", "node n: labels is no object"},
	{"{'metadata':{'name':'n'},'status':{'allocatable':7}}",
         "node n: allocatable is no object"},
};

Test(kube_node, refuses_what_is_no_node)
{
	struct sf_catalog *catalog = sf_catalog_create();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct sf_kube_node node;
		struct sf_error err = {0};
		json_t *json = json_quoted("%s", wrong[i].json);
		cr_expect(sf_kube_node_parse(json, catalog, NULL, &node, &err) == -1, "row %zu", i);
		cr_expect(strcmp(err.text, wrong[i].error) == 0, "row %zu: %s", i, err.text);
		expect_both(json, catalog, wrong[i].json);
		json_decref(json);
	}
	sf_catalog_destroy(catalog);
}
