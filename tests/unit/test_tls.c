/* test_tls: certificate files that are right, wrong, and that change. */
// SPDX-License-Identifier: Apache-2.0
#include "service/tls.h"

#include <slicefit/error.h>
#include <slicefit/file.h>
#include <slicefit/str.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATA  SF_SOURCE_DIR "/tests/data/tls/"
#define A_CRT DATA "a.crt"
#define A_KEY DATA "a.key"
#define B_CRT DATA "b.crt"
#define B_KEY DATA "b.key"

static const struct {
	const char *name;
	struct sf_tls_files files;
	const char *part; /* of the complaint; NULL: fine */
} rows[] = {
	{"a pair", {A_CRT, A_KEY, NULL}, NULL},
	{"with a client CA", {A_CRT, A_KEY, B_CRT}, NULL},
	{"of two", {A_CRT, B_KEY, NULL}, "do not go together"},
	{"swapped", {A_KEY, A_CRT, NULL}, "TLS certificate " A_KEY},
	{"no key", {A_CRT, A_CRT, NULL}, "TLS private key " A_CRT},
	{"absent", {DATA "absent", A_KEY, NULL}, "absent"},
	{"a key as CA", {A_CRT, A_KEY, B_KEY}, "client CA " B_KEY},
	{"a folder", {DATA, A_KEY, NULL}, "TLS certificate"},
};

Test(tls, files)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sf_error err = {0};
		struct sf_tls *tls = sf_tls_create(&rows[i].files, &err);
		cr_expect(eq(int, tls != NULL, rows[i].part == NULL), "%s: %s", rows[i].name,
		          err.text);
		if (rows[i].part != NULL) {
			cr_expect(strstr(err.text, rows[i].part) != NULL, "%s: %s", rows[i].name,
			          err.text);
		}
		sf_tls_destroy(tls);
	}
}

/* A folder with copies that the test may change. */
struct copies {
	char folder[64], cert[96], key[96];
};

static void put(const char *from, const char *to)
{
	struct sf_str text = {0};
	cr_assert(eq(int, sf_file_read(from, 1 << 20, &text, NULL), 0));
	cr_assert(eq(int, sf_file_write(to, text.text, text.len, NULL), 0));
	sf_str_finish(&text);
}

static void make_copies(struct copies *copies)
{
	snprintf(copies->folder, sizeof(copies->folder), "/tmp/slicefit-tls-XXXXXX");
	cr_assert(mkdtemp(copies->folder) != NULL);
	snprintf(copies->cert, sizeof(copies->cert), "%s/tls.crt", copies->folder);
	snprintf(copies->key, sizeof(copies->key), "%s/tls.key", copies->folder);
	put(A_CRT, copies->cert);
	put(A_KEY, copies->key);
}

static void drop_copies(const struct copies *copies)
{
	unlink(copies->cert);
	unlink(copies->key);
	rmdir(copies->folder);
}

Test(tls, is_read_again_when_the_files_change)
{
	struct sf_error err = {0};
	struct copies copies;
	make_copies(&copies);
	struct sf_tls_files files = {copies.cert, copies.key, NULL};
	struct sf_tls *tls = sf_tls_create(&files, &err);
	cr_assert(tls != NULL, "%s", err.text);
	cr_expect(eq(int, sf_tls_refresh(tls, false, &err), 0));
	cr_expect(eq(int, sf_tls_refresh(tls, true, &err), 1));
	put(B_CRT, copies.cert);
	cr_expect(eq(int, sf_tls_refresh(tls, false, &err), -1));
	cr_expect(strstr(err.text, "do not go together") != NULL, "%s", err.text);
	cr_expect(eq(int, sf_tls_refresh(tls, false, &err), 0)); /* said once */
	cr_expect(eq(int, sf_tls_refresh(tls, true, &err), -1));
	put(B_KEY, copies.key);
	cr_expect(eq(int, sf_tls_refresh(tls, false, &err), 1));
	unlink(copies.key);
	cr_expect(eq(int, sf_tls_refresh(tls, false, &err), -1));
	cr_expect(strstr(err.text, copies.key) != NULL, "%s", err.text);
	cr_expect(gt(i64, sf_tls_expires(tls), 0)); /* the pair before that is still there */
	sf_tls_destroy(tls);
	drop_copies(&copies);
}
