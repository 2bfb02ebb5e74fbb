/* fuzz_pdb: any bytes as a disruption budget; trimmed for a record it covers the same pods. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/error.h>
#include <slicefit/pdb.h>
#include <slicefit/record.h>
#include <slicefit/str.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void compare(const struct sf_pdb *a, const struct sf_pdb *b)
{
	/* Without the NUL that ends it: two end the block. */
	static const char *const labels[] = {"app\0web\0", "app\0db\0tier\0gold\0", "a\0\0", ""};
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		if (sf_pdb_covers(a, "web-1", labels[i]) != sf_pdb_covers(b, "web-1", labels[i])) {
			abort();
		}
	}
	if (strcmp(sf_pdb_space(a), sf_pdb_space(b)) != 0 ||
	    strcmp(sf_pdb_uid(a), sf_pdb_uid(b)) != 0 || sf_pdb_allowed(a) != sf_pdb_allowed(b)) {
		abort();
	}
}

/* Keys in a text are trimmed as they are written, so escapes in them may make a difference. */
static bool is_plain(const char *text, size_t len)
{
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	json_decref(root);
	return root != NULL && memchr(text, '\\', len) == NULL && memchr(text, '\0', len) == NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = size > 0 ? (const char *)data : "";
	struct sf_error err = {0};
	struct sf_str kept = {0};
	struct sf_pdb *pdb = sf_pdb_read(text, size, &err);
	if (pdb != NULL && is_plain(text, size) &&
	    sf_record_trim(SF_TRIM_BUDGET, text, size, &kept) == 0) {
		struct sf_pdb *again = sf_pdb_read(kept.text, kept.len, &err);
		if (again == NULL) {
			abort();
		}
		compare(pdb, again);
		sf_pdb_destroy(again);
	}
	sf_str_finish(&kept);
	sf_pdb_destroy(pdb);
	return 0;
}
