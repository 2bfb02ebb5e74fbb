/* test_sharing: what the device plugin refuses, and how many replicas a name gets. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/error.h>
#include <slicefit/resource.h>
#include <slicefit/sharing.h>

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#define TS  SF_SHARING_TIME_SLICING
#define MPS SF_SHARING_MPS

static const struct {
	enum sf_sharing_mode mode;
	enum sf_strategy strategy;
	bool has_mig;
	struct sf_shared_resource resource[3];
	const char *error; /* part of the text; NULL: accepted */
} checks[] = {
	{SF_SHARING_NONE, SF_STRATEGY_NONE, false, {{"", 0}}, NULL},
	{SF_SHARING_NONE, SF_STRATEGY_NONE, false, {{"nvidia.com/gpu", 2}}, "mode is none"},
	{TS, SF_STRATEGY_NONE, false, {{"", 0}}, "no resources specified"},
	{TS, SF_STRATEGY_NONE, false, {{"nvidia.com/gpu", 0}}, "must be >= 2"},
	{TS, SF_STRATEGY_NONE, false, {{"nvidia.com/gpu", 1}}, "must be >= 2, found 1"},
	{TS, SF_STRATEGY_NONE, false, {{"nvidia.com/gpu", 2}}, NULL},
	{TS, SF_STRATEGY_NONE, false, {{"nvidia.com/gpu", 1000}}, NULL},
	{TS, SF_STRATEGY_NONE, false, {{"nvidia.com/gpu", 1001}}, "1001 > 1000"},
	{TS, SF_STRATEGY_NONE, false, {{"nvidia.com/gpu", 2}, {"gpu", 3}}, "listed twice"},
	{TS, SF_STRATEGY_NONE, false, {{"", 4}}, "no resource name specified in entry 1"},
	{TS, SF_STRATEGY_MIXED, true, {{"nvidia.com/mig-1g.5gb", 4}, {"gpu", 3}}, NULL},
	{TS, SF_STRATEGY_SINGLE, true, {{"nvidia.com/gpu", 4}}, NULL},
	{MPS, SF_STRATEGY_NONE, false, {{"nvidia.com/gpu", 48}}, NULL},
	{MPS, SF_STRATEGY_NONE, false, {{"nvidia.com/gpu", 49}}, "maximum allowed replicas"},
	{MPS, SF_STRATEGY_MIXED, false, {{"nvidia.com/gpu", 4}}, "not supported with MPS"},
	{MPS, SF_STRATEGY_SINGLE, true, {{"nvidia.com/gpu", 4}}, "not supported for MIG"},
	{MPS, SF_STRATEGY_SINGLE, false, {{"nvidia.com/gpu", 4}}, NULL},
	{SF_SHARING_FRACTION, SF_STRATEGY_NONE, false, {{"", 0}}, NULL},
	{SF_SHARING_FRACTION, SF_STRATEGY_NONE, true, {{"", 0}}, "excludes MIG"},
	{SF_SHARING_FRACTION, SF_STRATEGY_NONE, false, {{"gpu", 4}}, "drop the resources"},
	{MPS, SF_STRATEGY_NONE, true, {{"nvidia.com/gpu", 4}}, "not supported for MIG"},
};

static void fill(size_t row, struct sf_sharing *sharing)
{
	memset(sharing, 0, sizeof(*sharing));
	sharing->mode = checks[row].mode;
	for (int i = 0; i < 3; i++) {
		sharing->resource[i] = checks[row].resource[i];
		if (sharing->resource[i].name[0] != '\0' || sharing->resource[i].replicas > 0) {
			sharing->n++;
		}
	}
}

Test(sharing, check)
{
	for (size_t row = 0; row < sizeof(checks) / sizeof(checks[0]); row++) {
		struct sf_sharing sharing;
		struct sf_error err = {.text = ""};
		int rc;

		fill(row, &sharing);
		rc = sf_sharing_check(&sharing, checks[row].strategy, checks[row].has_mig, &err);
		if (checks[row].error == NULL) {
			cr_expect(rc == 0, "row %zu: %s", row, err.text);
		} else {
			cr_expect(rc == -1 && strstr(err.text, checks[row].error) != NULL,
			          "row %zu: '%s'", row, err.text);
		}
	}
}

Test(sharing, replicas)
{
	struct sf_sharing sharing = {
		.mode = TS,
		.n = 2,
		.resource = {{"nvidia.com/mig-1g.5gb", 3}, {"gpu", 7}},
	};

	cr_expect(sf_sharing_replicas(&sharing, "nvidia.com/gpu") == 7);
	cr_expect(sf_sharing_replicas(&sharing, "nvidia.com/mig-1g.5gb") == 3);
	cr_expect(sf_sharing_replicas(&sharing, "nvidia.com/mig-1g.10gb") == 1);
	cr_expect(sf_sharing_replicas(&sharing, "nvidia.com/gpu.shared") == 1);
	sharing.mode = SF_SHARING_NONE;
	cr_expect(sf_sharing_replicas(&sharing, "nvidia.com/gpu") == 1);
}

static const struct {
	const char *name;
	bool legal, renamed;
} names[] = {
	{"nvidia.com/gpu", true, false},
	{"nvidia.com/gpu.shared", true, true},
	{"nvidia.com/mig-1g.5gb", true, false},
	{"nvidia.com/mig-1g.24gb.me.all", true, false},
	{"nvidia.com/mig-1g.24gb-me", true, false},
	{"nvidia.com/mig-1g.5gb.shared", true, true},
	{"nvidia.com/mig-1g.5gb+me", false, false},
	{"nvidia.com/mig-", false, false},
	{"nvidia.com/mig-1g.5gb.", false, false},
	{"nvidia.com/mig-.shared", false, false},
	{"nvidia.com/gpus", false, false},
	{"amd.com/gpu", false, false},
	{"gpu", false, false},
	{"", false, false},
	{"nvidia.com/mig-1g.5gb-and-a-name-that-is-far-too-long-for-kubernetes", false, false},
};

Test(sharing, resource_names)
{
	struct sf_resources *resources = sf_resources_create();
	struct sf_error err;

	cr_expect(sf_resource_find(resources, "nvidia.com/gpu") == SF_RES_GPU);
	cr_expect(sf_resource_find(resources, "nvidia.com/gpu.shared") == SF_RES_GPU_SHARED);
	for (size_t row = 0; row < sizeof(names) / sizeof(names[0]); row++) {
		const char *name = names[row].name;
		const int number = sf_resource_intern(resources, name, &err);

		cr_expect((number >= 0) == names[row].legal, "%s", name);
		if (number < 0) {
			cr_expect(sf_resource_find(resources, name) == SF_RES_NONE, "%s", name);
			continue;
		}
		cr_expect(sf_resource_find(resources, name) == number, "%s", name);
		cr_expect(strcmp(sf_resource_name(resources, (uint16_t)number), name) == 0);
		cr_expect(sf_resource_intern(resources, name, &err) == number, "%s", name);
		cr_expect(sf_resource_is_renamed(resources, (uint16_t)number) == names[row].renamed,
		          "%s", name);
	}
	sf_resources_destroy(resources);
}

Test(sharing, resource_table_is_finite)
{
	struct sf_resources *resources = sf_resources_create();
	struct sf_error err = {.text = ""};
	char name[SF_NAME_MAX];
	int number = 0;

	for (int i = 0; number >= 0; i++) {
		snprintf(name, sizeof(name), "nvidia.com/mig-%dg.5gb", i);
		number = sf_resource_intern(resources, name, &err);
	}
	cr_expect(sf_resource_count(resources) == SF_RESOURCES_MAX);
	cr_expect(err.code == SF_ELIMIT && strstr(err.text, "1024") != NULL, "%s", err.text);
	sf_resources_destroy(resources);
}
