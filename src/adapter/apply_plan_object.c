/* apply_plan_object: the files that a roll-out names: objects to apply, and the operator's patch. */
// SPDX-License-Identifier: Apache-2.0
#include "apply_plan_read.h"

#include "yaml_json.h"

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/str.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* A ConfigMap holds at most 1 MiB (kubernetes.io, "ConfigMaps"). */
enum { OBJECT_BYTES_MAX = 2 << 20 };

/* A file beside rollout.json: no other folder. */
static int read_beside(const struct sf_apply_reader *reader, const struct sf_yaml *map,
                       const char *key, const char **path, struct sf_str *text)
{
	const char *name;
	if (sf_apply_text(reader, map, key, &name) < 0) {
		return -1;
	}
	if (*name == '\0' || *name == '.' || strchr(name, '/') != NULL) {
		return sf_yaml_fail(sf_yaml_get(map, key), reader->file, reader->err,
		                    "'%s': expected the name of a file in this folder", name);
	}
	*path = sf_arena_printf(reader->arena, "%s/%s", reader->dir, name);
	if (*path == NULL) {
		return sf_fail(reader->err, SF_ENOMEM, "%s: too much to hold in memory",
		               reader->file);
	}
	return sf_file_read(*path, OBJECT_BYTES_MAX, text, reader->err);
}

/* The file as JSON text. */
static int take_document(const struct sf_apply_reader *reader, const char *path,
                         const struct sf_str *text, const char **json, const struct sf_yaml **root)
{
	*root = sf_yaml_parse(sf_str_get(text), text->len, path, reader->arena, reader->err);
	if (*root == NULL) {
		return -1;
	}
	if ((*root)->kind != SF_YAML_MAPPING) {
		return sf_yaml_fail(*root, path, reader->err, "no object");
	}
	json_t *doc = sf_yaml_to_json(*root);
	char *printed = json_dumps(doc, JSON_COMPACT);
	*json = printed != NULL ? sf_arena_strdup(reader->arena, printed) : NULL;
	free(printed);
	json_decref(doc);
	return *json != NULL
	               ? 0
	               : sf_fail(reader->err, SF_EINVAL, "%s: no text in UTF-8, or too much", path);
}

/* What the file is has to be what the roll-out says. */
static int check_same(const struct sf_apply_reader *reader, const struct sf_apply_object *object,
                      const struct sf_yaml *map, const char *key, const char *want)
{
	const struct sf_yaml *node = map != NULL ? sf_yaml_get(map, key) : NULL;
	const char *got = node != NULL && node->text != NULL ? node->text : "";
	if (strcmp(got, want != NULL ? want : "") == 0) {
		return 0;
	}
	return sf_fail(reader->err, SF_EINVAL, "%s: %s '%s' is not the '%s' of %s", object->file,
	               key, got, want != NULL ? want : "", reader->file);
}

static int read_object(const struct sf_apply_reader *reader, const struct sf_yaml *map,
                       struct sf_apply_object *object, struct sf_str *text)
{
	const struct sf_yaml *root;
	if (sf_apply_text(reader, map, "kind", &object->kind) < 0 ||
	    sf_apply_text(reader, map, "namespace", &object->space) < 0 ||
	    sf_apply_text(reader, map, "name", &object->name) < 0 ||
	    read_beside(reader, map, "path", &object->file, text) < 0 ||
	    take_document(reader, object->file, text, &object->json, &root) < 0) {
		return -1;
	}
	if (strcmp(object->kind, "ConfigMap") != 0) {
		return sf_yaml_fail(sf_yaml_get(map, "kind"), reader->file, reader->err,
		                    "kind '%s' is not ConfigMap", object->kind);
	}
	const struct sf_yaml *meta = sf_yaml_get(root, "metadata");
	meta = meta != NULL && meta->kind == SF_YAML_MAPPING ? meta : NULL;
	object->api_version = "v1";
	return check_same(reader, object, root, "apiVersion", object->api_version) < 0 ||
	                       check_same(reader, object, root, "kind", object->kind) < 0 ||
	                       check_same(reader, object, meta, "namespace", object->space) < 0 ||
	                       check_same(reader, object, meta, "name", object->name) < 0
	               ? -1
	               : 0;
}

static int read_files(const struct sf_apply_reader *reader, const struct sf_yaml *root,
                      struct sf_apply_plan *out, struct sf_str *text)
{
	const struct sf_yaml *files;
	if (sf_apply_child(reader, root, "files", SF_YAML_SEQUENCE, &files) < 0) {
		return -1;
	}
	size_t n = files != NULL ? files->n : 0;
	out->object = sf_apply_array(reader, n, sizeof(*out->object));
	for (size_t i = 0; i < n && out->object != NULL; i++) {
		text->len = 0;
		if (files->child[i]->kind != SF_YAML_MAPPING) {
			return sf_yaml_fail(files->child[i], reader->file, reader->err,
			                    "an entry of 'files' is no object");
		}
		if (read_object(reader, files->child[i], &out->object[i], text) < 0) {
			return -1;
		}
	}
	out->n_objects = n;
	return out->object != NULL ? 0 : -1;
}

static int read_operator(const struct sf_apply_reader *reader, const struct sf_yaml *root,
                         struct sf_apply_plan *out, struct sf_str *text)
{
	const struct sf_yaml *map, *patch;
	text->len = 0;
	if (sf_apply_child(reader, root, "operator", SF_YAML_MAPPING, &map) < 0) {
		return -1;
	}
	if (map == NULL) {
		return 0;
	}
	struct sf_apply_object *object = sf_apply_array(reader, 1, sizeof(*object));
	if (object == NULL || sf_apply_text(reader, map, "api_version", &object->api_version) < 0 ||
	    sf_apply_text(reader, map, "kind", &object->kind) < 0 ||
	    sf_apply_text(reader, map, "name", &object->name) < 0 ||
	    read_beside(reader, map, "patch_file", &object->file, text) < 0 ||
	    take_document(reader, object->file, text, &object->json, &patch) < 0) {
		return -1;
	}
	if (strcmp(object->api_version, "nvidia.com/v1") != 0 ||
	    strcmp(object->kind, "ClusterPolicy") != 0) {
		return sf_yaml_fail(map, reader->file, reader->err,
		                    "%s of %s is not ClusterPolicy of nvidia.com/v1", object->kind,
		                    object->api_version);
	}
	out->policy = object;
	return 0;
}

int sf_apply_read_objects(const struct sf_apply_reader *reader, const struct sf_yaml *root,
                          struct sf_apply_plan *out)
{
	struct sf_str text = {0};
	int rc = read_files(reader, root, out, &text) < 0 ||
	                         read_operator(reader, root, out, &text) < 0
	                 ? -1
	                 : 0;
	sf_str_finish(&text);
	return rc;
}
