/* event: what the Kubernetes API sends, decoded: pages of a list, lines of a watch, a Status. */
// SPDX-License-Identifier: Apache-2.0
#ifndef SF_KUBE_EVENT_H
#define SF_KUBE_EVENT_H

#include <stddef.h>

struct json_t;
struct sf_error;
struct sf_kube_reply;

/* metadata.resourceVersion is opaque; the API server gives decimal numbers of 64 bits. */
enum { SF_KUBE_VERSION_MAX = 64 };

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
	char version[SF_KUBE_VERSION_MAX];
	struct json_t *root; /* owns object */
	const struct json_t *object;
};

/* One line of a watch. SF_EINVAL for garbage: no JSON, an unknown type, an object without a
 * resourceVersion. Finish after success. */
int sf_watch_line_parse(const char *text, size_t len, struct sf_watch_line *out,
                        struct sf_error *err);
void sf_watch_line_finish(struct sf_watch_line *line);

struct sf_list_page {
	char version[SF_KUBE_VERSION_MAX];
	const char *next; /* the continue token; NULL on the last page */
	struct json_t *root;
	const struct json_t *items; /* NULL or an array of objects */
};

/* One page of a list. Finish after success. */
int sf_list_page_parse(const char *text, size_t len, struct sf_list_page *out,
                       struct sf_error *err);
void sf_list_page_finish(struct sf_list_page *page);

/* Texts of an object's metadata, "" where missing; borrowed. */
struct sf_kube_meta {
	const char *space;
	const char *name;
	const char *uid;
	const char *version;
};

/* SF_EINVAL without a name or resourceVersion. */
int sf_kube_meta_read(const struct json_t *object, struct sf_kube_meta *out, struct sf_error *err);

/* What came instead of a 2xx: fills the reason and the problem of the reply, see kube_http.h. */
void sf_kube_status_read(const char *text, size_t len, struct sf_kube_reply *reply);

#endif
