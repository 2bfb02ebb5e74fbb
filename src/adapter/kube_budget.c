/* kube_budget: a PodDisruptionBudget as the eviction API goes by it. */
// SPDX-License-Identifier: Apache-2.0
#include "kube_budget.h"

#include <slicefit/manifests.h>

#include <stdlib.h>
#include <string.h>

const char *sf_kube_budget_space(const struct sf_manifest *budget)
{
	return *budget->space != '\0' ? budget->space : "default";
}

bool sf_kube_budget_covers(const struct sf_manifest *budget, const struct sf_yaml *labels)
{
	const struct sf_yaml *selector = sf_manifest_at(budget->tree, "spec.selector");
	if (selector != NULL && selector->kind == SF_YAML_MAPPING && selector->n == 0) {
		return strcmp(budget->api_version, "policy/v1beta1") != 0;
	}
	return sf_kube_selects(selector, labels);
}

/* "3", or "25%" of the pods, rounded up as the disruption controller does; -1: not given. */
static int64_t amount(const struct sf_yaml *spec, const char *key, uint32_t pods)
{
	const char *text = sf_manifest_text(spec, key);
	char *end;
	long long value = strtoll(text, &end, 10);
	if (*text == '\0' || value < 0 || value > INT32_MAX) {
		return -1;
	}
	if (strcmp(end, "%") == 0) {
		return ((int64_t)pods * value + 99) / 100;
	}
	return *end == '\0' ? value : -1;
}

int64_t sf_kube_budget_away(const struct sf_yaml *spec, uint32_t pods)
{
	int64_t most = amount(spec, "maxUnavailable", pods);
	int64_t least = amount(spec, "minAvailable", pods);
	if (most < 0 && least < 0) {
		return 0; /* neither: the disruption controller lets none go */
	}
	if (most < 0) {
		most = least < pods ? pods - least : 0;
	}
	return most > pods ? pods : most;
}

int64_t sf_kube_budget_allowed(const struct sf_yaml *budget, uint32_t pods, uint32_t bound)
{
	const char *told = sf_manifest_text(budget, "status.disruptionsAllowed");
	char *end;
	long long value = strtoll(told, &end, 10);
	if (*told != '\0' && *end == '\0') {
		return value > 0 ? value : 0;
	}
	int64_t missing = (int64_t)pods - bound;
	int64_t away = sf_kube_budget_away(sf_yaml_get(budget, "spec"), pods);
	return away > missing ? away - missing : 0;
}
