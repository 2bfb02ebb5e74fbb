/*
 * parvagpu: how few GPUs serve the six sets of ParvaGPU (SC'24): bench-parvagpu FOLDER [FACTOR]
 *
 * For each set of services, each with a rate of requests and a limit of latency: the fewest A100-80GB
 * on which MIG instances, each with one service in some batch size and number of processes, serve all
 * rates, as an integer program over the geometries of the GPU (docs/parvagpu-study.md). FOLDER holds
 * profiles.csv and slo.csv; rates are multiplied by FACTOR (default 1). Exit status 1 when a set needs
 * more GPUs than published (for factor 1), 2 for wrong input.
 */
// SPDX-License-Identifier: Apache-2.0
#include "engine/milp.h"
#include "engine/solver.h"

#include <slicefit/alloc.h>
#include <slicefit/catalog.h>
#include <slicefit/csv.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/mig.h>
#include <slicefit/product.h>
#include <slicefit/str.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZES = 5, PROCESSES = 5, MODELS_MAX = 16, POINTS_MAX = 4000, SERVICES_MAX = 128 };

/* Instances by their compute slices, and what they are called on this GPU. */
static const int slices[SIZES] = {1, 2, 3, 4, 7};
static const char *const profiles[SIZES] = {"1g.10gb", "2g.20gb", "3g.40gb", "4g.40gb", "7g.80gb"};

/* A measured point: one model on one instance. */
struct point {
	char model[24];
	int size; /* index into slices */
	int batch, processes;
	double rate;       /* requests per second, all processes together */
	double latency_ms; /* rounded to whole ones, as published */
};

struct service {
	int set, published;
	char model[24];
	double rate, latency_ms;
	const struct point *best[SIZES]; /* the fastest within the latency, or NULL */
};

struct study {
	struct point point[POINTS_MAX];
	size_t n_points;
	struct service service[SERVICES_MAX];
	size_t n_services;
	const struct sf_product *product;
	struct sf_mig_geometry *geometry;
	size_t n_geometries;
};

static double number(const struct sf_csv *csv, uint32_t field)
{
	return strtod(csv->field[field].text, NULL);
}

static int size_of(double of)
{
	for (int i = 0; i < SIZES; i++) {
		if ((int)of == slices[i]) {
			return i;
		}
	}
	return -1;
}

/* model,slices,batch and per number of processes the requests per second of each of them. */
static int take_profile(struct study *study, const struct sf_csv *csv, struct sf_error *err)
{
	int size = size_of(number(csv, 1));

	if (size < 0) {
		return sf_csv_fail(csv, 1, err, "expected 1, 2, 3, 4 or 7 slices");
	}
	for (uint32_t i = 0; i < PROCESSES; i++) {
		double each = number(csv, 3 + i);
		struct point *point = &study->point[study->n_points];

		if (each <= 0) {
			continue;
		}
		if (study->n_points == POINTS_MAX) {
			return sf_csv_fail(csv, 0, err, "more than %d points", POINTS_MAX);
		}
		snprintf(point->model, sizeof point->model, "%s", csv->field[0].text);
		point->size = size;
		point->batch = (int)number(csv, 2);
		point->processes = (int)i + 1;
		point->rate = each * (i + 1);
		point->latency_ms = round(1000 * point->batch / each);
		study->n_points++;
	}
	return 0;
}

/* set,published_gpus,model,requests_per_s,latency_ms */
static int take_service(struct study *study, const struct sf_csv *csv, struct sf_error *err)
{
	struct service *service = &study->service[study->n_services];

	if (study->n_services == SERVICES_MAX) {
		return sf_csv_fail(csv, 0, err, "more than %d services", SERVICES_MAX);
	}
	service->set = (int)number(csv, 0);
	service->published = (int)number(csv, 1);
	snprintf(service->model, sizeof service->model, "%s", csv->field[2].text);
	service->rate = number(csv, 3);
	service->latency_ms = number(csv, 4);
	study->n_services++;
	return 0;
}

static int load(struct study *study, const char *folder, const char *name, uint32_t width,
                int (*take)(struct study *, const struct sf_csv *, struct sf_error *),
                struct sf_error *err)
{
	struct sf_str path = {0}, text = {0};
	struct sf_csv csv;
	int rc;

	sf_str_printf(&path, "%s/%s", folder, name);
	rc = sf_file_read(sf_str_get(&path), 1 << 20, &text, err);
	if (!rc) {
		sf_csv_init(&csv, sf_str_get(&path), text.text, text.len);
		rc = sf_csv_next(&csv, err); /* the heading */
		while (rc > 0 && (rc = sf_csv_next(&csv, err)) > 0) {
			if (csv.n != width) {
				rc = sf_csv_fail(&csv, 0, err, "expected %u fields", width);
			} else if (take(study, &csv, err)) {
				rc = -1;
			}
		}
	}
	sf_str_finish(&path);
	sf_str_finish(&text);
	return rc;
}

/* A batch waits while it is filled and then is computed: each may take half of the latency that the
 * service allows, of which a tenth is kept. That is the rule of ParvaGPU. */
static bool is_fast_enough(const struct service *service, const struct point *point)
{
	return point->latency_ms < service->latency_ms / 2 * 0.9;
}

static void choose_points(struct study *study)
{
	for (size_t s = 0; s < study->n_services; s++) {
		struct service *service = &study->service[s];

		for (size_t i = 0; i < study->n_points; i++) {
			const struct point *point = &study->point[i];
			const struct point **best = &service->best[point->size];

			if (strcmp(point->model, service->model) == 0 &&
			    is_fast_enough(service, point) &&
			    (!*best || point->rate > (*best)->rate)) {
				*best = point;
			}
		}
	}
}

static int list_geometries(struct study *study, const struct sf_catalog *catalog,
                           struct sf_error *err)
{
	uint32_t mask = 0;

	study->product = sf_catalog_find(catalog, "A100-80GB");
	for (int i = 0; study->product && i < SIZES; i++) {
		mask |= SF_PROFILE_BIT(sf_product_profile(study->product, profiles[i]));
	}
	if (!study->product) {
		return sf_fail(err, SF_ENOENT, "A100-80GB: not in the catalog");
	}
	study->n_geometries = sf_mig_maximal_geometries(study->product, mask, &study->geometry);
	return 0;
}

/* Rows: services (rate), then sizes (instances there are at least as many as used). Columns:
 * instances by service and size, then GPUs by geometry. */
static struct sf_milp *build(const struct study *study, int set, double factor)
{
	struct sf_milp *milp = sf_milp_create();
	int row_of_size[SIZES];
	double *cost;
	int cols = 0;

	for (int i = 0; i < SIZES; i++) {
		row_of_size[i] = sf_milp_row(milp, 0, SF_MILP_INF);
	}
	for (size_t s = 0; s < study->n_services; s++) {
		const struct service *service = &study->service[s];
		int row;

		if (service->set != set) {
			continue;
		}
		row = sf_milp_row(milp, service->rate * factor, SF_MILP_INF);
		for (int i = 0; i < SIZES; i++) {
			if (service->best[i]) {
				int col = sf_milp_col(milp, 0, 1e6, true);

				sf_milp_put(milp, row, col, service->best[i]->rate);
				sf_milp_put(milp, row_of_size[i], col, -1);
			}
		}
	}
	cols = sf_milp_cols(milp);
	for (size_t g = 0; g < study->n_geometries; g++) {
		int col = sf_milp_col(milp, 0, 1e6, true);

		for (int i = 0; i < SIZES; i++) {
			int p = sf_product_profile(study->product, profiles[i]);

			sf_milp_put(milp, row_of_size[i], col, study->geometry[g].count[p]);
		}
	}
	cost = sf_xcalloc((size_t)sf_milp_cols(milp) + 1, sizeof *cost);
	for (int col = cols; col < sf_milp_cols(milp); col++) {
		cost[col] = 1;
	}
	sf_milp_costs(milp, false, cost);
	free(cost);
	return milp;
}

/* Prints the row of a set. Does it need more GPUs than published? */
static bool solve_set(const struct study *study, int set, double factor)
{
	struct sf_solver *solver = sf_solver_create(NULL);
	const struct sf_milp_limits limits = {
		.solver = solver, .nodes = 20000, .integer_objective = true};
	struct sf_milp *milp = build(study, set, factor);
	struct sf_milp_result result;
	int services = 0, published = 0, gpus;
	bool found;

	sf_milp_solve(milp, &limits, NULL, &result);
	sf_milp_destroy(milp);
	sf_solver_destroy(solver);
	for (size_t s = 0; s < study->n_services; s++) {
		if (study->service[s].set == set) {
			services++;
			published = study->service[s].published;
		}
	}
	found = result.status == SF_MILP_OPTIMAL || result.status == SF_MILP_FEASIBLE;
	gpus = found ? (int)result.value : -1;
	printf("%3d  %8d  %9d  %4d  %5.0f\n", set, services, published, gpus, result.bound);
	sf_milp_result_finish(&result);
	return !found || (factor <= 1 && gpus > published);
}

static int run(struct study *study, const char *folder, double factor,
               const struct sf_catalog *catalog, struct sf_error *err)
{
	int worse = 0, sets = 0;

	if (load(study, folder, "profiles.csv", 3 + PROCESSES, take_profile, err) ||
	    load(study, folder, "slo.csv", 5, take_service, err) ||
	    list_geometries(study, catalog, err)) {
		return -1;
	}
	choose_points(study);
	for (size_t s = 0; s < study->n_services; s++) {
		sets = study->service[s].set > sets ? study->service[s].set : sets;
	}
	printf("set  services  published  GPUs  bound\n");
	for (int set = 1; set <= sets; set++) {
		worse |= solve_set(study, set, factor);
	}
	return worse;
}

int main(int argc, char **argv)
{
	struct study *study = sf_xcalloc(1, sizeof *study);
	struct sf_catalog *catalog = sf_catalog_create();
	struct sf_error err = {0};
	int rc;

	if (argc < 2) {
		fprintf(stderr, "Usage: bench-parvagpu FOLDER [FACTOR]\n");
		rc = -1;
	} else {
		rc = run(study, argv[1], argc > 2 ? strtod(argv[2], NULL) : 1, catalog, &err);
	}
	if (err.text[0]) {
		fprintf(stderr, "bench-parvagpu: %s\n", err.text);
	}
	free(study->geometry);
	free(study);
	sf_catalog_destroy(catalog);
	return rc < 0 ? 2 : rc;
}
