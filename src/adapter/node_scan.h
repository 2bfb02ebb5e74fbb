/*
 * node_scan: what a Kubernetes Node object says about its GPUs, read in one pass over its text.
 *
 * Of an object of many kilobytes some twenty short texts matter. They are first noted as they stand
 * (facts), so that nodes which say the same need be understood only once.
 */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_NODE_SCAN_H
#define SF_NODE_SCAN_H

#include <slicefit/node.h>
#include <slicefit/scan.h>

#include <stdbool.h>
#include <stdint.h>

struct sf_arena;
struct sf_catalog;
struct sf_error;
struct sf_kube_node;

/* A label or an allocatable amount. */
struct sf_fact {
	const char *key, *value; /* not NUL-terminated */
	uint32_t key_len, value_len;
	bool usable; /* the value is a text, or for an amount an integer, too */
};

/* Also of resources that a node no longer has: they stay there with 0. */
enum { SF_FACT_AMOUNTS_MAX = 4 * SF_NODE_RESOURCES_MAX };

struct sf_node_facts {
	bool host;          /* set before: CPU, memory and pods are read as well */
	bool unschedulable; /* spec.unschedulable */
	bool unready;       /* condition Ready, and not True */
	bool deleting;      /* metadata.deletionTimestamp */
	uint32_t n_labels, n_amounts;
	struct sf_fact label[SF_LABELS_MAX];
	struct sf_fact amount[SF_FACT_AMOUNTS_MAX];
};

/* The same without room for more, elsewhere. */
struct sf_fact_list {
	bool closed; /* takes no pods: for one of the three reasons */
	uint32_t n_labels, n_amounts;
	const struct sf_fact *label, *amount;
};

struct sf_fact_list sf_node_facts_list(const struct sf_node_facts *facts);

/* Reads the Node that comes next, an object: its name and its facts, which borrow from the text;
 * texts with escapes go into the arena. A fault of the scan is no error here. Where something is
 * given twice, the last counts. */
int sf_node_facts_read(struct sf_scan *scan, struct sf_arena *arena, struct sf_node_facts *facts,
                       struct sf_scan_text *name, struct sf_error *err);

/* What they mean, all but the name. -1 when the arena is full. */
int sf_fact_list_understand(const struct sf_fact_list *facts, const struct sf_catalog *catalog,
                            struct sf_arena *arena, struct sf_kube_node *out);

#endif
