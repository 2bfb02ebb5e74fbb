/* mig_text: layouts and geometries of one GPU as text. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/mig.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

void sf_mig_format(const struct sf_product *product, const struct sf_mig_layout *layout, char *out,
                   size_t cap)
{
	size_t len = 0;
	if (cap > 0) {
		out[0] = '\0';
	}
	for (int i = 0; i < layout->n && len < cap; i++) {
		const struct sf_mig_instance *one = &layout->instance[i];
		int n = snprintf(out + len, cap - len, "%s%s@%d", i > 0 ? " " : "",
		                 product->profile[one->profile].name, one->start);
		len += (size_t)n;
	}
}

/* "*4" after a profile; 1 when there is none. -1: no count. */
static int parse_count(const char *text, const char **end)
{
	int count = 0;
	*end = text;
	if (text[0] != '*') {
		return 1;
	}
	for (text++; isdigit((unsigned char)*text) && count <= SF_INSTANCES_MAX; text++) {
		count = 10 * count + (*text - '0');
	}
	*end = text;
	return count > 0 && count <= SF_INSTANCES_MAX ? count : -1;
}

bool sf_mig_geometry_parse(const struct sf_product *product, const char *text,
                           struct sf_mig_geometry *out)
{
	static const char between[] = " ,";
	struct sf_mig_geometry geometry = {0};
	text += strspn(text, between);
	while (*text != '\0') {
		char name[sizeof(product->profile[0].name)];
		const size_t len = strcspn(text, " ,*");
		if (len == 0 || len >= sizeof(name)) {
			return false;
		}
		memcpy(name, text, len);
		name[len] = '\0';
		const int profile = sf_product_profile(product, name);
		const int count = parse_count(text + len, &text);
		if (profile < 0 || count < 0 || (*text != '\0' && strchr(between, *text) == NULL) ||
		    geometry.count[profile] + count > SF_INSTANCES_MAX) {
			return false;
		}
		geometry.count[profile] = (uint8_t)(geometry.count[profile] + count);
		text += strspn(text, between);
	}
	*out = geometry;
	return true;
}
