/* slicebars: bars of one cell per instance or run of unused units. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/slicebars.h>

#include <slicefit/mig.h>
#include <slicefit/str.h>

#include <stdio.h>
#include <string.h>

/* Narrower units than this are hard to tell apart. */
enum { UNIT_MIN = 3 };

size_t sf_slicebars_unit(const struct sf_product *product, uint32_t mask)
{
	size_t unit = UNIT_MIN;
	for (int p = 0; p < product->n_profiles; p++) {
		size_t size = product->profile[p].size;
		if ((mask & SF_PROFILE_BIT(p)) == 0 || size == 0) {
			continue;
		}
		/* size * unit columns, of which the last is a bar. */
		size_t need = (strlen(product->profile[p].name) + 1 + size - 1) / size;
		unit = need > unit ? need : unit;
	}
	return unit;
}

static void fill(struct sf_str *out, const char *glyph, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		sf_str_append(out, glyph);
	}
}

/* SGR colours by compute slices: 1 green, 2 cyan, 3 blue, 4 magenta, more yellow. */
static int colour_of(int g)
{
	static const int colours[] = {32, 32, 36, 34, 35};
	return g < (int)(sizeof(colours) / sizeof(colours[0])) ? colours[g] : 33;
}

static void draw_instance(const struct sf_profile *profile, size_t width, bool fancy, char pad,
                          struct sf_str *out)
{
	if (fancy) {
		sf_str_printf(out, "\033[%dm", colour_of(profile->g));
	}
	sf_str_append(out, profile->name);
	size_t len = strlen(profile->name);
	sf_str_fill(out, pad, width > len ? width - len : 0);
	if (fancy) {
		sf_str_append(out, "\033[0m");
	}
}

void sf_slicebars_draw(const struct sf_product *product, const struct sf_mig_layout *layout,
                       size_t unit, bool fancy, struct sf_str *out)
{
	sf_slicebars_draw_use(product, layout, 0, unit, fancy, out);
}

void sf_slicebars_draw_use(const struct sf_product *product, const struct sf_mig_layout *layout,
                           uint16_t used, size_t unit, bool fancy, struct sf_str *out)
{
	const char *bar = fancy ? "\u2502" : "|";
	const char *unused = fancy ? "\u00b7" : ".";
	size_t at = 0;
	sf_str_append(out, bar);
	for (int i = 0; i <= layout->n; i++) {
		size_t next = i < layout->n ? layout->instance[i].start : product->units;
		if (next > at) {
			fill(out, unused, (next - at) * unit - 1);
			sf_str_append(out, bar);
		}
		if (i < layout->n) {
			const struct sf_profile *profile =
				&product->profile[layout->instance[i].profile];
			char pad = (used >> next & 1) != 0 ? '#' : ' ';
			draw_instance(profile, profile->size * unit - 1, fancy, pad, out);
			sf_str_append(out, bar);
			at = next + profile->size;
		}
	}
}

void sf_slicebars_ruler(const struct sf_product *product, size_t unit, struct sf_str *out)
{
	for (int u = 0; u < product->units; u++) {
		char number[8];
		int len = snprintf(number, sizeof(number), " %d", u);
		sf_str_append(out, number);
		sf_str_fill(out, ' ', u + 1 < product->units ? unit - (size_t)len : 0);
	}
}
