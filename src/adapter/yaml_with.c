/* yaml_with: a tree with one value replaced; what stays the same is shared with the old tree. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/yaml.h>

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/map.h>
#include <slicefit/nearest.h>
#include <slicefit/str.h>

#include <string.h>

enum { NAMES_SHOWN = 8 };

struct edit {
	const char *path; /* whole, for messages */
	const struct sf_yaml *value;
	struct sf_arena *arena;
	struct sf_error *err;
};

static struct sf_yaml *set(const struct edit *edit, const struct sf_yaml *node, const char *path);

static void *fail_memory(const struct edit *edit)
{
	sf_fail(edit->err, SF_ENOMEM, "'%.80s': needs more memory than it may use", edit->path);
	return NULL;
}

static const char *given_name(const struct sf_yaml *entry)
{
	const struct sf_yaml *name = sf_yaml_get(entry, "name");
	return name != NULL && name->kind == SF_YAML_SCALAR ? name->text : NULL;
}

/* What readers call entry `i` without a name of its own: "pool-3" for the third of `pools`, or,
 * where another entry was given that name, so many entries further. */
static const char *default_name(const struct edit *edit, const struct sf_yaml *list,
                                const struct sf_map *given, size_t i)
{
	const char *key = list->key != NULL ? list->key : "";
	size_t len = strlen(key);
	const char *name;
	uint32_t entry;
	len -= len > 0 && key[len - 1] == 's';
	do {
		name = sf_arena_printf(edit->arena, "%.*s-%zu", (int)len, key, i + 1);
		i += list->n;
	} while (name != NULL && sf_map_get(given, name, &entry));
	return name;
}

static void name_entries(const struct edit *edit, const struct sf_yaml *list, const char **name)
{
	struct sf_map given = {0};
	for (size_t i = 0; i < list->n; i++) {
		name[i] = given_name(list->child[i]);
		if (name[i] != NULL) {
			sf_map_set(&given, name[i], (uint32_t)i);
		}
	}
	for (size_t i = 0; i < list->n; i++) {
		name[i] = name[i] != NULL ? name[i] : default_name(edit, list, &given, i);
	}
	sf_map_finish(&given);
}

/* What the children are called, NULL at the end; NULL when memory ran out. */
static const char **name_children(const struct edit *edit, const struct sf_yaml *node)
{
	const char **name = sf_arena_array(edit->arena, node->n + 1, sizeof(*name));
	if (name == NULL) {
		return NULL;
	}
	if (node->kind == SF_YAML_SEQUENCE) {
		name_entries(edit, node, name);
	}
	for (size_t i = 0; i < node->n; i++) {
		name[i] = node->kind == SF_YAML_MAPPING ? node->child[i]->key : name[i];
		if (name[i] == NULL) {
			return NULL;
		}
	}
	return name;
}

/* The child the path goes to, and what follows its name. Names may have dots in them (1g.10gb):
 * the longest that matches counts. node->n when none does. */
static size_t find_child(const struct sf_yaml *node, const char *const *name, const char *path,
                         const char **rest)
{
	size_t found = node->n;
	size_t longest = 0;
	for (size_t i = 0; i < node->n; i++) {
		size_t len = strlen(name[i]);
		if (len > longest && strncmp(path, name[i], len) == 0 &&
		    (path[len] == '.' || path[len] == '\0')) {
			found = i;
			longest = len;
			*rest = path + len + (path[len] == '.');
		}
	}
	return found;
}

/* "pools has no 't5', did you mean 't4'?"; returns NULL. */
static struct sf_yaml *fail_missing(const struct edit *edit, const char *const *name,
                                    const char *path)
{
	size_t before = (size_t)(path - edit->path);
	char *word = sf_arena_strndup(edit->arena, path, strcspn(path, "."));
	if (word == NULL) {
		return fail_memory(edit);
	}
	struct sf_str text = {0};
	sf_str_printf(&text, "%.*s has no '%.40s'", before > 0 ? (int)before - 1 : 8,
	              before > 0 ? edit->path : "the file", word);
	const char *near = sf_nearest_find(word, name);
	if (near != NULL) {
		sf_str_printf(&text, ", did you mean '%.40s'?", near);
	} else {
		for (size_t i = 0; name[i] != NULL && i < NAMES_SHOWN; i++) {
			sf_str_printf(&text, "%s%.40s", i > 0 ? ", " : " (known: ", name[i]);
		}
		sf_str_append(&text, name[0] == NULL ? "" : ")");
	}
	sf_fail(edit->err, SF_ENOENT, "%s", sf_str_get(&text));
	sf_str_finish(&text);
	return NULL;
}

static struct sf_yaml *copy_node(const struct edit *edit, const struct sf_yaml *node, size_t room)
{
	struct sf_yaml *copy = sf_arena_alloc(edit->arena, sizeof(*copy));
	struct sf_yaml **child = sf_arena_array(edit->arena, node->n + room, sizeof(*child));
	if (copy == NULL || child == NULL) {
		return fail_memory(edit);
	}
	*copy = *node;
	copy->child = child;
	if (node->n > 0) {
		memcpy(child, node->child, node->n * sizeof(*child));
	}
	return copy;
}

/* Gives the whole value one place. */
static struct sf_yaml *place_value(const struct edit *edit, const struct sf_yaml *value,
                                   const struct sf_yaml *place)
{
	struct sf_yaml *copy = copy_node(edit, value, 1);
	if (copy == NULL) {
		return NULL;
	}
	copy->line = copy->key_line = place->line;
	copy->column = copy->key_column = place->column;
	for (size_t i = 0; i < copy->n; i++) {
		copy->child[i] = place_value(edit, value->child[i], place);
		if (copy->child[i] == NULL) {
			return NULL;
		}
	}
	return copy;
}

/* The new value where `old` was: messages about it name the place in the old file. */
static struct sf_yaml *put_value(const struct edit *edit, const struct sf_yaml *old)
{
	struct sf_yaml *copy = place_value(edit, edit->value, old);
	if (copy != NULL) {
		copy->key = old->key;
		copy->key_line = old->key_line;
		copy->key_column = old->key_column;
	}
	return copy;
}

/* A key that was left to its default. It gets the place of the mapping. */
static struct sf_yaml *add_key(const struct edit *edit, const struct sf_yaml *node, const char *key)
{
	struct sf_yaml *copy = copy_node(edit, node, 1);
	struct sf_yaml place = *node;
	place.key = sf_arena_strdup(edit->arena, key);
	place.key_line = node->line;
	place.key_column = node->column;
	if (copy == NULL || place.key == NULL) {
		return fail_memory(edit);
	}
	struct sf_yaml *value = put_value(edit, &place);
	copy->child[copy->n++] = value;
	return value != NULL ? copy : NULL;
}

static struct sf_yaml *set_every(const struct edit *edit, const struct sf_yaml *list,
                                 const char *path)
{
	struct sf_yaml *copy = copy_node(edit, list, 1);
	for (size_t i = 0; copy != NULL && i < list->n; i++) {
		copy->child[i] = set(edit, list->child[i], path);
		copy = copy->child[i] != NULL ? copy : NULL;
	}
	return copy;
}

static struct sf_yaml *set_child(const struct edit *edit, const struct sf_yaml *node,
                                 const char *path)
{
	const char *rest = NULL;
	const char **name = name_children(edit, node);
	if (name == NULL) {
		return fail_memory(edit);
	}
	size_t i = find_child(node, name, path, &rest);
	if (i < node->n) {
		struct sf_yaml *copy = copy_node(edit, node, 1);
		struct sf_yaml *child = set(edit, node->child[i], rest);
		if (copy == NULL || child == NULL) {
			return NULL;
		}
		copy->child[i] = child;
		return copy;
	}
	if (node->kind == SF_YAML_MAPPING && strchr(path, '.') == NULL) {
		return add_key(edit, node, path);
	}
	return fail_missing(edit, name, path);
}

/* The depth is that of the tree, which the reader has limited. */
static struct sf_yaml *set(const struct edit *edit, const struct sf_yaml *node, const char *path)
{
	if (*path == '\0') {
		return put_value(edit, node);
	}
	if (node->kind == SF_YAML_SCALAR) {
		sf_fail(edit->err, SF_EINVAL, "%.*s is a single value without '%.40s'",
		        (int)(path - edit->path) - 1, edit->path, path);
		return NULL;
	}
	if (node->kind == SF_YAML_SEQUENCE && strncmp(path, "*.", 2) == 0) {
		return set_every(edit, node, path + 2);
	}
	return set_child(edit, node, path);
}

const struct sf_yaml *sf_yaml_with(const struct sf_yaml *root, const char *path,
                                   const struct sf_yaml *value, struct sf_arena *arena,
                                   struct sf_error *err)
{
	struct edit edit = {.path = path, .value = value, .arena = arena, .err = err};
	if (*path == '\0' || *path == '.' || path[strlen(path) - 1] == '.' ||
	    strstr(path, "..") != NULL) {
		sf_fail(err, SF_EINVAL, "'%.80s' is no path; write it like pools.t4.nodes", path);
		return NULL;
	}
	return set(&edit, root, path);
}
