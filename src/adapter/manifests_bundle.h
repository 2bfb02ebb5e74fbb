/* manifests_bundle: objects that other tools put into one document of their own. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_MANIFESTS_BUNDLE_H
#define SF_MANIFESTS_BUNDLE_H

#include <slicefit/yaml.h>

#include <stddef.h>

/* What such a tool calls a list of objects, and what they are. */
struct sf_bundle_member {
	const char *key, *api_version, *kind;
};

/* Of a document without a kind: the mapping of lists in it, and the tool's name in *tool; NULL when it
 * is nothing of the sort. */
const struct sf_yaml *sf_manifests_bundle(const struct sf_yaml *tree, const char **tool);

/* What the list of this name holds, or NULL. */
const struct sf_bundle_member *sf_manifests_member(const char *key);

#endif
