/* test_decision: decisions as annotations, written and read. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/decision.h>

#include <slicefit/error.h>
#include <slicefit/node.h>
#include <slicefit/rng.h>
#include <slicefit/str.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

Test(decision, says_node_policy_and_devices)
{
	struct sf_resources *resources = sf_resources_create();
	int mig = sf_resource_intern(resources, "nvidia.com/mig-1g.5gb", NULL);
	struct sf_grant grant = {
		.n = 2,
		.held = {{.resource = SF_RES_GPU, .replicas = 2, .gpu = 3},
	                 {.resource = (uint16_t)mig, .replicas = 1, .gpu = 4, .device = 6}},
	};
	struct sf_decision decision;
	struct sf_str text = {0};
	sf_decision_of(resources, "node-1", "best-fit", &grant, &decision);
	sf_decision_write(&decision, &text);
	cr_assert(eq(str, text.text,
	             "{\"version\":1,\"node\":\"node-1\",\"policy\":\"best-fit\",\"devices\":["
	             "{\"resource\":\"nvidia.com/gpu\",\"gpu\":3,\"device\":0,\"replicas\":2},"
	             "{\"resource\":\"nvidia.com/mig-1g.5gb\",\"gpu\":4,\"device\":6,"
	             "\"replicas\":1}]}"));
	sf_str_finish(&text);
	grant = (struct sf_grant){
		.n = 1,
		.held = {{.resource = SF_RES_GPU, .replicas = 4, .gpu = SF_GPU_NONE}},
	};
	sf_decision_of(resources, "n", "", &grant, &decision);
	sf_decision_write(&decision, &text);
	cr_assert(eq(str, text.text,
	             "{\"version\":1,\"node\":\"n\",\"policy\":\"\",\"devices\":["
	             "{\"resource\":\"nvidia.com/gpu\",\"replicas\":4}]}"));
	sf_str_finish(&text);
	sf_resources_destroy(resources);
}

static struct sf_decision some_decision(struct sf_rng *rng)
{
	static const char *const names[] = {"nvidia.com/gpu", "nvidia.com/mig-1g.5gb.shared", ""};
	struct sf_decision decision = {.n = (uint8_t)sf_rng_below(rng, SF_GRANTS_MAX + 1)};
	snprintf(decision.node, sizeof(decision.node), "n\"%u\\\xc3\xa9",
	         (unsigned)sf_rng_below(rng, 9));
	snprintf(decision.policy, sizeof(decision.policy), "p%u", (unsigned)sf_rng_below(rng, 9));
	for (uint8_t i = 0; i < decision.n; i++) {
		struct sf_decided *device = &decision.device[i];
		snprintf(device->resource, sizeof(device->resource), "%s",
		         names[sf_rng_below(rng, 3)]);
		device->replicas = (uint16_t)(1 + sf_rng_below(rng, UINT16_MAX));
		device->gpu = (uint8_t)sf_rng_below(rng, SF_GPUS_MAX + 1);
		device->device = (uint8_t)sf_rng_below(rng, SF_UNITS_MAX);
		if (device->gpu == SF_GPUS_MAX) {
			device->gpu = SF_GPU_NONE;
			device->device = 0;
		}
	}
	return decision;
}

Test(decision, is_read_as_it_was_written)
{
	struct sf_rng rng;
	sf_rng_seed(&rng, 3, 0);
	for (int i = 0; i < 2000; i++) {
		struct sf_decision sent = some_decision(&rng), got;
		struct sf_str text = {0};
		struct sf_error err = {0};
		sf_decision_write(&sent, &text);
		cr_assert(sf_decision_parse(text.text, text.len, &got, &err) == 0, "%s", err.text);
		cr_assert(memcmp(&sent, &got, sizeof(got)) == 0, "%s", text.text);
		sf_str_finish(&text);
	}
}

#define HEAD "{'version':1,'node':'n','policy':'p','devices':"

static const struct {
	const char *text; /* with ' for " */
	const char *error;
} wrong[] = {
	{"", "column"},
	{"7", "column"},
	{"[]", "no object"},
	{"{}", "version is no number from 1 to 1"},
	{"{'version':2,'node':'n','policy':'p','devices':[],'more':1}",
         "version is no number from 1 to 1"},
	{"{'version':1,'node':'n','policy':'p','devices':[],'nodes':1}",
         "unknown key 'nodes', did you mean 'node'?"},
	{"{'version':1,'node':'n','node':'n','policy':'p','devices':[]}", "duplicate"},
	{"{'version':1,'policy':'p','devices':[]}", "node is no text"},
	{"{'version':1,'node':7,'policy':'p','devices':[]}", "node is no text"},
	{HEAD "{}}", "devices is no list"},
	{HEAD "[7]}", "devices[0]: no object"},
	{HEAD "[{'resource':'r'}]}", "devices[0]: replicas is no number"},
	{HEAD "[{'resource':'r','replicas':0}]}", "replicas is no number from 1 to 65535"},
	{HEAD "[{'resource':'r','replicas':65536}]}", "replicas is no number"},
	{HEAD "[{'resource':'r','replicas':1,'gpu':0}]}", "device is no number"},
	{HEAD "[{'resource':'r','replicas':1,'device':0}]}", "gpu is no number"},
	{HEAD "[{'resource':'r','replicas':1,'gpu':16,'device':0}]}", "gpu is no number"},
	{HEAD "[{'resource':'r','replicas':1,'gpu':-1,'device':0}]}", "gpu is no number"},
	{HEAD "[{'resource':'r','replicas':1.0}]}", "replicas is no number"},
	{HEAD "[{'replicas':1}]}", "resource is no text"},
};

Test(decision, refuses_what_is_none)
{
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct sf_decision decision = {.n = 9};
		struct sf_error err = {0};
		char text[256];
		snprintf(text, sizeof(text), "%s", wrong[i].text);
		for (char *c = text; *c != '\0'; c++) {
			*c = *c == '\'' ? '"' : *c;
		}
		cr_expect(sf_decision_parse(text, strlen(text), &decision, &err) == -1, "row %zu",
		          i);
		cr_expect(strstr(err.text, wrong[i].error) != NULL, "row %zu: %s", i, err.text);
		cr_expect(strncmp(err.text, SF_KUBE_DECISION ": ", 22) == 0, "row %zu: %s", i,
		          err.text);
		cr_expect(eq(int, decision.n, 9), "row %zu", i);
	}
}
