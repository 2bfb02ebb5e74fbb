/*
 * test_filter_blind: GPU memory where nobody knows which device a pod has.
 *
 * A kubelet with the device plugin's rule is played beside the model, which is told what the API
 * server would tell: who is promised, who has started, who has left. Whatever the kubelet picks, and
 * in whatever order pods arrive, no device may ever be asked for more memory than it has.
 */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/filter.h>

#include <slicefit/catalog.h>
#include <slicefit/change.h>
#include <slicefit/error.h>
#include <slicefit/rng.h>

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { PODS_MAX = 32, DEVICES_MAX = 3 };

enum stage { COMING, STARTED };

struct guest {
	uint32_t pod;
	enum stage stage;
	int32_t mib;
	uint16_t replicas;
	uint8_t on[DEVICES_MAX]; /* replicas on each device, once started */
};

/* One node as the model and as the kubelet see it. */
struct world {
	struct sf_cluster *cluster;
	enum sf_allocation allocation;
	uint8_t devices;
	uint16_t replicas;
	int32_t memory_mib;
	int n;
	struct guest guest[PODS_MAX];
};

static struct sf_catalog *catalog;

static void set_up(void)
{
	catalog = sf_catalog_create();
}

static void tear_down(void)
{
	sf_catalog_destroy(catalog);
}

TestSuite(filter_blind, .init = set_up, .fini = tear_down);

static void open_world(struct world *world, enum sf_allocation allocation, uint8_t devices,
                       uint16_t replicas)
{
	struct sf_node_spec spec = {.name = "n", .n_gpus = devices, .allocation = allocation};
	struct sf_error err = {0};
	*world = (struct world){
		.cluster = sf_cluster_create(catalog),
		.allocation = allocation,
		.devices = devices,
		.replicas = replicas,
	};
	for (uint8_t i = 0; i < devices; i++) {
		spec.gpu[i].product = sf_catalog_find(catalog, "Tesla-T4");
	}
	world->memory_mib = spec.gpu[0].product->memory_mib;
	if (replicas > 1) {
		spec.sharing.mode = SF_SHARING_TIME_SLICING;
		spec.sharing.n = 1;
		snprintf(spec.sharing.resource[0].name, SF_NAME_MAX, "nvidia.com/gpu");
		spec.sharing.resource[0].replicas = replicas;
	}
	cr_assert(sf_cluster_add_node(world->cluster, &spec, &err) == 0, "%s", err.text);
}

static int used_on(const struct world *world, int device)
{
	int used = 0;
	for (int i = 0; i < world->n; i++) {
		used += world->guest[i].stage == STARTED ? world->guest[i].on[device] : 0;
	}
	return used;
}

static int64_t load_on(const struct world *world, int device)
{
	int64_t load = 0;
	for (int i = 0; i < world->n; i++) {
		const struct guest *guest = &world->guest[i];
		load += guest->stage == STARTED ? (int64_t)guest->on[device] * guest->mib : 0;
	}
	return load;
}

static struct sf_request request_for(int32_t mib, uint16_t replicas)
{
	struct sf_request request = {.n = 1, .gpu_memory_mib = mib};
	request.want[0] = (struct sf_want){SF_RES_GPU, replicas};
	return request;
}

/* The scheduler asks; a pod that fits is promised. */
static enum sf_fit ask(struct world *world, int32_t mib, uint16_t replicas)
{
	struct sf_request request = request_for(mib, replicas);
	struct sf_grant grant;
	struct sf_error err = {0};
	enum sf_fit fit = sf_filter(world->cluster, 0, &request, SF_VIEW_AWARE, &grant);
	cr_assert(fit == sf_filter(world->cluster, 0, &request, SF_VIEW_AWARE, NULL));
	if (fit != SF_FITS || world->n == PODS_MAX) {
		return fit;
	}
	struct sf_change change = {
		.kind = SF_CHANGE_RESERVE,
		.pod = sf_cluster_add_pod(world->cluster, &request, 0, 0),
		.grant = &grant,
	};
	cr_assert(sf_cluster_apply(world->cluster, &change, NULL, &err) == 0, "%s", err.text);
	world->guest[world->n++] = (struct guest){
		.pod = change.pod, .stage = COMING, .mib = mib, .replicas = replicas};
	return fit;
}

/* May the kubelet take this device for one more replica? `own`: what the pod got already. */
static bool may_take(const struct world *world, const uint8_t *own, int device)
{
	int mine = used_on(world, device) + own[device];
	for (int i = 0; i < world->devices && world->allocation == SF_ALLOCATION_DISTRIBUTED; i++) {
		if (used_on(world, i) + own[i] < mine) {
			return false;
		}
	}
	return mine < world->replicas;
}

/* Pod i has these devices: the model learns that it started, and memory must suffice. */
static void start(struct world *world, int i, const uint8_t *on)
{
	struct guest *guest = &world->guest[i];
	struct sf_change bind = {.kind = SF_CHANGE_PLACE, .pod = guest->pod};
	struct sf_change arrive = {.kind = SF_CHANGE_ARRIVE, .pod = guest->pod};
	guest->stage = STARTED;
	memcpy(guest->on, on, sizeof(guest->on));
	cr_assert(sf_cluster_apply(world->cluster, &bind, NULL, NULL) == 0);
	cr_assert(sf_cluster_apply(world->cluster, &arrive, NULL, NULL) == 0);
	for (int d = 0; d < world->devices; d++) {
		cr_assert(load_on(world, d) <= world->memory_mib,
		          "device %d of %d, %d replicas, %s: %d MiB asked for", d, world->devices,
		          world->replicas,
		          world->allocation == SF_ALLOCATION_PACKED ? "packed" : "distributed",
		          (int)load_on(world, d));
	}
}

static void leave(struct world *world, int i)
{
	struct sf_change change = {.kind = SF_CHANGE_RELEASE, .pod = world->guest[i].pod};
	cr_assert(sf_cluster_apply(world->cluster, &change, NULL, NULL) == 0);
	sf_cluster_remove_pod(world->cluster, world->guest[i].pod);
	world->guest[i] = world->guest[--world->n];
}

/* The kubelet's choice by lot, among those its rule allows. */
static void start_by_lot(struct world *world, int i, struct sf_rng *rng)
{
	uint8_t on[DEVICES_MAX] = {0};
	for (uint16_t k = 0; k < world->guest[i].replicas; k++) {
		int device;
		do {
			device = (int)sf_rng_below(rng, world->devices);
		} while (!may_take(world, on, device));
		on[device]++;
	}
	start(world, i, on);
}

static int32_t some_wish(const struct world *world, struct sf_rng *rng)
{
	static const int parts[] = {0, 0, 1, 2, 3, 4, 6, 8};
	return world->memory_mib * parts[sf_rng_below(rng, 8)] / 8;
}

Test(filter_blind, no_order_of_events_over_commits, .timeout = 120)
{
	enum { WORLDS = 3000, STEPS = 120 };
	struct sf_rng rng;
	struct sf_error err = {0};
	uint32_t fits = 0, refused = 0;
	sf_rng_seed(&rng, 7, 0);
	for (int i = 0; i < WORLDS; i++) {
		struct world world;
		open_world(&world,
		           sf_rng_below(&rng, 3) == 0 ? SF_ALLOCATION_PACKED
		                                      : SF_ALLOCATION_DISTRIBUTED,
		           (uint8_t)(1 + sf_rng_below(&rng, DEVICES_MAX)),
		           (uint16_t)(1 + sf_rng_below(&rng, 6)));
		for (int step = 0; step < STEPS; step++) {
			int one = world.n > 0 ? (int)sf_rng_below(&rng, (uint32_t)world.n) : -1;
			uint64_t what = sf_rng_below(&rng, 4);
			if (what < 2 || one < 0) {
				uint16_t replicas = (uint16_t)(1 + (sf_rng_below(&rng, 5) == 0));
				enum sf_fit fit = ask(&world, some_wish(&world, &rng), replicas);
				fits += fit == SF_FITS;
				refused += fit == SF_FIT_GPU_MEMORY;
			} else if (world.guest[one].stage == COMING) {
				start_by_lot(&world, one, &rng);
			} else if (what == 3) {
				leave(&world, one);
			}
		}
		cr_assert(sf_cluster_check(world.cluster, &err) == 0, "%s", err.text);
		sf_cluster_destroy(world.cluster);
	}
	cr_assert(fits > 10000 && refused > 10000, "%u fit, %u refused", fits, refused);
}

/* Can the started guests from i on lie so that the newcomer finds no room where it may be put? */
static bool can_hurt(struct world *world, int i, int32_t mib)
{
	static const uint8_t none[DEVICES_MAX];
	if (i == world->n) {
		for (int d = 0; d < world->devices; d++) {
			if (may_take(world, none, d) &&
			    load_on(world, d) + mib > world->memory_mib) {
				return true;
			}
		}
		return false;
	}
	struct guest *guest = &world->guest[i];
	bool hurts = false;
	guest->stage = STARTED;
	memset(guest->on, 0, sizeof(guest->on));
	for (int d = 0; d < world->devices && !hurts; d++) {
		if (used_on(world, d) == world->replicas) {
			continue;
		}
		guest->on[d] = 1;
		hurts = can_hurt(world, i + 1, mib);
		guest->on[d] = 0;
	}
	guest->stage = COMING;
	return hurts;
}

/* Everybody has started, nobody knows where: refused is just who might not fit. */
Test(filter_blind, refuses_only_who_might_not_fit, .timeout = 120)
{
	struct sf_rng rng;
	uint32_t fits = 0, refused = 0;
	sf_rng_seed(&rng, 8, 0);
	for (int i = 0; i < 4000; i++) {
		struct world world;
		open_world(&world, i % 2 == 0 ? SF_ALLOCATION_PACKED : SF_ALLOCATION_DISTRIBUTED,
		           (uint8_t)(1 + sf_rng_below(&rng, DEVICES_MAX)),
		           (uint16_t)(2 + sf_rng_below(&rng, 3)));
		int most = (int)sf_rng_below(&rng, 7);
		while (world.n < most && world.n < world.devices * world.replicas - 1) {
			struct sf_request request = request_for(some_wish(&world, &rng), 1);
			struct sf_grant grant;
			uint32_t pod = sf_cluster_add_pod(world.cluster, &request, 0, 0);
			/* Whoever put it there did not ask for its memory. */
			cr_assert(sf_filter(world.cluster, 0, &request, SF_VIEW_COUNTS, &grant) ==
			          SF_FITS);
			struct sf_change arrive = {.kind = SF_CHANGE_ARRIVE, .pod = pod};
			cr_assert(sf_cluster_place(world.cluster, pod, 0, &grant, NULL) == 0);
			cr_assert(sf_cluster_apply(world.cluster, &arrive, NULL, NULL) == 0);
			world.guest[world.n++] = (struct guest){
				.pod = pod, .mib = request.gpu_memory_mib, .replicas = 1};
		}
		int32_t mib = 1 + some_wish(&world, &rng);
		struct sf_request request = request_for(mib, 1);
		enum sf_fit fit = sf_filter(world.cluster, 0, &request, SF_VIEW_AWARE, NULL);
		bool hurts = can_hurt(&world, 0, mib);
		cr_assert(fit == (hurts ? SF_FIT_GPU_MEMORY : SF_FITS), "world %d: %s", i,
		          sf_fit_reason(fit));
		fits += fit == SF_FITS;
		refused += hurts;
		sf_cluster_destroy(world.cluster);
	}
	cr_assert(fits > 500 && refused > 500, "%u fit, %u refused", fits, refused);
}

/* A pod without a wish takes a place beside which a promised one would not fit. */
Test(filter_blind, newcomers_do_not_crowd_out_those_on_their_way)
{
	struct world world;
	uint8_t first[DEVICES_MAX] = {1}, second[DEVICES_MAX] = {0, 1};
	open_world(&world, SF_ALLOCATION_DISTRIBUTED, 2, 4);
	int32_t most = world.memory_mib * 3 / 4;
	cr_assert(ask(&world, most, 1) == SF_FITS);
	cr_assert(ask(&world, most, 1) == SF_FITS);
	cr_assert(ask(&world, 0, 1) == SF_FIT_GPU_MEMORY);
	start(&world, 0, first);
	cr_assert(ask(&world, 0, 1) == SF_FIT_GPU_MEMORY);
	start(&world, 1, second);
	cr_assert(ask(&world, 0, 1) == SF_FITS);
	cr_assert(ask(&world, world.memory_mib / 4, 1) == SF_FITS);
	sf_cluster_destroy(world.cluster);
}

/* What others did wrong is not laid to the charge of pods that change nothing about it. */
Test(filter_blind, wishes_that_cannot_be_met_hinder_nobody_else)
{
	for (uint16_t replicas = 1; replicas <= 4; replicas += 3) {
		struct world world;
		open_world(&world, SF_ALLOCATION_DISTRIBUTED, 2, replicas);
		struct sf_request huge = request_for(10 * world.memory_mib, 1);
		struct sf_grant grant;
		uint32_t pod = sf_cluster_add_pod(world.cluster, &huge, 0, 0);
		cr_assert(sf_filter(world.cluster, 0, &huge, SF_VIEW_COUNTS, &grant) == SF_FITS);
		cr_assert(sf_cluster_place(world.cluster, pod, 0, &grant, NULL) == 0);
		cr_assert(ask(&world, world.memory_mib, 1) == SF_FITS, "%d replicas", replicas);
		cr_assert(ask(&world, 0, 1) == (replicas == 1 ? SF_FIT_BUSY : SF_FIT_GPU_MEMORY));
		sf_cluster_destroy(world.cluster);
	}
}

/* Undo and copies keep the list of wishes. */
Test(filter_blind, list_survives_undo_and_clone)
{
	struct world world;
	struct sf_error err = {0};
	open_world(&world, SF_ALLOCATION_DISTRIBUTED, 1, 4);
	for (int i = 0; i < 3; i++) {
		cr_assert(ask(&world, 1000 * (i + 1), 1) == SF_FITS);
	}
	struct sf_request all = request_for(world.memory_mib - 6000, 1);
	struct sf_request more = request_for(world.memory_mib - 5999, 1);
	for (int i = 0; i < 3; i++) {
		struct sf_undo undo;
		struct sf_change gone = {.kind = SF_CHANGE_RELEASE, .pod = world.guest[i].pod};
		cr_assert(sf_cluster_apply(world.cluster, &gone, &undo, NULL) == 0);
		cr_assert(sf_filter(world.cluster, 0, &more, SF_VIEW_AWARE, NULL) == SF_FITS);
		sf_cluster_undo(world.cluster, &undo);
		cr_assert(sf_cluster_check(world.cluster, &err) == 0, "%s", err.text);
		cr_assert(sf_filter(world.cluster, 0, &all, SF_VIEW_AWARE, NULL) == SF_FITS);
		cr_assert(sf_filter(world.cluster, 0, &more, SF_VIEW_AWARE, NULL) ==
		          SF_FIT_GPU_MEMORY);
	}
	struct sf_cluster *clone = sf_cluster_clone(world.cluster);
	cr_assert(sf_cluster_check(clone, &err) == 0, "%s", err.text);
	cr_assert(sf_filter(clone, 0, &more, SF_VIEW_AWARE, NULL) == SF_FIT_GPU_MEMORY);
	cr_assert(sf_filter_ever(clone, 0, &more, SF_VIEW_AWARE) == SF_FITS);
	sf_cluster_destroy(clone);
	sf_cluster_destroy(world.cluster);
}
