/* blend: examples in which commands and YAML stand one between the other. */
// SPDX-License-Identifier: Apache-2.0
#include "blend.h"

#include <slicefit/alloc.h>

#include <ctype.h>

size_t line_blanks(const char *text, size_t len)
{
	size_t n = 0;
	while (n < len && (text[n] == ' ' || text[n] == '\t')) {
		n++;
	}
	return n;
}

size_t line_margin(const char *text, size_t len)
{
	size_t n = 0;
	while (n < len && (text[n] == ' ' || text[n] == '\t' || text[n] == '>')) {
		n++;
	}
	return n;
}

bool line_begins(const char *text, size_t len, const char *word)
{
	size_t n = strlen(word);
	return len >= n && memcmp(text, word, n) == 0;
}

void segment_add(struct source *source, int kind, uint32_t first, uint32_t last, uint32_t indent)
{
	if (last < first) {
		return;
	}
	source->segment = sf_xgrow(source->segment, &source->segments_cap, source->n_segments + 1,
	                           sizeof(*source->segment));
	struct segment *segment = &source->segment[source->n_segments++];
	*segment = (struct segment){.first = first, .last = last, .indent = indent};
	segment->kind = kind == SEG_YAML       ? SEG_YAML
	                : kind == SEG_COMMANDS ? SEG_COMMANDS
	                                       : SEG_PROSE;
}

size_t blend_here_word(const char *text, size_t len, char *word, size_t cap)
{
	for (size_t i = 0; i + 2 < len; i++) {
		if (text[i] != '<' || text[i + 1] != '<' || text[i + 2] == '<') {
			continue;
		}
		i += 2;
		i += i < len && text[i] == '-';
		i += line_blanks(text + i, len - i);
		i += i < len && (text[i] == '\'' || text[i] == '"' || text[i] == '\\');
		size_t n = 0;
		while (i + n < len && n + 1 < cap &&
		       (isalnum((unsigned char)text[i + n]) || text[i + n] == '_')) {
			word[n] = text[i + n];
			n++;
		}
		word[n] = '\0';
		return n;
	}
	return 0;
}

/* Does a command begin here? Of those that stand among the YAML of examples. */
static bool is_command(const char *text, size_t len)
{
	static const char *const tools[] = {"kubectl ", "oc ",     "helm ", "nvidia-smi ",
	                                    "sudo ",    "docker ", "curl ", "nvidia-mig-parted "};
	size_t prompt = line_begins(text, len, "$ ") ? 2 : 0;
	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		if (line_begins(text + prompt, len - prompt, tools[i])) {
			return true;
		}
	}
	return false;
}

/* The last line of the command that begins on this one: a backslash or an open quote goes on. */
static uint32_t command_end(const struct source *source, uint32_t line, uint32_t last)
{
	bool quoted = false;
	for (; line < last; line++) {
		const char *text;
		size_t len = source_line(source, line, &text);
		for (size_t i = 0; i < len; i++) {
			quoted = quoted != (text[i] == '\'');
		}
		if (!quoted && (len == 0 || text[len - 1] != '\\')) {
			break;
		}
	}
	return line;
}

void blend_yaml(struct source *source, uint32_t first, uint32_t last, uint32_t indent)
{
	uint32_t begin = first;
	for (uint32_t i = first; i <= last; i++) {
		const char *text;
		size_t len = source_line(source, i, &text);
		size_t skip = line_blanks(text, len);
		if (skip > indent || !is_command(text + skip, len - skip)) {
			continue;
		}
		uint32_t end = command_end(source, i, last);
		segment_add(source, SEG_YAML, begin, i - 1, indent);
		segment_add(source, SEG_COMMANDS, i, end, indent);
		begin = end + 1;
		i = end;
	}
	segment_add(source, SEG_YAML, begin, last, indent);
}

/* A line that an object may have: anything but a command, deeper or with a colon. */
static bool may_be_yaml(const char *text, size_t len, size_t indent)
{
	size_t skip = line_blanks(text, len);
	return skip == len || skip > indent || text[skip] == '#' || text[skip] == '-' ||
	       (memchr(text, ':', len) != NULL && !is_command(text + skip, len - skip));
}

/* Commands of a document with an object between them, as it is. */
static void add_commands(struct source *source, uint32_t first, uint32_t last, uint32_t indent)
{
	static const char head[] = "apiVersion: ";
	uint32_t begin = first;
	for (uint32_t i = first; source->document && i <= last; i++) {
		const char *text;
		size_t len = source_line(source, i, &text);
		size_t skip = line_blanks(text, len);
		uint32_t end = i;
		if (skip != indent || !line_begins(text + skip, len - skip, head)) {
			continue;
		}
		for (; end < last; end++) {
			len = source_line(source, end + 1, &text);
			if (!may_be_yaml(text, len, indent)) {
				break;
			}
		}
		segment_add(source, SEG_COMMANDS, begin, i - 1, indent);
		segment_add(source, SEG_YAML, i, end, indent);
		begin = end + 1;
		i = end;
	}
	segment_add(source, SEG_COMMANDS, begin, last, indent);
}

void blend_commands(struct source *source, uint32_t first, uint32_t last, uint32_t indent)
{
	uint32_t begin = first;
	for (uint32_t i = first; i <= last; i++) {
		char word[64];
		const char *text;
		size_t len = source_line(source, i, &text);
		size_t n = blend_here_word(text, len, word, sizeof(word));
		if (n == 0) {
			continue;
		}
		uint32_t end = i + 1;
		for (; end <= last; end++) {
			len = source_line(source, end, &text);
			size_t skip = line_blanks(text, len);
			if (len - skip == n && memcmp(text + skip, word, n) == 0) {
				break;
			}
		}
		if (end > last) {
			continue;
		}
		add_commands(source, begin, i, indent);
		segment_add(source, SEG_YAML, i + 1, end - 1, indent);
		begin = end + 1;
		i = end;
	}
	add_commands(source, begin, last, indent);
}
