/* import_node: Nodes, and the pools of those that are alike. */
// SPDX-License-Identifier: Apache-2.0
#include "import_impl.h"
#include "yaml_json.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/str.h>

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Labels that differ between nodes that are alike, or change by themselves: a node's own name, when
 * and by whom it was labelled, hardware details of node-feature-discovery. They are kept when a rule
 * of a pod looks at them. */
static bool is_passing(const char *key, const char *value, const char *name)
{
	static const char *const prefixes[] = {
		"feature.node.kubernetes.io/", "beta.kubernetes.io/",
		"csi.volume.kubernetes.io/",   "nvidia.com/gfd.timestamp",
		"nvidia.com/mig.config.state",
	};
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (strncmp(key, prefixes[i], strlen(prefixes[i])) == 0) {
			return true;
		}
	}
	return strcmp(key, SF_LABEL_HOSTNAME) == 0 && strcmp(value, name) == 0;
}

static int by_key(const void *a, const void *b)
{
	const struct sf_label *x = a, *y = b;
	return strcmp(x->key, y->key);
}

static int keep_labels(struct sf_importer *imp, const struct sf_manifest *object,
                       struct sf_node_spec *spec)
{
	const struct sf_yaml *labels = sf_manifest_at(object->tree, "metadata.labels");
	size_t n = labels != NULL ? labels->n : 0, kept = 0;
	struct sf_label *label = sf_arena_array(imp->arena, n + 1, sizeof(*label));
	uint32_t seen;
	if (label == NULL) {
		return sf_import_full(imp);
	}
	for (size_t i = 0; i < n && kept < SF_LABELS_MAX; i++) {
		const struct sf_yaml *one = labels->child[i];
		if (one->kind != SF_YAML_SCALAR || !sf_kube_word_is_key(one->key) ||
		    !sf_kube_word_is_value(one->text) ||
		    (is_passing(one->key, one->text, object->name) &&
		     !sf_map_get(&imp->label_keys, one->key, &seen))) {
			continue;
		}
		label[kept++] = (struct sf_label){.key = one->key, .value = one->text};
	}
	if (kept > 0) {
		qsort(label, kept, sizeof(*label), by_key);
	}
	spec->label = label;
	spec->n_labels = (uint16_t)kept;
	return 0;
}

/* Whose taints are read. */
struct noting {
	struct sf_importer *imp;
	const struct sf_manifest *object;
};

static void note(void *ctx, const char *why)
{
	struct noting *noting = ctx;
	sf_import_note(noting->imp, noting->object, why);
}

static int keep_taints(struct sf_importer *imp, struct sf_import_node *node)
{
	struct noting noting = {imp, node->object};
	const struct sf_kube_rule_reader reader = {
		.arena = imp->arena, .note = note, .ctx = &noting};
	return sf_kube_taints_read(node->object->tree, &reader, &node->taint, &node->n_taints) == 0
	               ? 0
	               : sf_import_full(imp);
}

/* A text that is the same for nodes that may share a pool. */
static const char *key_of(struct sf_importer *imp, const struct sf_import_node *node)
{
	struct sf_str key = {0};
	const struct sf_node_spec *spec = &node->kube.spec;
	sf_str_printf(&key, "%016" PRIx64 " %u", sf_node_spec_hash(spec), node->kube.state);
	for (uint8_t i = 0; spec->by_counts && i < spec->n_counts; i++) {
		sf_str_printf(&key, "\n%s=%" PRIu32, spec->count[i].name, spec->count[i].total);
	}
	for (uint16_t i = 0; i < spec->n_labels; i++) {
		sf_str_printf(&key, "\nl %s=%s", spec->label[i].key, spec->label[i].value);
	}
	for (size_t i = 0; i < node->n_taints; i++) {
		sf_str_printf(&key, "\nt %s=%s:%d", node->taint[i].key, node->taint[i].value,
		              node->taint[i].effect);
	}
	const char *kept = sf_arena_strdup(imp->arena, sf_str_get(&key));
	sf_str_finish(&key);
	return kept;
}

static int add_node(struct sf_importer *imp, const struct sf_manifest *object)
{
	struct sf_import_node node = {.object = object};
	struct sf_error why;
	json_t *json = sf_yaml_to_json(object->tree);
	int rc = sf_kube_node_parse(json, imp->catalog, NULL, &node.kube, &why);
	json_decref(json);
	if (rc != 0) {
		sf_import_count(imp, "Node", "left out");
		sf_import_note_error(imp, object, why.text);
		return 0;
	}
	node.kube.spec.name = object->name;
	if (node.kube.spec.cpu_milli > SF_IMPORT_CPU_MAX) {
		node.kube.spec.cpu_milli = SF_IMPORT_CPU_MAX;
	}
	if (node.kube.spec.memory_mib > SF_IMPORT_MIB_MAX) {
		node.kube.spec.memory_mib = SF_IMPORT_MIB_MAX;
	}
	sf_import_slices(imp, &node);
	sf_import_configure(imp, &node);
	if (node.kube.spec.n_gpus > 0 && node.kube.spec.gpu[0].product == NULL) {
		node.kube.spec.n_gpus = 0; /* a scenario's GPUs are of products that are known */
	}
	if (keep_labels(imp, object, &node.kube.spec) != 0 || keep_taints(imp, &node) != 0) {
		return -1;
	}
	node.key = key_of(imp, &node);
	if (node.key == NULL) {
		return sf_import_full(imp);
	}
	imp->node = sf_xgrow(imp->node, &imp->nodes_cap, imp->n_nodes + 1, sizeof(*imp->node));
	imp->node[imp->n_nodes++] = node;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct sf_import_node *x = a, *y = b;
	return strcmp(x->object->name, y->object->name);
}

/* What the labels say when allocatable and labels make no layout. */
static void note_counts(struct sf_importer *imp, const struct sf_import_node *node)
{
	const struct sf_node_spec *spec = &node->kube.spec;
	if (spec->by_counts && spec->n_counts > 0) {
		sf_import_note(imp, node->object,
		               "its labels and its allocatable GPUs make no layout that is known: "
		               "its GPU resources are only counted");
	}
}

/* A name of its own for each: the first is a100-80gb, the next a100-80gb-2. */
static const char *name_pool(struct sf_importer *imp, const struct sf_node_spec *spec,
                             struct sf_map *taken)
{
	const char *product = "nodes";
	struct sf_str base = {0};
	const char *name = NULL;
	uint32_t seen;
	if (spec->n_gpus > 0 || spec->n_counts > 0) {
		bool known = spec->n_gpus > 0 && spec->gpu[0].product != NULL;
		product = known ? spec->gpu[0].product->name : "gpus";
	}
	for (const char *c = product; *c != '\0'; c++) {
		char small[] = {(char)tolower((unsigned char)*c), '\0'};
		sf_str_append(&base, isalnum((unsigned char)*c) ? small : "-");
	}
	for (uint32_t i = 1; i == 1 || sf_map_get(taken, name, &seen); i++) {
		name = i == 1 ? sf_arena_strdup(imp->arena, sf_str_get(&base))
		              : sf_arena_printf(imp->arena, "%s-%" PRIu32, sf_str_get(&base), i);
		if (name == NULL) {
			break;
		}
	}
	sf_str_finish(&base);
	if (name != NULL) {
		sf_map_set(taken, name, 1);
	}
	return name;
}

/* Pools by the name of their first node; their nodes by name. */
static int make_pools(struct sf_importer *imp)
{
	struct sf_scenario *scenario = imp->scenario;
	struct sf_map keys = {0}, taken = {0};
	int rc = 0;
	scenario->pool = sf_arena_array(imp->arena, imp->n_nodes, sizeof(*scenario->pool));
	if (scenario->pool == NULL) {
		return sf_import_full(imp);
	}
	for (size_t i = 0; rc == 0 && i < imp->n_nodes; i++) {
		struct sf_import_node *node = &imp->node[i];
		if (!sf_map_get(&keys, node->key, &node->pool)) {
			node->pool = (uint32_t)scenario->n_pools++;
			sf_map_set(&keys, node->key, node->pool);
			struct sf_pool *pool = &scenario->pool[node->pool];
			*pool = (struct sf_pool){
				.name = name_pool(imp, &node->kube.spec, &taken),
				.node = node->kube.spec,
				.n_taints = node->n_taints,
				.taint = node->taint,
				.cordoned = node->kube.state != SF_NODE_READY,
				.cost_per_gpu_hour = -1,
				.max_drained = UINT32_MAX,
			};
			pool->node.name = NULL;
			rc = pool->name == NULL ? sf_import_full(imp) : 0;
		}
		node->in_pool = scenario->pool[node->pool].count++;
	}
	sf_map_finish(&keys);
	sf_map_finish(&taken);
	return rc;
}

/* The names of all pools in one list, those of a pool together. */
static int name_nodes(struct sf_importer *imp)
{
	struct sf_scenario *scenario = imp->scenario;
	const char **name = sf_arena_array(imp->arena, imp->n_nodes, sizeof(*name));
	size_t first = 0;
	if (name == NULL) {
		return sf_import_full(imp);
	}
	for (size_t p = 0; p < scenario->n_pools; p++) {
		scenario->pool[p].node_name = &name[first];
		first += scenario->pool[p].count;
	}
	for (size_t i = 0; i < imp->n_nodes; i++) {
		const struct sf_import_node *node = &imp->node[i];
		size_t begin = (size_t)(scenario->pool[node->pool].node_name - name);
		name[begin + node->in_pool] = node->object->name;
	}
	return 0;
}

/* Nothing to make pools of. */
static int fail_nodes(const struct sf_importer *imp)
{
	for (size_t i = 0; i < imp->in->n; i++) {
		const struct sf_manifest *item = &imp->in->item[i];
		if (*item->kind == '\0' && sf_yaml_get(item->tree, "pools") != NULL) {
			return sf_fail(imp->err, SF_EINVAL,
			               "%s is a scenario already: replay or plan it as it is",
			               item->file);
		}
	}
	return sf_fail(imp->err, SF_EINVAL,
	               "no Node among the objects: add `kubectl get nodes -o json`");
}

int sf_import_nodes(struct sf_importer *imp)
{
	const struct sf_manifests *in = imp->in;
	for (size_t i = 0; i < in->n; i++) {
		if (strcmp(in->item[i].kind, "Node") == 0 && sf_import_takes(imp, &in->item[i]) &&
		    add_node(imp, &in->item[i]) != 0) {
			return -1;
		}
	}
	if (imp->n_nodes == 0) {
		return fail_nodes(imp);
	}
	if (imp->n_nodes > SF_SCENARIO_NODES_MAX) {
		return sf_fail(imp->err, SF_ELIMIT, "more than %d nodes", SF_SCENARIO_NODES_MAX);
	}
	qsort(imp->node, imp->n_nodes, sizeof(*imp->node), by_name);
	for (size_t i = 0; i < imp->n_nodes; i++) {
		sf_import_count(imp, "Node", "read");
		note_counts(imp, &imp->node[i]);
		sf_map_set(&imp->node_names, imp->node[i].object->name, (uint32_t)i);
	}
	return make_pools(imp) != 0 ? -1 : name_nodes(imp);
}
