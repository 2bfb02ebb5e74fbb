/* plan_share: how pods share GPUs: how many of one size, and patterns of several. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PLAN_SHARE_H
#define SF_PLAN_SHARE_H

#include "pack.h"
#include "plan_model.h"

/* What pods take of a shared GPU; with plan.sharing: packed the replicas for pods of each size are a
 * kind of their own. */
void plan_share_sizes(struct plan_model *model);

/* Most replicas that a GPU of `memory_mib` (-1 unknown) may have when pods of this demand are on it,
 * the plugin being free to put that many of them on one GPU. */
uint32_t plan_replicas_allowed(const struct plan_model *model, const struct plan_demand *demand,
                               int32_t memory_mib);

/* How GPUs of a class may be shared. */
struct plan_share_rules {
	uint32_t limit; /* of replicas */
	int by_name;    /* kind of what the replicas are called, or -1: nobody asks by name */
	bool packs;     /* by patterns; those who ask by name by the worst case */
};

/* The replica counts worth trying, ascending: each demand's largest one, and today's. `out` has room
 * for one per demand and signature. Returns how many. */
size_t plan_share_choices(const struct plan_model *model, const struct plan_class *class,
                          const struct plan_share_rules *rules, uint16_t *out);

/* The room of such a GPU in the mode; any number of them. */
struct pack_class plan_share_room(const struct plan_model *model, const struct plan_mode *mode,
                                  const struct sf_product *product);

/*
 * The patterns of pods that may share a GPU of the product in the mode (whose `replicas` is known): all
 * to which no pod can be added, or, beyond PACK_PATTERNS_MAX of them, those that packing all demand
 * onto such GPUs needs. malloc'ed; *n of them.
 */
struct plan_share_pattern {
	uint16_t pods;     /* all together */
	uint16_t *of_kind; /* per kind of the model */
};
struct plan_share_pattern *plan_share_patterns(const struct plan_model *model,
                                               const struct plan_mode *mode,
                                               const struct sf_product *product, size_t *n);
void plan_share_free(struct plan_share_pattern *pattern, size_t n);

#endif
