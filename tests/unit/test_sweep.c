/* Tests of sweeps: files, points and shards, factors, lines of results and their summary. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/sweep.h>

#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/report_sweep.h>
#include <slicefit/scenario.h>
#include <slicefit/str.h>
#include <slicefit/sweep_yaml.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(sweep, .timeout = 60);

static const char scenario[] =
	"seed: 11\n"
	"pools: [{name: t4, product: T4, nodes: 3, gpus: 4}, {product: L4, nodes: 2}]\n"
	"workloads:\n"
	"- {name: a, count: 10, request: {gpu: 1}, arrival: {every: 60s}, duration: 1h}\n"
	"- {name: b, count: 1, request: {gpu: 2}}\n";

static char folder[] = "/tmp/slicefit-sweep-XXXXXX";

static void write_file(const char *name, const char *text)
{
	struct sf_error err = {0};
	char path[256];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	cr_assert(eq(int, sf_file_write(path, text, strlen(text), &err), 0), "%s", err.text);
}

static void open_folder(void)
{
	cr_assert(mkdtemp(folder) != NULL);
	write_file("s.yaml", scenario);
}

static void close_folder(void)
{
	static const char *const names[] = {"s.yaml", "t.yaml", "sweep.yaml", "c.yaml",
	                                    "trace.csv"};
	char path[256];
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
}

static struct sf_sweep *load(const char *text, struct sf_error *err)
{
	char path[256];
	write_file("sweep.yaml", text);
	snprintf(path, sizeof(path), "%s/sweep.yaml", folder);
	return sf_sweep_load(path, err);
}

static struct sf_sweep *load_good(const char *text)
{
	struct sf_error err = {0};
	struct sf_sweep *sweep = load(text, &err);
	cr_assert(sweep != NULL, "%s", err.text);
	for (size_t i = 0; i < sweep->n_scenarios; i++) {
		sweep->scenario[i].policy[0] = "first-fit";
		sweep->scenario[i].policy[1] = "best-fit";
		sweep->scenario[i].n_policies = 2;
	}
	cr_assert(eq(int, sf_sweep_number(sweep, &err), 0), "%s", err.text);
	return sweep;
}

/* Points are all combinations, each once, the seed changing fastest and the scenario slowest. */
Test(sweep, points_are_all_combinations, .init = open_folder, .fini = close_folder)
{
	write_file("t.yaml", scenario);
	struct sf_sweep *sweep = load_good("scenarios: [s.yaml, t.yaml]\n"
	                                   "seeds: [5, 1..2]\n"
	                                   "parameters: {horizon: [1h, 2h], load: [1, 2, 3]}\n");
	size_t index = 0;
	cr_assert(eq(sz, sweep->points, (size_t)2 * 2 * 3 * 2 * 3));
	for (size_t s = 0; s < 2; s++) {
		for (size_t each = 0; each < 6; each++) {
			for (size_t run = 0; run < 6; run++, index++) {
				static const uint64_t seeds[] = {5, 1, 2};
				struct sf_sweep_point point;
				sf_sweep_point(sweep, index, &point);
				cr_expect(eq(sz, point.index, index));
				cr_expect(eq(sz, point.scenario, s));
				cr_expect(eq(sz, point.value[0], each / 3));
				cr_expect(eq(sz, point.value[1], each % 3));
				cr_expect(eq(str, (char *)point.policy,
				             run < 3 ? "first-fit" : "best-fit"));
				cr_expect(eq(u64, point.seed, seeds[run % 3]));
				cr_expect(eq(int, sf_sweep_same_scenario(sweep, index, 36 * s),
				             each == 0));
			}
		}
	}
	sf_sweep_destroy(sweep);
}

Test(sweep, without_seeds_those_of_the_scenario, .init = open_folder, .fini = close_folder)
{
	struct sf_sweep *sweep = load_good("scenarios: s.yaml\n");
	struct sf_sweep_point point;
	sf_sweep_point(sweep, 1, &point);
	cr_expect(eq(sz, sweep->points, 2));
	cr_expect(eq(u64, point.seed, 11));
	cr_expect(eq(str, (char *)sweep->name, "sweep"));
	cr_expect(eq(str, (char *)sweep->scenario[0].name, "s"));
	sf_sweep_destroy(sweep);
}

/* The digest is about what decides, not about how it is written down. */
Test(sweep, digest, .init = open_folder, .fini = close_folder)
{
	static const struct {
		const char *text;
		bool same;
	} rows[] = {
		{"scenarios: [s.yaml]\nseeds: 1..2\nparameters:\n  load: [1, 2]  # more\n", true},
		{"scenarios: [./s.yaml]\nseeds: 1..2\ndescription: x\nparameters: {load: [1, 2]}\n",
	         true},
		{"scenarios: [s.yaml]\nseeds: 1..3\nparameters: {load: [1, 2]}\n", false},
		{"scenarios: [s.yaml]\nseeds: 1..2\nparameters: {load: [1, 3]}\n", false},
		{"scenarios: [t.yaml]\nseeds: 1..2\nparameters: {load: [1, 2]}\n", false},
	};
	write_file("t.yaml", "name: s\npools: [{product: T4}]\nworkloads: [{request: {gpu: 1}}]\n");
	struct sf_sweep *sweep =
		load_good("scenarios: s.yaml\nseeds: 1..2\nparameters: {load: [1, 2]}\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sf_sweep *other = load_good(rows[i].text);
		cr_expect(eq(int, strcmp(sweep->digest, other->digest) == 0, rows[i].same),
		          "row %zu", i);
		sf_sweep_destroy(other);
	}
	sf_sweep_destroy(sweep);
}

/* So do the bytes of the trace that a scenario names, and of the catalog. */
Test(sweep, digest_of_files, .init = open_folder, .fini = close_folder)
{
	static const char text[] = "scenarios: t.yaml\ncatalog: c.yaml\n";
	static const struct {
		const char *trace, *catalog;
		bool same;
	} rows[] = {
		{"arrival,gpu\n0,1\n", "products: []\n", true},
		{"arrival,gpu\n0,1\n", "# none\nproducts:  []\n", true},
		{"arrival,gpu\n0,2\n", "products: []\n", false},
		{"arrival,gpu\n0,1\n", "products: [{name: x}]\n", false},
	};
	char first[17] = "";
	write_file("t.yaml", "pools: [{product: T4}]\ntrace: {file: trace.csv}\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		write_file("trace.csv", rows[i].trace);
		write_file("c.yaml", rows[i].catalog);
		struct sf_sweep *sweep = load_good(text);
		if (i == 0) {
			memcpy(first, sweep->digest, sizeof(first));
		}
		cr_expect(eq(int, strcmp(sweep->digest, first) == 0, rows[i].same), "row %zu", i);
		sf_sweep_destroy(sweep);
	}
}

/* Gangs stay whole, traces keep their pods, and both feel the factors. */
Test(sweep, factors_on_gangs_and_traces, .init = open_folder, .fini = close_folder)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_error err = {0};
	struct sf_sweep_point point;
	write_file("t.yaml", "pools: [{product: T4, gpus: 8}]\ntrace: {file: trace.csv}\n"
	                     "workloads: [{count: 6, gang: {size: 3}, request: {gpu: 1}}]\n");
	write_file("trace.csv", "arrival,gpu,duration\n60,1,1h\n120,1,forever\n");
	struct sf_sweep *sweep =
		load_good("scenarios: t.yaml\nparameters: {load: [1.7], stay: [2]}\n");
	sf_sweep_point(sweep, 0, &point);
	struct sf_scenario *got = sf_sweep_build(sweep, &point, catalog, &err);
	cr_assert(got != NULL, "%s", err.text);
	cr_expect(eq(u32, got->workload[0].count, 9));
	cr_assert(eq(sz, got->trace.n, 2));
	cr_expect(eq(u32, got->workload[got->trace.first_workload].count, 2));
	cr_expect(eq(i64, got->trace.pod[0].time_us, 35294117));
	cr_expect(eq(i64, got->trace.pod[1].time_us, 70588235));
	cr_expect(eq(i64, got->trace.pod[0].duration_us, INT64_C(7200000000)));
	cr_expect(lt(i64, got->trace.pod[1].duration_us, 0));
	sf_scenario_destroy(got);
	sf_sweep_destroy(sweep);
	sf_catalog_destroy(catalog);
}

/* What is known one by one is not multiplied. */
Test(sweep, factors_on_running_pods, .init = open_folder, .fini = close_folder)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_error err = {0};
	struct sf_sweep_point point;
	write_file("t.yaml",
	           "pools: [{name: a, product: T4, gpus: 8}]\n"
	           "workloads: [{name: w, count: 6, request: {gpu: 1}, running: {a-0: 2}},"
	           " {count: 2, request: {gpu: 1}, running: {a-0: 2}}]\n");
	struct sf_sweep *sweep = load_good("scenarios: t.yaml\nparameters: "
	                                   "{load: [2, 0.01], nodes: [1, 2]}\n");
	sf_sweep_point(sweep, 0, &point);
	struct sf_scenario *got = sf_sweep_build(sweep, &point, catalog, &err);
	cr_assert(got != NULL, "%s", err.text);
	cr_expect(got->workload[0].count == 10 && got->workload[1].count == 2);
	sf_scenario_destroy(got);
	sf_sweep_point(sweep, 4, &point);
	got = sf_sweep_build(sweep, &point, catalog, &err);
	cr_assert(got != NULL, "%s", err.text);
	cr_expect(got->workload[0].count == 3 && got->workload[1].count == 2);
	sf_scenario_destroy(got);
	sf_sweep_point(sweep, 2, &point);
	cr_expect(sf_sweep_build(sweep, &point, catalog, &err) == NULL);
	cr_expect(strstr(err.text, "pods of workload w run on certain nodes") != NULL, "%s",
	          err.text);
	sf_sweep_destroy(sweep);
	sf_catalog_destroy(catalog);
}

/* 10^9 s at a thousandth of the speed and of the load are beyond 64 bits of microseconds. */
Test(sweep, times_of_traces_saturate, .init = open_folder, .fini = close_folder)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_error err = {0};
	struct sf_sweep_point point;
	write_file("t.yaml", "pools: [{product: T4, gpus: 8}]\n"
	                     "trace: {file: trace.csv, speed: 0.001}\n");
	write_file("trace.csv", "arrival,gpu,duration\n1000000000,1,1h\n");
	struct sf_sweep *sweep = load_good("scenarios: t.yaml\nparameters: {load: [0.001]}\n");
	sf_sweep_point(sweep, 0, &point);
	struct sf_scenario *got = sf_sweep_build(sweep, &point, catalog, &err);
	cr_assert(got != NULL, "%s", err.text);
	cr_expect(eq(i64, got->trace.pod[0].time_us, INT64_C(1) << 62));
	sf_scenario_destroy(got);
	sf_sweep_destroy(sweep);
	sf_catalog_destroy(catalog);
}

static const struct {
	const char *text;
	const char *message;
} refused[] = {
	{"seeds: 1\n", "1:1: no scenarios: name files, scenarios: [a.yaml, b.yaml]"},
	{"scenario: s.yaml\n", "1:1: unknown key 'scenario', did you mean 'scenarios'?"},
	{"scenarios: [s.yaml, s.yaml]\n",
         "1:21: two scenarios are called 's'; give one another name"},
	{"scenarios: []\n", "1:12: expected a list of 1 to 1000 values"},
	{"schema: slicefit.sweep/2\nscenarios: s.yaml\n",
         "1:9: unknown schema, this version reads slicefit.sweep/1"},
	{"scenarios: s.yaml\npolicies: [a, b, a]\n", "2:18: policy 'a' is listed twice"},
	{"scenarios: s.yaml\nparameters: {seed: [1, 2]}\n",
         "2:14: seed is no parameter: list them under seeds"},
	{"scenarios: s.yaml\nparameters: {policies: [[a], [b]]}\n",
         "2:14: policies is no parameter: list them under policies, beside parameters"},
	{"scenarios: s.yaml\nparameters: {load: [1, 1]}\n", "2:24: value 1 is listed twice"},
	{"scenarios: s.yaml\nparameters: {load: [0]}\n", "2:21: '0' is not in 0.001..1000"},
	{"scenarios: s.yaml\nparameters: {load: []}\n",
         "2:20: expected a list of 1 to 1000 values"},
	{"scenarios: s.yaml\nparameters: [load]\n",
         "2:13: expected at most 16 lines 'path: [value, value]'"},
	{"scenarios: s.yaml\nname: \"a\\nb\"\n", "2:7: expected one line of text"},
};

Test(sweep, refuses_with_the_place, .init = open_folder, .fini = close_folder)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct sf_error err = {0};
		struct sf_sweep *sweep = load(refused[i].text, &err);
		cr_expect(sweep == NULL, "row %zu", i);
		const char *place = strstr(err.text, "sweep.yaml:");
		cr_assert(place != NULL, "%s", err.text);
		cr_expect(
			eq(str, (char *)place + strlen("sweep.yaml:"), (char *)refused[i].message));
		sf_sweep_destroy(sweep);
	}
}

Test(sweep, refuses_too_many_points, .init = open_folder, .fini = close_folder)
{
	struct sf_error err = {0};
	struct sf_sweep *sweep = load_good("scenarios: s.yaml\nseeds: 1..10000\n");
	sweep->scenario[0].n_policies = 101;
	cr_expect(eq(int, sf_sweep_number(sweep, &err), -1));
	cr_expect(eq(int, err.code, SF_ELIMIT));
	sf_sweep_destroy(sweep);
}

static const struct {
	const char *path, *values;
	uint32_t nodes, pods;
	double every_s, stay_s;
} built[] = {
	{"pools.t4.nodes", "7", 7, 10, 60, 3600},
	{"pools.*.nodes", "9", 9, 10, 60, 3600},
	{"workloads.a.count", "20", 3, 20, 60, 3600},
	{"load", "2", 3, 20, 30, 3600},
	{"load", "0.25", 3, 3, 240, 3600},
	{"load", "0.001", 3, 1, 60000, 3600},
	{"nodes", "1.5", 5, 10, 60, 3600},
	{"nodes", "0.1", 1, 10, 60, 3600},
	{"stay", "0.5", 3, 10, 60, 1800},
};

Test(sweep, builds_scenarios, .init = open_folder, .fini = close_folder)
{
	struct sf_catalog *catalog = sf_catalog_create();
	for (size_t i = 0; i < sizeof(built) / sizeof(built[0]); i++) {
		struct sf_str text = {0};
		struct sf_error err = {0};
		struct sf_sweep_point point;
		sf_str_printf(&text, "scenarios: s.yaml\nparameters: {%s: [%s]}\n", built[i].path,
		              built[i].values);
		struct sf_sweep *sweep = load_good(text.text);
		sf_sweep_point(sweep, 0, &point);
		struct sf_scenario *got = sf_sweep_build(sweep, &point, catalog, &err);
		cr_assert(got != NULL, "%s", err.text);
		cr_expect(eq(u32, got->pool[0].count, built[i].nodes), "%s", text.text);
		cr_expect(eq(u32, got->workload[0].count, built[i].pods), "%s", text.text);
		cr_expect(
			epsilon_eq(dbl, got->workload[0].arrival.every_s, built[i].every_s, 1e-9));
		cr_expect(epsilon_eq(dbl, got->workload[0].duration.s, built[i].stay_s, 1e-9));
		cr_expect(ge(u32, got->workload[1].count, 1));
		sf_scenario_destroy(got);
		sf_sweep_destroy(sweep);
		sf_str_finish(&text);
	}
	sf_catalog_destroy(catalog);
}

static const struct {
	const char *text, *index;
	uint32_t number, count; /* count 0: refused */
} shards[] = {
	{"0/1", NULL, 0, 1},
	{"2/3", NULL, 2, 3},
	{"3", "1", 1, 3},
	{"2/3", "7", 2, 3},
	{"3/3", NULL, 0, 0},
	{"-1/3", NULL, 0, 0},
	{"1/0", NULL, 0, 0},
	{"0", "0", 0, 0},
	{"3", NULL, 0, 0},
	{"3", "3", 0, 0},
	{"3", "", 0, 0},
	{"1/3/4", NULL, 0, 0},
	{"", "1", 0, 0},
	{"/3", NULL, 0, 0},
	{"1/", NULL, 0, 0},
	{"a/3", NULL, 0, 0},
	{"99999/100000", NULL, 99999, 100000},
	{"0/100001", NULL, 0, 0},
	{"0/99999999999999999999", NULL, 0, 0},
};

Test(sweep, shards_as_people_write_them)
{
	for (size_t i = 0; i < sizeof(shards) / sizeof(shards[0]); i++) {
		struct sf_shard shard = {9, 9};
		struct sf_error err = {0};
		int rc = sf_shard_parse(shards[i].text, shards[i].index, &shard, &err);
		cr_expect(eq(int, rc, shards[i].count > 0 ? 0 : -1), "%s", shards[i].text);
		cr_expect(eq(u32, shard.index, rc == 0 ? shards[i].number : 9));
		cr_expect(eq(u32, shard.count, rc == 0 ? shards[i].count : 9));
	}
}

/* Whatever the number of shards, each point is in exactly one. */
Test(sweep, shards_are_a_partition)
{
	for (uint32_t count = 1; count < 12; count++) {
		for (size_t points = 0; points < 40; points++) {
			size_t sum = 0;
			for (uint32_t i = 0; i < count; i++) {
				struct sf_shard shard = {i, count};
				size_t own = 0;
				for (size_t k = 0; k < points; k++) {
					own += k % count == i;
				}
				cr_assert(eq(sz, sf_shard_points(&shard, points), own));
				sum += own;
			}
			cr_assert(eq(sz, sum, points));
		}
	}
}
