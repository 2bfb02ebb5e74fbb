/* pod_scan_amounts: amounts of resources out of the text of a Pod. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_POD_SCAN_AMOUNTS_H
#define SF_POD_SCAN_AMOUNTS_H

#include "pod_amounts.h"

#include <slicefit/scan.h>

struct sf_error;

enum { SF_SCAN_PLAIN_MAX = 256 };

/* A key or value without escapes, in place or in `buffer`. */
struct sf_scan_plain {
	const char *text;
	size_t len;
	char buffer[SF_SCAN_PLAIN_MAX];
};
void sf_scan_plain_set(const struct sf_scan_text *text, struct sf_scan_plain *out);

/* An amount as it is written, which comes next; `text` NULL when it is neither a text nor an integer. */
void sf_scan_amount(struct sf_scan *scan, struct sf_scan_plain *out);

/* requests and limits, each at its brace; `at` NULL when there is none. */
struct sf_scan_lists {
	struct sf_scan requests, limits;
};

/* What comes next is `resources`, an object: the amounts, and where its lists are. After a fault nothing is
 * read from the lists. */
int sf_scan_resources(struct sf_scan *scan, struct sf_scan_lists *lists, struct sf_pod_amounts *out,
                      struct sf_error *err);

/* Do the requests have an entry of this name? */
bool sf_scan_lists_have(const struct sf_scan_lists *lists, const char *name, size_t len);

#endif
