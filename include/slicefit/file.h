/* file: whole files in, whole files out. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_FILE_H
#define SF_FILE_H

#include <stddef.h>

struct sf_error;
struct sf_str;

/* Appends the file to `out`; "-" is standard input. More than `limit` bytes (of a device: 1 MiB, as it
 * may never end) is SF_ELIMIT, a missing file or a directory SF_EINVAL (wrong usage), other trouble
 * SF_EIO. */
int sf_file_read(const char *path, size_t limit, struct sf_str *out, struct sf_error *err);

/* Writes through a temporary file and rename(2), so that readers see all or nothing; a link stays one,
 * and devices and pipes are written to. */
int sf_file_write(const char *path, const char *text, size_t len, struct sf_error *err);

/* Creates one directory if it is not there. */
int sf_file_mkdir(const char *path, struct sf_error *err);

#endif
