/* yaml_show: a tree on one line. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/yaml.h>

#include <slicefit/str.h>

/* As JSON writes a string. */
static void show_quoted(const char *text, struct sf_str *out)
{
	sf_str_append(out, "\"");
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		if (c == '"' || c == '\\') {
			sf_str_printf(out, "\\%c", c);
		} else if (c < 0x20) {
			sf_str_printf(out, "\\u%04x", c);
		} else {
			sf_str_append_n(out, text, 1);
		}
	}
	sf_str_append(out, "\"");
}

/* The depth is limited by the reader. */
void sf_yaml_show(const struct sf_yaml *node, struct sf_str *out)
{
	if (node->kind == SF_YAML_SCALAR) {
		if (node->quoted) {
			show_quoted(node->text, out);
		} else {
			sf_str_append(out, node->text);
		}
		return;
	}
	bool mapping = node->kind == SF_YAML_MAPPING;
	sf_str_append(out, mapping ? "{" : "[");
	for (size_t i = 0; i < node->n; i++) {
		sf_str_append(out, i > 0 ? ", " : "");
		if (mapping) {
			sf_str_printf(out, "%s: ", node->child[i]->key);
		}
		sf_yaml_show(node->child[i], out);
	}
	sf_str_append(out, mapping ? "}" : "]");
}
