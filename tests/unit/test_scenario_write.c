/* Tests that a written scenario reads back as the same scenario. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/scenario_yaml.h>
#include <slicefit/str.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <glob.h>
#include <string.h>

TestSuite(scenario_write, .timeout = 20);

static uint64_t digest(const struct sf_scenario *scenario)
{
	struct sf_error err = {0};
	struct sf_cluster *cluster = sf_scenario_cluster(scenario, &err);
	cr_assert(cluster != NULL, "%s", err.text);
	uint64_t value = sf_cluster_digest(cluster);
	sf_cluster_destroy(cluster);
	return value;
}

/* The product names are texts of two scenarios or catalogs; all else is plain bytes. */
static void expect_same_request(const struct sf_request_spec *a, const struct sf_request_spec *b)
{
	struct sf_request_spec x = *a, y = *b;
	cr_assert(eq(u8, x.n_products, y.n_products));
	for (uint8_t i = 0; i < x.n_products; i++) {
		cr_expect(eq(str, (char *)x.product[i], (char *)y.product[i]));
		x.product[i] = y.product[i] = NULL;
	}
	cr_expect(memcmp(&x, &y, sizeof(x)) == 0);
}

static void expect_same_workload(const struct sf_workload *a, const struct sf_workload *b)
{
	cr_expect(eq(str, (char *)a->name, (char *)b->name));
	cr_expect(a->count == b->count && a->priority == b->priority && a->class == b->class, "%s",
	          a->name);
	expect_same_request(&a->request, &b->request);
	cr_expect(a->arrival.kind == b->arrival.kind && a->duration.kind == b->duration.kind, "%s",
	          a->name);
	cr_expect(epsilon_eq(dbl, a->arrival.at_s, b->arrival.at_s, 1e-6));
	cr_expect(epsilon_eq(dbl, a->arrival.every_s, b->arrival.every_s, 1e-6));
	cr_expect(epsilon_eq(dbl, a->duration.s, b->duration.s, 1e-6));
	cr_expect(epsilon_eq(dbl, a->duration.sigma, b->duration.sigma, 1e-6));
	cr_expect(epsilon_eq(dbl, a->deadline_s, b->deadline_s, 1e-6));
	cr_expect(a->timed == b->timed && a->max_replicas == b->max_replicas, "%s", a->name);
}

/* Every law of arrival and duration. */
static const char times[] =
	"pools: [{name: p, product: T4}]\n"
	"workloads:\n"
	"- {request: {gpu: 1}, arrival: {diurnal: 100/h, swing: 0.25, peak: 3h, at: 90},\n"
	"   duration: {weibull: {scale: 2h, shape: 0.5}}}\n"
	"- {request: {gpu: 1}, arrival: {diurnal: 100/h, days: [1, 2, 3, 4, 5, 0, 0.5],\n"
	"   hours: [0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 1, 1, 1, 1, 1, 1, 1, 1]},\n"
	"   duration: {pareto: {min: 1m, max: 7d, shape: 0.8}}}\n"
	"- {request: {gpu: 1}, arrival: {bursts: 6/d, size: 12.5, gap: 500ms},\n"
	"   duration: {exponential: 10}}\n"
	"- {request: {gpu: 1}, arrival: {on_off: 30/m, on: 10m, off: 2h}, duration: forever}\n"
	"- {request: {gpu: 1}, arrival: 90s, duration: {fixed: 3d}}\n";

Test(scenario_write, every_law_reads_back_as_itself)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_error err = {0};
	struct sf_str first = {0}, second = {0};
	struct sf_scenario *a = sf_scenario_parse(times, strlen(times), "times", catalog, &err);
	cr_assert(a != NULL, "%s", err.text);
	cr_assert(eq(int, sf_scenario_write(a, true, &first, &err), 0), "%s", err.text);
	struct sf_scenario *b = sf_scenario_parse(first.text, first.len, "first", catalog, &err);
	cr_assert(b != NULL, "%s\n%s", err.text, first.text);
	cr_assert(eq(int, sf_scenario_write(b, true, &second, &err), 0), "%s", err.text);
	cr_expect(eq(str, first.text, second.text));
	for (size_t i = 0; i < a->n_workloads; i++) {
		const struct sf_arrival_spec *x = &a->workload[i].arrival;
		const struct sf_arrival_spec *y = &b->workload[i].arrival;
		expect_same_workload(&a->workload[i], &b->workload[i]);
		cr_expect(x->swing == y->swing && x->peak_s == y->peak_s && x->size == y->size &&
		                  x->gap_s == y->gap_s && x->on_s == y->on_s &&
		                  x->off_s == y->off_s,
		          "workload %zu", i);
		bool same = !x->hour == !y->hour && !x->day == !y->day;
		cr_expect(same, "workload %zu", i);
		cr_expect(x->hour == NULL ||
		          memcmp(x->hour, y->hour, SF_HOURS * sizeof(double)) == 0);
		cr_expect(x->day == NULL || memcmp(x->day, y->day, SF_DAYS * sizeof(double)) == 0);
		cr_expect(a->workload[i].duration.max_s == b->workload[i].duration.max_s &&
		          a->workload[i].duration.shape == b->workload[i].duration.shape);
	}
	sf_str_finish(&first);
	sf_str_finish(&second);
	sf_scenario_destroy(a);
	sf_scenario_destroy(b);
	sf_catalog_destroy(catalog);
}

Test(scenario_write, fractions_and_products)
{
	static const char text[] =
		"pools:\n"
		"- {name: a, product: T4, gpus: 4, sharing: {fraction: true}}\n"
		"- {name: b, product: A30}\n"
		"workloads:\n"
		"- {name: part, request: {gpu_milli: 470, product: T4}}\n"
		"- {name: parts, request: {gpu: 3, gpu_milli: 250}}\n"
		"- {name: named, request: {gpu: 1, product: [T4, NVIDIA-A30, H100-80GB-SXM]}}\n"
		"- {name: other, request: {gpu: 1, product: H100-80GB-SXM}}\n";
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_error err = {0};
	struct sf_str out = {0}, again = {0};
	struct sf_scenario *a = sf_scenario_parse(text, strlen(text), "a", catalog, &err);
	cr_assert(a != NULL, "%s", err.text);
	cr_assert(eq(int, sf_scenario_write(a, true, &out, &err), 0), "%s", err.text);
	struct sf_scenario *b = sf_scenario_parse(out.text, out.len, "b", catalog, &err);
	cr_assert(b != NULL, "%s\n%s", err.text, out.text);
	cr_assert(eq(int, sf_scenario_write(b, true, &again, &err), 0), "%s", err.text);
	cr_expect(eq(str, out.text, again.text));
	cr_expect(digest(a) == digest(b));
	for (size_t w = 0; w < a->n_workloads; w++) {
		expect_same_workload(&a->workload[w], &b->workload[w]);
	}

	struct sf_cluster *cluster = sf_scenario_cluster(b, &err);
	struct sf_request request[4];
	for (size_t w = 0; w < 4; w++) {
		sf_request_resolve(&b->workload[w].request, cluster, &request[w]);
	}
	cr_expect(request[0].gpu_milli == 470 && request[0].want[0].count == 1);
	cr_expect(request[0].products == 1);
	cr_expect(request[1].gpu_milli == 250 && request[1].want[0].count == 3);
	cr_expect(request[1].products == 0);
	cr_expect(request[2].products == (3 | SF_PRODUCT_NOWHERE));
	cr_expect(request[3].products == SF_PRODUCT_NOWHERE);
	sf_cluster_destroy(cluster);
	sf_str_finish(&out);
	sf_str_finish(&again);
	sf_scenario_destroy(a);
	sf_scenario_destroy(b);
	sf_catalog_destroy(catalog);
}

static void reads_back(const char *path, const struct sf_catalog *catalog)
{
	struct sf_error err = {0};
	struct sf_str first = {0}, second = {0};
	struct sf_scenario *a = sf_scenario_load(path, catalog, &err);
	cr_assert(a != NULL, "%s", err.text);
	cr_assert(eq(int, sf_scenario_write(a, true, &first, &err), 0), "%s", err.text);
	struct sf_scenario *b = sf_scenario_parse(first.text, first.len, path, catalog, &err);
	cr_assert(b != NULL, "%s\n%s", err.text, first.text);
	cr_assert(eq(int, sf_scenario_write(b, true, &second, &err), 0), "%s", err.text);
	cr_expect(eq(str, first.text, second.text));
	cr_expect(digest(a) == digest(b), "%s", path);
	cr_assert(eq(sz, a->n_workloads, b->n_workloads));
	for (size_t w = 0; w < a->n_workloads; w++) {
		expect_same_workload(&a->workload[w], &b->workload[w]);
	}
	cr_expect(eq(sz, a->n_expects, b->n_expects));
	cr_expect(eq(dbl, a->horizon_s, b->horizon_s));
	cr_expect(memcmp(a->max_replicas, b->max_replicas, sizeof(a->max_replicas)) == 0);
	sf_str_finish(&first);
	sf_str_finish(&second);
	sf_scenario_destroy(a);
	sf_scenario_destroy(b);
}

Test(scenario_write, every_example_reads_back_as_itself)
{
	struct sf_catalog *catalog = sf_catalog_create();
	glob_t found;
	cr_assert(eq(int, glob(SF_SOURCE_DIR "/scenarios/*.yaml", 0, NULL, &found), 0));
	for (size_t i = 0; i < found.gl_pathc; i++) {
		reads_back(found.gl_pathv[i], catalog);
	}
	globfree(&found);
	sf_catalog_destroy(catalog);
}
