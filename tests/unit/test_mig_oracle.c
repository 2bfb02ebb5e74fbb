/* test_mig_oracle: the placement rules against a naive enumeration that shares no code with them.
 *
 * A candidate is one profile at one start. The oracle knows a layout as a list of candidates and
 * judges it from scratch by the three rules. Legality is hereditary (a part of a legal layout is
 * legal), so including or leaving out each candidate in turn visits every legal layout once.
 */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/catalog.h>
#include <slicefit/mig.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CANDIDATES_MAX = 128, SET_MAX = 16 };

struct candidate {
	int profile;
	int start;
};

struct set {
	int n;
	struct candidate member[SET_MAX];
};

struct oracle {
	const struct sf_product *product;
	struct candidate candidate[CANDIDATES_MAX];
	int n_candidates;
	struct set *state;
	size_t n;
	size_t cap;
};

static bool rules_allow(const struct sf_product *product, const struct set *set)
{
	int owners[SF_UNITS_MAX] = {0};
	int count[SF_PROFILES_MAX] = {0};
	int engines[SF_ENGINES] = {0};
	for (int i = 0; i < set->n; i++) {
		const struct sf_profile *row = &product->profile[set->member[i].profile];
		for (int u = 0; u < row->size; u++) {
			if (++owners[set->member[i].start + u] > 1) {
				return false;
			}
		}
		if (++count[set->member[i].profile] > row->max) {
			return false;
		}
		for (int e = 0; e < SF_ENGINES; e++) {
			engines[e] += row->engine[e] > 0 ? row->engine[e] : 0;
			if (product->engine_limit[e] >= 0 &&
			    engines[e] > product->engine_limit[e]) {
				return false;
			}
		}
	}
	return set->n <= product->max_instances;
}

static struct set with(const struct set *set, struct candidate one)
{
	struct set more = *set;
	more.member[more.n++] = one;
	return more;
}

static void enumerate(struct oracle *oracle, const struct set *set, int next)
{
	if (next == oracle->n_candidates) {
		if (oracle->n == oracle->cap) {
			oracle->cap = oracle->cap > 0 ? 2 * oracle->cap : 1024;
			oracle->state =
				realloc(oracle->state, oracle->cap * sizeof(*oracle->state));
		}
		oracle->state[oracle->n++] = *set;
		return;
	}
	enumerate(oracle, set, next + 1);
	struct set more = with(set, oracle->candidate[next]);
	if (rules_allow(oracle->product, &more)) {
		enumerate(oracle, &more, next + 1);
	}
}

static struct oracle oracle_of(const struct sf_product *product)
{
	struct oracle oracle = {.product = product};
	for (int p = 0; p < product->n_profiles; p++) {
		for (int i = 0; i < product->profile[p].n_starts; i++) {
			oracle.candidate[oracle.n_candidates++] =
				(struct candidate){p, product->profile[p].start[i]};
		}
	}
	struct set empty = {0};
	enumerate(&oracle, &empty, 0);
	return oracle;
}

static struct sf_mig_layout layout_of(const struct set *set)
{
	struct sf_mig_layout layout = {0};
	for (int i = 0; i < set->n; i++) {
		sf_mig_add(&layout, set->member[i].profile, set->member[i].start);
	}
	return layout;
}

static int compare_layouts(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct sf_mig_layout));
}

/* The same layouts, each once. */
static void check_states(const struct oracle *oracle)
{
	const char *name = oracle->product->name;
	struct sf_mig_layout *ours = NULL;
	size_t n = sf_mig_states(oracle->product, sf_mig_all_mask(oracle->product), &ours);
	struct sf_mig_layout *theirs = calloc(oracle->n, sizeof(*theirs));
	cr_assert(eq(sz, n, oracle->n), "%s", name);
	for (size_t i = 0; i < n; i++) {
		theirs[i] = layout_of(&oracle->state[i]);
	}
	qsort(ours, n, sizeof(*ours), compare_layouts);
	qsort(theirs, n, sizeof(*theirs), compare_layouts);
	cr_expect(zero(int, memcmp(ours, theirs, n * sizeof(*ours))), "%s", name);
	free(ours);
	free(theirs);
}

static bool is_candidate(const struct oracle *oracle, int profile, int start)
{
	for (int i = 0; i < oracle->n_candidates; i++) {
		if (oracle->candidate[i].profile == profile &&
		    oracle->candidate[i].start == start) {
			return true;
		}
	}
	return false;
}

/* Number of wrong answers of fits and legal for one more instance, at any unit at all. */
static int wrong_fits(const struct oracle *oracle, const struct set *set)
{
	const struct sf_product *product = oracle->product;
	struct sf_mig_layout layout = layout_of(set);
	int wrong = !sf_mig_legal(product, &layout);
	for (int p = 0; p < product->n_profiles; p++) {
		for (int u = 0; u < product->units; u++) {
			bool allowed = false;
			if (is_candidate(oracle, p, u)) {
				struct set more = with(set, (struct candidate){p, u});
				allowed = rules_allow(product, &more);
			}
			wrong += sf_mig_fits(product, &layout, p, u) != allowed;
			if (layout.n < SF_INSTANCES_MAX) {
				struct sf_mig_layout bigger = layout;
				sf_mig_add(&bigger, p, u);
				wrong += sf_mig_legal(product, &bigger) != allowed;
			}
		}
	}
	return wrong;
}

/* Most further instances of one profile, by trying all subsets of its starts. */
static int most(const struct oracle *oracle, const struct set *set, int profile, int next)
{
	while (next < oracle->n_candidates && oracle->candidate[next].profile != profile) {
		next++;
	}
	if (next == oracle->n_candidates) {
		return 0;
	}
	int best = most(oracle, set, profile, next + 1);
	struct set more = with(set, oracle->candidate[next]);
	if (rules_allow(oracle->product, &more)) {
		int here = 1 + most(oracle, &more, profile, next + 1);
		best = here > best ? here : best;
	}
	return best;
}

/* Is the answer for the largest placeable profile right, by g and then size? */
static bool largest_is_right(const struct oracle *oracle, const struct set *set)
{
	const struct sf_product *product = oracle->product;
	struct sf_mig_layout layout = layout_of(set);
	int key = -1;
	for (int p = 0; p < product->n_profiles; p++) {
		int rank = 100 * product->profile[p].g + product->profile[p].size;
		if (rank > key && most(oracle, set, p, 0) > 0) {
			key = rank;
		}
	}
	int found = sf_mig_largest(product, &layout);
	if (found < 0 || key < 0) {
		return found < 0 && key < 0;
	}
	return 100 * product->profile[found].g + product->profile[found].size == key &&
	       most(oracle, set, found, 0) > 0;
}

static void check_states_one_by_one(const struct oracle *oracle)
{
	const struct sf_product *product = oracle->product;
	int fits = 0;
	int capacity = 0;
	int largest = 0;
	for (size_t i = 0; i < oracle->n; i++) {
		const struct set *set = &oracle->state[i];
		struct sf_mig_layout layout = layout_of(set);
		fits += wrong_fits(oracle, set);
		for (int p = 0; p < product->n_profiles; p++) {
			capacity += sf_mig_capacity(product, &layout, p) != most(oracle, set, p, 0);
		}
		largest += !largest_is_right(oracle, set);
	}
	cr_expect(zero(int, fits), "%s", product->name);
	cr_expect(zero(int, capacity), "%s", product->name);
	cr_expect(zero(int, largest), "%s", product->name);
}

static bool reachable(const struct oracle *oracle, const struct sf_mig_geometry *wanted)
{
	for (size_t i = 0; i < oracle->n; i++) {
		struct sf_mig_geometry has = {0};
		for (int k = 0; k < oracle->state[i].n; k++) {
			has.count[oracle->state[i].member[k].profile]++;
		}
		if (memcmp(&has, wanted, sizeof(has)) == 0) {
			return true;
		}
	}
	return false;
}

/* Every geometry that exists, and each with one instance more of anything. */
static void check_pack(const struct oracle *oracle)
{
	const struct sf_product *product = oracle->product;
	struct sf_mig_geometry *geometry = NULL;
	size_t n = sf_mig_geometries(product, sf_mig_all_mask(product), &geometry);
	int wrong = 0;
	for (size_t i = 0; i < n; i++) {
		for (int p = -1; p < product->n_profiles; p++) {
			struct sf_mig_geometry wanted = geometry[i];
			if (p >= 0) {
				wanted.count[p]++;
			}
			struct sf_mig_layout layout = {0};
			struct sf_mig_geometry packed;
			bool found = sf_mig_pack(product, &wanted, &layout);
			wrong += found != reachable(oracle, &wanted);
			sf_mig_geometry_of(&layout, &packed);
			wrong += found && (!sf_mig_legal(product, &layout) ||
			                   memcmp(&packed, &wanted, sizeof(packed)) != 0);
		}
	}
	cr_expect(zero(int, wrong), "%s", product->name);
	free(geometry);
}

/* The driver's choice is the first legal start in the table's order. */
static void check_next_start(const struct oracle *oracle)
{
	const struct sf_product *product = oracle->product;
	int wrong = 0;
	for (size_t i = 0; i < oracle->n; i++) {
		struct sf_mig_layout layout = layout_of(&oracle->state[i]);
		for (int p = 0; p < product->n_profiles; p++) {
			int expected = -1;
			for (int k = product->profile[p].n_starts - 1; k >= 0; k--) {
				struct candidate one = {p, product->profile[p].start[k]};
				struct set more = with(&oracle->state[i], one);
				expected = rules_allow(product, &more) ? one.start : expected;
			}
			wrong += sf_mig_next_start(product, &layout, p) != expected;
		}
	}
	cr_expect(zero(int, wrong), "%s", product->name);
}

Test(mig_oracle, every_product)
{
	struct sf_catalog *catalog = sf_catalog_create();
	size_t compared = 0;
	for (size_t i = 0; i < sf_catalog_count(catalog); i++) {
		const struct sf_product *product = sf_catalog_at(catalog, i);
		if (!product->placeable) {
			continue;
		}
		struct oracle oracle = oracle_of(product);
		check_states(&oracle);
		check_states_one_by_one(&oracle);
		check_next_start(&oracle);
		check_pack(&oracle);
		free(oracle.state);
		compared++;
	}
	cr_expect(eq(sz, compared, 16));
	sf_catalog_destroy(catalog);
}

/* Adding in any order keeps the layout sorted; removing restores the bytes. */
Test(mig_oracle, add_and_remove_restore_the_bytes)
{
	struct sf_catalog *catalog = sf_catalog_create();
	struct oracle oracle = oracle_of(sf_catalog_find(catalog, "A100-40GB"));
	for (size_t i = 0; i < oracle.n; i++) {
		const struct set *set = &oracle.state[i];
		for (int k = 0; k < set->n; k++) {
			struct set without = *set;
			without.member[k] = without.member[--without.n];
			struct sf_mig_layout before = layout_of(&without);
			struct sf_mig_layout layout = before;
			sf_mig_add(&layout, set->member[k].profile, set->member[k].start);
			struct sf_mig_layout whole = layout_of(set);
			cr_assert(zero(int, memcmp(&layout, &whole, sizeof(layout))));
			sf_mig_remove(&layout, set->member[k].start);
			cr_assert(zero(int, memcmp(&layout, &before, sizeof(layout))));
		}
	}
	free(oracle.state);
	sf_catalog_destroy(catalog);
}
