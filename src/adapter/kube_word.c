/* kube_word: texts from outside that can be names, keys and values. */
// SPDX-License-Identifier: Apache-2.0
#include "kube_word.h"

#include <stddef.h>
#include <string.h>

enum { NAME_MAX = 253, SPACE_MAX = 63, KEY_MAX = 317, VALUE_MAX = 63 };

/* 1 to `max` bytes, no control characters. */
static bool is_word(const char *text, size_t max)
{
	size_t len = strlen(text);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c < 0x20 || c == 0x7f) {
			return false;
		}
	}
	return len > 0 && len <= max;
}

/* As names of objects are made; longer ones and other letters come from no API server. */
static bool is_plain(const char *text, size_t max)
{
	static const char bytes[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
	size_t len = strlen(text);
	return len > 0 && len <= max && strspn(text, bytes) == len;
}

bool sf_kube_word_is_name(const char *text)
{
	return is_plain(text, NAME_MAX);
}

bool sf_kube_word_is_space(const char *text)
{
	return is_plain(text, SPACE_MAX);
}

bool sf_kube_word_is_key(const char *text)
{
	return is_word(text, KEY_MAX);
}

bool sf_kube_word_is_value(const char *text)
{
	return *text == '\0' || is_word(text, VALUE_MAX);
}

int sf_kube_word_find(const char *const *words, const char *word)
{
	for (int i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], word) == 0) {
			return i;
		}
	}
	return -1;
}
