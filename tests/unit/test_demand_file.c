/* test_demand_file: a demand as a file: what its rows become, and what is refused where. */
// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <slicefit/catalog.h>
#include <slicefit/demand_file.h>
#include <slicefit/error.h>
#include <slicefit/scenario_yaml.h>
#include <slicefit/str.h>

#include <string.h>

static const char base[] =
	"pools: [{name: p, nodes: 2, gpus: 8, product: A100-80GB}]\n"
	"workloads:\n"
	"- {name: gone, count: 9, request: {gpu: 1}}\n"
	"- {name: runs, count: 5, priority: 7, running: {p-0: 2}, request: {gpu: 1, cpu: 4}}\n"
	"- {name: stays, count: 4, running: {p-1: 3}, request: {gpu: 1}, arrival: {at: 5}}\n";

static struct sf_scenario *scenario_with(struct sf_catalog *catalog, enum sf_demand_format format,
                                         const char *text, int rc, struct sf_error *err)
{
	struct sf_scenario *scenario = sf_scenario_parse(base, strlen(base), "base", catalog, err);

	cr_assert(not(zero(ptr, scenario)), "%s", err->text);
	cr_assert(eq(int, sf_demand_parse(scenario, "d", format, text, strlen(text), err), rc),
	          "%s: %s", text, err->text);
	return scenario;
}

static void expect_rows(const struct sf_scenario *scenario)
{
	const struct sf_workload *w = scenario->workload;

	cr_assert(eq(sz, scenario->n_workloads, 6));
	cr_expect(eq(str, (char *)w[0].name, "gpu:2"));
	cr_expect(eq(int, w[0].request.gpu, 2));
	cr_expect(eq(u32, w[0].count, 3));
	cr_expect(eq(i32, w[0].priority, 100));
	cr_expect(eq(int, (int)w[0].class, (int)SF_CLASS_TRAINING));
	cr_expect(eq(str, (char *)w[1].name, "1g.10gb"));
	cr_expect(eq(str, (char *)w[1].request.mig[0].profile, "1g.10gb"));
	cr_expect(eq(int, w[1].request.mig[0].count, 1));
	cr_expect(eq(str, (char *)w[2].name, "1g.10gb-2"));
	cr_expect(eq(i32, (int32_t)w[2].request.memory_mib, 2048));
	cr_expect(eq(int, w[3].request.shared, 1));
	cr_expect(eq(dbl, w[3].gpu_duty, 0.25));
	cr_expect(eq(i32, w[3].request.gpu_memory_mib, 4096));
	/* merged: the kind, the CPUs and the running pods are the scenario's */
	cr_expect(eq(str, (char *)w[4].name, "runs"));
	cr_expect(eq(u32, w[4].count, 6));
	cr_expect(eq(u32, w[4].n_running_pods, 2));
	cr_expect(eq(int, w[4].request.gpu, 1));
	cr_expect(eq(i32, (int32_t)w[4].request.cpu_milli, 4000));
	cr_expect(eq(i32, w[4].priority, 7));
	/* kept: with the pods that run */
	cr_expect(eq(str, (char *)w[5].name, "stays"));
	cr_expect(eq(u32, w[5].count, 3));
	for (size_t i = 0; i < scenario->n_workloads; i++) {
		cr_expect(eq(int, w[i].timed, false), "workload %zu", i);
	}
}

Test(demand_file, csv_and_yaml_say_the_same)
{
	static const struct {
		enum sf_demand_format format;
		const char *text;
	} rows[] = {
		{SF_DEMAND_CSV, "kind,count,priority,class,name,gpu_memory,cpu,memory,duty\n"
	                        "gpu:2,3,100,training,,,,,\n"
	                        "1g.10gb,4,,,,,,,\n"
	                        "1g.10gb,5,,,,,,2Gi,\n"
	                        "shared,6,,interactive,nb,4Gi,,,0.25\n"
	                        ",6,,,runs,,,,\n"},
		{SF_DEMAND_YAML,
	         "demand:\n"
	         "- {kind: 'gpu:2', count: 3, priority: 100, class: training}\n"
	         "- {kind: 1g.10gb, count: 4}\n"
	         "- {kind: 1g.10gb, count: 5, memory: 2Gi}\n"
	         "- {kind: shared, count: 6, class: interactive, name: nb, gpu_memory: 4Gi,"
	         " duty: 0.25}\n"
	         "- {name: runs, count: 6}\n"},
	};
	struct sf_catalog *catalog = sf_catalog_create();

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct sf_error err = {0};
		struct sf_scenario *scenario =
			scenario_with(catalog, rows[i].format, rows[i].text, 0, &err);

		expect_rows(scenario);
		sf_scenario_destroy(scenario);
	}
	sf_catalog_destroy(catalog);
}

Test(demand_file, no_fewer_than_run)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_error err = {0};
	struct sf_scenario *scenario =
		scenario_with(catalog, SF_DEMAND_CSV, "name,count\nruns,1\n", 0, &err);

	cr_expect(eq(u32, scenario->workload[0].count, 2));
	sf_scenario_destroy(scenario);
	sf_catalog_destroy(catalog);
}

Test(demand_file, a_list_alone_is_enough)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_error err = {0};
	struct sf_scenario *scenario =
		scenario_with(catalog, SF_DEMAND_YAML, "- {kind: gpu, count: 1}\n", 0, &err);

	cr_expect(eq(sz, scenario->n_workloads, 3));
	sf_scenario_destroy(scenario);
	sf_catalog_destroy(catalog);
}

Test(demand_file, what_is_wrong_is_named_with_its_place)
{
	static const struct {
		enum sf_demand_format format;
		const char *text, *said;
	} rows[] = {
		{SF_DEMAND_CSV, "", "d: empty"},
		{SF_DEMAND_CSV, "kind\ngpu\n", "count"},
		{SF_DEMAND_CSV, "kind,count\n", "d: no demand"},
		{SF_DEMAND_CSV, "kind,count\ngpus,1\n", "d:2:1: unknown kind 'gpus'"},
		{SF_DEMAND_CSV, "kind,count\ngpu,none\n", "d:2:5: "},
		{SF_DEMAND_CSV, "kind,count\n1g.11gb,1\n", "d:2:1: "},
		{SF_DEMAND_CSV, "kind,count\ngpu:x,1\n", "d:2:1: "},
		{SF_DEMAND_CSV, "kind,count,class\ngpu,1,trainig\n", "d:2:7: "},
		{SF_DEMAND_CSV, "kind,count,cuont\ngpu,1,1\n", "did you mean 'count'"},
		{SF_DEMAND_CSV, "kind,count,name\ngpu,1,a\ngpu,1,a\n", "d:3:7: workload a is"},
		{SF_DEMAND_CSV, "kind,count\n,1\n", "d:2:1: no kind"},
		{SF_DEMAND_CSV, "name,count\nnew,1\n", "d:2:1: no kind"},
		{SF_DEMAND_CSV, "kind,count,name\n1g.10gb,1,runs\n", "d:2:1: pods of runs run"},
		{SF_DEMAND_CSV, "kind,count,duty\ngpu,1,2\n", "d:2:7: "},
		{SF_DEMAND_CSV, "kind,count\ngpu,900000\ngpu,900000\n", "d:3:1: "},
		{SF_DEMAND_YAML, "demand: 3\n", "d:1:9: expected a list"},
		{SF_DEMAND_YAML, "demands: []\n", "did you mean 'demand'"},
		{SF_DEMAND_YAML, "[]\n", "d: no demand"},
		{SF_DEMAND_YAML, "- gpu\n", "d:1:3: expected an entry"},
		{SF_DEMAND_YAML, "- {kind: gpu}\n", "d:1:3: no count"},
		{SF_DEMAND_YAML, "- {kind: [gpu], count: 1}\n", "d:1:10: expected one value"},
		{SF_DEMAND_YAML, "- {kind: gpu, count: 1, cuont: 2}\n", "did you mean 'count'"},
		{SF_DEMAND_YAML, "- {kind: gpu, kind: gpu, count: 1}\n", "d:1:"},
	};
	struct sf_catalog *catalog = sf_catalog_create();

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct sf_error err = {0};
		struct sf_scenario *scenario =
			scenario_with(catalog, rows[i].format, rows[i].text, -1, &err);

		cr_expect(not(zero(ptr, strstr(err.text, rows[i].said))), "%s gives: %s",
		          rows[i].text, err.text);
		sf_scenario_destroy(scenario);
	}
	sf_catalog_destroy(catalog);
}

/* What a plan writes of it can be read again. */
Test(demand_file, rules_about_groups_that_went_go)
{
	static const char text[] =
		"pools: [{name: p, nodes: 2, gpus: 8, product: A100-80GB}]\n"
		"workloads:\n"
		"- {name: a, groups: [x, z], request: {gpu: 1}}\n"
		"- {name: b, groups: [y], running: {p-0: 1}, request: {gpu: 1}, nodes: {apart: [x, "
		"y], spread: {max_skew: 1, group: z}}}\n";
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_error err = {0};
	struct sf_scenario *scenario = sf_scenario_parse(text, strlen(text), "t", catalog, &err),
			   *again;
	struct sf_str out = {0};

	cr_assert(not(zero(ptr, scenario)), "%s", err.text);
	cr_assert(eq(int,
	             sf_demand_parse(scenario, "d", SF_DEMAND_CSV, "kind,count\ngpu,1\n", 17, &err),
	             0));
	cr_assert(eq(sz, scenario->n_workloads, 2));
	cr_expect(eq(sz, scenario->workload[1].rule->n_apart, 1));
	cr_expect(eq(u32, scenario->workload[1].rule->max_skew, 0));
	cr_assert(eq(int, sf_scenario_write(scenario, false, &out, &err), 0));
	again = sf_scenario_parse(sf_str_get(&out), out.len, "again", catalog, &err);
	cr_expect(not(zero(ptr, again)), "%s", err.text);
	sf_scenario_destroy(again);
	sf_scenario_destroy(scenario);
	sf_str_finish(&out);
	sf_catalog_destroy(catalog);
}

Test(demand_file, formats_by_name)
{
	cr_expect(eq(int, (int)sf_demand_format_guess("a.yaml"), (int)SF_DEMAND_YAML));
	cr_expect(eq(int, (int)sf_demand_format_guess("a.yml"), (int)SF_DEMAND_YAML));
	cr_expect(eq(int, (int)sf_demand_format_guess("a.json"), (int)SF_DEMAND_YAML));
	cr_expect(eq(int, (int)sf_demand_format_guess("a.csv"), (int)SF_DEMAND_CSV));
	cr_expect(eq(int, (int)sf_demand_format_guess("-"), (int)SF_DEMAND_CSV));
}
