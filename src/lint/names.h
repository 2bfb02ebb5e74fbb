/* names: names that Kubernetes and NVIDIA's components give things. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_LINT_NAMES_H
#define SF_LINT_NAMES_H

#include "gpus.h"

/* Is it a configuration that mig-manager has of its own: all-disabled, all-balanced, all-1g.10gb.me?
 * (github.com/NVIDIA/gpu-operator assets/state-mig-manager/0400_configmap.yaml, and the names that
 * github.com/NVIDIA/mig-parted pkg/mig/builder makes.) */
bool names_default_config(const struct sf_lint *lint, const char *name);

/* The profile behind "all-", with + where labels have a dot, or NULL. */
const char *names_all_of(struct sf_lint *lint, const char *name);

/* The profile of "nvidia.com/mig-1g.5gb.me" or ".shared" of it, with +; NULL for other resources. */
const char *names_profile(struct sf_lint *lint, const char *resource);

/* Reports what a label may not be: `key` and `value` at `place`; `said` (may be NULL) is text beside
 * it that may name a GPU. */
struct label {
	const char *key, *value, *said;
	struct source *source;
	struct place place; /* of the value */
};
void names_check_label(struct sf_lint *lint, const struct label *label);

#endif
