/* rules_filter: device-filter of mig-parted: which GPUs it is for, if any. */
// SPDX-License-Identifier: Apache-2.0
#include "rules.h"

#include "scope.h"

#include <stdio.h>
#include <stdlib.h>

/* The GPUs that the comment on a line names. */
static void comment_gpus(const struct sf_lint *lint, const struct doc *doc, uint32_t line,
                         struct gpus *out)
{
	const char *text;
	size_t len = source_line(doc->source, line, &text);
	const char *mark = memchr(text, '#', len);
	if (mark != NULL) {
		gpus_in_text(lint, mark, len - (size_t)(mark - text), out);
	}
}

static bool shares_one(const struct gpus *a, const struct gpus *b)
{
	for (size_t i = 0; i < a->n; i++) {
		if (gpus_holds(b, a->at[i])) {
			return true;
		}
	}
	return false;
}

/* mig-parted takes 0xDDDDVVVV (device and vendor), optionally with :0xSSSSVVVV; anything else is
 * accepted and matches no GPU. The number that is there, and whether it is one. */
static bool filter_number(const struct sf_yaml *node, unsigned long *id)
{
	const char *text = lint_text(node);
	char *end = NULL;
	*id = text != NULL ? strtoul(text, &end, 16) : 0;
	return text != NULL && end != text && (*end == '\0' || *end == ':');
}

/* Can it match a GPU at all, be it one that the catalog does not know? */
bool rules_filter_can_match(const struct sf_yaml *node)
{
	unsigned long id;
	for (size_t i = 0; node->kind == SF_YAML_SEQUENCE && i < node->n; i++) {
		if (rules_filter_can_match(node->child[i])) {
			return true;
		}
	}
	return filter_number(node, &id) && (id & 0xffff) == 0x10de && id > 0xffff;
}

static void check_filter(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *node)
{
	const char *text = lint_text(node);
	unsigned long id;
	bool number = filter_number(node, &id);
	if (rules_filter_can_match(node)) {
		return;
	}
	struct sf_lint_finding *finding = lint_node(lint, doc, node, 305);
	if (!number || id > 0xffff) {
		lint_say(lint, finding, "device-filter %s matches no GPU",
		         text != NULL ? text : "without text");
		lint_mend(lint, finding, "write device and vendor, such as \"0x233510DE\" (H200)");
		return;
	}
	char full[16];
	struct gpus found = {0};
	snprintf(full, sizeof(full), "0x%04lX10DE", id);
	gpus_in_filter(lint, full, &found);
	lint_say(lint, finding, "device-filter %s has no vendor, so it matches no GPU", text);
	struct gpus said = {0};
	comment_gpus(lint, doc, node->line, &said);
	const char *is =
		found.n > 0 ? gpus_names(lint, &found) : "a GPU that is not in the catalog";
	if (said.n > 0 && !shares_one(&said, &found) && said.at[0]->device_ids[0] != NULL) {
		lint_mend(lint, finding, "write \"%s\" for %s; \"%s\" is %s",
		          said.at[0]->device_ids[0], said.at[0]->name, full, is);
	} else {
		lint_mend(lint, finding, "write \"%s\": that is %s", full, is);
	}
}

/* The comment says one GPU, the filter another. */
static void check_filter_comment(struct sf_lint *lint, const struct doc *doc,
                                 const struct sf_yaml *filter)
{
	struct gpus said = {0};
	struct scope scope = {0};
	comment_gpus(lint, doc, filter->line, &said);
	if (!scope_filter(lint, filter, &scope) || shares_one(&said, &scope.gpus)) {
		return;
	}
	if (said.n > 0) {
		struct sf_lint_finding *finding = lint_node(lint, doc, filter, 305);
		lint_say(lint, finding, "this device-filter is %s, not %s",
		         gpus_names(lint, &scope.gpus), gpus_names(lint, &said));
		lint_mend(lint, finding, "write \"%s\"",
		          said.at[0]->device_ids[0] != NULL ? said.at[0]->device_ids[0] : "");
	}
}

void rules_filter(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *filter)
{
	if (filter == NULL) {
		return;
	}
	if (filter->kind == SF_YAML_SCALAR) {
		check_filter(lint, doc, filter);
	}
	for (size_t i = 0; filter->kind == SF_YAML_SEQUENCE && i < filter->n; i++) {
		check_filter(lint, doc, filter->child[i]);
	}
	check_filter_comment(lint, doc, filter);
}
