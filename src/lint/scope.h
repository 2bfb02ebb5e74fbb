/* scope: which GPUs a place in a file is about, and how sure that is. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_LINT_SCOPE_H
#define SF_LINT_SCOPE_H

#include "gpus.h"

enum certainty {
	CERTAIN_NOT,  /* nothing is said: any GPU with MIG */
	CERTAIN_FAR,  /* the section or the file speaks of these, or these nodes are there */
	CERTAIN_NEAR, /* the name or the comment on it says so */
	CERTAIN_SURE, /* device-filter, --product, the node's label */
};

struct scope {
	struct gpus gpus;
	enum certainty certainty;
};

/* Lines first..last of a source, with what is written on them or just above; `name` (may be NULL) is
 * what the thing is called. */
void scope_find(struct sf_lint *lint, struct source *source, uint32_t first, uint32_t last,
                const char *name, struct scope *out);

/* Adds the GPUs of the nearest line that names some, this one or one of the few above it. */
void scope_above(const struct sf_lint *lint, const struct source *source, uint32_t line,
                 struct gpus *out);

/* Narrows the scope to what a device-filter names; false when that is nothing known. */
bool scope_filter(const struct sf_lint *lint, const struct sf_yaml *filter, struct scope *scope);

/* Judges what is asked of one GPU and reports it at `place`: unknown profiles, too many, crowded, no
 * MIG. `what` names the thing ("all-1g.10gb"). True when something was found. */
struct asked {
	struct source *source;
	struct place place; /* of the whole */
	const struct want *want;
	size_t n;
};
bool scope_judge(struct sf_lint *lint, const struct scope *scope, const struct asked *asked);

/* Reports one profile that does not exist in the scope. */
bool scope_judge_name(struct sf_lint *lint, const struct scope *scope, struct source *source,
                      struct place place, const char *profile);

#endif
