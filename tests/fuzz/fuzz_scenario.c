/* fuzz_scenario: any bytes are a scenario, or one line says why not. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/scenario_yaml.h>
#include <slicefit/str.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

/* What was read is within the documented limits and builds a sound cluster. */
static void check(const struct sf_scenario *scenario)
{
	struct sf_error err = {0};
	uint64_t nodes = 0;
	require(scenario->n_pools > 0 && scenario->n_workloads > 0);
	for (size_t i = 0; i < scenario->n_pools; i++) {
		nodes += scenario->pool[i].count;
	}
	require(nodes <= SF_SCENARIO_NODES_MAX);
	if (nodes > 1000) {
		return;
	}
	struct sf_cluster *cluster = sf_scenario_cluster(scenario, &err);
	require(cluster != NULL);
	require(sf_cluster_nodes(cluster) == nodes);
	require(sf_cluster_check(cluster, &err) == 0);
	sf_cluster_destroy(cluster);
}

/* What is written reads back, and is written as the same text again. Traces are files of their own. */
static void check_written(const struct sf_scenario *scenario)
{
	struct sf_error err = {0};
	struct sf_str first = {0};
	struct sf_str second = {0};
	if (scenario->trace.path != NULL) {
		return;
	}
	require(sf_scenario_write(scenario, true, &first, &err) == 0);
	struct sf_scenario *again =
		sf_scenario_parse(sf_str_get(&first), first.len, "again", scenario->catalog, &err);
	require(again != NULL);
	require(sf_scenario_write(again, true, &second, &err) == 0);
	require(strcmp(sf_str_get(&first), sf_str_get(&second)) == 0);
	sf_scenario_destroy(again);
	sf_str_finish(&first);
	sf_str_finish(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sf_catalog *catalog; /* read-only, so one does for all inputs */
	struct sf_error err = {0};
	if (catalog == NULL) {
		catalog = sf_catalog_create();
	}
	struct sf_scenario *scenario =
		sf_scenario_parse((const char *)data, size, "fuzz", catalog, &err);
	if (scenario != NULL) {
		check(scenario);
		check_written(scenario);
	} else {
		require(err.code != SF_OK && err.text[0] != '\0');
		require(strchr(err.text, '\n') == NULL);
	}
	sf_scenario_destroy(scenario);
	return 0;
}
