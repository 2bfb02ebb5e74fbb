/* segment: which lines of a file are YAML, which are commands, which are prose. */
// SPDX-License-Identifier: Apache-2.0
#include "segment.h"

#include "blend.h"

#include <ctype.h>
#include <strings.h>

enum dialect { DIALECT_YAML, DIALECT_MARKDOWN, DIALECT_RST, DIALECT_SHELL };

static const struct {
	const char *suffix;
	enum dialect dialect;
} suffixes[] = {
	{".yaml", DIALECT_YAML},     {".yml", DIALECT_YAML},          {".json", DIALECT_YAML},
	{".md", DIALECT_MARKDOWN},   {".markdown", DIALECT_MARKDOWN}, {".mdx", DIALECT_MARKDOWN},
	{".adoc", DIALECT_MARKDOWN}, {".rst", DIALECT_RST},           {".sh", DIALECT_SHELL},
	{".bash", DIALECT_SHELL},
};

/* Words behind a fence that say what is in it. */
static const struct {
	const char *word;
	int kind; /* -1: neither */
} languages[] = {
	{"yaml", SEG_YAML},
	{"yml", SEG_YAML},
	{"json", SEG_YAML},
	{"bash", SEG_COMMANDS},
	{"sh", SEG_COMMANDS},
	{"shell", SEG_COMMANDS},
	{"zsh", SEG_COMMANDS},
	{"console", SEG_COMMANDS},
	{"shell-session", SEG_COMMANDS},
	{"text", SEG_COMMANDS},
	{"txt", SEG_COMMANDS},
	{"terminal", SEG_COMMANDS},
	{"shellsession", SEG_COMMANDS},
	{"session", SEG_COMMANDS},
};

/* Lines that begin a file of Kubernetes or NVIDIA: an example that does not say what it is. */
static bool looks_like_yaml(const struct source *source, uint32_t first, uint32_t last)
{
	static const char *const heads[] = {
		"apiVersion:",  "kind:",       "mig-configs:",  "sharing:",  "version: v1",
		"timeSlicing:", "migManager:", "devicePlugin:", "mig:",      "{\"apiVersion\"",
		"spec:",        "resources:",  "nodeSelector:", "metadata:", "- devices:"};
	for (uint32_t i = first; i <= last; i++) {
		const char *text;
		size_t len = source_line(source, i, &text);
		size_t skip = line_blanks(text, len);
		for (size_t k = 0; k < sizeof(heads) / sizeof(heads[0]); k++) {
			if (line_begins(text + skip, len - skip, heads[k])) {
				return true;
			}
		}
		if (len > skip && text[skip] != '#' && text[skip] != '-') {
			return false;
		}
	}
	return false;
}

static int language(const char *word, size_t len)
{
	for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++) {
		if (len == strlen(languages[i].word) &&
		    strncasecmp(word, languages[i].word, len) == 0) {
			return languages[i].kind;
		}
	}
	return -1;
}

/* "$ cat <<EOF > x.yaml" in what is marked as YAML. */
static bool has_commands(const struct source *source, uint32_t first, uint32_t last)
{
	for (uint32_t i = first; i <= last; i++) {
		char word[64];
		const char *text;
		size_t len = source_line(source, i, &text);
		size_t skip = line_blanks(text, len);
		if (line_begins(text + skip, len - skip, "$ ") ||
		    blend_here_word(text, len, word, sizeof(word)) > 0) {
			return true;
		}
	}
	return false;
}

static void add_example(struct source *source, int kind, uint32_t first, uint32_t last,
                        uint32_t indent)
{
	if (first > last) {
		return;
	}
	if (kind == SEG_YAML && has_commands(source, first, last)) {
		blend_commands(source, first, last, indent);
		return;
	}
	if ((kind == SEG_COMMANDS || kind == -2) && looks_like_yaml(source, first, last)) {
		kind = SEG_YAML;
	}
	if (kind == SEG_COMMANDS || kind == -2) {
		blend_commands(source, first, last, indent);
	} else if (kind == SEG_YAML) {
		blend_yaml(source, first, last, indent);
	}
}

/* ``` or ~~~ (Markdown), ---- (AsciiDoc): how many marks, and which. */
static size_t fence(const char *text, size_t len, char *mark)
{
	size_t n = 0;
	if (len > 0 && (text[0] == '`' || text[0] == '~' || text[0] == '-')) {
		*mark = text[0];
		while (n < len && text[n] == text[0]) {
			n++;
		}
	}
	return n >= 3 && (*mark != '-' || n == len) ? n : 0;
}

/* What the words behind the fence, or the line "[source,yaml]" before it, say; -2: nothing. */
static int fence_kind(const struct source *source, uint32_t line, const char *rest, size_t len)
{
	size_t skip = line_blanks(rest, len);
	rest += skip;
	len -= skip;
	if (len > 0 && *rest == '{') {
		rest++;
		len--;
	}
	size_t word = 0;
	while (word < len && (isalnum((unsigned char)rest[word]) || rest[word] == '-')) {
		word++;
	}
	if (word > 0) {
		return language(rest, word);
	}
	const char *before;
	size_t n = source_line(source, line - 1, &before);
	static const char head[] = "[source,";
	if (n > sizeof(head) && line_begins(before, n, head)) {
		before += strlen(head);
		return language(before, strcspn(before, ",]%\n"));
	}
	return -2;
}

static void split_markdown(struct source *source)
{
	uint32_t last = (uint32_t)source->n_lines;
	uint32_t begin = 1;
	bool adoc = source->len > 0 && strstr(source->text, "\n[source,") != NULL;
	for (uint32_t i = 1; i <= last; i++) {
		const char *text;
		char mark = 0;
		char other = 0;
		size_t len = source_line(source, i, &text);
		size_t skip = line_margin(text, len);
		size_t marks = fence(text + skip, len - skip, &mark);
		if (marks == 0 || (mark == '-' && (!adoc || i == 1))) {
			continue;
		}
		int kind = fence_kind(source, i, text + skip + marks, len - skip - marks);
		segment_add(source, SEG_PROSE, begin, i - 1, 0);
		uint32_t end = i + 1;
		for (; end <= last; end++) {
			const char *line;
			size_t n = source_line(source, end, &line);
			size_t in = line_margin(line, n);
			size_t closing = fence(line + in, n - in, &other);
			if (closing >= marks && other == mark &&
			    line_blanks(line + in + closing, n - in - closing) ==
			            n - in - closing) {
				break;
			}
		}
		add_example(source, kind, i + 1, end - 1, (uint32_t)skip);
		begin = end + 1;
		i = end;
	}
	segment_add(source, SEG_PROSE, begin, last, 0);
}

/* The lines that are indented deeper than the directive; *indent of the first that is not blank. */
static uint32_t rst_block_end(const struct source *source, uint32_t first, size_t outer,
                              uint32_t *indent)
{
	uint32_t end = first;
	*indent = 0;
	for (uint32_t i = first; i <= source->n_lines; i++) {
		const char *text;
		size_t len = source_line(source, i, &text);
		size_t skip = line_blanks(text, len);
		if (skip == len) {
			continue;
		}
		if (skip <= outer) {
			break;
		}
		if (*indent == 0 && text[skip] != ':') {
			*indent = (uint32_t)skip;
		}
		end = i + 1;
	}
	return end;
}

/* Directive options (":emphasize-lines: 3") and blank lines in front of the block. */
static uint32_t rst_skip_options(const struct source *source, uint32_t first, uint32_t end)
{
	while (first < end) {
		const char *text;
		size_t len = source_line(source, first, &text);
		size_t skip = line_blanks(text, len);
		if (skip < len && text[skip] != ':') {
			break;
		}
		first++;
	}
	return first;
}

static void split_rst(struct source *source)
{
	static const char *const directives[] = {
		".. code-block::", ".. code::", ".. sourcecode::", ".. highlight::"};
	uint32_t begin = 1;
	for (uint32_t i = 1; i <= source->n_lines; i++) {
		const char *text;
		size_t len = source_line(source, i, &text);
		size_t skip = line_blanks(text, len);
		for (size_t k = 0; k < 3; k++) {
			size_t n = strlen(directives[k]);
			if (!line_begins(text + skip, len - skip, directives[k])) {
				continue;
			}
			const char *word = text + skip + n;
			size_t gap = line_blanks(word, len - skip - n);
			int kind = len == skip + n + gap
			                   ? -2
			                   : language(word + gap, len - skip - n - gap);
			uint32_t indent;
			uint32_t end = rst_block_end(source, i + 1, skip, &indent);
			uint32_t first = rst_skip_options(source, i + 1, end);
			segment_add(source, SEG_PROSE, begin, i - 1, 0);
			add_example(source, kind, first, end - 1, indent);
			begin = end;
			i = end - 1;
			break;
		}
	}
	segment_add(source, SEG_PROSE, begin, (uint32_t)source->n_lines, 0);
}

static enum dialect sniff(const struct source *source)
{
	if (line_begins(source->text, source->len, "#!")) {
		return DIALECT_SHELL;
	}
	if (strstr(source->text, "\n```") != NULL ||
	    line_begins(source->text, source->len, "```")) {
		return DIALECT_MARKDOWN;
	}
	if (strstr(source->text, "\n.. code-block::") != NULL) {
		return DIALECT_RST;
	}
	const char *command = strstr(source->text, "nvidia-smi ");
	bool commands = command != NULL || strstr(source->text, "kubectl ") != NULL ||
	                strstr(source->text, "helm ") != NULL;
	return commands && strstr(source->text, "apiVersion:") == NULL ? DIALECT_SHELL
	                                                               : DIALECT_YAML;
}

static enum dialect dialect_of(const struct source *source)
{
	size_t len = strlen(source->name);
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		size_t n = strlen(suffixes[i].suffix);
		if (len > n && strcasecmp(source->name + len - n, suffixes[i].suffix) == 0) {
			return suffixes[i].dialect;
		}
	}
	return sniff(source);
}

void segment_source(struct source *source)
{
	switch (dialect_of(source)) {
	case DIALECT_YAML:
		segment_add(source, SEG_YAML, 1, (uint32_t)source->n_lines, 0);
		break;
	case DIALECT_MARKDOWN:
		source->document = true;
		split_markdown(source);
		break;
	case DIALECT_RST:
		source->document = true;
		split_rst(source);
		break;
	case DIALECT_SHELL:
		blend_commands(source, 1, (uint32_t)source->n_lines, 0);
		break;
	}
}
