/* test_classes: which class a pod has, and which rules come with it. */
// SPDX-License-Identifier: Apache-2.0
#include <service/classes.h>

#include "json_fixture.h"

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/kube_pod.h>
#include <slicefit/kube_traits.h>
#include <slicefit/policy.h>
#include <slicefit/serve_config.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#define BIT(mode) SF_SERVING_BIT(SF_SERVING_##mode)
#define ALL       SF_SERVING_ALL

static const char *const policies[] = {"best-fit", "binpack", "fgd", NULL};

/* `fallback` is best-fit. */
static struct sf_pod_rules rules_of(const char *text, const char *metadata, const char *resource,
                                    int count, struct sf_error *err)
{
	struct sf_serve_config *config =
		sf_serve_config_parse(text, strlen(text), "f", policies, err);
	cr_assert(config != NULL, "%s: %s", text, err->text);
	json_t *json = json_quoted("{'metadata':%s,'spec':{'containers':[{'resources':{'requests':"
	                           "{'nvidia.com/%s':'%d'}}}]}}",
	                           metadata, resource, count);
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_kube_pod pod;
	struct sf_kube_traits traits;
	struct sf_pod_rules rules = {0};
	cr_assert(eq(int, sf_kube_pod_parse(json, &pod, err), 0), "%s", err->text);
	char *object = json_dumps(json, 0);
	cr_assert(eq(int, sf_kube_traits_read(object, strlen(object), arena, &traits), 0));
	free(object);
	if (sf_classes_rules(config, sf_policy_find("best-fit"), &pod, &traits, &rules, err) == 0) {
		static char class[64];
		snprintf(class, sizeof(class), "%s", rules.class);
		rules.class = class;
	}
	json_decref(json);
	sf_arena_destroy(arena);
	sf_serve_config_release(config);
	return rules;
}

#define LABEL(key, value) "{'labels':{'" key "':'" value "'}}"
#define OWNED(kind)       "{'ownerReferences':[{'controller':true,'kind':'" kind "'}]}"

/* A pod's metadata and what it asks for; its class and the modes in which it may be served. */
static const struct {
	const char *config;
	const char *metadata;
	const char *resource;
	int count;
	const char *class;
	unsigned allow;
} rows[] = {
	/* A plain pod may go anywhere, whatever it looks like. */
	{"{}", "{}", "gpu", 1, "", ALL},
	{"{}", "{}", "gpu", 2, "training", ALL},
	{"{}", "{}", "mig-1g.5gb", 1, "inference", ALL},
	{"{}", "{}", "mig-1g.5gb", 3, "inference", ALL},
	{"{}", "{}", "gpu.shared", 1, "interactive", ALL},
	{"{}", "{}", "gpu.shared", 2, "interactive", ALL},
	{"{}", OWNED("Job"), "gpu", 1, "training", ALL},
	{"{}", OWNED("PyTorchJob"), "gpu", 1, "training", ALL},
	{"{}", OWNED("ReplicaSet"), "gpu", 1, "", ALL},
	{"{}", OWNED("Job"), "mig-1g.5gb", 1, "training", ALL},
	{"{}", LABEL("component", "singleuser-server"), "gpu", 2, "interactive", ALL},
	{"{}", LABEL("app.kubernetes.io/component", "singleuser-server"), "gpu", 1, "interactive",
         ALL},
	{"{}", LABEL("notebook-name", "n"), "gpu", 1, "interactive", ALL},
	{"{}", LABEL("component", "hub"), "gpu", 1, "", ALL},
	{"derive: false", OWNED("Job"), "gpu", 8, "", ALL},
	/* One that names its class is held to it. */
	{"{}", LABEL("slicefit.io/class", "training"), "gpu", 1, "training", BIT(WHOLE) | BIT(MIG)},
	{"{}", LABEL("slicefit.io/class", "notebook"), "gpu", 8, "interactive", ALL},
	{"{}", "{'annotations':{'slicefit.io/class':'inference'}}", "gpu", 1, "inference",
         BIT(WHOLE) | BIT(MIG)},
	{"{}",
         "{'annotations':{'slicefit.io/class':'batch'},'labels':{'slicefit.io/class':"
         "'training'}}",
         "gpu", 1, "training", BIT(WHOLE) | BIT(MIG)},
	{"derive: false", LABEL("slicefit.io/class", "training"), "gpu", 1, "training",
         BIT(WHOLE) | BIT(MIG)},
	{"class_key: a/b", LABEL("a/b", "training"), "gpu", 1, "training", BIT(WHOLE) | BIT(MIG)},
	{"class_key: a/b", LABEL("slicefit.io/class", "training"), "gpu", 1, "", ALL},
	{"classes: {x: {allow: mps}}", LABEL("slicefit.io/class", "x"), "gpu", 1, "x", BIT(MPS)},
	{"classes: {training: {allow: whole}}", LABEL("slicefit.io/class", "training"), "gpu", 1,
         "training", BIT(WHOLE)},
	/* A profile by name is what the pod gets. */
	{"classes: {training: {allow: whole}}", LABEL("slicefit.io/class", "training"),
         "mig-1g.5gb", 1, "training", BIT(WHOLE) | BIT(MIG)},
	/* Matches: the first whose conditions all hold; the pod's own word goes before. */
	{"match: [{class: batch, labels: {a: x}}, {class: training, labels: {a: b}}]",
         LABEL("a", "b"), "gpu", 1, "training", BIT(WHOLE) | BIT(MIG)},
	{"match: [{class: batch, labels: {a: '*'}}, {class: training, labels: {a: b}}]",
         LABEL("a", "b"), "gpu", 1, "batch", ALL},
	{"match: [{class: training, labels: {a: b, c: d}}]", LABEL("a", "b"), "gpu", 1, "", ALL},
	{"match: [{class: training, labels: {a: b}, owner: Job}]", LABEL("a", "b"), "gpu", 1, "",
         ALL},
	{"match: [{class: inference, owner: Job}]", OWNED("Job"), "gpu", 1, "inference",
         BIT(WHOLE) | BIT(MIG)},
	{"match: [{class: training, annotations: {a: b}}]", LABEL("a", "b"), "gpu", 1, "", ALL},
	{"match: [{class: training, annotations: {a: b}}]", "{'annotations':{'a':'b'}}", "gpu", 1,
         "training", BIT(WHOLE) | BIT(MIG)},
	{"match: [{class: training, labels: {slicefit.io/class: '*'}}]",
         LABEL("slicefit.io/class", "batch"), "gpu", 1, "batch", ALL},
	/* Namespaces: a class for pods without one, and rules for all. */
	{"namespaces: {n: {class: training}}", "{'namespace':'n'}", "gpu", 1, "training",
         BIT(WHOLE) | BIT(MIG)},
	{"namespaces: {n: {class: training}}", "{'namespace':'m'}", "gpu", 1, "", ALL},
	{"namespaces: {n: {class: training}}",
         "{'namespace':'n','labels':{'slicefit.io/class':'batch'}}", "gpu", 1, "batch", ALL},
	{"namespaces: {n: {class: training}}\nmatch: [{class: batch, owner: Job}]",
         "{'namespace':'n','ownerReferences':[{'controller':true,'kind':'Job'}]}", "gpu", 1,
         "batch", ALL},
	{"namespaces: {n: {allow: [mps]}}", "{'namespace':'n'}", "gpu", 1, "", BIT(MPS)},
	{"namespaces: {n: {allow: [mps]}}", "{'namespace':'n'}", "gpu", 4, "training", BIT(MPS)},
	{"namespaces: {n: {allow: [mps]}}",
         "{'namespace':'n','labels':{'slicefit.io/class':'training'}}", "gpu", 1, "training",
         BIT(MPS)},
};

Test(classes, class_and_modes)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sf_error err = {0};
		struct sf_pod_rules rules = rules_of(rows[i].config, rows[i].metadata,
		                                     rows[i].resource, rows[i].count, &err);
		cr_assert(eq(str, err.text, ""), "row %zu", i);
		cr_expect(eq(str, (char *)rules.class, (char *)rows[i].class), "row %zu: %s %s", i,
		          rows[i].config, rows[i].metadata);
		cr_expect(eq(uint, SF_SERVING_ALL & ~rules.serving.deny, rows[i].allow),
		          "row %zu: %s %s", i, rows[i].config, rows[i].metadata);
	}
}

Test(classes, unknown_class)
{
	struct sf_error err = {0};
	rules_of("{}", LABEL("slicefit.io/class", "trainign"), "gpu", 1, &err);
	cr_expect(eq(str, err.text, "slicefit.io/class: there is no workload class 'trainign'"));
}

/* The most particular rules that say a policy. */
Test(classes, policy)
{
	static const struct {
		const char *config, *metadata, *policy;
	} cases[] = {
		{"{}", "{}", "best-fit"},
		{"policy: fgd", "{}", "fgd"},
		{"policy: fgd\nclasses: {batch: {policy: binpack}}", "{}", "fgd"},
		{"policy: fgd\nclasses: {batch: {policy: binpack}}",
	         LABEL("slicefit.io/class", "batch"), "binpack"},
		{"classes: {training: {policy: binpack}}", OWNED("Job"), "binpack"},
		{"policy: fgd\nnamespaces: {n: {policy: binpack}}", "{'namespace':'n'}", "binpack"},
		{"classes: {batch: {policy: fgd}}\nnamespaces: {n: {policy: binpack}}",
	         "{'namespace':'n','labels':{'slicefit.io/class':'batch'}}", "binpack"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sf_error err = {0};
		struct sf_pod_rules rules =
			rules_of(cases[i].config, cases[i].metadata, "gpu", 1, &err);
		cr_assert(rules.policy != NULL, "row %zu: %s", i, err.text);
		cr_expect(eq(str, (char *)rules.policy->name, (char *)cases[i].policy), "row %zu",
		          i);
	}
}

/* Levels fall with the order; a grant of several modes is as good as its worst. */
Test(classes, levels)
{
	static const struct {
		const char *config, *metadata;
		unsigned servings;
		unsigned level;
	} cases[] = {
		{"{}", "{}", BIT(WHOLE), 0},
		{"{}", LABEL("slicefit.io/class", "training"), BIT(WHOLE), 2},
		{"{}", LABEL("slicefit.io/class", "training"), BIT(MIG), 1},
		{"{}", LABEL("slicefit.io/class", "training"), BIT(MIG) | BIT(WHOLE), 1},
		{"{}", LABEL("slicefit.io/class", "training"), BIT(MPS), 0},
		{"{}", LABEL("slicefit.io/class", "training"), 0, 0},
		{"{}", OWNED("Job"), BIT(WHOLE), 2},
		{"{}", LABEL("slicefit.io/class", "interactive"), BIT(TIME_SLICING), 4},
		{"{}", LABEL("slicefit.io/class", "inference"), BIT(MIG), 2},
		{"classes: {training: {prefer: []}}", OWNED("Job"), BIT(WHOLE), 0},
		{"namespaces: {n: {prefer: mps}}", "{'namespace':'n'}", BIT(MPS), 1},
		{"namespaces: {n: {allow: [mps, mig]}}",
	         "{'namespace':'n','labels':{'slicefit.io/class':'training'}}", BIT(MIG), 1},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sf_error err = {0};
		struct sf_pod_rules rules =
			rules_of(cases[i].config, cases[i].metadata, "gpu", 1, &err);
		cr_expect(eq(uint, sf_serving_level(&rules.serving, cases[i].servings),
		             cases[i].level),
		          "row %zu: %s", i, err.text);
	}
}
