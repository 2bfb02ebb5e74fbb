/* fuzz_demand: any bytes are a demand, or one line says why not. The first byte chooses the format. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/catalog.h>
#include <slicefit/demand_file.h>
#include <slicefit/demand_spec.h>
#include <slicefit/error.h>
#include <slicefit/scenario_yaml.h>

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

/* Pods that run are still there, and nothing has times. */
static void check(const struct sf_scenario *scenario)
{
	uint64_t pods = 0, running = 0;

	require(scenario->n_workloads > 0 && scenario->trace.n == 0);
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		const struct sf_workload *workload = &scenario->workload[i];

		require(workload->name && workload->name[0] && !workload->timed);
		require(workload->count >= 1 && workload->count >= workload->n_running_pods);
		pods += workload->count;
		running += workload->n_running_pods;
	}
	require(pods <= SF_SCENARIO_PODS_MAX + 2 && running == 2);
}

/* Times and factors of --demand's words make sense. */
static void check_words(const char *text)
{
	struct sf_demand_spec spec;
	struct sf_error err = {0};
	int rc = sf_demand_spec_parse(text, &spec, &err);

	require((rc < 0) == (err.text[0] != '\0'));
	if (rc == 0) {
		require(spec.basis != SF_DEMAND_WINDOW || spec.start_s < spec.end_s);
		require(spec.basis != SF_DEMAND_PERCENTILE ||
		        (spec.percent > 0 && spec.percent <= 100));
		require(spec.basis != SF_DEMAND_FORECAST || spec.ahead_s > 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char nodes[] = "pools: [{name: p, product: T4}]\nworkloads: [{name: w, count: "
				    "3, running: {p-0: 2}, request: {gpu: 1}}]\n";
	static struct sf_catalog *catalog; /* read-only, so one does for all inputs */
	struct sf_error err = {0};
	struct sf_scenario *scenario;
	char *text;

	if (size == 0) {
		return 0;
	}
	if (catalog == NULL) {
		catalog = sf_catalog_create();
	}
	scenario = sf_scenario_parse(nodes, sizeof nodes - 1, "nodes", catalog, &err);
	require(scenario != NULL);
	text = malloc(size);
	require(text != NULL);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (sf_demand_parse(scenario, "fuzz", data[0] % 2 ? SF_DEMAND_YAML : SF_DEMAND_CSV, text,
	                    size - 1, &err) == 0) {
		check(scenario);
	} else {
		require(err.code != SF_OK && err.text[0] != '\0');
	}
	check_words(text);
	free(text);
	sf_scenario_destroy(scenario);
	return 0;
}
