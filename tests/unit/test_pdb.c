/* test_pdb: disruption budgets of both API versions: whom they cover, and whose going violates them. */
// SPDX-License-Identifier: Apache-2.0
#include "../../src/service/budgets.h"

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/kube_traits.h>
#include <slicefit/pdb.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the shape in which API servers list them (there without kind and apiVersion). */
static const char v1[] =
	"{\"metadata\":{\"name\":\"web\",\"namespace\":\"shop\",\"uid\":\"u1\",\"resourceVersion\":"
	"\"7\",\"generation\":1,\"creationTimestamp\":\"2026-03-02T09:00:00Z\",\"managedFields\":["
	"{\"manager\":\"kubectl\",\"operation\":\"Update\",\"apiVersion\":\"policy/v1\"}]},"
	"\"spec\":{\"minAvailable\":2,\"selector\":{\"matchLabels\":{\"app\":\"web\"}},"
	"\"unhealthyPodEvictionPolicy\":\"AlwaysAllow\"},\"status\":{\"observedGeneration\":1,"
	"\"disruptedPods\":{\"web-9\":\"2026-03-02T09:00:00Z\"},\"disruptionsAllowed\":1,"
	"\"currentHealthy\":3,\"desiredHealthy\":2,\"expectedPods\":3,\"conditions\":[{\"type\":"
	"\"DisruptionAllowed\",\"status\":\"True\",\"reason\":\"SufficientPods\"}]}}";
static const char v1beta1[] =
	"{\"metadata\":{\"name\":\"db\",\"namespace\":\"shop\",\"uid\":\"u2\",\"resourceVersion\":"
	"\"9\",\"selfLink\":\"/apis/policy/v1beta1/namespaces/shop/poddisruptionbudgets/db\"},"
	"\"spec\":{\"selector\":{\"matchLabels\":{\"app\":\"db\"},\"matchExpressions\":[{\"key\":"
	"\"tier\",\"operator\":\"In\",\"values\":[\"gold\",\"silver\"]}]},\"maxUnavailable\":\"50%"
	"\"},"
	"\"status\":{\"observedGeneration\":1,\"disruptionsAllowed\":2,\"currentHealthy\":4,"
	"\"desiredHealthy\":2,\"expectedPods\":4}}";

static struct sf_pdb *read(const char *text)
{
	struct sf_error err = {0};
	struct sf_pdb *pdb = sf_pdb_read(text, strlen(text), &err);
	cr_assert(pdb != NULL, "%s: %s", text, err.text);
	return pdb;
}

/* `text` with " for '; freed by the caller. */
static char *quoted(const char *text)
{
	char *copy = strdup(text);
	for (char *c = copy; *c != '\0'; c++) {
		*c = *c == '\'' ? '"' : *c;
	}
	return copy;
}

/* The labels of a pod, written as key=value,key=value; freed by the caller. */
static char *labels_of(const char *pairs)
{
	size_t len = strlen(pairs);
	char *block = calloc(1, len + 2);
	for (size_t i = 0; i < len; i++) {
		block[i] = pairs[i] == '=' || pairs[i] == ',' ? '\0' : pairs[i];
	}
	return block;
}

/* A selector, with ' for ", and whether it covers pods with labels a=1, b=2; b=2; none that it names. */
static const struct {
	const char *selector;
	bool both, one, other;
} selectors[] = {
	{"{'matchLabels':{'a':'1'}}", true, false, false},
	{"{'matchLabels':{'a':'1','b':'2'}}", true, false, false},
	{"{'matchLabels':{'b':'2'}}", true, true, false},
	{"{'matchLabels':{'b':''}}", false, false, false},
	{"{'matchLabels':{'c':''}}", false, false, true},
	{"{'matchExpressions':[{'key':'a','operator':'In','values':['0','1']}]}", true, false,
         false},
	{"{'matchExpressions':[{'key':'a','operator':'NotIn','values':['0','1']}]}", false, true,
         true},
	{"{'matchExpressions':[{'key':'a','operator':'NotIn','values':['0']}]}", true, true, true},
	{"{'matchExpressions':[{'key':'a','operator':'Exists'}]}", true, false, false},
	{"{'matchExpressions':[{'key':'a','operator':'DoesNotExist','values':[]}]}", false, true,
         true},
	{"{'matchLabels':{'b':'2'},'matchExpressions':[{'key':'a','operator':'DoesNotExist'}]}",
         false, true, false},
	{"{'matchExpressions':[{'key':'b','operator':'Exists'},"
         "{'key':'a','operator':'Exists','values':null}]}",
         true, false, false},
	/* Empty ones select no victim, and those that Kubernetes refuses nothing at all. */
	{"{}", false, false, false},
	{"null", false, false, false},
	{"{'matchLabels':{},'matchExpressions':[]}", false, false, false},
	{"{'matchLabels':{'b':2}}", false, false, false},
	{"{'matchExpressions':[{'key':'a','operator':'In','values':[]}]}", false, false, false},
	{"{'matchExpressions':[{'key':'a','operator':'In'}]}", false, false, false},
	{"{'matchExpressions':[{'key':'a','operator':'NotIn','values':[1]}]}", false, false, false},
	{"{'matchExpressions':[{'key':'a','operator':'NotIn','values':'1'}]}", false, false, false},
	{"{'matchExpressions':[{'key':'b','operator':'Exists','values':['2']}]}", false, false,
         false},
	{"{'matchExpressions':[{'key':'b','operator':'Gt','values':['1']}]}", false, false, false},
	{"{'matchExpressions':[{'operator':'DoesNotExist'}]}", false, false, false},
	{"{'matchLabels':{'b':'2'},'matchExpressions':[7]}", false, false, false},
};

Test(pdb, selectors)
{
	static const char *const pods[] = {"a=1,b=2", "b=2", "c=,d=4"};
	for (size_t i = 0; i < sizeof(selectors) / sizeof(selectors[0]); i++) {
		char text[512];
		snprintf(text, sizeof(text),
		         "{'metadata':{'name':'n','namespace':'s'},'spec':{'selector':%s}}",
		         selectors[i].selector);
		char *json = quoted(text);
		struct sf_pdb *pdb = read(json);
		const bool want[] = {selectors[i].both, selectors[i].one, selectors[i].other};
		for (size_t k = 0; k < 3; k++) {
			char *labels = labels_of(pods[k]);
			cr_expect(eq(int, sf_pdb_covers(pdb, "p", labels), want[k]), "%s: %s",
			          selectors[i].selector, pods[k]);
			free(labels);
		}
		cr_expect(not(sf_pdb_covers(pdb, "p", NULL)), "a pod without labels");
		sf_pdb_destroy(pdb);
		free(json);
	}
}

Test(pdb, what_is_none_is_refused)
{
	static const struct {
		const char *text, *part;
	} rows[] = {
		{"", "line"},
		{"[]", "no name"},
		{"{'metadata':{'name':'n'}}", "no namespace"},
		{"{'metadata':{'namespace':'n'}}", "no name"},
		{"{'metadata':7}", "metadata is no object"},
		{"{'metadata':{'name':'n','namespace':'s'},'spec':[]}", "spec is no object"},
		{"{'metadata':{'name':'n','namespace':'s'},'spec':{'selector':1}}",
	         "selector is no object"},
		{"{'metadata':{'name':'n','namespace':'s'},'spec':{'selector':{'matchLabels':1}}}",
	         "matchLabels is no object"},
		{"{'metadata':{'name':'n','namespace':'s'},"
	         "'spec':{'selector':{'matchLabels':{'a':'b'},'matchExpressions':1}}}",
	         "matchExpressions is no array"},
		{"{'metadata':{'name':'n','namespace':'s'},'status':{'disruptedPods':[1]}}",
	         "disruptedPods is no object"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sf_error err = {0};
		char *json = quoted(rows[i].text);
		cr_expect(sf_pdb_read(json, strlen(json), &err) == NULL, "%s", json);
		cr_expect(strstr(err.text, rows[i].part) != NULL, "%s: %s", json, err.text);
		free(json);
	}
}

/* Pods in order of importance, each "namespace/name labels"; who of them violates: 1. */
static const struct {
	const char *name;
	const char *pods[5];
	const char *violate;
} rounds[] = {
	{"one may go", {"shop/web-1 app=web", "shop/web-2 app=web", "shop/web-3 app=web"}, "011"},
	{"other pods take nothing",
         {"shop/x app=other", "else/web-1 app=web", "shop/web-1 app=web"},
         "000"},
	{"one goes already", {"shop/web-9 app=web", "shop/web-1 app=web"}, "00"},
	{"two may go",
         {"shop/db-1 app=db,tier=gold", "shop/db-2 app=db,tier=tin", "shop/db-3 app=db,tier=silver",
          "shop/db-4 app=db,tier=gold"},
         "0001"},
	{"each budget for itself",
         {"shop/web-1 app=web", "shop/db-1 app=db,tier=gold", "shop/web-2 app=web"},
         "001"},
	{"without labels", {"shop/web-1 "}, "0"},
};

Test(pdb, budgets_are_spent_in_order)
{
	struct sf_budgets budgets = {0};
	sf_budgets_set(&budgets, read(v1));
	sf_budgets_set(&budgets, read(v1beta1));
	sf_budgets_set(&budgets, read("{\"metadata\":{\"name\":\"n\",\"namespace\":\"a\"}}"));
	sf_budgets_set(&budgets, read(v1)); /* told again */
	cr_assert(eq(sz, budgets.n, 3));
	for (size_t i = 0; i < sizeof(rounds) / sizeof(rounds[0]); i++) {
		char got[6] = "";
		sf_budgets_begin(&budgets);
		for (size_t k = 0; k < 5 && rounds[i].pods[k] != NULL; k++) {
			char space[16], name[16], pairs[32] = "";
			sscanf(rounds[i].pods[k], "%15[^/]/%15s %31s", space, name, pairs);
			char *labels = labels_of(pairs);
			got[k] = sf_budgets_take(&budgets, space, name, labels) ? '1' : '0';
			free(labels);
		}
		cr_expect(eq(str, got, (char *)rounds[i].violate), "%s", rounds[i].name);
	}
	sf_budgets_gone(&budgets, "u1");
	sf_budgets_gone(&budgets, "u1");
	cr_expect(eq(sz, budgets.n, 2));
	sf_budgets_begin(&budgets);
	char *labels = labels_of("app=web");
	cr_expect(not(sf_budgets_take(&budgets, "shop", "web-1", labels)));
	cr_expect(not(sf_budgets_take(&budgets, "shop", "web-2", labels)));
	free(labels);
	sf_budgets_finish(&budgets);
}

/* What is kept of a pod's labels is what budgets look at. */
Test(pdb, labels_are_packed)
{
	static const char pod[] = "{\"metadata\":{\"labels\":{\"app\":\"x\",\"\":\"y\",\"tier\":"
				  "\"\",\"app\":\"web\"}}}";
	struct sf_arena *arena = sf_arena_create(0);
	struct sf_kube_traits traits, none = {0};
	struct sf_pdb *pdb = read(v1);
	cr_assert(eq(int, sf_kube_traits_read(pod, strlen(pod), arena, &traits), 0));
	char *labels = sf_kube_traits_pack(&traits);
	cr_expect(sf_pdb_covers(pdb, "web-1", labels));
	cr_expect(zero(int, memcmp(labels, "app\0x\0tier\0\0app\0web\0", 21)));
	cr_expect(sf_kube_traits_pack(&none) == NULL);
	free(labels);
	sf_pdb_destroy(pdb);
	sf_arena_destroy(arena);
}
