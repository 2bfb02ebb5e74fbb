/* sweep_digest: one number for all that decides about the results of a sweep. */
// SPDX-License-Identifier: Apache-2.0
#include "sweep_digest.h"

#include <slicefit/arena.h>
#include <slicefit/file.h>
#include <slicefit/str.h>
#include <slicefit/sweep.h>
#include <slicefit/trace.h>
#include <slicefit/yaml.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* FNV-1a, 64 bit (Fowler, Noll, Vo). */
static const uint64_t fnv_start = UINT64_C(0xcbf29ce484222325);
static const uint64_t fnv_prime = UINT64_C(0x100000001b3);

static uint64_t hash_text(uint64_t hash, const struct sf_str *text)
{
	for (size_t i = 0; i < text->len; i++) {
		hash = (hash ^ (unsigned char)text->text[i]) * fnv_prime;
	}
	return hash * fnv_prime; /* so that "ab", "c" is not "a", "bc" */
}

static uint64_t hash_tree(uint64_t hash, const char *name, const struct sf_yaml *root)
{
	struct sf_str text = {0};
	sf_str_printf(&text, "%s: ", name);
	sf_yaml_show(root, &text);
	hash = hash_text(hash, &text);
	sf_str_finish(&text);
	return hash;
}

static int hash_catalog(const struct sf_sweep *sweep, uint64_t *hash, struct sf_error *err)
{
	struct sf_str text = {0};
	if (sweep->catalog == NULL) {
		return 0;
	}
	struct sf_arena *arena = sf_arena_create(0);
	const struct sf_yaml *root = NULL;
	if (sf_file_read(sweep->catalog, SF_YAML_BYTES_MAX, &text, err) == 0) {
		root = sf_yaml_parse(sf_str_get(&text), text.len, sweep->catalog, arena, err);
	}
	if (root != NULL) {
		*hash = hash_tree(*hash, "catalog", root);
	}
	sf_str_finish(&text);
	sf_arena_destroy(arena);
	return root != NULL ? 0 : -1;
}

/* The bytes of the trace that a scenario names, beside its own file. */
static int hash_trace(const struct sf_sweep_scenario *scenario, uint64_t *hash,
                      struct sf_error *err)
{
	const struct sf_yaml *file = sf_yaml_get(sf_yaml_get(scenario->root, "trace"), "file");
	const char *slash = strrchr(scenario->path, '/');
	struct sf_str path = {0};
	struct sf_str text = {0};
	if (file == NULL || file->kind != SF_YAML_SCALAR) {
		return 0;
	}
	if (file->text[0] != '/' && slash != NULL) {
		sf_str_append_n(&path, scenario->path, (size_t)(slash + 1 - scenario->path));
	}
	sf_str_append(&path, file->text);
	int rc = sf_file_read(sf_str_get(&path), SF_TRACE_BYTES_MAX, &text, err);
	if (rc == 0) {
		*hash = hash_text(*hash, &text);
	}
	sf_str_finish(&path);
	sf_str_finish(&text);
	return rc;
}

/* Keys that say where something is, or nothing to slicefit. */
static bool counts(const char *key)
{
	return strcmp(key, "scenarios") != 0 && strcmp(key, "catalog") != 0 &&
	       strcmp(key, "description") != 0;
}

int sf_sweep_digest(struct sf_sweep *sweep, const struct sf_yaml *root, struct sf_error *err)
{
	uint64_t hash = fnv_start;
	for (size_t i = 0; i < root->n; i++) {
		if (counts(root->child[i]->key)) {
			hash = hash_tree(hash, root->child[i]->key, root->child[i]);
		}
	}
	for (size_t i = 0; i < sweep->n_scenarios; i++) {
		hash = hash_tree(hash, sweep->scenario[i].name, sweep->scenario[i].root);
		if (hash_trace(&sweep->scenario[i], &hash, err) != 0) {
			return -1;
		}
	}
	if (hash_catalog(sweep, &hash, err) != 0) {
		return -1;
	}
	snprintf(sweep->digest, sizeof(sweep->digest), "%016llx", (unsigned long long)hash);
	return 0;
}
