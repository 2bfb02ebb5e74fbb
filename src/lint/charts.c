/* charts: which values the charts of gpu-operator and nvidia-device-plugin have. */
// SPDX-License-Identifier: Apache-2.0
#include "charts.h"

#include <slicefit/nearest.h>

#include <stdio.h>

/* github.com/NVIDIA/gpu-operator deployments/gpu-operator/values.yaml */
static const char *const operator_keys[] = {"platform",
                                            "nfd",
                                            "psa",
                                            "cdi",
                                            "sandboxWorkloads",
                                            "hostPaths",
                                            "daemonsets",
                                            "validator",
                                            "operator",
                                            "mig",
                                            "driver",
                                            "toolkit",
                                            "devicePlugin",
                                            "dcgm",
                                            "dcgmExporter",
                                            "gfd",
                                            "migManager",
                                            "nodeStatusExporter",
                                            "gds",
                                            "gdrcopy",
                                            "vgpuManager",
                                            "vgpuDeviceManager",
                                            "vfioManager",
                                            "kataManager",
                                            "ccManager",
                                            "sandboxDevicePlugin",
                                            "extraObjects",
                                            "node-feature-discovery",
                                            "imagePullSecrets",
                                            "nameOverride",
                                            "fullnameOverride",
                                            "replicaCount",
                                            "global",
                                            "kataSandboxDevicePlugin",
                                            "psp",
                                            "dcgmPodExporter",
                                            NULL};
static const char *const mig_keys[] = {"strategy", NULL};
static const char *const manager_keys[] = {
	"enabled",         "repository",       "image", "version",
	"imagePullPolicy", "imagePullSecrets", "env",   "resources",
	"config",          "gpuClientsConfig", "args",  NULL};
static const char *const component_keys[] = {"enabled",
                                             "repository",
                                             "image",
                                             "version",
                                             "imagePullPolicy",
                                             "imagePullSecrets",
                                             "env",
                                             "resources",
                                             "config",
                                             "mps",
                                             "args",
                                             NULL};
static const char *const config_keys[] = {"name", "default", "create", "data", NULL};

/* github.com/NVIDIA/k8s-device-plugin deployments/helm/nvidia-device-plugin/values.yaml */
static const char *const plugin_keys[] = {"config",
                                          "migStrategy",
                                          "failOnInitError",
                                          "deviceListStrategy",
                                          "deviceIDStrategy",
                                          "deviceDiscoveryStrategy",
                                          "nvidiaDriverRoot",
                                          "compatWithCPUManager",
                                          "legacyDaemonsetAPI",
                                          "gdrcopyEnabled",
                                          "gdsEnabled",
                                          "mofedEnabled",
                                          "allowDefaultNamespace",
                                          "nameOverride",
                                          "fullnameOverride",
                                          "namespaceOverride",
                                          "selectorLabelsOverride",
                                          "image",
                                          "imagePullSecrets",
                                          "updateStrategy",
                                          "podAnnotations",
                                          "podSecurityContext",
                                          "securityContext",
                                          "resources",
                                          "nodeSelector",
                                          "affinity",
                                          "tolerations",
                                          "priorityClassName",
                                          "runtimeClassName",
                                          "devicePlugin",
                                          "gfd",
                                          "nfd",
                                          "mps",
                                          "cdi",
                                          NULL};
static const char *const plugin_config_keys[] = {"map", "name", "default", "fallbackStrategies",
                                                 NULL};

/* `closed`: the chart reads nothing else there; no keys: only what belongs elsewhere is told of. */
static const struct level {
	enum chart chart;
	const char *path;
	const char *const *keys;
	bool closed;
} levels[] = {
	{CHART_OPERATOR, "", operator_keys, false},
	{CHART_OPERATOR, "operator", NULL, false},
	{CHART_OPERATOR, "mig", mig_keys, true},
	{CHART_OPERATOR, "migManager", manager_keys, false},
	{CHART_OPERATOR, "migManager.config", config_keys, true},
	{CHART_OPERATOR, "devicePlugin", component_keys, false},
	{CHART_OPERATOR, "devicePlugin.config", config_keys, true},
	{CHART_PLUGIN, "", plugin_keys, false},
	{CHART_PLUGIN, "config", plugin_config_keys, true},
};

enum { LEVELS = sizeof(levels) / sizeof(levels[0]), SLIPS = 2 };

/* Parts of the operator that people put under another one. */
static const char *const movable[] = {"migManager", "devicePlugin", "mig", "dcgmExporter", NULL};

static bool is_among(const char *key, const char *const *known)
{
	while (*known != NULL && !same(key, *known)) {
		known++;
	}
	return *known != NULL;
}

enum chart charts_of_word(const char *word, bool alone)
{
	static const struct {
		const char *name;
		enum chart chart;
	} charts[] = {{"gpu-operator", CHART_OPERATOR}, {"nvidia-device-plugin", CHART_PLUGIN}};
	const char *slash = strrchr(word, '/');
	for (size_t i = 0; i < sizeof(charts) / sizeof(charts[0]); i++) {
		size_t n = strlen(charts[i].name);
		if ((slash != NULL && strncmp(slash + 1, charts[i].name, n) == 0) ||
		    (alone && same(word, charts[i].name))) {
			return charts[i].chart;
		}
	}
	return CHART_UNKNOWN;
}

/* mig: {stategy: mixed} */
static bool sets_strategy(const struct sf_yaml *mig)
{
	for (size_t i = 0; mig != NULL && mig->kind == SF_YAML_MAPPING && i < mig->n; i++) {
		if (sf_nearest_close(mig->child[i]->key, "strategy")) {
			return true;
		}
	}
	return false;
}

enum chart charts_of_values(const struct sf_yaml *values)
{
	static const char *const operators[] = {"migManager", "mig.strategy",
	                                        "devicePlugin.config"};
	static const char *const plugins[] = {"migStrategy", "config.map"};
	if (sets_strategy(sf_yaml_get(values, "mig"))) {
		return CHART_OPERATOR;
	}
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		if (lint_get(values, operators[i]) != NULL) {
			return CHART_OPERATOR;
		}
	}
	for (size_t i = 0; i < sizeof(plugins) / sizeof(plugins[0]); i++) {
		if (lint_get(values, plugins[i]) != NULL) {
			return CHART_PLUGIN;
		}
	}
	return CHART_UNKNOWN;
}

void charts_walk(enum chart chart, const struct sf_yaml *values,
                 void (*visit)(void *ctx, const char *path, const struct sf_yaml *node), void *ctx)
{
	for (size_t i = 0; i < LEVELS; i++) {
		const struct sf_yaml *node = lint_get(values, levels[i].path);
		if (levels[i].chart == chart && node != NULL && node->kind == SF_YAML_MAPPING) {
			visit(ctx, levels[i].path, node);
		}
	}
}

const char *charts_join(struct sf_lint *lint, const char *path, const char *key)
{
	char text[160];
	snprintf(text, sizeof(text), "%s%s%s", path, *path != '\0' ? "." : "", key);
	return lint_copy(lint, text, strlen(text));
}

void charts_tell(struct sf_lint *lint, struct sf_lint_finding *finding, const char *value,
                 const char *mend)
{
	lint_say(lint, finding, "the chart has no value %s: it changes nothing", value);
	if (*mend != '\0') {
		lint_mend(lint, finding, "write %s", mend);
	} else {
		lint_mend(lint, finding, "remove it");
	}
}

static const struct level *find_level(enum chart chart, const char *path)
{
	for (size_t i = 0; i < LEVELS; i++) {
		if (levels[i].chart == chart && same(levels[i].path, path)) {
			return &levels[i];
		}
	}
	return NULL;
}

bool charts_lacks(struct sf_lint *lint, enum chart chart, const char *path, const char *key,
                  const char **mend)
{
	const struct level *level = find_level(chart, path);
	*mend = "";
	if (level == NULL) {
		return false;
	}
	if (level->keys == NULL) {
		*mend = key;
		return is_among(key, movable);
	}
	if (is_among(key, level->keys)) {
		return false;
	}
	const char *near = sf_nearest_find(key, level->keys);
	if (near != NULL && (level->closed || sf_nearest_distance(key, near) <= SLIPS)) {
		*mend = charts_join(lint, path, near);
		return true;
	}
	return level->closed;
}
