/* rules_requests: what containers ask for, and what quotas count. */
// SPDX-License-Identifier: Apache-2.0
#include "rules.h"

#include "facts.h"
#include "names.h"
#include "scope.h"
#include "walk.h"

#include <slicefit/mig_parted.h>

#include <ctype.h>
#include <stdio.h>

/* Resources that the device plugin does not have, as people write them. */
static const struct {
	const char *name;
	int code;
	const char *mend;
} strangers[] = {
	{"nvidia.com/gpu-memory", 407, "ask for a MIG profile, or choose replicas by memory"},
	{"nvidia.com/gpu-mem", 407, "ask for a MIG profile, or choose replicas by memory"},
	{"nvidia.com/gpumem", 407, "a MIG profile; nvidia.com/gpumem is HAMi's"},
	{"nvidia.com/gpumem-percentage", 407, "a MIG profile; that is HAMi's"},
	{"nvidia.com/gpu.memory", 407, "a MIG profile; nvidia.com/gpu.memory is a label of nodes"},
	{"nvidia.com/gpucores", 407, "a MIG profile; nvidia.com/gpucores is HAMi's"},
	{"nvidia.com/gpu_memory", 407, "ask for a MIG profile, or choose replicas by memory"},
	{"nvidia.com/gpus", 411, "nvidia.com/gpu"},
	{"nvidia.com/GPU", 411, "nvidia.com/gpu"},
	{"nvidia.com/gpu-shared", 411, "nvidia.com/gpu.shared"},
	{"nvidia.com/gpu_shared", 411, "nvidia.com/gpu.shared"},
	{"nvidia.com/shared-gpu", 411, "nvidia.com/gpu.shared"},
	{"nvidia.com/mig", 411, "nvidia.com/mig-1g.10gb, the profile included"},
	{"nvidia/gpu", 411, "nvidia.com/gpu"},
	{"nvidia.com.gpu", 411, "nvidia.com/gpu"},
	{"nvidia-gpu", 411, "nvidia.com/gpu"},
	{"alpha.kubernetes.io/nvidia-gpu", 411, "nvidia.com/gpu"},
};

/* "4", 4, "1k": a whole number of devices. */
static bool is_whole(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	return digits > 0 &&
	       (text[digits] == '\0' || (text[digits] == 'k' && text[digits + 1] == '\0') ||
	        (text[digits] == '.' &&
	         strspn(text + digits + 1, "0") == strlen(text + digits + 1)));
}

static void check_amount(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *amount)
{
	const char *text = lint_text(amount);
	if (text == NULL || strpbrk(text, "${<") != NULL || *text == '\0' || is_whole(text)) {
		return;
	}
	struct sf_lint_finding *finding = lint_node(lint, doc, amount, 406);
	lint_say(lint, finding, "%s: %s is no whole number, and devices have no parts", amount->key,
	         text);
	lint_mend(lint, finding,
	          "ask for 1, of a MIG profile (nvidia.com/mig-...) or of a shared GPU");
}

/* mig1g.5gb, mig.1g.5gb, mig-1g5gb: what would be the profile. */
static void check_mig(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *amount)
{
	const char *profile = names_profile(lint, amount->key);
	if (profile == NULL) {
		const char *rest = amount->key + strlen("nvidia.com/mig");
		size_t skip = strspn(rest, "-._/");
		if (!isdigit((unsigned char)rest[skip])) {
			return;
		}
		struct sf_lint_finding *finding = lint_key(lint, doc, amount, 411);
		lint_say(lint, finding, "there is no resource %s", amount->key);
		lint_mend(lint, finding, "nvidia.com/mig-%s", rest + skip);
		return;
	}
	if (!sf_mig_profile_valid(profile)) {
		size_t g = strspn(profile, "0123456789");
		struct sf_lint_finding *finding = lint_key(lint, doc, amount, 411);
		lint_say(lint, finding, "there is no resource %s", amount->key);
		if (profile[g] == 'g' && isdigit((unsigned char)profile[g + 1])) {
			lint_mend(lint, finding, "nvidia.com/mig-%.*sg.%s", (int)g, profile,
			          profile + g + 1);
		} else {
			lint_mend(lint, finding, "name a profile, as in nvidia.com/mig-1g.10gb");
		}
		return;
	}
	struct scope scope;
	uint32_t line = amount->key_line;
	scope_find(lint, doc->source, line, line, NULL, &scope);
	scope_judge_name(lint, &scope, doc->source, (struct place){line, amount->key_column},
	                 profile);
}

static void check_name(struct sf_lint *lint, const struct doc *doc, const struct sf_yaml *amount)
{
	const char *key = amount->key;
	const char *plus = strchr(key, '+');
	bool nvidia = strncmp(key, "nvidia.com/", 11) == 0;
	if (nvidia && plus != NULL) {
		struct sf_lint_finding *finding = lint_key(lint, doc, amount, 402);
		lint_say(lint, finding, "a resource name has no +: %s", key);
		lint_mend(lint, finding, "write . for it: %.*s.%s", (int)(plus - key), key,
		          plus + 1);
		return;
	}
	for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
		if (!same(key, strangers[i].name)) {
			continue;
		}
		if (strangers[i].code == 407 && lint->facts->other_plugin) {
			return;
		}
		struct sf_lint_finding *finding = lint_key(lint, doc, amount, strangers[i].code);
		lint_say(lint, finding, "NVIDIA's device plugin has no resource %s", key);
		lint_mend(lint, finding, "%s", strangers[i].mend);
		return;
	}
	if (strncmp(key, "nvidia.com/mig", 14) == 0) {
		check_mig(lint, doc, amount);
	}
}

static void check_together(struct sf_lint *lint, const struct doc *doc,
                           const struct sf_yaml *amounts)
{
	const struct sf_yaml *gpu = sf_yaml_get(amounts, "nvidia.com/gpu");
	const struct sf_yaml *mig = NULL;
	for (size_t i = 0; i < amounts->n && mig == NULL; i++) {
		bool slice = strncmp(amounts->child[i]->key, "nvidia.com/mig-", 15) == 0;
		mig = slice ? amounts->child[i] : NULL;
	}
	if (gpu == NULL || mig == NULL) {
		return;
	}
	struct sf_lint_finding *finding = lint_key(lint, doc, mig, 403);
	lint_say(lint, finding, "one container asks for a whole GPU and for %s", mig->key);
	lint_mend(lint, finding, "keep one of them: both are taken, and a node with both is rare");
}

static void visit_amounts(void *ctx, const struct doc *doc, const struct sf_yaml *amounts)
{
	struct sf_lint *lint = ctx;
	for (size_t i = 0; i < amounts->n; i++) {
		const struct sf_yaml *amount = amounts->child[i];
		check_name(lint, doc, amount);
		if (strncmp(amount->key, "nvidia.com/", 11) == 0) {
			check_amount(lint, doc, amount);
		}
	}
	check_together(lint, doc, amounts);
}

struct containers {
	struct sf_lint *lint;
	const struct doc *doc;
};

/* Extended resources cannot be overcommitted: the limit must be there and equal the request. */
static void check_limits(void *ctx, const struct sf_yaml *node)
{
	const struct containers *containers = ctx;
	const struct sf_yaml *requests = sf_yaml_get(node, "requests");
	const struct sf_yaml *limits = sf_yaml_get(node, "limits");
	if (!same(node->key, "resources") || requests == NULL ||
	    requests->kind != SF_YAML_MAPPING) {
		return;
	}
	for (size_t i = 0; i < requests->n; i++) {
		const struct sf_yaml *wanted = requests->child[i];
		const struct sf_yaml *limit = sf_yaml_get(limits, wanted->key);
		if (strncmp(wanted->key, "nvidia.com/", 11) != 0 ||
		    same(lint_text(wanted), lint_text(limit))) {
			continue;
		}
		struct sf_lint_finding *finding =
			lint_key(containers->lint, containers->doc, wanted, 409);
		lint_say(containers->lint, finding,
		         limit == NULL
		                 ? "%s is requested without a limit: the API server refuses it"
		                 : "the request of %s differs from its limit",
		         wanted->key);
		const char *amount = lint_text(limit);
		amount = amount != NULL ? amount : lint_text(wanted);
		lint_mend(containers->lint, finding, "write limits: {%s: %s}; the request follows",
		          wanted->key, amount != NULL ? amount : "1");
	}
}

/* Of extended resources a quota counts requests only. */
static void check_quota(struct sf_lint *lint, const struct doc *doc)
{
	const struct sf_yaml *hard = lint_get(doc->root, "spec.hard");
	for (size_t i = 0; hard != NULL && hard->kind == SF_YAML_MAPPING && i < hard->n; i++) {
		const struct sf_yaml *amount = hard->child[i];
		const char *name = strstr(amount->key, "nvidia.com/");
		if (name == NULL) {
			continue;
		}
		if (strncmp(amount->key, "requests.", 9) != 0) {
			struct sf_lint_finding *finding = lint_key(lint, doc, amount, 410);
			lint_say(lint, finding, "a quota cannot count %s", amount->key);
			lint_mend(lint, finding, "write requests.%s", name);
		}
		if (strchr(name, '+') != NULL) {
			struct sf_lint_finding *finding = lint_key(lint, doc, amount, 402);
			lint_say(lint, finding, "a resource name has no +: %s", name);
			lint_mend(lint, finding, "write . for it");
		}
		check_amount(lint, doc, amount);
	}
}

/* LimitRange bounds what is asked, not what GPUs give. */
static void check_range(struct sf_lint *lint, const struct doc *doc)
{
	static const char *const bounds[] = {"max", "min", "default", "defaultRequest"};
	const struct sf_yaml *limits = lint_get(doc->root, "spec.limits");
	for (size_t i = 0; limits != NULL && i < limits->n; i++) {
		for (size_t b = 0; b < sizeof(bounds) / sizeof(bounds[0]); b++) {
			const struct sf_yaml *bound = sf_yaml_get(limits->child[i], bounds[b]);
			for (size_t k = 0; bound != NULL && k < bound->n; k++) {
				const char *key = bound->child[k]->key;
				if (key == NULL || strncmp(key, "nvidia.com/", 11) != 0 ||
				    strstr(key, "mem") == NULL) {
					continue;
				}
				struct sf_lint_finding *finding =
					lint_key(lint, doc, bound->child[k], 519);
				lint_say(lint, finding,
				         "a LimitRange cannot bound the memory of a GPU: there is "
				         "no resource %s",
				         key);
				lint_mend(lint, finding,
				          "use MIG, whose instances have memory of their own");
			}
		}
	}
}

void rules_requests(struct sf_lint *lint, const struct doc *doc)
{
	struct containers containers = {lint, doc};
	const char *kind = lint_text_at(doc->root, "kind");
	walk_amounts(doc, visit_amounts, lint);
	walk(doc->root, check_limits, &containers);
	/* An example may leave out what it is: only a quota has hard limits. */
	if (kind == NULL || same(kind, "ResourceQuota")) {
		check_quota(lint, doc);
	}
	if (same(kind, "LimitRange")) {
		check_range(lint, doc);
	}
}
