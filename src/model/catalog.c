/* catalog: products by index, name and label. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/catalog.h>

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/map.h>
#include <slicefit/nearest.h>
#include <slicefit/product.h>

#include "catalog_check.h"
#include "catalog_data.h"

#include <assert.h>
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Longer names than a label value are not worth a look. */
enum { KEY_MAX = 128 };

struct sf_catalog {
	struct sf_arena *arena; /* products and their strings */
	struct sf_product **product;
	size_t n;
	size_t cap;
	struct sf_map index; /* lower-case names and labels */
};

/* From the compact table to the public form. */
static struct sf_product expand(const struct sf_board *board)
{
	struct sf_product product = {
		.name = board->name,
		.title = board->title,
		.arch = board->arch,
		.labels = board->labels,
		.device_ids = board->device_ids,
		.source = board->source,
		.memory_mib = board->memory_mib,
		.mig_capable = board->family != NULL,
	};
	memset(product.engine_limit, -1, sizeof(product.engine_limit));
	if (board->family == NULL) {
		return product;
	}
	const struct sf_family *family = board->family;
	product.units = family->units;
	product.compute_slices = family->compute_slices;
	product.max_instances = family->max_instances;
	product.n_profiles = family->n_rows;
	memcpy(product.engine_limit, family->engine_limit, sizeof(product.engine_limit));
	for (int i = 0; i < family->n_rows; i++) {
		const struct sf_family_row *row = &family->row[i];
		struct sf_profile *profile = &product.profile[i];
		bool named = sf_profile_parse_name(board->row[i].name, profile);
		assert(named);
		(void)named;
		profile->id = row->id;
		profile->size = row->size;
		profile->max = row->max;
		profile->n_starts = row->n_starts;
		memcpy(profile->start, row->start, sizeof(profile->start));
		profile->memory_mib = board->row[i].memory_mib;
		profile->sm = board->row[i].sm;
		memset(profile->engine, -1, sizeof(profile->engine));
		if (board->engines != NULL) {
			memcpy(profile->engine, board->engines[i], sizeof(profile->engine));
		}
	}
	return product;
}

void sf_catalog_destroy(struct sf_catalog *catalog)
{
	if (catalog == NULL) {
		return;
	}
	sf_map_finish(&catalog->index);
	sf_arena_destroy(catalog->arena);
	free(catalog->product);
	free(catalog);
}

static void fold(const char *text, char *out)
{
	size_t i = 0;
	for (; text[i] != '\0' && i + 1 < KEY_MAX; i++) {
		out[i] = (char)tolower((unsigned char)text[i]);
	}
	out[i] = '\0';
}

static void index_key(struct sf_catalog *catalog, const char *text, size_t number)
{
	char key[KEY_MAX];
	fold(text, key);
	sf_map_set(&catalog->index, sf_arena_strdup(catalog->arena, key), (uint32_t)number);
}

static void index_product(struct sf_catalog *catalog, size_t number)
{
	const struct sf_product *product = catalog->product[number];
	index_key(catalog, product->name, number);
	for (const char *const *label = product->labels; *label != NULL; label++) {
		index_key(catalog, *label, number);
	}
}

static const char *const *copy_list(struct sf_arena *arena, const char *const *list)
{
	size_t n = 0;
	while (list != NULL && list[n] != NULL) {
		n++;
	}
	const char **copy = sf_arena_array(arena, n + 1, sizeof(*copy));
	for (size_t i = 0; i < n; i++) {
		copy[i] = sf_arena_strdup(arena, list[i]);
	}
	return copy;
}

static const char *copy_text(struct sf_arena *arena, const char *text)
{
	return sf_arena_strdup(arena, text != NULL ? text : "");
}

static struct sf_product *copy_product(struct sf_arena *arena, const struct sf_product *product)
{
	struct sf_product *copy = sf_arena_alloc(arena, sizeof(*copy));
	*copy = *product;
	copy->name = sf_arena_strdup(arena, product->name);
	copy->title = copy_text(arena, product->title);
	copy->arch = copy_text(arena, product->arch);
	copy->source = copy_text(arena, product->source);
	copy->labels = copy_list(arena, product->labels);
	copy->device_ids = copy_list(arena, product->device_ids);
	copy->placeable = product->n_profiles > 0;
	for (int i = 0; i < product->n_profiles; i++) {
		copy->placeable = copy->placeable && product->profile[i].id >= 0 &&
		                  product->profile[i].n_starts > 0;
	}
	return copy;
}

static bool lookup(const struct sf_catalog *catalog, const char *text, uint32_t *number)
{
	char key[KEY_MAX];
	fold(text, key);
	return sf_map_get(&catalog->index, key, number);
}

/* Names and labels of the product belong to nobody else. */
static int check_owner(const struct sf_catalog *catalog, const struct sf_product *product,
                       size_t number, struct sf_error *err)
{
	uint32_t owner = 0;
	for (const char *const *label = product->labels; label != NULL && *label != NULL; label++) {
		if (lookup(catalog, *label, &owner) && owner != number) {
			return sf_fail(err, SF_EINVAL, "product %s: label %s already belongs to %s",
			               product->name, *label, catalog->product[owner]->name);
		}
	}
	return 0;
}

/* Adds a product that was checked. */
static int add(struct sf_catalog *catalog, const struct sf_product *product, struct sf_error *err)
{
	uint32_t found = 0;
	size_t number = catalog->n;
	if (lookup(catalog, product->name, &found)) {
		number = found;
		if (strcasecmp(catalog->product[found]->name, product->name) != 0) {
			return sf_fail(err, SF_EINVAL, "product %s: this is a label of %s",
			               product->name, catalog->product[found]->name);
		}
	}
	if (check_owner(catalog, product, number, err) < 0) {
		return -1;
	}

	struct sf_product *copy = copy_product(catalog->arena, product);
	copy->index = (uint16_t)number;
	if (number == catalog->n) {
		catalog->product = sf_xgrow(catalog->product, &catalog->cap, catalog->n + 1,
		                            sizeof(struct sf_product *));
		catalog->product[catalog->n++] = copy;
		index_product(catalog, number);
		return 0;
	}
	catalog->product[number] = copy;
	sf_map_finish(&catalog->index);
	catalog->index = (struct sf_map){0};
	for (size_t i = 0; i < catalog->n; i++) {
		index_product(catalog, i);
	}
	return 0;
}

int sf_catalog_add(struct sf_catalog *catalog, const struct sf_product *product,
                   struct sf_error *err)
{
	return sf_catalog_check(product, err) < 0 ? -1 : add(catalog, product, err);
}

/* Built-in rows are checked once and for all, by a test: that takes longer than a short replay. */
static void add_boards(struct sf_catalog *catalog, const struct sf_board *board, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct sf_product product = expand(&board[i]);
		struct sf_error err = {0};
		if (add(catalog, &product, &err) < 0) {
			fprintf(stderr, "built-in catalog: %s\n", err.text);
			abort();
		}
	}
}

struct sf_catalog *sf_catalog_create_empty(void)
{
	struct sf_catalog *catalog = sf_xcalloc(1, sizeof(*catalog));
	catalog->arena = sf_arena_create(0);
	return catalog;
}

struct sf_catalog *sf_catalog_create(void)
{
	struct sf_catalog *catalog = sf_catalog_create_empty();
	add_boards(catalog, sf_boards_mig, sf_boards_mig_count);
	add_boards(catalog, sf_boards_whole, sf_boards_whole_count);
	return catalog;
}

size_t sf_catalog_count(const struct sf_catalog *catalog)
{
	return catalog->n;
}

const struct sf_product *sf_catalog_at(const struct sf_catalog *catalog, size_t index)
{
	return catalog->product[index];
}

const struct sf_product *sf_catalog_find(const struct sf_catalog *catalog, const char *name)
{
	uint32_t number = 0;
	char key[KEY_MAX];
	fold(name, key);
	if (sf_map_get(&catalog->index, key, &number)) {
		return catalog->product[number];
	}
	/* gpu-feature-discovery appends -MIG-1g.5gb (strategy single), then -SHARED. */
	size_t len = strlen(key);
	static const char shared[] = "-shared";
	if (len > strlen(shared) && strcmp(key + len - strlen(shared), shared) == 0) {
		key[len - strlen(shared)] = '\0';
	}
	char *mig = strstr(key, "-mig-");
	if (mig != NULL) {
		*mig = '\0';
	}
	return sf_map_get(&catalog->index, key, &number) ? catalog->product[number] : NULL;
}

/* How far a mistyped word is from a name: 0 when it begins it, 1 when it is a part of it, SIZE_MAX
 * when not close. */
static size_t remoteness(const char *typed, const char *name)
{
	/* H200 is H200-141GB before it is GH200. */
	if (strncasecmp(name, typed, strlen(typed)) == 0) {
		return 0;
	}
	if (strcasestr(name, typed) != NULL) {
		return 1;
	}
	return sf_nearest_close(typed, name) ? 1 + sf_nearest_distance(typed, name) : SIZE_MAX;
}

const char *sf_catalog_nearest(const struct sf_catalog *catalog, const char *name)
{
	const char *nearest = NULL;
	size_t best = SIZE_MAX;
	for (size_t i = 0; *name != '\0' && i < catalog->n; i++) {
		const struct sf_product *product = catalog->product[i];
		size_t far = remoteness(name, product->name);
		for (const char *const *label = product->labels; *label != NULL; label++) {
			size_t other = remoteness(name, *label);
			far = other < far ? other : far;
		}
		if (far < best) {
			best = far;
			nearest = product->name;
		}
	}
	return nearest;
}
