/* emit_rollout: rollout.json, the roll-out for programs (docs/rollout.md). */
// SPDX-License-Identifier: Apache-2.0
#include "emit_config.h"

#include <slicefit/json.h>
#include <slicefit/str.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What the writers share. */
struct writing {
	const struct sf_emit *emit;
	const struct sf_emit_configs *configs;
	const struct sf_emit_view *view;
	struct sf_json *json;
};

static void write_limits(const struct writing *w)
{
	const struct sf_rollout *rollout = w->emit->rollout;

	sf_json_object(w->json, "max_unavailable");
	sf_json_int(w->json, "nodes", rollout->max_unavailable);
	sf_json_object(w->json, "pools");
	for (size_t p = 0, node = 0; p < rollout->n_pools; p++) {
		const struct sf_pool *pool = &w->emit->scenario->pool[p];

		if (pool->count == 0 || !w->emit->plan->node[node].bought) {
			sf_json_int(w->json, pool->name, rollout->pool_max[p]);
		}
		node += pool->count;
	}
	sf_json_end(w->json);
	sf_json_end(w->json);
}

static void write_file(const struct writing *w, const char *path, const char *name)
{
	sf_json_object(w->json, NULL);
	sf_json_str(w->json, "path", path);
	sf_json_str(w->json, "kind", "ConfigMap");
	sf_json_str(w->json, "namespace", SF_EMIT_NAMESPACE);
	sf_json_str(w->json, "name", name);
	sf_json_end(w->json);
}

static void write_files(const struct writing *w)
{
	sf_json_array(w->json, "files");
	if (w->configs->n_mig > 0) {
		write_file(w, SF_EMIT_MIG_FILE, SF_EMIT_MIG_MAP);
	}
	write_file(w, SF_EMIT_SHARE_FILE, SF_EMIT_SHARE_MAP);
	sf_json_end(w->json);
	sf_json_object(w->json, "operator");
	sf_json_str(w->json, "api_version", "nvidia.com/v1");
	sf_json_str(w->json, "kind", "ClusterPolicy");
	sf_json_str(w->json, "name", SF_EMIT_POLICY);
	sf_json_str(w->json, "patch_file", SF_EMIT_POLICY_FILE);
	sf_json_end(w->json);
	sf_json_object(w->json, "taint");
	sf_json_str(w->json, "key", SF_EMIT_TAINT);
	sf_json_str(w->json, "effect", "PreferNoSchedule");
	sf_json_end(w->json);
}

static void write_labels(const struct writing *w, const char *key, size_t mig, size_t share)
{
	sf_json_object(w->json, key);
	sf_json_str(w->json, SF_EMIT_SHARE_LABEL, w->configs->share[share].name);
	if (mig != SIZE_MAX) {
		sf_json_str(w->json, SF_EMIT_MIG_LABEL, w->configs->mig[mig].name);
	}
	sf_json_end(w->json);
}

/* The labels that node `n` has now; one that is to join has none of them. */
static void write_labels_before(const struct writing *w, uint32_t n)
{
	const struct sf_emit_configs *configs = w->configs;

	if (configs->node_share_before[n] != SIZE_MAX) {
		write_labels(w, "before", configs->node_mig_before[n],
		             configs->node_share_before[n]);
		return;
	}
	sf_json_object(w->json, "before");
	sf_json_null(w->json, SF_EMIT_SHARE_LABEL);
	if (configs->node_mig[n] != SIZE_MAX) {
		sf_json_null(w->json, SF_EMIT_MIG_LABEL);
	}
	sf_json_end(w->json);
}

static void write_relabel(const struct writing *w)
{
	const struct sf_plan *plan = w->emit->plan;

	sf_json_array(w->json, "relabel");
	for (uint32_t i = 0; i < plan->n_nodes; i++) {
		if (sf_rollout_takes(&plan->node[i]) || sf_emit_skips(&plan->node[i])) {
			continue;
		}
		sf_json_object(w->json, NULL);
		sf_json_str(w->json, "name", sf_emit_node_name(w->view, i));
		sf_json_str(w->json, "pool", sf_emit_pool(w->view, i)->name);
		write_labels(w, "labels", w->configs->node_mig[i], w->configs->node_share[i]);
		sf_json_end(w->json);
	}
	sf_json_end(w->json);
}

/* "namespace/name", or a name without a namespace. */
static void write_pod_name(struct sf_json *json, const char *pod)
{
	const char *slash = pod ? strchr(pod, '/') : NULL;
	char space[SF_NAME_MAX];

	if (slash) {
		snprintf(space, sizeof space, "%.*s", (int)(slash - pod), pod);
	}
	sf_json_str(json, "namespace", slash ? space : NULL);
	sf_json_str(json, "pod", slash ? slash + 1 : pod);
}

static void write_wave_number(struct sf_json *json, const char *key, uint32_t wave)
{
	if (wave) {
		sf_json_int(json, key, wave);
	} else {
		sf_json_null(json, key);
	}
}

static void write_move(const struct writing *w, const struct sf_rollout_move *move)
{
	const struct sf_workload *workload = &w->emit->scenario->workload[move->workload];

	sf_json_object(w->json, NULL);
	write_pod_name(w->json, move->pod);
	sf_json_str(w->json, "workload", workload->name);
	sf_json_int(w->json, "priority", workload->priority);
	sf_json_str(w->json, "to",
	            move->to == SF_NODE_NONE ? NULL : sf_emit_node_name(w->view, move->to));
	sf_json_bool(w->json, "waits", move->waits);
	write_wave_number(w->json, "back_in_wave", move->back);
	if (workload->has_budget) {
		sf_json_int(w->json, "max_unavailable", workload->max_unavailable);
	} else {
		sf_json_null(w->json, "max_unavailable");
	}
	sf_json_end(w->json);
}

static void write_counts(const struct writing *w, const char *key,
                         const struct sf_emit_count *count, size_t n, bool after)
{
	sf_json_object(w->json, key);
	for (size_t i = 0; i < n; i++) {
		sf_json_int(w->json, count[i].name, after ? count[i].after : count[i].before);
	}
	sf_json_end(w->json);
}

static void write_allocatable(const struct writing *w, uint32_t node)
{
	struct sf_emit_count count[SF_EMIT_COUNTS_MAX];
	size_t n = sf_emit_counts(w->view, node, count);

	if (n == 0) {
		sf_json_null(w->json, "allocatable");
		return;
	}
	sf_json_object(w->json, "allocatable");
	write_counts(w, "before", count, n, false);
	write_counts(w, "after", count, n, true);
	sf_json_end(w->json);
}

static void write_node(const struct writing *w, const struct sf_rollout_node *node)
{
	const struct sf_emit_configs *configs = w->configs;
	uint32_t n = node->node;

	sf_json_object(w->json, NULL);
	sf_json_str(w->json, "name", sf_emit_node_name(w->view, n));
	sf_json_str(w->json, "pool", sf_emit_pool(w->view, n)->name);
	sf_json_bool(w->json, "changes", sf_emit_changes(&w->emit->plan->node[n]));
	sf_json_bool(w->json, "joins", w->emit->plan->node[n].bought);
	sf_json_bool(w->json, "cordoned", sf_emit_pool(w->view, n)->cordoned);
	sf_json_object(w->json, "labels");
	write_labels_before(w, n);
	write_labels(w, "after", configs->node_mig[n], configs->node_share[n]);
	sf_json_end(w->json);
	sf_json_bool(w->json, "mig_changes", sf_emit_mig_changes(configs, n));
	sf_json_array(w->json, "evict");
	for (size_t m = 0; m < node->n_moves; m++) {
		write_move(w, &node->move[m]);
	}
	sf_json_end(w->json);
	sf_json_bool(w->json, "needs_interruption", node->n_waiting > 0);
	write_allocatable(w, n);
	sf_json_end(w->json);
}

static void write_waves(const struct writing *w)
{
	const struct sf_rollout *rollout = w->emit->rollout;
	size_t i = 0;

	sf_json_array(w->json, "waves");
	for (uint32_t wave = 1; wave <= rollout->n_waves; wave++) {
		sf_json_object(w->json, NULL);
		sf_json_int(w->json, "wave", wave);
		sf_json_array(w->json, "nodes");
		for (; i < rollout->n_nodes && rollout->node[i].wave == wave; i++) {
			write_node(w, &rollout->node[i]);
		}
		sf_json_end(w->json);
		sf_json_end(w->json);
	}
	sf_json_end(w->json);
	sf_json_int(w->json, "evicted", rollout->n_evicted);
	sf_json_int(w->json, "interrupted", rollout->n_waiting);
	sf_json_int(w->json, "lost", rollout->n_lost);
}

static void write_free(const struct writing *w)
{
	sf_json_array(w->json, "free");
	for (size_t i = 0; i < w->emit->rollout->n_free; i++) {
		const struct sf_rollout_free *of = &w->emit->rollout->free[i];

		sf_json_object(w->json, NULL);
		sf_json_str(w->json, "resource", of->resource);
		sf_json_int(w->json, "before", of->before);
		sf_json_int(w->json, "least", of->least);
		sf_json_int(w->json, "least_in_wave", of->least_wave);
		sf_json_int(w->json, "after", of->after);
		sf_json_end(w->json);
	}
	sf_json_end(w->json);
}

/* FNV-1a, the same for ever (http://www.isthe.com/chongo/tech/comp/fnv/). */
static uint64_t digest(const struct sf_str *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < text->len; i++) {
		hash = (hash ^ (unsigned char)text->text[i]) * UINT64_C(0x100000001b3);
	}
	return hash;
}

static void write_all(struct writing *w, const char *id, struct sf_str *out)
{
	w->json = sf_json_create_object();
	sf_json_str(w->json, "schema", "slicefit.rollout/1");
	sf_json_str(w->json, "id", id);
	sf_json_str(w->json, "scenario", w->emit->scenario->name);
	write_limits(w);
	write_files(w);
	write_relabel(w);
	write_waves(w);
	write_free(w);
	sf_json_write(w->json, true, out);
	sf_json_destroy(w->json);
}

int sf_emit_rollout(const struct sf_emit *emit, struct sf_str *out, struct sf_error *err)
{
	struct sf_emit_view view;
	struct sf_str text = {0};
	struct writing w = {.emit = emit, .configs = &view.configs, .view = &view};
	char id[17];

	if (sf_emit_view_init(&view, emit, err) != 0) {
		return -1;
	}
	write_all(&w, "", &text);
	snprintf(id, sizeof id, "%016" PRIx64, digest(&text));
	write_all(&w, id, out);
	sf_str_finish(&text);
	sf_emit_view_finish(&view);
	return 0;
}
