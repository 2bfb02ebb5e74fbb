/* import_word: texts from outside that a scenario can hold as names, keys and values. */
// SPDX-License-Identifier: Apache-2.0
#include "import_impl.h"

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

bool sf_import_is_name(const char *text)
{
	return is_plain(text, NAME_MAX);
}

bool sf_import_is_key(const char *text)
{
	return is_word(text, KEY_MAX);
}

bool sf_import_is_value(const char *text)
{
	return *text == '\0' || is_word(text, VALUE_MAX);
}

bool sf_import_takes(struct sf_importer *imp, const struct sf_manifest *object)
{
	const struct sf_manifest *last =
		sf_import_find(imp, object->kind, object->space, object->name);
	if (!sf_import_is_name(object->name) ||
	    (*object->space != '\0' && !is_plain(object->space, SPACE_MAX))) {
		sf_import_count(imp, object->kind, "without a name that can be one, left out");
		return false;
	}
	if (last != NULL && last != object) {
		sf_import_count(imp, object->kind, "given more than once");
		return false;
	}
	return true;
}
