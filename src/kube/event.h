/* event: what the Kubernetes API sends, decoded: pages of a list, lines of a watch, a Status. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_EVENT_H
#define SF_KUBE_EVENT_H

#include <slicefit/scan.h>

#include <stdbool.h>
#include <stddef.h>

struct sf_error;
struct sf_kube_reply;

/* metadata.resourceVersion is opaque; the API server gives decimal numbers of 64 bits. */
enum { SF_KUBE_VERSION_MAX = 64 };

/* Texts of an object's metadata, "" where missing. Kubernetes' own limits are 63, 253 and 36. */
struct sf_kube_meta {
	char space[64];
	char name[256];
	char uid[64];
	char version[SF_KUBE_VERSION_MAX];
};

/* SF_EINVAL without a name or resourceVersion. */
int sf_kube_meta_check(const struct sf_kube_meta *meta, struct sf_error *err);

enum sf_watch_kind {
	SF_WATCH_ADDED,
	SF_WATCH_MODIFIED,
	SF_WATCH_DELETED,
	SF_WATCH_BOOKMARK, /* nothing happened up to this version */
	SF_WATCH_ERROR,    /* the stream ends */
};

struct sf_watch_line {
	enum sf_watch_kind kind;
	int status; /* ERROR: the code of the Status, 410 when the version is too old */
	struct sf_kube_meta meta;
	const char *object; /* its text, in the line */
	size_t len;
};

/* One line of a watch, which is checked as a whole. SF_EINVAL for garbage: no JSON, an unknown type,
 * an object without a resourceVersion. */
int sf_watch_line_parse(const char *text, size_t len, struct sf_watch_line *out,
                        struct sf_error *err);

struct sf_list_page {
	char version[SF_KUBE_VERSION_MAX];
	char *next;        /* the continue token; NULL on the last page */
	const char *items; /* the array in the page; NULL: there is none */
	size_t len;
};

/* One page of a list, which is checked as a whole. Finish after success. */
int sf_list_page_parse(const char *text, size_t len, struct sf_list_page *out,
                       struct sf_error *err);
void sf_list_page_finish(struct sf_list_page *page);

/* The items of a page, one after the other. */
struct sf_list_items {
	struct sf_scan scan;
	struct sf_kube_meta meta; /* of the item */
	const char *object;       /* its text, in the page */
	size_t len;
};

void sf_list_items_begin(struct sf_list_items *items, const struct sf_list_page *page);
/* False when there are no more. */
bool sf_list_items_next(struct sf_list_items *items);

/* What came instead of a 2xx: fills the reason and the problem of the reply, see kube_http.h. */
void sf_kube_status_read(const char *text, size_t len, struct sf_kube_reply *reply);

#endif
