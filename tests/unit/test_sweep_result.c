/* Tests of the results of sweeps: lines read back, files cut anywhere, the summary over seeds. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/sweep_result.h>

#include <slicefit/error.h>
#include <slicefit/report_sweep.h>
#include <slicefit/str.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

TestSuite(sweep_result, .timeout = 60);

#define HEAD                                                                                       \
	"{\"schema\":\"slicefit.sweep-result/1\",\"sweep\":\"s\",\"digest\":\"d\","                \
	"\"version\":\"1\",\"points\":6}\n"
#define HEAD_SHARD                                                                                 \
	"{\"schema\":\"slicefit.sweep-result/1\",\"sweep\":\"s\",\"digest\":\"d\","                \
	"\"version\":\"1\",\"points\":6,\"shard\":\"1/2\"}\n"
#define LINE(point, load, policy, seed, placed)                                                    \
	"{\"point\":" point ",\"scenario\":\"x\",\"parameters\":{\"load\":" load                   \
	",\"mode\":\"a b\"},\"policy\":\"" policy "\",\"seed\":" seed                              \
	",\"metrics\":{\"pods.placed\":" placed ",\"wait_s.mean\":1.5}}\n"

static const char whole[] = HEAD LINE("0", "0.8", "best-fit", "1", "10")
	LINE("1", "0.8", "best-fit", "2", "14") LINE("2", "0.8", "random", "1", "9")
		LINE("3", "0.8", "random", "2", "9") LINE("4", "1.0", "best-fit", "1", "3")
			LINE("5", "1.0", "best-fit", "2", "null");

static int read(struct sf_sweep_results *results, const char *text, struct sf_error *err)
{
	return sf_sweep_results_read(results, "r.jsonl", text, strlen(text), err);
}

/* Wherever a file ends, its whole lines are there, and no more. */
Test(sweep_result, cut_anywhere)
{
	for (size_t len = 0; len <= strlen(whole); len++) {
		struct sf_sweep_results results;
		struct sf_error err = {0};
		size_t lines = 0;
		size_t intact = 0;
		for (size_t i = 0; i < len; i++) {
			lines += whole[i] == '\n';
			intact = whole[i] == '\n' ? i + 1 : intact;
		}
		sf_sweep_results_init(&results);
		int rc = sf_sweep_results_read(&results, "r.jsonl", whole, len, &err);
		cr_assert(eq(int, rc, 0), "%zu: %s", len, err.text);
		cr_assert(eq(sz, results.n, lines > 0 ? lines - 1 : 0));
		cr_assert(eq(sz, results.intact, intact));
		sf_sweep_results_finish(&results);
	}
}

Test(sweep_result, reads_a_line)
{
	struct sf_sweep_results results;
	struct sf_error err = {0};
	sf_sweep_results_init(&results);
	cr_assert(
		eq(int, read(&results, HEAD_SHARD LINE("3", "0.8", "random", "7", "9"), &err), 0));
	const struct sf_sweep_record *record = &results.record[0];
	cr_expect(eq(u32, results.head.shard.index, 1));
	cr_expect(eq(u32, results.head.shard.count, 2));
	cr_expect(eq(sz, results.head.points, 6));
	cr_expect(eq(sz, record->point, 3));
	cr_expect(eq(u64, record->seed, 7));
	cr_expect(eq(str, (char *)record->scenario, "x"));
	cr_expect(eq(str, (char *)record->policy, "random"));
	cr_expect(eq(sz, record->n_settings, 2));
	cr_expect(eq(str, (char *)record->setting[0].path, "load"));
	cr_expect(eq(str, (char *)record->setting[0].text, "0.8"));
	cr_expect(eq(str, (char *)record->setting[1].text, "a b"));
	cr_expect(eq(sz, results.n_metrics, 2));
	cr_expect(eq(str, (char *)results.metric[0], "pods.placed"));
	cr_expect(eq(dbl, record->metric[1], 1.5));
	cr_expect(eq(u32, record->line_number, 2));
	sf_sweep_results_finish(&results);
}

static const struct {
	const char *text, *message;
} refused[] = {
	{"x\n", "r.jsonl:1: not a line of results; delete it to compute it anew"},
	{"[]\n", "r.jsonl:1: not a line of results; delete it to compute it anew"},
	{"{}\n", "r.jsonl:1: not results of a sweep: the first line must have schema "
                 "\"slicefit.sweep-result/1\""},
	{"{\"schema\":\"slicefit.sweep-result/1\"}\n",
         "r.jsonl:1: sweep, digest, version or points is missing or wrong"},
	{HEAD "{\"point\":0}\n", "r.jsonl:2: point, scenario, policy or seed is missing or wrong"},
	{HEAD LINE("6", "1", "a", "1", "1"), "r.jsonl:2: a point that the sweep does not have"},
	{HEAD LINE("-1", "1", "a", "1", "1"),
         "r.jsonl:2: point, scenario, policy or seed is missing or wrong"},
	{HEAD LINE("1", "1", "a\\n", "1", "1"),
         "r.jsonl:2: point, scenario, policy or seed is missing or wrong"},
	{HEAD LINE("1", "1", "a", "1", "\"1\""), "r.jsonl:2: metrics: expected numbers"},
	{HEAD LINE("1", "1", "a", "1", "1,\"wait_s.mean\":3"),
         "r.jsonl:2: not a line of results; delete it to compute it anew"},
	{HEAD "\n", "r.jsonl:2: not a line of results; delete it to compute it anew"},
};

Test(sweep_result, refuses_with_the_line)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct sf_sweep_results results;
		struct sf_error err = {0};
		sf_sweep_results_init(&results);
		cr_expect(eq(int, read(&results, refused[i].text, &err), -1), "row %zu", i);
		cr_expect(eq(str, err.text, (char *)refused[i].message));
		sf_sweep_results_finish(&results);
	}
}

/* Lines in any order and twice come out in order and once; two results for a point do not pass. */
Test(sweep_result, sorts)
{
	struct sf_sweep_results results;
	struct sf_error err = {0};
	size_t twice = 0;
	sf_sweep_results_init(&results);
	cr_assert(eq(int,
	             read(&results,
	                  HEAD LINE("4", "1", "a", "1", "1") LINE("0", "1", "b", "1", "2")
	                          LINE("4", "1", "a", "1", "1"),
	                  &err),
	             0));
	cr_assert(eq(int, sf_sweep_results_sort(&results, &twice, &err), 0));
	cr_expect(eq(sz, results.n, 2));
	cr_expect(eq(sz, twice, 1));
	cr_expect(eq(sz, results.record[0].point, 0));
	cr_expect(eq(sz, results.record[1].point, 4));
	cr_assert(eq(int, read(&results, HEAD LINE("0", "1", "b", "1", "3"), &err), 0));
	cr_expect(eq(int, sf_sweep_results_sort(&results, &twice, &err), -1));
	cr_expect(
		eq(str, err.text,
	           "point 0 has two different results: r.jsonl:3 and r.jsonl:2; compute it anew"));
	sf_sweep_results_finish(&results);
}

/* Rows over the seeds, with the statistics of the values that are there. */
Test(sweep_result, summary)
{
	static const struct {
		size_t seeds, n;
		double mean;
	} rows[] = {{2, 2, 12}, {2, 2, 9}, {2, 1, 3}};
	struct sf_sweep_results results;
	struct sf_sweep_summary summary;
	struct sf_error err = {0};
	size_t placed = 9;
	sf_sweep_results_init(&results);
	cr_assert(eq(int, read(&results, whole, &err), 0));
	cr_assert(eq(int, sf_sweep_results_sort(&results, NULL, &err), 0));
	sf_sweep_summary_init(&summary, &results);
	cr_assert(eq(sz, summary.n, 3));
	cr_assert(sf_sweep_summary_find(&summary, "pods.placed", &placed));
	cr_expect(eq(sz, placed, 0));
	cr_expect(not(sf_sweep_summary_find(&summary, "pods", &placed)));
	for (size_t i = 0; i < 3; i++) {
		cr_expect(eq(sz, summary.group[i].seeds, rows[i].seeds));
		cr_expect(eq(sz, summary.group[i].stats[0].n, rows[i].n));
		cr_expect(epsilon_eq(dbl, summary.group[i].stats[0].mean, rows[i].mean, 1e-12));
	}
	struct sf_str csv = {0};
	sf_sweep_summary_table(&summary, &placed, 1, SF_TABLE_CSV, &csv);
	cr_expect(eq(str, csv.text,
	             "scenario,load,mode,policy,seeds,pods.placed,pods.placed.low_95,"
	             "pods.placed.high_95\n"
	             "x,0.8,a b,best-fit,2,12.000000,-13.412409,37.412409\n"
	             "x,0.8,a b,random,2,9.000000,9.000000,9.000000\n"
	             "x,1.0,a b,best-fit,2,3.000000,,\n"));
	sf_str_finish(&csv);
	sf_sweep_summary_finish(&summary);
	sf_sweep_results_finish(&results);
}

/* Differences to a policy, seed by seed; what has no partner is left out. */
Test(sweep_result, versus)
{
	struct sf_sweep_results results;
	struct sf_sweep_summary summary;
	struct sf_error err = {0};
	struct sf_str csv = {0};
	size_t placed = 9;
	sf_sweep_results_init(&results);
	cr_assert(eq(int,
	             read(&results,
	                  HEAD LINE("0", "0.8", "best-fit", "1", "10") LINE("1", "0.8", "best-fit",
	                                                                    "2", "14")
	                          LINE("2", "0.8", "best-fit", "3", "99")
	                                  LINE("3", "0.8", "random", "1", "9")
	                                          LINE("4", "0.8", "random", "2", "9")
	                                                  LINE("5", "1.0", "random", "2", "9"),
	                  &err),
	             0));
	cr_assert(eq(int, sf_sweep_results_sort(&results, NULL, &err), 0));
	sf_sweep_summary_init(&summary, &results);
	cr_assert(sf_sweep_summary_find(&summary, "pods.placed", &placed));
	cr_expect(eq(int, sf_sweep_summary_versus(&summary, "binpack", &err), -1));
	cr_expect(eq(sz, summary.n, 3));
	cr_assert(eq(int, sf_sweep_summary_versus(&summary, "random", &err), 0), "%s", err.text);
	cr_assert(eq(sz, summary.n, 1));
	const struct sf_stats *stats = &summary.group[0].stats[placed];
	cr_expect(eq(sz, stats->n, 2));
	cr_expect(epsilon_eq(dbl, stats->mean, 3, 1e-12));
	cr_expect(
		epsilon_eq(dbl, stats->half_95, 12.706204736 * 2, 1e-6)); /* t(1) * sd / sqrt(2) */
	sf_sweep_summary_table(&summary, &placed, 1, SF_TABLE_TEXT, &csv);
	cr_expect(strstr(csv.text, "best-fit - random") != NULL);
	cr_expect(strstr(csv.text, "+3.000 ± 25.412\n") != NULL);
	sf_str_finish(&csv);
	sf_sweep_summary_finish(&summary);
	sf_sweep_results_finish(&results);
}
