/* command: the commands of scripts and documents, by their words. */
// SPDX-License-Identifier: Apache-2.0
#include "command.h"

#include <slicefit/alloc.h>
#include <slicefit/str.h>

#include <ctype.h>
#include <stdlib.h>

enum { WORDS_MAX = 256, COMMANDS_MAX = 20000 };

/* Reads words over lines that end in a backslash. */
struct reader {
	struct sf_lint *lint;
	struct source *source;
	uint32_t line, last;
	const char *text; /* of the line */
	size_t len, at;
	uint32_t shift; /* columns in front of `text` */
	struct word word[WORDS_MAX];
	size_t n;
	size_t group;
	bool loop;
	const char *before; /* the comment or echo before this command */
	bool inline_code;
};

/* Words of the shell that begin no command of their own: what was said before them is said of what
 * they hold. */
static bool is_shell_word(struct reader *reader)
{
	static const char *const words[] = {"for", "while", "do", "done", "if", "then", "seq"};
	const char *text = reader->word[0].text;
	reader->loop = same(text, "do") || (reader->loop && !same(text, "done"));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (same(text, words[i])) {
			return reader->n == 1 || !same(text, "do");
		}
	}
	return false;
}

/* A tool by its path, in a unit of systemd too: "/usr/bin/nvidia-smi", "ExecStart=-/usr/bin/nvidia-smi". */
static const char *without_path(const char *text)
{
	static const char *const tools[] = {"nvidia-smi", "nvidia-mig-parted", "kubectl", "helm"};
	const char *slash = strrchr(text, '/');
	bool path = text[0] == '/' || strncmp(text, "Exec", 4) == 0;
	for (size_t i = 0; slash != NULL && path && i < sizeof(tools) / sizeof(tools[0]); i++) {
		if (same(slash + 1, tools[i])) {
			return slash + 1;
		}
	}
	return text;
}

static void flush(struct reader *reader, const char *comment)
{
	struct sf_lint *lint = reader->lint;
	for (size_t i = 0; i < reader->n; i++) {
		reader->word[i].text = without_path(reader->word[i].text);
	}
	if (reader->n == 0 || lint->n_commands == COMMANDS_MAX || is_shell_word(reader)) {
		reader->n = 0;
		return;
	}
	lint->command = sf_xgrow(lint->command, &lint->commands_cap, lint->n_commands + 1,
	                         sizeof(*lint->command));
	struct command *command = &lint->command[lint->n_commands++];
	*command = (struct command){
		.source = reader->source,
		.word = lint_alloc(lint, reader->n, sizeof(struct word)),
		.n = reader->n,
		.comment = *comment != '\0' ? comment : reader->before,
		.group = reader->group,
		.loop = reader->loop,
		.inline_code = reader->inline_code,
	};
	memcpy(command->word, reader->word, reader->n * sizeof(struct word));
	reader->before = "";
	if (same(reader->word[0].text, "echo")) {
		struct sf_str said = {0};
		for (size_t i = 1; i < reader->n; i++) {
			sf_str_printf(&said, "%s ", reader->word[i].text);
		}
		reader->before = lint_copy(lint, sf_str_get(&said), said.len);
		sf_str_finish(&said);
	}
	reader->n = 0;
}

/* The next line, when the one at hand ends in a backslash or in the midst of quotes. */
static bool next_line(struct reader *reader)
{
	if (reader->line >= reader->last) {
		return false;
	}
	reader->line++;
	reader->len = source_line(reader->source, reader->line, &reader->text);
	reader->at = 0;
	return true;
}

/* What is quoted, to the closing quote; over lines. */
static void take_quoted(struct reader *reader, struct sf_str *out)
{
	char quote = reader->text[reader->at++];
	for (;;) {
		while (reader->at < reader->len && reader->text[reader->at] != quote) {
			char c = reader->text[reader->at];
			if (c == '\\' && quote == '"' && reader->at + 1 < reader->len) {
				c = reader->text[++reader->at];
			}
			sf_str_append_n(out, &c, 1);
			reader->at++;
		}
		if (reader->at < reader->len || !next_line(reader)) {
			break;
		}
		sf_str_append(out, "\n");
	}
	reader->at += reader->at < reader->len;
}

static void take_word(struct reader *reader)
{
	struct sf_str text = {0};
	struct place place = {reader->line, (uint32_t)reader->at + 1};
	while (reader->at < reader->len) {
		char c = reader->text[reader->at];
		if (isspace((unsigned char)c) || strchr(";|&()", c) != NULL) {
			break;
		}
		if (c == '"' || c == '\'') {
			take_quoted(reader, &text);
			continue;
		}
		if (c == '\\') {
			if (reader->at + 1 >= reader->len) {
				break;
			}
			c = reader->text[++reader->at];
		}
		sf_str_append_n(&text, &c, 1);
		reader->at++;
	}
	if (reader->n < WORDS_MAX) {
		reader->word[reader->n++] = (struct word){
			.text = lint_copy(reader->lint, sf_str_get(&text), text.len),
			.place = place,
		};
	}
	sf_str_finish(&text);
}

/* "user@host:~$" and "[root@host]#": the length of such a word, or 0. */
static size_t host_prompt(const char *text, size_t len)
{
	size_t n = 0;
	while (n < len && !isspace((unsigned char)text[n])) {
		n++;
	}
	bool ends = n > 2 && (text[n - 1] == '$' || text[n - 1] == '#');
	return ends && memchr(text, '@', n) != NULL ? n : 0;
}

/* A prompt: "$ ", "# " before a command, "user@host:~$ ". */
static void skip_prompt(struct reader *reader)
{
	static const char root[] = "# nvidia-smi ";
	while (reader->at < reader->len && isspace((unsigned char)reader->text[reader->at])) {
		reader->at++;
	}
	const char *rest = reader->text + reader->at;
	size_t len = reader->len - reader->at;
	bool mark = len > 2 && rest[1] == ' ' && strchr("$%>", rest[0]) != NULL;
	bool told = reader->source->document && len > sizeof(root) &&
	            memcmp(rest, root, strlen(root)) == 0;
	reader->at += mark || told ? 2 : host_prompt(rest, len);
}

/* One line and those that continue it. */
static void read_line(struct reader *reader)
{
	reader->len = source_line(reader->source, reader->line, &reader->text);
	reader->at = 0;
	skip_prompt(reader);
	const char *comment = "";
	bool blank = reader->at == reader->len;
	while (reader->at < reader->len) {
		char c = reader->text[reader->at];
		if (c == '#') {
			const char *said = reader->text + reader->at;
			comment = lint_copy(reader->lint, said, reader->len - reader->at);
			break;
		}
		if (c == '\\' && reader->at + 1 == reader->len) {
			if (!next_line(reader)) {
				break;
			}
		} else if (strchr(";|&()", c) != NULL) {
			flush(reader, "");
			reader->at++;
		} else if (isspace((unsigned char)c)) {
			reader->at++;
		} else {
			take_word(reader);
		}
	}
	if (reader->n > 0) {
		flush(reader, comment);
	} else if (!blank) {
		reader->before = comment;
	}
}

/* "args: ['nvidia-smi mig -cgi 9']" and lines of scripts in block text. */
static void read_yaml_line(struct reader *reader)
{
	const char *text;
	size_t len = source_line(reader->source, reader->line, &text);
	const char *at = memmem(text, len, "nvidia-smi ", 11);
	const char *hash = memchr(text, '#', len);
	if (at == NULL || (hash != NULL && hash < at)) {
		return;
	}
	size_t n = 0;
	size_t room = len - (size_t)(at - text);
	while (n < room && strchr("\"'`]};&|", at[n]) == NULL) {
		n++;
	}
	reader->text = text;
	reader->at = (size_t)(at - text);
	reader->len = reader->at + n;
	while (reader->at < reader->len) {
		if (isspace((unsigned char)reader->text[reader->at])) {
			reader->at++;
		} else if (strchr("\\#()", reader->text[reader->at]) != NULL) {
			break;
		} else {
			take_word(reader);
		}
	}
	flush(reader, "");
}

/* Is it a command of ours, all of it? */
static bool is_tool(const char *text, size_t len)
{
	static const char *const tools[] = {"nvidia-smi ",    "sudo nvidia-smi ", "kubectl label ",
	                                    "kubectl patch ", "oc label ",        "helm "};
	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		size_t n = strlen(tools[i]);
		if (len > n && memcmp(text, tools[i], n) == 0) {
			return true;
		}
	}
	return false;
}

/* The words of what is quoted in prose; the whole line is what is said of it. */
static void read_inline(struct reader *reader, size_t begin, size_t end, const char *said)
{
	reader->at = begin;
	reader->len = end;
	while (reader->at < end && !strchr("\\#;|&()", reader->text[reader->at])) {
		if (isspace((unsigned char)reader->text[reader->at])) {
			reader->at++;
		} else {
			take_word(reader);
		}
	}
	flush(reader, said);
}

/* The next part of a line between backquotes, one or more, from *at on; false when there is none. */
static bool next_quoted(const char *text, size_t len, size_t *at, size_t *begin, size_t *end)
{
	const char *open = *at < len ? memchr(text + *at, '`', len - *at) : NULL;
	if (open == NULL) {
		return false;
	}
	*begin = (size_t)(open - text);
	while (*begin < len && text[*begin] == '`') {
		++*begin;
	}
	const char *close = *begin < len ? memchr(text + *begin, '`', len - *begin) : NULL;
	*end = close != NULL ? (size_t)(close - text) : len;
	*at = *end;
	while (*at < len && text[*at] == '`') {
		++*at;
	}
	return close != NULL;
}

/* `nvidia-smi mig -cgi 19` in a sentence or in a table; what the sentence denies is no mistake. */
static void read_prose_line(struct reader *reader)
{
	const char *text;
	const char *said = NULL;
	size_t len = source_line(reader->source, reader->line, &text);
	size_t at = 0;
	size_t begin;
	size_t end;
	while (next_quoted(text, len, &at, &begin, &end)) {
		begin += end - begin > 2 && memcmp(text + begin, "$ ", 2) == 0 ? 2 : 0;
		if (!is_tool(text + begin, end - begin) || source_denies(text, len)) {
			continue;
		}
		said = said != NULL ? said : lint_copy(reader->lint, text, len);
		reader->text = text;
		read_inline(reader, begin, end, said);
	}
}

void command_read(struct sf_lint *lint, struct source *source)
{
	struct reader reader = {.lint = lint, .source = source, .before = ""};
	for (size_t i = 0; i < source->n_segments; i++) {
		const struct segment *segment = &source->segment[i];
		reader.last = segment->last;
		reader.group =
			source->document ? source->number * 100000 + i : source->number * 100000;
		reader.inline_code = segment->kind == SEG_PROSE;
		for (reader.line = segment->first; reader.line <= segment->last; reader.line++) {
			if (segment->kind == SEG_COMMANDS) {
				read_line(&reader);
			} else if (segment->kind == SEG_YAML) {
				read_yaml_line(&reader);
			} else {
				read_prose_line(&reader);
			}
		}
	}
}

size_t command_find(const struct command *command, const char *word)
{
	size_t i = 0;
	while (i < command->n && !same(command->word[i].text, word)) {
		i++;
	}
	return i;
}

const char *command_value(const struct command *command, size_t *i, const char *brief,
                          const char *full)
{
	const char *text = command->word[*i].text;
	size_t n = strlen(full);
	if (strncmp(text, full, n) == 0 && text[n] == '=') {
		return text + n + 1;
	}
	size_t b = brief != NULL ? strlen(brief) : 0;
	if (b > 0 && strncmp(text, brief, b) == 0 && text[b] == '=') {
		return text + b + 1;
	}
	if (*i + 1 < command->n && (same(text, full) || (b > 0 && same(text, brief)))) {
		return command->word[++*i].text;
	}
	return NULL;
}

bool command_has(const struct command *command, const char *brief, const char *full)
{
	return command_find(command, brief) < command->n ||
	       command_find(command, full) < command->n;
}

bool command_group_has(const struct sf_lint *lint, const struct command *command, int from,
                       const char *brief, const char *full)
{
	enum { AROUND = 200 };
	size_t at = (size_t)(command - lint->command);
	size_t end = at + AROUND < lint->n_commands ? at + AROUND : lint->n_commands;
	for (size_t i = at > AROUND ? at - AROUND : 0; i < end; i++) {
		bool wanted = from > 0 ? i > at : from < 0 ? i < at : i != at;
		wanted = wanted && !command->inline_code;
		if (wanted && lint->command[i].group == command->group &&
		    command_has(&lint->command[i], brief, full)) {
			return true;
		}
	}
	return false;
}
