/* Tests of the device-plugin reader: its rules from api/config/v1 of NVIDIA/k8s-device-plugin. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/device_plugin.h>

#include <slicefit/arena.h>
#include <slicefit/error.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

TestSuite(device_plugin, .timeout = 20);

static int parse(const char *text, struct sf_device_plugin *out, struct sf_error *err)
{
	struct sf_arena *arena = sf_arena_create(0);
	int rc = sf_device_plugin_parse(text, strlen(text), "c", arena, out, err);
	sf_arena_destroy(arena);
	return rc;
}

Test(device_plugin, reads_a_whole_configuration)
{
	struct sf_device_plugin c;
	struct sf_error err = {0};
	cr_assert(eq(int,
	             parse("version: v1\n"
	                   "flags:\n"
	                   "  migStrategy: mixed\n"
	                   "  plugin: {sharedDevicesAllocationPolicy: packed, other: 1}\n"
	                   "unknown: is ignored\n"
	                   "sharing:\n"
	                   "  timeSlicing:\n"
	                   "    renameByDefault: true\n"
	                   "    unknown: [1]\n"
	                   "    resources:\n"
	                   "    - {name: gpu, replicas: 4, devices: all, colour: red}\n"
	                   "    - {name: nvidia.com/mig-1g.5gb, replicas: 2, devices: [0]}\n",
	                   &c, &err),
	             0),
	          "%s", err.text);
	cr_expect(c.strategy_given && c.strategy == SF_STRATEGY_MIXED && c.packed);
	cr_expect(eq(int, (int)c.sharing.mode, SF_SHARING_TIME_SLICING));
	cr_expect(c.sharing.rename && !c.sharing.fail_above_1);
	cr_assert(eq(int, c.sharing.n, 2));
	cr_expect(eq(str, c.sharing.resource[0].name, "nvidia.com/gpu"));
	cr_expect(eq(str, c.sharing.resource[1].name, "nvidia.com/mig-1g.5gb"));
	cr_expect(eq(int, c.sharing.resource[0].replicas, 4));
}

Test(device_plugin, mps_wins_and_fails_large_requests_by_default)
{
	struct sf_device_plugin c;
	struct sf_error err = {0};
	cr_assert(eq(int,
	             parse("sharing:\n"
	                   "  timeSlicing: {resources: [{name: gpu, replicas: 4}]}\n"
	                   "  mps: {resources: [{name: gpu, replicas: 10}]}\n",
	                   &c, &err),
	             0));
	cr_expect(eq(int, (int)c.sharing.mode, SF_SHARING_MPS));
	cr_expect(c.sharing.fail_above_1);
	cr_expect(eq(int, c.sharing.resource[0].replicas, 10));
	cr_assert(eq(int, parse("{}", &c, &err), 0));
	cr_expect(eq(int, (int)c.sharing.mode, SF_SHARING_NONE));
	cr_expect(c.strategy == SF_STRATEGY_NONE && c.strategy_given == false);
}

static const struct {
	const char *text;
	const char *message;
} refused[] = {
	{"version: v2", "c:1:10: unknown version, expected v1"},
	{"flags: {migStrategy: foo}", "c:1:22: unknown MIG strategy: foo (none, single, mixed)"},
	{"flags: {plugin: {sharedDevicesAllocationPolicy: dense}}",
         "c:1:49: unknown policy 'dense' (distributed, packed)"},
	{"sharing: {timeSlicing: {replicas: 4}}",
         "c:1:24: no resources specified, add resources: [{name: nvidia.com/gpu, replicas: 2}]"},
	{"sharing: {timeSlicing: {resources: []}}",
         "c:1:36: no resources specified, add resources: [{name: nvidia.com/gpu, replicas: 2}]"},
	{"sharing: {timeSlicing: {resources: [{replicas: 4}]}}",
         "c:1:37: no resource name specified, add name: nvidia.com/gpu"},
	{"sharing: {timeSlicing: {resources: [{name: gpu}]}}",
         "c:1:37: no replicas specified, add replicas: 2"},
	{"sharing: {timeSlicing: {resources: [{name: gpu, replicas: 1}]}}",
         "c:1:59: number of replicas must be >= 2"},
	{"sharing: {timeSlicing: {resources: [{name: gpu, replicas: \"4\"}]}}",
         "c:1:59: expected a whole number, found the string '4'"},
	{"sharing: {timeSlicing: {resources: [{name: gpu, replicas: 4, devices: some}]}}",
         "c:1:71: devices set as 'some' but the only valid string input is 'all'"},
	{"sharing: {timeSlicing: {resources: [{name: gpu, replicas: 4, devices: 0}]}}",
         "c:1:71: '0' is not in 1..2147483647"},
	{"sharing: {timeSlicing: {resources: [{name: a b, replicas: 4}]}}",
         "c:1:44: incorrect format for resource name 'nvidia.com/a b'"},
	{"sharing: {timeSlicing: {resources: [{name: "
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, replicas: 4}]}}",
         "c:1:44: fully-qualified resource name must be 63 characters or less"},
	{"{flags: {migStrategy: mixed}, sharing: {mps: {resources: [{name: gpu, replicas: 4}]}}}",
         "c:1:40: using --mig-strategy=mixed is not supported with MPS"},
};

Test(device_plugin, refuses_what_the_plugin_refuses)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct sf_device_plugin c;
		struct sf_error err = {0};
		cr_expect(eq(int, parse(refused[i].text, &c, &err), -1), "%s", refused[i].text);
		cr_expect(eq(str, err.text, (char *)refused[i].message));
	}
}
