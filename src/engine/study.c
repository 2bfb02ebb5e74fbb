/* study: pods arrive one at a time and never leave; how much of the GPUs can be allocated? */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/study.h>

#include <slicefit/alloc.h>
#include <slicefit/catalog.h>
#include <slicefit/change.h>
#include <slicefit/error.h>
#include <slicefit/policy.h>
#include <slicefit/target.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NODE_PODS_MAX = 1001 }; /* of every node in the simulator */

struct sf_study {
	struct sf_study_case given;
	struct sf_go_rand_table table;
	struct sf_catalog *catalog;
	const struct sf_product **model; /* by number in nodes->models */
	int64_t capacity_milli;
};

/* One replay under way. */
struct run {
	const struct sf_study *study;
	struct sf_study_order order;
	struct sf_cluster *cluster;
	struct sf_placer *placer;
	uint64_t *products; /* by number in pods->specs; 0: any */
	struct sf_target target;
	uint64_t typical;   /* pods of the trace in the classes of the target */
	int64_t *node_frag; /* of each node, times `typical`, which makes it a whole number */
	int64_t frag;       /* their sum */
	uint32_t n;         /* records, one per arrival */
	struct sf_study_record *record;
};

/* The models of the trace are products of its own, whatever the built-in catalog knows of them. */
static int add_model(struct sf_study *study, uint16_t number, struct sf_error *err)
{
	const char *name = study->given.nodes->models.text[number];
	const struct sf_product product = {.name = name, .memory_mib = -1};
	const struct sf_product *other = sf_catalog_find(study->catalog, name);
	if (other) {
		return sf_fail(err, SF_EINVAL, "models %.64s and %.64s: differ by case only",
		               other->name, name);
	}
	if (sf_catalog_add(study->catalog, &product, err) != 0) {
		return -1;
	}
	study->model[number] = sf_catalog_find(study->catalog, name);
	return 0;
}

struct sf_study *sf_study_create(const struct sf_study_case *given, struct sf_error *err)
{
	uint16_t models = given->nodes->models.n;
	struct sf_study *study = sf_xcalloc(1, sizeof(*study));
	study->given = *given;
	study->capacity_milli = sf_study_nodes_milli(given->nodes);
	study->catalog = sf_catalog_create_empty();
	study->model = sf_xcalloc(models, sizeof(*study->model));
	int rc = study->capacity_milli > 0 ? 0 : sf_fail(err, SF_EINVAL, "no node has GPUs");
	for (uint16_t i = 1; i < models && rc == 0; i++) {
		rc = add_model(study, i, err);
	}
	if (rc != 0) {
		sf_study_destroy(study);
		return NULL;
	}
	sf_go_rand_table_init(&study->table);
	return study;
}

void sf_study_destroy(struct sf_study *study)
{
	if (study) {
		sf_catalog_destroy(study->catalog);
		free(study->model);
		free(study);
	}
}

/* The nodes, those first that win ties. */
static int add_nodes(struct run *run, struct sf_error *err)
{
	const struct sf_study_nodes *nodes = run->study->given.nodes;
	struct sf_node_spec *spec = sf_xcalloc(1, sizeof(*spec));
	int rc = 0;
	spec->pods_max = NODE_PODS_MAX;
	spec->sharing.mode = SF_SHARING_FRACTION;
	for (uint32_t i = 0; i < nodes->n && rc == 0; i++) {
		const struct sf_study_node *node = &nodes->node[run->order.node[i]];
		spec->name = node->name;
		spec->cpu_milli = node->cpu_milli;
		spec->memory_mib = node->memory_mib;
		spec->n_gpus = node->gpus;
		for (uint8_t g = 0; g < node->gpus; g++) {
			spec->gpu[g].product = run->study->model[node->model];
		}
		rc = sf_cluster_add_node(run->cluster, spec, err);
	}
	free(spec);
	return rc;
}

/* The models of "A|B|C" as products of the cluster; 0 for any. */
static uint64_t products_of(const struct run *run, const char *spec)
{
	const struct sf_study_names *models = &run->study->given.nodes->models;
	uint64_t products = 0;
	while (*spec) {
		size_t len = strcspn(spec, "|");
		uint32_t number;
		products |=
			sf_map_get_n(&models->number, spec, len, &number) && number > 0
				? sf_cluster_product_mask(run->cluster, run->study->model[number])
				: SF_PRODUCT_NOWHERE;
		spec += len + (spec[len] == '|');
	}
	return products;
}

static struct sf_request request_of(const struct run *run, const struct sf_study_pod *pod)
{
	struct sf_request request = {
		.gpu_milli = pod->gpu_milli,
		.products = run->products[pod->spec],
		.cpu_milli = pod->cpu_milli,
		.memory_mib = pod->memory_mib,
	};
	if (pod->gpus > 0) {
		request.n = 1;
		request.want[0].resource = SF_RES_GPU;
		request.want[0].count = pod->gpus;
	}
	return request;
}

/* The typical pods are those of the trace, however it is tuned. */
static void find_target(struct run *run)
{
	const struct sf_study_pods *pods = run->study->given.pods;
	run->products = sf_xcalloc(pods->specs.n, sizeof(*run->products));
	for (uint16_t i = 0; i < pods->specs.n; i++) {
		run->products[i] = products_of(run, pods->specs.text[i]);
	}
	for (uint32_t i = 0; i < pods->n; i++) {
		struct sf_request request = request_of(run, &pods->pod[i]);
		sf_target_add(&run->target, &request, 1, pods->specs.text[pods->pod[i].spec]);
	}
	sf_target_close(&run->target);
	for (size_t i = 0; i < run->target.n; i++) {
		run->typical += run->target.class[i].count;
	}
}

/* Brings a node's share of the fragmentation up to date. */
static void update_frag(struct run *run, uint32_t node)
{
	struct sf_fragment fragment = sf_target_fragment(&run->target, run->cluster, node);
	int64_t now = llrint(sf_fragment_sum(&fragment) * (double)run->typical);
	run->frag += now - run->node_frag[node];
	run->node_frag[node] = now;
}

static int start(struct run *run, const struct sf_policy *policy, uint64_t seed,
                 struct sf_error *err)
{
	const struct sf_study *study = run->study;
	uint32_t nodes = study->given.nodes->n;
	run->cluster = sf_cluster_create(study->catalog);
	if (sf_study_order_draw(&study->given, &study->table, seed, &run->order, err) != 0 ||
	    add_nodes(run, err) != 0) {
		return -1;
	}
	sf_cluster_reserve_pods(run->cluster, run->order.n);
	find_target(run);
	run->record = sf_xcalloc(run->order.n, sizeof(*run->record));
	run->node_frag = sf_xcalloc(nodes, sizeof(*run->node_frag));
	for (uint32_t i = 0; i < nodes; i++) {
		update_frag(run, i);
	}
	run->placer = sf_placer_create(policy, run->cluster, &run->target, seed);
	return 0;
}

static void finish(struct run *run)
{
	sf_placer_destroy(run->placer);
	sf_cluster_destroy(run->cluster);
	sf_study_order_finish(&run->order);
	sf_target_finish(&run->target);
	free(run->products);
	free(run->node_frag);
	free(run->record);
}

/* The number with two decimals that is nearest to numerator / denominator (even among two). The
 * largest numerator, 100 times what 10^6 pods cannot use on 10^5 nodes of 16 GPUs, is within 64 bits
 * after multiplication. */
static double ratio2(uint64_t numerator, uint64_t denominator)
{
	uint64_t cents = 100 * numerator / denominator;
	uint64_t rest = 100 * numerator % denominator;
	cents += 2 * rest > denominator || (2 * rest == denominator && cents % 2 != 0);
	return (double)cents / 100;
}

/* The decimal with two places that is nearest to a double, as printf has it and as the authors'
 * script rounds. */
static double round2(double x)
{
	double cents = 100 * x;
	char text[32];
	if (fabs(cents - floor(cents) - 0.5) > 1e-6) {
		return rint(cents) / 100;
	}
	snprintf(text, sizeof(text), "%.2f", x);
	return strtod(text, NULL);
}

static void record_arrival(struct run *run, const struct sf_study_result *sum)
{
	uint64_t capacity = (uint64_t)sum->capacity_milli;
	uint64_t used = (uint64_t)sum->placed_milli;
	uint64_t frag = (uint64_t)run->frag;
	uint64_t free = capacity - used;
	double gpus = (double)capacity / 1000;
	run->record[run->n++] = (struct sf_study_record){
		.arrived_pct = 100 * (double)sum->arrived_milli / (double)sum->capacity_milli,
		.alloc_pct = round2((double)used / gpus / 10),
		.frag_milli = ratio2(frag, run->typical),
		.frag_ratio_pct = free > 0 ? ratio2(100 * frag, run->typical * free) : 0,
	};
}

static int place(struct run *run, const struct sf_request *request, bool *placed,
                 struct sf_error *err)
{
	struct sf_candidate best;
	*placed = sf_placer_choose(run->placer, request, &best);
	if (!*placed) {
		return 0;
	}
	uint32_t number = sf_cluster_add_pod(run->cluster, request, 0, 0);
	if (sf_cluster_place(run->cluster, number, best.node, &best.grant, err) != 0) {
		return -1;
	}
	update_frag(run, best.node);
	return 0;
}

static int replay(struct run *run, struct sf_study_result *out, struct sf_error *err)
{
	for (uint32_t i = 0; i < run->order.n; i++) {
		const struct sf_study_pod *pod =
			&run->study->given.pods->pod[run->order.arrival[i]];
		struct sf_request request = request_of(run, pod);
		bool placed;
		if (place(run, &request, &placed, err) != 0) {
			return -1;
		}
		out->arrived++;
		out->arrived_gpu += pod->gpus > 0;
		out->arrived_milli += sf_study_pod_milli(pod);
		out->placed += placed;
		out->placed_gpu += placed && pod->gpus > 0;
		out->placed_milli += placed ? sf_study_pod_milli(pod) : 0;
		record_arrival(run, out);
	}
	return 0;
}

int sf_study_run(const struct sf_study *study, const struct sf_policy *policy, uint64_t seed,
                 struct sf_study_result *out, struct sf_error *err)
{
	struct run run = {.study = study};
	struct sf_study_result result = {
		.policy = policy->name,
		.seed = seed,
		.capacity_milli = study->capacity_milli,
	};
	int rc = start(&run, policy, seed, err);
	if (rc == 0) {
		rc = replay(&run, &result, err);
	}
	if (rc == 0) {
		result.typical = (uint32_t)run.target.n;
		sf_study_series_make(run.record, run.n, study->capacity_milli, &result.series);
		*out = result;
	}
	finish(&run);
	return rc;
}
