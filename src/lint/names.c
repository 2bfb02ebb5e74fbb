/* names: names that Kubernetes and NVIDIA's components give things. */
// SPDX-License-Identifier: Apache-2.0
#include "names.h"

#include "scope.h"

#include <slicefit/catalog.h>
#include <slicefit/mig_parted.h>

#include <stdio.h>
#include <strings.h>

/* From the spelling of labels and resources (1g.5gb.me) to mig-parted's (1g.5gb+me). */
static const char *with_plus(struct sf_lint *lint, const char *name, size_t len)
{
	char *copy = lint_copy(lint, name, len);
	char *dot = strstr(copy, "gb.");
	if (dot != NULL) {
		dot[2] = '+';
	}
	return copy;
}

const char *names_all_of(struct sf_lint *lint, const char *name)
{
	if (strncmp(name, "all-", 4) != 0 || strspn(name + 4, "0123456789") == 0) {
		return NULL;
	}
	return with_plus(lint, name + 4, strlen(name + 4));
}

const char *names_profile(struct sf_lint *lint, const char *resource)
{
	static const char prefix[] = "nvidia.com/mig-";
	static const char shared[] = ".shared";
	if (strncmp(resource, prefix, strlen(prefix)) != 0) {
		return NULL;
	}
	const char *name = resource + strlen(prefix);
	size_t len = strlen(name);
	if (len > strlen(shared) && same(name + len - strlen(shared), shared)) {
		len -= strlen(shared);
	}
	return with_plus(lint, name, len);
}

bool names_default_config(const struct sf_lint *lint, const char *name)
{
	static const char *const fixed[] = {"all-disabled", "all-enabled", "all-balanced"};
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		if (same(name, fixed[i])) {
			return true;
		}
	}
	if (strncmp(name, "all-", 4) != 0) {
		return false;
	}
	char profile[64];
	snprintf(profile, sizeof(profile), "%s", name + 4);
	char *dot = strstr(profile, "gb.");
	if (dot != NULL) {
		dot[2] = '+';
	}
	struct gpus all = {0};
	struct want want = {.profile = profile, .count = 1};
	const struct sf_product *product;
	gpus_all(lint, &all);
	return gpus_best(&all, &want, 1, &product).fit == FIT_OK;
}

static void check_mig_config(struct sf_lint *lint, const struct label *label)
{
	const char *value = label->value;
	if (strchr(value, '+') != NULL) {
		size_t n = strcspn(value, "+");
		struct sf_lint_finding *finding = lint_at(lint, label->source, label->place, 304);
		lint_say(lint, finding, "the value of a label cannot contain +");
		lint_mend(lint, finding, "%s%.*s.%s", strncmp(value, "all-", 4) == 0 ? "" : "all-",
		          (int)n, value, value + n + 1);
		return;
	}
	const char *plus = with_plus(lint, value, strlen(value));
	if (sf_mig_profile_valid(plus)) {
		struct sf_lint_finding *finding = lint_at(lint, label->source, label->place, 303);
		lint_say(lint, finding,
		         "%s is a profile; nvidia.com/mig.config names a configuration", value);
		lint_mend(lint, finding, "all-%s", value);
		return;
	}
	const char *profile = names_all_of(lint, value);
	if (profile != NULL && sf_mig_profile_valid(profile)) {
		struct scope scope;
		scope_find(lint, label->source, label->place.line, label->place.line, label->said,
		           &scope);
		scope_judge_name(lint, &scope, label->source, label->place, profile);
	}
}

/* How many words of a label stand in another, in any order: NVIDIA, A100, 80GB, PCIe. */
static int words_in_common(const char *label, const char *value)
{
	int n = 0;
	while (*label != '\0') {
		size_t len = strcspn(label, "-");
		for (const char *at = value; *at != '\0';) {
			size_t own = strcspn(at, "-");
			n += own == len && strncasecmp(at, label, len) == 0;
			at += own + (at[own] == '-');
		}
		label += len + (label[len] == '-');
	}
	return n;
}

/* The label that has most in common with what was written; of equals, the first two. */
static const char *product_labels(struct sf_lint *lint, const struct gpus *gpus, const char *value)
{
	const char *best[2] = {NULL, NULL};
	int most = -1;
	for (size_t i = 0; i < gpus->n; i++) {
		const char *const *label = gpus->at[i]->labels;
		for (; *label != NULL; label++) {
			int n = words_in_common(*label, value);
			if (n > most) {
				most = n;
				best[0] = *label;
				best[1] = NULL;
			} else if (n == most && best[1] == NULL) {
				best[1] = *label;
			}
		}
	}
	char text[200];
	if (best[0] == NULL) {
		return "see the labels of your nodes";
	}
	snprintf(text, sizeof(text), "%s%s%s", best[0], best[1] != NULL ? " or " : "",
	         best[1] != NULL ? best[1] : "");
	return lint_copy(lint, text, strlen(text));
}

/* The profile behind "-MIG-" of a product label. */
static void check_product_profile(struct sf_lint *lint, const struct label *label,
                                  const struct sf_product *product)
{
	const char *mig = strstr(label->value, "-MIG-");
	if (mig == NULL || same(mig, "-MIG-INVALID")) {
		return;
	}
	size_t len = strlen(mig + 5);
	static const char shared[] = "-SHARED";
	if (len > strlen(shared) && same(mig + 5 + len - strlen(shared), shared)) {
		len -= strlen(shared);
	}
	const char *profile = with_plus(lint, mig + 5, len);
	if (gpus_profile(product, profile, NULL) < 0) {
		struct sf_lint_finding *finding = lint_at(lint, label->source, label->place, 405);
		lint_say(lint, finding, "no node has this product: %s does not exist on %s",
		         profile, product->name);
		lint_mend(lint, finding, "%s has %s", product->name,
		          gpus_instead(lint, product, profile));
	}
}

/* A virtual GPU: "NVIDIA-A10-24Q", "NVIDIA-A100-40C". */
static bool is_virtual(const char *value)
{
	const char *dash = strrchr(value, '-');
	size_t digits = dash != NULL ? strspn(dash + 1, "0123456789") : 0;
	return digits > 0 && dash[digits + 1] != '\0' && strchr("QCAB", dash[digits + 1]) != NULL;
}

static void check_product(struct sf_lint *lint, const struct label *label)
{
	const struct sf_product *product = sf_catalog_find(lint->catalog, label->value);
	struct gpus meant = {0};
	bool is_label = false;
	gpus_in_text(lint, label->value, strlen(label->value), &meant);
	for (size_t i = 0; product != NULL && product->labels[i] != NULL; i++) {
		size_t n = strlen(product->labels[i]);
		const char *rest = label->value + n;
		is_label = is_label || (strncmp(label->value, product->labels[i], n) == 0 &&
		                        (*rest == '\0' || strncmp(rest, "-MIG-", 5) == 0 ||
		                         same(rest, "-SHARED")));
	}
	if (is_label) {
		check_product_profile(lint, label, product);
		if (same(label->value, "NVIDIA-H100")) {
			struct sf_lint_finding *finding =
				lint_at(lint, label->source, label->place, 412);
			lint_say(lint, finding,
			         "NVIDIA-H100 is the H100 SXM5 with 94 GB only, a rare board");
			lint_mend(lint, finding,
			          "NVIDIA-H100-80GB-HBM3 (SXM5) or NVIDIA-H100-PCIe");
		}
		return;
	}
	if ((meant.n == 0 && product == NULL) || is_virtual(label->value)) {
		return;
	}
	if (product != NULL) {
		meant = (struct gpus){0};
		gpus_add(&meant, product);
	}
	struct sf_lint_finding *finding = lint_at(lint, label->source, label->place, 405);
	lint_say(lint, finding, "no GPU has the label nvidia.com/gpu.product=%s", label->value);
	lint_mend(lint, finding, "%s", product_labels(lint, &meant, label->value));
}

void names_check_label(struct sf_lint *lint, const struct label *label)
{
	if (strpbrk(label->value, "$<>{}*") != NULL || *label->value == '\0') {
		return;
	}
	if (same(label->key, "nvidia.com/mig.config")) {
		check_mig_config(lint, label);
	} else if (same(label->key, "nvidia.com/gpu.product")) {
		check_product(lint, label);
	}
}
