/* fit: does what is asked of a GPU exist on it, and does it fit? */
// SPDX-License-Identifier: Apache-2.0
#include "gpus.h"

#include <slicefit/mig.h>
#include <slicefit/str.h>

#include <stdio.h>
#include <stdlib.h>

/* Names that drivers had or have for a row; the names of early GB200 boards are in NVIDIA's own
 * default configuration (github.com/NVIDIA/mig-parted issue 227). */
static const struct {
	const char *product, *alias, *name;
	enum alias kind;
} aliases[] = {
	{"A100-80GB", "7g.79gb", "7g.80gb", ALIAS_ROUNDED},
	{"A100-80GB", "4g.39gb", "4g.40gb", ALIAS_ROUNDED},
	{"A100-80GB", "3g.39gb", "3g.40gb", ALIAS_ROUNDED},
	{"H100-80GB-SXM", "7g.79gb", "7g.80gb", ALIAS_ROUNDED},
	{"H100-80GB-SXM", "4g.39gb", "4g.40gb", ALIAS_ROUNDED},
	{"H100-80GB-SXM", "3g.39gb", "3g.40gb", ALIAS_ROUNDED},
	{"H100-80GB-PCIe", "7g.79gb", "7g.80gb", ALIAS_ROUNDED},
	{"H100-80GB-PCIe", "4g.39gb", "4g.40gb", ALIAS_ROUNDED},
	{"H100-80GB-PCIe", "3g.39gb", "3g.40gb", ALIAS_ROUNDED},
	{"GB200-186GB", "1g.24gb", "1g.23gb", ALIAS_EARLY},
	{"GB200-186GB", "1g.24gb+me", "1g.23gb+me", ALIAS_EARLY},
	{"GB200-186GB", "3g.95gb", "3g.93gb", ALIAS_EARLY},
	{"GB200-186GB", "4g.95gb", "4g.93gb", ALIAS_EARLY},
	{"GB200-186GB", "7g.189gb", "7g.186gb", ALIAS_EARLY},
};

/* Boards whose names depend on the driver: those that the guide does not list, or listed otherwise
 * before. */
static bool is_settled(const struct sf_product *product)
{
	static const char *const moving[] = {"GB200-186GB", "B300-269GB", "GB300-278GB",
	                                     "RTXPRO5000-48GB", "RTXPRO4500-32GB"};
	for (size_t i = 0; i < sizeof(moving) / sizeof(moving[0]); i++) {
		if (same(product->name, moving[i])) {
			return false;
		}
	}
	return true;
}

long gpus_gigabytes(const char *profile)
{
	const char *g = strstr(profile, "g.");
	return g != NULL ? strtol(g + 2, NULL, 10) : 0;
}

/* A row with the same slices and extras whose memory differs by less than a tenth. */
static int near_row(const struct sf_product *product, const char *name)
{
	struct sf_profile wanted;
	long gb = gpus_gigabytes(name);
	if (!sf_profile_parse_name(name, &wanted)) {
		return -1;
	}
	for (int i = 0; i < product->n_profiles; i++) {
		const struct sf_profile *row = &product->profile[i];
		long own = gpus_gigabytes(row->name);
		if (row->g == wanted.g && same(row->attr, wanted.attr) &&
		    labs(own - gb) * 10 <= own) {
			return i;
		}
	}
	return -1;
}

int gpus_profile(const struct sf_product *product, const char *name, enum alias *alias)
{
	enum alias ignored;
	alias = alias != NULL ? alias : &ignored;
	*alias = ALIAS_EXACT;
	/* A compute instance ("1c.3g.20gb") lives in the GPU instance behind its first dot. */
	const char *c = strstr(name, "c.");
	if (c != NULL && strspn(name, "0123456789") == (size_t)(c - name)) {
		name = c + 2;
	}
	int row = sf_product_profile(product, name);
	for (size_t i = 0; row < 0 && i < sizeof(aliases) / sizeof(aliases[0]); i++) {
		if (same(aliases[i].product, product->name) && same(aliases[i].alias, name)) {
			*alias = aliases[i].kind;
			row = sf_product_profile(product, aliases[i].name);
		}
	}
	if (row < 0 && !is_settled(product)) {
		*alias = ALIAS_DRIVER;
		row = near_row(product, name);
	}
	return row;
}

/* Compute slices a name begins with; 0 when it is none. */
static long slices(const char *name)
{
	const char *c = strstr(name, "c.");
	char *end = NULL;
	long g = strtol(c != NULL ? c + 2 : name, &end, 10);
	return end != NULL && *end == 'g' ? g : 0;
}

const char *gpus_instead(struct sf_lint *lint, const struct sf_product *product, const char *name)
{
	struct sf_str text = {0};
	long g = slices(name) > product->compute_slices ? product->compute_slices : slices(name);
	bool extra = strpbrk(name, "+-") != NULL;
	bool any = false;
	for (int i = 0; i < product->n_profiles; i++) {
		any = any || product->profile[i].g == g;
	}
	size_t n = 0;
	for (int i = 0; i < product->n_profiles; i++) {
		const struct sf_profile *row = &product->profile[i];
		if ((any && row->g != g) || (!extra && !sf_profile_is_plain(row))) {
			continue;
		}
		sf_str_printf(&text, "%s%s (%d per GPU)", n++ > 0 ? " or " : "", row->name,
		              row->max);
	}
	const char *copy = lint_copy(lint, sf_str_get(&text), text.len);
	sf_str_finish(&text);
	return copy;
}

const char *gpus_nearest(struct sf_lint *lint, const char *name)
{
	enum { SHOWN = 3 };
	struct gpus all = {0};
	struct sf_str text = {0};
	long gb = gpus_gigabytes(name);
	long g = slices(name) > 7 ? 7 : slices(name);
	const char *shown[SHOWN] = {0};
	gpus_all(lint, &all);
	for (size_t n = 0; n < SHOWN; n++) {
		const struct sf_product *best = NULL;
		const struct sf_profile *row = NULL;
		for (size_t i = 0; i < all.n; i++) {
			for (int k = 0; k < all.at[i]->n_profiles; k++) {
				const struct sf_profile *p = &all.at[i]->profile[k];
				bool known = same(p->name, shown[0]) || same(p->name, shown[1]);
				if (p->g != g || !sf_profile_is_plain(p) || known ||
				    gpus_gigabytes(p->name) == 0) {
					continue;
				}
				long far = labs(gpus_gigabytes(p->name) - gb);
				if (row == NULL || far < labs(gpus_gigabytes(row->name) - gb)) {
					row = p;
					best = all.at[i];
				}
			}
		}
		if (row == NULL) {
			break;
		}
		shown[n] = row->name;
		sf_str_printf(&text, "%s%s of %s (%d per GPU)", n > 0 ? ", " : "", row->name,
		              best->name, row->max);
	}
	const char *copy = lint_copy(lint, sf_str_get(&text), text.len);
	sf_str_finish(&text);
	return copy;
}

/* Compute instances share a GPU instance: how many instances that makes is not said. */
static bool is_whole(const char *name)
{
	const char *c = strstr(name, "c.");
	return c == NULL || strspn(name, "0123456789") != (size_t)(c - name);
}

/* Can they exist together? Where placements are unknown, counts and slices tell. */
static bool is_possible(const struct sf_product *product, const struct sf_mig_geometry *geometry)
{
	struct sf_mig_layout layout;
	if (product->placeable) {
		return sf_mig_pack(product, geometry, &layout);
	}
	int used = 0;
	int n = 0;
	for (int i = 0; i < product->n_profiles; i++) {
		n += geometry->count[i];
		used += geometry->count[i] * product->profile[i].g;
	}
	return used <= product->compute_slices && n <= product->max_instances;
}

struct verdict gpus_judge(const struct sf_product *product, const struct want *want, size_t n)
{
	struct verdict verdict = {0};
	struct sf_mig_geometry geometry = {0};
	if (!product->mig_capable) {
		return (struct verdict){.fit = FIT_NO_MIG};
	}
	if (product->n_profiles == 0) {
		return verdict;
	}
	for (size_t i = n; i > 0; i--) {
		enum alias alias;
		int row = gpus_profile(product, want[i - 1].profile, &alias);
		verdict.aliased += alias == ALIAS_ROUNDED || alias == ALIAS_DRIVER;
		if (row < 0 && want[i - 1].count > 0) {
			verdict.fit = FIT_UNKNOWN;
			verdict.want = i - 1;
			verdict.unknown++;
		}
	}
	for (size_t i = 0; i < n && verdict.fit != FIT_UNKNOWN; i++) {
		int row = gpus_profile(product, want[i].profile, NULL);
		if (row < 0 || want[i].count <= 0 || !is_whole(want[i].profile)) {
			continue;
		}
		long sum = geometry.count[row] + want[i].count;
		if (sum > product->profile[row].max) {
			verdict.fit = FIT_TOO_MANY;
			verdict.want = i;
			verdict.most = product->profile[row].max;
			return verdict;
		}
		geometry.count[row] = (uint8_t)sum;
		if (verdict.fit == FIT_OK && !is_possible(product, &geometry)) {
			verdict.fit = FIT_CROWDED;
			verdict.want = i;
		}
	}
	return verdict;
}

/* Profiles that the GPU has only by a name that depends on the driver. */
static size_t count_moving(const struct sf_product *product, const struct want *want, size_t n)
{
	size_t moving = 0;
	for (size_t i = 0; i < n; i++) {
		enum alias alias;
		moving += gpus_profile(product, want[i].profile, &alias) >= 0 &&
		          alias == ALIAS_DRIVER && want[i].count > 0;
	}
	return moving;
}

struct verdict gpus_best(const struct gpus *gpus, const struct want *want, size_t n,
                         const struct sf_product **product)
{
	struct verdict best = {.fit = FIT_NO_MIG, .unknown = SIZE_MAX};
	*product = gpus->n > 0 ? gpus->at[0] : NULL;
	for (size_t i = 0; i < gpus->n; i++) {
		struct verdict one = gpus_judge(gpus->at[i], want, n);
		size_t moving = gpus->exact ? count_moving(gpus->at[i], want, n) : 0;
		if (moving > 0) {
			one.fit = FIT_UNKNOWN;
			one.unknown += moving;
		}
		bool closer = one.unknown != best.unknown   ? one.unknown < best.unknown
		              : one.aliased != best.aliased ? one.aliased < best.aliased
		                                            : one.most > best.most;
		if (one.fit < best.fit || (one.fit == best.fit && closer)) {
			best = one;
			*product = gpus->at[i];
		}
	}
	return best;
}

/* The most of want[k] beside the others, -1 when these do not fit even without it. */
static long most_beside(const struct sf_product *product, const struct want *want, size_t n,
                        size_t k)
{
	struct want part[WANTS_MAX];
	memcpy(part, want, n * sizeof(*want));
	for (long count = want[k].count < 12 ? want[k].count : 12; count >= 0; count--) {
		part[k].count = count;
		if (gpus_judge(product, part, n).fit == FIT_OK) {
			return count;
		}
	}
	return -1;
}

const char *gpus_most(struct sf_lint *lint, const struct sf_product *product,
                      const struct want *want, size_t n)
{
	struct sf_str text = {0};
	for (size_t k = n; k > 0; k--) {
		long most = most_beside(product, want, n, k - 1);
		if (most < 0 || want[k - 1].count == 0) {
			continue;
		}
		sf_str_append(&text, text.len > 0 ? "; or " : "");
		size_t shown = 0;
		for (size_t i = 0; i < n; i++) {
			long count = i == k - 1 ? most : want[i].count;
			if (count > 0) {
				sf_str_printf(&text, "%s%ld x %s", shown++ > 0 ? " + " : "", count,
				              want[i].profile);
			}
		}
	}
	const char *copy = lint_copy(lint, sf_str_get(&text), text.len);
	sf_str_finish(&text);
	return copy;
}
