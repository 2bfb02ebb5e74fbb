/* fuzz_trace: any bytes are a trace, or one line says why not. The first byte chooses the format. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/scenario_yaml.h>
#include <slicefit/trace.h>

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

/* Every pod is of a workload of the trace, and is counted there. */
static void check(const struct sf_scenario *scenario)
{
	const struct sf_trace *trace = &scenario->trace;
	uint64_t counted = 0;
	require(trace->n > 0 && trace->n <= SF_SCENARIO_PODS_MAX);
	for (size_t i = 0; i < trace->n; i++) {
		require(trace->pod[i].time_us >= 0 && trace->pod[i].duration_us >= -1);
		require(trace->pod[i].workload >= trace->first_workload);
		require(trace->pod[i].workload < scenario->n_workloads);
	}
	for (size_t i = trace->first_workload; i < scenario->n_workloads; i++) {
		require(scenario->workload[i].count > 0);
		counted += scenario->workload[i].count;
	}
	require(counted == trace->n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char nodes[] = "pools: [{product: T4}]\nworkloads: [{request: {gpu: 1}}]\n";
	static struct sf_catalog *catalog; /* read-only, so one does for all inputs */
	struct sf_error err = {0};
	if (size == 0) {
		return 0;
	}
	if (catalog == NULL) {
		catalog = sf_catalog_create();
	}
	struct sf_scenario *scenario =
		sf_scenario_parse(nodes, sizeof(nodes) - 1, "nodes", catalog, &err);
	require(scenario != NULL);
	struct sf_trace spec = sf_trace_default("fuzz");
	spec.format = (enum sf_trace_format)(data[0] % (SF_TRACE_OPENB + 1));
	char *text = malloc(size);
	require(text != NULL);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (sf_trace_parse(scenario, &spec, text, size - 1, &err) == 0) {
		check(scenario);
	} else {
		require(err.code != SF_OK && err.text[0] != '\0');
		require(scenario->n_workloads == 1 && scenario->trace.n == 0);
	}
	free(text);
	sf_scenario_destroy(scenario);
	return 0;
}
