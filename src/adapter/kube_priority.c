/* kube_priority: what the priority class of a pod says. */
// SPDX-License-Identifier: Apache-2.0
#include "kube_priority.h"

#include <stdlib.h>
#include <string.h>

/* Those that every cluster has (pkg/apis/scheduling/v1/helpers.go). */
static const struct {
	const char *name;
	int32_t value;
} built_in[] = {
	{"system-cluster-critical", 2000000000},
	{"system-node-critical", 2000001000},
};

static bool parse_int(const char *text, int32_t *out)
{
	char *end;
	long long value = strtoll(text, &end, 10);
	*out = value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? INT32_MIN : (int32_t)value;
	return *text != '\0' && *end == '\0';
}

/* The class of a name, or, without one, the default; NULL: none. */
static const struct sf_yaml *find_class(const struct sf_kube_priorities *classes, const char *name)
{
	for (size_t i = classes->n; i > 0; i--) {
		const struct sf_manifest *item = classes->class[i - 1];
		bool chosen = *name != '\0' ? strcmp(item->name, name) == 0
		                            : strcmp(sf_manifest_text(item->tree, "globalDefault"),
		                                     "true") == 0;
		if (chosen) {
			return item->tree;
		}
	}
	return NULL;
}

static bool is_never(const struct sf_yaml *tree)
{
	return strcmp(sf_manifest_text(tree, "preemptionPolicy"), "Never") == 0;
}

bool sf_kube_priority(const struct sf_yaml *spec, const struct sf_kube_priorities *classes,
                      int32_t *out, bool *never)
{
	const char *name = sf_manifest_text(spec, "priorityClassName");
	const struct sf_yaml *class = find_class(classes, name);
	*never = is_never(spec);
	if (parse_int(sf_manifest_text(spec, "priority"), out)) {
		return true;
	}
	if (class != NULL && parse_int(sf_manifest_text(class, "value"), out)) {
		*never = *never || is_never(class);
		return true;
	}
	*out = 0;
	for (size_t i = 0; i < sizeof(built_in) / sizeof(built_in[0]); i++) {
		if (strcmp(built_in[i].name, name) == 0) {
			*out = built_in[i].value;
			return true;
		}
	}
	return *name == '\0';
}
