/* scope: which GPUs a place in a file is about, and how sure that is. */
// SPDX-License-Identifier: Apache-2.0
#include "scope.h"

#include "facts.h"

#include <slicefit/mig_parted.h>

/* How far around an entry, and back to a heading, text is taken to be about it. */
enum { NEAR_LINES = 50, SECTION_LINES = 200, ABOVE_LINES = 8 };

/* The comment of a line, or what is before it when that is all. */
static const char *comment(const char *text, size_t len, size_t *n)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '#' && (i == 0 || text[i - 1] == ' ' || text[i - 1] == '\t')) {
			*n = len - i;
			return text + i;
		}
	}
	*n = 0;
	return text;
}

static bool is_comment(const struct source *source, uint32_t line)
{
	const char *text;
	size_t len = source_line(source, line, &text);
	size_t skip = 0;
	while (skip < len && (text[skip] == ' ' || text[skip] == '\t')) {
		skip++;
	}
	return skip < len && text[skip] == '#';
}

static void add_comment(const struct sf_lint *lint, const struct source *source, uint32_t line,
                        struct gpus *out)
{
	const char *text;
	size_t len = source_line(source, line, &text);
	size_t n;
	const char *said = comment(text, len, &n);
	gpus_in_text(lint, said, n, out);
}

static bool find_near(const struct sf_lint *lint, const struct source *source, uint32_t first,
                      uint32_t last, struct gpus *out)
{
	for (uint32_t i = first; i <= last && i < first + NEAR_LINES; i++) {
		add_comment(lint, source, i, out);
	}
	uint32_t least = first > NEAR_LINES ? first - NEAR_LINES : 1;
	for (uint32_t i = first - 1; out->n == 0 && i >= least && is_comment(source, i); i--) {
		add_comment(lint, source, i, out);
	}
	return out->n > 0;
}

static bool is_heading(const struct source *source, uint32_t line)
{
	const char *text;
	size_t len = source_line(source, line, &text);
	size_t marks = 0;
	while (marks < len && text[marks] == '#') {
		marks++;
	}
	return marks > 0 && marks < len && text[marks] == ' ';
}

/* In a document: prose back to the heading. Examples in between are other matters. */
static bool find_section(const struct sf_lint *lint, const struct source *source, uint32_t line,
                         struct gpus *out)
{
	size_t k = 0;
	while (k < source->n_segments && source->segment[k].last < line) {
		k++;
	}
	uint32_t least = line > SECTION_LINES ? line - SECTION_LINES : 1;
	for (; k > 0 && source->segment[k - 1].last >= least; k--) {
		const struct segment *segment = &source->segment[k - 1];
		for (uint32_t i = segment->last;
		     segment->kind == SEG_PROSE && i >= segment->first && i >= least; i--) {
			const char *text;
			size_t len = source_line(source, i, &text);
			gpus_in_text(lint, text, len, out);
			if (is_heading(source, i)) {
				return out->n > 0;
			}
		}
	}
	return out->n > 0;
}

/* The whole file, but for what is said of single lines only: commands and comments behind them. */
static void find_far(const struct sf_lint *lint, const struct source *source, struct gpus *out)
{
	for (size_t i = 0; i < source->n_segments; i++) {
		const struct segment *segment = &source->segment[i];
		for (uint32_t line = segment->first; line <= segment->last; line++) {
			const char *text;
			size_t n;
			size_t len = source_line(source, line, &text);
			bool whole = is_comment(source, line) || segment->kind == SEG_PROSE;
			const char *mark = comment(text, len, &n);
			size_t before = n > 0 ? (size_t)(mark - text) : len;
			if (whole || segment->kind == SEG_YAML) {
				gpus_in_text(lint, text, whole ? len : before, out);
			}
		}
	}
}

void scope_find(struct sf_lint *lint, struct source *source, uint32_t first, uint32_t last,
                const char *name, struct scope *out)
{
	*out = (struct scope){.certainty = CERTAIN_SURE};
	for (size_t i = 0; i < lint->n_products; i++) {
		gpus_add(&out->gpus, lint->product[i]);
	}
	if (out->gpus.n > 0) {
		return;
	}
	out->certainty = CERTAIN_NEAR;
	if (name != NULL) {
		gpus_in_text(lint, name, strlen(name), &out->gpus);
	}
	if (out->gpus.n > 0 || find_near(lint, source, first, last, &out->gpus)) {
		return;
	}
	out->certainty = CERTAIN_FAR;
	if (source->document && find_section(lint, source, first, &out->gpus)) {
		return;
	}
	if (source->said == NULL) {
		source->said = lint_alloc(lint, 1, sizeof(*source->said));
		find_far(lint, source, source->said);
	}
	out->gpus = *source->said;
	facts_gpus(lint, &out->gpus);
	if (out->gpus.n > 0) {
		return;
	}
	out->certainty = CERTAIN_NOT;
	gpus_all(lint, &out->gpus);
}

void scope_above(const struct sf_lint *lint, const struct source *source, uint32_t line,
                 struct gpus *out)
{
	uint32_t least = line > ABOVE_LINES ? line - ABOVE_LINES : 1;
	for (; out->n == 0 && line >= least; line--) {
		const char *text;
		size_t len = source_line(source, line, &text);
		gpus_in_text(lint, text, len, out);
	}
}

bool scope_filter(const struct sf_lint *lint, const struct sf_yaml *filter, struct scope *scope)
{
	struct gpus found = {0};
	if (filter == NULL) {
		return true;
	}
	if (lint_text(filter) != NULL) {
		gpus_in_filter(lint, filter->text, &found);
	}
	for (size_t i = 0; filter->kind == SF_YAML_SEQUENCE && i < filter->n; i++) {
		if (lint_text(filter->child[i]) != NULL) {
			gpus_in_filter(lint, filter->child[i]->text, &found);
		}
	}
	if (found.n > 0) {
		scope->gpus = found;
		scope->certainty = CERTAIN_SURE;
	}
	return found.n > 0;
}

static struct place place_of(const struct asked *asked, size_t want)
{
	const struct sf_yaml *node = asked->want[want].node;
	if (node == NULL) {
		return asked->place;
	}
	bool keyed = node->key_line > 0;
	return (struct place){keyed ? node->key_line : node->line,
	                      keyed ? node->key_column : node->column};
}

static void report_unknown(struct sf_lint *lint, const struct scope *scope,
                           const struct sf_product *product, const struct asked *asked)
{
	for (size_t i = 0; i < asked->n; i++) {
		const char *profile = asked->want[i].profile;
		if (gpus_profile(product, profile, NULL) >= 0) {
			continue;
		}
		struct sf_lint_finding *finding =
			lint_at(lint, asked->source, place_of(asked, i), 101);
		struct want one = {.profile = profile, .count = 1};
		const struct sf_product *other;
		struct gpus all = {0};
		gpus_all(lint, &all);
		bool somewhere = gpus_best(&all, &one, 1, &other).fit == FIT_OK;
		if (somewhere && scope->certainty == CERTAIN_NOT) {
			lint_say(lint, finding, "%s does not exist on %s, which has the others",
			         profile, product->name);
		} else if (somewhere) {
			lint_say(lint, finding, "%s does not exist on %s", profile,
			         gpus_names(lint, &scope->gpus));
		} else {
			lint_say(lint, finding, "%s does not exist on any GPU", profile);
		}
		if (scope->certainty == CERTAIN_NOT && !somewhere) {
			lint_mend(lint, finding, "nearest: %s", gpus_nearest(lint, profile));
		} else {
			lint_mend(lint, finding, "%s has %s", product->name,
			          gpus_instead(lint, product, profile));
		}
	}
}

static void report_many(struct sf_lint *lint, const struct sf_product *product,
                        const struct asked *asked, size_t want)
{
	const struct want *one = &asked->want[want];
	int row = gpus_profile(product, one->profile, NULL);
	int most = product->profile[row].max;
	struct sf_lint_finding *finding = lint_at(lint, asked->source, place_of(asked, want), 102);
	lint_say(lint, finding, "%ld x %s: one %s holds at most %d", one->count, one->profile,
	         product->name, most);
	const char *plain = NULL;
	for (int i = 0; i < product->n_profiles; i++) {
		const struct sf_profile *p = &product->profile[i];
		if (p->max >= one->count && sf_profile_is_plain(p)) {
			plain = p->name;
		}
	}
	if (plain != NULL) {
		lint_mend(lint, finding, "%d x %s, or %ld x %s", most, one->profile, one->count,
		          plain);
	} else {
		lint_mend(lint, finding, "at most %d x %s", most, one->profile);
	}
}

static void report_crowded(struct sf_lint *lint, const struct sf_product *product,
                           const struct asked *asked, size_t want)
{
	const struct want *one = &asked->want[want];
	struct sf_lint_finding *finding = lint_at(lint, asked->source, place_of(asked, want), 103);
	int units = 0;
	for (size_t i = 0; i < asked->n; i++) {
		int row = gpus_profile(product, asked->want[i].profile, NULL);
		units += row >= 0 ? product->profile[row].size * (int)asked->want[i].count : 0;
	}
	lint_say(lint, finding,
	         "%ld x %s does not fit beside the others on %s: together they take %d of %d "
	         "memory slices, at their placements",
	         one->count, one->profile, product->name, units, product->units);
	lint_mend(lint, finding, "%s", gpus_most(lint, product, asked->want, asked->n));
}

static void report_no_mig(struct sf_lint *lint, const struct scope *scope,
                          const struct asked *asked)
{
	struct sf_lint_finding *finding = lint_at(lint, asked->source, asked->place, 107);
	lint_say(lint, finding, "%s has no MIG", gpus_names(lint, &scope->gpus));
	lint_mend(lint, finding,
	          "share it by time-slicing or MPS; MIG is on A100, A800, A30, H100, H800, H20, "
	          "H200, GH200, B200, GB200, B300, GB300 and RTX PRO 4500 to 6000");
}

/* It would do on another GPU than those that the file speaks of. */
static void report_elsewhere(struct sf_lint *lint, const struct scope *scope,
                             const struct sf_product *product, const struct asked *asked)
{
	struct gpus all = {0};
	const struct sf_product *other;
	gpus_all(lint, &all);
	gpus_best(&all, asked->want, asked->n, &other);
	struct sf_lint_finding *finding = lint_at(lint, asked->source, place_of(asked, 0), 109);
	lint_say(lint, finding, "this is a layout of %s; the text speaks of %s", other->name,
	         gpus_names(lint, &scope->gpus));
	lint_mend(lint, finding, "%s has %s", product->name,
	          gpus_instead(lint, product, asked->want[0].profile));
}

/* Names that are accepted, but should not be relied on. */
static void report_aliases(struct sf_lint *lint, const struct sf_product *product,
                           const struct asked *asked)
{
	for (size_t i = 0; i < asked->n; i++) {
		enum alias alias;
		int row = gpus_profile(product, asked->want[i].profile, &alias);
		if (row < 0 || (alias != ALIAS_ROUNDED && alias != ALIAS_DRIVER)) {
			continue;
		}
		struct sf_lint_finding *finding = lint_at(lint, asked->source, place_of(asked, i),
		                                          alias == ALIAS_ROUNDED ? 105 : 106);
		lint_say(lint, finding, "%s is not what current drivers call it on %s",
		         asked->want[i].profile, product->name);
		lint_mend(lint, finding, "%s; `nvidia-smi mig -lgip` tells what yours calls it",
		          product->profile[row].name);
	}
}

/* Is it today's layout of some GPU, by its exact names? */
static bool is_exact_anywhere(const struct sf_lint *lint, const struct asked *asked)
{
	struct gpus all = {0};
	const struct sf_product *product;
	gpus_all(lint, &all);
	struct verdict verdict = gpus_best(&all, asked->want, asked->n, &product);
	return verdict.fit == FIT_OK && verdict.aliased == 0;
}

static bool fits_anywhere(const struct sf_lint *lint, const struct asked *asked)
{
	struct gpus all = {0};
	const struct sf_product *product;
	gpus_all(lint, &all);
	return gpus_best(&all, asked->want, asked->n, &product).fit == FIT_OK;
}

bool scope_judge(struct sf_lint *lint, const struct scope *scope, const struct asked *asked)
{
	const struct sf_product *product;
	struct verdict verdict = gpus_best(&scope->gpus, asked->want, asked->n, &product);
	if (verdict.fit == FIT_OK) {
		if (scope->certainty >= CERTAIN_NEAR || !is_exact_anywhere(lint, asked)) {
			report_aliases(lint, product, asked);
		}
		return false;
	}
	if (scope->certainty == CERTAIN_FAR && fits_anywhere(lint, asked)) {
		if (verdict.fit == FIT_NO_MIG) {
			return false;
		}
		report_elsewhere(lint, scope, product, asked);
		return true;
	}
	switch (verdict.fit) {
	case FIT_UNKNOWN:
		report_unknown(lint, scope, product, asked);
		break;
	case FIT_TOO_MANY:
		report_many(lint, product, asked, verdict.want);
		break;
	case FIT_CROWDED:
		report_crowded(lint, product, asked, verdict.want);
		break;
	case FIT_NO_MIG:
		report_no_mig(lint, scope, asked);
		break;
	case FIT_OK:
		break;
	}
	return true;
}

bool scope_judge_name(struct sf_lint *lint, const struct scope *scope, struct source *source,
                      struct place place, const char *profile)
{
	struct want want = {.profile = profile, .count = 1};
	struct asked asked = {.source = source, .place = place, .want = &want, .n = 1};
	return scope_judge(lint, scope, &asked);
}
