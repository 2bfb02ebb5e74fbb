/* test_kube_budget: how many pods a disruption budget lets go, and whose. */
// SPDX-License-Identifier: Apache-2.0
#include "adapter/kube_budget.h"

#include <slicefit/error.h>
#include <slicefit/manifests.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

static struct sf_manifests all;

static void finish(void)
{
	sf_manifests_finish(&all);
}

TestSuite(kube_budget, .fini = finish);

static const struct sf_manifest *read_one(const char *text)
{
	const struct sf_manifests_text whole = {.file = "f", .text = text, .len = strlen(text)};
	struct sf_error err = {0};
	sf_manifests_finish(&all);
	sf_manifests_init(&all);
	cr_assert(sf_manifests_add(&all, &whole, &err) == 0, "%s", err.text);
	cr_assert(eq(sz, all.n, 1), "%s", text);
	return &all.item[0];
}

/* Of 5 pods, of which 4 have a node. */
static const struct {
	const char *fields;
	int64_t allowed;
} amounts[] = {
	{"status: {disruptionsAllowed: 3}", 3},
	{"status: {disruptionsAllowed: 0}, spec: {maxUnavailable: 2}", 0},
	{"status: {disruptionsAllowed: -1}", 0},
	{"status: {}, spec: {maxUnavailable: 2}", 1},
	{"spec: {maxUnavailable: 1}", 0},
	{"spec: {maxUnavailable: 9}", 4},
	{"spec: {maxUnavailable: 41%}", 2},
	{"spec: {maxUnavailable: 100%}", 4},
	{"spec: {minAvailable: 3}", 1},
	{"spec: {minAvailable: 0}", 4},
	{"spec: {minAvailable: 7}", 0},
	{"spec: {minAvailable: 20%}", 3},
	{"spec: {minAvailable: some}", 0},
	{"spec: {}", 0},
};

Test(kube_budget, lets_go)
{
	for (size_t i = 0; i < sizeof(amounts) / sizeof(amounts[0]); i++) {
		char text[256];
		snprintf(text, sizeof(text), "{kind: PodDisruptionBudget, %s}", amounts[i].fields);
		const struct sf_manifest *budget = read_one(text);
		cr_expect(eq(i64, sf_kube_budget_allowed(budget->tree, 5, 4), amounts[i].allowed),
		          "%s", amounts[i].fields);
	}
}

/* Whether it covers pods with the labels app=web and tier=front. */
static const struct {
	const char *version, *selector;
	bool covers;
} selectors[] = {
	{"policy/v1", "{matchLabels: {app: web}}", true},
	{"policy/v1", "{matchLabels: {app: web, tier: back}}", false},
	{"policy/v1", "{}", true},
	{"policy/v1", "null", false},
	{"policy/v1beta1", "{}", false},
	{"policy/v1beta1", "{matchLabels: {tier: front}}", true},
	{"policy/v1", "{matchExpressions: [{key: app, operator: In, values: [api, web]}]}", true},
	{"policy/v1", "{matchExpressions: [{key: app, operator: NotIn, values: [web]}]}", false},
	{"policy/v1", "{matchExpressions: [{key: zone, operator: DoesNotExist}]}", true},
	{"policy/v1", "{matchExpressions: [{key: app, operator: Is, values: [web]}]}", false},
};

Test(kube_budget, covers)
{
	for (size_t i = 0; i < sizeof(selectors) / sizeof(selectors[0]); i++) {
		char text[512];
		snprintf(text, sizeof(text),
		         "{apiVersion: %s, kind: PodDisruptionBudget, spec: {selector: %s}, "
		         "labels: {app: web, tier: front}}",
		         selectors[i].version, selectors[i].selector);
		const struct sf_manifest *budget = read_one(text);
		cr_expect(eq(int,
		             sf_kube_budget_covers(budget, sf_yaml_get(budget->tree, "labels")),
		             selectors[i].covers),
		          "row %zu", i);
		cr_expect(eq(str, (char *)sf_kube_budget_space(budget), "default"));
	}
}
