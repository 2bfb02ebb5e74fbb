/* Tests of traces: what each format says, what is refused and where, and what replay makes of it. */
// SPDX-License-Identifier: Apache-2.0
#include "replay_fixture.h"

#include <slicefit/str.h>
#include <slicefit/trace.h>

#include "engine/arrivals.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

TestSuite(trace, .timeout = 60, .init = open_catalog, .fini = close_catalog);

static const char nodes[] =
	"pools: [{name: a, product: A100-80GB, gpus: 8, mig: {mode: dynamic}}]\n"
	"workloads: [{name: old, count: 2, request: {cpu: 1}, duration: 1}]\n";

/* The scenario with the trace, or NULL and err. */
static struct sf_scenario *load(struct sf_trace spec, const char *text, struct sf_error *err)
{
	struct sf_scenario *scenario = scenario_of(nodes);
	char *copy = strdup(text);
	int rc = sf_trace_parse(scenario, &spec, copy, strlen(text), err);
	free(copy);
	if (rc != 0) {
		cr_expect(eq(sz, scenario->n_workloads, 1));
		cr_expect(eq(sz, scenario->trace.n, 0));
		sf_scenario_destroy(scenario);
		return NULL;
	}
	return scenario;
}

static struct sf_trace spec_of(enum sf_trace_format format)
{
	struct sf_trace spec = sf_trace_default("t");
	spec.format = format;
	return spec;
}

static const char csv[] =
	"name,workload,arrival,duration,gpu,mig,shared,product,gpu_memory,cpu,memory,class,"
	"priority,deadline,preemption,checkpoint,gpu_duty\r\n"
	"a,train,10,1h,2,,,,8Gi,8,64Gi,training,5,,lower-priority,10m,\r\n"
	"b,,0.5,forever,,1g.10gb:2 2g.20gb:1,,,,2,,,,,,,\r\n"
	"c,train,1m,,2,,,,8Gi,8,64Gi,training,5,,lower-priority,10m,\r\n"
	"d,train,0,60,1,,,,8Gi,8,64Gi,training,5,,,,\r\n"
	"e,old,0,250ms,,,1,A100-80GB|T4,,500m,1Gi,notebook,-3,10m,,,0.25\r\n";

static const char jsonl[] =
	"\xef\xbb\xbf"
	"{\"name\": \"a\", \"workload\": \"train\", \"arrival\": 10, \"duration\": "
	"\"1h\","
	" \"gpu\": 2, \"gpu_memory\": \"8Gi\", \"cpu\": 8, \"memory\": \"64Gi\","
	" \"class\": \"training\", \"priority\": 5, \"preemption\": \"lower-priority\","
	" \"checkpoint\": \"10m\"}\n\r\n"
	"{\"arrival\": 0.5, \"duration\": null, \"mig\": {\"1g.10gb\": 2, \"2g.20gb\": 1},"
	" \"cpu\": 2}\n"
	"{\"workload\": \"train\", \"arrival\": \"1m\", \"gpu\": 2, \"gpu_memory\": \"8Gi\","
	" \"cpu\": 8, \"memory\": \"64Gi\", \"class\": \"training\", \"priority\": 5,"
	" \"preemption\": \"lower-priority\", \"checkpoint\": \"10m\"}\r\n"
	"{\"workload\": \"train\", \"arrival\": 0, \"duration\": 60, \"gpu\": 1,"
	" \"gpu_memory\": \"8Gi\", \"cpu\": 8, \"memory\": \"64Gi\", \"class\": \"training\","
	" \"priority\": 5}\n"
	"{\"workload\": \"old\", \"arrival\": 0, \"duration\": 0.25, \"shared\": 1, \"product\":"
	" [\"A100-80GB\", \"T4\"], \"cpu\": 0.5, \"memory\": \"1Gi\", \"class\": \"notebook\","
	" \"priority\": -3, \"deadline\": 600, \"gpu_duty\": 0.25}";

/* Both texts say the same. */
Test(trace, reads_every_column_of_both_formats)
{
	static const struct sf_trace_pod want[] = {
		{10000000, 3600000000, 1}, {500000, -1, 2}, {60000000, -1, 1},
		{0, 60000000, 3},          {0, 250000, 4},
	};
	for (int format = SF_TRACE_CSV; format <= SF_TRACE_JSONL; format++) {
		struct sf_error err = {0};
		struct sf_scenario *s = load(spec_of((enum sf_trace_format)format),
		                             format == SF_TRACE_CSV ? csv : jsonl, &err);
		cr_assert(s != NULL, "%s", err.text);
		cr_assert(eq(sz, s->trace.n, 5));
		for (size_t i = 0; i < 5; i++) {
			const struct sf_trace_pod *pod = &s->trace.pod[i];
			cr_expect(eq(i64, pod->time_us, want[i].time_us));
			cr_expect(eq(i64, pod->duration_us, want[i].duration_us));
			cr_expect(eq(u32, pod->workload, want[i].workload));
		}
		cr_assert(eq(sz, s->n_workloads, 5));
		const struct sf_workload *w = s->workload;
		cr_expect(eq(str, (char *)w[1].name, "train"));
		cr_expect(eq(str, (char *)w[2].name, "mig 1g.10gb:2 2g.20gb:1, cpu 2"));
		cr_expect(eq(str, (char *)w[3].name, "train-2"));
		cr_expect(eq(str, (char *)w[4].name, "old-2"));
		cr_expect(w[1].count == 2 && w[1].class == SF_CLASS_TRAINING && w[1].priority == 5);
		cr_expect(w[1].request.gpu == 2 && w[1].request.gpu_memory_mib == 8192);
		cr_expect(w[1].request.cpu_milli == 8000 && w[1].request.memory_mib == 65536);
		cr_expect(w[1].preempts && w[1].saves && w[1].save_s == 600 && !w[3].preempts);
		cr_expect(w[4].gpu_duty == 0.25 && w[1].gpu_duty == 0);
		cr_expect(w[2].request.n_mig == 2 && w[2].request.mig[0].count == 2);
		cr_expect(w[2].class == SF_CLASS_BATCH && w[2].deadline_s < 0 && w[2].timed);
		cr_expect(w[4].request.shared == 1 && w[4].request.n_products == 2);
		cr_expect(w[4].request.cpu_milli == 500 && w[4].priority == -3);
		cr_expect(w[4].class == SF_CLASS_INTERACTIVE && w[4].deadline_s == 600);
		sf_scenario_destroy(s);
	}
}

Test(trace, pods_come_in_the_order_of_time)
{
	struct sf_error err = {0};
	struct sf_scenario *s = load(spec_of(SF_TRACE_CSV), csv, &err);
	cr_assert(s != NULL, "%s", err.text);
	uint32_t n = 0;
	struct sf_arrival *pod = sf_arrivals_create(s, 1, &n, &err);
	static const uint32_t want[] = {0, 0, 3, 4, 2, 1, 1};
	cr_assert(eq(u32, n, 7));
	for (uint32_t i = 0; i < n; i++) {
		cr_expect(eq(u32, pod[i].workload, want[i]), "pod %u", i);
	}
	free(pod);
	struct sf_replay_result result = {0};
	int rc = sf_replay_run(s, sf_policy_find("best-fit"), 1, NULL, &result, &err);
	cr_assert(rc == 0, "%s", err.text);
	cr_expect(eq(u32, result.arrived, 7));
	cr_expect(eq(u32, result.workload[1].placed, 2));
	sf_replay_finish(&result);
	sf_scenario_destroy(s);
}

static const char openb[] =
	"name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,"
	"deletion_time,scheduled_time\n"
	"p0,12000,16384,1,1000,,LS,Running,0,12537496,0\n"
	"p1,6000,12288,1,460,V100M16|V100M32|V100M16,BE,Running,427061,427071,427063\n"
	"p2,100,200,0,0,,BE,Pending,5,9,\n"
	"p3,6000,12288,1,460,V100M16|V100M32,BE,Running,9,10,9\n";

Test(trace, openb_has_real_times)
{
	struct sf_error err = {0};
	struct sf_scenario *s = load(spec_of(SF_TRACE_OPENB), openb, &err);
	cr_assert(s != NULL, "%s", err.text);
	cr_assert(eq(sz, s->trace.n, 3)); /* p2 was never scheduled */
	cr_expect(eq(i64, s->trace.pod[0].duration_us, INT64_C(12537496000000)));
	cr_expect(eq(i64, s->trace.pod[1].time_us, INT64_C(427061000000)));
	cr_expect(eq(i64, s->trace.pod[1].duration_us, 8000000));
	const struct sf_workload *w = s->workload;
	cr_expect(w[1].class == SF_CLASS_INFERENCE && w[1].request.gpu_milli == 0);
	cr_expect(w[2].class == SF_CLASS_BATCH && w[2].request.gpu_milli == 460);
	cr_expect(eq(int, w[2].request.n_products, 2));
	cr_expect(eq(str, (char *)w[2].request.product[0], "V100-16GB"));
	cr_expect(eq(str, (char *)w[2].request.product[1], "V100-32GB"));
	cr_expect(s->trace.pod[2].workload == 2 && w[2].count == 2);
	sf_scenario_destroy(s);
}

static int compare_us(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a;
	const int64_t y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

/* Largest distance of the distribution of times from a lognormal law. */
static double distance(int64_t *us, size_t n, double median_s, double sigma)
{
	double most = 0;
	qsort(us, n, sizeof(*us), compare_us);
	for (size_t i = 0; i < n; i++) {
		double z = log((double)us[i] / 1e6 / median_s) / sigma;
		double law = 0.5 * erfc(-z / sqrt(2));
		most = fmax(most, fmax(fabs((double)(i + 1) / (double)n - law),
		                       fabs((double)i / (double)n - law)));
	}
	return most;
}

/* The public trace, and what docs/scenario-format.md says of the durations of its pods. */
Test(trace, openb_public_list)
{
	const char *folder = getenv("SLICEFIT_OPENB");
	char path[4096];
	struct sf_error err = {0};
	if (folder == NULL) {
		cr_skip("skipped: SLICEFIT_OPENB is not set");
	}
	snprintf(path, sizeof(path), "%s/openb_pod_list_default.csv", folder);
	struct sf_trace spec = sf_trace_default(path);
	spec.format = SF_TRACE_OPENB;
	struct sf_scenario *s = scenario_of(nodes);
	cr_assert(eq(int, sf_trace_load(s, &spec, &err), 0), "%s", err.text);
	cr_assert(eq(sz, s->trace.n, 7255));
	int64_t *us = calloc(s->trace.n, sizeof(*us));
	for (size_t i = 0; i < s->trace.n; i++) {
		us[i] = s->trace.pod[i].duration_us;
	}
	cr_expect(lt(dbl, distance(us, s->trace.n, 707, 1.88), 0.0505));
	cr_expect(gt(dbl, distance(us, s->trace.n, 900, 1.88), 0.0505));
	free(us);
	sf_scenario_destroy(s);
}

Test(trace, windows_speed_namespaces_and_products)
{
	struct sf_error err = {0};
	struct sf_trace spec = spec_of(SF_TRACE_CSV);
	spec.start_s = 10;
	spec.end_s = 60;
	spec.speed = 4;
	struct sf_scenario *s = load(spec, "arrival,gpu\n70,1\n50,1\n10,1\n9.9,1\n60,1\n", &err);
	cr_assert(s != NULL, "%s", err.text);
	cr_assert(eq(sz, s->trace.n, 2));
	cr_expect(eq(i64, s->trace.pod[0].time_us, 10000000));
	cr_expect(eq(i64, s->trace.pod[1].time_us, 0));
	cr_expect(eq(u32, s->workload[1].count, 2));
	sf_scenario_destroy(s);

	struct sf_error other = {0};
	static const char quota[] = "pools: [{product: T4}]\nnamespaces: [{name: a}, {name: b}]\n"
				    "workloads: [{request: {gpu: 1}}]\n";
	char rows[] = "arrival,gpu,namespace\n0,1,b\n0,1,a\n0,1,b\n0,1,\n";
	s = scenario_of(quota);
	spec = spec_of(SF_TRACE_CSV);
	cr_assert(eq(int, sf_trace_parse(s, &spec, rows, strlen(rows), &other), 0), "%s",
	          other.text);
	cr_assert(eq(sz, s->n_workloads, 4));
	cr_expect(s->workload[1].namespace == 2 && s->workload[1].count == 2);
	cr_expect(s->workload[2].namespace == 1 && s->workload[3].namespace == 0);
	sf_scenario_destroy(s);

	spec = spec_of(SF_TRACE_CSV);
	spec.any_product = true;
	s = load(spec, "arrival,gpu,product\n70,1,T5\n", &err);
	cr_assert(s != NULL, "%s", err.text);
	cr_expect(eq(int, s->workload[1].request.n_products, 0));
	sf_scenario_destroy(s);
}

static const struct {
	enum sf_trace_format format;
	const char *text;
	const char *message;
} refused[] = {
	{SF_TRACE_CSV, "", "t: empty, no columns"},
	{SF_TRACE_CSV, "arrival,gpu\n", "t: no pods"},
	{SF_TRACE_CSV, "gpu\n1\n", "t:1:1: no column 'arrival'"},
	{SF_TRACE_CSV, "name,cpu_milli,memory_mib\na,1,1\n",
         "t:1:1: this is a list of openb: name it under trace: with format: openb"},
	{SF_TRACE_CSV, "arrival,gpus\n1,1\n", "t:1:9: unknown column 'gpus', did you mean 'gpu'?"},
	{SF_TRACE_CSV, "arrival,gpu\n1,1\nx,1\n",
         "t:3:1: expected a duration such as 90, 90s, 15m, 1h30m or 2d"},
	{SF_TRACE_CSV, "arrival,gpu\n,1\n",
         "t:2:1: expected a duration such as 90, 90s, 15m, 1h30m or 2d"},
	{SF_TRACE_CSV, "arrival,duration,gpu\n1,-1,1\n",
         "t:2:3: expected a duration such as 90, 90s, 15m, 1h30m or 2d"},
	{SF_TRACE_CSV, "arrival,gpu\n1,1.5\n",
         "t:2:3: gpu counts whole GPUs; a part of one is shared: 1, a MIG profile, or gpu_milli: "
         "500"},
	{SF_TRACE_CSV, "arrival,gpu,shared\n1,1,1\n",
         "t:2:1: gpu, shared, mig and resources are four ways to ask; use one (several names go "
         "under resources)"},
	{SF_TRACE_CSV, "arrival,gpu\n1,\n",
         "t:2:1: the request asks for nothing: add gpu: 1, shared: 1, mig: PROFILE, cpu or "
         "memory"},
	{SF_TRACE_CSV, "arrival,mig\n1,1g.11gb\n",
         "t:2:3: no product of the catalog has a MIG profile '1g.11gb'"},
	{SF_TRACE_CSV, "arrival,gpu,product\n1,1,T5\n",
         "t:2:5: unknown product 'T5', did you mean 'T4'?; 'slicefit catalog' lists them"},
	{SF_TRACE_CSV, "arrival,gpu,class\n1,1,web\n",
         "t:2:5: unknown class 'web' (training, inference, interactive, batch)"},
	{SF_TRACE_CSV, "arrival,gpu,workload\n1,1,a\x1f\n",
         "t:2:5: control characters in workload"},
	{SF_TRACE_CSV, "arrival,gpu,workload\n1,1,a\xff\n",
         "t:2:5: not UTF-8; save the trace as UTF-8"},
	{SF_TRACE_CSV, "arrival,\"gp\nu\"\n1,1\n",
         "t:1:9: unknown column 'gp?u', did you mean 'gpu'?"},
	{SF_TRACE_CSV, "arrival,gpu,priority\n1,1,5000000000\n",
         "t:2:5: '5000000000' is not in -2147483648..2147483647"},
	{SF_TRACE_JSONL, "{\"arrival\": 1, \"gpu\": 1}\n[1]\n",
         "t:2:1: expected an object: {\"arrival\": 0, \"gpu\": 1}"},
	{SF_TRACE_JSONL, "{\"arrival\": 1, \"gpu\": 1}\n{\"gpu\": 1}\n", "t:2:1: no arrival"},
	{SF_TRACE_JSONL, "{\"arrival\": 1, \"cpus\": 1}\n",
         "t:1:16: unknown key 'cpus', did you mean 'cpu'?"},
	{SF_TRACE_JSONL, "{\"arrival\": 1, \"cpu\": [1]}\n",
         "t:1:16: cpu: expected a text or a number"},
	{SF_TRACE_JSONL, "{\"arrival\": 1, \"cpu\": 1e300}\n", "t:1:16: cpu: number out of range"},
	{SF_TRACE_JSONL, "{\"arrival\": 1, \"gpu\": 1, \"gpu\": 2}\n",
         "t:1:30: duplicate object key near '\"gpu\"'"},
	{SF_TRACE_JSONL, "{\"arrival\": 1, \"mig\": {\"1g.10gb\": \"x\"}}\n",
         "t:1:16: mig: expected a profile or {\"1g.10gb\": 2}"},
	{SF_TRACE_JSONL, "{\"arrival\": 1, \"gpu\": 1, \"product\": [1]}\n",
         "t:1:26: product: expected a product or a list of products"},
	{SF_TRACE_OPENB,
         "name,cpu_milli,memory_mib,num_gpu,gpu_milli,creation_time,deletion_time,"
         "scheduled_time\np,1,1,1,1000,5,6,7\n",
         "t:2:16: deletion_time is before scheduled_time"},
	{SF_TRACE_OPENB,
         "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,creation_time,deletion_time,"
         "scheduled_time\np,1,1,1,1000,X1,5,9,7\n",
         "t:2:14: gpu_spec 'X1': no product of the catalog; add it to one, or set any_product: "
         "true"},
};

Test(trace, refuses_with_the_place_and_the_mend)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct sf_error err = {0};
		cr_expect(load(spec_of(refused[i].format), refused[i].text, &err) == NULL,
		          "row %zu", i);
		cr_expect(eq(str, err.text, (char *)refused[i].message), "row %zu", i);
	}
}

/* Many names that differ in their suffix only, and as many wishes for them. */
Test(trace, limits)
{
	struct sf_str text = {0};
	struct sf_error err = {0};
	sf_str_append(&text, "arrival,workload,cpu\n");
	for (int i = 0; i <= SF_SCENARIO_LIST_MAX; i++) {
		sf_str_printf(&text, "0,x%s%.0d,%d\n", i > 1 && i % 2 ? "-" : "", i % 2 ? i : 0,
		              i + 1);
	}
	cr_expect(load(spec_of(SF_TRACE_CSV), text.text, &err) == NULL);
	cr_expect(eq(str, err.text, "t:10002: more than 10000 different requests"));
	text.len = strlen(text.text) - strlen("0,x,10001\n");
	text.text[text.len] = '\0';
	struct sf_scenario *s = load(spec_of(SF_TRACE_CSV), text.text, &err);
	cr_assert(s != NULL, "%s", err.text);
	cr_expect(eq(sz, s->n_workloads, 10001));
	sf_scenario_destroy(s);

	text.len = 0;
	sf_str_append(&text, "arrival,gpu\n");
	for (int i = 0; i < SF_SCENARIO_PODS_MAX - 1; i++) {
		sf_str_append_n(&text, "0,1\n", 4);
	}
	cr_expect(load(spec_of(SF_TRACE_CSV), text.text, &err) == NULL);
	cr_expect(eq(str, err.text, "t:1000000: more than 1000000 pods"));
	sf_str_finish(&text);
}

static void put_file(const char *folder, const char *name, const char *text)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	cr_assert(file != NULL);
	fputs(text, file);
	fclose(file);
}

/* The file is found beside the scenario, and what is written refers to it from anywhere. */
Test(trace, scenarios_name_their_trace)
{
	char folder[] = "/tmp/slicefit-trace-XXXXXX";
	struct sf_error err = {0};
	struct sf_str first = {0}, second = {0};
	char path[512];
	cr_assert(mkdtemp(folder) != NULL);
	put_file(folder, "jobs.csv", csv);
	put_file(folder, "s.yaml",
	         "pools: [{product: T4}]\n"
	         "trace: {file: jobs.csv, speed: 2, start: 1s, end: 90s, any_product: true}\n");
	snprintf(path, sizeof(path), "%s/s.yaml", folder);
	struct sf_scenario *s = sf_scenario_load(path, catalog, &err);
	cr_assert(s != NULL, "%s", err.text);
	cr_expect(eq(sz, s->trace.n, 2));
	cr_expect(eq(int, sf_scenario_write(s, true, &first, &err), 0), "%s", err.text);
	struct sf_scenario *back = sf_scenario_parse(first.text, first.len, "x", catalog, &err);
	cr_assert(back != NULL, "%s", err.text);
	cr_expect(eq(int, sf_scenario_write(back, true, &second, &err), 0), "%s", err.text);
	cr_expect(eq(str, first.text, second.text));
	cr_assert(eq(sz, back->trace.n, 2));
	cr_expect(eq(i64, back->trace.pod[1].time_us, 29500000));
	sf_str_finish(&first);
	sf_str_finish(&second);
	sf_scenario_destroy(s);
	sf_scenario_destroy(back);

	put_file(folder, "s.yaml", "pools: [{product: T4}]\ntrace: {file: none.csv}\n");
	cr_expect(sf_scenario_load(path, catalog, &err) == NULL);
	cr_expect(strstr(err.text, "/none.csv: No such file") != NULL, "%s", err.text);
	put_file(folder, "c.yaml", "pools: [{product: T4}]\n");
	snprintf(path, sizeof(path), "%s/c.yaml", folder);
	char pods[512];
	snprintf(pods, sizeof(pods), "%s/jobs.csv", folder);
	s = sf_scenario_load_pods(path, pods, catalog, &err);
	cr_assert(s != NULL, "%s", err.text);
	cr_expect(eq(sz, s->trace.n, 5));
	sf_scenario_destroy(s);
	cr_expect(sf_scenario_load_pods(path, "/nowhere.csv", catalog, &err) == NULL);
	cr_expect(eq(str, err.text, "/nowhere.csv: No such file or directory"));
	snprintf(path, sizeof(path), "rm -r %s", folder);
	cr_expect(eq(int, system(path), 0));
}
