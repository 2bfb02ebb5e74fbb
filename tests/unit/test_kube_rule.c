/* test_kube_rule: rules of Pods and taints of Nodes, judged as kube-scheduler would. */
// SPDX-License-Identifier: Apache-2.0
#include "adapter/kube_rule.h"

#include <slicefit/arena.h>
#include <slicefit/error.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#define TERMS                                                                                      \
	"'affinity':{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':"            \
	"{'nodeSelectorTerms':["
#define END "]}}}"

/* The node is called n, has the labels zone=b and cores=16, and the taint gpu=yes:NoSchedule. */
static const struct {
	const char *spec; /* with ' for " */
	enum sf_rule_fit fit;
} rows[] = {
	{"", SF_RULE_TAINT},
	{"'tolerations':[{'key':'gpu','value':'yes','effect':'NoSchedule'}]", SF_RULE_FITS},
	{"'tolerations':[{'key':'gpu','operator':'Equal','value':'no'}]", SF_RULE_TAINT},
	{"'tolerations':[{'key':'gpu','operator':'Exists','value':'no'}]", SF_RULE_FITS},
	{"'tolerations':[{'key':'gpu','operator':'Exists','effect':'NoExecute'}]", SF_RULE_TAINT},
	{"'tolerations':[{'operator':'Exists'}]", SF_RULE_FITS},
	{"'tolerations':[{'operator':'Equal'}]", SF_RULE_TAINT},
	{"'tolerations':[{'operator':'Exists','effect':'Never'}]", SF_RULE_TAINT},
	{"'tolerations':null", SF_RULE_TAINT},
	{"'tolerations':[{'operator':'Exists'}],'nodeSelector':{'zone':'b','cores':'16'}",
         SF_RULE_FITS},
	{"'tolerations':[{'operator':'Exists'}],'nodeSelector':{'zone':'b','x':'y'}",
         SF_RULE_SELECTOR},
	{"'tolerations':[{'operator':'Exists'}],'nodeSelector':{'zone':'c'}", SF_RULE_SELECTOR},
	{"'tolerations':[{'operator':'Exists'}]," TERMS
         "{'matchExpressions':[{'key':'zone','operator':'In','values':['a','b']}]}" END,
         SF_RULE_FITS},
	{"'tolerations':[{'operator':'Exists'}]," TERMS
         "{'matchExpressions':[{'key':'zone','operator':'In','values':['a']}]},"
         "{'matchExpressions':[{'key':'cores','operator':'Gt','values':['8']}]}" END,
         SF_RULE_FITS},
	{"'tolerations':[{'operator':'Exists'}]," TERMS
         "{'matchExpressions':[{'key':'cores','operator':'Gt','values':['x']}]}" END,
         SF_RULE_SELECTOR},
	{"'tolerations':[{'operator':'Exists'}]," TERMS
         "{'matchExpressions':[{'key':'zone','operator':'Is','values':['b']}]}" END,
         SF_RULE_SELECTOR},
	{"'tolerations':[{'operator':'Exists'}]," TERMS
         "{'matchExpressions':[{'key':'zone','operator':'Exists'},"
         "{'key':'zone','operator':'Exists','values':['b']}]}" END,
         SF_RULE_SELECTOR},
	{"'tolerations':[{'operator':'Exists'}]," TERMS
         "{'matchFields':[{'key':'metadata.name','operator':'In','values':['n']}]}" END,
         SF_RULE_FITS},
	{"'tolerations':[{'operator':'Exists'}]," TERMS
         "{'matchFields':[{'key':'name','operator':'In','values':['n']}]}" END,
         SF_RULE_SELECTOR},
	{"'tolerations':[{'operator':'Exists'}]," TERMS
         "{'matchFields':[{'key':'metadata.name','operator':'In','values':['n','m']}]}" END,
         SF_RULE_SELECTOR},
	{"'tolerations':[{'operator':'Exists'}]," TERMS "{}" END, SF_RULE_SELECTOR},
	{"'tolerations':[{'operator':'Exists'}]," TERMS
         "{'matchExpressions':[{'key':'disk','operator':'DoesNotExist'}]}" END,
         SF_RULE_FITS},
};

/* The object, which lives in the arena. */
static const struct sf_yaml *load(struct sf_arena *arena, const char *before, const char *text,
                                  const char *after)
{
	char json[1024];
	struct sf_error err = {0};
	snprintf(json, sizeof(json), "%s%s%s", before, text, after);
	for (char *at = json; (at = strchr(at, '\'')) != NULL;) {
		*at = '"';
	}
	const struct sf_yaml *root =
		sf_yaml_parse(sf_arena_strdup(arena, json), strlen(json), "f", arena, &err);
	cr_assert(root != NULL, "%s: %s", json, err.text);
	return root;
}

Test(kube_rule, judges_as_the_scheduler)
{
	static const struct sf_label label[] = {{"cores", "16"}, {"zone", "b"}};
	struct sf_arena *arena = sf_arena_create(0);
	const struct sf_kube_rule_reader reader = {.arena = arena};
	struct sf_node_traits node = {.name = "n", .label = label, .n_labels = 2};
	uint16_t taints;
	const struct sf_yaml *tree =
		load(arena, "{'spec':{'taints':[",
	             "{'key':'node.kubernetes.io/unschedulable','effect':'NoSchedule'},"
	             "{'key':'gpu','value':'yes','effect':'NoSchedule'},"
	             "{'key':'odd','effect':'Never'},"
	             "{'key':'slow','effect':'PreferNoSchedule'}",
	             "]}}");
	cr_assert(sf_kube_taints_read(tree, &reader, &node.taint, &taints) == 0);
	cr_assert(eq(u16, taints, 2));
	node.n_taints = taints;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sf_node_rule rule;
		tree = load(arena, "{", rows[i].spec, "}");
		cr_assert(sf_kube_rule_read(tree, &reader, &rule) == 0);
		cr_expect(eq(int, (int)sf_node_rule_judge(&rule, &node, NULL), (int)rows[i].fit),
		          "row %zu", i);
	}
	sf_arena_destroy(arena);
}

Test(kube_rule, a_full_arena)
{
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_arena *small = sf_arena_create(64);
	const struct sf_kube_rule_reader reader = {.arena = small};
	struct sf_node_rule rule;
	cr_assert(sf_kube_rule_read(load(arena, "{", rows[12].spec, "}"), &reader, &rule) < 0);
	sf_arena_destroy(small);
	sf_arena_destroy(arena);
}
