/* rollout_fixture: a plan out of two scenarios that have the same nodes: as they are, as they are to be. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_ROLLOUT_FIXTURE_H
#define SF_ROLLOUT_FIXTURE_H

#include <slicefit/alloc.h>
#include <slicefit/arena.h>
#include <slicefit/catalog.h>
#include <slicefit/error.h>
#include <slicefit/mig_parted.h>
#include <slicefit/plan.h>
#include <slicefit/rollout.h>
#include <slicefit/scenario_yaml.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rollout_fixture {
	struct sf_catalog *catalog;
	struct sf_scenario *before, *after;
	struct sf_cluster *cluster; /* before, without pods */
	struct sf_plan plan;
};

static inline bool rollout_fixture_differs(const struct sf_node_spec *a,
                                           const struct sf_node_spec *b)
{
	if (a->strategy != b->strategy || memcmp(&a->sharing, &b->sharing, sizeof a->sharing)) {
		return true;
	}
	for (uint8_t g = 0; g < a->n_gpus; g++) {
		if (!sf_mig_alike(&a->gpu[g], &b->gpu[g])) {
			return true;
		}
	}
	return false;
}

static inline uint16_t rollout_fixture_replicas(const struct sf_node_spec *spec)
{
	return sf_sharing_replicas(&spec->sharing, "nvidia.com/gpu");
}

static inline void rollout_fixture_node(struct rollout_fixture *f, uint32_t n)
{
	uint32_t index;
	const struct sf_node_spec *before = &sf_scenario_pool_of(f->before, n, &index)->node;
	const struct sf_node_spec *after = &sf_scenario_pool_of(f->after, n, &index)->node;
	struct sf_node_plan *node = &f->plan.node[n];
	uint32_t *pods = sf_xcalloc(f->before->n_workloads + 1, sizeof *pods);

	*node = (struct sf_node_plan){.node = n,
	                              .changed = rollout_fixture_differs(before, after),
	                              .replicas_before = rollout_fixture_replicas(before),
	                              .replicas = rollout_fixture_replicas(after),
	                              .n_gpus = before->n_gpus,
	                              .strategy = after->strategy,
	                              .pods = pods,
	                              .evicted = pods};
	memcpy(node->before, before->gpu, sizeof node->before);
	memcpy(node->after, after->gpu, sizeof node->after);
	f->plan.nodes_changed += node->changed;
}

/* `workloads` belong to both: the text that follows the pools; events in it are of `before`. */
static inline void rollout_fixture_init(struct rollout_fixture *f, const char *before,
                                        const char *after, const char *workloads)
{
	const char *pools[2] = {before, after};
	struct sf_error err = {0};

	memset(f, 0, sizeof *f);
	f->catalog = sf_catalog_create();
	for (int i = 0; i < 2; i++) {
		char text[16384];
		const char *events = i ? strstr(workloads, "events:") : NULL;
		int most = events ? (int)(events - workloads) : (int)strlen(workloads);
		int len = snprintf(text, sizeof text, "pools:\n%s%.*s", pools[i], most, workloads);
		struct sf_scenario *scenario = sf_scenario_parse(
			text, (size_t)len, i ? "after" : "before", f->catalog, &err);

		cr_assert(scenario != NULL, "%s\n%s", err.text, text);
		*(i ? &f->after : &f->before) = scenario;
	}
	f->cluster = sf_scenario_cluster(f->before, &err);
	cr_assert(f->cluster != NULL, "%s", err.text);
	f->plan.after = f->after;
	f->plan.n_nodes = sf_cluster_nodes(f->cluster);
	f->plan.node = sf_xcalloc(f->plan.n_nodes + 1, sizeof *f->plan.node);
	for (uint32_t n = 0; n < f->plan.n_nodes; n++) {
		rollout_fixture_node(f, n);
	}
}

static inline void rollout_fixture_finish(struct rollout_fixture *f)
{
	for (size_t n = 0; n < f->plan.n_nodes; n++) {
		free((void *)f->plan.node[n].pods);
	}
	free(f->plan.node);
	sf_cluster_destroy(f->cluster);
	sf_scenario_destroy(f->before);
	sf_scenario_destroy(f->after);
	sf_catalog_destroy(f->catalog);
}

#endif
