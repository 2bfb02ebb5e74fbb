/* catalog_check: rules that every product obeys, so that the rest need not look again. */
// SPDX-License-Identifier: Apache-2.0
#include "catalog_check.h"

#include <slicefit/error.h>
#include <slicefit/mig.h>

#include "mig_enum.h"

#include <ctype.h>
#include <string.h>

/* Names and labels end up in Kubernetes label values. */
static bool is_label(const char *text)
{
	size_t n = 0;
	for (; text[n] != '\0'; n++) {
		if (!isalnum((unsigned char)text[n]) && strchr("-_.", text[n]) == NULL) {
			return false;
		}
	}
	return n > 0 && n < SF_NAME_MAX;
}

static int check_text(const struct sf_product *product, struct sf_error *err)
{
	if (product->name == NULL || !is_label(product->name)) {
		return sf_fail(
			err, SF_EINVAL,
			"product '%s': name must have 1 to 63 letters, digits, '-', '_' or '.'",
			product->name != NULL ? product->name : "");
	}
	for (const char *const *label = product->labels; label != NULL && *label != NULL; label++) {
		if (!is_label(*label)) {
			return sf_fail(err, SF_EINVAL,
			               "product %s: label '%s' must have 1 to 63 letters, digits, "
			               "'-', '_' or '.'",
			               product->name, *label);
		}
	}
	if (product->memory_mib == 0 || product->memory_mib < -1) {
		return sf_fail(err, SF_EINVAL, "product %s: memory_mib must be positive",
		               product->name);
	}
	return 0;
}

static int check_sizes(const struct sf_product *product, struct sf_error *err)
{
	const char *name = product->name;
	if (product->units > SF_UNITS_MAX) {
		return sf_fail(err, SF_EINVAL, "product %s: units is %d, the most is %d", name,
		               product->units, SF_UNITS_MAX);
	}
	if (product->n_profiles > SF_PROFILES_MAX) {
		return sf_fail(err, SF_EINVAL, "product %s: %d profiles, the most is %d", name,
		               product->n_profiles, SF_PROFILES_MAX);
	}
	if (product->max_instances > SF_INSTANCES_MAX) {
		return sf_fail(err, SF_EINVAL, "product %s: max_instances is %d, the most is %d",
		               name, product->max_instances, SF_INSTANCES_MAX);
	}
	if (!product->mig_capable && (product->units > 0 || product->n_profiles > 0 ||
	                              product->compute_slices > 0 || product->max_instances > 0)) {
		return sf_fail(err, SF_EINVAL, "product %s: not MIG-capable, but has MIG fields",
		               name);
	}
	if (product->mig_capable && (product->compute_slices == 0 || product->max_instances == 0)) {
		return sf_fail(err, SF_EINVAL,
		               "product %s: MIG needs compute_slices and max_instances", name);
	}
	return 0;
}

static int check_starts(const struct sf_product *product, const struct sf_profile *row,
                        struct sf_error *err)
{
	unsigned seen = 0;
	if (row->n_starts > sizeof(row->start)) {
		return sf_fail(err, SF_EINVAL, "product %s: profile %s: %d starts, the most is %zu",
		               product->name, row->name, row->n_starts, sizeof(row->start));
	}
	for (int i = 0; i < row->n_starts; i++) {
		if (row->start[i] + row->size > product->units) {
			return sf_fail(
				err, SF_EINVAL,
				"product %s: profile %s: start %d + size %d exceeds the %d units",
				product->name, row->name, row->start[i], row->size, product->units);
		}
		if ((seen >> row->start[i] & 1) != 0) {
			return sf_fail(err, SF_EINVAL,
			               "product %s: profile %s: start %d is given twice",
			               product->name, row->name, row->start[i]);
		}
		seen |= 1u << row->start[i];
	}
	return 0;
}

static int check_profile(const struct sf_product *product, const struct sf_profile *row,
                         struct sf_error *err)
{
	struct sf_profile parsed = {0};
	if (!sf_profile_parse_name(row->name, &parsed) || parsed.g != row->g ||
	    strcmp(parsed.attr, row->attr) != 0) {
		return sf_fail(err, SF_EINVAL,
		               "product %s: profile '%s': write the name as in 1g.5gb, 1g.5gb+me, "
		               "2g.48gb-me",
		               product->name, row->name);
	}
	if (row->g > product->compute_slices) {
		return sf_fail(err, SF_EINVAL,
		               "product %s: profile %s: the GPU has %d compute slices",
		               product->name, row->name, product->compute_slices);
	}
	if (row->max == 0 || row->max > product->max_instances) {
		return sf_fail(err, SF_EINVAL,
		               "product %s: profile %s: max must be 1 to max_instances (%d)",
		               product->name, row->name, product->max_instances);
	}
	if (row->size > product->units) {
		return sf_fail(err, SF_EINVAL,
		               "product %s: profile %s: size %d exceeds the %d units",
		               product->name, row->name, row->size, product->units);
	}
	if (row->n_starts > 0 && row->size == 0) {
		return sf_fail(err, SF_EINVAL, "product %s: profile %s: starts without a size",
		               product->name, row->name);
	}
	return check_starts(product, row, err);
}

/* Names and ids are unique (unknown ids aside). */
static int check_unique(const struct sf_product *product, int i, struct sf_error *err)
{
	const struct sf_profile *row = &product->profile[i];
	for (int k = 0; k < i; k++) {
		if (strcmp(product->profile[k].name, row->name) == 0) {
			return sf_fail(err, SF_EINVAL, "product %s: profile %s is given twice",
			               product->name, row->name);
		}
		if (row->id >= 0 && product->profile[k].id == row->id) {
			return sf_fail(err, SF_EINVAL,
			               "product %s: profiles %s and %s have the same id %d",
			               product->name, product->profile[k].name, row->name, row->id);
		}
	}
	return 0;
}

int sf_catalog_check(const struct sf_product *product, struct sf_error *err)
{
	if (check_text(product, err) < 0 || check_sizes(product, err) < 0) {
		return -1;
	}
	for (int i = 0; i < product->n_profiles; i++) {
		if (check_profile(product, &product->profile[i], err) < 0 ||
		    check_unique(product, i, err) < 0) {
			return -1;
		}
	}
	size_t states = sf_mig_count_states(product, sf_mig_all_mask(product), SF_MIG_STATES_MAX);
	if (states >= SF_MIG_STATES_MAX) {
		return sf_fail(err, SF_ELIMIT,
		               "product %s: %d or more layouts, more than slicefit can enumerate; "
		               "give fewer profiles or starts",
		               product->name, SF_MIG_STATES_MAX);
	}
	return 0;
}
