/*
 * import_config: layouts and sharing of nodes as their labels and the operator's configurations say.
 *
 * ClusterPolicy and Helm values of the GPU Operator (mig.strategy, migManager.config.default,
 * devicePlugin.config.default), ConfigMaps with a file of mig-parted (mig-configs) or of the device
 * plugin under any key, and such files by themselves. Nodes choose with the labels nvidia.com/mig.config
 * and nvidia.com/device-plugin.config.
 */
// SPDX-License-Identifier: Apache-2.0
#include "import_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/change.h>
#include <slicefit/cluster.h>
#include <slicefit/device_plugin.h>
#include <slicefit/error.h>
#include <slicefit/mig_parted.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file of the device plugin and the key that chooses it. */
struct plugin_file {
	const char *key;
	struct sf_device_plugin config;
};

struct sf_import_configs {
	int strategy;            /* of the operator; -1: not given */
	const char *mig_default; /* "" when not given */
	const char *plugin_default;
	size_t n_parted, parted_cap;
	struct sf_mig_parted *parted;
	size_t n_plugins, plugins_cap;
	struct plugin_file *plugin;
};

static bool has_line(const char *text, const char *key)
{
	size_t len = strlen(key);
	for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) == 0) {
			return true;
		}
	}
	return false;
}

/* A text under a key of a ConfigMap, or of the operator's values. What the component would refuse is
 * left out with a note. */
static void add_text(struct sf_importer *imp, const struct sf_manifest *object, const char *key,
                     const char *text)
{
	struct sf_import_configs *to = imp->configs;
	struct sf_error why = {0};
	int rc = 0;
	if (has_line(text, "mig-configs:")) {
		struct sf_mig_parted parted;
		rc = sf_mig_parted_parse(text, strlen(text), key, imp->arena, &parted, &why);
		to->parted = sf_xgrow(to->parted, &to->parted_cap, to->n_parted + 1,
		                      sizeof(*to->parted));
		to->parted[to->n_parted] = parted;
		to->n_parted += rc == 0;
	} else if (has_line(text, "sharing:") || has_line(text, "flags:") ||
	           has_line(text, "version:")) {
		struct sf_device_plugin config;
		rc = sf_device_plugin_parse(text, strlen(text), key, imp->arena, &config, &why);
		to->plugin = sf_xgrow(to->plugin, &to->plugins_cap, to->n_plugins + 1,
		                      sizeof(*to->plugin));
		to->plugin[to->n_plugins] = (struct plugin_file){.key = key, .config = config};
		to->n_plugins += rc == 0;
	}
	if (rc != 0) {
		sf_import_note(imp, object, why.text);
	}
}

static void add_texts(struct sf_importer *imp, const struct sf_manifest *object,
                      const struct sf_yaml *data)
{
	for (size_t i = 0; data != NULL && data->kind == SF_YAML_MAPPING && i < data->n; i++) {
		if (data->child[i]->kind == SF_YAML_SCALAR) {
			add_text(imp, object, data->child[i]->key, data->child[i]->text);
		}
	}
}

static void keep_text(const struct sf_yaml *root, const char *path, const char **to)
{
	const char *text = sf_manifest_text(root, path);
	*to = *text != '\0' ? text : *to;
}

/* `spec` of a ClusterPolicy, or the values of the chart. */
static bool add_operator(struct sf_importer *imp, const struct sf_manifest *object,
                         const struct sf_yaml *root)
{
	struct sf_import_configs *to = imp->configs;
	int strategy = sf_strategy_parse(sf_manifest_text(root, "mig.strategy"));
	to->strategy = strategy >= 0 ? strategy : to->strategy;
	keep_text(root, "migManager.config.default", &to->mig_default);
	keep_text(root, "devicePlugin.config.default", &to->plugin_default);
	add_texts(imp, object, sf_manifest_at(root, "migManager.config.data"));
	add_texts(imp, object, sf_manifest_at(root, "devicePlugin.config.data"));
	return strategy >= 0 || sf_yaml_get(root, "migManager") != NULL ||
	       sf_yaml_get(root, "devicePlugin") != NULL;
}

static void read_object(struct sf_importer *imp, const struct sf_manifest *object)
{
	if (strcmp(object->kind, "ConfigMap") == 0) {
		size_t before = imp->configs->n_parted + imp->configs->n_plugins;
		add_texts(imp, object, sf_yaml_get(object->tree, "data"));
		bool any = imp->configs->n_parted + imp->configs->n_plugins > before;
		sf_import_count(imp, "ConfigMap", any ? "read" : "not needed");
	} else if (strcmp(object->kind, "ClusterPolicy") == 0) {
		add_operator(imp, object, sf_yaml_get(object->tree, "spec"));
		sf_import_count(imp, "ClusterPolicy", "read");
	} else if (*object->kind == '\0') {
		bool values = add_operator(imp, object, object->tree);
		sf_import_count(imp, "no kind", values ? "read as Helm values" : "not needed");
	}
}

int sf_import_configs_read(struct sf_importer *imp)
{
	imp->configs = sf_xcalloc(1, sizeof(*imp->configs));
	imp->configs->strategy = -1;
	imp->configs->mig_default = "";
	imp->configs->plugin_default = "";
	for (size_t i = 0; i < imp->in->n; i++) {
		read_object(imp, &imp->in->item[i]);
	}
	return 0;
}

void sf_import_configs_finish(struct sf_import_configs *configs)
{
	if (configs != NULL) {
		free(configs->parted);
		free(configs->plugin);
		free(configs);
	}
}

/* What a node's labels say. */
struct wish {
	const struct sf_product *product;
	long gpus;
	const struct sf_mig_config *mig;       /* NULL: none */
	const struct sf_device_plugin *plugin; /* NULL: none */
};

static const char *label_of(const struct sf_manifest *node, const char *key)
{
	return sf_manifest_text(sf_yaml_get(sf_manifest_at(node->tree, "metadata.labels"), key),
	                        "");
}

static const struct sf_mig_config *find_mig(const struct sf_import_configs *configs,
                                            const char *name)
{
	const struct sf_mig_config *found = NULL;
	for (size_t i = 0; i < configs->n_parted && found == NULL && *name != '\0'; i++) {
		found = sf_mig_parted_find(&configs->parted[i], name);
	}
	return found;
}

static const struct sf_device_plugin *find_plugin(const struct sf_import_configs *configs,
                                                  const char *name)
{
	for (size_t i = 0; i < configs->n_plugins; i++) {
		if (strcmp(configs->plugin[i].key, name) == 0) {
			return &configs->plugin[i].config;
		}
	}
	return NULL;
}

/* False when the labels do not say which GPUs the node has, or that they were not cut as wished. */
static bool read_wish(struct sf_importer *imp, const struct sf_manifest *node, struct wish *out)
{
	const struct sf_import_configs *configs = imp->configs;
	const char *mig = label_of(node, "nvidia.com/mig.config");
	const char *plugin = label_of(node, "nvidia.com/device-plugin.config");
	const char *state = label_of(node, "nvidia.com/mig.config.state");
	out->product = sf_catalog_find(imp->catalog, label_of(node, "nvidia.com/gpu.product"));
	out->gpus = strtol(label_of(node, "nvidia.com/gpu.count"), NULL, 10);
	out->mig = find_mig(configs, *mig != '\0' ? mig : configs->mig_default);
	out->plugin = find_plugin(configs, *plugin != '\0' ? plugin : configs->plugin_default);
	return out->product != NULL && out->gpus > 0 && out->gpus <= SF_GPUS_MAX &&
	       strcmp(state, "failed") != 0;
}

static enum sf_strategy strategy_of(const struct sf_importer *imp, const struct sf_manifest *node,
                                    const struct wish *wish)
{
	int label = sf_strategy_parse(label_of(node, "nvidia.com/mig.strategy"));
	if (label >= 0) {
		return (enum sf_strategy)label;
	}
	if (wish->plugin != NULL && wish->plugin->strategy_given) {
		return wish->plugin->strategy;
	}
	return imp->configs->strategy >= 0 ? (enum sf_strategy)imp->configs->strategy
	                                   : SF_STRATEGY_NONE;
}

/* Does the node have devices of this unrenamed name? The plugin passes over others. */
static bool has_devices(const struct sf_node_spec *spec, const char *name)
{
	char profile[SF_NAME_MAX], full[2 * SF_NAME_MAX];
	for (uint8_t g = 0; g < spec->n_gpus; g++) {
		const struct sf_gpu_spec *gpu = &spec->gpu[g];
		bool parts = gpu->mig && spec->strategy == SF_STRATEGY_MIXED;
		if (!parts && strcmp(name, "nvidia.com/gpu") == 0) {
			return true;
		}
		for (uint8_t i = 0; parts && i < gpu->layout.n; i++) {
			sf_profile_resource_name(
				&gpu->product->profile[gpu->layout.instance[i].profile], profile);
			snprintf(full, sizeof(full), "nvidia.com/mig-%s", profile);
			if (strcmp(name, full) == 0) {
				return true;
			}
		}
	}
	return false;
}

static void set_sharing(const struct sf_device_plugin *plugin, struct sf_node_spec *spec)
{
	spec->sharing = plugin->sharing;
	spec->sharing.n = 0;
	for (uint8_t i = 0; i < plugin->sharing.n; i++) {
		if (has_devices(spec, plugin->sharing.resource[i].name)) {
			spec->sharing.resource[spec->sharing.n++] = plugin->sharing.resource[i];
		}
	}
	if (spec->sharing.n == 0) {
		spec->sharing = (struct sf_sharing){0};
	}
}

static uint32_t total_of(const struct sf_cluster *cluster, const char *name)
{
	uint16_t number = sf_resource_find(sf_cluster_resources(cluster), name);
	const struct sf_count *count =
		number != SF_RES_NONE ? sf_node_count(sf_cluster_node(cluster, 0), number) : NULL;
	return count != NULL ? count->total : 0;
}

/* Does a node so described advertise what this one does, and nothing else? */
static bool agrees(const struct sf_importer *imp, const struct sf_node_spec *spec,
                   const struct sf_node_spec *given)
{
	struct sf_cluster *cluster = sf_cluster_create(imp->catalog);
	int names = -1;
	if (sf_cluster_add_node(cluster, spec, NULL) == 0) {
		const struct sf_node *node = sf_cluster_node(cluster, 0);
		names = 0;
		for (uint8_t i = 0; i < node->n_counts; i++) {
			names += node->count[i].total > 0;
		}
	}
	bool same = names == given->n_counts;
	for (uint8_t i = 0; i < given->n_counts && same; i++) {
		same = total_of(cluster, given->count[i].name) == given->count[i].total;
	}
	sf_cluster_destroy(cluster);
	return same;
}

/* The node as its labels and the configurations would have it. */
static bool describe(const struct sf_importer *imp, const struct sf_manifest *object,
                     const struct wish *wish, struct sf_node_spec *spec)
{
	spec->by_counts = false;
	spec->sharing = (struct sf_sharing){0};
	spec->strategy = strategy_of(imp, object, wish);
	spec->n_gpus = (uint8_t)wish->gpus;
	for (uint8_t g = 0; g < spec->n_gpus; g++) {
		spec->gpu[g] = (struct sf_gpu_spec){.product = wish->product};
	}
	if (wish->mig != NULL &&
	    sf_mig_config_apply(wish->mig, spec->gpu, spec->n_gpus, NULL, NULL) != 0) {
		return false;
	}
	if (wish->plugin != NULL) {
		set_sharing(wish->plugin, spec);
	}
	return true;
}

void sf_import_configure(struct sf_importer *imp, struct sf_import_node *node)
{
	struct sf_node_spec *given = &node->kube.spec;
	struct sf_node_spec spec = *given;
	struct wish wish;
	if (!read_wish(imp, node->object, &wish) || !describe(imp, node->object, &wish, &spec)) {
		return;
	}
	if (given->n_counts == 0 && given->n_gpus > 0 && !given->by_counts) {
		return; /* from resource slices */
	}
	if (given->n_counts > 0) {
		/* What is allocatable counts; the configuration tells which GPU is cut how. */
		if (wish.mig != NULL && agrees(imp, &spec, given)) {
			*given = spec;
		}
		return;
	}
	struct sf_cluster *cluster = sf_cluster_create(imp->catalog);
	bool exists = sf_cluster_add_node(cluster, &spec, NULL) == 0;
	sf_cluster_destroy(cluster);
	if (exists) {
		*given = spec;
		sf_import_note(imp, node->object,
		               "it says nothing of allocatable GPUs: they are what its labels and "
		               "the configurations say");
	}
}
