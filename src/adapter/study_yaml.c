/* study_yaml: study files. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/study_yaml.h>

#include <slicefit/arena.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/str.h>
#include <slicefit/yaml.h>

#include <string.h>
#include <sys/stat.h>

enum { FILE_MAX = 1 << 20 };
#define ARENA_LIMIT ((size_t)64 << 20)
#define TUNE_MAX    1000.0

static const char *const root_keys[] = {"schema", "name", "study", NULL};
static const char *const study_keys[] = {"trace", "nodes",    "pods", "tune",
                                         "seeds", "policies", NULL};

struct reader {
	const char *name;
	struct sf_study_file *out;
	struct sf_error *err;
};

static int fail(const struct reader *reader, const struct sf_yaml *node, const char *text)
{
	return sf_yaml_fail(node, reader->name, reader->err, "%s", text);
}

static int fail_memory(const struct reader *reader)
{
	return sf_fail(reader->err, SF_ENOMEM, "%s: too large", reader->name);
}

/* A path as seen from the file that names it. */
static int read_path(struct reader *reader, const struct sf_yaml *node, const char **out)
{
	const char *text;
	if (sf_yaml_str(node, reader->name, &text, reader->err) != 0) {
		return -1;
	}
	if (text[0] == '\0') {
		return fail(reader, node, "expected the path of a file");
	}
	const char *slash = strrchr(reader->name, '/');
	int folder = text[0] != '/' && slash ? (int)(slash + 1 - reader->name) : 0;
	*out = sf_arena_printf(reader->out->arena, "%.*s%s", folder, reader->name, text);
	return *out ? 0 : fail_memory(reader);
}

/* One path or a list of them. */
static int read_pods(struct reader *reader, const struct sf_yaml *node)
{
	struct sf_study_file *out = reader->out;
	if (node->kind == SF_YAML_SCALAR) {
		out->n_pods = 1;
		return read_path(reader, node, &out->pods[0]);
	}
	if (node->kind != SF_YAML_SEQUENCE || node->n == 0 || node->n > SF_STUDY_TRACES_MAX) {
		return sf_yaml_fail(node, reader->name, reader->err,
		                    "expected a list of 1 to %d files", SF_STUDY_TRACES_MAX);
	}
	for (size_t i = 0; i < node->n; i++) {
		if (read_path(reader, node->child[i], &out->pods[i]) != 0) {
			return -1;
		}
	}
	out->n_pods = node->n;
	return 0;
}

/* A scalar, or a list of scalars, as one text with commas. */
static int read_list(struct reader *reader, const struct sf_yaml *node, const char **out)
{
	const char *text = "";
	const char *item;
	if (node->kind == SF_YAML_MAPPING || (node->kind == SF_YAML_SEQUENCE && node->n == 0)) {
		return fail(reader, node, "expected a value or a list of values");
	}
	if (node->kind == SF_YAML_SCALAR) {
		text = sf_arena_strdup(reader->out->arena, node->text);
	}
	for (size_t i = 0; i < node->n && text; i++) {
		if (sf_yaml_str(node->child[i], reader->name, &item, reader->err) != 0) {
			return -1;
		}
		text = sf_arena_printf(reader->out->arena, "%s%s%s", text, i ? "," : "", item);
	}
	*out = text;
	return text ? 0 : fail_memory(reader);
}

static int read_trace(struct reader *reader, const struct sf_yaml *node)
{
	const char *text;
	if (sf_yaml_str(node, reader->name, &text, reader->err) != 0) {
		return -1;
	}
	return strcmp(text, "openb") == 0 ? 0 : fail(reader, node, "unknown trace, known: openb");
}

static int read_tune(struct reader *reader, const struct sf_yaml *node)
{
	reader->out->has_tune = true;
	return sf_yaml_real(node, reader->name, 0, TUNE_MAX, &reader->out->tune, reader->err);
}

static int read_nodes(struct reader *reader, const struct sf_yaml *node)
{
	return read_path(reader, node, &reader->out->nodes);
}

static int read_seeds(struct reader *reader, const struct sf_yaml *node)
{
	return read_list(reader, node, &reader->out->seeds);
}

static int read_policies(struct reader *reader, const struct sf_yaml *node)
{
	return read_list(reader, node, &reader->out->policies);
}

static int read_study(struct reader *reader, const struct sf_yaml *study)
{
	static const struct {
		const char *key;
		int (*read)(struct reader *reader, const struct sf_yaml *node);
	} members[] = {
		{"trace", read_trace}, {"nodes", read_nodes},       {"pods", read_pods},
		{"tune", read_tune},   {"policies", read_policies}, {"seeds", read_seeds},
	};
	if (!study || study->kind != SF_YAML_MAPPING) {
		return sf_fail(reader->err, SF_EINVAL, "%s: no study: expected a mapping",
		               reader->name);
	}
	if (sf_yaml_check_keys(study, reader->name, study_keys, reader->err) != 0) {
		return -1;
	}
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const struct sf_yaml *node = sf_yaml_get(study, members[i].key);
		if (node && members[i].read(reader, node) != 0) {
			return -1;
		}
	}
	return 0;
}

static int read_title(struct reader *reader, const struct sf_yaml *name)
{
	if (name) {
		const char *text;
		if (sf_yaml_str(name, reader->name, &text, reader->err) != 0) {
			return -1;
		}
		reader->out->title = sf_arena_strdup(reader->out->arena, text);
	} else {
		const char *slash = strrchr(reader->name, '/');
		const char *base = slash ? slash + 1 : reader->name;
		const char *dot = strrchr(base, '.');
		size_t len = dot && dot > base ? (size_t)(dot - base) : strlen(base);
		reader->out->title = sf_arena_strndup(reader->out->arena, base, len);
	}
	return reader->out->title ? 0 : fail_memory(reader);
}

static int read_root(struct reader *reader, const struct sf_yaml *root)
{
	if (root->kind != SF_YAML_MAPPING) {
		return fail(reader, root, "expected a mapping with the key study");
	}
	if (sf_yaml_check_keys(root, reader->name, root_keys, reader->err) != 0 ||
	    read_title(reader, sf_yaml_get(root, "name")) != 0) {
		return -1;
	}
	return read_study(reader, sf_yaml_get(root, "study"));
}

int sf_study_file_parse(const char *text, size_t len, const char *name, struct sf_study_file *out,
                        struct sf_error *err)
{
	struct reader reader = {name, out, err};
	out->arena = sf_arena_create(ARENA_LIMIT);
	const struct sf_yaml *root = sf_yaml_parse(text, len, name, out->arena, err);
	int rc = root ? read_root(&reader, root) : -1;
	if (rc != 0) {
		sf_study_file_finish(out);
	}
	return rc;
}

int sf_study_file_load(const char *path, struct sf_study_file *out, struct sf_error *err)
{
	struct sf_str text = {0};
	int rc = sf_file_read(path, FILE_MAX, &text, err);
	if (rc == 0) {
		rc = sf_study_file_parse(sf_str_get(&text), text.len, path, out, err);
	}
	sf_str_finish(&text);
	return rc;
}

bool sf_study_file_is(const char *path)
{
	static const char key[] = "study:";
	struct sf_str text = {0};
	struct stat st;
	bool found = false;
	/* What can be read only once is left to the one who really wants it. */
	if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    sf_file_read(path, FILE_MAX, &text, NULL) == 0) {
		const char *at = sf_str_get(&text);
		for (; at && !found; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL) {
			found = strncmp(at, key, sizeof(key) - 1) == 0;
		}
	}
	sf_str_finish(&text);
	return found;
}

void sf_study_file_finish(struct sf_study_file *file)
{
	sf_arena_destroy(file->arena);
	*file = (struct sf_study_file){0};
}
