/* replay_fixture: scenarios from text, for the tests of policies, metrics and replay. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_REPLAY_FIXTURE_H
#define SF_REPLAY_FIXTURE_H

#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/replay.h>
#include <slicefit/scenario_yaml.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

static struct sf_catalog *catalog;

static void open_catalog(void)
{
	catalog = sf_catalog_create();
}

static void close_catalog(void)
{
	sf_catalog_destroy(catalog);
}

static struct sf_scenario *scenario_of(const char *text)
{
	struct sf_error err = {0};
	struct sf_scenario *scenario =
		sf_scenario_parse(text, strlen(text), "test.yaml", catalog, &err);
	cr_assert(scenario != NULL, "%s", err.text);
	return scenario;
}

#endif
