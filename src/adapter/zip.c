/*
 * zip: files out of a zip archive that is in memory (PKWARE, APPNOTE.TXT, sections 4.3.7, 4.3.12 and
 * 4.3.16). The container is a directory at the end; zlib does the rest.
 */
// SPDX-License-Identifier: Apache-2.0
#include "zip.h"

#include <slicefit/error.h>
#include <slicefit/str.h>

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#define ZLIB_CONST /* input is not written to */
#include <zlib.h>

enum {
	END_SIZE = 22, /* end of central directory record, without its comment */
	COMMENT_MAX = 65535,
	HEAD_SIZE = 46,  /* central directory header, without its texts */
	LOCAL_SIZE = 30, /* local file header, without its texts */
	ENTRIES_MAX = 1000,
	STORED = 0,
	DEFLATED = 8,
	ENCRYPTED = 1, /* flag */
};

static const char local_mark[] = "PK\003\004", head_mark[] = "PK\001\002",
		  end_mark[] = "PK\005\006";

struct archive {
	const char *text;
	size_t len;
	size_t left; /* bytes that may still come out */
	struct sf_error *err;
};

/* A file as the directory has it. */
struct entry {
	uint32_t flags, method, crc, packed, size, local;
	struct sf_zip_entry out;
};

bool sf_zip_detect(const char *text, size_t len)
{
	return len >= 4 && (memcmp(text, local_mark, 4) == 0 || memcmp(text, end_mark, 4) == 0);
}

static uint32_t number(const char *at, int bytes)
{
	uint32_t value = 0;
	for (int i = bytes - 1; i >= 0; i--) {
		value = value << 8 | (unsigned char)at[i];
	}
	return value;
}

static int fail(const struct archive *archive, const char *text)
{
	return sf_fail(archive->err, SF_EINVAL, "zip archive: %s", text);
}

/* The record at the end, before a comment of any length; NULL without one. */
static const char *find_end(const struct archive *archive)
{
	size_t most = END_SIZE + COMMENT_MAX;
	for (size_t back = END_SIZE; back <= archive->len && back <= most; back++) {
		const char *at = archive->text + archive->len - back;
		if (memcmp(at, end_mark, 4) == 0) {
			return at;
		}
	}
	return NULL;
}

/* Out of the deflated bytes exactly `size`. */
static int inflate_all(const struct archive *archive, const char *at, const struct entry *entry)
{
	z_stream stream = {0};
	struct sf_str *out = entry->out.text;
	sf_str_reserve(out, entry->size);
	if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
		return sf_fail(archive->err, SF_ENOMEM, "zip archive: out of memory");
	}
	stream.next_in = (const Bytef *)at;
	stream.avail_in = entry->packed;
	uint32_t got = 0;
	int rc = Z_OK;
	while (rc == Z_OK) {
		char piece[1 << 16];
		stream.next_out = (Bytef *)piece;
		stream.avail_out = sizeof(piece);
		rc = inflate(&stream, Z_NO_FLUSH);
		uint32_t n = (uint32_t)(sizeof(piece) - stream.avail_out);
		if (n > entry->size - got || (rc == Z_OK && n == 0)) {
			rc = Z_DATA_ERROR;
			break;
		}
		sf_str_append_n(out, piece, n);
		got += n;
	}
	inflateEnd(&stream);
	return rc == Z_STREAM_END && got == entry->size ? 0 : fail(archive, "damaged");
}

/* The bytes of a file behind its local header. */
static int unpack(struct archive *archive, const struct entry *entry)
{
	size_t at = entry->local;
	if (archive->len < LOCAL_SIZE || at > archive->len - LOCAL_SIZE ||
	    memcmp(archive->text + at, local_mark, 4) != 0) {
		return fail(archive, "a file is not where the directory says");
	}
	at += LOCAL_SIZE + number(archive->text + at + 26, 2) + number(archive->text + at + 28, 2);
	if (at > archive->len || entry->packed > archive->len - at) {
		return fail(archive, "cut short");
	}
	if ((entry->flags & ENCRYPTED) != 0 ||
	    (entry->method != STORED && entry->method != DEFLATED)) {
		return fail(archive, "encrypted, or not deflated; unpack it first");
	}
	if (entry->size > archive->left) {
		return sf_fail(archive->err, SF_ELIMIT, "zip archive: too large when unpacked");
	}
	archive->left -= entry->size;
	struct sf_str *out = entry->out.text;
	if (entry->method == STORED) {
		sf_str_append_n(out, archive->text + at, entry->packed);
	} else if (inflate_all(archive, archive->text + at, entry) != 0) {
		return -1;
	}
	uLong crc = crc32(0, (const Bytef *)sf_str_get(out), (uInt)out->len);
	return out->len == entry->size && crc == entry->crc ? 0 : fail(archive, "damaged");
}

/* The entry at *at, which moves to the next one. */
static int read_entry(const struct archive *archive, size_t *at, struct entry *out)
{
	const char *head = archive->text + *at;
	if (archive->len < HEAD_SIZE || *at > archive->len - HEAD_SIZE ||
	    memcmp(head, head_mark, 4) != 0) {
		return fail(archive, "its directory is damaged");
	}
	size_t name = number(head + 28, 2);
	size_t behind = name + number(head + 30, 2) + number(head + 32, 2);
	if (behind > archive->len - HEAD_SIZE - *at) {
		return fail(archive, "its directory is damaged");
	}
	*out = (struct entry){
		.flags = number(head + 8, 2),
		.method = number(head + 10, 2),
		.crc = number(head + 16, 4),
		.packed = number(head + 20, 4),
		.size = number(head + 24, 4),
		.local = number(head + 42, 4),
	};
	snprintf(out->out.name, sizeof(out->out.name), "%.*s", (int)name, head + HEAD_SIZE);
	*at += HEAD_SIZE + behind;
	return 0;
}

int sf_zip_read(const char *text, size_t len, size_t limit,
                int (*each)(void *ctx, const struct sf_zip_entry *entry, struct sf_error *err),
                void *ctx, struct sf_error *err)
{
	struct archive archive = {.text = text, .len = len, .left = limit, .err = err};
	const char *end = find_end(&archive);
	if (end == NULL) {
		return fail(&archive, "its directory is missing (cut short?)");
	}
	uint32_t entries = number(end + 10, 2);
	size_t at = number(end + 16, 4);
	if (entries > ENTRIES_MAX) {
		return sf_fail(err, SF_ELIMIT, "zip archive: more than %d files", ENTRIES_MAX);
	}
	for (uint32_t i = 0; i < entries; i++) {
		struct sf_str out = {0};
		struct entry entry = {0};
		int rc = read_entry(&archive, &at, &entry);
		entry.out.text = &out;
		rc = rc == 0 ? unpack(&archive, &entry) : rc;
		rc = rc == 0 ? each(ctx, &entry.out, err) : rc;
		sf_str_finish(&out);
		if (rc != 0) {
			return -1;
		}
	}
	return 0;
}
