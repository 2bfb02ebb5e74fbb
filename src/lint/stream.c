/* stream: a file taken apart into documents, those that are texts inside others, too. */
// SPDX-License-Identifier: Apache-2.0
#include "stream.h"

#include "command.h"
#include "kubectl.h"
#include "segment.h"
#include "unfold.h"

#include <slicefit/alloc.h>
#include <slicefit/error.h>
#include <slicefit/manifests.h>
#include <slicefit/nearest.h>

#include <ctype.h>

/* Part of a source that is read as YAML. */
struct part {
	struct source *source;
	const char *text;
	size_t len;
	uint32_t skipped;       /* lines of the source before it */
	uint32_t indent;        /* bytes in front of each line */
	const struct place *at; /* everything has this place (text without lines of its own) */
	const struct doc *outer;
	const char *map, *key;
};

static bool has_key(const struct sf_yaml *root, const char *const *keys)
{
	for (; *keys != NULL; keys++) {
		if (sf_yaml_get(root, *keys) != NULL) {
			return true;
		}
	}
	return false;
}

/* A file of mig-parted, also with the key mistyped, or a part of one. */
static bool is_parted(const struct sf_yaml *root)
{
	for (size_t i = 0; i < root->n; i++) {
		const struct sf_yaml *child = root->child[i];
		bool config = child->kind == SF_YAML_SEQUENCE && child->n > 0 &&
		              sf_yaml_get(child->child[0], "mig-enabled") != NULL;
		if (config || sf_nearest_close(child->key, "mig-configs")) {
			return true;
		}
	}
	return sf_yaml_get(root, "mig-enabled") != NULL;
}

static bool is_plugin(const struct sf_yaml *root)
{
	static const char *const keys[] = {"sharing", "timeSlicing", "mps", NULL};
	const struct sf_yaml *flags = sf_yaml_get(root, "flags");
	return has_key(root, keys) || sf_yaml_get(flags, "migStrategy") != NULL ||
	       (flags != NULL && sf_yaml_get(root, "version") != NULL);
}

static bool is_values(const struct sf_yaml *root)
{
	static const char *const keys[] = {
		"migManager", "devicePlugin", "dcgmExporter",       "migStrategy",
		"toolkit",    "gfd",          "nodeStatusExporter", NULL};
	return has_key(root, keys) || lint_get(root, "mig.strategy") != NULL ||
	       lint_get(root, "config.map") != NULL;
}

enum subject stream_subject(const struct sf_yaml *root)
{
	if (root->kind != SF_YAML_MAPPING) {
		return ABOUT_UNKNOWN;
	}
	bool object =
		lint_text_at(root, "kind") != NULL &&
		(sf_yaml_get(root, "apiVersion") != NULL || sf_yaml_get(root, "metadata") != NULL);
	if (object) {
		return ABOUT_OBJECT;
	}
	/* mig-configs beside flags or sharing: given to the device plugin, which has these. */
	bool plugin = is_plugin(root);
	bool both = plugin && sf_yaml_get(root, "mig-configs") != NULL;
	if (is_parted(root) && !both) {
		return ABOUT_PARTED;
	}
	if (plugin) {
		return ABOUT_PLUGIN;
	}
	return is_values(root) ? ABOUT_VALUES : ABOUT_UNKNOWN;
}

/* Moves a tree to where it is in the source; the deepest line is *last. */
static void move(struct sf_yaml *node, const struct part *part, uint32_t *last)
{
	if (part->at != NULL) {
		node->line = part->at->line;
		node->column = part->at->column;
		node->key_line = node->key != NULL ? node->line : 0;
		node->key_column = node->column;
	} else {
		node->column += part->indent;
		node->key_column += node->key != NULL ? part->indent : 0;
	}
	*last = node->line > *last ? node->line : *last;
	for (size_t i = 0; i < node->n; i++) {
		move(node->child[i], part, last);
	}
}

static size_t leading(const char *text, size_t len)
{
	size_t n = 0;
	while (n < len && text[n] == ' ') {
		n++;
	}
	return n;
}

/* The line above that is no comment and not blank, indented less than `in`; 0: none. */
static uint32_t line_above(const struct source *source, uint32_t line, size_t in, size_t *out)
{
	for (line--; line > 0; line--) {
		const char *text;
		size_t len = source_line(source, line, &text);
		*out = leading(text, len);
		if (*out < len && text[*out] != '#' && *out < in) {
			return line;
		}
	}
	return 0;
}

/* How to mend a line that is indented as nothing around it. */
static void mend_indent(struct sf_lint *lint, struct source *source, uint32_t line,
                        const char *fault, struct sf_lint_finding *finding)
{
	const char *text;
	const char *above;
	size_t out = 0;
	size_t len = source_line(source, line, &text);
	size_t in = leading(text, len);
	uint32_t before = line_above(source, line, SIZE_MAX, &out);
	size_t n = source_line(source, before, &above);
	bool value_above = n > 0 && above[n - 1] != ':' && memchr(above, ':', n) != NULL;
	if (in < len && text[in] == '\t') {
		lint_mend(lint, finding, "indent with spaces, not with tabs");
		return;
	}
	while (out + 2 < n && above[out] == '-' && above[out + 1] == ' ') {
		out += 2;
	}
	if (before > 0 && in > out && value_above) {
		lint_mend(lint, finding,
		          "this line is indented deeper than the one above, which has its value "
		          "already; begin it in column %zu",
		          out + 1);
		return;
	}
	/* A key where the items of a list stand: it belongs beside the list's own key. */
	before = strstr(fault, "expected '-'") != NULL ? line_above(source, line, in, &out) : 0;
	n = source_line(source, before, &above);
	if (before > 0 && n > 0 && above[n - 1] == ':') {
		lint_mend(lint, finding, "begin it in column %zu, as %.*s in line %u", out + 1,
		          (int)(n - out - 1), above + out, before);
		return;
	}
	lint_mend(lint, finding, "mend the indentation or the quotes here");
}

/* What is broken, told so that it can be found; templates are not ours to read. */
static void say_fault(struct sf_lint *lint, struct source *source, struct place place,
                      const char *text)
{
	struct sf_lint_finding *finding = lint_at(lint, source, place, 901);
	lint_say(lint, finding, "not readable as YAML: %s", text);
	mend_indent(lint, source, place.line, text, finding);
}

/* Go templates ("{{ .Values.x }}") make YAML only when they are filled in. */
static bool is_template(const struct part *part)
{
	for (size_t i = 0; i + 1 < part->len; i++) {
		if (part->text[i] == '{' && part->text[i + 1] == '{') {
			return true;
		}
	}
	return false;
}

/* An example that is cut short ("...") or has other text in it is no configuration. */
static bool is_about_gpus(const struct part *part)
{
	static const char *const words[] = {"limits:",     "nodeSelector:", "mig-configs",
	                                    "mig-devices", "timeSlicing",   "migStrategy",
	                                    "migManager",  "devicePlugin",  "sharing:"};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (memmem(part->text, part->len, words[i], strlen(words[i])) != NULL) {
			return true;
		}
	}
	return false;
}

static void report_fault(struct sf_lint *lint, const struct part *part,
                         const struct sf_manifest_fault *fault)
{
	struct place place = {fault->line > 0 ? fault->line : part->skipped + 1,
	                      fault->column > 0 ? fault->column + part->indent : 1};
	if (part->at != NULL) {
		place = *part->at;
	}
	if (is_template(part)) {
		struct sf_lint_finding *finding =
			lint_at(lint, part->source, (struct place){part->skipped + 1, 1}, 902);
		lint_say(lint, finding, "a template, not read: it is YAML only when filled in");
		lint_mend(lint, finding, "lint what `helm template` prints");
		return;
	}
	if (part->source->document && !is_about_gpus(part)) {
		return;
	}
	say_fault(lint, part->source, place, fault->text);
}

static void read_part(struct sf_lint *lint, const struct part *part);

/* A text inside a document: its lines are those of the source when it is a literal block. */
static void read_inner(void *ctx, const struct doc *doc, const struct unfolded *inner)
{
	struct sf_lint *lint = ctx;
	struct source *source = doc->source;
	const struct sf_yaml *node = inner->node;
	const char *line;
	size_t len = source_line(source, node->line, &line);
	struct place place = {node->line, node->column};
	struct part part = {
		.source = source,
		.text = node->text,
		.len = strlen(node->text),
		.outer = doc,
		.map = inner->map,
		.key = inner->key,
	};
	if (node->column <= len && line[node->column - 1] == '|') {
		size_t blank = strspn(node->text, "\n");
		const char *first = node->text + blank;
		const char *there;
		size_t n = source_line(source, node->line + 1 + (uint32_t)blank, &there);
		size_t in = leading(there, n);
		size_t own = strspn(first, " ");
		part.skipped = node->line;
		part.indent = (uint32_t)(in > own ? in - own : 0);
	} else {
		part.at = &place;
	}
	read_part(lint, &part);
}

static void add_doc(struct sf_lint *lint, const struct part *part, const struct sf_yaml *tree)
{
	if (part->source->documents == SF_LINT_DOCUMENTS_MAX) {
		return;
	}
	part->source->documents++;
	struct sf_yaml *root = lint_alloc(lint, 1, sizeof(*root));
	struct doc *doc = lint_alloc(lint, 1, sizeof(*doc));
	*root = *tree;
	*doc = (struct doc){
		.source = part->source,
		.root = root,
		.outer = part->outer,
		.map = part->map,
		.key = part->key,
	};
	move(root, part, &doc->last_line);
	doc->about = stream_subject(root);
	lint->doc = sf_xgrow(lint->doc, &lint->docs_cap, lint->n_docs + 1, sizeof(struct doc *));
	lint->doc[lint->n_docs++] = doc;
	unfold(doc, read_inner, lint);
}

static void read_part(struct sf_lint *lint, const struct part *part)
{
	struct sf_manifests *all = lint->manifests;
	size_t first = all->n;
	size_t fault = all->n_faults;
	size_t note = all->n_notes;
	struct sf_error err = {0};
	struct sf_manifests_text text = {
		.file = part->source->name,
		.text = part->text,
		.len = part->len,
		.skipped = part->skipped,
	};
	if (sf_manifests_add(all, &text, &err) != 0) {
		struct sf_lint_finding *finding =
			lint_at(lint, part->source, (struct place){part->skipped + 1, 1}, 903);
		lint_say(lint, finding, "%s", err.text);
		lint_mend(lint, finding, "split it");
		return;
	}
	size_t last = all->n;
	for (; fault < all->n_faults; fault++) {
		report_fault(lint, part, &all->fault[fault]);
	}
	for (; note < all->n_notes; note++) {
		const struct sf_manifest_fault *twice = &all->note[note];
		struct place place = {twice->line, twice->column + part->indent};
		struct sf_lint_finding *finding =
			lint_at(lint, part->source, part->at != NULL ? *part->at : place, 904);
		lint_say(lint, finding, "%s", twice->text);
		lint_mend(lint, finding, "keep one of them");
	}
	for (size_t i = first; i < last; i++) {
		add_doc(lint, part, all->item[i].tree);
	}
}

void stream_read_word(struct sf_lint *lint, struct source *source, const char *text,
                      struct place place)
{
	struct part part = {.source = source, .text = text, .len = strlen(text), .at = &place};
	read_part(lint, &part);
}

/* "...": something is left out of an example. */
static bool is_elided(const char *line, size_t len)
{
	static const char *const marks[] = {"...",   "\xe2\x80\xa6", "[...]",
	                                    "<...>", "# ...",        "- ..."};
	while (len > 0 && isspace((unsigned char)*line)) {
		line++;
		len--;
	}
	while (len > 0 && isspace((unsigned char)line[len - 1])) {
		len--;
	}
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (len == strlen(marks[i]) && memcmp(line, marks[i], len) == 0) {
			return true;
		}
	}
	return false;
}

/* The lines of an example without what is in front of them, and without those that stand for others. */
static char *cut_lines(struct sf_lint *lint, struct source *source, const struct segment *segment,
                       struct part *part)
{
	char *text = lint_alloc(lint, part->len + 2, 1);
	size_t len = 0;
	for (uint32_t i = segment->first; i <= segment->last; i++) {
		const char *line;
		size_t n = source_line(source, i, &line);
		size_t cut = 0;
		while (cut < segment->indent && cut < n &&
		       (isspace((unsigned char)line[cut]) || line[cut] == '>')) {
			cut++;
		}
		const char *mark = memmem(line, n, " // [!code", strlen(" // [!code"));
		n = mark != NULL ? (size_t)(mark - line) : n; /* a generator's, not the reader's */
		if (!is_elided(line, n)) {
			memcpy(text + len, line + cut, n - cut);
			len += n - cut;
		}
		text[len++] = '\n';
	}
	part->len = len - 1;
	return text;
}

static void read_segment(struct sf_lint *lint, struct source *source, const struct segment *segment)
{
	const char *begin;
	const char *end;
	source_line(source, segment->first, &begin);
	size_t tail = source_line(source, segment->last, &end);
	struct part part = {
		.source = source,
		.text = begin,
		.len = (size_t)(end - begin) + tail,
		.skipped = segment->first - 1,
		.indent = segment->indent,
	};
	if (segment->indent > 0 || source->document) {
		part.text = cut_lines(lint, source, segment, &part);
	}
	read_part(lint, &part);
}

void stream_read(struct sf_lint *lint, struct source *source)
{
	segment_source(source);
	for (size_t i = 0; i < source->n_segments; i++) {
		if (source->segment[i].kind == SEG_YAML) {
			read_segment(lint, source, &source->segment[i]);
		}
	}
	size_t first = lint->n_commands;
	command_read(lint, source);
	for (size_t last = lint->n_commands; first < last; first++) {
		kubectl_patches(lint, &lint->command[first]);
	}
}
