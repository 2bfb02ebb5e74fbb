/* test_mig: counts, vectors and defaults known from hardware and from exhaustive enumeration. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/catalog.h>
#include <slicefit/mig.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { END = -1 };

static struct sf_catalog *catalog;

static void set_up(void)
{
	catalog = sf_catalog_create();
}

static void tear_down(void)
{
	sf_catalog_destroy(catalog);
}

TestSuite(mig, .init = set_up, .fini = tear_down);

static const struct sf_product *product_named(const char *name)
{
	const struct sf_product *product = sf_catalog_find(catalog, name);
	cr_assert(not(zero(ptr, (void *)product)), "%s", name);
	return product;
}

static int profile_of(const struct sf_product *product, int id)
{
	for (int i = 0; i < product->n_profiles; i++) {
		if (product->profile[i].id == id) {
			return i;
		}
	}
	cr_fatal("%s has no profile id %d", product->name, id);
	return -1;
}

/* `ids` ends with END. */
static size_t profiles_of(const struct sf_product *product, const int *ids, uint8_t *out)
{
	size_t n = 0;
	for (; ids[n] != END; n++) {
		out[n] = (uint8_t)profile_of(product, ids[n]);
	}
	return n;
}

static struct sf_mig_geometry geometry_of(const struct sf_product *product, const int *ids)
{
	struct sf_mig_geometry geometry = {0};
	for (; *ids != END; ids++) {
		geometry.count[profile_of(product, *ids)]++;
	}
	return geometry;
}

static uint32_t mask_of(const struct sf_product *product, const int *ids)
{
	uint32_t mask = 0;
	for (; *ids != END; ids++) {
		mask |= SF_PROFILE_BIT(profile_of(product, *ids));
	}
	return mask;
}

static size_t distinct_mixes(const struct sf_mig_layout *layout, size_t n)
{
	struct sf_mig_geometry *seen = calloc(n, sizeof(*seen));
	size_t count = 0;
	for (size_t i = 0; i < n; i++) {
		struct sf_mig_geometry mix;
		sf_mig_geometry_of(&layout[i], &mix);
		size_t k = 0;
		while (k < count && memcmp(&seen[k], &mix, sizeof(mix)) != 0) {
			k++;
		}
		if (k == count) {
			seen[count++] = mix;
		}
	}
	free(seen);
	return count;
}

/* Exhaustive enumeration of the placement tables; 19 is also NVIDIA's figure. */
static const struct {
	const char *product;
	int ids[12];
	size_t states; /* the empty GPU included */
	size_t maximal;
	size_t mixes;     /* distinct among the maximal */
	size_t reachable; /* non-empty */
} counts[] = {
	{"A100-40GB", {19, 14, 9, 5, 0, END}, 298, 19, 14, 37},
	{"H100-80GB-SXM", {19, 14, 9, 5, 0, END}, 298, 19, 14, 37},
	{"B200-180GB", {19, 15, 14, 9, 5, 0, END}, 723, 78, 38, 77},
	{"A100-80GB", {19, 20, 14, 9, 5, 0, END}, 1089, 67, 24, 63},
	{"H200-141GB", {19, 20, 15, 14, 9, 5, 0, END}, 2319, 239, 64, 127},
	{"A30", {14, 5, 0, END}, 26, 5, 4, 9},
	{"A30", {14, 21, 5, 6, 0, END}, 76, 17, 8, 19},
	{"RTXPRO6000-96GB", {14, 5, 0, END}, 26, 5, 4, 9},
	{"RTXPRO6000-96GB", {14, 5, 0, 67, 66, END}, 122, 37, 15, 30},
};

Test(mig, counts)
{
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		const struct sf_product *product = product_named(counts[i].product);
		uint32_t mask = mask_of(product, counts[i].ids);
		struct sf_mig_layout *layout = NULL;
		struct sf_mig_geometry *geometry = NULL;

		size_t states = sf_mig_states(product, mask, &layout);
		cr_expect(eq(sz, states, counts[i].states), "row %zu", i);
		free(layout);

		size_t maximal = sf_mig_maximal(product, mask, &layout);
		cr_expect(eq(sz, maximal, counts[i].maximal), "row %zu", i);
		cr_expect(eq(sz, distinct_mixes(layout, maximal), counts[i].mixes), "row %zu", i);
		free(layout);

		size_t reachable = sf_mig_geometries(product, mask, &geometry);
		cr_expect(eq(sz, reachable, counts[i].reachable), "row %zu", i);
		free(geometry);
	}
}

/* With all its media and graphics rows, 532 of the 1249 layouts that have room on the RTX PRO 6000
 * are ruled out by the engines. */
Test(mig, engines_prune_layouts)
{
	struct sf_product product = *product_named("RTXPRO6000-96GB");
	uint32_t all = sf_mig_all_mask(&product);
	struct sf_mig_layout *layout = NULL;
	size_t with = sf_mig_states(&product, all, &layout);
	free(layout);
	memset(product.engine_limit, -1, sizeof(product.engine_limit));
	size_t without = sf_mig_states(&product, all, &layout);
	free(layout);
	cr_expect(eq(sz, without, 1249));
	cr_expect(eq(sz, without - with, 532));
}

/* NVIDIA's figure of A100/H100 configurations since R510, left to right. */
static const char *const figure[] = {
	"7g.40gb@0",
	"4g.20gb@0 3g.20gb@4",
	"4g.20gb@0 2g.10gb@4 1g.5gb@6",
	"4g.20gb@0 1g.5gb@4 1g.5gb@5 1g.5gb@6",
	"3g.20gb@0 3g.20gb@4",
	"3g.20gb@0 2g.10gb@4 1g.5gb@6",
	"3g.20gb@0 1g.5gb@4 1g.5gb@5 1g.5gb@6",
	"2g.10gb@0 2g.10gb@2 3g.20gb@4",
	"2g.10gb@0 2g.10gb@2 2g.10gb@4 1g.5gb@6",
	"2g.10gb@0 2g.10gb@2 1g.5gb@4 1g.5gb@5 1g.5gb@6",
	"2g.10gb@0 1g.5gb@2 1g.5gb@3 3g.20gb@4",
	"2g.10gb@0 1g.5gb@2 1g.5gb@3 2g.10gb@4 1g.5gb@6",
	"2g.10gb@0 1g.5gb@2 1g.5gb@3 1g.5gb@4 1g.5gb@5 1g.5gb@6",
	"1g.5gb@0 1g.5gb@1 2g.10gb@2 3g.20gb@4",
	"1g.5gb@0 1g.5gb@1 2g.10gb@2 2g.10gb@4 1g.5gb@6",
	"1g.5gb@0 1g.5gb@1 2g.10gb@2 1g.5gb@4 1g.5gb@5 1g.5gb@6",
	"1g.5gb@0 1g.5gb@1 1g.5gb@2 1g.5gb@3 3g.20gb@4",
	"1g.5gb@0 1g.5gb@1 1g.5gb@2 1g.5gb@3 2g.10gb@4 1g.5gb@6",
	"1g.5gb@0 1g.5gb@1 1g.5gb@2 1g.5gb@3 1g.5gb@4 1g.5gb@5 1g.5gb@6",
};

static const char *const figure_a30[] = {
	"4g.24gb@0",
	"2g.12gb@0 2g.12gb@2",
	"2g.12gb@0 1g.6gb@2 1g.6gb@3",
	"1g.6gb@0 1g.6gb@1 2g.12gb@2",
	"1g.6gb@0 1g.6gb@1 1g.6gb@2 1g.6gb@3",
};

static const char *const figure_rtx_pro[] = {
	"4g.96gb@0",
	"2g.48gb@0 2g.48gb@6",
	"2g.48gb@0 1g.24gb@6 1g.24gb@9",
	"1g.24gb@0 1g.24gb@3 2g.48gb@6",
	"1g.24gb@0 1g.24gb@3 1g.24gb@6 1g.24gb@9",
};

static void check_figure(const char *name, const int *ids, const char *const *expected, size_t n)
{
	const struct sf_product *product = product_named(name);
	struct sf_mig_layout *layout = NULL;
	size_t found = sf_mig_maximal(product, mask_of(product, ids), &layout);
	cr_assert(eq(sz, found, n), "%s", name);
	for (size_t i = 0; i < n; i++) {
		char text[128];
		sf_mig_format(product, &layout[i], text, sizeof(text));
		cr_expect(eq(str, text, (char *)expected[i]), "%s row %zu", name, i);
	}
	free(layout);
}

Test(mig, maximal_layouts)
{
	check_figure("A100-40GB", (const int[]){19, 14, 9, 5, 0, END}, figure,
	             sizeof(figure) / sizeof(figure[0]));
	check_figure("A30", (const int[]){14, 5, 0, END}, figure_a30,
	             sizeof(figure_a30) / sizeof(figure_a30[0]));
	check_figure("RTXPRO6000-96GB", (const int[]){14, 5, 0, END}, figure_rtx_pro,
	             sizeof(figure_rtx_pro) / sizeof(figure_rtx_pro[0]));
}

/* Counts of 1g, 2g, 3g, 4g, 7g; largest first, as sf_mig_maximal_geometries gives them. */
static const uint8_t maximal_mixes[][5] = {
	{0, 0, 0, 0, 1}, {0, 0, 1, 1, 0}, {1, 1, 0, 1, 0}, {3, 0, 0, 1, 0},
	{0, 0, 2, 0, 0}, {0, 2, 1, 0, 0}, {2, 1, 1, 0, 0}, {4, 0, 1, 0, 0},
	{1, 3, 0, 0, 0}, {3, 2, 0, 0, 0}, {5, 1, 0, 0, 0}, {7, 0, 0, 0, 0},
};

Test(mig, maximal_mixes)
{
	const struct sf_product *product = product_named("A100-40GB");
	static const int ids[] = {19, 14, 9, 5, 0, END};
	struct sf_mig_geometry *mix = NULL;
	size_t n = sf_mig_maximal_geometries(product, mask_of(product, ids), &mix);
	cr_assert(eq(sz, n, sizeof(maximal_mixes) / sizeof(maximal_mixes[0])));
	for (size_t i = 0; i < n; i++) {
		for (int k = 0; k < 5; k++) {
			cr_expect(eq(u8, mix[i].count[profile_of(product, ids[k])],
			             maximal_mixes[i][k]),
			          "row %zu column %d", i, k);
		}
	}
	free(mix);
}

/* What NVIDIA's DRA driver published on A100, H100 and B200 nodes. */
Test(mig, candidate_placements)
{
	static const char *const names[] = {"A100-40GB", "H100-80GB-SXM", "B200-180GB"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct sf_product *product = product_named(names[i]);
		int candidates = 0;
		for (int p = 0; p < product->n_profiles; p++) {
			candidates += product->profile[p].n_starts;
		}
		cr_expect(eq(int, candidates, 25), "%s", names[i]);
	}
}

static const struct {
	const char *product;
	int ids[10];
} must_fail[] = {
	{"A100-40GB", {19, 19, 19, 19, 19, 19, 19, 19, END}},
	{"A100-40GB", {5, 5, END}},
	{"A100-40GB", {9, 9, 9, END}},
	{"A100-40GB", {14, 14, 14, 14, END}},
	{"A100-40GB", {9, 9, 19, END}},
	{"A100-40GB", {0, 0, END}},
	{"A100-40GB", {0, 5, END}},
	{"A100-40GB", {0, 9, END}},
	{"A100-40GB", {0, 14, END}},
	{"A100-40GB", {0, 15, END}},
	{"A100-40GB", {0, 19, END}},
	{"A100-40GB", {0, 20, END}},
	{"A100-40GB", {15, 15, 15, 15, 19, END}},
	{"A100-40GB", {15, 15, 15, 15, 15, END}},
	{"A100-40GB", {20, 20, END}},
	{"A100-40GB", {5, 9, 19, END}},
	{"A30", {5, 5, 14, END}},
	{"A30", {5, 5, 5, END}},
	{"A30", {21, 6, END}},
	{"RTXPRO6000-96GB", {14, 14, 14, 14, 14, END}},
	{"RTXPRO6000-96GB", {5, 5, 14, END}},
	{"RTXPRO6000-96GB", {65, 14, END}},
	{"RTXPRO6000-96GB", {21, 65, END}},
	{"RTXPRO6000-96GB", {64, 5, END}},
};

Test(mig, must_fail)
{
	for (size_t i = 0; i < sizeof(must_fail) / sizeof(must_fail[0]); i++) {
		const struct sf_product *product = product_named(must_fail[i].product);
		struct sf_mig_geometry geometry = geometry_of(product, must_fail[i].ids);
		struct sf_mig_layout layout = {.n = 1, .instance = {{1, 2}}};
		struct sf_mig_layout before = layout;
		cr_expect(not(sf_mig_pack(product, &geometry, &layout)), "row %zu", i);
		cr_expect(zero(int, memcmp(&layout, &before, sizeof(layout))), "row %zu", i);

		uint8_t order[10];
		size_t n = profiles_of(product, must_fail[i].ids, order);
		struct sf_mig_layout driver = {0};
		cr_expect(lt(sz, sf_mig_create(product, &driver, order, n), n), "row %zu", i);
	}
}

/* A held instance that blocks another one: where it is matters. */
static const struct {
	int held;
	int start;
	int id;
	int at;
	bool fits;
} blocks[] = {
	{9, 0, 5, 0, false},   {9, 4, 5, 0, true},    {19, 5, 14, 4, false}, {19, 6, 14, 4, true},
	{19, 6, 9, 4, false},  {19, 0, 9, 0, false},  {19, 0, 9, 4, true},   {15, 6, 9, 4, false},
	{15, 6, 19, 6, false}, {15, 6, 19, 5, true},  {19, 6, 15, 6, false}, {14, 2, 15, 2, false},
	{14, 2, 15, 0, true},  {20, 3, 20, 4, false}, {20, 3, 19, 4, true},  {0, 0, 19, 6, false},
	{19, 3, 0, 0, false},  {19, 0, 19, 7, false}, {19, 0, 14, 6, false}, {19, 0, 14, 3, false},
};

Test(mig, blocks)
{
	const struct sf_product *product = product_named("A100-40GB");
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		struct sf_mig_layout layout = {0};
		sf_mig_add(&layout, profile_of(product, blocks[i].held), blocks[i].start);
		bool fits = sf_mig_fits(product, &layout, profile_of(product, blocks[i].id),
		                        blocks[i].at);
		cr_expect(eq(int, fits, blocks[i].fits), "row %zu", i);
	}
}

/* Transcripts of `nvidia-smi mig -cgi`: requests in order, the starts that the driver chose. */
static const struct {
	const char *product;
	int ids[10];
	int starts[10]; /* fewer than ids: the next one got "Insufficient Resources" */
} transcripts[] = {
	{"A100-40GB", {19, 19, 19, 19, 19, 19, 19, END}, {6, 4, 5, 0, 1, 2, 3, END}},
	{"H100-80GB-SXM", {19, 19, 19, 19, 19, 19, 19, END}, {6, 4, 5, 0, 1, 2, 3, END}},
	{"H100-80GB-PCIe", {19, 19, 19, 19, 19, 19, 19, END}, {6, 4, 5, 0, 1, 2, 3, END}},
	{"A100-40GB", {19, 14, 5, END}, {6, 4, 0, END}},
	{"A100-40GB", {14, 19, 19, 19, 19, 19, END}, {4, 6, 0, 1, 2, 3, END}},
	{"A100-40GB", {14, 14, 14, 20, END}, {4, 0, 2, 6, END}},
	{"A100-40GB", {9, 14, 19, 19, END}, {4, 0, 2, 3, END}},
	{"H100-80GB-SXM", {9, 14, END}, {4, 0, END}},
	{"A100-40GB", {9, 19, 14, 19, END}, {4, 0, 2, 1, END}},
	{"A100-40GB", {19, 19, 14, 9, END}, {6, 4, 0, END}},
	{"H100-96GB", {20, 20, 20, END}, {6, END}},
	{"H100-96GB", {15, 15, 15, END}, {4, 0, 2, END}},
	{"A30", {14, 14, 14, 14, 14, END}, {0, 1, 2, 3, END}},
	{"A30", {14, 5, END}, {0, 2, END}},
	{"A30", {14, 5, 5, END}, {0, 2, END}},
	{"RTXPRO6000-96GB", {14, 14, 14, 14, END}, {0, 3, 6, 9, END}},
	{"RTXPRO6000-96GB", {5, 5, END}, {0, 6, END}},
	{"RTXPRO6000-96GB", {21, 65, END}, {0, END}},
};

Test(mig, driver_order)
{
	for (size_t i = 0; i < sizeof(transcripts) / sizeof(transcripts[0]); i++) {
		const struct sf_product *product = product_named(transcripts[i].product);
		uint8_t order[10];
		size_t n = profiles_of(product, transcripts[i].ids, order);
		struct sf_mig_layout expected = {0};
		size_t placed = 0;
		for (; transcripts[i].starts[placed] != END; placed++) {
			sf_mig_add(&expected, order[placed], transcripts[i].starts[placed]);
		}
		struct sf_mig_layout layout = {0};
		cr_expect(eq(sz, sf_mig_create(product, &layout, order, n), placed), "row %zu", i);
		cr_expect(zero(int, memcmp(&layout, &expected, sizeof(layout))), "row %zu", i);
	}
}

/* How many orders of the multiset reach the whole geometry, and how many do not. */
struct orders {
	size_t good;
	size_t bad;
};

static void try_orders(const struct sf_product *product, struct sf_mig_geometry *left,
                       uint8_t *order, size_t n, struct orders *orders)
{
	bool last = true;
	for (int p = 0; p < product->n_profiles; p++) {
		if (left->count[p] > 0) {
			last = false;
			left->count[p]--;
			order[n] = (uint8_t)p;
			try_orders(product, left, order, n + 1, orders);
			left->count[p]++;
		}
	}
	if (last) {
		struct sf_mig_layout layout = {0};
		bool good = sf_mig_create(product, &layout, order, n) == n;
		orders->good += good;
		orders->bad += !good;
	}
}

/* The mixes that no order of -cgi reaches, because id 15 takes 4, 0, 2 before 6. */
static const int unreachable[][8] = {
	{15, 19, 19, 19, 19, 19, 19, END},
	{15, 15, 19, 19, 19, 19, END},
	{15, 15, 15, 19, 19, END},
	{14, 15, 19, 19, 19, 19, END},
	{14, 14, 15, 19, 19, END},
	{14, 15, 15, 19, 19, END},
	{5, 15, 19, 19, END},
};

Test(mig, unreachable_by_driver)
{
	const struct sf_product *product = product_named("A100-40GB");
	static const int plain[] = {19, 15, 14, 9, 5, 0, END};
	enum { N = sizeof(unreachable) / sizeof(unreachable[0]) };
	struct sf_mig_geometry *mix = NULL;
	size_t n = sf_mig_geometries(product, mask_of(product, plain), &mix);
	size_t sometimes = 0;
	size_t never = 0;
	for (size_t i = 0; i < n; i++) {
		uint8_t order[SF_INSTANCES_MAX];
		struct orders orders = {0};
		try_orders(product, &mix[i], order, 0, &orders);
		sometimes += orders.bad > 0;
		never += orders.good == 0;
		size_t listed = 0;
		for (size_t k = 0; k < N; k++) {
			struct sf_mig_geometry known = geometry_of(product, unreachable[k]);
			listed += memcmp(&known, &mix[i], sizeof(known)) == 0;
		}
		cr_expect(eq(int, orders.good == 0, listed == 1), "mix %zu", i);

		struct sf_mig_layout layout = {0};
		struct sf_mig_geometry packed;
		cr_expect(sf_mig_pack(product, &mix[i], &layout), "mix %zu", i);
		cr_expect(sf_mig_legal(product, &layout), "mix %zu", i);
		sf_mig_geometry_of(&layout, &packed);
		cr_expect(zero(int, memcmp(&packed, &mix[i], sizeof(packed))), "mix %zu", i);
	}
	cr_expect(eq(sz, sometimes, 18));
	cr_expect(eq(sz, never, N));
	free(mix);
}

/* When largest first works, mig-parted stops there. */
Test(mig, pack_takes_the_first_order)
{
	const struct sf_product *product = product_named("A100-40GB");
	static const struct {
		int ids[8];
		const char *layout;
	} rows[] = {
		{{19, 19, 14, 9, END}, "2g.10gb@0 1g.5gb@2 1g.5gb@3 3g.20gb@4"},
		{{19, 14, 5, END}, "4g.20gb@0 2g.10gb@4 1g.5gb@6"},
		{{20, 19, END}, "1g.5gb+me@4 1g.5gb@6"},
		{{5, 15, 19, 19, END}, "4g.20gb@0 1g.5gb@4 1g.5gb@5 1g.10gb@6"},
		{{END}, ""},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sf_mig_geometry geometry = geometry_of(product, rows[i].ids);
		struct sf_mig_layout layout = {0};
		char text[128];
		cr_expect(sf_mig_pack(product, &geometry, &layout), "row %zu", i);
		sf_mig_format(product, &layout, text, sizeof(text));
		cr_expect(eq(str, text, (char *)rows[i].layout), "row %zu", i);
	}
}

Test(mig, largest_and_capacity)
{
	const struct sf_product *product = product_named("A100-40GB");
	struct sf_mig_layout layout = {0};
	cr_expect(eq(int, sf_mig_largest(product, &layout), profile_of(product, 0)));
	cr_expect(eq(int, sf_mig_capacity(product, &layout, profile_of(product, 19)), 7));
	cr_expect(eq(int, sf_mig_capacity(product, &layout, profile_of(product, 20)), 1));

	/* One 1g at 0 leaves 7 units and 6 compute slices, but no room for 4g. */
	sf_mig_add(&layout, profile_of(product, 19), 0);
	cr_expect(eq(int, sf_mig_largest(product, &layout), profile_of(product, 9)));
	cr_expect(eq(int, sf_mig_capacity(product, &layout, profile_of(product, 5)), 0));
	cr_expect(eq(int, sf_mig_capacity(product, &layout, profile_of(product, 14)), 2));

	sf_mig_add(&layout, profile_of(product, 19), 4);
	cr_expect(eq(int, sf_mig_largest(product, &layout), profile_of(product, 14)));
	sf_mig_remove(&layout, 0);
	cr_expect(eq(int, sf_mig_largest(product, &layout), profile_of(product, 5)));

	struct sf_mig_layout full = {0};
	sf_mig_add(&full, profile_of(product, 0), 0);
	cr_expect(eq(int, sf_mig_largest(product, &full), -1));
	cr_expect(eq(int, sf_mig_units(product, &full), 0xff));
}

Test(mig, format_never_overruns)
{
	const struct sf_product *product = product_named("A100-40GB");
	struct sf_mig_layout layout = {0};
	sf_mig_add(&layout, profile_of(product, 9), 4);
	sf_mig_add(&layout, profile_of(product, 19), 0);
	static const char whole[] = "1g.5gb@0 3g.20gb@4";
	for (size_t cap = 1; cap <= sizeof(whole) + 2; cap++) {
		char *text = malloc(cap);
		sf_mig_format(product, &layout, text, cap);
		size_t len = cap - 1 < strlen(whole) ? cap - 1 : strlen(whole);
		cr_expect(eq(sz, strlen(text), len), "cap %zu", cap);
		cr_expect(zero(int, strncmp(text, whole, len)), "cap %zu", cap);
		free(text);
	}
}
