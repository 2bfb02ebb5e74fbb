/* test_kube_rule: rules of Pods and taints of Nodes, judged as kube-scheduler would. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/arena.h>
#include <slicefit/kube_rule.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
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
	{"'tolerations':[{'operator':'Exists'}]," TERMS "{}" END, SF_RULE_SELECTOR},
	{"'tolerations':[{'operator':'Exists'}]," TERMS
         "{'matchExpressions':[{'key':'disk','operator':'DoesNotExist'}]}" END,
         SF_RULE_FITS},
};

static json_t *load(const char *before, const char *text, const char *after)
{
	char json[1024];
	snprintf(json, sizeof(json), "%s%s%s", before, text, after);
	for (char *at = json; (at = strchr(at, '\'')) != NULL;) {
		*at = '"';
	}
	json_t *root = json_loads(json, 0, NULL);
	cr_assert(root != NULL, "%s", json);
	return root;
}

Test(kube_rule, judges_as_the_scheduler)
{
	static const struct sf_label label[] = {{"cores", "16"}, {"zone", "b"}};
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_node_traits node = {.name = "n", .label = label, .n_labels = 2};
	json_t *json = load("{'spec':{'taints':[",
	                    "{'key':'node.kubernetes.io/unschedulable','effect':'NoSchedule'},"
	                    "{'key':'gpu','value':'yes','effect':'NoSchedule'},"
	                    "{'key':'odd','effect':'Never'},"
	                    "{'key':'slow','effect':'PreferNoSchedule'}",
	                    "]}}");
	cr_assert(sf_kube_taints_parse(json, arena, &node.taint, &node.n_taints) == 0);
	cr_assert(eq(sz, node.n_taints, 2));
	json_decref(json);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sf_node_rule *rule;
		json = load("{'spec':{", rows[i].spec, "}}");
		cr_assert(sf_kube_rule_parse(json, arena, &rule) == 0);
		json_decref(json);
		cr_expect(eq(int, (int)sf_node_rule_judge(rule, &node, NULL), (int)rows[i].fit),
		          "row %zu", i);
	}
	sf_arena_destroy(arena);
}

Test(kube_rule, a_full_arena)
{
	struct sf_arena *arena = sf_arena_create(64);
	struct sf_node_rule *rule;
	json_t *json = load("{'spec':{", rows[11].spec, "}}");
	cr_assert(sf_kube_rule_parse(json, arena, &rule) < 0);
	json_decref(json);
	sf_arena_destroy(arena);
}
