/* mig_parted_apply: what a mig-parted configuration makes of the GPUs of a node. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/mig_parted.h>

#include <slicefit/error.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* mig-parted reads the first 0xDDDDVVVV as device and vendor; text that does not parse matches no
 * GPU. The subsystem behind ':' is not in the catalog, so it is not compared. */
bool sf_mig_filter_matches(const char *filter, const struct sf_product *product)
{
	char *end = NULL;
	unsigned long wanted = strtoul(filter, &end, 16);
	if (end == filter || (*end != '\0' && *end != ':')) {
		return false;
	}
	for (size_t i = 0; product->device_ids != NULL && product->device_ids[i] != NULL; i++) {
		if (strtoul(product->device_ids[i], NULL, 16) == wanted) {
			return true;
		}
	}
	return false;
}

static bool matches(const struct sf_mig_entry *entry, size_t index,
                    const struct sf_product *product)
{
	bool device = entry->all;
	bool filter = entry->n_filters == 0;
	for (size_t i = 0; i < entry->n_devices; i++) {
		device = device || entry->device[i] == (int64_t)index;
	}
	for (size_t i = 0; i < entry->n_filters; i++) {
		filter = filter || sf_mig_filter_matches(entry->filter[i], product);
	}
	return device && filter;
}

/* The profiles that a GPU has, for a message. */
static void list_profiles(const struct sf_product *product, char *out, size_t cap)
{
	size_t len = 0;
	out[0] = '\0';
	for (int i = 0; i < product->n_profiles && len + sizeof(product->profile[0].name) < cap;
	     i++) {
		len += (size_t)snprintf(out + len, cap - len, "%s%s", i > 0 ? ", " : "",
		                        product->profile[i].name);
	}
}

/* Says which profile is the one too many: the largest go first, as mig-parted places them. */
static int fail_fit(const struct sf_product *product, const struct sf_mig_geometry *wanted,
                    size_t index, struct sf_error *err)
{
	struct sf_mig_geometry part = {0};
	struct sf_mig_layout layout;
	char beside[64];
	for (int size = SF_UNITS_MAX; size > 0; size--) {
		for (int p = 0; p < product->n_profiles; p++) {
			if (product->profile[p].size != size) {
				continue;
			}
			sf_mig_pack(product, &part, &layout);
			sf_mig_format(product, &layout, beside, sizeof(beside));
			while (part.count[p] < wanted->count[p]) {
				part.count[p]++;
				if (sf_mig_pack(product, &part, &layout)) {
					continue;
				}
				return sf_fail(
					err, SF_EINVAL,
					"GPU %zu (%s): %d x %s does not fit: at most %d%s%s%s",
					index, product->name, wanted->count[p],
					product->profile[p].name, part.count[p] - 1,
					beside[0] != '\0' ? " beside " : "", beside,
					beside[0] != '\0' ? ", use fewer" : ", use that");
			}
		}
	}
	return sf_fail(err, SF_EINVAL, "GPU %zu (%s): mig-devices do not fit", index,
	               product->name);
}

static int count_wants(const struct sf_mig_entry *entry, const struct sf_product *product,
                       size_t index, struct sf_mig_geometry *out, struct sf_error *err)
{
	char known[160];
	*out = (struct sf_mig_geometry){0};
	for (size_t i = 0; i < entry->n_wants; i++) {
		const struct sf_mig_want *want = &entry->want[i];
		int profile = sf_product_profile(product, want->profile);
		if (want->count == 0) {
			continue;
		}
		if (profile < 0) {
			list_profiles(product, known, sizeof(known));
			return sf_fail(err, SF_EINVAL,
			               "GPU %zu: MIG profile \"%.24s\" not found on %s (it has %s)",
			               index, want->profile, product->name, known);
		}
		/* More than any GPU holds is all the same: it does not fit. */
		uint32_t sum = out->count[profile] + want->count;
		out->count[profile] = (uint8_t)(sum < UINT8_MAX ? sum : UINT8_MAX);
	}
	return 0;
}

/* Instances of a product whose placements are not known: counted, all at start 0. */
static int count_instances(const struct sf_product *product, const struct sf_mig_geometry *wanted,
                           size_t index, struct sf_mig_layout *out, struct sf_error *err)
{
	int instances = 0;
	int slices = 0;
	*out = (struct sf_mig_layout){0};
	for (uint8_t p = 0; p < product->n_profiles; p++) {
		const struct sf_profile *profile = &product->profile[p];
		int n = wanted->count[p];
		instances += n;
		slices += n * profile->g;
		if (n > profile->max || instances > product->max_instances ||
		    instances > SF_INSTANCES_MAX || slices > product->compute_slices) {
			return sf_fail(err, SF_EINVAL,
			               "GPU %zu (%s): %d x %s does not fit: at most %d alone, at "
			               "most %d instances, use fewer",
			               index, product->name, n, profile->name, profile->max,
			               product->max_instances);
		}
		for (int i = 0; i < n; i++) {
			out->instance[out->n++].profile = p;
		}
	}
	return 0;
}

static int apply_entry(const struct sf_mig_entry *entry, struct sf_gpu_spec *gpu, size_t index,
                       struct sf_error *err)
{
	struct sf_mig_geometry geometry;
	if (!gpu->product->mig_capable) {
		if (entry->all || !entry->enabled) {
			return 0;
		}
		return sf_fail(err, SF_EINVAL,
		               "GPU %zu: cannot set MIG config on non MIG-capable GPU %s", index,
		               gpu->product->name);
	}
	gpu->mig = entry->enabled;
	gpu->layout = (struct sf_mig_layout){0};
	if (entry->n_wants == 0) {
		return 0;
	}
	if (gpu->product->n_profiles == 0) {
		return sf_fail(err, SF_EINVAL,
		               "GPU %zu: the MIG profiles of %s are not publicly known; leave it "
		               "whole, or give them in a --catalog file",
		               index, gpu->product->name);
	}
	if (count_wants(entry, gpu->product, index, &geometry, err) != 0) {
		return -1;
	}
	if (!gpu->product->placeable) {
		return count_instances(gpu->product, &geometry, index, &gpu->layout, err);
	}
	if (!sf_mig_pack(gpu->product, &geometry, &gpu->layout)) {
		return fail_fit(gpu->product, &geometry, index, err);
	}
	return 0;
}

int sf_mig_config_apply(const struct sf_mig_config *config, struct sf_gpu_spec *gpu, size_t n,
                        const struct sf_mig_entry **failed, struct sf_error *err)
{
	for (size_t i = 0; i < config->n; i++) {
		for (size_t k = 0; k < n; k++) {
			if (matches(&config->entry[i], k, gpu[k].product) &&
			    apply_entry(&config->entry[i], &gpu[k], k, err) != 0) {
				if (failed != NULL) {
					*failed = &config->entry[i];
				}
				return -1;
			}
		}
	}
	return 0;
}
