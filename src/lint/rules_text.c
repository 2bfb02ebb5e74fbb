/* rules_text: MIG profiles that prose, tables and comments name beside a GPU. */
// SPDX-License-Identifier: Apache-2.0
#include "rules.h"

#include "scope.h"

#include <slicefit/mig_parted.h>

#include <ctype.h>
#include <strings.h>

static size_t digits(const char *text, size_t len)
{
	size_t n = 0;
	while (n < len && isdigit((unsigned char)text[n])) {
		n++;
	}
	return n;
}

static bool follows(const char *text, size_t len, const char *word)
{
	size_t n = strlen(word);
	return n <= len && strncasecmp(text, word, n) == 0;
}

/* The length of "1g.10gb" or "1g.10gb+me" at the beginning of a text; 0: it begins otherwise. */
static size_t profile_length(const char *text, size_t len)
{
	if (digits(text, len) != 1 || text[0] == '0' || !follows(text + 1, len - 1, "g.")) {
		return 0;
	}
	size_t gigabytes = digits(text + 3, len - 3);
	size_t n = 3 + gigabytes;
	if (gigabytes == 0 || !follows(text + n, len - n, "gb")) {
		return 0;
	}
	n += 2;
	n += follows(text + n, len - n, "+me") ? 3 : 0;
	return n == len || !isalnum((unsigned char)text[n]) ? n : 0;
}

/* The same at a place in a line, where it must not be the end of another word. */
static size_t profile_at(const char *text, size_t len, size_t at)
{
	char before = at > 0 ? text[at - 1] : ' ';
	bool starts = !isalnum((unsigned char)before) && before != '.' && before != '-';
	return starts ? profile_length(text + at, len - at) : 0;
}

/* What is wrong on every GPU: a mend by those that the text around is about. */
static void report_nowhere(struct sf_lint *lint, struct source *source, struct place place,
                           const char *name)
{
	struct gpus near = {0};
	struct sf_lint_finding *finding = lint_at(lint, source, place, 110);
	scope_above(lint, source, place.line, &near);
	const struct sf_product *product = near.n > 0 ? near.at[0] : NULL;
	lint_say(lint, finding, "%s does not exist on any GPU", name);
	if (product != NULL && product->n_profiles > 0) {
		lint_mend(lint, finding, "%s has %s", product->name,
		          gpus_instead(lint, product, name));
	} else {
		lint_mend(lint, finding, "nearest: %s", gpus_nearest(lint, name));
	}
}

/* Wrong on every GPU that the line names; on every GPU at all where it names none. */
static void check_profile(struct sf_lint *lint, struct source *source, struct place place,
                          const char *name, const struct gpus *said)
{
	struct gpus all = {0};
	const struct sf_product *product;
	struct want want = {.profile = name, .count = 1};
	gpus_all(lint, &all);
	all.exact = false;
	bool somewhere = gpus_best(&all, &want, 1, &product).fit == FIT_OK;
	struct verdict verdict = gpus_best(said, &want, 1, &product);
	if (somewhere && (said->n == 0 || verdict.fit != FIT_UNKNOWN)) {
		return;
	}
	if (!somewhere) {
		report_nowhere(lint, source, place, name);
		return;
	}
	struct sf_lint_finding *finding = lint_at(lint, source, place, 110);
	lint_say(lint, finding, "%s does not exist on %s", name, gpus_names(lint, said));
	lint_mend(lint, finding, "%s has %s", product->name, gpus_instead(lint, product, name));
}

static void check_line(struct sf_lint *lint, struct source *source, uint32_t line, size_t begin)
{
	const char *text;
	struct gpus said = {0};
	size_t len = source_line(source, line, &text);
	if (memmem(text, len, "g.", 2) == NULL || source_denies(text, len)) {
		return;
	}
	gpus_in_text(lint, text, len, &said);
	for (size_t i = begin; i < len; i++) {
		size_t n = profile_at(text, len, i);
		if (n > 0) {
			struct place place = {line, (uint32_t)i + 1};
			check_profile(lint, source, place, lint_copy(lint, text + i, n), &said);
			i += n - 1;
		}
	}
}

/* Where the comment of a line begins; its length when it has none. */
static size_t comment_at(const struct source *source, uint32_t line)
{
	const char *text;
	size_t len = source_line(source, line, &text);
	size_t i = 0;
	while (i < len && !(text[i] == '#' && (i == 0 || text[i - 1] == ' '))) {
		i++;
	}
	return i;
}

void rules_text(struct sf_lint *lint)
{
	for (size_t i = 0; i < lint->n_sources; i++) {
		struct source *source = lint->source[i];
		for (size_t k = 0; k < source->n_segments; k++) {
			const struct segment *segment = &source->segment[k];
			for (uint32_t line = segment->first; line <= segment->last; line++) {
				bool prose = segment->kind == SEG_PROSE;
				check_line(lint, source, line,
				           prose ? 0 : comment_at(source, line));
			}
		}
	}
}
