/* test_advise: the rules, on every class and kind of cluster; and measurements of pods. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/advise.h>
#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/report_advise.h>
#include <slicefit/scenario_yaml.h>
#include <slicefit/str.h>
#include <slicefit/usage_read.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

static struct sf_catalog *catalog;
static struct sf_arena *arena;

static void set_up(void)
{
	catalog = sf_catalog_create();
	arena = sf_arena_create(0);
}

static void tear_down(void)
{
	sf_arena_destroy(arena);
	sf_catalog_destroy(catalog);
}

TestSuite(advise, .init = set_up, .fini = tear_down);

static struct sf_scenario *parse(const char *pools, const char *workload)
{
	struct sf_error err = {0};
	char text[2048];
	int len = snprintf(
		text, sizeof(text),
		"schema: slicefit.scenario/1\nname: x\npools:\n%s\nworkloads:\n- {name: w, "
		"%s}\n",
		pools, workload);
	struct sf_scenario *scenario =
		sf_scenario_parse(text, (size_t)len, "x.yaml", catalog, &err);
	cr_assert(scenario != NULL, "%s: %s", workload, err.text);
	return scenario;
}

#define A100   "- {name: a, nodes: 1, product: A100-80GB, gpus: 2}\n"
#define NO_MIG "- {name: a, nodes: 1, product: A100-80GB, gpus: 2, allow: {mig: false}}\n"
#define T4     "- {name: t, nodes: 1, product: T4, gpus: 1}\n"
#define V100   "- {name: v, nodes: 1, product: V100-32GB, gpus: 1}\n"
#define ALONE  "- {name: t, nodes: 1, product: T4, gpus: 1, allow: {sharing: false}}\n"

/* The advice as "strategy product profile x per-GPU = GPUs". */
static const struct {
	const char *pools, *workload, *advice;
} rows[] = {
	{A100 T4, "class: training, count: 3, request: {gpu: 1}", "whole A100-80GB x1 = 3"},
	{A100 T4, "class: training, count: 2, request: {gpu: 4, gpu_memory: 10Gi}",
         "whole T4 x1 = 8"},
	{A100, "class: inference, count: 2, request: {gpu: 2, gpu_memory: 1Gi}, gpu_duty: 0.1",
         "whole A100-80GB x1 = 4"},
	{A100 T4, "class: inference, count: 8, request: {gpu: 1}", "whole A100-80GB x1 = 8"},
	{A100 T4, "class: inference, count: 8, request: {gpu: 1, gpu_memory: 4Gi}",
         "whole T4 x1 = 8"},
	/* The memory decides, then the compute. */
	{A100 T4, "class: inference, count: 8, request: {gpu: 1, gpu_memory: 4Gi}, gpu_duty: 0.1",
         "mig A100-80GB 1g.10gb x7 = 2"},
	{A100, "class: inference, count: 8, request: {gpu: 1, gpu_memory: 12Gi}, gpu_duty: 0.1",
         "mig A100-80GB 1g.20gb x4 = 2"},
	{A100, "class: inference, count: 8, request: {gpu: 1, gpu_memory: 4Gi}, gpu_duty: 0.15",
         "mig A100-80GB 2g.20gb x3 = 3"},
	{A100, "class: inference, count: 8, request: {gpu: 1, gpu_memory: 4Gi}, gpu_duty: 0.5",
         "whole A100-80GB x1 = 8"},
	{A100, "class: inference, count: 2, request: {mig: {3g.40gb: 1}}",
         "mig A100-80GB 3g.40gb x2 = 1"},
	/* Where no GPU can be cut: clients of MPS. */
	{T4,
         "class: inference, count: 8, request: {gpu: 1, gpu_memory: 3Gi}, gpu_duty: 0.1, "
         "max_replicas: 16",
         "mps T4 x5 = 2"},
	{T4, "class: inference, count: 8, request: {gpu: 1, gpu_memory: 1Gi}, gpu_duty: 0.25",
         "mps T4 x4 = 2"},
	{NO_MIG,
         "class: inference, count: 8, request: {gpu: 1, gpu_memory: 1Gi}, gpu_duty: 0.01, "
         "max_replicas: 64",
         "mps A100-80GB x48 = 1"},
	{V100,
         "class: inference, count: 8, request: {gpu: 1, gpu_memory: 1Gi}, gpu_duty: 0.01, "
         "max_replicas: 64",
         "mps V100-32GB x16 = 1"},
	{V100, "class: inference, count: 8, request: {gpu: 1, gpu_memory: 1Gi}, gpu_duty: 0.01",
         "mps V100-32GB x4 = 2"},
	{ALONE, "class: inference, count: 8, request: {gpu: 1, gpu_memory: 1Gi}, gpu_duty: 0.1",
         "whole T4 x1 = 8"},
	/* Turns: by duty, by memory, by the workload's own limit. */
	{T4, "class: interactive, count: 9, request: {shared: 1, gpu_memory: 1Gi}, gpu_duty: 0.3",
         "time-slicing T4 x3 = 3"},
	{A100 T4,
         "class: interactive, count: 9, request: {shared: 1, gpu_memory: 2Gi}, gpu_duty: 0.1",
         "time-slicing T4 x7 = 2"},
	{T4,
         "class: interactive, count: 9, request: {shared: 1, gpu_memory: 1Gi}, gpu_duty: 0.1, "
         "max_replicas: 4",
         "time-slicing T4 x4 = 3"},
	{A100, "class: interactive, count: 9, request: {shared: 1, gpu_memory: 8Gi}, gpu_duty: 0.5",
         "whole A100-80GB x1 = 9"},
	{A100, "class: interactive, count: 9, request: {shared: 1, gpu_memory: 8Gi}, gpu_duty: 0.4",
         "time-slicing A100-80GB x2 = 5"},
	{A100, "class: batch, count: 4, request: {gpu: 1, gpu_memory: 15Gi}, gpu_duty: 0.2",
         "mig A100-80GB 2g.20gb x3 = 2"},
	{A100 T4, "class: inference, count: 1, request: {gpu: 1, gpu_memory: 200Gi}, gpu_duty: 0.2",
         "none x1 = 0"},
	{A100 T4, "class: training, count: 1, request: {gpu: 1, product: T4}", "whole T4 x1 = 1"},
};

static void describe(const struct sf_advice *advice, char *out, size_t cap)
{
	bool mig = advice->kind == SF_ADVICE_MIG;
	snprintf(out, cap, "%s%s%s%s%s x%u = %u", sf_advice_names[advice->kind],
	         advice->product != NULL ? " " : "",
	         advice->product != NULL ? advice->product->name : "", mig ? " " : "",
	         mig ? advice->product->profile[advice->profile].name : "", advice->replicas,
	         advice->need);
}

Test(advise, rules)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sf_scenario *scenario = parse(rows[i].pools, rows[i].workload);
		struct sf_advices advices;
		struct sf_str why = {0};
		char got[256];
		cr_assert(sf_advise(scenario, NULL, arena, &advices) == 0);
		cr_assert(eq(sz, advices.n, 1));
		describe(advices.advice, got, sizeof(got));
		cr_expect(eq(str, got, (char *)rows[i].advice), "row %zu", i);
		sf_report_advice_why(scenario, advices.advice, &why);
		cr_expect(why.len > 0);
		sf_str_finish(&why);
		sf_scenario_destroy(scenario);
	}
}

/* 99 quiet measurements and one at full load: the mean, two deviations, the 99th percentile. */
Test(advise, measurements)
{
	struct sf_scenario *scenario = parse(T4, "class: interactive, count: 4, request: {shared: "
	                                         "1, gpu_memory: 9Gi}, gpu_duty: 0.9");
	struct sf_usage usage;
	struct sf_advices advices;
	sf_usage_init(&usage);
	int64_t pod = sf_usage_pod(&usage, "any", "w-0", NULL);
	cr_assert(eq(i64, sf_usage_pod(&usage, "any", "w-0", NULL), pod));
	for (int i = 0; i < 100; i++) {
		sf_usage_add(&usage, pod, SF_USAGE_BUSY, i == 7 ? 1.5 : 0, NULL);
		sf_usage_add(&usage, pod, SF_USAGE_MIB, i == 7 ? 5000 : 1000, NULL);
	}
	sf_usage_add(&usage, pod, SF_USAGE_MIB, -1, NULL);
	cr_assert(sf_advise(scenario, &usage, arena, &advices) == 0);
	const struct sf_load *load = &advices.advice->load;
	cr_assert(epsilon_eq(dbl, load->duty, 0.01, 1e-12));
	cr_assert(epsilon_eq(dbl, load->duty_sd, 0.1, 1e-12));
	cr_assert(epsilon_eq(dbl, load->effective_duty, 0.21, 1e-12));
	cr_assert(epsilon_eq(dbl, load->duty_p99, 0, 1e-12));
	cr_assert(epsilon_eq(dbl, load->memory_mib, 1000, 1e-12));
	cr_assert(eq(sz, load->pods, 1));
	cr_assert(eq(int, advices.advice->replicas, 4)); /* 4 * 0.21 <= 0.9 */
	sf_usage_finish(&usage);
	sf_scenario_destroy(scenario);
}

static const struct {
	const char *space, *pod;
	size_t workload; /* SIZE_MAX: none */
} owners[] = {
	{"", "web", 0},           {"any", "web-7d9", 0},
	{"any", "web-api-0", 1},  {"any", "webapi", SIZE_MAX},
	{"team", "job-1", 2},     {"other", "job-1", SIZE_MAX},
	{"", "job-1", 2},         {"x", "named", 3},
	{"y", "named", SIZE_MAX},
};

Test(advise, whose_pod_it_is)
{
	struct sf_workload workload[4] = {
		{.name = "web"}, {.name = "web-api"}, {.name = "team/job"}, {.name = "z/other"}};
	static const char *const names[] = {"x/named"};
	struct sf_running running = {.pods = 1, .name = names};
	struct sf_scenario scenario = {.n_workloads = 4, .workload = workload};
	workload[3].n_running = 1;
	workload[3].running = &running;
	for (size_t i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
		cr_expect(eq(sz, sf_advise_workload(&scenario, owners[i].space, owners[i].pod),
		             owners[i].workload),
		          "row %zu", i);
	}
}

/* A CSV text and what comes of it: the sum of what was busy, of memory, and pods; or the error. */
static const struct {
	const char *text;
	size_t pods, samples;
	const char *error;
} texts[] = {
	{"pod,gpu_util_pct,fb_used_mib\na,10,100\na,20,\nb,,50\n", 2, 4, NULL},
	{"namespace,pod,time,fb_used_mib\nx,a,1,1\ny,a,2,2\n", 2, 2, NULL},
	{"pod\na\n", 1, 0, NULL},
	{"namespace,fb_used_mib\nx,1\n", 0, 0, "u.csv:1:1"},
	{"pod,gpu_util_pct\na,101\n", 0, 0, "u.csv:2:3: gpu_util_pct '101': expected 0 to 100"},
	{"pod,fb_used_mib\na,x\n", 0, 0, "u.csv:2:3: fb_used_mib 'x'"},
	{"pod,fb_used_mib\n,1\n", 0, 0, "u.csv:2:1: pod is empty"},
	{"pod,fb_used\na,1\n", 0, 0, "u.csv:1:5"},
};

Test(advise, csv)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct sf_usage usage;
		struct sf_error err = {0};
		struct sf_str text = {0};
		sf_usage_init(&usage);
		sf_str_append(&text, texts[i].text);
		int rc = sf_usage_csv_read(text.text, text.len, "u.csv", &usage, &err);
		if (texts[i].error == NULL) {
			cr_expect(rc == 0, "row %zu: %s", i, err.text);
			cr_expect(eq(sz, usage.n, texts[i].pods), "row %zu", i);
			cr_expect(eq(sz, usage.samples, texts[i].samples), "row %zu", i);
		} else {
			cr_expect(rc < 0 && strncmp(err.text, texts[i].error,
			                            strlen(texts[i].error)) == 0,
			          "row %zu: %s", i, err.text);
		}
		sf_str_finish(&text);
		sf_usage_finish(&usage);
	}
}

#define MATRIX(result)                                                                             \
	"{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[" result "]}}"

static const struct {
	const char *text;
	enum sf_usage_kind kind;
	const char *pod; /* "space/name value", of the first */
	size_t pods, samples;
	const char *error;
} answers[] = {
	{MATRIX("{\"metric\":{\"namespace\":\"ml\",\"pod\":\"a\"},\"values\":[[1,\"50\"],[2,"
                "\"NaN\"]]}"),
         SF_USAGE_BUSY, "ml/a 0.5", 1, 1, NULL},
	{MATRIX("{\"values\":[[1,\"7\"]],\"metric\":{\"pod\":\"dcgm\",\"exported_pod\":\"a\","
                "\"namespace\":\"gpu\",\"exported_namespace\":\"ml\"}}"),
         SF_USAGE_MIB, "ml/a 7", 1, 1, NULL},
	{MATRIX("{\"metric\":{\"gpu\":\"0\"},\"values\":[[1,\"50\"]]}"), SF_USAGE_MIB, NULL, 0, 0,
         NULL},
	{MATRIX("{\"metric\":{\"pod\":\"a\",\"GPU_I_PROFILE\":\"1g.5gb\"},\"values\":[[1,\"5\"]]}"),
         SF_USAGE_BUSY, NULL, 0, 0, NULL},
	{MATRIX("{\"metric\":{\"pod\":\"a\",\"GPU_I_PROFILE\":\"1g.5gb\"},\"values\":[[1,\"5\"]]}"),
         SF_USAGE_MIB, "/a 5", 1, 1, NULL},
	{MATRIX(""), SF_USAGE_MIB, NULL, 0, 0, NULL},
	{"{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"no\"}", SF_USAGE_MIB, NULL,
         0, 0, "Prometheus: no"},
	{"{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}",
         SF_USAGE_MIB, NULL, 0, 0, "answer of Prometheus: no matrix"},
	{"<html>", SF_USAGE_MIB, NULL, 0, 0, "answer of Prometheus: "},
};

Test(advise, prometheus)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct sf_usage usage;
		struct sf_error err = {0};
		char got[128] = "";
		sf_usage_init(&usage);
		const char *text = answers[i].text;
		int rc =
			sf_usage_prometheus_read(text, strlen(text), answers[i].kind, &usage, &err);
		if (usage.n > 0 && usage.pod->series[answers[i].kind].n > 0) {
			snprintf(got, sizeof(got), "%s/%s %g", usage.pod->space, usage.pod->name,
			         usage.pod->series[answers[i].kind].value[0]);
		}
		cr_expect(eq(int, rc < 0, answers[i].error != NULL), "row %zu: %s", i, err.text);
		cr_expect(answers[i].error == NULL || strncmp(err.text, answers[i].error,
		                                              strlen(answers[i].error)) == 0,
		          "row %zu: %s", i, err.text);
		cr_expect(answers[i].pod == NULL || strcmp(got, answers[i].pod) == 0, "row %zu: %s",
		          i, got);
		cr_expect(eq(sz, usage.n, answers[i].pods), "row %zu", i);
		cr_expect(eq(sz, usage.samples, answers[i].samples), "row %zu", i);
		sf_usage_finish(&usage);
	}
}
