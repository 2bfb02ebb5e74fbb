/* Tests of the files that a plan is written to: read back with our own strict reader. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/change.h>
#include <slicefit/device_plugin.h>
#include <slicefit/emit.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/mig_parted.h>
#include <slicefit/plan.h>
#include <slicefit/str.h>
#include <slicefit/yaml.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(emit, .timeout = 20);

enum { NODES = 4, GPUS = 2 };

struct fixture {
	struct sf_catalog *catalog;
	struct sf_cluster *before;
	struct sf_arena *arena;
	struct sf_node_plan node[NODES];
	struct sf_plan plan;
};

static struct sf_gpu_spec cut(const struct sf_product *product, const char *profile, uint8_t count)
{
	struct sf_gpu_spec gpu = {.product = product, .mig = true};
	struct sf_mig_geometry geometry = {{0}};
	geometry.count[sf_product_profile(product, profile)] = count;
	bool fits = sf_mig_pack(product, &geometry, &gpu.layout);
	cr_assert(fits == true);
	return gpu;
}

/*
 * node 0: both GPUs 7x 1g.10gb     node 1: GPU 0 7x 1g.10gb, GPU 1 whole
 * node 2: whole, newly shared by 4 node 3: two T4 (no MIG), shared by 2 before and by 3 after
 */
static void setup(struct fixture *f)
{
	struct sf_error err = {0};
	memset(f, 0, sizeof(*f));
	f->catalog = sf_catalog_create();
	f->before = sf_cluster_create(f->catalog);
	f->arena = sf_arena_create(0);
	const struct sf_product *a100 = sf_catalog_find(f->catalog, "A100-80GB");
	const struct sf_product *t4 = sf_catalog_find(f->catalog, "T4");
	cr_assert(a100 != NULL && t4 != NULL);
	static const char *const names[NODES] = {"a-0", "a-1", "a-2", "t-0"};
	for (uint32_t n = 0; n < NODES; n++) {
		const struct sf_product *product = n == 3 ? t4 : a100;
		struct sf_node_spec spec = {.name = names[n], .n_gpus = GPUS};
		struct sf_node_plan *node = &f->node[n];
		*node = (struct sf_node_plan){.node = n,
		                              .changed = true,
		                              .replicas_before = 1,
		                              .replicas = 1,
		                              .n_gpus = GPUS,
		                              .strategy = SF_STRATEGY_MIXED};
		for (int g = 0; g < GPUS; g++) {
			spec.gpu[g].product = product;
			node->before[g] = spec.gpu[g];
			node->after[g] = spec.gpu[g];
		}
		if (n == 3) {
			spec.sharing.mode = SF_SHARING_TIME_SLICING;
			spec.sharing.n = 1;
			snprintf(spec.sharing.resource[0].name, SF_NAME_MAX, "nvidia.com/gpu");
			spec.sharing.resource[0].replicas = 2;
			node->replicas_before = 2;
			node->replicas = 3;
		}
		cr_assert(eq(int, sf_cluster_add_node(f->before, &spec, &err), 0), "%s", err.text);
	}
	f->node[0].after[0] = f->node[0].after[1] = cut(a100, "1g.10gb", 7);
	f->node[1].after[0] = cut(a100, "1g.10gb", 7);
	f->node[0].replicas = 8; /* of GPUs that it has no more: without effect */
	f->node[2].replicas = 4;
	f->plan = (struct sf_plan){.n_nodes = NODES, .node = f->node};
}

static void teardown(struct fixture *f)
{
	sf_cluster_destroy(f->before);
	sf_catalog_destroy(f->catalog);
	sf_arena_destroy(f->arena);
}

static const struct sf_yaml *parse(struct fixture *f, const char *text)
{
	struct sf_error err = {0};
	const struct sf_yaml *tree = sf_yaml_parse(text, strlen(text), "emitted", f->arena, &err);
	cr_assert(tree != NULL, "%s\n%s", err.text, text);
	return tree;
}

/* Scalar at a path of mapping keys ("/" between) and sequence indices. */
static const char *at(const struct sf_yaml *tree, const char *path)
{
	char copy[256];
	char *save = NULL;
	snprintf(copy, sizeof(copy), "%s", path);
	for (char *part = strtok_r(copy, "|", &save); part != NULL && tree != NULL;
	     part = strtok_r(NULL, "|", &save)) {
		if (tree->kind == SF_YAML_SEQUENCE) {
			size_t index = strtoul(part, NULL, 10);
			tree = index < tree->n ? tree->child[index] : NULL;
		} else {
			tree = sf_yaml_get(tree, part);
		}
	}
	return tree != NULL && tree->text != NULL ? tree->text : "(absent)";
}

static void expect_at(const struct sf_yaml *tree, const char *path, const char *want)
{
	cr_expect(eq(str, (char *)at(tree, path), (char *)want), "%s", path);
}

Test(emit, mig_parted_has_one_config_per_layout_and_device_lists_only_where_needed)
{
	struct fixture f;
	struct sf_error err = {0};
	struct sf_str out = {0};
	setup(&f);
	cr_assert(eq(int, sf_emit_mig_parted(&f.plan, &out, &err), 0), "%s", err.text);
	const struct sf_yaml *map = parse(&f, out.text);
	expect_at(map, "kind", "ConfigMap");
	const char *text = at(map, "data|config.yaml");
	const struct sf_yaml *file = parse(&f, text);
	expect_at(file, "version", "v1");
	cr_expect(eq(sz, file->n, 2));
	const struct sf_yaml *configs = sf_yaml_get(file, "mig-configs");
	cr_expect(eq(sz, configs->n, 3));
	expect_at(configs, "all-1g.10gb|0|devices", "all");
	expect_at(configs, "all-1g.10gb|0|mig-enabled", "true");
	expect_at(configs, "all-1g.10gb|0|mig-devices|1g.10gb", "7");
	expect_at(configs, "slicefit-38025bbe|0|devices|0", "0");
	expect_at(configs, "slicefit-38025bbe|0|mig-devices|1g.10gb", "7");
	expect_at(configs, "slicefit-38025bbe|1|devices|0", "1");
	expect_at(configs, "slicefit-38025bbe|1|mig-enabled", "false");
	expect_at(configs, "slicefit-38025bbe|1|mig-devices", "(absent)");
	expect_at(configs, "all-disabled|0|mig-enabled", "false");
	sf_str_finish(&out);
	teardown(&f);
}

Test(emit, device_plugin_has_one_key_per_way_of_sharing)
{
	struct fixture f;
	struct sf_error err = {0};
	struct sf_str out = {0};
	setup(&f);
	cr_assert(eq(int, sf_emit_device_plugin(&f.plan, f.before, &out, &err), 0), "%s", err.text);
	const struct sf_yaml *map = parse(&f, out.text);
	const struct sf_yaml *data = sf_yaml_get(map, "data");
	cr_expect(eq(sz, data->n, 4)); /* with time-slicing-2, for rolling back */
	const struct sf_yaml *none = parse(&f, at(data, "no-sharing"));
	expect_at(none, "version", "v1");
	expect_at(none, "flags|migStrategy", "mixed");
	expect_at(none, "sharing", "(absent)");
	cr_expect(sf_yaml_get(none, "sharing") == NULL);
	const struct sf_yaml *fresh = parse(&f, at(data, "time-slicing-4-renamed"));
	expect_at(fresh, "sharing|timeSlicing|renameByDefault", "true");
	expect_at(fresh, "sharing|timeSlicing|resources|0|name", "nvidia.com/gpu");
	expect_at(fresh, "sharing|timeSlicing|resources|0|replicas", "4");
	const struct sf_yaml *kept = parse(&f, at(data, "time-slicing-3"));
	expect_at(kept, "sharing|timeSlicing|renameByDefault", "false");
	sf_str_finish(&out);
	teardown(&f);
}

Test(emit, labels_name_configs_that_exist)
{
	static const struct {
		const char *node, *share, *mig;
	} rows[NODES] = {
		{"a-0", "no-sharing", "all-1g.10gb"},
		{"a-1", "no-sharing", "slicefit-38025bbe"},
		{"a-2", "time-slicing-4-renamed", "all-disabled"},
		{"t-0", "time-slicing-3", "(absent)"},
	};
	struct fixture f;
	struct sf_error err = {0};
	struct sf_str out = {0};
	size_t n = 0;
	setup(&f);
	cr_assert(eq(int, sf_emit_labels(&f.plan, f.before, &out, &err), 0), "%s", err.text);
	const struct sf_yaml **docs =
		sf_yaml_parse_all(out.text, out.len, "labels", &n, f.arena, &err);
	cr_assert(docs != NULL, "%s", err.text);
	cr_assert(eq(sz, n, NODES));
	for (size_t i = 0; i < NODES; i++) {
		expect_at(docs[i], "kind", "Node");
		expect_at(docs[i], "metadata|name", rows[i].node);
		expect_at(docs[i], "metadata|labels|nvidia.com/device-plugin.config",
		          rows[i].share);
		expect_at(docs[i], "metadata|labels|nvidia.com/mig.config", rows[i].mig);
	}
	sf_str_finish(&out);
	teardown(&f);
}

Test(emit, directory_is_complete_and_a_bad_path_is_an_error)
{
	static const char *const files[] = {"mig-parted-config.yaml",
	                                    "device-plugin-config.yaml",
	                                    "node-labels.yaml",
	                                    "labels.sh",
	                                    "README.md",
	                                    "cluster-policy-patch.yaml",
	                                    "helm-values.yaml",
	                                    "nvidia-smi.sh"};
	struct fixture f;
	struct sf_error err = {0};
	char dir[] = "/tmp/sf-emit-XXXXXX";
	char path[128];
	setup(&f);
	struct sf_emit what = {.before = f.before, .plan = &f.plan};
	cr_assert(mkdtemp(dir) != NULL);
	cr_assert(eq(int, sf_emit_plan(&what, dir, &err), 0), "%s", err.text);
	/* A later plan that needs no mig-parted file leaves none of the earlier one's. */
	struct sf_plan whole = {.n_nodes = 1, .node = &f.node[3]};
	struct sf_emit one = {.before = f.before, .plan = &whole};
	snprintf(path, sizeof(path), "%s/mig-parted-config.yaml", dir);
	cr_expect(eq(int, access(path, F_OK), 0));
	cr_assert(eq(int, sf_emit_plan(&one, dir, &err), 0), "%s", err.text);
	cr_expect(ne(int, access(path, F_OK), 0));
	cr_assert(eq(int, sf_emit_plan(&what, dir, &err), 0), "%s", err.text);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		cr_expect(eq(int, remove(path), 0), "%s", path);
	}
	cr_expect(eq(int, remove(dir), 0));
	cr_expect(eq(int, sf_emit_plan(&what, "/proc/nothing/here", &err), -1));
	cr_expect(eq(int, (int)err.code, SF_EIO));
	teardown(&f);
}

/* The text of one key of the ConfigMap in `map`. */
static const char *data_of(struct fixture *f, const struct sf_str *map, const char *key)
{
	const struct sf_yaml *data = sf_yaml_get(parse(f, map->text), "data");
	const struct sf_yaml *text = sf_yaml_get(data, key);
	cr_assert(text != NULL, "no key %s in %s", key, map->text);
	return text->text;
}

Test(emit, what_mig_parted_makes_of_the_file_is_the_plan)
{
	struct fixture f;
	struct sf_error err = {0};
	struct sf_str map = {0};
	struct sf_str labels = {0};
	struct sf_mig_parted parted;
	size_t n = 0;
	setup(&f);
	cr_assert(eq(int, sf_emit_mig_parted(&f.plan, &map, &err), 0), "%s", err.text);
	cr_assert(eq(int, sf_emit_labels(&f.plan, f.before, &labels, &err), 0), "%s", err.text);
	const char *text = data_of(&f, &map, "config.yaml");
	cr_assert(eq(int, sf_mig_parted_parse(text, strlen(text), "c", f.arena, &parted, &err), 0),
	          "%s", err.text);
	const struct sf_yaml **docs =
		sf_yaml_parse_all(labels.text, labels.len, "labels", &n, f.arena, &err);
	cr_assert(docs != NULL && n == NODES);
	for (size_t i = 0; i < NODES; i++) {
		const struct sf_node_plan *node = &f.node[i];
		struct sf_gpu_spec gpu[GPUS];
		const char *name = at(docs[i], "metadata|labels|nvidia.com/mig.config");
		const struct sf_mig_config *config = sf_mig_parted_find(&parted, name);
		memcpy(gpu, node->before, sizeof(gpu));
		cr_expect(eq(int, config != NULL, i != 3), "node %zu: %s", i, name);
		if (config != NULL) {
			cr_expect(eq(int, sf_mig_config_apply(config, gpu, GPUS, NULL, &err), 0),
			          "%s", err.text);
		}
		for (size_t g = 0; g < GPUS; g++) {
			cr_expect(eq(int, gpu[g].mig, node->after[g].mig), "node %zu", i);
			cr_expect(eq(int,
			             memcmp(&gpu[g].layout, &node->after[g].layout,
			                    sizeof(gpu[g].layout)),
			             0),
			          "node %zu gpu %zu", i, g);
		}
	}
	sf_str_finish(&map);
	sf_str_finish(&labels);
	teardown(&f);
}

/* An unchanged node keeps all of its sharing, slices included; a dynamic one is not relabelled. */
Test(emit, unchanged_nodes_stay_as_they_are)
{
	struct sf_error err = {0};
	struct sf_str map = {0};
	struct sf_str labels = {0};
	struct sf_device_plugin config;
	struct fixture f;
	setup(&f);
	struct sf_cluster *cluster = sf_cluster_create(f.catalog);
	struct sf_node_spec spec = {.name = "m", .n_gpus = 1, .strategy = SF_STRATEGY_MIXED};
	spec.gpu[0] = cut(sf_catalog_find(f.catalog, "A100-80GB"), "1g.10gb", 7);
	spec.sharing = (struct sf_sharing){.mode = SF_SHARING_TIME_SLICING,
	                                   .fail_above_1 = true,
	                                   .n = 1,
	                                   .resource = {{"nvidia.com/mig-1g.10gb", 3}}};
	cr_assert(eq(int, sf_cluster_add_node(cluster, &spec, &err), 0), "%s", err.text);
	struct sf_node_spec dynamic = {.name = "d", .n_gpus = 1, .dynamic = true};
	dynamic.gpu[0] = (struct sf_gpu_spec){.product = spec.gpu[0].product, .mig = true};
	cr_assert(eq(int, sf_cluster_add_node(cluster, &dynamic, &err), 0), "%s", err.text);
	struct sf_node_plan nodes[2] = {
		{.n_gpus = 1, .replicas = 1, .replicas_before = 1, .strategy = SF_STRATEGY_MIXED},
		{.node = 1, .n_gpus = 1, .replicas = 1, .replicas_before = 1},
	};
	nodes[0].before[0] = nodes[0].after[0] = spec.gpu[0];
	nodes[1].before[0] = nodes[1].after[0] = dynamic.gpu[0];
	struct sf_plan plan = {.n_nodes = 2, .node = nodes};
	cr_assert(eq(int, sf_emit_device_plugin(&plan, cluster, &map, &err), 0), "%s", err.text);
	const char *text = data_of(&f, &map, "time-slicing-3");
	cr_assert(
		eq(int, sf_device_plugin_parse(text, strlen(text), "c", f.arena, &config, &err), 0),
		"%s", err.text);
	cr_expect(config.sharing.fail_above_1 && config.sharing.rename == false);
	cr_expect(eq(str, config.sharing.resource[0].name, "nvidia.com/mig-1g.10gb"));
	cr_expect(eq(int, config.sharing.resource[0].replicas, 3));
	cr_assert(eq(int, sf_emit_labels(&plan, cluster, &labels, &err), 0), "%s", err.text);
	cr_expect(strstr(labels.text, "nvidia.com/mig.config: all-1g.10gb") != NULL);
	const char *second = strstr(labels.text, "name: d");
	cr_assert(second != NULL);
	cr_expect(strstr(second, "mig.config") == NULL, "%s", second);
	sf_str_finish(&map);
	sf_str_finish(&labels);
	sf_cluster_destroy(cluster);
	teardown(&f);
}

/* The plugin refuses MPS under strategy mixed, so such a node's configuration never says it. */
Test(emit, mps_goes_without_a_mig_strategy)
{
	struct fixture f;
	struct sf_error err = {0};
	struct sf_str map = {0};
	struct sf_device_plugin config;
	setup(&f);
	struct sf_cluster *cluster = sf_cluster_create(f.catalog);
	struct sf_node_spec spec = {.name = "p", .n_gpus = 1};
	spec.gpu[0].product = sf_catalog_find(f.catalog, "T4");
	spec.sharing = (struct sf_sharing){
		.mode = SF_SHARING_MPS, .n = 1, .resource = {{"nvidia.com/gpu", 4}}};
	cr_assert(eq(int, sf_cluster_add_node(cluster, &spec, &err), 0), "%s", err.text);
	struct sf_node_plan node = {.changed = true,
	                            .n_gpus = 1,
	                            .replicas_before = 4,
	                            .replicas = 6,
	                            .strategy = SF_STRATEGY_MIXED};
	node.before[0] = node.after[0] = spec.gpu[0];
	struct sf_plan plan = {.n_nodes = 1, .node = &node};
	cr_assert(eq(int, sf_emit_device_plugin(&plan, cluster, &map, &err), 0), "%s", err.text);
	const char *text = data_of(&f, &map, "mps-6");
	cr_assert(
		eq(int, sf_device_plugin_parse(text, strlen(text), "c", f.arena, &config, &err), 0),
		"%s", err.text);
	cr_expect(eq(int, (int)config.strategy, SF_STRATEGY_NONE));
	cr_expect(eq(int, (int)config.sharing.mode, SF_SHARING_MPS));
	cr_expect(eq(int, config.sharing.resource[0].replicas, 6));
	sf_str_finish(&map);
	sf_cluster_destroy(cluster);
	teardown(&f);
}

static struct sf_gpu_spec cut_two(const struct sf_product *product, const char *a, uint8_t n_a,
                                  const char *b, uint8_t n_b)
{
	struct sf_gpu_spec gpu = {.product = product, .mig = true};
	struct sf_mig_geometry geometry = {{0}};
	geometry.count[sf_product_profile(product, a)] = n_a;
	geometry.count[sf_product_profile(product, b)] = n_b;
	bool fits = sf_mig_pack(product, &geometry, &gpu.layout);
	cr_assert(fits == true);
	return gpu;
}

/* mig-parted names no placements, and the driver puts 1g.20gb at 4, 0, 2 before 6: beside six
 * 1g.10gb it is legal at 6 only. */
Test(emit, readme_warns_of_layouts_that_the_driver_may_not_reach)
{
	struct fixture f;
	struct sf_error err = {0};
	char dir[] = "/tmp/sf-emit-XXXXXX";
	char path[128];
	struct sf_str text = {0};
	setup(&f);
	f.node[2].after[0] = cut_two(f.node[2].after[0].product, "1g.20gb", 1, "1g.10gb", 6);
	f.node[2].after[1] = f.node[2].after[0];
	struct sf_emit what = {.before = f.before, .plan = &f.plan};
	cr_assert(mkdtemp(dir) != NULL);
	cr_assert(eq(int, sf_emit_plan(&what, dir, &err), 0), "%s", err.text);
	snprintf(path, sizeof(path), "%s/README.md", dir);
	cr_assert(eq(int, sf_file_read(path, 1 << 20, &text, &err), 0), "%s", err.text);
	cr_expect(strstr(text.text, "`slicefit-73a3d636` is legal") != NULL, "%s", text.text);
	cr_expect(strstr(text.text, "`all-1g.10gb` is legal") == NULL, "%s", text.text);
	cr_expect(strstr(text.text, "4 of 4 nodes change") != NULL);
	static const char *const files[] = {"mig-parted-config.yaml",
	                                    "device-plugin-config.yaml",
	                                    "node-labels.yaml",
	                                    "labels.sh",
	                                    "README.md",
	                                    "cluster-policy-patch.yaml",
	                                    "helm-values.yaml",
	                                    "nvidia-smi.sh"};
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		remove(path);
	}
	remove(dir);
	sf_str_finish(&text);
	teardown(&f);
}
