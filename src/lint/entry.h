/* entry: one entry of a mig-parted configuration. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_LINT_ENTRY_H
#define SF_LINT_ENTRY_H

#include "lint_impl.h"

/* A field of an entry, also by a key that is mistyped: that is told of by rules_entry. */
const struct sf_yaml *entry_field(const struct sf_yaml *entry, const char *key);

/* The rules of an entry of `config`, whose key is the configuration's name. */
void rules_entry(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *config,
                 const struct sf_yaml *entry);

#endif
