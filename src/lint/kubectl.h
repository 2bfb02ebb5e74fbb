/* kubectl: what `kubectl` and `helm` are told to do. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_LINT_KUBECTL_H
#define SF_LINT_KUBECTL_H

#include "facts.h"

struct command;

/* Calls `each` for "key=value" words of `kubectl label` on nodes; `key` and `value` are copies. */
struct setting {
	const char *key, *value;
	struct source *source;
	struct place place; /* of the word */
};
void kubectl_labels(struct sf_lint *lint, const struct command *command,
                    void (*each)(struct sf_lint *lint, const struct setting *setting));

/* The same for `helm --set a=b,c=d` and --set-string. */
void kubectl_sets(struct sf_lint *lint, const struct command *command,
                  void (*each)(struct sf_lint *lint, const struct setting *setting));

/* The keys of --set, --set-string, --set-json and --set-file; the values of the last two are empty. */
void kubectl_set_keys(struct sf_lint *lint, const struct command *command,
                      void (*each)(struct sf_lint *lint, const struct setting *setting));

/* The parameters that an Application of Argo CD gives to a chart, which are --set in other words. */
void kubectl_parameters(struct sf_lint *lint, const struct doc *doc,
                        void (*each)(struct sf_lint *lint, const struct setting *setting));
/* Adds them to lint->facts. */
void kubectl_gather_parameters(struct sf_lint *lint, const struct doc *doc);

/* Adds what other places depend on to lint->facts. */
void kubectl_gather(struct sf_lint *lint, const struct command *command);

/* Reads the patches of `kubectl patch` as documents. */
void kubectl_patches(struct sf_lint *lint, const struct command *command);

#endif
