/* fetch: all objects of a cluster that an import may use, listed once, page by page. */
// SPDX-License-Identifier: Apache-2.0
#include <slicefit/kube_fetch.h>

#include "event.h"

#include <slicefit/alloc.h>
#include <slicefit/error.h>
#include <slicefit/kube_call.h>
#include <slicefit/kube_http.h>
#include <slicefit/manifests.h>
#include <slicefit/str.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
	PAGE = 500, /* objects, as client-go's pager asks for */
	CONNECT_MS = 10000,
	HEADER_MS = 60000,
	TOTAL_MS = 300000,
	PAGE_BYTES = 256 << 20, /* of one page */
	PAGES_MAX = 20000,
};

/* Nodes and pods have to be there; other kinds may be unknown to the server or closed to us. */
static const struct {
	const char *path;
	bool needed;
} kinds[] = {
	{"/api/v1/nodes", true},
	{"/api/v1/pods", true},
	{"/api/v1/resourcequotas", false},
	{"/api/v1/limitranges", false},
	{"/apis/apps/v1/deployments", false},
	{"/apis/apps/v1/statefulsets", false},
	{"/apis/apps/v1/replicasets", false},
	{"/apis/apps/v1/daemonsets", false},
	{"/apis/batch/v1/jobs", false},
	{"/apis/batch/v1/cronjobs", false},
	{"/apis/policy/v1/poddisruptionbudgets", false},
	{"/apis/scheduling.k8s.io/v1/priorityclasses", false},
	{"/apis/kubeflow.org/v1/pytorchjobs", false},
	{"/apis/kubeflow.org/v1/mpijobs", false},
	{"/apis/kubeflow.org/v2beta1/mpijobs", false},
	{"/apis/nvidia.com/v1/clusterpolicies", false},
	{"/apis/resource.k8s.io/v1/resourceslices", false},
	{"/apis/resource.k8s.io/v1/resourceclaims", false},
	{"/apis/resource.k8s.io/v1/resourceclaimtemplates", false},
};

static int append(void *ctx, const char *bytes, size_t len, struct sf_error *err)
{
	struct sf_str *text = ctx;
	if (text->len + len > PAGE_BYTES) {
		return sf_fail(err, SF_ELIMIT, "a page of more than %d MiB", PAGE_BYTES >> 20);
	}
	sf_str_append_n(text, bytes, len);
	return 0;
}

/* One page into `text`. 1: the server has no such kind, or keeps it from us. */
static int get_page(struct sf_kube_http *http, const char *url, struct sf_str *text,
                    struct sf_error *err)
{
	struct sf_kube_reply reply;
	struct sf_kube_request get = {
		.method = SF_KUBE_GET,
		.path = url,
		.gzip = true,
		.limits = {CONNECT_MS, HEADER_MS, TOTAL_MS},
		.body = append,
		.ctx = text,
	};
	if (sf_kube_http_send(http, &get, &reply, err) != 0) {
		return -1;
	}
	if (reply.status / 100 == 2) {
		return 0;
	}
	sf_kube_refused(&reply, err);
	return reply.status == 403 || reply.status == 404 ? 1 : -1;
}

/* Adds a page; *next is the token of the one after it (free it), or NULL. */
static int add_page(struct sf_manifests *to, const char *path, const struct sf_str *text,
                    char **next, struct sf_error *err)
{
	struct sf_list_page page;
	struct sf_manifests_text whole = {.file = path, .text = sf_str_get(text), .len = text->len};
	if (sf_list_page_parse(whole.text, whole.len, &page, err) != 0) {
		return -1;
	}
	*next = page.next != NULL ? sf_xstrdup(page.next) : NULL;
	sf_list_page_finish(&page);
	return sf_manifests_add(to, &whole, err);
}

/* A token in a URL: what is no letter, digit or one of -_.~ as %XX. */
static void append_token(struct sf_str *url, const char *token)
{
	sf_str_append(url, "&continue=");
	for (const char *c = token; *c != '\0'; c++) {
		bool plain = isalnum((unsigned char)*c) || strchr("-_.~", *c) != NULL;
		sf_str_printf(url, plain ? "%c" : "%%%02X", (unsigned char)*c);
	}
}

/* All pages of a kind. */
static int fetch_kind(struct sf_kube_http *http, const char *path, struct sf_manifests *to,
                      struct sf_error *err)
{
	char *next = NULL;
	int rc = 0;
	for (int pages = 0; pages == 0 || (rc == 0 && next != NULL); pages++) {
		struct sf_str url = {0}, text = {0};
		sf_str_printf(&url, "%s?limit=%d", path, PAGE);
		if (next != NULL) {
			append_token(&url, next);
		}
		free(next);
		next = NULL;
		rc = pages < PAGES_MAX ? get_page(http, sf_str_get(&url), &text, err)
		                       : sf_fail(err, SF_ELIMIT, "more than %d pages", PAGES_MAX);
		rc = rc == 0 ? add_page(to, path, &text, &next, err) : rc;
		sf_str_finish(&url);
		sf_str_finish(&text);
	}
	free(next);
	return rc;
}

int sf_kube_fetch(const struct sf_kube_config *config, struct sf_manifests *to,
                  struct sf_str *missing, struct sf_error *err)
{
	struct sf_kube_http *http = sf_kube_http_create(config, err);
	int rc = http != NULL ? 0 : -1;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && rc == 0; i++) {
		struct sf_error why = {0};
		int got = fetch_kind(http, kinds[i].path, to, &why);
		if (got < 0 || (got > 0 && kinds[i].needed)) {
			*err = why;
			rc = sf_wrap(err, "%s", kinds[i].path);
		} else if (got > 0 && why.code != SF_ENOENT) {
			sf_str_printf(missing, "%s: %s\n", kinds[i].path, why.text);
		}
	}
	sf_kube_http_destroy(http);
	return rc;
}
