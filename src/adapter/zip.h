/* zip: files out of a zip archive that is in memory. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_ZIP_H
#define SF_ZIP_H

#include <stdbool.h>
#include <stddef.h>

struct sf_error;
struct sf_str;

/* Does it begin as a zip archive does? */
bool sf_zip_detect(const char *text, size_t len);

/* A file in an archive. */
struct sf_zip_entry {
	char name[256]; /* cut where it is longer */
	struct sf_str *text;
};

/*
 * Hands each file of the archive to `each` (-1 stops), in the order of the archive's directory. What
 * comes out of all of them together is at most `limit` bytes. Stored and deflated files are read,
 * checked against length and CRC-32; anything else (encryption, other methods, archives above 4 GiB or
 * in several parts) is an error.
 */
int sf_zip_read(const char *text, size_t len, size_t limit,
                int (*each)(void *ctx, const struct sf_zip_entry *entry, struct sf_error *err),
                void *ctx, struct sf_error *err);

#endif
