/* gpus: which GPUs a text is about. */
// SPDX-License-Identifier: Apache-2.0
#include "gpus.h"

#include <slicefit/catalog.h>
#include <slicefit/mig_parted.h>
#include <slicefit/str.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* How people write GPUs, and the names of the catalog that may be meant. A word that is something
 * else as well ("L4", "T4") counts only behind NVIDIA, Tesla or the like. */
static const struct {
	const char *word;
	const char *products; /* with blanks between them */
	bool shy;
} families[] = {
	{"GH200", "H100-96GB GH200-144GB", false},
	{"GB200", "GB200-186GB", false},
	{"GB300", "GB300-278GB", false},
	{"B200", "B200-180GB", false},
	{"B300", "B300-269GB", false},
	{"H200", "H200-141GB", false},
	{"H100", "H100-80GB-SXM H100-80GB-PCIe H100-94GB H100-96GB", false},
	{"H800", "H100-80GB-SXM H100-80GB-PCIe H100-94GB", false},
	{"H20", "H20-96GB", false},
	{"A100", "A100-40GB A100-80GB", false},
	{"A800", "A100-40GB A100-80GB", false},
	{"A30", "A30", false},
	{"PG506", "H100-96GB", false}, /* its device id is in NVIDIA's own configuration */
	{"RTX PRO 6000", "RTXPRO6000-96GB", false},
	{"RTX-PRO-6000", "RTXPRO6000-96GB", false},
	{"RTXPRO6000", "RTXPRO6000-96GB", false},
	{"RTX PRO 5000", "RTXPRO5000-48GB", false},
	{"RTX-PRO-5000", "RTXPRO5000-48GB", false},
	{"RTX PRO 4500", "RTXPRO4500-32GB", false},
	{"RTX-PRO-4500", "RTXPRO4500-32GB", false},
	{"A10G", "A10G", false},
	{"A10", "A10", false},
	{"A16", "A16", false},
	{"A40", "A40", false},
	{"A6000", "RTX-A6000", false},
	{"L40S", "L40S", false},
	{"L40", "L40", false},
	{"L20", "L20", true},
	{"L4", "L4", true},
	{"T4", "T4", true},
	{"A2", "A2", true},
	{"V100", "V100-16GB V100-32GB", false},
	{"P100", "P100-16GB P100-12GB", false},
	{"RTX 4090", "RTX-4090", false},
	{"RTX-4090", "RTX-4090", false},
	{"RTX4090", "RTX-4090", false},
	{"RTX 5090", "RTX-5090", false},
	{"RTX-5090", "RTX-5090", false},
	{"RTX 3090", "RTX-3090", false},
	{"RTX-3090", "RTX-3090", false},
	{"RTX 6000 Ada", "RTX-6000-Ada", false},
	{"RTX-6000-Ada", "RTX-6000-Ada", false},
	/* Instance types of clouds, each with one kind of GPU. */
	{"p4d.", "A100-40GB", false},
	{"p4de.", "A100-80GB", false},
	{"p5.", "H100-80GB-SXM", false},
	{"p5e.", "H200-141GB", false},
	{"p5en.", "H200-141GB", false},
	{"p6-b200", "B200-180GB", false},
	{"g5.", "A10G", false},
	{"g6e.", "L40S", false},
	{"a2-highgpu", "A100-40GB", false},
	{"a2-ultragpu", "A100-80GB", false},
	{"a3-highgpu", "H100-80GB-SXM", false},
	{"a3-ultragpu", "H200-141GB", false},
};

enum { FAMILIES = sizeof(families) / sizeof(families[0]), BEHIND = 24 };

bool gpus_holds(const struct gpus *gpus, const struct sf_product *product)
{
	for (size_t i = 0; i < gpus->n; i++) {
		if (gpus->at[i] == product) {
			return true;
		}
	}
	return false;
}

void gpus_add(struct gpus *gpus, const struct sf_product *product)
{
	if (product != NULL && gpus->n < GPUS_MAX && !gpus_holds(gpus, product)) {
		gpus->at[gpus->n++] = product;
	}
}

/* What is told apart from its family comes first, in order: it is what a mend should be about. */
static void add_told(struct gpus *gpus, const struct sf_product *product)
{
	size_t i = 0;
	gpus_add(gpus, product);
	while (i < gpus->n && gpus->at[i] != product) {
		i++;
	}
	if (i < gpus->n && i >= gpus->n_told) {
		memmove(&gpus->at[gpus->n_told + 1], &gpus->at[gpus->n_told],
		        (i - gpus->n_told) * sizeof(gpus->at[0]));
		gpus->at[gpus->n_told++] = product;
	}
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '.' || c == '_';
}

/* Nothing before the word that it is part of: "8xH100" counts, "GH200" is no H200. */
static bool begins_word(const char *text, size_t at, bool dotted)
{
	char one = at > 0 ? text[at - 1] : ' ';
	char two = at > 1 ? text[at - 2] : ' ';
	if (isalnum((unsigned char)one)) {
		return tolower((unsigned char)one) == 'x' && isdigit((unsigned char)two);
	}
	return one != '.' || dotted || !isalnum((unsigned char)two);
}

/* Nor behind it, but for the s of more than one. */
static bool ends_word(const char *text, size_t len, size_t end)
{
	char one = end < len ? text[end] : ' ';
	char two = end + 1 < len ? text[end + 1] : ' ';
	return !isalnum((unsigned char)one) ||
	       (tolower((unsigned char)one) == 's' && !is_word(two));
}

/* Does the word stand alone at `at`? What ends in a dot ("p5.") is the beginning of a name. */
static bool alone(const char *text, size_t len, size_t at, const char *word)
{
	size_t end = at + strlen(word);
	bool dotted = word[strlen(word) - 1] == '.';
	bool ends =
		dotted ? end < len && isalnum((unsigned char)text[end]) : ends_word(text, len, end);
	return ends && begins_word(text, at, dotted);
}

/* A maker's name just before the word. */
static bool introduced(const char *text, size_t at)
{
	static const char *const makers[] = {"nvidia", "tesla", "gpu", "gpus",
	                                     "nvidia.com/gpu.product"};
	while (at > 0 && strchr(" -:=\"'_", text[at - 1]) != NULL) {
		at--;
	}
	for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
		size_t n = strlen(makers[i]);
		if (at >= n && strncasecmp(text + at - n, makers[i], n) == 0) {
			return true;
		}
	}
	return false;
}

/* "(80GB": it belongs to what is before it. */
static bool is_memory(const char *text, size_t len)
{
	size_t n = 1;
	while (n < len && (isdigit((unsigned char)text[n]) || text[n] == ' ')) {
		n++;
	}
	return text[0] == '(' && n > 1 && n < len && tolower((unsigned char)text[n]) == 'g';
}

/* What stands behind the word, up to the end of the phrase: "-SXM4-80GB", " 80GB PCIe". */
static size_t phrase(const char *text, size_t len)
{
	size_t n = 0;
	while (n < len && n < BEHIND &&
	       (strchr(",;:()[]{}\n\"'`|/*#", text[n]) == NULL || is_memory(text + n, len - n))) {
		n++;
	}
	return n;
}

static bool mentions(const char *text, size_t len, const char *word)
{
	size_t n = strlen(word);
	for (size_t i = 0; i + n <= len; i++) {
		if (strncasecmp(text + i, word, n) == 0) {
			return true;
		}
	}
	return false;
}

/* The catalog's name tells its memory ("-80GB"): does the phrase tell the same? */
static bool has_memory(const char *text, size_t len, const char *product)
{
	const char *gb = strstr(product, "GB");
	if (gb == NULL) {
		return false;
	}
	const char *begin = gb;
	while (begin > product && isdigit((unsigned char)begin[-1])) {
		begin--;
	}
	size_t n = (size_t)(gb - begin);
	for (size_t i = 0; i + n <= len; i++) {
		bool before = i > 0 && isdigit((unsigned char)text[i - 1]);
		size_t end = i + n;
		while (end < len && (text[end] == ' ' || text[end] == '-')) {
			end++;
		}
		if (!before && memcmp(text + i, begin, n) == 0 && end < len &&
		    tolower((unsigned char)text[end]) == 'g') {
			return true;
		}
	}
	return false;
}

/* Is it told apart from the rest of its family by what stands behind the word? */
static bool is_told(const char *text, size_t len, const char *product)
{
	static const struct {
		const char *word, *part;
	} marks[] = {{"PCIe", "PCIe"}, {"SXM", "SXM"}, {"HBM3", "SXM"}, {"NVL", "H100-94GB"}};
	if (has_memory(text, len, product)) {
		return true;
	}
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (strncmp(product, "H100", 4) == 0 && mentions(text, len, marks[i].word) &&
		    strstr(product, marks[i].part) != NULL) {
			return true;
		}
	}
	return false;
}

static void add_family(const struct sf_lint *lint, size_t family, const char *behind, size_t len,
                       struct gpus *out)
{
	struct gpus all = {0};
	struct gpus told = {0};
	char name[32];
	for (const char *p = families[family].products; *p != '\0';) {
		size_t n = strcspn(p, " ");
		snprintf(name, sizeof(name), "%.*s", (int)n, p);
		const struct sf_product *product = sf_catalog_find(lint->catalog, name);
		gpus_add(&all, product);
		if (product != NULL && is_told(behind, len, name)) {
			gpus_add(&told, product);
		}
		p += n + (p[n] == ' ');
	}
	for (size_t i = 0; told.n == 0 && i < all.n; i++) {
		gpus_add(out, all.at[i]);
	}
	for (size_t i = 0; i < told.n; i++) {
		add_told(out, told.at[i]);
	}
}

/* Most likely no word of a family begins here. */
static bool may_begin(char c)
{
	return strchr("ABGHLPRTVabghlprtv", c) != NULL && c != '\0';
}

void gpus_in_text(const struct sf_lint *lint, const char *text, size_t len, struct gpus *out)
{
	for (size_t i = 0; i < len; i++) {
		for (size_t f = 0; may_begin(text[i]) && f < FAMILIES; f++) {
			size_t n = strlen(families[f].word);
			if (i + n > len || strncasecmp(text + i, families[f].word, n) != 0 ||
			    !alone(text, len, i, families[f].word) ||
			    (families[f].shy && !introduced(text, i))) {
				continue;
			}
			const char *behind = text + i + n;
			add_family(lint, f, behind, phrase(behind, len - i - n), out);
			i += n - 1;
			break;
		}
	}
}

void gpus_of_family(const struct sf_lint *lint, const char *name, struct gpus *out)
{
	static const char maker[] = "NVIDIA";
	if (strncasecmp(name, maker, strlen(maker)) == 0) {
		name += strlen(maker);
		name += strspn(name, "- ");
	}
	size_t len = strlen(name);
	for (size_t f = 0; f < FAMILIES; f++) {
		const char *word = families[f].word;
		size_t n = strlen(word);
		bool instance = word[n - 1] == '.';
		if (len >= n && !instance && strncasecmp(name, word, n) == 0 &&
		    alone(name, len, 0, word)) {
			add_family(lint, f, name + n, len - n, out);
			return;
		}
	}
}

void gpus_in_filter(const struct sf_lint *lint, const char *filter, struct gpus *out)
{
	for (size_t i = 0; i < sf_catalog_count(lint->catalog); i++) {
		const struct sf_product *product = sf_catalog_at(lint->catalog, i);
		if (sf_mig_filter_matches(filter, product)) {
			gpus_add(out, product);
		}
	}
}

void gpus_all(const struct sf_lint *lint, struct gpus *out)
{
	out->exact = true;
	for (size_t i = 0; i < sf_catalog_count(lint->catalog); i++) {
		const struct sf_product *product = sf_catalog_at(lint->catalog, i);
		if (product->mig_capable && product->n_profiles > 0) {
			gpus_add(out, product);
		}
	}
}

const char *gpus_names(struct sf_lint *lint, const struct gpus *gpus)
{
	enum { SHOWN = 3 };
	struct sf_str text = {0};
	for (size_t i = 0; i < gpus->n && i < SHOWN; i++) {
		const char *between = i == 0 ? "" : i + 1 == gpus->n ? " and " : ", ";
		sf_str_printf(&text, "%s%s", between, gpus->at[i]->name);
	}
	if (gpus->n > SHOWN) {
		sf_str_printf(&text, " and %zu more", gpus->n - SHOWN);
	}
	const char *copy = lint_copy(lint, sf_str_get(&text), text.len);
	sf_str_finish(&text);
	return copy;
}
