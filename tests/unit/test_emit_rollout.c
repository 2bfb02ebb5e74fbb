/* Tests of the files that a roll-out is written to: rollout.json, RUNBOOK.md, nvidia-smi.sh, the
 * operator's settings, and the configurations of today that rolling back needs. */
// SPDX-License-Identifier: Apache-2.0
#include "rollout_fixture.h"

#include <slicefit/change.h>
#include <slicefit/device_plugin.h>
#include <slicefit/emit.h>
#include <slicefit/mig.h>
#include <slicefit/str.h>
#include <slicefit/yaml.h>

TestSuite(emit_rollout, .timeout = 60);

/*
 * a: whole, then cut; runs a named pod and one of many that a budget protects
 * b: halves, then whole; empty
 * c: stays whole
 * t: T4, shared by 2, then by 3
 */
#define SHARED(n) "sharing: {timeSlicing: {resources: [{name: nvidia.com/gpu, replicas: " #n "}]}}"
static const char before_pools[] =
	"- {name: a, product: A100-80GB, gpus: 2}\n"
	"- {name: b, product: A100-80GB, gpus: 2, mig: {config: [{devices: all, mig-enabled: true, "
	"mig-devices: {3g.40gb: 2}}]}}\n"
	"- {name: c, product: A100-80GB, gpus: 2}\n"
	"- {name: t, product: T4, gpus: 1, " SHARED(2) "}\n";
static const char after_pools[] =
	"- {name: a, product: A100-80GB, gpus: 2, mig: {config: [{devices: [0], mig-enabled: true, "
	"mig-devices: {1g.10gb: 4, 3g.40gb: 1}}, {devices: [1], mig-enabled: false}]}}\n"
	"- {name: b, product: A100-80GB, gpus: 2}\n"
	"- {name: c, product: A100-80GB, gpus: 2}\n"
	"- {name: t, product: T4, gpus: 1, " SHARED(3) "}\n";
static const char workloads[] =
	"workloads:\n"
	"- {name: train, count: 1, priority: 9, request: {gpu: 1}, running: {a-0: [ml/train-0]}}\n"
	"- {name: infer, count: 9, request: {gpu: 1}, disruption: {max_unavailable: 1}, "
	"running: {a-0: 1}}\n";

struct emitted {
	struct rollout_fixture f;
	struct sf_rollout *rollout;
	struct sf_emit emit;
	struct sf_arena *arena;
	struct sf_str text;
};

typedef int writer(const struct sf_emit *emit, struct sf_str *out, struct sf_error *err);

static void setup(struct emitted *e, const char *before, const char *after, const char *pods)
{
	const struct sf_rollout_options options = {.max_unavailable = {1, false}};
	struct sf_error err = {0};

	memset(e, 0, sizeof *e);
	rollout_fixture_init(&e->f, before, after, pods);
	e->rollout = sf_rollout_create(e->f.before, &e->f.plan, &options, &err);
	cr_assert(e->rollout != NULL, "%s", err.text);
	e->emit = (struct sf_emit){e->f.before, e->f.cluster, &e->f.plan, e->rollout};
	e->arena = sf_arena_create(0);
}

static void teardown(struct emitted *e)
{
	sf_str_finish(&e->text);
	sf_arena_destroy(e->arena);
	sf_rollout_destroy(e->rollout);
	rollout_fixture_finish(&e->f);
}

static const char *written(struct emitted *e, writer *write)
{
	struct sf_error err = {0};

	e->text.len = 0;
	cr_assert(eq(int, write(&e->emit, &e->text, &err), 0), "%s", err.text);
	return sf_str_get(&e->text);
}

static const struct sf_yaml *parse(struct emitted *e, const char *text)
{
	struct sf_error err = {0};
	char *copy = sf_arena_strdup(e->arena, text);
	const struct sf_yaml *tree = sf_yaml_parse(copy, strlen(copy), "emitted", e->arena, &err);

	cr_assert(tree != NULL, "%s\n%s", err.text, text);
	return tree;
}

/* The scalar at a path of keys and indices with "|" between them. */
static const char *at(const struct sf_yaml *tree, const char *path)
{
	char copy[256], *save = NULL;

	snprintf(copy, sizeof copy, "%s", path);
	for (char *part = strtok_r(copy, "|", &save); part && tree;
	     part = strtok_r(NULL, "|", &save)) {
		size_t index = strtoul(part, NULL, 10);

		tree = tree->kind != SF_YAML_SEQUENCE ? sf_yaml_get(tree, part)
		       : index < tree->n              ? tree->child[index]
		                                      : NULL;
	}
	return tree && tree->text ? tree->text : "(absent)";
}

Test(emit_rollout, json_says_what_happens_to_every_node_and_pod)
{
	static const struct {
		const char *path, *text;
	} rows[] = {
		{"schema", "slicefit.rollout/1"},
		{"max_unavailable|nodes", "1"},
		{"max_unavailable|pools|t", "1"},
		{"files|0|path", "mig-parted-config.yaml"},
		{"files|1|name", "slicefit-device-plugin-config"},
		{"operator|patch_file", "cluster-policy-patch.yaml"},
		{"taint|effect", "PreferNoSchedule"},
		{"relabel|0|name", "c-0"},
		{"relabel|0|labels|nvidia.com/mig.config", "all-disabled"},
		{"relabel|1|name", "(absent)"},
		{"waves|0|nodes|0|name", "b-0"},
		{"waves|0|nodes|0|labels|before|nvidia.com/mig.config", "all-3g.40gb"},
		{"waves|0|nodes|0|labels|after|nvidia.com/mig.config", "all-disabled"},
		{"waves|0|nodes|0|mig_changes", "true"},
		{"waves|0|nodes|0|allocatable|before|nvidia.com/mig-3g.40gb", "4"},
		{"waves|0|nodes|0|allocatable|after|nvidia.com/mig-3g.40gb", "0"},
		{"waves|0|nodes|0|allocatable|after|nvidia.com/gpu", "2"},
		{"waves|1|nodes|0|name", "t-0"},
		{"waves|1|nodes|0|mig_changes", "false"},
		{"waves|1|nodes|0|labels|before|nvidia.com/device-plugin.config", "time-slicing-2"},
		{"waves|1|nodes|0|labels|after|nvidia.com/device-plugin.config", "time-slicing-3"},
		{"waves|1|nodes|0|labels|after|nvidia.com/mig.config", "(absent)"},
		{"waves|2|nodes|0|name", "a-0"},
		{"waves|2|nodes|0|evict|0|namespace", "ml"},
		{"waves|2|nodes|0|evict|0|pod", "train-0"},
		{"waves|2|nodes|0|evict|0|workload", "train"},
		{"waves|2|nodes|0|evict|0|max_unavailable", "null"},
		{"waves|2|nodes|0|evict|1|pod", "null"},
		{"waves|2|nodes|0|evict|1|max_unavailable", "1"},
		{"waves|2|nodes|0|evict|1|waits", "false"},
		{"waves|2|nodes|0|needs_interruption", "false"},
		{"evicted", "2"},
		{"interrupted", "0"},
	};
	struct emitted e;

	setup(&e, before_pools, after_pools, workloads);
	const struct sf_yaml *json = parse(&e, written(&e, sf_emit_rollout));

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_expect(eq(str, (char *)at(json, rows[i].path), (char *)rows[i].text), "%s",
		          rows[i].path);
	}
	cr_expect(eq(sz, strlen(at(json, "id")), 16));
	teardown(&e);
}

Test(emit_rollout, an_id_stands_for_one_roll_out)
{
	struct emitted e;
	char first[17], again[17], other[17];

	setup(&e, before_pools, after_pools, workloads);
	snprintf(first, sizeof first, "%s", at(parse(&e, written(&e, sf_emit_rollout)), "id"));
	snprintf(again, sizeof again, "%s", at(parse(&e, written(&e, sf_emit_rollout)), "id"));
	e.rollout->max_unavailable++;
	snprintf(other, sizeof other, "%s", at(parse(&e, written(&e, sf_emit_rollout)), "id"));
	cr_expect(eq(str, first, again));
	cr_expect(ne(str, first, other));
	teardown(&e);
}

Test(emit_rollout, operator_settings_name_the_maps_and_a_default_that_is_there)
{
	struct emitted e;
	struct sf_error err = {0};
	struct sf_str map = {0};

	setup(&e, before_pools, after_pools, workloads);
	const struct sf_yaml *patch = parse(&e, written(&e, sf_emit_cluster_policy));
	const struct sf_yaml *values = parse(&e, written(&e, sf_emit_helm_values));

	cr_expect(eq(str, (char *)at(patch, "spec|mig|strategy"), "mixed"));
	cr_expect(eq(str, (char *)at(patch, "spec|migManager|config|name"),
	             "slicefit-mig-parted-config"));
	cr_expect(eq(str, (char *)at(patch, "spec|devicePlugin|config|default"), "no-sharing"));
	cr_expect(eq(str, (char *)at(values, "devicePlugin|config|name"),
	             "slicefit-device-plugin-config"));
	cr_expect(eq(str, (char *)at(values, "migManager|config|create"), "false"));
	cr_assert(eq(int, sf_emit_device_plugin(&e.f.plan, e.f.cluster, &map, &err), 0));
	const struct sf_yaml *data = sf_yaml_get(parse(&e, map.text), "data");
	for (size_t i = 0; i < data->n; i++) {
		const char *text = data->child[i]->text;
		struct sf_device_plugin config;

		cr_expect(eq(int,
		             sf_device_plugin_parse(text, strlen(text), data->child[i]->key,
		                                    e.arena, &config, &err),
		             0),
		          "%s", err.text);
	}
	cr_expect(sf_yaml_get(data, "no-sharing") != NULL);
	sf_str_finish(&map);
	teardown(&e);
}

/* What mig-parted makes of a node under the label of `side` of a wave's node. */
static void apply_label(struct emitted *e, const struct sf_yaml *json, uint32_t wave,
                        const char *side, struct sf_gpu_spec *gpu)
{
	struct sf_error err = {0};
	struct sf_str map = {0};
	struct sf_mig_parted parted;
	char path[128];

	cr_assert(eq(int, sf_emit_mig_parted(&e->f.plan, &map, &err), 0));
	const char *text = at(parse(e, map.text), "data|config.yaml");
	cr_assert(eq(int, sf_mig_parted_parse(text, strlen(text), "c", e->arena, &parted, &err), 0),
	          "%s", err.text);
	snprintf(path, sizeof path, "waves|%u|nodes|0|labels|%s|nvidia.com/mig.config", wave, side);
	const struct sf_mig_config *config = sf_mig_parted_find(&parted, at(json, path));
	cr_assert(config != NULL, "%s", at(json, path));
	cr_assert(eq(int, sf_mig_config_apply(config, gpu, 2, NULL, &err), 0), "%s", err.text);
	sf_str_finish(&map);
}

Test(emit_rollout, labels_lead_there_and_back)
{
	struct emitted e;

	setup(&e, before_pools, after_pools, workloads);
	const struct sf_yaml *json = parse(&e, written(&e, sf_emit_rollout));
	for (uint32_t wave = 0; wave < 3; wave += 2) {
		const struct sf_node_plan *node = &e.f.plan.node[e.rollout->node[wave].node];
		struct sf_gpu_spec gpu[2];

		memcpy(gpu, node->before, sizeof gpu);
		apply_label(&e, json, wave, "after", gpu);
		cr_expect(sf_mig_alike(&gpu[0], &node->after[0]));
		cr_expect(sf_mig_alike(&gpu[1], &node->after[1]));
		apply_label(&e, json, wave, "before", gpu);
		cr_expect(sf_mig_alike(&gpu[0], &node->before[0]));
		cr_expect(sf_mig_alike(&gpu[1], &node->before[1]));
	}
	teardown(&e);
}

Test(emit_rollout, the_runbook_has_every_command_of_every_wave)
{
	static const char *const lines[] = {
		"\n## Wave 3 of 3\n",
		"\nkubectl cordon a-0\n",
		"| a-0 | ml/train-0 | train | 9 | b-0 |  |\n",
		"| a-0 | 1 pod | infer | 0 | b-0 | budget: 1 at a time",
		"\nkubectl drain a-0 --ignore-daemonsets",
		"\nkubectl label --overwrite node a-0 nvidia.com/mig.config.state=pending "
		"nvidia.com/device-plugin.config=no-sharing "
		"nvidia.com/mig.config=slicefit-f32c26cd\n",
		"\nkubectl label --overwrite node t-0 "
		"nvidia.com/device-plugin.config=time-slicing-3\n",
		"kubectl wait node/a-0 --timeout=20m "
		"--for=jsonpath='{.metadata.labels.nvidia\\.com/mig\\.config\\.state}'=success\n",
		"--for=jsonpath='{.status.allocatable.nvidia\\.com/mig-3g\\.40gb}'=1\n",
		"| t-0 | nvidia.com/gpu: 3 |\n",
		"\nkubectl taint nodes a-0 slicefit.io/rollout-\n",
		"\nkubectl uncordon a-0\n",
		"nvidia.com/device-plugin.config=no-sharing nvidia.com/mig.config=all-3g.40gb\n",
	};
	struct emitted e;

	setup(&e, before_pools, after_pools, workloads);
	const char *text = written(&e, sf_emit_runbook);
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		cr_expect(strstr(text, lines[i]) != NULL, "%s\nin\n%s", lines[i], text);
	}
	cr_expect(strstr(text, "Needs interruption") == NULL);
	teardown(&e);
}

Test(emit_rollout, the_runbook_names_who_is_interrupted_and_whom_no_drain_moves)
{
	struct emitted e;

	setup(&e, "- {name: a, product: T4, gpus: 1}\n",
	      "- {name: a, product: T4, gpus: 1, " SHARED(2) "}\n",
	      "workloads:\n- {name: w, count: 1, request: {resources: {nvidia.com/gpu: 1}}, "
	      "disruption: {max_unavailable: 0}, running: {a-0: [x/y]}}\n");
	const char *text = written(&e, sf_emit_runbook);

	cr_expect(strstr(text, "**1 of them are interrupted**") != NULL, "%s", text);
	cr_expect(strstr(text, "| x/y | w | 0 | a-0 | 1 | 1 |\n") != NULL, "%s", text);
	cr_expect(strstr(text, "Needs interruption: 1 pod waits") != NULL, "%s", text);
	cr_expect(strstr(text, "the drain will not end") != NULL, "%s", text);
	teardown(&e);
}

/* The instances that the script's first -cgi makes on an empty GPU, as the driver places them. */
static size_t run_creation(const char *script, const struct sf_product *product,
                           struct sf_mig_layout *layout)
{
	const char *list = strstr(script, "-cgi ");
	uint8_t profile[SF_INSTANCES_MAX];
	size_t n = 0;

	cr_assert(list != NULL, "%s", script);
	for (list += strlen("-cgi "); *list != ' '; list += *list == ',') {
		char *end;
		long id = strtol(list, &end, 10);
		uint8_t p = 0;

		cr_assert(end != list, "%s", script);
		while (p < product->n_profiles && product->profile[p].id != id) {
			p++;
		}
		cr_assert(p < product->n_profiles && n < SF_INSTANCES_MAX);
		profile[n++] = p;
		list = end;
	}
	cr_expect(eq(sz, sf_mig_create(product, layout, profile, n), n), "%s", script);
	return n;
}

/* Every geometry of every product: the commands make it, or say that no order does. */
Test(emit_rollout, nvidia_smi_commands_make_every_geometry)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_cluster *cluster = sf_cluster_create(catalog);
	struct sf_node_spec spec = {.name = "n", .n_gpus = 1};
	size_t made = 0, unreached = 0;

	spec.gpu[0].product = sf_catalog_find(catalog, "A100-80GB");
	cr_assert(eq(int, sf_cluster_add_node(cluster, &spec, NULL), 0));
	for (size_t i = 0; i < sf_catalog_count(catalog); i++) {
		const struct sf_product *product = sf_catalog_at(catalog, i);
		struct sf_mig_geometry *geometry = NULL;
		size_t n = product->placeable
		                   ? sf_mig_geometries(product, sf_mig_all_mask(product), &geometry)
		                   : 0;

		for (size_t k = 0; k < n; k++) {
			struct sf_node_plan node = {.changed = true, .n_gpus = 1};
			const struct sf_plan plan = {.n_nodes = 1, .node = &node};
			const struct sf_emit emit = {.before = cluster, .plan = &plan};
			struct sf_mig_layout layout = {0};
			struct sf_mig_geometry got;
			struct sf_str text = {0};

			node.before[0].product = node.after[0].product = product;
			node.after[0].mig = true;
			if (!sf_mig_pack(product, &geometry[k], &node.after[0].layout)) {
				continue;
			}
			cr_assert(eq(int, sf_emit_smi(&emit, &text, NULL), 0));
			if (strstr(text.text, "in no order")) {
				unreached++;
			} else {
				run_creation(text.text, product, &layout);
				sf_mig_geometry_of(&layout, &got);
				cr_expect(eq(int, memcmp(&got, &geometry[k], sizeof got), 0), "%s",
				          text.text);
				made++;
			}
			sf_str_finish(&text);
		}
		free(geometry);
	}
	cr_expect(gt(sz, made, 1000));
	cr_expect(gt(sz, unreached, 0));
	cr_expect(lt(sz, unreached, made / 5));
	sf_cluster_destroy(cluster);
	sf_catalog_destroy(catalog);
}

Test(emit_rollout, nvidia_smi_takes_apart_what_is_there_and_says_what_it_does_not_know)
{
	struct emitted e;

	setup(&e, before_pools, after_pools, workloads);
	const char *text = written(&e, sf_emit_smi);
	cr_expect(strstr(text, "\nb-0)\n\tnvidia-smi mig -i 0 -dci\n\tnvidia-smi mig -i 0 -dgi\n"
	                       "\tnvidia-smi -i 0 -mig 0\n\tnvidia-smi -i 0 --gpu-reset\n") != NULL,
	          "%s", text);
	cr_expect(strstr(text, "-cgi 9,19,19,19,19 -C # 3g.40gb 1g.10gb") != NULL, "%s", text);
	cr_expect(strstr(text, "\nt-0)") == NULL, "%s", text);
	teardown(&e);
}
