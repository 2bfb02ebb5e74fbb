/* product: names of profiles. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/product.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* "1g.5gb.me" is the Kubernetes spelling of "1g.5gb+me". */
static bool same_name(const char *profile, const char *name)
{
	while (*profile != '\0' && (*profile == *name || (*profile == '+' && *name == '.'))) {
		profile++;
		name++;
	}
	return *profile == '\0' && *name == '\0';
}

int sf_product_profile(const struct sf_product *product, const char *name)
{
	for (int i = 0; i < product->n_profiles; i++) {
		if (same_name(product->profile[i].name, name)) {
			return i;
		}
	}
	return -1;
}

void sf_profile_resource_name(const struct sf_profile *profile, char *out)
{
	size_t i = 0;
	for (; profile->name[i] != '\0'; i++) {
		out[i] = profile->name[i] == '+' ? '.' : profile->name[i];
	}
	out[i] = '\0';
}

bool sf_profile_is_plain(const struct sf_profile *profile)
{
	return profile->attr[0] == '\0';
}

/* The text after a number of at most 4 digits without a leading zero, or NULL. */
static const char *skip_number(const char *text)
{
	size_t n = 0;
	while (isdigit((unsigned char)text[n])) {
		n++;
	}
	if (n == 0 || n > 4 || (n > 1 && text[0] == '0')) {
		return NULL;
	}
	return text + n;
}

bool sf_profile_parse_name(const char *name, struct sf_profile *out)
{
	static const char *const attributes[] = {"", "+me", "+gfx", "+me.all", "-me"};

	if (strlen(name) >= sizeof(out->name) || name[0] < '1' || name[0] > '9' || name[1] != 'g' ||
	    name[2] != '.') {
		return false;
	}
	const char *rest = skip_number(name + 3);
	if (rest == NULL || strncmp(rest, "gb", 2) != 0) {
		return false;
	}
	rest += 2;
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		if (strcmp(rest, attributes[i]) == 0) {
			snprintf(out->name, sizeof(out->name), "%s", name);
			snprintf(out->attr, sizeof(out->attr), "%s",
			         rest[0] == '+' ? rest + 1 : rest);
			out->g = (uint8_t)(name[0] - '0');
			return true;
		}
	}
	return false;
}
