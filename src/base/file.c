/* file: whole files in, whole files out. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/file.h>

#include <slicefit/alloc.h>
#include <slicefit/error.h>
#include <slicefit/str.h>

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A device may never end, so no more than this is taken from one. */
enum { DEVICE_LIMIT = 1 << 20 };

/* What was named is wrong (SF_EINVAL), or reading it is trouble (SF_EIO). */
static int fail_read(const char *path, int why, struct sf_error *err)
{
	static const int wrong[] = {ENOENT, EACCES, EISDIR, ENOTDIR, ELOOP, ENAMETOOLONG};
	enum sf_code code = SF_EIO;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		code = why == wrong[i] ? SF_EINVAL : code;
	}
	return sf_fail(err, code, "%s: %s", path, strerror(why));
}

/* Room for all of a regular file at once; how much it really holds is seen while reading. */
static void reserve(const struct stat *st, size_t limit, struct sf_str *out)
{
	if (S_ISREG(st->st_mode) && st->st_size > 0 && (uintmax_t)st->st_size <= limit) {
		sf_str_reserve(out, out->len + (size_t)st->st_size);
	}
}

static int read_stream(FILE *file, const char *path, size_t limit, struct sf_str *out,
                       struct sf_error *err)
{
	char chunk[64 << 10];
	size_t total = 0;
	size_t n;
	struct stat st = {0};
	fstat(fileno(file), &st);
	bool device = S_ISCHR(st.st_mode) && limit > DEVICE_LIMIT;
	limit = device ? DEVICE_LIMIT : limit;
	reserve(&st, limit, out);
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0) {
		total += n;
		if (total > limit) {
			return sf_fail(err, SF_ELIMIT, "%s: larger than the limit of %zu MiB%s",
			               path, limit >> 20, device ? " of a device" : "");
		}
		sf_str_append_n(out, chunk, n);
	}
	if (ferror(file)) {
		return fail_read(path, errno, err);
	}
	return 0;
}

int sf_file_read(const char *path, size_t limit, struct sf_str *out, struct sf_error *err)
{
	if (strcmp(path, "-") == 0) {
		return read_stream(stdin, "standard input", limit, out, err);
	}
	if (*path == '\0') {
		return sf_fail(err, SF_EINVAL, "the name of a file to read is empty");
	}
	FILE *file = fopen(path, "rbe");
	if (file == NULL) {
		return fail_read(path, errno, err);
	}
	int rc = read_stream(file, path, limit, out, err);
	fclose(file);
	return rc;
}

static bool write_all(const char *path, const char *text, size_t len)
{
	FILE *file = fopen(path, "wbe");
	bool ok = file != NULL && fwrite(text, 1, len, file) == len;
	if (file != NULL) {
		ok = fclose(file) == 0 && ok;
	}
	return ok;
}

/* Where a link leads to, or the path itself; free it. */
static char *follow(const char *path)
{
	char *real = realpath(path, NULL);
	return real != NULL ? real : sf_xstrdup(path);
}

/* A device or a pipe: no other file may take its place. */
static bool is_special(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

int sf_file_write(const char *path, const char *text, size_t len, struct sf_error *err)
{
	if (*path == '\0') {
		return sf_fail(err, SF_EINVAL, "the name of a file to write is empty");
	}
	char *real = follow(path);
	struct sf_str temp = {0};
	bool ok;
	int rc = 0;
	if (is_special(path)) {
		ok = write_all(path, text, len);
	} else {
		sf_str_printf(&temp, "%s.tmp.%ld", real, (long)getpid());
		ok = write_all(temp.text, text, len) && rename(temp.text, real) == 0;
	}
	if (!ok) {
		rc = sf_fail(err, SF_EIO, "%s: cannot write: %s", path, strerror(errno));
	}
	if (!ok && temp.text != NULL) {
		unlink(temp.text);
	}
	sf_str_finish(&temp);
	free(real);
	return rc;
}

int sf_file_mkdir(const char *path, struct sf_error *err)
{
	struct stat st;
	if (mkdir(path, 0777) == 0) {
		return 0;
	}
	int why = errno;
	if (why == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		return 0;
	}
	return sf_fail(err, SF_EIO, "%s: cannot create the directory: %s", path, strerror(why));
}
