/* rules_nodes: what a configuration of mig-parted makes of the nodes that are given it. */
// SPDX-License-Identifier: Apache-2.0
#include "rules.h"

#include "facts.h"
#include "names.h"
#include "scope.h"

#include <slicefit/mig_parted.h>

/* What a configuration makes of a node. */
struct makes {
	const char *kind; /* of MIG devices, the first */
	bool mixed;       /* another kind, too */
	bool on, off;     /* GPUs with and without MIG */
};

/* An entry with a filter is for some GPUs only: several kinds are several on these. */
static void add_entry(struct makes *makes, const struct sf_yaml *entry, bool known)
{
	const struct sf_yaml *devices = sf_yaml_get(entry, "mig-devices");
	bool enabled = same(lint_text_at(entry, "mig-enabled"), "true");
	if (sf_yaml_get(entry, "device-filter") != NULL) {
		makes->mixed = makes->mixed || (!known && devices != NULL && devices->n > 1);
		return;
	}
	makes->on = makes->on || enabled;
	makes->off = makes->off || !enabled;
	for (size_t i = 0; devices != NULL && i < devices->n; i++) {
		const char *name = devices->child[i]->key;
		makes->mixed = makes->mixed || (makes->kind != NULL && !same(makes->kind, name));
		makes->kind = name;
	}
}

/* More than one kind of MIG device, or some GPUs without MIG: what `single` refuses. */
static int uniformity(const struct sf_yaml *config, const struct sf_product *product)
{
	struct makes makes = {0};
	for (size_t i = 0; config->kind == SF_YAML_SEQUENCE && i < config->n; i++) {
		add_entry(&makes, config->child[i], product != NULL);
	}
	return makes.mixed ? 312 : makes.on && makes.off ? 313 : 0;
}

static void check_single(struct sf_lint *lint, const struct reference *reference)
{
	const struct parted_fact *parted = facts_parted(lint, reference->value);
	int code = parted != NULL ? uniformity(parted->config, reference->product) : 0;
	if (parted == NULL && same(reference->value, "all-balanced")) {
		code = 312;
	}
	if (code == 0 || !same(facts_strategy(lint, false), "single")) {
		return;
	}
	struct sf_lint_finding *finding = lint_at(lint, reference->source, reference->place, code);
	lint_say(lint, finding,
	         code == 312 ? "%s has several MIG profiles, which the strategy single refuses"
	                     : "%s leaves some GPUs without MIG, which the strategy single refuses",
	         reference->value);
	lint_mend(lint, finding,
	          code == 312 ? "set mig.strategy=mixed, or choose a configuration of one profile"
	                      : "set mig.strategy=mixed, or enable MIG on all GPUs");
}

/* GPUs of the family that NVIDIA's default configuration leaves out of a configuration with filters:
 * labels, as printed (github.com/NVIDIA/gpu-operator assets/state-mig-manager/0400_configmap.yaml). */
static const struct {
	const char *config, *label;
} gaps[] = {
	{"all-balanced", "NVIDIA-RTX-PRO-6000-Blackwell-Workstation-Edition"},
	{"all-balanced", "NVIDIA-RTX-PRO-6000-Blackwell-Max-Q-Workstation-Edition"},
	{"all-balanced", "NVIDIA-H100"},
	{"all-balanced", "NVIDIA-H20-3e"},
	{"all-balanced", "NVIDIA-A800-SXM4-40GB"},
	{"all-1g.10gb", "NVIDIA-A800-SXM4-40GB"},
	{"all-1g.35gb", "NVIDIA-H200-NVL"},
};

static void check_gap(struct sf_lint *lint, const struct node_fact *node)
{
	const struct sf_yaml *labels = lint_get(node->doc->root, "metadata.labels");
	const char *product = lint_text(sf_yaml_get(labels, "nvidia.com/gpu.product"));
	const struct sf_yaml *config = sf_yaml_get(labels, "nvidia.com/mig.config");
	const char *name = lint_text(config);
	for (size_t i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++) {
		size_t n = strlen(gaps[i].label);
		if (product == NULL || !same(gaps[i].config, name) ||
		    facts_parted(lint, name) != NULL || strncmp(product, gaps[i].label, n) != 0 ||
		    (product[n] != '\0' && strncmp(product + n, "-MIG", 4) != 0)) {
			continue;
		}
		struct sf_lint_finding *finding = lint_node(lint, node->doc, config, 314);
		lint_say(lint, finding, "the default %s has no entry for %s: nothing changes", name,
		         gaps[i].label);
		lint_mend(lint, finding,
		          "give migManager.config a ConfigMap with an entry for its device id");
	}
}

/* Does an entry apply to a product? */
static bool applies(const struct sf_lint *lint, const struct sf_yaml *entry,
                    const struct sf_product *product)
{
	struct scope scope = {0};
	const struct sf_yaml *filter = sf_yaml_get(entry, "device-filter");
	return filter == NULL ||
	       (scope_filter(lint, filter, &scope) && gpus_holds(&scope.gpus, product));
}

/* The profiles and counts of an entry, those that are whole numbers. */
static size_t wants_of(const struct sf_yaml *entry, struct want *want)
{
	const struct sf_yaml *devices = sf_yaml_get(entry, "mig-devices");
	size_t n = 0;
	for (size_t i = 0; devices != NULL && i < devices->n && n < WANTS_MAX; i++) {
		const struct sf_yaml *child = devices->child[i];
		long count;
		if (child->key != NULL && lint_number(child, &count)) {
			want[n++] = (struct want){child->key, count, NULL};
		}
	}
	return n;
}

/* The entries that are for a node's GPU, on that GPU; false when none is. */
static bool judge_entries(struct sf_lint *lint, const struct reference *reference,
                          const struct scope *scope, const struct sf_yaml *config)
{
	bool any = false;
	for (size_t i = 0; i < config->n; i++) {
		struct want want[WANTS_MAX];
		if (!applies(lint, config->child[i], reference->product)) {
			continue;
		}
		any = true;
		size_t n = wants_of(config->child[i], want);
		struct asked asked = {reference->source, reference->place, want, n};
		if (n > 0 && scope_judge(lint, scope, &asked)) {
			break;
		}
	}
	return any;
}

/* The configuration a node's label names, on that node's GPUs. */
static void check_node_config(struct sf_lint *lint, const struct reference *reference)
{
	const struct parted_fact *parted = facts_parted(lint, reference->value);
	const struct sf_product *product = reference->product;
	struct scope scope = {.certainty = CERTAIN_SURE};
	if (product == NULL) {
		return;
	}
	gpus_add(&scope.gpus, product);
	const char *profile = names_all_of(lint, reference->value);
	if (parted == NULL) {
		if (profile != NULL && sf_mig_profile_valid(profile)) {
			scope_judge_name(lint, &scope, reference->source, reference->place,
			                 profile);
		}
		return;
	}
	if (judge_entries(lint, reference, &scope, parted->config)) {
		return;
	}
	struct sf_lint_finding *finding = lint_at(lint, reference->source, reference->place, 314);
	const char *id = product->device_ids[0];
	lint_say(lint, finding, "no entry of %s is for %s: nothing changes", reference->value,
	         product->name);
	lint_mend(lint, finding, "add an entry with device-filter \"%s\"",
	          id != NULL ? id : "0xDDDD10DE");
}

void rules_nodes_config(struct sf_lint *lint, const struct reference *reference)
{
	check_single(lint, reference);
	check_node_config(lint, reference);
}

void rules_nodes(struct sf_lint *lint)
{
	for (size_t i = 0; i < lint->facts->n_nodes; i++) {
		check_gap(lint, &lint->facts->node[i]);
	}
}
