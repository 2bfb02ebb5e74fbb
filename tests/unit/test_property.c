/* test_property: random changes and undos over mixed clusters; every invariant after every step. */
// SPDX-License-Identifier: Apache-2.0
#include "cluster_fixture.h"

#include <slicefit/filter.h>
#include <slicefit/rng.h>

#include <stdlib.h>

enum {
	STEPS = 100000,
	ROUND = 2500, /* steps with one cluster */
	NODES_MAX = 18,
	PODS = 40,
	DEPTH = 24,
	/* what one snapshot holds at most */
	NODE_BYTES = sizeof(struct sf_node) + 4 * sizeof(struct sf_gpu),
	BYTES = NODES_MAX * NODE_BYTES + PODS * sizeof(struct sf_pod),
};

struct snapshot {
	uint64_t digest;
	size_t len;
	unsigned char bytes[BYTES];
};

struct walk {
	struct sf_catalog *catalog;
	struct sf_cluster *cluster;
	struct sf_rng rng;
	int depth;
	struct sf_undo undo[DEPTH];
	struct snapshot before[DEPTH];
	struct snapshot now;
	uint32_t applied[SF_CHANGE_READY_NODE + 1];
	uint32_t refused[SF_CHANGE_READY_NODE + 1];
	uint32_t undone, shape;
};

static uint32_t below(struct walk *walk, uint32_t n)
{
	return (uint32_t)sf_rng_below(&walk->rng, n);
}

static void put(struct snapshot *snapshot, const void *bytes, size_t len)
{
	cr_assert(snapshot->len + len <= BYTES);
	memcpy(snapshot->bytes + snapshot->len, bytes, len);
	snapshot->len += len;
}

static void take_snapshot(const struct sf_cluster *cluster, struct snapshot *out)
{
	out->len = 0;
	out->digest = sf_cluster_digest(cluster);
	for (uint32_t i = 0; i < sf_cluster_nodes(cluster); i++) {
		const struct sf_node *node = sf_cluster_node(cluster, i);

		put(out, node, sizeof(*node));
		put(out, node->gpu, node->n_gpus * sizeof(*node->gpu));
	}
	for (uint32_t i = 0; i < sf_cluster_pods(cluster); i++) {
		put(out, sf_cluster_pod(cluster, i), sizeof(struct sf_pod));
	}
}

static void expect_same(const struct snapshot *a, const struct snapshot *b, const char *what)
{
	cr_assert(a->digest == b->digest, "%s: digest", what);
	cr_assert(a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0, "%s: bytes", what);
}

static uint16_t random_resource(struct walk *walk)
{
	const uint16_t n = sf_resource_count(sf_cluster_resources(walk->cluster));
	const struct sf_node *node =
		sf_cluster_node(walk->cluster, below(walk, sf_cluster_nodes(walk->cluster)));

	if (node->n_counts > 0 && below(walk, 2) == 0) {
		return node->count[below(walk, node->n_counts)].resource;
	}
	switch (below(walk, 4)) {
	case 0:
		return SF_RES_GPU;
	case 1:
		return below(walk, 8) == 0 ? SF_RES_NONE : SF_RES_GPU_SHARED;
	default:
		return (uint16_t)below(walk, n);
	}
}

static struct sf_request random_request(struct walk *walk)
{
	struct sf_request request = {0};

	request.n = (uint8_t)(below(walk, 8) == 0 ? 0 : 1 + (below(walk, 4) == 0));
	for (uint8_t i = 0; i < request.n; i++) {
		request.want[i].resource = random_resource(walk);
		request.want[i].count = (uint16_t)(1 + (below(walk, 3) == 0 ? below(walk, 4) : 0));
	}
	request.sharing = (enum sf_sharing_wish)below(walk, 3);
	if (below(walk, 3) == 0) {
		request.gpu_milli = (uint16_t)(1 + below(walk, below(walk, 2) == 0 ? 400 : 1000));
		request.want[0].resource = SF_RES_GPU;
	}
	if (below(walk, 6) == 0) {
		request.products = 1 + below(walk, 255);
	}
	request.gpu_memory_mib = below(walk, 2) == 0 ? 0 : (int32_t)below(walk, 20000);
	request.gpu_memory_milli = below(walk, 4) == 0 ? (uint16_t)below(walk, 1001) : 0;
	request.cpu_milli = 1000 * below(walk, 12);
	request.memory_mib = 1024 * below(walk, 48);
	return request;
}

static void end_round(struct walk *walk)
{
	struct sf_cluster *clone;
	struct sf_error err;

	if (walk->cluster == NULL) {
		return;
	}
	clone = sf_cluster_clone(walk->cluster);
	cr_assert(sf_cluster_digest(clone) == sf_cluster_digest(walk->cluster));
	cr_assert(sf_cluster_check(clone, &err) == 0, "clone: %s", err.text);
	sf_cluster_destroy(clone);
	sf_cluster_destroy(walk->cluster);
	walk->cluster = NULL;
}

static void start_round(struct walk *walk)
{
	walk->cluster = sf_cluster_create(walk->catalog);
	walk->depth = 0;
	for (int i = 0; i < SHAPES - 1; i++) {
		fixture_add(walk->cluster, shapes[i].id);
	}
	for (uint32_t i = 0; i < PODS; i++) {
		const struct sf_request request = random_request(walk);

		sf_cluster_add_pod(walk->cluster, &request, 0, i);
	}
}

/* A grant by the filter, or rubbish near it. */
static bool random_grant(struct walk *walk, struct sf_change *change, struct sf_grant *grant)
{
	const struct sf_request *request = &sf_cluster_pod(walk->cluster, change->pod)->request;
	const enum sf_view view = below(walk, 2) == 0 ? SF_VIEW_AWARE : SF_VIEW_COUNTS;
	enum sf_fit fit;

	for (int attempt = 0; attempt < 6; attempt++) {
		fit = sf_filter(walk->cluster, change->node, request, view, grant);
		cr_assert((fit == SF_FITS) ==
		          (sf_filter(walk->cluster, change->node, request, view, NULL) == SF_FITS));
		if (fit == SF_FITS) {
			break;
		}
		memset(grant, 0, sizeof(*grant));
		change->node = below(walk, sf_cluster_nodes(walk->cluster));
	}
	if (fit != SF_FITS || below(walk, 8) == 0) {
		unsigned char *bytes = (unsigned char *)&grant->held[0];

		if (grant->n == 0) {
			grant->n = 1;
			grant->held[0].replicas = 1;
		}
		bytes[below(walk, sizeof(grant->held[0]))] = (unsigned char)below(walk, 14);
		return false;
	}
	return sf_cluster_pod(walk->cluster, change->pod)->state == SF_POD_PENDING;
}

static void random_layout(struct walk *walk, struct sf_change *change)
{
	const struct sf_node *node = sf_cluster_node(walk->cluster, change->node);
	const struct sf_product *product = node->n_gpus > 0 ? node->gpu[0].product : NULL;

	change->gpu = (uint8_t)below(walk, 4);
	change->mig = below(walk, 4) > 0;
	if (change->gpu < node->n_gpus) {
		product = node->gpu[change->gpu].product;
	}
	if (product == NULL || product->n_profiles == 0 || (node->dynamic && below(walk, 8) > 0)) {
		return;
	}
	for (uint32_t n = below(walk, 5); n > 0; n--) {
		const int profile = (int)below(walk, product->n_profiles);
		int start = sf_mig_next_start(product, &change->layout, profile);

		if (start < 0 && below(walk, 6) == 0) {
			start = (int)below(walk, product->units);
		}
		if (start >= 0) {
			struct sf_mig_instance *instance =
				&change->layout.instance[change->layout.n++];

			instance->profile = (uint8_t)profile;
			instance->start = (uint8_t)start;
		}
	}
}

/* A pod in a state that suits the change, mostly. */
static uint32_t random_pod(struct walk *walk, enum sf_change_kind kind)
{
	uint32_t pod = below(walk, PODS);

	for (int i = 0; i < PODS && below(walk, 16) > 0; i++) {
		const enum sf_pod_state state = sf_cluster_pod(walk->cluster, pod)->state;

		if ((kind == SF_CHANGE_EXPIRE && state == SF_POD_RESERVED) ||
		    (kind == SF_CHANGE_RELEASE && state == SF_POD_PLACED) ||
		    (kind == SF_CHANGE_ARRIVE && state == SF_POD_PLACED) ||
		    ((kind == SF_CHANGE_PLACE || kind == SF_CHANGE_RESERVE) &&
		     state == SF_POD_PENDING)) {
			break;
		}
		pod = (pod + 1) % PODS;
	}
	return pod;
}

/* A random change; true when it must succeed. */
static bool random_change(struct walk *walk, struct sf_change *change, struct sf_grant *grant)
{
	static const uint8_t weight[SF_CHANGE_READY_NODE + 1] = {
		[SF_CHANGE_PLACE] = 40,      [SF_CHANGE_RELEASE] = 14,    [SF_CHANGE_RESERVE] = 14,
		[SF_CHANGE_EXPIRE] = 8,      [SF_CHANGE_REPARTITION] = 8, [SF_CHANGE_RESHARE] = 8,
		[SF_CHANGE_ADD_NODE] = 2,    [SF_CHANGE_REMOVE_NODE] = 2, [SF_CHANGE_FAIL_NODE] = 1,
		[SF_CHANGE_CORDON_NODE] = 1, [SF_CHANGE_READY_NODE] = 4,  [SF_CHANGE_ARRIVE] = 8,
	};
	const struct sf_pod *pod;
	uint32_t lot = below(walk, 110); /* the sum of the weights */

	while (lot >= weight[change->kind]) {
		lot -= weight[change->kind];
		change->kind = (enum sf_change_kind)(change->kind + 1);
	}
	change->node = below(walk, sf_cluster_nodes(walk->cluster));
	change->pod = random_pod(walk, change->kind);
	pod = sf_cluster_pod(walk->cluster, change->pod);
	switch (change->kind) {
	case SF_CHANGE_PLACE:
		if (pod->state == SF_POD_RESERVED && below(walk, 2) == 0) {
			change->node = pod->node; /* bind */
			return true;
		}
		/* fall through */
	case SF_CHANGE_RESERVE:
		change->grant = grant;
		return random_grant(walk, change, grant);
	case SF_CHANGE_RELEASE:
		return pod->state != SF_POD_PENDING;
	case SF_CHANGE_EXPIRE:
		return pod->state == SF_POD_RESERVED;
	case SF_CHANGE_ARRIVE:
		return pod->state == SF_POD_PLACED && !pod->arrived;
	case SF_CHANGE_REPARTITION:
		random_layout(walk, change);
		return false;
	case SF_CHANGE_RESHARE:
		change->resource = random_resource(walk);
		change->replicas = (uint16_t)below(walk, 6);
		change->rename = below(walk, 2) == 0;
		return false;
	default:
		return false;
	}
}

static void check(const struct walk *walk, const char *what)
{
	struct sf_error err;

	cr_assert(sf_cluster_check(walk->cluster, &err) == 0, "%s: %s", what, err.text);
}

static void apply_one(struct walk *walk)
{
	struct sf_change change = {0};
	struct sf_grant grant = {0};
	struct sf_node_spec spec;
	struct sf_error err;
	char name[32];
	const bool must = random_change(walk, &change, &grant);

	if (change.kind == SF_CHANGE_ADD_NODE) {
		if (sf_cluster_nodes(walk->cluster) == NODES_MAX) {
			return;
		}
		snprintf(name, sizeof(name), "%s", shapes[below(walk, SHAPES)].id);
		fixture_spec(&shapes[walk->shape++ % SHAPES], walk->catalog, name, &spec);
		spec.allocation = (enum sf_allocation)(walk->shape % 3);
		change.spec = &spec;
	}
	take_snapshot(walk->cluster, &walk->before[walk->depth]);
	if (sf_cluster_apply(walk->cluster, &change, &walk->undo[walk->depth], &err) != 0) {
		cr_assert(!must, "change %d must succeed: %s", change.kind, err.text);
		cr_assert(err.text[0] != '\0');
		take_snapshot(walk->cluster, &walk->now);
		expect_same(&walk->before[walk->depth], &walk->now, err.text);
		walk->refused[change.kind]++;
	} else {
		walk->depth++;
		walk->applied[change.kind]++;
	}
	check(walk, "after a change");
}

static void undo_one(struct walk *walk)
{
	walk->depth--;
	sf_cluster_undo(walk->cluster, &walk->undo[walk->depth]);
	take_snapshot(walk->cluster, &walk->now);
	expect_same(&walk->before[walk->depth], &walk->now, "undo");
	check(walk, "after an undo");
	walk->undone++;
}

Test(property, changes_and_undos, .timeout = 120)
{
	struct walk *walk = calloc(1, sizeof(*walk));

	cr_assert(walk != NULL);
	walk->catalog = sf_catalog_create();
	sf_rng_seed(&walk->rng, 20261121, 0);
	for (int step = 0; step < STEPS; step++) {
		if (step % ROUND == 0) {
			end_round(walk);
			start_round(walk);
		}
		if (walk->depth == DEPTH && below(walk, 2) == 0) {
			walk->depth = 0; /* these changes stay */
		} else if (walk->depth == DEPTH || (walk->depth > 0 && below(walk, 4) == 0)) {
			undo_one(walk);
		} else {
			apply_one(walk);
		}
		while (walk->depth > 0 && below(walk, 200) == 0) {
			undo_one(walk);
		}
	}
	for (int kind = 0; kind <= SF_CHANGE_READY_NODE; kind++) {
		cr_expect(walk->applied[kind] > 100, "kind %d: %u applied, %u refused", kind,
		          walk->applied[kind], walk->refused[kind]);
		cr_log_info("kind %d: %u applied, %u refused\n", kind, walk->applied[kind],
		            walk->refused[kind]);
	}
	cr_expect(walk->undone > 10000);
	end_round(walk);
	sf_catalog_destroy(walk->catalog);
	free(walk);
}
