/* lint_files: the files that `slicefit lint` is given. */
// SPDX-License-Identifier: Apache-2.0
#include "lint_files.h"

#include <slicefit/alloc.h>
#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/lint.h>
#include <slicefit/str.h>

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { DEPTH_MAX = 32 };

static int add_file(struct sf_lint *lint, const char *path, struct sf_error *err)
{
	struct sf_str text = {0};
	int rc = sf_file_read(path, SF_LINT_BYTES_MAX, &text, err);
	if (rc == 0) {
		const char *name = strcmp(path, "-") == 0 ? "<stdin>" : path;
		rc = sf_lint_add(lint, name, sf_str_get(&text), text.len, err);
	}
	sf_str_finish(&text);
	return rc;
}

/* In a directory, files of other kinds are nobody's mistake. */
static bool is_wanted(const char *name)
{
	static const char *const suffixes[] = {".yaml", ".yml", ".json", ".md",   ".markdown",
	                                       ".mdx",  ".rst", ".sh",   ".bash", ".adoc"};
	size_t len = strlen(name);
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		size_t n = strlen(suffixes[i]);
		if (len > n && strcasecmp(name + len - n, suffixes[i]) == 0) {
			return true;
		}
	}
	return false;
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_directory(struct sf_lint *lint, const char *path, int depth, struct sf_error *err)
{
	struct dirent **entry = NULL;
	int rc = 0;
	if (depth > DEPTH_MAX) {
		return sf_fail(err, SF_ELIMIT, "%s: deeper than %d directories", path, DEPTH_MAX);
	}
	int n = scandir(path, &entry, is_visible, by_bytes);
	if (n < 0) {
		return sf_fail(err, SF_EIO, "%s: %s", path, strerror(errno));
	}
	for (int i = 0; i < n; i++) {
		struct stat status;
		struct sf_str inner = {0};
		bool slash = path[strlen(path) - 1] == '/';
		sf_str_printf(&inner, "%s%s%s", path, slash ? "" : "/", entry[i]->d_name);
		/* Links in a tree may lead round in circles. */
		if (rc == 0 && lstat(inner.text, &status) == 0) {
			if (S_ISDIR(status.st_mode)) {
				rc = add_directory(lint, inner.text, depth + 1, err);
			} else if (S_ISREG(status.st_mode) && is_wanted(entry[i]->d_name)) {
				rc = add_file(lint, inner.text, err);
			}
		}
		sf_str_finish(&inner);
		free(entry[i]);
	}
	free(entry);
	return rc;
}

int sf_lint_files_add(struct sf_lint *lint, const char *path, struct sf_error *err)
{
	struct stat status;
	if (strcmp(path, "-") != 0 && stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
		return add_directory(lint, path, 0, err);
	}
	return add_file(lint, path, err);
}
