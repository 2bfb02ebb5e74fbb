/* import_anonymize: names that tell nothing, the same ones for the same text and salt. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/import.h>

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/scenario.h>

#include <inttypes.h>
#include <stdint.h>
#include <string.h>

struct veil {
	struct sf_arena *arena;
	uint64_t key[2];
	bool full;
};

static uint64_t rotate(uint64_t x, int n)
{
	return x << n | x >> (64 - n);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static uint64_t load(const char *at, size_t n)
{
	uint64_t word = 0;
	for (size_t i = 0; i < n; i++) {
		word |= (uint64_t)(unsigned char)at[i] << (8 * i);
	}
	return word;
}

/* SipHash-2-4 (Aumasson and Bernstein, 2012): without the key nobody can try out names. */
static uint64_t sip_hash(const uint64_t key[2], const char *text, size_t len)
{
	uint64_t v[4] = {
		key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
		key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)};
	for (size_t at = 0; at <= len; at += 8) {
		size_t n = len - at < 8 ? len - at : 8;
		uint64_t word = load(text + at, n) | (n < 8 ? (uint64_t)len << 56 : 0);
		v[3] ^= word;
		sip_round(v);
		sip_round(v);
		v[0] ^= word;
		if (n < 8) {
			break;
		}
	}
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++) {
		sip_round(v);
	}
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static const char *cover(struct veil *veil, const char *prefix, const char *text)
{
	uint64_t hash = sip_hash(veil->key, text, strlen(text));
	const char *name = sf_arena_printf(veil->arena, "%s-%012" PRIx64, prefix, hash >> 16);
	veil->full = veil->full || name == NULL;
	return name != NULL ? name : "";
}

/* Does the key belong to NVIDIA or Kubernetes? Its values say what the hardware is. */
static bool is_well_known(const char *key)
{
	static const char *const domains[] = {"nvidia.com", "kubernetes.io", "k8s.io",
	                                      "cloud.google.com"};
	const char *slash = strchr(key, '/');
	size_t len = slash != NULL ? (size_t)(slash - key) : 0;
	for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
		size_t n = strlen(domains[i]);
		if (len >= n && memcmp(key + len - n, domains[i], n) == 0 &&
		    (len == n || key[len - n - 1] == '.')) {
			return true;
		}
	}
	return false;
}

static const char *cover_key(struct veil *veil, const char *key)
{
	return is_well_known(key) ? key : cover(veil, "key", key);
}

/* NULL and "" say something by themselves. */
static const char *cover_value(struct veil *veil, const char *key, const char *value)
{
	if (value == NULL || *value == '\0') {
		return value;
	}
	if (key == NULL || strcmp(key, "kubernetes.io/hostname") == 0) {
		return cover(veil, "node", value);
	}
	return is_well_known(key) ? value : cover(veil, "value", value);
}

static void *copy(struct veil *veil, const void *from, size_t n, size_t size)
{
	void *to = sf_arena_array(veil->arena, n + 1, size);
	veil->full = veil->full || to == NULL;
	if (to != NULL && n > 0) {
		memcpy(to, from, n * size);
	}
	return to;
}

/* Sorted by their new keys, as they were by the old ones. */
static const struct sf_label *cover_labels(struct veil *veil, const struct sf_label *from, size_t n)
{
	struct sf_label *to = copy(veil, from, n, sizeof(*to));
	for (size_t i = 0; to != NULL && i < n; i++) {
		struct sf_label one = {.key = cover_key(veil, from[i].key),
		                       .value = cover_value(veil, from[i].key, from[i].value)};
		size_t at = i;
		for (; at > 0 && strcmp(to[at - 1].key, one.key) > 0; at--) {
			to[at] = to[at - 1];
		}
		to[at] = one;
	}
	return to;
}

static void cover_pool(struct veil *veil, struct sf_pool *pool)
{
	const char **name = sf_arena_array(veil->arena, pool->count, sizeof(*name));
	struct sf_taint *taint = copy(veil, pool->taint, pool->n_taints, sizeof(*taint));
	if (name == NULL || taint == NULL) {
		veil->full = true;
		return;
	}
	for (uint32_t i = 0; i < pool->count; i++) {
		name[i] = cover(veil, "node", pool->node_name[i]);
	}
	for (size_t i = 0; i < pool->n_taints; i++) {
		taint[i].value = cover_value(veil, taint[i].key, taint[i].value);
		taint[i].key = cover_key(veil, taint[i].key);
	}
	pool->node_name = name;
	pool->taint = taint;
	pool->node.label = cover_labels(veil, pool->node.label, pool->node.n_labels);
}

static const struct sf_node_term *cover_terms(struct veil *veil, const struct sf_node_term *from,
                                              size_t n)
{
	struct sf_node_term *term = copy(veil, from, n, sizeof(*term));
	for (size_t i = 0; term != NULL && i < n; i++) {
		struct sf_node_expr *expr = copy(veil, from[i].expr, from[i].n, sizeof(*expr));
		for (size_t k = 0; expr != NULL && k < from[i].n; k++) {
			bool number = expr[k].op == SF_NODE_OP_GT || expr[k].op == SF_NODE_OP_LT;
			const char **value =
				copy(veil, from[i].expr[k].value, expr[k].n, sizeof(*value));
			for (size_t v = 0; value != NULL && v < expr[k].n && !number; v++) {
				value[v] = cover_value(veil, expr[k].key, value[v]);
			}
			expr[k].value = value;
			expr[k].key = expr[k].key != NULL ? cover_key(veil, expr[k].key) : NULL;
		}
		term[i].expr = expr;
	}
	return term;
}

static const struct sf_node_rule *cover_rule(struct veil *veil, const struct sf_node_rule *from)
{
	struct sf_node_rule *rule = from != NULL ? copy(veil, from, 1, sizeof(*rule)) : NULL;
	if (rule == NULL) {
		return NULL;
	}
	struct sf_toleration *toleration =
		copy(veil, from->toleration, from->n_tolerations, sizeof(*toleration));
	for (size_t i = 0; toleration != NULL && i < from->n_tolerations; i++) {
		const char *key = toleration[i].key;
		toleration[i].value =
			key != NULL ? cover_value(veil, key, toleration[i].value) : NULL;
		toleration[i].key = key != NULL ? cover_key(veil, key) : NULL;
	}
	rule->toleration = toleration;
	rule->selector = cover_labels(veil, from->selector, from->n_selector);
	rule->term = cover_terms(veil, from->term, from->n_terms);
	rule->preferred = cover_terms(veil, from->preferred, from->n_preferred);
	return rule;
}

static void cover_running(struct veil *veil, struct sf_workload *workload)
{
	for (size_t i = 0; i < workload->n_running; i++) {
		struct sf_running *running = &workload->running[i];
		const char **name = sf_arena_array(veil->arena, running->pods, sizeof(*name));
		if (name == NULL) {
			veil->full = true;
			return;
		}
		for (uint32_t k = 0; k < running->pods; k++) {
			const char *slash = strchr(running->name[k], '/');
			const char *space = sf_arena_strndup(veil->arena, running->name[k],
			                                     (size_t)(slash - running->name[k]));
			name[k] = sf_arena_printf(veil->arena, "%s/%s",
			                          cover(veil, "space", space != NULL ? space : ""),
			                          cover(veil, "pod", running->name[k]));
			veil->full = veil->full || name[k] == NULL;
		}
		running->name = name;
	}
}

int sf_import_anonymize(struct sf_scenario *scenario, const char *salt, struct sf_error *err)
{
	static const uint64_t first[2] = {1, 2}, second[2] = {3, 4};
	struct veil veil = {
		.arena = scenario->arena,
		.key = {sip_hash(first, salt, strlen(salt)), sip_hash(second, salt, strlen(salt))},
	};
	for (size_t i = 0; i < scenario->n_pools && !veil.full; i++) {
		cover_pool(&veil, &scenario->pool[i]);
	}
	for (size_t i = 0; i < scenario->n_namespaces; i++) {
		scenario->namespace[i].name = cover(&veil, "space", scenario->namespace[i].name);
	}
	for (size_t i = 0; i < scenario->n_groups; i++) {
		scenario->group[i] = cover(&veil, "group", scenario->group[i]);
	}
	for (size_t i = 0; i < scenario->n_workloads && !veil.full; i++) {
		struct sf_workload *workload = &scenario->workload[i];
		workload->name = cover(&veil, "workload", workload->name);
		workload->rule = cover_rule(&veil, workload->rule);
		cover_running(&veil, workload);
	}
	return veil.full ? sf_fail(err, SF_ENOMEM, "the scenario needs more memory than it may use")
	                 : 0;
}
