/*
 * preempt: the node whose pods a more important pod may push aside at the least cost.
 *
 * Each workload that preempts has the costs of all nodes and a tree of who wins between them. The
 * cluster tells which nodes change, and a disruption budget changes with the pods of its workload;
 * only what they touch is looked at again.
 */
// SPDX-License-Identifier: Apache-2.0
#include "preempt.h"

#include "replay_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/cluster_rule.h>

#include <stdlib.h>
#include <string.h>

/* Tables take at most this much memory; the one not asked for longest goes. */
#define TABLES_BYTES_MAX ((size_t)128 << 20)
enum { TABLES_MIN = 4 };

/* The costs for one request and priority. */
struct table {
	uint32_t workload; /* one that has them */
	uint64_t seen;     /* changes that it knows */
	uint64_t budgets;  /* state of the budgets that it knows */
	uint32_t level;    /* of the request's rule (cluster_rule.h) that it knows */
	uint64_t used;     /* when it was asked for last */
	uint32_t n;        /* nodes */
	struct sf_victim_cost *cost;
	uint32_t *winner; /* 2n: winner[i] of winner[2i] and winner[2i + 1]; leaves are nodes */
};

struct sf_preempt {
	struct sf_replay *r;
	struct sf_victims victims;
	size_t n_tables, cap_tables;
	struct table *table;
	uint32_t *changed; /* ring of the latest changed nodes */
	size_t ring;       /* its length */
	uint64_t changes;
	uint64_t *latest; /* per node: the latest of them that is its own */
	size_t n_latest, cap_latest;
	uint64_t questions;
	uint64_t budgets; /* grows when an allowance is another than last time */
	int64_t *allowed; /* per workload, last time */
	size_t n_budgeted;
	uint32_t *budgeted; /* workloads with a budget */
};

static void on_change(void *ctx, const struct sf_cluster *cluster, uint32_t node)
{
	struct sf_preempt *preempt = ctx;
	(void)cluster;
	if (node >= preempt->n_latest) { /* a new one */
		preempt->n_latest = (size_t)node + 1;
		preempt->latest = sf_xgrow(preempt->latest, &preempt->cap_latest, preempt->n_latest,
		                           sizeof(*preempt->latest));
	}
	preempt->latest[node] = preempt->changes;
	preempt->changed[preempt->changes++ % preempt->ring] = node;
}

struct sf_preempt *sf_preempt_create(struct sf_replay *r)
{
	struct sf_preempt *preempt = sf_xcalloc(1, sizeof(*preempt));
	size_t workloads = r->scenario->n_workloads;
	preempt->r = r;
	preempt->ring = 64 + (size_t)sf_cluster_nodes(r->cluster);
	preempt->changed = sf_xcalloc(preempt->ring, sizeof(*preempt->changed));
	preempt->allowed = sf_xcalloc(workloads + 1, sizeof(*preempt->allowed));
	preempt->budgeted = sf_xcalloc(workloads + 1, sizeof(*preempt->budgeted));
	for (uint32_t i = 0; i < workloads; i++) {
		if (r->scenario->workload[i].has_budget) {
			preempt->budgeted[preempt->n_budgeted++] = i;
		}
	}
	if (sf_cluster_observe(r->cluster, on_change, preempt) != 0) {
		sf_preempt_destroy(preempt);
		return NULL;
	}
	return preempt;
}

static void finish_table(struct table *table)
{
	free(table->cost);
	free(table->winner);
}

void sf_preempt_destroy(struct sf_preempt *preempt)
{
	if (!preempt) {
		return;
	}
	sf_cluster_unobserve(preempt->r->cluster, on_change, preempt);
	for (size_t i = 0; i < preempt->n_tables; i++) {
		finish_table(&preempt->table[i]);
	}
	free(preempt->table);
	free(preempt->changed);
	free(preempt->latest);
	free(preempt->allowed);
	free(preempt->budgeted);
	sf_victims_finish(&preempt->victims);
	free(preempt);
}

static uint32_t better(const struct table *table, uint32_t a, uint32_t b)
{
	int order = sf_victim_compare(&table->cost[a], &table->cost[b]);
	if (order == 0) {
		return a < b ? a : b;
	}
	return order < 0 ? a : b;
}

static void judge(struct sf_preempt *preempt, struct table *table, uint32_t node)
{
	table->cost[node] = sf_victims_find(&preempt->victims, preempt->r, node, table->workload);
}

/* The node's cost is another: who wins now? */
static void replay_matches(struct table *table, uint32_t node)
{
	for (uint32_t i = (table->n + node) / 2; i > 0; i /= 2) {
		table->winner[i] = better(table, table->winner[2 * i], table->winner[2 * i + 1]);
	}
}

static void rejudge(struct sf_preempt *preempt, struct table *table, uint32_t node)
{
	bool was_possible = table->cost[node].possible;
	judge(preempt, table, node);
	if (was_possible || table->cost[node].possible) {
		replay_matches(table, node);
	}
}

static void fill(struct sf_preempt *preempt, struct table *table)
{
	uint32_t n = sf_cluster_nodes(preempt->r->cluster);
	if (table->n != n || !table->cost || !table->winner) {
		finish_table(table);
		table->n = n;
		table->cost = sf_xcalloc(n, sizeof(*table->cost));
		table->winner = sf_xcalloc(2 * (size_t)n, sizeof(*table->winner));
	}
	for (uint32_t i = 0; i < n; i++) {
		judge(preempt, table, i);
		table->winner[n + i] = i;
	}
	for (uint32_t i = n - 1; i > 0; i--) {
		table->winner[i] = better(table, table->winner[2 * i], table->winner[2 * i + 1]);
	}
}

static void refresh(struct sf_preempt *preempt, struct table *table)
{
	const uint64_t missed = preempt->changes - table->seen;
	const uint32_t level = sf_cluster_rule_level(preempt->r->cluster,
	                                             preempt->r->request[table->workload].rule);
	if (!table->winner || table->level != level ||
	    table->n != sf_cluster_nodes(preempt->r->cluster) || missed > preempt->ring) {
		fill(preempt, table);
	} else {
		for (uint64_t i = table->seen; i < preempt->changes; i++) {
			uint32_t node = preempt->changed[i % preempt->ring];
			if (preempt->latest[node] == i) {
				rejudge(preempt, table, node);
			}
		}
		for (uint32_t i = 0; table->budgets != preempt->budgets && i < table->n; i++) {
			if (table->cost[i].budgeted) {
				rejudge(preempt, table, i);
			}
		}
	}
	table->level = level;
	table->seen = preempt->changes;
	table->budgets = preempt->budgets;
}

/* Has any allowance changed since the last question? */
static void check_budgets(struct sf_preempt *preempt)
{
	bool changed = false;
	for (size_t i = 0; i < preempt->n_budgeted; i++) {
		uint32_t workload = preempt->budgeted[i];
		int64_t allowed = sf_victims_allowed(preempt->r, workload);
		changed |= allowed != preempt->allowed[workload];
		preempt->allowed[workload] = allowed;
	}
	preempt->budgets += changed;
}

static size_t tables_max(const struct sf_preempt *preempt)
{
	size_t each = (size_t)sf_cluster_nodes(preempt->r->cluster) *
	              (sizeof(struct sf_victim_cost) + 2 * sizeof(uint32_t));
	size_t max = TABLES_BYTES_MAX / each;
	return max < TABLES_MIN ? TABLES_MIN : max;
}

/* Room for another table: a new one, or the one that was not asked for longest. */
static struct table *take_table(struct sf_preempt *preempt)
{
	if (preempt->n_tables < tables_max(preempt)) {
		preempt->table = sf_xgrow(preempt->table, &preempt->cap_tables,
		                          preempt->n_tables + 1, sizeof(*preempt->table));
		preempt->n_tables++;
		return &preempt->table[preempt->n_tables - 1];
	}
	struct table *oldest = &preempt->table[0];
	for (size_t i = 1; i < preempt->n_tables; i++) {
		if (preempt->table[i].used < oldest->used) {
			oldest = &preempt->table[i];
		}
	}
	finish_table(oldest);
	return oldest;
}

/* Equal requests of equal priority cost the same. */
static struct table *table_of(struct sf_preempt *preempt, uint32_t workload)
{
	const struct sf_replay *r = preempt->r;
	struct table *table = NULL;
	for (size_t i = 0; i < preempt->n_tables && !table; i++) {
		uint32_t other = preempt->table[i].workload;
		if (r->scenario->workload[other].priority ==
		            r->scenario->workload[workload].priority &&
		    sf_request_same(&r->request[other], &r->request[workload])) {
			table = &preempt->table[i];
		}
	}
	if (!table) {
		table = take_table(preempt);
		*table = (struct table){.workload = workload};
	}
	refresh(preempt, table);
	table->used = ++preempt->questions;
	return table;
}

bool sf_preempt_choose(struct sf_preempt *preempt, uint32_t workload, uint32_t *node,
                       const struct sf_victims **victims)
{
	if (sf_cluster_nodes(preempt->r->cluster) == 0) {
		return false;
	}
	check_budgets(preempt);
	const struct table *table = table_of(preempt, workload);
	*node = table->winner[1];
	if (!table->cost[*node].possible) {
		return false;
	}
	sf_victims_find(&preempt->victims, preempt->r, *node, workload);
	*victims = &preempt->victims;
	return true;
}
