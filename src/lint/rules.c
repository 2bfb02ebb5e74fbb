/* rules: calls the rules of each topic where they apply. */
// SPDX-License-Identifier: Apache-2.0
#include "rules.h"

#include "command.h"
#include "walk.h"

void rules_document(struct sf_lint *lint, const struct doc *doc)
{
	switch (doc->about) {
	case ABOUT_PARTED:
		rules_parted(lint, doc);
		break;
	case ABOUT_PLUGIN:
		rules_plugin(lint, doc);
		break;
	case ABOUT_OBJECT:
		rules_object(lint, doc);
		break;
	case ABOUT_VALUES:
	case ABOUT_UNKNOWN:
		break;
	}
	walk_values(doc, rules_values, lint);
	rules_requests(lint, doc);
	rules_labels(lint, doc);
}

void rules_commands(struct sf_lint *lint)
{
	for (size_t i = 0; i < lint->n_commands; i++) {
		rules_smi(lint, &lint->command[i]);
		rules_kubectl(lint, &lint->command[i]);
	}
}
