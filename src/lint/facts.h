/* facts: what the files say that other places depend on, gathered before the rules run. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_LINT_FACTS_H
#define SF_LINT_FACTS_H

#include "gpus.h"

/* What a text names that is defined elsewhere. */
enum refers {
	REFERS_PARTED_MAP,    /* migManager.config.name */
	REFERS_PARTED_CONFIG, /* label nvidia.com/mig.config, migManager.config.default */
	REFERS_PLUGIN_MAP,    /* devicePlugin.config.name */
	REFERS_PLUGIN_CONFIG, /* label nvidia.com/device-plugin.config, devicePlugin.config.default */
	REFERS_STRATEGY,      /* mig.strategy, flags.migStrategy: no reference, a setting */
	REFERS_PRODUCT,       /* nvidia.com/gpu.product in a selector */
};

struct reference {
	enum refers to;
	const char *value;
	struct source *source;
	struct place place;
	const struct sf_product *product; /* of the node that has the label, or NULL */
	bool is_default; /* a default, not a label; of a strategy: for all nodes; of the
	                                     device plugin's ConfigMap: the GPU Operator's */
};

/* An entry of mig-configs. */
struct parted_fact {
	const struct doc *doc;
	const struct sf_yaml *config; /* the list; its key is the name */
};

/* How a device plugin's configuration shares. */
enum shares { SHARES_NOT, SHARES_TIME, SHARES_MPS };

struct plugin_fact {
	const struct doc *doc;
	enum shares shares;
	bool rename;
	bool one_only;        /* failRequestsGreaterThanOne */
	const char *strategy; /* flags.migStrategy, or NULL */
	const struct sf_yaml *resources;
};

/* A ConfigMap that is there, by manifest, by chart values or by command. */
struct map_fact {
	const char *name;
	const struct doc *doc;      /* NULL: by command */
	const struct sf_yaml *data; /* NULL: keys unknown */
};

/* A resource that a container asks for. */
struct request_fact {
	const char *name;
	long count;
	const struct doc *doc;
	const struct sf_yaml *node;
};

/* A Node object. */
struct node_fact {
	const char *name;
	const struct doc *doc;
	const struct sf_product *product; /* of its label, or NULL */
};

struct facts {
	struct reference *reference;
	size_t n_references, references_cap;
	struct parted_fact *parted;
	size_t n_parted, parted_cap;
	struct plugin_fact *plugin;
	size_t n_plugins, plugins_cap;
	struct map_fact *map;
	size_t n_maps, maps_cap;
	struct request_fact *request;
	size_t n_requests, requests_cap;
	struct node_fact *node;
	size_t n_nodes, nodes_cap;
	bool partial;        /* commands apply files that are not here */
	bool partial_values; /* helm is given values that are not here */
	bool chart;          /* helm installs nvidia/gpu-operator */
	bool other_plugin; /* HAMi, Volcano or gpushare are in use: their resources are no mistakes */
};

/* Fills lint->facts from its documents and commands. */
void facts_gather(struct sf_lint *lint);
void facts_finish(struct sf_lint *lint);

/* Adds the GPUs of the nodes that are there. */
void facts_gpus(const struct sf_lint *lint, struct gpus *out);

void facts_refer(struct sf_lint *lint, struct reference reference);

/* The only MIG strategy that the files set ("single", ...), or NULL when they set none or several. A
 * configuration of the device plugin sets it for some nodes; `for_all`: those do not count. */
const char *facts_strategy(const struct sf_lint *lint, bool for_all);

/* The configuration of a name, or NULL: NVIDIA's own are not among them. */
const struct parted_fact *facts_parted(const struct sf_lint *lint, const char *name);

/* What plugin_fact knows about `sharing`. */
void facts_read_sharing(const struct sf_yaml *root, struct plugin_fact *out);

#endif
