/* profiles: the MIG profiles that the fixed layouts of a scenario use, by name. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_PROFILES_H
#define SF_PROFILES_H

#include <slicefit/scenario.h>

/* Zero-initialise. Profiles of several products may have one name and are then one. */
struct sf_profiles {
	size_t n, cap;
	const char **name; /* borrowed from the catalog; in the order of pools, then of events */
	size_t n_products;
	uint16_t (*index)[SF_PROFILES_MAX]; /* by product; SF_PROFILE_NONE */
};

enum { SF_PROFILE_NONE = 0xffff };

void sf_profiles_init(struct sf_profiles *profiles, const struct sf_scenario *scenario);
void sf_profiles_finish(struct sf_profiles *profiles);

/* Adds to stranded[profile] what is free of a node's instances, in milli-GPUs. */
void sf_profiles_add_free(const struct sf_profiles *profiles, const struct sf_node *node,
                          int64_t *stranded);

#endif
