/* test_evict: victims against all subsets of the pods of small random nodes of every kind. */
// SPDX-License-Identifier: Apache-2.0
#include "cluster_fixture.h"

#include <slicefit/evict.h>
#include <slicefit/rng.h>

#include <criterion/new/assert.h>

enum { PODS_MAX = 9, ROUNDS = 1000, QUESTIONS = 12 };

static struct sf_catalog *catalog;
static struct sf_evictor *evictor;

static void set_up(void)
{
	catalog = sf_catalog_create();
	evictor = sf_evictor_create();
}

static void tear_down(void)
{
	sf_evictor_destroy(evictor);
	sf_catalog_destroy(catalog);
}

TestSuite(evict, .init = set_up, .fini = tear_down, .timeout = 120);

/* One node, the pods on it, and who asks. */
struct world {
	struct sf_cluster *cluster;
	struct sf_rng rng;
	size_t n;
	struct sf_evict_pod pod[PODS_MAX + 1];
	struct sf_request request;
	struct sf_evict_ask ask;
};

static uint32_t below(struct world *world, uint32_t n)
{
	return (uint32_t)sf_rng_below(&world->rng, n);
}

/* Something that the node may have, mostly one of it, sometimes with a wish for GPU memory. */
static struct sf_request random_request(struct world *world)
{
	const struct sf_node *node = sf_cluster_node(world->cluster, 0);
	struct sf_request request = {.n = 1};
	request.want[0].resource = node->count[below(world, node->n_counts)].resource;
	request.want[0].count = (uint16_t)(below(world, 3) == 0 ? 2 : 1);
	request.sharing = (enum sf_sharing_wish)(below(world, 4) == 0 ? below(world, 3) : 0);
	if (sf_node_is_fractional(node)) {
		request.want[0].resource = SF_RES_GPU;
		request.gpu_milli = (uint16_t)(100 * (1 + below(world, 10)));
	}
	if (node->dynamic) {
		uint16_t names = sf_resource_count(sf_cluster_resources(world->cluster));
		request.want[0].resource = (uint16_t)below(world, names);
	}
	if (below(world, 2) == 0) {
		request.gpu_memory_mib = (int32_t)(1024 * (1 + below(world, 24)));
	}
	/* What is known not to be exact: see sf_reprieve_run. */
	if (request.gpu_memory_mib > 0 && node->n_shared > 0) {
		request.want[0].count = 1;
	}
	return request;
}

/* Adds a pod where the filter puts it, if there is room. */
static void try_to_add(struct world *world)
{
	struct sf_request request = random_request(world);
	struct sf_grant grant;
	if (sf_filter(world->cluster, 0, &request, SF_VIEW_AWARE, &grant) != SF_FITS) {
		return;
	}
	int32_t priority = (int32_t)below(world, 4) - 1;
	uint32_t pod = sf_cluster_add_pod(world->cluster, &request, priority, 0);
	cr_assert(eq(int, sf_cluster_place(world->cluster, pod, 0, &grant, NULL), 0));
	if (below(world, 4) > 0) {
		struct sf_change arrive = {.kind = SF_CHANGE_ARRIVE, .pod = pod};
		cr_assert(eq(int, sf_cluster_apply(world->cluster, &arrive, NULL, NULL), 0));
	}
	world->pod[world->n++] = (struct sf_evict_pod){
		.pod = pod,
		.priority = priority,
		.start_us = below(world, 5),
	};
}

static void leave(struct world *world, size_t i)
{
	cr_assert(eq(int, sf_cluster_release(world->cluster, world->pod[i].pod, NULL), 0));
	world->pod[i] = world->pod[--world->n];
}

/* In every other world it is known which device a pod holds. */
static void add_node(struct world *world, const struct shape *shape)
{
	struct sf_node_spec spec;
	struct sf_error err;
	fixture_spec(shape, catalog, shape->id, &spec);
	spec.allocation =
		below(world, 2) == 0 ? SF_ALLOCATION_KNOWN : (enum sf_allocation)below(world, 3);
	cr_assert(sf_cluster_add_node(world->cluster, &spec, &err) == 0, "%s", err.text);
}

static void build(struct world *world, uint32_t round)
{
	*world = (struct world){.cluster = sf_cluster_create(catalog)};
	sf_rng_seed(&world->rng, 7, round);
	add_node(world, &shapes[round % SHAPES]);
	for (int step = 0; step < 60; step++) {
		if (world->n < PODS_MAX) {
			try_to_add(world);
		}
		if (world->n > 0 && below(world, 6) == 0) {
			leave(world, below(world, (uint32_t)world->n));
		}
	}
}

static void ask_something(struct world *world)
{
	world->request = random_request(world);
	world->ask = (struct sf_evict_ask){
		.request = &world->request,
		.priority = (int32_t)below(world, 5) - 1,
		.view = SF_VIEW_AWARE,
	};
	for (size_t i = 0; i < world->n; i++) {
		world->pod[i].proposed = below(world, 4) == 0;
		world->pod[i].leaving = below(world, 8) == 0;
		world->pod[i].violates = below(world, 3) == 0;
	}
}

/* Is there room without the pods of these bits? */
static bool room_without(struct world *world, uint32_t gone)
{
	static struct sf_undo undo[PODS_MAX];
	size_t n = 0;
	for (size_t i = 0; i < world->n; i++) {
		if (gone >> i & 1) {
			struct sf_change change = {
				.kind = SF_CHANGE_RELEASE,
				.pod = world->pod[i].pod,
			};
			cr_assert(sf_cluster_apply(world->cluster, &change, &undo[n++], NULL) == 0);
		}
	}
	bool room = sf_filter(world->cluster, 0, &world->request, SF_VIEW_AWARE, NULL) == SF_FITS;
	while (n > 0) {
		sf_cluster_undo(world->cluster, &undo[--n]);
	}
	return room;
}

static bool matters_more(const struct sf_evict_pod *a, const struct sf_evict_pod *b)
{
	if (a->leaving != b->leaving) {
		return b->leaving;
	}
	if (a->priority != b->priority) {
		return a->priority > b->priority;
	}
	return a->start_us != b->start_us ? a->start_us < b->start_us : a->pod < b->pod;
}

/* The pods of the world, most important first. */
static void sort(struct world *world)
{
	for (size_t i = 1; i < world->n; i++) {
		struct sf_evict_pod pod = world->pod[i];
		size_t k = i;
		for (; k > 0 && matters_more(&pod, &world->pod[k - 1]); k--) {
			world->pod[k] = world->pod[k - 1];
		}
		world->pod[k] = pod;
	}
}

static uint32_t bits(const struct world *world, bool own)
{
	uint32_t set = 0;
	for (size_t i = 0; i < world->n; i++) {
		const struct sf_evict_pod *pod = &world->pod[i];
		bool in = pod->proposed || (own && !pod->leaving);
		set |= (uint32_t)(in && pod->priority < world->ask.priority) << i;
	}
	return set;
}

/* Most important first, so that the first place of a number is its highest bit; those that violate a
 * budget before the others. */
static uint32_t rank(const struct world *world, uint32_t gone)
{
	uint32_t value = 0;
	for (size_t i = 0; i < 2 * world->n; i++) {
		size_t k = i % world->n;
		if (world->pod[k].violates == (i < world->n)) {
			value = value << 1 | (gone >> k & 1);
		}
	}
	return value;
}

/* Of all sets of pods that may go; UINT32_MAX when none makes room. */
static uint32_t best_set(struct world *world)
{
	uint32_t may = bits(world, true), best = UINT32_MAX;
	if (room_without(world, bits(world, false))) {
		return bits(world, false);
	}
	for (uint32_t gone = 0; gone < 1U << world->n; gone++) {
		if ((gone & ~may) == 0 &&
		    (best == UINT32_MAX || rank(world, gone) < rank(world, best)) &&
		    room_without(world, gone)) {
			best = gone;
		}
	}
	return best;
}

static int64_t naive_above(struct world *world)
{
	int64_t least = SF_EVICT_NEVER;
	for (uint32_t gone = 0; gone < 1U << world->n; gone++) {
		int64_t highest = INT64_MIN;
		for (size_t i = 0; i < world->n; i++) {
			if ((gone >> i & 1) && world->pod[i].priority > highest) {
				highest = world->pod[i].priority;
			}
		}
		if (highest < least && room_without(world, gone)) {
			least = highest;
		}
	}
	return least;
}

struct tally {
	uint32_t proposed, others, impossible, obstacles;
	uint32_t spared; /* a pod that violates stays, while a more important one goes */
};

static void check_question(struct world *world, struct tally *tally)
{
	ask_something(world);
	sort(world);
	uint32_t want = best_set(world), got = 0;
	uint64_t digest = sf_cluster_digest(world->cluster);
	struct sf_eviction eviction =
		sf_evict_choose(evictor, world->cluster, 0, &world->ask, world->pod, world->n);
	cr_assert(eq(u64, sf_cluster_digest(world->cluster), digest), "the trial left traces");
	for (size_t i = 0; eviction.helps && i < eviction.n; i++) {
		got |= 1U << eviction.victim[i];
		cr_assert(i == 0 || eviction.victim[i - 1] < eviction.victim[i], "order");
	}
	cr_assert(eq(u32, eviction.helps ? got : UINT32_MAX, want), "%s",
	          sf_cluster_node(world->cluster, 0)->name);
	bool idle = eviction.helps && eviction.n == 0;
	cr_assert(eq(int, idle, want == 0));
	cr_assert(room_without(world, 0) || want != 0);
	int64_t above =
		sf_evict_above(evictor, world->cluster, 0, &world->ask, world->pod, world->n);
	cr_assert(eq(i64, above, naive_above(world)), "%s",
	          sf_cluster_node(world->cluster, 0)->name);
	bool all = room_without(world, bits(world, true) | bits(world, false));
	bool spared = false;
	for (size_t i = 0, gone = 0; i < world->n; i++) {
		gone |= got >> i & 1;
		spared |= world->pod[i].violates && gone && !(got >> i & 1);
	}
	tally->spared += eviction.helps && !eviction.proposed && spared;
	tally->obstacles += eviction.helps && !all;
	tally->impossible += !eviction.helps;
	tally->proposed += eviction.helps && eviction.n > 0 && eviction.proposed;
	tally->others += eviction.helps && eviction.n > 0 && !eviction.proposed;
}

Test(evict, victims_are_those_of_a_search_of_all_subsets)
{
	struct tally tally = {0};
	for (uint32_t round = 0; round < ROUNDS; round++) {
		struct world world;
		build(&world, round);
		for (int i = 0; i < QUESTIONS; i++) {
			check_question(&world, &tally);
		}
		sf_cluster_destroy(world.cluster);
	}
	cr_expect(tally.proposed > 50 && tally.others > 200 && tally.impossible > 200 &&
	                  tally.obstacles > 10 && tally.spared > 50,
	          "%u %u %u %u %u", tally.proposed, tally.others, tally.impossible, tally.obstacles,
	          tally.spared);
}

/* On the node are two H100, held by pods of priority 0 and 1, and a V100, held by one of priority 0;
 * further pods are unseen. Whoever comes wants a GPU with 60 GiB, which the V100 does not have. */
struct row {
	const char *name;
	const char *proposed; /* their numbers: 0 to 2 as above, 3 and 4 unseen */
	const char *leaving;
	const char *victims; /* "!": nothing helps */
	const char *violate; /* NULL: none */
	int32_t priority;    /* of whoever comes */
	int64_t cpu_milli;   /* that it wants */
	bool no_gpu, reserved;
};

static const struct row rows[] = {
	{"right", "0", "", "0", .priority = 5},
	{"right, although another would be less important", "1", "", "1", .priority = 5},
	{"wrong: the V100", "2", "", "0", .priority = 5},
	{"none proposed", "", "", "0", .priority = 5},
	{"both H100, but not the V100", "01", "", "01", .priority = 5},
	{"the V100 would be handed out", "12", "", "0", .priority = 5},
	{"unseen ones go, too", "234", "", "034", .priority = 5},
	{"nothing but unseen ones", "3", "", "03", .priority = 5},
	{"equals stay", "1", "", "0", .priority = 1},
	{"equals are no help", "0", "", "!", .priority = 0},
	{"goes already", "", "0", "1", .priority = 5},
	{"goes already, and counts on it", "0", "0", "0", .priority = 5},
	{"all that could go does so already", "", "01", "!", .priority = 5},
	{"CPU: the proposed free more, but the V100 stays", "2", "", "0", .priority = 5,
         .cpu_milli = 9000},
	{"CPU of one that the scheduler knows", "23", "", "03", .priority = 5, .cpu_milli = 2000},
	{"no GPU asked for", "2", "", "2", .priority = 5, .no_gpu = true},
	{"no GPU asked for and none proposed", "", "", "", .priority = 5, .no_gpu = true},
	{"the less important one has a budget", "", "", "1", "0", .priority = 5},
	{"all have one", "", "", "0", "012", .priority = 5},
	{"the proposed one has one, and is right", "0", "", "0", "0", .priority = 5},
	{"the V100 has one", "2", "", "0", "2", .priority = 5},
	{"a reservation", "", "", "1", .priority = 5, .reserved = true},
	{"a proposed reservation", "0", "", "0", .priority = 5, .reserved = true},
};

static bool has(const char *numbers, size_t i)
{
	return strchr(numbers, (char)('0' + i)) != NULL;
}

/* The five pods of a row, three of them on the node. */
static void put_row(const struct row *row, struct sf_cluster *cluster, struct sf_evict_pod pod[5])
{
	struct sf_request request = {.n = 1, .want = {{SF_RES_GPU, 1}}};
	fixture_add(cluster, "plain");
	for (size_t i = 0; i < 5; i++) {
		pod[i] = (struct sf_evict_pod){
			.pod = SF_EVICT_UNSEEN,
			.priority = i == 1,
			.cpu_milli = i == 2 ? 8000 : 1000,
			.proposed = has(row->proposed, i),
			.leaving = has(row->leaving, i),
			.violates = row->violate != NULL && has(row->violate, i),
		};
	}
	for (uint32_t i = 0; i < 3; i++) {
		struct sf_grant grant;
		struct sf_change change = {
			.kind = row->reserved && i == 0 ? SF_CHANGE_RESERVE : SF_CHANGE_PLACE,
			.pod = sf_cluster_add_pod(cluster, &request, pod[i].priority, 0),
			.grant = &grant,
		};
		cr_assert(sf_filter(cluster, 0, &request, SF_VIEW_AWARE, &grant) == SF_FITS);
		cr_assert(eq(int, sf_cluster_apply(cluster, &change, NULL, NULL), 0));
		pod[i].pod = change.pod;
	}
}

Test(evict, proposals_are_kept_or_mended)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sf_cluster *cluster = sf_cluster_create(catalog);
		struct sf_evict_pod pod[5];
		char got[8] = "!";
		put_row(&rows[i], cluster, pod);
		struct sf_request request = {
			.n = rows[i].no_gpu ? 0 : 1,
			.want = {{SF_RES_GPU, 1}},
			.gpu_memory_mib = 60 * 1024,
		};
		struct sf_evict_ask ask = {
			.request = &request,
			.priority = rows[i].priority,
			.cpu_milli = rows[i].cpu_milli,
			.view = SF_VIEW_AWARE,
		};
		struct sf_eviction eviction = sf_evict_choose(evictor, cluster, 0, &ask, pod, 5);
		for (char k = '0', *to = got; eviction.helps && k < '5'; k++) {
			*to = '\0';
			for (size_t v = 0; v < eviction.n; v++) {
				if (eviction.victim[v] == (uint32_t)(k - '0')) {
					*to++ = k;
					*to = '\0';
				}
			}
		}
		cr_expect(eq(str, got, (char *)rows[i].victims), "%s", rows[i].name);
		cr_expect(
			eq(int, eviction.proposed, strcmp(rows[i].victims, rows[i].proposed) == 0),
			"%s", rows[i].name);
		sf_cluster_destroy(cluster);
	}
}

/* A pod of a small instance is proposed, whose CPU is needed; who wants a larger instance needs that
 * one, too. */
Test(evict, the_proposed_go_too_when_their_cpu_is_needed)
{
	static const int64_t wanted[] = {1000, 9000};
	static const char *const name[] = {"nvidia.com/mig-1g.5gb", "nvidia.com/mig-4g.20gb"};
	for (size_t i = 0; i < 2; i++) {
		struct sf_cluster *cluster = sf_cluster_create(catalog);
		struct sf_evict_pod pod[2] = {{.cpu_milli = 8000, .proposed = true},
		                              {.cpu_milli = 1000}};
		struct sf_request request = {.n = 1};
		fixture_add(cluster, "mixed");
		for (size_t k = 0; k < 2; k++) {
			struct sf_grant grant;
			request.want[0].resource =
				sf_resource_find(sf_cluster_resources(cluster), name[k]);
			request.want[0].count = 1;
			pod[k].pod = sf_cluster_add_pod(cluster, &request, 0, 0);
			cr_assert(sf_filter(cluster, 0, &request, SF_VIEW_AWARE, &grant) ==
			          SF_FITS);
			cr_assert(
				eq(int, sf_cluster_place(cluster, pod[k].pod, 0, &grant, NULL), 0));
		}
		struct sf_evict_ask ask = {
			.request = &request,
			.priority = 1,
			.cpu_milli = wanted[i],
			.view = SF_VIEW_AWARE,
		};
		struct sf_eviction eviction = sf_evict_choose(evictor, cluster, 0, &ask, pod, 2);
		cr_expect(eviction.helps && !eviction.proposed);
		cr_expect(eq(sz, eviction.n, i + 1));
		cr_expect(eq(u32, eviction.victim[i], 1));
		sf_cluster_destroy(cluster);
	}
}
