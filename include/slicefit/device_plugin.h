/*
 * device_plugin: configurations of the NVIDIA device plugin, as its own reader takes them
 * (github.com/NVIDIA/k8s-device-plugin api/config/v1).
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_DEVICE_PLUGIN_H
#define SF_DEVICE_PLUGIN_H

#include <slicefit/sharing.h>
#include <slicefit/yaml.h>

struct sf_device_plugin {
	bool strategy_given;
	enum sf_strategy strategy; /* flags.migStrategy; none when not given */
	bool packed;               /* flags.plugin.sharedDevicesAllocationPolicy: packed */
	struct sf_sharing sharing;
};

/* How strict: the plugin ignores unknown keys, a scenario refuses them. */
enum sf_dialect { SF_DIALECT_PLUGIN, SF_DIALECT_SCENARIO };

/* The value of `sharing:`. In the plugin's dialect mps wins over timeSlicing, in a scenario both
 * together are an error, and `fraction: true` is a third way. */
int sf_sharing_read(const struct sf_yaml *node, const char *file, enum sf_dialect dialect,
                    struct sf_sharing *out, struct sf_error *err);

/* A whole configuration (one key of the ConfigMap). */
int sf_device_plugin_parse(const char *text, size_t len, const char *file, struct sf_arena *arena,
                           struct sf_device_plugin *out, struct sf_error *err);

/* "none", "single", "mixed"; -1 for anything else. */
int sf_strategy_parse(const char *name);

#endif
