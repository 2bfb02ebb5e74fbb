/* Tests of openb. */
// SPDX-License-Identifier: Apache-2.0
#include "openb_fixture.h"

#include <slicefit/str.h>

#include <string.h>

TestSuite(openb, .timeout = 20);

#define NODES "sn,cpu_milli,memory_mib,gpu,model\n"
#define PODS  "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec\n"

Test(openb, nodes_are_sorted_and_models_numbered)
{
	static const char text[] = NODES "b,96000,393216,8,G2\na,104000,524288,2,T4\n"
					 "c,32000,262144,0,\nd,1,1,8,G2\n";
	struct sf_study_nodes nodes = {0};
	struct sf_error err = {0};
	cr_assert(sf_openb_parse_nodes(text, strlen(text), "n.csv", &nodes, &err) == 0);
	cr_expect(eq(u32, nodes.n, 4));
	cr_expect(eq(str, (char *)nodes.node[0].name, "a"));
	cr_expect(eq(str, (char *)nodes.models.text[nodes.node[1].model], "G2"));
	cr_expect(eq(i64, nodes.node[1].memory_mib, 393216));
	cr_expect(nodes.node[1].model == nodes.node[3].model && nodes.node[2].model == 0);
	cr_expect(eq(i64, sf_study_nodes_milli(&nodes), 18000));
	sf_study_nodes_finish(&nodes);
}

Test(openb, pods_keep_what_the_study_uses)
{
	static const char text[] =
		"name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time\n"
		"p2,12000,16384,1,460,V100M16|V100M32,LS,Running,0\n"
		"p1,6000,12288,0,777,G2,LS,Running,0\n"
		"p3,6000,12288,2,2000,,BE,Failed,7\n"
		"p4,6000,12288,3,500,V100M16|V100M32,BE,Failed,7\n";
	struct sf_study_pods pods = {0};
	struct sf_error err = {0};
	cr_assert(sf_openb_parse_pods(text, strlen(text), "x/openb_pod_list_my.csv", &pods, &err) ==
	          0);
	cr_expect(eq(str, (char *)sf_str_get(&pods.name), "my"));
	cr_expect(pods.pod[0].gpus == 0 && pods.pod[0].gpu_milli == 0 && pods.pod[0].spec == 0);
	cr_expect(pods.pod[1].gpu_milli == 460 && pods.pod[1].spec == pods.pod[3].spec);
	cr_expect(eq(str, (char *)pods.specs.text[pods.pod[1].spec], "V100M16|V100M32"));
	cr_expect(eq(i64, sf_study_pod_milli(&pods.pod[2]), 2000));
	cr_expect(eq(i64, sf_study_pod_milli(&pods.pod[3]), 1500));
	sf_study_pods_finish(&pods);
}

static const struct {
	const char *text;
	bool nodes;
	const char *error;
} bad[] = {
	{"", true, "f.csv: empty, no columns"},
	{NODES, true, "f.csv: no nodes"},
	{PODS, false, "f.csv: no pods"},
	{"sn,cpu_milli,memory_mib,gpu\n", true, "f.csv:1:1: no column 'model'"},
	{"name,cpu_milli,memory_mib,num_gpu\n", false, "f.csv:1:1: no column 'gpu_milli'"},
	{NODES "a,1,1,2,\n", true, "f.csv:2:9: model: expected one, as the node has GPUs"},
	{NODES "a,1,1,17,T4\n", true, "f.csv:2:7: gpu 17: a node has at most 16"},
	{NODES "a,-1,1,1,T4\n", true,
         "f.csv:2:3: cpu_milli '-1': expected a whole number from 0 to 1000000000000"},
	{NODES "a,1,0,1,T4\n", true, "f.csv:2:5: memory_mib 0: expected at least 1"},
	{NODES ",1,1,1,T4\n", true, "f.csv:2:1: sn: expected 1 to 253 bytes"},
	{NODES "a,1,1,1,T4\nb,1,1,1,T4\na,1,1,1,T4\n", true,
         "f.csv:4:1: 'a' is there twice, first in line 2"},
	{NODES "a,1,1,1\n", true, "f.csv:2:1: 4 fields, expected 5 as in the first row"},
	{PODS "a,1,1,1,0,\n", false,
         "f.csv:2:9: gpu_milli 0: expected 1 to 1000 for a pod with GPUs"},
	{PODS "a,1,1,1001,1000,\n", false, "f.csv:2:7: num_gpu 1001: at most 1000"},
	{PODS "b,1,1,1,1000,\na,1,1,1,9,\nb,1,1,0,0,\n", false,
         "f.csv:4:1: 'b' is there twice, first in line 2"},
	{PODS "b,1,1,1,1000,\nb,1,1,1,9,\n", false,
         "f.csv:3:1: 'b' is there twice, first in line 2"},
	{PODS "a,1,1,1,0.5,\n", false,
         "f.csv:2:9: gpu_milli '0.5': expected a whole number from 0 to 1000000000000"},
};

Test(openb, wrong_input_is_named_with_its_place)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sf_study_nodes nodes = {0};
		struct sf_study_pods pods = {0};
		struct sf_error err = {0};
		size_t len = strlen(bad[i].text);
		int rc = bad[i].nodes
		                 ? sf_openb_parse_nodes(bad[i].text, len, "f.csv", &nodes, &err)
		                 : sf_openb_parse_pods(bad[i].text, len, "f.csv", &pods, &err);
		cr_expect(eq(int, rc, -1), "row %zu", i);
		cr_expect(eq(str, err.text, (char *)bad[i].error), "row %zu", i);
		cr_expect(nodes.node == NULL && pods.pod == NULL && pods.text.text == NULL);
	}
}

Test(openb, too_many_models_are_refused)
{
	struct sf_str text = {0};
	struct sf_study_nodes nodes = {0};
	struct sf_error err = {0};
	sf_str_append(&text, NODES);
	for (int i = 0; i < SF_STUDY_NAMES_MAX; i++) {
		sf_str_printf(&text, "n%d,1,1,1,m%d\n", i, i);
	}
	cr_expect(sf_openb_parse_nodes(text.text, text.len, "f.csv", &nodes, &err) == -1);
	cr_expect(strstr(err.text, "f.csv:4097:13: model: more than 4095 different ones") ==
	                  err.text,
	          "%s", err.text);
	sf_str_finish(&text);
}
