/* rules_cgi: which GPU instances `nvidia-smi mig -cgi` is told to create. */
// SPDX-License-Identifier: Apache-2.0
#include "rules.h"

#include "command.h"
#include "scope.h"
#include "told.h"

#include <slicefit/mig.h>
#include <slicefit/str.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* What -cgi is given. */
struct items {
	size_t n;
	const char *text[WANTS_MAX];
	size_t numbers; /* how many are ids */
	bool variable;  /* a shell's variable or a placeholder is in it */
};

static void split(struct sf_lint *lint, const char *list, struct items *out)
{
	*out = (struct items){.variable = strpbrk(list, "$<{`*[") != NULL ||
	                                  !isdigit((unsigned char)list[strspn(list, "MIGmig ")])};
	while (*list != '\0' && out->n < WANTS_MAX) {
		size_t n = strcspn(list, ",");
		size_t name = strcspn(list, ",:");
		size_t skip = name > 4 && strncasecmp(list, "MIG ", 4) == 0 ? 4 : 0;
		if (name > skip) {
			char *text = lint_copy(lint, list + skip, name - skip);
			out->numbers += strspn(text, "0123456789") == strlen(text);
			out->text[out->n++] = text;
		}
		list += n + (list[n] == ',');
	}
}

static bool is_number(const char *text)
{
	return *text != '\0' && strspn(text, "0123456789") == strlen(text);
}

/* The row that an id or a name means on a GPU, or -1. */
static int row_of(const struct sf_product *product, const char *item)
{
	if (!is_number(item)) {
		return gpus_profile(product, item, NULL);
	}
	for (int i = 0; i < product->n_profiles; i++) {
		if (product->profile[i].id >= 0 &&
		    product->profile[i].id == strtol(item, NULL, 10)) {
			return i;
		}
	}
	return -1;
}

enum outcome { MADE, OUT_OF_ORDER, TOO_MUCH, NO_SUCH, NO_MIG };

/* What a GPU that is empty makes of the list, one after the other. */
static enum outcome create(const struct sf_product *product, const struct items *items, size_t *at)
{
	uint8_t rows[WANTS_MAX];
	struct sf_mig_geometry geometry = {0};
	struct sf_mig_layout layout = {0};
	if (!product->mig_capable) {
		return NO_MIG;
	}
	if (!product->placeable) {
		return product->n_profiles == 0 ? MADE : NO_SUCH;
	}
	for (*at = 0; *at < items->n; (*at)++) {
		int row = row_of(product, items->text[*at]);
		if (row < 0) {
			return NO_SUCH;
		}
		rows[*at] = (uint8_t)row;
		geometry.count[row]++;
	}
	*at = sf_mig_create(product, &layout, rows, items->n);
	if (*at == items->n) {
		return MADE;
	}
	return sf_mig_pack(product, &geometry, &layout) ? OUT_OF_ORDER : TOO_MUCH;
}

/* The id of the first row with so many slices, plain. */
static const struct sf_profile *plain_row(const struct sf_product *product, int g)
{
	for (int i = 0; i < product->n_profiles; i++) {
		const struct sf_profile *row = &product->profile[i];
		if (row->g == g && sf_profile_is_plain(row)) {
			return row;
		}
	}
	return NULL;
}

static bool all_alike(const struct items *items)
{
	for (size_t i = 1; i < items->n; i++) {
		if (!same(items->text[i], items->text[0])) {
			return false;
		}
	}
	return true;
}

/* "19,19,19": n times the same. */
static const char *repeat_text(struct sf_lint *lint, const char *item, size_t n)
{
	struct sf_str text = {0};
	for (size_t i = 0; i < n; i++) {
		sf_str_printf(&text, "%s%s", i > 0 ? "," : "", item);
	}
	const char *copy = lint_copy(lint, sf_str_get(&text), text.len);
	sf_str_finish(&text);
	return copy;
}

static const char *repeat(struct sf_lint *lint, int id, size_t n)
{
	char item[16];
	snprintf(item, sizeof(item), "%d", id);
	return repeat_text(lint, item, n);
}

/* One profile too often. An id may be meant as another profile; who writes the name means it. */
static void report_too_often(struct sf_lint *lint, const struct sf_product *product,
                             const struct items *items, const char *comment,
                             struct sf_lint_finding *finding)
{
	char said[24];
	const char *item = items->text[0];
	const struct sf_profile *profile = &product->profile[row_of(product, item)];
	const struct sf_profile *small = plain_row(product, 1);
	if (!is_number(item)) {
		lint_say(lint, finding,
		         "%s holds at most %d x %s: the rest gets Insufficient Resources",
		         product->name, profile->max, item);
		lint_mend(lint, finding, "-cgi %s", repeat_text(lint, item, profile->max));
		return;
	}
	lint_say(lint, finding,
	         "id %s is %s on %s, at most %d: the rest gets Insufficient Resources", item,
	         profile->name, product->name, profile->max);
	bool meant = told_slices(comment, said, sizeof(said)) == profile->g;
	if (small != NULL && items->n <= small->max && profile->g > 1 && !meant) {
		lint_mend(lint, finding, "for %zu instances take %s, id %d: -cgi %s", items->n,
		          small->name, small->id, repeat(lint, small->id, items->n));
	} else {
		lint_mend(lint, finding, "-cgi %s", repeat(lint, profile->id, profile->max));
	}
}

static void report_too_much(struct sf_lint *lint, const struct sf_product *product,
                            const struct items *items, const struct word *word,
                            const struct command *command)
{
	size_t at;
	create(product, items, &at);
	int failing = row_of(product, items->text[at < items->n ? at : items->n - 1]);
	struct sf_lint_finding *finding = lint_at(lint, command->source, word->place, 201);
	if (all_alike(items)) {
		report_too_often(lint, product, items, command->comment, finding);
		return;
	}
	struct want want[WANTS_MAX];
	size_t n = 0;
	for (size_t i = 0; i < items->n; i++) {
		const char *name = product->profile[row_of(product, items->text[i])].name;
		size_t k = 0;
		while (k < n && !same(want[k].profile, name)) {
			k++;
		}
		if (k == n) {
			want[n++] = (struct want){.profile = name};
		}
		want[k].count++;
	}
	lint_say(lint, finding,
	         "these do not fit on one %s: number %zu (%s) gets Insufficient Resources",
	         product->name, at + 1, product->profile[failing].name);
	lint_mend(lint, finding, "%s", gpus_most(lint, product, want, n));
}

/* The GPU of the scope that has most of the items. */
static const struct sf_product *most_known(const struct scope *scope, const struct items *items)
{
	const struct sf_product *product = NULL;
	size_t best = 0;
	for (size_t i = 0; i < scope->gpus.n; i++) {
		size_t known = 0;
		for (size_t k = 0; k < items->n; k++) {
			known += row_of(scope->gpus.at[i], items->text[k]) >= 0;
		}
		if (product == NULL || known > best) {
			product = scope->gpus.at[i];
			best = known;
		}
	}
	return product;
}

static void report_no_name(struct sf_lint *lint, const struct scope *scope,
                           const struct sf_product *product, const char *item,
                           const struct asked *asked)
{
	if (scope_judge(lint, scope, asked)) {
		return;
	}
	struct sf_lint_finding *finding = lint_at(lint, asked->source, asked->place, 101);
	lint_say(lint, finding, "no GPU has all of these profiles: %s", item);
	lint_mend(lint, finding, "%s has %s", product->name, gpus_instead(lint, product, item));
}

/* 0,1,2,3: numbers of instances, not ids. */
static bool counts_up(const struct items *items)
{
	for (size_t i = 0; i < items->n; i++) {
		if (strtol(items->text[i], NULL, 10) != (long)i) {
			return false;
		}
	}
	return items->n > 2;
}

/* "19 is 1g.5gb, 14 is 2g.10gb": the plain profiles of a GPU. */
static const char *plain_ids(struct sf_lint *lint, const struct sf_product *product)
{
	struct sf_str ids = {0};
	for (int i = 0; i < product->n_profiles; i++) {
		const struct sf_profile *row = &product->profile[i];
		if (sf_profile_is_plain(row)) {
			sf_str_printf(&ids, "%s%d is %s", ids.len > 0 ? ", " : "", row->id,
			              row->name);
		}
	}
	const char *copy = lint_copy(lint, sf_str_get(&ids), ids.len);
	sf_str_finish(&ids);
	return copy;
}

static void report_no_id(struct sf_lint *lint, const struct scope *scope,
                         const struct sf_product *product, const char *item,
                         const struct items *items, const struct asked *asked)
{
	/* NVML's enumeration, as in nvml.h (NVML_GPU_INSTANCE_PROFILE_*), is no list of ids. */
	enum { NVML_PROFILES = 8 };
	bool nvml = strtol(item, NULL, 10) < NVML_PROFILES;
	const struct sf_profile *small = plain_row(product, 1);
	struct sf_lint_finding *finding = lint_at(lint, asked->source, asked->place, 203);
	lint_say(lint, finding, "%s is no profile id of %s%s", item,
	         scope->certainty == CERTAIN_NOT ? "any GPU that is known"
	                                         : gpus_names(lint, &scope->gpus),
	         nvml ? " (it may be a number of NVML's, which are others)" : "");
	if (counts_up(items) && small != NULL && items->n <= small->max) {
		lint_mend(lint, finding, "for %zu instances take %s, id %d: -cgi %s", items->n,
		          small->name, small->id, repeat(lint, small->id, items->n));
	} else {
		lint_mend(lint, finding, "on %s %s", product->name, plain_ids(lint, product));
	}
}

static void report_no_such(struct sf_lint *lint, const struct scope *scope,
                           const struct items *items, const struct word *word,
                           struct source *source)
{
	bool guess = scope->certainty == CERTAIN_NOT && items->numbers == items->n;
	const struct sf_product *product = guess ? scope->gpus.at[0] : most_known(scope, items);
	const char *item = items->text[0];
	for (size_t k = items->n; k > 0; k--) {
		item = row_of(product, items->text[k - 1]) < 0 ? items->text[k - 1] : item;
	}
	struct want want = {.profile = item, .count = 1};
	struct asked asked = {source, word->place, &want, 1};
	if (!is_number(item)) {
		report_no_name(lint, scope, product, item, &asked);
	} else if (items->numbers == items->n) {
		report_no_id(lint, scope, product, item, items, &asked);
	} else {
		struct sf_lint_finding *finding = lint_at(lint, source, word->place, 207);
		lint_say(lint, finding,
		         "-cgi takes a list of profiles, not id,name,count: %s is no id", item);
		lint_mend(lint, finding, "write each instance once: -cgi %s", items->text[0]);
	}
}

static int compare_rows(const void *a, const void *b)
{
	const struct sf_profile *const *one = a;
	const struct sf_profile *const *two = b;
	return (*two)->g != (*one)->g ? (*two)->g - (*one)->g : (*two)->size - (*one)->size;
}

static void report_order(struct sf_lint *lint, const struct sf_product *product,
                         const struct items *items, const struct word *word, struct source *source)
{
	const struct sf_profile *row[WANTS_MAX];
	struct sf_str list = {0};
	size_t at;
	create(product, items, &at);
	for (size_t i = 0; i < items->n; i++) {
		row[i] = &product->profile[row_of(product, items->text[i])];
	}
	qsort(row, items->n, sizeof(row[0]), compare_rows);
	for (size_t i = 0; i < items->n; i++) {
		sf_str_append(&list, i > 0 ? "," : "");
		if (is_number(items->text[0])) {
			sf_str_printf(&list, "%d", row[i]->id);
		} else {
			sf_str_append(&list, row[i]->name);
		}
	}
	struct sf_lint_finding *finding = lint_at(lint, source, word->place, 208);
	lint_say(lint, finding,
	         "in this order number %zu (%s) finds no room: the small ones before it take the "
	         "half it needs",
	         at + 1, items->text[at]);
	lint_mend(lint, finding, "the largest first: -cgi %s", sf_str_get(&list));
	sf_str_finish(&list);
}

static void check_count(struct sf_lint *lint, const struct command *command,
                        const struct items *items, const struct word *word)
{
	long n = told_count(command->comment);
	if (items->n != 1 || n <= 1 || command->loop) {
		return;
	}
	struct sf_str list = {0};
	for (long i = 0; i < n; i++) {
		sf_str_printf(&list, "%s%s", i > 0 ? "," : "", items->text[0]);
	}
	struct sf_lint_finding *finding = lint_at(lint, command->source, word->place, 202);
	lint_say(lint, finding, "-cgi %s creates one instance, not %ld", items->text[0], n);
	lint_mend(lint, finding, "name it once for each: -cgi %s", sf_str_get(&list));
	sf_str_finish(&list);
}

/* The comment says 3g.20gb, the id makes 2g.10gb. */
static void check_said(struct sf_lint *lint, const struct command *command,
                       const struct scope *scope, const struct items *items,
                       const struct word *word)
{
	char name[24];
	long g = told_slices(command->comment, name, sizeof(name));
	const struct sf_product *seen = NULL;
	int most = 0;
	if (g == 0 || !all_alike(items) || !is_number(items->text[0])) {
		return;
	}
	for (size_t i = 0; i < scope->gpus.n; i++) {
		int row = row_of(scope->gpus.at[i], items->text[0]);
		if (row >= 0 && scope->gpus.at[i]->profile[row].g == g) {
			return;
		}
		int said = gpus_profile(scope->gpus.at[i], name, NULL);
		if (row >= 0 && said >= 0 && scope->gpus.at[i]->profile[said].max > most) {
			seen = scope->gpus.at[i];
			most = seen->profile[said].max;
		}
	}
	if (seen == NULL) {
		return;
	}
	struct sf_lint_finding *finding = lint_at(lint, command->source, word->place, 211);
	lint_say(lint, finding, "id %s is %s on %s, not %s", items->text[0],
	         seen->profile[row_of(seen, items->text[0])].name, seen->name, name);
	lint_mend(lint, finding, "%s is id %d", seen->profile[gpus_profile(seen, name, NULL)].name,
	          seen->profile[gpus_profile(seen, name, NULL)].id);
}

/* The comment names a profile: of the GPUs that may be meant, those that have it are. */
static void narrow(const char *comment, struct scope *scope)
{
	char name[24];
	struct gpus having = {0};
	if (scope->certainty >= CERTAIN_NEAR || told_slices(comment, name, sizeof(name)) == 0) {
		return;
	}
	for (size_t i = 0; i < scope->gpus.n; i++) {
		if (gpus_profile(scope->gpus.at[i], name, NULL) >= 0) {
			gpus_add(&having, scope->gpus.at[i]);
		}
	}
	if (having.n > 0) {
		having.exact = scope->gpus.exact;
		scope->gpus = having;
	}
}

/* What the GPU that comes nearest makes of the list. */
static enum outcome best_of(const struct scope *scope, const struct items *items,
                            const struct sf_product **product)
{
	enum outcome best = NO_MIG;
	*product = scope->gpus.at[0];
	for (size_t i = 0; i < scope->gpus.n; i++) {
		size_t ignored;
		enum outcome one = create(scope->gpus.at[i], items, &ignored);
		if (one < best) {
			best = one;
			*product = scope->gpus.at[i];
		}
	}
	return best;
}

void rules_cgi(struct sf_lint *lint, const struct command *command, size_t at, const char *list)
{
	struct items items;
	struct scope scope;
	const struct word *word = &command->word[at];
	split(lint, list, &items);
	if (items.variable || items.n == 0) {
		return;
	}
	scope_find(lint, command->source, word->place.line, word->place.line, command->comment,
	           &scope);
	narrow(command->comment, &scope);
	const struct sf_product *product;
	enum outcome best = best_of(&scope, &items, &product);
	struct want none = {.profile = "", .count = 0};
	struct asked asked = {command->source, word->place, &none, 0};
	switch (best) {
	case MADE:
		check_said(lint, command, &scope, &items, word);
		break;
	case OUT_OF_ORDER:
		report_order(lint, product, &items, word, command->source);
		break;
	case TOO_MUCH:
		report_too_much(lint, product, &items, word, command);
		break;
	case NO_SUCH:
		report_no_such(lint, &scope, &items, word, command->source);
		break;
	case NO_MIG:
		scope.certainty = CERTAIN_NEAR;
		scope_judge(lint, &scope, &asked);
		return;
	}
	if (command->inline_code) {
		return;
	}
	check_count(lint, command, &items, word);
	if (!command_has(command, "-C", "--default-compute-instance") &&
	    !command_group_has(lint, command, 1, "-cci", "--create-compute-instance")) {
		struct sf_lint_finding *finding = lint_at(lint, command->source, word->place, 209);
		lint_say(lint, finding,
		         "a GPU instance without a compute instance is no device yet");
		lint_mend(lint, finding, "add -C, or create them with nvidia-smi mig -cci");
	}
}
